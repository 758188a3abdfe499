//! SecureCart, the running example: the good set has nothing wrong, the faulty one exactly what
//! `fixtures/securecart/expected.json` lists, each at the line that is marked in the template.
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

use common::{Run, root, skylint};
use serde_json::Value;

const FOLDER: &str = "fixtures/securecart";

/// One run over all files of a set, as the complete account.
fn run(set: &str, more: &[&str]) -> Run {
    let path = format!("{FOLDER}/cloudformation/{set}");
    let parameters = format!("{FOLDER}/parameters.json");
    let args = [
        "check",
        &path,
        "--scope",
        "complete",
        "--parameters",
        &parameters,
    ];
    skylint(&[&args, more].concat()).run().soon()
}

fn expected() -> Value {
    let text =
        fs::read_to_string(root().join(FOLDER).join("expected.json")).expect("expected.json");
    serde_json::from_str(&text).expect("JSON")
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} of {value:#}"))
}

/// `verdict RULE file resource at`, of what is expected.
fn wanted(set: &Value) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for verdict in ["fail", "unknown"] {
        for entry in set[verdict].as_array().expect("a list") {
            let parts = ["rule", "file", "resource", "at"].map(|key| text(entry, key));
            assert!(
                out.insert(format!("{verdict} {}", parts.join(" "))),
                "twice: {entry}"
            );
        }
    }
    out
}

/// The same, of what is reported.
fn reported(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().expect("findings");
    findings
        .iter()
        .map(|finding| {
            let location = &finding["location"];
            let path = text(location, "path");
            format!(
                "{} {} {} {} {}",
                text(finding, "verdict"),
                text(finding, "rule"),
                path.rsplit('/').next().expect("a name"),
                text(&finding["resource"], "id"),
                text(location, "property"),
            )
        })
        .collect()
}

fn assert_same(wanted: &BTreeSet<String>, reported: &BTreeSet<String>) {
    let missing: Vec<_> = wanted.difference(reported).collect();
    let extra: Vec<_> = reported.difference(wanted).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "expected but not reported: {missing:#?}\nreported but not expected: {extra:#?}"
    );
}

#[test]
fn nothing_is_wrong_with_the_good_set() {
    let run = run("good", &["--format", "json", "--fail-on-unknown"]).exits(0);
    assert_same(&wanted(&expected()["good"]), &reported(&run.json()));
}

#[test]
fn the_faulty_set_has_exactly_the_faults_that_were_planted() {
    let run = run("faulty", &["--format", "json"]).exits(1);
    assert_same(&wanted(&expected()["faulty"]), &reported(&run.json()));
    assert_eq!(run.stderr(), "");
}

/// The rules that came to a verdict in a set.
fn rules_with(verdict: &str, set: &str) -> BTreeSet<String> {
    let report = run(set, &["--format", "json", "--show", "all"]).json();
    let findings = report["findings"].as_array().expect("findings");
    let said = findings
        .iter()
        .filter(|finding| finding["verdict"] == verdict);
    said.map(|finding| text(finding, "rule").to_owned())
        .collect()
}

/// The rules about what only a running account shows, which pass and fail in the snapshots: tests/facts.rs.
fn rules_of_the_snapshot() -> BTreeSet<String> {
    let path = root().join(FOLDER).join("snapshot/expected.json");
    let text = fs::read_to_string(path).expect("expected.json");
    let expected: Value = serde_json::from_str(&text).expect("JSON");
    let rules = expected["rules"].as_array().expect("rules").iter();
    rules
        .map(|rule| rule.as_str().expect("an id").to_owned())
        .collect()
}

/// So that no rule is only thought to look at anything here.
#[test]
fn every_rule_passes_in_the_good_set_and_fails_in_the_faulty_one() {
    let rules = skylint(&["rules", "list", "--format", "json"])
        .run()
        .exits(0)
        .json();
    let rules = rules.as_array().expect("rules").iter();
    let rules: BTreeSet<String> = rules.map(|rule| text(rule, "id").to_owned()).collect();
    let of_the_snapshot = rules_of_the_snapshot();
    for (verdict, set) in [("pass", "good"), ("fail", "faulty")] {
        let met = rules_with(verdict, set);
        assert_same(&rules, &met.union(&of_the_snapshot).cloned().collect());
        // A rule is spared the templates only if nothing there can be what it is about.
        let decided = rules_with("not-applicable", set);
        let spared: Vec<_> = of_the_snapshot.difference(&met).collect();
        assert!(
            spared.iter().all(|rule| decided.contains(*rule)),
            "{spared:?}"
        );
    }
}

/// A mark, `# fault: RULE` or `# unknown: RULE`, and the lines it may stand for.
struct Mark {
    line: usize,
    /// The line it is on when there is code before it, else the next with code.
    about: usize,
    /// The lines it stands under: what something is missing from.
    under: Vec<usize>,
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_code(line: &str) -> bool {
    !line.trim_start().is_empty() && !line.trim_start().starts_with('#')
}

/// The marks for a rule in some lines. Lines count from 1.
fn marks(lines: &[&str], rule: &str, block: std::ops::Range<usize>) -> Vec<Mark> {
    let mut out = Vec::new();
    for line in block {
        let here = lines[line - 1];
        let marked = ["fault", "unknown"]
            .iter()
            .any(|kind| here.contains(&format!("# {kind}: {rule}")));
        if !marked {
            continue;
        }
        let about = (line..=lines.len())
            .find(|line| is_code(lines[line - 1]))
            .unwrap_or(line);
        let mut under = Vec::new();
        let mut depth = indentation(here);
        for above in (1..line).rev().filter(|above| is_code(lines[above - 1])) {
            if indentation(lines[above - 1]) < depth {
                depth = indentation(lines[above - 1]);
                under.push(above);
            }
        }
        out.push(Mark { line, about, under });
    }
    out
}

/// The lines of a resource, by its logical id.
fn block(lines: &[&str], id: &str) -> std::ops::Range<usize> {
    let start = lines
        .iter()
        .position(|line| *line == format!("  {id}:"))
        .unwrap_or_else(|| panic!("{id}"));
    let rest = lines[start + 1..]
        .iter()
        .position(|line| is_code(line) && indentation(line) <= 2);
    // A comment directly above the next resource is about that one.
    let mut end = rest.map_or(lines.len(), |length| start + 1 + length);
    while end > start + 1 && !is_code(lines[end - 1]) {
        end -= 1;
    }
    start + 1..end + 1
}

#[test]
fn findings_point_at_the_marks_in_the_templates() {
    let report = run("faulty", &["--format", "json"]).exits(1).json();
    let findings = report["findings"].as_array().expect("findings");
    // Several records of a group stand in one resource.
    let mut by_resource: BTreeMap<(&str, &str, &str), Vec<usize>> = BTreeMap::new();
    for finding in findings {
        let location = &finding["location"];
        let id = text(&finding["resource"], "id")
            .split('.')
            .next()
            .expect("an id");
        let line = location["line"].as_u64().expect("a line") as usize;
        by_resource
            .entry((text(location, "path"), id, text(finding, "rule")))
            .or_default()
            .push(line);
    }
    let mut problems = Vec::new();
    let mut met = 0;
    for ((path, id, rule), found) in by_resource {
        let template = fs::read_to_string(root().join(path)).expect("the template");
        let lines: Vec<&str> = template.lines().collect();
        for mark in marks(&lines, rule, block(&lines, id)) {
            // What is written is pointed at; what is missing is pointed at by what it is missing from.
            if found
                .iter()
                .any(|line| *line == mark.about || mark.under.contains(line))
            {
                met += 1;
            } else {
                problems.push(format!(
                    "{path}:{}: {rule} is marked here and found at {found:?}",
                    mark.line
                ));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(met >= 20, "only {met} marks were looked at");
}

#[test]
fn findings_point_at_what_they_speak_of() {
    let report = run("faulty", &["--format", "json"]).exits(1).json();
    let mut problems = Vec::new();
    for finding in report["findings"].as_array().expect("findings") {
        let location = &finding["location"];
        let number = |key: &str| location[key].as_u64().expect("a number") as usize;
        let template =
            fs::read_to_string(root().join(text(location, "path"))).expect("the template");
        let line = template.lines().nth(number("line") - 1).expect("the line");
        let marked: String = line.chars().skip(number("column") - 1).collect();
        // The property, or what it is missing from, or the resource itself.
        let path = format!(
            "{}.{}",
            text(&finding["resource"], "id"),
            text(location, "property")
        );
        let names: Vec<&str> = path
            .split(['.', '[', ']'])
            .filter(|name| !name.is_empty())
            .collect();
        let named = names
            .iter()
            .any(|name| marked.starts_with(&format!("{name}:")));
        let in_list = line.trim_start().starts_with("- ");
        if !named && !in_list {
            problems.push(format!(
                "{path}: {}:{}: {marked}",
                text(location, "path"),
                number("line")
            ));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
