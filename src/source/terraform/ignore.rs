//! `# skylint:ignore DB-001 reason="…" until=2027-01-31` on a resource block.
//!
//! It binds to the block it stands in, or directly above, of the module it stands in, and so to
//! every instance of that block; never to another block of the same type and name.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use rustc_hash::FxHashMap;

use super::hcl;
use super::lines::Entry;
use super::sources::Sources;
use crate::model::{Location, Path, Resource, Segment, SourceId, Span};
use crate::source::Read;
use crate::source::suppression::{self, MARK};

/// Finds the exceptions in the sources and attaches them to the resources they are about.
pub(super) fn attach(
    sources: &Sources,
    ids: &FxHashMap<Arc<str>, SourceId>,
    entries: &[Entry],
    resources: &mut [Resource],
    read: &mut Read,
) {
    for (module, file) in sources.all() {
        if !file.text.contains(MARK) {
            continue;
        }
        let texts = hcl::texts(&file.body);
        for (span, comment) in comments(&file.text, &texts) {
            let location = Location::in_text(
                ids.get(&file.path).copied(),
                Arc::clone(&file.path),
                &file.text,
                span,
            );
            let block = owner(file, span);
            let parsed = match suppression::parse(comment, &location) {
                Ok(parsed) => parsed,
                Err(why) => {
                    suppression::complain(
                        read,
                        why,
                        "skylint:ignore DB-001 reason=\"…\" until=YYYY-MM-DD",
                        &location,
                    );
                    continue;
                }
            };
            for one in parsed {
                let index = suppression::add(read, one);
                let Some((rtype, name)) = &block else {
                    continue;
                };
                for resource in resources.iter_mut() {
                    let entry = match resource.origin.node {
                        Path(ref path) => match path.first() {
                            Some(Segment::Index(number)) => entries.get(*number),
                            _ => None,
                        },
                    };
                    let here = entry.is_some_and(|entry| {
                        entry.address.rtype == *rtype
                            && entry.address.name == *name
                            && entry.address.module_names().join(".") == module
                    });
                    if here {
                        let mut all = std::mem::take(&mut resource.suppressions).into_vec();
                        all.push(index);
                        resource.suppressions = all.into();
                    }
                }
            }
        }
    }
}

/// The comments that are exceptions: where, and what they say behind the mark.
fn comments<'t>(text: &'t str, texts: &[Range<usize>]) -> Vec<(Span, &'t str)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(MARK) {
        let line_start = text
            .get(..at)
            .and_then(|t| t.rfind('\n'))
            .map_or(0, |n| n + 1);
        let before = text.get(line_start..at).unwrap_or_default().trim_end();
        let Some(sign) = ["#", "//"].into_iter().find(|sign| before.ends_with(sign)) else {
            continue;
        };
        if texts.iter().any(|range| range.contains(&at)) {
            continue;
        }
        let rest = text.get(at + MARK.len()..).unwrap_or_default();
        let rest = rest.lines().next().unwrap_or_default();
        let start = line_start + before.len() - sign.len();
        let end = at + MARK.len() + rest.trim_end().len();
        found.push((Span::new(start, end), rest));
    }
    found
}

/// The resource block a comment stands in, or directly above.
fn owner(file: &hcl::File, span: Span) -> Option<(String, String)> {
    for block in file.body.get_blocks("resource") {
        let Some(range) = block.span() else { continue };
        let line = file.text.get(range.end..).and_then(|t| t.lines().next());
        let last = range.end + line.map_or(0, str::len);
        let above = || {
            let between = file.text.get(span.end..range.start).unwrap_or("x\n");
            let mut lines = between.split('\n');
            let first_is_rest = lines.next().is_some_and(|rest| rest.trim().is_empty());
            let mut rest: Vec<&str> = lines.collect();
            // What is on the block's own line before it.
            let own = rest.pop().is_some_and(|own| own.trim().is_empty());
            first_is_rest
                && own
                && rest.iter().all(|line| {
                    let line = line.trim_start();
                    line.starts_with('#') || line.starts_with("//")
                })
        };
        let inside = range.start <= span.start && span.end <= last;
        // A comment behind something else on its line is not above anything.
        let alone = file
            .text
            .get(..span.start)
            .and_then(|t| t.rsplit('\n').next())
            .is_some_and(|before| before.trim().is_empty());
        if inside || (span.end <= range.start && alone && above()) {
            let mut labels = block.labels.iter().map(|label| label.as_str().to_owned());
            return Some((labels.next()?, labels.next()?));
        }
    }
    None
}
