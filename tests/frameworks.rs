//! Frameworks: which controls there are, which rules are on them, and where a run says that they stand.
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
use skylint::model::{Mapping, OWN_MAPPINGS, Results, RuleInfo};
use skylint::policy::{Framework, frameworks};
use skylint::rule;

/// One rule that asks for backups, one for a name, on controls of SOC 2 that no built-in rule is on.
const RULES: &str = "\
id: ORG-100
slug: backups
title: No backups
severity: high
resource: AWS::RDS::DBInstance
when: self.Engine != 'custom'
require: self.BackupRetentionPeriod > 0
message: \"{self} has no backups\"
why: w
fix: { text: f }
frameworks:
  soc2: [A1.2, A1.3]
  skylint: [\"soc2:A1.2\", \"soc2:CC9.1\"]
";
const NAMES: &str = "\
id: ORG-101
slug: names
title: No name
severity: low
resource: AWS::RDS::DBInstance
require: has(self.DBInstanceIdentifier)
message: \"{self} has no name\"
why: w
fix: { text: f }
frameworks: { soc2: [A1.3, X9.9] }
";

fn db(properties: &str) -> String {
    format!(
        "Parameters: {{ Days: {{ Type: Number }} }}\nResources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    \
         Properties: {{ Engine: mysql, DBInstanceIdentifier: db, {properties} }}\n"
    )
}

const ONLY: [&str; 4] = ["--rules", "rules", "--only", "ORG-100,ORG-101"];

/// Where each control stands that has a rule of ours: `A1.2 satisfied`.
fn standings(run: &Run) -> Vec<String> {
    let report = run.json();
    let controls = report["frameworks"][0]["controls"].as_array().unwrap();
    let ours = controls.iter().filter(|control| {
        let mut rules = control["rules"].as_array().unwrap().iter();
        rules.any(|rule| rule["id"].as_str().unwrap().starts_with("ORG-"))
    });
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    ours.map(|c| format!("{} {}", text(&c["id"]), text(&c["standing"])))
        .collect()
}

fn folder(properties: &str) -> Folder {
    Folder::with(&[
        ("rules/a.yaml", RULES),
        ("rules/b.yaml", NAMES),
        ("db.yaml", &db(properties)),
    ])
}

fn check<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let args = ["check", "db.yaml", "--framework", "soc2"];
    [&args[..], &ONLY, more].concat()
}

#[test]
fn a_control_stands_as_its_rules_say() {
    // What each of the three controls is when the database is so.
    let json = check(&["-f", "json"]);
    for (properties, code, [both, own, shared]) in [
        ("BackupRetentionPeriod: 7", 0, ["satisfied"; 3]),
        ("BackupRetentionPeriod: 0", 1, ["failed"; 3]),
        ("BackupRetentionPeriod: !Ref Days", 0, ["undecided"; 3]),
    ] {
        let run = folder(properties).skylint(&json).exits(code);
        let expected = [
            format!("CC9.1 {own}"),
            format!("A1.2 {both}"),
            format!("A1.3 {shared}"),
            "X9.9 satisfied".to_owned(),
        ];
        assert_eq!(standings(&run), expected, "{properties}");
    }
    let custom = db("BackupRetentionPeriod: 0").replace("mysql", "custom");
    let folder = folder("");
    folder.write("db.yaml", custom);
    let run = folder.skylint(&json).exits(0);
    // The other rule is on A1.3, and passes.
    assert_eq!(
        standings(&run),
        [
            "CC9.1 no-resource-in-scope",
            "A1.2 no-resource-in-scope",
            "A1.3 satisfied",
            "X9.9 satisfied"
        ]
    );
}

#[test]
fn exceptions_and_rules_that_did_not_run_are_no_satisfaction() {
    let folder = folder("BackupRetentionPeriod: 0");
    folder.write(
        "skylint.toml",
        "[[waivers]]\nrule = \"ORG-100\"\nid = \"Db\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2036-01-01\n",
    );
    let run = folder.skylint(&check(&["-f", "json"])).exits(0);
    let waived = [
        "CC9.1 waived",
        "A1.2 waived",
        "A1.3 waived",
        "X9.9 satisfied",
    ];
    assert_eq!(standings(&run), waived);
    // A1.3 has a rule that passes and one of which nothing is known.
    let one = [
        "check",
        "db.yaml",
        "--framework",
        "soc2",
        "--rules",
        "rules",
    ];
    let args = [&one[..], &["--only", "ORG-101", "-f", "json"]].concat();
    let run = folder.skylint(&args).exits(0);
    let expected = [
        "CC9.1 not-run",
        "A1.2 not-run",
        "A1.3 undecided",
        "X9.9 satisfied",
    ];
    assert_eq!(standings(&run), expected);
}

#[test]
fn what_could_not_be_read_is_said_before_anything_else() {
    let folder = folder("BackupRetentionPeriod: 7");
    folder.write("broken.yaml", "Resources: [");
    for (format, words) in [
        ("human", "Not everything could be read"),
        ("markdown", "> Not everything could be read"),
        ("html", "Not everything could be read"),
        ("json", "\"complete\": false"),
    ] {
        folder
            .skylint(&check(&["broken.yaml", "-f", format]))
            .exits(2)
            .says(words);
    }
}

/// The four formats have a view of it; what another run kept gives the same bytes.
#[test]
fn a_run_that_was_kept_says_the_same() {
    let folder = folder("BackupRetentionPeriod: 0");
    let all = [
        "check",
        "db.yaml",
        "--rules",
        "rules",
        "-f",
        "jsonl=run.jsonl",
    ];
    folder.skylint(&all).exits(1);
    let args = ["check", "db.yaml", "--rules", "rules"];
    for format in ["human", "markdown", "html", "json"] {
        let view = ["--framework", "soc2", "--framework", "fsbp", "-f", format];
        let now = folder.skylint(&[&args[..], &view].concat()).exits(1);
        let later = ["report", "--from", "run.jsonl", "--fail-on", "low"];
        let later = folder.skylint(&[&later[..], &view].concat()).exits(1);
        assert_eq!(now.stdout(), later.stdout(), "{format}");
    }
    // Other formats are about what the framework's rules found.
    let view = ["report", "--from", "run.jsonl", "--framework", "soc2"];
    let found = folder.skylint(&[&view[..], &["-f", "csv"]].concat());
    let found = found.exits(0).stdout();
    assert!(
        found.contains("ORG-100") && !found.contains("DB-001"),
        "{found}"
    );
}

#[test]
fn a_run_of_an_older_skylint_cannot_satisfy_anything() {
    let folder = folder("BackupRetentionPeriod: 7");
    folder.skylint(&["check", "db.yaml", "-f", "jsonl=run.jsonl"]);
    let lines = folder.read("run.jsonl");
    let lines = lines.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("verdicts");
        line.to_string() + "\n"
    });
    folder.write("run.jsonl", lines.collect::<String>());
    folder.skylint(&["report", "--from", "run.jsonl"]).exits(0);
    folder
        .skylint(&["report", "--from", "run.jsonl", "--framework", "fsbp"])
        .exits(2)
        .complains("does not say how often each rule passed");
}

#[test]
fn only_the_rules_of_the_framework_run() {
    let folder = folder("BackupRetentionPeriod: 7");
    let args = [
        "check",
        "db.yaml",
        "--framework",
        "soc2",
        "-f",
        "jsonl=run.jsonl",
    ];
    folder.skylint(&args);
    let run = folder.read("run.jsonl");
    let rules = run.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        (line["record"] == "rule").then(|| line["id"].as_str().unwrap().to_owned())
    });
    let soc2 = frameworks().iter().find(|f| &*f.name == "soc2").unwrap();
    let expected = builtin().into_iter().filter(|rule| soc2.has(rule));
    let expected: Vec<String> = expected.map(|rule| rule.id.to_string()).collect();
    assert_eq!(rules.collect::<Vec<_>>(), expected);
    folder
        .skylint(&[
            "check",
            "db.yaml",
            "--framework",
            "soc2",
            "--only",
            "DNS-001",
        ])
        .exits(2)
        .complains("none of the rules that run is on a control of soc2");
    folder
        .skylint(&["check", "db.yaml", "--framework", "soc3"])
        .exits(2)
        .complains("'soc2'");
}

#[test]
fn the_views_are_as_people_see_them() {
    let folder = folder("BackupRetentionPeriod: 0");
    let human = folder.skylint(&check(&[])).exits(1).stdout();
    insta::assert_snapshot!("human", human);
    let markdown = folder.skylint(&check(&["-f", "markdown"])).exits(1);
    insta::assert_snapshot!("markdown", markdown.stdout());
    let page = folder.skylint(&check(&["-f", "html"])).exits(1).stdout();
    assert!(page.contains("default-src 'none'"));
    for word in ["<script", "src=", "@import", "url("] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn json_is_as_its_schema_says() {
    let schema = fs::read_to_string(root().join("docs/frameworks-v1.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).expect("a JSON schema");
    let mut args = vec![
        "check",
        "fixtures/securecart/cloudformation/faulty",
        "-f",
        "json",
    ];
    for framework in frameworks() {
        args.extend(["--framework", &framework.name]);
    }
    let report = skylint(&args).run().exits(1).json();
    let wrong: Vec<String> = validator
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(
        report["frameworks"].as_array().unwrap().len(),
        frameworks().len()
    );
}

#[test]
fn the_verb_lists_frameworks_and_shows_what_has_no_rule() {
    let all = skylint(&["frameworks", "list"]).run().exits(0).stdout();
    for framework in frameworks() {
        assert!(all.contains(&*framework.title), "{}", framework.name);
        let shown = skylint(&["frameworks", "show", &framework.name]).run();
        let shown = shown.exits(0).stdout();
        for (id, _) in &framework.controls {
            assert!(shown.contains(&**id), "{}: {id}", framework.name);
        }
        assert!(shown.contains(": no rule"));
    }
    let json = skylint(&["frameworks", "list", "-f", "json"]).run();
    assert_eq!(
        json.exits(0).json().as_array().unwrap().len(),
        frameworks().len()
    );
    let folder = folder("");
    let shown = folder.skylint(&["frameworks", "show", "soc2", "--rules", "rules"]);
    let shown = shown.exits(0).stdout();
    assert!(shown.contains("CC9.1  Risks of business disruption are mitigated: ORG-100*"));
    assert!(shown.contains("A1.2   Environmental protection, backup and recovery infrastructure is designed and maintained: ORG-100\n"));
}

fn builtin() -> Vec<RuleInfo> {
    let files = rule::builtin().iter();
    let rules = files.map(|(path, text)| rule::parse(path, text).expect(path));
    let mut rules: Vec<RuleInfo> = rules.map(|rule| (*rule.info).clone()).collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

/// Pillars of the Well-Architected Framework other than Reliability have no list of ours.
const UNLISTED: [&str; 5] = ["COST", "OPS", "PERF", "SEC", "SUS"];

/// A control that a rule names is in the list of its framework, by the id it has there.
#[test]
fn every_control_that_a_rule_names_is_listed() {
    let mut wrong = BTreeSet::new();
    for rule in builtin() {
        let named = rule.frameworks.iter().flat_map(|(key, controls)| {
            controls
                .iter()
                .map(move |control| match **key == *OWN_MAPPINGS {
                    true => control.split_once(':').unwrap_or(("", control)),
                    false => (&**key, &**control),
                })
        });
        for (key, control) in named {
            let is_listed = |framework: &Framework| {
                *framework.key == *key && framework.title_of(control).is_some()
            };
            let elsewhere =
                key == "well-architected" && UNLISTED.iter().any(|p| control.starts_with(p));
            if !elsewhere && !frameworks().iter().any(is_listed) {
                wrong.insert(format!("{}: {key}:{control}", rule.id));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "not in src/policy/frameworks/ (add the control there, with its source; under `skylint` write \
         \"framework:control\"):\n{wrong:#?}"
    );
}

/// What somebody else has published and what skylint says are told apart, and said once.
#[test]
fn no_mapping_is_both_published_and_our_own() {
    let mut wrong = Vec::new();
    for rule in builtin() {
        for framework in frameworks() {
            let published = framework.controls_of(&rule);
            let published: BTreeMap<&str, Mapping> = published.into_iter().collect();
            let own = rule
                .frameworks
                .iter()
                .filter(|(key, _)| **key == *OWN_MAPPINGS);
            for control in own.flat_map(|(_, controls)| controls) {
                if let Some((key, control)) = control.split_once(':')
                    && key == &*framework.key
                    && published
                        .get(control)
                        .is_some_and(|by| *by != Mapping::Skylint)
                {
                    wrong.push(format!("{}: {key}:{control}", rule.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The index of the rules' pages has every control that a rule is on.
#[test]
fn the_pages_list_the_rules_by_control() {
    let index = fs::read_to_string(root().join("docs/rules/README.md")).unwrap();
    let rules: Vec<_> = builtin().into_iter().map(Into::into).collect();
    for framework in frameworks() {
        let standing = framework.standing(&Results::default(), &rules);
        for control in standing.controls.iter().filter(|c| !c.rules.is_empty()) {
            let row = format!("| {} | {} | ", control.id, control.title);
            assert!(index.contains(&row), "{}: {row}", framework.name);
        }
    }
}
