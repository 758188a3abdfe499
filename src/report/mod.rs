//! Reports: a run's [`Results`], written down. One file per format; none of them knows more than
//! the results say.

mod csv;
mod excerpt;
pub mod framework;
mod github;
mod gitlab;
mod html;
pub mod human;
mod json;
pub mod jsonl;
mod junit;
pub mod markdown;
#[cfg(test)]
mod sample;
mod sarif;

pub(crate) use excerpt::clean;

use std::fmt;
use std::io::{self, Write as _};
use std::str::FromStr;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use rustc_hash::FxHashMap;

use crate::model::{CoverStatus, Coverage, Finding, Results, Verdict};

/// How results are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For a person at a terminal.
    Human,
    /// skylint's own JSON, version 1: `docs/report-v1.schema.json`.
    Json,
    /// Everything, one record on each line.
    Jsonl,
    /// A table for a spreadsheet.
    Csv,
    /// A page for a browser, by itself.
    Html,
    /// Markdown.
    Markdown,
    /// SARIF 2.1.0: everything that it can say.
    Sarif,
    /// What GitHub's code scanning reads of SARIF, and no more than it takes.
    SarifGithub,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit's XML.
    Junit,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 11] = [
        Self::Human,
        Self::Json,
        Self::Jsonl,
        Self::Csv,
        Self::Html,
        Self::Markdown,
        Self::Sarif,
        Self::SarifGithub,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
    ];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::SarifGithub => "sarif-github",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
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
    to_quiet_json(w, value, PrettyFormatter::new())
}

/// The same on one line, which is not ended.
fn to_json_line(w: &mut dyn io::Write, value: &impl Serialize) -> io::Result<()> {
    to_quiet_json(w, value, CompactFormatter)
}

fn to_quiet_json(
    w: &mut dyn io::Write,
    value: &impl Serialize,
    formatter: impl Formatter,
) -> io::Result<()> {
    struct Quiet<F>(F);

    impl<F: Formatter> Formatter for Quiet<F> {
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

    let mut serializer = serde_json::Serializer::with_formatter(w, Quiet(formatter));
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
    /// The working directory, with `/` between parts; empty if it does not matter.
    pub directory: &'static str,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            color: false,
            width: 100,
            version: env!("CARGO_PKG_VERSION"),
            directory: "",
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
        Format::Jsonl => jsonl::write(results, settings, &mut w),
        Format::Csv => csv::write(results, &mut w),
        Format::Html => html::write(results, settings, &mut w),
        Format::Markdown => markdown::write(results, None, &mut w),
        Format::Sarif => sarif::write(results, settings, &mut w),
        Format::SarifGithub => sarif::write_for_github(results, settings, &mut w),
        Format::Github => github::write(results, settings, &mut w),
        Format::Gitlab => gitlab::write(results, settings, &mut w),
        Format::Junit => junit::write(results, &mut w),
    }?;
    w.flush()
}

/// What a format leaves out because its reader would, in a sentence; `None` if nothing.
pub fn left_out(format: Format, results: &Results) -> Option<String> {
    match format {
        Format::SarifGithub => sarif::left_out(results),
        _ => None,
    }
}

/// Whether a finding asks for something that nobody has excused.
fn is_open(finding: &Finding) -> bool {
    finding.waiver.is_none() && matches!(finding.verdict, Verdict::Fail | Verdict::Unknown)
}

/// The findings of some sort, failures first and the most severe of them first, else in their
/// order.
fn worst_first(results: &Results, wanted: impl Fn(&Finding) -> bool) -> Vec<usize> {
    let all = results.findings.iter().enumerate();
    let mut ranked: Vec<_> = all
        .filter(|(_, finding)| wanted(finding))
        .map(|(at, finding)| (finding.verdict, std::cmp::Reverse(finding.severity), at))
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(.., at)| at).collect()
}

/// A path as it is from the root of a repository, which is where skylint was started.
fn relative(path: &str, directory: &str) -> String {
    let path = path.replace('\\', "/");
    let inner = path.strip_prefix(directory);
    let inner = inner.filter(|inner| !directory.is_empty() && inner.starts_with('/'));
    let path = inner.unwrap_or(&path).trim_start_matches("./");
    path.trim_start_matches('/').to_owned()
}

/// The file a finding is in; for a resource that stands in none, a path that is always the same.
fn file_path(finding: &Finding, settings: &Settings) -> String {
    match &finding.location {
        Some(location) => relative(&location.path, settings.directory),
        None => sarif::pseudo_path(&finding.resource),
    }
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
            "`sairf` is not one of human, json, jsonl, csv, html, markdown, sarif, \
             sarif-github, github, gitlab, junit; did you mean `sarif`?"
        );
        let error = "pdf".parse::<Format>().unwrap_err();
        assert!(error.ends_with("junit"), "{error}");
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
        directory: "",
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
    fn sarif_for_github() {
        let schema = include_str!("../../tests/schemas/sarif-2.1.0.json");
        for results in [sample::full(), sample::clean(), Results::default()] {
            assert_valid(schema, &written(Format::SarifGithub, &results));
        }
        insta::assert_snapshot!(written(Format::SarifGithub, &sample::full()));
    }

    /// An account whose last failure was mended has a run without results: otherwise its alerts
    /// would stay open.
    #[test]
    fn sarif_for_github_has_a_run_for_each_account() {
        let mut results = sample::clean();
        results.coverage.read_account("111122223333".into());
        results.coverage.read_account("444455556666".into());
        let log: serde_json::Value =
            serde_json::from_str(&written(Format::SarifGithub, &results)).unwrap();
        let runs = log["runs"].as_array().unwrap().iter();
        let ids: Vec<_> = runs.map(|run| &run["automationDetails"]["id"]).collect();
        assert_eq!(ids, ["skylint/111122223333/", "skylint/444455556666/"]);
    }

    #[test]
    fn sarif_for_github_keeps_the_most_severe() {
        let mut results = sample::full();
        let mut low = results.findings[0].clone();
        low.severity = crate::model::Severity::Low;
        let high = results.findings[0].clone();
        results.findings = std::iter::repeat_n(low, 5_000).chain([high]).collect();
        let log: serde_json::Value =
            serde_json::from_str(&written(Format::SarifGithub, &results)).unwrap();
        let kept = log["runs"][0]["results"].as_array().unwrap();
        assert_eq!(kept.len(), 5_000);
        assert_eq!(kept[4_999]["properties"]["severity"], "high");
        let said = left_out(Format::SarifGithub, &results).unwrap();
        assert!(said.contains("5000 of 5001"), "{said}");
        assert_eq!(left_out(Format::Sarif, &results), None);
    }

    #[test]
    fn the_other_formats() {
        for format in [
            Format::Jsonl,
            Format::Csv,
            Format::Markdown,
            Format::Github,
            Format::Gitlab,
            Format::Junit,
        ] {
            insta::assert_snapshot!(format.as_str(), written(format, &sample::full()));
        }
    }

    /// What is made of the records later is what would have been made at once.
    #[test]
    fn every_report_can_be_made_of_jsonl() {
        for results in [sample::full(), sample::clean(), Results::default()] {
            let lines = written(Format::Jsonl, &results);
            let open = |path: &str| {
                let source = results.sources.iter().find(|source| *source.path == *path);
                source.map(|source| source.text.clone())
            };
            let read = jsonl::read(lines.as_bytes(), &open).unwrap();
            for format in Format::ALL {
                assert_eq!(
                    written(format, &read),
                    written(format, &results),
                    "{format}"
                );
            }
            // The files may be gone, or others.
            let read = jsonl::read(lines.as_bytes(), &|_| Some("other".into())).unwrap();
            assert_eq!(
                written(Format::Json, &read),
                written(Format::Json, &results)
            );
            assert_eq!(
                written(Format::Jsonl, &read).lines().count(),
                lines.lines().count()
            );
        }
    }

    #[test]
    fn half_a_file_of_records_is_no_run() {
        let lines = written(Format::Jsonl, &sample::full());
        let count = lines.lines().count();
        for kept in 0..count {
            let part: Vec<&str> = lines.lines().take(kept).collect();
            assert!(
                jsonl::read(part.join("\n").as_bytes(), &|_| None).is_err(),
                "{kept}"
            );
        }
        for wrong in [
            "[]".to_owned(),
            lines.replacen("\"version\":1", "\"version\":2", 1),
            format!("{lines}{lines}"),
            lines.lines().rev().collect::<Vec<_>>().join("\n"),
        ] {
            assert!(jsonl::read(wrong.as_bytes(), &|_| None).is_err());
        }
    }

    #[test]
    fn html_needs_nothing_else_and_holds_all() {
        let mut results = sample::full();
        results.findings[0].message = "</script><script>alert(1)</script>".into();
        let page = written(Format::Html, &results);
        assert!(page.contains("default-src 'none'") && !page.contains(" src="));
        assert_eq!(page.matches("</script>").count(), 2);
        let (_, data) = page.split_once("id=\"data\">").unwrap();
        let (data, _) = data.split_once("</script>").unwrap();
        let data: serde_json::Value = serde_json::from_str(data).unwrap();
        let rows = data["findings"].as_array().unwrap();
        assert_eq!(rows.len(), results.findings.len());
        let verdicts: Vec<_> = rows.iter().map(|row| row["v"].as_str().unwrap()).collect();
        assert_eq!(
            verdicts,
            [
                "fail", "fail", "fail", "fail", "fail", "unknown", "waived", "pass"
            ]
        );
        assert_eq!(rows[0]["s"], "critical");
    }

    #[test]
    fn junit_is_well_formed_and_counts_right() {
        let text = written(Format::Junit, &sample::full());
        let count = |what: &str| text.matches(what).count();
        assert_eq!(
            count("<testcase "),
            count("</testcase>") + count("/>\n") - count("<skipped")
        );
        assert_eq!(count("<testsuite "), count("</testsuite>"));
        let head = text.lines().nth(1).unwrap();
        let said = |name: &str| {
            let (_, rest) = head.split_once(&format!(" {name}=\"")).unwrap();
            rest.split('"').next().unwrap().parse::<usize>().unwrap()
        };
        assert_eq!(said("tests"), count("<testcase "));
        assert_eq!(said("failures"), count("<failure "));
        assert_eq!(said("errors"), count("<error "));
        assert_eq!(said("skipped"), count("<skipped "));
        assert!(!text.contains('\u{1b}'));
    }

    /// As GitLab documents it: these members, a list of severities, paths from the repository's
    /// root, a fingerprint that is its own.
    #[test]
    fn gitlab_is_as_documented() {
        let schema = r#"{
            "type": "array",
            "items": {
                "type": "object",
                "required": ["description", "check_name", "fingerprint", "severity", "location"],
                "properties": {
                    "description": { "type": "string", "minLength": 1 },
                    "check_name": { "type": "string", "minLength": 1 },
                    "fingerprint": { "type": "string", "minLength": 1 },
                    "severity": { "enum": ["info", "minor", "major", "critical", "blocker"] },
                    "location": {
                        "type": "object",
                        "required": ["path", "lines"],
                        "properties": {
                            "path": { "type": "string", "pattern": "^[^./]" },
                            "lines": {
                                "type": "object",
                                "required": ["begin"],
                                "properties": { "begin": { "type": "integer", "minimum": 1 } }
                            }
                        }
                    }
                }
            }
        }"#;
        for results in [sample::full(), sample::clean(), Results::default()] {
            let text = written(Format::Gitlab, &results);
            assert_valid(schema, &text);
            let issues: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
            let prints = issues.iter().map(|issue| issue["fingerprint"].to_string());
            let prints: std::collections::BTreeSet<String> = prints.collect();
            assert_eq!(prints.len(), issues.len());
        }
    }

    #[test]
    fn markdown_within_a_limit_says_what_it_left_out() {
        let mut results = sample::full();
        let one = results.findings[0].clone();
        results.findings = std::iter::repeat_n(one, 5_000).collect();
        for most in [4_000, 100_000] {
            let mut out = Vec::new();
            markdown::write(&results, Some(most), &mut out).unwrap();
            assert!(out.len() <= most, "{} bytes", out.len());
            let text = String::from_utf8(out).unwrap();
            assert!(text.contains(" of 5000 shown"), "{text}");
        }
    }

    /// A log line is no command, whatever stands in an input.
    #[test]
    fn github_commands_are_ours_alone() {
        let mut results = sample::full();
        for finding in &mut results.findings {
            finding.message = "x\n::error::y\r::set-env name=A::b ##[error]z %0A".into();
        }
        let text = written(Format::Github, &results);
        assert!(!text.contains("##[") && !text.contains('\r'));
        for line in text
            .lines()
            .filter(|line| line.trim_start().starts_with("::"))
        {
            let ours = [
                "::error file=",
                "::warning file=",
                "::notice file=",
                "::group::skylint",
                "::endgroup::",
            ];
            assert!(ours.iter().any(|ours| line.starts_with(ours)), "{line}");
        }
        let annotations = text.lines().filter(|line| line.starts_with("::error "));
        assert_eq!(annotations.count(), 5);
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
