//! All that was read, in one place.

use std::sync::Arc;

use super::coverage::Coverage;
use super::place::SourceFile;
use super::resource::Resource;
use super::suppression::Suppression;

/// What is known of one or more accounts at one time.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Resources, in the order the inputs were given and written.
    pub resources: Vec<Resource>,
    /// The files they came from.
    pub sources: Vec<SourceFile>,
    /// What was read whole, in part, or not at all.
    pub coverage: Coverage,
    /// Exceptions written in the sources, whether they cover a resource or not.
    pub suppressions: Vec<Suppression>,
}

/// The kinds of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputKind {
    /// A CloudFormation or SAM template, or a CDK output directory.
    CloudFormation,
    /// A Terraform or OpenTofu plan: the JSON of `terraform show -json`, or the file of
    /// `terraform plan -out`.
    TerraformPlan,
    /// Terraform or OpenTofu state: a state file, or the JSON of `terraform show -json`.
    TerraformState,
    /// A configuration snapshot or history file of AWS Config, or items from its API.
    AwsConfig,
    /// A snapshot file, as `skylint collect` writes it.
    Snapshot,
}

impl InputKind {
    /// Every kind there is.
    pub const ALL: [Self; 5] = [
        Self::CloudFormation,
        Self::TerraformPlan,
        Self::TerraformState,
        Self::AwsConfig,
        Self::Snapshot,
    ];

    /// The word used on the command line and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CloudFormation => "cloudformation",
            Self::TerraformPlan => "terraform-plan",
            Self::TerraformState => "terraform-state",
            Self::AwsConfig => "aws-config",
            Self::Snapshot => "snapshot",
        }
    }
}

impl Snapshot {
    /// Adds what another input held. Its source ids are shifted to follow the ones here.
    pub fn merge(&mut self, other: Snapshot) {
        let shift = self.sources.len();
        let exceptions = self.suppressions.len();
        self.suppressions
            .extend(other.suppressions.into_iter().map(|mut s| {
                s.location.source = s.location.source.map(|id| id + shift);
                s
            }));
        self.sources.extend(other.sources);
        self.coverage.merge(other.coverage);
        self.resources
            .extend(other.resources.into_iter().map(|mut r| {
                r.origin.source += shift;
                for index in &mut r.suppressions {
                    *index += exceptions;
                }
                r
            }));
    }

    /// The path of the file a resource came from.
    pub fn source_path(&self, resource: &Resource) -> Arc<str> {
        self.sources
            .get(resource.origin.source)
            .map_or_else(|| Arc::from(""), |s| s.path.clone())
    }
}
