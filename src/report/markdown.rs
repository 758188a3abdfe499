//! Markdown: for a merge request, a wiki, or the summary of a step of GitHub Actions.

use std::io;

use crate::model::{Finding, Severity};

use super::material::{Standing, Worst};
use super::words::{self, equation};
use super::{Material, clean};

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

/// Rows of a table, whatever room there is: what shows Markdown shows no more of it well.
const MOST_ROWS: usize = 10_000;

/// Writes the report, the worst first. With `most`, rows that would make it longer than so many
/// bytes are left out, and it says so.
pub(super) fn write(
    material: &Material<'_>,
    most: Option<usize>,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let mut head = Vec::new();
    summary(material, &mut head)?;
    w.write_all(&head)?;
    let mut room = most.map(|most| most.saturating_sub(head.len()));
    let mut tables = [
        (Standing::Fail, "Failed", Worst::new(MOST_ROWS)),
        (Standing::Unknown, "Unknown", Worst::new(MOST_ROWS)),
        (Standing::Waived, "Waived", Worst::new(MOST_ROWS)),
    ];
    material.each_marked(|mark, finding| {
        let standing = Standing::of(finding);
        let own = tables.iter_mut().filter(|(wanted, ..)| *wanted == standing);
        own.for_each(|(.., worst)| worst.see(mark, finding));
    })?;
    for (_, title, worst) in tables {
        table(material, worst, title, &mut room, w)?;
    }
    Ok(())
}

fn summary(material: &Material<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    let counts = &material.summary;
    writeln!(w, "# skylint\n")?;
    if words::judged(counts) == 0 {
        writeln!(w, "**Nothing was judged.**\n")?;
    } else if counts.fail + counts.unknown == 0 && material.failures.is_empty() {
        writeln!(w, "**No findings.**\n")?;
    }
    writeln!(w, "| failed | unknown | passed | not applicable | waived |")?;
    writeln!(w, "| ---: | ---: | ---: | ---: | ---: |")?;
    writeln!(
        w,
        "| {} | {} | {} | {} | {} |",
        counts.fail, counts.unknown, counts.pass, counts.not_applicable, counts.waived
    )?;
    if !material.failures.is_empty() {
        writeln!(w, "\n## Could not be read\n")?;
        writeln!(w, "> This result is incomplete.\n")?;
        for failure in material.failures {
            let path = escaped(&failure.path);
            writeln!(w, "- {path}: {}", escaped(&failure.message))?;
        }
    }
    if let Some(words) = words::against_baseline(material) {
        writeln!(w, "\n{}.", escaped(&words))?;
    }
    let gaps = words::gaps(material.coverage);
    if !gaps.is_empty() {
        writeln!(w, "\n## Not read whole\n")?;
        for gap in &gaps {
            writeln!(w, "- {}", escaped(gap))?;
        }
    }
    by_rule(material, w)
}

fn by_rule(material: &Material<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    let rules = material.tally.open_rules(material.rules);
    if rules.is_empty() {
        return Ok(());
    }
    writeln!(w, "\n## Rules\n")?;
    writeln!(w, "| rule | severity | failed | unknown | |")?;
    writeln!(w, "| --- | --- | ---: | ---: | --- |")?;
    for (rule, fail, unknown) in rules {
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
    material: &Material<'_>,
    worst: Worst,
    title: &str,
    room: &mut Option<usize>,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    /// What the sentence about missing rows and the next table's head need.
    const RESERVE: usize = 512;
    let all = worst.all;
    if all == 0 {
        return Ok(());
    }
    writeln!(w, "\n## {title}\n")?;
    writeln!(w, "| severity | rule | finding | where | evidence |")?;
    writeln!(w, "| --- | --- | --- | --- | --- |")?;
    let mut shown = 0;
    material.some(&worst.worst_first(), |finding| {
        if *room == Some(0) {
            return Ok(());
        }
        let row = row(finding);
        if let Some(room) = room {
            if *room < row.len() + RESERVE {
                *room = 0;
                return Ok(());
            }
            *room -= row.len();
        }
        shown += 1;
        w.write_all(row.as_bytes())
    })?;
    if shown < all {
        writeln!(
            w,
            "\n**{shown} of {all} shown**, the worst. All are in the reports json, csv and html."
        )?;
    }
    Ok(())
}

fn row(finding: &Finding) -> String {
    let mut message = escaped(&finding.message);
    if let Some(unknown) = &finding.unknown {
        message.push_str(&format!(" ({})", escaped(&unknown.reason)));
    }
    if let Some(waiver) = &finding.waiver {
        let words = escaped(&words::waiver(waiver));
        message.push_str(&format!("<br>waived: {words}"));
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
        escaped(&words::place(finding)),
        evidence.join("<br>"),
    )
}
