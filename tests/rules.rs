//! What every built-in rule is held to.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use skylint::examples;
use skylint::model::Verdict;
use skylint::rule::{self, Rule};

fn rules() -> Vec<Rule> {
    let rules: Vec<Rule> = rule::builtin()
        .iter()
        .map(|(path, text)| {
            rule::parse(&format!("rules/{path}"), text).unwrap_or_else(|faults| {
                let said: Vec<_> = faults.faults.iter().map(|f| &f.message).collect();
                panic!("rules/{path}: {said:#?}")
            })
        })
        .collect();
    assert!(rules.len() >= 7, "only {} rules", rules.len());
    rules
}

/// Fails with everything that is wrong, not only with the first.
fn all_well(problems: impl Iterator<Item = String>) {
    let problems: Vec<String> = problems.collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn their_examples_hold() {
    let rules = rules();
    all_well(rules.iter().flat_map(|rule| {
        rule.examples.iter().filter_map(|example| {
            let why = examples::run(rule, example).err()?;
            Some(format!("{}: {}: {why}", rule.info.id, example.name))
        })
    }));
}

#[test]
fn they_show_every_verdict_in_six_examples_or_more() {
    all_well(rules().iter().flat_map(|rule| {
        let id = &rule.info.id;
        let shown: BTreeSet<&str> = rule.examples.iter().map(|e| e.verdict.as_str()).collect();
        // A rule without `when` applies to everything of its type.
        let always = rule.subjects.iter().all(|subject| subject.when.is_none());
        let missing = Verdict::ALL
            .into_iter()
            .filter(|v| !shown.contains(v.as_str()))
            .filter(|v| !(always && *v == Verdict::NotApplicable));
        let mut problems: Vec<String> = missing
            .map(|verdict| format!("{id} has no example that is {verdict}"))
            .collect();
        if rule.examples.len() < 6 {
            problems.push(format!("{id} has {} examples", rule.examples.len()));
        }
        let names: BTreeSet<&str> = rule.examples.iter().map(|e| &*e.name).collect();
        if names.len() < rule.examples.len() {
            problems.push(format!("{id} has examples of the same name"));
        }
        problems
    }));
}

/// The place is what a user sees first.
#[test]
fn their_examples_hold_them_to_a_place() {
    all_well(rules().iter().filter_map(|rule| {
        let mut failing = rule.examples.iter().filter(|e| e.verdict == Verdict::Fail);
        let placed = failing.any(|example| example.at.is_some());
        (!placed).then(|| format!("{} has no failing example with `at`", rule.info.id))
    }));
}

#[test]
fn they_lie_where_their_id_says_and_no_two_share_a_name() {
    let rules = rules();
    all_well(rules.iter().filter_map(|rule| {
        let info = &rule.info;
        let place = format!("rules/{}/{}-{}.yaml", info.domain, info.id, info.slug);
        (place != *rule.path).then(|| format!("{} should be {place}", rule.path))
    }));
    for name in [
        |rule: &Rule| rule.info.id.clone(),
        |rule: &Rule| rule.info.slug.clone(),
    ] {
        let mut files: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for rule in &rules {
            files.entry(name(rule)).or_default().push(rule.path.clone());
        }
        all_well(
            files
                .iter()
                .filter(|(_, files)| files.len() > 1)
                .map(|pair| format!("{pair:?}")),
        );
    }
    // What lies in the folder is what is built in.
    let mut found = 0;
    for domain in
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("rules")
    {
        let domain = domain.expect("an entry").path();
        found += std::fs::read_dir(&domain).map_or(0, Iterator::count);
    }
    assert_eq!(found, rules.len(), "files in rules/ that are not built in");
}

#[test]
fn they_cite_sources_an_auditor_can_open() {
    all_well(rules().iter().flat_map(|rule| {
        let info = &rule.info;
        let mut problems = Vec::new();
        if !info
            .references
            .iter()
            .any(|url| url.starts_with("https://docs.aws.amazon.com/"))
        {
            problems.push(format!("{} cites no AWS documentation", info.id));
        }
        for url in &info.references {
            let rest = url.strip_prefix("https://").unwrap_or_default();
            if !rest.contains('.') || rest.contains(char::is_whitespace) {
                problems.push(format!("{}: {url} is no https URL", info.id));
            }
        }
        problems
    }));
}

#[test]
fn they_say_why_and_how_to_fix_it() {
    all_well(rules().iter().flat_map(|rule| {
        let info = &rule.info;
        let mut problems = Vec::new();
        if info.why.split_whitespace().count() < 15 {
            problems.push(format!("{}: why: {}", info.id, info.why));
        }
        if info.fix.split_whitespace().count() < 5 {
            problems.push(format!("{}: fix: {}", info.id, info.fix));
        }
        if info.title.ends_with('.') || info.title.len() > 80 {
            problems.push(format!("{}: title: {}", info.id, info.title));
        }
        problems
    }));
}
