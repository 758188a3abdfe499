//! The attributes of a plan or state, and the shapes beside them that say what is unknown or secret.

use std::sync::Arc;

use serde_json::value::RawValue;

use crate::model::{Map, Reason, Value};
use crate::source::values::Values;
use crate::types;

/// The attributes of an object, with what is unknown and what is secret marked.
pub(super) fn attributes(
    reader: &Values,
    values: &RawValue,
    unknown: Option<&RawValue>,
    sensitive: Option<&RawValue>,
) -> Map {
    let mut value = reader.read(values);
    if let Some(unknown) = unknown.filter(|json| marks(json)) {
        overlay(&mut value, &reader.read(unknown), Mark::Unknown);
    }
    if let Some(sensitive) = sensitive.filter(|json| marks(json)) {
        overlay(&mut value, &reader.read(sensitive), Mark::Secret);
    }
    match value {
        Value::Map(map) => map,
        _ => Map::default(),
    }
}

/// What a shape beside the values says of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// They are known after apply.
    Unknown,
    /// They are secret, if they are set.
    Secret,
}

impl Mark {
    fn put(self, value: &mut Value) {
        match self {
            Self::Unknown => *value = Value::unknown(Reason::AfterApply),
            Self::Secret if matches!(value, Value::Null | Value::Unknown(_)) => {}
            Self::Secret => *value = types::secret(),
        }
    }
}

/// Marks a value where the shape beside it says `true`. The shape mirrors the value: objects by
/// name, lists by position.
fn overlay(value: &mut Value, shape: &Value, mark: Mark) {
    match (shape, &mut *value) {
        (Value::Bool(true), value) => mark.put(value),
        (Value::Map(shape), Value::Map(map)) => {
            for (name, inner) in shape.iter().filter(|(_, inner)| is_marked(inner)) {
                match map.get_mut(name) {
                    Some(value) => overlay(value, inner, mark),
                    None if mark == Mark::Unknown => {
                        let mut value = Value::Null;
                        overlay(&mut value, inner, mark);
                        map.insert(Arc::clone(name), value);
                    }
                    None => {}
                }
            }
        }
        (Value::List(shape), Value::List(items)) => {
            for (item, inner) in items.iter_mut().zip(shape) {
                overlay(item, inner, mark);
            }
        }
        (Value::Map(inner), Value::Null) if mark == Mark::Unknown && is_marked(shape) => {
            *value = Value::Map(Map::default());
            overlay(value, &Value::Map(inner.clone()), mark);
        }
        (_, value) if is_marked(shape) => mark.put(value),
        _ => {}
    }
}

/// Whether there is a `true` in a shape, without reading it.
fn marks(json: &RawValue) -> bool {
    json.get().contains("true")
}

fn is_marked(shape: &Value) -> bool {
    match shape {
        Value::Bool(marked) => *marked,
        Value::Map(map) => map.iter().any(|(_, inner)| is_marked(inner)),
        Value::List(items) => items.iter().any(is_marked),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &str, unknown: &str, sensitive: &str) -> String {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let map = attributes(
            &Values::default(),
            &raw(values),
            Some(&raw(unknown)),
            Some(&raw(sensitive)),
        );
        Value::Map(map).to_string()
    }

    #[test]
    fn known_null_absent_and_unknown_are_told_apart() {
        assert_eq!(
            read(
                r#"{"known": 1, "null": null, "list": ["a", null], "block": [{"x": 1}], "none": []}"#,
                r#"{"apply": true, "list": [false, true], "block": [{"y": true}], "none": [], "deep": {"z": true}}"#,
                "{}",
            ),
            "{apply: unknown (known after apply), block: [{x: 1, y: unknown (known after apply)}], \
             deep: {z: unknown (known after apply)}, known: 1, list: [a, unknown (known after apply)], \
             none: [], null: not set}"
        );
    }

    #[test]
    fn secrets_are_gone() {
        let text = read(
            r#"{"password": "hunter2", "env": [{"a": "b", "token": "hunter2"}]}"#,
            "{}",
            r#"{"password": true, "env": [{"token": true}]}"#,
        );
        assert_eq!(text, "{env: [{a: b, token: ${…}}], password: ${…}}");
    }
}
