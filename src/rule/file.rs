//! The rule file: read with positions, checked whole, so that a rule that loads can run.

use std::path::Path as FilePath;
use std::sync::Arc;

use super::cel::{self, Ir, Scope, Ty};
use super::context::{CONTEXT, ContextKey};
use crate::document::{Data, Entry, Fault, Fields, Node, offset_in_scalar, parse_yaml};
use crate::model::{OBSERVED, Path, RuleInfo, Severity, Span, Value, Verdict};
use crate::types::{self, Shape};

/// A rule, ready to run.
#[derive(Debug)]
pub struct Rule {
    /// What reports say of it.
    pub info: Arc<RuleInfo>,
    /// The file it came from.
    pub path: Arc<str>,
    /// What users may set.
    pub params: Vec<RuleParam>,
    /// How it judges each type of resource.
    pub subjects: Vec<Subject>,
    /// Its tests.
    pub examples: Vec<Example>,
}

/// A parameter of a rule.
#[derive(Debug)]
pub struct RuleParam {
    /// Its name.
    pub name: Arc<str>,
    /// Its value when nobody sets it.
    pub default: Value,
    /// Its value now.
    pub value: Value,
    /// Its type.
    pub ty: Ty,
    /// What it is for.
    pub doc: Arc<str>,
    /// The knowledge of the organisation that it is.
    pub context: Option<&'static ContextKey>,
}

/// How a rule judges one type of resource.
#[derive(Debug)]
pub struct Subject {
    /// The type.
    pub rtype: Arc<str>,
    /// Where it applies; everywhere if absent.
    pub when: Option<Ir>,
    /// What must hold.
    pub require: Ir,
    /// Where to point: the first whose condition holds.
    pub at: Vec<(Option<Ir>, Path)>,
    /// What to say when it does not hold.
    pub message: Message,
    /// Circumstances that make it more or less severe.
    pub severity_when: Vec<(Ir, Severity)>,
}

/// A text with expressions in braces.
#[derive(Debug)]
pub struct Message(pub Vec<MessagePart>);

/// A piece of a message.
#[derive(Debug)]
pub enum MessagePart {
    /// Text.
    Text(Box<str>),
    /// `{self}`: what people call the resource.
    Name,
    /// Any other expression.
    Expr(Ir),
}

/// A test of a rule.
#[derive(Debug)]
pub struct Example {
    /// What it shows.
    pub name: Arc<str>,
    /// Where it stands in the rule file.
    pub span: Span,
    /// What the rule must say.
    pub verdict: Verdict,
    /// The property it must point at.
    pub at: Option<Arc<str>>,
    /// The severity that must result.
    pub severity: Option<Severity>,
    /// The resource that is judged, by its id.
    pub resource: Option<Arc<str>>,
    /// Whether what is given is all there is.
    pub complete: bool,
    /// The Region it is deployed to.
    pub region: Option<Arc<str>>,
    /// Values of its parameters.
    pub parameters: Vec<(Arc<str>, Arc<str>)>,
    /// What is judged.
    pub given: Given,
    /// The template of another stack, which is read with it.
    pub beside: Option<Arc<str>>,
}

/// What the resources of an example are written in.
#[derive(Debug)]
pub enum Given {
    /// A CloudFormation template.
    Template(Arc<str>),
    /// The lines of a snapshot file, without its manifest.
    Snapshot(Arc<str>),
}

/// Everything that is wrong with a rule file.
#[derive(Debug, Clone)]
pub struct RuleFaults {
    /// The file.
    pub path: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
    /// What is wrong, in the order of the text.
    pub faults: Vec<Fault>,
}

/// Reads a rule file.
pub fn parse(path: &str, text: &str) -> Result<Rule, RuleFaults> {
    let mut faults = Vec::new();
    let rule = match parse_yaml(text) {
        Ok(root) => read(path, text, &root, &mut faults),
        Err(error) => {
            faults.push(Fault {
                span: error.span,
                message: error.message,
                help: error.help,
            });
            None
        }
    };
    match rule {
        Some(rule) if faults.is_empty() => Ok(rule),
        _ => {
            faults.sort_by_key(|fault| fault.span.start);
            faults.dedup();
            Err(RuleFaults {
                path: path.into(),
                text: text.into(),
                faults,
            })
        }
    }
}

fn read(path: &str, text: &str, root: &Node, faults: &mut Vec<Fault>) -> Option<Rule> {
    let mut fields = Fields::new(root, "a rule", faults);
    let id = fields.required_text("id");
    if let Some((id, node)) = id
        && !is_id(id)
    {
        fields.fault(
            Fault::new(node.span, format!("`{id}` is not a rule id"))
                .help("an id is a domain and a number, such as DB-001"),
        );
    }
    let slug = fields.required_text("slug");
    if let Some((slug, node)) = slug
        && !is_slug(slug)
    {
        fields.fault(Fault::new(
            node.span,
            "a slug is lower-case words joined by hyphens",
        ));
    }
    let title = fields.required_text("title");
    let severity = fields.required_text("severity");
    let severity = severity.and_then(|(s, node)| parse_severity(s, node.span, fields.faults()));
    let params = fields.node("params");
    let params = params.map_or_else(Vec::new, |node| read_params(node, fields.faults()));
    let subjects = read_subjects(text, &mut fields, &params);
    let why = fields.required_text("why");
    let fix = fields.required("fix");
    let (fix, fix_set) = fix.map_or_else(Default::default, |node| {
        read_fix(text, node, fields.faults())
    });
    let references = texts(fields.texts("references"));
    let equivalents = fields.node("equivalents");
    let equivalents = equivalents.map_or_else(Vec::new, |n| read_lists(n, fields.faults()));
    let frameworks = fields.node("frameworks");
    let frameworks = frameworks.map_or_else(Vec::new, |n| read_lists(n, fields.faults()));
    let examples = fields.node("examples");
    let examples = examples.map_or_else(Vec::new, |n| read_examples(n, fields.faults()));
    fields.finish();

    let (id, _) = id?;
    let domain = id.rsplit_once('-').map_or(id, |(domain, _)| domain);
    Some(Rule {
        info: Arc::new(RuleInfo {
            id: id.into(),
            slug: slug?.0.into(),
            domain: domain.to_lowercase().into(),
            title: title?.0.into(),
            severity: severity?,
            resources: subjects.iter().map(|s| Arc::clone(&s.rtype)).collect(),
            why: why?.0.into(),
            fix: fix.into(),
            fix_set: fix_set.into(),
            references,
            equivalents,
            frameworks,
        }),
        path: path.into(),
        params,
        subjects,
        examples,
    })
}

/// `rds-instance-multi-az`.
pub(crate) fn is_slug(slug: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !slug.is_empty() && slug.bytes().all(fits)
}

/// `DB-001`, `ACME-DNS-12`.
pub(crate) fn is_id(id: &str) -> bool {
    let mut parts = id.split('-');
    let number = parts.next_back().unwrap_or_default();
    let mut domains = parts.peekable();
    domains.peek().is_some()
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
        && domains.all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        })
}

fn parse_severity(text: &str, span: Span, faults: &mut Vec<Fault>) -> Option<Severity> {
    text.parse()
        .map_err(|message: String| {
            let mut fault = Fault::new(span, message);
            fault.help = cel::did_you_mean(text, Severity::ALL.map(Severity::as_str));
            faults.push(fault);
        })
        .ok()
}

fn texts(found: Vec<(&str, &Node)>) -> Vec<Arc<str>> {
    found.into_iter().map(|(text, _)| text.into()).collect()
}

/// A mapping of lists of texts.
fn read_lists(node: &Node, faults: &mut Vec<Fault>) -> Vec<(Arc<str>, Vec<Arc<str>>)> {
    let mut lists = Vec::new();
    let Some(entries) = node.as_map() else {
        faults.push(Fault::new(
            node.span,
            format!("this is a mapping of lists, not {}", node.kind()),
        ));
        return lists;
    };
    for entry in entries {
        let items = entry
            .value
            .as_list()
            .unwrap_or(std::slice::from_ref(&entry.value));
        let mut texts = Vec::new();
        for item in items {
            match item.as_str() {
                Some(text) => texts.push(text.into()),
                None => faults.push(
                    Fault::new(item.span, format!("this is a string, not {}", item.kind()))
                        .help("put it in quotes"),
                ),
            }
        }
        lists.push((entry.key.as_ref().into(), texts));
    }
    lists
}

fn read_params(node: &Node, faults: &mut Vec<Fault>) -> Vec<RuleParam> {
    let Some(entries) = node.as_map() else {
        faults.push(Fault::new(
            node.span,
            format!("params is a mapping, not {}", node.kind()),
        ));
        return Vec::new();
    };
    let mut params = Vec::new();
    for Entry { key, value, .. } in entries {
        let mut fields = Fields::new(value, "a parameter", faults);
        let param = match fields.text("context") {
            Some((context, node)) => read_context(context, node, &mut fields),
            None => read_default(&mut fields),
        };
        fields.finish();
        let name = key.as_ref().into();
        params.extend(param.map(|param| RuleParam { name, ..param }));
    }
    params
}

/// A parameter of the rule's own.
fn read_default(fields: &mut Fields<'_, '_>) -> Option<RuleParam> {
    let default = fields.required("default");
    let doc = fields.required_text("doc");
    let (default, (doc, _)) = (default?, doc?);
    let Some(value) = plain_value(default) else {
        fields.fault(Fault::new(
            default.span,
            "a parameter is a boolean, a number, a string or a list of these",
        ));
        return None;
    };
    Some(RuleParam {
        name: "".into(),
        ty: type_of(&value),
        default: value.clone(),
        value,
        doc: doc.into(),
        context: None,
    })
}

/// A parameter that several rules share.
fn read_context(name: &str, node: &Node, fields: &mut Fields<'_, '_>) -> Option<RuleParam> {
    let doc = fields.text("doc");
    if let Some(default) = fields.node("default") {
        fields.fault(Fault::new(
            default.span,
            "with `context`, the default is that of the context",
        ));
    }
    let Some(context) = ContextKey::find(name) else {
        let names: Vec<String> = CONTEXT.iter().map(ContextKey::name).collect();
        let near = cel::did_you_mean(name, names.iter().map(String::as_str));
        let mut fault = Fault::new(node.span, format!("there is no context `{name}`"));
        fault.help = near.or_else(|| Some(format!("there are: {}", names.join(", "))));
        fields.fault(fault);
        return None;
    };
    Some(RuleParam {
        name: "".into(),
        default: context.default(),
        value: context.default(),
        ty: context.ty(),
        doc: doc.map_or(context.doc, |(doc, _)| doc).into(),
        context: Some(context),
    })
}

pub(crate) fn plain_value(node: &Node) -> Option<Value> {
    Some(match &node.data {
        Data::Bool(b) => Value::Bool(*b),
        Data::Int(i) => Value::Int(*i),
        Data::Float(d) => Value::Double(*d),
        Data::String(text) => Value::String(text.clone()),
        Data::List(items) => Value::List(items.iter().map(plain_value).collect::<Option<_>>()?),
        Data::Null | Data::Map(_) => return None,
    })
}

pub(super) fn type_of(value: &Value) -> Ty {
    match value {
        Value::Bool(_) => Ty::Bool,
        Value::Int(_) => Ty::Int,
        Value::Double(_) => Ty::Double,
        Value::String(_) => Ty::String,
        Value::List(items) => {
            let of = items
                .iter()
                .map(type_of)
                .reduce(|a, b| a.join(&b).unwrap_or(Ty::Any));
            Ty::List(Box::new(of.unwrap_or(Ty::Any)))
        }
        _ => Ty::Any,
    }
}

fn read_subjects(text: &str, fields: &mut Fields<'_, '_>, params: &[RuleParam]) -> Vec<Subject> {
    let types: Vec<(Arc<str>, Ty)> = params
        .iter()
        .map(|param| (Arc::clone(&param.name), param.ty.clone()))
        .collect();
    let Some(list) = fields.node("subjects") else {
        return read_subject(text, fields, &types).into_iter().collect();
    };
    // Known here so that one message says it, not five.
    for key in [
        "resource",
        "when",
        "require",
        "at",
        "message",
        "severity-when",
    ] {
        if let Some(node) = fields.node(key) {
            fields.fault(Fault::new(
                node.span,
                format!("with `subjects`, `{key}` belongs into each of them"),
            ));
        }
    }
    let Some(items) = list.as_list() else {
        fields.fault(Fault::new(
            list.span,
            format!("subjects is a list, not {}", list.kind()),
        ));
        return Vec::new();
    };
    let mut subjects = Vec::new();
    for item in items {
        let mut fields = Fields::new(item, "a subject", fields.faults());
        subjects.extend(read_subject(text, &mut fields, &types));
        fields.finish();
    }
    subjects
}

fn read_subject(
    text: &str,
    fields: &mut Fields<'_, '_>,
    params: &[(Arc<str>, Ty)],
) -> Option<Subject> {
    let resource = fields.required_text("resource");
    let when = fields.node("when");
    let require = fields.required("require");
    let at = fields.node("at");
    let message = fields.required_text("message");
    let severity_when = fields.node("severity-when");

    let (rtype, node) = resource?;
    let shape = known_type(rtype, node, fields.faults())?;
    let scope = Scope::new(shape, params.to_vec());
    let faults = fields.faults();
    let mut condition = |node: &Node| compile(text, node, &scope, true, faults);
    // Everything is looked at before anything is given up on: one run shows all that is wrong.
    let when = when.map(&mut condition);
    let require = require.and_then(condition);
    let at = at.map_or_else(Vec::new, |at| read_at(text, at, shape, &scope, faults));
    let message = message.and_then(|(_, node)| read_message(text, node, &scope, faults));
    let severity_when = severity_when.map_or_else(Vec::new, |node| {
        read_severity_when(text, node, &scope, faults)
    });
    Some(Subject {
        rtype: rtype.into(),
        when: match when {
            Some(when) => Some(when?),
            None => None,
        },
        require: require?,
        at,
        message: message?,
        severity_when,
    })
}

/// Compiles the expression that a node holds.
fn compile(
    text: &str,
    node: &Node,
    scope: &Scope,
    condition: bool,
    faults: &mut Vec<Fault>,
) -> Option<Ir> {
    let source = match &node.data {
        Data::String(source) => source.as_ref(),
        // `when: true` is no string in YAML, but it is an expression.
        Data::Bool(true) => "true",
        Data::Bool(false) => "false",
        _ => {
            faults.push(Fault::new(
                node.span,
                format!("a condition is an expression, not {}", node.kind()),
            ));
            return None;
        }
    };
    compile_text(source, scope, condition, &|at| {
        offset_in_scalar(text, node.span, source, at)
    })
    .map_err(|fault| faults.push(fault))
    .ok()
}

/// Compiles an expression; `offset` maps its bytes to those of the file.
fn compile_text(
    source: &str,
    scope: &Scope,
    condition: bool,
    offset: &dyn Fn(usize) -> usize,
) -> Result<Ir, Fault> {
    let fault = |problem: cel::Problem| {
        let start = offset(problem.span.start);
        let last = problem.span.end.max(problem.span.start + 1) - 1;
        Fault {
            span: Span::new(start, offset(last).max(start) + 1),
            message: problem.message,
            help: problem.help,
        }
    };
    let expr = cel::parse(source).map_err(fault)?;
    let (ir, ty) = cel::check(&expr, source, scope).map_err(fault)?;
    if condition && !ty.comparable(&Ty::Bool) {
        return Err(fault(cel::Problem {
            span: expr.span,
            message: format!("a condition is true or false, this is {ty}"),
            help: matches!(ty, Ty::String | Ty::List(_) | Ty::Int)
                .then(|| "compare it with something, or ask has(…)".to_owned()),
        }));
    }
    Ok(ir)
}

fn read_at(
    text: &str,
    node: &Node,
    shape: &'static Shape,
    scope: &Scope,
    faults: &mut Vec<Fault>,
) -> Vec<(Option<Ir>, Path)> {
    let mut places = Vec::new();
    match &node.data {
        Data::List(items) => {
            for item in items {
                let mut fields = Fields::new(item, "a place", faults);
                let condition = fields.node("if");
                let path = fields.required_text("then");
                fields.finish();
                let condition = match condition {
                    Some(node) => match compile(text, node, scope, true, faults) {
                        Some(ir) => Some(ir),
                        None => continue,
                    },
                    None => None,
                };
                let path = path.and_then(|(path, node)| read_path(path, node, shape, faults));
                places.extend(path.map(|path| (condition, path)));
            }
        }
        Data::String(path) if path.is_empty() => places.push((None, Path::root())),
        Data::String(path) => {
            places.extend(read_path(path, node, shape, faults).map(|path| (None, path)));
        }
        _ => faults.push(Fault::new(
            node.span,
            "`at` is a property path, or a list of {if, then}",
        )),
    }
    places
}

/// A property path that the schema knows.
fn read_path(
    path: &str,
    node: &Node,
    shape: &'static Shape,
    faults: &mut Vec<Fault>,
) -> Option<Path> {
    let found: Result<Path, String> = path.parse();
    let result = match &found {
        Err(message) => Err((message.clone(), None)),
        Ok(_) => {
            // A path is an expression on `self`, so the checker can judge it.
            let scope = Scope::new(shape, Vec::new());
            let expression = format!("self.{path}");
            cel::parse(&expression)
                .and_then(|expr| cel::check(&expr, &expression, &scope))
                .map_err(|problem| (problem.message, problem.help))
        }
        .map(|_| ()),
    };
    match result {
        Ok(()) => found.ok(),
        Err((message, help)) => {
            let mut fault = Fault::new(node.span, message);
            fault.help = help;
            faults.push(fault);
            None
        }
    }
}

fn read_severity_when(
    text: &str,
    node: &Node,
    scope: &Scope,
    faults: &mut Vec<Fault>,
) -> Vec<(Ir, Severity)> {
    let mut cases = Vec::new();
    for item in node.as_list().unwrap_or_else(|| {
        faults.push(Fault::new(
            node.span,
            "severity-when is a list of {if, then}",
        ));
        &[]
    }) {
        let mut fields = Fields::new(item, "a case", faults);
        let condition = fields.required("if");
        let severity = fields.required_text("then");
        fields.finish();
        let condition = condition.and_then(|node| compile(text, node, scope, true, faults));
        let severity = severity.and_then(|(s, node)| parse_severity(s, node.span, faults));
        cases.extend(condition.zip(severity));
    }
    cases
}

fn read_message(
    text: &str,
    node: &Node,
    scope: &Scope,
    faults: &mut Vec<Fault>,
) -> Option<Message> {
    let message = node.as_str()?.trim_end();
    let mut parts = Vec::new();
    let mut rest = message;
    let mut plain = String::new();
    let offset = |at| offset_in_scalar(text, node.span, message, at);
    while let Some(brace) = rest.find(['{', '}']) {
        plain.push_str(rest.get(..brace).unwrap_or_default());
        let at = message.len() - rest.len() + brace;
        let after = rest.get(brace..).unwrap_or_default();
        if let Some(doubled) = after.strip_prefix("{{").or(after.strip_prefix("}}")) {
            plain.push_str(after.get(..1).unwrap_or_default());
            rest = doubled;
            continue;
        }
        let Some((source, following)) = after.strip_prefix('{').and_then(split_expression) else {
            faults.push(
                Fault::new(
                    Span::new(offset(at), offset(at) + 1),
                    "this brace has no partner",
                )
                .help("write `{{` or `}}` for a brace of its own"),
            );
            return None;
        };
        if !plain.is_empty() {
            parts.push(MessagePart::Text(std::mem::take(&mut plain).into()));
        }
        if source.trim() == "self" {
            parts.push(MessagePart::Name);
        } else {
            match compile_text(source, scope, false, &|i| offset(at + 1 + i)) {
                Ok(ir) => parts.push(MessagePart::Expr(ir)),
                Err(fault) => {
                    faults.push(fault);
                    return None;
                }
            }
        }
        rest = following;
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(MessagePart::Text(plain.into()));
    }
    Some(Message(parts))
}

/// Splits at the brace that ends an expression, which is none inside a string.
fn split_expression(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '}') => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

/// The fix as text, and the properties it sets as YAML.
fn read_fix(text: &str, node: &Node, faults: &mut Vec<Fault>) -> (String, String) {
    let mut fields = Fields::new(node, "fix", faults);
    let words = fields.required_text("text").map(|(words, _)| words);
    let set = fields.node("set");
    fields.finish();
    let mut lines = String::new();
    if let Some(set) = set {
        match set.as_map() {
            Some(entries) => {
                for entry in entries {
                    let value = text
                        .get(entry.value.span.start..entry.value.span.end)
                        .unwrap_or_default();
                    lines.push_str(&format!("{}: {value}\n", entry.key));
                }
            }
            None => faults.push(Fault::new(
                set.span,
                format!("set is a mapping of properties, not {}", set.kind()),
            )),
        }
    }
    (
        words.unwrap_or_default().to_owned(),
        lines.trim_end().to_owned(),
    )
}

fn read_examples(node: &Node, faults: &mut Vec<Fault>) -> Vec<Example> {
    let Some(items) = node.as_list() else {
        faults.push(Fault::new(
            node.span,
            format!("examples is a list, not {}", node.kind()),
        ));
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| read_example(item, faults))
        .collect()
}

fn read_example(node: &Node, faults: &mut Vec<Fault>) -> Option<Example> {
    let mut fields = Fields::new(node, "an example", faults);
    let name = fields.required_text("name");
    let verdict = fields.required_text("verdict");
    let verdict = verdict.and_then(|(verdict, node)| {
        verdict
            .parse::<Verdict>()
            .map_err(|message| {
                let mut fault = Fault::new(node.span, message);
                fault.help = cel::did_you_mean(verdict, Verdict::ALL.map(Verdict::as_str));
                fields.fault(fault);
            })
            .ok()
    });
    let at = fields.text("at").map(|(at, _)| at.into());
    let severity = fields.text("severity");
    let severity = severity.and_then(|(s, node)| parse_severity(s, node.span, fields.faults()));
    let resource = fields.text("resource").map(|(id, _)| id.into());
    let scope = fields.text("scope");
    let complete = match scope {
        Some(("complete", _)) => true,
        None | Some(("partial", _)) => false,
        Some((other, node)) => {
            let message = format!("`{other}` is not complete or partial");
            fields.fault(Fault::new(node.span, message));
            false
        }
    };
    let region = fields.text("region").map(|(region, _)| region.into());
    let parameters = fields.node("parameters").and_then(Node::as_map);
    let parameters = parameters.unwrap_or_default().iter().map(|entry| {
        let value = plain_value(&entry.value).unwrap_or_default();
        (entry.key.as_ref().into(), value.to_string().into())
    });
    let parameters = parameters.collect();
    let snapshot = fields.node("snapshot");
    let template = match snapshot {
        Some(_) => fields.node("template"),
        None => fields.required_text("template").map(|(_, node)| node),
    };
    let given = match (snapshot, template) {
        (Some(snapshot), None) => Some(Given::Snapshot(
            read_lines(snapshot, fields.faults()).into(),
        )),
        (Some(_), Some(template)) => {
            let message = "an example has a `template` or a `snapshot`, not both";
            fields.fault(Fault::new(template.span, message));
            None
        }
        (None, template) => template
            .and_then(Node::as_str)
            .map(|text| Given::Template(text.trim().into())),
    };
    let beside = fields.text("beside").map(|(template, _)| template.into());
    fields.finish();
    Some(Example {
        name: name?.0.into(),
        span: name?.1.span,
        verdict: verdict?,
        at,
        severity,
        resource,
        complete,
        region,
        parameters,
        given: given?,
        beside,
    })
}

/// The resources of an example as the lines of a snapshot file.
fn read_lines(node: &Node, faults: &mut Vec<Fault>) -> String {
    let mut lines = String::new();
    let Some(items) = node.as_list() else {
        let message = format!("a snapshot is a list of resources, not {}", node.kind());
        faults.push(Fault::new(node.span, message));
        return lines;
    };
    for item in items {
        let mut fields = Fields::new(item, "a resource", faults);
        let rtype = fields.required_text("type");
        fields.required_text("id");
        for key in ["arn", "account", "region", "captured"] {
            fields.text(key);
        }
        fields.texts("names");
        fields.texts("secret");
        let known = rtype.and_then(|(name, node)| known_type(name, node, fields.faults()));
        for key in ["properties", "unknown", "observed"] {
            let Some(node) = fields.node(key) else {
                continue;
            };
            let mut within = Fields::new(node, &format!("`{key}`"), fields.faults());
            if let (OBSERVED, Some(shape)) = (key, known) {
                let facts = types::facts(&shape.name).iter();
                facts.for_each(|fact| {
                    within.node(fact.name());
                });
                within.finish();
            }
        }
        fields.finish();
        lines.push_str(&json(item).to_string());
        lines.push('\n');
    }
    lines
}

fn known_type(name: &str, node: &Node, faults: &mut Vec<Fault>) -> Option<&'static Shape> {
    let shape = types::shape(name);
    if shape.is_none() {
        let mut fault = Fault::new(node.span, format!("unknown resource type `{name}`"));
        fault.help = cel::did_you_mean(name, types::names());
        faults.push(fault);
    }
    shape
}

fn json(node: &Node) -> serde_json::Value {
    match &node.data {
        Data::Null => serde_json::Value::Null,
        Data::Bool(value) => (*value).into(),
        Data::Int(value) => (*value).into(),
        Data::Float(value) => (*value).into(),
        Data::String(text) => (&**text).into(),
        Data::List(items) => items.iter().map(json).collect(),
        Data::Map(entries) => {
            let members = entries.iter();
            let members = members.map(|entry| (entry.key.to_string(), json(&entry.value)));
            serde_json::Value::Object(members.collect())
        }
    }
}

/// The rules that come with skylint: path and text of each file.
pub fn builtin() -> &'static [(&'static str, &'static str)] {
    include!(concat!(env!("OUT_DIR"), "/rules.rs"))
}

/// Whether a file is a rule file, by its name.
pub fn is_rule_file(path: &FilePath) -> bool {
    path.extension().is_some_and(|e| e == "yaml" || e == "yml")
}
