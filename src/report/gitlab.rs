//! GitLab's code quality report: a list of issues that merge requests show at their lines.

use std::borrow::Cow;
use std::io;

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use crate::model::{Finding, InputFailure, Severity, Verdict};

use super::paths::{file_path, relative};
use super::{Material, Settings};

struct Issues<'a>(&'a Material<'a>, &'a Settings);

impl Serialize for Issues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(material, settings) = self;
        let mut list = serializer.serialize_seq(None)?;
        for (failure, number) in material.failures.iter().zip(0..) {
            list.serialize_element(&Issue::of_input(failure, number, settings))?;
        }
        material.put(None, &mut list, |finding, list| {
            match Issue::of(finding, settings) {
                Some(issue) => list.serialize_element(&issue),
                None => Ok(()),
            }
        })?;
        list.end()
    }
}

#[derive(Serialize)]
struct Issue<'a> {
    description: Cow<'a, str>,
    check_name: &'a str,
    fingerprint: Cow<'a, str>,
    severity: &'static str,
    location: Place,
}

#[derive(Serialize)]
struct Place {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

impl<'a> Issue<'a> {
    /// GitLab knows neither exceptions nor what holds: those are not for it.
    fn of(finding: &'a Finding, settings: &Settings) -> Option<Self> {
        let severity = match finding.verdict {
            _ if finding.waiver.is_some() => return None,
            Verdict::Fail => match finding.severity {
                Severity::Critical => "blocker",
                Severity::High => "critical",
                Severity::Medium => "major",
                Severity::Low => "minor",
            },
            Verdict::Unknown => "info",
            Verdict::Pass | Verdict::NotApplicable => return None,
        };
        let description = match &finding.unknown {
            Some(unknown) => format!("{} ({})", finding.message, unknown.reason).into(),
            None => Cow::Borrowed(&*finding.message),
        };
        Some(Self {
            description,
            check_name: &finding.rule.id,
            fingerprint: Cow::Borrowed(&finding.fingerprint),
            severity,
            location: Place {
                path: file_path(finding, settings),
                lines: Lines {
                    begin: finding.location.as_ref().map_or(1, |l| l.line.max(1)),
                },
            },
        })
    }

    fn of_input(failure: &'a InputFailure, number: usize, settings: &Settings) -> Self {
        let place = failure.location.as_ref();
        let path = place.map_or(&failure.path, |place| &place.path);
        Self {
            description: format!("{}: {}", failure.path, failure.message).into(),
            check_name: "input-failure",
            fingerprint: format!("input-failure-{number}-{path}").into(),
            severity: "blocker",
            location: Place {
                path: relative(path, settings.directory),
                lines: Lines {
                    begin: place.map_or(1, |place| place.line.max(1)),
                },
            },
        }
    }
}

/// Writes the list.
pub(super) fn write(
    material: &Material<'_>,
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    super::to_json(&mut *w, &Issues(material, settings))?;
    w.write_all(b"\n")
}
