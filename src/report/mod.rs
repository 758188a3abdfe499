//! Reports: a run, written down. One file per format; none of them knows more than
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
mod line_hash;
mod markdown;
mod material;
mod paths;
mod quiet;
#[cfg(test)]
mod sample;
mod sarif;
mod sarif_github;
mod words;

pub(crate) use excerpt::clean;
pub use material::Material;
pub(crate) use quiet::to_json;

use std::fmt;
use std::io::{self, Write as _};
use std::str::FromStr;

use quiet::to_json_line;

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

/// Writes a report. What it leaves out because its reader would, in a sentence; `None` if nothing.
///
/// # Errors
/// If it cannot be written, or the findings cannot be read.
pub fn write(
    format: Format,
    material: &Material<'_>,
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<Option<String>> {
    let mut w = io::BufWriter::new(w);
    let mut left_out = None;
    match format {
        Format::Human => human::write(material, settings, &mut w),
        Format::Json => json::write(material, settings, &mut w),
        Format::Jsonl => jsonl::write(material, settings, &mut w),
        Format::Csv => csv::write(material, &mut w),
        Format::Html => html::write(material, settings, &mut w),
        Format::Markdown => markdown::write(material, None, &mut w),
        Format::Sarif => sarif::write(material, settings, &mut w),
        Format::SarifGithub => {
            left_out = sarif_github::write(material, settings, &mut w)?;
            Ok(())
        }
        Format::Github => github::write(material, settings, &mut w),
        Format::Gitlab => gitlab::write(material, settings, &mut w),
        Format::Junit => junit::write(material, &mut w),
    }?;
    w.flush()?;
    Ok(left_out)
}

/// Writes the report that GitHub shows as the summary of a step: Markdown of so many bytes at most.
///
/// # Errors
/// As [`write`].
pub fn write_step_summary(
    material: &Material<'_>,
    most: usize,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    markdown::write(material, Some(most), w)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use super::*;
    use crate::model::Results;

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
        write(format, &Material::of(results), &SETTINGS, &mut out).unwrap();
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
        human::write(&Material::of(&sample::full()), &settings, &mut out).unwrap();
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
        let said = |format| {
            let material = Material::of(&results);
            write(format, &material, &SETTINGS, &mut std::io::sink()).unwrap()
        };
        let words = said(Format::SarifGithub).unwrap();
        assert!(words.contains("5000 of 5001"), "{words}");
        assert_eq!(said(Format::Sarif), None);
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

    fn kept(
        lines: &str,
        open: &dyn Fn(&str) -> Option<Arc<str>>,
    ) -> Result<jsonl::Kept<Cursor<String>>, jsonl::ReadError> {
        jsonl::Kept::open(Cursor::new(lines.to_owned()), open)
    }

    fn rewritten(format: Format, kept: &jsonl::Kept<Cursor<String>>) -> String {
        let mut out = Vec::new();
        write(format, &kept.material(), &SETTINGS, &mut out).unwrap();
        String::from_utf8(out).unwrap()
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
            let read = kept(&lines, &open).unwrap();
            for format in Format::ALL {
                assert_eq!(
                    rewritten(format, &read),
                    written(format, &results),
                    "{format}"
                );
            }
            // The files may be gone, or others.
            let read = kept(&lines, &|_| Some("other".into())).unwrap();
            assert_eq!(
                rewritten(Format::Json, &read),
                written(Format::Json, &results)
            );
            assert_eq!(
                rewritten(Format::Jsonl, &read).lines().count(),
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
            assert!(self::kept(&part.join("\n"), &|_| None).is_err(), "{kept}");
        }
        for wrong in [
            "[]".to_owned(),
            lines.replacen("\"version\":1", "\"version\":2", 1),
            format!("{lines}{lines}"),
            lines.lines().rev().collect::<Vec<_>>().join("\n"),
        ] {
            assert!(kept(&wrong, &|_| None).is_err());
        }
    }

    #[test]
    fn html_needs_nothing_else_and_holds_all() {
        let mut results = sample::full();
        results.findings[0].message = "</script><script>alert(1)</script>".into();
        let page = written(Format::Html, &results);
        assert!(page.contains("default-src 'none'") && !page.contains(" src="));
        assert_eq!(page.matches("</script>").count(), 3);
        let mut data = page.split("class=\"data\">").skip(1).map(|data| {
            let (data, _) = data.split_once("</script>").unwrap();
            serde_json::from_str::<Vec<serde_json::Value>>(data).unwrap()
        });
        assert_eq!(data.next().unwrap().len(), results.rules.len());
        let rows = data.next().unwrap();
        assert_eq!(rows.len(), results.findings.len());
        let verdicts: Vec<_> = rows.iter().map(|row| row["v"].as_str().unwrap()).collect();
        assert_eq!(
            verdicts,
            [
                "fail", "fail", "fail", "fail", "fail", "unknown", "waived", "pass"
            ]
        );
        assert_eq!(rows[1]["s"], "critical");
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
            write_step_summary(&Material::of(&results), most, &mut out).unwrap();
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
