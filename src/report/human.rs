//! For a person at a terminal: every failure and unknown as a compiler would put it, then a summary.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents, ThemeStyles,
};
use serde_json::Value;
use textwrap::{Options, WordSeparator, WordSplitter};

use crate::model::{
    Evidence, Finding, InputFailure, Location, ResourceName, Severity, Since, SourceFile, Verdict,
};

use super::excerpt::{self, Excerpt, clean, clip};
use super::material::{Kind, Standing};
use super::words::{self, many, proof, spot};
use super::{Material, Settings};

const RED: &str = "31";
const BOLD_RED: &str = "1;31";
const BOLD_MAGENTA: &str = "1;35";
const BOLD_YELLOW: &str = "1;33";
const BOLD_CYAN: &str = "1;36";
const BOLD_BLUE: &str = "1;34";
const GREEN: &str = "32";
const BOLD: &str = "1";
const DIM: &str = "2";

/// More evidence than this is counted, not listed.
const MOST_EVIDENCE: usize = 10;

/// No line or column is farther out than this.
const FAR: usize = 1 << 30;

/// Writes findings and summary. Input failures are only counted: [`write_failure`] shows them,
/// on whatever stream the caller keeps for errors.
pub(super) fn write(
    material: &Material<'_>,
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page::new(settings, w);
    // A rule is explained in full where it is first met.
    let mut explained = BTreeSet::new();
    let mut after_brief = false;
    // What was known needs no reading again.
    material.each(|finding| {
        if finding.since == Some(Since::Known) {
            return Ok(());
        }
        let brief = !Standing::of(finding).is_open();
        if brief {
            page.brief(finding)?;
        } else {
            if after_brief {
                writeln!(page.w)?;
            }
            let first = explained.insert(Arc::clone(&finding.rule.id));
            page.finding(finding, material.sources, first)?;
        }
        after_brief = brief;
        Ok(())
    })?;
    if after_brief {
        writeln!(page.w)?;
    }
    page.by_rule(material)?;
    page.coverage(material)?;
    page.totals(material)?;
    page.baseline(material)
}

/// Writes what is wrong with an input.
pub fn write_failure(
    failure: &InputFailure,
    sources: &[SourceFile],
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    write_problem(("error:", BOLD_RED), failure, sources, settings, w)
}

/// Says something about the inputs that does not keep them from being read.
///
/// # Errors
///
/// When `w` cannot be written to.
pub fn write_warning(
    warning: &InputFailure,
    sources: &[SourceFile],
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    write_problem(("warning:", BOLD_YELLOW), warning, sources, settings, w)
}

fn write_problem(
    (word, style): (&str, &str),
    failure: &InputFailure,
    sources: &[SourceFile],
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page::new(settings, w);
    page.heading(style, word, &failure.message)?;
    match &failure.location {
        Some(location) => {
            let quote = excerpt::of_place(location, sources, page.room(location));
            let styles = page.styles(Some(Severity::High));
            page.place(location, quote, styles, None)?;
        }
        None if failure.path.is_empty() => {}
        None => page.field("in", &failure.path)?,
    }
    if let Some(help) = &failure.help {
        page.field("help", help)?;
    }
    writeln!(page.w)
}

struct Page<'w> {
    color: bool,
    width: usize,
    w: &'w mut dyn Write,
}

impl<'w> Page<'w> {
    fn new(settings: &Settings, w: &'w mut dyn Write) -> Self {
        Self {
            color: settings.color,
            width: settings.width.clamp(40, 120),
            w,
        }
    }

    fn paint<'a>(&self, code: &str, text: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
        let text = text.into();
        if self.color {
            format!("\u{1b}[{code}m{text}\u{1b}[0m").into()
        } else {
            text
        }
    }

    /// Underlines are as loud as what they underline; `None` for what is not known.
    fn styles(&self, severity: Option<Severity>) -> ThemeStyles {
        let mut styles = if self.color {
            ThemeStyles::ansi()
        } else {
            ThemeStyles::none()
        };
        styles.link = styles.help;
        styles.highlights = vec![match severity {
            Some(Severity::Critical | Severity::High) => styles.error,
            Some(Severity::Medium) => styles.warning,
            Some(Severity::Low) | None => styles.advice,
        }];
        styles
    }

    /// Columns left beside a snippet's line number.
    fn room(&self, location: &Location) -> usize {
        self.width
            .saturating_sub(location.line.to_string().len() + 4)
    }

    /// Words on as many lines as they need, all under the first one.
    fn wrapped(&mut self, first: &str, indent: usize, text: &str) -> io::Result<()> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.fill(first, indent, &clean(&text))
    }

    /// The same for text of our own, which may hold colours.
    fn fill(&mut self, first: &str, indent: usize, text: &str) -> io::Result<()> {
        let rest = " ".repeat(indent);
        let options = Options::new(self.width)
            .initial_indent(first)
            .subsequent_indent(&rest)
            .break_words(false)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation);
        for line in textwrap::wrap(text, options) {
            writeln!(self.w, "{line}")?;
        }
        Ok(())
    }

    fn heading(&mut self, code: &str, label: &str, message: &str) -> io::Result<()> {
        let first = format!("{} ", self.paint(code, label));
        self.wrapped(&first, 2, message)
    }

    /// `  label: text`.
    fn field(&mut self, label: &str, text: &str) -> io::Result<()> {
        let first = format!("  {}: ", self.paint(BOLD, label));
        self.wrapped(&first, label.len() + 4, text)
    }

    /// `  label: ` before the first item, and every other item under it.
    fn list(&mut self, label: &str, items: impl Iterator<Item = String>) -> io::Result<()> {
        for (i, item) in items.enumerate() {
            let first = match i {
                0 => format!("  {}: ", self.paint(BOLD, label)),
                _ => " ".repeat(label.len() + 4),
            };
            self.wrapped(&first, label.len() + 6, &item)?;
        }
        Ok(())
    }

    /// One line: for what needs no action.
    fn brief(&mut self, finding: &Finding) -> io::Result<()> {
        let rule = clean(&finding.rule.id);
        let verdict = Standing::of(finding).as_str();
        let code = match finding.verdict {
            Verdict::Pass => GREEN,
            _ => DIM,
        };
        let mut text = format!("{} ({})", finding.message, name(finding));
        if let Some(waiver) = &finding.waiver {
            text.push_str(&format!(": {}", words::waiver(waiver)));
        }
        self.heading(code, &format!("{verdict}[{rule}]"), &text)
    }

    fn finding(
        &mut self,
        finding: &Finding,
        sources: &[SourceFile],
        explain: bool,
    ) -> io::Result<()> {
        let open = finding.verdict == Verdict::Unknown;
        let (code, word) = if open {
            (BOLD_BLUE, "unknown")
        } else {
            (severity_code(finding.severity), finding.severity.as_str())
        };
        let rule = clean(&finding.rule.id);
        self.heading(code, &format!("{word}[{rule}]"), &finding.message)?;

        let mut own_evidence = finding.evidence.iter().filter(|e| e.resource.is_none());
        let own = own_evidence
            .clone()
            .find(|e| e.property == finding.property);
        // What is missing may be more than what was looked for in it.
        let missing = own.is_none()
            && !finding.property.is_empty()
            && own_evidence.any(|e| {
                let below = e.property.strip_prefix(&*finding.property);
                e.value.is_null() && below.is_some_and(|rest| rest.starts_with('.'))
            });
        let mut own_shown = false;
        match &finding.location {
            Some(location) => {
                let quote = excerpt::of_finding(finding, sources, self.room(location));
                let label = match (own, &quote) {
                    (Some(own), Some(quote)) => {
                        own_shown = true;
                        told(own, quote).filter(|_| !is_unknown(finding, own))
                    }
                    (None, Some(_)) if missing => Some(format!("{} is not set", finding.property)),
                    _ => None,
                };
                let styles = self.styles((!open).then_some(finding.severity));
                self.place(location, quote, styles, label)?;
            }
            None => self.resource(&finding.resource)?,
        }
        if let Some(construct) = &finding.resource.construct {
            self.field("construct", construct)?;
        }
        self.unknown(finding)?;
        if explain {
            self.field("why", &first_sentence(&finding.rule.why))?;
        }
        self.fix(finding, explain)?;

        let near = finding.location.as_ref();
        let listed: Vec<_> = finding
            .evidence
            .iter()
            .filter(|e| !(own_shown && own.is_some_and(|own| std::ptr::eq(own, *e))))
            .collect();
        let more = listed.len().saturating_sub(MOST_EVIDENCE);
        let more = (more > 0).then(|| format!("… and {more} more"));
        let shown = listed.iter().take(MOST_EVIDENCE);
        self.list("evidence", shown.map(|e| proof(e, near)).chain(more))?;
        self.list(
            "related",
            finding
                .related
                .iter()
                .map(|r| format!("{} ({})", r.message, spot(&r.location, near))),
        )?;
        self.list(
            "path",
            finding.paths.iter().map(|path| {
                let steps = path.iter().map(|step| match &step.location {
                    Some(place) => format!("{} ({})", step.message, spot(place, near)),
                    None => step.message.to_string(),
                });
                steps.collect::<Vec<_>>().join(" → ")
            }),
        )?;
        writeln!(self.w)
    }

    fn resource(&mut self, name: &ResourceName) -> io::Result<()> {
        let mut text = format!("{} {}", name.rtype, name.address);
        let at: Vec<&str> = [&name.account, &name.region]
            .into_iter()
            .flatten()
            .map(AsRef::as_ref)
            .collect();
        if !at.is_empty() {
            text.push_str(&format!(" in {}", at.join(", ")));
        }
        self.field("resource", &text)?;
        match &name.arn {
            Some(arn) if *arn != name.address => self.field("arn", arn),
            _ => Ok(()),
        }
    }

    fn unknown(&mut self, finding: &Finding) -> io::Result<()> {
        let Some(unknown) = &finding.unknown else {
            return Ok(());
        };
        // The heading says it, as a rule.
        if !finding.message.contains(&*unknown.reason) && unknown.fails_when.is_empty() {
            self.field("reason", &unknown.reason)?;
        }
        let more = unknown
            .because
            .iter()
            .filter(|(_, reason)| !unknown.reason.contains(&**reason))
            .map(|(property, reason)| format!("{property}: {reason}"));
        self.list("because", more)?;
        let owned = |items: &[std::sync::Arc<str>]| -> Vec<String> {
            items.iter().map(|item| item.to_string()).collect()
        };
        let fails = owned(&unknown.fails_when).into_iter();
        self.list(
            "fails when",
            fails.filter(|when| !finding.message.contains(when)),
        )?;
        self.list("passes when", owned(&unknown.passes_when).into_iter())
    }

    fn fix(&mut self, finding: &Finding, whole: bool) -> io::Result<()> {
        if !finding.rule.fix.trim().is_empty() {
            let first = first_sentence(&finding.rule.fix);
            self.field("fix", if whole { &finding.rule.fix } else { &first })?;
        }
        for line in finding.fix_set.lines().filter(|l| !l.trim().is_empty()) {
            let line = clean(line);
            let line = self.paint(GREEN, line);
            writeln!(self.w, "       {line}")?;
        }
        Ok(())
    }

    /// The line in its file, its part underlined; without text to quote, just where it is.
    fn place(
        &mut self,
        location: &Location,
        quote: Option<Excerpt>,
        styles: ThemeStyles,
        label: Option<String>,
    ) -> io::Result<()> {
        let Some(quote) = quote else {
            return self.field("at", &spot(location, None));
        };
        let mut theme = if self.color {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        theme.styles = styles;
        let snippet = Snippet {
            path: clean(&location.path).into_owned(),
            // miette counts on from here.
            line: location.line.saturating_sub(1).min(FAR),
            column: location.column.saturating_sub(1).min(FAR),
            label: label.map(|text| clean(&text).into_owned()),
            quote,
        };
        let mut text = String::new();
        let drawn = GraphicalReportHandler::new_themed(theme)
            .with_width(self.width)
            .with_context_lines(0)
            .with_links(false)
            .without_cause_chain()
            .without_syntax_highlighting()
            .render_report(&mut text, &snippet);
        // The first line is the diagnostic's message, which the heading has said already.
        match (drawn, text.split_once('\n')) {
            (Ok(()), Some((_, drawing))) => self.w.write_all(drawing.as_bytes()),
            _ => self.field("at", &spot(location, None)),
        }
    }

    /// A line per rule that has something to say, worst first.
    fn by_rule(&mut self, material: &Material<'_>) -> io::Result<()> {
        let rules = material.tally.open_rules(material.rules);
        if rules.len() < 2 {
            return Ok(());
        }
        let ids = rules.iter().map(|(rule, ..)| rule.id.chars().count());
        let wide = ids.max().unwrap_or(0).max(4);
        let head = format!(
            "{:wide$}  {:8}  {:>4}  {:>7}",
            "rule", "severity", "fail", "unknown"
        );
        let head = self.paint(DIM, head);
        writeln!(self.w, "{head}")?;
        for (rule, fail, open) in rules {
            let severity = rule.severity;
            let number = |count: usize| match count {
                0 => "·".to_owned(),
                count => count.to_string(),
            };
            let word = self.paint(severity_code(severity), format!("{severity:8}"));
            let title = clip(&rule.title, self.width.saturating_sub(wide + 27).max(12));
            writeln!(
                self.w,
                "{:wide$}  {word}  {:>4}  {:>7}  {}",
                clean(&rule.id),
                number(fail),
                number(open),
                clean(title.trim_end_matches('.')),
            )?;
        }
        writeln!(self.w)
    }

    fn coverage(&mut self, material: &Material<'_>) -> io::Result<()> {
        let gaps = words::gaps(material.coverage);
        if gaps.is_empty() {
            return Ok(());
        }
        let head = self.paint(BOLD_YELLOW, "coverage");
        writeln!(self.w, "{head}")?;
        for gap in &gaps {
            self.wrapped("  - ", 4, gap)?;
        }
        writeln!(self.w)
    }

    /// What has become of what was known.
    fn baseline(&mut self, material: &Material<'_>) -> io::Result<()> {
        let Some(earlier) = material.earlier else {
            return Ok(());
        };
        // What was not judged can be all the rest of a repository: it is only counted.
        for known in &earlier.fixed {
            let place = known.path.as_ref().unwrap_or(&known.address);
            let label = format!("fixed[{}]", clean(&known.rule));
            self.heading(GREEN, &label, &format!("{} ({place})", known.message))?;
        }
        let mut parts = vec![format!("{} new", material.tally.since(Since::New))];
        for (count, words) in [
            (material.tally.since(Since::Worse), "worse than before"),
            (
                material.tally.since(Since::Known),
                "known before and not shown",
            ),
            (earlier.fixed.len(), "fixed"),
            (earlier.gone.len(), "not judged this time"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {words}"));
            }
        }
        let head = self.paint(BOLD, "baseline");
        let text = format!("{} ({})", parts.join(", "), clean(&earlier.path));
        self.fill(&format!("{head}: "), 2, &text)
    }

    fn totals(&mut self, material: &Material<'_>) -> io::Result<()> {
        let counts = &material.summary;
        let mut parts = Vec::new();
        if counts.fail > 0 {
            let by_severity: Vec<String> = Severity::ALL
                .into_iter()
                .filter_map(|severity| {
                    let count = material.tally.count(|kind| {
                        kind == Kind {
                            standing: Standing::Fail,
                            severity,
                        }
                    });
                    let text = format!("{count} {severity}");
                    (count > 0).then(|| self.paint(severity_code(severity), text).into_owned())
                })
                .collect();
            let failed = self.paint(BOLD, format!("{} failed", counts.fail));
            parts.push(match by_severity.is_empty() {
                true => failed.into_owned(),
                false => format!("{failed} ({})", by_severity.join(", ")),
            });
        }
        if counts.unknown > 0 {
            let text = format!("{} unknown", counts.unknown);
            parts.push(self.paint(BOLD_BLUE, text).into_owned());
        }
        for (count, word) in [
            (counts.pass, "passed"),
            (counts.not_applicable, "not applicable"),
            (counts.waived, "waived"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {word}"));
            }
        }

        let resources: usize = material.inputs.iter().map(|i| i.resources).sum();
        let verdicts = words::judged(counts);
        let read = format!(
            "{} on {} from {}",
            many(material.rules.len(), "rule"),
            many(resources, "resource"),
            many(material.inputs.len(), "input"),
        );
        let clean_run = counts.fail == 0 && counts.unknown == 0 && material.failures.is_empty();
        if verdicts == 0 {
            let head = self.paint(BOLD_YELLOW, "nothing was judged");
            writeln!(self.w, "{head}: {read}")?;
        } else if clean_run {
            let head = self.paint("1;32", "no findings");
            let verdicts = many(verdicts, "verdict");
            let resources = many(resources, "resource");
            let line = format!("{verdicts} on {resources} ({})", parts.join(", "));
            self.fill(&format!("{head}: "), 2, &line)?;
        } else {
            self.fill("", 2, &parts.join(", "))?;
            writeln!(self.w, "{}", self.paint(DIM, read))?;
        }
        let unread: BTreeSet<_> = material.failures.iter().map(|f| &f.path).collect();
        if !unread.is_empty() {
            let inputs = many(unread.len(), "input");
            let text = format!("{inputs} could not be read in full: this result is incomplete");
            writeln!(self.w, "{}", self.paint(RED, text))?;
        }
        Ok(())
    }
}

/// A quoted line as miette wants it: a source that consists of nothing else.
struct Snippet {
    path: String,
    line: usize,
    column: usize,
    label: Option<String>,
    quote: Excerpt,
}

impl Snippet {
    fn mark(&self) -> (usize, usize) {
        (self.quote.start, self.quote.end - self.quote.start)
    }
}

impl fmt::Debug for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.quote.text)
    }
}

impl fmt::Display for Snippet {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Snippet {}

impl Diagnostic for Snippet {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (start, length) = self.mark();
        let label = LabeledSpan::new(self.label.clone(), start, length);
        Some(Box::new(std::iter::once(label)))
    }
}

impl SourceCode for Snippet {
    /// The whole line, whatever part of it is asked for.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            self.quote.text.as_bytes(),
            (0, self.quote.text.len()).into(),
            self.line,
            self.column,
            1,
        )))
    }
}

fn severity_code(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => BOLD_MAGENTA,
        Severity::High => BOLD_RED,
        Severity::Medium => BOLD_YELLOW,
        Severity::Low => BOLD_CYAN,
    }
}

/// Where to look: the file and line, or the resource when there is no file.
fn name(finding: &Finding) -> String {
    match &finding.location {
        Some(location) => spot(location, None),
        None => finding.resource.address.to_string(),
    }
}

/// Whether a value is one that the heading says is not known.
fn is_unknown(finding: &Finding, evidence: &Evidence) -> bool {
    finding.unknown.as_ref().is_some_and(|unknown| {
        unknown
            .because
            .iter()
            .any(|(property, _)| *property == evidence.property)
    })
}

/// The judged value, unless the quoted line says it already.
fn told(own: &Evidence, quote: &Excerpt) -> Option<String> {
    let value = match &own.value {
        Value::Null => return Some(format!("{} is not set", own.property)),
        Value::Object(_) | Value::Array(_) => return None,
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    if own.default {
        let value = clip(&value, 60);
        return Some(format!("{} is not set, which means {value}", own.property));
    }
    (!quote.marked().contains(&value)).then(|| format!("{} is {}", own.property, clip(&value, 60)))
}

/// The text up to the first full stop that is followed by a new sentence.
fn first_sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = text
        .match_indices(". ")
        .find(|(at, _)| {
            let next = text.get(at + 2..).and_then(|rest| rest.chars().next());
            // "US East (N. Virginia)" is one sentence.
            let before = text.get(..*at).unwrap_or_default();
            let word = before.rsplit(|c: char| !c.is_alphanumeric()).next();
            let initial = word.is_some_and(|w| w.len() == 1 && w.chars().all(char::is_uppercase));
            !initial && next.is_some_and(|c| c.is_uppercase() || c == '`')
        })
        .map_or(text.len(), |(at, _)| at + 1);
    text.get(..end).unwrap_or(&text).to_owned()
}
