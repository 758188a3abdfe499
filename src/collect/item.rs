//! What a list answers, item by item, and the paths by which type files speak of it.

use std::sync::Arc;

use serde_json::{Map as Json, Value as JsonValue};

use crate::model::{Map, Value};
use crate::types::{Filter, Given};

/// The values at a path such as `Reservations[].Instances[]`, `Name` or `$Tags.Tags`.
pub(super) fn find<'v>(map: &'v Map, path: &str) -> Vec<&'v Value> {
    let mut found = Vec::new();
    let mut steps = path.split('.');
    if let Some(first) = steps.next() {
        let (name, depth) = step(first);
        if let Some(value) = map.get(name) {
            spread(value, depth, &mut found);
        }
    }
    for next in steps {
        let (name, depth) = step(next);
        let mut deeper = Vec::new();
        for value in found {
            if let Some(value) = value.as_map().and_then(|map| map.get(name)) {
                spread(value, depth, &mut deeper);
            }
        }
        found = deeper;
    }
    found.retain(|value| !value.is_null());
    found
}

/// `Instances[]` as the name and how many lists it goes into.
fn step(text: &str) -> (&str, usize) {
    let name = text.trim_end_matches("[]");
    (name, (text.len() - name.len()) / 2)
}

fn spread<'v>(value: &'v Value, depth: usize, found: &mut Vec<&'v Value>) {
    match (value, depth) {
        (value, 0) => found.push(value),
        (Value::List(items), depth) => items.iter().for_each(|item| spread(item, depth - 1, found)),
        _ => {}
    }
}

/// The text at a path.
pub(super) fn text(map: &Map, path: &str) -> Option<String> {
    find(map, path).first().and_then(|value| as_text(value))
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.to_string()),
        Value::Int(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// A path's text, or a template's: `{RouteTableId}|{DestinationCidrBlock}`. A missing part is empty; a
/// template of which all are missing has no text.
pub(super) fn fill(map: &Map, template: &str) -> Option<String> {
    if !template.contains('{') {
        return text(map, template);
    }
    let (mut filled, mut any) = (String::new(), false);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (path, behind) = after.split_once('}')?;
        filled.push_str(before);
        if let Some(part) = text(map, path) {
            filled.push_str(&part);
            any |= !path.starts_with('$');
        }
        rest = behind;
    }
    filled.push_str(rest);
    // What is the same for all of them names none of them.
    (any || text(map, "$item").is_some() || template.contains("{$parent")).then_some(filled)
}

/// Whether an item is one of those meant.
pub(super) fn passes(map: &Map, filters: &[Filter]) -> bool {
    filters.iter().all(|filter| {
        let value = text(map, &filter.path);
        let has = filter
            .values
            .iter()
            .any(|wanted| value.as_deref() == Some(wanted));
        has == filter.wanted
    })
}

/// The inputs of a call; `None` if the item lacks one of them.
pub(super) fn inputs(given: &[(Box<str>, Given)], item: &Map) -> Option<Json<String, JsonValue>> {
    let mut found = Json::new();
    for (name, given) in given {
        let value = match given {
            Given::Text(text) => JsonValue::from(&**text),
            Given::Bool(value) => JsonValue::from(*value),
            Given::Int(value) => JsonValue::from(*value),
            Given::List(texts) => texts.iter().map(|text| JsonValue::from(&**text)).collect(),
            Given::Map(given) => JsonValue::Object(inputs(given, item)?),
            Given::Path(path) => {
                let path = path.strip_prefix("$.").unwrap_or(path);
                match find(item, path).first()? {
                    Value::Bool(value) => JsonValue::from(*value),
                    Value::Int(value) => JsonValue::from(*value),
                    value => JsonValue::from(as_text(value)?),
                }
            }
        };
        found.insert(name.to_string(), value);
    }
    Some(found)
}

/// The items of an answer, or the answer itself where there is no path; each with what is around it as `$outer`, or as `$item` if it is a text.
pub(super) fn items(answer: &Map, path: &str) -> Vec<Map> {
    if path.is_empty() {
        return vec![answer.clone()];
    }
    let mut found = Vec::new();
    let steps: Vec<(&str, usize)> = path.split('.').map(step).collect();
    descend(answer, &steps, None, &mut found);
    found
}

fn descend(map: &Map, steps: &[(&str, usize)], outer: Option<&Map>, found: &mut Vec<Map>) {
    let Some(((name, depth), rest)) = steps.split_first() else {
        return;
    };
    let mut values = Vec::new();
    if let Some(value) = map.get(name) {
        spread(value, *depth, &mut values);
    }
    // The list itself is not repeated in each of its elements.
    let around = |map: &Map| {
        let kept = map.iter().filter(|(known, _)| ***known != **name);
        Map::new(kept.map(|(k, v)| (k.clone(), v.clone())).collect())
    };
    let around = (outer.is_some() || rest.is_empty()).then(|| {
        let mut inner = around(map);
        if let Some(outer) = outer {
            inner.insert("$outer".into(), Value::Map(outer.clone()));
        }
        inner
    });
    for value in values {
        match (value, rest) {
            (Value::Map(item), []) => {
                let mut item = item.clone();
                // An answer as a whole is no element around its items.
                if let Some(around) = &around
                    && outer.is_some()
                {
                    item.insert("$outer".into(), Value::Map(around.clone()));
                }
                found.push(item);
            }
            (Value::Null, _) => {}
            (text, []) => found.push(Map::new(vec![("$item".into(), text.clone())])),
            (Value::Map(inner), rest) => {
                let here = Map::default();
                descend(inner, rest, Some(around.as_ref().unwrap_or(&here)), found);
            }
            _ => {}
        }
    }
}

/// Sets what a path calls `$region` and so on.
pub(super) fn set(item: &mut Map, name: &str, value: impl Into<Box<str>>) {
    item.insert(Arc::from(name), Value::string(value));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    fn map(json: &str) -> Map {
        match source::json_value(json) {
            Ok(Value::Map(map)) => map,
            _ => Map::default(),
        }
    }

    #[test]
    fn items_know_what_is_around_them() {
        let answer = map(
            r#"{"RouteTables": [{"RouteTableId": "rtb-1", "Routes": [{"Cidr": "a"}, {"Cidr": "b"}]}], "Names": ["x"]}"#,
        );
        let routes = items(&answer, "RouteTables[].Routes[]");
        assert_eq!(routes.len(), 2);
        assert_eq!(
            fill(&routes[1], "{$outer.RouteTableId}|{Cidr}").as_deref(),
            Some("rtb-1|b")
        );
        let tables = items(&answer, "RouteTables[]");
        assert!(tables[0].get("$outer").is_none());
        let names = items(&answer, "Names[]");
        assert_eq!(text(&names[0], "$item").as_deref(), Some("x"));
        assert_eq!(fill(&routes[0], "{$region}/{Missing}"), None);
    }

    #[test]
    fn filters_and_inputs_read_items() {
        let item = map(r#"{"Engine": "docdb", "Private": true}"#);
        let filter = |wanted| Filter {
            path: "Engine".into(),
            values: vec!["docdb".into(), "neptune".into()],
            wanted,
        };
        assert!(passes(&item, &[filter(true)]) && !passes(&item, &[filter(false)]));
        let given = [("E".into(), Given::Path("$.Engine".into()))];
        assert_eq!(inputs(&given, &item).unwrap()["E"], "docdb");
        let missing = [("E".into(), Given::Path("$.Nothing".into()))];
        assert!(inputs(&missing, &item).is_none());
    }
}
