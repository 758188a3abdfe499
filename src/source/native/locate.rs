//! From a resource and a property to a place on its line.

use std::sync::Arc;

use super::Line;
use crate::document::{Node, parse_json};
use crate::model::{Location, OBSERVED, Path, Resource, Segment, SourceId, Span};
use crate::types;

/// The bytes of a property within its line, and whether they are that property.
pub(in crate::source) fn find(line: &str, resource: &Resource, property: &Path) -> (Span, bool) {
    let Ok(tree) = parse_json(line) else {
        return (Span::new(0, 1), false);
    };
    if property.0.is_empty() {
        return (whole(&tree), true);
    }
    // The line of a secret is not pointed at, because reports quote it.
    let hidden = types::is_secret(resource, property);
    // Facts are beside the properties, under the name that their paths begin with.
    let is_fact = matches!(property.0.first(), Some(Segment::Key(first)) if **first == *OBSERVED);
    let way = (!is_fact).then(|| Segment::Key("properties".into()));
    let (node, last, done) = tree.walk(way.iter().chain(&property.0));
    let is_all = done == way.iter().len() + property.0.len() && node.kind() != "null" && !hidden;
    match last {
        Some(entry) if is_all && matches!(property.0.last(), Some(Segment::Key(_))) => {
            (Span::new(entry.key_span.start, entry.value.span.end), true)
        }
        Some(entry) if done > 1 => (entry.key_span, is_all),
        _ => (whole(&tree), false),
    }
}

/// Some bytes of a line as a place in its file.
pub(super) fn location(line: &Line<'_>, span: Span, source: SourceId, path: &Arc<str>) -> Location {
    let text = line.text.unwrap_or_default();
    let column = |at: usize| text.get(..at).unwrap_or(text).chars().count() + 1;
    Location {
        source: Some(source),
        path: Arc::clone(path),
        span,
        line: line.number,
        column: column(span.start),
        end_line: line.number,
        end_column: column(span.end),
    }
}

/// How much of a line is kept on either side of a place, and from its beginning on: what reports
/// could show of it.
const BESIDE: usize = 64;
const FROM: usize = 4096;

/// What has to be kept of a line so that reports can quote a place on it; and the place in that.
pub(super) fn excerpt(text: &str, span: Span) -> (&str, Span) {
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(span.start.saturating_sub(BESIDE).min(text.len()));
    let end = span
        .end
        .saturating_add(BESIDE)
        .min(span.start.saturating_add(FROM));
    let kept = text.get(start..boundary(end.min(text.len())));
    let inner = Span::new(span.start - start, span.end - start);
    (kept.unwrap_or_default(), inner)
}

/// What stands for a resource as a whole: its line's beginning, with its type and id if that is what
/// it begins with.
fn whole(tree: &Node) -> Span {
    let start = tree.span.start;
    let mut entries = tree.as_map().unwrap_or_default().iter();
    let end = match (entries.next(), entries.next()) {
        (Some(first), Some(second)) if &*first.key == "type" && &*second.key == "id" => {
            second.value.span.end
        }
        _ => start + 1,
    };
    Span::new(start, end)
}
