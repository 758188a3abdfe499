//! One AWS resource.

use std::sync::Arc;

use super::place::{Path, Segment, SourceId};
use super::region::Region;
use super::value::{Map, Value};

/// What facts that only a running account has are under, beside the properties.
pub const OBSERVED: &str = "observed";

/// One AWS resource, in CloudFormation's words whatever door it came in by.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its CloudFormation type, such as `AWS::RDS::DBInstance`.
    pub rtype: Arc<str>,
    /// Unique in the snapshot: the input's path, `#`, and the address.
    pub key: Arc<str>,
    /// Logical id in a template, physical id in an account.
    pub id: Arc<str>,
    /// The id with the path of stacks or modules that leads to it.
    pub address: Arc<str>,
    /// Its ARN, where it is known.
    pub arn: Option<Arc<str>>,
    /// Other texts by which resources may name it: its physical id, the host name it answers at.
    pub names: Box<[Arc<str>]>,
    /// The account it is in, where that is known.
    pub account: Option<Arc<str>>,
    /// The Region it is in.
    pub region: Region,
    /// Its properties, in CloudFormation's names and nesting, defaults of its door filled in.
    pub properties: Map,
    /// Facts only a running account has.
    pub observed: Map,
    /// When it was as this says, in RFC 3339, where that is known.
    pub captured: Option<Arc<str>>,
    /// Whether it will exist: `Bool(true)`, or a choice or unknown under a template condition.
    pub exists: Value,
    /// Where it was written.
    pub origin: Origin,
    /// The construct path of a CDK resource, such as `Shop/Orders/Db`.
    pub construct: Option<Arc<str>>,
    /// What a state says it depends on, beside what its properties say.
    pub depends: Option<Arc<Depends>>,
    /// The exceptions written beside it, by index in
    /// [`Snapshot::suppressions`](super::Snapshot::suppressions).
    pub suppressions: Box<[usize]>,
}

/// What a state says a resource depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Depends {
    /// The block that the resource is an instance of, such as `module.shop.aws_lb.this`.
    pub block: Box<str>,
    /// The blocks it depends on, in the same form.
    pub on: Box<[Box<str>]>,
}

/// Where a resource was written, symbolically.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The file.
    pub source: SourceId,
    /// The resource's own node in the file, such as `Resources.Db`.
    pub node: Path,
    /// What its properties stand under when it is not `node` + `Properties`, longest prefix
    /// first: (property path in the model, path in the file). A record of a
    /// `RecordSetGroup` maps the empty path to `Resources.Group.Properties.RecordSets[2]`.
    pub moved: Box<[(Path, Path)]>,
    /// Other places that led to it, such as the line of a CDK app.
    pub behind: Box<[Behind]>,
}

/// A place outside the inputs that led to a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// What it has to do with the resource.
    pub what: Box<str>,
    /// The file.
    pub path: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl Resource {
    /// A property by name, if set.
    pub fn property(&self, name: &str) -> Option<&Value> {
        self.properties.get(name)
    }

    /// What a path leads to: among the properties, or what was observed.
    pub fn at(&self, path: &[Segment]) -> Option<&Value> {
        match path {
            [Segment::Key(first), Segment::Key(fact), rest @ ..] if **first == *OBSERVED => {
                self.observed.get(fact)?.at(rest)
            }
            [Segment::Key(name), rest @ ..] => self.properties.get(name)?.at(rest),
            _ => None,
        }
    }
}
