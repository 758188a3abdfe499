//! Reports: a run's [`Results`], written down. One file per format; none of them knows more than
//! the results say.

mod excerpt;
pub mod human;
mod json;
#[cfg(test)]
mod sample;
mod sarif;

pub(crate) use excerpt::clean;

use std::fmt;
use std::io::{self, Write as _};
use std::str::FromStr;

use serde::Serialize;
use serde_json::ser::PrettyFormatter;

use rustc_hash::FxHashMap;

use crate::model::{CoverStatus, Coverage, Results};

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

/// JSON over several lines, with nothing in it that could act on a terminal: JSON itself only asks
/// for control characters below U+0020 to be escaped.
pub(crate) fn to_json(w: &mut dyn io::Write, value: &impl Serialize) -> io::Result<()> {
    struct Quiet(PrettyFormatter<'static>);

    impl serde_json::ser::Formatter for Quiet {
        fn begin_array<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
            self.0.begin_array(w)
        }

        fn end_array<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
            self.0.end_array(w)
        }

        fn begin_array_value<W: ?Sized + io::Write>(
            &mut self,
            w: &mut W,
            first: bool,
        ) -> io::Result<()> {
            self.0.begin_array_value(w, first)
        }

        fn end_array_value<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
            self.0.end_array_value(w)
        }

        fn begin_object<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
            self.0.begin_object(w)
        }

        fn end_object<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
            self.0.end_object(w)
        }

        fn begin_object_key<W: ?Sized + io::Write>(
            &mut self,
            w: &mut W,
            first: bool,
        ) -> io::Result<()> {
            self.0.begin_object_key(w, first)
        }

        fn begin_object_value<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
            self.0.begin_object_value(w)
        }

        fn end_object_value<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
            self.0.end_object_value(w)
        }

        fn write_string_fragment<W: ?Sized + io::Write>(
            &mut self,
            w: &mut W,
            text: &str,
        ) -> io::Result<()> {
            let mut rest = text;
            while let Some((at, c)) = rest.char_indices().find(|(_, c)| excerpt::is_harmful(*c)) {
                let (before, after) = rest.split_at(at);
                w.write_all(before.as_bytes())?;
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(w, "\\u{unit:04x}")?;
                }
                rest = after.get(c.len_utf8()..).unwrap_or_default();
            }
            w.write_all(rest.as_bytes())
        }
    }

    let formatter = Quiet(PrettyFormatter::new());
    let mut serializer = serde_json::Serializer::with_formatter(w, formatter);
    value.serialize(&mut serializer).map_err(io::Error::from)
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
    let mut w = io::BufWriter::new(w);
    match format {
        Format::Human => human::write(results, settings, &mut w),
        Format::Json => json::write(results, settings, &mut w),
        Format::Sarif => sarif::write(results, settings, &mut w),
    }?;
    w.flush()
}

/// What was not read whole, a line for each reason: a call that is denied is denied in many Regions,
/// and tells of several types.
fn gaps(coverage: &Coverage) -> Vec<String> {
    type Reason<'c> = (CoverStatus, Option<&'c str>, &'c str);
    let mut order: Vec<Reason<'_>> = Vec::new();
    let mut places: FxHashMap<Reason<'_>, (Vec<&str>, Vec<&str>)> = FxHashMap::default();
    let statements = coverage.statements().into_iter();
    for cover in statements.filter(|cover| cover.status != CoverStatus::Complete) {
        let reason = (cover.status, cover.account.as_deref(), &*cover.reason);
        let (types, regions) = places.entry(reason).or_insert_with(|| {
            order.push(reason);
            Default::default()
        });
        for (known, one) in [(types, &cover.rtype), (regions, &cover.region)] {
            if let Some(one) = one.as_deref()
                && !known.contains(&one)
            {
                known.push(one);
            }
        }
    }
    let text = |reason: &Reason<'_>| {
        let (status, account, why) = reason;
        let (types, regions) = places.get(reason)?;
        let what = match types.as_slice() {
            [] => "every resource type".to_owned(),
            types => some_of(types),
        };
        let account = account.map(|account| format!(" in account {account}"));
        let region = match regions.as_slice() {
            [] => None,
            regions => Some(format!(" in {}", some_of(regions))),
        };
        let place: String = account.into_iter().chain(region).collect();
        Some(format!("{what}{place}: {} ({why})", status.as_str()))
    };
    order.iter().filter_map(text).collect()
}

/// Names with commas, the first few of many.
fn some_of(names: &[&str]) -> String {
    const FEW: usize = 5;
    let shown = names.iter().copied().take(FEW).collect::<Vec<_>>();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
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

    fn written(format: Format, results: &Results) -> String {
        let mut out = Vec::new();
        write(format, results, &SETTINGS, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    const SETTINGS: Settings = Settings {
        color: false,
        width: 90,
        version: "1.2.3",
    };

    fn assert_valid(schema: &str, text: &str) {
        let schema = serde_json::from_str(schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let report = serde_json::from_str(text).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&report)
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }

    #[test]
    fn human() {
        insta::assert_snapshot!(written(Format::Human, &sample::full()));
        insta::assert_snapshot!(written(Format::Human, &sample::clean()));
        insta::assert_snapshot!(written(Format::Human, &Results::default()));
    }

    #[test]
    fn human_failures() {
        let results = sample::full();
        let mut out = Vec::new();
        for failure in &results.failures {
            human::write_failure(failure, &results.sources, &SETTINGS, &mut out).unwrap();
        }
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn human_never_looks_clean_when_it_is_not() {
        let mut results = sample::clean();
        assert!(written(Format::Human, &results).contains("no findings"));
        results.failures = sample::full().failures;
        assert!(!written(Format::Human, &results).contains("no findings"));
        results.failures.clear();
        results.summary.unknown = 1;
        assert!(!written(Format::Human, &results).contains("no findings"));
    }

    #[test]
    fn human_colours_only_when_asked() {
        assert!(!written(Format::Human, &sample::full()).contains('\u{1b}'));
        let mut out = Vec::new();
        let settings = Settings {
            color: true,
            ..SETTINGS
        };
        human::write(&sample::full(), &settings, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap().replace('\u{1b}', "␛"));
    }

    #[test]
    fn no_format_quotes_a_secret() {
        for format in Format::ALL {
            let text = written(format, &sample::full());
            assert!(!text.contains("hunter2") && !text.contains("geheim"));
        }
    }

    #[test]
    fn json() {
        let schema = include_str!("../../docs/report-v1.schema.json");
        for results in [sample::full(), sample::clean(), Results::default()] {
            assert_valid(schema, &written(Format::Json, &results));
        }
        insta::assert_snapshot!(written(Format::Json, &sample::full()));
    }

    #[test]
    fn sarif() {
        let schema = include_str!("../../tests/schemas/sarif-2.1.0.json");
        for results in [sample::full(), sample::clean(), Results::default()] {
            assert_valid(schema, &written(Format::Sarif, &results));
        }
        insta::assert_snapshot!(written(Format::Sarif, &sample::full()));
    }

    #[test]
    fn places_outside_the_text_are_no_reason_to_panic() {
        for span in [
            (0, 9999),
            (9999, 10000),
            (usize::MAX, 0),
            (usize::MAX, usize::MAX),
        ] {
            let mut results = sample::full();
            for location in results
                .findings
                .iter_mut()
                .filter_map(|f| f.location.as_mut())
            {
                location.span = crate::model::Span::new(span.0, span.1);
                (location.line, location.column) = (0, usize::MAX);
                location.end_line = usize::MAX;
            }
            for format in Format::ALL {
                written(format, &results);
            }
        }
    }
}
