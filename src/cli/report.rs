//! `skylint report`.

use std::fs::{self, File};
use std::io::{self, Seek as _};

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
    let file = lines(&args.from).map_err(unreadable)?;
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
    let kept = jsonl::Kept::open(file, &open).map_err(|error| match error {
        jsonl::ReadError::Io(error) => unreadable(error),
        other => CliError::usage(
            format!("{}: {other}", args.from),
            Some("skylint check --format jsonl=FILE writes such a file".to_owned()),
        ),
    })?;
    super::check::complain(kept.results());
    output::write_reports(&kept.material(), &destinations)?;
    Ok(Outcome::Passed)
}

/// The file; what can be read only once is kept until the reports are made.
fn lines(path: &str) -> io::Result<File> {
    let mut once: Box<dyn io::Read> = match path {
        "-" => Box::new(io::stdin().lock()),
        path => {
            let file = File::open(path)?;
            if file.metadata()?.is_file() {
                return Ok(file);
            }
            Box::new(file)
        }
    };
    let mut kept = tempfile::tempfile()?;
    io::copy(&mut once, &mut kept)?;
    kept.seek(io::SeekFrom::Start(0))?;
    Ok(kept)
}
