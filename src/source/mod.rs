//! The doors: what was read from files becomes a [`Snapshot`]. Nothing here does I/O of its own;
//! files that an input refers to come through [`Files`].

pub mod aws_config;
pub mod cloudformation;
pub(crate) mod columns;
pub(crate) mod fit;
pub mod native;
mod paths;
pub(crate) mod permissions;
mod suppression;
mod syntax;
pub(crate) mod tables;
pub mod terraform;
mod values;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustc_hash::FxHashMap;

use crate::document::{self, Node};
use crate::model::{
    InputFailure, InputKind, InputSummary, Location, Path, Pattern, Related, Resource, Snapshot,
    SourceFile, SourceId, Span, Value, View,
};
use crate::types;

/// The value of some JSON.
///
/// # Errors
/// What is wrong with it.
pub fn json_value(text: &str) -> Result<Value, String> {
    values::parse(text)
}

/// A file to read.
#[derive(Debug, Clone)]
pub struct Input {
    /// As the user named it, with `/` between parts.
    pub path: Arc<str>,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Access to the files an input refers to: nested templates, the stacks of a CDK output.
pub trait Files {
    /// The bytes of a file, by a path of the same kind as [`Input::path`].
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;

    /// A file whose bytes are not to be in memory all at once; it may be opened again.
    ///
    /// # Errors
    /// Why it cannot be opened, in words.
    fn open(&self, path: &str) -> Result<Box<dyn io::Read + Send>, String> {
        let bytes = self.read(path)?;
        Ok(Box::new(io::Cursor::new(bytes)))
    }

    /// The names of the files in a directory.
    ///
    /// # Errors
    /// Why it cannot be listed, in words.
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        Err(format!("{directory} is not listed here"))
    }
}

/// No files: whatever an input refers to is reported as not readable.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &str) -> Result<Vec<u8>, String> {
        Err("other files are not read here".to_owned())
    }
}

/// Which inputs a setting is for.
#[derive(Debug, Clone)]
pub enum Scope {
    /// Every one.
    Everything,
    /// Those whose path this covers.
    Only(Pattern),
    /// Those whose path this covers, or every one, as settings say that hold for many runs: one that
    /// has no such input is no surprise.
    Standing(Option<Pattern>, View),
}

impl Scope {
    /// For inputs whose path is this, lies below it, or matches it.
    pub fn only(pattern: &str) -> Self {
        Self::Only(Pattern::path(pattern))
    }

    /// Whether an input with this path is meant.
    pub fn covers(&self, path: &str) -> bool {
        match self {
            Self::Everything | Self::Standing(None, _) => true,
            Self::Only(pattern) => pattern.covers(path),
            Self::Standing(Some(pattern), view) => pattern.covers(&view.seen(path)),
        }
    }

    /// Whether somebody should hear of it when no input is meant.
    pub(crate) fn is_for_this_run(&self) -> bool {
        !matches!(self, Self::Standing(..))
    }

    fn is_specific(&self) -> bool {
        matches!(self, Self::Only(_) | Self::Standing(Some(_), _))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything | Self::Standing(None, _) => f.write_str("everything"),
            Self::Only(pattern) | Self::Standing(Some(pattern), _) => f.write_str(pattern.as_str()),
        }
    }
}

/// Gives every switch of a snapshot a number of its own.
#[derive(Debug, Default)]
pub struct SwitchIds(AtomicU32);

impl SwitchIds {
    pub(crate) fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// What the user says about the inputs.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The Region inputs are deployed to. A setting for a path wins over one for everything, a
    /// later one over an earlier.
    pub regions: Vec<(Scope, Arc<str>)>,
    /// The account inputs are deployed to.
    pub accounts: Vec<(Scope, Arc<str>)>,
    /// Values of template parameters. All that cover an input count, later ones over earlier.
    pub parameters: Vec<(Scope, BTreeMap<String, String>)>,
    /// Where the `.tf` files of plans and states are, if not beside them.
    pub source_roots: Vec<Arc<str>>,
    /// What every input is, whatever it looks like.
    pub kind: Option<InputKind>,
    /// Shared by all reads that end up in one snapshot.
    pub switch_ids: Arc<SwitchIds>,
}

impl Options {
    /// The Region an input is deployed to: what the user says of this input, else what it says
    /// itself, else what the user says of all.
    pub fn region_for(&self, path: &str, said: Option<Arc<str>>) -> Option<Arc<str>> {
        Self::setting(&self.regions, path, said)
    }

    /// The account an input is deployed to, likewise.
    pub fn account_for(&self, path: &str, said: Option<Arc<str>>) -> Option<Arc<str>> {
        Self::setting(&self.accounts, path, said)
    }

    fn setting(
        settings: &[(Scope, Arc<str>)],
        path: &str,
        said: Option<Arc<str>>,
    ) -> Option<Arc<str>> {
        let covering = || {
            settings
                .iter()
                .rev()
                .filter(|(scope, _)| scope.covers(path))
        };
        let value = |(_, value): &(Scope, Arc<str>)| Arc::clone(value);
        covering()
            .find(|(scope, _)| scope.is_specific())
            .map(value)
            .or(said)
            .or_else(|| covering().next().map(value))
    }
}

/// Why an input could not be read, or only in part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct SourceError {
    /// The input.
    pub path: Arc<str>,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// Where in the file.
    pub span: Option<Span>,
    /// What to do about it.
    pub help: Option<String>,
}

impl SourceError {
    /// As reports show it. `source` is the file it is in and its text.
    pub fn into_failure(self, source: Option<(SourceId, &str)>) -> InputFailure {
        let location = self
            .span
            .zip(source)
            .map(|(span, (id, text))| Location::in_text(Some(id), self.path.clone(), text, span));
        InputFailure {
            path: self.path,
            message: self.message.into(),
            location,
            help: self.help.map(Into::into),
        }
    }
}

/// Something of a live account that was to be read and could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The snapshot file that says so.
    pub path: Arc<str>,
    /// The resource type; `None` for all.
    pub rtype: Option<Arc<str>>,
    /// The account; `None` for all.
    pub account: Option<Arc<str>>,
    /// The Region; `None` for all.
    pub region: Option<Arc<str>>,
    /// The call that failed.
    pub operation: Arc<str>,
    /// Why, and what to do about it.
    pub reason: Arc<str>,
    /// Some of it was read.
    pub is_partial: bool,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    /// Everything, in one snapshot.
    pub snapshot: Snapshot,
    /// The documents, in the order of [`Snapshot::sources`], for [`locate`].
    pub trees: Vec<Option<Node>>,
    /// What it takes to find lines for plans and states.
    pub lines: FxHashMap<SourceId, terraform::Lines>,
    /// Where the configuration items are that resources were made of.
    pub items: aws_config::Entries,
    /// Where the lines of snapshot files begin.
    pub offsets: native::Offsets,
    /// What could not be read of live accounts.
    pub unread: Vec<Unread>,
    /// What each input turned out to be.
    pub inputs: Vec<InputSummary>,
    /// What could not be read, or only in part.
    pub failures: Vec<InputFailure>,
    /// What the user should know all the same.
    pub warnings: Vec<InputFailure>,
}

impl Read {
    /// Adds a file that was read.
    fn add_source(
        &mut self,
        path: Arc<str>,
        text: Arc<str>,
        tree: Option<Node>,
        kind: InputKind,
    ) -> SourceId {
        let mut file = SourceFile::new(path, text, true);
        file.kind = Some(kind);
        self.snapshot.sources.push(file);
        self.trees.push(tree);
        self.snapshot.sources.len() - 1
    }

    /// Says something about the inputs that does not keep them from being read.
    fn warn(&mut self, message: String) {
        self.warnings.push(InputFailure {
            path: "".into(),
            message: message.into(),
            location: None,
            help: None,
        });
    }

    fn fail(&mut self, error: SourceError, source: Option<SourceId>) {
        let file = source.and_then(|id| Some((id, self.snapshot.sources.get(id)?)));
        let text = file.map(|(id, file)| (id, &*file.text));
        let failure = error.into_failure(text);
        if !self.failures.contains(&failure) {
            self.failures.push(failure);
        }
    }
}

/// What kind of input a file is, by its content; `None` for what skylint has no door for.
pub fn detect(bytes: &[u8]) -> Option<InputKind> {
    native::detect(bytes)
        .then_some(InputKind::Snapshot)
        .or_else(|| aws_config::detect(bytes).then_some(InputKind::AwsConfig))
        .or_else(|| terraform::detect(bytes))
        .or_else(|| cloudformation::detect(bytes).then_some(InputKind::CloudFormation))
}

/// Reads inputs into one snapshot. One that cannot be read is a failure and does not keep the
/// others from being read.
pub fn read(inputs: &[Input], files: &dyn Files, options: &Options) -> Read {
    let mut read = Read::default();
    let mut templates = Vec::new();
    let mut plans = Vec::new();
    let mut items = Vec::new();
    let mut snapshots = Vec::new();
    for input in inputs {
        match options.kind.or_else(|| detect(&input.bytes)) {
            Some(InputKind::CloudFormation) => templates.push(input),
            Some(InputKind::TerraformPlan | InputKind::TerraformState) => plans.push(input),
            Some(InputKind::AwsConfig) => items.push(input),
            Some(InputKind::Snapshot) => snapshots.push(input),
            // The door says what is wrong with the text.
            None if is_broken(input) => templates.push(input),
            None => read.fail(
                SourceError {
                    path: input.path.clone(),
                    message:
                        "nothing skylint can read: it is not a CloudFormation or SAM template, \
                              not the manifest of a CDK output, not a Terraform plan or state, not \
                              an AWS Config snapshot and not a snapshot file"
                            .to_owned(),
                    span: None,
                    help: Some(
                        "a template has a Resources section whose entries have a Type such as \
                         AWS::S3::Bucket"
                            .to_owned(),
                    ),
                },
                None,
            ),
        }
    }
    cloudformation::read(&templates, files, options, &mut read);
    terraform::read(&plans, files, options, &mut read);
    aws_config::read(&items, options, &mut read);
    native::read(&snapshots, options, &mut read);
    read
}

/// Where a property stands in the files.
#[derive(Debug)]
pub struct Standing {
    /// There.
    pub location: Location,
    /// Whether it is that property, and not something around it.
    pub exact: bool,
    /// Where its value comes from, when that is elsewhere.
    pub related: Vec<Related>,
}

/// What a rule says to set on a resource, as it is written where the resource came from; `None`
/// where that is CloudFormation's spelling, or no other is known.
pub fn settings(read: &Read, resource: &Resource, settings: &str) -> Option<String> {
    let file = read.snapshot.sources.get(resource.origin.source)?;
    match file.kind? {
        InputKind::CloudFormation | InputKind::AwsConfig | InputKind::Snapshot => None,
        InputKind::TerraformPlan | InputKind::TerraformState => {
            terraform::settings(&resource.rtype, settings)
        }
    }
}

/// Where a property of a resource stands.
pub fn locate(read: &Read, resource: &Resource, path: &Path) -> Option<Standing> {
    let id = resource.origin.source;
    let file = read.snapshot.sources.get(id)?;
    if let Some(lines) = read.lines.get(&id) {
        return lines.locate(file, resource, path);
    }
    if read.items.is_of(id) {
        let text = |id: SourceId| read.snapshot.sources.get(id).map(|file| &*file.text);
        let (id, span, exact) = read.items.locate(resource, path, &text)?;
        return Some(Standing {
            location: read.snapshot.sources.get(id)?.location(id, span),
            exact,
            related: Vec::new(),
        });
    }
    if file.kind == Some(InputKind::Snapshot) {
        let (span, exact) = read.offsets.locate(&file.text, resource, path)?;
        return Some(Standing {
            location: file.location(id, span),
            exact,
            related: Vec::new(),
        });
    }
    let tree = read.trees.get(id)?.as_ref()?;
    let (span, exact) = cloudformation::locate(tree, &file.text, &resource.origin, path);
    Some(Standing {
        location: file.location(id, span),
        exact,
        related: Vec::new(),
    })
}

/// The value of a resource's tag, if it is known. Keys compare in any case.
pub fn tag_of<'r>(resource: &'r Resource, key: &str) -> Option<&'r str> {
    fn text(value: &Value) -> Option<&str> {
        match value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
    match resource.property(types::tags_property(&resource.rtype)?)? {
        Value::Map(tags) => {
            let mut tags = tags.iter();
            let (_, value) = tags.find(|(name, _)| name.eq_ignore_ascii_case(key))?;
            text(value)
        }
        Value::List(tags) => tags.iter().find_map(|tag| {
            let Value::Map(tag) = tag else { return None };
            let name = text(tag.get("Key")?)?;
            name.eq_ignore_ascii_case(key)
                .then(|| text(tag.get("Value")?))?
        }),
        _ => None,
    }
}

/// The files that a resource is in: the input, and for plans and state the `.tf` file.
pub fn files_of(read: &Read, resource: &Resource) -> impl Iterator<Item = Arc<str>> {
    let id = resource.origin.source;
    let input = read
        .snapshot
        .sources
        .get(id)
        .map(|file| Arc::clone(&file.path));
    let written = read
        .lines
        .get(&id)
        .and_then(|_| locate(read, resource, &Path::root()));
    let written = written.map(|standing| standing.location.path);
    input.into_iter().chain(written)
}

/// Whether a file is JSON or YAML, as far as can be told, and cannot be read as such.
fn is_broken(input: &Input) -> bool {
    let Ok(text) = document::decode(&input.bytes) else {
        return true;
    };
    let named = input.path.rsplit_once('.').is_none_or(|(_, extension)| {
        matches!(extension, "yaml" | "yml" | "json" | "template" | "cfn")
    });
    (named || text.trim_start().starts_with(['{', '['])) && document::parse(&text).is_err()
}
