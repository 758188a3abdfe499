//! A page for a browser: one file that needs no network. Its data stand in it as JSON; a script
//! shows as many of the findings as one can look at, so that the page opens at once with any number.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use crate::model::{Finding, Results, RuleInfo, Severity, Since, Verdict};

use super::human::{equation, spot};
use super::{Settings, clean, is_open, worst_first};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Text of an input, as HTML shows it.
fn escaped(text: &str) -> String {
    let text = clean(text).replace('&', "&amp;");
    let text = text.replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;")
}

/// JSON inside of HTML: `<` stands in strings only, and is not to end the script.
struct InScript<'w>(&'w mut dyn Write);

impl Write for InScript<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'<') {
            match piece.strip_suffix(b"<") {
                Some(before) => {
                    self.0.write_all(before)?;
                    self.0.write_all(b"\\u003c")?;
                }
                None => self.0.write_all(piece)?,
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[derive(Serialize)]
struct Data<'a> {
    rules: Vec<Rule<'a>>,
    findings: Rows<'a>,
}

#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
    title: &'a str,
    domain: &'a str,
    why: &'a str,
    fix: &'a str,
    references: &'a [std::sync::Arc<str>],
    frameworks: BTreeMap<&'a str, &'a [std::sync::Arc<str>]>,
}

impl<'a> From<&'a RuleInfo> for Rule<'a> {
    fn from(rule: &'a RuleInfo) -> Self {
        let frameworks = rule.frameworks.iter();
        Self {
            id: &rule.id,
            title: &rule.title,
            domain: &rule.domain,
            why: &rule.why,
            fix: &rule.fix,
            references: &rule.references,
            frameworks: frameworks.map(|(name, ids)| (&**name, &**ids)).collect(),
        }
    }
}

/// One by one, the worst first.
struct Rows<'a> {
    results: &'a Results,
    order: Vec<usize>,
    rules: HashMap<&'a str, usize>,
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = &self.results.findings;
        let findings = self.order.iter().filter_map(|at| all.get(*at));
        serializer.collect_seq(findings.map(|finding| self.row(finding)))
    }
}

/// Short names: there is one of each for every finding.
#[derive(Serialize)]
struct Row<'a> {
    /// Rule.
    r: usize,
    /// Verdict.
    v: &'static str,
    /// Severity.
    s: &'static str,
    /// Message.
    m: &'a str,
    /// Type.
    t: &'a str,
    /// Address.
    a: &'a str,
    /// ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<&'a str>,
    /// Account.
    #[serde(skip_serializing_if = "Option::is_none")]
    c: Option<&'a str>,
    /// Region.
    #[serde(skip_serializing_if = "Option::is_none")]
    g: Option<&'a str>,
    /// Place.
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<String>,
    /// Evidence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    e: Vec<String>,
    /// Why it is unknown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    u: Vec<String>,
    /// Ways.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    w: Vec<String>,
    /// Other places.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    o: Vec<String>,
    /// Settings that would make it pass.
    #[serde(skip_serializing_if = "str::is_empty")]
    f: &'a str,
    /// The exception.
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    /// Held against the baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<&'static str>,
}

impl<'a> Rows<'a> {
    fn row(&self, finding: &'a Finding) -> Row<'a> {
        let name = &finding.resource;
        let steps = |path: &Vec<crate::model::PathStep>| {
            let steps: Vec<&str> = path.iter().map(|step| &*step.message).collect();
            steps.join(" → ")
        };
        Row {
            r: self
                .rules
                .get(&*finding.rule.id)
                .copied()
                .unwrap_or_default(),
            v: match finding.waiver {
                Some(_) => "waived",
                None => finding.verdict.as_str(),
            },
            s: finding.severity.as_str(),
            m: &finding.message,
            t: &name.rtype,
            a: &name.address,
            n: name.arn.as_deref(),
            c: name.account.as_deref(),
            g: name.region.as_deref(),
            p: finding.location.as_ref().map(|place| spot(place, None)),
            e: finding
                .evidence
                .iter()
                .map(|evidence| match &evidence.location {
                    Some(place) => {
                        let near = finding.location.as_ref();
                        format!("{} ({})", equation(evidence), spot(place, near))
                    }
                    None => equation(evidence),
                })
                .collect(),
            u: finding.unknown.as_ref().map_or_else(Vec::new, |unknown| {
                let fails = unknown.fails_when.iter();
                let passes = unknown.passes_when.iter();
                std::iter::once(unknown.reason.to_string())
                    .chain(fails.map(|when| format!("fails when {when}")))
                    .chain(passes.map(|when| format!("passes when {when}")))
                    .collect()
            }),
            w: finding.paths.iter().map(steps).collect(),
            o: finding
                .related
                .iter()
                .map(|other| format!("{}: {}", other.message, spot(&other.location, None)))
                .collect(),
            f: &finding.fix_set,
            x: finding.waiver.as_ref().map(|waiver| {
                let owner = waiver.owner.iter().map(|owner| format!(", {owner}"));
                let until = waiver.expires.iter().map(|day| format!(", until {day}"));
                let terms: String = owner.chain(until).collect();
                format!("{}{terms}", waiver.reason)
            }),
            b: finding.since.map(Since::as_str),
        }
    }
}

/// Writes the page.
pub(super) fn write(
    results: &Results,
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(
        w,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
    )?;
    writeln!(
        w,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'unsafe-inline'; script-src 'unsafe-inline'\">"
    )?;
    writeln!(
        w,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>skylint report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>"
    )?;
    head(results, settings, w)?;
    charts(results, w)?;
    gaps(results, w)?;
    w.write_all(
        b"<section id=\"list\">\n<h2>Findings</h2>\n<form id=\"filters\"></form>\n\
          <p id=\"count\"></p>\n<div id=\"rows\"></div>\n<p><button id=\"more\" hidden>Show \
          more</button></p>\n<noscript><p>The list of findings needs scripts; they run in this \
          page alone.</p></noscript>\n</section>\n\
          <script type=\"application/json\" id=\"data\">",
    )?;
    let mut order = worst_first(results, is_open);
    order.extend(worst_first(results, |finding| !is_open(finding)));
    let rules = results.rules.iter().enumerate();
    let data = Data {
        rules: results
            .rules
            .iter()
            .map(|rule| Rule::from(&**rule))
            .collect(),
        findings: Rows {
            results,
            order,
            rules: rules.map(|(at, rule)| (&*rule.id, at)).collect(),
        },
    };
    super::to_json_line(&mut InScript(&mut *w), &data)?;
    writeln!(
        w,
        "</script>\n<script>\n{SCRIPT}</script>\n</body>\n</html>"
    )
}

fn head(results: &Results, settings: &Settings, w: &mut dyn io::Write) -> io::Result<()> {
    let counts = &results.summary;
    let resources: usize = results.inputs.iter().map(|input| input.resources).sum();
    writeln!(
        w,
        "<header>\n<h1>skylint report</h1>\n<p>{} rules on {resources} resources from {} inputs \
         · skylint {}</p>",
        results.rules.len(),
        results.inputs.len(),
        escaped(settings.version),
    )?;
    let judged = counts.fail + counts.unknown + counts.pass + counts.not_applicable + counts.waived;
    if judged == 0 {
        writeln!(w, "<p class=\"alarm\">Nothing was judged.</p>")?;
    }
    if !results.failures.is_empty() {
        writeln!(
            w,
            "<div class=\"alarm\"><p>This result is incomplete:</p>\n<ul>"
        )?;
        for failure in &results.failures {
            let place = match &failure.location {
                Some(place) => spot(place, None),
                None => failure.path.to_string(),
            };
            let message = escaped(&failure.message);
            writeln!(w, "<li>{}: {message}</li>", escaped(&place))?;
        }
        writeln!(w, "</ul></div>")?;
    }
    writeln!(w, "<ul class=\"cards\">")?;
    for (word, count) in [
        ("fail", counts.fail),
        ("unknown", counts.unknown),
        ("pass", counts.pass),
        ("not-applicable", counts.not_applicable),
        ("waived", counts.waived),
    ] {
        let label = word.replace('-', " ");
        writeln!(w, "<li class=\"{word}\"><b>{count}</b> {label}</li>")?;
    }
    writeln!(w, "</ul>")?;
    if let Some(earlier) = &results.earlier {
        writeln!(
            w,
            "<p>Against the baseline {}: {} new, {} worse, {} known, {} fixed, {} not judged this \
             time</p>",
            escaped(&earlier.path),
            results.since(Since::New),
            results.since(Since::Worse),
            results.since(Since::Known),
            earlier.fixed.len(),
            earlier.gone.len(),
        )?;
    }
    writeln!(w, "</header>")
}

/// Bars of what failed, by severity, domain, account and Region.
fn charts(results: &Results, w: &mut dyn io::Write) -> io::Result<()> {
    let failed = results
        .findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Fail && finding.waiver.is_none());
    let mut severities = [0_usize; Severity::ALL.len()];
    let mut by: [BTreeMap<&str, usize>; 3] = Default::default();
    for finding in failed {
        for (severity, count) in Severity::ALL.into_iter().zip(&mut severities) {
            *count += usize::from(severity == finding.severity);
        }
        let name = &finding.resource;
        let keys = [
            &*finding.rule.domain,
            name.account.as_deref().unwrap_or("not known"),
            name.region.as_deref().unwrap_or("not known"),
        ];
        for (counts, key) in by.iter_mut().zip(keys) {
            *counts.entry(key).or_default() += 1;
        }
    }
    writeln!(w, "<section class=\"charts\">")?;
    let severities = Severity::ALL.into_iter().zip(severities);
    let severities: Vec<_> = severities.map(|(s, count)| (s.as_str(), count)).collect();
    chart("Failed by severity", &severities, w)?;
    for (title, counts) in ["Failed by domain", "Failed by account", "Failed by Region"]
        .into_iter()
        .zip(by)
    {
        let mut bars: Vec<(&str, usize)> = counts.into_iter().collect();
        bars.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        chart(title, &bars, w)?;
    }
    writeln!(w, "</section>")
}

fn chart(title: &str, bars: &[(&str, usize)], w: &mut dyn io::Write) -> io::Result<()> {
    /// More bars are no picture.
    const MOST: usize = 12;
    let longest = bars.iter().map(|(_, count)| *count).max().unwrap_or(0);
    if longest == 0 {
        return Ok(());
    }
    writeln!(w, "<figure><figcaption>{title}</figcaption><table>")?;
    for (name, count) in bars.iter().take(MOST) {
        let percent = count * 100 / longest;
        let name = escaped(name);
        writeln!(
            w,
            "<tr><th>{name}</th><td><span class=\"bar {name}\" style=\"width:{percent}%\"></span>\
             </td><td>{count}</td></tr>"
        )?;
    }
    if bars.len() > MOST {
        let more = bars.len() - MOST;
        writeln!(w, "<tr><th>and {more} more</th></tr>")?;
    }
    writeln!(w, "</table></figure>")
}

fn gaps(results: &Results, w: &mut dyn io::Write) -> io::Result<()> {
    let gaps = super::gaps(&results.coverage);
    if gaps.is_empty() {
        return Ok(());
    }
    writeln!(
        w,
        "<section><details open><summary>Not read whole</summary>\n<ul>"
    )?;
    for gap in &gaps {
        writeln!(w, "<li>{}</li>", escaped(gap))?;
    }
    writeln!(w, "</ul></details></section>")
}
