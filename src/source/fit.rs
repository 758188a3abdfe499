//! Brings values into the shape of the schema, where AWS's APIs and AWS Config wrap them in an object with one
//! name: `[{"value": "eu-central-1a"}]`, `{"Region": ["eu-west-1"]}`; and where it writes something
//! empty for what is not set.

use crate::model::{Map, Value};
use crate::types::{Kind, Shape};

/// Deeper values than this are left as they are.
const MAX_DEPTH: usize = 100;

/// Fits the properties of a resource.
pub(crate) fn properties(map: &mut Map, shape: &'static Shape) {
    for (name, value) in map.iter_mut() {
        if let Some(field) = shape.root().field(name) {
            fit(value, &field.kind, shape, 0);
            unset(value);
        }
    }
}

/// AWS's APIs answer with an empty list, object or text where nothing is set; a template has
/// nothing there.
fn unset(value: &mut Value) {
    let is_empty = match value {
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    if is_empty {
        *value = Value::Null;
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
                        unset(value);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::values;
    use crate::types;

    fn fitted(rtype: &str, json: &str) -> String {
        let Some(Value::Map(mut map)) = values::from_text(json) else {
            return String::new();
        };
        let shape = types::shape(rtype).unwrap();
        properties(&mut map, shape);
        Value::Map(map).to_string()
    }

    #[test]
    fn wrapped_values_are_unwrapped_and_empty_ones_are_not_set() {
        assert_eq!(
            fitted(
                "AWS::RDS::DBCluster",
                r#"{"AvailabilityZones": [{"value": "a"}, "b"]}"#
            ),
            "{AvailabilityZones: [a, b]}"
        );
        assert_eq!(
            fitted(
                "AWS::Route53::HealthCheck",
                r#"{"HealthCheckConfig": {"Regions": {"Region": ["x", "y"]}, "Port": 443, "SearchString": ""}}"#
            ),
            "{HealthCheckConfig: {Port: 443, Regions: [x, y], SearchString: not set}}"
        );
        assert_eq!(
            fitted("AWS::Route53::HostedZone", r#"{"Name": "x.", "VPCs": []}"#),
            "{Name: x., VPCs: not set}"
        );
    }
}
