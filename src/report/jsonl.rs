//! A run as lines of JSON, one record on each, with everything that a report is made from: any
//! other report can be made of it later. `docs/reports.md` describes the records.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::model::{
    Cover, Earlier, Evidence, Finding, InputFailure, InputKind, InputSummary, Location, PathStep,
    Related, ResourceName, Results, RuleInfo, Severity, Since, SourceFile, Span, Summary,
    UnknownReport, Verdict, Waived,
};

use super::material::{Findings, Mark, Tally};
use super::{Material, Settings};

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
    fn into_finding(
        self,
        rules: &FxHashMap<Arc<str>, Arc<RuleInfo>>,
        texts: &[Lines],
    ) -> Result<Finding, String> {
        let rule = rules.get(&*self.rule).cloned();
        let rule = rule.ok_or_else(|| format!("no rule `{}`", self.rule))?;
        let mut finding = Finding {
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
        };
        let evidence = finding.evidence.iter_mut();
        let steps = finding.paths.iter_mut().flatten();
        let places = finding.location.iter_mut();
        places
            .chain(evidence.filter_map(|evidence| evidence.location.as_mut()))
            .chain(finding.related.iter_mut().map(|other| &mut other.location))
            .chain(steps.filter_map(|step| step.location.as_mut()))
            .for_each(|location| find(location, texts));
        Ok(finding)
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
    material: &Material<'_>,
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
        summary: material.summary,
        accounts: material.coverage.accounts().cloned().collect(),
        findings: material.tally.findings,
    }))?;
    for (at, rule) in material.rules.iter().enumerate() {
        line(Line::Rule(Box::new(Rule {
            info: Cow::Borrowed(rule),
            verdicts: material.by_rule.get(at).copied(),
        })))?;
    }
    for input in material.inputs {
        line(Line::Input(Input {
            path: Cow::Borrowed(&input.path),
            kind: input.kind.into(),
            resources: input.resources,
        }))?;
    }
    for source in material.sources {
        line(Line::Source(Source {
            path: Cow::Borrowed(&source.path),
            sha256: (source.kind != Some(InputKind::Snapshot)).then(|| digest(&source.text).into()),
            confidential: source.confidential,
            kind: source.kind.map(|kind| kind.as_str().into()),
        }))?;
    }
    for failure in material.failures {
        line(Line::Failure(Cow::Borrowed(failure)))?;
    }
    for cover in material.coverage.statements() {
        line(Line::Coverage(Cow::Borrowed(cover)))?;
    }
    if let Some(earlier) = material.earlier {
        line(Line::Baseline(Cow::Borrowed(earlier)))?;
    }
    material.each(|finding| line(Line::Finding(Box::new(finding.into()))))
}

/// A run that is kept as lines. Its findings stay where they are, and are read again for every
/// report.
pub struct Kept<F> {
    /// Everything but the findings.
    results: Results,
    findings: Stored<F>,
    tally: Tally,
}

impl<F: Read + Seek> Kept<F> {
    /// Reads what was written, and holds it to be whole. `open` gives the text of a file that was
    /// read then: it is quoted if it is still the same.
    ///
    /// # Errors
    /// If the lines are not those of a whole run.
    pub fn open(file: F, open: &dyn Fn(&str) -> Option<Arc<str>>) -> Result<Self, ReadError> {
        let mut lines = Numbered::new(BufReader::new(file));
        let mut results = Results::default();
        let mut announced = None;
        let mut begin = Begin::default();
        let mut rules = FxHashMap::default();
        let mut texts: Vec<Lines> = Vec::new();
        let mut tally = Tally::default();
        while let Some(line) = lines.next()? {
            let wrong = |message: String| ReadError::Line {
                line: line.number,
                message,
            };
            let record = line.record().map_err(wrong)?;
            if announced.is_none() && !matches!(record, Line::Run(_)) {
                return Err(wrong("the record `run` should come first".to_owned()));
            }
            if tally.findings > 0 && !matches!(record, Line::Finding(_) | Line::Run(_)) {
                return Err(wrong("findings should come last".to_owned()));
            }
            match record {
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
                    let file = source.into_file(open);
                    texts.push(Lines::new(Arc::clone(&file.text)));
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
                    if tally.findings == 0 {
                        begin = line.begin;
                    }
                    tally.add(&entry.into_finding(&rules, &texts).map_err(wrong)?);
                }
            }
        }
        if tally.findings == 0 {
            begin = lines.next;
        }
        match announced {
            None => Err(ReadError::Incomplete("there is no run in it".to_owned())),
            Some(count) if count != tally.findings => {
                let found = tally.findings;
                let text = format!("{found} of {count} findings are in it: it was cut off");
                Err(ReadError::Incomplete(text))
            }
            Some(_) => Ok(Self {
                results,
                findings: Stored {
                    lines: RefCell::new(lines),
                    begin,
                    rules,
                    texts,
                    only: None,
                },
                tally,
            }),
        }
    }

    /// What reports are made of.
    pub fn material(&self) -> Material<'_> {
        Material::kept(&self.results, &self.findings, self.tally.clone())
    }

    /// Everything but the findings.
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// Leaves what some of the rules said.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub fn narrow(&mut self, wanted: &dyn Fn(&RuleInfo) -> bool) -> io::Result<()> {
        let results = &mut self.results;
        let rules = std::mem::take(&mut results.rules).into_iter();
        let both = rules.zip(std::mem::take(&mut results.by_rule));
        (results.rules, results.by_rule) = both.filter(|(rule, _)| wanted(rule)).unzip();
        results.summary = results.by_rule.iter().copied().sum();
        let ids = results.rules.iter().map(|rule| Arc::clone(&rule.id));
        self.findings.only = Some(ids.collect());
        let mut tally = Tally::default();
        self.findings.each(&mut |_, finding| {
            tally.add(finding);
            Ok(())
        })?;
        self.tally = tally;
        Ok(())
    }

    /// Whether any of the findings is such.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub fn any(&self, wanted: &dyn Fn(&Finding) -> bool) -> io::Result<bool> {
        let mut found = false;
        self.findings.each(&mut |_, finding| {
            found |= wanted(finding);
            Ok(())
        })?;
        Ok(found)
    }
}

impl Source<'_> {
    fn into_file(self, open: &dyn Fn(&str) -> Option<Arc<str>>) -> SourceFile {
        let known = self.sha256.as_deref();
        let text = known.and_then(|known| {
            let text = open(&self.path)?;
            (digest(&text) == known).then_some(text)
        });
        // Nothing can be quoted from a file without text.
        let text = text.unwrap_or_default();
        let mut file = SourceFile::new(self.path.into(), text, self.confidential);
        file.kind = InputKind::ALL
            .into_iter()
            .find(|kind| self.kind.as_deref() == Some(kind.as_str()));
        file
    }
}

/// Where a line begins.
#[derive(Debug, Clone, Copy, Default)]
struct Begin {
    byte: u64,
    /// How many lines are before it.
    lines: usize,
}

/// Lines of a file, one at a time in the same memory.
struct Numbered<R> {
    reader: R,
    text: String,
    next: Begin,
}

/// One of them.
struct NumberedLine<'t> {
    text: &'t str,
    number: usize,
    begin: Begin,
}

impl NumberedLine<'_> {
    fn record(&self) -> Result<Line<'_>, String> {
        serde_json::from_str(self.text).map_err(|error| error.to_string())
    }
}

impl<R: BufRead> Numbered<R> {
    fn new(reader: R) -> Self {
        Self {
            reader,
            text: String::new(),
            next: Begin::default(),
        }
    }

    /// The next line that is not empty.
    fn next(&mut self) -> io::Result<Option<NumberedLine<'_>>> {
        loop {
            let begin = self.next;
            self.text.clear();
            let length = self.reader.read_line(&mut self.text)?;
            if length == 0 {
                return Ok(None);
            }
            self.next.byte += length as u64;
            self.next.lines += 1;
            if !self.text.trim().is_empty() {
                return Ok(Some(NumberedLine {
                    text: &self.text,
                    number: self.next.lines,
                    begin,
                }));
            }
        }
    }
}

impl<F: Read + Seek> Numbered<BufReader<F>> {
    fn seek(&mut self, to: Begin) -> io::Result<()> {
        // Unlike `seek` it keeps what it has read ahead.
        let by = to.byte.cast_signed() - self.next.byte.cast_signed();
        self.reader.seek_relative(by)?;
        self.next = to;
        Ok(())
    }
}

/// Findings in a file. A mark is where the line of one begins.
struct Stored<F> {
    lines: RefCell<Numbered<BufReader<F>>>,
    begin: Begin,
    rules: FxHashMap<Arc<str>, Arc<RuleInfo>>,
    texts: Vec<Lines>,
    /// The rules whose findings are shown, if not all are.
    only: Option<FxHashSet<Arc<str>>>,
}

impl<F> Stored<F> {
    /// The finding of a line that was one when the file was first read.
    fn finding(&self, line: &NumberedLine<'_>) -> io::Result<(Mark, Finding)> {
        let finding = line.record().and_then(|record| match record {
            Line::Finding(entry) => entry.into_finding(&self.rules, &self.texts),
            _ => Err("no finding".to_owned()),
        });
        let finding = finding.map_err(|_| changed())?;
        Ok((Mark(line.begin.byte), finding))
    }
}

/// The file is not what it was a moment ago.
fn changed() -> io::Error {
    io::Error::other("the file with the findings has changed while it was read")
}

impl<F: Read + Seek> Findings for Stored<F> {
    fn each(&self, see: &mut dyn FnMut(Mark, &Finding) -> io::Result<()>) -> io::Result<()> {
        let mut lines = self.lines.borrow_mut();
        lines.seek(self.begin)?;
        while let Some(line) = lines.next()? {
            let (mark, finding) = self.finding(&line)?;
            let only = self.only.as_ref();
            if only.is_none_or(|rules| rules.contains(&finding.rule.id)) {
                see(mark, &finding)?;
            }
        }
        Ok(())
    }

    fn some(
        &self,
        marks: &[Mark],
        see: &mut dyn FnMut(Mark, &Finding) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut lines = self.lines.borrow_mut();
        for mark in marks {
            lines.seek(Begin {
                byte: mark.0,
                ..self.begin
            })?;
            let line = lines.next()?.ok_or_else(changed)?;
            let (mark, finding) = self.finding(&line)?;
            see(mark, &finding)?;
        }
        Ok(())
    }
}
