//! Plans and state of Terraform, through the binary: verdicts, places, exceptions, secrets, and
//! what cannot be read.
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

use common::{Folder, Run, root};
use serde_json::{Value, json};

const PROJECT: &str = "tests/terraform/project";

fn project(name: &str) -> String {
    fs::read_to_string(root().join(PROJECT).join(name)).expect("a file of the project")
}

/// The project in a folder of its own.
fn folder() -> Folder {
    Folder::with(&[
        ("main.tf", &project("main.tf")),
        ("mod/main.tf", &project("mod/main.tf")),
        ("plan.json", &project("plan.json")),
    ])
}

fn plan() -> Value {
    serde_json::from_str(&project("plan.json")).expect("JSON")
}

/// `RULE verdict address path:line property` of every finding.
fn places(run: &Run) -> Vec<String> {
    let report = run.json();
    let findings = report["findings"].as_array().expect("findings");
    findings
        .iter()
        .map(|f| {
            let text = |v: &Value| v.as_str().unwrap_or("-").to_owned();
            format!(
                "{} {}{} {} {}:{} {}",
                text(&f["rule"]),
                text(&f["verdict"]),
                if f["waiver"].is_null() { "" } else { " waived" },
                text(&f["resource"]["address"]),
                text(&f["location"]["path"]),
                f["location"]["line"],
                text(&f["location"]["property"]),
            )
        })
        .collect()
}

/// One resource of a plan.
fn change(rtype: &str, name: &str, after: Value, unknown: Value) -> Value {
    json!({
        "address": format!("{rtype}.{name}"), "mode": "managed", "type": rtype, "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["create"], "before": null, "after": after,
            "after_unknown": unknown, "before_sensitive": false, "after_sensitive": {}},
    })
}

/// A plan of these changes; `blocks` are (type, name, expressions).
fn plan_of(changes: Vec<Value>, blocks: Vec<(&str, &str, Value)>) -> Value {
    let resources: Vec<Value> = blocks
        .into_iter()
        .map(|(rtype, name, expressions)| {
            json!({"address": format!("{rtype}.{name}"), "mode": "managed", "type": rtype,
                "name": name, "provider_config_key": "aws", "expressions": expressions})
        })
        .collect();
    json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {},
        "resource_changes": changes,
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "expressions":
                {"region": {"constant_value": "eu-central-1"}}}},
            "root_module": {"resources": resources},
        },
        "complete": true, "errored": false,
    })
}

/// What is read is tested by a few rules, however many there are.
const ONLY: [&str; 2] = [
    "--only",
    "DB-001,DB-004,DB-011,DNS-003,DNS-004,DNS-010,SEC-001",
];

fn check(plan: &Value, more: &[&str]) -> Run {
    let folder = Folder::with(&[("plan.json", &plan.to_string())]);
    let args = [&["check", "plan.json", "--format", "json"], &ONLY[..], more].concat();
    folder.skylint(&args).soon()
}

#[test]
fn findings_point_into_the_sources() {
    let run = folder()
        .skylint(&[&["check", "plan.json", "--format", "json"], &ONLY[..]].concat())
        .exits(1);
    assert_eq!(
        places(&run),
        [
            "DB-001 fail aws_db_instance.orders main.tf:14 MultiAZ",
            "DB-004 fail waived aws_db_instance.orders main.tf:16 BackupRetentionPeriod",
            "DB-001 fail aws_db_instance.expired main.tf:26 MultiAZ",
            "DB-004 fail aws_db_instance.expired main.tf:26 BackupRetentionPeriod",
            "SEC-001 unknown aws_lb.checkout main.tf:31 ",
            "DB-001 fail module.db[\"a.b\"].aws_db_instance.this mod/main.tf:4 MultiAZ",
            "DB-004 fail module.db[\"a.b\"].aws_db_instance.this mod/main.tf:2 BackupRetentionPeriod",
            "DB-001 fail module.db[\"c\"].aws_db_instance.this mod/main.tf:4 MultiAZ",
            "DB-004 fail module.db[\"c\"].aws_db_instance.this mod/main.tf:2 BackupRetentionPeriod",
        ]
    );
    let regions = run.json();
    assert_eq!(regions["findings"][0]["resource"]["region"], "eu-central-1");
}

#[test]
fn sources_may_lie_elsewhere_or_not_at_all() {
    let there = Folder::with(&[
        ("src/main.tf", &project("main.tf")),
        ("src/mod/main.tf", &project("mod/main.tf")),
        ("plan.json", &project("plan.json")),
    ]);
    let run = there.skylint(&[
        "check",
        "plan.json",
        "--source-root",
        "src",
        "--format",
        "json",
    ]);
    assert_eq!(
        places(&run)[0],
        "DB-001 fail aws_db_instance.orders src/main.tf:14 MultiAZ"
    );
    let run = check(&plan(), &[]);
    assert_eq!(
        places(&run)[0],
        "DB-001 fail aws_db_instance.orders plan.json:1 MultiAZ"
    );
}

#[test]
fn exceptions_bind_to_their_block_and_end() {
    let run = folder().skylint(&["check", "plan.json"]).exits(1);
    run.says("waived[DB-004] orders")
        .says("the exception for this ended on 2020-01-01")
        .complains("this exception is not one: it has no reason")
        .complains("this exception to DB-011 covers nothing");
}

#[test]
fn an_exception_in_one_module_says_nothing_of_another() {
    let folder = folder();
    let module = project("mod/main.tf").replace(
        "# skylint:ignore DB-004",
        "# skylint:ignore DB-001 reason=\"only here\"",
    );
    folder.write("mod/main.tf", module);
    let run = folder.skylint(&["check", "plan.json", "--only", "DB-001", "--format", "json"]);
    assert_eq!(
        places(&run),
        [
            "DB-001 fail aws_db_instance.orders main.tf:14 MultiAZ",
            "DB-001 fail aws_db_instance.expired main.tf:26 MultiAZ",
            "DB-001 fail waived module.db[\"a.b\"].aws_db_instance.this mod/main.tf:4 MultiAZ",
            "DB-001 fail waived module.db[\"c\"].aws_db_instance.this mod/main.tf:4 MultiAZ",
        ]
    );
}

#[test]
fn exceptions_in_template_metadata() {
    let folder = Folder::with(&[(
        "t.yaml",
        "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Metadata:\n      skylint:\n        \
         ignore:\n          - { rule: DB-001, reason: a cache, until: 2099-01-31 }\n          \
         - { rule: DB-004 }\n    Properties: { Engine: mysql, BackupRetentionPeriod: 14 }\n",
    )]);
    let run = folder
        .skylint(&[&["check", "t.yaml"], &ONLY[..]].concat())
        .exits(0);
    run.says("waived[DB-001]")
        .complains("this exception is not one: it has no reason");
}

#[test]
fn secrets_are_nowhere() {
    for sources in [true, false] {
        let folder = folder();
        if !sources {
            fs::remove_file(folder.path("main.tf")).expect("removed");
        }
        let rule = "id: X-001\nslug: x\ntitle: x\nseverity: low\nresource: AWS::RDS::DBInstance\n\
                    require: self.MasterUserPassword == \"x\"\nmessage: \"{self}\"\nwhy: x\n\
                    fix: {text: x}\nreferences: [https://docs.aws.amazon.com/]\n\
                    examples: [{name: x, verdict: unknown, template: \"Resources: {D: {Type: AWS::RDS::DBInstance, Properties: {Engine: mysql, MasterUserPassword: a}}}\"}]\n";
        folder.write("rules/x.yaml", rule);
        let run = folder.skylint(&[
            "check",
            "plan.json",
            "--rules",
            "rules",
            "--show",
            "all",
            "--format",
            "human",
            "--format",
            "json=r.json",
            "--format",
            "sarif=r.sarif",
        ]);
        for text in [run.said(), folder.read("r.json"), folder.read("r.sarif")] {
            assert!(!text.contains("canary"), "{text}");
        }
        assert!(run.stdout().contains("X-001"), "{run}");
    }
}

#[test]
fn what_will_go_is_not_linted_and_what_is_replaced_is() {
    let mut all = Vec::new();
    for (name, actions) in [
        ("gone", vec!["delete"]),
        ("replaced", vec!["delete", "create"]),
        ("swapped", vec!["create", "delete"]),
        ("same", vec!["no-op"]),
        ("forgotten", vec!["forget"]),
    ] {
        let after = json!({"engine": "mysql", "multi_az": false, "backup_retention_period": 14});
        let mut one = change("aws_db_instance", name, after, json!({}));
        one["change"]["actions"] = json!(actions);
        all.push(one);
    }
    let run = check(&plan_of(all, vec![]), &[]);
    assert_eq!(
        run.findings(),
        [
            "DB-001 fail aws_db_instance.replaced",
            "DB-001 fail aws_db_instance.swapped",
            "DB-001 fail aws_db_instance.same",
        ]
    );
}

/// Unknown because it was written so, absent because nobody wrote it, and null are three things.
#[test]
fn unknown_is_not_absent() {
    let db = |name, after, unknown| change("aws_db_instance", name, after, unknown);
    let run = check(
        &plan_of(
            vec![
                db(
                    "written",
                    json!({"engine": "mysql", "backup_retention_period": 14}),
                    json!({"multi_az": true}),
                ),
                db(
                    "unwritten",
                    json!({"engine": "mysql"}),
                    json!({"multi_az": true, "backup_retention_period": true}),
                ),
                db(
                    "null",
                    json!({"engine": "mysql", "multi_az": null, "backup_retention_period": null}),
                    json!({}),
                ),
                db(
                    "restored",
                    json!({"engine": "mysql", "multi_az": true, "snapshot_identifier": "s"}),
                    json!({"backup_retention_period": true}),
                ),
            ],
            vec![
                (
                    "aws_db_instance",
                    "written",
                    json!({"engine": {"constant_value": "mysql"}, "multi_az": {"references": ["data.x.y.z", "data.x.y"]}}),
                ),
                (
                    "aws_db_instance",
                    "unwritten",
                    json!({"engine": {"constant_value": "mysql"}}),
                ),
                (
                    "aws_db_instance",
                    "null",
                    json!({"engine": {"constant_value": "mysql"}}),
                ),
                (
                    "aws_db_instance",
                    "restored",
                    json!({"engine": {"constant_value": "mysql"}}),
                ),
            ],
        ),
        &[],
    );
    assert_eq!(
        run.findings(),
        [
            "DB-001 unknown aws_db_instance.written",
            "DB-001 fail aws_db_instance.unwritten",
            "DB-004 fail aws_db_instance.unwritten",
            "DB-001 fail aws_db_instance.null",
            "DB-004 fail aws_db_instance.null",
            "DB-004 unknown aws_db_instance.restored",
        ]
    );
    let report = run.json();
    let because = report["findings"][0]["unknown"]["reason"].as_str().unwrap();
    assert!(because.contains("known after apply"), "{because}");
}

/// A global table in Terraform is one table with replicas, whichever way they are written.
#[test]
fn replicas_are_judged_one_by_one() {
    let table = json!({"name": "t", "point_in_time_recovery": [{"enabled": true}],
        "replica": [{"region_name": "us-east-1", "point_in_time_recovery": false},
            {"region_name": "us-west-2", "point_in_time_recovery": true}]});
    let other = json!({"name": "o", "point_in_time_recovery": [{"enabled": true}], "replica": []});
    let apart = json!({"point_in_time_recovery": null});
    let run = check(
        &plan_of(
            vec![
                change("aws_dynamodb_table", "t", table, json!({"arn": true})),
                change("aws_dynamodb_table", "o", other, json!({"arn": true})),
                change(
                    "aws_dynamodb_table_replica",
                    "r",
                    apart,
                    json!({"global_table_arn": true}),
                ),
            ],
            vec![
                (
                    "aws_dynamodb_table",
                    "t",
                    json!({"name": {"constant_value": "t"}}),
                ),
                (
                    "aws_dynamodb_table",
                    "o",
                    json!({"name": {"constant_value": "o"}}),
                ),
                (
                    "aws_dynamodb_table_replica",
                    "r",
                    json!({"global_table_arn": {"references": ["aws_dynamodb_table.o.arn", "aws_dynamodb_table.o"]}}),
                ),
            ],
        ),
        &["--format", "human=h.txt"],
    );
    assert_eq!(
        run.findings(),
        [
            "DB-011 fail aws_dynamodb_table.t",
            "DB-011 fail aws_dynamodb_table.o"
        ]
    );
    let report = run.json();
    assert!(
        report["findings"][0]["message"]
            .as_str()
            .unwrap()
            .contains("us-east-1")
    );
    assert_eq!(
        report["findings"][0]["resource"]["type"],
        "AWS::DynamoDB::GlobalTable"
    );
}

#[test]
fn a_plan_that_is_not_whole_is_never_clean() {
    let good = change(
        "aws_db_instance",
        "good",
        json!({"engine": "mysql", "multi_az": true, "backup_retention_period": 14}),
        json!({}),
    );
    let whole = plan_of(vec![good], vec![]);
    check(&whole, &[]).exits(0);
    let mut errored = whole.clone();
    errored["errored"] = json!(true);
    check(&errored, &[])
        .exits(2)
        .complains("planning ended with an error");
    let mut targeted = whole.clone();
    targeted["complete"] = json!(false);
    check(&targeted, &[])
        .exits(2)
        .complains("the plan is not complete");
    let mut deferred = whole;
    deferred["deferred_changes"] = json!([{}]);
    check(&deferred, &[])
        .exits(2)
        .complains("deferred 1 resources");
}

#[test]
fn what_cannot_be_read_is_said() {
    let text = plan().to_string();
    let cut = text.split_at(text.len() / 2).0;
    let google = json!({"format_version": "1.2", "terraform_version": "1.9", "resource_changes": [
        {"address": "google_sql_database_instance.x", "mode": "managed", "type": "google_sql_database_instance",
         "name": "x", "change": {"actions": ["create"], "after": {}}}]});
    let cases = [
        ("plan.json", cut.to_owned(), "it ends in the middle"),
        ("plan.json", text.replacen("\"1.2\"", "\"2.0\"", 1), "a plan of format 2.0"),
        ("plan.json", google.to_string(), "no AWS resources, only resources of: google"),
        (
            "terraform.tfstate",
            r#"{"version": 3, "terraform_version": "0.11.14", "serial": 1, "modules": []}"#.to_owned(),
            "it is a state of version 3",
        ),
        (
            "terraform.tfstate",
            r#"{"version": 5, "terraform_version": "9.0.0", "serial": 1, "lineage": "x"}"#.to_owned(),
            "it is a state of version 5",
        ),
        (
            "terraform.tfstate",
            r#"{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "x", "resources": []}"#.to_owned(),
            "the state has no resources",
        ),
        (
            "terraform.tfstate",
            r#"{"serial": 1, "lineage": "x", "meta": {}, "encrypted_data": "eA==", "encryption_version": "v0"}"#.to_owned(),
            "OpenTofu has encrypted it",
        ),
        (
            "plan.json",
            r#"{"format_version": "1.2", "terraform_version": "1.9", "resource_changes": 7}"#.to_owned(),
            "it is not what `terraform show -json` writes",
        ),
        (
            "plan.json",
            format!(
                r#"{{"format_version": "1.2", "terraform_version": "1.9", "resource_changes": {}"#,
                "[".repeat(100_000)
            ),
            "",
        ),
    ];
    for (name, text, words) in cases {
        let folder = Folder::with(&[(name, &text)]);
        folder
            .skylint(&["check", name])
            .soon()
            .exits(2)
            .complains(words);
    }
}

/// State says where it is by its ARNs, and what belongs together by its texts.
#[test]
fn state_is_read_in_both_forms() {
    let arn = "arn:aws:rds:eu-west-1:111122223333:db:orders";
    let attributes = json!({"arn": arn, "id": "db-X", "identifier": "orders", "engine": "mysql",
        "multi_az": false, "backup_retention_period": 14, "password": "canary", "tags": {}});
    let raw = json!({"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "x",
        "resources": [{"module": "module.a[\"x.y\"]", "mode": "managed", "type": "aws_db_instance",
            "name": "this", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{"index_key": 0, "attributes": attributes,
                "sensitive_attributes": [[{"type": "get_attr", "value": "identifier"}]]}]}]});
    let shown = json!({"format_version": "1.0", "terraform_version": "1.9.0", "values":
        {"root_module": {"child_modules": [{"address": "module.a[\"x.y\"]", "resources": [
            {"address": "module.a[\"x.y\"].aws_db_instance.this[0]", "mode": "managed",
             "type": "aws_db_instance", "name": "this", "index": 0, "values": attributes,
             "sensitive_values": {"identifier": true}}]}]}}});
    for state in [raw, shown] {
        let folder = Folder::with(&[("s.tfstate", &format!("{state:#}"))]);
        let run = folder
            .skylint(&[&["check", "s.tfstate", "--format", "json"], &ONLY[..]].concat())
            .exits(1);
        let report = run.json();
        let finding = &report["findings"][0];
        assert_eq!(report["inputs"][0]["kind"], "terraform-state");
        assert_eq!(
            run.findings(),
            ["DB-001 fail module.a[\"x.y\"].aws_db_instance.this[0]"]
        );
        assert_eq!(finding["resource"]["region"], "eu-west-1");
        assert_eq!(finding["resource"]["account"], "111122223333");
        assert_eq!(finding["resource"]["arn"], arn);
        assert!(finding["location"]["line"].as_u64().unwrap() > 5);
        assert!(!run.said().contains("canary"));
    }
}

/// What a door cannot say is unknown there, not absent.
#[test]
fn a_property_without_a_column_is_unknown() {
    let rule = "id: ORG-001\nslug: read-only\ntitle: Things nobody can see\nseverity: low\n\
                resource: AWS::RDS::DBInstance\nrequire: self.ProcessorFeatures == null\n\
                message: x\nwhy: x\nfix: { text: x }\n";
    let change = change(
        "aws_db_instance",
        "db",
        json!({"engine": "mysql"}),
        json!({}),
    );
    let plan = plan_of(vec![change], vec![]);
    let folder = folder();
    folder.write("rule.yaml", rule);
    folder.write("plan.json", plan.to_string());
    let run = folder.skylint(&[
        "check",
        "plan.json",
        "--rules",
        "rule.yaml",
        "--only",
        "ORG-001",
        "--format",
        "json",
    ]);
    let finding = &run.json()["findings"][0];
    assert_eq!(finding["verdict"], "unknown", "{finding:#}");
    assert_eq!(
        finding["unknown"]["because"][0]["reason"],
        "Terraform does not say ProcessorFeatures"
    );
}

/// Where two resources go by one name, the state says which of them is meant.
#[test]
fn dependencies_tell_namesakes_apart() {
    let cluster = |name: &str| {
        json!({"mode": "managed", "type": "aws_rds_cluster", "name": name, "provider": AWS,
            "instances": [{"attributes": {"cluster_identifier": "shop", "engine": "aurora-mysql"}}]})
    };
    let member = json!({"mode": "managed", "type": "aws_rds_cluster_instance", "name": "one",
        "provider": AWS, "instances": [{"dependencies": ["aws_rds_cluster.b"],
            "attributes": {"cluster_identifier": "shop", "identifier": "shop-1"}}]});
    let state = json!({"version": 4, "terraform_version": "1.9.8", "serial": 1, "lineage": "x",
        "outputs": {}, "resources": [cluster("a"), cluster("b"), member]});
    let folder = folder();
    folder.write("terraform.tfstate", state.to_string());
    folder.write(
        "rule.yaml",
        "id: ORG-001\nslug: members\ntitle: Cluster has no member\nseverity: low\n\
         resource: AWS::RDS::DBCluster\n\
         require: size(referrers(self, \"AWS::RDS::DBInstance\")) > 0\n\
         message: x\nwhy: x\nfix: { text: x }\n",
    );
    let run = folder.skylint(&[
        "check",
        "terraform.tfstate",
        "--rules",
        "rule.yaml",
        "--only",
        "ORG-001",
        "--scope",
        "complete",
        "--show",
        "all",
        "--format",
        "json",
    ]);
    let verdicts: Vec<String> = run.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| format!("{} {}", f["resource"]["address"], f["verdict"]))
        .collect();
    assert_eq!(
        verdicts,
        [
            r#""aws_rds_cluster.a" "fail""#,
            r#""aws_rds_cluster.b" "pass""#
        ]
    );
}

const AWS: &str = "provider[\"registry.terraform.io/hashicorp/aws\"]";

#[test]
fn conditions_of_a_backup_selection_are_read_whatever_blocks_they_are_in() {
    let table = |stage: &str| {
        json!({"name": stage, "hash_key": "id", "tags":
            {"criticality": "critical", "backup": "daily", "stage": stage}})
    };
    let selection = json!({"name": "s", "plan_id": "p", "iam_role_arn": "r", "resources": ["arn:aws:dynamodb:*"],
    "not_resources": [], "selection_tag": [],
    "condition": [
        {"string_equals": [{"key": "aws:ResourceTag/backup", "value": "daily"}],
            "string_like": [], "string_not_equals": [], "string_not_like": []},
        {"string_equals": [], "string_like": [], "string_not_equals": [],
            "string_not_like": [{"key": "aws:ResourceTag/stage", "value": "te*"}]},
    ]});
    let plan = plan_of(
        vec![
            change("aws_dynamodb_table", "prod", table("prod"), json!({})),
            change("aws_dynamodb_table", "test", table("test"), json!({})),
            change("aws_backup_selection", "s", selection, json!({})),
        ],
        vec![
            ("aws_dynamodb_table", "prod", json!({})),
            ("aws_dynamodb_table", "test", json!({})),
            ("aws_backup_selection", "s", json!({})),
        ],
    );
    let folder = Folder::with(&[("plan.json", &plan.to_string())]);
    let args = [
        "check",
        "plan.json",
        "--only",
        "BKP-001",
        "--scope",
        "complete",
        "--show",
        "all",
    ];
    let run = folder
        .skylint(&[&args[..], &["--format", "json"]].concat())
        .soon();
    let verdicts: Vec<String> = run.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            format!(
                "{} {}",
                f["resource"]["id"].as_str().unwrap(),
                f["verdict"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        verdicts,
        [
            "aws_dynamodb_table.prod pass",
            "aws_dynamodb_table.test fail"
        ]
    );
}

/// The provider plans all tags as not known as soon as one of a resource's own is; what it gives to
/// everything is in the configuration.
#[test]
fn default_tags_are_seen_beside_tags_that_are_not_known() {
    let rule = "id: ORG-001\nslug: staged\ntitle: No stage\nseverity: low\n\
                resource: AWS::RDS::DBInstance\nrequire: tag(self, \"stage\") == \"prod\"\n\
                message: x\nwhy: x\nfix: { text: x }\n";
    let verdict = |own: Value, unknown: Value, defaults: Value| {
        let change = change(
            "aws_db_instance",
            "db",
            json!({"engine": "mysql", "tags": own}),
            unknown,
        );
        let block = ("aws_db_instance", "db", json!({}));
        let mut plan = plan_of(vec![change], vec![block]);
        plan["configuration"]["provider_config"]["aws"]["expressions"]["default_tags"] = defaults;
        let folder = Folder::with(&[("plan.json", &plan.to_string()), ("rule.yaml", rule)]);
        let args = "check plan.json --rules rule.yaml --only ORG-001 --show all --format json";
        let run = folder.skylint(&args.split(' ').collect::<Vec<_>>()).soon();
        run.json()["findings"][0]["verdict"]
            .as_str()
            .map(str::to_owned)
    };
    let unknown = || json!({"tags": {"owner": true}, "tags_all": true});
    let constant = |stage: &str| json!([{"tags": {"constant_value": {"stage": stage}}}]);
    let of_variable = || json!([{"tags": {"references": ["var.tags"]}}]);
    for (own, unknown, defaults, expected) in [
        (json!({"owner": null}), unknown(), constant("prod"), "pass"),
        (
            json!({"stage": "test"}),
            unknown(),
            constant("prod"),
            "fail",
        ),
        (json!({"owner": null}), unknown(), of_variable(), "unknown"),
        (json!({"stage": "prod"}), unknown(), of_variable(), "pass"),
        (json!({"owner": null}), unknown(), Value::Null, "fail"),
        (
            Value::Null,
            json!({"tags_all": true}),
            of_variable(),
            "unknown",
        ),
        (Value::Null, json!({"tags_all": true}), Value::Null, "fail"),
    ] {
        let case = format!("{own} {unknown} {defaults}");
        assert_eq!(
            verdict(own, unknown, defaults).as_deref(),
            Some(expected),
            "{case}"
        );
    }
}

#[test]
fn rules_of_a_firewall_are_read_from_json_as_from_blocks() {
    let group = "arn:aws:wafv2:eu-central-1:111122223333:regional/rulegroup/own/1";
    let rate = |action: &str| {
        json!({"Name": "rate", "Priority": 0, "Action": {action: {}}, "Statement":
            {"RateBasedStatement": {"Limit": 1000, "AggregateKeyType": "IP"}}})
    };
    let own = |action: &str| {
        json!({"name": "own", "scope": "REGIONAL", "capacity": 10, "arn": group,
            "rules_json": json!([rate(action)]).to_string()})
    };
    let named = json!({"name": "shop", "scope": "REGIONAL", "default_action": [{"allow": [{}], "block": []}],
        "rule_json": json!([{"Name": "own", "Priority": 0, "OverrideAction": {"None": {}},
            "Statement": {"RuleGroupReferenceStatement": {"ARN": group}}}]).to_string()});
    let block = |overrides: Value| {
        json!({"name": "shop", "scope": "REGIONAL", "default_action": [{"allow": [{}], "block": []}],
            "rule": [{"name": "own", "priority": 0, "action": [],
                "override_action": [{"none": [{}], "count": []}],
                "statement": [{"rule_group_reference_statement": [{"arn": group,
                    "rule_action_override": overrides}]}]}]})
    };
    let counted = json!([{"name": "rate", "action_to_use": [{"count": [{}]}]}]);
    for (acl, group, verdict) in [
        (&named, "Block", "pass"),
        (&named, "Count", "fail"),
        (&block(json!([])), "Block", "pass"),
        (&block(json!([])), "Count", "fail"),
        (&block(counted), "Block", "fail"),
    ] {
        let plan = plan_of(
            vec![
                change("aws_wafv2_web_acl", "shop", acl.clone(), json!({})),
                change("aws_wafv2_rule_group", "own", own(group), json!({})),
            ],
            vec![
                ("aws_wafv2_web_acl", "shop", json!({})),
                ("aws_wafv2_rule_group", "own", json!({})),
            ],
        );
        let folder = Folder::with(&[("plan.json", &plan.to_string())]);
        let run = folder
            .skylint(&[
                "check",
                "plan.json",
                "--only",
                "SEC-002",
                "--show",
                "all",
                "--format",
                "json",
            ])
            .soon();
        assert_eq!(
            run.json()["findings"][0]["verdict"],
            verdict,
            "{group} {acl}"
        );
    }
}
