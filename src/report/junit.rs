//! JUnit's XML, as Jenkins, GitLab and others read it: a suite for each rule, a case for each
//! finding. What is not known is skipped, with its reason; what could not be read is an error.
//! There is nothing in it that Jenkins' xUnit plugin, the strictest of them, does not know.

use std::fmt::Write as _;
use std::io;

use rustc_hash::FxHashMap;

use crate::model::{Finding, InputFailure, Verdict};

use super::material::{Mark, Standing};
use super::words::{equation, spot, whereabouts};
use super::{Material, clean};

/// Text as XML has it: characters that XML has no way to write are spelled out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    skipped: usize,
}

impl Counts {
    fn add(&mut self, standing: Standing, count: usize) {
        self.tests += count;
        match standing {
            Standing::Fail => self.failures += count,
            Standing::Pass => {}
            Standing::Unknown | Standing::Waived | Standing::NotApplicable => self.skipped += count,
        }
    }
}

/// Writes the suites.
pub(super) fn write(material: &Material<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    let mut all = Counts::default();
    let mut of_rule: FxHashMap<&str, Counts> = FxHashMap::default();
    for (rule, kind, count) in material.tally.by_rule() {
        all.add(kind.standing, count);
        let own = of_rule.entry(rule).or_default();
        own.add(kind.standing, count);
    }
    let silent = material.rules.len().saturating_sub(of_rule.len());
    writeln!(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        w,
        "<testsuites name=\"skylint\" tests=\"{}\" failures=\"{}\" errors=\"{}\">",
        all.tests + silent + material.failures.len(),
        all.failures,
        material.failures.len(),
    )?;
    if !material.failures.is_empty() {
        inputs(material.failures, w)?;
    }
    // Findings are in the order of their places: a suite needs those of its rule. A mark of each
    // is kept, which is little, and no finding.
    let mut marks: FxHashMap<String, Vec<Mark>> = FxHashMap::default();
    material.each_marked(|mark, finding| match marks.get_mut(&*finding.rule.id) {
        Some(own) => own.push(mark),
        None => {
            marks.insert(finding.rule.id.to_string(), vec![mark]);
        }
    })?;
    for rule in material.rules {
        let counts = of_rule.remove(&*rule.id).unwrap_or_default();
        let own = marks.remove(&*rule.id).unwrap_or_default();
        suite(&rule.id, &counts, &own, material, w)?;
    }
    writeln!(w, "</testsuites>")
}

fn inputs(failures: &[InputFailure], w: &mut dyn io::Write) -> io::Result<()> {
    let count = failures.len();
    writeln!(
        w,
        "  <testsuite name=\"inputs\" tests=\"{count}\" failures=\"0\" errors=\"{count}\" \
         skipped=\"0\">"
    )?;
    for failure in failures {
        let path = escaped(&failure.path);
        let help = failure.help.as_deref().unwrap_or_default();
        writeln!(w, "    <testcase classname=\"inputs\" name=\"{path}\">")?;
        writeln!(
            w,
            "      <error message=\"{}\" type=\"input\">{}</error>",
            escaped(&failure.message),
            escaped(help),
        )?;
        writeln!(w, "    </testcase>")?;
    }
    writeln!(w, "  </testsuite>")
}

fn suite(
    rule: &str,
    counts: &Counts,
    findings: &[Mark],
    material: &Material<'_>,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let rule = escaped(rule);
    writeln!(
        w,
        "  <testsuite name=\"{rule}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">",
        counts.tests.max(1),
        counts.failures,
        counts.skipped,
    )?;
    if findings.is_empty() {
        // A suite without a case is dropped by some, and taken for a mistake by others.
        writeln!(
            w,
            "    <testcase classname=\"{rule}\" name=\"no findings\"/>"
        )?;
    }
    material.some(findings, |finding| case(finding, &rule, w))?;
    writeln!(w, "  </testsuite>")
}

fn case(finding: &Finding, rule: &str, w: &mut dyn io::Write) -> io::Result<()> {
    let name = &finding.resource;
    let mut head = format!("classname=\"{rule}\" name=\"{}", escaped(&name.address));
    let whereabouts = whereabouts(name);
    if !whereabouts.is_empty() {
        // Infallible: it is a string.
        let _ = write!(head, " ({})", escaped(&whereabouts.join(" ")));
    }
    head.push('"');
    let message = escaped(&finding.message);
    match (finding.verdict, &finding.waiver) {
        (Verdict::Fail | Verdict::Unknown, Some(waiver)) => {
            let reason = escaped(&waiver.reason);
            writeln!(w, "    <testcase {head}>")?;
            writeln!(
                w,
                "      <skipped message=\"waived: {reason} ({message})\"/>"
            )?;
        }
        (Verdict::Fail, None) => {
            writeln!(w, "    <testcase {head}>")?;
            writeln!(
                w,
                "      <failure message=\"{message}\" type=\"{}\">{}</failure>",
                finding.severity,
                escaped_lines(&details(finding)),
            )?;
        }
        (Verdict::Unknown, None) => {
            let reason = finding.unknown.as_ref().map_or("", |u| &*u.reason);
            let reason = escaped(reason);
            writeln!(w, "    <testcase {head}>")?;
            writeln!(
                w,
                "      <skipped message=\"unknown: {message} ({reason})\"/>"
            )?;
        }
        (Verdict::NotApplicable, _) => {
            writeln!(w, "    <testcase {head}>")?;
            writeln!(w, "      <skipped message=\"not applicable: {message}\"/>")?;
        }
        (Verdict::Pass, _) => return writeln!(w, "    <testcase {head}/>"),
    }
    writeln!(w, "    </testcase>")
}

fn escaped_lines(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
    lines.join("\n")
}

fn details(finding: &Finding) -> Vec<String> {
    let mut lines = vec![finding.message.to_string()];
    lines.extend(
        finding
            .location
            .iter()
            .map(|place| format!("at {}", spot(place, None))),
    );
    lines.extend(finding.evidence.iter().map(equation));
    lines.push(format!("fix: {}", one_line(&finding.rule.fix)));
    lines.extend(finding.rule.references.first().map(ToString::to_string));
    lines
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
