//! IAM's policies. AWS Config keeps documents as IAM's API writes them, encoded as in URLs: those of roles, users
//! and groups beside their names, those of a managed policy in its versions, of which one is in force.

use std::sync::Arc;

use super::Draft;
use crate::model::{Map, Reason, Value};
use crate::source::{columns, values};

/// The inline policies of a role, user or group; `list` is what AWS Config calls them.
pub(super) fn inline(draft: &mut Draft, list: &str) {
    let Some(Value::List(policies)) = draft.attributes.get(list) else {
        if !draft.attributes.is_empty() {
            draft.properties.insert("Policies".into(), not_recorded());
        }
        return;
    };
    let policies = policies.iter().filter_map(Value::as_map).map(|policy| {
        Value::Map(Map::new(vec![
            (
                "PolicyName".into(),
                policy.get("policyName").cloned().unwrap_or_default(),
            ),
            (
                "PolicyDocument".into(),
                document(policy.get("policyDocument")),
            ),
        ]))
    });
    let policies: Box<[Value]> = policies.collect();
    draft
        .properties
        .insert("Policies".into(), Value::List(policies));
}

/// The document of a managed policy that is in force.
pub(super) fn managed(draft: &mut Draft) {
    let versions = match draft.attributes.get("policyVersionList") {
        Some(Value::List(versions)) => &**versions,
        _ => &[],
    };
    let mut versions = versions.iter().filter_map(Value::as_map);
    let is_default = |version: &&Map| version.get("isDefaultVersion") == Some(&Value::Bool(true));
    let found = versions.find(is_default);
    let said = document(found.and_then(|version| version.get("document")));
    draft.properties.insert("PolicyDocument".into(), said);
}

fn document(said: Option<&Value>) -> Value {
    let found = match said {
        Some(Value::String(text)) => values::from_text(&columns::unescaped(text)),
        Some(Value::Map(document)) => Some(Value::Map(document.clone())),
        _ => None,
    };
    found.unwrap_or_else(not_recorded)
}

fn not_recorded() -> Value {
    Value::Unknown(Arc::new(Reason::NotRecorded(
        "its configuration item has no policy document".into(),
    )))
}
