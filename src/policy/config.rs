//! `skylint.toml`: read with positions, every key known, so that what is wrong can be pointed at.
//!
//! `docs/skylint-toml.schema.json` says the same to editors; a test holds them to each other.

use std::str::FromStr;
use std::sync::Arc;

use super::gate::FailOn;
use super::waivers::{Waiver, read_all};
use crate::document::{Entry, Fault, Fields, Node, did_you_mean, parse_toml};
use crate::model::{Pattern, Severity, Span, Value};
use crate::rule::{self, CONTEXT, ContextKey};

/// Larger files are no settings.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A value, and where it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Said<T> {
    /// What was said.
    pub value: T,
    /// Bytes of the file.
    pub span: Span,
}

/// What `skylint.toml` says. Paths in it are relative to its directory.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Files and directories of rules, beside the built-in ones.
    pub own: Vec<Said<Arc<str>>>,
    /// Selectors: only these rules run.
    pub only: Vec<Said<Arc<str>>>,
    /// What is set everywhere.
    pub change: Change,
    /// What is known of the organisation.
    pub context: Vec<(&'static ContextKey, Value)>,
    /// What is set for some files.
    pub places: Vec<Place>,
    /// What is read.
    pub inputs: Inputs,
    /// Reports, as `--format` takes them.
    pub formats: Vec<Said<Arc<str>>>,
    /// Which verdicts to report.
    pub show: Option<Show>,
    /// The least severity that fails the run.
    pub fail_on: Option<FailOn>,
    /// Whether an unknown verdict fails the run.
    pub fail_on_unknown: Option<bool>,
    /// What was found before.
    pub baseline: Option<Said<Arc<str>>>,
    /// Waivers.
    pub waivers: Vec<Waiver>,
    /// Files of further ones.
    pub waiver_files: Vec<Said<Arc<str>>>,
}

/// What is to be otherwise with some rules.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Selectors: these rules do not run.
    pub skip: Vec<Said<Arc<str>>>,
    /// Selectors, and how severe their rules are.
    pub severity: Vec<(Said<Arc<str>>, Severity)>,
    /// A rule, and its parameters.
    pub params: Vec<(Said<Arc<str>>, Vec<Entry>)>,
}

/// Settings for the files below some paths.
#[derive(Debug, Clone)]
pub struct Place {
    /// The paths.
    pub paths: Vec<Pattern>,
    /// What is otherwise there.
    pub change: Change,
}

/// What is read, and what is said about it.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// What is checked when the command line names nothing.
    pub include: Vec<Said<Arc<str>>>,
    /// What is left out when directories are searched.
    pub exclude: Vec<Pattern>,
    /// Whether the inputs are everything there is.
    pub complete: Option<bool>,
    /// The Region of all inputs that do not say it, and of those below a path.
    pub regions: Vec<(Option<Arc<str>>, Arc<str>)>,
    /// The account, likewise.
    pub accounts: Vec<(Option<Arc<str>>, Arc<str>)>,
    /// Template parameters, as `--parameters` takes them.
    pub parameters: Vec<Said<Arc<str>>>,
    /// Where `.tf` files are.
    pub source_roots: Vec<Arc<str>>,
}

/// Which verdicts are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Those that ask for something: `fail` and `unknown`.
    Problems,
    /// Every one.
    All,
}

impl FromStr for Show {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "problems" => Ok(Self::Problems),
            "all" => Ok(Self::All),
            other => Err(format!("`{other}` is not problems or all")),
        }
    }
}

/// `partial` or `complete`.
struct Whole(bool);

impl FromStr for Whole {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "partial" => Ok(Self(false)),
            "complete" => Ok(Self(true)),
            other => Err(format!("`{other}` is not partial or complete")),
        }
    }
}

/// Reads the text of a `skylint.toml`.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn parse(text: &str) -> Result<Config, Vec<Fault>> {
    let root = document(text)?;
    let mut faults = Vec::new();
    let config = read(&root, &mut faults);
    match faults.is_empty() {
        true => Ok(config),
        false => Err(in_order(faults)),
    }
}

/// The tree of a file of settings.
pub(super) fn document(text: &str) -> Result<Node, Vec<Fault>> {
    if text.len() > MAX_BYTES {
        let limit = MAX_BYTES / 1024 / 1024;
        let message = format!("it is larger than {limit} MB");
        return Err(vec![
            Fault::new(Span::default(), message).help("is this a file of settings?"),
        ]);
    }
    parse_toml(text).map_err(|error| {
        vec![Fault {
            span: error.span,
            message: error.message,
            help: error.help,
        }]
    })
}

pub(super) fn in_order(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort_by_key(|fault| fault.span.start);
    faults.dedup();
    faults
}

fn read(root: &Node, faults: &mut Vec<Fault>) -> Config {
    let mut config = Config::default();
    let mut fields = Fields::new(root, "a file of settings", faults);
    if let Some(node) = fields.node("rules") {
        let mut fields = Fields::new(node, "`rules`", fields.faults());
        config.own = said(fields.texts("own"));
        config.only = said(fields.texts("only"));
        config.change.skip = said(fields.texts("skip"));
        fields.finish();
    }
    let (severity, params) = (fields.node("severity"), fields.node("params"));
    read_change(severity, params, &mut config.change, fields.faults());
    if let Some(node) = fields.node("context") {
        config.context = read_context(node, fields.faults());
    }
    if let Some(node) = fields.node("inputs") {
        config.inputs = read_inputs(node, fields.faults());
    }
    if let Some(node) = fields.node("override") {
        config.places = tables(node, "override", fields.faults(), read_place);
    }
    config.waiver_files = said(fields.texts("waiver-files"));
    if let Some(node) = fields.node("waivers") {
        config.waivers = read_all(node, fields.faults());
    }
    if let Some(node) = fields.node("report") {
        let mut fields = Fields::new(node, "`report`", fields.faults());
        config.formats = said(fields.texts("formats"));
        config.show = fields.word("show", ["problems", "all"]);
        fields.finish();
    }
    if let Some(node) = fields.node("gate") {
        let mut fields = Fields::new(node, "`gate`", fields.faults());
        let words = Severity::ALL.map(Severity::as_str).into_iter();
        config.fail_on = fields.word("fail-on", words.chain(["never"]));
        config.fail_on_unknown = fields.truth("fail-on-unknown");
        config.baseline = fields.text("baseline").map(|(path, node)| Said {
            value: path.into(),
            span: node.span,
        });
        fields.finish();
    }
    fields.finish();
    config
}

/// The tables of an array of them.
pub(super) fn tables<T>(
    node: &Node,
    key: &str,
    faults: &mut Vec<Fault>,
    one: impl Fn(&Node, &mut Vec<Fault>) -> Option<T>,
) -> Vec<T> {
    match node.as_list() {
        Some(items) => items.iter().filter_map(|item| one(item, faults)).collect(),
        None => {
            let message = format!("`{key}` is a list of tables, not {}", node.kind());
            faults.push(Fault::new(node.span, message).help(format!("write [[{key}]]")));
            Vec::new()
        }
    }
}

pub(super) fn said(texts: Vec<(&str, &Node)>) -> Vec<Said<Arc<str>>> {
    let said = texts.into_iter().map(|(text, node)| Said {
        value: text.into(),
        span: node.span,
    });
    said.collect()
}

fn read_change(
    severity: Option<&Node>,
    params: Option<&Node>,
    change: &mut Change,
    faults: &mut Vec<Fault>,
) {
    for entry in entries(
        severity,
        "`severity` is a table of rules and severities",
        faults,
    ) {
        let text = entry.value.as_str().unwrap_or_default();
        match text.parse() {
            Ok(severity) => change.severity.push((key(entry), severity)),
            Err(message) => {
                let message = match entry.value.as_str() {
                    Some(_) => message,
                    None => format!("a severity is a string, not {}", entry.value.kind()),
                };
                let mut fault = Fault::new(entry.value.span, message);
                fault.help = did_you_mean(text, Severity::ALL.map(Severity::as_str));
                faults.push(fault);
            }
        }
    }
    for entry in entries(
        params,
        "`params` is a table with a table for each rule",
        faults,
    ) {
        match entry.value.as_map() {
            Some(values) => change.params.push((key(entry), values.to_vec())),
            None => faults.push(
                Fault::new(
                    entry.value.span,
                    format!(
                        "the parameters of a rule are a table, not {}",
                        entry.value.kind()
                    ),
                )
                .help(format!("write [params.{}]", entry.key)),
            ),
        }
    }
}

fn key(entry: &Entry) -> Said<Arc<str>> {
    Said {
        value: entry.key.as_ref().into(),
        span: entry.key_span,
    }
}

fn entries<'n>(node: Option<&'n Node>, what: &str, faults: &mut Vec<Fault>) -> &'n [Entry] {
    let Some(node) = node else { return &[] };
    node.as_map().unwrap_or_else(|| {
        faults.push(Fault::new(
            node.span,
            format!("{what}, not {}", node.kind()),
        ));
        &[]
    })
}

fn read_context(node: &Node, faults: &mut Vec<Fault>) -> Vec<(&'static ContextKey, Value)> {
    let mut known = Vec::new();
    let mut fields = Fields::new(node, "`context`", faults);
    let mut table_names: Vec<&'static str> = CONTEXT.iter().map(|key| key.table).collect();
    table_names.dedup();
    for table in table_names {
        let Some(node) = fields.node(table) else {
            continue;
        };
        let mut fields = Fields::new(node, &format!("`context.{table}`"), fields.faults());
        for key in CONTEXT.iter().filter(|key| key.table == table) {
            let Some(node) = fields.node(key.key) else {
                continue;
            };
            match rule::fit(&key.ty(), node) {
                Ok(value) => known.push((key, value)),
                Err(node) => fields.fault(Fault::new(
                    node.span,
                    format!(
                        "`{}` is {}, not {}",
                        key.key,
                        rule::a(&key.ty()),
                        node.kind()
                    ),
                )),
            }
        }
        fields.finish();
    }
    fields.finish();
    known
}

fn read_inputs(node: &Node, faults: &mut Vec<Fault>) -> Inputs {
    let mut fields = Fields::new(node, "`inputs`", faults);
    let values = |texts: Vec<Said<Arc<str>>>| texts.into_iter().map(|said| said.value);
    let inputs = Inputs {
        include: said(fields.texts("include")),
        exclude: patterns(&mut fields, "exclude"),
        complete: fields
            .word::<Whole>("scope", ["partial", "complete"])
            .map(|whole| whole.0),
        regions: settings(&mut fields, "region", "regions"),
        accounts: settings(&mut fields, "account", "accounts"),
        parameters: said(fields.texts("parameters")),
        source_roots: values(said(fields.texts("source-roots"))).collect(),
    };
    fields.finish();
    inputs
}

fn patterns(fields: &mut Fields<'_, '_>, key: &'static str) -> Vec<Pattern> {
    let texts = fields.texts(key).into_iter();
    texts.map(|(text, _)| Pattern::path(text)).collect()
}

/// `one = "…"` for all, `each = { path = "…" }` for some.
fn settings(
    fields: &mut Fields<'_, '_>,
    one: &'static str,
    each: &'static str,
) -> Vec<(Option<Arc<str>>, Arc<str>)> {
    let mut settings = Vec::new();
    settings.extend(fields.text(one).map(|(text, _)| (None, Arc::from(text))));
    let node = fields.node(each);
    let what = format!("`{each}` is a table of paths");
    for entry in entries(node, &what, fields.faults()) {
        match entry.value.as_str() {
            Some(text) => settings.push((Some(entry.key.as_ref().into()), text.into())),
            None => fields.fault(
                Fault::new(
                    entry.value.span,
                    format!("this is a string, not {}", entry.value.kind()),
                )
                .help("put it in quotes"),
            ),
        }
    }
    settings
}

fn read_place(node: &Node, faults: &mut Vec<Fault>) -> Option<Place> {
    let mut fields = Fields::new(node, "an override", faults);
    let has_paths = fields.required("paths").is_some();
    let paths = patterns(&mut fields, "paths");
    let mut change = Change {
        skip: said(fields.texts("skip")),
        ..Change::default()
    };
    let (severity, params) = (fields.node("severity"), fields.node("params"));
    read_change(severity, params, &mut change, fields.faults());
    fields.finish();
    has_paths.then_some(Place { paths, change })
}
