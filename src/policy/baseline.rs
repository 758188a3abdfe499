//! Baselines: what was found before, so that a gate looks at what is new.

use std::io;
use std::str::FromStr;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Deserializer, Serialize};

use crate::document::Fault;
use crate::model::{Earlier, Known, Results, Severity, Since, Span, Verdict, base};

/// The version of baselines, and the one of reports, that is read.
const VERSION: u64 = 1;
/// What a baseline calls itself.
const KIND: &str = "baseline";

/// What was found by a run, as a file remembers it.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    /// Failures and unknowns, those with an exception among them; with `--show all` of a report every
    /// verdict.
    pub findings: Vec<Known>,
    /// Whether some input of the run could not be read.
    pub incomplete: bool,
}

/// The lines before the findings of a baseline.
#[derive(Default, Deserialize)]
struct Head {
    skylint: Option<String>,
    tool: Option<ToolName>,
    version: Option<u64>,
}

#[derive(Deserialize)]
struct ToolName {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "skylint")]
    _skylint: String,
    #[serde(rename = "version")]
    _version: u64,
    findings: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    fingerprint: String,
    rule: String,
    #[serde(deserialize_with = "word", serialize_with = "as_word")]
    verdict: Verdict,
    #[serde(deserialize_with = "word", serialize_with = "as_word")]
    severity: Severity,
    #[serde(rename = "type")]
    rtype: String,
    address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    message: String,
}

/// As much as is needed of a JSON report.
#[derive(Deserialize)]
struct Report {
    findings: Vec<Reported>,
    failures: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Reported {
    rule: String,
    #[serde(deserialize_with = "word")]
    verdict: Verdict,
    #[serde(deserialize_with = "word")]
    severity: Severity,
    message: String,
    resource: ReportedResource,
    location: Option<ReportedPlace>,
    fingerprint: String,
    waiver: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct ReportedResource {
    #[serde(rename = "type")]
    rtype: String,
    address: String,
    account: Option<String>,
    region: Option<String>,
}

#[derive(Deserialize)]
struct ReportedPlace {
    path: String,
}

fn word<'de, D: Deserializer<'de>, T: FromStr<Err = String>>(from: D) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(serde::de::Error::custom)
}

fn as_word<S: serde::Serializer>(word: &impl ToString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&word.to_string())
}

/// Whether a text is what skylint remembers findings in: a baseline, or a report of its own.
pub fn is_remembered(text: &str) -> bool {
    // Only objects with one of the two names are worth a closer look.
    text.trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('{')
        && serde_json::from_str::<Head>(text).is_ok_and(|head| head.is_ours())
}

impl Head {
    fn is_ours(&self) -> bool {
        self.skylint.as_deref() == Some(KIND)
            || self
                .tool
                .as_ref()
                .is_some_and(|tool| tool.name == "skylint")
    }
}

/// Reads a baseline, or a JSON report.
///
/// # Errors
/// What is wrong with it, with its place.
pub fn remember(text: &str) -> Result<Remembered, Fault> {
    let text = text.trim_start_matches('\u{feff}');
    let wrong = |error: &serde_json::Error| broken(text, error);
    let head: Head = match text.trim_start().starts_with('[') {
        true => Head::default(),
        false => serde_json::from_str(text).map_err(|error| wrong(&error))?,
    };
    if !head.is_ours() {
        let message = "it is neither a baseline nor a JSON report of skylint";
        return Err(
            Fault::new(Span::default(), message).help("`skylint baseline write` writes a baseline")
        );
    }
    if head.version != Some(VERSION) {
        let at = text.find("\"version\"").unwrap_or_default();
        let span = Span::new(at, at + "\"version\"".len());
        return Err(match head.version {
            Some(version) => {
                let message = format!("it is of version {version}, this skylint reads {VERSION}");
                let help = "use the skylint that wrote it, or write it again with this one";
                Fault::new(span, message).help(help)
            }
            None => Fault::new(Span::default(), "it does not say its version"),
        });
    }
    if head.skylint.is_some() {
        let file: File = serde_json::from_str(text).map_err(|error| wrong(&error))?;
        return Ok(Remembered {
            findings: file.findings.into_iter().map(Known::from).collect(),
            incomplete: false,
        });
    }
    let report: Report = serde_json::from_str(text).map_err(|error| wrong(&error))?;
    Ok(Remembered {
        findings: report.findings.into_iter().map(Known::from).collect(),
        incomplete: !report.failures.is_empty(),
    })
}

/// An error of the parser, with its place as bytes.
fn broken(text: &str, error: &serde_json::Error) -> Fault {
    let before: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let at = (before + error.column().saturating_sub(1)).min(text.len());
    let said = error.to_string();
    let message = said
        .rsplit_once(" at line ")
        .map_or(&*said, |(said, _)| said);
    Fault::new(Span::new(at, (at + 1).min(text.len())), message)
        .help("write it again: `skylint baseline write`")
}

impl From<Entry> for Known {
    fn from(entry: Entry) -> Self {
        Self {
            fingerprint: base(&entry.fingerprint).into(),
            rule: entry.rule.into(),
            verdict: entry.verdict,
            severity: entry.severity,
            message: entry.message.into(),
            rtype: entry.rtype.into(),
            address: entry.address.into(),
            account: entry.account.map(Into::into),
            region: entry.region.map(Into::into),
            path: entry.path.map(Into::into),
            waived: false,
        }
    }
}

impl From<Reported> for Known {
    fn from(found: Reported) -> Self {
        Self {
            fingerprint: base(&found.fingerprint).into(),
            rule: found.rule.into(),
            verdict: found.verdict,
            severity: found.severity,
            message: found.message.into(),
            rtype: found.resource.rtype.into(),
            address: found.resource.address.into(),
            account: found.resource.account.map(Into::into),
            region: found.resource.region.map(Into::into),
            path: found.location.map(|place| place.path.into()),
            waived: found.waiver.is_some(),
        }
    }
}

/// Writes a baseline: a line for each finding, in an order that does not depend on that of the inputs, so that
/// two of them can be compared line by line.
///
/// # Errors
/// Those of writing.
pub fn write(results: &Results, w: &mut dyn io::Write) -> io::Result<usize> {
    let problems = results.findings.iter().map(Known::of);
    let mut entries: Vec<Known> = problems.filter(|k| k.is_problem() && !k.waived).collect();
    entries.sort_by(|a, b| {
        let key = |k: &Known| {
            let place = (k.account.clone(), k.region.clone());
            (k.rule.clone(), place, k.rtype.clone(), k.address.clone())
        };
        let rest = |k: &Known| (k.path.clone(), k.message.clone());
        key(a).cmp(&key(b)).then_with(|| rest(a).cmp(&rest(b)))
    });
    write!(
        w,
        "{{\n\"skylint\": \"{KIND}\",\n\"version\": {VERSION},\n\"findings\": ["
    )?;
    let count = entries.len();
    for (number, known) in entries.into_iter().enumerate() {
        let entry = Entry {
            fingerprint: known.fingerprint.to_string(),
            rule: known.rule.to_string(),
            verdict: known.verdict,
            severity: known.severity,
            rtype: known.rtype.to_string(),
            address: known.address.to_string(),
            account: known.account.as_deref().map(str::to_owned),
            region: known.region.as_deref().map(str::to_owned),
            path: known.path.as_deref().map(str::to_owned),
            message: known.message.to_string(),
        };
        w.write_all(if number == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *w, &entry)?;
    }
    w.write_all(b"\n]\n}\n")?;
    Ok(count)
}

/// Findings of one run, each with the same one of another.
#[derive(Debug, Default)]
pub struct Pairs {
    /// For each of the later findings the earlier one, by index.
    pub earlier: Vec<Option<usize>>,
    /// The earlier ones that have no later one.
    pub missing: Vec<usize>,
}

/// Pairs findings. Where several share a fingerprint, those in the same file belong together, and the others in
/// their order.
pub fn pair(earlier: &[Known], later: &[Known]) -> Pairs {
    let mut open: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (index, known) in earlier.iter().enumerate().rev() {
        open.entry(&known.fingerprint).or_default().push(index);
    }
    let mut pairs = Pairs {
        earlier: vec![None; later.len()],
        missing: Vec::new(),
    };
    for same_file in [true, false] {
        for (known, slot) in later.iter().zip(&mut pairs.earlier) {
            let Some(of) = open.get_mut(&*known.fingerprint).filter(|_| slot.is_none()) else {
                continue;
            };
            let fits = |index: &usize| {
                let path = earlier.get(*index).map(|known| &known.path);
                !same_file || path == Some(&known.path)
            };
            if let Some(at) = of.iter().rposition(fits) {
                *slot = Some(of.remove(at));
            }
        }
    }
    pairs.missing = open.into_values().flatten().collect();
    pairs.missing.sort_unstable();
    pairs
}

/// Parts what is missing: what was judged again and is no longer so, and what was not judged. `judged` counts by
/// fingerprint what the later run has nothing against.
pub fn part<'k>(
    missing: impl Iterator<Item = &'k Known>,
    judged: &FxHashMap<Arc<str>, usize>,
) -> (Vec<Known>, Vec<Known>) {
    let mut left = judged.clone();
    missing.cloned().partition(|known| {
        let count = left.get_mut(&known.fingerprint).filter(|count| **count > 0);
        count.map(|count| *count -= 1).is_some()
    })
}

/// Holds results against what was known.
pub fn compare(results: &mut Results, remembered: Remembered, path: &str) {
    // What an exception covered then is not thereby known: it counts again when that ends.
    let mut known = remembered.findings;
    known.retain(|known| known.is_problem() && !known.waived);
    let now: Vec<Known> = results.findings.iter().map(Known::of).collect();
    let problems: Vec<Known> = now.iter().filter(|k| k.is_problem()).cloned().collect();
    let pairs = pair(&known, &problems);
    let found = results.findings.iter_mut();
    let found = found.filter(|f| matches!(f.verdict, Verdict::Fail | Verdict::Unknown));
    for ((finding, now), before) in found.zip(&problems).zip(&pairs.earlier) {
        let before = before.and_then(|index| known.get(index));
        finding.since = Some(match before {
            None => Since::New,
            Some(before) if now.is_worse_than(before) => Since::Worse,
            Some(_) => Since::Known,
        });
    }
    let missing = pairs.missing.iter().filter_map(|index| known.get(*index));
    let (fixed, gone) = part(missing, &results.judged);
    results.earlier = Some(Earlier {
        path: path.into(),
        fixed,
        gone,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(fingerprint: &str, path: &str) -> Known {
        Known {
            fingerprint: fingerprint.into(),
            rule: "A-1".into(),
            verdict: Verdict::Fail,
            severity: Severity::Low,
            message: "m".into(),
            rtype: "T".into(),
            address: "a".into(),
            account: None,
            region: None,
            path: Some(path.into()),
            waived: false,
        }
    }

    #[test]
    fn findings_that_share_a_fingerprint_are_told_apart_by_file_and_then_by_order() {
        let earlier = [known("x", "a"), known("x", "b"), known("y", "a")];
        let pairs = pair(
            &earlier,
            &[known("x", "b"), known("x", "c"), known("z", "a")],
        );
        assert_eq!(pairs.earlier, [Some(1), Some(0), None]);
        assert_eq!(pairs.missing, [2]);
        let pairs = pair(&earlier, &[known("x", "new"), known("x", "a")]);
        assert_eq!(pairs.earlier, [Some(1), Some(0)]);
    }

    #[test]
    fn more_severe_is_worse_and_so_is_to_know() {
        let low = known("x", "a");
        let high = Known {
            severity: Severity::High,
            ..low.clone()
        };
        let open = Known {
            verdict: Verdict::Unknown,
            ..high.clone()
        };
        assert!(high.is_worse_than(&low) && !low.is_worse_than(&high));
        assert!(low.is_worse_than(&open) && !open.is_worse_than(&low));
    }
}
