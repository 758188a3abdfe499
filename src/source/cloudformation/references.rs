//! `Ref` and `Fn::GetAtt`: parameters, pseudo-parameters, resources, outputs of nested stacks.

use std::sync::Arc;

use crate::document::Node;
use crate::model::{Reason, Reference, Value};

use super::intrinsics::{other, pick, stuck};
use super::lift::{lift, map_leaves};
use super::text;
use super::world::{Kind, Resolver};

impl Resolver<'_> {
    /// `Ref`.
    pub(super) fn reference(&self, name: &str) -> Value {
        if let Some(value) = self.pseudo(name) {
            return value;
        }
        if let Some(index) = self.template.names.get(name) {
            return self.target(*index, None);
        }
        match self.section("Parameters").and_then(|p| p.get(name)) {
            Some(node) => self.parameter(name, node),
            None => other(format!("{name} is not defined in this template")),
        }
    }

    /// `Fn::GetAtt`, as `A.B` or as a list.
    pub(super) fn get_att(&self, argument: &Node) -> Value {
        match argument.as_list() {
            Some([resource, attribute @ ..]) => {
                let Some(resource) = resource.as_str() else {
                    return stuck("Fn::GetAtt", "its resource is not a name");
                };
                let names: Vec<Value> = attribute.iter().map(|node| self.resolve(node)).collect();
                lift(&names, &|names| {
                    let known: Option<Vec<String>> = names.iter().map(text::scalar).collect();
                    match known {
                        Some(names) => self.attribute(resource, &names.join(".")),
                        None => stuck("Fn::GetAtt", "its attribute is not known"),
                    }
                })
            }
            Some([]) => stuck("Fn::GetAtt", "it has no argument"),
            None => match argument.as_str().and_then(|text| text.split_once('.')) {
                Some((resource, attribute)) => self.attribute(resource, attribute),
                None => stuck("Fn::GetAtt", "its argument is not Resource.Attribute"),
            },
        }
    }

    /// The value of a resource's attribute.
    pub(super) fn attribute(&self, resource: &str, attribute: &str) -> Value {
        let child = self.template.children.get(resource);
        if let (Some(child), Some(output)) = (child, attribute.strip_prefix("Outputs."))
            && let Some(nested) = self.world.resolver(*child)
        {
            return nested.output(output);
        }
        match self.template.names.get(resource) {
            Some(index) => self.target(*index, Some(attribute)),
            None => other(format!("{resource} is not defined in this template")),
        }
    }

    fn target(&self, index: usize, attribute: Option<&str>) -> Value {
        let Some(declared) = self.template.resources.get(index) else {
            return Value::Null;
        };
        if let Some(condition) = &declared.condition
            && self.condition(condition) == Value::Bool(false)
        {
            let id = &declared.id;
            return other(format!(
                "{id} is not created, because condition {condition} is false"
            ));
        }
        Value::Reference(Arc::new(Reference {
            target: self.key(&declared.id),
            attribute: attribute.map(Into::into),
        }))
    }

    /// The value of one of this template's outputs.
    pub(super) fn output(&self, name: &str) -> Value {
        let Some(node) = self.section("Outputs").and_then(|o| o.get(name)) else {
            return other(format!("{} has no output {name}", self.template.path));
        };
        self.once(
            Kind::Output,
            name,
            || {
                let value = map_leaves(&self.resolve_at(node, "Value"), &|leaf| match leaf {
                    Value::List(_) | Value::Map(_) => {
                        other(format!("output {name} is {}, not text", leaf.kind()))
                    }
                    leaf => leaf.clone(),
                });
                match node.get("Condition").and_then(Node::as_str) {
                    None => value,
                    Some(condition) => {
                        let absent = other(format!(
                            "output {name} does not exist when condition {condition} is false"
                        ));
                        pick(&self.condition(condition), &value, &absent)
                    }
                }
            },
            || other(format!("output {name} refers to itself")),
        )
    }

    /// Pseudo-parameters; `None` for any other name.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
    fn pseudo(&self, name: &str) -> Option<Value> {
        let what = name.strip_prefix("AWS::")?;
        let region = self.template.region.as_deref();
        let known = match what {
            "NoValue" => return Some(Value::Null),
            "Region" => region,
            "AccountId" => self.template.account.as_deref(),
            "Partition" => region.map(partition),
            "URLSuffix" => region.and_then(|region| match partition(region) {
                "aws" | "aws-us-gov" => Some("amazonaws.com"),
                "aws-cn" => Some("amazonaws.com.cn"),
                "aws-eusc" => Some("amazonaws.eu"),
                _ => None,
            }),
            _ => None,
        };
        Some(match known {
            Some(text) => Value::string(text),
            None => Value::unknown(Reason::PseudoParameter(name.into())),
        })
    }
}

/// The partition a Region is in.
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
fn partition(region: &str) -> &'static str {
    const BY_PREFIX: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("eusc-", "aws-eusc"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
    ];
    let found = BY_PREFIX
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix));
    found.map_or("aws", |(_, partition)| partition)
}
