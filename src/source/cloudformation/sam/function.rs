//! `AWS::Serverless::Function`.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>

use crate::document::Node;
use crate::model::{Path, Span};

use super::Output;
use super::build::{Builder, attribute, list, map, reference, text, unknown};

/// What a function's `Policies` are as inline policies of its role: the documents among them. Names
/// and ARNs are of managed policies. SAM's own templates, and what it adds for events and queues, are
/// left out: they allow what their names say, on what they name. With it, which of the `Policies` each
/// was, if they are a list.
fn inline(policies: &Node, role: &str) -> (Node, Vec<Option<usize>>) {
    let span = policies.span;
    let one = std::slice::from_ref(policies);
    let many = policies.as_list();
    let (mut found, mut stand) = (Vec::new(), Vec::new());
    for (at, policy) in many.unwrap_or(one).iter().enumerate() {
        let Some(entries) = policy.as_map() else {
            continue;
        };
        if policy.get("Statement").is_some() {
            let name = text(policy.span, &format!("{role}Policy{at}"));
            let made = vec![("PolicyName", name), ("PolicyDocument", policy.clone())];
            found.push(map(policy.span, made));
            stand.push(many.map(|_| at));
        } else if entries.iter().any(|e| DECIDES.contains(&&*e.key)) {
            return (unknown(span), Vec::new());
        }
    }
    (list(span, found), stand)
}

/// The managed policies among a function's `Policies`, by their names or ARNs. SAM's own templates are
/// none, and what SAM adds for logs, tracing and networks is left out: it is no administrator's.
fn managed(policies: Option<&Node>, span: Span) -> Node {
    let mut found = Vec::new();
    let one = policies.map(std::slice::from_ref).unwrap_or_default();
    for policy in policies.and_then(Node::as_list).unwrap_or(one) {
        match (policy.as_str(), policy.as_map()) {
            (Some("AdministratorAccess"), _) => {
                found.push(text(
                    policy.span,
                    "arn:aws:iam::aws:policy/AdministratorAccess",
                ));
            }
            (Some(_), _) => found.push(policy.clone()),
            (_, Some(entries)) => {
                if entries.iter().any(|e| DECIDES.contains(&&*e.key)) {
                    return unknown(policy.span);
                }
                let is_function = |key: &str| key == "Ref" || key.starts_with("Fn::");
                if entries.iter().any(|e| is_function(&e.key)) {
                    found.push(policy.clone());
                }
            }
            _ => {}
        }
    }
    list(span, found)
}

/// Who takes on a function's role, unless it says so itself.
fn trust(span: Span) -> Node {
    let principal = map(span, vec![("Service", text(span, "lambda.amazonaws.com"))]);
    let statement = vec![
        ("Effect", text(span, "Allow")),
        ("Principal", principal),
        ("Action", text(span, "sts:AssumeRole")),
    ];
    map(
        span,
        vec![("Statement", list(span, vec![map(span, statement)]))],
    )
}

/// Functions that may give a document.
const DECIDES: [&str; 3] = ["Fn::If", "Fn::Transform", "Fn::FindInMap"];

/// Settings that `AWS::Lambda::Function` does not have, or has in another shape.
const CONSUMED: [&str; 24] = [
    "Tracing",
    "InlineCode",
    "CodeUri",
    "ImageUri",
    "DeadLetterQueue",
    "Tags",
    "Events",
    "Policies",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "AutoPublishCodeSha256",
    "VersionDescription",
    "VersionDeletionPolicy",
    "DeploymentPreference",
    "ProvisionedConcurrencyConfig",
    "FunctionUrlConfig",
    "EventInvokeConfig",
    "AssumeRolePolicyDocument",
    "RolePath",
    "PermissionsBoundary",
    "PropagateTags",
    "PublishToLatestPublished",
    "CapacityProviderConfig",
    "FunctionScalingConfig",
];

pub(super) fn function(mut builder: Builder<'_>, out: &mut Output) {
    let id = builder.declared.id.clone();
    let span = builder.span;
    builder.copy_all(&CONSUMED);
    builder.tags("Tags");
    if let Some(mode) = builder.get("Tracing") {
        let place = builder.place("Tracing");
        let off = mode.as_str() == Some("Disabled");
        if !off {
            builder.set(
                "TracingConfig",
                map(mode.span, vec![("Mode", mode)]),
                Some("Tracing"),
            );
        }
        builder.stands(Path::root().key("TracingConfig").key("Mode"), place.clone());
        if off {
            builder.stands(Path::root().key("TracingConfig"), place);
        }
    }
    for (setting, part) in [("InlineCode", "ZipFile"), ("ImageUri", "ImageUri")] {
        if let Some(code) = builder.get(setting) {
            let place = builder.place(setting);
            builder.set("Code", map(code.span, vec![(part, code)]), Some(setting));
            builder.stands(Path::root().key("Code").key(part), place);
        }
    }
    if let Some(queue) = builder.get("DeadLetterQueue") {
        let place = builder.place("DeadLetterQueue").key("TargetArn");
        let target = queue.get("TargetArn").cloned();
        let entries = target.map(|arn| ("TargetArn", arn)).into_iter().collect();
        builder.set(
            "DeadLetterConfig",
            map(queue.span, entries),
            Some("DeadLetterQueue"),
        );
        builder.stands(Path::root().key("DeadLetterConfig").key("TargetArn"), place);
    }
    if builder.get("CodeUri").is_some() {
        builder.set("Code", unknown(span), Some("CodeUri"));
    }
    let mut role = None;
    if builder.get("Role").is_none() {
        let role_id = format!("{id}Role");
        let mut resource = builder.again();
        let said = "AssumeRolePolicyDocument";
        match builder.get(said) {
            Some(trusted) => resource.set(said, trusted, Some(said)),
            None => resource.set(said, trust(span), None),
        }
        let policies = builder.get("Policies");
        let named = managed(policies.as_ref(), span);
        resource.set("ManagedPolicyArns", named, Some("Policies"));
        if let Some(policies) = policies {
            let place = builder.place("Policies");
            let (policies, stand) = inline(&policies, &role_id);
            resource.set("Policies", policies, Some("Policies"));
            for (at, from) in stand.into_iter().enumerate() {
                let own = from.map_or(place.clone(), |from| place.clone().index(from));
                let property = Path::root().key("Policies").index(at).key("PolicyDocument");
                resource.stands(property, own);
            }
        }
        resource.copy("PermissionsBoundary");
        if let Some(path) = builder.get("RolePath") {
            resource.set("Path", path, Some("RolePath"));
        }
        resource.tags("Tags");
        builder.set("Role", attribute(span, &role_id, "Arn"), None);
        role = Some(resource.finish(Some(role_id), "AWS::IAM::Role"));
    }
    let events = builder.get("Events");
    let events_path = builder.place("Events");
    let again = || builder.again();
    let mut more = Vec::new();
    if let Some(alias) = builder.get("AutoPublishAlias") {
        let mut version = again();
        version.set("FunctionName", reference(span, &id), None);
        let version_id = format!("{id}Version");
        out.alias(&id, "Version", &version_id);
        more.push(version.finish(Some(version_id), "AWS::Lambda::Version"));
        let mut resource = again();
        let alias_id = format!("{id}Alias{}", alias.as_str().unwrap_or_default());
        resource.set("FunctionName", reference(span, &id), None);
        resource.set("Name", alias, Some("AutoPublishAlias"));
        resource.copy("ProvisionedConcurrencyConfig");
        out.alias(&id, "Alias", &alias_id);
        more.push(resource.finish(Some(alias_id), "AWS::Lambda::Alias"));
    }
    for (setting, suffix, rtype, key) in [
        (
            "EventInvokeConfig",
            "EventInvokeConfig",
            "AWS::Lambda::EventInvokeConfig",
            "FunctionName",
        ),
        (
            "FunctionUrlConfig",
            "Url",
            "AWS::Lambda::Url",
            "TargetFunctionArn",
        ),
    ] {
        if let Some(config) = builder.get(setting) {
            let mut resource = again();
            spread(&mut resource, &config, &builder.place(setting));
            resource.set(key, reference(span, &id), None);
            more.push(resource.finish(Some(format!("{id}{suffix}")), rtype));
        }
    }
    let condition = builder.declared.condition.clone();
    for event in events.as_ref().and_then(Node::as_map).unwrap_or_default() {
        let place = events_path.clone().key(&*event.key);
        let properties = event.value.get("Properties");
        let has = |key: &str| properties.is_some_and(|p| p.get(key).is_some());
        match event.value.get("Type").and_then(Node::as_str) {
            Some("Api") if !has("RestApiId") => {
                imply(&mut out.rest_event, place, &condition);
            }
            Some("HttpApi") if !has("ApiId") => {
                imply(&mut out.http_event, place, &condition);
            }
            Some("SQS" | "Kinesis" | "DynamoDB" | "MSK") => {
                let mut resource = again();
                let place = place.key("Properties");
                if let Some(properties) = properties {
                    spread(&mut resource, properties, &place);
                }
                for name in ["Queue", "Stream"] {
                    if let Some(source) = properties.and_then(|p| p.get(name)) {
                        resource.set("EventSourceArn", source.clone(), None);
                        let own = Path::root().key("EventSourceArn");
                        resource.stands(own, place.clone().key(name));
                    }
                }
                resource.set("FunctionName", reference(span, &id), None);
                let mapping = format!("{id}{}", event.key);
                more.push(resource.finish(Some(mapping), "AWS::Lambda::EventSourceMapping"));
            }
            _ => {}
        }
    }
    out.resources
        .push(builder.finish(None, "AWS::Lambda::Function"));
    out.resources.extend(more);
    out.resources.extend(role);
}

/// Makes the members of a setting properties of their own.
fn spread(builder: &mut Builder<'_>, setting: &Node, place: &Path) {
    for entry in setting.as_map().unwrap_or_default() {
        if matches!(&*entry.key, "Queue" | "Stream") {
            continue;
        }
        builder.set(&entry.key, entry.value.clone(), None);
        builder.stands(
            Path::root().key(&*entry.key),
            place.clone().key(&*entry.key),
        );
    }
}

/// Notes an event that calls for an implicit API. The API depends on a condition only if all such
/// events depend on that one.
fn imply(event: &mut Option<(Path, Option<String>)>, place: Path, condition: &Option<String>) {
    match event {
        None => *event = Some((place, condition.clone())),
        Some((_, first)) if first != condition => *first = None,
        Some(_) => {}
    }
}
