//! What the rules found.

use std::fmt;
use std::iter::Sum;
use std::str::FromStr;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::coverage::Coverage;
use super::earlier::{Earlier, Since};
use super::place::{Location, SourceFile};

/// How bad a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Worth planning.
    Medium,
    /// Worth doing now.
    High,
    /// Worth waking someone.
    Critical,
}

impl Severity {
    /// From worst to least.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word used in rule files, on the command line and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|s| s.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not critical, high, medium or low"))
    }
}

/// A rule's answer for one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The requirement does not hold.
    Fail,
    /// It cannot be known whether it holds.
    Unknown,
    /// It holds.
    Pass,
    /// The rule has nothing to say about this resource.
    NotApplicable,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 4] = [Self::Fail, Self::Unknown, Self::Pass, Self::NotApplicable];

    /// The word used in rule files and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Pass => "pass",
            Self::NotApplicable => "not-applicable",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Verdict {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|v| v.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not fail, unknown, pass or not-applicable"))
    }
}

/// What reports need to know of a rule. Text fields are Markdown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RuleInfo {
    /// `DB-001`.
    pub id: Arc<str>,
    /// `rds-instance-multi-az`.
    pub slug: Arc<str>,
    /// The domain: what its id begins with, in lower case, such as `db`.
    pub domain: Arc<str>,
    /// One line: what is wrong when it fails.
    pub title: Arc<str>,
    /// How bad, unless the circumstances say otherwise.
    pub severity: Severity,
    /// The resource types it judges.
    pub resources: Vec<Arc<str>>,
    /// Why it matters.
    pub why: Arc<str>,
    /// What to do.
    pub fix: Arc<str>,
    /// Property settings that would make it pass, as YAML text; empty where none can be named.
    pub fix_set: Arc<str>,
    /// Documentation, as URLs.
    pub references: Vec<Arc<str>>,
    /// The same check elsewhere: (tool, its ids).
    #[serde(serialize_with = "write_pairs", deserialize_with = "read_pairs")]
    pub equivalents: Vec<(Arc<str>, Vec<Arc<str>>)>,
    /// Controls it supports: (framework, its controls).
    #[serde(serialize_with = "write_pairs", deserialize_with = "read_pairs")]
    pub frameworks: Vec<(Arc<str>, Vec<Arc<str>>)>,
}

/// How a resource is named in reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceName {
    /// CloudFormation type.
    #[serde(rename = "type")]
    pub rtype: Arc<str>,
    /// Logical or physical id.
    pub id: Arc<str>,
    /// The id with the path of stacks or modules.
    pub address: Arc<str>,
    /// ARN, if known.
    pub arn: Option<Arc<str>>,
    /// Account, if known.
    pub account: Option<Arc<str>>,
    /// Region code; `global`; `None` if not known.
    pub region: Option<Arc<str>>,
    /// CDK construct path.
    pub construct: Option<Arc<str>>,
}

/// A value that a verdict rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The address of the resource, when it is not the one judged.
    pub resource: Option<Arc<str>>,
    /// The property path; for an answer of the graph, the question in words.
    pub property: Arc<str>,
    /// What was read there. Sensitive values are never put here.
    pub value: serde_json::Value,
    /// Nobody set it: this is what its absence means.
    pub default: bool,
    /// Where, when it stands in a file.
    pub location: Option<Location>,
}

/// Another place that belongs to a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Related {
    /// What it has to do with it.
    pub message: Arc<str>,
    /// Where it is.
    pub location: Location,
}

/// A step of a way that a verdict rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathStep {
    /// What the step is: `checkout.example.eu (geolocation EU)`, `alb in us-east-1`.
    pub message: Arc<str>,
    /// The address of the resource, if it was read.
    pub resource: Option<Arc<str>>,
    /// Where it is written, when it stands in a file.
    pub location: Option<Location>,
}

/// Why a verdict is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownReport {
    /// In one sentence.
    pub reason: Arc<str>,
    /// Each property that was not known: (property, reason).
    pub because: Vec<(Arc<str>, Arc<str>)>,
    /// Under which parameters it fails, in words; empty when it is not a matter of parameters.
    pub fails_when: Vec<Arc<str>>,
    /// Under which parameters it passes.
    pub passes_when: Vec<Arc<str>>,
}

/// A reviewed exception that covers a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waived {
    /// Why it was accepted.
    pub reason: Arc<str>,
    /// Who answers for it; nobody in particular for one that is written beside the resource.
    pub owner: Option<Arc<str>>,
    /// The last day it holds, as YYYY-MM-DD.
    pub expires: Option<Arc<str>>,
}

/// One rule's verdict on one resource, ready to be reported.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule.
    pub rule: Arc<RuleInfo>,
    /// Its answer.
    pub verdict: Verdict,
    /// How bad, under the circumstances.
    pub severity: Severity,
    /// One sentence about this resource.
    pub message: Arc<str>,
    /// Whom it is about.
    pub resource: ResourceName,
    /// The property to look at; empty for the resource as a whole.
    pub property: Arc<str>,
    /// Where that stands.
    pub location: Option<Location>,
    /// The settings that would make it pass, as one writes them where the resource was written.
    pub fix_set: Arc<str>,
    /// What the verdict rests on.
    pub evidence: Vec<Evidence>,
    /// Why it is unknown, when it is.
    pub unknown: Option<UnknownReport>,
    /// Other places worth a look.
    pub related: Vec<Related>,
    /// The ways through DNS, CDNs and load balancers that the verdict rests on.
    pub paths: Vec<Vec<PathStep>>,
    /// Hash of rule, account, Region and resource: the same as long as they are.
    pub fingerprint: Arc<str>,
    /// The exception that covers it.
    pub waiver: Option<Waived>,
    /// What it is, held against what was known; `None` if nothing was, or it asks for nothing.
    pub since: Option<Since>,
}

/// One input, as reports list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputSummary {
    /// As the user named it.
    pub path: Arc<str>,
    /// What it turned out to be.
    pub kind: &'static str,
    /// How many resources it held.
    pub resources: usize,
}

/// Something about the inputs that has to be said. Among [`Results::failures`] it is an input that
/// could not be read, or only in part, and makes the exit code 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFailure {
    /// The input, as the user named it; empty if it is about none in particular.
    pub path: Arc<str>,
    /// What is wrong, in a sentence without a full stop.
    pub message: Arc<str>,
    /// Where in the file, when it is text.
    pub location: Option<Location>,
    /// What to do about it.
    pub help: Option<Arc<str>>,
}

/// How many verdicts of each kind there were, reported or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// The requirement holds.
    pub pass: usize,
    /// It does not, and no waiver covers that.
    pub fail: usize,
    /// It cannot be known, and no waiver covers that.
    pub unknown: usize,
    /// Nothing to judge.
    pub not_applicable: usize,
    /// It does not hold or cannot be known, and a waiver covers that.
    pub waived: usize,
}

impl Summary {
    /// Counts a finding.
    pub fn add(&mut self, finding: &Finding) {
        match finding.verdict {
            Verdict::Fail | Verdict::Unknown if finding.waiver.is_some() => self.waived += 1,
            Verdict::Fail => self.fail += 1,
            Verdict::Unknown => self.unknown += 1,
            Verdict::Pass => self.pass += 1,
            Verdict::NotApplicable => self.not_applicable += 1,
        }
    }
}

impl Sum for Summary {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            pass: sum.pass + one.pass,
            fail: sum.fail + one.fail,
            unknown: sum.unknown + one.unknown,
            not_applicable: sum.not_applicable + one.not_applicable,
            waived: sum.waived + one.waived,
        })
    }
}

/// Everything a run has to say. Reports are made from this alone.
#[derive(Debug, Default)]
pub struct Results {
    /// The rules that ran, by id.
    pub rules: Vec<Arc<RuleInfo>>,
    /// The counts of each of them, in the same order; fewer where that is not known.
    pub by_rule: Vec<Summary>,
    /// What was read.
    pub inputs: Vec<InputSummary>,
    /// What could not be read.
    pub failures: Vec<InputFailure>,
    /// What the user should know all the same. Not a part of any report.
    pub warnings: Vec<InputFailure>,
    /// Failures and unknowns (with `--show all` every verdict), in a fixed order.
    pub findings: Vec<Finding>,
    /// Counts over all verdicts.
    pub summary: Summary,
    /// What was read whole, in part, or not at all.
    pub coverage: Coverage,
    /// The text of the files, for quoting.
    pub sources: Vec<SourceFile>,
    /// What was known before, held against this.
    pub earlier: Option<Earlier>,
    /// Of what was to be watched, how many there is nothing against now, by fingerprint.
    pub judged: FxHashMap<Arc<str>, usize>,
}

impl Results {
    /// How many findings are this, held against what was known.
    pub fn since(&self, since: Since) -> usize {
        let findings = self.findings.iter();
        findings.filter(|f| f.since == Some(since)).count()
    }
}

type Pairs = Vec<(Arc<str>, Vec<Arc<str>>)>;

fn write_pairs<S: Serializer>(pairs: &Pairs, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, ids)| (name, ids)))
}

fn read_pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Pairs, D::Error> {
    // Unlike other maps of the standard library it keeps the order.
    let map = serde_json::Map::deserialize(deserializer)?;
    let read = |(name, ids): (String, serde_json::Value)| {
        let ids = serde_json::from_value(ids).map_err(serde::de::Error::custom)?;
        Ok((name.into(), ids))
    };
    map.into_iter().map(read).collect()
}
