//! Where reports go: standard output, or files that are whole or not there.

use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::OnceLock;

use super::CliError;
use super::inputs::shown;
use crate::check::add_rule_faults;
use crate::model::{FrameworkStanding, Results};
use crate::report::{self, Format, Material, Settings, framework, human};
use crate::rule::RuleFaults;

/// One `--format F` or `--format F=PATH`.
#[derive(Debug, Clone)]
pub(super) struct Destination {
    pub(super) format: Format,
    /// `None`: standard output.
    pub(super) path: Option<String>,
}

impl std::str::FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (format, path) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name is missing after `=`".to_owned()),
            Some((format, path)) => (format, Some(path.to_owned())),
            None => (text, None),
        };
        Ok(Self {
            format: format.parse()?,
            path,
        })
    }
}

/// Whether to write colours: the user's word first (<https://no-color.org>,
/// <https://bixense.com/clicolors>), then whether anyone can see them.
pub(super) fn color(stream: &impl IsTerminal) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if set("NO_COLOR") {
        return false;
    }
    if std::env::var_os("CLICOLOR_FORCE").is_some_and(|v| v != *"0" && !v.is_empty()) {
        return true;
    }
    stream.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != *"dumb")
}

/// How wide to write.
pub(super) fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0).clamp(60, 120))
}

/// The working directory.
fn directory() -> &'static str {
    static HERE: OnceLock<String> = OnceLock::new();
    HERE.get_or_init(|| std::env::current_dir().map_or_else(|_| String::new(), |here| shown(&here)))
}

/// Says something on standard error. Nobody listening is no reason to stop.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Says what is wrong with files, on standard error.
pub(super) fn faults(files: &[RuleFaults]) {
    /// More mistakes in a file than these are counted, not shown.
    const MOST: usize = 50;
    let stderr = io::stderr();
    let settings = Settings {
        color: color(&stderr),
        width: width(),
        ..Settings::default()
    };
    for file in files {
        let mut results = Results::default();
        let shown = RuleFaults {
            faults: file.faults.iter().take(MOST).cloned().collect(),
            ..file.clone()
        };
        add_rule_faults(&mut results, &[shown]);
        for failure in &results.failures {
            let _ = human::write_failure(failure, &results.sources, &settings, &mut stderr.lock());
        }
        if let Some(more @ 1..) = file.faults.len().checked_sub(MOST) {
            note(&format!(
                "… and {more} more in {}",
                report::clean(&file.path)
            ));
        }
    }
}

/// Writes JSON to standard output.
pub(super) fn print_json(value: &serde_json::Value) -> Result<(), CliError> {
    let mut text = Vec::new();
    report::to_json(&mut text, value)
        .and_then(|()| text.write_all(b"\n"))
        .map_err(stdout_error)?;
    print(&String::from_utf8_lossy(&text))
}

/// Writes to standard output.
pub(super) fn print(text: &str) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .or_else(seen_enough)
        .map_err(stdout_error)
}

fn stdout_error(error: io::Error) -> CliError {
    CliError::Write {
        path: "standard output".to_owned(),
        error,
    }
}

/// Standard output has room for one report.
pub(super) fn one_to_stdout(destinations: &[Destination]) -> Result<(), CliError> {
    match destinations.iter().filter(|d| d.path.is_none()).count() {
        0 | 1 => Ok(()),
        _ => Err(CliError::usage(
            "only one report can go to standard output",
            Some("give the others a file: --format sarif=report.sarif".to_owned()),
        )),
    }
}

/// Writes every report that was asked for: one that cannot be written does not cost the others. About
/// frameworks, formats that can say so say where their controls stand.
///
/// # Errors
/// The first that could not be written.
pub(super) fn write_reports(
    material: &Material<'_>,
    frameworks: &[FrameworkStanding],
    destinations: &[Destination],
) -> Result<(), CliError> {
    let write = |format: Format, settings: &Settings, w: &mut dyn Write| match !frameworks
        .is_empty()
        && framework::is_for(format)
    {
        true => framework::write(format, frameworks, material, settings, w).map(|()| None),
        false => report::write(format, material, settings, w),
    };
    let mut outcome = Ok(());
    for destination in destinations {
        let written = match &destination.path {
            Some(path) => {
                let mut left_out = None;
                let written = whole_file(path, &mut |file| {
                    let settings = Settings {
                        directory: directory(),
                        ..Settings::default()
                    };
                    left_out = write(destination.format, &settings, file)?;
                    Ok(())
                });
                written.map(|()| left_out)
            }
            None => {
                let stdout = io::stdout();
                let settings = Settings {
                    color: color(&stdout),
                    width: width(),
                    directory: directory(),
                    ..Settings::default()
                };
                write(destination.format, &settings, &mut stdout.lock())
                    .or_else(|error| seen_enough(error).map(|()| None))
                    .map_err(stdout_error)
            }
        };
        if let Ok(Some(left_out)) = &written {
            note(&format!("warning: {}", report::clean(left_out)));
        }
        outcome = outcome.and(written.map(drop));
        if destination.format == Format::Github {
            outcome = outcome.and(write_step_summary(material));
        }
    }
    outcome
}

/// Adds to the summary of a step of GitHub Actions, if this is one.
fn write_step_summary(material: &Material<'_>) -> Result<(), CliError> {
    /// GitHub takes no longer one: it then shows none.
    const MOST: u64 = 1024 * 1024;
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let written = fs::OpenOptions::new().append(true).create(true).open(&path);
    let written = written.and_then(|mut file| {
        let room = MOST.saturating_sub(file.metadata()?.len());
        let mut text = Vec::new();
        let most = usize::try_from(room).unwrap_or_default();
        report::write_step_summary(material, most, &mut text)?;
        // What others have written there stays, whatever we have to say.
        match text.len() <= most {
            true => file.write_all(&text),
            false => Ok(()),
        }
    });
    written.map_err(|error| CliError::Write {
        path: path.to_string_lossy().into_owned(),
        error,
    })
}

/// Whoever reads our output may stop when they have seen enough: `skylint check … | head`. That is
/// no error, and changes nothing about the outcome.
fn seen_enough(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    }
}

/// Writes beside the file and then takes its name, so that nobody ever sees half of it.
pub(super) fn whole_file(
    path: &str,
    write: &mut dyn FnMut(&mut fs::File) -> io::Result<()>,
) -> Result<(), CliError> {
    let failed = |error| CliError::Write {
        path: path.to_owned(),
        error,
    };
    // A device or a pipe cannot be renamed onto.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .open(path)
            .map_err(failed)?;
        return write(&mut file).map_err(failed);
    }
    let mut partial: OsString = Path::new(path).as_os_str().to_owned();
    partial.push(format!(".{}.partial", std::process::id()));
    let written = fs::File::create(&partial)
        .and_then(|mut file| {
            write(&mut file)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&partial, path));
    written.map_err(|error| {
        let _ = fs::remove_file(&partial);
        failed(error)
    })
}
