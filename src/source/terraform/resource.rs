//! One resource of a plan or state, once its attributes are known.

use std::sync::Arc;

use super::address::Address;
use super::providers::{self, Setting};
use super::resources;
use crate::model::{
    Depends, Map, Origin, Path, Reason, Region, Resource, SourceId, Unknown, Value,
};
use crate::source::columns;
use crate::types::{self, Door};

/// Attributes whose text other resources use to name a resource.
const NAMES: [&str; 12] = [
    "id",
    "arn",
    "dns_name",
    "domain_name",
    "bucket_regional_domain_name",
    "bucket_domain_name",
    "endpoint",
    "address",
    "zone_id",
    "invoke_url",
    "cloudfront_domain_name",
    "regional_domain_name",
];

/// What a file says about a resource.
pub(super) struct Described<'a> {
    pub(super) address: &'a Address,
    pub(super) attributes: &'a Map,
    /// Where its provider works.
    pub(super) provider: Option<&'a Setting>,
    /// Where it is unless something else is said.
    pub(super) fallback: &'a Setting,
    /// The file, and the resource's number in it.
    pub(super) source: SourceId,
    pub(super) number: usize,
    /// What keys begin with.
    pub(super) prefix: &'a str,
    /// The blocks that a state says it depends on.
    pub(super) depends_on: Option<&'a [String]>,
}

/// What a resource adds to another, if that is all it does.
pub(super) fn attachment(described: &Described<'_>) -> Option<resources::Attachment> {
    let provider = described.provider.and_then(|p| p.region.clone());
    let region = providers::own(described.attributes)
        .region
        .filter(|_| described.attributes.get("region").is_some())
        .or(provider)
        .or_else(|| described.fallback.region.clone());
    resources::attachment(
        &described.address.rtype,
        described.attributes,
        region.as_ref(),
    )
}

/// Makes `tags` those that the resource will have, with its provider's default tags; why there may be more.
///
/// As soon as one of the resource's own tags is not known, the provider plans `tags_all` as not known; it does so too
/// where there are none at all (`setTagsAll` in terraform-provider-aws, internal/provider/tags_interceptor.go).
fn all_tags(attributes: &mut Map, provider: Option<&Setting>) -> Option<Unknown> {
    match attributes.get("tags_all") {
        Some(all @ Value::Map(_)) => {
            let all = all.clone();
            attributes.insert("tags".into(), all);
            None
        }
        Some(Value::Unknown(_)) => match provider?.tags.as_ref()? {
            Value::Map(defaults) => {
                let mut all = match attributes.get("tags") {
                    Some(Value::Map(own)) => own.clone(),
                    Some(Value::Unknown(why)) if !matches!(**why, Reason::NotSet(_)) => {
                        return None;
                    }
                    _ => Map::default(),
                };
                for (key, value) in defaults.iter() {
                    if all.get(key).is_none() {
                        all.insert(Arc::clone(key), value.clone());
                    }
                }
                attributes.insert("tags".into(), Value::Map(all));
                None
            }
            Value::Unknown(why) => Some(Arc::clone(why)),
            _ => None,
        },
        _ => None,
    }
}

/// Adds to tags that there may be more.
fn open(properties: &mut Map, tags: &str, why: Unknown) {
    let more = match properties.get(tags) {
        Some(Value::List(items)) => {
            let more = [Value::Unknown(why)];
            Value::List(items.iter().cloned().chain(more).collect())
        }
        Some(Value::Null) | None => Value::List(Box::new([Value::Unknown(why)])),
        Some(_) => Value::Unknown(why),
    };
    properties.insert(tags.into(), more);
}

/// The resource in CloudFormation's words; `None` for a type that skylint does not know.
pub(super) fn build(described: &Described<'_>) -> Option<Resource> {
    let address = described.address;
    let mut attributes = described.attributes.clone();
    let more = all_tags(&mut attributes, described.provider);
    let attributes = &attributes;
    let own = providers::own(attributes);
    let pick = |field: fn(&Setting) -> &Option<Arc<str>>| {
        field(&own)
            .clone()
            .or_else(|| described.provider.and_then(|p| field(p).clone()))
            .or_else(|| field(described.fallback).clone())
    };
    let region = pick(|s| &s.region);
    let account = pick(|s| &s.account);
    let mut draft = resources::Draft {
        rtype: types::name(types::for_terraform(&address.rtype)?),
        region: region.clone(),
        properties: Map::default(),
        moved: Vec::new(),
    };
    draft.properties = columns::properties(&draft.rtype, attributes, Door::Terraform);
    if let (Some(why), Some(tags)) = (more, types::tags_property(&draft.rtype)) {
        open(&mut draft.properties, tags, why);
    }
    resources::finish(&address.rtype, attributes, &mut draft);
    types::canonicalise(&draft.rtype, &mut draft.properties, Door::Terraform);
    let region = if types::is_global(&draft.rtype, &draft.properties) {
        Region::Global
    } else {
        match region {
            Some(region) => Region::In(region),
            None => Region::Unknown(Arc::new(Reason::Other(
                "neither its provider nor its attributes say which Region it is in (--region)"
                    .into(),
            ))),
        }
    };
    let text = |name: &str| {
        attributes
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let arn = text("arn").or_else(|| text("id").filter(|id| id.starts_with("arn:")));
    let mut names: Vec<Arc<str>> = Vec::new();
    for name in NAMES.into_iter().filter_map(text) {
        if arn != Some(name) && !names.iter().any(|known| **known == *name) {
            names.push(name.into());
        }
    }
    draft
        .moved
        .sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.0.len()));
    Some(Resource {
        rtype: draft.rtype,
        key: format!("{}#{address}", described.prefix).into(),
        id: address.to_string().into(),
        address: address.to_string().into(),
        arn: arn.map(Into::into),
        names: names.into(),
        account,
        region,
        properties: draft.properties,
        observed: Map::default(),
        captured: None,
        exists: Value::Bool(true),
        origin: Origin {
            source: described.source,
            node: Path::root().index(described.number),
            moved: draft.moved.into(),
            behind: Box::default(),
        },
        construct: None,
        depends: described.depends_on.map(|on| {
            Arc::new(Depends {
                block: address.block_path().into(),
                on: on.iter().map(|block| block.as_str().into()).collect(),
            })
        }),
        suppressions: Box::default(),
    })
}
