//! How numbers compare, beyond what operators say.

use super::{Function, Param};
use crate::rule::cel::{Ty, Val};

/// `below(a, b, percent)`
pub(super) static BELOW: Function = Function {
    name: "below",
    params: &[
        ("a", Param::Number),
        ("b", Param::Number),
        ("percent", Param::Number),
    ],
    returns: |_| Ty::Bool,
    doc: "Whether a number is smaller than another by more than so many percent of the other: 7 is \
          below 10 by more than 20 percent, 8 is not.",
    unknown: "One of the numbers is not known or not set.",
    needs: |_, _| {},
    call: |_, args| {
        let number = |at: usize| match args.get(at) {
            Some(Val::Int(i)) => Ok(*i as f64),
            Some(Val::Double(d)) => Ok(*d),
            Some(other) => Err(Val::Unknown(other.not_a("a number"))),
            None => Err(Val::Null),
        };
        match (number(0), number(1), number(2)) {
            (Ok(a), Ok(b), Ok(percent)) => Val::Bool((b - a) * 100.0 > b.abs() * percent),
            (Err(why), _, _) | (_, Err(why), _) | (_, _, Err(why)) => why,
        }
    },
};
