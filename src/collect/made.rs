//! What columns cannot say of an item: properties that AWS's API cuts another way.

use std::sync::Arc;

use super::item;
use crate::model::{Map, Value};
use crate::source::{self, columns, permissions};

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
        // The version in force, of all that are listed.
        "AWS::IAM::ManagedPolicy" => {
            let versions = item::find(item, "PolicyVersionList[]").into_iter();
            let mut versions = versions.filter_map(Value::as_map);
            let document = versions
                .find(|version| item::text(version, "IsDefaultVersion").as_deref() == Some("true"))
                .and_then(|version| item::text(version, "Document"))
                .and_then(|text| source::json_value(&columns::unescaped(&text)).ok());
            if let Some(document) = document {
                properties.insert("PolicyDocument".into(), document);
            }
        }
        // Route 53 writes an asterisk in octal.
        // <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html>
        "AWS::Route53::RecordSet" => {
            if let Some(Value::String(name)) = properties.get("Name")
                && name.contains("\\052")
            {
                let name = name.replace("\\052", "*");
                properties.insert("Name".into(), Value::string(name));
            }
        }
        "AWS::ApiGateway::BasePathMapping"
            if properties.get("BasePath").and_then(Value::as_str) == Some("(none)") =>
        {
            properties.insert("BasePath".into(), Value::Null);
        }
        _ => {}
    }
}

/// The Regions of a table's replicas, until the tables are joined to a global table.
pub(super) const REPLICAS: &str = crate::source::tables::REPLICAS;
