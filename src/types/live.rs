//! How the resources of a type are found in a live account: the `live:` block of its file.
//!
//! ```yaml
//! live:
//!   call: dynamodb.ListTables                 # botocore's names: service.Operation
//!   input: { Scope: REGIONAL }                # a literal, or $.Name of the parent, $item, $region, $account
//!   items: TableNames[]                       # where they are in the answer
//!   at: global                                # called once, not in every Region
//!   each: AWS::Route53::HostedZone            # called for each resource of that type, the parent
//!   each-where: { $input.Scope: [REGIONAL] }  # … if it is one of these
//!   for: { ResourceType: [A, B] }             # called for each of these inputs
//!   describe: { call: dynamodb.DescribeTable, input: { TableName: $item }, take: Table }
//!   then:                                     # what else is asked about each
//!     Backups: { call: dynamodb.DescribeContinuousBackups, input: { TableName: $.TableName }, take: X }
//!   where: { Engine: [a, b] }                 # only these; where-not: all but these
//!   id: TableName                             # a path, or a text with paths in braces
//!   arn: TableArn
//!   names: [TableId]                          # what else others call it
//!   tags: $Tags.Tags
//!   absent: [ResourceNotFoundException]       # errors that mean that there is none
//! ```
//!
//! Or `live: none`: no running account has any, because the service has ended. Or `live: contained`:
//! resources of other types hold it.

use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

use crate::document::{Data, Node};

/// How resources of a type are found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// The operation that lists them.
    pub call: Box<str>,
    /// What it is called with.
    pub input: Vec<(Box<str>, Given)>,
    /// Where they are in the answer; empty where the answer is the item.
    pub items: Box<str>,
    /// It is called once for the partition.
    pub global: bool,
    /// It is called for each resource of this type.
    pub each: Option<Arc<str>>,
    /// … that passes these.
    pub each_filters: Vec<Filter>,
    /// It is called for each of these inputs.
    pub variants: Vec<(Box<str>, Vec<Box<str>>)>,
    /// What says more of each than the list does.
    pub describe: Option<Detail>,
    /// What else is asked about each, by the name that columns use after `$`.
    pub then: Vec<(Arc<str>, Detail)>,
    /// Fields and the values that they have, or have not.
    pub filters: Vec<Filter>,
    /// Errors that mean that there are none.
    pub absent: Vec<Box<str>>,
    /// Its id: a path or a template.
    pub id: Box<str>,
    /// Its ARN, likewise.
    pub arn: Option<Box<str>>,
    /// Paths or templates of other texts that name it.
    pub names: Vec<Box<str>>,
    /// The path of its own Region, where the list is not a Region's.
    pub region: Option<Box<str>>,
    /// The path of its tags.
    pub tags: Option<Box<str>>,
}

/// A further call about a resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Detail {
    /// The operation.
    pub call: Box<str>,
    /// What it is called with.
    pub input: Vec<(Box<str>, Given)>,
    /// What is taken of the answer; empty for all of it.
    pub take: Box<str>,
    /// How many it takes at a time.
    pub batch: Option<usize>,
    /// The field of an answer that says which it is about.
    pub matches: Option<Box<str>>,
    /// What the list said stays.
    pub merge: bool,
    /// Errors that mean that there is none.
    pub absent: Vec<Box<str>>,
    /// The items that it is called for.
    pub filters: Vec<Filter>,
}

/// An input of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// This text.
    Text(Box<str>),
    /// This truth.
    Bool(bool),
    /// This number.
    Int(i64),
    /// These texts.
    List(Vec<Box<str>>),
    /// These, by name.
    Map(Vec<(Box<str>, Given)>),
    /// What is at a path of the resource in question: `$.Name`, `$item`, `$region`.
    Path(Box<str>),
}

/// Which items are of the type.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// The field.
    pub path: Box<str>,
    /// Its values.
    pub values: Vec<Box<str>>,
    /// Whether it must have one of them, or must not.
    pub wanted: bool,
}

/// Whether what a running account answers about a type has a member of this name.
pub(super) fn answers(rtype: &str, name: &str) -> bool {
    static NAMES: LazyLock<FxHashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
        let lines = include_str!("schema/live.txt").lines();
        let lines = lines.filter(|line| !line.starts_with('#'));
        let names = lines.map(|line| {
            let mut words = line.split('\t');
            (words.next().unwrap_or_default(), words.collect())
        });
        names.collect()
    });
    NAMES.get(rtype).is_some_and(|names| names.contains(&name))
}

/// Reads a `live:` block: one plan, or several; none for a type of
/// which there is nothing to ask for.
pub(super) fn parse(node: &Node) -> Result<Vec<Plan>, String> {
    match &node.data {
        Data::String(text) if matches!(&**text, "none" | "contained") => Ok(Vec::new()),
        Data::List(items) => items.iter().map(plan).collect(),
        _ => Ok(vec![plan(node)?]),
    }
}

fn plan(node: &Node) -> Result<Plan, String> {
    let mut plan = Plan::default();
    for entry in node.as_map().ok_or("live is not a mapping")? {
        let value = &entry.value;
        match &*entry.key {
            "call" => plan.call = text(value)?,
            "input" => plan.input = input(value)?,
            "items" => plan.items = text(value)?,
            "at" if value.as_str() == Some("global") => plan.global = true,
            "each" => plan.each = Some(text(value)?.into()),
            "each-where" => plan.each_filters = filters(value, true)?,
            "absent" => plan.absent = texts(value)?,
            "for" => {
                for entry in value.as_map().ok_or("for is not a mapping")? {
                    plan.variants
                        .push((entry.key.clone(), texts(&entry.value)?));
                }
            }
            "describe" => plan.describe = Some(detail(value)?),
            "then" => {
                for entry in value.as_map().ok_or("then is not a mapping")? {
                    let name = entry.key.as_ref().into();
                    plan.then.push((name, detail(&entry.value)?));
                }
            }
            key @ ("where" | "where-not") => {
                plan.filters.extend(filters(value, key == "where")?);
            }
            "id" => plan.id = text(value)?,
            "arn" => plan.arn = Some(text(value)?),
            "names" => plan.names = texts(value)?,
            "region" => plan.region = Some(text(value)?),
            "tags" => plan.tags = Some(text(value)?),
            other => return Err(format!("live: unknown key {other}")),
        }
    }
    if plan.call.is_empty() || plan.id.is_empty() {
        return Err("live wants call and id".to_owned());
    }
    Ok(plan)
}

fn detail(node: &Node) -> Result<Detail, String> {
    let mut detail = Detail::default();
    for entry in node.as_map().ok_or("a call is a mapping")? {
        let value = &entry.value;
        match &*entry.key {
            "call" => detail.call = text(value)?,
            "input" => detail.input = input(value)?,
            "take" => detail.take = text(value)?,
            "batch" => match value.data {
                Data::Int(number) => detail.batch = usize::try_from(number).ok(),
                _ => return Err("batch wants a number".to_owned()),
            },
            "match" => detail.matches = Some(text(value)?),
            "merge" => detail.merge = matches!(value.data, Data::Bool(true)),
            "absent" => detail.absent = texts(value)?,
            key @ ("where" | "where-not") => {
                detail.filters.extend(filters(value, key == "where")?);
            }
            other => return Err(format!("live: unknown key {other}")),
        }
    }
    Ok(detail)
}

/// Whether a text speaks of the resource in question; EC2 takes the text `$Default`.
fn is_path(text: &str) -> bool {
    let ends = ["$item", "$region", "$account"].contains(&text);
    ends || ["$.", "$parent.", "$outer.", "$input."]
        .iter()
        .any(|start| text.starts_with(start))
}

fn filters(node: &Node, wanted: bool) -> Result<Vec<Filter>, String> {
    let mut filters = Vec::new();
    for pair in node.as_map().ok_or("where is not a mapping")? {
        filters.push(Filter {
            path: pair.key.clone(),
            values: texts(&pair.value)?,
            wanted,
        });
    }
    Ok(filters)
}

fn input(node: &Node) -> Result<Vec<(Box<str>, Given)>, String> {
    let mut inputs = Vec::new();
    for entry in node.as_map().ok_or("input is not a mapping")? {
        let given = match &entry.value.data {
            Data::String(text) if is_path(text) => Given::Path(text.as_ref().into()),
            Data::String(text) => Given::Text(text.as_ref().into()),
            Data::Bool(value) => Given::Bool(*value),
            Data::Int(value) => Given::Int(*value),
            Data::List(_) => Given::List(texts(&entry.value)?),
            Data::Map(_) => Given::Map(input(&entry.value)?),
            _ => return Err(format!("{}: not an input", entry.key)),
        };
        inputs.push((entry.key.clone(), given));
    }
    Ok(inputs)
}

fn text(node: &Node) -> Result<Box<str>, String> {
    node.as_str()
        .map(Box::from)
        .ok_or_else(|| "wants a text".to_owned())
}

fn texts(node: &Node) -> Result<Vec<Box<str>>, String> {
    match &node.data {
        Data::List(items) => items.iter().map(plain).collect(),
        _ => Ok(vec![plain(node)?]),
    }
}

/// A text, or a truth or number as one.
fn plain(node: &Node) -> Result<Box<str>, String> {
    match &node.data {
        Data::Bool(value) => Ok(value.to_string().into()),
        Data::Int(value) => Ok(value.to_string().into()),
        _ => text(node),
    }
}
