//! `AWS::Serverless::Api` and `AWS::Serverless::HttpApi`, and the APIs that events imply.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-api.html>

use crate::document::Node;
use crate::model::Path;
use crate::types;

use super::super::world::Declared;
use super::build::{self, Builder, attribute, list, map, reference, text, truth};
use super::{Output, stage_id};

pub(super) fn rest(mut builder: Builder<'_>, out: &mut Output) {
    let id = builder.declared.id.clone();
    let span = builder.span;
    let name = builder.get("StageName");
    let stage_id = stage_id(&id, name.as_ref());

    let mut stage = builder.again();
    for key in [
        "StageName",
        "Variables",
        "CacheClusterEnabled",
        "CacheClusterSize",
        "MethodSettings",
        "AccessLogSetting",
        "CanarySetting",
        "TracingEnabled",
        "DocumentationVersion",
    ] {
        stage.copy(key);
    }
    stage.tags("Tags");
    stage.set("RestApiId", reference(span, &id), None);

    for key in [
        "Name",
        "Description",
        "BinaryMediaTypes",
        "MinimumCompressionSize",
        "ApiKeySourceType",
        "FailOnWarnings",
        "DisableExecuteApiEndpoint",
        "Mode",
        "Policy",
    ] {
        builder.copy(key);
    }
    builder.tags("Tags");
    if let Some(body) = builder.get("DefinitionBody") {
        builder.set("Body", body, Some("DefinitionBody"));
    }
    if let Some(endpoint) = builder.get("EndpointConfiguration") {
        let value = endpoint_configuration(&endpoint);
        builder.set(
            "EndpointConfiguration",
            value,
            Some("EndpointConfiguration"),
        );
    }
    let domain = domain(&builder, &id, false, out);
    out.resources
        .push(builder.finish(None, "AWS::ApiGateway::RestApi"));
    out.alias(&id, "Stage", &stage_id);
    out.resources
        .push(stage.finish(Some(stage_id), "AWS::ApiGateway::Stage"));
    out.resources.extend(domain);
}

pub(super) fn http(mut builder: Builder<'_>, out: &mut Output) {
    let id = builder.declared.id.clone();
    let span = builder.span;
    let name = builder
        .get("StageName")
        .unwrap_or_else(|| text(span, "$default"));
    let stage_id = stage_id(&id, Some(&name));

    let mut stage = builder.again();
    for key in [
        "StageVariables",
        "AccessLogSettings",
        "DefaultRouteSettings",
        "RouteSettings",
        "Tags",
    ] {
        stage.copy(key);
    }
    let from = builder.get("StageName").is_some().then_some("StageName");
    stage.set("StageName", name, from);
    stage.set("AutoDeploy", truth(span, true), None);
    stage.set("ApiId", reference(span, &id), None);

    for key in [
        "Name",
        "Description",
        "DisableExecuteApiEndpoint",
        "FailOnWarnings",
        "Tags",
    ] {
        builder.copy(key);
    }
    if let Some(body) = builder.get("DefinitionBody") {
        builder.set("Body", body, Some("DefinitionBody"));
    }
    let domain = domain(&builder, &id, true, out);
    out.resources
        .push(builder.finish(None, "AWS::ApiGatewayV2::Api"));
    out.alias(&id, "Stage", &stage_id);
    out.resources
        .push(stage.finish(Some(stage_id), "AWS::ApiGatewayV2::Stage"));
    out.resources.extend(domain);
}

/// SAM takes `REGIONAL` or `{Type: REGIONAL}`; API Gateway `{Types: [REGIONAL]}`.
fn endpoint_configuration(node: &Node) -> Node {
    let span = node.span;
    let types = |kind: &Node| ("Types", list(kind.span, vec![kind.clone()]));
    if node.as_str().is_some() || super::super::intrinsics::call(node).is_some() {
        return map(span, vec![types(node)]);
    }
    let mut entries = Vec::new();
    if let Some(kind) = node.get("Type") {
        entries.push(types(kind));
    }
    if let Some(endpoints) = node.get("VPCEndpointIds") {
        entries.push(("VpcEndpointIds", endpoints.clone()));
    }
    map(span, entries)
}

/// The custom domain of an API and its DNS record.
fn domain(builder: &Builder<'_>, api: &str, http: bool, out: &mut Output) -> Vec<Declared> {
    let Some(settings) = builder.get("Domain") else {
        return Vec::new();
    };
    let Some(name) = settings.get("DomainName").cloned() else {
        return Vec::new();
    };
    let place = builder.place("Domain");
    let own = |key: &str| Path::root().key(key);
    let span = settings.span;
    let id = format!("{api}DomainName");
    let endpoint = settings.get("EndpointConfiguration").cloned();
    let endpoint = endpoint.unwrap_or_else(|| text(span, "REGIONAL"));
    let edge = endpoint.as_str() == Some("EDGE");

    let mut resource = builder.again();
    resource.set("DomainName", name.clone(), None);
    resource.stands(own("DomainName"), place.clone().key("DomainName"));
    let certificate = settings.get("CertificateArn").cloned();
    if http {
        let mut entries = vec![("EndpointType", endpoint)];
        entries.extend(certificate.map(|arn| ("CertificateArn", arn)));
        entries.extend(
            settings
                .get("SecurityPolicy")
                .map(|p| ("SecurityPolicy", p.clone())),
        );
        resource.set(
            "DomainNameConfigurations",
            list(span, vec![map(span, entries)]),
            None,
        );
        resource.stands(own("DomainNameConfigurations"), place.clone());
    } else {
        resource.set(
            "EndpointConfiguration",
            endpoint_configuration(&endpoint),
            None,
        );
        resource.stands(
            own("EndpointConfiguration"),
            place.clone().key("EndpointConfiguration"),
        );
        let key = if edge {
            "CertificateArn"
        } else {
            "RegionalCertificateArn"
        };
        if let Some(arn) = certificate {
            resource.set(key, arn, None);
            resource.stands(own(key), place.clone().key("CertificateArn"));
        }
        if let Some(policy) = settings.get("SecurityPolicy") {
            resource.set("SecurityPolicy", policy.clone(), None);
            resource.stands(own("SecurityPolicy"), place.clone().key("SecurityPolicy"));
        }
    }
    resource.stands(Path::root(), place.clone());
    let rtype = if http {
        "AWS::ApiGatewayV2::DomainName"
    } else {
        "AWS::ApiGateway::DomainName"
    };
    out.alias(api, "DomainName", &id);
    let mut made = vec![resource.finish(Some(id.clone()), rtype)];

    let Some(route) = settings.get("Route53") else {
        return made;
    };
    let place = place.key("Route53");
    let (target, zone) = if edge {
        ("DistributionDomainName", "DistributionHostedZoneId")
    } else {
        ("RegionalDomainName", "RegionalHostedZoneId")
    };
    let v6 = route.get("IpV6").is_some_and(|v6| {
        !matches!(v6.data, crate::document::Data::Bool(false)) && v6.as_str() != Some("false")
    });
    let mut kinds = vec![("RecordSet", "A")];
    if v6 {
        kinds.push(("RecordSetAAAA", "AAAA"));
    }
    for (suffix, kind) in kinds {
        let mut record = builder.again();
        record.set("Name", name.clone(), None);
        record.set("Type", text(span, kind), None);
        let mut alias = vec![
            ("DNSName", attribute(span, &id, target)),
            ("HostedZoneId", attribute(span, &id, zone)),
        ];
        alias.extend(
            route
                .get("EvaluateTargetHealth")
                .map(|e| ("EvaluateTargetHealth", e.clone())),
        );
        record.set("AliasTarget", map(span, alias), None);
        for key in ["HostedZoneId", "HostedZoneName", "SetIdentifier", "Region"] {
            if let Some(value) = route.get(key) {
                record.set(key, value.clone(), None);
                record.stands(own(key), place.clone().key(key));
            }
        }
        let health = place.clone().key("EvaluateTargetHealth");
        record.stands(own("AliasTarget").key("EvaluateTargetHealth"), health);
        record.stands(Path::root(), place.clone());
        made.push(record.finish(Some(format!("{api}{suffix}")), "AWS::Route53::RecordSet"));
    }
    made
}

/// The APIs that functions with events of type `Api` and `HttpApi` get when they name none.
pub(super) fn implicit(tree: &Node, out: &mut Output) {
    for (id, kind, event) in [
        ("ServerlessRestApi", "Api", out.rest_event.take()),
        ("ServerlessHttpApi", "HttpApi", out.http_event.take()),
    ] {
        let Some((node, condition)) = event else {
            continue;
        };
        let span = tree.at(&node).map_or(tree.span, |node| node.span);
        let stage = (kind == "Api").then(|| ("StageName", text(span, "Prod")));
        let declared = Declared {
            id: id.to_owned(),
            rtype: types::name(&format!("AWS::Serverless::{kind}")),
            properties: Some(build::map(span, stage.into_iter().collect())),
            condition,
            node,
            moved: Vec::new(),
            construct: None,
            asset: None,
        };
        let builder = Builder::new(tree, &declared, kind);
        if kind == "Api" {
            rest(builder, out);
        } else {
            http(builder, out);
        }
    }
}
