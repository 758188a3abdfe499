//! Resources that only add to another: what they say becomes a property of the other.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::{Map, Resource, Value};

/// A resource that adds to another, before the other is found.
pub(in super::super) struct Attachment {
    /// What it adds to: a reference, or a text that names it.
    to: Value,
    /// The type of what it adds to.
    rtype: &'static str,
    property: Arc<str>,
    value: Value,
    /// Whether the property is a list of such values.
    many: bool,
}

/// What a Terraform resource adds to another, if it is one that does.
pub(in super::super) fn read(
    terraform: &str,
    attributes: &Map,
    region: Option<&Arc<str>>,
) -> Option<Attachment> {
    let value = |name: &str| attributes.get(name).cloned().unwrap_or_default();
    Some(match terraform {
        "aws_organizations_policy_attachment" => Attachment {
            to: value("policy_id"),
            rtype: "AWS::Organizations::Policy",
            property: "TargetIds".into(),
            value: value("target_id"),
            many: true,
        },
        "aws_iam_role_policy_attachment" => managed_policy("AWS::IAM::Role", value("role"), &value),
        "aws_iam_user_policy_attachment" => managed_policy("AWS::IAM::User", value("user"), &value),
        "aws_iam_group_policy_attachment" => {
            managed_policy("AWS::IAM::Group", value("group"), &value)
        }
        // It stands in the Region that the backups are copied to.
        "aws_db_instance_automated_backups_replication" => Attachment {
            to: value("source_db_instance_arn"),
            rtype: "AWS::RDS::DBInstance",
            property: "AutomaticBackupReplicationRegion".into(),
            value: Value::string(&**region?),
            many: false,
        },
        "aws_s3_bucket_replication_configuration" => Attachment {
            to: value("bucket"),
            rtype: "AWS::S3::Bucket",
            property: "ReplicationConfiguration".into(),
            value: Value::Map(Map::new(vec![
                ("Role".into(), value("role")),
                ("Rules".into(), blocks(attributes, "rule", replication_rule)),
            ])),
            many: false,
        },
        "aws_efs_replication_configuration" => Attachment {
            to: value("source_file_system_id"),
            rtype: "AWS::EFS::FileSystem",
            property: "ReplicationConfiguration".into(),
            value: Value::Map(Map::new(vec![(
                "Destinations".into(),
                blocks(attributes, "destination", |block| {
                    named(
                        block,
                        &[("Region", "region"), ("FileSystemId", "file_system_id")],
                    )
                }),
            )])),
            many: false,
        },
        "aws_efs_backup_policy" => Attachment {
            to: value("file_system_id"),
            rtype: "AWS::EFS::FileSystem",
            property: "BackupPolicy".into(),
            value: block(attributes, "backup_policy", &[("Status", "status")]),
            many: false,
        },
        "aws_autoscaling_attachment" => Attachment {
            to: value("autoscaling_group_name"),
            rtype: "AWS::AutoScaling::AutoScalingGroup",
            property: "TargetGroupARNs".into(),
            value: value("lb_target_group_arn"),
            many: true,
        },
        "aws_dx_connection_association" => Attachment {
            to: value("connection_id"),
            rtype: "AWS::DirectConnect::Connection",
            property: "LagId".into(),
            value: value("lag_id"),
            many: false,
        },
        "aws_lb_target_group_attachment" | "aws_alb_target_group_attachment" => {
            let said = [
                ("Id", "target_id"),
                ("AvailabilityZone", "availability_zone"),
            ];
            let said = said.map(|(name, from)| (name.into(), value(from)));
            Attachment {
                to: value("target_group_arn"),
                rtype: "AWS::ElasticLoadBalancingV2::TargetGroup",
                property: "Targets".into(),
                value: Value::Map(Map::new(said.into())),
                many: true,
            }
        }
        _ => return None,
    })
}

fn managed_policy(rtype: &'static str, to: Value, value: &dyn Fn(&str) -> Value) -> Attachment {
    Attachment {
        to,
        rtype,
        property: "ManagedPolicyArns".into(),
        value: value("policy_arn"),
        many: true,
    }
}

/// A block that occurs once, under other names; not known as a whole if it is not.
fn block(attributes: &Map, name: &str, names: &[(&str, &str)]) -> Value {
    let once = match attributes.get(name) {
        Some(Value::List(blocks)) => blocks.first(),
        other => other,
    };
    match once {
        Some(Value::Map(block)) => named(block, names),
        other => other.cloned().unwrap_or_default(),
    }
}

/// Blocks that can occur often.
fn blocks(attributes: &Map, name: &str, each: impl Fn(&Map) -> Value) -> Value {
    match attributes.get(name) {
        Some(Value::List(blocks)) => {
            let each = blocks.iter().map(|block| match block {
                Value::Map(block) => each(block),
                other => other.clone(),
            });
            Value::List(each.collect())
        }
        other => other.cloned().unwrap_or_default(),
    }
}

fn named(block: &Map, names: &[(&str, &str)]) -> Value {
    let value = |of: &str| block.get(of).cloned().unwrap_or_default();
    let named = names.iter().map(|(to, of)| (Arc::from(*to), value(of)));
    Value::Map(named.collect())
}

fn replication_rule(rule: &Map) -> Value {
    let names = [
        ("Id", "id"),
        ("Prefix", "prefix"),
        ("Priority", "priority"),
        ("Status", "status"),
    ];
    let mut made = named(rule, &names);
    if let Value::Map(made) = &mut made {
        let names = [
            ("Bucket", "bucket"),
            ("Account", "account"),
            ("StorageClass", "storage_class"),
        ];
        made.insert("Destination".into(), block(rule, "destination", &names));
    }
    made
}

/// Whether a Terraform resource type adds to another.
pub(in super::super) fn is_one(terraform: &str) -> bool {
    matches!(
        terraform,
        "aws_organizations_policy_attachment"
            | "aws_iam_role_policy_attachment"
            | "aws_iam_user_policy_attachment"
            | "aws_iam_group_policy_attachment"
            | "aws_db_instance_automated_backups_replication"
            | "aws_efs_backup_policy"
            | "aws_efs_replication_configuration"
            | "aws_s3_bucket_replication_configuration"
            | "aws_autoscaling_attachment"
            | "aws_dx_connection_association"
            | "aws_lb_target_group_attachment"
            | "aws_alb_target_group_attachment"
    )
}

/// Gives what was added to the resources it was added to.
pub(super) fn connect(attachments: Vec<Attachment>, resources: &mut [Resource]) {
    if attachments.is_empty() {
        return;
    }
    // Things of several types may have one name, such as a role and a group of instances.
    let mut named: FxHashMap<(Arc<str>, Arc<str>), usize> = FxHashMap::default();
    let of = |rtype: &Arc<str>, text: &str| (Arc::clone(rtype), Arc::from(text));
    for (index, resource) in resources.iter().enumerate() {
        let texts = resource.names.iter().chain(&resource.arn);
        for text in texts.chain([&resource.key]) {
            named.entry(of(&resource.rtype, text)).or_insert(index);
        }
        let file = crate::types::file(&resource.rtype);
        for name in file.into_iter().flat_map(|file| &file.name) {
            if let Some(text) = resource.property(name).and_then(Value::as_str) {
                named.entry(of(&resource.rtype, text)).or_insert(index);
            }
        }
    }
    for attachment in attachments {
        let rtype = attachment.rtype.into();
        let target = match &attachment.to {
            Value::Reference(reference) => named.get(&of(&rtype, &reference.target)),
            Value::String(text) => named.get(&of(&rtype, text)),
            Value::Unknown(why) => {
                // It may add to any.
                for resource in resources
                    .iter_mut()
                    .filter(|r| *r.rtype == *attachment.rtype)
                {
                    add(resource, &attachment, Value::Unknown(Arc::clone(why)));
                }
                None
            }
            _ => None,
        };
        if let Some(resource) = target.and_then(|index| resources.get_mut(*index)) {
            add(resource, &attachment, attachment.value.clone());
        }
    }
}

/// Gives a resource what an attachment adds to it.
fn add(resource: &mut Resource, attachment: &Attachment, value: Value) {
    let value = match (resource.property(&attachment.property), attachment.many) {
        (_, false) => value,
        (Some(Value::List(items)), true) => {
            let mut all = items.to_vec();
            all.push(value);
            Value::List(all.into())
        }
        (_, true) => Value::List(Box::new([value])),
    };
    resource
        .properties
        .insert(Arc::clone(&attachment.property), value);
}
