//! Brings values into the shape of the schema, where AWS Config wraps them in an object with one
//! name: `[{"value": "eu-central-1a"}]`, `{"Region": ["eu-west-1"]}`.

use crate::model::{Map, Value};
use crate::types::{Kind, Shape};

/// Deeper values than this are left as they are.
const MAX_DEPTH: usize = 100;

/// Fits the properties of a resource.
pub(super) fn properties(map: &mut Map, shape: &'static Shape) {
    for (name, value) in map.iter_mut() {
        if let Some(field) = shape.root().field(name) {
            fit(value, &field.kind, shape, 0);
        }
    }
}

fn fit(value: &mut Value, kind: &Kind, shape: &'static Shape, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match kind {
        Kind::String | Kind::Bool | Kind::Int | Kind::Number => {
            if let Some(inner) = only(value) {
                *value = inner;
            }
        }
        Kind::List(of) => {
            if let Some(inner) = only(value) {
                *value = inner;
            }
            if let Value::List(items) = value {
                for item in items {
                    fit(item, of, shape, depth + 1);
                }
            }
        }
        Kind::Object(index) => {
            if let (Value::Map(map), Some(def)) = (value, shape.def(*index)) {
                for (name, value) in map.iter_mut() {
                    if let Some(field) = def.field(name) {
                        fit(value, &field.kind, shape, depth + 1);
                    }
                }
            }
        }
        Kind::Map(of) => {
            if let Value::Map(map) = value {
                for (_, value) in map.iter_mut() {
                    fit(value, of, shape, depth + 1);
                }
            }
        }
        Kind::Json => {}
    }
}

/// The value of an object's only name.
fn only(value: &Value) -> Option<Value> {
    let Value::Map(map) = value else { return None };
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((_, inner)), None) => Some(inner.clone()),
        _ => None,
    }
}
