//! The conditions of a backup selection: any number of blocks there, one object in CloudFormation.

use std::sync::Arc;

use super::Draft;
use crate::model::{Map, Path, Reason, Value};

const SELECTION: &str = "BackupSelection";

/// The blocks of Terraform, and the operators they are.
const OPERATORS: [(&str, &str); 4] = [
    ("string_equals", "StringEquals"),
    ("string_like", "StringLike"),
    ("string_not_equals", "StringNotEquals"),
    ("string_not_like", "StringNotLike"),
];

/// Adds `BackupSelection.Conditions`.
pub(super) fn conditions(attributes: &Map, draft: &mut Draft) {
    let conditions = match attributes.get("condition") {
        None => return,
        // AWS decides, which is that there is none.
        Some(Value::Unknown(why)) if matches!(**why, Reason::NotSet(_)) => return,
        Some(Value::List(blocks)) if blocks.iter().all(|b| b.as_map().is_some()) => {
            let place = Path::root().key(SELECTION).key("Conditions");
            let mut operators = Vec::new();
            for (terraform, name) in OPERATORS {
                let mut all = Vec::new();
                for (at, block) in blocks.iter().enumerate() {
                    let each = block.as_map().and_then(|block| block.get(terraform));
                    let from = Path::root().key("condition").index(at).key(terraform);
                    match each {
                        Some(Value::List(each)) => {
                            for (number, one) in each.iter().enumerate() {
                                let to = place.clone().key(name).index(all.len());
                                draft.moved.push((to, from.clone().index(number)));
                                all.push(condition(one));
                            }
                        }
                        Some(other) => all.push(other.clone()),
                        None => {}
                    }
                }
                if !all.is_empty() {
                    operators.push((Arc::from(name), Value::List(all.into())));
                }
            }
            Value::Map(Map::new(operators))
        }
        Some(other) => other.clone(),
    };
    if let Some(Value::Map(selection)) = draft.properties.get_mut(SELECTION) {
        selection.insert("Conditions".into(), conditions);
    }
}

fn condition(block: &Value) -> Value {
    let Value::Map(block) = block else {
        return block.clone();
    };
    let value = |name: &str| block.get(name).cloned().unwrap_or_default();
    Value::Map(Map::new(vec![
        ("ConditionKey".into(), value("key")),
        ("ConditionValue".into(), value("value")),
    ]))
}
