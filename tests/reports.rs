//! The machine-readable reports of the faulty SecureCart, as other tools will read them.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;
#[path = "common/peak.rs"]
mod peak;
#[path = "common/synthetic.rs"]
mod synthetic;

use std::collections::BTreeSet;
use std::fs;

use common::{FORMATS, Folder, HOUSE_RULES, Run, SHOP, root, skylint};
use serde_json::Value;

const FAULTY: &str = "fixtures/securecart/cloudformation/faulty";

fn run(more: &[&str]) -> Run {
    let args = [
        "check",
        FAULTY,
        "--scope",
        "complete",
        "--parameters",
        "fixtures/securecart/parameters.json",
    ];
    skylint(&[&args, more].concat()).run().exits(1)
}

/// Fails with everything the schema has against it.
fn assert_valid(schema: &str, report: &Value) {
    let schema = fs::read_to_string(root().join(schema)).expect("the schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(report)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

fn sarif() -> Value {
    run(&["--format", "sarif"]).json()
}

fn results(sarif: &Value) -> &Vec<Value> {
    sarif["runs"][0]["results"].as_array().expect("results")
}

/// Every value under a key, wherever it stands.
fn all<'v>(value: &'v Value, key: &str, out: &mut Vec<&'v Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| all(item, key, out)),
        Value::Object(entries) => {
            for (name, value) in entries {
                if name == key {
                    out.push(value);
                }
                all(value, key, out);
            }
        }
        _ => {}
    }
}

#[test]
fn json_is_what_its_schema_says() {
    for more in [
        &["--format", "json"][..],
        &["--format", "json", "--show", "all"],
    ] {
        assert_valid("docs/report-v1.schema.json", &run(more).json());
    }
}

#[test]
fn sarif_is_what_its_schema_says() {
    for more in [
        &["--format", "sarif"][..],
        &["--format", "sarif", "--show", "all"],
    ] {
        assert_valid("tests/schemas/sarif-2.1.0.json", &run(more).json());
    }
}

#[test]
fn they_are_valid_when_inputs_are_broken_too() {
    let folder = Folder::with(&[("broken.yaml", "Resources: {\n"), ("shop.yaml", SHOP)]);
    folder.write("photo.yaml", b"\xff\xd8\xff\xe0");
    for (format, schema) in [
        ("json", "docs/report-v1.schema.json"),
        ("sarif", "tests/schemas/sarif-2.1.0.json"),
    ] {
        let inputs = [
            "check",
            "broken.yaml",
            "photo.yaml",
            "missing.yaml",
            "shop.yaml",
        ];
        let more = ["--rules", HOUSE_RULES, "--format", format];
        let run = folder.skylint(&[&inputs[..], &more].concat()).exits(2);
        assert_valid(schema, &run.json());
        let nothing = folder
            .skylint(&["check", "missing.yaml", "--format", format])
            .exits(2);
        assert_valid(schema, &nothing.json());
    }
}

#[test]
fn json_counts_are_what_was_judged() {
    let report = run(&["--format", "json", "--show", "all"]).json();
    let findings = report["findings"].as_array().expect("findings");
    for verdict in ["pass", "fail", "unknown", "not-applicable"] {
        let count = findings.iter().filter(|f| f["verdict"] == verdict).count();
        assert_eq!(report["summary"][verdict], count, "{verdict}");
    }
    let rules = skylint(&["rules", "list", "--format", "json"]).run().json();
    assert_eq!(
        report["tool"]["rules"],
        rules.as_array().expect("rules").len()
    );
    let resources: u64 = report["inputs"]
        .as_array()
        .expect("inputs")
        .iter()
        .filter_map(|i| i["resources"].as_u64())
        .sum();
    assert!(resources > 100, "{resources} resources");
}

#[test]
fn fingerprints_are_unique() {
    let report = run(&["--format", "json", "--show", "all"]).json();
    let findings = report["findings"].as_array().expect("findings");
    let prints: BTreeSet<String> = findings
        .iter()
        .map(|f| f["fingerprint"].to_string())
        .collect();
    assert_eq!(prints.len(), findings.len());
}

#[test]
fn sarif_lists_every_rule_with_its_help() {
    let sarif = sarif();
    let driver = &sarif["runs"][0]["tool"]["driver"];
    let listed: Vec<&str> = driver["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .filter_map(|rule| rule["id"].as_str())
        .collect();
    let rules = skylint(&["rules", "list", "--format", "json"]).run().json();
    let rules = rules.as_array().expect("rules").iter();
    let rules: Vec<&str> = rules.filter_map(|rule| rule["id"].as_str()).collect();
    assert_eq!(listed, rules);
    for rule in driver["rules"].as_array().expect("rules") {
        for part in ["shortDescription", "fullDescription", "help"] {
            assert!(
                rule[part]["text"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{part} of {rule:#}"
            );
        }
        assert!(rule["help"]["markdown"].is_string(), "{rule:#}");
        assert!(
            rule["defaultConfiguration"]["level"].is_string(),
            "{rule:#}"
        );
        assert!(rule["properties"]["tags"].is_array(), "{rule:#}");
        // GitHub's limits.
        let chars = |part: &str| {
            rule[part]["text"]
                .as_str()
                .map_or(0, |text| text.chars().count())
        };
        assert!(
            chars("fullDescription") <= 1024 && chars("shortDescription") <= 1024,
            "{rule:#}"
        );
        assert!(
            rule["properties"]["tags"]
                .as_array()
                .is_some_and(|tags| tags.len() <= 10)
        );
        // Its presence makes the alert a vulnerability, which a missing standby is not.
        let score = rule["properties"]["security-severity"].as_str();
        let is_security = rule["id"].as_str().is_some_and(|id| id.starts_with("SEC-"));
        assert_eq!(score.is_some(), is_security, "{rule:#}");
        assert!(score.is_none_or(|score| score.parse::<f64>().is_ok_and(|score| score > 0.0)));
    }
    for result in results(&sarif) {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(result["ruleId"], driver["rules"][index]["id"]);
    }
}

#[test]
fn sarif_uris_are_relative_to_the_repository() {
    let sarif = sarif();
    let mut places = Vec::new();
    all(&sarif, "artifactLocation", &mut places);
    assert!(!places.is_empty());
    for place in places {
        let uri = place["uri"].as_str().expect("a URI");
        assert!(
            !uri.starts_with('/')
                && !uri.contains(':')
                && !uri.contains('\\')
                && !uri.starts_with("./"),
            "{uri}"
        );
        assert!(root().join(uri).is_file(), "{uri}");
    }
}

/// GitHub drops results without a location, and matches alerts by their fingerprint.
#[test]
fn sarif_results_have_what_code_scanning_needs() {
    let sarif = sarif();
    let mut prints = BTreeSet::new();
    for result in results(&sarif) {
        let location = &result["locations"][0];
        let region = &location["physicalLocation"]["region"];
        for key in ["startLine", "startColumn"] {
            assert!(
                region[key].as_u64().is_some_and(|n| n > 0),
                "{key}: {result:#}"
            );
        }
        let logical = &location["logicalLocations"][0];
        assert!(logical["fullyQualifiedName"].is_string(), "{result:#}");
        assert!(
            result["message"]["text"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        let print = result["partialFingerprints"]
            .as_object()
            .expect("fingerprints");
        assert!(prints.insert(format!("{print:?}")), "twice: {print:?}");
    }
    assert!(prints.len() > 20);
}

#[test]
fn json_and_sarif_tell_the_same() {
    let json = run(&["--format", "json"]).json();
    let told = |rule: &Value, path: &Value, line: &Value| format!("{rule} {path} {line}");
    let from_json: Vec<String> = json["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|f| told(&f["rule"], &f["location"]["path"], &f["location"]["line"]))
        .collect();
    let sarif = sarif();
    let from_sarif: Vec<String> = results(&sarif)
        .iter()
        .map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            told(
                &result["ruleId"],
                &place["artifactLocation"]["uri"],
                &place["region"]["startLine"],
            )
        })
        .collect();
    assert_eq!(from_json, from_sarif);
}

/// A path with spaces and umlauts is a URI all the same.
#[test]
fn sarif_uris_are_encoded() {
    let folder = Folder::with(&[("my stack/größe #1.yaml", SHOP)]);
    let args = [
        "check",
        "my stack",
        "--rules",
        HOUSE_RULES,
        "--format",
        "sarif",
    ];
    let sarif = folder.skylint(&args).exits(1).json();
    let mut places = Vec::new();
    all(&sarif, "artifactLocation", &mut places);
    for place in places {
        assert_eq!(place["uri"], "my%20stack/gr%C3%B6%C3%9Fe%20%231.yaml");
    }
}

/// An absolute path without a scheme would be taken as relative to the repository.
#[test]
fn sarif_uris_of_absolute_paths_say_so() {
    let folder = Folder::with(&[("stacks/shop.yaml", SHOP)]);
    let absolute = folder.path("stacks/shop.yaml");
    let absolute = absolute.to_str().expect("UTF-8");
    let args = [
        "check",
        absolute,
        "--rules",
        HOUSE_RULES,
        "--format",
        "sarif",
    ];
    let sarif = folder.skylint(&args).exits(1).json();
    let uri = &results(&sarif)[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(*uri, format!("file://{}", absolute.replace(' ', "%20")));
}

/// The same run, told by every format at once and once more from what was kept.
#[test]
fn every_report_can_be_made_later() {
    let folder = Folder::with(&[("shop.yaml", SHOP), ("broken.yaml", "Resources: {\n")]);
    let formats = [
        "json",
        "csv",
        "html",
        "markdown",
        "sarif",
        "sarif-github",
        "gitlab",
        "junit",
        "human",
    ];
    let mut args: Vec<String> = ["check", "shop.yaml", "broken.yaml", "--rules", HOUSE_RULES]
        .map(str::to_owned)
        .to_vec();
    args.extend(["--show", "all", "--format", "jsonl=run.jsonl"].map(str::to_owned));
    for format in formats {
        args.push(format!("--format={format}=first.{format}"));
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    folder.skylint(&args).exits(2);
    let mut later = vec![
        "report".to_owned(),
        "--from".to_owned(),
        "run.jsonl".to_owned(),
    ];
    for format in formats {
        later.push(format!("--format={format}=later.{format}"));
    }
    let later: Vec<&str> = later.iter().map(String::as_str).collect();
    folder.skylint(&later).exits(0);
    for format in formats {
        let (first, later) = (format!("first.{format}"), format!("later.{format}"));
        assert_eq!(folder.read(&first), folder.read(&later), "{format}");
    }
    assert!(folder.names().iter().all(|name| !name.contains("partial")));
}

#[test]
fn half_a_run_makes_no_report() {
    let folder = Folder::with(&[("shop.yaml", SHOP)]);
    let check = ["check", "shop.yaml", "--rules", HOUSE_RULES, "--format"];
    folder
        .skylint(&[&check[..], &["jsonl=run.jsonl"]].concat())
        .exits(1);
    let lines = folder.read("run.jsonl");
    let (kept, _) = lines.trim_end().rsplit_once('\n').expect("lines");
    folder.write("half.jsonl", kept);
    folder.write("other.jsonl", "{\"a\": 1}\n");
    folder.write("report.csv", "the one before");
    for (from, said) in [
        ("half.jsonl", "cut off"),
        ("other.jsonl", "line 1"),
        ("missing.jsonl", "cannot read"),
    ] {
        let args = ["report", "--from", from, "--format", "csv=report.csv"];
        folder.skylint(&args).exits(2).complains(said);
        assert_eq!(folder.read("report.csv"), "the one before");
    }
}

/// What stands in the summary already stays.
#[test]
fn github_adds_to_the_summary_of_its_step() {
    let folder = Folder::with(&[("shop.yaml", SHOP), ("summary.md", "before\n")]);
    let args = [
        "check",
        "shop.yaml",
        "--rules",
        HOUSE_RULES,
        "--format",
        "github",
    ];
    let command = folder.command(&args);
    let command = command.env("GITHUB_STEP_SUMMARY", folder.path("summary.md"));
    let run = command.run().exits(1);
    assert!(
        run.stdout().contains("::group::skylint"),
        "{}",
        run.stdout()
    );
    let summary = folder.read("summary.md");
    assert!(summary.starts_with("before\n# skylint\n"), "{summary}");
    assert!(summary.contains("## Failed"), "{summary}");
}

#[test]
fn github_takes_the_sarif_of_every_fault() {
    let sarif = run(&["--format", "sarif-github", "--show", "all"]).json();
    assert_valid("tests/schemas/sarif-2.1.0.json", &sarif);
    let runs = sarif["runs"].as_array().expect("runs");
    for run in runs {
        assert!(
            !run["tool"]["driver"]["rules"]
                .as_array()
                .expect("rules")
                .is_empty()
        );
        for result in run["results"].as_array().expect("results") {
            assert_eq!(result["kind"], "fail");
            assert!(result["suppressions"].is_null());
        }
    }
    let mut places = Vec::new();
    all(&sarif, "artifactLocation", &mut places);
    for place in places {
        let first = place["uri"].as_str().expect("a URI").split('/').next();
        assert!(first.is_some_and(|first| !first.is_empty() && !first.contains(':')));
    }
}

/// Ten times as many findings need no more memory, but for a mark of each in JUnit's XML.
#[test]
#[cfg(target_os = "linux")]
fn reports_of_many_findings_need_little_memory() {
    let folder = Folder::new();
    let kept = synthetic::faulty();
    for (name, count) in [("few", 1_000), ("many", 10_000)] {
        let mut lines = Vec::new();
        synthetic::repeated(&kept, count, &mut lines).expect("written");
        folder.write(name, lines);
    }
    for format in FORMATS {
        let few = peak::of_report(&folder, "few", format).peak_mb;
        let many = peak::of_report(&folder, "many", format).peak_mb;
        assert!(many < few + 8.0, "{format}: {few} MB, then {many} MB");
        assert!(many < 64.0, "{format}: {many} MB");
    }
}

/// What can be read only once is read once.
#[test]
fn a_kept_run_may_come_through_a_pipe() {
    let folder = Folder::with(&[("run.jsonl", &synthetic::faulty())]);
    let later = |from: &str, stdin: &str| {
        let args = ["report", "--from", from, "--format", "junit"];
        folder.command(&args).stdin(stdin).run().exits(0).stdout()
    };
    let from_file = later("run.jsonl", "");
    assert_eq!(later("-", &folder.read("run.jsonl")), from_file);
    #[cfg(unix)]
    assert_eq!(later("/dev/stdin", &folder.read("run.jsonl")), from_file);
}

/// GitHub shows ten annotations of a kind, and no summary that is longer than 1 MiB.
#[test]
fn github_gets_no_more_than_it_shows() {
    let folder = Folder::with(&[("summary.md", "before\n")]);
    let mut lines = Vec::new();
    let kept = synthetic::faulty();
    let is_problem = |line: &&str| {
        let held = ["pass", "not-applicable"].map(|word| format!("\"verdict\":\"{word}\""));
        !held.iter().any(|held| line.contains(held.as_str()))
    };
    let kept: Vec<&str> = kept.lines().filter(is_problem).collect();
    synthetic::repeated(&kept.join("\n"), 6_000, &mut lines).expect("written");
    folder.write("run.jsonl", lines);
    let args = ["report", "--from", "run.jsonl", "--format", "github"];
    let command = folder.command(&args);
    let command = command.env("GITHUB_STEP_SUMMARY", folder.path("summary.md"));
    let log = command.run().exits(0).stdout();
    for kind in ["error", "warning", "notice"] {
        let begin = format!("::{kind} file=");
        let count = log.lines().filter(|line| line.starts_with(&begin)).count();
        assert_eq!(count, 10, "{kind}");
        assert!(log.contains(&format!(" {kind}s are annotated")), "{kind}");
    }
    assert!(log.lines().count() < 5_100, "{}", log.lines().count());
    assert!(log.contains(" less severe, which are in"), "it says so");
    let summary = folder.read("summary.md");
    assert!(summary.starts_with("before\n# skylint\n"));
    assert!(
        (500_000..=1 << 20).contains(&summary.len()),
        "{}",
        summary.len()
    );
    assert!(summary.contains(" shown**, the worst."), "it says so");
}
