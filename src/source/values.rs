//! JSON to values, for the doors that read what a tool or a service wrote.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::{Map, Reason, Value};

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

    /// The members of an object that `keep` wants.
    pub(super) fn members(
        &self,
        json: &RawValue,
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Map, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(json.get());
        reader.deserialize_map(Members(self, keep))
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
}

/// The value of JSON in a string, such as a policy.
pub(super) fn from_text(text: &str) -> Option<Value> {
    parse(text).ok()
}

/// The value of a JSON text, or what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(Values::default().read(raw))
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

struct Members<'v>(&'v Values, &'v dyn Fn(&str) -> bool);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Map;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Map, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = from.next_key_seed(Name(self.0))? {
            if (self.1)(&name) {
                entries.push((name, from.next_value_seed(Seed(self.0))?));
            } else {
                from.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Map::new(entries))
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
