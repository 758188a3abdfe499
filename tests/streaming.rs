//! A snapshot file is judged while it streams past; the report is that of the same file in memory,
//! byte for byte.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use skylint::check::{Request, check};
use skylint::model::{Map, Part, Reference, Resource, Value};
use skylint::report::{self, Format, Material, Settings};
use skylint::rule::{self, Rule};
use skylint::source::cloudformation::parse_parameters;
use skylint::source::native::{Gap, Lines, Manifest, assemble, order};
use skylint::source::{self, Files, Input, NoFiles, Options, Scope};

const NAME: &str = "prod.snapshot";
const HOME: &str = "111122223333";

/// Rules that ask of other resources whatever can be asked.
const MORE: [(&str, &str, &str); 4] = [
    (
        "TST-001",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        r#"referrers(self, "AWS::ElasticLoadBalancingV2::Listener").all(l, has(l.LoadBalancerArn))"#,
    ),
    (
        "TST-002",
        "AWS::RDS::DBInstance",
        r#"resources("AWS::ElasticLoadBalancingV2::LoadBalancer").exists(l, l.Scheme == "internal" || tag(l, "Name") == "x")"#,
    ),
    (
        "TST-003",
        "AWS::ElasticLoadBalancingV2::Listener",
        r#"lookup("AWS::ElasticLoadBalancingV2::LoadBalancer", self.LoadBalancerArn).Scheme == "internal""#,
    ),
    (
        "TST-004",
        "AWS::EC2::Subnet",
        r#"region(self) == "eu-central-1" && names(self).exists(n, n == "x")"#,
    ),
];

fn rules() -> Vec<Rule> {
    let mut rules: Vec<Rule> = rule::builtin()
        .iter()
        .map(|(path, text)| rule::parse(path, text).unwrap())
        .collect();
    for (id, rtype, require) in MORE {
        let text = format!(
            "id: {id}\nslug: s\ntitle: t\nseverity: low\nresource: {rtype}\nrequire: >\n  {require}\n\
             message: \"{{self}} is wrong\"\nwhy: w\nfix: {{ text: f }}\nreferences: [https://example.com]\n"
        );
        let rule = rule::parse(&format!("{id}-s.yaml"), &text);
        rules.push(rule.unwrap_or_else(|e| panic!("{:?}", e.faults)));
    }
    rules
}

/// What SecureCart would be in an account: every reference is a name, ARN or host by now.
fn deployed(set: &str) -> Vec<Resource> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/securecart");
    let mut inputs = Vec::new();
    for entry in fs::read_dir(folder.join("cloudformation").join(set)).unwrap() {
        let path = entry.unwrap().path();
        inputs.push(Input {
            path: path.to_string_lossy().as_ref().into(),
            bytes: fs::read(&path).unwrap(),
        });
    }
    let text = fs::read_to_string(folder.join("parameters.json")).unwrap();
    let options = Options {
        accounts: vec![(Scope::Everything, HOME.into())],
        parameters: vec![(Scope::Everything, parse_parameters(&text).unwrap())],
        ..Options::default()
    };
    let mut resources = source::read(&inputs, &NoFiles, &options).snapshot.resources;
    let named: BTreeMap<Arc<str>, Arc<str>> = resources
        .iter()
        .map(|r| (Arc::clone(&r.key), Arc::clone(&r.id)))
        .collect();
    let mut more: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
    for resource in &mut resources {
        resource.properties = map(&resource.properties, &named, &mut more);
        resource.exists = Value::Bool(true);
    }
    for resource in &mut resources {
        let region = resource.region.name().unwrap_or_default();
        resource.arn = Some(format!("arn:aws:x:{region}:{HOME}:{}", resource.id).into());
        resource.names = more.remove(&resource.key).unwrap_or_default().into();
    }
    resources
}

fn map(
    map: &Map,
    named: &BTreeMap<Arc<str>, Arc<str>>,
    more: &mut BTreeMap<Arc<str>, Vec<Arc<str>>>,
) -> Map {
    map.iter()
        .map(|(name, value)| (Arc::clone(name), known(value, named, more)))
        .collect()
}

fn known(
    value: &Value,
    named: &BTreeMap<Arc<str>, Arc<str>>,
    more: &mut BTreeMap<Arc<str>, Vec<Arc<str>>>,
) -> Value {
    let mut text = |reference: &Reference| -> Option<String> {
        let id = named.get(&reference.target)?;
        let text = match reference.attribute.as_deref() {
            None => id.to_lowercase(),
            Some(name) if name.contains("DNS") || name.contains("Domain") => {
                format!("{}.elb.amazonaws.com", id.to_lowercase())
            }
            Some(name) => format!("{}-{name}", id.to_lowercase()),
        };
        more.entry(Arc::clone(&reference.target))
            .or_default()
            .push(text.as_str().into());
        Some(text)
    };
    match value {
        Value::Reference(reference) => text(reference).map_or_else(|| value.clone(), Value::string),
        Value::Composed(parts) => {
            let known: Option<String> = parts
                .iter()
                .map(|part| match part {
                    Part::Text(known) => Some(known.to_string()),
                    Part::Reference(reference) => text(reference),
                    Part::Unknown(_) => None,
                })
                .collect();
            known.map_or_else(|| value.clone(), Value::string)
        }
        Value::List(items) => {
            let items = items.iter().map(|item| known(item, named, more));
            Value::List(items.collect())
        }
        Value::Map(inner) => Value::Map(map(inner, named, more)),
        Value::Choice(choice) => known(&choice.arms[0], named, more),
        other => other.clone(),
    }
}

/// The snapshot file of some resources.
fn file(mut resources: Vec<Resource>, gaps: Vec<Gap>) -> Vec<u8> {
    resources.sort_by(order);
    let mut lines = Lines::new(Vec::new());
    for resource in &resources {
        lines.add(resource).unwrap();
    }
    let mut manifest = Manifest {
        complete: true,
        accounts: vec![HOME.to_owned()],
        types: skylint::types::names()
            .map(|name| (name.to_owned(), Vec::new()))
            .collect(),
        gaps,
        ..Manifest::default()
    };
    let lines = lines.finish(&mut manifest).unwrap();
    let mut bytes = Vec::new();
    assemble(&manifest, &*lines, &mut bytes, false).unwrap();
    bytes
}

struct Shelf(Vec<u8>);

impl Files for Shelf {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        assert_eq!(path, NAME);
        Ok(self.0.clone())
    }
}

/// The reports on a file in memory, and on the same file streamed.
fn both(bytes: Vec<u8>, before: &[Input]) -> [Vec<String>; 2] {
    let rules = rules();
    let mut request = Request {
        show_all: true,
        complete: true,
        ..Request::default()
    };
    let input = Input {
        path: NAME.into(),
        bytes: bytes.clone(),
    };
    let inputs = [before, &[input]].concat();
    let whole = check(&inputs, &NoFiles, &rules, &request, Vec::new());
    request.snapshots = vec![NAME.into()];
    let streamed = check(before, &Shelf(bytes), &rules, &request, Vec::new());
    [whole, streamed].map(|results| {
        let written = Format::ALL.map(|format| {
            let mut out = Vec::new();
            report::write(
                format,
                &Material::of(&results),
                &Settings::default(),
                &mut out,
            )
            .unwrap();
            String::from_utf8(out).unwrap()
        });
        written
            .into_iter()
            .chain([format!("{:?}", results.failures)])
            .collect()
    })
}

#[track_caller]
fn assert_same(bytes: Vec<u8>, before: &[Input]) -> String {
    let [whole, streamed] = both(bytes, before);
    for (whole, streamed) in whole.iter().zip(&streamed) {
        if whole != streamed {
            let pairs = whole.lines().zip(streamed.lines()).enumerate();
            let differ = pairs.filter(|(_, (a, b))| a != b).take(3);
            panic!("{:#?}", differ.collect::<Vec<_>>());
        }
    }
    whole.into_iter().nth(1).unwrap()
}

#[test]
fn securecart_streamed_is_securecart_in_memory() {
    for set in ["good", "faulty"] {
        let resources = deployed(set);
        assert!(resources.len() > 20);
        let report = assert_same(file(resources, Vec::new()), &[]);
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        let findings = report["findings"].as_array().unwrap();
        // There is something of everything to compare.
        let evidence = || {
            findings
                .iter()
                .flat_map(|f| f["evidence"].as_array().unwrap())
        };
        assert!(
            evidence().any(|e| !e["resource"].is_null() && !e["line"].is_null()),
            "{report:#}"
        );
        for verdict in ["pass", "fail", "unknown"] {
            assert!(
                findings.iter().any(|f| f["verdict"] == verdict),
                "{verdict} in {set}"
            );
        }
    }
}

#[test]
fn gaps_templates_beside_and_damage_are_the_same_too() {
    let gap = Gap {
        rtype: Some("AWS::WAFv2::WebACLAssociation".to_owned()),
        reason: "denied".to_owned(),
        ..Gap::default()
    };
    let bytes = file(deployed("faulty"), vec![gap]);
    assert_same(bytes.clone(), &[]);
    let path = "fixtures/securecart/cloudformation/faulty/global.yaml";
    let template = Input {
        path: path.into(),
        bytes: fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap(),
    };
    assert_same(bytes.clone(), &[template]);
    let cut = bytes[..bytes.len() / 2].to_vec();
    assert_same(cut, &[]);
    let mut garbled = bytes;
    let at = garbled.len() - 300;
    garbled[at] = 0xff;
    assert_same(garbled, &[]);
}
