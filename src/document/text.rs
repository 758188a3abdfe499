//! Bytes as text, and places inside the text of a scalar.

use std::borrow::Cow;

use super::{ParseError, line_of};
use crate::model::Span;

/// The bytes of a file as text, without a byte order mark: UTF-8, or UTF-16 that has one.
///
/// There is no text to point into when this fails, so the error's span counts bytes of the file.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ParseError> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => return decode_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return decode_utf16(rest, u16::from_be_bytes),
        _ => {}
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(ParseError {
            message: "this is a binary file".into(),
            span: Span::new(at, at + 1),
            help: Some("skylint reads text in UTF-8, or in UTF-16 with a byte order mark".into()),
        });
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).into()),
        Err(error) => {
            let at = error.valid_up_to();
            let valid = bytes.get(..at).and_then(|b| std::str::from_utf8(b).ok());
            Err(ParseError {
                message: format!(
                    "byte 0x{:02X} at offset {at}, line {}, is not UTF-8",
                    bytes.get(at).copied().unwrap_or_default(),
                    line_of(valid.unwrap_or_default(), at)
                ),
                span: Span::new(at, at + 1),
                help: Some("save the file as UTF-8".into()),
            })
        }
    }
}

fn decode_utf16(
    bytes: &[u8],
    unit: impl Fn([u8; 2]) -> u16,
) -> Result<Cow<'static, str>, ParseError> {
    let invalid = |at: usize| ParseError {
        message: format!("the bytes at offset {at} are not UTF-16"),
        span: Span::new(at, at + 1),
        help: Some("save the file as UTF-8".into()),
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    let mut at = 2;
    for c in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let c = c.map_err(|_| invalid(at))?;
        at += 2 * c.len_utf16();
        text.push(c);
    }
    if rest.is_empty() {
        Ok(text.into())
    } else {
        Err(invalid(at))
    }
}

/// Where in the file a byte of a string's value was written.
///
/// `node_span` is the string's node in `text`, `value` what it was read as. Line folding,
/// indentation and quoting change only white space and escapes, so value and source are walked
/// in step over everything else. The answer always lies within the node.
pub fn offset_in_scalar(text: &str, node_span: Span, value: &str, offset_in_value: usize) -> usize {
    let Some(node) = text.get(node_span.start..node_span.end) else {
        return node_span.start;
    };
    let (_, mut at) = properties(node, 0);
    let mut rest = node.get(at..).unwrap_or_default();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    if quote.is_some() {
        at += 1;
    } else if rest.starts_with(['|', '>']) {
        at += rest.find('\n').map_or(rest.len(), |newline| newline + 1);
    }
    rest = node.get(at..).unwrap_or_default();

    for (i, c) in value.char_indices() {
        if c.is_whitespace() {
            if i >= offset_in_value {
                break;
            }
            continue;
        }
        while let Some((true, length)) = glyph(rest, quote) {
            rest = rest.get(length..).unwrap_or_default();
        }
        if i >= offset_in_value {
            break;
        }
        let length = glyph(rest, quote).map_or(0, |(_, length)| length);
        rest = rest.get(length..).unwrap_or_default();
    }
    node_span.end - rest.len()
}

/// Whether the first character of a scalar's source stands for white space, and how many bytes
/// write it.
fn glyph(source: &str, quote: Option<char>) -> Option<(bool, usize)> {
    let mut chars = source.chars();
    let first = chars.next()?;
    match (quote, first) {
        (Some('\''), '\'') if chars.next() == Some('\'') => Some((false, 2)),
        (Some('"'), '\\') => {
            let escaped = chars.next()?;
            let digits = match escaped {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            // The second half of a surrogate pair belongs to the same character.
            let tail = source.get(6..8) == Some("\\u")
                && escaped == 'u'
                && source.get(2..4).is_some_and(|h| {
                    matches!(h.to_ascii_lowercase().as_str(), "d8" | "d9" | "da" | "db")
                });
            let length = 1 + escaped.len_utf8() + digits + if tail { 6 } else { 0 };
            let hex = source.get(2..2 + digits).unwrap_or_default();
            let coded = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
            let blank = coded.map_or(
                matches!(escaped, 'n' | 't' | 'r' | 'v' | 'f' | 'N' | '_' | 'L' | 'P')
                    || escaped.is_whitespace(),
                char::is_whitespace,
            );
            Some((blank, length.min(source.len())))
        }
        _ => Some((first.is_whitespace(), first.len_utf8())),
    }
}

/// A YAML node's tag, and where its content begins past its tag and anchor and what separates
/// them from it.
pub(super) fn properties(text: &str, from: usize) -> (Span, usize) {
    let mut tag = Span::default();
    let mut at = from;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let length = match rest.chars().next() {
            // A comment can only follow a property; at the very start this is content.
            Some('#') if at > from => rest.find('\n').unwrap_or(rest.len()),
            Some(' ' | '\t' | '\r' | '\n') => 1,
            Some('&') => property(rest),
            Some('!') => {
                if tag == Span::default() {
                    tag = Span::new(at, at + property(rest));
                }
                property(rest)
            }
            _ => return (tag, at),
        };
        at += length;
    }
}

/// How long the tag or anchor is that a text begins with.
fn property(text: &str) -> usize {
    let end = if text.starts_with("!<") {
        text.find('>').map(|at| at + 1)
    } else {
        text.find([' ', '\t', '\r', '\n', ',', '[', ']', '{', '}'])
    };
    end.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::super::parse_yaml;
    use super::*;

    #[test]
    fn bytes_become_text() {
        assert_eq!(decode("\u{feff}aé".as_bytes()).unwrap(), "aé");
        assert_eq!(decode(b"\xff\xfea\0\x3d\xd8\0\xde").unwrap(), "a😀");
        assert_eq!(decode(b"\xfe\xff\0a").unwrap(), "a");
        let message = |bytes| decode(bytes).unwrap_err().message;
        assert_eq!(
            message(b"a\nb\xff"),
            "byte 0xFF at offset 3, line 2, is not UTF-8"
        );
        assert_eq!(message(b"a\0b"), "this is a binary file");
        assert_eq!(
            message(b"\xff\xfea"),
            "the bytes at offset 2 are not UTF-16"
        );
        assert_eq!(
            message(b"\xff\xfe\0\xd8"),
            "the bytes at offset 2 are not UTF-16"
        );
    }

    #[test]
    fn words_of_a_value_are_found_in_the_file() {
        for text in [
            "k: one two  three\n",
            "k: one two\n  three\n",
            "k: 'one ''two''\n  three'\n",
            "k: \"one\\ttwo\\n\\x41\\\n  \\\"three\\\"\"\n",
            "k: > # note\n  one\n\n  two\n  three\n",
            "k: |-\n\n  é one\n    two\r\n  three\n",
            "k: !Sub |\n  one two\n  three\n",
            "{\"k\": \"\\u00e9\\ud83d\\ude00 one two\\u0020three\"}",
        ] {
            let document = super::super::parse(text).unwrap();
            let mut node = document.get("k").unwrap();
            if let Some([entry]) = node.as_map() {
                node = &entry.value;
            }
            let value = node.as_str().unwrap();
            for word in ["one", "two", "three"] {
                let at = value.find(word).unwrap();
                let found = offset_in_scalar(text, node.span, value, at);
                assert_eq!(found, text.find(word).unwrap(), "{word} in {text}");
            }
            let end = offset_in_scalar(text, node.span, value, value.len());
            assert!(end > text.find("three").unwrap() && end <= node.span.end);
        }
        let tagged = parse_yaml("!Sub abc").unwrap();
        assert_eq!(offset_in_scalar("!Sub abc", tagged.span, "abc", 1), 6);
    }
}
