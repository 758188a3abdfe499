//! The first line of a snapshot file: what was read, and what was not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of the format that this build writes and reads.
pub const VERSION: u64 = 1;

/// What a snapshot file says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// The version of the format; a reader refuses a higher one than its own.
    #[serde(rename = "skylint-snapshot")]
    pub version: u64,
    /// What wrote it.
    pub tool: Tool,
    /// When reading began, in RFC 3339.
    pub started: String,
    /// When it ended.
    pub ended: String,
    /// Whether reading came to its end. What could not be read all the same is in `gaps`.
    pub complete: bool,
    /// Who read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<Caller>,
    /// The partition, such as `aws`.
    pub partition: String,
    /// The accounts that were read.
    pub accounts: Vec<String>,
    /// The Regions that were read; global services are read always.
    pub regions: Vec<String>,
    /// The types that were read, each with the properties that could be read of it, as
    /// `Replicas[].Region`.
    pub types: BTreeMap<String, Vec<String>>,
    /// How many resource lines follow.
    pub resources: u64,
    /// SHA-256 of all bytes after the manifest's line, before compression, in hexadecimal.
    pub sha256: String,
    /// What was to be read and was not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            version: VERSION,
            tool: Tool::default(),
            started: String::new(),
            ended: String::new(),
            complete: false,
            caller: None,
            partition: "aws".to_owned(),
            accounts: Vec::new(),
            regions: Vec::new(),
            types: BTreeMap::new(),
            resources: 0,
            sha256: String::new(),
            gaps: Vec::new(),
        }
    }
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Tool {
    /// This build of skylint.
    pub fn this() -> Self {
        Self {
            name: "skylint".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// An identity in AWS.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Caller {
    /// Its ARN.
    pub arn: String,
    /// Its account.
    pub account: String,
}

/// Something that was to be read and was not. What it does not name, it is about all of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Gap {
    /// The resource type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub rtype: Option<String>,
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The Region; `global` for global services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// How much is missing.
    pub status: GapStatus,
    /// The properties that are missing, of some or all resources; without it, the resources are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<String>,
    /// The call that failed, such as `rds:DescribeDBInstances`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The IAM action that it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Why, and what to do about it.
    pub reason: String,
}

/// How much is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GapStatus {
    /// All of it.
    #[default]
    Missing,
    /// Some of it.
    Partial,
}
