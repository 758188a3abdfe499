//! One architecture, one verdict: SecureCart as CloudFormation and as Terraform.
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

use common::{root, skylint};
use serde_json::Value;

const FOLDER: &str = "fixtures/securecart";

fn json(name: &str) -> Value {
    let text = fs::read_to_string(root().join(FOLDER).join(name)).expect(name);
    serde_json::from_str(&text).expect(name)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// Every verdict of a set at a door.
fn findings(input: &str) -> Vec<Value> {
    let parameters = format!("{FOLDER}/parameters.json");
    let mut args = vec!["check", input, "--scope", "complete", "--show", "all"];
    args.extend(["--format", "json"]);
    if input.contains("cloudformation") {
        args.extend(["--parameters", &parameters]);
    }
    let report = skylint(&args).run().soon().json();
    report["findings"].as_array().expect("findings").clone()
}

/// (rule, resource as Terraform calls it) → verdict.
type Verdicts = BTreeMap<(String, String), String>;

fn cloudformation(set: &str) -> Verdicts {
    let names = json("terraform/names.json");
    findings(&format!("{FOLDER}/cloudformation/{set}"))
        .iter()
        .map(|finding| {
            let path = text(&finding["location"], "path");
            let file = path.rsplit('/').next().expect("a name");
            let id = format!("{file} {}", text(&finding["resource"], "id"));
            let name = names[&id].as_str().unwrap_or(&id).to_owned();
            let key = (text(finding, "rule").to_owned(), name);
            (key, text(finding, "verdict").to_owned())
        })
        .collect()
}

fn terraform(set: &str) -> Verdicts {
    findings(&format!("{FOLDER}/terraform/{set}/plan.json"))
        .iter()
        .map(|finding| {
            let address = text(&finding["resource"], "address").to_owned();
            let key = (text(finding, "rule").to_owned(), address);
            (key, text(finding, "verdict").to_owned())
        })
        .collect()
}

#[test]
fn both_doors_give_the_same_verdicts() {
    let allowed = json("terraform/parity.json");
    for set in ["good", "faulty"] {
        let (templates, plan) = (cloudformation(set), terraform(set));
        assert!(templates.len() > 90, "{set}: {} verdicts", templates.len());
        let keys: BTreeSet<_> = templates.keys().chain(plan.keys()).collect();
        let mut different = BTreeSet::new();
        for key in keys {
            let of = |verdicts: &Verdicts| verdicts.get(key).cloned().unwrap_or_default();
            let (one, other) = (of(&templates), of(&plan));
            if one != other {
                different.insert(format!("{} {}: {one} / {other}", key.0, key.1));
            }
        }
        let expected: BTreeSet<String> = allowed
            .as_array()
            .expect("a list")
            .iter()
            .filter(|entry| text(entry, "set") == set)
            .map(|entry| {
                assert!(text(entry, "why").len() > 40, "{entry}");
                // Where the doors differ, one of them does not know; they never contradict.
                let verdicts = [text(entry, "cloudformation"), text(entry, "terraform")];
                assert!(verdicts.contains(&"unknown"), "{entry}");
                let [one, other] = verdicts;
                let (rule, resource) = (text(entry, "rule"), text(entry, "resource"));
                format!("{rule} {resource}: {one} / {other}")
            })
            .collect();
        assert_eq!(different, expected, "{set}");
    }
}

/// A finding on a plan is at the line of the source: at the attribute where it is written, else at
/// the block of that resource.
#[test]
fn findings_on_the_plan_are_in_the_sources() {
    for finding in findings(&format!("{FOLDER}/terraform/faulty/plan.json")) {
        let location = &finding["location"];
        let path = text(location, "path");
        assert!(path.ends_with(".tf"), "{finding:#}");
        let source = fs::read_to_string(root().join(path)).expect(path);
        let line = location["line"].as_u64().expect("a line") as usize;
        let address = text(&finding["resource"], "address");
        let (rtype, name) = address.split_once('.').expect("an address");
        let header = format!("resource \"{rtype}\" \"{name}\" {{");
        let lines: Vec<&str> = source.lines().take(line).collect();
        let block = lines
            .iter()
            .rev()
            .find(|line| line.starts_with("resource "));
        assert_eq!(block, Some(&&*header), "{finding:#}");
        if location["property"] == "MultiAZ" && finding["verdict"] == "fail" {
            let last = lines.last().expect("a line").trim_start();
            assert!(last.starts_with("multi_az") || last == header, "{last}");
        }
    }
}
