//! `skylint graph`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::json;

use super::CliError;
use super::check::InputArgs;
use super::inputs::Disk;
use super::output;
use super::rule_set::Selection;
use crate::check::{Request, check};
use crate::graph::{Graph, Stop, Traffic};
use crate::model::Verdict;
use crate::policy::Outcome;
use crate::source::{self, Files as _, Input};

/// Show where traffic goes, from the names in DNS to what answers
///
/// What is drawn is what the rules see. Stops that a rule fails are marked with the rule.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// Only what is on the way from this host
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// Only what is on a way through this resource, by id, name or ARN
    #[arg(long, value_name = "ID")]
    resource: Option<String>,
    /// How to draw it
    #[arg(long, short = 'f', value_enum, default_value = "text")]
    format: Drawing,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Drawing {
    /// A tree
    Text,
    /// Nodes and edges
    Json,
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
}

/// What is drawn.
struct Picture {
    nodes: Vec<Node>,
    /// From, to, label.
    edges: Vec<(usize, usize, String)>,
    roots: Vec<usize>,
}

struct Node {
    name: String,
    rtype: String,
    place: String,
    /// The rules that it fails.
    fails: Vec<String>,
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let (settings, set) = args.selection.select()?;
    let options = args.input.options(&settings)?;
    let found = args.input.read(&settings, &set.places);
    let mut all = found.inputs;
    let mut failures = found.failures;
    for path in &found.snapshots {
        match Disk.read(path) {
            Ok(bytes) => all.push(Input {
                path: path.clone(),
                bytes,
            }),
            Err(why) => {
                return Err(CliError::usage(format!("cannot read {path}: {why}"), None));
            }
        }
    }
    let request = Request {
        options: options.clone(),
        complete: args.input.is_complete(&settings),
        ..set.request()
    };
    let results = check(
        &all,
        &Disk,
        &set.rules,
        &request,
        std::mem::take(&mut failures),
    );
    let mut fails: BTreeMap<(String, String, Option<String>), BTreeSet<String>> = BTreeMap::new();
    for finding in results
        .findings
        .iter()
        .filter(|f| f.verdict == Verdict::Fail)
    {
        let of = &finding.resource;
        let region = of.region.as_deref().map(str::to_owned);
        let key = (of.rtype.to_string(), of.address.to_string(), region);
        fails
            .entry(key)
            .or_default()
            .insert(finding.rule.id.to_string());
    }
    let read = source::read(&all, &Disk, &options);
    let graph = Graph::build(&read.snapshot);
    let traffic = graph.traffic();
    let picture = picture(&graph, &traffic, args, &fails)?;
    let text = match args.format {
        Drawing::Text => text(&picture),
        Drawing::Json => json(&picture),
        Drawing::Dot => dot(&picture),
        Drawing::Mermaid => mermaid(&picture),
    };
    output::print(&text)?;
    for failure in &results.failures {
        output::note(&format!("{}: {}", failure.path, failure.message));
    }
    Ok(match results.failures.is_empty() {
        true => Outcome::Passed,
        false => Outcome::Broken,
    })
}

type Fails = BTreeMap<(String, String, Option<String>), BTreeSet<String>>;

fn picture(
    graph: &Graph<'_>,
    traffic: &Traffic,
    args: &Args,
    fails: &Fails,
) -> Result<Picture, CliError> {
    let mut kept: BTreeSet<&Stop> = BTreeSet::new();
    let is_host = |stop: &Stop, host: &str| match stop {
        Stop::Resource(index) => graph.is_of_host(*index, host),
        Stop::Elsewhere(_) => false,
    };
    let is_meant = |stop: &Stop, wanted: &str| match stop {
        Stop::Resource(index) => graph.resource(*index).is_some_and(|resource| {
            let (name, _) = graph.label(*index);
            *resource.id == *wanted
                || *resource.address == *wanted
                || resource.arn.as_deref() == Some(wanted)
                || name == wanted
        }),
        Stop::Elsewhere(name) => name == wanted,
    };
    let all: BTreeSet<&Stop> = traffic.hops.iter().flat_map(|(a, b, _)| [a, b]).collect();
    match (&args.host, &args.resource) {
        (Some(host), _) => {
            let starts = all.iter().copied().filter(|stop| is_host(stop, host));
            kept = follow(starts.collect(), traffic, true);
        }
        (None, Some(wanted)) => {
            let meant: BTreeSet<&Stop> = all
                .iter()
                .copied()
                .filter(|stop| is_meant(stop, wanted))
                .collect();
            kept.extend(follow(meant.clone(), traffic, true));
            kept.extend(follow(meant, traffic, false));
        }
        (None, None) => kept.extend(all),
    }
    if kept.is_empty() {
        let what = args.host.as_deref().or(args.resource.as_deref());
        return Err(match what {
            Some(what) => CliError::usage(
                format!("no way leads from or through {what}"),
                Some("`skylint graph PATH` without a filter shows all of them".to_owned()),
            ),
            None => CliError::usage(
                "there is no record set that leads anywhere in these inputs",
                None,
            ),
        });
    }
    let order: Vec<&Stop> = kept.iter().copied().collect();
    let number = |stop: &Stop| order.binary_search(&stop).ok();
    let nodes = order.iter().map(|stop| node(graph, stop, fails)).collect();
    let edges: Vec<(usize, usize, String)> = traffic
        .hops
        .iter()
        .filter_map(|(from, to, label)| Some((number(from)?, number(to)?, label.clone())))
        .collect();
    let reached: BTreeSet<usize> = edges.iter().map(|(_, to, _)| *to).collect();
    let mut roots: Vec<usize> = (0..order.len())
        .filter(|at| !reached.contains(at))
        .collect();
    if roots.is_empty() {
        // All of it is a loop.
        roots.extend((!order.is_empty()).then_some(0));
    }
    Ok(Picture {
        nodes,
        edges,
        roots,
    })
}

/// Everything that can be reached, forwards or backwards.
fn follow<'t>(
    from: BTreeSet<&'t Stop>,
    traffic: &'t Traffic,
    forwards: bool,
) -> BTreeSet<&'t Stop> {
    let mut reached = from.clone();
    let mut waiting: Vec<&Stop> = from.into_iter().collect();
    while let Some(stop) = waiting.pop() {
        for (a, b, _) in &traffic.hops {
            let (here, next) = if forwards { (a, b) } else { (b, a) };
            if here == stop && reached.insert(next) {
                waiting.push(next);
            }
        }
    }
    reached
}

fn node(graph: &Graph<'_>, stop: &Stop, fails: &Fails) -> Node {
    match stop {
        Stop::Elsewhere(name) => Node {
            name: name.clone(),
            rtype: String::new(),
            place: "outside the inputs".to_owned(),
            fails: Vec::new(),
        },
        Stop::Resource(index) => {
            let (name, place) = graph.label(*index);
            let Some(resource) = graph.resource(*index) else {
                return Node {
                    name,
                    rtype: String::new(),
                    place,
                    fails: Vec::new(),
                };
            };
            let region = match place.as_str() {
                "in an unknown Region" => None,
                place => Some(place.to_owned()),
            };
            let key = (
                resource.rtype.to_string(),
                resource.address.to_string(),
                region,
            );
            let fails = fails.get(&key).into_iter().flatten().cloned().collect();
            Node {
                name,
                rtype: resource.rtype.to_string(),
                place,
                fails,
            }
        }
    }
}

/// `Record in global`, without what everybody knows.
fn shown(node: &Node) -> String {
    let kind = node.rtype.rsplit("::").next().unwrap_or_default();
    match (kind, node.place.as_str()) {
        ("RecordSet", _) => node.name.clone(),
        ("", place) => format!("{} ({place})", node.name),
        (kind, "global") => format!("{} ({kind})", node.name),
        (kind, place) => format!("{} ({kind}, {place})", node.name),
    }
}

fn marks(node: &Node) -> String {
    match node.fails.is_empty() {
        true => String::new(),
        false => format!("  ✗ {}", node.fails.join(", ")),
    }
}

fn text(picture: &Picture) -> String {
    let mut text = String::new();
    for root in &picture.roots {
        branch(picture, *root, "", "", "", &mut vec![], &mut text);
    }
    text
}

fn branch(
    picture: &Picture,
    at: usize,
    label: &str,
    head: &str,
    indent: &str,
    above: &mut Vec<usize>,
    text: &mut String,
) {
    let Some(node) = picture.nodes.get(at) else {
        return;
    };
    let label = match label.is_empty() {
        true => String::new(),
        false => format!("{label} "),
    };
    let _ = writeln!(text, "{head}{label}{}{}", shown(node), marks(node));
    if above.contains(&at) {
        return;
    }
    above.push(at);
    let next: Vec<&(usize, usize, String)> = picture
        .edges
        .iter()
        .filter(|(from, ..)| *from == at)
        .collect();
    for (position, (_, to, label)) in next.iter().enumerate() {
        let is_last = position + 1 == next.len();
        let (head, below) = match is_last {
            true => ("└─ ", "   "),
            false => ("├─ ", "│  "),
        };
        let label = said(picture, *to, label);
        branch(
            picture,
            *to,
            label,
            &format!("{indent}{head}"),
            &format!("{indent}{below}"),
            above,
            text,
        );
    }
    above.pop();
}

fn json(picture: &Picture) -> String {
    let nodes: Vec<_> = picture
        .nodes
        .iter()
        .enumerate()
        .map(|(id, node)| {
            json!({ "id": id, "name": node.name, "type": node.rtype, "region": node.place, "fails": node.fails })
        })
        .collect();
    let edges: Vec<_> = picture
        .edges
        .iter()
        .map(|(from, to, label)| json!({ "from": from, "to": to, "label": label }))
        .collect();
    format!(
        "{:#}\n",
        json!({ "version": 1, "nodes": nodes, "edges": edges })
    )
}

/// A label of several lines, without what everybody knows.
fn lines(node: &Node) -> String {
    let kind = node.rtype.rsplit("::").next().unwrap_or_default();
    let what = match (kind, node.place.as_str()) {
        ("RecordSet", _) => String::new(),
        ("", place) => place.to_owned(),
        (kind, "global") => kind.to_owned(),
        (kind, place) => format!("{kind}, {place}"),
    };
    let parts = [node.name.clone(), what, node.fails.join(", ")];
    let parts = parts.iter().filter(|part| !part.is_empty()).cloned();
    parts.collect::<Vec<_>>().join("\n")
}

/// What is said of a step, if the stop it leads to does not say it.
fn said<'p>(picture: &'p Picture, to: usize, label: &'p str) -> &'p str {
    let is_record = |node: &Node| node.rtype.ends_with("::RecordSet");
    let is_known = picture.nodes.get(to).is_some_and(is_record);
    match is_known || label.starts_with("in ") {
        true => "",
        false => label,
    }
}

fn dot(picture: &Picture) -> String {
    let quoted = |text: &str| {
        text.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
    };
    let mut text = String::from(
        "digraph skylint {\n  rankdir=LR\n  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=10]\n  \
         edge [fontname=\"Helvetica\", fontsize=9, color=\"#666666\"]\n",
    );
    for (id, node) in picture.nodes.iter().enumerate() {
        let colour = match node.fails.is_empty() {
            true => "",
            false => ", color=\"#c0392b\", fontcolor=\"#c0392b\", penwidth=2",
        };
        let _ = writeln!(text, "  n{id} [label=\"{}\"{colour}]", quoted(&lines(node)));
    }
    for (from, to, label) in &picture.edges {
        let label = quoted(said(picture, *to, label));
        let _ = writeln!(text, "  n{from} -> n{to} [label=\"{label}\"]");
    }
    text.push_str("}\n");
    text
}

fn mermaid(picture: &Picture) -> String {
    // Quotes and angle brackets are entities there.
    let quoted = |text: &str| {
        let text = text.replace('&', "#amp;").replace('"', "#quot;");
        text.replace('<', "#lt;").replace('>', "#gt;")
    };
    let mut text = String::from("flowchart LR\n");
    for (id, node) in picture.nodes.iter().enumerate() {
        let class = if node.fails.is_empty() {
            ""
        } else {
            ":::fails"
        };
        let label: Vec<String> = lines(node).split('\n').map(quoted).collect();
        let _ = writeln!(text, "  n{id}[\"{}\"]{class}", label.join("<br>"));
    }
    for (from, to, label) in &picture.edges {
        let label = said(picture, *to, label);
        let _ = match label.is_empty() {
            true => writeln!(text, "  n{from} --> n{to}"),
            false => writeln!(text, "  n{from} -->|\"{}\"| n{to}", quoted(label)),
        };
    }
    text.push_str("  classDef fails stroke:#c0392b,stroke-width:2px,color:#c0392b\n");
    text
}
