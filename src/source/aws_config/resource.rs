//! One configuration item as a resource.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::form::Form;
use super::item::Item;
use super::resources::{self, Draft};
use crate::model::{Map, Origin, Path, Reason, Region, Resource, SourceId, Value};
use crate::source::values::{self, Values};
use crate::source::{Options, columns, fit};
use crate::types::{self, Door, Kind};

/// Fields of configurations whose text other resources use to name a resource.
const NAMES: [&[&str]; 16] = [
    &["id"],
    &["Id"],
    &["apiId"],
    &["ApiId"],
    &["arn"],
    &["allocationId"],
    &["publicIp"],
    &["dNSName"],
    &["dnsname"],
    &["domainName"],
    &["DnsName"],
    &["DualStackDnsName"],
    &["endpoint"],
    &["endpoint", "address"],
    &["endpoint", "value"],
    &["readerEndpoint"],
];

/// Where an item is, and what is said of where its resource is.
pub(super) struct Place<'a> {
    pub(super) path: &'a str,
    pub(super) source: SourceId,
    pub(super) entry: usize,
    pub(super) options: &'a Options,
}

/// A resource, and what else its item says.
pub(super) struct Built {
    pub(super) resource: Resource,
    pub(super) more: Option<Resource>,
    /// There was nothing to read but the envelope.
    pub(super) is_blank: bool,
}

/// The resource that an item describes; `None` if it turns out to be of a form that skylint does
/// not know.
pub(super) fn build(
    item: &Item<'_>,
    rtype: &Arc<str>,
    form: &Form,
    values: &Values,
    place: &Place<'_>,
) -> Option<Built> {
    let configuration = item.configuration.and_then(|json| object(values, json));
    if form.is_guess {
        let known = configuration.as_ref()?;
        known.iter().find(|(name, _)| form.has(name))?;
    }
    let is_blank = configuration.as_ref().is_none_or(Map::is_empty);
    let mut draft = Draft {
        rtype: Arc::clone(rtype),
        attributes: attributes(item, configuration.unwrap_or_default(), values),
        properties: Map::default(),
    };
    if form.is_cloudformation {
        let own = draft.attributes.iter().filter(|(name, _)| form.has(name));
        let own = own.map(|(name, value)| (Arc::clone(name), value.clone()));
        draft.properties = Map::new(own.collect());
    }
    for (name, value) in columns::properties(rtype, &draft.attributes, Door::AwsConfig).iter() {
        draft.properties.insert(Arc::clone(name), value.clone());
    }
    resources::finish(&mut draft);
    fit::properties(&mut draft.properties, form.shape);
    tag(&mut draft.properties, rtype, item.tags, values);
    types::canonicalise(rtype, &mut draft.properties, Door::AwsConfig);
    let mut observed = columns::facts(rtype, &draft.attributes, Door::AwsConfig);
    if is_blank {
        form.blank(&mut draft.properties, &mut observed);
    }
    let mut resource = resource(item, &mut draft, place)?;
    resource.observed = observed;
    let more = resources::web_acl::association(&resource, &draft);
    Some(Built {
        resource,
        more,
        is_blank,
    })
}

/// An object, or one in a string.
fn object(values: &Values, json: &RawValue) -> Option<Map> {
    match unquoted(values.read(json)) {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

/// JSON that is in a string as what it says.
fn unquoted(value: Value) -> Value {
    match &value {
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            values::from_text(text).unwrap_or(value)
        }
        _ => value,
    }
}

/// The configuration, and beside it what columns call `$`, `$supplementary` and `$tags`.
fn attributes(item: &Item<'_>, mut configuration: Map, values: &Values) -> Map {
    let supplementary = item.supplementary_configuration;
    if let Some(Value::Map(map)) = supplementary.map(|json| unquoted(values.read(json))) {
        let map = map
            .iter()
            .map(|(name, value)| (Arc::clone(name), unquoted(value.clone())));
        let map = Value::Map(Map::new(map.collect()));
        configuration.insert(values.name("$supplementary"), map);
    }
    let envelope = [
        ("ARN", item.arn()),
        ("resourceId", item.id()),
        ("resourceName", item.name()),
        ("awsRegion", item.region()),
        ("availabilityZone", item.zone()),
    ];
    let known = envelope
        .into_iter()
        .filter_map(|(name, text)| Some((values.name(name), Value::string(text?))));
    configuration.insert(values.name("$"), Value::Map(Map::new(known.collect())));
    configuration
}

/// Sets the tags, which are beside the configuration.
fn tag(properties: &mut Map, rtype: &str, tags: Option<&RawValue>, values: &Values) {
    let Some(property) = types::tags_property(rtype) else {
        return;
    };
    if properties.get(property).is_some() {
        return;
    }
    let Some(Value::Map(tags)) = tags.map(|json| values.read(json)) else {
        return;
    };
    if tags.is_empty() {
        return;
    }
    let field = types::shape(rtype).and_then(|shape| shape.root().field(property));
    let value = match field.map(|field| &field.kind) {
        Some(Kind::List(_)) => {
            let pair = |(key, value): (&Arc<str>, &Value)| {
                Value::Map(Map::new(vec![
                    (values.name("Key"), Value::string(&**key)),
                    (values.name("Value"), value.clone()),
                ]))
            };
            Value::List(tags.iter().map(pair).collect())
        }
        _ => Value::Map(tags),
    };
    properties.insert(values.name(property), value);
}

fn resource(item: &Item<'_>, draft: &mut Draft, place: &Place<'_>) -> Option<Resource> {
    let arn = item.arn();
    // RDS's resource ids say nothing to anyone, and its API does not take them.
    let id = match draft.rtype.starts_with("AWS::RDS::") {
        true => item.name().or_else(|| item.id()),
        false => item.id(),
    };
    let id: Arc<str> = id.or(arn)?.into();
    let said = |text: Option<&str>| text.map(Arc::from);
    let region = place.options.region_for(place.path, said(item.region()));
    let account = place.options.account_for(place.path, said(item.account()));
    let is_global = types::is_global(&draft.rtype, &draft.properties);
    let region = match region {
        _ if is_global => Region::Global,
        Some(name) if &*name == "global" => Region::Global,
        Some(name) => Region::In(name),
        None => Region::Unknown(Arc::new(Reason::Other(
            "its configuration item does not say which Region it is in (--region)".into(),
        ))),
    };
    let mut names: Vec<Arc<str>> = Vec::new();
    let found = NAMES
        .iter()
        .filter_map(|path| text(&draft.attributes, path));
    for name in item.id().into_iter().chain(item.name()).chain(found) {
        if arn != Some(name) && !names.iter().any(|known| **known == *name) {
            names.push(name.into());
        }
    }
    let key = match arn {
        Some(arn) => format!("{}#{arn}", place.path),
        None => format!("{}#{region}/{}/{id}", place.path, draft.rtype),
    };
    Some(Resource {
        rtype: Arc::clone(&draft.rtype),
        key: key.into(),
        id: Arc::clone(&id),
        address: id,
        arn: arn.map(Arc::from),
        names: names.into(),
        account,
        region,
        properties: std::mem::take(&mut draft.properties),
        observed: Map::default(),
        captured: Some(item.captured().into()).filter(|at: &Arc<str>| !at.is_empty()),
        exists: Value::Bool(true),
        origin: Origin {
            source: place.source,
            node: Path::root().index(place.entry),
            moved: Box::default(),
            behind: Box::default(),
        },
        construct: None,
        depends: None,
        suppressions: Box::default(),
    })
}

/// The text at a path of names.
fn text<'v>(map: &'v Map, path: &[&str]) -> Option<&'v str> {
    let (last, before) = path.split_last()?;
    let mut map = map;
    for name in before {
        map = map.get(name)?.as_map()?;
    }
    map.get(last)?.as_str().filter(|text| !text.is_empty())
}
