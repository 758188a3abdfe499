//! Nested stacks: `AWS::CloudFormation::Stack` with a template that lies beside its parent.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html>

use crate::model::{SourceId, Span, Value};

use super::super::paths;
use super::cdk;
use super::reader::{New, Reader, Told};
use super::world::{Declared, Given};

/// Stacks nested deeper than this are not followed.
const MAX_DEPTH: usize = 10;
/// More templates than this are not read: two stacks that nest two each soon are a thousand.
const MAX_TEMPLATES: usize = 2_000;
/// Nor more text, counted once per stack.
const MAX_TEXT: usize = 32 << 20;

const STACK: &str = "AWS::CloudFormation::Stack";

/// What a stack resource deploys.
enum Target {
    /// A file beside the parent.
    File(String, Option<cdk::Stack>),
    /// Something that is not there to be read, in words.
    Elsewhere(String),
}

impl Reader<'_> {
    /// Takes up the templates of all nested stacks.
    pub(super) fn nest(&mut self) {
        let mut at = 0;
        while at < self.world.templates.len() {
            let stacks: Vec<(usize, Declared, Target)> = match self.world.resolver(at) {
                Some(resolver) => {
                    let resources = resolver.template.resources.iter().enumerate();
                    resources
                        .filter(|(_, declared)| *declared.rtype == *STACK)
                        .filter(|(_, declared)| match &declared.condition {
                            Some(name) => resolver.condition(name) != Value::Bool(false),
                            None => true,
                        })
                        .map(|(index, declared)| {
                            let url = declared.properties.as_ref();
                            let url = url.and_then(|p| p.get("TemplateURL"));
                            let url = url.map(|node| resolver.resolve(node)).unwrap_or_default();
                            let stack = resolver.template.cdk.as_ref();
                            (index, declared.clone(), target(declared, &url, stack))
                        })
                        .collect()
                }
                None => Vec::new(),
            };
            for (index, declared, target) in stacks {
                match target {
                    Target::Elsewhere(why) => self.elsewhere(at, &declared, &why),
                    Target::File(file, stack) => self.follow(at, index, &declared, &file, stack),
                }
            }
            at += 1;
        }
    }

    fn elsewhere(&mut self, at: usize, declared: &Declared, why: &str) {
        let Some(template) = self.world.templates.get(at) else {
            return;
        };
        let (region, account) = (template.region.clone(), template.account.clone());
        let id = &declared.id;
        let text = format!(
            "{}: the resources of nested stack {id} are not known, because {why}",
            template.path
        );
        self.gap(&region, &account, None, &text);
    }

    fn follow(
        &mut self,
        at: usize,
        index: usize,
        declared: &Declared,
        file: &str,
        stack: Option<cdk::Stack>,
    ) {
        let Some(parent) = self.world.templates.get(at) else {
            return;
        };
        let source = parent.source;
        let path = paths::beside(&parent.path, file);
        let span = self.property_span(source, declared);
        let id = &declared.id;
        let above = self.ancestors(at);
        if above.contains(&path) {
            let message = format!("nested stack {id} leads back to {path}, which it is nested in");
            let help = "no stack can contain itself: give it another template".to_owned();
            self.fail(source, message, span, Some(help));
            return;
        }
        if above.len() > MAX_DEPTH
            || self.world.templates.len() >= MAX_TEMPLATES
            || self.volume > MAX_TEXT
        {
            let message = format!(
                "nested stack {id} is nested too deeply, or among too many, to be followed"
            );
            let help = "check its template on its own".to_owned();
            self.fail(source, message, span, Some(help));
            return;
        }
        let bytes = match self.files.read(&path) {
            Ok(bytes) => bytes,
            Err(why) => {
                let message =
                    format!("the template of nested stack {id}, {path}, cannot be read: {why}");
                let help = "its path is relative to the template that names it".to_owned();
                self.fail(source, message, span, Some(help));
                return;
            }
        };
        self.claimed.insert(path.clone());
        self.volume += bytes.len();
        let Some((source, _)) = self.document(&path, &bytes) else {
            return;
        };
        let Some(parent) = self.world.templates.get(at) else {
            return;
        };
        let new = New {
            source,
            root: parent.root.clone(),
            prefix: format!("{}{id}.", parent.prefix),
            given: Given::Parent {
                template: at,
                resource: index,
            },
            region: parent.region.clone(),
            account: parent.account.clone(),
            stack,
            told: Told::All,
        };
        if let Some(child) = self.template(new)
            && let Some(parent) = self.world.templates.get_mut(at)
        {
            parent.children.insert(id.clone(), child);
        }
    }

    /// The files of a template and of those it is nested in.
    fn ancestors(&self, at: usize) -> Vec<String> {
        let mut out = Vec::new();
        let mut next = Some(at);
        while let Some(template) = next.and_then(|at| self.world.templates.get(at)) {
            out.push(paths::normal(&template.path));
            next = match template.given {
                Given::Parent { template, .. } => Some(template),
                Given::User(_) => None,
            };
        }
        out
    }

    fn property_span(&self, source: SourceId, declared: &Declared) -> Option<Span> {
        let tree = self.read.trees.get(source)?.as_ref()?;
        let node = tree.at(&declared.node)?;
        let properties = node.get("Properties")?;
        let names = ["TemplateURL", "Location"];
        names
            .iter()
            .find_map(|name| properties.entry(name))
            .map(|entry| entry.key_span)
    }
}

fn target(declared: &Declared, url: &Value, stack: Option<&cdk::Stack>) -> Target {
    let construct = declared.construct.as_deref();
    let nested = stack.and_then(|stack| stack.nested(&declared.id, construct));
    if let Some(file) = &declared.asset {
        return Target::File(file.clone(), nested.map(|(_, stack)| stack));
    }
    if let Some((file, stack)) = nested {
        return Target::File(file.to_owned(), Some(stack));
    }
    match url {
        Value::String(url) if url.contains("://") => {
            Target::Elsewhere(format!("its template is at {url}"))
        }
        Value::String(file) => Target::File(file.to_string(), None),
        Value::Null => Target::Elsewhere("it names no template".to_owned()),
        Value::Unknown(reason) => {
            Target::Elsewhere(format!("where its template is, is not known: {reason}"))
        }
        _ => Target::Elsewhere("where its template is, depends on the deployment".to_owned()),
    }
}
