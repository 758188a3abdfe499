//! Reports: a run's [`Results`], written down. One file per format; none of them knows more than
//! the results say.

mod excerpt;
pub mod human;
mod json;
#[cfg(test)]
mod sample;
mod sarif;

use std::fmt;
use std::io;
use std::str::FromStr;

use crate::model::{Cover, Results};

/// How results are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For a person at a terminal.
    Human,
    /// skylint's own JSON, version 1: `docs/report-v1.schema.json`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Human, Self::Json, Self::Sarif];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Sarif => "sarif",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(format) = Self::ALL.into_iter().find(|f| f.as_str() == text) {
            return Ok(format);
        }
        let near = Self::ALL
            .into_iter()
            .map(|f| (strsim::jaro_winkler(f.as_str(), &text.to_lowercase()), f))
            .filter(|(likeness, _)| *likeness > 0.75)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map_or_else(String::new, |(_, f)| format!("; did you mean `{f}`?"));
        let all = Self::ALL.map(Self::as_str).join(", ");
        Err(format!("`{text}` is not one of {all}{near}"))
    }
}

/// What a report depends on besides the results.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Whether to use colours (ANSI escape sequences).
    pub color: bool,
    /// How many columns there are.
    pub width: usize,
    /// The version of skylint.
    pub version: &'static str,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            color: false,
            width: 100,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// Writes the results in a format. Nothing is built up in memory: findings are written one by one.
pub fn write(
    format: Format,
    results: &Results,
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::write(results, settings, w),
        Format::Json => json::write(results, settings, w),
        Format::Sarif => sarif::write(results, settings, w),
    }
}

/// A gap in what was read, as a sentence without a full stop.
fn gap(cover: &Cover) -> String {
    let what = cover.rtype.as_deref().unwrap_or("every resource type");
    let account = cover.account.iter().map(|a| format!(" in account {a}"));
    let region = cover.region.iter().map(|r| format!(" in {r}"));
    let place: String = account.chain(region).collect();
    let status = cover.status.as_str();
    format!("{what}{place}: {status} ({})", cover.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_found_by_name_and_suggested_by_likeness() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
        }
        let error = "sairf".parse::<Format>().unwrap_err();
        assert_eq!(
            error,
            "`sairf` is not one of human, json, sarif; did you mean `sarif`?"
        );
        let error = "xml".parse::<Format>().unwrap_err();
        assert_eq!(error, "`xml` is not one of human, json, sarif");
    }
}
