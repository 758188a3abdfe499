//! Building a generated resource out of the nodes of the one SAM defines.

use crate::document::{Data, Entry, Node};
use crate::model::{Path, Span};
use crate::types;

use super::super::world::Declared;

pub(super) fn text(span: Span, text: &str) -> Node {
    Node {
        span,
        data: Data::String(text.into()),
    }
}

pub(super) fn truth(span: Span, value: bool) -> Node {
    Node {
        span,
        data: Data::Bool(value),
    }
}

pub(super) fn list(span: Span, items: Vec<Node>) -> Node {
    Node {
        span,
        data: Data::List(items),
    }
}

pub(super) fn map(span: Span, entries: Vec<(&str, Node)>) -> Node {
    let entries = entries.into_iter().map(|(key, value)| Entry {
        key: key.into(),
        key_span: value.span,
        value,
    });
    Node {
        span,
        data: Data::Map(entries.collect()),
    }
}

pub(super) fn reference(span: Span, id: &str) -> Node {
    map(span, vec![("Ref", text(span, id))])
}

pub(super) fn attribute(span: Span, id: &str, name: &str) -> Node {
    let parts = vec![text(span, id), text(span, name)];
    map(span, vec![("Fn::GetAtt", list(span, parts))])
}

/// Something the transform makes that is not worked out here.
pub(super) fn unknown(span: Span) -> Node {
    let name = map(
        span,
        vec![("Name", text(span, "AWS::Serverless-2016-10-31"))],
    );
    map(span, vec![("Fn::Transform", name)])
}

/// Collects the properties of one generated resource.
pub(super) struct Builder<'t> {
    /// The resource SAM defines.
    pub(super) declared: &'t Declared,
    /// Where to say that made-up nodes stand.
    pub(super) span: Span,
    own: Option<&'t Node>,
    globals: Option<&'t Node>,
    own_path: Path,
    globals_path: Path,
    entries: Vec<Entry>,
    moved: Vec<(Path, Path)>,
}

impl<'t> Builder<'t> {
    /// For a resource of a kind such as `Function`, with the settings under `Globals`.
    pub(super) fn new(tree: &'t Node, declared: &'t Declared, kind: &str) -> Self {
        let globals = tree.get("Globals").and_then(|globals| globals.get(kind));
        let own = declared.properties.as_ref();
        Self {
            declared,
            span: own.or(globals).map_or_else(Span::default, |node| node.span),
            own,
            globals,
            own_path: declared.node.clone().key("Properties"),
            globals_path: Path::root().key("Globals").key(kind),
            entries: Vec::new(),
            moved: Vec::new(),
        }
    }

    /// A builder for a further resource made from the same one.
    pub(super) fn again(&self) -> Builder<'t> {
        Builder {
            own_path: self.own_path.clone(),
            globals_path: self.globals_path.clone(),
            entries: Vec::new(),
            moved: Vec::new(),
            ..*self
        }
    }

    /// A setting: the resource's own, the global one, or both merged.
    pub(super) fn get(&self, key: &str) -> Option<Node> {
        let own = self.own.and_then(|own| own.get(key));
        let global = self.globals.and_then(|globals| globals.get(key));
        match (own, global) {
            (Some(own), Some(global)) => Some(super::merge(global, own)),
            (own, global) => own.or(global).cloned(),
        }
    }

    /// Where a setting stands.
    pub(super) fn place(&self, key: &str) -> Path {
        let has = |node: Option<&Node>| node.is_some_and(|node| node.get(key).is_some());
        if !has(self.own) && has(self.globals) {
            self.globals_path.clone().key(key)
        } else {
            self.own_path.clone().key(key)
        }
    }

    /// Sets a property; `from` is the setting it comes from.
    pub(super) fn set(&mut self, key: &str, value: Node, from: Option<&str>) {
        if let Some(from) = from {
            self.moved.push((Path::root().key(key), self.place(from)));
        }
        self.entries.retain(|entry| *entry.key != *key);
        self.entries.push(Entry {
            key: key.into(),
            key_span: value.span,
            value,
        });
    }

    /// States where a property deeper down stands.
    pub(super) fn stands(&mut self, property: Path, place: Path) {
        self.moved.push((property, place));
    }

    /// Copies a setting under its own name, if it is there.
    pub(super) fn copy(&mut self, key: &str) {
        if let Some(node) = self.get(key) {
            let own = self.own.and_then(|own| own.get(key));
            self.set(key, node, own.is_none().then_some(key));
            // Members that a merged mapping has from the globals only stand there.
            let global = self.globals.and_then(|globals| globals.get(key));
            let defaults = global.and_then(Node::as_map).unwrap_or_default();
            for entry in defaults {
                if own.is_some_and(|own| own.as_map().is_some() && own.get(&entry.key).is_none()) {
                    let place = self.globals_path.clone().key(key).key(&*entry.key);
                    self.stands(Path::root().key(key).key(&*entry.key), place);
                }
            }
        }
    }

    /// Copies every setting but these.
    pub(super) fn copy_all(&mut self, but: &[&str]) {
        let keys = |node: Option<&Node>| -> Vec<String> {
            let entries = node.and_then(Node::as_map).unwrap_or_default();
            entries.iter().map(|entry| entry.key.to_string()).collect()
        };
        for key in keys(self.own).into_iter().chain(keys(self.globals)) {
            let done = self.entries.iter().any(|entry| *entry.key == *key);
            if !done && !but.contains(&&*key) {
                self.copy(&key);
            }
        }
    }

    /// Turns tags written as a mapping into a list of keys and values.
    pub(super) fn tags(&mut self, key: &str) {
        let Some(node) = self.get(key) else { return };
        let entries = match node.as_map() {
            Some(entries) if super::super::intrinsics::call(&node).is_none() => entries,
            _ => return self.copy(key),
        };
        let place = self.place(key);
        let mut items = Vec::new();
        for (index, tag) in entries.iter().enumerate() {
            let name = text(tag.key_span, &tag.key);
            let span = Span::new(tag.key_span.start, tag.value.span.end);
            items.push(map(span, vec![("Key", name), ("Value", tag.value.clone())]));
            let at = Path::root().key(key).index(index);
            self.stands(at.clone().key("Key"), place.clone().key(&*tag.key));
            self.stands(at.clone().key("Value"), place.clone().key(&*tag.key));
            self.stands(at, place.clone().key(&*tag.key));
        }
        self.set(key, list(node.span, items), Some(key));
    }

    /// The resource; `id` if it is not the one SAM defines itself.
    pub(super) fn finish(self, id: Option<String>, rtype: &str) -> Declared {
        let data = Data::Map(self.entries);
        Declared {
            id: id.unwrap_or_else(|| self.declared.id.clone()),
            rtype: types::name(rtype),
            properties: Some(Node {
                span: self.span,
                data,
            }),
            moved: self.moved,
            ..self.declared.clone()
        }
    }
}
