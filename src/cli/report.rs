//! `skylint report`.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};

use clap::Args as ClapArgs;

use super::CliError;
use super::frameworks::FrameworkArgs;
use super::inputs::read_text;
use super::output::{self, Destination};
use crate::policy::{FailOn, Gate, Outcome};
use crate::report::{Format, jsonl};

/// Larger files are not quoted from.
const LARGEST_QUOTED: u64 = 256 << 20;

/// Make reports of a run that was kept with `--format jsonl`
///
/// Nothing is judged again, and no settings are read. Exit code: 0 the reports are written, 2
/// something went wrong; with --fail-on or --fail-on-unknown also as `check` ends: 1 the gate failed,
/// 2 not everything could be read then.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// What `--format jsonl=FILE` wrote; - for standard input
    #[arg(long, value_name = "FILE")]
    from: String,
    /// Write a report to standard output, or to a file with FORMAT=PATH: human, json, jsonl, csv,
    /// html, markdown, sarif, sarif-github, github, gitlab, junit. Repeatable [default: human]
    #[arg(long = "format", short = 'f', value_name = "FORMAT[=PATH]")]
    formats: Vec<Destination>,
    /// The least severity that fails it: critical, high, medium, low or never [default: never]
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Fail also when a verdict is unknown
    #[arg(long)]
    fail_on_unknown: bool,
    #[command(flatten)]
    frameworks: FrameworkArgs,
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let mut destinations = args.formats.clone();
    if destinations.is_empty() {
        destinations.push(Destination {
            format: Format::Human,
            path: None,
        });
    }
    output::one_to_stdout(&destinations)?;
    let mut frameworks = args.frameworks.resolve()?;
    let unreadable = |error| CliError::Read {
        path: args.from.clone(),
        error,
    };
    let lines: Box<dyn BufRead> = match &*args.from {
        "-" => Box::new(io::stdin().lock()),
        path => Box::new(BufReader::new(File::open(path).map_err(unreadable)?)),
    };
    let open = |path: &str| match path {
        // It cannot be read a second time.
        "-" => None,
        // The path stands in a file that may come from elsewhere: no device, nothing huge.
        path => {
            let found = fs::metadata(path).ok()?;
            let is_fit = found.is_file() && found.len() <= LARGEST_QUOTED;
            is_fit.then(|| read_text(path).ok()).flatten()
        }
    };
    let mut results = jsonl::read(lines, &open).map_err(|error| match error {
        jsonl::ReadError::Io(error) => unreadable(error),
        other => CliError::usage(
            format!("{}: {other}", args.from),
            Some("skylint check --format jsonl=FILE writes such a file".to_owned()),
        ),
    })?;
    frameworks.narrow_results(&mut results)?;
    super::check::complain(&results);
    let standings = frameworks.standings(&results);
    output::write_reports(&results, &standings, &destinations)?;
    Ok(match (args.fail_on, args.fail_on_unknown) {
        // Whoever asks for a report gets one: it is a gate only if told to be.
        (None, false) => Outcome::Passed,
        (fail_on, fail_on_unknown) => Gate {
            fail_on: fail_on.unwrap_or(FailOn::Never),
            fail_on_unknown,
        }
        .outcome(&results),
    })
}
