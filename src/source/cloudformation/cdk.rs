//! The output of `cdk synth`: which stacks it holds, where they go, and which line of the app made
//! each resource. <https://docs.aws.amazon.com/cdk/v2/guide/configure-synth.html>

use std::sync::Arc;

use crate::document::{Node, decode, parse_json};

use super::super::{Files, SourceError, paths};

/// Assemblies in assemblies deeper than this are not followed.
const MAX_DEPTH: usize = 10;

/// A stack of a CDK output.
pub(super) struct Artifact {
    pub(super) template: String,
    pub(super) region: Option<Arc<str>>,
    pub(super) account: Option<Arc<str>>,
    pub(super) stack: Stack,
}

/// What is known of the constructs of a stack or nested stack.
#[derive(Clone)]
pub(super) struct Stack {
    metadata: Arc<Metadata>,
    /// The construct path of the stack, such as `/Shop`.
    root: String,
}

/// A place in the app's code: file, line, column.
pub(super) type Frame = (Arc<str>, usize, usize);

#[derive(Default)]
struct Metadata {
    constructs: Vec<Construct>,
    /// Construct paths of stacks and nested stacks, and their templates.
    templates: Vec<(String, String)>,
}

struct Construct {
    path: String,
    logical_id: String,
    made: Option<Frame>,
}

/// The stacks a manifest lists, those of nested assemblies included.
pub(super) fn stacks(
    manifest: &Node,
    path: &str,
    files: &dyn Files,
    problems: &mut Vec<SourceError>,
) -> Vec<Artifact> {
    let mut out = Vec::new();
    assembly(manifest, path, files, problems, 0, &mut out);
    out
}

fn assembly(
    manifest: &Node,
    path: &str,
    files: &dyn Files,
    problems: &mut Vec<SourceError>,
    depth: usize,
    out: &mut Vec<Artifact>,
) {
    let artifacts = manifest
        .get("artifacts")
        .and_then(Node::as_map)
        .unwrap_or_default();
    for entry in artifacts {
        let artifact = &entry.value;
        let properties = artifact.get("properties");
        let property = |key: &str| properties.and_then(|p| p.get(key)).and_then(Node::as_str);
        match artifact.get("type").and_then(Node::as_str) {
            Some("aws:cloudformation:stack") => {
                let Some(file) = property("templateFile") else {
                    problems.push(SourceError {
                        path: path.into(),
                        message: format!("stack {} has no templateFile", entry.key),
                        span: Some(entry.key_span),
                        help: None,
                    });
                    continue;
                };
                let (account, region) = environment(artifact);
                let metadata = Arc::new(metadata(artifact, path, files));
                let named = || {
                    let name = artifact.get("displayName").and_then(Node::as_str);
                    format!("/{}", name.unwrap_or(&entry.key))
                };
                let root = metadata
                    .templates
                    .iter()
                    .find(|(_, template)| template == file);
                let root = root.map_or_else(named, |(root, _)| root.clone());
                out.push(Artifact {
                    template: paths::beside(path, file),
                    region,
                    account,
                    stack: Stack { metadata, root },
                });
            }
            Some("cdk:cloud-assembly") if depth < MAX_DEPTH => {
                let Some(directory) = property("directoryName") else {
                    continue;
                };
                let inner = paths::beside(path, &format!("{directory}/manifest.json"));
                match load(&inner, files) {
                    Ok(tree) => assembly(&tree, &inner, files, problems, depth + 1, out),
                    Err(why) => problems.push(SourceError {
                        path: path.into(),
                        message: format!("assembly {} cannot be read: {why}", entry.key),
                        span: Some(entry.key_span),
                        help: Some("run cdk synth again".to_owned()),
                    }),
                }
            }
            _ => {}
        }
    }
}

fn load(path: &str, files: &dyn Files) -> Result<Node, String> {
    let bytes = files.read(path)?;
    let text = decode(&bytes).map_err(|error| error.message)?;
    parse_json(&text).map_err(|error| error.message)
}

/// Account and Region of `aws://account/region`.
fn environment(artifact: &Node) -> (Option<Arc<str>>, Option<Arc<str>>) {
    let text = artifact
        .get("environment")
        .and_then(Node::as_str)
        .unwrap_or_default();
    let mut parts = text.strip_prefix("aws://").unwrap_or_default().split('/');
    let mut known = || {
        parts
            .next()
            .filter(|p| !p.is_empty() && !p.starts_with("unknown-"))
    };
    let account = known().map(Arc::from);
    (account, known().map(Arc::from))
}

/// The metadata of a stack: in the manifest, in a file beside it, or nowhere.
fn metadata(artifact: &Node, path: &str, files: &dyn Files) -> Metadata {
    let mut out = Metadata::default();
    if let Some(node) = artifact.get("metadata") {
        constructs(node, &mut out);
    }
    let beside = ["additionalMetadataFile", "metadataFile"]
        .iter()
        .find_map(|key| artifact.get(key).and_then(Node::as_str));
    // It only adds places in the app's code: nothing is lost for the rules without it.
    if let Some(file) = beside
        && let Ok(tree) = load(&paths::beside(path, file), files)
    {
        constructs(&tree, &mut out);
    }
    out
}

fn constructs(node: &Node, out: &mut Metadata) {
    for entry in node.as_map().unwrap_or_default() {
        let mut logical_id = None;
        let mut made = None;
        for item in entry.value.as_list().unwrap_or_default() {
            let data = item.get("data");
            match item.get("type").and_then(Node::as_str) {
                Some("aws:cdk:logicalId") => {
                    logical_id = data.and_then(Node::as_str);
                    // Older versions put the stack trace here.
                    made = made.or_else(|| frame(item.get("trace")));
                }
                Some("aws:cdk:creationStack") => made = frame(data).or(made),
                Some("aws:cdk:templateFile") => {
                    if let Some(file) = data.and_then(Node::as_str) {
                        out.templates.push((entry.key.to_string(), file.to_owned()));
                    }
                }
                _ => {}
            }
        }
        if let Some(logical_id) = logical_id {
            out.constructs.push(Construct {
                path: entry.key.to_string(),
                logical_id: logical_id.to_owned(),
                made,
            });
        }
    }
}

/// The first frame of a stack trace in the app's own code.
fn frame(trace: Option<&Node>) -> Option<Frame> {
    trace?
        .as_list()?
        .iter()
        .filter_map(Node::as_str)
        .find_map(|line| {
            let line = line.trim();
            let foreign = ["node_modules", "node:", "(internal/", "..."];
            if foreign.iter().any(|part| line.contains(part)) {
                return None;
            }
            let place = match line.rsplit_once('(') {
                Some((_, rest)) => rest.strip_suffix(')')?,
                None => line.strip_prefix("at ").unwrap_or(line),
            };
            let (rest, column) = place.rsplit_once(':')?;
            let (file, row) = rest.rsplit_once(':')?;
            let file = file.strip_prefix("file://").unwrap_or(file);
            Some((file.into(), row.parse().ok()?, column.parse().ok()?))
        })
}

impl Stack {
    /// The construct of a resource, by its `aws:cdk:path` or its logical id.
    fn construct(&self, id: &str, path: Option<&str>) -> Option<&Construct> {
        let constructs = || {
            self.metadata
                .constructs
                .iter()
                .filter(|c| c.logical_id == id)
        };
        if let Some(path) = path {
            let found = constructs().find(|c| c.path.strip_prefix('/') == Some(path));
            if found.is_some() {
                return found;
            }
        }
        // Logical ids are unique in a template only, so those of stacks nested in this one must
        // not be taken for its own.
        constructs().find(|c| {
            let owner = self
                .metadata
                .templates
                .iter()
                .map(|(root, _)| root)
                .filter(|root| is_below(&c.path, root))
                .max_by_key(|root| root.len());
            is_below(&c.path, &self.root) && owner.is_none_or(|owner| *owner == self.root)
        })
    }

    /// The construct path of a resource as people write it, and the line that made it.
    pub(super) fn made(&self, id: &str, path: Option<&str>) -> (Option<Arc<str>>, Option<Frame>) {
        let found = self.construct(id, path);
        let path = path.or_else(|| found.and_then(|c| c.path.strip_prefix('/')));
        (path.map(readable), found.and_then(|c| c.made.clone()))
    }

    /// The template a nested stack deploys, and what is known of its constructs.
    pub(super) fn nested(&self, id: &str, path: Option<&str>) -> Option<(&str, Stack)> {
        let found = self.construct(id, path)?;
        let (root, _) = found.path.rsplit_once(".NestedStack/")?;
        let template = self
            .metadata
            .templates
            .iter()
            .find(|(path, _)| path == root);
        let stack = Stack {
            metadata: self.metadata.clone(),
            root: root.to_owned(),
        };
        template.map(|(_, file)| (&**file, stack))
    }
}

fn is_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// A construct path without the level that only the CDK sees.
pub(super) fn readable(path: &str) -> Arc<str> {
    if let Some((nested, _)) = path.rsplit_once(".NestedStack/") {
        return nested.into();
    }
    let shown = path
        .strip_suffix("/Resource")
        .or_else(|| path.strip_suffix("/Default"));
    shown.unwrap_or(path).into()
}
