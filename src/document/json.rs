//! JSON text as a [`Node`] tree.

use super::{
    CUT_OFF, Data, EMPTY, Entry, MAX_DEPTH, MAX_NODES, Node, ParseError, check_keys, found,
    line_of, too_deep, too_large,
};
use crate::model::Span;

/// Reads a JSON document: RFC 8259 to the letter, save that a byte order mark is let through.
///
/// Written here rather than taken from `serde_json`, which keeps no places and lets the last of
/// two equal keys win in silence.
pub fn parse_json(text: &str) -> Result<Node, ParseError> {
    Reader {
        text,
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        nodes: 0,
        open: Vec::new(),
    }
    .document()
}

/// Where reading stands. Open lists and objects are a stack of its own, so that no nesting,
/// however deep, can exhaust the thread's.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    nodes: usize,
    open: Vec<Open>,
}

/// A list or object whose end is yet to come.
struct Open {
    start: usize,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    /// The entries so far, and the key whose value comes next.
    Map(Vec<Entry>, Box<str>, Span),
}

impl Open {
    fn close(&self) -> u8 {
        match self.items {
            Items::List(_) => b']',
            Items::Map(..) => b'}',
        }
    }

    fn noun(&self) -> &'static str {
        match self.items {
            Items::List(_) => "list",
            Items::Map(..) => "object",
        }
    }

    fn into_node(self, end: usize) -> Node {
        Node {
            span: Span::new(self.start, end),
            data: match self.items {
                Items::List(items) => Data::List(items),
                Items::Map(entries, ..) => Data::Map(entries),
            },
        }
    }
}

impl<'a> Reader<'a> {
    fn document(mut self) -> Result<Node, ParseError> {
        self.skip_blank();
        if self.peek().is_none() {
            return Err(ParseError::new(EMPTY, Span::default(), Some(CUT_OFF)));
        }
        let mut node = self.next_leaf()?;
        loop {
            self.skip_blank();
            let Some(mut top) = self.open.pop() else {
                return self.end(node);
            };
            match &mut top.items {
                Items::List(items) => items.push(node),
                Items::Map(entries, key, key_span) => entries.push(Entry {
                    key: std::mem::take(key),
                    key_span: *key_span,
                    value: node,
                }),
            }
            match self.peek() {
                Some(b',') => {
                    let comma = self.at;
                    self.at += 1;
                    self.skip_blank();
                    if self.peek() == Some(top.close()) {
                        return Err(ParseError::new(
                            format!("a comma stands after the last entry of the {}", top.noun()),
                            Span::new(comma, comma + 1),
                            Some("remove the comma: JSON has no trailing commas"),
                        ));
                    }
                    if matches!(top.items, Items::Map(..)) {
                        self.key(&mut top)?;
                    }
                    self.open.push(top);
                    node = self.next_leaf()?;
                }
                Some(byte) if byte == top.close() => {
                    if let Items::Map(entries, ..) = &top.items {
                        check_keys(self.text, entries)?;
                    }
                    self.at += 1;
                    node = top.into_node(self.at);
                }
                _ => {
                    let expected = format!("`,` or `{}`", char::from(top.close()));
                    return Err(self.expected(&expected, Some(&top)));
                }
            }
        }
    }

    /// The next value that is complete at once: a scalar or an empty list or object. Those that
    /// are not empty are opened on the way.
    fn next_leaf(&mut self) -> Result<Node, ParseError> {
        loop {
            self.skip_blank();
            self.nodes += 1;
            let start = self.at;
            if self.nodes > MAX_NODES {
                return Err(too_large(Span::new(start, start)));
            }
            let items = match self.peek() {
                Some(b'[') => Items::List(Vec::new()),
                Some(b'{') => Items::Map(Vec::new(), Box::default(), Span::default()),
                _ => return self.scalar(),
            };
            if self.open.len() >= MAX_DEPTH {
                return Err(too_deep(Span::new(start, start + 1)));
            }
            self.at += 1;
            self.skip_blank();
            let mut open = Open { start, items };
            if self.peek() == Some(open.close()) {
                self.at += 1;
                return Ok(open.into_node(self.at));
            }
            if matches!(open.items, Items::Map(..)) {
                self.key(&mut open)?;
            }
            self.open.push(open);
        }
    }

    /// Reads a key and its colon.
    fn key(&mut self, object: &mut Open) -> Result<(), ParseError> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.expected("a key in double quotes", Some(object)));
        }
        let text = self.string()?;
        let span = Span::new(start, self.at);
        self.skip_blank();
        if self.peek() != Some(b':') {
            let expected = format!("`:` after the key `{text}`");
            return Err(self.expected(&expected, Some(object)));
        }
        self.at += 1;
        if let Items::Map(_, key, key_span) = &mut object.items {
            *key = text;
            *key_span = span;
        }
        Ok(())
    }

    fn scalar(&mut self) -> Result<Node, ParseError> {
        let start = self.at;
        let data = match self.peek() {
            Some(b'"') => Data::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => match self.word() {
                "null" => self.take(4, Data::Null),
                "true" => self.take(4, Data::Bool(true)),
                "false" => self.take(5, Data::Bool(false)),
                _ => return Err(self.expected("a value", self.open.last())),
            },
        };
        Ok(Node {
            span: Span::new(start, self.at),
            data,
        })
    }

    fn take(&mut self, length: usize, data: Data) -> Data {
        self.at += length;
        data
    }

    fn number(&mut self) -> Result<Data, ParseError> {
        let start = self.at;
        // Everything that could have been meant as one number, so that an error shows all of it.
        let text = self.slice_while(
            |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'+' | b'-' | b'_'),
        );
        let span = Span::new(start, start + text.len());
        if !is_number(text) {
            return Err(ParseError::new(
                format!("`{text}` is not a JSON number"),
                span,
                Some(
                    "a number is decimal, without leading zeros, and with digits on both sides of a point",
                ),
            ));
        }
        self.at = span.end;
        if let Ok(int) = text.parse() {
            return Ok(Data::Int(int));
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Data::Float(float)),
            _ => Err(ParseError::new(
                format!("the number `{text}` is too large"),
                span,
                None,
            )),
        }
    }

    /// Reads a string from its opening quote to past its closing one.
    fn string(&mut self) -> Result<Box<str>, ParseError> {
        let start = self.at;
        self.at += 1;
        let mut value = String::new();
        loop {
            let plain = self.slice_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f));
            self.at += plain.len();
            match self.peek() {
                // Most strings are one piece; they are copied once, at their exact length.
                Some(b'"') if value.is_empty() => {
                    self.at += 1;
                    return Ok(plain.into());
                }
                Some(b'"') => {
                    value.push_str(plain);
                    self.at += 1;
                    return Ok(value.into());
                }
                Some(b'\\') => {
                    value.push_str(plain);
                    value.push(self.escape()?);
                }
                Some(b'\n' | b'\r') | None => {
                    return Err(ParseError::new(
                        format!(
                            "the string that begins on line {} is never closed",
                            line_of(self.text, start)
                        ),
                        Span::new(start, self.at),
                        Some("end it with `\"`; a line break inside is written `\\n`"),
                    ));
                }
                Some(_) => {
                    return Err(ParseError::new(
                        format!("{} stands inside a string", found(self.text, self.at)),
                        Span::new(self.at, self.at + 1),
                        Some("write it as an escape, such as `\\t` for a tab"),
                    ));
                }
            }
        }
    }

    /// Reads an escape from its backslash on.
    fn escape(&mut self) -> Result<char, ParseError> {
        let start = self.at;
        self.at += 1;
        let c = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            _ => {
                return Err(ParseError::new(
                    format!("`\\` is followed by {}", found(self.text, self.at)),
                    Span::new(start, self.at),
                    Some("a backslash itself is written `\\\\`"),
                ));
            }
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, ParseError> {
        let high = self.hex(start)?;
        let code = match high {
            0xd800..=0xdbff => {
                let rest = self.text.get(self.at..).unwrap_or_default();
                let low = if rest.starts_with("\\u") {
                    self.at += 1;
                    self.hex(start)?
                } else {
                    0
                };
                match low {
                    0xdc00..=0xdfff => 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00),
                    _ => high,
                }
            }
            _ => high,
        };
        char::from_u32(code).ok_or_else(|| {
            ParseError::new(
                "the escape is one half of a surrogate pair",
                Span::new(start, self.at),
                Some("write both halves, or the character itself"),
            )
        })
    }

    /// The four digits after a `u`, which is where reading stands.
    fn hex(&mut self, start: usize) -> Result<u32, ParseError> {
        let digits = self.text.get(self.at + 1..self.at + 5);
        let code = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(code) = code else {
            return Err(ParseError::new(
                "`\\u` is not followed by four hexadecimal digits",
                Span::new(start, self.at + 1),
                None,
            ));
        };
        self.at += 5;
        Ok(code)
    }

    /// Nothing may follow the document.
    fn end(&self, node: Node) -> Result<Node, ParseError> {
        if self.peek().is_none() {
            return Ok(node);
        }
        Err(ParseError::new(
            format!(
                "expected the end of the file, found {}",
                found(self.text, self.at)
            ),
            self.here(),
            self.slip().or(Some("a file holds one JSON value")),
        ))
    }

    /// The error for anything but what should stand here.
    fn expected(&self, expected: &str, within: Option<&Open>) -> ParseError {
        let opened = within.map(|open| {
            let line = line_of(self.text, open.start);
            format!("the {} opened on line {line}", open.noun())
        });
        if self.peek().is_none() {
            let ends = format!("the file ends where {expected} should stand");
            let message = opened.map_or(ends.clone(), |it| format!("{it} is never closed: {ends}"));
            return ParseError::new(message, Span::new(self.at, self.at), Some(CUT_OFF));
        }
        let seen = match self.word() {
            "" => found(self.text, self.at),
            word => format!("`{word}`"),
        };
        let message = match opened {
            Some(opened) => format!("expected {expected}, found {seen}, in {opened}"),
            None => format!("expected {expected}, found {seen}"),
        };
        let missing_comma = expected.starts_with("`,`")
            && matches!(self.peek(), Some(b'"' | b'{' | b'[' | b'0'..=b'9' | b'-'));
        let help = if missing_comma {
            Some("put a comma before it")
        } else {
            self.slip()
        };
        ParseError::new(message, self.here(), help)
    }

    /// What to do about a slip that is often made, if one stands here.
    fn slip(&self) -> Option<&'static str> {
        Some(match self.peek()? {
            b'\'' => "text is quoted with double quotes in JSON",
            b'/' | b'#' => "JSON has no comments; a YAML file may hold them",
            b'+' | b'.' => "a JSON number begins with a digit or `-`",
            b',' => "remove the comma, or put what is missing before it",
            _ => match self.word() {
                "" => return None,
                "NaN" | "Infinity" | "undefined" | "None" | "nil" | "NULL" | "Null" => {
                    "JSON knows `null` only"
                }
                "True" | "TRUE" | "False" | "FALSE" => "write `true` or `false` in lower case",
                _ => "put text in double quotes",
            },
        })
    }

    /// The word or the one character that stands here.
    fn here(&self) -> Span {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let one = rest.chars().next().map_or(0, char::len_utf8);
        Span::new(self.at, self.at + self.word().len().max(one))
    }

    fn word(&self) -> &'a str {
        self.slice_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }

    /// The longest text from here on whose bytes are all wanted. It must end before a whole
    /// character, which any test of ASCII bytes sees to.
    fn slice_while(&self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.bytes().position(|byte| !wanted(byte));
        rest.get(..length.unwrap_or(rest.len())).unwrap_or_default()
    }

    fn skip_blank(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// Whether the text is a number by RFC 8259.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value as text, for comparing.
    fn shown(text: &str) -> String {
        match parse_json(text) {
            Ok(node) => crate::document::tests::show(&node),
            Err(error) => error.message,
        }
    }

    #[test]
    fn every_kind_of_value() {
        let text = "\u{feff} {\"a\": [1, -0, 2.5, 1e3, 18446744073709551615],\t\"b\": null,\r\n\
                    \"c\\u00e9\\ud83d\\ude00\\n\": {\"\": true, \"x\": []}} ";
        assert_eq!(
            shown(text),
            r#"{"a":[1,0,2.5,1000.0,1.8446744073709552e+19],"b":null,"cé😀\n":{"":true,"x":[]}}"#
        );
    }

    #[test]
    fn spans_are_exact() {
        let text = r#"{"ä": [1, "ö x"], "b": {} }"#;
        let node = parse_json(text).unwrap();
        let slice = |span: Span| &text[span.start..span.end];
        assert_eq!(slice(node.span), text);
        let entry = node.entry("ä").unwrap();
        assert_eq!(slice(entry.key_span), "\"ä\"");
        assert_eq!(slice(entry.value.span), r#"[1, "ö x"]"#);
        assert_eq!(slice(entry.value.as_list().unwrap()[1].span), "\"ö x\"");
        assert_eq!(slice(node.get("b").unwrap().span), "{}");
    }

    #[test]
    fn errors_name_what_was_expected_and_where() {
        for (text, message) in [
            ("", "the file is empty"),
            (" \n ", "the file is empty"),
            ("{} x", "expected the end of the file, found `x`"),
            (
                "\n\n{\"a\": [1",
                "the list opened on line 3 is never closed: the file ends where `,` or `]` should stand",
            ),
            (
                "{\"a\"",
                "the object opened on line 1 is never closed: the file ends where `:` after the key `a` should stand",
            ),
            (
                "{\"a\": \"b",
                "the string that begins on line 1 is never closed",
            ),
            (
                "{\"a\" 1}",
                "expected `:` after the key `a`, found `1`, in the object opened on line 1",
            ),
            ("[1,]", "a comma stands after the last entry of the list"),
            (
                "{'a': 1}",
                "expected a key in double quotes, found `'`, in the object opened on line 1",
            ),
            (
                "[1 2]",
                "expected `,` or `]`, found `2`, in the list opened on line 1",
            ),
            (
                "[NaN]",
                "expected a value, found `NaN`, in the list opened on line 1",
            ),
            ("[01]", "`01` is not a JSON number"),
            ("[1.]", "`1.` is not a JSON number"),
            ("[-]", "`-` is not a JSON number"),
            ("[1e999]", "the number `1e999` is too large"),
            ("\"\\x\"", "`\\` is followed by `x`"),
            ("\"\\ud800 \"", "the escape is one half of a surrogate pair"),
            (
                "\"\\u12\"",
                "`\\u` is not followed by four hexadecimal digits",
            ),
            ("\"\t\"", "the character U+0009 stands inside a string"),
            (
                "{\"a\": 1,\n\"b\": 2, \"a\": 3}",
                "the key `a` stands twice in one mapping, first on line 1",
            ),
        ] {
            assert_eq!(shown(text), message, "{text}");
        }
        let error = parse_json("{\"a\": 1, // one\n}").unwrap_err();
        assert!(error.help.unwrap().contains("comments"));
        let repeated = parse_json("{\"a\": 1,\n\"a\": 3}").unwrap_err();
        assert_eq!(repeated.span, Span::new(9, 12));
    }

    #[test]
    fn depth_is_limited_and_costs_no_stack() {
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse_json(&deep(MAX_DEPTH)).is_ok());
        for depth in [MAX_DEPTH + 1, 10_000, 1_000_000] {
            let error = parse_json(&deep(depth)).unwrap_err();
            assert!(error.message.starts_with("more than 128"), "{error}");
        }
        assert!(parse_json(&"{\"a\":".repeat(100_000)).is_err());
    }
}
