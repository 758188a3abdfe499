//! The command line: one file per verb. Parsing does no work; a verb does, and says how it ended.

mod baseline;
mod check;
#[cfg(feature = "live")]
mod collect;
mod completions;
mod config;
mod diff;
mod error;
mod explain;
mod frameworks;
mod graph;
mod init;
mod inputs;
mod loudness;
mod man;
mod output;
#[cfg(feature = "live")]
mod progress;
mod report;
mod rule_new;
mod rule_pages;
mod rule_set;
mod rules;
#[cfg(feature = "live")]
mod scan;
mod today;
mod waivers;

use std::ffi::OsString;
use std::process::ExitCode;

#[cfg(not(feature = "live"))]
use clap::error::{ContextKind, ContextValue};
use clap::{Parser, Subcommand};

use crate::policy::Outcome;
pub use error::CliError;

/// Lints AWS accounts: live, recorded, or still on the drawing board.
#[derive(Debug, Parser)]
#[command(
    name = "skylint",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    loudness: loudness::Loudness,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Baseline(baseline::Args),
    Check(Box<check::Args>),
    #[cfg(feature = "live")]
    Collect(Box<collect::Args>),
    Completions(completions::Args),
    Diff(Box<diff::Args>),
    Explain(explain::Args),
    Frameworks(frameworks::Args),
    Graph(Box<graph::Args>),
    Init(init::Args),
    Man(man::Args),
    Report(report::Args),
    Rules(rules::Args),
    #[cfg(feature = "live")]
    Scan(Box<scan::Args>),
    Waivers(waivers::Args),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    // Whatever goes wrong, it is not "nothing found": a panic ends with 2 like every other error.
    let outcome = std::panic::catch_unwind(|| run(std::env::args_os()));
    ExitCode::from(outcome.map_or(Outcome::Broken.code(), |code| code))
}

/// Runs a command; its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors, and go to standard output.
            let code = if error.use_stderr() {
                Outcome::Broken
            } else {
                Outcome::Passed
            };
            let _ = error.print();
            #[cfg(not(feature = "live"))]
            if let Some(ContextValue::String(verb)) = error.get(ContextKind::InvalidSubcommand)
                && matches!(&**verb, "collect" | "scan")
            {
                loudness::note(
                    "this skylint was built without the feature `live`, and reads no accounts: \
                     releases, and `cargo install`, have it",
                );
            }
            return code.code();
        }
    };
    cli.loudness.set();
    let outcome = match cli.verb {
        Verb::Baseline(args) => baseline::run(&args),
        Verb::Check(args) => check::run(&args),
        #[cfg(feature = "live")]
        Verb::Collect(args) => collect::run(&args),
        Verb::Completions(args) => completions::run(&args),
        Verb::Diff(args) => diff::run(&args),
        Verb::Explain(args) => explain::run(&args),
        Verb::Frameworks(args) => frameworks::run(&args),
        Verb::Graph(args) => graph::run(&args),
        Verb::Init(args) => init::run(&args),
        Verb::Man(args) => man::run(&args),
        Verb::Report(args) => report::run(&args),
        Verb::Rules(args) => rules::run(&args),
        #[cfg(feature = "live")]
        Verb::Scan(args) => scan::run(&args),
        Verb::Waivers(args) => waivers::run(&args),
    };
    match outcome {
        Ok(outcome) => outcome.code(),
        Err(error) => {
            error.print();
            error.code()
        }
    }
}
