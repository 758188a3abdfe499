//! DynamoDB tables with replicas: CloudFormation calls such a table a global table, and lists the
//! table's own Region among the replicas.

use std::sync::Arc;

use super::Draft;
use crate::model::{Map, Path, Reason, Resource, Value};

const GLOBAL: &str = "AWS::DynamoDB::GlobalTable";
const TABLE: &str = "AWS::DynamoDB::Table";
/// What a replica made by a resource of its own is until its table is found.
const TABLE_ARN: &str = "ReplicaOf";

/// A table with `replica` blocks is a global table.
pub(super) fn table(attributes: &Map, draft: &mut Draft) {
    match attributes.get("replica") {
        Some(Value::List(replicas)) if !replicas.is_empty() => {
            let tags = draft.properties.get("Tags").cloned();
            let region = region(draft.region.as_ref());
            globalise(
                &mut draft.rtype,
                &mut draft.properties,
                &mut draft.moved,
                region,
            );
            for (index, replica) in replicas.iter().enumerate() {
                let from = Path::root().key("replica").index(index);
                add(
                    &mut draft.properties,
                    &mut draft.moved,
                    tagged(entry(replica), replica, tags.as_ref()),
                    from,
                );
            }
        }
        Some(Value::Unknown(why)) if !matches!(**why, Reason::NotSet(_)) => {
            let region = region(draft.region.as_ref());
            globalise(
                &mut draft.rtype,
                &mut draft.properties,
                &mut draft.moved,
                region,
            );
            draft
                .properties
                .insert("Replicas".into(), Value::Unknown(Arc::clone(why)));
        }
        _ => {}
    }
}

/// How much a replica can read: the table's `read_capacity`, unless Application Auto Scaling sets it.
fn capacity() -> (Arc<str>, Value) {
    let why = "whether an aws_appautoscaling_target sets the capacity of a replica";
    let why = Reason::NotCovered(format!("Terraform does not say at a table {why}").into());
    (
        "ReadProvisionedThroughputSettings".into(),
        Value::unknown(why),
    )
}

fn region(region: Option<&Arc<str>>) -> Value {
    match region {
        Some(region) => Value::string(&**region),
        None => Value::unknown(Reason::RegionNotGiven),
    }
}

/// Makes a table a global table with one replica: itself.
fn globalise(
    rtype: &mut Arc<str>,
    properties: &mut Map,
    moved: &mut Vec<(Path, Path)>,
    region: Value,
) {
    *rtype = GLOBAL.into();
    let mut own = vec![(Arc::from("Region"), region), capacity()];
    let place = || Path::root().key("Replicas").index(0);
    for (name, attribute) in [
        ("PointInTimeRecoverySpecification", "point_in_time_recovery"),
        ("DeletionProtectionEnabled", "deletion_protection_enabled"),
        ("Tags", "tags"),
    ] {
        if let Some(value) = properties.get(name) {
            own.push((name.into(), value.clone()));
            properties.insert(name.into(), Value::Null);
        } else if name == "Tags" {
            own.push((name.into(), Value::List(Box::default())));
        }
        moved.push((place().key(name), Path::root().key(attribute)));
    }
    moved.push((place(), Path::root()));
    properties.insert(
        "Replicas".into(),
        Value::List(Box::new([Value::Map(Map::new(own))])),
    );
}

/// What a `replica` block, or the attributes of a replica's own resource, say.
fn entry(replica: &Value) -> Value {
    let Value::Map(replica) = replica else {
        return replica.clone();
    };
    let mut properties = vec![
        (
            Arc::from("Region"),
            replica.get("region_name").cloned().unwrap_or_default(),
        ),
        capacity(),
    ];
    // The provider's default is false, whatever the table has.
    let pitr = replica
        .get("point_in_time_recovery")
        .filter(|v| !matches!(v, Value::Unknown(why) if matches!(**why, Reason::NotSet(_))))
        .cloned()
        .unwrap_or(Value::Bool(false));
    properties.push((
        "PointInTimeRecoverySpecification".into(),
        Value::Map(Map::new(vec![("PointInTimeRecoveryEnabled".into(), pitr)])),
    ));
    if let Some(protected) = replica.get("deletion_protection_enabled") {
        properties.push(("DeletionProtectionEnabled".into(), protected.clone()));
    }
    Value::Map(Map::new(properties))
}

/// A replica has the table's tags if they are propagated, which they are not by default, and else
/// those that something else gives it, if anything does.
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/dynamodb_table#propagate_tags-1>
fn tagged(entry: Value, replica: &Value, tags: Option<&Value>) -> Value {
    let Value::Map(mut entry) = entry else {
        return entry;
    };
    let none = || Value::List(Box::default());
    let own = match replica.as_map().and_then(|r| r.get("propagate_tags")) {
        Some(Value::Bool(true)) => tags.cloned().unwrap_or_else(none),
        Some(Value::Unknown(why)) if !matches!(**why, Reason::NotSet(_)) => {
            Value::Unknown(Arc::clone(why))
        }
        _ => none(),
    };
    entry.insert("Tags".into(), own);
    Value::Map(entry)
}

fn add(properties: &mut Map, moved: &mut Vec<(Path, Path)>, replica: Value, from: Path) {
    let Some(Value::List(replicas)) = properties.get_mut("Replicas") else {
        return;
    };
    let place = Path::root().key("Replicas").index(replicas.len());
    for (name, attribute) in [
        ("PointInTimeRecoverySpecification", "point_in_time_recovery"),
        ("DeletionProtectionEnabled", "deletion_protection_enabled"),
        ("Region", "region_name"),
    ] {
        moved.push((place.clone().key(name), from.clone().key(attribute)));
    }
    moved.push((place, from));
    let mut all = std::mem::take(replicas).into_vec();
    all.push(replica);
    *replicas = all.into();
}

/// A replica with a resource of its own: a global table with one replica, until its table is
/// found.
pub(super) fn replica(attributes: &Map, draft: &mut Draft) {
    let mut own = match entry(&Value::Map(attributes.clone())) {
        Value::Map(map) => map,
        _ => Map::default(),
    };
    own.insert("Region".into(), region(draft.region.as_ref()));
    let tags = crate::source::columns::tags(attributes.get("tags"));
    own.insert("Tags".into(), tags);
    draft
        .properties
        .insert("Replicas".into(), Value::List(Box::new([Value::Map(own)])));
    draft.moved.push((
        Path::root()
            .key("Replicas")
            .index(0)
            .key("PointInTimeRecoverySpecification"),
        Path::root().key("point_in_time_recovery"),
    ));
    draft
        .moved
        .push((Path::root().key("Replicas"), Path::root()));
    if let Some(table) = attributes.get("global_table_arn") {
        draft.properties.insert(TABLE_ARN.into(), table.clone());
    }
}

/// Gives replicas with a resource of their own to their tables.
pub(super) fn connect(resources: &mut Vec<Resource>) {
    let mut given = Vec::new();
    for index in 0..resources.len() {
        let Some(replica) = resources.get_mut(index) else {
            break;
        };
        let table = replica.property(TABLE_ARN).cloned();
        if table.is_none() || &*replica.rtype != GLOBAL {
            continue;
        }
        replica.properties.insert(TABLE_ARN.into(), Value::Null);
        let Some(Value::List(replicas)) = replica.property("Replicas").cloned() else {
            continue;
        };
        let of = resources.iter().position(|other| {
            let is_table = matches!(&*other.rtype, TABLE | GLOBAL);
            is_table
                && match &table {
                    Some(Value::Reference(reference)) => other.key == reference.target,
                    Some(Value::String(arn)) => other.arn.as_deref() == Some(arn),
                    _ => false,
                }
        });
        if let Some(table) = of
            .filter(|of| *of != index)
            .and_then(|of| resources.get_mut(of))
        {
            take(table, &replicas);
            given.push(index);
        }
    }
    for index in given.into_iter().rev() {
        resources.remove(index);
    }
}

fn take(table: &mut Resource, replicas: &[Value]) {
    let mut moved = std::mem::take(&mut table.origin.moved).into_vec();
    if &*table.rtype == TABLE {
        let own = region(match &table.region {
            crate::model::Region::In(name) => Some(name),
            _ => None,
        });
        globalise(&mut table.rtype, &mut table.properties, &mut moved, own);
    }
    for replica in replicas {
        add(
            &mut table.properties,
            &mut moved,
            replica.clone(),
            Path::root(),
        );
    }
    moved.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.0.len()));
    table.origin.moved = moved.into();
}
