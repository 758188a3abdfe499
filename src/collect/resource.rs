//! From what an account answers about something to a resource.

use std::sync::Arc;

use super::groups::is_from;
use super::item;
use super::made;
use crate::model::{Map, OBSERVED, Origin, Path, Reason, Region, Resource, Segment, Value};
use crate::source::{columns, fit};
use crate::types::{self, Door, Fact, Kind, Plan, Property, Recorded, Step, TypeFile};

/// Where an item was found.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) account: Arc<str>,
    /// `None` for what a global service has.
    pub(super) region: Option<Arc<str>>,
}

/// What could not be had about an item, by the name of the call in its type's file, and why.
pub(super) type Missing = Vec<(Arc<str>, Arc<str>)>;

/// The resource that an item describes; `None` if it has no id.
pub(super) fn build(
    rtype: &Arc<str>,
    plan: &Plan,
    item: &Map,
    place: &Place,
    missing: &Missing,
) -> Option<Resource> {
    let shape = types::shape(rtype)?;
    let file = types::file(rtype)?;
    let mut properties = Map::default();
    for field in &shape.root().fields {
        if let Some(value) = item.get(&field.name)
            && is_same(file, &field.name)
        {
            properties.insert(Arc::clone(&field.name), value.clone());
        }
    }
    for (name, value) in columns::properties(rtype, item, Door::Live).iter() {
        properties.insert(Arc::clone(name), value.clone());
    }
    made::finish(rtype, item, &mut properties);
    fit::properties(&mut properties, shape);
    tag(&mut properties, rtype, plan, item);
    types::canonicalise(rtype, &mut properties, Door::Live);
    let mut observed = columns::facts(rtype, item, Door::Live);
    for (name, why) in missing {
        forget(&mut properties, &mut observed, rtype, plan, name, why);
    }
    let mut resource = resource(rtype, plan, item, place, properties)?;
    resource.observed = observed;
    if types::has_times(rtype) {
        resource.captured = item::text(item, "$captured").map(Into::into);
    }
    Some(resource)
}

/// A resource of which no more is known than that there is one.
pub(super) fn blank(
    rtype: &Arc<str>,
    plan: &Plan,
    item: &Map,
    place: &Place,
    why: &str,
) -> Option<Resource> {
    let shape = types::shape(rtype)?;
    let unknown = Value::unknown(Reason::NotCollected(why.into()));
    let fields = shape.root().fields.iter();
    let properties = fields.map(|field| (Arc::clone(&field.name), unknown.clone()));
    let properties = Map::new(properties.collect());
    let facts = types::facts(rtype).iter();
    let observed = facts.map(|fact| (fact.name().into(), unknown.clone()));
    let observed: Map = observed.collect();
    let made = resource(rtype, plan, item, place, properties).or_else(|| {
        // What the id is called is said by the call that failed; the list has it as a text.
        let mut named = item.clone();
        let id = item::text(item, "$item")?;
        item::set(&mut named, "$id", id);
        let plan = Plan {
            id: "$id".into(),
            ..plan.clone()
        };
        resource(rtype, &plan, &named, place, Map::default()).map(|mut found| {
            found.properties = Map::new(
                shape
                    .root()
                    .fields
                    .iter()
                    .map(|field| (Arc::clone(&field.name), unknown.clone()))
                    .collect(),
            );
            found
        })
    });
    made.map(|made| Resource { observed, ..made })
}

fn resource(
    rtype: &Arc<str>,
    plan: &Plan,
    item: &Map,
    place: &Place,
    properties: Map,
) -> Option<Resource> {
    let id: Arc<str> = item::fill(item, &plan.id)?.into();
    let arn: Option<Arc<str>> = plan
        .arn
        .as_ref()
        .and_then(|arn| item::fill(item, arn))
        .map(Into::into);
    let own = item::text(item, "$own");
    let is_nowhere = arn.as_deref().and_then(|arn| arn.split(':').nth(3)) == Some("");
    let region = match (own, &place.region) {
        _ if types::is_global(rtype, &properties) => Region::Global,
        (Some(own), _) => Region::In(own.into()),
        (None, _) if plan.region.is_some() => Region::Unknown(Arc::new(Reason::NotCollected(
            "the list it was found in does not say its Region".into(),
        ))),
        // It is told of in every Region that it reaches, such as a global database.
        (None, Some(_)) if is_nowhere => Region::Global,
        (None, Some(region)) => Region::In(Arc::clone(region)),
        (None, None) => Region::Global,
    };
    let mut names: Vec<Arc<str>> = vec![Arc::clone(&id)];
    for path in &plan.names {
        let found: Vec<String> = match path.contains('{') {
            true => item::fill(item, path).into_iter().collect(),
            false => item::find(item, path)
                .into_iter()
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect(),
        };
        for name in found {
            if !name.is_empty() && !names.iter().any(|known| **known == *name) {
                names.push(name.into());
            }
        }
    }
    names.retain(|name| arn.as_deref() != Some(&**name));
    Some(Resource {
        rtype: Arc::clone(rtype),
        key: format!("{}/{region}/{rtype}/{id}", place.account).into(),
        id: Arc::clone(&id),
        address: id,
        arn,
        names: names.into(),
        account: Some(Arc::clone(&place.account)),
        region,
        properties,
        observed: Map::default(),
        captured: None,
        exists: Value::Bool(true),
        origin: Origin {
            source: 0,
            node: Path::root(),
            moved: Box::default(),
            behind: Box::default(),
        },
        construct: None,
        depends: None,
        suppressions: Box::default(),
    })
}

/// Whether a property has the name, and so the value, that the API gives it.
fn is_same(file: &TypeFile, name: &str) -> bool {
    let of = |p: &&Property| matches!(p.path.first(), Some(Step::Name(first)) if **first == *name);
    !file.properties.iter().filter(of).any(|p| {
        p.live.is_some()
            || p.never.iter().any(|door| **door == *"live")
            || (p.path.len() == 1 && p.said(Door::Live) != Recorded::AsSaid)
    })
}

/// The tags, in the form that the type's schema gives them.
fn tag(properties: &mut Map, rtype: &str, plan: &Plan, item: &Map) {
    let (Some(path), Some(property)) = (&plan.tags, types::tags_property(rtype)) else {
        return;
    };
    let mut tags: Vec<(Arc<str>, Value)> = Vec::new();
    for found in item::find(item, path.trim_end_matches("[]")) {
        match found {
            Value::Map(map) => tags.extend(map.iter().map(|(k, v)| (Arc::clone(k), v.clone()))),
            Value::List(items) => {
                for tag in items.iter().filter_map(Value::as_map) {
                    let said = |names: [&str; 3]| names.iter().find_map(|name| tag.get(name));
                    if let Some(key) = said(["Key", "key", "TagKey"]).and_then(Value::as_str) {
                        let value = said(["Value", "value", "TagValue"]);
                        let value = value.cloned().unwrap_or_else(|| Value::string(""));
                        tags.push((key.into(), value));
                    }
                }
            }
            _ => {}
        }
    }
    // AWS's own tags are in no template.
    tags.retain(|(key, _)| !key.starts_with("aws:"));
    if tags.is_empty() {
        // What the call did not say is not known; what it said to be empty is not set.
        properties.insert(property.into(), Value::Null);
        return;
    }
    let field = types::shape(rtype).and_then(|shape| shape.root().field(property));
    let value = match field.map(|field| &field.kind) {
        Some(Kind::List(_)) => {
            let pair = |(key, value): (Arc<str>, Value)| {
                Value::Map(Map::new(vec![
                    ("Key".into(), Value::string(&*key)),
                    ("Value".into(), value),
                ]))
            };
            Value::List(tags.into_iter().map(pair).collect())
        }
        _ => Value::Map(Map::new(tags)),
    };
    properties.insert(property.into(), value);
}

/// The properties that a further call tells: each up to the first list in it, because within a list
/// there is nothing to mark.
fn told(rtype: &str, plan: &Plan, call: &str) -> Vec<Path> {
    let properties = types::file(rtype)
        .into_iter()
        .flat_map(|file| &file.properties);
    let mut paths: Vec<Path> = properties
        .filter(|property| is_from(property.live.as_ref(), call))
        .map(|property| {
            let names = property.path.iter().map_while(|step| match step {
                Step::Name(name) => Some(Segment::Key(Arc::clone(name))),
                Step::Each => None,
            });
            Path(names.collect())
        })
        .collect();
    let tags = plan.tags.as_deref().unwrap_or_default();
    let is_tags = tags
        .strip_prefix('$')
        .is_some_and(|path| path.split(['.', '[']).next() == Some(call));
    if is_tags && let Some(property) = types::tags_property(rtype) {
        paths.push(Path::root().key(property));
    }
    paths.sort();
    paths.dedup();
    paths
}

/// The facts that a further call tells.
fn told_facts(rtype: &str, call: &str) -> impl Iterator<Item = &'static Fact> {
    let facts = types::facts(rtype).iter();
    facts.filter(move |fact| is_from(fact.live.as_ref(), call))
}

/// The same, as text.
pub(super) fn told_by(rtype: &str, plan: &Plan, call: &str) -> Vec<String> {
    let paths = told(rtype, plan, call).into_iter();
    let facts = told_facts(rtype, call).map(|fact| format!("{OBSERVED}.{}", fact.name()));
    paths.map(|path| path.to_string()).chain(facts).collect()
}

/// Marks as not known what a call that failed, or was not made, would have said.
fn forget(
    properties: &mut Map,
    observed: &mut Map,
    rtype: &str,
    plan: &Plan,
    call: &str,
    why: &Arc<str>,
) {
    let unknown = Value::unknown(Reason::NotCollected((**why).into()));
    for path in told(rtype, plan, call) {
        put(properties, &path.0, unknown.clone());
    }
    for fact in told_facts(rtype, call) {
        observed.insert(fact.name().into(), unknown.clone());
    }
}

fn put(map: &mut Map, path: &[Segment], value: Value) {
    let Some((Segment::Key(name), rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        map.insert(Arc::clone(name), value);
        return;
    }
    if map.get(name).is_none() {
        map.insert(Arc::clone(name), Value::Map(Map::default()));
    }
    if let Some(Value::Map(inner)) = map.get_mut(name) {
        put(inner, rest, value);
    }
}
