//! What a report is made of: a run whose findings come one by one, as often as they are asked for,
//! so that a report of a million of them costs the memory of one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Serializer, ser};

use crate::model::{
    Coverage, Earlier, Finding, InputFailure, InputSummary, Results, RuleInfo, Severity, Since,
    SourceFile, Summary, Verdict,
};

/// Where a finding is found again. Marks are in the order of the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark(pub(super) u64);

/// Shown one finding after the other.
type See<'s> = &'s mut dyn FnMut(Mark, &Finding) -> io::Result<()>;

/// Where findings are kept.
pub(super) trait Findings {
    /// Shows them all, in their order.
    fn each(&self, see: See<'_>) -> io::Result<()>;

    /// Shows those at the marks, in the order of the marks.
    fn some(&self, marks: &[Mark], see: See<'_>) -> io::Result<()>;
}

impl Findings for Vec<Finding> {
    fn each(&self, see: See<'_>) -> io::Result<()> {
        let mut marks = (0..).map(Mark);
        let mut all = self.iter().zip(&mut marks);
        all.try_for_each(|(finding, mark)| see(mark, finding))
    }

    fn some(&self, marks: &[Mark], see: See<'_>) -> io::Result<()> {
        let at = |mark: &Mark| self.get(usize::try_from(mark.0).ok()?);
        let mut found = marks.iter().filter_map(|mark| Some((*mark, at(mark)?)));
        found.try_for_each(|(mark, finding)| see(mark, finding))
    }
}

/// A verdict as most reports have it: what is excused is neither failed nor unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Standing {
    Fail,
    Unknown,
    Waived,
    Pass,
    NotApplicable,
}

impl Standing {
    pub(super) fn of(finding: &Finding) -> Self {
        match finding.verdict {
            Verdict::Fail | Verdict::Unknown if finding.waiver.is_some() => Self::Waived,
            Verdict::Fail => Self::Fail,
            Verdict::Unknown => Self::Unknown,
            Verdict::Pass => Self::Pass,
            Verdict::NotApplicable => Self::NotApplicable,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Waived => "waived",
            Self::Pass => "pass",
            Self::NotApplicable => "not-applicable",
        }
    }

    /// Whether it asks for something that nobody has excused.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Fail | Self::Unknown)
    }
}

/// What findings are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Kind {
    pub(super) standing: Standing,
    pub(super) severity: Severity,
}

impl Kind {
    fn of(finding: &Finding) -> Self {
        Self {
            standing: Standing::of(finding),
            severity: finding.severity,
        }
    }
}

/// An account and a Region, as far as they are known.
pub(super) type Spot = (Option<Arc<str>>, Option<Arc<str>>);

/// How many findings there are of each sort: what a report says before it comes to the findings.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    pub(super) findings: usize,
    by_rule: FxHashMap<(Arc<str>, Kind), usize>,
    by_spot: FxHashMap<(Spot, Kind), usize>,
    since: [usize; 3],
}

impl Tally {
    pub(super) fn add(&mut self, finding: &Finding) {
        self.findings += 1;
        let kind = Kind::of(finding);
        let rule = Arc::clone(&finding.rule.id);
        *self.by_rule.entry((rule, kind)).or_default() += 1;
        let spot = (
            finding.resource.account.clone(),
            finding.resource.region.clone(),
        );
        *self.by_spot.entry((spot, kind)).or_default() += 1;
        if let Some(since) = finding.since
            && let Some(count) = self.since.get_mut(since as usize)
        {
            *count += 1;
        }
    }

    /// How many are this, held against what was known.
    pub(super) fn since(&self, since: Since) -> usize {
        self.since.get(since as usize).copied().unwrap_or_default()
    }

    /// Counts by rule and kind.
    pub(super) fn by_rule(&self) -> impl Iterator<Item = (&str, Kind, usize)> {
        let counts = self.by_rule.iter();
        counts.map(|((rule, kind), count)| (&**rule, *kind, *count))
    }

    /// Counts by place and kind, in the order of the places.
    pub(super) fn by_spot(&self) -> BTreeMap<(&Spot, Kind), usize> {
        let counts = self.by_spot.iter();
        counts
            .map(|((spot, kind), count)| ((spot, *kind), *count))
            .collect()
    }

    /// How many are of such a kind.
    pub(super) fn count(&self, wanted: impl Fn(Kind) -> bool) -> usize {
        let counts = self.by_rule().filter(|(_, kind, _)| wanted(*kind));
        counts.map(|(.., count)| count).sum()
    }

    /// Failed and unknown of each rule that has any, the most severe rule first.
    pub(super) fn open_rules<'r>(
        &self,
        rules: &'r [Arc<RuleInfo>],
    ) -> Vec<(&'r RuleInfo, usize, usize)> {
        let mut open: FxHashMap<&str, (usize, usize)> = FxHashMap::default();
        for (rule, kind, count) in self.by_rule() {
            let (fail, unknown) = open.entry(rule).or_default();
            match kind.standing {
                Standing::Fail => *fail += count,
                Standing::Unknown => *unknown += count,
                _ => {}
            }
        }
        let mut rows: Vec<_> = rules
            .iter()
            .filter_map(|rule| {
                let (fail, unknown) = *open.get(&*rule.id)?;
                (fail + unknown > 0).then_some((&**rule, fail, unknown))
            })
            .collect();
        rows.sort_by_key(|(rule, ..)| (Reverse(rule.severity), &*rule.id));
        rows
    }
}

/// A run to be reported.
pub struct Material<'a> {
    /// The rules that ran, by id.
    pub(super) rules: &'a [Arc<RuleInfo>],
    /// The counts of each of them, in the same order, if they are known.
    pub(super) by_rule: &'a [Summary],
    /// What was read.
    pub(super) inputs: &'a [InputSummary],
    /// What could not be read.
    pub(super) failures: &'a [InputFailure],
    /// Counts over all verdicts, those that are no finding among them.
    pub(super) summary: Summary,
    pub(super) coverage: &'a Coverage,
    pub(super) sources: &'a [SourceFile],
    pub(super) earlier: Option<&'a Earlier>,
    pub(super) tally: Tally,
    findings: &'a dyn Findings,
}

impl<'a> Material<'a> {
    /// What a run that is at hand says.
    pub fn of(results: &'a Results) -> Self {
        let mut tally = Tally::default();
        results.findings.iter().for_each(|f| tally.add(f));
        Self::kept(results, &results.findings, tally)
    }

    /// The same with findings that are kept elsewhere.
    pub(super) fn kept(results: &'a Results, findings: &'a dyn Findings, tally: Tally) -> Self {
        Self {
            rules: &results.rules,
            by_rule: &results.by_rule,
            inputs: &results.inputs,
            failures: &results.failures,
            summary: results.summary,
            coverage: &results.coverage,
            sources: &results.sources,
            earlier: results.earlier.as_ref(),
            tally,
            findings,
        }
    }

    /// Shows every finding, in order.
    pub(super) fn each(&self, mut see: impl FnMut(&Finding) -> io::Result<()>) -> io::Result<()> {
        self.findings.each(&mut |_, finding| see(finding))
    }

    /// Shows every finding with its mark, in order.
    pub(super) fn each_marked(&self, mut see: impl FnMut(Mark, &Finding)) -> io::Result<()> {
        self.findings.each(&mut |mark, finding| {
            see(mark, finding);
            Ok(())
        })
    }

    /// Shows the findings at the marks.
    pub(super) fn some(
        &self,
        marks: &[Mark],
        mut see: impl FnMut(&Finding) -> io::Result<()>,
    ) -> io::Result<()> {
        self.findings.some(marks, &mut |_, finding| see(finding))
    }

    /// Writes findings (all, or those at the marks) into a list that is being serialized.
    pub(super) fn put<S: ser::SerializeSeq>(
        &self,
        marks: Option<&[Mark]>,
        list: &mut S,
        put: impl Fn(&Finding, &mut S) -> Result<(), S::Error>,
    ) -> Result<(), S::Error> {
        let mut failed = None;
        let mut see = |_: Mark, finding: &Finding| {
            put(finding, list).map_err(|error| {
                failed = Some(error);
                io::ErrorKind::Other.into()
            })
        };
        let seen = match marks {
            None => self.findings.each(&mut see),
            Some(marks) => self.findings.some(marks, &mut see),
        };
        match (failed, seen) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(ser::Error::custom(error)),
            (None, Ok(())) => Ok(()),
        }
    }

    /// Serializes all findings as a list.
    pub(super) fn list<S: Serializer>(
        &self,
        serializer: S,
        put: impl Fn(&Finding, &mut S::SerializeSeq) -> Result<(), S::Error>,
    ) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        self.put(None, &mut list, put)?;
        ser::SerializeSeq::end(list)
    }
}

/// The worst of the findings that it is shown, and how many there were.
#[derive(Debug)]
pub(super) struct Worst {
    most: usize,
    /// The least bad is at the top.
    kept: BinaryHeap<(Verdict, Reverse<Severity>, Mark)>,
    /// How many it was shown.
    pub(super) all: usize,
}

impl Worst {
    /// Keeps so many.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            kept: BinaryHeap::new(),
            all: 0,
        }
    }

    pub(super) fn see(&mut self, mark: Mark, finding: &Finding) {
        self.all += 1;
        self.kept
            .push((finding.verdict, Reverse(finding.severity), mark));
        if self.kept.len() > self.most {
            self.kept.pop();
        }
    }

    /// Failures first and the most severe of them first, else in the order of the findings.
    pub(super) fn worst_first(self) -> Vec<Mark> {
        let kept = self.kept.into_sorted_vec();
        kept.into_iter().map(|(.., mark)| mark).collect()
    }
}
