//! Several captures of one resource: the newest counts, and what it says is gone is gone.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::item::{Item, Status};
use crate::model::{SourceId, Span, millis};

/// Where an item is, and what it is about.
#[derive(Debug, Clone)]
pub(super) struct Capture {
    pub(super) source: SourceId,
    pub(super) span: Span,
    /// Its type, as CloudFormation calls it.
    pub(super) rtype: Arc<str>,
    pub(super) status: Status,
    at: i64,
}

/// Whose captures these are: type, account, Region and id.
type Subject = (Arc<str>, Box<str>, Box<str>, Box<str>);

/// The newest capture of everything.
#[derive(Debug, Default)]
pub(super) struct Captures(FxHashMap<Subject, Capture>);

impl Captures {
    /// Adds an item. Of two with the same time the later one counts.
    pub(super) fn add(&mut self, item: &Item<'_>, rtype: &Arc<str>, source: SourceId, span: Span) {
        let text = |text: Option<&str>| Box::<str>::from(text.unwrap_or_default());
        let id = item.id().or_else(|| item.arn());
        let subject = (
            Arc::clone(rtype),
            text(item.account()),
            text(item.region()),
            text(id),
        );
        let capture = Capture {
            source,
            span,
            rtype: Arc::clone(rtype),
            status: item.status(),
            // What has no time is before everything.
            at: millis(item.captured()).unwrap_or(i64::MIN),
        };
        match self.0.get_mut(&subject) {
            Some(known) if capture.at < known.at => {}
            Some(known) => *known = capture,
            None => {
                self.0.insert(subject, capture);
            }
        }
    }

    /// The newest, in the order of the files.
    pub(super) fn newest(self) -> Vec<Capture> {
        let mut all: Vec<Capture> = self.0.into_values().collect();
        all.sort_unstable_by_key(|capture| (capture.source, capture.span.start));
        all
    }
}
