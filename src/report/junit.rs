//! JUnit's XML, as Jenkins, GitLab and others read it: a suite for each rule, a case for each
//! finding. What is not known is skipped, with its reason; what could not be read is an error.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use crate::model::{Finding, Results, Verdict};

use super::clean;
use super::human::{equation, spot};

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
    fn add(&mut self, finding: &Finding) {
        self.tests += 1;
        match finding.verdict {
            Verdict::Fail if finding.waiver.is_none() => self.failures += 1,
            Verdict::Pass => {}
            _ => self.skipped += 1,
        }
    }
}

/// Writes the suites.
pub(super) fn write(results: &Results, w: &mut dyn io::Write) -> io::Result<()> {
    // Findings are in the order of their places: a suite needs those of its rule.
    let mut suites: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    let mut all = Counts::default();
    for rule in &results.rules {
        suites.entry(&rule.id).or_default();
    }
    for finding in &results.findings {
        suites.entry(&finding.rule.id).or_default().push(finding);
        all.add(finding);
    }
    let silent = suites.values().filter(|suite| suite.is_empty()).count();
    writeln!(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        w,
        "<testsuites name=\"skylint\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        all.tests + silent + results.failures.len(),
        all.failures,
        results.failures.len(),
        all.skipped,
    )?;
    if !results.failures.is_empty() {
        inputs(results, w)?;
    }
    for (rule, findings) in suites {
        suite(rule, &findings, w)?;
    }
    writeln!(w, "</testsuites>")
}

fn inputs(results: &Results, w: &mut dyn io::Write) -> io::Result<()> {
    let count = results.failures.len();
    writeln!(
        w,
        "  <testsuite name=\"inputs\" tests=\"{count}\" failures=\"0\" errors=\"{count}\" \
         skipped=\"0\">"
    )?;
    for failure in &results.failures {
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

fn suite(rule: &str, findings: &[&Finding], w: &mut dyn io::Write) -> io::Result<()> {
    let mut counts = Counts::default();
    for finding in findings {
        counts.add(finding);
    }
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
    for finding in findings {
        case(finding, &rule, w)?;
    }
    writeln!(w, "  </testsuite>")
}

fn case(finding: &Finding, rule: &str, w: &mut dyn io::Write) -> io::Result<()> {
    let name = &finding.resource;
    let mut head = format!("classname=\"{rule}\" name=\"{}", escaped(&name.address));
    let whereabouts = [&name.account, &name.region];
    let whereabouts: Vec<&str> = whereabouts.into_iter().flatten().map(|s| &**s).collect();
    if !whereabouts.is_empty() {
        // Infallible: it is a string.
        let _ = write!(head, " ({})", escaped(&whereabouts.join(" ")));
    }
    head.push('"');
    if let Some(place) = &finding.location {
        let path = escaped(&place.path);
        let _ = write!(head, " file=\"{path}\" line=\"{}\"", place.line);
    }
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
