//! What an earlier run found, and what has become of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::finding::{Finding, Severity, Verdict};

/// A finding as another run remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// What it is recognised by; several resources of unrelated templates may share it.
    pub fingerprint: Arc<str>,
    /// The rule's id.
    pub rule: Arc<str>,
    /// Its verdict.
    pub verdict: Verdict,
    /// How bad it was.
    pub severity: Severity,
    /// What it said.
    pub message: Arc<str>,
    /// The resource's type.
    #[serde(rename = "type")]
    pub rtype: Arc<str>,
    /// The resource's address.
    pub address: Arc<str>,
    /// Its account, if known.
    pub account: Option<Arc<str>>,
    /// Its Region, if known.
    pub region: Option<Arc<str>>,
    /// The file it was in.
    pub path: Option<Arc<str>>,
    /// Whether an exception covered it.
    pub waived: bool,
}

/// What a finding is, held against what was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    /// Nobody knew of it.
    New,
    /// It was known, and has become more severe, or was only feared.
    Worse,
    /// It was known.
    Known,
}

/// What was known, held against what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Earlier {
    /// Where it is written.
    pub path: Arc<str>,
    /// What was known, and is no longer so: the rule has nothing against the resource now.
    pub fixed: Vec<Known>,
    /// What was known, and was not judged this time.
    pub gone: Vec<Known>,
}

impl Since {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Worse => "worse",
            Self::Known => "known",
        }
    }
}

impl Known {
    /// What there is to remember of a finding.
    pub fn of(finding: &Finding) -> Self {
        let resource = &finding.resource;
        Self {
            fingerprint: base(&finding.fingerprint).into(),
            rule: Arc::clone(&finding.rule.id),
            verdict: finding.verdict,
            severity: finding.severity,
            message: Arc::clone(&finding.message),
            rtype: Arc::clone(&resource.rtype),
            address: Arc::clone(&resource.address),
            account: resource.account.clone(),
            region: resource.region.clone(),
            path: finding
                .location
                .as_ref()
                .map(|place| Arc::clone(&place.path)),
            waived: finding.waiver.is_some(),
        }
    }

    /// Whether it asks for something.
    pub fn is_problem(&self) -> bool {
        matches!(self.verdict, Verdict::Fail | Verdict::Unknown)
    }

    /// Whether it has become worse than it was.
    pub fn is_worse_than(&self, before: &Self) -> bool {
        match (before.verdict, self.verdict) {
            (Verdict::Unknown, Verdict::Fail) => true,
            (was, is) => was == is && self.severity > before.severity,
        }
    }
}

/// A fingerprint without the number that tells findings which share it apart in one report.
pub fn base(fingerprint: &str) -> &str {
    fingerprint
        .split_once('-')
        .map_or(fingerprint, |(base, _)| base)
}
