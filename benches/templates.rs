//! How fast templates are read: text to tree, and tree to snapshot.
//!
//! `cargo bench --bench templates`. Bytes per second are of template text.

use divan::Bencher;
use divan::counter::BytesCount;
use skylint::document;
use skylint::source::{self, Input, NoFiles, Options};

fn main() {
    divan::main();
}

/// About a megabyte, the size that CloudFormation takes at most.
fn yaml() -> String {
    let mut text = String::from(
        "Parameters:\n  Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}\n\
         Conditions:\n  IsProd: !Equals [!Ref Env, prod]\nResources:\n",
    );
    for i in 0..2000 {
        text.push_str(&format!(
            "  Database{i}:\n    Type: AWS::RDS::DBInstance\n    DeletionPolicy: Snapshot\n    \
             Properties:\n      DBInstanceIdentifier: !Sub \"orders-${{Env}}-{i}\"\n      \
             Engine: mysql\n      DBInstanceClass: db.m6g.large\n      \
             MultiAZ: !If [IsProd, true, false]\n      BackupRetentionPeriod: 14\n      \
             VPCSecurityGroups:\n        - !GetAtt Group{i}.GroupId\n      Tags:\n        \
             - Key: environment\n          Value: !Ref Env\n  \
             Group{i}:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      \
             GroupDescription: orders database\n"
        ));
    }
    text
}

fn json() -> String {
    let resources: serde_json::Map<_, _> = (0..2000)
        .map(|i| {
            let resource = serde_json::json!({
                "Type": "AWS::RDS::DBInstance",
                "Properties": {
                    "DBInstanceIdentifier": { "Fn::Sub": format!("orders-${{AWS::Region}}-{i}") },
                    "Engine": "mysql",
                    "MultiAZ": true,
                    "BackupRetentionPeriod": 14,
                    "Tags": [{ "Key": "environment", "Value": "production" }],
                },
            });
            (format!("Database{i}"), resource)
        })
        .collect();
    format!("{:#}", serde_json::json!({ "Resources": resources }))
}

fn text(kind: &str) -> String {
    if kind == "json" { json() } else { yaml() }
}

#[divan::bench(args = ["yaml", "json"])]
fn parse(bencher: Bencher<'_, '_>, kind: &str) {
    let text = text(kind);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| document::parse(&text));
}

#[divan::bench(args = ["yaml", "json"])]
fn read(bencher: Bencher<'_, '_>, kind: &str) {
    let input = Input {
        path: "bench".into(),
        bytes: text(kind).into_bytes(),
    };
    bencher
        .counter(BytesCount::new(input.bytes.len()))
        .bench(|| source::read(std::slice::from_ref(&input), &NoFiles, &Options::default()));
}
