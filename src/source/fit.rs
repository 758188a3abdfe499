//! Brings values into the shape of the schema, where AWS's APIs and AWS Config wrap them in an object with one
//! name: `[{"value": "eu-central-1a"}]`, `{"Region": ["eu-west-1"]}`; and where it writes something
//! empty for what is not set.

use std::sync::Arc;

use crate::model::{Map, Value};
use crate::types::{self, Def, Kind, Shape};

/// Deeper values than this are left as they are.
const MAX_DEPTH: usize = 100;

/// Fits the properties of a resource.
pub(crate) fn properties(map: &mut Map, shape: &'static Shape) {
    for (name, value) in map.iter_mut() {
        if let Some(field) = shape.root().field(name) {
            fit(value, &field.kind, shape, 0);
            unset(value);
            // Deeper down an empty object may say something: `Block: {}`.
            if matches!(value, Value::Map(map) if map.is_empty()) {
                *value = Value::Null;
            }
        }
    }
}

/// Gives names deeper down the schema's case, where a door has them from AWS's APIs as text.
pub(crate) fn names(map: &mut Map, shape: &'static Shape) {
    for (name, value) in map.iter_mut() {
        if let Some(field) = shape.root().field(name) {
            names_in(value, &field.kind, shape, 0);
        }
    }
}

fn names_in(value: &mut Value, kind: &Kind, shape: &'static Shape, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match (value, kind) {
        (Value::List(items), Kind::List(of)) => {
            for item in items {
                names_in(item, of, shape, depth + 1);
            }
        }
        (Value::Map(map), Kind::Object(at)) => {
            let Some(def) = shape.def(*at) else { return };
            rename(map, def);
            for (name, value) in map.iter_mut() {
                if let Some(field) = def.field(name) {
                    names_in(value, &field.kind, shape, depth + 1);
                }
            }
        }
        _ => {}
    }
}

/// Fits the facts that only a running account has. What their types do not name is not kept.
pub(crate) fn facts(map: &mut Map, rtype: &str) {
    let Some((shape, facts)) = types::shape(rtype).and_then(|s| Some((s, s.observed()?))) else {
        *map = Map::default();
        return;
    };
    let kind = Kind::Object(facts);
    let mut whole = Value::Map(std::mem::take(map));
    fit(&mut whole, &kind, shape, 0);
    only_known(&mut whole, &kind, shape);
    if let Value::Map(fitted) = whole {
        *map = fitted;
    }
}

/// Drops what an object's definition does not name.
fn only_known(value: &mut Value, kind: &Kind, shape: &'static Shape) {
    match (value, kind) {
        (Value::List(items), Kind::List(of)) => {
            items
                .iter_mut()
                .for_each(|item| only_known(item, of, shape));
        }
        (Value::Map(map), Kind::Object(at)) => {
            let Some(def) = shape.def(*at) else { return };
            let members = std::mem::take(map);
            let known = members.iter().filter_map(|(name, value)| {
                let mut value = value.clone();
                only_known(&mut value, &def.field(name)?.kind, shape);
                Some((Arc::clone(name), value))
            });
            *map = Map::new(known.collect());
        }
        _ => {}
    }
}

/// AWS's APIs answer with an empty list or text where nothing is set; a template has nothing there.
fn unset(value: &mut Value) {
    let is_empty = match value {
        Value::List(items) => items.is_empty(),
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
                rename(map, def);
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

/// Gives names the schema's case: AWS's APIs write `ARN` where CloudFormation writes `Arn`.
fn rename(map: &mut Map, def: &Def) {
    let is_odd = |name: &str| def.field(name).is_none();
    if !map.iter().any(|(name, _)| is_odd(name)) {
        return;
    }
    let entries = std::mem::take(map);
    let named = entries.iter().map(|(name, value)| {
        let mut same = def.fields.iter();
        let same = same.find(|field| field.name.eq_ignore_ascii_case(name));
        let name = match same {
            Some(field) if is_odd(name) => &field.name,
            _ => name,
        };
        (Arc::clone(name), value.clone())
    });
    *map = Map::new(named.collect());
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
