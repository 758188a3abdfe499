//! `AWS::Route53::RecordSetGroup`: the same as one `AWS::Route53::RecordSet` per entry.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53-recordsetgroup.html>

use std::sync::Arc;

use crate::model::{Choice, Map, Origin, Path, Resource, Switch, Value};
use crate::types::{self, Door};

use super::intrinsics::pick;
use super::lift::{choose, lift};

/// The type this is about.
pub(super) const GROUP: &str = "AWS::Route53::RecordSetGroup";

const RECORD_SET: &str = "AWS::Route53::RecordSet";

/// The records of a group.
pub(super) fn expand(group: &Resource) -> Vec<Resource> {
    let Some(sets) = group.property("RecordSets") else {
        return Vec::new();
    };
    let mut longest = 0;
    sets.for_each_arm(&mut |arm| {
        longest = longest.max(arm.as_list().map_or(0, <[Value]>::len));
    });
    (0..longest)
        .filter_map(|index| record(group, sets, index))
        .collect()
}

fn record(group: &Resource, sets: &Value, index: usize) -> Option<Resource> {
    let entry = lift(std::slice::from_ref(sets), &|values| match values {
        [Value::List(items)] => items.get(index).cloned().unwrap_or_default(),
        _ => Value::Null,
    });
    if entry.is_null() {
        return None;
    }
    let there = lift(std::slice::from_ref(&entry), &|values| match values {
        [Value::Map(_)] => Value::Bool(true),
        [Value::Unknown(reason)] => Value::Unknown(reason.clone()),
        _ => Value::Bool(false),
    });
    let exists = pick(&group.exists, &there, &Value::Bool(false));
    if exists == Value::Bool(false) {
        return None;
    }
    let mut properties = flatten(&entry);
    let mut moved = Vec::new();
    for zone in ["HostedZoneId", "HostedZoneName"] {
        if let Some(value) = group.property(zone)
            && properties.get(zone).is_none()
        {
            properties.insert(zone.into(), value.clone());
            let place = group.origin.node.clone().key("Properties").key(zone);
            moved.push((Path::root().key(zone), place));
        }
    }
    types::canonicalise(RECORD_SET, &mut properties, Door::CloudFormation);
    let name = |base: &str| Arc::from(format!("{base}.RecordSets[{index}]"));
    let place = group
        .origin
        .node
        .clone()
        .key("Properties")
        .key("RecordSets")
        .index(index);
    moved.push((Path::root(), place));
    Some(Resource {
        rtype: RECORD_SET.into(),
        key: name(&group.key),
        id: name(&group.id),
        address: name(&group.address),
        arn: None,
        names: Box::default(),
        account: group.account.clone(),
        region: group.region.clone(),
        properties,
        observed: Map::default(),
        captured: None,
        exists,
        origin: Origin {
            source: group.origin.source,
            node: group.origin.node.clone(),
            moved: moved.into(),
            behind: group.origin.behind.clone(),
        },
        construct: group.construct.clone(),
        depends: None,
        suppressions: group.suppressions.clone(),
    })
}

/// The properties of an object that may be a choice between objects.
fn flatten(entry: &Value) -> Map {
    match entry {
        Value::Map(map) => map.clone(),
        Value::Choice(choice) => flatten_choice(choice),
        _ => Map::default(),
    }
}

fn flatten_choice(choice: &Choice) -> Map {
    let arms: Vec<Option<Map>> = choice
        .arms
        .iter()
        .map(|arm| match arm {
            Value::Map(_) | Value::Choice(_) => Some(flatten(arm)),
            _ => None,
        })
        .collect();
    let switch: &Arc<Switch> = &choice.switch;
    let mut names: Vec<Arc<str>> = Vec::new();
    for map in arms.iter().flatten() {
        names.extend(map.iter().map(|(name, _)| name.clone()));
    }
    names.sort();
    names.dedup();
    let value = |name: &str| {
        // Where the record does not exist, its properties are of no interest: take any.
        let any = arms.iter().flatten().find_map(|map| map.get(name).cloned());
        let pick = |map: &Option<Map>| match map {
            Some(map) => map.get(name).cloned().unwrap_or_default(),
            None => any.clone().unwrap_or_default(),
        };
        choose(switch, arms.iter().map(pick).collect())
    };
    names
        .iter()
        .map(|name| (name.clone(), value(name)))
        .collect()
}
