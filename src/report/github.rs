//! GitHub Actions: annotations, as workflow commands in the log, and every problem as a line of it.

use std::io;

use crate::model::{Finding, Severity, Verdict};

use super::material::{Standing, Worst};
use super::paths::{file_path, relative};
use super::{Material, Settings, clean, words};

/// GitHub shows no more annotations of a kind for a step, and drops the rest without a word.
const MOST: usize = 10;
/// Nobody reads more of a log.
const MOST_LINES: usize = 5_000;

/// What stands after `::`.
fn data(text: &str) -> String {
    let text = uncommanded(text).replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A line of the log. The runner looks for commands at its beginning, and for those of older days
/// anywhere.
fn plain(text: &str) -> String {
    uncommanded(&clean(text))
}

/// Without what the runner took for a command in older days, wherever it stood.
fn uncommanded(text: &str) -> String {
    text.replace("##[", "## [").replace("##vso[", "## vso[")
}

fn command(finding: &Finding) -> &'static str {
    match (finding.verdict, finding.severity) {
        (Verdict::Fail, Severity::Critical | Severity::High) => "error",
        (Verdict::Fail, Severity::Medium) => "warning",
        _ => "notice",
    }
}

/// Writes the annotations of the worst, then a line for each problem.
pub(super) fn write(
    material: &Material<'_>,
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let failures = material.failures;
    // Half of the room is for findings.
    let shown = failures.len().min(MOST / 2);
    for failure in failures.iter().take(shown) {
        let place = failure.location.as_ref();
        let path = place.map_or(&failure.path, |place| &place.path);
        let line = place.map_or(1, |place| place.line.max(1));
        writeln!(
            w,
            "::error file={},line={line},title=skylint could not read this::{}",
            property(&clean(&relative(path, settings.directory))),
            data(&clean(&failure.message)),
        )?;
    }

    let mut kinds = [
        ("error", Worst::new(MOST - shown)),
        ("warning", Worst::new(MOST)),
        ("notice", Worst::new(MOST)),
    ];
    let mut problems = Worst::new(MOST_LINES);
    material.each_marked(|mark, finding| {
        if Standing::of(finding).is_open() {
            problems.see(mark, finding);
            let kind = command(finding);
            let own = kinds.iter_mut().filter(|(name, _)| *name == kind);
            own.for_each(|(_, worst)| worst.see(mark, finding));
        }
    })?;
    let mut left = Vec::new();
    for (kind, worst) in kinds {
        let unread = if kind == "error" { failures.len() } else { 0 };
        let all = worst.all + unread;
        let marks = worst.worst_first();
        material.some(&marks, |finding| annotation(kind, finding, settings, w))?;
        let shown = marks.len() + unread.min(shown);
        if shown < all {
            left.push(format!("{shown} of {all} {kind}s are annotated"));
        }
    }

    let count = failures.len() + problems.all;
    writeln!(w, "::group::skylint: {}", words::many(count, "problem"))?;
    for failure in failures {
        let text = format!("not read: {}: {}", failure.path, failure.message);
        writeln!(w, "{}", plain(&text))?;
    }
    let more = problems.all.saturating_sub(MOST_LINES);
    material.some(&problems.worst_first(), |finding| {
        let text = format!(
            "{} {}[{}] {} ({})",
            finding.verdict,
            finding.severity,
            finding.rule.id,
            finding.message,
            words::place(finding)
        );
        writeln!(w, "{}", plain(&text))
    })?;
    if more > 0 {
        writeln!(w, "and {more} less severe, which are in every other report")?;
    }
    writeln!(w, "::endgroup::")?;
    for left in left {
        writeln!(w, "skylint: {left}; the group above has more")?;
    }
    let counts = &material.summary;
    writeln!(
        w,
        "skylint: {} failed, {} unknown, {} passed, {} not applicable, {} waived",
        counts.fail, counts.unknown, counts.pass, counts.not_applicable, counts.waived
    )
}

fn annotation(
    kind: &str,
    finding: &Finding,
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let mut at = format!("file={}", property(&clean(&file_path(finding, settings))));
    if let Some(place) = &finding.location {
        let line = place.line.max(1);
        let last = place.end_line.max(line);
        at.push_str(&format!(",line={line},endLine={last}"));
        if line == last {
            let column = place.column.max(1);
            let end = place.end_column.max(column);
            at.push_str(&format!(",col={column},endColumn={end}"));
        }
    }
    let title = format!("{}: {}", finding.rule.id, finding.rule.title);
    let mut text = clean(&finding.message).into_owned();
    if let Some(unknown) = &finding.unknown {
        text.push_str(&format!(" ({})", clean(&unknown.reason)));
    }
    writeln!(
        w,
        "::{kind} {at},title={}::{}",
        property(&clean(&title)),
        data(&text)
    )
}
