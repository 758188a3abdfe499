//! What holds for every template, tried on random ones.
//!
//! The random numbers begin the same way in every run, so that a failure here is the fault of the
//! change at hand; `PROPTEST_CASES=100000 PROPTEST_RNG_SEED=7 cargo test --test properties` looks
//! further.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value, json};
use skylint::check::{Request, check};
use skylint::model::{Results, Verdict};
use skylint::report::{self, Format, Material, Settings};
use skylint::rule::{self, Rule};
use skylint::source::{Input, NoFiles, Options, Scope};

/// No small template may take longer, in a debug build on a busy machine: what takes milliseconds is told from what
/// runs away.
const PATIENCE: Duration = Duration::from_secs(30);

fn config(cases: u32) -> ProptestConfig {
    let chosen = ProptestConfig::default();
    let from_environment = |name: &str| std::env::var_os(name).is_some();
    ProptestConfig {
        cases: if from_environment("PROPTEST_CASES") {
            chosen.cases
        } else {
            cases
        },
        rng_seed: if from_environment("PROPTEST_RNG_SEED") {
            chosen.rng_seed
        } else {
            RngSeed::Fixed(1)
        },
        failure_persistence: None,
        ..chosen
    }
}

fn rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let files = rule::builtin().iter();
        let rules: Vec<Rule> = files
            .map(|(path, text)| rule::parse(path, text).expect(path))
            .collect();
        assert!(!rules.is_empty());
        rules
    })
}

/// Judges a template, and makes sure that this ends soon.
fn judge(text: &str, parameters: &BTreeMap<String, String>, complete: bool) -> Results {
    let input = Input {
        path: "t.yaml".into(),
        bytes: text.as_bytes().to_vec(),
    };
    let request = Request {
        options: Options {
            parameters: vec![(Scope::Everything, parameters.clone())],
            ..Options::default()
        },
        complete,
        show_all: true,
        ..Request::default()
    };
    let begin = Instant::now();
    let results = check(&[input], &NoFiles, rules(), &request, Vec::new());
    assert!(
        begin.elapsed() < PATIENCE,
        "it took {:?}:\n{text}",
        begin.elapsed()
    );
    results
}

/// Short forms, as people write them; everything else in flow style, which is JSON with tags.
fn yaml(value: &Value, out: &mut String) {
    match value {
        Value::Object(entries) => {
            let mut all = entries.iter();
            if let (Some((key, argument)), None) = (all.next(), all.next()) {
                let short = key
                    .strip_prefix("Fn::")
                    .or((key == "Ref" || key == "Condition").then_some(key));
                // A tag cannot follow a tag.
                let tagged = matches!(argument, Value::Object(inner) if inner.len() == 1);
                if let (Some(short), false) =
                    (short.filter(|name| !name.starts_with("ForEach")), tagged)
                {
                    out.push_str(&format!("!{short} "));
                    return yaml(argument, out);
                }
            }
            out.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                out.push_str(&format!("{}: ", Value::from(key.as_str())));
                yaml(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                yaml(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

fn written(template: &Value, as_yaml: bool) -> String {
    if !as_yaml {
        return template.to_string();
    }
    let mut text = "# yaml\n".to_owned();
    yaml(template, &mut text);
    text.push('\n');
    text
}

mod anything {
    use super::*;

    const NAMES: [&str; 14] = [
        "P0",
        "P1",
        "C0",
        "C1",
        "R0",
        "R1",
        "R2",
        "M0",
        "AWS::NoValue",
        "AWS::Region",
        "AWS::Nope",
        "",
        "R0.Arn",
        "${P0}",
    ];
    const FUNCTIONS: [&str; 26] = [
        "Ref",
        "Condition",
        "Fn::GetAtt",
        "Fn::Sub",
        "Fn::Join",
        "Fn::Select",
        "Fn::Split",
        "Fn::FindInMap",
        "Fn::If",
        "Fn::And",
        "Fn::Or",
        "Fn::Not",
        "Fn::Equals",
        "Fn::ImportValue",
        "Fn::GetAZs",
        "Fn::Cidr",
        "Fn::Base64",
        "Fn::Transform",
        "Fn::Length",
        "Fn::ToJsonString",
        "Fn::ForEach::X",
        "Fn::Nope",
        "Fn::Contains",
        "Properties",
        "Type",
        "Name",
    ];
    const TYPES: [&str; 16] = [
        "AWS::RDS::DBInstance",
        "AWS::RDS::DBCluster",
        "AWS::DynamoDB::Table",
        "AWS::DynamoDB::GlobalTable",
        "AWS::Route53::RecordSet",
        "AWS::Route53::RecordSetGroup",
        "AWS::CloudFront::Distribution",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::WAFv2::WebACLAssociation",
        "AWS::ApiGateway::Stage",
        "AWS::Serverless::Function",
        "AWS::Serverless::Api",
        "AWS::CloudFormation::Stack",
        "Custom::Thing",
        "AWS::No::Such",
        "",
    ];
    const PROPERTIES: [&str; 24] = [
        "MultiAZ",
        "Engine",
        "BackupRetentionPeriod",
        "SourceDBInstanceIdentifier",
        "PointInTimeRecoverySpecification",
        "PointInTimeRecoveryEnabled",
        "Replicas",
        "Region",
        "RecordSets",
        "Name",
        "Type",
        "SetIdentifier",
        "Weight",
        "GeoLocation",
        "ContinentCode",
        "AliasTarget",
        "DNSName",
        "EvaluateTargetHealth",
        "HealthCheckId",
        "DistributionConfig",
        "WebACLId",
        "Origins",
        "TemplateURL",
        "Events",
    ];
    const TEXTS: [&str; 16] = [
        "",
        "true",
        "false",
        "7",
        "-1",
        "1e400",
        "EU",
        "mysql",
        "a,b,,c",
        "${R0.Arn}-${P0}-${!x}",
        "${",
        "{{resolve:ssm:x}}",
        "{{resolve:",
        "x.us-east-1.elb.amazonaws.com.",
        "\u{1b}[2J\u{202e}é",
        "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/x/1",
    ];

    fn scalar() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-3_i64..300).prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            select(&NAMES[..]).prop_map(Value::from),
            select(&TEXTS[..]).prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
        ]
    }

    fn object(
        values: impl Strategy<Value = Value>,
        names: &'static [&'static str],
    ) -> impl Strategy<Value = Value> {
        vec((select(names), values), 0..4).prop_map(|entries| {
            Value::Object(
                entries
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
            )
        })
    }

    fn value() -> impl Strategy<Value = Value> {
        scalar().prop_recursive(5, 40, 4, |inner| {
            let call = (select(&FUNCTIONS[..]), inner.clone());
            let with_names = (
                select(&FUNCTIONS[..]),
                vec(
                    prop_oneof![select(&NAMES[..]).prop_map(Value::from), inner.clone()],
                    0..4,
                ),
            );
            prop_oneof![
                3 => call.prop_map(|(name, argument)| json!({name: argument})),
                3 => with_names.prop_map(|(name, arguments)| json!({name: arguments})),
                1 => vec(inner.clone(), 0..4).prop_map(Value::from),
                2 => object(inner, &PROPERTIES),
            ]
        })
    }

    fn resource() -> impl Strategy<Value = Value> {
        let typed = select(&TYPES[..]).prop_map(Value::from);
        let rtype = prop_oneof![9 => typed, 1 => value()];
        let properties = prop_oneof![9 => object(value(), &PROPERTIES), 1 => value()];
        let condition = prop_oneof![3 => Just(Value::Null), 3 => Just(json!("C0")), 1 => value()];
        (rtype, properties, condition).prop_map(|(rtype, properties, condition)| {
            let mut resource = json!({"Type": rtype, "Properties": properties});
            if !condition.is_null() {
                resource["Condition"] = condition;
            }
            resource
        })
    }

    fn section(
        names: &'static [&'static str],
        values: impl Strategy<Value = Value>,
    ) -> impl Strategy<Value = Value> {
        vec(values, names.len()).prop_map(|values| {
            let named = names.iter().map(|name| (*name).to_owned()).zip(values);
            Value::Object(named.collect::<Map<_, _>>())
        })
    }

    fn parameter() -> impl Strategy<Value = Value> {
        let rtype = select(vec![
            "String",
            "Number",
            "CommaDelimitedList",
            "List<String>",
            "AWS::SSM::Parameter::Value<String>",
            "Nope",
        ]);
        (
            rtype,
            proptest::option::of(value()),
            proptest::option::of(value()),
        )
            .prop_map(|(rtype, default, allowed)| {
                let mut parameter = json!({"Type": rtype});
                if let Some(default) = default {
                    parameter["Default"] = default;
                }
                if let Some(allowed) = allowed {
                    parameter["AllowedValues"] = allowed;
                }
                parameter
            })
    }

    fn template() -> impl Strategy<Value = Value> {
        (
            section(&["P0", "P1"], prop_oneof![4 => parameter(), 1 => value()]),
            section(&["C0", "C1"], value()),
            section(&["M0"], value()),
            section(&["R0", "R1", "R2"], prop_oneof![9 => resource(), 1 => value()]),
            prop_oneof![4 => Just(Value::Null), 2 => Just(json!("AWS::Serverless-2016-10-31")), 1 => Just(json!("AWS::LanguageExtensions")), 1 => value()],
            value(),
        )
            .prop_map(|(parameters, conditions, mappings, resources, transform, outputs)| {
                json!({
                    "AWSTemplateFormatVersion": "2010-09-09",
                    "Transform": transform,
                    "Globals": {"Function": outputs.clone()},
                    "Parameters": parameters,
                    "Conditions": conditions,
                    "Mappings": mappings,
                    "Resources": resources,
                    "Outputs": {"O": {"Value": outputs, "Export": {"Name": "x"}}},
                })
            })
    }

    proptest! {
        #![proptest_config(config(400))]

        /// Whatever a template holds: no panic, an answer soon, the same answer twice, and every
        /// report can be written.
        #[test]
        fn is_judged_and_reported(template in template(), as_yaml in any::<bool>(), complete in any::<bool>()) {
            let text = written(&template, as_yaml);
            let results = judge(&text, &BTreeMap::new(), complete);
            let report = |results: &Results| -> Vec<Vec<u8>> {
                Format::ALL.iter().map(|format| {
                    let mut out = Vec::new();
                    report::write(*format, &Material::of(results), &Settings::default(), &mut out).expect("written");
                    out
                }).collect()
            };
            let again = judge(&text, &BTreeMap::new(), complete);
            prop_assert_eq!(report(&results), report(&again));
            for finding in &results.findings {
                if matches!(finding.verdict, Verdict::Fail | Verdict::Unknown) {
                    prop_assert!(finding.location.is_some(), "{:?}", finding);
                }
                prop_assert_eq!(finding.verdict == Verdict::Unknown, finding.unknown.is_some());
            }
        }

        /// What was valid until it was cut or changed somewhere.
        #[test]
        fn is_read_or_refused_when_it_is_damaged(
            template in template(), as_yaml in any::<bool>(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
        ) {
            let mut bytes = written(&template, as_yaml).into_bytes();
            let at = at.index(bytes.len());
            if cut {
                bytes.truncate(at);
            } else {
                bytes[at] = byte;
            }
            let input = Input { path: "t.yaml".into(), bytes };
            let results = check(&[input], &NoFiles, rules(), &Request::default(), Vec::new());
            prop_assert!(!results.inputs.is_empty() || !results.failures.is_empty(), "it was passed over");
        }
    }
}

mod parameters {
    use super::*;

    /// The parameters of a template: what they may be, and what they are by default.
    #[derive(Debug, Clone)]
    struct Parameter {
        allowed: Vec<&'static str>,
        default: Option<&'static str>,
    }

    const LITERALS: [&str; 4] = ["true", "false", "a", "7"];
    /// A value that no template here compares anything with.
    const OTHER: &str = "something else";
    const PARAMETERS: [&str; 3] = ["P0", "P1", "P2"];

    impl Parameter {
        fn declared(&self) -> Value {
            let mut out = json!({"Type": "String"});
            if !self.allowed.is_empty() {
                out["AllowedValues"] = json!(self.allowed);
            }
            if let Some(default) = self.default {
                out["Default"] = default.into();
            }
            out
        }

        /// The values that the verdict with open parameters speaks of: all that are allowed; any
        /// at all for one without default; and for one with a default that, since it is what a
        /// deployment gets that says nothing.
        fn values(&self) -> Vec<&'static str> {
            match (self.allowed.is_empty(), self.default) {
                (false, _) => self.allowed.clone(),
                (true, Some(default)) => vec![default],
                (true, None) => [&LITERALS[..], &[OTHER]].concat(),
            }
        }
    }

    fn parameter() -> impl Strategy<Value = Parameter> {
        let allowed = proptest::sample::subsequence(LITERALS.to_vec(), 1..=3);
        prop_oneof![
            3 => (allowed, any::<Option<bool>>()).prop_map(|(allowed, default)| {
                let default = default.map(|first| if first { allowed[0] } else { allowed[allowed.len() - 1] });
                Parameter { allowed, default }
            }),
            2 => Just(Parameter { allowed: Vec::new(), default: None }),
            1 => select(&LITERALS[..]).prop_map(|text| Parameter { allowed: Vec::new(), default: Some(text) }),
        ]
    }

    fn reference() -> impl Strategy<Value = Value> {
        select(&PARAMETERS[..]).prop_map(|name| json!({"Ref": name}))
    }

    fn literal() -> impl Strategy<Value = Value> {
        select(&LITERALS[..]).prop_map(Value::from)
    }

    /// A condition that may use those before it.
    fn condition(before: usize) -> impl Strategy<Value = Value> {
        let found = (reference(), literal()).prop_map(
            |(key, text)| json!({"Fn::Equals": [{"Fn::FindInMap": ["M", key, "k"]}, text]}),
        );
        let leaf = prop_oneof![
            4 => (reference(), literal()).prop_map(|(left, right)| json!({"Fn::Equals": [left, right]})),
            1 => (literal(), reference()).prop_map(|(left, right)| json!({"Fn::Equals": [left, right]})),
            1 => (reference(), reference()).prop_map(|(left, right)| json!({"Fn::Equals": [left, right]})),
            1 => found,
            2 => (0..before.max(1)).prop_map(move |index| if before == 0 { json!({"Fn::Equals": ["x", "x"]}) } else { json!({"Condition": format!("C{index}")}) }),
        ];
        leaf.prop_recursive(2, 6, 2, |inner| {
            prop_oneof![
                inner.clone().prop_map(|one| json!({"Fn::Not": [one]})),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| json!({"Fn::And": [a, b]})),
                (inner.clone(), inner).prop_map(|(a, b)| json!({"Fn::Or": [a, b]})),
            ]
        })
    }

    /// Something that comes to a text, a boolean or nothing.
    fn value() -> impl Strategy<Value = Value> {
        let condition = (0..3).prop_map(|index| format!("C{index}"));
        let leaf = prop_oneof![
            2 => literal(),
            1 => select(&["PRIMARY", "0", "1", "mysql"][..]).prop_map(Value::from),
            2 => any::<bool>().prop_map(Value::from),
            3 => reference(),
            1 => Just(json!({"Ref": "AWS::NoValue"})),
            1 => select(&PARAMETERS[..]).prop_map(|name| json!({"Fn::Sub": format!("${{{name}}}")})),
            1 => (reference(), Just("k")).prop_map(|(key, second)| json!({"Fn::FindInMap": ["M", key, second]})),
        ];
        leaf.prop_recursive(3, 10, 3, move |inner| {
            prop_oneof![
                5 => (condition.clone(), inner.clone(), inner.clone()).prop_map(|(name, then, or)| json!({"Fn::If": [name, then, or]})),
                1 => (0..2, inner.clone(), inner.clone()).prop_map(|(index, a, b)| json!({"Fn::Select": [index, [a, b]]})),
                1 => inner.prop_map(|one| json!({"Fn::Join": ["", [one]]})),
            ]
        })
    }

    fn resource() -> impl Strategy<Value = Value> {
        let optional = || prop_oneof![1 => Just(None), 2 => value().prop_map(Some)];
        let properties = prop_oneof![
            (optional(), optional(), optional(), optional()).prop_map(|(a, b, c, d)| ("AWS::RDS::DBInstance", filled(&[
                ("MultiAZ", a), ("BackupRetentionPeriod", b), ("Engine", c), ("SourceDBInstanceIdentifier", d),
            ]))),
            (value(), optional()).prop_map(|(a, b)| ("AWS::DynamoDB::Table", filled(&[
                ("PointInTimeRecoverySpecification", Some(json!({"PointInTimeRecoveryEnabled": a}))), ("TableName", b),
            ]))),
            (optional(), optional(), value()).prop_map(|(a, b, c)| ("AWS::DynamoDB::GlobalTable", filled(&[
                ("Replicas", Some(json!([
                    {"Region": "eu-west-1", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": c}},
                    filled(&[("Region", Some(json!("eu-central-1"))), ("PointInTimeRecoverySpecification", a)]),
                ]))), ("TableName", b),
            ]))),
            (optional(), optional(), optional(), value()).prop_map(|(a, b, c, d)| ("AWS::Route53::RecordSet", filled(&[
                ("Name", Some(json!("shop.example."))), ("HostedZoneName", Some(json!("example."))), ("Type", Some(json!("A"))), ("SetIdentifier", Some(json!("one"))),
                ("Failover", a), ("Weight", b), ("HealthCheckId", c),
                ("AliasTarget", Some(json!({"DNSName": "x.eu-west-1.elb.amazonaws.com", "HostedZoneId": "Z", "EvaluateTargetHealth": d}))),
            ]))),
            (optional(), value()).prop_map(|(a, b)| ("AWS::CloudFront::Distribution", filled(&[
                ("DistributionConfig", Some(filled(&[
                    ("Enabled", Some(json!(true))), ("WebACLId", a), ("Aliases", Some(json!([{"Fn::Join": ["", ["pay.", b]]}]))),
                ]))),
            ]))),
        ];
        let condition = proptest::option::of((0..3).prop_map(|index| format!("C{index}")));
        (properties, condition).prop_map(|((rtype, properties), condition)| {
            filled(&[
                ("Type", Some(json!(rtype))),
                ("Condition", condition.map(Value::from)),
                ("Properties", Some(properties)),
            ])
        })
    }

    fn filled(entries: &[(&str, Option<Value>)]) -> Value {
        let given = entries
            .iter()
            .filter_map(|(name, value)| Some(((*name).to_owned(), value.clone()?)));
        Value::Object(given.collect())
    }

    fn template() -> impl Strategy<Value = (Vec<Parameter>, Value)> {
        // Every value is a key: a deployment that looks for another fails.
        let mapping = vec(literal(), LITERALS.len() + 1);
        (
            vec(parameter(), PARAMETERS.len()),
            condition(0),
            condition(1),
            condition(2),
            mapping,
            vec(resource(), 1..=2),
        )
            .prop_map(|(parameters, c0, c1, c2, mapping, resources)| {
                let declared = PARAMETERS
                    .iter()
                    .zip(&parameters)
                    .map(|(name, p)| ((*name).to_owned(), p.declared()));
                let resources = resources
                    .into_iter()
                    .enumerate()
                    .map(|(index, resource)| (format!("R{index}"), resource));
                let mapped = LITERALS
                    .iter()
                    .chain([&OTHER])
                    .zip(mapping)
                    .map(|(key, value)| ((*key).to_owned(), json!({"k": value})));
                let template = json!({
                    "Parameters": declared.collect::<Map<_, _>>(),
                    "Conditions": {"C0": c0, "C1": c1, "C2": c2},
                    "Mappings": {"M": mapped.collect::<Map<_, _>>()},
                    "Resources": resources.collect::<Map<_, _>>(),
                });
                (parameters, template)
            })
    }

    /// Every way to set the parameters.
    fn assignments(parameters: &[Parameter]) -> Vec<BTreeMap<String, String>> {
        let mut all = vec![BTreeMap::new()];
        for (name, parameter) in PARAMETERS.iter().zip(parameters) {
            all = all
                .iter()
                .flat_map(|given| {
                    parameter.values().into_iter().map(|value| {
                        let mut given: BTreeMap<String, String> = given.clone();
                        given.insert((*name).to_owned(), value.to_owned());
                        given
                    })
                })
                .collect();
        }
        all
    }

    fn verdicts(results: &Results) -> BTreeMap<(String, String), Verdict> {
        let findings = results.findings.iter();
        findings
            .map(|f| {
                (
                    (f.rule.id.to_string(), f.resource.id.to_string()),
                    f.verdict,
                )
            })
            .collect()
    }

    proptest! {
        #![proptest_config(config(250))]

        /// A verdict given while parameters are open is the verdict whatever they are set to.
        #[test]
        fn can_be_set_to_anything_allowed_without_changing_a_verdict((parameters, template) in template(), complete in any::<bool>()) {
            let text = written(&template, false);
            let open = judge(&text, &BTreeMap::new(), complete);
            prop_assert!(open.failures.is_empty(), "{:?}", open.failures);
            let open = verdicts(&open);
            for given in assignments(&parameters) {
                let set = judge(&text, &given, complete);
                let set = verdicts(&set);
                for (what, open) in &open {
                    // A resource whose condition is false is not there.
                    let Some(set) = set.get(what) else { continue };
                    let holds = match open {
                        Verdict::Fail => *set == Verdict::Fail,
                        Verdict::Pass => matches!(set, Verdict::Pass | Verdict::NotApplicable),
                        Verdict::NotApplicable => *set == Verdict::NotApplicable,
                        Verdict::Unknown => true,
                    };
                    prop_assert!(holds, "{:?} is {} while open and {} with {:?}\n{:#}", what, open, set, given, template);
                }
            }
        }

        /// A verdict that is unknown only because parameters are open says so: with all of them
        /// set, there is nothing left in these templates that could be unknown for that reason.
        #[test]
        fn are_no_reason_once_they_are_set((parameters, template) in template()) {
            let text = written(&template, true);
            for given in assignments(&parameters).into_iter().take(3) {
                let results = judge(&text, &given, true);
                for finding in &results.findings {
                    let Some(unknown) = &finding.unknown else { continue };
                    prop_assert!(unknown.fails_when.is_empty(), "{} {}: {:?} with {:?}\n{:#}", finding.rule.id, finding.resource.id, unknown, given, template);
                    prop_assert!(!unknown.reason.contains("no value and no default"), "{:?} with {:?}\n{:#}", unknown, given, template);
                }
            }
        }
    }
}
