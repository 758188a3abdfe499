//! Markdown: for a merge request, a wiki, or the summary of a step of GitHub Actions.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::model::{Finding, Results, Severity, Since, Verdict};

use super::human::{equation, spot};
use super::{clean, is_open, worst_first};

/// Text of an input as Markdown shows it: nothing in it is markup, a link or a mention.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in clean(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

fn severity_mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "🟣 critical",
        Severity::High => "🔴 high",
        Severity::Medium => "🟠 medium",
        Severity::Low => "🔵 low",
    }
}

/// Writes the report, the worst first. With `most`, rows that would make it longer than so many
/// bytes are left out, and it says so.
pub fn write(results: &Results, most: Option<usize>, w: &mut dyn io::Write) -> io::Result<()> {
    let mut head = Vec::new();
    summary(results, &mut head)?;
    w.write_all(&head)?;
    let open = worst_first(results, is_open);
    let mut room = most.map(|most| most.saturating_sub(head.len()));
    let fails = of_verdict(results, &open, Verdict::Fail);
    table(&fails, "Failed", &mut room, w)?;
    let unknown = of_verdict(results, &open, Verdict::Unknown);
    table(&unknown, "Unknown", &mut room, w)?;
    let waived = worst_first(results, |f| f.waiver.is_some());
    let waived: Vec<_> = waived
        .iter()
        .filter_map(|i| results.findings.get(*i))
        .collect();
    table(&waived, "Waived", &mut room, w)
}

fn of_verdict<'r>(results: &'r Results, open: &[usize], verdict: Verdict) -> Vec<&'r Finding> {
    let open = open.iter().filter_map(|index| results.findings.get(*index));
    open.filter(|finding| finding.verdict == verdict).collect()
}

fn summary(results: &Results, w: &mut dyn io::Write) -> io::Result<()> {
    let counts = &results.summary;
    writeln!(w, "# skylint\n")?;
    let judged = counts.fail + counts.unknown + counts.pass + counts.not_applicable + counts.waived;
    if judged == 0 {
        writeln!(w, "**Nothing was judged.**\n")?;
    } else if counts.fail + counts.unknown == 0 && results.failures.is_empty() {
        writeln!(w, "**No findings.**\n")?;
    }
    writeln!(w, "| failed | unknown | passed | not applicable | waived |")?;
    writeln!(w, "| ---: | ---: | ---: | ---: | ---: |")?;
    writeln!(
        w,
        "| {} | {} | {} | {} | {} |",
        counts.fail, counts.unknown, counts.pass, counts.not_applicable, counts.waived
    )?;
    if !results.failures.is_empty() {
        writeln!(w, "\n## Could not be read\n")?;
        writeln!(w, "> This result is incomplete.\n")?;
        for failure in &results.failures {
            let path = escaped(&failure.path);
            writeln!(w, "- {path}: {}", escaped(&failure.message))?;
        }
    }
    if let Some(earlier) = &results.earlier {
        writeln!(
            w,
            "\nAgainst the baseline {}: {} new, {} worse, {} known, {} fixed, {} not judged this \
             time.",
            escaped(&earlier.path),
            results.since(Since::New),
            results.since(Since::Worse),
            results.since(Since::Known),
            earlier.fixed.len(),
            earlier.gone.len(),
        )?;
    }
    let gaps = super::gaps(&results.coverage);
    if !gaps.is_empty() {
        writeln!(w, "\n## Not read whole\n")?;
        for gap in &gaps {
            writeln!(w, "- {}", escaped(gap))?;
        }
    }
    by_rule(results, w)
}

fn by_rule(results: &Results, w: &mut dyn io::Write) -> io::Result<()> {
    let mut rules = BTreeMap::new();
    for finding in results.findings.iter().filter(|f| is_open(f)) {
        let rule = &finding.rule;
        let key = (std::cmp::Reverse(rule.severity), &*rule.id);
        let (_, fail, unknown) = rules.entry(key).or_insert((rule, 0_usize, 0_usize));
        match finding.verdict {
            Verdict::Fail => *fail += 1,
            _ => *unknown += 1,
        }
    }
    if rules.is_empty() {
        return Ok(());
    }
    writeln!(w, "\n## Rules\n")?;
    writeln!(w, "| rule | severity | failed | unknown | |")?;
    writeln!(w, "| --- | --- | ---: | ---: | --- |")?;
    for (rule, fail, unknown) in rules.values() {
        let id = escaped(&rule.id);
        let id = match rule.references.first() {
            // An address of a rule file: what would end the link is encoded.
            Some(url) => format!("[{id}](<{}>)", url.replace(['<', '>', '\n', '|'], "")),
            None => id,
        };
        let severity = severity_mark(rule.severity);
        let title = escaped(&rule.title);
        writeln!(w, "| {id} | {severity} | {fail} | {unknown} | {title} |")?;
    }
    Ok(())
}

fn table(
    findings: &[&Finding],
    title: &str,
    room: &mut Option<usize>,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    /// What the sentence about missing rows and the next table's head need.
    const RESERVE: usize = 512;
    if findings.is_empty() {
        return Ok(());
    }
    let mut head = Vec::new();
    writeln!(head, "\n## {title}\n")?;
    writeln!(head, "| severity | rule | finding | where | evidence |")?;
    writeln!(head, "| --- | --- | --- | --- | --- |")?;
    w.write_all(&head)?;
    let mut shown = 0;
    for finding in findings {
        let row = row(finding);
        if let Some(room) = room {
            if *room < row.len() + RESERVE {
                *room = 0;
                break;
            }
            *room -= row.len();
        }
        w.write_all(row.as_bytes())?;
        shown += 1;
    }
    if shown < findings.len() {
        let all = findings.len();
        writeln!(
            w,
            "\n**{shown} of {all} shown.** The others are in a report without a limit."
        )?;
    }
    Ok(())
}

fn row(finding: &Finding) -> String {
    let place = match &finding.location {
        Some(location) => spot(location, None),
        None => {
            let name = &finding.resource;
            let parts = [&name.account, &name.region].into_iter().flatten();
            let parts: Vec<&str> = parts.map(AsRef::as_ref).chain([&*name.address]).collect();
            parts.join(" ")
        }
    };
    let mut message = escaped(&finding.message);
    if let Some(unknown) = &finding.unknown {
        message.push_str(&format!(" ({})", escaped(&unknown.reason)));
    }
    if let Some(waiver) = &finding.waiver {
        message.push_str(&format!("<br>waived: {}", escaped(&waiver.reason)));
        let owner = waiver.owner.iter().map(|owner| format!(" ({owner})"));
        let until = waiver.expires.iter().map(|day| format!(" until {day}"));
        let terms: String = owner.chain(until).collect();
        message.push_str(&escaped(&terms));
    }
    let evidence: Vec<String> = finding
        .evidence
        .iter()
        .take(5)
        .map(|evidence| escaped(&equation(evidence)))
        .collect();
    format!(
        "| {} | {} | {message} | {} | {} |\n",
        severity_mark(finding.severity),
        escaped(&finding.rule.id),
        escaped(&place),
        evidence.join("<br>"),
    )
}
