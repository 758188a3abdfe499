//! `Fn::ForEach` of `AWS::LanguageExtensions`, unrolled before anything else is looked at.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>

use rustc_hash::FxHashMap;

use crate::document::{Data, Entry, MAX_NODES, Node};
use crate::model::Path;

use super::intrinsics::call;
use super::parameters::scalar_text;

const LOOP: &str = "Fn::ForEach::";

/// Loops make no more resources than this: four times what a template may declare.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const MAX_MADE: usize = 2_000;

/// A template with its loops unrolled, and where the resources that came out of loops stand in
/// the template as written.
pub(super) struct Unrolled {
    pub(super) tree: Node,
    pub(super) origins: FxHashMap<String, Path>,
}

/// Parameter values, `None` where one is given that is not known yet.
pub(super) type Values = FxHashMap<String, Option<String>>;

/// Unrolls every loop whose collection is known. `given` are the parameter values that are given.
pub(super) fn unroll(tree: &Node, given: &Values) -> Unrolled {
    let mut run = Run {
        root: tree,
        given,
        budget: MAX_NODES / 4,
        origins: FxHashMap::default(),
    };
    let Some(entries) = tree.as_map() else {
        return Unrolled {
            tree: tree.clone(),
            origins: run.origins,
        };
    };
    let sections = entries.iter().map(|section| {
        let value = match &*section.key {
            "Resources" => {
                let path = Path::root().key("Resources");
                let unrolled = match &section.value.data {
                    Data::Map(members) => Data::Map(run.members(members, &[], Some(&path))),
                    other => other.clone(),
                };
                Node {
                    span: section.value.span,
                    data: unrolled,
                }
            }
            "Conditions" | "Outputs" => run.node(&section.value, &[]),
            _ => section.value.clone(),
        };
        Entry {
            key: section.key.clone(),
            key_span: section.key_span,
            value,
        }
    });
    let data = Data::Map(sections.collect());
    Unrolled {
        tree: Node {
            span: tree.span,
            data,
        },
        origins: run.origins,
    }
}

/// Whether a text has anything to unroll.
pub(super) fn is_used(text: &str) -> bool {
    text.contains(LOOP)
}

struct Run<'t> {
    root: &'t Node,
    given: &'t Values,
    budget: usize,
    origins: FxHashMap<String, Path>,
}

type Binding<'b> = (&'b str, &'b str);

impl Run<'_> {
    fn node(&mut self, node: &Node, bound: &[Binding<'_>]) -> Node {
        self.budget = self.budget.saturating_sub(1);
        if let Some(("Ref", name)) = call(node)
            && let Some((_, value)) = bound
                .iter()
                .rev()
                .find(|(id, _)| Some(*id) == name.as_str())
        {
            return Node {
                span: node.span,
                data: Data::String((*value).into()),
            };
        }
        let data = match &node.data {
            Data::String(text) => {
                let text = fill(text, bound);
                self.budget = self.budget.saturating_sub(text.len() / 64);
                Data::String(text.into())
            }
            Data::List(items) => {
                Data::List(items.iter().map(|item| self.node(item, bound)).collect())
            }
            Data::Map(entries) => Data::Map(self.members(entries, bound, None)),
            other => other.clone(),
        };
        Node {
            span: node.span,
            data,
        }
    }

    /// The members of a mapping; `at` is its path as written when its keys are resources.
    fn members(
        &mut self,
        entries: &[Entry],
        bound: &[Binding<'_>],
        at: Option<&Path>,
    ) -> Vec<Entry> {
        let mut out = Vec::new();
        for entry in entries {
            if entry.key.starts_with(LOOP) && self.repeat(entry, bound, at, &mut out) {
                continue;
            }
            let key = fill(&entry.key, bound);
            if let Some(at) = at
                && !bound.is_empty()
            {
                self.origins
                    .insert(key.clone(), at.clone().key(&*entry.key));
                if self.origins.len() >= MAX_MADE {
                    self.budget = 0;
                }
            }
            let value = self.node(&entry.value, bound);
            out.push(Entry {
                key: key.into(),
                key_span: entry.key_span,
                value,
            });
        }
        out
    }

    /// Unrolls one loop; `false` if what it loops over is not known, or too much.
    fn repeat(
        &mut self,
        entry: &Entry,
        bound: &[Binding<'_>],
        at: Option<&Path>,
        out: &mut Vec<Entry>,
    ) -> bool {
        let Some([identifier, collection, fragment]) = entry.value.as_list() else {
            return false;
        };
        let (Some(identifier), Some(members)) = (identifier.as_str(), fragment.as_map()) else {
            return false;
        };
        let collection = self.node(collection, bound);
        let Some(items) = self.items(&collection) else {
            return false;
        };
        let at = at.map(|at| at.clone().key(&*entry.key).index(2));
        for item in items {
            if self.budget == 0 {
                return false;
            }
            let mut inner: Vec<Binding<'_>> = bound.to_vec();
            inner.push((identifier, &item));
            out.extend(self.members(members, &inner, at.as_ref()));
        }
        true
    }

    /// The texts of a collection: a list, a list parameter, or an entry of a mapping.
    fn items(&self, collection: &Node) -> Option<Vec<String>> {
        if let Some(items) = collection.as_list() {
            let mut out = Vec::new();
            for item in items {
                match (scalar_text(item), call(item)) {
                    (Some(text), _) => out.push(text),
                    (None, Some(_)) => out.extend(self.items(item)?),
                    (None, None) => return None,
                }
            }
            return Some(out);
        }
        match call(collection)? {
            ("Ref", name) => {
                let name = name.as_str()?;
                let parameter = self.root.get("Parameters")?.get(name)?;
                let text = match self.given.get(name) {
                    Some(text) => text.clone()?,
                    None => parameter.get("Default").and_then(scalar_text)?,
                };
                Some(text.split(',').map(|item| item.trim().to_owned()).collect())
            }
            ("Fn::FindInMap", arguments) => {
                let mut node = self.root.get("Mappings")?;
                for key in arguments.as_list()?.iter().take(3) {
                    node = node.get(&scalar_text(key)?)?;
                }
                node.as_list()?.iter().map(scalar_text).collect()
            }
            _ => None,
        }
    }
}

/// A text with `${Identifier}` replaced by the item, `&{Identifier}` by its letters and digits.
fn fill(text: &str, bound: &[Binding<'_>]) -> String {
    let mut out = text.to_owned();
    for (identifier, value) in bound.iter().rev() {
        if out.contains('{') {
            out = out.replace(&format!("${{{identifier}}}"), value);
            let plain: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
            out = out.replace(&format!("&{{{identifier}}}"), &plain);
        }
    }
    out
}
