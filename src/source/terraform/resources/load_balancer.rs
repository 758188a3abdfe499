//! Load balancers: CloudFormation has a list of named attributes where Terraform has arguments.

use super::Draft;
use crate::model::{Map, Value};

const ATTRIBUTES: [(&str, &str); 8] = [
    ("deletion_protection.enabled", "enable_deletion_protection"),
    (
        "load_balancing.cross_zone.enabled",
        "enable_cross_zone_load_balancing",
    ),
    ("routing.http2.enabled", "enable_http2"),
    ("waf.fail_open.enabled", "enable_waf_fail_open"),
    ("idle_timeout.timeout_seconds", "idle_timeout"),
    (
        "routing.http.drop_invalid_header_fields.enabled",
        "drop_invalid_header_fields",
    ),
    (
        "routing.http.desync_mitigation_mode",
        "desync_mitigation_mode",
    ),
    ("zonal_shift.config.enabled", "enable_zonal_shift"),
];

/// `internal` is the scheme, and the arguments are attributes.
pub(super) fn attributes(attributes: &Map, draft: &mut Draft) {
    let scheme = match attributes.get("internal") {
        Some(Value::Bool(true)) => Some(Value::string("internal")),
        Some(Value::Unknown(why)) if !matches!(**why, crate::model::Reason::NotSet(_)) => {
            Some(Value::Unknown(why.clone()))
        }
        _ => Some(Value::string("internet-facing")),
    };
    if let Some(scheme) = scheme {
        draft.properties.insert("Scheme".into(), scheme);
        draft.moved.push((path("Scheme"), path("internal")));
    }
    named(attributes, draft, "LoadBalancerAttributes", &ATTRIBUTES);
}

/// Whether it is balanced across zones is an attribute. What nobody set is AWS's to decide, which is
/// that the load balancer does.
pub(super) fn of_target_group(attributes: &Map, draft: &mut Draft) {
    let key = "load_balancing.cross_zone.enabled";
    let name = "load_balancing_cross_zone_enabled";
    let unset = |why: &crate::model::Unknown| matches!(**why, crate::model::Reason::NotSet(_));
    if matches!(attributes.get(name), Some(Value::Unknown(why)) if unset(why)) {
        return;
    }
    named(attributes, draft, "TargetGroupAttributes", &[(key, name)]);
}

/// Arguments as a list of named attributes.
fn named(attributes: &Map, draft: &mut Draft, property: &str, all: &[(&str, &str)]) {
    let mut list = Vec::new();
    for (key, name) in all {
        let Some(value) = attributes.get(name) else {
            continue;
        };
        let value = match value {
            Value::Unknown(_) => value.clone(),
            other => Value::string(other.to_string()),
        };
        let index = list.len();
        draft.moved.push((path(property).index(index), path(name)));
        list.push(Value::Map(Map::new(vec![
            ("Key".into(), Value::string(*key)),
            ("Value".into(), value),
        ])));
    }
    if !list.is_empty() {
        draft
            .properties
            .insert(property.into(), Value::List(list.into()));
    }
}

fn path(name: &str) -> crate::model::Path {
    crate::model::Path::root().key(name)
}
