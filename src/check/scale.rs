//! Twice the resources are twice the work: SecureCart, good and faulty, many times in one account. What is counted
//! is how often a resource is looked at, not how long it takes.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;

use super::state_coverage;
use crate::graph::{self, Graph};
use crate::model::{Resource, Snapshot, Verdict};
use crate::rule::{self, Engine, Rule};
use crate::source::{self, Input, NoFiles, Options, Scope};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/securecart");

fn copies(count: usize, complete: bool, parameters: BTreeMap<String, String>) -> Snapshot {
    let mut inputs = Vec::new();
    for copy in 0..count {
        for set in ["good", "faulty"] {
            for file in ["global.yaml", "eu-central-1.yaml", "us-east-1.yaml"] {
                let path = format!("{ROOT}/cloudformation/{set}/{file}");
                let text = fs::read_to_string(path).expect("a fixture");
                // No host, bucket, database or export is there twice, and each is an application of
                // its own with a backup plan for what has its tag: answers do not grow.
                let mine = format!("securecart-{set}{copy}");
                let text = text
                    .replace("securecart", &mine)
                    .replace("Value: daily", &format!("Value: {mine}"))
                    .replace("Value: order-intake", &format!("Value: {mine}"));
                inputs.push(Input {
                    path: format!("{set}/{copy}/{file}").into(),
                    bytes: text.into_bytes(),
                });
            }
        }
    }
    let options = Options {
        parameters: vec![(Scope::Everything, parameters)],
        ..Options::default()
    };
    let mut read = source::read(&inputs, &NoFiles, &options);
    state_coverage(&mut read, complete);
    read.snapshot
}

/// As the AWS CLI takes them.
fn parameters() -> BTreeMap<String, String> {
    let text = fs::read_to_string(format!("{ROOT}/parameters.json")).expect("a fixture");
    let all: Vec<serde_json::Value> = serde_json::from_str(&text).expect("JSON");
    let text = |one: &serde_json::Value, key: &str| one[key].as_str().map(str::to_owned);
    let pair = |one| Some((text(one, "ParameterKey")?, text(one, "ParameterValue")?));
    // A record of which nobody knows where it leads may lead to anything, and is looked at each time.
    let target = ("FranceTarget".to_owned(), "france.example.com".to_owned());
    all.iter().filter_map(pair).chain([target]).collect()
}

fn rules() -> Vec<Rule> {
    let builtin = rule::builtin().iter();
    let rules = builtin.map(|(path, text)| rule::parse(path, text).expect("a rule"));
    rules.collect()
}

/// How often a resource is looked at while each rule judges a snapshot.
fn looks(rules: &[Rule], snapshot: &Snapshot) -> Vec<u64> {
    let graph = Graph::build(snapshot);
    let each = rules.iter().map(|rule| {
        let before = graph::looks();
        let engine = Engine::new(std::slice::from_ref(rule));
        engine.run(&graph, snapshot.resources.len(), &|_, _, _| false);
        graph::looks() - before
    });
    each.collect()
}

#[test]
fn twice_the_resources_are_twice_the_work() {
    let rules = rules();
    // One thread, which counts.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let grown: Vec<String> = pool.expect("a thread").install(|| {
        let mut grown = Vec::new();
        for complete in [true, false] {
            let once = looks(&rules, &copies(3, complete, parameters()));
            let twice = looks(&rules, &copies(6, complete, parameters()));
            for ((rule, once), twice) in rules.iter().zip(once).zip(twice) {
                if twice > once * 9 / 4 {
                    grown.push(format!("{} {complete}: {once} {twice}", rule.info.id));
                }
            }
        }
        grown
    });
    assert!(grown.is_empty(), "{grown:#?}");
}

/// Every verdict, by rule and resource.
fn verdicts(rules: &[Rule], snapshot: &Snapshot) -> Vec<(usize, String, Verdict)> {
    let graph = Graph::build(snapshot);
    let all = Mutex::new(Vec::new());
    let note = |verdict, rule, resource: &Resource| {
        let one = (rule, resource.key.to_string(), verdict);
        all.lock().expect("one thread").push(one);
        false
    };
    Engine::new(rules).run(&graph, snapshot.resources.len(), &note);
    all.into_inner().expect("one thread")
}

/// Without parameters, much is not known of names, tags and Regions, and of what exists.
#[test]
fn what_an_index_finds_is_what_there_is() {
    let rules = rules();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("a thread").install(|| {
        for complete in [true, false] {
            for parameters in [parameters(), BTreeMap::new()] {
                let snapshot = copies(2, complete, parameters);
                let found = verdicts(&rules, &snapshot);
                graph::scan(true);
                let scanned = verdicts(&rules, &snapshot);
                graph::scan(false);
                assert!(found.len() > 1000 && found == scanned);
            }
        }
    });
}
