//! Security groups: AWS Config has permissions, each for several sources; CloudFormation has rules,
//! each for one. Rules that a template has as resources of their own are in the group, too.

use std::sync::Arc;

use super::Draft;
use crate::model::{Map, Value};

/// Lists of sources in a permission: where they are, what names the source, what CloudFormation
/// calls that for ingress and for egress.
const SOURCES: [(&str, &str, &str, &str); 4] = [
    ("ipv4Ranges", "cidrIp", "CidrIp", "CidrIp"),
    ("ipv6Ranges", "cidrIpv6", "CidrIpv6", "CidrIpv6"),
    (
        "userIdGroupPairs",
        "groupId",
        "SourceSecurityGroupId",
        "DestinationSecurityGroupId",
    ),
    (
        "prefixListIds",
        "prefixListId",
        "SourcePrefixListId",
        "DestinationPrefixListId",
    ),
];

pub(super) fn rules(draft: &mut Draft) {
    for (from, to) in [
        ("ipPermissions", "SecurityGroupIngress"),
        ("ipPermissionsEgress", "SecurityGroupEgress"),
    ] {
        let Some(Value::List(permissions)) = draft.attributes.get(from) else {
            continue;
        };
        let is_egress = to == "SecurityGroupEgress";
        let rules = permissions
            .iter()
            .filter_map(Value::as_map)
            .flat_map(|permission| split(permission, is_egress))
            .collect();
        draft.properties.insert(to.into(), Value::List(rules));
    }
}

fn split(permission: &Map, is_egress: bool) -> Vec<Value> {
    let mut rules = Vec::new();
    for (list, field, ingress, egress) in SOURCES {
        for source in sources(permission, list) {
            let Some(named) = source.get(field) else {
                continue;
            };
            let name = if is_egress { egress } else { ingress };
            let mut rule = vec![(Arc::from(name), named.clone())];
            if let Some(text) = source.get("description") {
                rule.push(("Description".into(), text.clone()));
            }
            rules.push(with_ports(permission, rule));
        }
    }
    // Items written before 2016 have nothing else.
    if sources(permission, "ipv4Ranges").next().is_none()
        && let Some(Value::List(ranges)) = permission.get("ipRanges")
    {
        for range in ranges.iter().filter(|range| range.as_str().is_some()) {
            rules.push(with_ports(
                permission,
                vec![("CidrIp".into(), range.clone())],
            ));
        }
    }
    rules
}

fn sources<'v>(permission: &'v Map, list: &str) -> impl Iterator<Item = &'v Map> {
    let items = permission.get(list).and_then(Value::as_list);
    items.unwrap_or_default().iter().filter_map(Value::as_map)
}

fn with_ports(permission: &Map, mut rule: Vec<(Arc<str>, Value)>) -> Value {
    for (from, to) in [
        ("fromPort", "FromPort"),
        ("ipProtocol", "IpProtocol"),
        ("toPort", "ToPort"),
    ] {
        if let Some(value) = permission.get(from) {
            rule.push((to.into(), value.clone()));
        }
    }
    Value::Map(Map::new(rule))
}
