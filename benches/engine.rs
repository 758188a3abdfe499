//! How long a rule takes on a resource, by the shape of the rule; and how long the graph takes.
//!
//! `cargo bench --bench engine`. Items per second are evaluations (rule × resource).

use divan::Bencher;
use divan::counter::ItemsCount;
use skylint::check::Request;
use skylint::graph::Graph;
use skylint::model::{Snapshot, Verdict};
use skylint::rule::{self, Engine, Rule};
use skylint::source::{self, Input, NoFiles};

fn main() {
    divan::main();
}

/// Resources of the types that the rules below judge, 1,000 of each, a tenth of them faulty.
fn snapshot() -> Snapshot {
    let mut template = String::from("Resources:\n");
    for i in 0..1000 {
        let good = i % 10 != 0;
        template.push_str(&format!(
            "  Db{i}: {{Type: AWS::RDS::DBInstance, Properties: {{Engine: mysql, MultiAZ: {good}, \
             BackupRetentionPeriod: 14, DBInstanceClass: db.m6g.large, StorageEncrypted: true}}}}\n  \
             Table{i}: {{Type: AWS::DynamoDB::GlobalTable, Properties: {{Replicas: [\
             {{Region: eu-central-1, PointInTimeRecoverySpecification: {{PointInTimeRecoveryEnabled: true}}}}, \
             {{Region: us-east-1, PointInTimeRecoverySpecification: {{PointInTimeRecoveryEnabled: {good}}}}}]}}}}\n  \
             Alb{i}: {{Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {{Name: web-{i}}}}}\n  \
             Eu{i}: {{Type: AWS::Route53::RecordSet, Properties: {{Name: www-{i}.example.eu, Type: A, \
             SetIdentifier: eu, GeoLocation: {{ContinentCode: EU}}, AliasTarget: \
             {{DNSName: !GetAtt Alb{i}.DNSName, HostedZoneId: Z1, EvaluateTargetHealth: {good}}}}}}}\n"
        ));
    }
    let input = Input {
        path: "bench.yaml".into(),
        bytes: template.into_bytes(),
    };
    let mut request = Request::default();
    let region = (source::Scope::Everything, "eu-central-1".into());
    request.options.regions.push(region);
    source::read(&[input], &NoFiles, &request.options).snapshot
}

/// A built-in rule.
fn rules(id: &str) -> Vec<Rule> {
    rule::builtin()
        .iter()
        .filter_map(|(path, text)| rule::parse(path, text).ok())
        .filter(|rule| id.is_empty() || &*rule.info.id == id)
        .collect()
}

/// One property; a comparison of numbers; a list inside a list; two conditions; through the graph.
#[divan::bench(args = ["DB-001", "DB-004", "DB-011", "DNS-003", "DNS-010", "SEC-001", "all"])]
fn evaluate(bencher: Bencher<'_, '_>, id: &str) {
    let snapshot = snapshot();
    let graph = Graph::build(&snapshot);
    let rules = rules(if id == "all" { "" } else { id });
    let engine = Engine::new(&rules);
    let (_, counts) = engine.run(&graph, snapshot.resources.len(), &|_, _, _| false);
    let evaluations: usize = Verdict::ALL.iter().map(|v| counts.of(*v)).sum();
    bencher
        .counter(ItemsCount::new(evaluations))
        .bench(|| engine.run(&graph, snapshot.resources.len(), &|_, _, _| false));
}

#[divan::bench]
fn build_graph(bencher: Bencher<'_, '_>) {
    let snapshot = snapshot();
    bencher
        .counter(ItemsCount::new(snapshot.resources.len()))
        .bench(|| Graph::build(&snapshot));
}

/// What every run pays before it looks at anything.
#[divan::bench]
fn load_builtin_rules(bencher: Bencher<'_, '_>) {
    bencher
        .counter(ItemsCount::new(rule::builtin().len()))
        .bench(|| rules(""));
}
