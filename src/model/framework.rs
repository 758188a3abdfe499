//! What a run says of a framework, control by control.

use std::fmt;
use std::sync::Arc;

use super::finding::Summary;

/// The key under which a rule has what only skylint says of frameworks, as `framework:control`.
pub const OWN_MAPPINGS: &str = "skylint";

/// Where a control stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// A rule fails somewhere, and nobody has excused it.
    Failed,
    /// Nothing fails, but a verdict is unknown, or a rule on it did not run.
    Undecided,
    /// What fails or is unknown is covered by reviewed exceptions.
    Waived,
    /// A rule passes somewhere, and nothing fails or is unknown.
    Satisfied,
    /// Its rules found nothing that they are about.
    OutOfScope,
    /// Its rules did not run.
    NotRun,
    /// There is no rule on it: most controls are about people and procedures.
    NotCovered,
}

impl Standing {
    /// In the order of reports: what asks for something first.
    pub const ALL: [Self; 7] = [
        Self::Failed,
        Self::Undecided,
        Self::Waived,
        Self::Satisfied,
        Self::OutOfScope,
        Self::NotRun,
        Self::NotCovered,
    ];

    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Undecided => "undecided",
            Self::Waived => "waived",
            Self::Satisfied => "satisfied",
            Self::OutOfScope => "no-resource-in-scope",
            Self::NotRun => "not-run",
            Self::NotCovered => "not-covered",
        }
    }

    /// As people read it: `12 controls: …`.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Undecided => "undecided",
            Self::Waived => "waived",
            Self::Satisfied => "satisfied",
            Self::OutOfScope => "no resource in scope",
            Self::NotRun => "rules did not run",
            Self::NotCovered => "not covered by any rule",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.in_words())
    }
}

/// Who says that a rule is about a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mapping {
    /// Somebody else has published that this check belongs to the control.
    Published,
    /// The control is this check, and no more.
    Same,
    /// Only skylint says so.
    Skylint,
}

impl Mapping {
    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Same => "same-check",
            Self::Skylint => "skylint",
        }
    }
}

/// What a rule contributes to a control.
#[derive(Debug, Clone)]
pub struct RuleStanding {
    /// Its id.
    pub id: Arc<str>,
    /// Its title.
    pub title: Arc<str>,
    /// Who says that it belongs there.
    pub mapping: Mapping,
    /// Its verdicts; `None` if it did not run.
    pub verdicts: Option<Summary>,
}

/// A control, and what the rules on it say.
#[derive(Debug, Clone)]
pub struct ControlStanding {
    /// As the framework numbers it.
    pub id: Arc<str>,
    /// What it asks for, in a few words.
    pub title: Arc<str>,
    /// Where it stands.
    pub standing: Standing,
    /// The rules on it, by id.
    pub rules: Vec<RuleStanding>,
}

/// A framework, control by control.
#[derive(Debug, Clone)]
pub struct FrameworkStanding {
    /// Its name on the command line.
    pub name: Arc<str>,
    /// Its title.
    pub title: Arc<str>,
    /// Which edition of it.
    pub edition: Arc<str>,
    /// Where that is published.
    pub url: Arc<str>,
    /// How many of its controls are listed.
    pub listed: usize,
    /// Which ones, and whose words their titles are. Prose.
    pub note: Arc<str>,
    /// How many controls that edition has; `None` where nobody counts them.
    pub size: Option<usize>,
    /// The controls that are listed, in its order; then others that some rule names.
    pub controls: Vec<ControlStanding>,
}

impl FrameworkStanding {
    /// How many controls stand so.
    pub fn count(&self, standing: Standing) -> usize {
        let controls = self.controls.iter();
        controls.filter(|c| c.standing == standing).count()
    }

    /// `46 of 99 controls are listed`.
    pub fn completeness(&self) -> String {
        let listed = self.listed;
        match self.size {
            Some(all) if all == listed => format!("all {listed} controls are listed"),
            Some(all) => format!("{listed} of {all} controls are listed"),
            None => format!("{listed} controls are listed, not all there are"),
        }
    }
}
