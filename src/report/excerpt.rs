//! Quoting inputs safely: one line, never its neighbours, nothing that looks like a secret, and no
//! character that could act on a terminal.

use std::borrow::Cow;

use crate::model::{Finding, Location, SourceFile};

/// A quoted line. `start..end` are the bytes of `text` that matter.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub(super) text: String,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Excerpt {
    /// The part that matters.
    pub(super) fn marked(&self) -> &str {
        self.text.get(self.start..self.end).unwrap_or_default()
    }
}

/// Names of properties whose value is not shown unless the evidence shows it too.
const SECRETS: [&str; 8] = [
    "password",
    "passwd",
    "secret",
    "token",
    "credential",
    "privatekey",
    "apikey",
    "accesskey",
];

/// How many bytes on either side of a place's start are looked at.
const NEAR: usize = 4096;

/// Stands for what is not shown.
const HIDDEN: &str = "…";

/// Quotes the line a finding points at.
pub(super) fn of_finding(
    finding: &Finding,
    sources: &[SourceFile],
    width: usize,
) -> Option<Excerpt> {
    let shown = |mark: &str| {
        finding
            .evidence
            .iter()
            .filter(|e| e.resource.is_none() && e.property == finding.property)
            .any(|e| match &e.value {
                serde_json::Value::String(text) => !text.is_empty() && mark.contains(&**text),
                serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
                    mark.contains(&e.value.to_string())
                }
                _ => false,
            })
    };
    let property = finding.property.rsplit('.').next().unwrap_or_default();
    quote(finding.location.as_ref()?, sources, width, |mark| {
        !(sounds_secret(property) || sounds_secret(mark)) || shown(mark)
    })
}

/// Quotes the line at a place that belongs to no finding.
pub(super) fn of_place(
    location: &Location,
    sources: &[SourceFile],
    width: usize,
) -> Option<Excerpt> {
    quote(location, sources, width, |mark| !sounds_secret(mark))
}

fn sounds_secret(text: &str) -> bool {
    let plain: String = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    SECRETS.iter().any(|word| plain.contains(word))
}

fn quote(
    location: &Location,
    sources: &[SourceFile],
    width: usize,
    may_show: impl Fn(&str) -> bool,
) -> Option<Excerpt> {
    let source = sources.get(location.source?)?;
    let text: &str = &source.text;
    let (head, tail) = text.split_at_checked(boundary(text, location.span.start))?;
    // A minified file is one line of any length: look at no more of it than could be shown.
    let (_, head) = head.split_at_checked(boundary(head, head.len().saturating_sub(NEAR)))?;
    let (tail, _) = tail.split_at_checked(boundary(tail, NEAR))?;
    let before = head.rsplit('\n').next().unwrap_or_default();
    let rest = tail.split(['\n', '\r']).next().unwrap_or_default();
    let length = location.span.end.saturating_sub(location.span.start);
    let (mark, after) = rest.split_at_checked(boundary(rest, length))?;
    // An empty span, or one that begins at a line's end, says no more than "this line".
    let (mark, after) = match mark.trim_end() {
        "" => (rest.trim_end(), ""),
        mark => (mark, after),
    };
    if mark.is_empty() {
        return None;
    }
    if !source.confidential {
        return Some(whole(before, mark, after.trim_end(), width));
    }

    // Other properties on the same line are nobody's business.
    let before = match before.rfind([',', '{', '[', ';']) {
        Some(at) if before.get(..at).is_some_and(|b| !b.trim().is_empty()) => None,
        _ => Some(before),
    };
    let line = format!("{}{mark}", before.unwrap_or_default());
    let mark = if may_show(&line) {
        clip(mark, width.saturating_sub(8).max(16))
    } else {
        let key = mark.find([':', '=']).and_then(|at| mark.get(..=at));
        format!("{} {HIDDEN}", key.unwrap_or_default())
            .trim_start()
            .to_owned()
    };
    let mark = clean(&mark);
    let mut quoted = match before {
        None => format!("{HIDDEN} "),
        Some(before) => {
            let key = before.trim_start();
            let indent = (before.len() - key.len()).min(8);
            format!("{}{}", " ".repeat(indent), clean(&clip(key, 24)))
        }
    };
    let start = quoted.len();
    quoted.push_str(&mark);
    let end = quoted.len();
    let after = after.trim_end();
    let room = width.saturating_sub(quoted.chars().count() + 2);
    if after.chars().take(9).count() < 9 && after.chars().all(|c| " ,;}])'\"".contains(c)) {
        quoted.push_str(after);
    } else if after.contains([',', '}', ']', ';']) || after.len() > room || sounds_secret(after) {
        quoted.push(' ');
        quoted.push_str(HIDDEN);
    } else {
        quoted.push_str(&clean(after));
    }
    Some(Excerpt {
        text: quoted,
        start,
        end,
    })
}

/// Quotes a line as it is, as far as it fits.
fn whole(before: &str, mark: &str, after: &str, width: usize) -> Excerpt {
    let mut text = clean(&clip(before, width)).into_owned();
    let start = text.len();
    text.push_str(&clean(&clip(mark, width)));
    let end = text.len();
    let room = width.saturating_sub(text.chars().count());
    text.push_str(&clean(&clip(after, room.max(1))));
    Excerpt { text, start, end }
}

/// The last character boundary at or before `at`.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// At most `most` characters, the last of which says when there were more.
pub(super) fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text
            .chars()
            .take(most.saturating_sub(1))
            .chain(['…'])
            .collect(),
    }
}

/// Whether a character could act on a terminal, or show text in another order than it stands.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{061c}')
}

/// Text from an input, made harmless: control characters, and characters that reorder or hide
/// text, are spelled out.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\t' => out.push_str("    "),
            c if is_harmful(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    fn quoted(text: &str, start: usize, end: usize) -> Option<String> {
        let source = SourceFile::new("f".into(), text.into(), true);
        let place = Location::in_text(Some(0), "f".into(), text, Span::new(start, end));
        of_place(&place, &[source], 60).map(|e| {
            let (before, rest) = e.text.split_at(e.start);
            let (mark, after) = rest.split_at(e.end - e.start);
            format!("{before}«{mark}»{after}")
        })
    }

    fn at(text: &str, needle: &str) -> Option<String> {
        let start = text.find(needle).unwrap();
        quoted(text, start, start + needle.len())
    }

    #[test]
    fn only_the_line_and_only_its_property() {
        let text = "a: 1\r\n  b: 2 # why\r\nc: 3";
        assert_eq!(at(text, "b: 2").as_deref(), Some("  «b: 2» # why"));
        let flow = "{ \"Pw\": \"x\", \"b\": 2, \"c\": 3 }";
        assert_eq!(at(flow, "\"b\": 2").as_deref(), Some("… «\"b\": 2» …"));
        let json = "  \"b\": 2,\n";
        assert_eq!(at(json, "\"b\": 2").as_deref(), Some("  «\"b\": 2»,"));
        let block = "b:\n  Key: geheim\n";
        assert_eq!(quoted(block, 0, block.len()).as_deref(), Some("«b:»"));
    }

    #[test]
    fn secrets_are_not_quoted() {
        let text = "  MasterUserPassword: hunter2\n";
        assert_eq!(
            at(text, "MasterUserPassword: hunter2").as_deref(),
            Some("  «MasterUserPassword: …»")
        );
        assert_eq!(
            at(text, "hunter2").as_deref(),
            Some("  MasterUserPassword: «…»")
        );
        let comment = "  Port: 1 # the token is geheim\n";
        assert_eq!(at(comment, "Port: 1").as_deref(), Some("  «Port: 1» …"));
    }

    #[test]
    fn spans_outside_the_text_are_no_reason_to_panic() {
        assert_eq!(quoted("", 5, 9), None);
        assert_eq!(quoted("ü: 1", 1, 99).as_deref(), Some("«ü: 1»"));
        assert_eq!(quoted("a\nb", 9, 3), None);
        assert_eq!(quoted("a: é", 3, 4).as_deref(), Some("a: «é»"));
        let long = format!("k: {}", "é".repeat(500));
        let minified = "\"a\":1,".repeat(10_000);
        assert_eq!(
            quoted(&minified, 30_000, 30_005).as_deref(),
            Some("… «\"a\":1» …")
        );
        assert!(quoted(&long, 0, long.len()).unwrap().chars().count() < 70);
    }

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(clean("a\u{1b}[31m\nb\u{202e}"), "a\\u{1b}[31m\\nb\\u{202e}");
        assert_eq!(clip("abcdef", 4), "abc…");
        assert_eq!(clip("abcd", 4), "abcd");
    }
}
