//! `skylint frameworks`, and what `--framework` means for a run.

use std::fmt::Write as _;
use std::sync::Arc;

use clap::builder::PossibleValuesParser;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use serde_json::json;

use super::rule_set::{AllRules, RuleSet};
use super::{CliError, output};
use crate::model::{FrameworkStanding, Mapping, Results, RuleInfo, Standing};
use crate::policy::{self, Framework, Outcome};
use crate::report::clean;

/// Show the frameworks of controls, and which rules are on which control
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the frameworks that `--framework` knows
    List {
        /// How
        #[arg(long, short = 'f', value_enum, default_value = "human")]
        format: ListFormat,
    },
    /// Show the controls of a framework, the rules on each, and those without a rule
    Show(Box<ShowArgs>),
}

#[derive(Debug, ClapArgs)]
struct ShowArgs {
    /// The framework
    #[arg(value_name = "NAME", value_parser = names())]
    name: String,
    /// How
    #[arg(long, short = 'f', value_enum, default_value = "human")]
    format: ListFormat,
    #[command(flatten)]
    rules: AllRules,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ListFormat {
    /// Text
    Human,
    /// JSON
    Json,
}

/// The option `--framework`.
#[derive(Debug, ClapArgs)]
pub(super) struct FrameworkArgs {
    /// Say of each control of a framework where it stands, and run only the rules that are on one:
    /// in human, json, markdown and html. Repeatable
    #[arg(long = "framework", value_name = "NAME", value_parser = names())]
    names: Vec<String>,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(policy::framework_names())
}

fn named(name: &str) -> Result<&'static Framework, CliError> {
    let mut all = policy::frameworks().iter();
    all.find(|framework| *framework.name == *name)
        .ok_or_else(|| CliError::usage(format!("there is no framework `{name}`"), None))
}

/// The frameworks that a run is about; none if it is about none in particular.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    frameworks: Vec<&'static Framework>,
    /// The rules there are, also those that do not run.
    known: Vec<Arc<RuleInfo>>,
}

impl FrameworkArgs {
    pub(super) fn resolve(&self) -> Result<Wanted, CliError> {
        let mut wanted = Wanted::default();
        for name in &self.names {
            let framework = named(name)?;
            if !wanted.frameworks.iter().any(|f| f.name == framework.name) {
                wanted.frameworks.push(framework);
            }
        }
        Ok(wanted)
    }
}

impl Wanted {
    /// Leaves the rules that are on a control.
    pub(super) fn narrow(&mut self, set: &mut RuleSet) -> Result<(), CliError> {
        if self.frameworks.is_empty() {
            return Ok(());
        }
        self.known = std::mem::take(&mut set.infos);
        set.rules.retain(|rule| self.has(&rule.info));
        match set.rules.is_empty() && set.faults.is_empty() {
            true => Err(self.no_rule()),
            false => Ok(()),
        }
    }

    /// Whether the run is about any.
    pub(super) fn are_wanted(&self) -> bool {
        !self.frameworks.is_empty()
    }

    /// Holds them against an earlier run, which must have what it takes.
    pub(super) fn hold(&mut self, results: &Results) -> Result<(), CliError> {
        if results.by_rule.len() < results.rules.len() {
            return Err(CliError::usage(
                "this file does not say how often each rule passed, so no control can be satisfied",
                Some("an older skylint wrote it: write it again".to_owned()),
            ));
        }
        self.known = RuleSet::builtin().infos;
        match results.rules.iter().any(|rule| self.has(rule)) {
            true => Ok(()),
            false => Err(self.no_rule()),
        }
    }

    /// Whether a rule is on a control.
    pub(super) fn has(&self, rule: &RuleInfo) -> bool {
        self.frameworks.iter().any(|framework| framework.has(rule))
    }

    fn no_rule(&self) -> CliError {
        let names: Vec<&str> = self.frameworks.iter().map(|f| &*f.name).collect();
        let names = names.join(", ");
        CliError::usage(
            format!("none of the rules that run is on a control of {names}"),
            Some(format!(
                "`skylint frameworks show {names}` shows the rules on each control"
            )),
        )
    }

    /// Where the controls stand.
    pub(super) fn standings(&self, results: &Results) -> Vec<FrameworkStanding> {
        let frameworks = self.frameworks.iter();
        frameworks
            .map(|framework| framework.standing(results, &self.known))
            .collect()
    }
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    match &args.verb {
        Verb::List { format } => list(*format),
        Verb::Show(args) => show(args),
    }
}

/// A framework of which nothing ran.
fn idle(framework: &Framework, rules: &[Arc<RuleInfo>]) -> FrameworkStanding {
    framework.standing(&Results::default(), rules)
}

fn list(format: ListFormat) -> Result<Outcome, CliError> {
    let rules = RuleSet::builtin().infos;
    let all = policy::frameworks().iter();
    let all: Vec<FrameworkStanding> = all.map(|framework| idle(framework, &rules)).collect();
    let with_rules = |framework: &FrameworkStanding| {
        framework.controls.len() - framework.count(Standing::NotCovered)
    };
    match format {
        ListFormat::Human => {
            let width = all.iter().map(|f| f.name.len()).max().unwrap_or_default();
            let lines = all.iter().map(|framework| {
                format!(
                    "{:width$}  {}, {}: {}, {} have a rule\n",
                    framework.name,
                    framework.title,
                    framework.edition,
                    framework.completeness(),
                    with_rules(framework)
                )
            });
            output::print(&lines.collect::<String>())?;
        }
        ListFormat::Json => {
            let all = all.iter().map(|framework| {
                json!({
                    "name": &*framework.name,
                    "title": &*framework.title,
                    "edition": &*framework.edition,
                    "url": &*framework.url,
                    "controls": framework.size,
                    "listed": framework.listed,
                    "with-rules": with_rules(framework),
                })
            });
            output::print_json(&all.collect())?;
        }
    }
    Ok(Outcome::Passed)
}

fn show(args: &ShowArgs) -> Result<Outcome, CliError> {
    let (_, set) = args.rules.load()?;
    let framework = idle(named(&args.name)?, &set.infos);
    match args.format {
        ListFormat::Human => output::print(&human(&framework))?,
        ListFormat::Json => {
            let controls = framework.controls.iter().map(|control| {
                let rules = control.rules.iter().map(|rule| {
                    json!({ "id": &*rule.id, "title": &*rule.title, "mapping": rule.mapping.as_str() })
                });
                json!({
                    "id": &*control.id,
                    "title": &*control.title,
                    "rules": rules.collect::<Vec<_>>(),
                })
            });
            output::print_json(&controls.collect())?;
        }
    }
    output::faults(&set.faults);
    Ok(set.outcome())
}

fn human(framework: &FrameworkStanding) -> String {
    let mut text = format!("{} ({})\n", framework.title, framework.name);
    let _ = writeln!(text, "{}: {}", framework.edition, framework.completeness());
    let _ = writeln!(text, "{}\n{}\n", framework.note.trim(), framework.url);
    let ids = framework.controls.iter().map(|c| c.id.chars().count());
    let width = ids.max().unwrap_or_default();
    for control in &framework.controls {
        let rules: Vec<String> = control
            .rules
            .iter()
            .map(|rule| match rule.mapping {
                Mapping::Skylint => format!("{}*", rule.id),
                Mapping::Published | Mapping::Same => rule.id.to_string(),
            })
            .collect();
        let rules = match rules.is_empty() {
            true => "no rule".to_owned(),
            false => rules.join(", "),
        };
        let (id, title) = (clean(&control.id), clean(&control.title));
        let _ = writeln!(text, "{id:width$}  {title}: {rules}");
    }
    let without = framework.count(Standing::NotCovered);
    let listed = framework.controls.len();
    let _ = writeln!(
        text,
        "\n{} of {listed} controls have a rule, {without} have none. * skylint's own mapping",
        listed - without
    );
    text
}
