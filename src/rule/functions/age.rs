//! How old something was when it was looked at.

use super::{Function, Param};
use crate::model::{Reason, millis};
use crate::rule::cel::{Env, Ty, Val};

/// `minutesOld(time)`
pub(super) static MINUTES_OLD: Function = Function {
    name: "minutesOld",
    params: &[("time", Param::String)],
    returns: |_| Ty::Int,
    doc: "How many whole minutes lay between a time, in RFC 3339, and the moment at which the resource that is \
          judged was as it is said to be: when a snapshot or AWS Config captured it, not now. Negative for a \
          time after that.",
    unknown: "The time is not known or not set, or when the resource was captured is not said.",
    needs: |_, _| {},
    call: |env, args| match args.first() {
        Some(Val::Str(time)) => age(env, time),
        Some(other) => Val::Unknown(other.not_a("a time")),
        None => Val::Null,
    },
};

fn age<'a>(env: &Env<'a>, time: &str) -> Val<'a> {
    let not_a_time = |text: &str| {
        Val::unknown(Reason::Mistyped {
            expected: "a time such as 2026-01-31T12:00:00Z".into(),
            found: format!("`{text}`").into(),
        })
    };
    let Some(then) = millis(time) else {
        return not_a_time(time);
    };
    let captured = env
        .resource(env.subject)
        .and_then(|resource| resource.captured.as_deref());
    match captured.map(|captured| (captured, millis(captured))) {
        None => Val::unknown(Reason::NotCovered(
            "what it was read from does not say when it was captured".into(),
        )),
        Some((captured, None)) => not_a_time(captured),
        Some((_, Some(now))) => match now.checked_sub(then) {
            Some(age) => Val::Int(age.div_euclid(60_000)),
            None => not_a_time(time),
        },
    }
}
