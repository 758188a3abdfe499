//! `skylint baseline`, and what `--baseline` names.

use std::sync::Arc;

use clap::{Args as ClapArgs, Subcommand};
use rustc_hash::FxHashSet;

use super::check::{self, InputArgs};
use super::config::Settings;
use super::error::with_cause;
use super::inputs::Disk;
use super::rule_set::Selection;
use super::{CliError, output};
use crate::document::{Fault, decode};
use crate::model::{Results, Span};
use crate::policy::{self, Outcome, Remembered};
use crate::rule::RuleFaults;
use crate::source::Files as _;

/// Where a baseline goes when nobody says.
const NAME: &str = "skylint-baseline.json";

/// Remember what is found, so that later runs fail only because of what is new
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write what `check` finds now into a file, for `check --baseline FILE`
    Write(Box<WriteArgs>),
}

#[derive(Debug, ClapArgs)]
struct WriteArgs {
    #[command(flatten)]
    input: InputArgs,
    /// The file [default: what skylint.toml says, else skylint-baseline.json]
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
    #[command(flatten)]
    selection: Selection,
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let Verb::Write(args) = &args.verb;
    let (settings, set) = args.selection.select()?;
    let said = settings.config.baseline.as_ref();
    let path = match (&args.output, said) {
        (Some(path), _) => path.clone(),
        (None, Some(said)) => settings.path(&said.value),
        (None, None) => settings.path(NAME),
    };
    let results = check::judge(&args.input, &settings, &set, FxHashSet::default(), false)?;
    if !results.failures.is_empty() {
        check::complain(&results);
        return Err(CliError::usage(
            format!("{path} was not written: not everything could be read"),
            Some("what was not read would look new as soon as it is".to_owned()),
        ));
    }
    let mut count = 0;
    output::whole_file(&path, &mut |file| {
        let mut file = std::io::BufWriter::new(file);
        count = policy::write_baseline(&results, &mut file)?;
        std::io::Write::flush(&mut file)
    })?;
    let findings = match count {
        1 => "1 finding".to_owned(),
        _ => format!("{count} findings"),
    };
    output::print(&format!("wrote {path}: {findings}\n"))?;
    Ok(Outcome::Passed)
}

/// What a file remembers.
pub(super) fn read(path: &str) -> Result<Remembered, CliError> {
    let shown: Arc<str> = super::inputs::shown(std::path::Path::new(path)).into();
    let bytes = Disk.read(path).map_err(|why| CliError::Read {
        path: path.to_owned(),
        error: std::io::Error::other(why),
    })?;
    let wrong = |text: &str, fault: Fault| {
        CliError::Faults(vec![RuleFaults {
            path: Arc::clone(&shown),
            text: text.into(),
            faults: vec![fault],
        }])
    };
    match decode(&bytes) {
        Ok(text) => policy::remember(&text).map_err(|fault| wrong(&text, fault)),
        Err(error) => Err(wrong("", Fault::new(Span::default(), error.message))),
    }
}

/// The baseline that is in force, and its path.
pub(super) fn in_force(
    args: Option<&str>,
    none: bool,
    settings: &Settings,
) -> Result<Option<(String, Remembered)>, CliError> {
    match (args, &settings.config.baseline) {
        _ if none => Ok(None),
        (Some(path), _) => Ok(Some((path.to_owned(), read(path)?))),
        (None, Some(said)) => {
            let path = settings.path(&said.value);
            match read(&path) {
                Ok(remembered) => Ok(Some((path, remembered))),
                Err(error @ CliError::Faults(_)) => Err(error),
                Err(error) => Err(settings.wrong(vec![
                    Fault::new(said.span, with_cause(&error))
                        .help("`skylint baseline write` writes it"),
                ])),
            }
        }
        (None, None) => Ok(None),
    }
}

/// What to look for in a run: the fingerprints of what is remembered.
pub(super) fn watched(remembered: &Remembered) -> FxHashSet<Arc<str>> {
    let findings = remembered.findings.iter();
    findings
        .map(|known| Arc::clone(&known.fingerprint))
        .collect()
}

/// Holds results against a baseline.
pub(super) fn compare(results: &mut Results, baseline: Option<(String, Remembered)>) {
    if let Some((path, remembered)) = baseline {
        policy::compare(results, remembered, &path);
    }
}
