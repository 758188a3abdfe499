//! `skylint waivers`.

use std::str::FromStr;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use serde_json::json;

use super::check::{self, InputArgs};
use super::config::Settings;
use super::inputs::Disk;
use super::rule_set::{AllRules, RuleSet};
use super::{CliError, output};
use crate::model::{Day, Results, Suppression, Target};
use crate::policy::Outcome;
use crate::report::clean;
use crate::source;

/// Look after waivers and other exceptions
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the exceptions: the waivers of skylint.toml, and what the inputs except themselves. Those
    /// that end first are at the top
    List(Box<ListArgs>),
}

#[derive(Debug, ClapArgs)]
struct ListArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Only those that have ended or end within so many days, such as 30d
    #[arg(long, value_name = "DAYS")]
    expiring: Option<Days>,
    /// How
    #[arg(long, short = 'f', value_enum, default_value = "human")]
    format: ListFormat,
    #[command(flatten)]
    rules: AllRules,
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

/// An exception.
struct Listed {
    /// In how many days it ends; never, if there is no such number.
    left: Option<i64>,
    /// The resources it is about, in words.
    resources: String,
    /// It is written beside them, not in the settings.
    is_beside: bool,
    suppression: Suppression,
}

impl Listed {
    fn new(suppression: Suppression, resources: Option<String>, today: Day) -> Self {
        let end: Option<Day> = suppression
            .until
            .as_deref()
            .and_then(|day| day.parse().ok());
        let target = suppression.target.as_ref();
        let said = || target.map(Target::in_words).unwrap_or_default();
        Self {
            left: end.map(|end| end.since(today)),
            is_beside: resources.is_some(),
            resources: resources.unwrap_or_else(said),
            suppression,
        }
    }
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let Verb::List(args) = &args.verb;
    let (settings, set) = args.rules.load()?;
    let today = super::today::today();
    let waivers = set.waivers.iter().cloned();
    let mut all: Vec<Listed> = waivers.map(|w| Listed::new(w, None, today)).collect();
    let mut outcome = set.outcome();
    if !args.input.paths.is_empty() || !settings.config.inputs.include.is_empty() {
        let (beside, failures) = beside(args, &settings, &set, today)?;
        all.extend(beside);
        check::complain(&failures);
        if !failures.failures.is_empty() {
            outcome = Outcome::Broken;
        }
    }
    let count = all.len();
    if let Some(Days(within)) = args.expiring {
        all.retain(|listed| listed.left.is_some_and(|left| left <= within));
    }
    all.sort_by_key(|listed| listed.left.unwrap_or(i64::MAX));
    match args.format {
        ListFormat::Human => output::print(&human(&all, count)),
        ListFormat::Json => output::print_json(&all.iter().map(entry).collect()),
    }?;
    output::faults(&set.faults);
    Ok(outcome)
}

/// What the inputs except themselves, and what of them could not be read.
fn beside(
    args: &ListArgs,
    settings: &Settings,
    set: &RuleSet,
    today: Day,
) -> Result<(Vec<Listed>, Results), CliError> {
    let options = args.input.options(settings)?;
    let found = args.input.read(settings, &set.places);
    // Snapshot files have none: they are of what runs, not of what somebody writes.
    let mut read = source::read(&found.inputs, &Disk, &options);
    let all = std::mem::take(&mut read.snapshot.suppressions).into_iter();
    let listed = all.enumerate().map(|(index, suppression)| {
        let of = read.snapshot.resources.iter();
        let of = of.filter(|resource| resource.suppressions.contains(&index));
        let addresses: Vec<&str> = of.map(|resource| &*resource.address).collect();
        let addresses = match addresses.is_empty() {
            true => "nothing".to_owned(),
            false => addresses.join(", "),
        };
        Listed::new(suppression, Some(addresses), today)
    });
    let listed = listed.collect();
    let mut failures = found.failures;
    failures.append(&mut read.failures);
    let results = Results {
        failures,
        warnings: read.warnings,
        sources: read.snapshot.sources,
        ..Results::default()
    };
    Ok((listed, results))
}

fn human(listed: &[Listed], all: usize) -> String {
    let mut text = String::new();
    for one in listed {
        let suppression = &one.suppression;
        let until = suppression.until.as_deref().unwrap_or_default();
        let end = match one.left {
            None => "never ends".to_owned(),
            Some(0) => format!("ends {until}, today"),
            Some(1) => format!("ends {until}, tomorrow"),
            Some(-1) => format!("ended {until}, yesterday"),
            Some(days @ ..0) => format!("ended {until}, {} days ago", days.unsigned_abs()),
            Some(days) => format!("ends {until}, in {days} days"),
        };
        let owner = suppression.owner.iter().map(|owner| format!("{owner}, "));
        let line = format!(
            "{end}: {} for {}\n    {} ({}{}:{})\n",
            suppression.rule,
            one.resources,
            suppression.reason,
            owner.collect::<String>(),
            suppression.location.path,
            suppression.location.line,
        );
        for line in line.lines() {
            text.push_str(&clean(line));
            text.push('\n');
        }
    }
    let ended = listed.iter().filter_map(|one| one.left);
    let ended = ended.filter(|left| *left < 0).count();
    let count = |count: usize| match count {
        1 => "1 exception".to_owned(),
        _ => format!("{count} exceptions"),
    };
    text.push_str(&match (listed.len(), all) {
        (shown, all) if shown == all => format!("{}, {ended} ended\n", count(all)),
        (shown, all) => format!("{shown} of {}, {ended} ended\n", count(all)),
    });
    text
}

fn entry(listed: &Listed) -> serde_json::Value {
    let suppression = &listed.suppression;
    json!({
        "rule": &*suppression.rule,
        "resources": listed.resources,
        "reason": &*suppression.reason,
        "owner": suppression.owner.as_deref(),
        "expires": suppression.until.as_deref(),
        "days-left": listed.left,
        "written": if listed.is_beside { "beside" } else { "settings" },
        "path": &*suppression.location.path,
        "line": suppression.location.line,
    })
}
