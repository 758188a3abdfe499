//! Errors that end a command.

use std::io;

use miette::Diagnostic;
use thiserror::Error;

use super::{loudness, output};
use crate::policy::Outcome;
use crate::report::clean;
use crate::rule::RuleFaults;

/// Why a command could not do its work.
#[derive(Debug, Error, Diagnostic)]
pub enum CliError {
    /// An argument that names nothing.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        #[help]
        help: Option<String>,
    },
    /// A report could not be written.
    #[error("cannot write {}", clean(path))]
    Write {
        /// The file, or "standard output".
        path: String,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// Files of settings with something wrong in them.
    #[error("{}", faults(.0))]
    Faults(Vec<RuleFaults>),
    /// A file could not be read.
    #[error("cannot read {}", clean(path))]
    Read {
        /// The file.
        path: String,
        /// Why.
        #[source]
        error: io::Error,
    },
}

fn faults(files: &[RuleFaults]) -> String {
    let all = files.iter().flat_map(|file| &file.faults);
    let texts: Vec<&str> = all.map(|fault| &*fault.message).collect();
    clean(&texts.join("; ")).into_owned()
}

impl CliError {
    /// A usage error.
    pub(super) fn usage(message: impl Into<String>, help: Option<String>) -> Self {
        Self::Usage {
            message: clean(&message.into()).into_owned(),
            help: help.map(|help| clean(&help).into_owned()),
        }
    }

    /// The exit code.
    pub(super) fn code(&self) -> u8 {
        Outcome::Broken.code()
    }

    /// Says it on standard error.
    pub(super) fn print(&self) {
        if let Self::Faults(files) = self {
            output::faults(files);
            return;
        }
        let mut text = String::new();
        let theme = if output::color(&io::stderr()) {
            miette::GraphicalTheme::unicode()
        } else {
            miette::GraphicalTheme::unicode_nocolor()
        };
        let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(output::width());
        if handler.render_report(&mut text, self).is_err() {
            text = self.to_string();
        }
        loudness::say(text.trim_end());
    }
}

/// An error with what led to it, in one sentence.
pub(super) fn with_cause(error: &CliError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
