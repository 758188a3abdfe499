//! From a resource and a property to a line: in the `.tf` file where it is at hand, else in the
//! plan or state itself.

use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::structure::Block;
use rustc_hash::FxHashMap;
use serde_json::value::RawValue;

use super::address::Address;
use super::hcl::{self, File};
use super::sources::Sources;
use crate::model::{Location, Path, Related, Resource, Segment, SourceFile, SourceId, Span};
use crate::source::{Standing, columns};
use crate::types::{self, Door};

/// A resource as the file has it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) address: Address,
    /// Its values in the plan or state.
    pub(super) values: Span,
}

/// What it takes to find lines.
#[derive(Debug, Default)]
pub struct Lines {
    pub(super) entries: Vec<Entry>,
    pub(super) sources: Sources,
    /// The ids of the sources' files, by path.
    pub(super) ids: FxHashMap<Arc<str>, SourceId>,
}

impl Lines {
    /// Finds a property of a resource.
    pub(crate) fn locate(
        &self,
        file: &SourceFile,
        resource: &Resource,
        property: &Path,
    ) -> Option<Standing> {
        let Some(Segment::Index(number)) = resource.origin.node.0.first() else {
            return None;
        };
        let entry = self.entries.get(*number)?;
        let (path, direct) = attribute(resource, property);
        // A secret's line is never pointed at, because reports quote it.
        let hidden = types::is_secret(resource, property);
        let path = match hidden {
            true => Path(
                path.0
                    .split_last()
                    .map_or(Vec::new(), |(_, rest)| rest.to_vec()),
            ),
            false => path,
        };
        let exact = direct && !hidden;
        self.in_source(file, entry, &path, exact)
            .or_else(|| Some(self.in_file(file, entry, resource, &path, exact)))
    }

    /// The place in the `.tf` file.
    fn in_source(
        &self,
        file: &SourceFile,
        entry: &Entry,
        path: &Path,
        exact: bool,
    ) -> Option<Standing> {
        let names = entry.address.module_names();
        let (source, block) = self.block(
            &names,
            "resource",
            &[&entry.address.rtype, &entry.address.name],
        )?;
        let choose = |blocks: &[&Block], to: &[Segment]| {
            self.value(file, entry, to)
                .and_then(|value| alike(blocks, &value))
        };
        let found = hcl::find(block, &path.0, &source.text, &choose);
        let related = found
            .expression
            .and_then(hcl::only_variable)
            .and_then(|name| self.origin(&names, name))
            .into_iter()
            .collect();
        Some(Standing {
            location: self.location(source, found.span),
            exact: exact && found.exact,
            related,
        })
    }

    fn block(&self, modules: &[&str], kind: &str, labels: &[&str]) -> Option<(&File, &Block)> {
        self.sources
            .files(modules)
            .iter()
            .find_map(|file| Some((file, file.block(kind, labels)?)))
    }

    fn location(&self, file: &File, span: Span) -> Location {
        let id = self.ids.get(&file.path).copied();
        Location::in_text(id, Arc::clone(&file.path), &file.text, span)
    }

    /// Where the value of a variable comes from: the argument at the module's call, and so on up;
    /// in the root module its declaration.
    fn origin(&self, modules: &[&str], name: &str) -> Option<Related> {
        let (mut modules, mut name) = (modules.to_vec(), name.to_owned());
        let mut last = None;
        for _ in 0..32 {
            let Some(module) = modules.pop() else {
                let (file, block) = self.block(&[], "variable", &[&name])?;
                let has_default = block.body.has_attribute("default");
                let message = format!("the value of var.{name} is declared here");
                if last.is_none() || has_default {
                    last = last.or(Some(Related {
                        message: message.into(),
                        location: self.location(file, hcl::header(block, &file.text)),
                    }));
                }
                break;
            };
            let Some((file, call)) = self.block(&modules, "module", &[module]) else {
                break;
            };
            let Some(argument) = call.body.get_attribute(&name) else {
                // Not passed: the default in the module itself.
                modules.push(module);
                let (file, block) = self.block(&modules, "variable", &[&name])?;
                return last.or(Some(Related {
                    message: format!("var.{name} has its default from here").into(),
                    location: self.location(file, hcl::header(block, &file.text)),
                }));
            };
            let span = argument
                .span()
                .map_or(Span::default(), |r| Span::new(r.start, r.end));
            last = Some(Related {
                message: format!("the value of var.{name} is given here").into(),
                location: self.location(file, one_line(&file.text, span)),
            });
            match hcl::only_variable(&argument.value) {
                Some(outer) => name = outer.to_owned(),
                None => break,
            }
        }
        last
    }

    /// The place in the plan or state itself.
    fn in_file(
        &self,
        file: &SourceFile,
        entry: &Entry,
        resource: &Resource,
        path: &Path,
        exact: bool,
    ) -> Standing {
        let mut span = Span::new(entry.values.start, entry.values.start + 1);
        let mut found = path.0.is_empty();
        let mut piece = self.raw(file, entry);
        for (depth, segment) in path.0.iter().enumerate() {
            let Some((key, value)) = piece.and_then(|piece| step(piece, segment)) else {
                break;
            };
            let start = offset(&file.text, key.unwrap_or(value.get()));
            let end = offset(&file.text, value.get()) + value.get().len();
            // What is itself a list or object shows its name only.
            let end = match (key, value.get().starts_with(['{', '['])) {
                (Some(key), true) => start + key.len(),
                (None, true) => start + 1,
                _ => end,
            };
            span = Span::new(start, end);
            found = depth + 1 == path.0.len();
            piece = Some(value);
        }
        let _ = resource;
        Standing {
            location: file.location(resource.origin.source, span),
            exact: exact && found,
            related: Vec::new(),
        }
    }

    fn raw<'t>(&self, file: &'t SourceFile, entry: &Entry) -> Option<&'t RawValue> {
        serde_json::from_str(file.text.get(entry.values.start..entry.values.end)?).ok()
    }

    /// The JSON at a path.
    fn value(
        &self,
        file: &SourceFile,
        entry: &Entry,
        path: &[Segment],
    ) -> Option<serde_json::Value> {
        let mut piece = self.raw(file, entry)?;
        for segment in path {
            piece = step(piece, segment)?.1;
        }
        serde_json::from_str(piece.get()).ok()
    }
}

/// One step into JSON: the key as it is written, and the value.
fn step<'t>(piece: &'t RawValue, segment: &Segment) -> Option<(Option<&'t str>, &'t RawValue)> {
    match segment {
        Segment::Key(wanted) => {
            let all: RawObject<'t> = serde_json::from_str(piece.get()).ok()?;
            let (key, value) = all.0.into_iter().find(|(key, _)| {
                serde_json::from_str::<std::borrow::Cow<'_, str>>(key.get())
                    .is_ok_and(|key| *key == **wanted)
            })?;
            Some((Some(key.get()), value))
        }
        Segment::Index(index) => {
            let all: Vec<&'t RawValue> = serde_json::from_str(piece.get()).ok()?;
            Some((None, all.get(*index)?))
        }
    }
}

/// An object whose keys are kept as they are written.
struct RawObject<'t>(Vec<(&'t RawValue, &'t RawValue)>);

impl<'de: 't, 't> serde::Deserialize<'de> for RawObject<'t> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor<'t>(std::marker::PhantomData<&'t ()>);
        impl<'de: 't, 't> serde::de::Visitor<'de> for Visitor<'t> {
            type Value = RawObject<'t>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut from: A,
            ) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(pair) = from.next_entry()? {
                    all.push(pair);
                }
                Ok(RawObject(all))
            }
        }
        from.deserialize_map(Visitor(std::marker::PhantomData))
    }
}

fn offset(text: &str, piece: &str) -> usize {
    (piece.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

fn one_line(text: &str, span: Span) -> Span {
    let all = text.get(span.start..span.end).unwrap_or_default();
    let line = all.lines().next().unwrap_or_default().trim_end();
    Span::new(span.start, span.start + line.len())
}

/// The attribute a property is, and whether it is that itself.
fn attribute(resource: &Resource, property: &Path) -> (Path, bool) {
    if property.0.is_empty() {
        return (Path::root(), true);
    }
    let moved = resource
        .origin
        .moved
        .iter()
        .find(|(prefix, _)| property.strip_prefix(prefix).is_some());
    match moved {
        Some((prefix, path)) => (path.clone(), !path.0.is_empty() || prefix == property),
        None => columns::attribute(&resource.rtype, property, Door::Terraform)
            .unwrap_or((Path::root(), false)),
    }
}

/// Which of several blocks has the values of an element: the one whose literals agree with it
/// most, and disagree nowhere.
fn alike(blocks: &[&Block], element: &serde_json::Value) -> Option<usize> {
    let score = |block: &Block| -> Option<usize> {
        let mut agreed = 0;
        for attribute in block.body.attributes() {
            let value = element.get(attribute.key.as_str())?;
            let same = match &attribute.value {
                hcl_edit::expr::Expression::String(text) => value.as_str() == Some(text.as_str()),
                hcl_edit::expr::Expression::Bool(b) => value.as_bool() == Some(*b.value()),
                hcl_edit::expr::Expression::Number(n) => value.as_f64() == n.value().as_f64(),
                _ => continue,
            };
            if !same {
                return None;
            }
            agreed += 1;
        }
        Some(agreed)
    };
    let scored = blocks.iter().enumerate();
    scored
        .filter_map(|(index, block)| Some((score(block)?, index)))
        .max_by_key(|(agreed, index)| (*agreed, std::cmp::Reverse(*index)))
        .map(|(_, index)| index)
}
