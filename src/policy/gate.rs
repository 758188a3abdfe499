//! What verdicts mean for the exit code.

use std::fmt;
use std::str::FromStr;

use crate::model::{Finding, InputFailure, Results, Severity, Since, Verdict};

/// The severity from which a failing finding fails the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// Findings of this severity and worse.
    Severity(Severity),
    /// None.
    Never,
}

impl FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "never" => Ok(Self::Never),
            other => other
                .parse()
                .map(Self::Severity)
                .map_err(|_| format!("`{other}` is not critical, high, medium, low or never")),
        }
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Severity(severity) => severity.fmt(f),
            Self::Never => f.write_str("never"),
        }
    }
}

/// When a run fails.
#[derive(Debug, Clone, Copy)]
pub struct Gate {
    /// … because of what failed.
    pub fail_on: FailOn,
    /// … because of what is not known.
    pub fail_on_unknown: bool,
}

/// How a run ends. The exit code is the same for every report format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing at or above the gate: 0.
    Passed,
    /// The gate failed: 1.
    Failed,
    /// Something could not be read or done: 2. Wins over the others, because what was not read
    /// may hold anything.
    Broken,
}

impl Outcome {
    /// How a run ends that could not read something, or that a finding fails.
    pub fn of(failures: &[InputFailure], stopped: bool) -> Self {
        match (failures.is_empty(), stopped) {
            (false, _) => Self::Broken,
            (true, true) => Self::Failed,
            (true, false) => Self::Passed,
        }
    }

    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Broken => 2,
        }
    }
}

impl Gate {
    /// How a run with these results ends.
    pub fn outcome(&self, results: &Results) -> Outcome {
        let stopped = results.findings.iter().any(|finding| self.stops(finding));
        Outcome::of(&results.failures, stopped)
    }

    /// Whether a finding fails a run.
    pub fn stops(&self, finding: &Finding) -> bool {
        if finding.waiver.is_some() || finding.since == Some(Since::Known) {
            return false;
        }
        match (finding.verdict, self.fail_on) {
            (Verdict::Fail, FailOn::Severity(least)) => finding.severity >= least,
            (Verdict::Unknown, _) => self.fail_on_unknown,
            _ => false,
        }
    }
}
