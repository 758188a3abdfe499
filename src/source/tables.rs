//! DynamoDB tables with replicas: AWS has a table in every Region; CloudFormation calls all of them
//! together a global table.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Map, Path, Reason, Region, Resource, Value};

const GLOBAL: &str = "AWS::DynamoDB::GlobalTable";
const TABLE: &str = "AWS::DynamoDB::Table";
/// The Regions of a table's replicas, until the tables are joined.
pub(crate) const REPLICAS: &str = "ReplicaRegions";

/// How much a replica can read, which Application Auto Scaling may set.
const CAPACITY: &str = "ReadProvisionedThroughputSettings";

/// What each replica has for itself.
const OWN: [&str; 3] = [
    "DeletionProtectionEnabled",
    "PointInTimeRecoverySpecification",
    "Tags",
];
/// What all of them have in common.
const COMMON: [&str; 7] = [
    "AttributeDefinitions",
    "BillingMode",
    "KeySchema",
    "SSESpecification",
    "StreamSpecification",
    "TableName",
    "TimeToLiveSpecification",
];

/// Makes global tables of tables with replicas.
pub(crate) fn connect(resources: &mut Vec<Resource>) {
    let mut joined: BTreeSet<usize> = BTreeSet::new();
    // In the order of the Regions, so that what a global table is called does not depend on the
    // order of the files.
    let mut order: Vec<(Option<Arc<str>>, usize)> = resources
        .iter()
        .enumerate()
        .filter(|(_, table)| &*table.rtype == TABLE)
        .map(|(index, table)| (region(table), index))
        .collect();
    order.sort();
    for (_, index) in order {
        let Some(table) = resources.get_mut(index) else {
            break;
        };
        if joined.contains(&index) || &*table.rtype != TABLE {
            continue;
        }
        let Some(Value::List(listed)) = table.property(REPLICAS).cloned() else {
            continue;
        };
        table.properties.insert(REPLICAS.into(), Value::Null);
        let own = region(table);
        let mut regions: BTreeSet<Arc<str>> = own.iter().cloned().collect();
        regions.extend(listed.iter().filter_map(Value::as_str).map(Arc::from));
        let members: Vec<(usize, Arc<str>)> = match resources.get(index) {
            Some(table) => resources
                .iter()
                .enumerate()
                .filter(|(at, other)| *at != index && !joined.contains(at) && same(table, other))
                .filter_map(|(at, other)| Some((at, region(other)?)))
                .filter(|(_, other)| regions.contains(other))
                .collect(),
            None => Vec::new(),
        };
        let (replicas, moved) = described(resources, index, own.as_ref(), &regions, &members);
        joined.extend(members.iter().map(|(at, _)| *at));
        if let Some(table) = resources.get_mut(index) {
            globalise(table, replicas, moved);
        }
    }
    let mut at = 0;
    resources.retain(|_| {
        at += 1;
        !joined.contains(&(at - 1))
    });
}

fn region(table: &Resource) -> Option<Arc<str>> {
    match &table.region {
        Region::In(name) => Some(Arc::clone(name)),
        _ => None,
    }
}

/// Whether two tables have one name in one account.
fn same(one: &Resource, other: &Resource) -> bool {
    &*other.rtype == TABLE
        && one.account == other.account
        && one.property("TableName").is_some()
        && one.property("TableName") == other.property("TableName")
}

/// The replicas, by Region, and where each of them stands.
fn described(
    resources: &[Resource],
    index: usize,
    own: Option<&Arc<str>>,
    regions: &BTreeSet<Arc<str>>,
    members: &[(usize, Arc<str>)],
) -> (Vec<Value>, Vec<(Path, Path)>) {
    let mut replicas = Vec::new();
    let mut moved = Vec::new();
    for (number, region) in regions.iter().enumerate() {
        let member = members.iter().find(|(_, of)| of == region);
        let at = match member {
            Some((at, _)) => Some(*at),
            None => (own == Some(region)).then_some(index),
        };
        let table = at.and_then(|at| resources.get(at));
        let mut replica = vec![(Arc::from("Region"), Value::string(&**region))];
        for name in OWN {
            let value = match table {
                Some(table) => table.property(name).cloned(),
                None => Some(Value::unknown(Reason::NotCovered(
                    format!("the table in {region} was not read").into(),
                ))),
            };
            replica.extend(value.map(|value| (Arc::from(name), value)));
        }
        let is_on_demand = resources
            .get(index)
            .and_then(|table| table.property("BillingMode"))
            .is_some_and(|mode| mode.as_str() == Some("PAY_PER_REQUEST"));
        if !is_on_demand {
            let why = "a table does not say how Application Auto Scaling sets its capacity";
            let why = Value::unknown(Reason::NotCovered(why.into()));
            replica.push((CAPACITY.into(), why));
        }
        replicas.push(Value::Map(Map::new(replica)));
        if let Some(table) = table {
            let place = Path::root().key("Replicas").index(number);
            moved.push((place, table.origin.node.clone()));
        }
    }
    (replicas, moved)
}

fn globalise(table: &mut Resource, replicas: Vec<Value>, moved: Vec<(Path, Path)>) {
    table.rtype = GLOBAL.into();
    let common = COMMON.iter().filter_map(|name| {
        let value = table.property(name)?.clone();
        Some((Arc::from(*name), value))
    });
    let mut properties = Map::new(common.collect());
    properties.insert("Replicas".into(), Value::List(replicas.into()));
    table.properties = properties;
    table.origin.moved = moved.into();
}
