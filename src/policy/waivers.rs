//! Waivers: reviewed exceptions in the organisation's settings. Each has a reason, somebody who answers for it,
//! and an end.

use std::sync::Arc;

use super::config::{Said, document, in_order, tables};
use crate::document::{Fault, Fields, Node, did_you_mean};
use crate::model::{Day, Pattern, SourceFile, SourceId, Span, Suppression, Target};
use crate::rule::Rule;

/// A waiver, and where it is written.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// The rule's id or slug.
    pub rule: Said<Arc<str>>,
    /// The resources it is about.
    pub target: Target,
    /// Why it was accepted.
    pub reason: Arc<str>,
    /// Who answers for it.
    pub owner: Arc<str>,
    /// The last day it holds.
    pub expires: Day,
}

/// Reads the text of a file of waivers.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn parse_waivers(text: &str) -> Result<Vec<Waiver>, Vec<Fault>> {
    let root = document(text)?;
    let mut faults = Vec::new();
    let mut fields = Fields::new(&root, "a file of waivers", &mut faults);
    let node = fields.node("waivers");
    let waivers = node.map_or_else(Vec::new, |node| read_all(node, fields.faults()));
    fields.finish();
    match faults.is_empty() {
        true => Ok(waivers),
        false => Err(in_order(faults)),
    }
}

pub(super) fn read_all(node: &Node, faults: &mut Vec<Fault>) -> Vec<Waiver> {
    tables(node, "waivers", faults, read)
}

fn read(node: &Node, faults: &mut Vec<Fault>) -> Option<Waiver> {
    let before = faults.len();
    let mut fields = Fields::new(node, "a waiver", faults);
    let rule = fields.required_text("rule");
    let pattern = |text: Option<(&str, &Node)>| text.map(|(text, _)| Pattern::new(text));
    let text = |text: Option<(&str, &Node)>| text.map(|(text, _)| Arc::from(text));
    let target = Target {
        id: pattern(fields.text("id")),
        arn: pattern(fields.text("arn")),
        address: pattern(fields.text("address")),
        tag: fields
            .text("tag")
            .map(|(tag, _)| match tag.split_once('=') {
                Some((key, value)) => (key.into(), Some(Pattern::new(value))),
                None => (tag.into(), None),
            }),
        path: fields.text("path").map(|(path, _)| Pattern::path(path)),
        account: text(fields.text("account")),
        region: text(fields.text("region")),
    };
    let reason = fields.required_text("reason");
    let owner = fields.required_text("owner");
    let expires = fields.required_text("expires");
    let expires = expires.and_then(|(text, node)| match text.parse::<Day>() {
        Ok(day) => Some(day),
        Err(message) => {
            fields.fault(Fault::new(node.span, message).help("write expires = 2027-03-31"));
            None
        }
    });
    let named = [&target.id, &target.arn, &target.address, &target.path];
    let has_target = named.iter().any(|pattern| pattern.is_some()) || target.tag.is_some();
    if !has_target && node.as_map().is_some() {
        let span = rule.map_or(node.span, |(_, node)| node.span);
        fields.fault(
            Fault::new(span, "this waiver does not say which resources it is about")
                .help("add id, arn, address, tag or path; `id = \"*\"` is every one"),
        );
    }
    fields.finish();
    for fault in faults.iter_mut().skip(before) {
        if fault.help.is_none() && fault.message.ends_with("is missing") {
            fault.help = Some("a waiver has rule, reason, owner and expires".to_owned());
        }
    }
    let (name, at) = rule?;
    (faults.len() == before).then_some(Waiver {
        rule: Said {
            value: name.into(),
            span: at.span,
        },
        target,
        reason: reason?.0.into(),
        owner: owner?.0.into(),
        expires: expires?,
    })
}

impl Waiver {
    /// As the checks apply it. `id` is the number of the file it is written in.
    pub fn suppression(&self, file: &SourceFile, id: SourceId) -> Suppression {
        Suppression {
            rule: Arc::clone(&self.rule.value),
            reason: Arc::clone(&self.reason),
            owner: Some(Arc::clone(&self.owner)),
            until: Some(self.expires.to_string().into()),
            target: Some(self.target.clone()),
            location: file.location(id, self.rule.span),
        }
    }

    /// What is wrong if there is no such rule.
    pub fn unknown_rule(&self, rules: &[Rule]) -> Option<Fault> {
        let name = &self.rule.value;
        if rules.iter().any(|rule| rule.is_named(name)) {
            return None;
        }
        let span: Span = self.rule.span;
        let mut fault = Fault::new(span, format!("there is no rule `{name}`"));
        let names = rules.iter().flat_map(|r| [&*r.info.id, &*r.info.slug]);
        fault.help = did_you_mean(name, names)
            .or_else(|| Some("`skylint rules list` shows all rules".to_owned()));
        Some(fault)
    }
}
