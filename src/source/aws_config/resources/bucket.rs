//! Replication of buckets: AWS Config has the rules by their ids, with names of its own.

use std::sync::Arc;

use super::Draft;
use crate::model::{Map, Value};

/// Spells the replication rules.
pub(super) fn finish(draft: &mut Draft) {
    let supplementary = draft
        .attributes
        .get("$supplementary")
        .and_then(Value::as_map);
    let said = supplementary.and_then(|map| map.get("BucketReplicationConfiguration"));
    let Some(said) = said.and_then(Value::as_map) else {
        return;
    };
    let mut made = Map::default();
    if let Some(role) = said.get("roleARN") {
        made.insert("Role".into(), role.clone());
    }
    if let Some(Value::Map(rules)) = said.get("rules") {
        let rules = rules.iter().map(|(id, rule)| match rule {
            Value::Map(rule) => replication(id, rule),
            other => other.clone(),
        });
        made.insert("Rules".into(), Value::List(rules.collect()));
    }
    draft
        .properties
        .insert("ReplicationConfiguration".into(), Value::Map(made));
}

fn replication(id: &Arc<str>, rule: &Map) -> Value {
    let mut made = renamed(
        rule,
        &[
            ("Status", "status"),
            ("Prefix", "prefix"),
            ("Priority", "priority"),
        ],
    );
    made.insert("Id".into(), Value::string(&**id));
    if let Some(Value::Map(to)) = rule.get("destinationConfig") {
        let to = renamed(
            to,
            &[
                ("Bucket", "bucketARN"),
                ("Account", "account"),
                ("StorageClass", "storageClass"),
            ],
        );
        made.insert("Destination".into(), Value::Map(to));
    }
    Value::Map(made)
}

fn renamed(map: &Map, names: &[(&str, &str)]) -> Map {
    let said = names.iter().filter_map(|(to, from)| {
        let value = map.get(from).filter(|value| **value != Value::Null)?;
        Some((Arc::from(*to), value.clone()))
    });
    Map::new(said.collect())
}
