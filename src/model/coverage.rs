//! What was read whole, in part, or not at all.

use std::sync::Arc;

use super::unknown::{Reason, Unknown};

/// How much of something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CoverStatus {
    /// All of it.
    Complete,
    /// Some of it.
    Partial,
    /// Nothing.
    Missing,
}

impl CoverStatus {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Missing => "missing",
        }
    }
}

/// A statement about how much was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cover {
    /// The resource type; `None` for every type.
    pub rtype: Option<Arc<str>>,
    /// The account; `None` for every account.
    pub account: Option<Arc<str>>,
    /// The Region; `None` for every Region.
    pub region: Option<Arc<str>>,
    /// How much.
    pub status: CoverStatus,
    /// Why not more.
    pub reason: Arc<str>,
}

/// All that is said about how much was read.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    covers: Vec<Cover>,
}

impl Coverage {
    /// Adds a statement.
    pub fn add(&mut self, cover: Cover) {
        if !self.covers.contains(&cover) {
            self.covers.push(cover);
        }
    }

    /// Every statement, in a fixed order.
    pub fn statements(&self) -> Vec<&Cover> {
        let mut all: Vec<_> = self.covers.iter().collect();
        all.sort();
        all
    }

    /// Why "there is no other resource of this type" cannot be concluded; `None` when it can.
    pub fn gap(&self, rtype: &str) -> Option<Unknown> {
        self.covers
            .iter()
            .filter(|c| c.status != CoverStatus::Complete)
            .find(|c| c.rtype.as_deref().is_none_or(|t| t == rtype))
            .map(|c| Arc::new(Reason::NotCovered(c.reason.as_ref().into())))
    }
}
