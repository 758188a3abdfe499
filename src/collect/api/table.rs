//! The API table: what is used of AWS's service models, cut from botocore's by `generate.py`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// Everything in `table.json`.
#[derive(Debug, Default, Deserialize)]
struct Table {
    /// The Region for what is global, and the DNS suffix.
    partitions: BTreeMap<String, (String, String)>,
    services: BTreeMap<String, Service>,
}

/// A service.
#[derive(Debug, Deserialize)]
pub(in crate::collect) struct Service {
    /// The beginning of its host names.
    pub(super) prefix: String,
    /// What it is called in signatures.
    pub(in crate::collect) sign: String,
    pub(super) protocol: Protocol,
    /// The version of its API.
    #[serde(default)]
    pub(super) version: String,
    /// What stands before an operation's name in `X-Amz-Target`.
    #[serde(default)]
    pub(super) target: Option<String>,
    /// The version of JSON in its content type.
    #[serde(default)]
    pub(super) json: Option<String>,
    /// What botocore calls it in the names of settings, such as `RDS` or `Route 53`.
    #[serde(default)]
    pub(in crate::collect) id: String,
    /// Signing Region and host for partitions in which the service has one endpoint.
    #[serde(default)]
    pub(super) global: BTreeMap<String, (String, String)>,
    /// Hosts of Regions that do not follow the pattern.
    #[serde(default)]
    pub(super) hosts: BTreeMap<String, String>,
    /// Partitions without the service.
    #[serde(default)]
    pub(super) absent: Vec<String>,
    /// Regions that need not have it: if there is no such host, it is not there.
    #[serde(default)]
    pub(in crate::collect) unlisted: Vec<String>,
    operations: BTreeMap<String, Operation>,
    pub(super) shapes: BTreeMap<String, Shape>,
}

/// How a service's calls are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Protocol {
    Query,
    Ec2,
    Json,
    RestJson,
    RestXml,
}

/// An operation.
#[derive(Debug, Deserialize)]
pub(in crate::collect) struct Operation {
    /// The method of its request.
    #[serde(rename = "m")]
    pub(super) method: String,
    /// The path of its request, with names in braces.
    #[serde(rename = "u")]
    pub(super) uri: String,
    #[serde(rename = "in", default)]
    pub(super) input: Option<String>,
    #[serde(rename = "out", default)]
    pub(super) output: Option<String>,
    /// The element around the result.
    #[serde(default)]
    pub(super) wrap: Option<String>,
    /// The member of the output that is the body.
    #[serde(default)]
    pub(super) outpayload: Option<String>,
    /// The IAM action that allows it.
    pub(in crate::collect) action: String,
    #[serde(default)]
    pub(in crate::collect) page: Option<Cursor>,
}

/// How a list goes on.
#[derive(Debug, Deserialize)]
pub(in crate::collect) struct Cursor {
    /// The input that says where to go on.
    #[serde(rename = "in")]
    pub(in crate::collect) input: Vec<String>,
    /// Where the output says it.
    #[serde(rename = "out")]
    pub(in crate::collect) output: Vec<String>,
    /// The member that says whether there is more, if not the above.
    #[serde(default)]
    pub(in crate::collect) more: Option<String>,
    /// The input for how many items a page may have, and the most it takes.
    #[serde(default)]
    pub(in crate::collect) limit: Option<(String, i64)>,
}

/// The form of a value.
#[derive(Debug, Deserialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub(super) enum Shape {
    Struct {
        #[serde(rename = "m", default)]
        members: BTreeMap<String, Member>,
        #[serde(default)]
        secret: bool,
    },
    List {
        #[serde(rename = "m")]
        member: Member,
        #[serde(default)]
        flat: bool,
        #[serde(default)]
        secret: bool,
    },
    Map {
        #[serde(rename = "k")]
        key: Member,
        #[serde(rename = "v")]
        value: Member,
        #[serde(default)]
        flat: bool,
        #[serde(default)]
        secret: bool,
    },
    String {
        #[serde(default)]
        secret: bool,
        /// What follows the last slash counts.
        #[serde(default)]
        last: bool,
    },
    Bool,
    Int,
    Float,
    Time,
    Blob {
        #[serde(default)]
        secret: bool,
    },
}

impl Shape {
    /// Whether AWS marks it as nothing to write down.
    pub(super) fn is_secret(&self) -> bool {
        match self {
            Self::Struct { secret, .. }
            | Self::List { secret, .. }
            | Self::Map { secret, .. }
            | Self::String { secret, .. }
            | Self::Blob { secret } => *secret,
            Self::Bool | Self::Int | Self::Float | Self::Time => false,
        }
    }
}

/// A member of a structure, or what a list or map is of.
#[derive(Debug, Deserialize)]
pub(super) struct Member {
    #[serde(rename = "s")]
    pub(super) shape: String,
    /// Its name in requests and answers, if that is another.
    #[serde(rename = "n", default)]
    pub(super) name: Option<String>,
    /// Its name in the requests of the query protocols, if that is yet another.
    #[serde(rename = "q", default)]
    pub(super) query: Option<String>,
    /// Where it is, if not in the body.
    #[serde(rename = "l", default)]
    pub(super) location: Option<Location>,
    /// A list whose elements stand without one around them.
    #[serde(default)]
    pub(super) flat: bool,
    /// An attribute of its element.
    #[serde(default)]
    pub(super) attr: bool,
}

/// Where a member is, if not in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Location {
    Uri,
    #[serde(rename = "querystring")]
    QueryString,
    Header,
    Headers,
    StatusCode,
}

impl Service {
    /// An operation by its name.
    pub(in crate::collect) fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.get(name)
    }

    /// Whether an input of an operation is a list.
    pub(in crate::collect) fn takes_list(&self, operation: &str, input: &str) -> bool {
        let shape = self.operation(operation).and_then(|o| o.input.as_deref());
        match shape.and_then(|name| self.shape(name)) {
            Some(Shape::Struct { members, .. }) => members
                .get(input)
                .and_then(|member| self.shape(&member.shape))
                .is_some_and(|shape| matches!(shape, Shape::List { .. })),
            _ => false,
        }
    }

    pub(super) fn shape(&self, name: &str) -> Option<&Shape> {
        self.shapes.get(name)
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // A table that does not read is caught by the test below, before anything is released.
    serde_json::from_str(include_str!("table.json")).unwrap_or_default()
});

/// The Region of a partition for what is global.
pub(in crate::collect) fn home(partition: &str) -> &'static str {
    let found = TABLE.partitions.get(partition);
    found.map_or("us-east-1", |(region, _)| region)
}

/// A service by botocore's name for it.
pub(in crate::collect) fn service(name: &str) -> Option<&'static Service> {
    TABLE.services.get(name)
}

/// `rds.DescribeDBInstances` as service and operation.
pub(in crate::collect) fn split(call: &str) -> (&str, &str) {
    call.split_once('.').unwrap_or((call, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_and_is_whole() {
        let table: Table = serde_json::from_str(include_str!("table.json")).unwrap();
        assert!(table.services.len() > 20);
        for (name, service) in &table.services {
            for (operation, what) in &service.operations {
                for shape in what.input.iter().chain(&what.output) {
                    assert!(
                        service.shapes.contains_key(shape),
                        "{name}.{operation}: {shape}"
                    );
                }
            }
        }
    }
}
