//! A table for a spreadsheet: a row for each finding.

use std::borrow::Cow;
use std::io;

use crate::model::Finding;

use super::words::equation;
use super::{Material, clean};

const COLUMNS: [&str; 27] = [
    "verdict",
    "severity",
    "rule",
    "title",
    "domain",
    "message",
    "type",
    "address",
    "id",
    "arn",
    "account",
    "region",
    "construct",
    "property",
    "path",
    "line",
    "column",
    "evidence",
    "unknown_because",
    "fix",
    "frameworks",
    "references",
    "waived",
    "waived_by",
    "waived_until",
    "baseline",
    "fingerprint",
];

/// A spreadsheet takes a cell that begins like this for a formula, and works it out.
fn harmless(cell: &str) -> Cow<'_, str> {
    let cell = clean(cell);
    match cell
        .trim_start()
        .starts_with(['=', '+', '-', '@', '|', '%'])
    {
        true => Cow::Owned(format!("'{cell}")),
        false => cell,
    }
}

fn row(finding: &Finding) -> [Cow<'_, str>; COLUMNS.len()] {
    fn or_empty<T: AsRef<str>>(text: Option<&T>) -> Cow<'_, str> {
        Cow::Borrowed(text.map_or("", AsRef::as_ref))
    }
    let name = &finding.resource;
    let place = finding.location.as_ref();
    let waiver = finding.waiver.as_ref();
    let rule = &finding.rule;
    let frameworks = rule.frameworks.iter();
    let frameworks: Vec<String> = frameworks
        .map(|(name, controls)| format!("{name}: {}", controls.join(", ")))
        .collect();
    let evidence: Vec<String> = finding.evidence.iter().map(equation).collect();
    [
        finding.verdict.as_str().into(),
        finding.severity.as_str().into(),
        Cow::Borrowed(&rule.id),
        Cow::Borrowed(&rule.title),
        Cow::Borrowed(&rule.domain),
        Cow::Borrowed(&finding.message),
        Cow::Borrowed(&name.rtype),
        Cow::Borrowed(&name.address),
        Cow::Borrowed(&name.id),
        or_empty(name.arn.as_ref()),
        or_empty(name.account.as_ref()),
        or_empty(name.region.as_ref()),
        or_empty(name.construct.as_ref()),
        Cow::Borrowed(&finding.property),
        place.map_or(Cow::Borrowed(""), |place| Cow::Borrowed(&place.path)),
        place.map_or(Cow::Borrowed(""), |place| place.line.to_string().into()),
        place.map_or(Cow::Borrowed(""), |place| place.column.to_string().into()),
        evidence.join("; ").into(),
        or_empty(finding.unknown.as_ref().map(|unknown| &unknown.reason)),
        Cow::Owned(rule.fix.split_whitespace().collect::<Vec<_>>().join(" ")),
        frameworks.join("; ").into(),
        rule.references.join(" ").into(),
        or_empty(waiver.map(|waiver| &waiver.reason)),
        or_empty(waiver.and_then(|waiver| waiver.owner.as_ref())),
        or_empty(waiver.and_then(|waiver| waiver.expires.as_ref())),
        finding.since.map_or("", |since| since.as_str()).into(),
        Cow::Borrowed(&finding.fingerprint),
    ]
}

/// The error below: a reader that has gone away is to be recognised as such.
fn plain(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Writes the table, with the names of the columns first.
pub(super) fn write(material: &Material<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(w);
    table.write_record(COLUMNS).map_err(plain)?;
    material.each(|finding| {
        let cells = row(finding);
        let cells = cells.iter().map(|cell| harmless(cell).into_owned());
        table.write_record(cells).map_err(plain)
    })?;
    table.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "|x"] {
            let cell = harmless(formula);
            assert!(
                cell.starts_with('\'') || cell.starts_with('\\'),
                "{formula:?} became {cell:?}"
            );
        }
        assert_eq!(harmless("MultiAZ = false"), "MultiAZ = false");
    }
}
