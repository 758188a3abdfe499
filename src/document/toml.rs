//! TOML text as a [`Node`] tree.

use toml_edit::{Document, Item, Key, Table, TableLike, Value};

use super::{Data, Entry, Node, ParseError};
use crate::model::Span;

/// Reads a TOML 1.1 document. Dates and times are text, as they are written.
///
/// The parser bounds nesting and refuses keys that are given twice.
pub fn parse_toml(text: &str) -> Result<Node, ParseError> {
    let document = Document::parse(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        // What is expected stands on further lines.
        let mut lines = error.message().lines();
        let message = lines.next().unwrap_or("this is not TOML").to_owned();
        let more = lines.collect::<Vec<_>>().join("; ");
        ParseError {
            message,
            span: Span::new(span.start, span.end),
            help: (!more.is_empty()).then_some(more),
        }
    })?;
    let mut root = table(document.as_table(), Span::new(0, text.len()));
    root.span = Span::new(0, text.len());
    Ok(root)
}

fn spot(span: Option<std::ops::Range<usize>>, else_: Span) -> Span {
    span.map_or(else_, |span| Span::new(span.start, span.end))
}

fn table(table: &Table, around: Span) -> Node {
    let span = spot(table.span(), around);
    Node {
        span,
        data: Data::Map(entries(table, span)),
    }
}

/// `around` stands for what has no place of its own, such as a table made by a dotted key.
fn entries(table: &dyn TableLike, around: Span) -> Vec<Entry> {
    let keys = table.iter().filter_map(|(name, item)| {
        let key = table.key(name).and_then(Key::span);
        let key_span = spot(key, around);
        let value = match item {
            Item::None => return None,
            Item::Value(value) => node(value, key_span),
            Item::Table(inner) => self::table(inner, key_span),
            Item::ArrayOfTables(tables) => Node {
                span: spot(tables.span(), key_span),
                data: Data::List(tables.iter().map(|t| self::table(t, key_span)).collect()),
            },
        };
        Some(Entry {
            key: name.into(),
            key_span,
            value,
        })
    });
    keys.collect()
}

fn node(value: &Value, around: Span) -> Node {
    let span = spot(value.span(), around);
    let data = match value {
        Value::String(text) => Data::String(text.value().as_str().into()),
        Value::Integer(number) => Data::Int(*number.value()),
        Value::Float(number) => Data::Float(*number.value()),
        Value::Boolean(truth) => Data::Bool(*truth.value()),
        Value::Datetime(time) => Data::String(time.value().to_string().into()),
        Value::Array(items) => Data::List(items.iter().map(|item| node(item, span)).collect()),
        Value::InlineTable(inner) => Data::Map(entries(inner, span)),
    };
    Node { span, data }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_know_their_bytes() {
        let text = "a = 1\n[b.c]\nd = \"x\"\ne.f = 2027-01-31\n[[g]]\nh = [1.5, true]\n";
        let root = parse_toml(text).unwrap();
        let at = |span: Span| &text[span.start..span.end];
        let d = root.get("b").unwrap().get("c").unwrap().entry("d").unwrap();
        assert_eq!((at(d.key_span), at(d.value.span)), ("d", "\"x\""));
        assert_eq!(d.value.as_str(), Some("x"));
        let c = root.get("b").unwrap().get("c").unwrap();
        let date = c.get("e").unwrap().get("f").unwrap();
        assert_eq!(date.as_str(), Some("2027-01-31"));
        let g = &root.get("g").unwrap().as_list().unwrap()[0];
        assert_eq!(at(g.get("h").unwrap().span), "[1.5, true]");
        let keys: Vec<&str> = root.as_map().unwrap().iter().map(|e| &*e.key).collect();
        assert_eq!(keys, ["a", "b", "g"]);
    }

    #[test]
    fn what_is_no_toml_is_said_with_its_place() {
        for (text, at) in [
            ("a = ", 4),
            ("a = 1\na = 2\n", 6),
            ("[a\n", 2),
            ("a = [1", 6),
        ] {
            let error = parse_toml(text).unwrap_err();
            assert_eq!(error.span.start, at, "{text:?}: {error}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let many = 200_000;
        for text in [
            format!("a = {}", "[".repeat(many)),
            format!("a = {}", "{ a = ".repeat(many)),
            format!("{}a = 1", "a.".repeat(many)),
            format!("[{}a]", "a.".repeat(many)),
        ] {
            assert!(parse_toml(&text).is_err());
        }
    }
}
