//! One architecture, one verdict: SecureCart as templates, as a plan and as state. Where they
//! differ, `expected-differences.json` says so and why; one of them does not know, then, or knows
//! what the others could not.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use common::{Folder, Run, root, skylint};
use serde_json::Value;

const FOLDER: &str = "fixtures/securecart";
const SETS: [&str; 2] = ["good", "faulty"];

fn json(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(root().join(FOLDER).join(name)).expect(name);
    serde_json::from_str(&text).expect(name)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn check(input: &str, more: &[&str]) -> Run {
    let args = ["check", input, "--scope", "complete", "--show", "all"];
    skylint(&[&args, more].concat()).run().soon()
}

fn findings(run: &Run) -> Vec<Value> {
    run.json()["findings"].as_array().expect("findings").clone()
}

/// (rule, address) → verdict.
type Verdicts = BTreeMap<(String, String), String>;

/// The verdicts on the templates, under the addresses that `pairs.json` gives the resources.
fn templates(set: &str) -> Verdicts {
    let pairs = json("pairs.json");
    let address = |file: &str, id: &str| {
        let pair = pairs.iter().find(|pair| {
            let one = &pair["cloudformation"];
            one[0] == file && one[1] == id
        });
        let Some(pair) = pair else {
            return Some(format!("{file} {id}"));
        };
        assert!(pair["terraform"].is_string() || text(pair, "why").len() > 40);
        // There are things that Terraform cannot make.
        pair["terraform"].as_str().map(str::to_owned)
    };
    let parameters = format!("{FOLDER}/parameters.json");
    let input = format!("{FOLDER}/cloudformation/{set}");
    let run = check(&input, &["--parameters", &parameters, "--format", "json"]);
    let verdict = |finding: &Value| {
        let path = text(&finding["location"], "path");
        let file = path.rsplit('/').next().expect("a name");
        let address = address(file, text(&finding["resource"], "id"))?;
        let key = (text(finding, "rule").to_owned(), address);
        Some((key, text(finding, "verdict").to_owned()))
    };
    findings(&run).iter().filter_map(verdict).collect()
}

fn of(run: &Run) -> Verdicts {
    let verdict = |finding: &Value| {
        let address = text(&finding["resource"], "address").to_owned();
        let key = (text(finding, "rule").to_owned(), address);
        (key, text(finding, "verdict").to_owned())
    };
    findings(run).iter().map(verdict).collect()
}

/// Holds the verdicts at a door to those on the templates.
#[track_caller]
fn same(set: &str, door: &str, fallback: &str, run: &Run) {
    let (wanted, found) = (templates(set), of(run));
    assert!(wanted.len() > 90, "{set}: {} verdicts", wanted.len());
    let mut wanted = wanted;
    for entry in json("terraform/expected-differences.json") {
        if text(&entry, "set") != set {
            continue;
        }
        assert!(text(&entry, "why").len() > 40, "{entry}");
        let key = (
            text(&entry, "rule").to_owned(),
            text(&entry, "terraform").to_owned(),
        );
        let verdicts = &entry["verdicts"];
        assert_eq!(
            wanted.get(&key).map(String::as_str),
            verdicts["cloudformation"].as_str(),
            "{entry}"
        );
        let said = verdicts[door].as_str().or(verdicts[fallback].as_str());
        // The set has no such resource in Terraform.
        match said.expect("a verdict") {
            "absent" => wanted.remove(&key),
            verdict => wanted.insert(key, verdict.to_owned()),
        };
    }
    let keys: BTreeSet<_> = wanted.keys().chain(found.keys()).collect();
    let different: Vec<String> = keys
        .into_iter()
        .filter(|key| wanted.get(*key) != found.get(*key))
        .map(|key| format!("{key:?}: {:?} / {:?}", wanted.get(key), found.get(key)))
        .collect();
    assert!(
        different.is_empty(),
        "{set}, {door}: should be / is\n{different:#?}"
    );
}

#[test]
fn state_has_the_verdicts_of_the_templates() {
    for set in SETS {
        let input = format!("{FOLDER}/terraform/{set}/terraform.tfstate");
        same(set, "state", "state", &check(&input, &["--format", "json"]));
    }
}

#[test]
fn the_plan_beside_its_sources_has_the_verdicts_of_the_templates() {
    for set in SETS {
        let input = format!("{FOLDER}/terraform/{set}/plan.json");
        same(set, "plan", "plan", &check(&input, &["--format", "json"]));
    }
}

#[test]
fn the_plan_alone_has_the_verdicts_of_the_templates() {
    for set in SETS {
        let name = format!("{FOLDER}/terraform/{set}/plan.json");
        let plan = fs::read_to_string(root().join(name)).expect("the plan");
        let folder = Folder::with(&[("plan.json", &plan)]);
        let path = folder.path("plan.json");
        let input = path.to_str().expect("a path");
        let run = check(input, &["--format", "json"]);
        same(set, "plan without sources", "plan", &run);
    }
}

/// A finding on a plan is at the line of the source: at the attribute where it is written, else at
/// a block around it, in the module the resource is written in.
#[test]
fn findings_on_the_plan_are_in_the_sources() {
    let run = check(
        &format!("{FOLDER}/terraform/faulty/plan.json"),
        &["--format", "json"],
    );
    let mut in_modules = 0;
    for finding in findings(&run) {
        let location = &finding["location"];
        let path = text(location, "path");
        assert!(path.ends_with(".tf"), "{finding:#}");
        let source = fs::read_to_string(root().join(path)).expect(path);
        let line = location["line"].as_u64().expect("a line") as usize;
        let address = text(&finding["resource"], "address");
        in_modules += usize::from(address.starts_with("module.") && path.contains("/modules/"));
        assert_eq!(
            address.starts_with("module."),
            path.contains("/modules/"),
            "{finding:#}"
        );
        let lines: Vec<&str> = source.lines().take(line).collect();
        let header = lines.iter().rev().find(|l| l.starts_with("resource "));
        let labels: Vec<&str> = header.expect("a block").split('"').collect();
        let block = format!("{}.{}", labels[1], labels[3]);
        assert!(address.contains(&block), "{block}: {finding:#}");
    }
    assert!(in_modules > 20, "{in_modules}");
}

/// Plan and state hold a password in clear. Nothing that skylint prints does.
#[test]
fn the_canary_is_nowhere() {
    for input in ["plan.json", "terraform.tfstate"] {
        for format in ["human", "json", "sarif"] {
            let path = format!("{FOLDER}/terraform/faulty/{input}");
            let run = check(&path, &["--format", format]);
            assert!(!run.said().contains("canary"), "{input} as {format}");
        }
    }
}

/// The plans and states are made from the configurations, not written by hand.
#[test]
fn plans_and_states_are_those_of_the_configurations() {
    let output = std::process::Command::new("python3")
        .arg("-B")
        .arg(root().join(FOLDER).join("terraform/make_plan.py"))
        .arg("--check")
        .output()
        .unwrap_or_else(|error| panic!("python3 is needed to check the fixtures: {error}"));
    assert!(
        output.status.success(),
        "run fixtures/securecart/terraform/make_plan.py\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
