//! Text made of known pieces, references and unknown pieces.

use crate::model::{Part, Reason, Value};

/// Longer text is not worked out: functions around functions can double it at every step.
pub(super) const MAX_TEXT: usize = 1 << 20;
/// Nor is text of more pieces.
const MAX_PARTS: usize = 10_000;

const DYNAMIC: &str = "{{resolve:";

/// A string as a template writes it: dynamic references in it are not known.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>
pub(super) fn literal(text: &str) -> Value {
    if text.contains(DYNAMIC) {
        compose(vec![Part::Text(text.into())])
    } else {
        Value::string(text)
    }
}

/// The text CloudFormation makes of a scalar.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Int(i) => Some(i.to_string()),
        Value::Double(d) => Some(d.to_string()),
        _ => None,
    }
}

/// The pieces a value adds to a text.
pub(super) fn parts(value: &Value) -> Vec<Part> {
    if let Some(text) = scalar(value) {
        return vec![Part::Text(text.into())];
    }
    match value {
        Value::Reference(reference) => vec![Part::Reference(reference.clone())],
        Value::Composed(parts) => parts.to_vec(),
        Value::Unknown(reason) => vec![Part::Unknown(reason.clone())],
        Value::List(items) => {
            let mut all = Vec::new();
            for (index, item) in items.iter().filter(|i| !i.is_null()).enumerate() {
                if index > 0 {
                    all.push(Part::Text(",".into()));
                }
                all.extend(parts(item));
            }
            all
        }
        Value::Null => Vec::new(),
        other => {
            let why = format!("{} stands where text should", other.kind());
            vec![Part::Unknown(Reason::Other(why.into()).into())]
        }
    }
}

/// One text out of several values, none of them a choice.
pub(super) fn concatenate(values: &[Value]) -> Value {
    match values {
        [only @ (Value::Unknown(_) | Value::Composed(_) | Value::Reference(_))] => only.clone(),
        _ => compose(values.iter().flat_map(parts).collect()),
    }
}

/// One text out of pieces.
pub(super) fn compose(pieces: Vec<Part>) -> Value {
    let length = |piece: &Part| match piece {
        Part::Text(text) => text.len(),
        Part::Reference(_) | Part::Unknown(_) => 0,
    };
    if pieces.len() > MAX_PARTS || pieces.iter().map(length).sum::<usize>() > MAX_TEXT {
        return Value::unknown(Reason::Other("its text is too long".into()));
    }
    let mut merged: Vec<Part> = Vec::new();
    for piece in dynamic_references(pieces) {
        match (merged.last_mut(), piece) {
            (_, Part::Text(text)) if text.is_empty() => {}
            (Some(Part::Text(before)), Part::Text(text)) => {
                *before = format!("{before}{text}").into();
            }
            (_, piece) => merged.push(piece),
        }
    }
    match merged.as_slice() {
        [] => Value::string(""),
        [Part::Text(text)] => Value::String(text.clone()),
        [Part::Reference(reference)] => Value::Reference(reference.clone()),
        [Part::Unknown(reason)] if matches!(**reason, Reason::DynamicReference(_)) => {
            Value::Unknown(reason.clone())
        }
        _ => Value::Composed(merged.into()),
    }
}

/// Takes `{{resolve:…}}` out of the text, also where it spans several pieces.
fn dynamic_references(pieces: Vec<Part>) -> Vec<Part> {
    let any = |p: &Part| matches!(p, Part::Text(text) if text.contains(DYNAMIC));
    if !pieces.iter().any(any) {
        return pieces;
    }
    let mut out = Vec::new();
    let mut open: Option<String> = None;
    for piece in pieces {
        let text = match (piece, &mut open) {
            (Part::Text(text), _) => text,
            (Part::Reference(reference), Some(inside)) => {
                inside.push_str(&format!("${{{reference}}}"));
                continue;
            }
            (Part::Unknown(_), Some(inside)) => {
                inside.push_str("${…}");
                continue;
            }
            (other, None) => {
                out.push(other);
                continue;
            }
        };
        let mut rest = &*text;
        loop {
            if let Some(mut inside) = open.take() {
                let Some((end, after)) = rest.split_once("}}") else {
                    inside.push_str(rest);
                    open = Some(inside);
                    break;
                };
                inside.push_str(end);
                inside.push_str("}}");
                out.push(Part::Unknown(
                    Reason::DynamicReference(inside.into()).into(),
                ));
                rest = after;
            } else {
                let Some((before, after)) = rest.split_once(DYNAMIC) else {
                    out.push(Part::Text(rest.into()));
                    break;
                };
                out.push(Part::Text(before.into()));
                open = Some(DYNAMIC.to_owned());
                rest = after;
            }
        }
    }
    if let Some(inside) = open {
        out.push(Part::Text(inside.into()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dynamic_references_are_not_known() {
        let whole = literal("{{resolve:ssm:/db/class:1}}");
        assert_eq!(
            whole,
            Value::unknown(Reason::DynamicReference(
                "{{resolve:ssm:/db/class:1}}".into()
            ))
        );
        let Value::Composed(parts) = literal("db-{{resolve:ssm:/stage}}-x") else {
            panic!("not composed");
        };
        assert_eq!(parts.len(), 3);
        assert_eq!(literal("{{resolve:ssm"), Value::string("{{resolve:ssm"));
        assert_eq!(
            literal("a{{resolve:ssm:x"),
            Value::string("a{{resolve:ssm:x")
        );
    }

    #[test]
    fn known_pieces_become_a_string() {
        let values = [
            Value::string("a"),
            Value::Int(1),
            Value::Null,
            Value::Bool(true),
        ];
        assert_eq!(concatenate(&values), Value::string("a1true"));
    }
}
