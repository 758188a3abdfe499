//! Exceptions written in the source, beside what they are about.

use std::sync::Arc;

use super::place::Location;

/// An exception to a rule that the author of a resource wrote beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The rule's id or slug.
    pub rule: Arc<str>,
    /// Why it was accepted.
    pub reason: Arc<str>,
    /// The last day it holds, as YYYY-MM-DD.
    pub until: Option<Arc<str>>,
    /// Where it is written.
    pub location: Location,
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
