//! All that was read, in one place.

use std::sync::Arc;

use super::coverage::Coverage;
use super::place::SourceFile;
use super::resource::Resource;

/// What is known of one or more accounts at one time.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Resources, in the order the inputs were given and written.
    pub resources: Vec<Resource>,
    /// The files they came from.
    pub sources: Vec<SourceFile>,
    /// What was read whole, in part, or not at all.
    pub coverage: Coverage,
}

/// The kinds of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputKind {
    /// A CloudFormation or SAM template, or a CDK output directory.
    CloudFormation,
}

impl InputKind {
    /// Every kind there is.
    pub const ALL: [Self; 1] = [Self::CloudFormation];

    /// The word used on the command line and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CloudFormation => "cloudformation",
        }
    }
}

impl Snapshot {
    /// Adds what another input held. Its source ids are shifted to follow the ones here.
    pub fn merge(&mut self, other: Snapshot) {
        let shift = self.sources.len();
        self.sources.extend(other.sources);
        for cover in other.coverage.statements() {
            self.coverage.add(cover.clone());
        }
        self.resources
            .extend(other.resources.into_iter().map(|mut r| {
                r.origin.source += shift;
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
