//! `skylint rules list|new|test|docs|schema`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use rayon::prelude::*;

use super::rule_set::{RuleSet, Selection};
use super::{CliError, output, rule_new, rule_pages};
use crate::examples;
use crate::model::{Location, Span};
use crate::policy::Outcome;
use crate::rule::{Rule, RuleFaults};

/// List the rules, begin one, test them, or describe their format
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the rules
    List {
        /// How
        #[arg(long, short = 'f', value_enum, default_value = "human")]
        format: ListFormat,
        #[command(flatten)]
        selection: Selection,
    },
    /// Write a new rule, with examples, for you to fill in
    New(rule_new::Args),
    /// Run the examples inside rule files: the built-in ones, or your own
    Test {
        /// Rule files or directories of them; the built-in rules if none
        #[arg(value_name = "DIR")]
        paths: Vec<String>,
    },
    /// Write a page for each rule, with indexes by domain, framework and service
    Docs {
        /// The directory to write them to
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        #[command(flatten)]
        selection: Selection,
    },
    /// Print the JSON Schema of rule files, for editors
    Schema,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ListFormat {
    /// A table
    Human,
    /// An array of objects
    Json,
}

/// The JSON Schema of rule files.
const SCHEMA: &str = include_str!("../rule/rule.schema.json");

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    match &args.verb {
        Verb::List { format, selection } => list(*format, selection),
        Verb::New(args) => rule_new::run(args),
        Verb::Test { paths } => test(paths),
        Verb::Docs {
            directory,
            selection,
        } => docs(directory, selection),
        Verb::Schema => output::print(SCHEMA).map(|()| Outcome::Passed),
    }
}

fn list(format: ListFormat, selection: &Selection) -> Result<Outcome, CliError> {
    let (_, set) = selection.select()?;
    let text = match format {
        ListFormat::Human => table(&set.rules),
        ListFormat::Json => {
            let rules: Vec<_> = set.rules.iter().map(json).collect();
            format!("{:#}\n", serde_json::Value::Array(rules))
        }
    };
    output::print(&text)?;
    Ok(report_faults(&set.faults))
}

fn docs(directory: &Path, selection: &Selection) -> Result<Outcome, CliError> {
    let (_, set) = selection.select()?;
    let failed = |error| CliError::Write {
        path: directory.display().to_string(),
        error,
    };
    fs::create_dir_all(directory).map_err(failed)?;
    let pages = set.rules.iter().map(|rule| {
        let name = format!("{}.md", rule.info.id);
        (name, rule_pages::page(rule, true))
    });
    let index = ("README.md".to_owned(), rule_pages::index(&set.rules));
    for (name, text) in pages.chain([index]) {
        fs::write(directory.join(name), text).map_err(failed)?;
    }
    Ok(report_faults(&set.faults))
}

fn table(rules: &[Rule]) -> String {
    let width = rules.iter().map(|r| r.info.id.len()).max().unwrap_or(0);
    let lines = rules.iter().map(|rule| {
        let info = &rule.info;
        format!("{:width$}  {:8}  {}\n", info.id, info.severity, info.title)
    });
    lines.collect()
}

fn json(rule: &Rule) -> serde_json::Value {
    let info = &rule.info;
    let lists = |lists: &[(std::sync::Arc<str>, Vec<std::sync::Arc<str>>)]| {
        let lists = lists.iter().map(|(name, ids)| {
            let ids: Vec<&str> = ids.iter().map(|id| &**id).collect();
            (name.to_string(), serde_json::json!(ids))
        });
        lists.collect::<serde_json::Map<_, _>>()
    };
    let texts = |texts: &[std::sync::Arc<str>]| -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    };
    serde_json::json!({
        "id": &*info.id,
        "slug": &*info.slug,
        "domain": &*info.domain,
        "title": &*info.title,
        "severity": info.severity.as_str(),
        "resources": texts(&info.resources),
        "references": texts(&info.references),
        "equivalents": lists(&info.equivalents),
        "frameworks": lists(&info.frameworks),
    })
}

fn test(paths: &[String]) -> Result<Outcome, CliError> {
    let mut sets = Vec::new();
    for path in paths {
        sets.push(RuleSet::from_path(path)?);
    }
    if paths.is_empty() {
        sets.push(RuleSet::builtin());
    }
    let mut text = String::new();
    let mut broken = Outcome::Passed;
    let (mut passed, mut failed, mut open) = (0, 0, 0);
    for set in &sets {
        if report_faults(&set.faults) == Outcome::Broken {
            broken = Outcome::Broken;
        }
        for rule in &set.rules {
            let outcomes: Vec<_> = rule
                .examples
                .par_iter()
                .map(|example| (example, examples::run(rule, example)))
                .collect();
            // What is wrong, by the line it is said of.
            let mut said = Vec::new();
            if outcomes.is_empty() {
                said.push((0, format!("{}: it has no examples", rule.info.id)));
                failed += 1;
            }
            let source = text_of(rule);
            let line = |at: usize| {
                let span = Span { start: at, end: at };
                Location::in_text(None, rule.path.clone(), &source, span).line
            };
            let mut fails_at = Vec::new();
            for (example, outcome) in outcomes {
                match outcome {
                    Ok(()) => passed += 1,
                    Err(why) => {
                        failed += 1;
                        fails_at.push(example.span.start);
                        let what = format!("{}: {}\n    {why}", rule.info.id, example.name);
                        said.push((line(example.span.start), what));
                    }
                }
            }
            for (at, what) in rule_new::open(&source) {
                // A failing example says it by itself.
                let starts = rule.examples.iter().map(|example| example.span.start);
                let within = starts.filter(|start| *start <= at).max();
                if within.is_some_and(|start| fails_at.contains(&start)) {
                    continue;
                }
                open += 1;
                said.push((line(at), format!("{}: {what}", rule.info.id)));
            }
            said.sort();
            for (line, what) in said {
                text.push_str(&match line {
                    0 => format!("{}: {what}\n", rule.path),
                    line => format!("{}:{line}: {what}\n", rule.path),
                });
            }
        }
    }
    text.push_str(&format!("{passed} examples passed, {failed} failed"));
    text.push_str(&match open {
        0 => "\n".to_owned(),
        1 => ", 1 place to fill in\n".to_owned(),
        _ => format!(", {open} places to fill in\n"),
    });
    output::print(&text)?;
    Ok(match (broken, failed + open) {
        (Outcome::Broken, _) => Outcome::Broken,
        (_, 0) => Outcome::Passed,
        _ => Outcome::Failed,
    })
}

/// The text of a rule. It is not kept, so built-in rules are looked up again.
fn text_of(rule: &Rule) -> std::sync::Arc<str> {
    let builtin = crate::rule::builtin()
        .iter()
        .find(|(path, _)| *rule.path == format!("rules/{path}"));
    match builtin {
        Some((_, text)) => (*text).into(),
        None => super::inputs::read_text(&rule.path).unwrap_or_default(),
    }
}

/// Says what is wrong with rule files, on standard error.
fn report_faults(faults: &[RuleFaults]) -> Outcome {
    output::faults(faults);
    match faults.is_empty() {
        true => Outcome::Passed,
        false => Outcome::Broken,
    }
}
