//! Terraform and OpenTofu: plans and state.
//!
//! Values come from JSON, what refers to what from the plan's configuration, lines from the `.tf`
//! files where they are at hand. The type files say what each attribute is to CloudFormation.

mod address;
mod binary;
mod config;
mod detect;
mod hcl;
mod ignore;
mod lines;
mod marks;
mod plan;
mod providers;
mod references;
mod resource;
mod resources;
mod sources;
mod spelling;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use lines::Lines;
pub use spelling::settings;

use self::detect::Shape;
use self::lines::Entry;
use self::providers::Setting;
use self::sources::Sources;
use super::{Files, Input, Options, Read, SourceError, paths, syntax};
use crate::document;
use crate::model::{InputFailure, InputKind, InputSummary, Resource, SourceFile, SourceId, Span};
use crate::types::{self, Door};

/// What kind of Terraform's files this is; `None` if it is none of them.
pub fn detect(bytes: &[u8]) -> Option<InputKind> {
    Some(match detect::shape(bytes)? {
        Shape::Plan | Shape::BinaryPlan => InputKind::TerraformPlan,
        Shape::ShownState | Shape::State | Shape::Encrypted => InputKind::TerraformState,
    })
}

/// Why a file cannot be read.
#[derive(Debug)]
struct Fault {
    message: String,
    help: Option<String>,
    span: Option<Span>,
}

impl Fault {
    fn new(message: impl Into<String>, help: &str) -> Self {
        Self {
            message: message.into(),
            help: Some(help.to_owned()),
            span: None,
        }
    }

    fn syntax(error: &serde_json::Error, text: &str) -> Self {
        let (message, span) = syntax::fault(error, text, "`terraform show -json`");
        let help = "was it cut off? `terraform show -json` writes it anew";
        Self {
            message,
            help: error.is_eof().then(|| help.to_owned()),
            span: Some(span),
        }
    }
}

/// The formats this door knows: 0.1 and 0.2, and every 1.x, which Terraform promises to be
/// readable by whoever reads 1.0.
/// <https://developer.hashicorp.com/terraform/internals/json-format#format-summary>
fn check_format(what: &str, version: &str) -> Result<(), Fault> {
    let major = version.split('.').next().unwrap_or_default();
    match major {
        "0" | "1" => Ok(()),
        "" => Err(Fault::new(
            format!("the {what} does not say its format_version"),
            "give the output of `terraform show -json`",
        )),
        _ => Err(Fault::new(
            format!("it is a {what} of format {version}; skylint reads formats 0.1 to 1.x"),
            "use a newer skylint, or an older Terraform",
        )),
    }
}

fn nothing_of_aws<'a>(what: &str, types: impl Iterator<Item = &'a str>) -> Fault {
    let providers: BTreeSet<&str> = types
        .map(|name| name.split('_').next().unwrap_or(name))
        .collect();
    let list: Vec<&str> = providers.into_iter().take(5).collect();
    let message = match list.as_slice() {
        [] => format!("the {what} has no resources"),
        list => format!(
            "the {what} has no AWS resources, only resources of: {}",
            list.join(", ")
        ),
    };
    Fault::new(message, "skylint lints AWS accounts")
}

/// A file on its way into the snapshot.
struct Reading<'a> {
    path: Arc<str>,
    source: SourceId,
    /// What the user says of Region and account.
    fallback: Setting,
    files: &'a dyn Files,
    options: &'a Options,
    /// The sources a binary plan carries.
    carried: Option<Sources>,
    sources: Sources,
    entries: Vec<Entry>,
    /// Resource types that skylint does not know.
    unread: BTreeMap<String, usize>,
    incomplete: Vec<(String, String)>,
    resources: Vec<Resource>,
    /// What adds to other resources.
    attachments: Vec<resources::Attachment>,
}

impl Reading<'_> {
    fn entry(&mut self, entry: Entry) -> usize {
        self.entries.push(entry);
        self.entries.len() - 1
    }

    /// Whether skylint has any use for a Terraform resource type.
    fn reads(&mut self, rtype: &str) -> bool {
        let reads = crate::types::for_terraform(rtype).is_some() || resources::is_attachment(rtype);
        if !reads && rtype.starts_with("aws_") {
            self.unread(rtype);
        }
        reads
    }

    /// Takes up a resource that has been described.
    fn take(&mut self, described: &resource::Described<'_>) {
        match resource::attachment(described) {
            Some(attachment) => self.attachments.push(attachment),
            None => self.resources.extend(resource::build(described)),
        }
    }

    fn unread(&mut self, rtype: &str) {
        *self.unread.entry(rtype.to_owned()).or_default() += 1;
    }

    fn incomplete(&mut self, why: &str, help: &str) {
        self.incomplete.push((why.to_owned(), help.to_owned()));
    }

    /// Reads the `.tf` files of modules, by the names that lead to them.
    fn load(
        &mut self,
        modules: &BTreeSet<Vec<String>>,
        called: &dyn Fn(&[String]) -> Option<String>,
    ) {
        if let Some(carried) = self.carried.take() {
            self.sources = carried;
            return;
        }
        let beside = match self.path.rsplit_once('/') {
            Some((directory, _)) => directory.to_owned(),
            None => ".".to_owned(),
        };
        let given = self
            .options
            .source_roots
            .iter()
            .map(|root| paths::normal(root));
        for root in given.chain([beside]) {
            let found = Sources::from_directory(&root, self.files, modules, called);
            if !found.is_empty() {
                self.sources = found;
                return;
            }
        }
    }
}

/// Reads plans and states into one snapshot.
pub(super) fn read(inputs: &[&Input], files: &dyn Files, options: &Options, read: &mut Read) {
    let binaries: Vec<&Input> = inputs
        .iter()
        .copied()
        .filter(|input| detect::shape(&input.bytes) == Some(Shape::BinaryPlan))
        .collect();
    let mut used: Vec<&str> = Vec::new();
    for input in inputs {
        let shape = detect::shape(&input.bytes);
        let fault = match shape {
            Some(Shape::BinaryPlan) => continue,
            Some(Shape::Encrypted) => Some(Fault::new(
                "OpenTofu has encrypted it",
                "`tofu show -json` with the key at hand writes what skylint can read",
            )),
            None => Some(Fault::new(
                "it is neither a plan nor a state of Terraform",
                "give the output of `terraform show -json`",
            )),
            Some(_) => None,
        };
        if let Some(fault) = fault {
            fail(read, &input.path, fault, None);
            continue;
        }
        let binary = matches!(shape, Some(Shape::Plan))
            .then(|| belonging(&input.path, &binaries))
            .flatten();
        if let Some(binary) = binary {
            used.push(&binary.path);
        }
        one(input, shape, binary, files, options, read);
    }
    for binary in binaries {
        if !used.contains(&&*binary.path) {
            let fault = Fault::new(
                "a binary plan keeps its values in a form only the same Terraform can read",
                &format!(
                    "`terraform show -json {path} > plan.json`, and give plan.json; with {path} \
                     beside it on the command line findings point into the sources it carries",
                    path = binary.path
                ),
            );
            fail(read, &binary.path, fault, None);
        }
    }
}

/// The binary plan that a JSON plan was made of: the one with the same name, or the only one.
fn belonging<'i>(path: &str, binaries: &[&'i Input]) -> Option<&'i Input> {
    let stem = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.split('.').next().unwrap_or(name).to_owned()
    };
    match binaries {
        [one] => Some(one),
        several => several
            .iter()
            .copied()
            .find(|binary| stem(&binary.path) == stem(path)),
    }
}

fn fail(read: &mut Read, path: &Arc<str>, fault: Fault, source: Option<SourceId>) {
    read.fail(
        SourceError {
            path: path.clone(),
            message: fault.message,
            span: fault.span,
            help: fault.help,
        },
        source,
    );
}

fn one(
    input: &Input,
    shape: Option<Shape>,
    binary: Option<&Input>,
    files: &dyn Files,
    options: &Options,
    read: &mut Read,
) {
    let text: Arc<str> = match document::decode(&input.bytes) {
        Ok(text) => text.into(),
        Err(error) => {
            let fault = Fault {
                message: error.message,
                help: error.help,
                span: None,
            };
            return fail(read, &input.path, fault, None);
        }
    };
    let kind = match shape {
        Some(Shape::Plan) => InputKind::TerraformPlan,
        _ => InputKind::TerraformState,
    };
    let source = read.add_source(input.path.clone(), Arc::clone(&text), None, kind);
    let carried = match binary.map(|binary| (binary, binary::sources(&binary.bytes))) {
        Some((binary, Ok(found))) => Some(Sources::carried(&binary.path, found)),
        Some((binary, Err(why))) => {
            fail(read, &binary.path, Fault::new(why, "plan again"), None);
            None
        }
        None => None,
    };
    let mut reading = Reading {
        path: input.path.clone(),
        source,
        fallback: Setting {
            region: options.region_for(&input.path, None),
            account: options.account_for(&input.path, None),
            tags: None,
        },
        files,
        options,
        carried,
        sources: Sources::default(),
        entries: Vec::new(),
        unread: BTreeMap::new(),
        incomplete: Vec::new(),
        resources: Vec::new(),
        attachments: Vec::new(),
    };
    let outcome = match shape {
        Some(Shape::Plan) => plan::read(&text, &mut reading),
        Some(Shape::ShownState) => state::read_shown(&text, &mut reading),
        _ => state::read(&text, &mut reading),
    };
    if let Err(fault) = outcome {
        return fail(read, &input.path, fault, Some(source));
    }
    settle(input, kind, reading, read);
}

/// Puts what was read into the snapshot.
fn settle(input: &Input, kind: InputKind, reading: Reading<'_>, read: &mut Read) {
    let Reading {
        source,
        sources,
        entries,
        unread,
        incomplete,
        mut resources,
        attachments,
        ..
    } = reading;
    resources::connect(attachments, &mut resources);
    for (message, help) in incomplete {
        read.failures.push(InputFailure {
            path: input.path.clone(),
            message: message.into(),
            location: None,
            help: Some(help.into()),
        });
    }
    if !unread.is_empty() {
        let count: usize = unread.values().sum();
        let names: Vec<&str> = unread.keys().take(5).map(String::as_str).collect();
        let more = if unread.len() > names.len() {
            ", …"
        } else {
            ""
        };
        let list = format!("{}{more}", names.join(", "));
        let spelled = types::spelled(Door::Terraform);
        read.snapshot.coverage.limit(
            spelled.into_iter().map(Arc::from).collect(),
            &format!(
                "{} has {count} resources of types that skylint does not read from Terraform ({list})",
                input.path
            ),
            &format!(
                "skylint does not read {{}} from Terraform, and {} has resources that it does not read ({list})",
                input.path
            ),
        );
    }
    let mut lines = Lines {
        entries,
        ..Lines::default()
    };
    for (_, file) in sources.all() {
        read.snapshot.sources.push(SourceFile::new(
            Arc::clone(&file.path),
            Arc::clone(&file.text),
            true,
        ));
        read.trees.push(None);
        lines
            .ids
            .insert(Arc::clone(&file.path), read.snapshot.sources.len() - 1);
    }
    ignore::attach(&sources, &lines.ids, &lines.entries, &mut resources, read);
    lines.sources = sources;
    read.lines.insert(source, lines);
    read.inputs.push(InputSummary {
        path: input.path.clone(),
        kind: kind.as_str(),
        resources: resources.len(),
    });
    read.snapshot.resources.extend(resources);
}
