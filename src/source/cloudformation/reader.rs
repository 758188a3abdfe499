//! Inputs to resources.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::document::{self, Entry, Node};
use crate::model::{
    Behind, Cover, CoverStatus, InputFailure, InputKind, InputSummary, Location, Map, Origin, Path,
    Reason, Region, Resource, SourceId, Span, Value,
};
use crate::types::{self, Door};

use super::super::{Files, Input, Options, Read, SourceError, paths};
use super::world::{Declared, Given, Resolver, Template, World};
use super::{cdk, conditions, foreach, ignore, parameters, record_sets, sam, shape, template};

/// Reads templates and CDK manifests into one snapshot.
pub(in super::super) fn read(
    inputs: &[&Input],
    files: &dyn Files,
    options: &Options,
    read: &mut Read,
) {
    let mut reader = Reader {
        files,
        options,
        read,
        world: World::new(options.switch_ids.clone()),
        by_path: FxHashMap::default(),
        claimed: FxHashSet::default(),
        volume: 0,
        used: FxHashSet::default(),
        wanted: FxHashSet::default(),
    };
    let documents: Vec<Option<(SourceId, shape::Shape)>> = inputs
        .iter()
        .map(|input| reader.document(&input.path, &input.bytes))
        .collect();
    let with = |what| {
        let pairs = inputs.iter().zip(&documents);
        pairs.filter_map(move |(input, document)| match document {
            Some((source, shape)) if *shape == what => Some((*input, *source)),
            _ => None,
        })
    };
    // Manifests come first: they say more about their templates than the templates do.
    let mut roots: Vec<(Arc<str>, Vec<usize>)> = Vec::new();
    let mut seen: FxHashSet<SourceId> = FxHashSet::default();
    for (input, source) in with(shape::Shape::Manifest) {
        if !seen.insert(source) {
            continue;
        }
        let templates = reader.manifest(&input.path, source);
        roots.push((input.path.clone(), templates));
    }
    for (input, source) in with(shape::Shape::Template) {
        let path = paths::normal(&input.path);
        if reader.claimed.contains(&path) || !seen.insert(source) {
            continue;
        }
        let given = Given::User(reader.values(&input.path));
        let at = reader.template(New {
            source,
            root: input.path.clone(),
            prefix: String::new(),
            given,
            region: None,
            account: None,
            stack: None,
            told: Told::Nothing,
        });
        roots.push((input.path.clone(), at.into_iter().collect()));
    }
    reader.nest();
    reader.drop_claimed();
    reader.world.forget();
    for at in 0..reader.world.templates.len() {
        if let Some(resolver) = reader.world.resolver(at) {
            resolver.label_switches();
        }
    }
    reader.finish(inputs, &roots);
}

/// What the user or a parent says about Region and account.
pub(super) enum Told {
    /// Nothing yet: ask the options, then the template.
    Nothing,
    /// All there is to say: a nested stack goes where its parent goes.
    All,
}

/// A template to be taken up.
pub(super) struct New {
    pub(super) source: SourceId,
    pub(super) root: Arc<str>,
    pub(super) prefix: String,
    pub(super) given: Given,
    pub(super) region: Option<Arc<str>>,
    pub(super) account: Option<Arc<str>>,
    pub(super) stack: Option<cdk::Stack>,
    pub(super) told: Told,
}

pub(super) struct Reader<'a> {
    pub(super) files: &'a dyn Files,
    options: &'a Options,
    pub(super) read: &'a mut Read,
    pub(super) world: World,
    by_path: FxHashMap<String, (SourceId, Option<shape::Shape>)>,
    /// Templates that another input brings in: they are not read on their own as well.
    pub(super) claimed: FxHashSet<String>,
    /// Bytes of nested templates, counted once per stack.
    pub(super) volume: usize,
    /// Parameter names that some template has.
    used: FxHashSet<String>,
    /// Parameter names the user gives values for.
    wanted: FxHashSet<String>,
}

impl Reader<'_> {
    pub(super) fn fail(
        &mut self,
        source: SourceId,
        message: String,
        span: Option<Span>,
        help: Option<String>,
    ) {
        let path = self
            .read
            .snapshot
            .sources
            .get(source)
            .map(|s| s.path.clone());
        let path = path.unwrap_or_default();
        self.read.fail(
            SourceError {
                path,
                message,
                span,
                help,
            },
            Some(source),
        );
    }

    /// Parses a file, once.
    pub(super) fn document(
        &mut self,
        path: &str,
        bytes: &[u8],
    ) -> Option<(SourceId, shape::Shape)> {
        let normal = paths::normal(path);
        if let Some((source, shape)) = self.by_path.get(&normal) {
            return shape.map(|shape| (*source, shape));
        }
        let text = match document::decode(bytes) {
            Ok(text) => text,
            Err(error) => {
                // Lines can be counted all the same, unless a line feed is two bytes.
                let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
                let lossy = String::from_utf8_lossy(bytes);
                let place = || Location::in_text(None, path.into(), &lossy, error.span);
                self.read.failures.push(InputFailure {
                    path: path.into(),
                    message: error.message.into(),
                    location: (!wide).then(place),
                    help: error.help.map(Into::into),
                });
                return None;
            }
        };
        let (tree, error) = match document::parse(&text) {
            Ok(tree) => (Some(tree), None),
            Err(error) => (None, Some(error)),
        };
        let shape = tree
            .as_ref()
            .map(|t| shape::shape(t).unwrap_or(shape::Shape::Template));
        let source = self.read.add_source(
            path.into(),
            text.as_ref().into(),
            tree,
            InputKind::CloudFormation,
        );
        self.by_path.insert(normal, (source, shape));
        if let Some(error) = error {
            self.fail(source, error.message, Some(error.span), error.help);
        }
        shape.map(|shape| (source, shape))
    }

    /// The user's parameter values for an input.
    fn values(&mut self, path: &str) -> FxHashMap<String, String> {
        let mut values = FxHashMap::default();
        for (scope, given) in &self.options.parameters {
            if scope.is_for_this_run() {
                self.wanted.extend(given.keys().cloned());
            }
            if scope.covers(path) {
                values.extend(given.iter().map(|(k, v)| (k.clone(), v.clone())));
            }
        }
        values
    }

    /// Takes up the stacks of a CDK output.
    fn manifest(&mut self, path: &Arc<str>, source: SourceId) -> Vec<usize> {
        let mut problems = Vec::new();
        let artifacts = match self.read.trees.get(source) {
            Some(Some(tree)) => cdk::stacks(tree, path, self.files, &mut problems),
            _ => Vec::new(),
        };
        for problem in problems {
            self.read.fail(problem, Some(source));
        }
        let mut out = Vec::new();
        for artifact in artifacts {
            let bytes = match self.files.read(&artifact.template) {
                Ok(bytes) => bytes,
                Err(why) => {
                    let message = format!("{} cannot be read: {why}", artifact.template);
                    self.fail(
                        source,
                        message,
                        None,
                        Some("run cdk synth again".to_owned()),
                    );
                    continue;
                }
            };
            self.claimed.insert(artifact.template.clone());
            let Some((source, _)) = self.document(&artifact.template, &bytes) else {
                continue;
            };
            let given = Given::User(self.values(&artifact.template));
            out.extend(self.template(New {
                source,
                root: artifact.template.as_str().into(),
                prefix: String::new(),
                given,
                region: artifact.region,
                account: artifact.account,
                stack: Some(artifact.stack),
                told: Told::Nothing,
            }));
        }
        out
    }

    /// Takes up a template; its index among the templates.
    pub(super) fn template(&mut self, new: New) -> Option<usize> {
        let tree = self.read.trees.get(new.source)?.as_ref()?;
        let file = self.read.snapshot.sources.get(new.source)?;
        let path = file.path.clone();
        let unrolled = if foreach::is_used(&file.text) {
            foreach::unroll(tree, &self.texts(&new.given))
        } else {
            foreach::Unrolled {
                tree: tree.clone(),
                origins: FxHashMap::default(),
            }
        };
        let (mut region, mut account) = (new.region, new.account);
        if matches!(new.told, Told::Nothing) {
            let said = |key| template::said(&unrolled.tree, key);
            region = self.options.region_for(&path, said("region").or(region));
            account = self.options.account_for(&path, said("account").or(account));
        }
        let parts = template::take_apart(&unrolled);
        for (message, span, help) in parts.problems {
            self.fail(new.source, message, Some(span), help);
        }
        for gap in parts.gaps {
            self.gap(&region, &account, None, &format!("{path}: {gap}"));
        }
        let mut resources = parts.resources;
        let mut names = template::names(&resources);
        if template::is_serverless(&unrolled.tree) {
            names = sam::transform(&unrolled.tree, &mut resources);
        }
        let parameters = unrolled
            .tree
            .get("Parameters")
            .and_then(Node::as_map)
            .unwrap_or_default();
        self.used
            .extend(parameters.iter().map(|entry| entry.key.to_string()));
        self.world.templates.push(Template {
            source: new.source,
            path,
            root: new.root,
            prefix: new.prefix,
            compared: conditions::compared(&unrolled.tree),
            tree: unrolled.tree,
            region,
            account,
            given: new.given,
            resources,
            names,
            children: FxHashMap::default(),
            cdk: new.stack,
            dropped: false,
            cache: super::world::Cache::default(),
        });
        Some(self.world.templates.len() - 1)
    }

    /// The parameter values a template is given, as far as they are plain text.
    fn texts(&self, given: &Given) -> foreach::Values {
        match given {
            Given::User(values) => {
                let known = values.iter().map(|(k, v)| (k.clone(), Some(v.clone())));
                known.collect()
            }
            Given::Parent { template, resource } => {
                let parent = self.world.templates.get(*template);
                let stack = parent.and_then(|parent| parent.resources.get(*resource));
                let values = stack
                    .and_then(|stack| stack.properties.as_ref())
                    .and_then(|properties| properties.get("Parameters"))
                    .and_then(Node::as_map);
                let text =
                    |entry: &Entry| (entry.key.to_string(), parameters::scalar_text(&entry.value));
                values.unwrap_or_default().iter().map(text).collect()
            }
        }
    }

    /// States that something was not read.
    pub(super) fn gap(
        &mut self,
        region: &Option<Arc<str>>,
        account: &Option<Arc<str>>,
        rtype: Option<Arc<str>>,
        reason: &str,
    ) {
        self.read.snapshot.coverage.add(Cover {
            rtype,
            account: account.clone(),
            region: region.clone(),
            status: CoverStatus::Partial,
            reason: reason.into(),
        });
    }

    /// Resolves every resource, in the order of the inputs.
    fn finish(&mut self, inputs: &[&Input], roots: &[(Arc<str>, Vec<usize>)]) {
        for input in inputs {
            let before = self.read.snapshot.resources.len();
            let Some((_, templates)) = roots.iter().find(|(path, _)| *path == input.path) else {
                continue;
            };
            let dropped = |at: &usize| self.world.templates.get(*at).is_some_and(|t| t.dropped);
            if !templates.is_empty() && templates.iter().all(dropped) {
                continue;
            }
            for at in templates {
                self.resources(*at);
            }
            self.read.inputs.push(InputSummary {
                path: input.path.clone(),
                kind: InputKind::CloudFormation.as_str(),
                resources: self.read.snapshot.resources.len() - before,
            });
        }
        let mut unused: Vec<&String> = self.wanted.difference(&self.used).collect();
        unused.sort();
        for name in unused {
            self.read
                .warn(format!("no template has a parameter {name}"));
        }
        let paths = || {
            inputs
                .iter()
                .map(|i| &i.path)
                .chain(self.world.templates.iter().map(|t| &t.path))
        };
        for (what, settings) in [
            ("Region", &self.options.regions),
            ("account", &self.options.accounts),
        ] {
            for (scope, value) in settings {
                if scope.is_for_this_run() && !paths().any(|path| scope.covers(path)) {
                    self.read.warn(format!(
                        "the {what} {value} is for {scope}, and no template is called that"
                    ));
                }
            }
        }
    }

    /// Leaves out inputs that are nested stacks of others.
    fn drop_claimed(&mut self) {
        for template in &mut self.world.templates {
            template.dropped = matches!(template.given, Given::User(_))
                && template.cdk.is_none()
                && self.claimed.contains(&paths::normal(&template.path));
        }
    }

    /// The resources of a template and of those nested in it.
    fn resources(&mut self, at: usize) {
        let Some(resolver) = self.world.resolver(at) else {
            return;
        };
        for declared in &resolver.template.resources {
            let Some(mut resource) = build(&resolver, declared) else {
                continue;
            };
            resource.suppressions =
                ignore::read(self.read, resolver.template.source, &declared.node);
            let records = if *resource.rtype == *record_sets::GROUP {
                record_sets::expand(&resource)
            } else {
                Vec::new()
            };
            self.read.snapshot.resources.push(resource);
            self.read.snapshot.resources.extend(records);
        }
        let mut children: Vec<usize> = resolver.template.children.values().copied().collect();
        children.sort_unstable();
        for child in children {
            self.resources(child);
        }
    }
}

/// One resource; `None` when it is certain not to be created.
fn build(resolver: &Resolver<'_>, declared: &Declared) -> Option<Resource> {
    let template = resolver.template;
    let exists = match &declared.condition {
        Some(condition) => resolver.condition(condition),
        None => Value::Bool(true),
    };
    if exists == Value::Bool(false) {
        return None;
    }
    let members = declared
        .properties
        .as_ref()
        .and_then(Node::as_map)
        .unwrap_or_default();
    let known = members.iter().filter(|m| !m.key.starts_with("Fn::"));
    let mut properties: Map = known
        .map(|m| (Arc::from(&*m.key), resolver.resolve(&m.value)))
        .collect();
    types::canonicalise(&declared.rtype, &mut properties, Door::CloudFormation);
    let region = if types::is_global(&declared.rtype, &properties) {
        Region::Global
    } else {
        match &template.region {
            Some(region) => Region::In(region.clone()),
            None => Region::Unknown(Arc::new(Reason::RegionNotGiven)),
        }
    };
    let path = declared.construct.as_deref();
    let (construct, made) = match &template.cdk {
        Some(stack) => stack.made(&declared.id, path),
        None => (path.map(cdk::readable), None),
    };
    let behind = made.map(|(path, line, column)| Behind {
        what: "created here".into(),
        path,
        line,
        column,
    });
    let mut moved: Vec<(Path, Path)> = declared.moved.clone();
    moved.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.0.len()));
    Some(Resource {
        rtype: declared.rtype.clone(),
        key: resolver.key(&declared.id),
        id: declared.id.as_str().into(),
        address: format!("{}{}", template.prefix, declared.id).into(),
        arn: None,
        names: Box::default(),
        account: template.account.clone(),
        region,
        properties,
        observed: Map::default(),
        captured: None,
        exists,
        origin: Origin {
            source: template.source,
            node: declared.node.clone(),
            moved: moved.into(),
            behind: behind.into_iter().collect(),
        },
        construct,
        depends: None,
        suppressions: Box::default(),
    })
}
