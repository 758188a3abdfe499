//! `skylint report`.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};

use clap::Args as ClapArgs;

use super::CliError;
use super::inputs::read_text;
use super::output::{self, Destination};
use crate::policy::Outcome;
use crate::report::{Format, jsonl};

/// Larger files are not quoted from.
const LARGEST_QUOTED: u64 = 256 << 20;

/// Make reports of a run that was kept with `--format jsonl`
///
/// Nothing is judged again. Exit code: 0 the reports are written, 2 something went wrong.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// What `--format jsonl=FILE` wrote; - for standard input
    #[arg(long, value_name = "FILE")]
    from: String,
    /// Write a report to standard output, or to a file with FORMAT=PATH: human, json, jsonl, csv,
    /// html, markdown, sarif, sarif-github, github, gitlab, junit. Repeatable [default: human]
    #[arg(long = "format", short = 'f', value_name = "FORMAT[=PATH]")]
    formats: Vec<Destination>,
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
    let results = jsonl::read(lines, &open).map_err(|error| match error {
        jsonl::ReadError::Io(error) => unreadable(error),
        other => CliError::usage(
            format!("{}: {other}", args.from),
            Some("skylint check --format jsonl=FILE writes such a file".to_owned()),
        ),
    })?;
    super::check::complain(&results);
    output::write_reports(&results, &destinations)?;
    Ok(Outcome::Passed)
}
