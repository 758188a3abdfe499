//! `skylint scan`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args as ClapArgs;

use super::CliError;
use super::check::ReportArgs;
use super::collect::{self, AccountArgs};
use super::inputs::{Disk, shown};
use super::rule_set::Selection;
use crate::check::{Request, add_rule_faults, check};
use crate::collect::Wanted;
use crate::model::Results;
use crate::policy::Outcome;
use crate::rule;

/// Check a live AWS account, or all of an organisation, against the rules
///
/// Reads what the selected rules need, and no more, and judges it: `collect` and `check` in one go.
///
/// Exit code: 0 nothing at or above the gate, 1 the gate failed, 2 the account could not be read.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    selection: Selection,
    /// Keep the snapshot in this file: findings are then at its lines
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    account: AccountArgs,
    /// Say only what went wrong
    #[arg(long, short)]
    quiet: bool,
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let (settings, mut set) = args.selection.select()?;
    let reporting = args.report.resolve(&settings, &mut set)?;
    let wanted = Wanted::Only(rule::reads(&set.rules));
    let folder = match args.output {
        Some(_) => None,
        None => Some(Folder::new()?),
    };
    let kept = args.output.clone();
    let snapshot = kept.unwrap_or_else(|| {
        let folder = folder.as_ref().map(|folder| folder.0.as_path());
        folder.unwrap_or(Path::new(".")).join("live.snapshot")
    });
    let request = collect::request(&args.account, wanted, snapshot.clone());
    let collected = collect::gather(&request, args.quiet)?;
    collect::report(&collected, args.quiet);
    let path: Arc<str> = shown(&snapshot).into();
    let request = Request {
        show_all: reporting.show_all,
        snapshots: vec![path],
        watched: reporting.watched(),
        ..set.request()
    };
    let mut results = check(&[], &Disk, &set.rules, &request, Vec::new());
    add_rule_faults(&mut results, &set.faults);
    if folder.is_some() {
        forget_file(&mut results, &collected.manifest.accounts.join(", "));
    }
    let outcome = reporting.finish(results)?;
    Ok(match collect::outcome(&collected) {
        Outcome::Passed => outcome,
        broken => broken,
    })
}

/// Takes places in a file that nobody will see out of results.
fn forget_file(results: &mut Results, accounts: &str) {
    for input in &mut results.inputs {
        input.path = accounts.into();
        input.kind = "live";
    }
    for finding in &mut results.findings {
        finding.location = None;
        for evidence in &mut finding.evidence {
            evidence.location = None;
        }
        finding
            .related
            .retain(|related| related.location.source.is_none());
        for step in finding.paths.iter_mut().flatten() {
            step.location = None;
        }
    }
}

/// A folder of its own for a snapshot that is not kept. An account's configuration is nobody
/// else's business.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, CliError> {
        let path = std::env::temp_dir().join(format!("skylint-{}", std::process::id()));
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        // What an earlier process with this number left behind.
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => builder.create(&path),
        }
        .map_err(|error| CliError::Write {
            path: path.display().to_string(),
            error,
        })?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = fs::remove_dir_all(&self.0);
    }
}
