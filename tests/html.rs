//! The report for browsers, in one: people's clicks and keys, paper, phones, and very many findings.
//!
//! Needs node and npm, and the network the first time: `tests/reports/package.json`, which has a Chromium for Linux in it, is
//! installed into `target/reports` and kept there.
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

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::process::Command;

use common::tools;
use common::{Folder, root, skylint};

/// Runs a script of `tests/reports` with the packages it needs.
fn node(script: &str, args: &[&Path], more: &[&str]) -> String {
    let mut node = Command::new("node");
    node.arg(root().join("tests/reports").join(script))
        .args(args)
        .args(more)
        .env("NODE_PATH", tools::npm("reports"));
    tools::must(&mut node, "use a report in Chromium")
}

/// Everything that a report can have to show: each verdict, an exception, paths, gaps, an input that cannot be read.
#[test]
fn a_report_is_used_in_a_browser() {
    let folder = Folder::new();
    folder.write("broken.yaml", "Resources: {\n");
    folder.write(
        "waivers.toml",
        "[[waivers]]\nrule = \"DB-001\"\nid = \"*\"\nreason = \"moved next <quarter>\"\nowner = \"shop@example.com\"\n\
         expires = 2999-12-31\n",
    );
    folder.write("skylint.toml", "waiver-files = [\"waivers.toml\"]\n");
    let path = |name: &str| folder.path(name);
    let text = |name: &str| path(name).to_string_lossy().into_owned();
    let (html, json) = (path("report.html"), path("report.json"));
    let args = [
        "check",
        "fixtures/securecart/cloudformation/faulty",
        &text("broken.yaml"),
        "--config",
        &text("skylint.toml"),
        "--parameters",
        "fixtures/securecart/parameters.json",
        "--show",
        "all",
        &format!("--format=html={}", html.display()),
        &format!("--format=json={}", json.display()),
    ];
    skylint(&args).run().exits(2);
    let rules = skylint(&["rules", "list", "--format", "json"]).run();
    folder.write("rules.json", rules.exits(0).stdout());
    // To be looked at.
    let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("html");
    fs::create_dir_all(&shots).expect("a folder");
    node("page.js", &[&html, &json, &path("rules.json"), &shots], &[]);
}

#[test]
fn a_report_with_100_000_findings_opens() {
    const COUNT: usize = 100_000;
    let folder = Folder::new();
    let kept = File::create(folder.path("run.jsonl")).expect("a file");
    synthetic::repeated(&synthetic::faulty(), COUNT, &mut BufWriter::new(kept)).expect("written");
    let args = [
        "report",
        "--from",
        "run.jsonl",
        "--format",
        "html=report.html",
    ];
    folder.skylint(&args).exits(0);
    let said = node(
        "large.js",
        &[&folder.path("report.html")],
        &[&COUNT.to_string()],
    );
    println!("{said}");
}
