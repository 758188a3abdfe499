//! DynamoDB tables: the key, and which Regions have replicas.

use std::sync::Arc;

use super::Draft;
use crate::model::{Map, Value};
use crate::source::tables::REPLICAS;

/// Spells the key, whose form the schema leaves open, and notes the Regions of a table's replicas.
pub(super) fn finish(draft: &mut Draft) {
    if let Some(Value::List(keys)) = draft.attributes.get("keySchema") {
        let key = |key: &Value| {
            let key = key.as_map()?;
            let pairs = [("AttributeName", "attributeName"), ("KeyType", "keyType")];
            let known = pairs
                .into_iter()
                .filter_map(|(to, from)| Some((Arc::from(to), key.get(from)?.clone())));
            Some(Value::Map(Map::new(known.collect())))
        };
        let keys = Value::List(keys.iter().filter_map(key).collect());
        draft.properties.insert("KeySchema".into(), keys);
    }
    let Some(Value::List(replicas)) = draft.attributes.get("replicas") else {
        return;
    };
    let regions: Box<[Value]> = replicas
        .iter()
        .filter_map(|replica| replica.as_map()?.get("regionName").cloned())
        .collect();
    if !regions.is_empty() {
        draft
            .properties
            .insert(REPLICAS.into(), Value::List(regions));
    }
}
