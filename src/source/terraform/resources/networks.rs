//! Security groups: one block of Terraform's allows several ranges, where CloudFormation has one
//! rule for each.

use super::Draft;
use crate::model::{Map, Path, Reason, Value};

/// The ranges of a rule: (attribute, property).
const RANGES: [(&str, &str); 4] = [
    ("cidr_blocks", "CidrIp"),
    ("ipv6_cidr_blocks", "CidrIpv6"),
    ("security_groups", "SourceSecurityGroupId"),
    ("prefix_list_ids", "SourcePrefixListId"),
];

/// The rules written in a group.
pub(super) fn group(attributes: &Map, draft: &mut Draft) {
    let blocks = match attributes.get("ingress") {
        Some(Value::List(blocks)) => blocks,
        Some(Value::Unknown(why)) if !matches!(**why, Reason::NotSet(_)) => {
            let why = Value::Unknown(why.clone());
            draft.properties.insert("SecurityGroupIngress".into(), why);
            return;
        }
        _ => return,
    };
    let mut rules = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let Value::Map(block) = block else {
            rules.push(block.clone());
            continue;
        };
        for rule in expand(block) {
            let place = Path::root().key("SecurityGroupIngress").index(rules.len());
            draft
                .moved
                .push((place, Path::root().key("ingress").index(index)));
            rules.push(rule);
        }
    }
    draft
        .properties
        .insert("SecurityGroupIngress".into(), Value::List(rules.into()));
}

/// One rule for each range of a block.
fn expand(block: &Map) -> Vec<Value> {
    let common: Vec<(std::sync::Arc<str>, Value)> = [
        ("IpProtocol", "protocol"),
        ("FromPort", "from_port"),
        ("ToPort", "to_port"),
    ]
    .into_iter()
    .filter_map(|(name, attribute)| Some((name.into(), block.get(attribute)?.clone())))
    .collect();
    let rule = |name: &str, range: &Value| {
        let mut rule = common.clone();
        rule.push((name.into(), range.clone()));
        Value::Map(Map::new(rule))
    };
    let mut rules = Vec::new();
    for (attribute, name) in RANGES {
        match block.get(attribute) {
            Some(Value::List(ranges)) => rules.extend(ranges.iter().map(|r| rule(name, r))),
            Some(Value::Unknown(why)) if matches!(**why, Reason::NotSet(_)) => {}
            Some(unknown @ (Value::Unknown(_) | Value::Reference(_))) => {
                rules.push(rule(name, unknown));
            }
            _ => {}
        }
    }
    if let Some(Value::Bool(true)) = block.get("self") {
        rules.push(Value::Map(Map::new(common)));
    }
    rules
}

/// A rule with a resource of its own. Of several ranges the widest counts: it is what the others
/// are judged by.
pub(super) fn rule(attributes: &Map, draft: &mut Draft) {
    if attributes.get("type").and_then(Value::as_str) == Some("egress") {
        draft.rtype = "AWS::EC2::SecurityGroupEgress".into();
    }
    if let Some(protocol) = attributes.get("protocol") {
        draft
            .properties
            .insert("IpProtocol".into(), protocol.clone());
    }
    if let Some(source) = attributes.get("source_security_group_id") {
        draft
            .properties
            .insert("SourceSecurityGroupId".into(), source.clone());
    }
    for (attribute, name, widest) in [
        ("cidr_blocks", "CidrIp", "0.0.0.0/0"),
        ("ipv6_cidr_blocks", "CidrIpv6", "::/0"),
    ] {
        let range = match attributes.get(attribute) {
            Some(Value::List(ranges)) => ranges
                .iter()
                .find(|range| range.as_str() == Some(widest))
                .or_else(|| ranges.first()),
            Some(Value::Unknown(why)) if matches!(**why, Reason::NotSet(_)) => None,
            Some(unknown @ Value::Unknown(_)) => Some(unknown),
            _ => None,
        };
        if let Some(range) = range {
            draft.properties.insert(name.into(), range.clone());
            draft
                .moved
                .push((Path::root().key(name), Path::root().key(attribute)));
        }
    }
}
