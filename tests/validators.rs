//! Reports, as the programs of others check them.
//!
//! Needs node and npm, and the network the first time: `tests/reports/package.json` is installed into `target/reports` and kept
//! there.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;
#[path = "common/synthetic.rs"]
mod synthetic;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::tools;
use common::{Folder, HOUSE_RULES, SHOP, root, skylint};
use serde_json::Value;

const FORMATS: [&str; 4] = ["sarif", "sarif-github", "junit", "gitlab"];

/// Runs of every sort, each with all reports that others check.
fn runs() -> Folder {
    let folder = Folder::with(&[("shop.yaml", SHOP), ("broken.yaml", "Resources: {\n")]);
    let faulty = synthetic::faulty();
    folder.write("faulty.jsonl", &faulty);
    folder.write("live.jsonl", synthetic::live(&faulty));
    let kept = |inputs: &[&str], name: &str, code: i32| {
        let format = format!("--format=jsonl={name}.jsonl");
        let more = ["--rules", HOUSE_RULES, "--show", "all", &format];
        let args = [&["check"], inputs, &more].concat();
        folder.skylint(&args).exits(code);
    };
    kept(&["shop.yaml", "broken.yaml", "gone.yaml"], "broken", 2);
    kept(&["gone.yaml"], "nothing", 2);
    for run in RUNS {
        let mut args = vec!["report".to_owned(), "--from".to_owned()];
        args.push(format!("{run}.jsonl"));
        args.extend(FORMATS.map(|format| format!("--format={format}={run}.{format}")));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        folder.skylint(&args).exits(0);
    }
    // The paths in it are seen from the repository.
    let args = [
        "check",
        "fixtures/securecart/cloudformation/faulty",
        "--scope",
        "complete",
    ];
    for format in FORMATS {
        let path = folder.path(&format!("checked.{format}"));
        let format = format!("--format={format}={}", path.display());
        skylint(&[&args[..], &[&format]].concat()).run().exits(1);
    }
    folder
}

const RUNS: [&str; 4] = ["faulty", "live", "broken", "nothing"];

/// What the Multitool has against logs: its exit code tells nothing, its own log does.
fn complaints(folder: &Folder, names: &[String], kinds: &str) -> Vec<String> {
    let tool = tools::npm("reports").join("@microsoft/sarif-multitool-linux/Sarif.Multitool");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("an executable");
    }
    let out = folder.path("complaints.sarif");
    let config = root().join("tests/schemas/sarif-github.xml");
    let mut command = Command::new(&tool);
    command
        .arg("validate")
        // The files come first, else they are taken for rule kinds.
        .args(names.iter().map(|name| folder.path(name)))
        .args(["--rule-kind", kinds, "-c"])
        .arg(config)
        .arg("-o")
        .arg(&out)
        // Larger files are passed over otherwise.
        .args([
            "--log",
            "ForceOverwrite",
            "--max-file-size-in-kb",
            "1000000",
        ]);
    let said = tools::must(&mut command, "validate SARIF with Microsoft's Multitool");
    let scanned = format!("Done. {} files scanned.", names.len());
    assert!(
        said.contains(&scanned) && !said.contains("skipped"),
        "{said}"
    );
    let log = fs::read_to_string(&out).expect("what it found");
    let log: Value = serde_json::from_str(log.trim_start_matches('\u{feff}')).expect("JSON");
    let run = &log["runs"][0];
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true, "{invocation:#}");
    assert!(
        invocation["toolExecutionNotifications"].is_null(),
        "{invocation:#}"
    );
    let results = run["results"].as_array().cloned().unwrap_or_default();
    let told = |result: &Value| {
        let place = &result["locations"][0]["physicalLocation"];
        let (uri, line) = (
            &place["artifactLocation"]["uri"],
            &place["region"]["startLine"],
        );
        let (rule, level) = (&result["ruleId"], &result["level"]);
        format!("{rule} {level} {uri} {line} {}", result["message"])
    };
    results.iter().map(told).collect()
}

/// The files of a format, named as the Multitool wants them: it passes over any other.
fn logs(format: &str) -> Vec<String> {
    let runs = RUNS.into_iter().chain(["checked"]);
    runs.map(|run| format!("{run}.{format}.sarif")).collect()
}

#[test]
fn sarif_is_what_microsofts_multitool_wants() {
    let folder = runs();
    for (format, kinds) in [("sarif", "Sarif"), ("sarif-github", "Sarif;Gh")] {
        for run in RUNS.into_iter().chain(["checked"]) {
            let log = folder.read(&format!("{run}.{format}"));
            folder.write(&format!("{run}.{format}.sarif"), log);
        }
        let found = complaints(&folder, &logs(format), kinds);
        assert_eq!(found, [""; 0], "{format}");
    }
    // It would say so.
    let wrong = folder
        .read("live.sarif-github")
        .replace("\"aws/", "\"arn:aws:");
    folder.write("wrong.sarif", wrong);
    let found = complaints(&folder, &["wrong.sarif".to_owned()], "Sarif;Gh");
    assert!(
        found.iter().any(|found| found.contains("GH1005")),
        "{found:#?}"
    );
}

#[test]
fn sarif_of_every_sort_is_what_its_schema_says() {
    let folder = runs();
    for run in RUNS {
        for format in ["sarif", "sarif-github"] {
            assert_valid("sarif-2.1.0.json", &folder.path(&format!("{run}.{format}")));
        }
    }
}

#[test]
fn gitlab_is_what_its_documentation_says() {
    let folder = runs();
    for run in RUNS {
        let path = folder.path(&format!("{run}.gitlab"));
        assert_valid("gitlab-code-quality.json", &path);
        let issues: Vec<Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let prints: std::collections::BTreeSet<String> = issues
            .iter()
            .map(|issue| issue["fingerprint"].to_string())
            .collect();
        assert_eq!(prints.len(), issues.len(), "{run}: a fingerprint is unique");
    }
}

#[test]
fn junit_is_what_jenkins_accepts() {
    let folder = runs();
    let modules = tools::npm("reports");
    let mut node = Command::new("node");
    node.arg(root().join("tests/reports/xsd.js"))
        .arg(root().join("tests/schemas/junit-10.xsd"))
        .args(RUNS.map(|run| folder.path(&format!("{run}.junit"))))
        .env("NODE_PATH", modules);
    tools::must(&mut node, "validate JUnit's XML");
    // It would say so.
    let wrong = folder.read("live.junit").replace("<skipped ", "<passed ");
    folder.write("wrong.junit", wrong);
    let mut node = Command::new("node");
    node.arg(root().join("tests/reports/xsd.js"))
        .arg(root().join("tests/schemas/junit-10.xsd"))
        .arg(folder.path("wrong.junit"))
        .env("NODE_PATH", tools::npm("reports"));
    assert!(!node.output().expect("node").status.success());
}

fn assert_valid(schema: &str, report: &Path) {
    let read = |path: &Path| -> Value {
        serde_json::from_str(&fs::read_to_string(path).expect("a file")).expect("JSON")
    };
    let schema = read(&root().join("tests/schemas").join(schema));
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(&read(report))
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}: {errors:#?}", report.display());
}
