//! Answers that may not be known, put together: what Kleene's logic says of true, false and unknown.

use std::sync::Arc;

use crate::model::{Part, Reason, Unknown, Value};

/// True, false, or why that is not known.
pub(super) type Answer = Result<bool, Unknown>;

/// True if one is; else unknown if one is, for the first reason.
pub(super) fn any(answers: impl IntoIterator<Item = Answer>) -> Answer {
    let mut unknown = None;
    for answer in answers {
        match answer {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(why) => unknown = unknown.or(Some(why)),
        }
    }
    unknown.map_or(Ok(false), Err)
}

/// False if one is; else unknown if one is, for the first reason.
pub(super) fn all(answers: impl IntoIterator<Item = Answer>) -> Answer {
    not(any(answers.into_iter().map(not)))
}

pub(super) fn or(a: Answer, b: Answer) -> Answer {
    any([a, b])
}

pub(super) fn and(a: Answer, b: Answer) -> Answer {
    all([a, b])
}

pub(super) fn not(answer: Answer) -> Answer {
    answer.map(|answer| !answer)
}

/// Whether two values, each of a property of a resource, are the same. In one source, what is not known is the same as
/// itself where it stands for one value ([`Reason::stands_for_one_value`]).
pub(super) fn same(one: &Value, other: &Value, in_one_source: bool) -> Answer {
    let is_one_part = |part: &Part| match part {
        Part::Unknown(why) => in_one_source && why.stands_for_one_value(),
        _ => true,
    };
    match (one, other) {
        (Value::String(one), Value::String(other)) => Ok(one == other),
        (Value::Int(one), Value::Int(other)) => Ok(one == other),
        (Value::Reference(one), Value::Reference(other)) if one == other => Ok(true),
        (Value::Unknown(why), same)
            if one == same && in_one_source && why.stands_for_one_value() =>
        {
            Ok(true)
        }
        (Value::Composed(parts), same) if one == same && parts.iter().all(is_one_part) => Ok(true),
        (Value::Unknown(why), _) | (_, Value::Unknown(why)) => Err(Arc::clone(why)),
        (Value::Composed(parts), _) | (_, Value::Composed(parts)) => {
            let why = parts.iter().find_map(|part| match part {
                Part::Unknown(why) => Some(Arc::clone(why)),
                _ => None,
            });
            Err(why.unwrap_or_else(|| Arc::new(Reason::Attribute(one.to_string().into()))))
        }
        _ => Err(Arc::new(Reason::Attribute(one.to_string().into()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_the_same_where_it_stands_for_one_value() {
        let stage = Reason::ParameterWithoutValue("Stage".into());
        for (why, in_one_source, is_same) in [
            (stage.clone(), true, Some(true)),
            // Another template has a parameter of that name, too.
            (stage, false, None),
            (Reason::Import("vpc".into()), true, Some(true)),
            // Two attributes that are known after apply are two.
            (Reason::AfterApply, true, None),
        ] {
            let why = Arc::new(why);
            let value = Value::Unknown(Arc::clone(&why));
            let found = same(&value, &value.clone(), in_one_source);
            assert_eq!(found.ok(), is_same, "{why:?}");
            let text = Value::Composed([Part::Text("shop-".into()), Part::Unknown(why)].into());
            let found = same(&text, &text.clone(), in_one_source);
            assert_eq!(found.ok(), is_same, "{text}");
        }
    }
}
