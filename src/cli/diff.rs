//! `skylint diff`.

use std::path::Path;
use std::sync::Arc;

use clap::{Args as ClapArgs, ValueEnum};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Value, json};

use super::check::{self, InputArgs};
use super::config::Settings;
use super::rule_set::{RuleSet, Selection};
use super::{CliError, baseline, inputs, output};
use crate::document::decode;
use crate::model::{Known, Severity, Verdict};
use crate::policy::{self, FailOn, Outcome, Remembered};
use crate::report::clean;
use crate::source::Files as _;

/// Compare two results: what is new, what has changed, what was fixed
///
/// OLD and NEW are JSON reports, baselines, or anything that `check` reads, which is then checked.
///
/// Exit code: 0 nothing new at or above the gate, 1 something is, 2 something could not be read.
#[derive(Debug, ClapArgs)]
#[command(override_usage = "skylint diff [OPTIONS] OLD NEW")]
pub(super) struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// How
    #[arg(long, short = 'f', value_enum, default_value = "human")]
    format: Format,
    /// The least severity of something new that fails the run: critical, high, medium, low or never
    /// [default: low]
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// A line for each finding
    Human,
    /// An object
    Json,
}

/// One of the two.
struct Side {
    findings: Vec<Known>,
    /// What was judged and there is nothing against, by fingerprint.
    judged: FxHashMap<Arc<str>, usize>,
    incomplete: bool,
}

/// What became of a finding.
struct Change {
    word: &'static str,
    /// As it is; as it was, if it is no longer.
    known: Known,
    before: Option<Known>,
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let (settings, set) = args.selection.select()?;
    let [old, new] = args.input.paths.as_slice() else {
        return Err(CliError::usage(
            format!("diff compares two results, not {}", args.input.paths.len()),
            Some("skylint diff OLD NEW: JSON reports, baselines, or inputs".to_owned()),
        ));
    };
    let before = side(old, args, &settings, &set, FxHashSet::default())?;
    let watched = before.findings.iter().map(|k| Arc::clone(&k.fingerprint));
    let after = side(new, args, &settings, &set, watched.collect())?;
    let changes = compare(&before, &after);
    let same = after.findings.iter().filter(|k| k.is_problem()).count();
    let same = same
        - changes
            .iter()
            .filter(|c| matches!(c.word, "new" | "changed"))
            .count();
    match args.format {
        Format::Human => output::print(&human(&changes, same, &before, &after)),
        Format::Json => {
            let sides = [&before, &after];
            output::print_json(&json_report(&changes, same, [old, new], sides))
        }
    }?;
    if before.incomplete || after.incomplete {
        return Ok(Outcome::Broken);
    }
    let gate = args.fail_on.or(settings.config.fail_on);
    let gate = gate.unwrap_or(FailOn::Severity(Severity::Low));
    let stops = |change: &Change| {
        let is_worse = match &change.before {
            None => true,
            Some(before) => {
                change.known.is_worse_than(before) || before.waived && !change.known.waived
            }
        };
        let fails = change.known.verdict == Verdict::Fail && !change.known.waived;
        let counts = matches!(gate, FailOn::Severity(least) if change.known.severity >= least);
        matches!(change.word, "new" | "changed") && is_worse && fails && counts
    };
    Ok(match changes.iter().any(stops) {
        true => Outcome::Failed,
        false => Outcome::Passed,
    })
}

/// What a path stands for: results, or inputs, which are checked.
fn side(
    path: &str,
    args: &Args,
    settings: &Settings,
    set: &RuleSet,
    watched: FxHashSet<Arc<str>>,
) -> Result<Side, CliError> {
    if let Some(remembered) = results(path)? {
        let mut judged: FxHashMap<Arc<str>, usize> = FxHashMap::default();
        let (findings, fine): (Vec<Known>, Vec<Known>) =
            remembered.findings.into_iter().partition(Known::is_problem);
        for known in fine {
            *judged.entry(known.fingerprint).or_default() += 1;
        }
        return Ok(Side {
            findings,
            judged,
            incomplete: remembered.incomplete,
        });
    }
    let input = args.input.only(path);
    let results = check::judge(&input, settings, set, watched, false)?;
    check::complain(&results);
    Ok(Side {
        findings: results.findings.iter().map(Known::of).collect(),
        judged: results.judged,
        incomplete: !results.failures.is_empty(),
    })
}

/// The findings in a file, if it is one that remembers them.
fn results(path: &str) -> Result<Option<Remembered>, CliError> {
    if !Path::new(path).is_file() {
        return Ok(None);
    }
    // Snapshot files can be larger than memory, and say what they are at their beginning.
    if inputs::is_snapshot(Path::new(path), None) {
        return Ok(None);
    }
    let Ok(bytes) = inputs::Disk.read(path) else {
        return Ok(None);
    };
    match decode(&bytes) {
        Ok(text) if policy::is_remembered(&text) => baseline::read(path).map(Some),
        _ => Ok(None),
    }
}

fn compare(before: &Side, after: &Side) -> Vec<Change> {
    let pairs = policy::pair(&before.findings, &after.findings);
    let mut changes = Vec::new();
    for (known, pair) in after.findings.iter().zip(&pairs.earlier) {
        let earlier = pair.and_then(|index| before.findings.get(index));
        let word = match earlier {
            None => "new",
            Some(was) if is_same(was, known) => continue,
            Some(_) => "changed",
        };
        changes.push(Change {
            word,
            known: known.clone(),
            before: earlier.cloned(),
        });
    }
    let missing = pairs.missing.iter();
    let missing = missing.filter_map(|index| before.findings.get(*index));
    let (fixed, gone) = policy::part(missing, &after.judged);
    for (word, all) in [("fixed", fixed), ("gone", gone)] {
        changes.extend(all.into_iter().map(|known| Change {
            word,
            before: Some(known.clone()),
            known,
        }));
    }
    changes
}

fn is_same(was: &Known, is: &Known) -> bool {
    let facts = |k: &Known| (k.verdict, k.severity, k.waived, Arc::clone(&k.message));
    facts(was) == facts(is)
}

/// `high`, `unknown`, `waived`.
fn state(known: &Known) -> &'static str {
    match known.verdict {
        _ if known.waived => "waived",
        Verdict::Fail => known.severity.as_str(),
        other => other.as_str(),
    }
}

fn human(changes: &[Change], same: usize, before: &Side, after: &Side) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        text.push_str(&clean(line));
        text.push('\n');
    };
    for Change {
        word,
        known,
        before,
    } in changes
    {
        let was = before.as_ref().filter(|_| *word == "changed");
        let state = match was.map(state) {
            Some(was) if was != state(known) => format!("{was} → {}", state(known)),
            _ => state(known).to_owned(),
        };
        let place = known.path.as_ref().unwrap_or(&known.address);
        line(&format!(
            "{word} {state}[{}] {} ({place})",
            known.rule, known.message
        ));
        if let Some(was) = was.filter(|was| was.message != known.message) {
            line(&format!("    was: {}", was.message));
        }
    }
    if before.incomplete || after.incomplete {
        line(
            "not everything could be read: what is missing on one side may only not have been read",
        );
    }
    let count = |word: &str| changes.iter().filter(|c| c.word == word).count();
    line(&format!(
        "{} new, {} changed, {} fixed, {} gone, {same} the same",
        count("new"),
        count("changed"),
        count("fixed"),
        count("gone"),
    ));
    text
}

fn json_report(changes: &[Change], same: usize, paths: [&String; 2], sides: [&Side; 2]) -> Value {
    let count = |word: &str| changes.iter().filter(|c| c.word == word).count();
    let [old, new] = paths;
    let facts = |known: &Known| {
        json!({
            "verdict": known.verdict.as_str(),
            "severity": known.severity.as_str(),
            "message": &*known.message,
            "waived": known.waived,
        })
    };
    let findings: Vec<Value> = changes
        .iter()
        .map(|change| {
            let known = &change.known;
            let is_there = matches!(change.word, "new" | "changed");
            json!({
                "change": change.word,
                "rule": &*known.rule,
                "resource": {
                    "type": &*known.rtype,
                    "address": &*known.address,
                    "account": known.account.as_deref(),
                    "region": known.region.as_deref(),
                },
                "path": known.path.as_deref(),
                "fingerprint": &*known.fingerprint,
                "before": change.before.as_ref().map(facts),
                "after": is_there.then(|| facts(known)),
            })
        })
        .collect();
    json!({
        "version": 1,
        "old": old,
        "new": new,
        "complete": !sides.iter().any(|side| side.incomplete),
        "summary": {
            "new": count("new"),
            "changed": count("changed"),
            "fixed": count("fixed"),
            "gone": count("gone"),
            "same": same,
        },
        "findings": findings,
    })
}
