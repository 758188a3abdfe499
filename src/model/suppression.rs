//! Exceptions to rules: written beside what they are about, or in the organisation's settings.

use std::sync::Arc;

use super::finding::ResourceName;
use super::pattern::Pattern;
use super::place::Location;

/// An exception to a rule that somebody reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The rule's id or slug.
    pub rule: Arc<str>,
    /// Why it was accepted.
    pub reason: Arc<str>,
    /// Who answers for it.
    pub owner: Option<Arc<str>>,
    /// The last day it holds, as YYYY-MM-DD.
    pub until: Option<Arc<str>>,
    /// The resources it is about; one that is written beside a resource is about that.
    pub target: Option<Target>,
    /// Where it is written.
    pub location: Location,
}

/// The resources that an exception is about: those that everything here fits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// Their logical or physical id.
    pub id: Option<Pattern>,
    /// Their ARN.
    pub arn: Option<Pattern>,
    /// Their address: the id with the path of stacks or modules.
    pub address: Option<Pattern>,
    /// A tag: its key, and its value.
    pub tag: Option<(Arc<str>, Option<Pattern>)>,
    /// The files they are written in.
    pub path: Option<Pattern>,
    /// Their account.
    pub account: Option<Arc<str>>,
    /// Their Region.
    pub region: Option<Arc<str>>,
}

impl Suppression {
    /// Whether it is about a rule.
    pub fn names(&self, id: &str, slug: &str) -> bool {
        self.rule.eq_ignore_ascii_case(id) || self.rule.eq_ignore_ascii_case(slug)
    }

    /// Whether it no longer holds on a day, which is written YYYY-MM-DD.
    pub fn expired(&self, today: &str) -> bool {
        self.until.as_deref().is_some_and(|until| until < today)
    }
}

impl Target {
    /// Whether a resource is meant. `tag` gives the value of a tag of it, `paths` its files.
    pub fn fits<'t>(
        &self,
        name: &ResourceName,
        tag: impl FnOnce(&str) -> Option<&'t str>,
        paths: impl FnOnce() -> Vec<String>,
    ) -> bool {
        let text = |pattern: &Option<Pattern>, text: Option<&str>| {
            let is = |pattern: &Pattern| text.is_some_and(|text| pattern.is_match(text));
            pattern.as_ref().is_none_or(is)
        };
        let same = |wanted: &Option<Arc<str>>, found: &Option<Arc<str>>| {
            wanted.is_none() || wanted == found
        };
        text(&self.id, Some(&name.id))
            && text(&self.arn, name.arn.as_deref())
            && text(&self.address, Some(&name.address))
            && same(&self.account, &name.account)
            && same(&self.region, &name.region)
            && self.tag.as_ref().is_none_or(|(key, wanted)| {
                let value = tag(key);
                value.is_some_and(|value| wanted.as_ref().is_none_or(|w| w.is_match(value)))
            })
            && self
                .path
                .as_ref()
                .is_none_or(|path| paths().iter().any(|found| path.covers(found)))
    }

    /// In words: `id orders-*, region eu-west-1`.
    pub fn in_words(&self) -> String {
        let pattern = |name: &str, pattern: &Option<Pattern>| {
            pattern.as_ref().map(|p| format!("{name} {}", p.as_str()))
        };
        let text = |name: &str, text: &Option<Arc<str>>| {
            text.as_ref().map(|text| format!("{name} {text}"))
        };
        let tag = self.tag.as_ref().map(|(key, value)| match value {
            Some(value) => format!("tag {key}={}", value.as_str()),
            None => format!("tag {key}"),
        });
        let parts = [
            pattern("id", &self.id),
            pattern("arn", &self.arn),
            pattern("address", &self.address),
            tag,
            pattern("path", &self.path),
            text("account", &self.account),
            text("region", &self.region),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}
