//! `src/rule/rule.schema.json` says the same of rule files as the loader does.

use serde_json::{Map, Value, json};
use skylint::document::{Data, Node, parse_yaml};
use skylint::rule;

const RULE: &str = r#"
id: ACME-1
slug: bucket-versioning
title: Bucket keeps no old versions
severity: medium
params:
  exempt: { default: [logs], doc: Buckets that need none }
  words: { context: payment.words }
subjects:
  - resource: AWS::S3::Bucket
    when: "!(self.BucketName in params.exempt)"
    require: self.VersioningConfiguration.Status == "Enabled"
    at: [{ if: has(self.VersioningConfiguration), then: VersioningConfiguration.Status }]
    message: "{self} keeps no old versions"
    severity-when: [{ if: self.BucketName.startsWith("prod-"), then: high }]
why: What is overwritten is gone.
fix: { text: Switch it on., set: { VersioningConfiguration: { Status: Enabled } } }
references: [https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html]
equivalents: { prowler: [s3_bucket_object_versioning] }
frameworks: { nist-800-53-r5: [CP-9] }
examples:
  - name: none
    verdict: fail
    at: VersioningConfiguration
    severity: medium
    resource: B
    scope: complete
    region: eu-central-1
    parameters: { Name: x }
    template: "Resources: { B: { Type: AWS::S3::Bucket } }"
    beside: "Resources: { C: { Type: AWS::S3::Bucket } }"
  - name: in an account
    verdict: fail
    snapshot:
      - type: AWS::RDS::DBInstance
        id: b
        arn: arn:aws:rds:eu-central-1:111122223333:db:b
        account: "111122223333"
        region: eu-central-1
        captured: 2026-01-31T12:00:00Z
        names: [b2]
        properties: { MultiAZ: false }
        observed: { Status: available }
        unknown: { Iops: denied }
        secret: [MasterUserPassword]
"#;

fn json(node: &Node) -> Value {
    match &node.data {
        Data::Null => Value::Null,
        Data::Bool(b) => json!(b),
        Data::Int(i) => json!(i),
        Data::Float(f) => json!(f),
        Data::String(text) => json!(text),
        Data::List(items) => items.iter().map(json).collect(),
        Data::Map(entries) => {
            let entries = entries.iter().map(|e| (e.key.to_string(), json(&e.value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../src/rule/rule.schema.json")).unwrap_or_default()
}

/// What the schema finds wrong with a rule file.
fn complaints(text: &str) -> Vec<String> {
    let validator = match jsonschema::validator_for(&schema()) {
        Ok(validator) => validator,
        Err(error) => return vec![error.to_string()],
    };
    match parse_yaml(text) {
        Ok(root) => validator
            .iter_errors(&json(&root))
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect(),
        Err(error) => vec![error.message],
    }
}

#[test]
fn every_rule_that_loads_fits() {
    assert!(jsonschema::meta::is_valid(&schema()));
    let own = [("own.yaml", RULE)];
    for (path, text) in rule::builtin().iter().chain(&own) {
        assert_eq!(complaints(text), [""; 0], "{path}");
        if let Err(faults) = rule::parse(path, text) {
            panic!("{path}: {:#?}", faults.faults);
        }
    }
}

#[test]
fn what_the_loader_refuses_does_not_fit() {
    for (from, to) in [
        ("id: ACME-1", "id: acme1"),
        ("slug: bucket-versioning", "slug: Bucket Versioning"),
        ("severity: medium\n", "severity: urgent\n"),
        ("title: Bucket keeps no old versions\n", ""),
        ("title: Bucket", "titel: Bucket"),
        ("why: What is overwritten is gone.", "why: \" \""),
        ("default: [logs]", "default: { a: b }"),
        ("payment.words }", "payment.wrods }"),
        ("payment.words }", "payment.words, default: [a], doc: b }"),
        ("subjects:\n", "resource: AWS::S3::Bucket\nsubjects:\n"),
        ("then: VersioningConfiguration.Status", "than: x"),
        ("then: high", "then: urgent"),
        ("{ text: Switch it on., set", "{ txt: Switch it on., set"),
        ("[s3_bucket_object_versioning]", "[1]"),
        ("verdict: fail", "verdict: failed"),
        ("scope: complete", "scope: everything"),
        ("    template: ", "    templates: "),
        ("    snapshot:", "    template: x\n    snapshot:"),
        ("        id: b\n", ""),
        ("        captured: ", "        taken: "),
    ] {
        let broken = RULE.replacen(from, to, 1);
        assert_ne!(broken, RULE, "{from}");
        assert_ne!(complaints(&broken), [""; 0], "the schema takes {to}");
        assert!(
            rule::parse("own.yaml", &broken).is_err(),
            "the loader takes {to}"
        );
    }
}

/// An unknown key makes the loader list the keys it knows: the schema has the same.
#[test]
fn the_loader_and_the_schema_know_the_same_keys() {
    for (before, pointer) in [
        ("id: ", "/properties"),
        ("    when: ", "/$defs/subject/properties"),
        ("    verdict: ", "/$defs/example/properties"),
        ("        id: ", "/$defs/line/properties"),
    ] {
        let indent = before.len() - before.trim_start().len();
        let unknown = format!("\n{}zzz: 1\n{before}", " ".repeat(indent));
        let broken = RULE.replacen(&format!("\n{before}"), &unknown, 1);
        let Err(faults) = rule::parse("own.yaml", &broken) else {
            panic!("an unknown key was taken: {broken}");
        };
        let help = faults
            .faults
            .iter()
            .find_map(|f| f.help.as_deref()?.strip_prefix("keys here are: "));
        let mut known: Vec<&str> = help.unwrap_or_default().split(", ").collect();
        let schema = schema();
        let object = schema.pointer(pointer).and_then(Value::as_object);
        let mut described: Vec<&str> = object
            .into_iter()
            .flatten()
            .map(|(k, _)| k.as_str())
            .collect();
        known.sort_unstable();
        described.sort_unstable();
        assert_eq!(known, described, "{pointer}");
    }
}
