//! How fast configuration items are read: bytes to snapshot.
//!
//! `cargo bench --bench aws_config`. Items per second, of types that skylint reads and of others.

use std::io::Write as _;

use divan::Bencher;
use divan::counter::ItemsCount;
use flate2::Compression;
use flate2::write::GzEncoder;
use skylint::source::{self, Input, NoFiles, Options};

const ITEMS: usize = 5_000;

fn main() {
    divan::main();
}

/// A snapshot, of databases or of what no rule asks for.
fn snapshot(rtype: &str) -> String {
    let items: Vec<serde_json::Value> = (0..ITEMS)
        .map(|i| {
            serde_json::json!({
                "relatedEvents": [], "relationships": [
                    {"resourceId": "vpc-1", "resourceType": "AWS::EC2::VPC", "name": "Is contained in Vpc"}],
                "configuration": {
                    "dBInstanceIdentifier": format!("orders-{i}"), "dBInstanceClass": "db.r6g.large",
                    "engine": "mysql", "multiAZ": i % 2 == 0, "backupRetentionPeriod": 14, "storageEncrypted": true,
                    "endpoint": {"address": format!("orders-{i}.abc.eu-west-1.rds.amazonaws.com"), "port": 3306},
                    "vpcSecurityGroups": [{"vpcSecurityGroupId": "sg-1", "status": "active"}],
                    "dBParameterGroups": [{"dBParameterGroupName": "default.mysql8.4", "parameterApplyStatus": "in-sync"}],
                    "deletionProtection": true, "publiclyAccessible": false, "licenseModel": "general-public-license",
                },
                "supplementaryConfiguration": {}, "tags": {"environment": "production"},
                "configurationItemVersion": "1.3", "configurationItemCaptureTime": "2026-11-01T06:00:00.000Z",
                "configurationStateId": 1, "awsAccountId": "111122223333", "configurationItemStatus": "OK",
                "resourceType": rtype, "resourceId": format!("db-{i}"), "resourceName": format!("orders-{i}"),
                "ARN": format!("arn:aws:rds:eu-west-1:111122223333:db:orders-{i}"), "awsRegion": "eu-west-1",
            })
        })
        .collect();
    serde_json::json!({"fileVersion": "1.0", "configSnapshotId": "x", "configurationItems": items})
        .to_string()
}

fn read(bencher: Bencher<'_, '_>, bytes: Vec<u8>) {
    let input = Input {
        path: "bench".into(),
        bytes,
    };
    bencher
        .counter(ItemsCount::new(ITEMS))
        .bench(|| source::read(std::slice::from_ref(&input), &NoFiles, &Options::default()));
}

#[divan::bench(args = ["AWS::RDS::DBInstance", "AWS::Config::ResourceCompliance"])]
fn plain(bencher: Bencher<'_, '_>, rtype: &str) {
    read(bencher, snapshot(rtype).into_bytes());
}

#[divan::bench]
fn compressed(bencher: Bencher<'_, '_>) {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let text = snapshot("AWS::RDS::DBInstance");
    let written = encoder.write_all(text.as_bytes());
    let bytes = written.and_then(|()| encoder.finish()).unwrap_or_default();
    read(bencher, bytes);
}
