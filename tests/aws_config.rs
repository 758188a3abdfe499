//! AWS Config: SecureCart as it would have recorded it gets the verdicts of its templates, and files
//! in every form that AWS Config writes are read.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;
#[path = "common/peak.rs"]
mod peak;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;

use common::{Folder, Run, root, skylint};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

const FOLDER: &str = "fixtures/securecart";

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} of {value:#}"))
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

/// rule, resource → verdict.
type Verdicts = BTreeMap<(String, String), String>;

fn verdicts(report: &Value, name: &dyn Fn(&Value) -> String) -> Verdicts {
    let findings = report["findings"].as_array().expect("findings");
    findings
        .iter()
        .map(|finding| {
            let key = (text(finding, "rule").to_owned(), name(finding));
            (key, text(finding, "verdict").to_owned())
        })
        .collect()
}

fn cloudformation(set: &str) -> (Verdicts, BTreeSet<String>) {
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
    let report = skylint(&[&args[..], &["--format", "json", "--show", "all"]].concat())
        .run()
        .json();
    let mut records = BTreeSet::new();
    let name = |finding: &Value| {
        let path = text(&finding["location"], "path");
        let file = path.rsplit('/').next().expect("a name");
        format!("{file}#{}", text(&finding["resource"], "id"))
    };
    let expected = expected();
    let not_recorded = expected["not-recorded"].as_object().expect("types");
    for finding in report["findings"].as_array().expect("findings") {
        if not_recorded.contains_key(text(&finding["resource"], "type")) {
            records.insert(name(finding));
        }
    }
    let mut all = verdicts(&report, &name);
    all.retain(|(_, resource), _| !records.contains(resource));
    (all, records)
}

fn config(set: &str) -> Value {
    let path = format!("{FOLDER}/aws-config/{set}");
    let args = [
        "check", &path, "--scope", "complete", "--format", "json", "--show", "all",
    ];
    skylint(&args).run().soon().json()
}

fn expected() -> Value {
    let path = root().join(FOLDER).join("aws-config/expected.json");
    serde_json::from_str(&fs::read_to_string(path).expect("expected.json")).expect("JSON")
}

fn matches(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    for (number, part) in pattern.split('*').enumerate() {
        match (number, rest.find(part)) {
            (0, Some(0)) => rest = &rest[part.len()..],
            (0, _) | (_, None) => return false,
            (_, Some(at)) => rest = &rest[at + part.len()..],
        }
    }
    rest.is_empty() || pattern.ends_with('*')
}

fn the_same_verdicts(set: &str) {
    let expected = expected();
    let names = expected["names"].as_object().expect("names");
    let (mut wanted, records) = cloudformation(set);
    assert!(!records.is_empty());
    for exception in expected[set].as_array().expect("a list") {
        let key = (
            text(exception, "rule").to_owned(),
            text(exception, "resource").to_owned(),
        );
        let verdict = wanted.get_mut(&key).unwrap_or_else(|| panic!("{key:?}"));
        assert_eq!(verdict, text(exception, "cloudformation"), "{key:?}");
        text(exception, "aws-config").clone_into(verdict);
        assert!(text(exception, "why").len() > 20);
    }
    let found = verdicts(&config(set), &|finding| {
        let resource = &finding["resource"];
        let own = format!("{}/{}", text(resource, "region"), text(resource, "id"));
        let mut named = names
            .iter()
            .filter(|(_, pattern)| matches(pattern.as_str().expect("a pattern"), &own));
        let (name, _) = named.next().unwrap_or_else(|| panic!("{own} has no name"));
        assert!(named.next().is_none(), "{own}");
        name.clone()
    });
    let lines = |all: &Verdicts| -> BTreeSet<String> {
        let line = |((rule, name), verdict): (&(String, String), &String)| {
            format!("{verdict} {rule} {name}")
        };
        all.iter().map(line).collect()
    };
    let (wanted, found) = (lines(&wanted), lines(&found));
    let missing: Vec<_> = wanted.difference(&found).collect();
    let extra: Vec<_> = found.difference(&wanted).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "templates: {missing:#?}\nAWS Config: {extra:#?}"
    );
}

#[test]
fn the_good_set_has_the_verdicts_of_its_templates() {
    the_same_verdicts("good");
}

#[test]
fn the_faulty_set_has_the_verdicts_of_its_templates() {
    the_same_verdicts("faulty");
}

#[test]
fn findings_point_at_what_was_recorded() {
    let report = config("faulty");
    let mut met = 0;
    for finding in report["findings"].as_array().expect("findings") {
        if text(finding, "verdict") != "fail" {
            continue;
        }
        let location = &finding["location"];
        let file = fs::read_to_string(root().join(text(location, "path"))).expect("the file");
        let number = location["line"].as_u64().expect("a line") as usize;
        let line = file.lines().nth(number - 1).expect("the line").trim();
        let property = text(location, "property");
        let start = match property.rsplit('.').next().expect("a name") {
            "CopyActions" => "\"BackupPlanRule\": [",
            "DeletionProtection" => "\"deletionProtection\": false",
            "DeletionProtectionEnabled" => "\"deletionProtectionEnabled\": false",
            "Enabled" => "\"Enabled\": false",
            "Mode" => "\"mode\": \"PassThrough\"",
            "HealthCheckType" => "\"healthCheckType\": \"EC2\"",
            "MinSize" => "\"minSize\": 1",
            // The item as a whole, or what is made of other lists.
            "" | "Subnets" => "\"resource",
            // A DB subnet group's are made of a list, a function's are one.
            "SubnetIds" if property == "VpcConfig.SubnetIds" => "\"subnetIds\": [",
            "SubnetIds" => "\"resource",
            "VPCZoneIdentifier" => "\"vpczoneIdentifier\": \"subnet-",
            "MultiAZ" => "\"multiAZ\": false",
            "Tags" => "\"tags\": {",
            "TracingEnabled" => "\"tracingEnabled\": false",
            "BackupRetentionPeriod" => "\"backupRetentionPeriod\": ",
            "PointInTimeRecoveryEnabled" => "\"ContinuousBackupsDescription\": ",
            "FailureThreshold" => "\"FailureThreshold\": 5",
            "DestinationBackupVaultArn" => {
                "\"DestinationBackupVaultArn\": \"arn:aws:backup:us-west-2:"
            }
            "EndpointId" => "\"EndpointId\": \"arn:aws:elasticloadbalancing:eu-central-1:",
            "Bucket" => "\"resource",
            "PolicyDocument" | "Statement" => "\"resource",
            "ManagedPolicyArns" => "\"resource",
            "OriginGroups" => "\"originGroups\": {",
            "WebACLId" => "\"webACLId\": \"\"",
            "Status" => "\"status\": \"DOWN\"",
            other => panic!("{other}"),
        };
        assert!(line.starts_with(start), "{property}: {line}");
        met += 1;
    }
    assert!(met >= 33, "{met}");
}

#[test]
fn what_is_not_recorded_is_never_concluded() {
    let report = config("good");
    let coverage = report["coverage"].as_array().expect("coverage");
    for rtype in ["AWS::Route53::RecordSet", "AWS::WAFv2::WebACLAssociation"] {
        let cover = coverage
            .iter()
            .find(|cover| cover["type"] == rtype)
            .unwrap_or_else(|| panic!("{rtype}"));
        assert_eq!(text(cover, "status"), "missing");
        assert_eq!(
            text(cover, "reason"),
            format!("AWS Config does not record {rtype}")
        );
    }
    let complete = |region: &str| {
        coverage
            .iter()
            .any(|c| c["status"] == "complete" && c["region"] == region)
    };
    assert!(complete("eu-central-1") && !complete("eu-west-1"));
}

/// An RDS instance as an item of a file.
fn instance(name: &str, multi_az: bool, at: &str) -> Value {
    json!({
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": at,
        "configurationItemStatus": "OK",
        "resourceType": "AWS::RDS::DBInstance",
        "resourceId": format!("db-{name}"),
        "resourceName": name,
        "ARN": format!("arn:aws:rds:eu-west-1:111122223333:db:{name}"),
        "awsAccountId": "111122223333",
        "awsRegion": "eu-west-1",
        "configuration": {
            "dBInstanceIdentifier": name, "engine": "mysql", "multiAZ": multi_az,
            "backupRetentionPeriod": 14, "deletionProtection": true, "storageEncrypted": true,
        },
        "supplementaryConfiguration": {},
        "tags": {},
    })
}

fn history(items: &[Value]) -> String {
    json!({"fileVersion": "1.0", "configurationItems": items}).to_string()
}

/// `verdict RULE id` of what a run says, of one rule.
fn said(run: &Run, rule: &str) -> Vec<String> {
    let report = run.json();
    let findings = report["findings"].as_array().expect("findings").iter();
    findings
        .filter(|finding| text(finding, "rule") == rule)
        .map(|f| format!("{} {}", text(f, "verdict"), text(&f["resource"], "id")))
        .collect()
}

fn check(folder: &Folder, path: &str) -> Run {
    folder.skylint(&["check", path, "--format", "json", "--show", "all"])
}

#[test]
fn the_newest_capture_counts_whatever_the_order() {
    let old = instance("orders", true, "2026-01-01T00:00:00.000Z");
    let new = instance("orders", false, "2026-01-02T00:00:00.000Z");
    for items in [[&old, &new], [&new, &old]] {
        let folder = Folder::new();
        folder.write("a.json", history(&[items[0].clone()]));
        folder.write("b.json", history(&[items[1].clone()]));
        assert_eq!(said(&check(&folder, "."), "DB-001"), ["fail orders"]);
    }
}

#[test]
fn what_was_deleted_is_gone_and_what_is_not_recorded_is_a_gap() {
    let mut gone = instance("orders", false, "2026-01-03T00:00:00.000Z");
    gone["configurationItemStatus"] = "ResourceDeleted".into();
    gone["configuration"] = Value::Null;
    let mut left_out = instance("stock", false, "2026-01-03T00:00:00.000Z");
    left_out["configurationItemStatus"] = "ResourceNotRecorded".into();
    let items = [
        instance("orders", false, "2026-01-01T00:00:00.000Z"),
        gone,
        instance("stock", false, "2026-01-01T00:00:00.000Z"),
        left_out,
        json!({"resourceType": "AWS::Config::ResourceCompliance", "resourceId": "x", "configuration": {}}),
    ];
    let folder = Folder::with(&[("a.json", &history(&items))]);
    let run = check(&folder, "a.json").exits(0);
    assert!(said(&run, "DB-001").is_empty());
    let report = run.json();
    let coverage = report["coverage"].as_array().expect("coverage");
    assert!(
        coverage
            .iter()
            .any(|cover| cover["type"] == "AWS::RDS::DBInstance"
                && cover["status"] == "missing"
                && cover["region"] == "eu-west-1")
    );
}

#[test]
fn items_of_the_api_are_read() {
    let mut item = instance("orders", false, "2026-01-01T00:00:00+00:00");
    let map = item.as_object_mut().expect("an object");
    for (file, api) in [
        ("ARN", "arn"),
        ("awsAccountId", "accountId"),
        ("configurationItemVersion", "version"),
    ] {
        let value = map.remove(file).expect("a field");
        map.insert(api.to_owned(), value);
    }
    let configuration = map["configuration"].to_string();
    map.insert("configuration".to_owned(), configuration.into());
    map.insert("configurationStateId".to_owned(), "1700000000000".into());
    for (name, document) in [
        (
            "batch.json",
            json!({"baseConfigurationItems": [item], "unprocessedResourceKeys": []}),
        ),
        ("history.json", json!({"configurationItems": [item]})),
        ("list.json", json!([item])),
    ] {
        let folder = Folder::with(&[(name, &document.to_string())]);
        let run = check(&folder, name).exits(1);
        assert_eq!(said(&run, "DB-001"), ["fail orders"], "{name}");
        let report = run.json();
        assert_eq!(report["inputs"][0]["kind"], "aws-config");
        let resource = &report["findings"][0]["resource"];
        assert_eq!(resource["account"], "111122223333");
        assert_eq!(
            resource["arn"],
            "arn:aws:rds:eu-west-1:111122223333:db:orders"
        );
    }
}

#[test]
fn files_of_version_1_0_are_read() {
    let item = json!({
        "configurationItemVersion": "1.0",
        "configurationItemCaptureTime": "2014-11-07T20:57:02.300Z",
        "configurationStateId": 1,
        "relatedEvents": [],
        "awsAccountId": "111122223333",
        "configurationItemStatus": "OK",
        "resourceId": "vol-ce676ccc",
        "accountId": "",
        "awsRegion": "us-west-2",
        "availibilityZone": "us-west-2b",
        "resourceType": "AWS::EC2::SecurityGroup",
        "tags": {},
        "relationships": [{"resourceId": "i-344c463d", "resourceType": "AWS::EC2::Instance", "name": "Is attached to Instance"}],
        "configuration": {"groupId": "sg-1", "groupName": "web", "ipPermissions": [
            {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "ipRanges": ["0.0.0.0/0"]}]},
    });
    let folder = Folder::with(&[("old.json", &history(&[item]))]);
    let run = check(&folder, "old.json").exits(0);
    assert_eq!(run.json()["inputs"][0]["resources"], 1);
}

#[test]
fn a_bucket_is_read_as_it_lies() {
    let folder = Folder::new();
    let base = "bucket/o-abcdefghij/AWSLogs/111122223333/Config/eu-west-1/2026/1";
    let snapshot = |day: u32, items: &[Value]| {
        let name = format!(
            "{base}/{day}/ConfigSnapshot/111122223333_Config_eu-west-1_ConfigSnapshot_2026010{day}T030405Z_0a1b.json.gz"
        );
        let text =
            json!({"fileVersion": "1.0", "configSnapshotId": "x", "configurationItems": items});
        folder.write(&name, gzip(text.to_string().as_bytes()));
    };
    snapshot(
        1,
        &[
            instance("orders", true, "2026-01-01T00:00:00.000Z"),
            instance("gone", false, "2026-01-01T00:00:00.000Z"),
        ],
    );
    snapshot(2, &[instance("orders", true, "2026-01-01T00:00:00.000Z")]);
    let later = history(&[instance("orders", false, "2026-01-03T00:00:00.000Z")]);
    folder.write(
        &format!("{base}/3/ConfigHistory/111122223333_Config_eu-west-1_ConfigHistory_AWS::RDS::DBInstance_20260103T000000Z_20260103T060000Z_1.json.gz").replace("::", "_"),
        gzip(later.as_bytes()),
    );
    folder.write(
        "bucket/o-abcdefghij/AWSLogs/111122223333/Config/ConfigWritabilityCheckFile",
        "",
    );
    folder.write(
        &format!("{base}/3/OversizedChangeNotification/AWS_S3_Bucket/x.json.gz"),
        gzip(history(&[instance("oversized", false, "2026-01-03T00:00:00.000Z")]).as_bytes()),
    );
    let run = check(&folder, "bucket").exits(1);
    assert_eq!(said(&run, "DB-001"), ["fail orders"]);
    assert_eq!(run.json()["inputs"].as_array().map(Vec::len), Some(2));
}

#[test]
fn lines_of_compressed_files_are_those_of_their_text() {
    let items = [instance("orders", false, "2026-01-01T00:00:00.000Z")];
    let pretty =
        serde_json::to_string_pretty(&json!({"fileVersion": "1.0", "configurationItems": items}));
    let pretty = pretty.expect("JSON");
    let folder = Folder::new();
    folder.write("a.json.gz", gzip(pretty.as_bytes()));
    let report = check(&folder, "a.json.gz").exits(1).json();
    let failed = report["findings"].as_array().expect("findings").iter();
    let failed: Vec<&Value> = failed.filter(|f| f["verdict"] == "fail").collect();
    let line = failed[0]["location"]["line"].as_u64().expect("a line") as usize;
    assert_eq!(
        pretty.lines().nth(line - 1).map(str::trim),
        Some("\"multiAZ\": false,")
    );
}

#[test]
fn what_is_cut_off_is_read_as_far_as_it_goes_and_never_clean() {
    let items: Vec<Value> = (0..500)
        .map(|n| instance(&format!("orders-{n}"), n != 0, "2026-01-01T00:00:00.000Z"))
        .collect();
    let whole = history(&items);
    let folder = Folder::new();
    folder.write("cut.json", &whole[..whole.len() / 2]);
    let packed = gzip(whole.as_bytes());
    folder.write("cut.json.gz", &packed[..packed.len() / 2]);
    for (name, why) in [
        ("cut.json", "it ends in the middle"),
        ("cut.json.gz", "its gzip data ends in the middle"),
    ] {
        let run = check(&folder, name).exits(2);
        let report = run.json();
        let failure = text(&report["failures"][0], "message");
        assert!(failure.starts_with(why), "{name}: {failure}");
        assert!(
            said(&run, "DB-001").contains(&"fail orders-0".to_owned()),
            "{name}"
        );
    }
}

#[test]
fn odd_items_are_said_and_do_not_hide_the_others() {
    let mut blank = instance("blank", true, "2026-01-01T00:00:00.000Z");
    blank
        .as_object_mut()
        .expect("an object")
        .remove("configuration");
    let mut odd = instance("odd", true, "2026-01-01T00:00:00.000Z");
    odd["configuration"] = json!([1, 2]);
    odd["tags"] = json!("none");
    odd["supplementaryConfiguration"] = json!(7);
    let mut mistyped = instance("mistyped", true, "2026-01-01T00:00:00.000Z");
    mistyped["configuration"]["multiAZ"] = json!({"a": 1, "b": 2});
    let mut silent = instance("silent", true, "2026-01-01T00:00:00.000Z");
    silent["configuration"]
        .as_object_mut()
        .expect("an object")
        .remove("multiAZ");
    let good = instance("good", true, "2026-01-01T00:00:00.000Z");
    let items = [
        json!(7),
        json!({"resourceType": {}}),
        blank,
        odd,
        mistyped,
        silent,
        good,
    ];
    // Such an item first, and nobody would know the file for what it is.
    let folder = Folder::with(&[("a.json", &history(&items))]);
    let run = folder
        .skylint(&[
            "check",
            "a.json",
            "--input-kind",
            "aws-config",
            "--format",
            "json",
            "--show",
            "all",
        ])
        .exits(2);
    let mut said = said(&run, "DB-001");
    said.sort();
    assert_eq!(
        said,
        [
            "pass good",
            "unknown blank",
            "unknown mistyped",
            "unknown odd",
            "unknown silent"
        ]
    );
    let report = run.json();
    assert!(
        text(&report["failures"][0], "message").contains("a configuration item cannot be read")
    );
}

#[test]
fn other_tools_json_is_left_alone() {
    let folder = Folder::with(&[
        ("a.json", r#"{"configurationItems": [{"name": "x"}]}"#),
        (
            "b.json",
            &history(&[instance("orders", true, "2026-01-01T00:00:00.000Z")]),
        ),
    ]);
    let report = check(&folder, ".").exits(0).json();
    assert_eq!(report["inputs"].as_array().map(Vec::len), Some(1));
}

/// Fails where there is no other resource of a type.
fn needs(rtype: &str) -> String {
    format!(
        "id: ORG-001\nslug: needs-another\ntitle: It stands alone\nseverity: low\n\
         resource: AWS::RDS::DBInstance\nrequire: resources(\"{rtype}\").exists(r, true)\n\
         message: \"{{self}} stands alone\"\nat: \"\"\nwhy: For the test.\n\
         fix: {{ text: Nothing. }}\n"
    )
}

#[test]
fn a_type_that_does_not_come_in_is_no_empty_list() {
    let items = history(&[instance("orders", true, "2026-01-01T00:00:00.000Z")]);
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.9.0",
        "resource_changes": [
            {"address": "aws_db_instance.a", "mode": "managed", "type": "aws_db_instance", "name": "a",
             "provider_name": "registry.terraform.io/hashicorp/aws",
             "change": {"actions": ["create"], "after": {"engine": "mysql", "multi_az": true}}},
            {"address": "aws_glue_job.a", "mode": "managed", "type": "aws_glue_job", "name": "a",
             "provider_name": "registry.terraform.io/hashicorp/aws",
             "change": {"actions": ["create"], "after": {}}},
        ],
    });
    let known_only = json!({
        "format_version": "1.2", "terraform_version": "1.9.0",
        "resource_changes": [plan["resource_changes"][0]],
    });
    for (file, text, rtype, verdict, why) in [
        (
            "items.json",
            &items,
            "AWS::Glue::Job",
            "unknown",
            "skylint does not read AWS::Glue::Job from AWS Config",
        ),
        (
            "items.json",
            &items,
            "AWS::Route53::RecordSet",
            "unknown",
            "AWS Config does not record AWS::Route53::RecordSet",
        ),
        ("items.json", &items, "AWS::DynamoDB::Table", "fail", ""),
        (
            "plan.json",
            &plan.to_string(),
            "AWS::Glue::Job",
            "unknown",
            "skylint does not read AWS::Glue::Job from Terraform",
        ),
        (
            "plan.json",
            &plan.to_string(),
            "AWS::DynamoDB::Table",
            "fail",
            "",
        ),
        (
            "plan.json",
            &known_only.to_string(),
            "AWS::Glue::Job",
            "fail",
            "",
        ),
    ] {
        let folder = Folder::with(&[(file, text), ("rule.yaml", &needs(rtype))]);
        let run = folder.skylint(&[
            "check",
            file,
            "--rules",
            "rule.yaml",
            "--only",
            "ORG-001",
            "--scope",
            "complete",
            "--format",
            "json",
        ]);
        let report = run.json();
        let finding = &report["findings"][0];
        assert_eq!(
            text_of(finding, "verdict"),
            verdict,
            "{file} {rtype}: {}",
            run.said()
        );
        if verdict == "unknown" {
            let said = finding["unknown"].to_string();
            assert!(said.contains(why), "{said}");
        }
    }
}

fn text_of<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

#[test]
fn what_an_older_item_does_not_say_is_not_false() {
    let mut item = instance("orders", true, "2026-01-01T00:00:00.000Z");
    let configuration = item["configuration"].as_object_mut().expect("an object");
    configuration.remove("deletionProtection");
    let rule = "id: ORG-002\nslug: kept\ntitle: It can be deleted\nseverity: low\n\
         resource: AWS::RDS::DBInstance\nrequire: self.DeletionProtection == true || has(self.TdeCredentialArn)\n\
         message: \"{self} can be deleted\"\nat: DeletionProtection\nwhy: For the test.\nfix: { text: Nothing. }\n";
    let folder = Folder::with(&[("a.json", &history(&[item])), ("rule.yaml", rule)]);
    let run = folder.skylint(&[
        "check",
        "a.json",
        "--rules",
        "rule.yaml",
        "--only",
        "ORG-002",
        "--format",
        "json",
    ]);
    assert_eq!(said(&run, "ORG-002"), ["unknown orders"], "{}", run.said());
}

/// 50 MB of text takes the text, what it is read from and what is kept of it: a tree of all of it
/// would take several times as much.
#[cfg(target_os = "linux")]
#[test]
fn large_files_are_read_in_bounded_memory() {
    // Of address space allocators take what they like: what counts is the memory that was in use at once.
    const LIMIT_MB: f64 = 224.0;
    let mut items =
        String::from(r#"{"fileVersion":"1.0","configSnapshotId":"x","configurationItems":["#);
    let filler =
        vec!["{\"resourceId\":\"vpc-1\",\"resourceType\":\"AWS::EC2::VPC\"}"; 18].join(",");
    let mut number = 0_usize;
    while items.len() < 50_000_000 {
        let rtype = match number % 5 {
            0 => "AWS::RDS::DBInstance",
            _ => "AWS::Config::ResourceCompliance",
        };
        let comma = if number == 0 { "" } else { "," };
        items.push_str(&format!(
            "{comma}{{\"relationships\":[{filler}],\"configuration\":{{\"engine\":\"mysql\",\"multiAZ\":{},\
             \"backupRetentionPeriod\":14}},\"configurationItemStatus\":\"OK\",\"awsRegion\":\"eu-west-1\",\
             \"resourceType\":\"{rtype}\",\"resourceId\":\"db-{number}\"}}",
            !number.is_multiple_of(10),
        ));
        number += 1;
    }
    items.push_str("]}");
    let folder = Folder::with(&[("large.json", &items)]);
    let path = folder.path("large.json");
    let report = folder.path("report.json");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_skylint"))
        .args(["check", "--only", "DB-001", "--format"])
        .arg(format!("json={}", report.display()))
        .arg(&path)
        .spawn()
        .expect("skylint starts");
    let (status, peak_mb) = peak::of(&mut child);
    assert_eq!(status.code(), Some(1));
    assert!(peak_mb > 0.0 && peak_mb < LIMIT_MB, "{peak_mb} MB");
    let report = fs::read(report).expect("the report");
    let report: Value = serde_json::from_slice(&report).expect("JSON");
    let failed = report["summary"]["fail"].as_u64().expect("a number");
    assert_eq!(failed as usize, number.div_ceil(10));
}

/// Whatever bytes there are: an answer, and no panic.
#[test]
fn damaged_files_are_survived() {
    use skylint::source::{self, Input, NoFiles, Options};
    let path = root().join(FOLDER).join("aws-config/faulty/us-east-1.json");
    let good = fs::read(path).expect("the fixture");
    let packed = gzip(&good);
    let mut seed: usize = 7;
    let mut next = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for round in 0..120 {
        let mut bytes = if round % 3 == 0 {
            packed.clone()
        } else {
            good.clone()
        };
        match round % 2 {
            0 => bytes.truncate(next(bytes.len())),
            _ => {
                for _ in 0..20 {
                    let at = next(bytes.len());
                    bytes[at] = b"{}[],:\"0a\\\xff"[next(11)];
                }
            }
        }
        let options = Options {
            kind: Some(skylint::model::InputKind::AwsConfig),
            ..Options::default()
        };
        let input = Input {
            path: "damaged.json".into(),
            bytes,
        };
        let read = source::read(&[input], &NoFiles, &options);
        for resource in &read.snapshot.resources {
            let property = "MultiAZ".parse().expect("a path");
            assert!(source::locate(&read, resource, &property).is_some());
        }
    }
}
