//! SAM: what the transform `AWS::Serverless-2016-10-31` makes of a template, as far as rules look
//! at it. <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html>

mod api;
mod build;
mod function;

use rustc_hash::FxHashMap;

use crate::document::{Data, Node};
use crate::model::Path;

use super::template;
use super::world::Declared;
use build::Builder;

/// Puts the resources SAM generates in the place of those it defines; the names `Ref` and
/// `Fn::GetAtt` know.
pub(super) fn transform(tree: &Node, resources: &mut Vec<Declared>) -> FxHashMap<String, usize> {
    let mut out = Output::default();
    for declared in std::mem::take(resources) {
        let Some(kind) = declared.rtype.strip_prefix("AWS::Serverless::") else {
            out.resources.push(declared);
            continue;
        };
        let builder = Builder::new(tree, &declared, kind);
        match kind {
            "Function" => function::function(builder, &mut out),
            "Api" => api::rest(builder, &mut out),
            "HttpApi" => api::http(builder, &mut out),
            "SimpleTable" => simple_table(builder, &mut out),
            "StateMachine" => state_machine(builder, &mut out),
            "Application" => application(builder, &mut out),
            "GraphQLApi" => same(builder, "AWS::AppSync::GraphQLApi", &mut out),
            "LayerVersion" => same(builder, "AWS::Lambda::LayerVersion", &mut out),
            _ => out.resources.push(declared),
        }
    }
    api::implicit(tree, &mut out);
    *resources = out.resources;
    let mut names = template::names(resources);
    for (alias, id) in out.aliases {
        if let Some(index) = names.get(&id).copied() {
            names.entry(alias).or_insert(index);
        }
    }
    names
}

/// What the transform makes.
#[derive(Default)]
struct Output {
    resources: Vec<Declared>,
    /// Names such as `MyApi.Stage` for logical ids.
    aliases: Vec<(String, String)>,
    /// The first event that calls for an implicit REST API, and its function's condition.
    rest_event: Option<(Path, Option<String>)>,
    /// The same for an HTTP API.
    http_event: Option<(Path, Option<String>)>,
}

impl Output {
    fn alias(&mut self, id: &str, suffix: &str, target: &str) {
        self.aliases
            .push((format!("{id}.{suffix}"), target.to_owned()));
    }
}

fn same(mut builder: Builder<'_>, rtype: &str, out: &mut Output) {
    builder.copy_all(&[]);
    out.resources.push(builder.finish(None, rtype));
}

fn simple_table(mut builder: Builder<'_>, out: &mut Output) {
    builder.copy_all(&["PrimaryKey", "Tags"]);
    builder.tags("Tags");
    let span = builder.span;
    let key = builder.get("PrimaryKey");
    let part = |name: &str| key.as_ref().and_then(|key| key.get(name)).cloned();
    let name = part("Name").unwrap_or_else(|| build::text(span, "id"));
    let kind = match part("Type").as_ref().and_then(Node::as_str) {
        Some("Number") => "N",
        Some("Binary") => "B",
        _ => "S",
    };
    let attribute = [
        ("AttributeName", name.clone()),
        ("AttributeType", build::text(span, kind)),
    ];
    let schema = [
        ("AttributeName", name),
        ("KeyType", build::text(span, "HASH")),
    ];
    let list = |entries| build::list(span, vec![build::map(span, entries)]);
    builder.set(
        "AttributeDefinitions",
        list(attribute.into()),
        Some("PrimaryKey"),
    );
    builder.set("KeySchema", list(schema.into()), Some("PrimaryKey"));
    if builder.get("ProvisionedThroughput").is_none() {
        builder.set("BillingMode", build::text(span, "PAY_PER_REQUEST"), None);
    }
    out.resources
        .push(builder.finish(None, "AWS::DynamoDB::Table"));
}

fn state_machine(mut builder: Builder<'_>, out: &mut Output) {
    const RENAMED: [(&str, &str); 5] = [
        ("Name", "StateMachineName"),
        ("Type", "StateMachineType"),
        ("Tracing", "TracingConfiguration"),
        ("Logging", "LoggingConfiguration"),
        ("Role", "RoleArn"),
    ];
    let consumed = [
        "Name",
        "Type",
        "Tracing",
        "Logging",
        "Role",
        "Tags",
        "Events",
        "Policies",
        "DefinitionUri",
        "PermissionsBoundary",
        "RolePath",
        "AutoPublishAlias",
        "DeploymentPreference",
        "PropagateTags",
    ];
    builder.copy_all(&consumed);
    for (from, to) in RENAMED {
        if let Some(node) = builder.get(from) {
            builder.set(to, node, Some(from));
        }
    }
    builder.tags("Tags");
    out.resources
        .push(builder.finish(None, "AWS::StepFunctions::StateMachine"));
}

fn application(mut builder: Builder<'_>, out: &mut Output) {
    builder.copy_all(&["Location", "Tags"]);
    builder.tags("Tags");
    if let Some(location) = builder.get("Location") {
        // An application of the repository is not there to be read.
        let url = match (&location.data, location.get("ApplicationId")) {
            (_, Some(id)) => {
                let id = id.as_str().unwrap_or("an application").to_owned();
                build::text(location.span, &format!("serverlessrepo://{id}"))
            }
            _ => location,
        };
        builder.set("TemplateURL", url, Some("Location"));
    }
    out.resources
        .push(builder.finish(None, "AWS::CloudFormation::Stack"));
}

/// Merges a global setting with a local one: mappings key by key, lists one after the other,
/// everything else replaced.
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>
fn merge(global: &Node, local: &Node) -> Node {
    let is_call = |node: &Node| super::intrinsics::call(node).is_some();
    let data = match (&global.data, &local.data) {
        (Data::Map(defaults), Data::Map(own)) if !is_call(global) && !is_call(local) => {
            let mut entries = Vec::new();
            for entry in own {
                let mut entry = entry.clone();
                if let Some(default) = defaults.iter().find(|d| d.key == entry.key) {
                    entry.value = merge(&default.value, &entry.value);
                }
                entries.push(entry);
            }
            let absent = defaults
                .iter()
                .filter(|d| own.iter().all(|o| o.key != d.key));
            entries.extend(absent.cloned());
            Data::Map(entries)
        }
        (Data::List(defaults), Data::List(own)) => {
            Data::List(defaults.iter().chain(own).cloned().collect())
        }
        _ => local.data.clone(),
    };
    Node {
        span: local.span,
        data,
    }
}

/// The letters and digits of a stage's name, as far as the ids SAM makes have them.
fn stage_id(api: &str, stage: Option<&Node>) -> String {
    match stage.and_then(Node::as_str) {
        Some("$default") => format!("{api}ApiGatewayDefaultStage"),
        Some(name) if name.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            format!("{api}{name}Stage")
        }
        _ => format!("{api}Stage"),
    }
}
