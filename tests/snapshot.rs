//! Snapshot files, through the binary.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;

use std::sync::Arc;

use common::{Folder, Run};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use skylint::model::{self, Origin, Path, Reason, Region, Resource};
use skylint::source::native::{self, Lines, Manifest, assemble};
use skylint::source::{Input, NoFiles, Options};
use skylint::types;

const HOME: &str = "111122223333";

/// A manifest for some lines.
fn manifest(lines: &str, more: Value) -> String {
    let digest = Sha256::digest(lines.as_bytes());
    let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let types = [
        "AWS::CloudFront::Distribution",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::RDS::DBInstance",
        "AWS::Route53::RecordSet",
        "AWS::WAFRegional::WebACLAssociation",
        "AWS::WAFv2::WebACLAssociation",
    ];
    let types: serde_json::Map<String, Value> = types
        .iter()
        .map(|name| ((*name).to_owned(), json!([])))
        .collect();
    let mut manifest = json!({
        "skylint-snapshot": 1,
        "tool": {"name": "skylint", "version": "0.1.0"},
        "started": "2026-11-23T10:00:00Z",
        "ended": "2026-11-23T10:05:00Z",
        "complete": true,
        "caller": {"arn": "arn:aws:sts::111122223333:assumed-role/audit/me", "account": HOME},
        "partition": "aws",
        "accounts": [HOME],
        "regions": ["eu-central-1", "us-east-1"],
        "types": types,
        "resources": lines.lines().count(),
        "sha256": sha256,
    });
    for (name, value) in more.as_object().expect("an object") {
        manifest[name] = value.clone();
    }
    manifest.to_string()
}

/// A snapshot file of some resources.
fn snapshot(resources: &[Value], more: Value) -> String {
    let lines: String = resources.iter().map(|r| format!("{r}\n")).collect();
    format!("{}\n{lines}", manifest(&lines, more))
}

/// Rules that ask only for what every snapshot here has.
const RULES: &str = "\
id: TST-001
slug: standby
title: Database has no standby
severity: high
resource: AWS::RDS::DBInstance
require: self.MultiAZ == true
message: \"{self} has no standby\"
why: One zone is not enough.
fix: { text: Set it. }
references: [https://example.com]
";

const ACL_RULES: &str = "\
id: TST-002
slug: protected
title: Load balancer without a web ACL
severity: high
resource: AWS::ElasticLoadBalancingV2::LoadBalancer
require: webACLs(self).exists(a, true)
message: \"{self} has no web ACL\"
why: It is on the internet.
fix: { text: Put one there. }
references: [https://example.com]
";

fn folder(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::with(files);
    folder.write("rules/TST-001-standby.yaml", RULES);
    folder.write("rules/TST-002-protected.yaml", ACL_RULES);
    folder
}

fn database(id: &str, multi_az: bool) -> Value {
    json!({
        "type": "AWS::RDS::DBInstance", "id": id, "arn": format!("arn:aws:rds:eu-central-1:{HOME}:db:{id}"),
        "account": HOME, "region": "eu-central-1",
        "properties": {"DBInstanceIdentifier": id, "Engine": "mysql", "MultiAZ": multi_az},
    })
}

fn load_balancer(region: &str) -> Value {
    let arn = format!(
        "arn:aws:elasticloadbalancing:{region}:{HOME}:loadbalancer/app/web/0123456789abcdef"
    );
    json!({
        "type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "id": arn, "arn": arn, "account": HOME, "region": region,
        "names": ["web"],
        "properties": {"Name": "web", "Type": "application", "Scheme": "internet-facing"},
    })
}

/// Checks a file, with a report of this format.
fn report(folder: &Folder, paths: &[&str], format: &str) -> Run {
    let common = ["--rules", "rules", "--only", "tst", "--format", format];
    folder.skylint(&[&["check"], paths, &common].concat())
}

fn check(folder: &Folder, path: &str) -> Run {
    report(folder, &[path], "json")
}

fn two() -> String {
    snapshot(
        &[database("carts", true), database("orders", false)],
        json!({}),
    )
}

const FOUND: [&str; 1] = ["TST-001 fail orders"];

#[test]
fn a_snapshot_is_linted_and_findings_are_placed() {
    let folder = folder(&[("prod.snapshot", &two())]);
    let run = check(&folder, "prod.snapshot").exits(1).complains("");
    assert_eq!(run.findings(), FOUND);
    let report = run.json();
    assert_eq!(
        report["inputs"],
        json!([{"path": "prod.snapshot", "kind": "snapshot", "resources": 2}])
    );
    let location = &report["findings"][0]["location"];
    let text = two();
    let line = text.lines().nth(2).unwrap();
    let column = line.find("\"MultiAZ\"").unwrap() + 1;
    assert_eq!(
        (&location["line"], &location["column"]),
        (&json!(3), &json!(column))
    );
    assert_eq!(location["end_column"], column + "\"MultiAZ\":false".len());
    report_is_quiet(&folder);
}

/// Nothing is said of what is complete, and the quoted line is cut.
fn report_is_quiet(folder: &Folder) {
    let run = report(folder, &["prod.snapshot"], "human").exits(1);
    let said = run.stdout();
    assert!(said.contains("\"MultiAZ\":false"), "{said}");
    assert!(!said.contains("an input covers only itself"), "{said}");
    assert!(!said.contains("mysql"), "{said}");
}

#[test]
fn it_is_read_from_standard_input_compressed_and_in_folders() {
    let folder = folder(&[("in/prod.snapshot", &two())]);
    let compressed = zstd::encode_all(two().as_bytes(), 3).unwrap();
    folder.write("in/other.snapshot.zst", &compressed);
    for path in ["in/prod.snapshot", "in/other.snapshot.zst"] {
        assert_eq!(check(&folder, path).exits(1).findings(), FOUND);
    }
    for bytes in [two().into_bytes(), compressed] {
        let args = [
            "check", "-", "--rules", "rules", "--only", "tst", "--format", "json",
        ];
        let run = folder.command(&args).stdin(bytes).run().exits(1);
        assert_eq!(run.findings(), FOUND);
    }
    assert_eq!(check(&folder, "in").exits(1).findings().len(), 2);
}

#[test]
fn damage_is_an_error_and_the_rest_is_linted() {
    let whole = two();
    let lines: Vec<&str> = whole.lines().collect();
    let cut = &whole[..whole.len() - 40];
    let short = format!("{}\n{}\n", lines[0], lines[2]);
    let changed = whole.replace("mysql", "mYsql");
    let long = format!("{whole}{}\n", lines[2].replace("orders", "more"));
    let broken = format!("{}\n{{\"type\": oops\n{}\n", lines[0], lines[2]);
    let odd = format!("{}\n[1]\n{}\n", lines[0], lines[2]);
    let nameless = format!(
        "{}\n{{\"type\":\"AWS::S3::Bucket\"}}\n{}\n",
        lines[0], lines[2]
    );
    let listed = whole.replace(
        "\"properties\":{\"DBInstanceIdentifier\":\"carts\"",
        "\"properties\":[],\"x\":{\"y\":\"carts\"",
    );
    let deep = format!(
        "{}\n{}\n{}\n",
        lines[0],
        lines[1].replace(
            "\"mysql\"",
            &format!("{}{}", "[".repeat(300), "]".repeat(300))
        ),
        lines[2],
    );
    for (text, findings, complaint) in [
        (cut, 0, "line 3 is no resource: EOF while parsing"),
        (
            &short,
            1,
            "it is cut off: its manifest says 2 resources, and there are 1",
        ),
        (
            &changed,
            1,
            "it is not what was collected: its SHA-256 is not the one in its manifest",
        ),
        (&long, 2, "its manifest says 2 resources, and there are 3"),
        (&broken, 1, "line 2 is no resource: expected value"),
        (&odd, 1, "line 2 is no resource"),
        (&nameless, 1, "line 2 is no resource: missing field `id`"),
        (
            &listed,
            1,
            "line 2 is no resource: `properties` is not what it should be",
        ),
        (
            &deep,
            1,
            "line 2 is no resource: `properties` is not what it should be",
        ),
    ] {
        let folder = folder(&[("prod.snapshot", text)]);
        let run = check(&folder, "prod.snapshot")
            .exits(2)
            .complains(complaint)
            .complains("collect it again");
        assert_eq!(run.findings().len(), findings, "{run}");
        assert!(
            run.said().contains("prod.snapshot was not read whole"),
            "{run}"
        );
        assert_eq!(run.stderr().matches("error:").count(), 1, "{run}");
    }
    let endless = format!(
        "{}\n{}\n{}\n",
        lines[0],
        lines[1],
        "[".repeat(65 * 1024 * 1024)
    );
    let run = check(&folder(&[("prod.snapshot", &endless)]), "prod.snapshot").exits(2);
    run.complains("line 3 is longer than 64 MB; what follows was not read");

    let bytes = zstd::encode_all(whole.as_bytes(), 3).unwrap();
    let folder = folder(&[]);
    folder.write("prod.snapshot.zst", &bytes[..bytes.len() - 5]);
    check(&folder, "prod.snapshot.zst")
        .exits(2)
        .complains("it is cut off");
}

#[test]
fn manifests_of_other_versions_are_refused() {
    let newer = snapshot(
        &[database("orders", false)],
        json!({"skylint-snapshot": 2, "types": 7}),
    );
    let folder = folder(&[("newer.snapshot", &newer), ("none.snapshot", "{}\n")]);
    check(&folder, "newer.snapshot")
        .exits(2)
        .complains("it is a snapshot file of version 2, and this skylint reads version 1")
        .complains("update skylint");
    let args = ["check", "none.snapshot", "--input-kind", "snapshot"];
    folder
        .skylint(&args)
        .exits(2)
        .complains("its first line is no manifest: missing field");
}

#[test]
fn unknown_keys_are_ignored() {
    let mut orders = database("orders", false);
    orders["collected"] = json!({"by": ["v9"]});
    let text = snapshot(&[orders], json!({"signature": {"of": 1}}));
    let folder = folder(&[("prod.snapshot", &text)]);
    assert_eq!(check(&folder, "prod.snapshot").exits(1).findings(), FOUND);
}

#[test]
fn secrets_are_never_printed() {
    const CANARY: &str = "hunter2-canary";
    let mut orders = database("orders", false);
    orders["properties"]["MasterUserPassword"] = json!(CANARY);
    orders["secret"] = json!(["TdeCredentialPassword"]);
    let text = snapshot(&[orders], json!({}));
    let folder = folder(&[("prod.snapshot", &text)]);
    let rule = RULES
        .replace(
            "self.MultiAZ == true",
            "self.MasterUserPassword == \"x\" && self.TdeCredentialPassword == \"x\"",
        )
        .replace("{self} has", "{self} with {self.MasterUserPassword} has");
    folder.write("rules/TST-001-standby.yaml", rule);
    for format in ["human", "json", "sarif"] {
        let run = report(&folder, &["prod.snapshot", "--show", "all"], format);
        assert!(!run.said().contains(CANARY), "{run}");
        assert!(run.said().contains("it is a secret"), "{run}");
    }
}

#[test]
fn what_was_not_collected_is_unknown_with_the_reason() {
    let mut orders = database("orders", false);
    orders["properties"]
        .as_object_mut()
        .unwrap()
        .remove("MultiAZ");
    orders["unknown"] =
        json!({"MultiAZ": "rds:DescribeDBInstances was denied in eu-central-1; allow it"});
    let folder = folder(&[("prod.snapshot", &snapshot(&[orders], json!({})))]);
    let run = check(&folder, "prod.snapshot").exits(0);
    assert_eq!(run.findings(), ["TST-001 unknown orders"]);
    run.says("MultiAZ is not known: rds:DescribeDBInstances was denied in eu-central-1; allow it");
}

/// A gap in the web ACL associations of a Region.
fn gap(region: Value) -> Value {
    json!({"gaps": [{
        "type": "AWS::WAFv2::WebACLAssociation", "account": HOME, "region": region, "status": "missing",
        "operation": "wafv2:ListResourcesForWebACL", "action": "wafv2:ListResourcesForWebACL",
        "reason": "access was denied",
    }]})
}

#[test]
fn a_gap_counts_where_it_is() {
    let here = load_balancer("eu-central-1");
    let file = |more: Value| snapshot(std::slice::from_ref(&here), more);
    let region_only =
        json!({"gaps": [{"region": "eu-north-1", "status": "missing", "reason": "no time"}]});
    let folder = folder(&[
        ("none.snapshot", &file(json!({}))),
        ("here.snapshot", &file(gap(json!("eu-central-1")))),
        ("anywhere.snapshot", &file(gap(Value::Null))),
        ("elsewhere.snapshot", &file(gap(json!("us-east-1")))),
        ("unread.snapshot", &file(region_only)),
        (
            "untyped.snapshot",
            &file(json!({"types": {"AWS::ElasticLoadBalancingV2::LoadBalancer": []}})),
        ),
        ("unfinished.snapshot", &file(json!({"complete": false}))),
    ]);
    let verdict = |name: &str| {
        let run = check(&folder, name);
        let report = run.json();
        report["findings"][0]["verdict"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for (name, expected) in [
        ("none.snapshot", "fail"),
        ("here.snapshot", "unknown"),
        ("anywhere.snapshot", "unknown"),
        ("elsewhere.snapshot", "fail"),
        ("unread.snapshot", "fail"),
        ("untyped.snapshot", "unknown"),
        ("unfinished.snapshot", "unknown"),
    ] {
        assert_eq!(verdict(name), expected, "{name}");
    }
    // What is global is not missing where a Region is.
    let rule = RULES.replace(
        "self.MultiAZ == true",
        "resources(\"AWS::Route53::RecordSet\").all(r, r.Name != \"x\")",
    );
    folder.write("rules/TST-001-standby.yaml", rule);
    for (region, verdict) in [("eu-north-1", "pass"), ("global", "unknown")] {
        let gaps = json!({"gaps": [{"region": region, "status": "missing", "reason": "no time"}]});
        folder.write("db.snapshot", snapshot(&[database("orders", true)], gaps));
        let run = report(&folder, &["db.snapshot", "--show", "all"], "json");
        assert_eq!(run.findings(), [format!("TST-001 {verdict} orders")]);
    }
    for format in ["human", "json", "sarif"] {
        report(&folder, &["here.snapshot"], format)
            .exits(0)
            .says("access was denied; allow wafv2:ListResourcesForWebACL");
    }
    check(&folder, "untyped.snapshot").says("AWS::WAFv2::WebACLAssociation was not collected");
}

/// A file of some resources, written as `skylint collect` writes it.
fn written(resources: &[Resource], compress: bool) -> Vec<u8> {
    let mut lines = Lines::new(Vec::new());
    for resource in resources {
        lines.add(resource).unwrap();
    }
    let mut manifest = Manifest {
        complete: true,
        ..Manifest::default()
    };
    let lines = lines.finish(&mut manifest).unwrap();
    let mut bytes = Vec::new();
    assemble(&manifest, &*lines, &mut bytes, compress).unwrap();
    bytes
}

fn read(bytes: Vec<u8>) -> Vec<Resource> {
    let input = Input {
        path: "prod.snapshot".into(),
        bytes,
    };
    let read = skylint::source::read(&[input], &NoFiles, &Options::default());
    assert_eq!(read.failures, []);
    read.snapshot.resources
}

/// Values as a snapshot file can hold them, of a type without a schema.
fn value() -> impl Strategy<Value = model::Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(model::Value::Bool),
        any::<i64>().prop_map(model::Value::Int),
        (-1_000_000_i32..1_000_000).prop_map(|n| model::Value::Double(f64::from(n) / 64.0)),
        ".{0,12}".prop_map(model::Value::string),
        "[a-z ]{1,9}".prop_map(|why| model::Value::unknown(Reason::NotCollected(why.into()))),
        Just(types::secret()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(
                prop_oneof![4 => inner.clone(), 1 => Just(model::Value::Null)],
                0..4
            )
            .prop_map(|items| model::Value::List(items.into())),
            map(inner).prop_map(model::Value::Map),
        ]
    })
}

fn map(value: impl Strategy<Value = model::Value>) -> impl Strategy<Value = model::Map> {
    let name = prop_oneof![4 => "[A-Za-z]{1,6}", 1 => "[A-Z.\\[\\]\" é]{0,4}"];
    vec((name, value), 0..4).prop_map(|entries| {
        let entries = entries
            .into_iter()
            .map(|(name, value)| (name.into(), value));
        entries.collect()
    })
}

fn resource() -> impl Strategy<Value = Resource> {
    let region = prop_oneof![
        Just(Region::Global),
        "[a-z]{2}-[a-z]{4}-[1-3]".prop_map(|name| Region::In(name.into())),
    ];
    let text = || "[a-zA-Z0-9:/é-]{1,12}";
    let identity = (
        text(),
        proptest::option::of(text()),
        proptest::option::of("[0-9]{12}"),
        region,
    );
    (identity, map(value()), map(value())).prop_map(
        |((id, arn, account, region), properties, observed)| {
            let id: Arc<str> = id.into();
            Resource {
                rtype: "Custom::Thing".into(),
                key: "".into(),
                id: Arc::clone(&id),
                address: Arc::clone(&id),
                arn: arn.map(Arc::from),
                names: [id, "ü name".into()].into(),
                account: account.map(Arc::from),
                region,
                properties,
                observed,
                captured: None,
                exists: model::Value::Bool(true),
                origin: Origin {
                    source: 0,
                    node: Path::default(),
                    moved: Box::default(),
                    behind: Box::default(),
                },
                construct: None,
                depends: None,
                suppressions: Box::default(),
            }
        },
    )
}

/// All that a line says.
fn said(resource: &Resource) -> impl PartialEq + std::fmt::Debug + '_ {
    let names: Vec<_> = resource
        .names
        .iter()
        .filter(|name| Some(*name) != resource.arn.as_ref())
        .collect();
    (
        (&resource.rtype, &resource.id, &resource.arn, names),
        (&resource.account, &resource.region, &resource.exists),
        (&resource.properties, &resource.observed),
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default()
    })]

    /// What is written is read again.
    #[test]
    fn resources_come_back(resources in vec(resource(), 0..4), compress in any::<bool>()) {
        let again = read(written(&resources, compress));
        prop_assert_eq!(again.len(), resources.len());
        for (resource, again) in resources.iter().zip(&again) {
            prop_assert_eq!(said(resource), said(again), "{}", native::line(resource));
        }
    }
}

#[test]
fn both_kinds_of_line_are_as_the_schema_says() {
    let text =
        std::fs::read_to_string(common::root().join("docs/snapshot-v1.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let validator = |kind: &str| {
        let mut schema = schema.clone();
        schema.as_object_mut().unwrap().remove("anyOf");
        schema["$ref"] = json!(format!("#/$defs/{kind}"));
        jsonschema::validator_for(&schema).unwrap()
    };
    let (manifests, lines) = (validator("manifest"), validator("resource"));
    let whole = jsonschema::validator_for(&schema).unwrap();

    let mut orders = database("orders", false);
    orders["unknown"] = json!({"A.B": "denied"});
    orders["secret"] = json!(["C"]);
    orders["observed"] = json!({"State": "available"});
    let resources = read(snapshot(&[orders], json!({})).into_bytes());
    let gap = native::Gap {
        rtype: Some("AWS::RDS::DBInstance".to_owned()),
        region: Some("eu-north-1".to_owned()),
        action: Some("rds:DescribeDBInstances".to_owned()),
        reason: "denied".to_owned(),
        ..native::Gap::default()
    };
    let manifest = Manifest {
        caller: Some(native::Caller::default()),
        gaps: vec![gap],
        types: [(
            "AWS::RDS::DBInstance".to_owned(),
            vec!["MultiAZ".to_owned()],
        )]
        .into(),
        sha256: "0".repeat(64),
        ..Manifest::default()
    };
    let manifest = serde_json::to_value(&manifest).unwrap();
    let line: Value = serde_json::from_str(&native::line(&resources[0])).unwrap();
    for name in [
        "unknown",
        "secret",
        "observed",
        "properties",
        "arn",
        "region",
    ] {
        assert!(line.get(name).is_some(), "{line}");
    }
    for (validator, value, expected) in [
        (&manifests, &manifest, true),
        (&lines, &line, true),
        (&whole, &manifest, true),
        (&whole, &line, true),
        (&lines, &manifest, false),
        (&manifests, &line, false),
        (&whole, &json!({"type": 1, "id": "x"}), false),
    ] {
        assert_eq!(validator.is_valid(value), expected, "{value}");
    }
    // What the tests here write is the same format.
    let text = two();
    assert!(
        text.lines()
            .all(|line| whole.is_valid(&serde_json::from_str(line).unwrap()))
    );
}

#[test]
fn several_accounts_are_one_snapshot_and_others_are_outside() {
    let there = "444455556666";
    let mut other = load_balancer("eu-central-1");
    for name in ["id", "arn"] {
        other[name] = json!(other[name].as_str().unwrap().replace(HOME, there));
    }
    other["account"] = json!(there);
    let association = |of: &Value| {
        json!({
            "type": "AWS::WAFv2::WebACLAssociation", "id": "a", "account": of["account"], "region": "eu-central-1",
            "properties": {"ResourceArn": of["arn"], "WebACLArn": "arn:aws:wafv2:eu-central-1:1:regional/webacl/a/b"},
        })
    };
    let here = load_balancer("eu-central-1");
    let folder = folder(&[
        (
            "a.snapshot",
            &snapshot(&[here.clone(), association(&here)], json!({})),
        ),
        (
            "b.snapshot",
            &snapshot(std::slice::from_ref(&other), json!({"accounts": [there]})),
        ),
    ]);
    let run = report(
        &folder,
        &["a.snapshot", "b.snapshot", "--show", "all"],
        "json",
    )
    .exits(1);
    let here = here["arn"].as_str().unwrap();
    let other = other["arn"].as_str().unwrap();
    assert_eq!(
        run.findings(),
        [
            format!("TST-002 pass {here}"),
            format!("TST-002 fail {other}")
        ]
    );

    // A rule that looks an ARN up: in an account that was read there is none, of another it is not known.
    let rule = RULES.replace(
        "self.MultiAZ == true",
        "lookup(\"AWS::KMS::Key\", self.KmsKeyId) == null",
    );
    folder.write("rules/TST-001-standby.yaml", rule);
    for (account, verdict) in [(HOME, "pass"), (there, "unknown")] {
        let mut orders = database("orders", false);
        orders["properties"]["KmsKeyId"] =
            json!(format!("arn:aws:kms:eu-central-1:{account}:key/1"));
        let types = json!({"types": {"AWS::KMS::Key": [], "AWS::RDS::DBInstance": []}});
        folder.write("c.snapshot", snapshot(&[orders], types));
        let run = report(&folder, &["c.snapshot", "--show", "all"], "json");
        assert_eq!(
            run.findings(),
            [format!("TST-001 {verdict} orders")],
            "{run}"
        );
    }
}

#[test]
fn settings_hold_for_snapshot_files_by_their_path() {
    let folder = folder(&[("prod.snapshot", &two()), ("test.snapshot", &two())]);
    folder.write(
        "skylint.toml",
        "[[override]]\npaths = [\"test.*\"]\nseverity.tst = \"low\"\n\
         [[override]]\npaths = [\"prod.*\"]\nskip = [\"tst\"]\n",
    );
    assert!(
        check(&folder, "prod.snapshot")
            .exits(0)
            .findings()
            .is_empty()
    );
    let run = check(&folder, "test.snapshot").exits(1);
    assert_eq!(run.findings(), FOUND);
    assert_eq!(run.json()["findings"][0]["severity"], "low");
}

/// An instance that runs names its read replicas in all Regions: that there is none elsewhere can be said
/// although nobody looked there.
#[test]
fn an_instance_says_itself_what_replicates_it() {
    let types = |listed: &[&str]| {
        let mut read = vec![
            "AutomaticBackupReplicationRegion",
            "DBClusterIdentifier",
            "Engine",
            "SourceDBClusterIdentifier",
            "SourceDBInstanceIdentifier",
            "Tags",
        ];
        read.extend(listed);
        json!({
            "regions": ["us-east-1"],
            "gaps": [{"region": "eu-central-1", "status": "missing", "reason": "no time"}],
            "types": {"AWS::RDS::DBInstance": read, "AWS::RDS::DBCluster": [], "AWS::RDS::GlobalCluster": []},
        })
    };
    let orders = |replicas: Value| {
        json!({
            "type": "AWS::RDS::DBInstance", "id": "orders", "account": HOME, "region": "us-east-1",
            "arn": format!("arn:aws:rds:us-east-1:{HOME}:db:orders"),
            "properties": {
                "Engine": "mysql", "Tags": [{"Key": "criticality", "Value": "critical"}],
                "ReadReplicaDBInstanceIdentifiers": replicas,
            },
        })
    };
    let both = types(&[
        "ReadReplicaDBInstanceIdentifiers",
        "ReadReplicaDBClusterIdentifiers",
    ]);
    let elsewhere = json!([format!("arn:aws:rds:eu-central-1:{HOME}:db:orders-eu")]);
    let unread = json!({
        "type": "AWS::RDS::DBInstance", "id": "orders", "account": HOME, "region": "us-east-1",
        "properties": {"Engine": "mysql", "Tags": [{"Key": "criticality", "Value": "critical"}]},
    });
    let folder = Folder::new();
    for (name, resource, types, expected) in [
        ("none", orders(Value::Null), &both, "fail"),
        ("elsewhere", orders(elsewhere), &both, "pass"),
        // It is in no Region that was read, and may have replicas itself.
        ("here", orders(json!(["search"])), &both, "unknown"),
        ("not asked", unread, &types(&[]), "unknown"),
    ] {
        folder.write("db.snapshot", snapshot(&[resource], types.clone()));
        let run = folder.skylint(&[
            "check",
            "db.snapshot",
            "--only",
            "DB-008",
            "--show",
            "all",
            "--format",
            "json",
        ]);
        assert_eq!(
            run.findings(),
            [format!("DB-008 {expected} orders")],
            "{name}"
        );
    }
}

/// Nothing that is asked of an account says the tags of a topic: that it has none is not known.
#[test]
fn tags_that_nobody_asked_for_are_not_known() {
    let rule = r#"id: ORG-001
slug: staged
title: No stage
severity: low
resource: AWS::SNS::Topic
require: tag(self, "stage") == "prod"
message: x
why: x
fix: { text: x }
examples:
  - name: a template shows tags
    verdict: fail
    template: |
      Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: orders } } }
  - name: a live account does not
    verdict: unknown
    snapshot: [{ type: AWS::SNS::Topic, id: orders, properties: { TopicName: orders } }]
"#;
    let folder = folder(&[("rule.yaml", rule)]);
    let run = folder.skylint(&["rules", "test", "rule.yaml"]).exits(0);
    run.says("2 examples passed, 0 failed");
}
