//! GitHub Actions: annotations, as workflow commands in the log, and every problem as a line of it.

use std::io;

use crate::model::{Finding, Results, Severity, Verdict};

use super::human::spot;
use super::{Settings, clean, file_path, is_open, worst_first};

/// GitHub shows no more annotations of a kind for a step, and drops the rest without a word.
const MOST: usize = 10;

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
    results: &Results,
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let mut left = [
        ("error", MOST, 0_usize),
        ("warning", MOST, 0),
        ("notice", MOST, 0),
    ];
    let mut take = |kind: &str, wanted: bool| {
        let entry = left.iter_mut().find(|(name, ..)| *name == kind);
        entry.is_some_and(|(_, room, all)| {
            *all += 1;
            let fits = wanted && *room > 0;
            *room -= usize::from(fits);
            fits
        })
    };
    for (at, failure) in results.failures.iter().enumerate() {
        // Half of the room is for findings.
        if take("error", at < MOST / 2) {
            let place = failure.location.as_ref();
            let path = place.map_or(&failure.path, |place| &place.path);
            let line = place.map_or(1, |place| place.line.max(1));
            writeln!(
                w,
                "::error file={},line={line},title=skylint could not read this::{}",
                property(&clean(&super::relative(path, settings.directory))),
                data(&clean(&failure.message)),
            )?;
        }
    }
    let problems = worst_first(results, is_open);
    for finding in problems.iter().filter_map(|at| results.findings.get(*at)) {
        let kind = command(finding);
        if take(kind, true) {
            annotation(kind, finding, settings, w)?;
        }
    }
    let count = results.failures.len() + problems.len();
    writeln!(w, "::group::skylint: {count} problems")?;
    for failure in &results.failures {
        let text = format!("not read: {}: {}", failure.path, failure.message);
        writeln!(w, "{}", plain(&text))?;
    }
    for finding in problems.iter().filter_map(|at| results.findings.get(*at)) {
        let place = finding.location.as_ref().map_or_else(
            || finding.resource.address.to_string(),
            |place| spot(place, None),
        );
        let text = format!(
            "{} {}[{}] {} ({place})",
            finding.verdict, finding.severity, finding.rule.id, finding.message
        );
        writeln!(w, "{}", plain(&text))?;
    }
    writeln!(w, "::endgroup::")?;
    for (kind, room, all) in left {
        let shown = MOST - room;
        if shown < all {
            writeln!(
                w,
                "skylint: {shown} of {all} {kind}s are annotated; all are in the group above"
            )?;
        }
    }
    let counts = &results.summary;
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
