//! What columns cannot say of an item: properties that AWS's API cuts another way.

use std::sync::Arc;

use crate::model::{Map, Value};
use crate::source::permissions;
use crate::types::Step;

/// Adds them.
pub(super) fn finish(rtype: &str, item: &Map, properties: &mut Map) {
    match rtype {
        "AWS::EC2::SecurityGroup" => {
            for (from, to) in [
                ("IpPermissions", "SecurityGroupIngress"),
                ("IpPermissionsEgress", "SecurityGroupEgress"),
            ] {
                if let Some(rules) = item
                    .get(from)
                    .and_then(|said| permissions::rules(said, to == "SecurityGroupEgress"))
                {
                    properties.insert(to.into(), rules);
                }
            }
        }
        "AWS::DynamoDB::Table" => {
            if let Some(Value::List(replicas)) = item.get("Replicas") {
                let regions: Box<[Value]> = replicas
                    .iter()
                    .filter_map(|replica| replica.as_map()?.get("RegionName").cloned())
                    .collect();
                if !regions.is_empty() {
                    properties.insert(Arc::from(REPLICAS), Value::List(regions));
                }
            }
        }
        _ => {}
    }
}

/// The Regions of a table's replicas, until the tables are joined to a global table.
pub(super) const REPLICAS: &str = crate::source::tables::REPLICAS;

/// The further call, by its name in the type's file, that a property is made from.
pub(super) fn needs(_rtype: &str, _path: &[Step]) -> Option<&'static str> {
    None
}
