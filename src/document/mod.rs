//! YAML, JSON and TOML text as trees in which every node knows its bytes.
//!
//! Templates, rule files and type files are all read through here, so that anything wrong in any
//! of them can be pointed at.

mod fields;
mod json;
mod near;
mod text;
mod toml;
mod yaml;

pub use fields::Fault;
pub(crate) use fields::Fields;
pub use json::parse_json;
pub(crate) use near::did_you_mean;
pub use text::{decode, offset_in_scalar};
pub use toml::parse_toml;
pub use yaml::parse_yaml;

use crate::model::{Path, Segment, Span};

/// Limits that keep hostile text from costing more than it is worth: how many lists and mappings
/// may stand one inside the other.
pub const MAX_DEPTH: usize = 128;
/// Nodes after aliases are expanded; a "billion laughs" file stops here.
pub const MAX_NODES: usize = 2_000_000;

/// A node of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its bytes in the text, tag and quotes included.
    pub span: Span,
    /// What it holds.
    pub data: Data,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// `null`, `~` or nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(Box<str>),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the text. Keys are unique.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Box<str>,
    /// The key's bytes.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// Text that is no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do about it.
    pub help: Option<String>,
}

impl ParseError {
    /// An error at some bytes of the text.
    fn new(message: impl Into<String>, span: Span, help: Option<&str>) -> Self {
        Self {
            message: message.into(),
            span,
            help: help.map(Into::into),
        }
    }
}

impl Node {
    /// The entries, when it is a mapping.
    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The elements, when it is a sequence.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    /// The text, when it is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// As far as a path leads: the node there, the last entry on the way, and how many steps it was.
    pub fn walk<'s>(
        &self,
        steps: impl IntoIterator<Item = &'s Segment>,
    ) -> (&Node, Option<&Entry>, usize) {
        let (mut node, mut last, mut done) = (self, None, 0);
        for step in steps {
            let next = match step {
                Segment::Key(name) => node.entry(name).map(|entry| {
                    last = Some(entry);
                    &entry.value
                }),
                Segment::Index(index) => node.as_list().and_then(|items| items.get(*index)),
            };
            let Some(next) = next else { break };
            node = next;
            done += 1;
        }
        (node, last, done)
    }

    /// The entry of a mapping with this key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| &*entry.key == key)
    }

    /// The value under this key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The node at a path, if every step is there.
    pub fn at(&self, path: &Path) -> Option<&Node> {
        path.0.iter().try_fold(self, |node, segment| match segment {
            Segment::Key(key) => node.get(key),
            Segment::Index(index) => node.as_list()?.get(*index),
        })
    }

    /// What kind of thing it is, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.data {
            Data::Null => "nothing",
            Data::Bool(_) => "a boolean",
            Data::Int(_) | Data::Float(_) => "a number",
            Data::String(_) => "a string",
            Data::List(_) => "a list",
            Data::Map(_) => "a mapping",
        }
    }
}

/// Reads a document that may be JSON or YAML.
///
/// Text that begins like JSON and is not valid JSON may still be YAML in its flow style. When it
/// is neither, the error is the one about JSON, which is what its author most likely meant.
pub fn parse(text: &str) -> Result<Node, ParseError> {
    let mut glyphs = text
        .trim_start_matches('\u{feff}')
        .chars()
        .filter(|c| !c.is_whitespace());
    if !matches!(glyphs.next(), Some('{' | '[')) {
        return parse_yaml(text);
    }
    parse_json(text).or_else(|json| {
        // To YAML, `// note` is plain text that would run on into the first key.
        if glyphs.next() == Some('/') {
            return Err(json);
        }
        parse_yaml(text).map_err(|_| json)
    })
}

/// The line, from 1, that holds a byte.
fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    before.filter(|byte| **byte == b'\n').count() + 1
}

/// An error for every key that stands twice in a mapping: the second is where it is.
fn check_keys(text: &str, entries: &[Entry]) -> Result<(), ParseError> {
    let repeated = if entries.len() <= 8 {
        let mut rest = entries.iter().enumerate();
        rest.find_map(|(i, second)| {
            let first = entries.iter().take(i).find(|e| e.key == second.key)?;
            Some((first, second))
        })
    } else {
        // Sorting keeps this fast for mappings of any size without copying a key.
        let mut sorted: Vec<&Entry> = entries.iter().collect();
        sorted.sort_by(|a, b| (&a.key, a.key_span.start).cmp(&(&b.key, b.key_span.start)));
        let pairs = sorted.iter().zip(sorted.iter().skip(1));
        pairs
            .filter(|(first, second)| first.key == second.key)
            .min_by_key(|(_, second)| second.key_span.start)
            .map(|(first, second)| (*first, *second))
    };
    let Some((first, second)) = repeated else {
        return Ok(());
    };
    Err(ParseError {
        message: format!(
            "the key `{}` stands twice in one mapping, first on line {}",
            second.key,
            line_of(text, first.key_span.start)
        ),
        span: second.key_span,
        help: Some("remove or rename one of the two".into()),
    })
}

/// The error for nesting beyond [`MAX_DEPTH`].
fn too_deep(span: Span) -> ParseError {
    ParseError {
        message: format!("more than {MAX_DEPTH} lists and mappings stand one inside the other"),
        span,
        help: Some("nothing AWS reads is nested so deeply: check what wrote this file".into()),
    }
}

/// What is wrong with a file that ends before it begins.
const EMPTY: &str = "the file is empty";

/// What to do about a file that ends too early.
const CUT_OFF: &str = "add what is missing, or write the file anew if it was cut off";

/// The error for more than [`MAX_NODES`].
fn too_large(span: Span) -> ParseError {
    ParseError {
        message: format!("the document holds more than {MAX_NODES} values"),
        span,
        help: Some("nothing AWS reads is so large: check what wrote this file".into()),
    }
}

/// The character at a byte, as a message names it.
fn found(text: &str, at: usize) -> String {
    match text.get(at..).and_then(|rest| rest.chars().next()) {
        Some(c) if c.is_control() => format!("the character U+{:04X}", u32::from(c)),
        Some(c) => format!("`{c}`"),
        None => "the end of the file".into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn to_json(node: &Node) -> serde_json::Value {
        match &node.data {
            Data::Null => serde_json::Value::Null,
            Data::Bool(bool) => (*bool).into(),
            Data::Int(int) => (*int).into(),
            Data::Float(float) => (*float).into(),
            Data::String(text) => (**text).into(),
            Data::List(items) => items.iter().map(to_json).collect(),
            Data::Map(entries) => {
                let entries = entries.iter();
                entries
                    .map(|e| (e.key.to_string(), to_json(&e.value)))
                    .collect()
            }
        }
    }

    /// A node's value as JSON text.
    pub(super) fn show(node: &Node) -> String {
        to_json(node).to_string()
    }

    /// Every span of a tree with the span of the node around it.
    fn spans(node: &Node, found: &mut Vec<(Span, Span)>) {
        for child in node.as_list().unwrap_or_default() {
            found.push((child.span, node.span));
            spans(child, found);
        }
        for entry in node.as_map().unwrap_or_default() {
            found.push((entry.key_span, node.span));
            found.push((entry.value.span, node.span));
            spans(&entry.value, found);
        }
    }

    fn check_spans(text: &str, node: &Node, nested: bool) {
        let mut found = vec![(node.span, Span::new(0, text.len()))];
        spans(node, &mut found);
        for (span, parent) in found {
            assert!(
                text.get(span.start..span.end).is_some(),
                "{span:?} {text:?}"
            );
            if nested {
                assert!(parent.start <= span.start && span.end <= parent.end);
            }
        }
    }

    fn json_value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            proptest::num::f64::NORMAL.prop_map(Into::into),
            "\\PC{0,12}".prop_map(Into::into),
            "[ -~\\n\\té😀]{0,12}".prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::vec(("[ -~é😀]{0,8}", inner), 0..6).prop_map(|entries| {
                    serde_json::Value::Object(entries.into_iter().collect())
                }),
            ]
        })
    }

    /// Text made of what gives meaning in YAML and JSON, which random characters seldom hit.
    fn tangled() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "a",
            "b",
            "é",
            "😀",
            "- ",
            "-",
            ": ",
            ":",
            "? ",
            "\n",
            "\n  ",
            "\n    ",
            " ",
            "\t",
            "\r\n",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "\"",
            "'",
            "\\",
            "|",
            ">",
            "|2-\n",
            "#",
            " # c",
            "!Ref ",
            "!",
            "!!int ",
            "!!str ",
            "&a ",
            "*a",
            "<<: ",
            "---",
            "\n---\n",
            "...",
            "%YAML 1.1\n",
            "~",
            "null",
            "1",
            "0x",
            "1e3",
            "true",
            "\u{feff}",
            "\u{2028}",
            "\u{85}",
            "\0",
            "\\u",
            "\"a\": ",
            "%TAG ! x",
            "!<",
            "@",
            "`",
            "%41",
            "!a!b ",
            "key: value\n",
        ]);
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    /// `PROPTEST_CASES` asks for more; a failure is for the test's output, not for a file.
    fn config() -> ProptestConfig {
        ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        }
    }

    fn never_panics(text: &str) {
        if let Ok(node) = parse_json(text) {
            check_spans(text, &node, true);
        }
        match parse_yaml(text) {
            Ok(node) => check_spans(text, &node, false),
            Err(error) => assert!(
                text.get(error.span.start..error.span.end).is_some(),
                "{text:?} {error:?}"
            ),
        }
        let _ = parse(text);
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn arbitrary_text_never_panics(text in any::<String>()) {
            never_panics(&text);
        }

        #[test]
        fn tangled_text_never_panics(text in tangled()) {
            never_panics(&text);
        }

        #[test]
        fn json_agrees_with_serde_and_with_yaml(value in json_value(), pretty: bool) {
            let text = match pretty {
                true => serde_json::to_string_pretty(&value).unwrap(),
                false => serde_json::to_string(&value).unwrap(),
            };
            let node = parse_json(&text).unwrap();
            check_spans(&text, &node, true);
            prop_assert_eq!(&to_json(&node), &value);
            let yaml = parse_yaml(&text);
            prop_assert_eq!(yaml.map(|yaml| show(&yaml)), Ok(show(&node)), "{}", text);
        }

        #[test]
        fn offsets_in_scalars_stay_inside(text in tangled(), at in 0usize..40) {
            if let Ok(node) = parse_yaml(&text) && let Some(value) = node.as_str() {
                let found = offset_in_scalar(&text, node.span, value, at);
                prop_assert!(node.span.start <= found && found <= node.span.end);
                prop_assert!(text.is_char_boundary(found));
            }
        }
    }

    #[test]
    fn json_and_yaml_are_told_apart() {
        assert!(parse("\n{\"a\": 1}").is_ok());
        assert!(parse("{a: [b, c],}").is_ok());
        assert!(parse("a: 1").is_ok());
        let error = parse("{\"a\": 1 \"b\": 2}").unwrap_err();
        assert!(error.message.starts_with("expected `,` or `}`"), "{error}");
        assert!(parse("{ // note\n \"a\": 1}").is_err());
    }
}
