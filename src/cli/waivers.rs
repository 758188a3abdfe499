//! `skylint waivers`.

use std::str::FromStr;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use serde_json::json;

use super::rule_set::AllRules;
use super::{CliError, output};
use crate::model::{Day, Suppression};
use crate::policy::Outcome;
use crate::report::clean;

/// Look after waivers
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the waivers of skylint.toml, those that end first at the top
    List {
        /// Only those that have ended or end within so many days, such as 30d
        #[arg(long, value_name = "DAYS")]
        expiring: Option<Days>,
        /// How
        #[arg(long, short = 'f', value_enum, default_value = "human")]
        format: ListFormat,
        #[command(flatten)]
        rules: AllRules,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ListFormat {
    /// A line for each, and its reason
    Human,
    /// An array of objects
    Json,
}

/// A number of days, `30d` or `4w`.
#[derive(Debug, Clone, Copy)]
struct Days(i64);

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, unit) = match text.strip_suffix('w') {
            Some(weeks) => (weeks, 7),
            None => (text.strip_suffix('d').unwrap_or(text), 1),
        };
        let number: u16 = number
            .parse()
            .map_err(|_| format!("`{text}` is not a number of days, such as 30d or 4w"))?;
        Ok(Self(i64::from(number) * unit))
    }
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let Verb::List {
        expiring,
        format,
        rules,
    } = &args.verb;
    let (_, set) = rules.load()?;
    let today = super::today::today();
    let mut listed = Vec::new();
    for waiver in &set.waivers {
        let end: Option<Day> = waiver.until.as_deref().and_then(|day| day.parse().ok());
        let left = end.map_or(i64::MAX, |end| end.since(today));
        if expiring.is_none_or(|Days(within)| left <= within) {
            listed.push((left, waiver));
        }
    }
    listed.sort_by_key(|(left, _)| *left);
    match format {
        ListFormat::Human => output::print(&human(&listed, set.waivers.len())),
        ListFormat::Json => {
            let all = listed.iter().map(|(left, waiver)| entry(*left, waiver));
            output::print_json(&all.collect())
        }
    }?;
    output::faults(&set.faults);
    Ok(set.outcome())
}

fn human(listed: &[(i64, &Suppression)], all: usize) -> String {
    let mut text = String::new();
    for (left, waiver) in listed {
        let end = match left {
            ..0 => "ended",
            _ => "ends",
        };
        let when = match left.unsigned_abs() {
            0 => "today".to_owned(),
            1 if *left < 0 => "yesterday".to_owned(),
            1 => "tomorrow".to_owned(),
            days if *left < 0 => format!("{days} days ago"),
            days => format!("in {days} days"),
        };
        let target = waiver.target.as_ref().map(|target| target.in_words());
        let line = format!(
            "{end} {}, {when}: {} for {}\n    {} ({}, {}:{})\n",
            waiver.until.as_deref().unwrap_or_default(),
            waiver.rule,
            target.unwrap_or_default(),
            waiver.reason,
            waiver.owner.as_deref().unwrap_or_default(),
            waiver.location.path,
            waiver.location.line,
        );
        for line in line.lines() {
            text.push_str(&clean(line));
            text.push('\n');
        }
    }
    let ended = listed.iter().filter(|(left, _)| *left < 0).count();
    let count = |count: usize| match count {
        1 => "1 waiver".to_owned(),
        _ => format!("{count} waivers"),
    };
    text.push_str(&match (listed.len(), all) {
        (shown, all) if shown == all => format!("{}, {ended} ended\n", count(all)),
        (shown, all) => format!("{shown} of {}, {ended} ended\n", count(all)),
    });
    text
}

fn entry(left: i64, waiver: &Suppression) -> serde_json::Value {
    let target = waiver.target.as_ref();
    json!({
        "rule": &*waiver.rule,
        "resources": target.map(|target| target.in_words()),
        "reason": &*waiver.reason,
        "owner": waiver.owner.as_deref(),
        "expires": waiver.until.as_deref(),
        "days-left": left,
        "path": &*waiver.location.path,
        "line": waiver.location.line,
    })
}
