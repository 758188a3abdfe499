//! JSON of a plan or state to values, and the shapes beside it that say what is unknown or secret.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::{Map, Reason, Value};
use crate::types;

/// Reads JSON into values; attribute names are kept once.
#[derive(Debug, Default)]
pub(super) struct Values {
    names: RefCell<FxHashMap<Box<str>, Arc<str>>>,
}

impl Values {
    /// The value of some JSON.
    pub(super) fn read(&self, json: &RawValue) -> Value {
        let mut reader = serde_json::Deserializer::from_str(json.get());
        // What is raw JSON has been read before, so this cannot fail for its syntax.
        Seed(self)
            .deserialize(&mut reader)
            .unwrap_or_else(|_| Value::unknown(Reason::Other("it is nested too deeply".into())))
    }

    /// A name, kept once.
    pub(super) fn name(&self, name: &str) -> Arc<str> {
        let mut names = self.names.borrow_mut();
        match names.get(name) {
            Some(known) => Arc::clone(known),
            None => {
                let new: Arc<str> = name.into();
                names.insert(name.into(), Arc::clone(&new));
                new
            }
        }
    }

    /// The attributes of an object, with what is unknown and what is secret marked.
    pub(super) fn attributes(
        &self,
        values: &RawValue,
        unknown: Option<&RawValue>,
        sensitive: Option<&RawValue>,
    ) -> Map {
        let mut value = self.read(values);
        if let Some(unknown) = unknown.filter(|json| marks(json)) {
            overlay(&mut value, &self.read(unknown), Mark::Unknown);
        }
        if let Some(sensitive) = sensitive.filter(|json| marks(json)) {
            overlay(&mut value, &self.read(sensitive), Mark::Secret);
        }
        match value {
            Value::Map(map) => map,
            _ => Map::default(),
        }
    }
}

/// The value of JSON in a string, such as a policy.
pub(super) fn from_text(text: &str) -> Option<Value> {
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    Some(Values::default().read(raw))
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

struct Seed<'v>(&'v Values);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::Double(value as f64), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Double(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::string(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element_seed(Seed(self.0))? {
            items.push(item);
        }
        Ok(Value::List(items.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = from.next_key_seed(Name(self.0))? {
            entries.push((name, from.next_value_seed(Seed(self.0))?));
        }
        Ok(Value::Map(Map::new(entries)))
    }
}

struct Name<'v>(&'v Values);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Arc<str>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Arc<str>, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Arc<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Arc<str>, E> {
        if name.len() > 65_536 {
            return Err(E::custom("a name of more than 64 KB"));
        }
        Ok(self.0.name(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &str, unknown: &str, sensitive: &str) -> String {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let map =
            Values::default().attributes(&raw(values), Some(&raw(unknown)), Some(&raw(sensitive)));
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
