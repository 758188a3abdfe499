//! A page for a browser: one file that needs no network. What is counted stands in it as HTML, the
//! findings as JSON; a script shows as many of them as one can look at, so that the page opens at
//! once with any number.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use rustc_hash::FxHashMap;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::model::{Finding, PathStep, RuleInfo, Severity, Since};

use super::material::Standing;
use super::paths::percent_encoded;
use super::words::{self, spot};
use super::{Material, Settings, clean, to_json_line};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// What the page says of an account or a Region that is not known.
const NOT_KNOWN: &str = "not known";
/// More bars are no picture.
const MOST_BARS: usize = 12;
/// Findings in one piece of data: browsers take no string of any length.
const PIECE: usize = 1_000;

/// Writes the page.
pub(super) fn write(
    material: &Material<'_>,
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    // The page's own style and script are all that it may load or run, whatever an input holds.
    let policy = format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '{}'; script-src '{}'",
        hash(STYLE),
        hash(SCRIPT)
    );
    write!(
        w,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>skylint report</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#list\">To the findings</a>\n"
    )?;
    head(material, settings, w)?;
    writeln!(w, "<main>")?;
    failures(material, w)?;
    verdicts(material, w)?;
    charts(material, w)?;
    gaps(material, w)?;
    w.write_all(LIST.as_bytes())?;
    writeln!(w, "</main>")?;
    data(material, w)?;
    writeln!(w, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

const LIST: &str = "\
<section id=\"list\" aria-labelledby=\"list-title\" tabindex=\"-1\">
<h2 id=\"list-title\">Findings</h2>
<form id=\"filters\" role=\"search\" aria-label=\"Findings\"></form>
<div class=\"bar\"><p id=\"count\" role=\"status\"></p><ul id=\"chosen\" aria-label=\"Filters in force\"></ul></div>
<div id=\"rows\"></div>
<nav id=\"pager\" aria-label=\"Pages\" hidden></nav>
<noscript><p class=\"note\">The list of findings needs scripts; they are in this page alone and load nothing.</p></noscript>
</section>
<section id=\"appendix\" aria-labelledby=\"appendix-title\" hidden>
<h2 id=\"appendix-title\">Rules</h2>
</section>
";

/// What a policy knows a style or a script by.
fn hash(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut base64 = String::new();
    for bytes in Sha256::digest(text.as_bytes()).chunks(3) {
        let group = bytes
            .iter()
            .chain([&0, &0])
            .take(3)
            .fold(0_usize, |group, byte| group << 8 | usize::from(*byte));
        for place in 0..4 {
            let digit = DIGITS.get(group >> (18 - 6 * place) & 63);
            let digit = digit.filter(|_| place <= bytes.len());
            base64.push(digit.map_or('=', |digit| char::from(*digit)));
        }
    }
    format!("sha256-{base64}")
}

/// Text of an input, as HTML shows it.
fn escaped(text: &str) -> String {
    let text = clean(text).replace('&', "&amp;");
    let text = text.replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;")
}

/// Where a filter is put in force: the page reads it from its address.
fn link(filters: &[(&str, &str)]) -> String {
    let parts = filters
        .iter()
        .map(|(name, value)| format!("{name}={}", percent_encoded(value, false)));
    format!("#{}", parts.collect::<Vec<_>>().join("&amp;"))
}

fn many(count: usize, word: &str) -> String {
    match count {
        1 => format!("1 {word}"),
        _ => format!("{} {word}s", grouped(count)),
    }
}

/// `1,234,567`.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn head(material: &Material<'_>, settings: &Settings, w: &mut dyn io::Write) -> io::Result<()> {
    let resources: usize = material.inputs.iter().map(|input| input.resources).sum();
    let mut facts = vec![
        many(material.rules.len(), "rule"),
        many(resources, "resource"),
        many(material.inputs.len(), "input"),
    ];
    let accounts: Vec<&str> = material.coverage.accounts().map(|a| &**a).collect();
    match accounts.as_slice() {
        [] => {}
        [one] => facts.push(format!("account {}", escaped(one))),
        several => facts.push(many(several.len(), "account")),
    }
    writeln!(
        w,
        "<header>\n<h1><span class=\"brand\">skylint</span> report</h1>\n<p>{} · skylint {}</p>\n\
         </header>",
        facts.join(" · "),
        escaped(settings.version),
    )
}

/// What makes the result incomplete, before anything else.
fn failures(material: &Material<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    if words::judged(&material.summary) == 0 {
        writeln!(w, "<p class=\"alarm\"><b>Nothing was judged.</b></p>")?;
    }
    if material.failures.is_empty() {
        return Ok(());
    }
    writeln!(
        w,
        "<section class=\"alarm\" aria-labelledby=\"unread\">\n<h2 id=\"unread\">This result is \
         incomplete</h2>\n<ul>"
    )?;
    for failure in material.failures {
        let place = match &failure.location {
            Some(place) => spot(place, None),
            None => failure.path.to_string(),
        };
        let help = failure.help.as_deref().map(escaped);
        let help = help.map_or_else(String::new, |help| format!(" <small>{help}</small>"));
        let message = escaped(&failure.message);
        writeln!(
            w,
            "<li><code>{}</code> {message}{help}</li>",
            escaped(&place)
        )?;
    }
    writeln!(w, "</ul>\n</section>")
}

/// How the verdicts share.
fn verdicts(material: &Material<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    let counts = &material.summary;
    let all = words::judged(counts);
    let shares = [
        (Standing::Fail, "failed", counts.fail),
        (Standing::Unknown, "unknown", counts.unknown),
        (Standing::Waived, "waived", counts.waived),
        (Standing::Pass, "passed", counts.pass),
        (
            Standing::NotApplicable,
            "not applicable",
            counts.not_applicable,
        ),
    ];
    writeln!(
        w,
        "<section aria-labelledby=\"verdicts\">\n<h2 id=\"verdicts\">Verdicts</h2>\n\
         <ul class=\"tiles\">"
    )?;
    for (standing, label, count) in shares {
        let word = standing.as_str();
        let inner = format!("<b>{}</b> {label}", grouped(count));
        // Only findings are in the list: what passed is among them if all were asked for.
        let listed = material.tally.count(|kind| kind.standing == standing);
        match listed {
            0 => writeln!(w, "<li class=\"{word}\"><span>{inner}</span></li>")?,
            _ => {
                let link = link(&[("verdict", word)]);
                writeln!(
                    w,
                    "<li class=\"{word}\"><a href=\"{link}\">{inner}</a></li>"
                )?;
            }
        }
    }
    writeln!(w, "</ul>")?;
    let parts: Vec<_> = shares
        .iter()
        .map(|(standing, _, count)| (standing.as_str(), *count))
        .collect();
    stack(&parts, all, "share", w)?;
    if let Some(words) = words::against_baseline(material) {
        writeln!(w, "<p>{}.</p>", escaped(&words))?;
        let news = [Since::New, Since::Worse, Since::Known].map(|since| {
            let count = material.tally.since(since);
            let link = link(&[("baseline", since.as_str())]);
            (count > 0).then(|| format!("<a href=\"{link}\">{count} {}</a>", since.as_str()))
        });
        let news: Vec<String> = news.into_iter().flatten().collect();
        writeln!(w, "<p>Show: {}</p>", news.join(", "))?;
    }
    writeln!(w, "</section>")
}

/// Parts of a whole, side by side. The numbers stand beside it in words.
fn stack(
    parts: &[(&str, usize)],
    whole: usize,
    kind: &str,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    write!(
        w,
        "<svg class=\"{kind}\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" \
         aria-hidden=\"true\">"
    )?;
    let mut from = 0;
    for (class, count) in parts.iter().filter(|(_, count)| *count > 0) {
        let to = from + count;
        // Whoever has one is not to look as if it had none.
        let at = from * 1000 / whole.max(1);
        let wide = (to * 1000 / whole.max(1)).saturating_sub(at).max(3);
        write!(
            w,
            "<rect class=\"{class}\" x=\"{at}\" width=\"{wide}\" height=\"10\"/>"
        )?;
        from = to;
    }
    writeln!(w, "</svg>")
}

/// Counts by severity, from worst to least.
type BySeverity = [usize; Severity::ALL.len()];

fn add(counts: &mut BySeverity, severity: Severity, count: usize) {
    for (known, sum) in Severity::ALL.into_iter().zip(counts) {
        *sum += if known == severity { count } else { 0 };
    }
}

/// Pictures of what failed.
fn charts(material: &Material<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    let failed = material.tally.count(|kind| kind.standing == Standing::Fail);
    let unknown = material
        .tally
        .count(|kind| kind.standing == Standing::Unknown);
    if failed + unknown == 0 {
        return Ok(());
    }
    let domains: FxHashMap<&str, &str> = material
        .rules
        .iter()
        .map(|rule| (&*rule.id, &*rule.domain))
        .collect();
    let mut by_domain: BTreeMap<&str, (BySeverity, usize)> = BTreeMap::new();
    for (rule, kind, count) in material.tally.by_rule() {
        let domain = domains.get(rule).copied().unwrap_or_default();
        match kind.standing {
            Standing::Fail => {
                let (severities, _) = by_domain.entry(domain).or_default();
                add(severities, kind.severity, count);
            }
            Standing::Unknown => by_domain.entry(domain).or_default().1 += count,
            _ => {}
        }
    }
    let mut by_account: BTreeMap<&str, BySeverity> = BTreeMap::new();
    let mut by_region: BTreeMap<&str, BySeverity> = BTreeMap::new();
    for ((spot, kind), count) in material.tally.by_spot() {
        if kind.standing == Standing::Fail {
            let (account, region) = spot;
            let names = [(&mut by_account, account), (&mut by_region, region)];
            for (counts, name) in names {
                let name = name.as_deref().unwrap_or(NOT_KNOWN);
                add(counts.entry(name).or_default(), kind.severity, count);
            }
        }
    }
    writeln!(w, "<section class=\"charts\" aria-label=\"Charts\">")?;
    writeln!(w, "<ul class=\"legend\">")?;
    let colors = Severity::ALL.into_iter().map(Severity::as_str);
    for color in colors.chain([Standing::Unknown.as_str()]) {
        writeln!(
            w,
            "<li><svg viewBox=\"0 0 1 1\" aria-hidden=\"true\"><rect class=\"{color}\" width=\"1\" \
             height=\"1\"/></svg>{color}</li>"
        )?;
    }
    writeln!(w, "</ul>")?;
    matrix(&by_domain, w)?;
    worst_rules(material, w)?;
    bars("Failed by account", "account", by_account, w)?;
    bars("Failed by Region", "region", by_region, w)?;
    writeln!(w, "</section>")
}

/// How often each severity failed in each domain.
fn matrix(
    by_domain: &BTreeMap<&str, (BySeverity, usize)>,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let most = by_domain.values().flat_map(|(counts, _)| counts).max();
    let most = most.copied().unwrap_or_default().max(1);
    writeln!(
        w,
        "<table class=\"matrix\">\n<caption>Failed by domain and severity, and unknown</caption>\n\
         <thead><tr><th scope=\"col\">domain</th>"
    )?;
    for severity in Severity::ALL {
        writeln!(w, "<th scope=\"col\">{severity}</th>")?;
    }
    writeln!(w, "<th scope=\"col\">unknown</th></tr></thead>\n<tbody>")?;
    for (domain, (counts, unknown)) in by_domain {
        let name = escaped(domain);
        let all = link(&[("domain", domain)]);
        write!(w, "<tr><th scope=\"row\"><a href=\"{all}\">{name}</a></th>")?;
        for (severity, count) in Severity::ALL.into_iter().zip(counts) {
            if *count == 0 {
                write!(w, "<td class=\"none\">·</td>")?;
                continue;
            }
            // Four shades: more cannot be told apart.
            let shade = (count * 4).div_ceil(most);
            let filters = [
                ("domain", *domain),
                ("severity", severity.as_str()),
                ("verdict", "fail"),
            ];
            let link = link(&filters);
            let count = grouped(*count);
            write!(
                w,
                "<td class=\"{severity} shade{shade}\"><a href=\"{link}\">{count}</a></td>"
            )?;
        }
        match unknown {
            0 => writeln!(w, "<td class=\"none\">·</td></tr>")?,
            count => {
                let link = link(&[("domain", *domain), ("verdict", "unknown")]);
                let count = grouped(*count);
                writeln!(
                    w,
                    "<td class=\"unknown shade1\"><a href=\"{link}\">{count}</a></td></tr>"
                )?;
            }
        }
    }
    writeln!(w, "</tbody>\n</table>")
}

/// The rules with the most to do.
fn worst_rules(material: &Material<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    let mut rules = material.tally.open_rules(material.rules);
    rules.sort_by_key(|(_, fail, unknown)| std::cmp::Reverse((fail + unknown, *fail)));
    let rows: Vec<Bar<'_>> = rules
        .iter()
        .map(|(rule, fail, unknown)| Bar {
            name: &rule.id,
            title: Some(&rule.title),
            filters: vec![("rule", &*rule.id)],
            parts: vec![(rule.severity.as_str(), *fail), ("unknown", *unknown)],
        })
        .collect();
    chart("Failed and unknown by rule", &rows, w)
}

fn bars(
    title: &str,
    facet: &'static str,
    counts: BTreeMap<&str, BySeverity>,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    // One that is not known is no picture.
    if counts.keys().all(|name| *name == NOT_KNOWN) {
        return Ok(());
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.iter().sum::<usize>()));
    let rows: Vec<Bar<'_>> = counts
        .iter()
        .map(|(name, counts)| Bar {
            name,
            title: None,
            filters: vec![(facet, *name), ("verdict", "fail")],
            parts: Severity::ALL
                .into_iter()
                .map(Severity::as_str)
                .zip(counts.iter().copied())
                .collect(),
        })
        .collect();
    chart(title, &rows, w)
}

struct Bar<'a> {
    name: &'a str,
    title: Option<&'a str>,
    filters: Vec<(&'a str, &'a str)>,
    parts: Vec<(&'a str, usize)>,
}

impl Bar<'_> {
    fn sum(&self) -> usize {
        self.parts.iter().map(|(_, count)| count).sum()
    }
}

fn chart(title: &str, rows: &[Bar<'_>], w: &mut dyn io::Write) -> io::Result<()> {
    let longest = rows.iter().map(Bar::sum).max().unwrap_or(0);
    if longest == 0 {
        return Ok(());
    }
    writeln!(
        w,
        "<table class=\"chart\">\n<caption>{title}</caption>\n<tbody>"
    )?;
    for row in rows.iter().take(MOST_BARS) {
        let name = escaped(row.name);
        let link = link(&row.filters);
        let title = row
            .title
            .map(|title| format!("<small>{}</small>", escaped(title)));
        let title = title.unwrap_or_default();
        let count = grouped(row.sum());
        write!(
            w,
            "<tr><th scope=\"row\"><a href=\"{link}\">{name}</a>{title}</th><td>"
        )?;
        stack(&row.parts, longest, "bars", w)?;
        writeln!(w, "</td><td>{count}</td></tr>")?;
    }
    if let Some(more @ 1..) = rows.len().checked_sub(MOST_BARS) {
        writeln!(
            w,
            "<tr><td colspan=\"3\" class=\"more\">and {more} more, which the filters list</td></tr>"
        )?;
    }
    writeln!(w, "</tbody>\n</table>")
}

/// What was not read, and so not judged.
fn gaps(material: &Material<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    /// More are folded.
    const FEW: usize = 6;
    let gaps = words::gaps(material.coverage);
    if gaps.is_empty() {
        return Ok(());
    }
    writeln!(
        w,
        "<section class=\"gaps\" aria-labelledby=\"gaps\">\n<h2 id=\"gaps\">Not read whole</h2>\n\
         <p>What rests on these is unknown rather than passed.</p>\n<ul>"
    )?;
    let (first, rest) = gaps.split_at(gaps.len().min(FEW));
    for gap in first {
        writeln!(w, "<li>{}</li>", escaped(gap))?;
    }
    writeln!(w, "</ul>")?;
    if !rest.is_empty() {
        writeln!(w, "<details><summary>{} more</summary>\n<ul>", rest.len())?;
        for gap in rest {
            writeln!(w, "<li>{}</li>", escaped(gap))?;
        }
        writeln!(w, "</ul></details>")?;
    }
    writeln!(w, "</section>")
}

/// The findings, for the script.
fn data(material: &Material<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    const OPEN: &str = "<script type=\"application/json\" class=\"data\">";
    let rules: Vec<Rule<'_>> = material.rules.iter().map(|r| Rule::from(&**r)).collect();
    write!(w, "{OPEN}")?;
    to_json_line(&mut InScript(&mut *w), &rules)?;
    writeln!(w, "</script>")?;
    let index = material.rules.iter().zip(0..);
    let index: FxHashMap<&str, usize> = index.map(|(rule, at)| (&*rule.id, at)).collect();
    let mut count = 0_usize;
    material.each(|finding| {
        match count % PIECE {
            0 if count > 0 => write!(w, "]</script>\n{OPEN}[")?,
            0 => write!(w, "{OPEN}[")?,
            _ => w.write_all(b",")?,
        }
        count += 1;
        w.write_all(b"\n")?;
        let rule = index.get(&*finding.rule.id).copied().unwrap_or_default();
        to_json_line(&mut InScript(&mut *w), &Row::new(finding, rule))
    })?;
    match count {
        0 => Ok(()),
        _ => writeln!(w, "]</script>"),
    }
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
struct Rule<'a> {
    id: &'a str,
    title: &'a str,
    domain: &'a str,
    severity: &'a str,
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
            severity: rule.severity.as_str(),
            why: rule.why.trim(),
            fix: rule.fix.trim(),
            references: &rule.references,
            frameworks: frameworks.map(|(name, ids)| (&**name, &**ids)).collect(),
        }
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
    /// Construct.
    #[serde(skip_serializing_if = "Option::is_none")]
    k: Option<&'a str>,
    /// Place.
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<String>,
    /// Evidence: what, its value, where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    e: Vec<[String; 3]>,
    /// Why it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    u: Option<Unknown<'a>>,
    /// Ways, each of steps: what, where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    w: Vec<Vec<[Cow<'a, str>; 2]>>,
    /// Other places: what, where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    o: Vec<[Cow<'a, str>; 2]>,
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

#[derive(Serialize)]
struct Unknown<'a> {
    reason: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    because: &'a [(std::sync::Arc<str>, std::sync::Arc<str>)],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fails: &'a [std::sync::Arc<str>],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    passes: &'a [std::sync::Arc<str>],
}

impl<'a> Row<'a> {
    fn new(finding: &'a Finding, rule: usize) -> Self {
        let name = &finding.resource;
        let near = finding.location.as_ref();
        let step = |step: &'a PathStep| {
            let place = step.location.as_ref().map(|place| spot(place, near));
            [
                Cow::Borrowed(&*step.message),
                place.unwrap_or_default().into(),
            ]
        };
        Self {
            r: rule,
            v: Standing::of(finding).as_str(),
            s: finding.severity.as_str(),
            m: &finding.message,
            t: &name.rtype,
            a: &name.address,
            n: name.arn.as_deref().filter(|arn| *arn != &*name.address),
            c: name.account.as_deref(),
            g: name.region.as_deref(),
            k: name.construct.as_deref(),
            p: near.map(|place| spot(place, None)),
            e: finding
                .evidence
                .iter()
                .map(|evidence| {
                    let (what, value) = words::sides(evidence);
                    let place = evidence.location.as_ref().map(|place| spot(place, near));
                    [what, value, place.unwrap_or_default()]
                })
                .collect(),
            u: finding.unknown.as_ref().map(|unknown| Unknown {
                reason: &unknown.reason,
                because: &unknown.because,
                fails: &unknown.fails_when,
                passes: &unknown.passes_when,
            }),
            w: finding
                .paths
                .iter()
                .map(|path| path.iter().map(step).collect())
                .collect(),
            o: finding
                .related
                .iter()
                .map(|other| {
                    let place = spot(&other.location, near);
                    [Cow::Borrowed(&*other.message), place.into()]
                })
                .collect(),
            f: finding.fix_set.trim(),
            x: finding.waiver.as_ref().map(words::waiver),
            b: finding.since.map(Since::as_str),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_knows_texts_by_their_hash() {
        assert_eq!(
            hash(""),
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        );
    }

    #[test]
    fn numbers_are_grouped() {
        let shown = [0, 12, 999, 1_000, 123_456, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "12", "999", "1,000", "123,456", "1,234,567"]);
    }
}
