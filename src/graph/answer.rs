//! Answers that may not be known, put together: what Kleene's logic says of true, false and unknown.

use crate::model::Unknown;

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
