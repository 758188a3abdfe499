//! What a template declares, section by section, and what is wrong with how it does.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::document::{Entry, Node};
use crate::model::{Path, Span};
use crate::types;

use super::foreach::Unrolled;
use super::world::Declared;

/// A template taken apart.
#[derive(Default)]
pub(super) struct Parts {
    /// The resources it declares.
    pub(super) resources: Vec<Declared>,
    /// What is wrong: a sentence, where, and help.
    pub(super) problems: Vec<(String, Span, Option<String>)>,
    /// What cannot be seen, in sentences.
    pub(super) gaps: Vec<String>,
}

/// Macros that change nothing a rule looks at, or that skylint carries out itself.
const HARMLESS: [&str; 3] = [
    "AWS::LanguageExtensions",
    "AWS::Serverless-2016-10-31",
    "AWS::CodeDeployBlueGreen",
];

const TYPED: &str = "every resource has a Type such as AWS::S3::Bucket";

/// Whether SAM's transform applies.
pub(super) fn is_serverless(tree: &Node) -> bool {
    transforms(tree)
        .iter()
        .any(|name| name.starts_with("AWS::Serverless"))
}

/// The names of the macros that transform the template.
pub(super) fn transforms(tree: &Node) -> Vec<String> {
    fn name(node: &Node) -> Option<String> {
        let name = node.as_str().or_else(|| {
            let call = node.get("Fn::Transform").unwrap_or(node);
            call.get("Name").and_then(Node::as_str)
        });
        name.map(str::to_owned)
    }
    let written = tree.get("Transform").or_else(|| tree.get("Fn::Transform"));
    let Some(node) = written else {
        return Vec::new();
    };
    match node.as_list() {
        Some(items) => items.iter().filter_map(name).collect(),
        None => name(node).into_iter().collect(),
    }
}

/// Takes a template apart. `tree` is the template as written, `unrolled` the one with its loops
/// unrolled.
pub(super) fn take_apart(unrolled: &Unrolled) -> Parts {
    let mut parts = Parts::default();
    let tree = &unrolled.tree;
    let mut problem = |message: String, span: Span, help: Option<&str>| {
        parts
            .problems
            .push((message, span, help.map(str::to_owned)));
    };
    if tree.as_map().is_none() {
        problem(
            format!("the template is {}, not a mapping", tree.kind()),
            tree.span,
            Some("a template has a Resources section"),
        );
        return parts;
    }
    let Some(section) = tree.entry("Resources") else {
        let span = tree
            .as_map()
            .and_then(<[Entry]>::first)
            .map_or(tree.span, |e| e.key_span);
        problem(
            "the template has no Resources".to_owned(),
            span,
            Some("a template declares at least one resource"),
        );
        return parts;
    };
    let Some(entries) = section.value.as_map() else {
        let kind = section.value.kind();
        problem(
            format!("Resources is {kind}, not a mapping"),
            section.key_span,
            Some("under it stand the logical ids of resources, each with a Type"),
        );
        return parts;
    };
    for name in transforms(tree) {
        if !HARMLESS.contains(&&*name) && !name.starts_with("AWS::SecretsManager-") {
            parts.gaps.push(format!(
                "macro {name} may add or change resources at deployment; they are judged as written"
            ));
        }
    }
    for entry in entries {
        let place = unrolled
            .origins
            .get(&*entry.key)
            .cloned()
            .unwrap_or_else(|| Path::root().key("Resources").key(&*entry.key));
        resource(entry, place, &mut parts);
    }
    parts
}

fn resource(entry: &Entry, node: Path, parts: &mut Parts) {
    let id = &*entry.key;
    if id == "Fn::Transform" {
        parts.gaps.push(format!(
            "{} adds resources at deployment",
            macro_name(&entry.value)
        ));
        return;
    }
    if id.starts_with("Fn::ForEach::") {
        parts.gaps.push(format!(
            "{id} makes resources from a list that is not known, or too many of them"
        ));
        return;
    }
    if entry.value.as_map().is_none() {
        let message = format!("resource {id} is {}, not a mapping", entry.value.kind());
        parts
            .problems
            .push((message, entry.key_span, Some(TYPED.to_owned())));
        return;
    }
    if let Some(transform) = entry.value.get("Fn::Transform") {
        let name = macro_name(transform);
        parts
            .gaps
            .push(format!("{name} fills in resource {id} at deployment"));
    }
    let rtype = match entry.value.get("Type") {
        Some(node) => match node.as_str() {
            Some(text) => text,
            None => {
                let what = node.as_map().and_then(<[Entry]>::first);
                let what = what.map_or_else(|| node.kind().to_owned(), |e| e.key.to_string());
                parts
                    .gaps
                    .push(format!("the Type of {id} is not text but {what}"));
                return;
            }
        },
        None if entry.value.get("Fn::Transform").is_some() => return,
        None => {
            let message = format!("resource {id} has no Type");
            parts
                .problems
                .push((message, entry.key_span, Some(TYPED.to_owned())));
            return;
        }
    };
    if rtype.ends_with("::MODULE") {
        parts.gaps.push(format!(
            "{id} is a module, {rtype}, whose resources are not known"
        ));
    }
    let properties = entry.value.entry("Properties");
    if let Some(properties) = properties
        && !matches!(properties.value.data, crate::document::Data::Null)
    {
        match properties.value.as_map() {
            None => {
                let kind = properties.value.kind();
                let message = format!("the Properties of {id} are {kind}, not a mapping");
                let help = "check the indentation of what stands below".to_owned();
                parts
                    .problems
                    .push((message, properties.key_span, Some(help)));
            }
            Some(members) => {
                if let Some(included) = members.iter().find(|m| &*m.key == "Fn::Transform") {
                    let name = macro_name(&included.value);
                    parts
                        .gaps
                        .push(format!("{name} adds properties to {id} at deployment"));
                }
            }
        }
    }
    let metadata = |key: &str| {
        let found = entry.value.get("Metadata").and_then(|m| m.get(key));
        found.and_then(Node::as_str).map(str::to_owned)
    };
    let nested = metadata("aws:asset:property").is_none_or(|p| p == "TemplateURL");
    parts.resources.push(Declared {
        id: id.to_owned(),
        rtype: types::name(rtype),
        properties: properties.map(|p| p.value.clone()),
        condition: entry
            .value
            .get("Condition")
            .and_then(Node::as_str)
            .map(str::to_owned),
        node,
        moved: Vec::new(),
        construct: metadata("aws:cdk:path"),
        asset: metadata("aws:asset:path").filter(|_| nested),
    });
}

fn macro_name(node: &Node) -> String {
    node.get("Name")
        .and_then(Node::as_str)
        .unwrap_or("Fn::Transform")
        .to_owned()
}

/// The names `Ref` and `Fn::GetAtt` know.
pub(super) fn names(resources: &[Declared]) -> FxHashMap<String, usize> {
    resources
        .iter()
        .enumerate()
        .map(|(index, r)| (r.id.clone(), index))
        .collect()
}

/// What `Metadata.skylint` says under a key.
pub(super) fn said(tree: &Node, key: &str) -> Option<Arc<str>> {
    let found = tree.get("Metadata")?.get("skylint")?.get(key)?;
    super::parameters::scalar_text(found).map(Into::into)
}
