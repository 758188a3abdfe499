//! Kept runs of any size, made of a real one: its findings over and over, in other accounts, Regions and resources.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "every test file uses a part of it"
)]

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::common::skylint;

/// The faulty SecureCart, with every verdict, as `--format jsonl` keeps it.
pub fn faulty() -> String {
    let args = [
        "check",
        "fixtures/securecart/cloudformation/faulty",
        "--scope",
        "complete",
        "--parameters",
        "fixtures/securecart/parameters.json",
        "--show",
        "all",
        "--format",
        "jsonl",
    ];
    skylint(&args).run().exits(1).stdout()
}

/// The same run without files: every resource is known by account, Region and ARN alone, as in an account.
pub fn live(kept: &str) -> String {
    let mut out = String::new();
    for line in kept.lines() {
        let mut record: Value = serde_json::from_str(line).expect("a record");
        match record["record"].as_str() {
            Some("source") => continue,
            Some("input") => record["kind"] = json!("live"),
            Some("finding") => {
                let name = &mut record["resource"];
                let id = name["id"].as_str().unwrap_or_default().to_owned();
                name["arn"] = json!(format!("arn:aws:x:eu-central-1:111122223333:{id}"));
                without_places(&mut record);
            }
            _ => {}
        }
        out.push_str(&record.to_string());
        out.push('\n');
    }
    out
}

fn without_places(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_places),
        Value::Object(entries) => {
            if entries.contains_key("related") {
                entries.insert("related".to_owned(), json!([]));
            }
            for (name, value) in entries {
                match name.as_str() {
                    "location" => *value = Value::Null,
                    _ => without_places(value),
                }
            }
        }
        _ => {}
    }
}

/// Stands for what differs from one copy of a finding to the next.
const ACCOUNT: &str = "@ACCOUNT@";
const REGION: &str = "@REGION@";
const NUMBER: &str = "@NUMBER@";

const REGIONS: [&str; 5] = [
    "eu-central-1",
    "eu-west-1",
    "us-east-1",
    "ap-southeast-1",
    "sa-east-1",
];

/// Writes a run with so many findings, those of a real one over and over, in fifteen accounts.
pub fn repeated(kept: &str, count: usize, w: &mut impl Write) -> io::Result<()> {
    let mut patterns: Vec<String> = Vec::new();
    for line in kept.lines() {
        let mut record: Value = serde_json::from_str(line).expect("a record");
        match record["record"].as_str() {
            Some("run") => {
                record["findings"] = json!(count);
                record["accounts"] = json!([]);
                writeln!(w, "{record}")?;
            }
            Some("finding") => {
                let name = &mut record["resource"];
                let address = name["address"].as_str().unwrap_or_default().to_owned();
                name["address"] = json!(format!("{address}-{NUMBER}"));
                name["account"] = json!(ACCOUNT);
                name["region"] = json!(REGION);
                record["fingerprint"] = json!(format!("{NUMBER}"));
                patterns.push(record.to_string());
            }
            _ => writeln!(w, "{line}")?,
        }
    }
    let copies = patterns.iter().cycle().take(count);
    for (number, pattern) in copies.enumerate() {
        let round = number / patterns.len();
        let account = format!("{:012}", 111_111_111_111 + round % 15);
        let line = pattern
            .replace(ACCOUNT, &account)
            .replace(REGION, REGIONS[round % REGIONS.len()])
            .replace(NUMBER, &format!("{number:032x}"));
        writeln!(w, "{line}")?;
    }
    Ok(())
}
