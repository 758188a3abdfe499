//! Security groups: EC2 and AWS Config have permissions, each for several sources; CloudFormation
//! has rules, each for one. Rules that a template has as resources of their own are in the group,
//! too.

use std::sync::Arc;

use crate::model::{Map, Value};

/// Lists of sources in a permission, as AWS Config calls them: where they are, what names the source,
/// what CloudFormation calls that for ingress and for egress. EC2 begins them with capitals.
const SOURCES: [(&str, &str, &str, &str); 5] = [
    ("ipv4Ranges", "cidrIp", "CidrIp", "CidrIp"),
    // EC2 calls these so; what AWS Config calls so are texts.
    ("ipRanges", "cidrIp", "CidrIp", "CidrIp"),
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

/// The rules that permissions are.
pub(crate) fn rules(permissions: &Value, is_egress: bool) -> Option<Value> {
    let rules = permissions
        .as_list()?
        .iter()
        .filter_map(Value::as_map)
        .flat_map(|permission| split(permission, is_egress));
    Some(Value::List(rules.collect()))
}

/// A field by AWS Config's name or by EC2's.
fn field<'v>(map: &'v Map, name: &str) -> Option<&'v Value> {
    map.get(name).or_else(|| {
        let mut chars = name.chars();
        let first = chars.next()?.to_ascii_uppercase();
        map.get(&format!("{first}{}", chars.as_str()))
    })
}

fn split(permission: &Map, is_egress: bool) -> Vec<Value> {
    let mut rules = Vec::new();
    for (list, named_by, ingress, egress) in SOURCES {
        for source in sources(permission, list) {
            let Some(named) = field(source, named_by) else {
                continue;
            };
            let name = if is_egress { egress } else { ingress };
            let mut rule = vec![(Arc::from(name), named.clone())];
            if let Some(text) = field(source, "description") {
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
    let items = field(permission, list).and_then(Value::as_list);
    items.unwrap_or_default().iter().filter_map(Value::as_map)
}

fn with_ports(permission: &Map, mut rule: Vec<(Arc<str>, Value)>) -> Value {
    for (from, to) in [
        ("fromPort", "FromPort"),
        ("ipProtocol", "IpProtocol"),
        ("toPort", "ToPort"),
    ] {
        if let Some(value) = field(permission, from) {
            rule.push((to.into(), value.clone()));
        }
    }
    Value::Map(Map::new(rule))
}
