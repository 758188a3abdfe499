//! Route 53 records: names relative to their zone, and hosted zones that never change.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Draft;
use crate::model::{Map, Part, Resource, Value};

const RECORD: &str = "AWS::Route53::RecordSet";
const ZONE: &str = "AWS::Route53::HostedZone";

/// Removes what the provider writes where nothing is set, and takes the full name where it is
/// known.
pub(super) fn record(attributes: &Map, draft: &mut Draft) {
    let properties = &mut draft.properties;
    if properties.get("AliasTarget").is_some() {
        // An alias has no time to live of its own; state says 0.
        properties.insert("TTL".into(), Value::Null);
        properties.insert("ResourceRecords".into(), Value::Null);
    }
    if let Some(name @ Value::String(_)) = attributes.get("fqdn") {
        properties.insert("Name".into(), name.clone());
    }
}

/// The zones of services whose every name is in one zone: in a template they are literals, in a
/// plan often an attribute of what they belong to.
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html>
const SERVICE_ZONES: [(&str, &str); 2] = [
    ("AWS::CloudFront::Distribution", "Z2FDTNDATAQYW2"),
    ("AWS::GlobalAccelerator::Accelerator", "Z2BJ6XQ5FK7U4H"),
];

/// Completes the names of records with their zone's.
pub(super) fn connect(resources: &mut [Resource]) {
    if !resources.iter().any(|r| &*r.rtype == RECORD) {
        return;
    }
    let mut zones: FxHashMap<Arc<str>, Value> = FxHashMap::default();
    let mut services: FxHashMap<Arc<str>, &str> = FxHashMap::default();
    for resource in resources.iter() {
        if &*resource.rtype == ZONE
            && let Some(name) = resource.property("Name")
        {
            zones.insert(Arc::clone(&resource.key), name.clone());
            for text in &resource.names {
                zones.insert(Arc::clone(text), name.clone());
            }
        }
        if let Some((_, zone)) = SERVICE_ZONES.iter().find(|(t, _)| *t == &*resource.rtype) {
            services.insert(Arc::clone(&resource.key), zone);
        }
    }
    for record in resources.iter_mut().filter(|r| &*r.rtype == RECORD) {
        if let Some(Value::Map(alias)) = record.properties.get_mut("AliasTarget")
            && let Some(Value::Reference(reference)) = alias.get("HostedZoneId")
            && let Some(zone) = services.get(&reference.target)
        {
            alias.insert("HostedZoneId".into(), Value::string(*zone));
        }
        let zone = match record.property("HostedZoneId") {
            Some(Value::Reference(reference)) => zones.get(&reference.target),
            Some(Value::String(id)) => zones.get(&**id),
            _ => None,
        };
        let Some(zone) = zone else { continue };
        if let Some(full) = record.property("Name").and_then(|name| within(name, zone)) {
            record.properties.insert("Name".into(), full);
        }
    }
}

/// A name in a zone: the provider appends the zone's name unless the name ends with it.
fn within(name: &Value, zone: &Value) -> Option<Value> {
    let name = name.as_str()?;
    let bare = name.trim_end_matches('.');
    match zone {
        Value::String(zone) => {
            let zone = zone.trim_end_matches('.');
            let inside = bare
                .strip_suffix(zone)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            (!inside).then(|| match bare {
                "" => Value::string(zone),
                bare => Value::string(format!("{bare}.{zone}")),
            })
        }
        Value::Unknown(why) if !bare.contains('.') => Some(Value::Composed(Arc::from([
            Part::Text(format!("{bare}.").into()),
            Part::Unknown(Arc::clone(why)),
        ]))),
        _ => None,
    }
}
