//! What the whole catalogue costs on a large account in memory: SecureCart, good and faulty by turns, until there are
//! `SKYLINT_BENCH_RESOURCES` resources (100,000 when nobody says), each time under another name.
//!
//! `cargo bench --bench catalogue`. It prints the CPU time of the graph, of all rules together, and of the rules that
//! take most.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;
use std::{env, fs};

use mimalloc::MiMalloc;
use skylint::check::Request;
use skylint::graph::Graph;
use skylint::model::{Snapshot, Verdict};
use skylint::rule::{self, Engine, Rule};
use skylint::source::{self, Input, NoFiles, Scope};

/// The command's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const SETS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/securecart/cloudformation"
);
const FILES: [&str; 3] = ["global.yaml", "eu-central-1.yaml", "us-east-1.yaml"];

fn main() -> io::Result<()> {
    // One thread, so that time is CPU time.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.map_err(io::Error::other)?.install(run)
}

fn run() -> io::Result<()> {
    let said = env::var("SKYLINT_BENCH_RESOURCES").ok();
    let wanted = said.and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let snapshot = snapshot(wanted)?;
    let rules = rules();
    let mut to = io::stdout();
    writeln!(
        to,
        "{} resources, {} rules",
        snapshot.resources.len(),
        rules.len()
    )?;
    let begin = cpu_time()?;
    let graph = Graph::build(&snapshot);
    let built = cpu_time()?.saturating_sub(begin);
    let engine = Engine::new(&rules);
    let begin = cpu_time()?;
    let (_, counts) = engine.run(&graph, snapshot.resources.len(), &|_, _, _| false);
    let judged = cpu_time()?.saturating_sub(begin);
    let counts = Verdict::ALL.map(|verdict| format!("{} {verdict}", counts.of(verdict)));
    writeln!(to, "{}", counts.join(", "))?;
    writeln!(to, "graph {:7.1} ms", built.as_secs_f64() * 1e3)?;
    writeln!(to, "rules {:7.1} ms", judged.as_secs_f64() * 1e3)?;

    let mut each = Vec::new();
    for rule in &rules {
        let engine = Engine::new(std::slice::from_ref(rule));
        let begin = cpu_time()?;
        engine.run(&graph, snapshot.resources.len(), &|_, _, _| false);
        each.push((cpu_time()?.saturating_sub(begin), &rule.info.id));
    }
    each.sort_by(|a, b| b.cmp(a));
    for (took, id) in each.into_iter().take(12) {
        writeln!(to, "{id:7} {:5.1} ms", took.as_secs_f64() * 1e3)?;
    }
    Ok(())
}

/// The time this thread has had a processor, which does not depend on what else runs.
fn cpu_time() -> io::Result<Duration> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat")?;
    let spent = stat.split_whitespace().next().and_then(|n| n.parse().ok());
    let missing = || io::Error::other("this kernel does not say how long a thread ran");
    spent.map(Duration::from_nanos).ok_or_else(missing)
}

fn snapshot(wanted: usize) -> io::Result<Snapshot> {
    let mut texts = Vec::new();
    for set in ["good", "faulty"] {
        for file in FILES {
            let path = format!("{set}/{file}");
            texts.push((fs::read_to_string(format!("{SETS}/{path}"))?, path));
        }
    }
    let mut request = Request::default();
    let parameters = fs::read(format!("{SETS}/../parameters.json"))?;
    request.options.parameters = vec![(Scope::Everything, values(&parameters)?)];
    let mut inputs = Vec::new();
    // A pair of sets first, to know how many resources one holds.
    let mut per_pair = 0;
    for copy in 0.. {
        if copy > 0 && copy * per_pair >= wanted {
            break;
        }
        for (text, path) in &texts {
            inputs.push(Input {
                path: format!("{copy}/{path}").into(),
                bytes: renamed(text, copy).into_bytes(),
            });
        }
        if copy == 0 {
            per_pair = source::read(&inputs, &NoFiles, &request.options)
                .snapshot
                .resources
                .len()
                .max(1);
        }
    }
    Ok(source::read(&inputs, &NoFiles, &request.options).snapshot)
}

/// A copy of a template under another name, so that no host, bucket or database is there twice.
fn renamed(text: &str, copy: usize) -> String {
    text.replace("securecart", &format!("securecart{copy}"))
        .replace("SecureCart", &format!("SecureCart{copy}"))
}

/// Parameters as the AWS CLI takes them.
fn values(json: &[u8]) -> io::Result<BTreeMap<String, String>> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Parameter {
        parameter_key: String,
        parameter_value: String,
    }
    let all: Vec<Parameter> = serde_json::from_slice(json)?;
    Ok(all
        .into_iter()
        .map(|p| (p.parameter_key, p.parameter_value))
        .collect())
}

fn rules() -> Vec<Rule> {
    rule::builtin()
        .iter()
        .filter_map(|(path, text)| rule::parse(path, text).ok())
        .collect()
}
