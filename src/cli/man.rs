//! `skylint man`.

use std::fs;
use std::path::PathBuf;

use clap::{Args as ClapArgs, CommandFactory as _};

use super::{Cli, CliError};
use crate::policy::Outcome;

/// Write a manual page for each command
///
/// `man -l DIR/skylint-check.1` shows one; in ~/.local/share/man/man1 they are where man looks.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// The directory to write them to
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let written = fs::create_dir_all(&args.directory)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), &args.directory));
    written
        .map(|()| Outcome::Passed)
        .map_err(|error| CliError::Write {
            path: args.directory.to_string_lossy().into_owned(),
            error,
        })
}
