//! A run as lines of JSON, one record on each, with everything that a report is made from: any
//! other report can be made of it later. `docs/reports.md` describes the records.

use std::borrow::Cow;
use std::io::{self, BufRead};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::model::{
    Cover, Earlier, Evidence, Finding, InputFailure, InputKind, InputSummary, Location, PathStep,
    Related, ResourceName, Results, RuleInfo, Severity, Since, SourceFile, Span, Summary,
    UnknownReport, Verdict, Waived,
};

use super::Settings;

const VERSION: u32 = 1;

/// A line. The run comes first and findings last: what they refer to is known by then.
#[derive(Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
enum Line<'a> {
    Run(Run<'a>),
    Rule(Box<Rule<'a>>),
    Input(Input<'a>),
    Source(Source<'a>),
    Failure(Cow<'a, InputFailure>),
    Coverage(Cow<'a, Cover>),
    Baseline(Cow<'a, Earlier>),
    Finding(Box<Entry<'a>>),
}

#[derive(Serialize, Deserialize)]
struct Run<'a> {
    version: u32,
    tool: Tool<'a>,
    summary: Summary,
    /// The accounts that were read.
    accounts: Vec<Arc<str>>,
    /// How many findings follow: whoever has fewer has half a file.
    findings: usize,
}

#[derive(Serialize, Deserialize)]
struct Rule<'a> {
    #[serde(flatten)]
    info: Cow<'a, RuleInfo>,
    /// How its verdicts are spread, reported or not.
    verdicts: Option<Summary>,
}

#[derive(Serialize, Deserialize)]
struct Tool<'a> {
    name: Cow<'a, str>,
    version: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
struct Input<'a> {
    path: Cow<'a, str>,
    kind: Cow<'a, str>,
    resources: usize,
}

/// A file that was read. Its text is not here: a report that quotes it needs the same file.
#[derive(Serialize, Deserialize)]
struct Source<'a> {
    path: Cow<'a, str>,
    /// `None` for a file of which no run keeps the whole text.
    sha256: Option<Cow<'a, str>>,
    confidential: bool,
    kind: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
struct Entry<'a> {
    rule: Cow<'a, str>,
    verdict: Verdict,
    severity: Severity,
    message: Cow<'a, str>,
    resource: Cow<'a, ResourceName>,
    property: Cow<'a, str>,
    location: Option<Cow<'a, Location>>,
    evidence: Cow<'a, [Evidence]>,
    unknown: Option<Cow<'a, UnknownReport>>,
    related: Cow<'a, [Related]>,
    paths: Cow<'a, [Vec<PathStep>]>,
    fix_set: Cow<'a, str>,
    fingerprint: Cow<'a, str>,
    waiver: Option<Cow<'a, Waived>>,
    baseline: Option<Since>,
}

impl<'a> From<&'a Finding> for Entry<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            rule: Cow::Borrowed(&finding.rule.id),
            verdict: finding.verdict,
            severity: finding.severity,
            message: Cow::Borrowed(&finding.message),
            resource: Cow::Borrowed(&finding.resource),
            property: Cow::Borrowed(&finding.property),
            location: finding.location.as_ref().map(Cow::Borrowed),
            evidence: Cow::Borrowed(&finding.evidence),
            unknown: finding.unknown.as_ref().map(Cow::Borrowed),
            related: Cow::Borrowed(&finding.related),
            paths: Cow::Borrowed(&finding.paths),
            fix_set: Cow::Borrowed(&finding.fix_set),
            fingerprint: Cow::Borrowed(&finding.fingerprint),
            waiver: finding.waiver.as_ref().map(Cow::Borrowed),
            baseline: finding.since,
        }
    }
}

impl Entry<'_> {
    fn into_finding(self, rule: Arc<RuleInfo>) -> Finding {
        Finding {
            rule,
            verdict: self.verdict,
            severity: self.severity,
            message: self.message.into(),
            resource: self.resource.into_owned(),
            property: self.property.into(),
            location: self.location.map(Cow::into_owned),
            fix_set: self.fix_set.into(),
            evidence: self.evidence.into_owned(),
            unknown: self.unknown.map(Cow::into_owned),
            related: self.related.into_owned(),
            paths: self.paths.into_owned(),
            fingerprint: self.fingerprint.into(),
            waiver: self.waiver.map(Cow::into_owned),
            since: self.baseline,
        }
    }
}

/// Why lines are not a run.
#[derive(Debug, Error)]
pub enum ReadError {
    /// They could not be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A line is not what it should be.
    #[error("line {line}: {message}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// Something is missing.
    #[error("{0}")]
    Incomplete(String),
}

/// A text, and where its lines begin.
struct Lines {
    text: Arc<str>,
    starts: Vec<usize>,
}

impl Lines {
    fn new(text: Arc<str>) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(ends).collect();
        Self { text, starts }
    }

    /// The byte at a line and column, which count from 1.
    fn byte(&self, line: usize, column: usize) -> Option<usize> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).copied();
        let line = self.text.get(start..end.unwrap_or(self.text.len()))?;
        let mut characters = line.char_indices().map(|(at, _)| at);
        let within = characters.nth(column.checked_sub(1)?);
        Some(start + within.unwrap_or(line.len()))
    }
}

/// Finds the bytes of a place again: lines and columns are the same in every text, bytes are those
/// of the text at hand.
fn find(location: &mut Location, texts: &[Lines]) {
    let span = location.source.and_then(|id| {
        let lines = texts.get(id)?;
        let start = lines.byte(location.line, location.column)?;
        let end = lines.byte(location.end_line, location.end_column)?;
        Some(Span::new(start, end))
    });
    location.span = span.unwrap_or_default();
}

fn digest(text: &str) -> String {
    let bytes = Sha256::digest(text.as_bytes());
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes the records.
pub(super) fn write(
    results: &Results,
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let mut line = |line: Line<'_>| {
        super::to_json_line(&mut *w, &line)?;
        w.write_all(b"\n")
    };
    line(Line::Run(Run {
        version: VERSION,
        tool: Tool {
            name: "skylint".into(),
            version: settings.version.into(),
        },
        summary: results.summary,
        accounts: results.coverage.accounts().cloned().collect(),
        findings: results.findings.len(),
    }))?;
    for (at, rule) in results.rules.iter().enumerate() {
        line(Line::Rule(Box::new(Rule {
            info: Cow::Borrowed(rule),
            verdicts: results.by_rule.get(at).copied(),
        })))?;
    }
    for input in &results.inputs {
        line(Line::Input(Input {
            path: Cow::Borrowed(&input.path),
            kind: input.kind.into(),
            resources: input.resources,
        }))?;
    }
    for source in &results.sources {
        line(Line::Source(Source {
            path: Cow::Borrowed(&source.path),
            sha256: (source.kind != Some(InputKind::Snapshot)).then(|| digest(&source.text).into()),
            confidential: source.confidential,
            kind: source.kind.map(|kind| kind.as_str().into()),
        }))?;
    }
    for failure in &results.failures {
        line(Line::Failure(Cow::Borrowed(failure)))?;
    }
    for cover in results.coverage.statements() {
        line(Line::Coverage(Cow::Borrowed(cover)))?;
    }
    if let Some(earlier) = &results.earlier {
        line(Line::Baseline(Cow::Borrowed(earlier)))?;
    }
    for finding in &results.findings {
        line(Line::Finding(Box::new(finding.into())))?;
    }
    Ok(())
}

/// Reads what [`write`] wrote. `open` gives the text of a file that was read then: it is quoted if
/// it is still the same.
///
/// # Errors
/// If the lines are not those of a whole run.
pub fn read(
    lines: impl BufRead,
    open: &dyn Fn(&str) -> Option<Arc<str>>,
) -> Result<Results, ReadError> {
    let mut results = Results::default();
    let mut rules: FxHashMap<Arc<str>, Arc<RuleInfo>> = FxHashMap::default();
    let mut texts: Vec<Lines> = Vec::new();
    let mut announced = None;
    for (text, number) in lines.lines().zip(1..) {
        let text = text?;
        if text.trim().is_empty() {
            continue;
        }
        let wrong = |message: String| ReadError::Line {
            line: number,
            message,
        };
        let line: Line<'_> = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        if announced.is_none() && !matches!(line, Line::Run(_)) {
            return Err(wrong("the record `run` should come first".to_owned()));
        }
        match line {
            Line::Run(_) if announced.is_some() => {
                return Err(wrong("a second run: a file holds one".to_owned()));
            }
            Line::Run(run) if run.version != VERSION => {
                let message = format!("version {} is not one this skylint reads", run.version);
                return Err(wrong(message));
            }
            Line::Run(run) => {
                announced = Some(run.findings);
                results.summary = run.summary;
                for account in run.accounts {
                    results.coverage.read_account(account);
                }
            }
            Line::Rule(rule) => {
                // All of them, or none: they are told apart by their order.
                if results.by_rule.len() == results.rules.len() {
                    results.by_rule.extend(rule.verdicts);
                }
                let rule = Arc::new(rule.info.into_owned());
                rules.insert(Arc::clone(&rule.id), Arc::clone(&rule));
                results.rules.push(rule);
            }
            Line::Input(input) => {
                let kinds = InputKind::ALL.into_iter().map(InputKind::as_str);
                let kind = kinds.chain(["live"]).find(|kind| *kind == input.kind);
                results.inputs.push(InputSummary {
                    kind: kind.ok_or_else(|| wrong(format!("no kind `{}`", input.kind)))?,
                    path: input.path.into(),
                    resources: input.resources,
                });
            }
            Line::Source(source) => {
                let known = source.sha256.as_deref();
                let text = known.and_then(|known| {
                    let text = open(&source.path)?;
                    (digest(&text) == known).then_some(text)
                });
                // Nothing can be quoted from a file without text.
                let text = text.unwrap_or_default();
                texts.push(Lines::new(Arc::clone(&text)));
                let path = source.path.into();
                let mut file = SourceFile::new(path, text, source.confidential);
                file.kind = InputKind::ALL
                    .into_iter()
                    .find(|kind| source.kind.as_deref() == Some(kind.as_str()));
                results.sources.push(file);
            }
            Line::Failure(failure) => {
                let mut failure = failure.into_owned();
                failure.location.iter_mut().for_each(|l| find(l, &texts));
                results.failures.push(failure);
            }
            Line::Coverage(cover) => results.coverage.add(cover.into_owned()),
            Line::Baseline(earlier) => results.earlier = Some(earlier.into_owned()),
            Line::Finding(entry) => {
                let rule = rules.get(&*entry.rule).cloned();
                let rule = rule.ok_or_else(|| wrong(format!("no rule `{}`", entry.rule)))?;
                let mut finding = entry.into_finding(rule);
                let evidence = finding.evidence.iter_mut();
                let steps = finding.paths.iter_mut().flatten();
                let places = finding.location.iter_mut();
                places
                    .chain(evidence.filter_map(|evidence| evidence.location.as_mut()))
                    .chain(finding.related.iter_mut().map(|other| &mut other.location))
                    .chain(steps.filter_map(|step| step.location.as_mut()))
                    .for_each(|location| find(location, &texts));
                results.findings.push(finding);
            }
        }
    }
    match announced {
        None => Err(ReadError::Incomplete("there is no run in it".to_owned())),
        Some(count) if count != results.findings.len() => {
            let found = results.findings.len();
            let text = format!("{found} of {count} findings are in it: it was cut off");
            Err(ReadError::Incomplete(text))
        }
        Some(_) => Ok(results),
    }
}
