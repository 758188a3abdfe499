//! The condition language: parsed, and checked as the requirement of a rule.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylint::rule::{cel, parse};

fuzz_target!(|text: &str| {
    let _ = cel::parse(text);
    let require = serde_json::json!(text);
    let rule = format!(
        "{{id: F-001, slug: f, title: F, severity: low, resource: AWS::RDS::DBInstance, require: {require},\n\
         message: m, why: w, fix: {{text: t}}}}"
    );
    let _ = parse("rule.yaml", &rule);
    // As a whole rule file, too.
    let _ = parse("rule.yaml", text);
});
