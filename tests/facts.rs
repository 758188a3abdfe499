//! Facts that only a running account has: what rules see of them at each door, and SecureCart's snapshot.
//! `SKYLINT_BLESS=1 cargo test --test facts` writes anew what its manifests say of the lines.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use common::{Folder, Run, root, skylint};
use serde_json::{Value, json};
use skylint::source::native::{self, Lines, Manifest, assemble};
use skylint::types;

const SETS: [&str; 2] = ["good", "faulty"];

fn fixture(name: &str) -> PathBuf {
    root().join("fixtures/securecart/snapshot").join(name)
}

fn expected() -> Value {
    let text = fs::read_to_string(fixture("expected.json")).expect("expected.json");
    serde_json::from_str(&text).expect("JSON")
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key}: {value:#}"))
}

/// The lines are written by hand; the rest is what this skylint would say of them.
#[test]
fn the_snapshots_are_as_they_are_written() {
    for set in SETS {
        let path = fixture(&format!("{set}.snapshot"));
        let now = fs::read_to_string(&path).expect("the snapshot");
        let (head, lines) = now.split_once('\n').expect("a manifest");
        let mut manifest: Manifest = serde_json::from_str(head).expect("a manifest");
        let types = std::mem::take(&mut manifest.types);
        manifest.types = types
            .into_keys()
            .map(|rtype| (rtype.clone(), types::live_paths(&rtype)))
            .collect();
        let mut to = Lines::new(Vec::new());
        for line in lines.lines() {
            let resource = native::resource(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(native::line(&resource).len(), line.len(), "{line}");
            to.add_line(line).expect("memory");
        }
        let lines = to.finish(&mut manifest).expect("memory");
        let mut file = Vec::new();
        assemble(&manifest, lines.as_slice(), &mut file, false).expect("memory");
        if std::env::var_os("SKYLINT_BLESS").is_some() {
            fs::write(&path, &file).expect("the snapshot is written");
        }
    }
}

fn check(set: &str) -> Value {
    let path = format!("fixtures/securecart/snapshot/{set}.snapshot");
    let expected = expected();
    let rules = expected["rules"].as_array().expect("rules").iter();
    let rules: Vec<&str> = rules.map(|rule| rule.as_str().expect("an id")).collect();
    let rules = rules.join(",");
    let args = [
        "check", &path, "--only", &rules, "--show", "all", "--format", "json",
    ];
    let run = skylint(&args).run().soon();
    assert_eq!(run.stderr(), "", "{run}");
    run.json()
}

fn with(verdict: &str, report: &Value) -> Vec<Value> {
    let findings = report["findings"].as_array().expect("findings").iter();
    findings
        .filter(|finding| finding["verdict"] == verdict)
        .cloned()
        .collect()
}

#[test]
fn nothing_is_wrong_with_the_good_snapshot_and_every_rule_looked() {
    let report = check("good");
    assert_eq!(with("fail", &report), [Value::Null; 0]);
    assert_eq!(with("unknown", &report), [Value::Null; 0]);
    let passed: BTreeSet<String> = with("pass", &report)
        .iter()
        .map(|finding| text(finding, "rule").to_owned())
        .collect();
    let rules = expected()["rules"].clone();
    assert_eq!(json!(passed), rules);
}

#[test]
fn the_faulty_snapshot_has_exactly_the_faults_that_were_planted() {
    let report = check("faulty");
    let expected = expected();
    let wanted = expected["fail"].as_array().expect("a list").iter();
    let wanted: BTreeSet<String> = wanted
        .map(|entry| {
            assert!(text(entry, "why").len() > 10, "{entry}");
            ["rule", "resource", "at", "severity"]
                .map(|key| text(entry, key))
                .join(" ")
        })
        .collect();
    let found: BTreeSet<String> = with("fail", &report)
        .iter()
        .map(|finding| {
            let (resource, location) = (&finding["resource"], &finding["location"]);
            assert!(
                location["column"].as_u64().expect("a column") > 1,
                "{finding}"
            );
            format!(
                "{} {} {} {}",
                text(finding, "rule"),
                text(resource, "id"),
                text(location, "property"),
                text(finding, "severity"),
            )
        })
        .collect();
    assert_eq!(wanted, found);
    assert_eq!(with("unknown", &report), [Value::Null; 0]);
    let failed: BTreeSet<&str> = wanted
        .iter()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(json!(failed), expected["rules"]);
}

/// Lines are judged in passing, and what others share of them is kept: the same comes of a file that is
/// in memory.
#[test]
fn a_file_in_memory_has_the_same_verdicts() {
    for set in SETS {
        let bytes = fs::read(fixture(&format!("{set}.snapshot"))).expect("the snapshot");
        let streamed = format!("fixtures/securecart/snapshot/{set}.snapshot");
        let verdicts = |run: &Run| run.findings();
        let read = skylint(&["check", "-", "--show", "all", "--format", "json"])
            .stdin(bytes)
            .run();
        let streamed = skylint(&["check", &streamed, "--show", "all", "--format", "json"]).run();
        assert_eq!(verdicts(&read), verdicts(&streamed));
    }
}

const RULE: &str = "\
id: TST-001
slug: database-status
title: Database is not available
severity: high
resource: AWS::RDS::DBInstance
when: has(self.observed.Status)
require: self.observed.Status == \"available\"
message: \"{self} is {self.observed.Status}\"
why: It serves nobody.
fix: { text: Start it. }
references: [https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html]
";

fn rule(from: &str, to: &str) -> String {
    let rule = RULE.replacen(from, to, 1);
    assert!(from.is_empty() || rule != RULE, "{from}");
    rule
}

fn judged(rule: &str, name: &str, input: &str) -> Value {
    let folder = Folder::with(&[("rules/TST-001-database-status.yaml", rule), (name, input)]);
    let args = [
        "check", name, "--rules", "rules", "--only", "TST-001", "--show", "all", "--format", "json",
    ];
    let report = folder.skylint(&args).json();
    report["findings"][0].clone()
}

/// A snapshot file with one line.
fn snapshot(line: &Value, types: &Value) -> String {
    let lines = format!("{line}\n");
    let mut manifest: Value = {
        let file = native::of_lines(&lines, true);
        let file = String::from_utf8(file).expect("text");
        serde_json::from_str(file.lines().next().expect("a manifest")).expect("JSON")
    };
    for (rtype, paths) in types.as_object().expect("types") {
        manifest["types"][rtype] = paths.clone();
    }
    format!("{manifest}\n{lines}")
}

fn database(observed: &Value, unknown: &Value) -> Value {
    json!({
        "type": "AWS::RDS::DBInstance", "id": "orders", "account": "111122223333", "region": "eu-central-1",
        "properties": {"Engine": "mysql"}, "observed": observed, "unknown": unknown,
    })
}

#[test]
fn a_fact_is_not_set_where_nothing_runs() {
    let template =
        "Resources: { orders: { Type: AWS::RDS::DBInstance, Properties: { Engine: mysql } } }";
    assert_eq!(
        judged(RULE, "t.yaml", template)["verdict"],
        "not-applicable"
    );
    let state = json!({
        "version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "x", "outputs": {}, "check_results": null,
        "resources": [{
            "mode": "managed", "type": "aws_db_instance", "name": "orders",
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{"schema_version": 2, "attributes": {"identifier": "orders", "engine": "mysql", "status": "stopped"}}],
        }],
    });
    let found = judged(RULE, "terraform.tfstate", &state.to_string());
    assert_eq!(found["verdict"], "not-applicable", "{found:#}");
}

#[test]
fn aws_config_says_the_facts_that_have_a_column() {
    let item = |rtype: &str, configuration: &Value| {
        json!({
            "fileVersion": "1.0", "configSnapshotId": "x",
            "configurationItems": [{
                "configurationItemVersion": "1.3", "configurationItemStatus": "OK", "awsAccountId": "111122223333",
                "configurationItemCaptureTime": "2026-11-01T06:00:00.000Z", "resourceType": rtype,
                "resourceId": "orders", "resourceName": "orders", "awsRegion": "eu-central-1",
                "configuration": configuration, "supplementaryConfiguration": {}, "tags": {}, "relationships": [],
            }],
        })
        .to_string()
    };
    let database = item(
        "AWS::RDS::DBInstance",
        &json!({"dBInstanceIdentifier": "orders", "engine": "mysql", "dBInstanceStatus": "stopped"}),
    );
    let found = judged(RULE, "items.json", &database);
    assert_eq!(found["verdict"], "fail", "{found:#}");

    let table = rule("AWS::RDS::DBInstance", "AWS::DynamoDB::Table");
    let item_of_table = item(
        "AWS::DynamoDB::Table",
        &json!({"tableName": "orders", "tableStatus": "ARCHIVED"}),
    );
    let found = judged(&table, "items.json", &item_of_table);
    assert_eq!(found["verdict"], "unknown", "{found:#}");
    let reason = text(&found["unknown"], "reason");
    assert!(
        reason.ends_with("AWS Config does not say observed.Status"),
        "{reason}"
    );

    let vpn = rule("AWS::RDS::DBInstance", "AWS::EC2::VPNConnection");
    let vpn = vpn.replace("Status", "State");
    let connection = item(
        "AWS::EC2::VPNConnection",
        &json!({"vpnConnectionId": "vpn-1", "state": {"value": "pending"}, "type": "ipsec.1"}),
    );
    let found = judged(&vpn, "items.json", &connection);
    assert_eq!(found["verdict"], "fail", "{found:#}");
    assert_eq!(found["evidence"][0]["property"], "observed.State");
    assert_eq!(found["evidence"][0]["value"], "pending");
}

#[test]
fn in_an_account_a_fact_is_what_aws_said_or_why_it_did_not() {
    let read = json!({});
    let before = json!({"AWS::RDS::DBInstance": ["Engine"]});
    for (observed, unknown, types, verdict, reason) in [
        (json!({"Status": "available"}), json!({}), &read, "pass", ""),
        (json!({"Status": "stopped"}), json!({}), &read, "fail", ""),
        (json!({}), json!({}), &read, "not-applicable", ""),
        (
            json!({}),
            json!({"observed.Status": "it was denied"}),
            &read,
            "unknown",
            "it was denied",
        ),
        // Whoever collected it did not ask yet.
        (json!({}), json!({}), &before, "unknown", "collect it again"),
        (json!({"Status": "stopped"}), json!({}), &before, "fail", ""),
    ] {
        let line = database(&observed, &unknown);
        let found = judged(RULE, "prod.snapshot", &snapshot(&line, types));
        assert_eq!(found["verdict"], verdict, "{line} {found:#}");
        let said = found["unknown"]["reason"].as_str().unwrap_or_default();
        assert!(said.contains(reason), "{said}");
        if verdict == "fail" {
            let at = &found["location"];
            assert_eq!(
                (text(at, "property"), at["line"].as_u64()),
                ("observed.Status", Some(2))
            );
            let column = at["column"].as_u64().expect("a column") as usize;
            assert!(
                line.to_string()[column - 1..].starts_with("\"Status\""),
                "{column}"
            );
            assert_eq!(found["message"], "orders is stopped");
        }
    }
}

#[test]
fn what_is_wrong_with_a_rule_about_facts_is_said_when_it_is_read() {
    for (from, to, message, help) in [
        (
            "has(self.observed.Status)",
            "has(self.observed.Stats)",
            "unknown property `Stats` on observed of AWS::RDS::DBInstance",
            "did you mean `Status`?",
        ),
        (
            "== \"available\"",
            "== 1",
            "string and integer cannot be compared",
            "",
        ),
        (
            "resource: AWS::RDS::DBInstance",
            "resource: AWS::S3::Bucket",
            "no facts of a running AWS::S3::Bucket are known",
            "under `observed`",
        ),
        (
            "require: self.observed.Status == \"available\"",
            "require: 'resources(\"AWS::RDS::DBInstance\").all(d, d.observed.Status == \"available\")'",
            "`observed` of another AWS::RDS::DBInstance is not shared",
            "",
        ),
    ] {
        let folder = Folder::with(&[("TST-001-database-status.yaml", &*rule(from, to))]);
        let run = folder
            .skylint(&["rules", "test", "TST-001-database-status.yaml"])
            .exits(2);
        run.complains(message).complains(help);
    }
}

/// A snapshot can be judged again, with the same verdict, whatever the time is by then.
#[test]
fn ages_count_from_when_a_resource_was_captured() {
    let rule = rule(
        "require: self.observed.Status == \"available\"",
        "require: minutesOld(self.observed.LatestRestorableTime) < 10",
    );
    for (captured, verdict, reason) in [
        (json!("1999-12-31T23:59:59Z"), "pass", ""),
        (json!("2000-01-01T00:04:59+00:00"), "pass", ""),
        (json!("2000-01-01T00:05:00Z"), "fail", ""),
        (json!("1999-01-01T00:00:00Z"), "pass", ""),
        (Value::Null, "unknown", "when it was captured"),
        (json!("yesterday"), "unknown", "`yesterday`"),
    ] {
        let mut line = database(
            &json!({"Status": "available", "LatestRestorableTime": "1999-12-31T23:55:00.000Z"}),
            &json!({}),
        );
        line["captured"] = captured;
        let found = judged(&rule, "prod.snapshot", &snapshot(&line, &json!({})));
        assert_eq!(found["verdict"], verdict, "{line} {found:#}");
        let said = found["unknown"]["reason"].as_str().unwrap_or_default();
        assert!(said.contains(reason), "{said}");
    }
}
