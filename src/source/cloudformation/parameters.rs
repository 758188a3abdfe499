//! Template parameters: given values, defaults, and the values a template branches on.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::{Data, Node, ParseError, parse_json};
use crate::model::{Part, Reason, Switch, Value};

use super::intrinsics::other;
use super::lift::{choose, map_leaves};
use super::text;
use super::world::{Given, Kind, Resolver};

/// What stands for every value that no condition mentions.
const ANY_OTHER: &str = "any other value";

/// What a file of parameter values looks like.
const SHAPES: &str =
    "it is [{\"ParameterKey\": …, \"ParameterValue\": …}] or {\"Parameters\": {NAME: VALUE}}";

/// Reads a file of parameter values: `[{"ParameterKey": …, "ParameterValue": …}]` or `["Key=Value"]`
/// as the AWS CLI takes them, or `{"Parameters": {…}}` as CodePipeline does.
///
/// # Errors
/// What is wrong with the text, and where.
pub fn parse_file(text: &str) -> Result<BTreeMap<String, String>, ParseError> {
    let wrong = |node: &Node, message: String| ParseError {
        message,
        span: node.span,
        help: Some(SHAPES.to_owned()),
    };
    let tree = parse_json(text)?;
    let mut out = BTreeMap::new();
    if let Some(items) = tree.as_list() {
        for item in items {
            if let Some((key, value)) = item.as_str().and_then(|pair| pair.split_once('=')) {
                out.insert(key.to_owned(), value.to_owned());
                continue;
            }
            let key = item.get("ParameterKey").and_then(Node::as_str);
            let value = item.get("ParameterValue").and_then(scalar_text);
            let previous = item.get("UsePreviousValue").is_some();
            match (key, value) {
                (Some(key), Some(value)) => {
                    out.insert(key.to_owned(), value);
                }
                (Some(_), None) if previous => {}
                _ => {
                    let message = "an entry has no ParameterKey and ParameterValue".to_owned();
                    return Err(wrong(item, message));
                }
            }
        }
        return Ok(out);
    }
    let parameters = tree.get("Parameters").unwrap_or(&tree);
    let Some(entries) = parameters.as_map() else {
        let message = format!("parameters are not {}", parameters.kind());
        return Err(wrong(parameters, message));
    };
    for entry in entries {
        let Some(value) = scalar_text(&entry.value) else {
            let message = format!("{} is {}, not text", entry.key, entry.value.kind());
            return Err(wrong(&entry.value, message));
        };
        out.insert(entry.key.to_string(), value);
    }
    Ok(out)
}

/// The text of a scalar node.
pub(super) fn scalar_text(node: &Node) -> Option<String> {
    match &node.data {
        Data::String(text) => Some(text.to_string()),
        Data::Bool(b) => Some(b.to_string()),
        Data::Int(i) => Some(i.to_string()),
        Data::Float(d) => Some(d.to_string()),
        Data::Null | Data::List(_) | Data::Map(_) => None,
    }
}

impl Resolver<'_> {
    /// The value of `Ref` to a parameter.
    pub(super) fn parameter(&self, name: &str, node: &Node) -> Value {
        self.once(
            Kind::Parameter,
            name,
            || self.parameter_anew(name, node),
            || other(format!("parameter {name} refers to itself")),
        )
    }

    fn parameter_anew(&self, name: &str, node: &Node) -> Value {
        if node
            .get("NoEcho")
            .and_then(scalar_text)
            .is_some_and(|t| t == "true")
        {
            let secret = Reason::Other(format!("parameter {name} is marked NoEcho").into());
            return Value::Composed(Arc::new([Part::Unknown(Arc::new(secret))]));
        }
        let rtype = node.get("Type").and_then(Node::as_str).unwrap_or("String");
        match self.given(name) {
            Value::Null => {}
            value => {
                return map_leaves(&value, &|leaf| match leaf {
                    // Stacks hand on text only.
                    Value::List(_) | Value::Map(_) => {
                        typed(rtype, &text::concatenate(std::slice::from_ref(leaf)))
                    }
                    leaf => typed(rtype, leaf),
                });
            }
        }
        let missing = || Value::unknown(Reason::ParameterWithoutValue(name.into()));
        let default = node.get("Default").and_then(scalar_text);
        if rtype.starts_with("AWS::SSM::Parameter::") || is_list(rtype) {
            return default.map_or_else(missing, |text| typed(rtype, &Value::string(text)));
        }
        let domain = self.domain(name, node, default.as_deref());
        match domain.as_slice() {
            [] => default.map_or_else(missing, Value::string),
            [only] => Value::string(only.as_str()),
            _ => {
                let position = |text: &String| domain.iter().position(|value| value == text);
                let switch = self.switch(Kind::Parameter, name, |id| Switch {
                    id,
                    name: name.into(),
                    domain: domain.iter().map(|value| value.as_str().into()).collect(),
                    default: default.as_ref().and_then(position),
                    conditions: Box::default(),
                });
                let arms = domain.iter().map(|value| match value.as_str() {
                    ANY_OTHER if default.is_some() => Value::unknown(Reason::Other(
                        format!("parameter {name} is not at its default").into(),
                    )),
                    ANY_OTHER => missing(),
                    value => Value::string(value),
                });
                choose(&switch, arms.collect())
            }
        }
    }

    /// The values a parameter can take, as far as they make a difference.
    fn domain(&self, name: &str, node: &Node, default: Option<&str>) -> Vec<String> {
        let mut domain: Vec<String> = Vec::new();
        let mut add = |text: String| {
            if !domain.contains(&text) {
                domain.push(text);
            }
        };
        let allowed = node
            .get("AllowedValues")
            .and_then(Node::as_list)
            .unwrap_or_default();
        let compared = self.template.compared.get(name);
        if !allowed.is_empty() {
            allowed.iter().filter_map(scalar_text).for_each(add);
        } else if let Some(literals) = compared {
            default.map(str::to_owned).into_iter().for_each(&mut add);
            literals.iter().cloned().for_each(&mut add);
            // Without a default anything is possible; and one that is only ever compared with its
            // own default is compared because it may be something else.
            if default.is_none() || literals.iter().all(|text| Some(text.as_str()) == default) {
                add(ANY_OTHER.to_owned());
            }
        }
        domain
    }

    /// What the user or the parent stack sets a parameter to; `Null` for nothing.
    fn given(&self, name: &str) -> Value {
        match &self.template.given {
            Given::User(values) => values
                .get(name)
                .map(|text| Value::string(text.as_str()))
                .unwrap_or_default(),
            Given::Parent { template, resource } => {
                let Some(parent) = self.world.resolver(*template) else {
                    return Value::Null;
                };
                let stack = parent.template.resources.get(*resource);
                let node = stack
                    .and_then(|stack| stack.properties.as_ref())
                    .and_then(|properties| properties.get("Parameters"))
                    .and_then(|parameters| parameters.get(name));
                node.map(|node| parent.resolve(node)).unwrap_or_default()
            }
        }
    }

    /// Whether a node is `Ref` to a parameter one arm of which is "any other value" than the text.
    pub(super) fn is_other_than(&self, node: &Node, text: &str) -> bool {
        let Some(("Ref", argument)) = super::intrinsics::call(node) else {
            return false;
        };
        let key = (
            Kind::Parameter,
            argument.as_str().unwrap_or_default().to_owned(),
        );
        let switches = self.template.cache.switches.borrow();
        switches.get(&key).is_some_and(|switch| {
            switch.domain.iter().any(|value| &**value == ANY_OTHER)
                && switch.domain.iter().any(|value| &**value == text)
        })
    }
}

fn is_list(rtype: &str) -> bool {
    rtype == "CommaDelimitedList" || rtype.starts_with("List<")
}

/// A parameter's text as its type makes it.
fn typed(rtype: &str, value: &Value) -> Value {
    match value {
        Value::Bool(_) | Value::Int(_) | Value::Double(_) => {
            let text = text::scalar(value).unwrap_or_default();
            typed(rtype, &Value::string(text))
        }
        Value::String(name) if rtype.starts_with("AWS::SSM::Parameter::Value<") => {
            let text = format!("{{{{resolve:ssm:{name}}}}}");
            Value::unknown(Reason::DynamicReference(text.into()))
        }
        Value::String(text) if is_list(rtype) => Value::List(
            text.split(',')
                .map(|item| Value::string(item.trim()))
                .collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_parameter_file_is_read() {
        for text in [
            r#"[{"ParameterKey": "A", "ParameterValue": "1"}]"#,
            r#"["A=1"]"#,
            r#"{"Parameters": {"A": "1"}, "Tags": {}}"#,
            r#"{"A": 1}"#,
        ] {
            let read = parse_file(text).unwrap();
            assert_eq!(read.get("A").map(String::as_str), Some("1"), "{text}");
        }
        for text in ["[1]", "3", "{", r#"{"A": []}"#] {
            assert!(parse_file(text).is_err(), "{text}");
        }
    }
}
