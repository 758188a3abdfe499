//! A real CDK app, synthesized here and now: findings name the construct and the app's own line.
//!
//! Needs node and npm, and the network the first time: `tests/cdk/package.json` is installed into
//! `target/cdk` and kept there.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use common::tools::{must, npm};
use common::{Folder, Run, root, skylint};
use serde_json::Value;

const APP: &str = "tests/cdk/app.js";

/// What the app writes when node runs it, once for all tests.
fn synthesized() -> &'static Path {
    static OUT: OnceLock<PathBuf> = OnceLock::new();
    OUT.get_or_init(|| synthesize("cdk.out", "{}"))
}

/// What the app writes when `cdk synth` runs it, which asks for more in the templates.
fn synthesized_by_cdk() -> PathBuf {
    let context =
        r#"{"aws:cdk:enable-path-metadata": true, "aws:cdk:enable-asset-metadata": true}"#;
    synthesize("cdk-cli.out", context)
}

fn synthesize(folder: &str, context: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock();
    let modules = npm("cdk");
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let _ = fs::remove_dir_all(&out);
    let mut node = Command::new("node");
    node.arg(root().join(APP)).current_dir(root());
    node.env("NODE_PATH", modules)
        .env("CDK_OUTDIR", &out)
        .env("CDK_CONTEXT_JSON", context);
    must(&mut node, "synthesize a CDK app with node");
    assert!(out.join("manifest.json").is_file(), "the app wrote nothing");
    out
}

fn check(out: &Path, more: &[&str]) -> Run {
    let out = out.to_str().expect("UTF-8");
    let args = ["check", out, "--only", "DB-001,DB-011", "--format", "json"];
    skylint(&[&args, more].concat()).run()
}

/// Line and column, from 1, of some words in the app.
fn in_app(words: &str) -> (u64, u64) {
    let app = fs::read_to_string(root().join(APP)).expect("the app");
    let mut found = app.lines().enumerate().filter_map(|(row, line)| {
        let column = line.find(words)?;
        Some((row as u64 + 1, column as u64 + 1))
    });
    let place = found
        .next()
        .unwrap_or_else(|| panic!("{words} is not in {APP}"));
    assert!(found.next().is_none(), "{words} is more than once in {APP}");
    place
}

/// `RULE verdict Region construct`
fn told(finding: &Value) -> String {
    let resource = &finding["resource"];
    [
        &finding["rule"],
        &finding["verdict"],
        &resource["region"],
        &resource["construct"],
    ]
    .map(|part| part.as_str().unwrap_or("-"))
    .join(" ")
}

#[test]
fn findings_name_stack_region_and_construct() {
    tells_all(synthesized());
}

#[test]
fn what_the_cdk_command_synthesizes_says_the_same() {
    let out = synthesized_by_cdk();
    tells_all(&out);
    // It names the constructs in the templates too, so one of them tells as much on its own.
    let america = out.join("America.template.json");
    let args = [
        "check",
        america.to_str().expect("UTF-8"),
        "--only",
        "DB-001",
        "--format",
        "json",
    ];
    let report = skylint(&args).run().exits(1).json();
    assert_eq!(told(&report["findings"][0]), "DB-001 fail - America/Orders");
}

fn tells_all(out: &Path) {
    let run = check(out, &["--show", "all"]).exits(1);
    assert_eq!(run.stderr(), "");
    let report = run.json();
    let findings = report["findings"].as_array().expect("findings");
    let mut all: Vec<String> = findings.iter().map(told).collect();
    all.sort();
    assert_eq!(
        all,
        [
            "DB-001 fail us-east-1 America/Orders",
            "DB-001 pass eu-central-1 Europe/Orders",
            "DB-011 fail eu-central-1 Europe/Baskets/Carts",
            "DB-011 fail us-east-1 America/Baskets/Carts",
            "DB-011 pass eu-central-1 Europe/Baskets/Sessions",
            "DB-011 pass us-east-1 America/Baskets/Sessions",
        ]
    );
    let account = |finding: &&Value| finding["resource"]["account"] == "111122223333";
    assert_eq!(
        findings.iter().filter(account).count(),
        3,
        "those of the stack with an account"
    );
}

#[test]
fn findings_point_at_the_line_of_the_app() {
    let report = check(synthesized(), &[]).exits(1).json();
    let findings = report["findings"].as_array().expect("findings");
    assert_eq!(findings.len(), 3);
    for finding in findings {
        let (line, column) = match finding["rule"].as_str() {
            Some("DB-001") => in_app("new rds.DatabaseInstance(this, 'Orders'"),
            _ => in_app("new dynamodb.Table(this, 'Carts'"),
        };
        let related = finding["related"].as_array().expect("related places");
        let [place] = related.as_slice() else {
            panic!("one related place: {finding:#}");
        };
        assert_eq!(place["path"], APP, "{finding:#}");
        assert_eq!(
            (&place["line"], &place["column"]),
            (&line.into(), &column.into())
        );
        // The place itself is in the template, which is what will be deployed.
        let location = &finding["location"];
        let path = location["path"].as_str().expect("a path");
        let template = fs::read_to_string(path).expect("the template");
        let line = location["line"].as_u64().expect("a line") as usize;
        let text = template.lines().nth(line - 1).expect("the line");
        let id = finding["resource"]["id"].as_str().expect("an id");
        assert!(
            text.contains(id) || text.contains("MultiAZ"),
            "{path}:{line}: {text}"
        );
    }
}

#[test]
fn people_and_code_scanning_see_the_line_too() {
    let (line, column) = in_app("new rds.DatabaseInstance(this, 'Orders'");
    let out = synthesized().to_str().expect("UTF-8");
    let human = skylint(&["check", out, "--only", "DB-001"]).run().exits(1);
    human.says(&format!("{APP}:{line}"));
    let sarif = skylint(&["check", out, "--only", "DB-001", "--format", "sarif"])
        .run()
        .exits(1)
        .json();
    let related = &sarif["runs"][0]["results"][0]["relatedLocations"];
    let place = &related[0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], APP, "{related:#}");
    assert_eq!(place["region"]["startLine"], line);
    assert_eq!(place["region"]["startColumn"], column);
}

/// A folder that holds a CDK output and more, as repositories do.
#[test]
fn an_output_beside_other_templates_is_read_once() {
    let folder = Folder::with(&[("plain.yaml", common::ONE_FAULT)]);
    fs::create_dir(folder.path("cdk.out")).expect("cdk.out");
    for entry in fs::read_dir(synthesized()).expect("the output") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        folder.write(&format!("cdk.out/{name}"), fs::read(&path).expect("a file"));
    }
    let args = ["check", ".", "--only", "DB-001", "--format", "json"];
    let report = folder.skylint(&args).exits(1).json();
    let findings = report["findings"].as_array().expect("findings");
    let mut all: Vec<String> = findings.iter().map(told).collect();
    all.sort();
    assert_eq!(
        all,
        ["DB-001 fail - -", "DB-001 fail us-east-1 America/Orders"]
    );
}

#[test]
fn an_output_that_is_not_whole_is_an_error() {
    let folder = Folder::new();
    for entry in fs::read_dir(synthesized()).expect("the output") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if name != "Europe.template.json" && !name.starts_with("AmericaBaskets") {
            folder.write(&format!("cdk.out/{name}"), fs::read(&path).expect("a file"));
        }
    }
    let run = folder
        .skylint(&["check", "cdk.out", "--only", "DB-001", "--format", "json"])
        .exits(2);
    let run = run
        .complains("Europe.template.json")
        .complains("AmericaBaskets");
    assert_eq!(run.findings(), ["DB-001 fail OrdersA9B65338"], "{run}");
}
