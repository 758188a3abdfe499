//! `skylint report`.

use std::fs::{self, File};
use std::io::{self, Seek as _};

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
    let mut kept = jsonl::Kept::open(file, &open).map_err(|error| match error {
        jsonl::ReadError::Io(error) => unreadable(error),
        other => CliError::usage(
            format!("{}: {other}", args.from),
            Some("skylint check --format jsonl=FILE writes such a file".to_owned()),
        ),
    })?;
    if frameworks.are_wanted() {
        frameworks.hold(kept.results())?;
        kept.narrow(&|rule| frameworks.has(rule))
            .map_err(unreadable)?;
    }
    super::check::complain(kept.results());
    let standings = frameworks.standings(kept.results());
    output::write_reports(&kept.material(), &standings, &destinations)?;
    let gate = match (args.fail_on, args.fail_on_unknown) {
        // Whoever asks for a report gets one: it is a gate only if told to be.
        (None, false) => return Ok(Outcome::Passed),
        (fail_on, fail_on_unknown) => Gate {
            fail_on: fail_on.unwrap_or(FailOn::Never),
            fail_on_unknown,
        },
    };
    let stopped = kept.any(&|finding| gate.stops(finding));
    let stopped = stopped.map_err(unreadable)?;
    Ok(Outcome::of(&kept.results().failures, stopped))
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
