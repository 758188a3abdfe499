//! How much one thing has of what another has.

use super::{Function, Param};
use crate::model::{Reason, Unknown};
use crate::rule::cel::{Ty, Val};

/// `normalizedUnits(class)`
pub(super) static NORMALIZED_UNITS: Function = Function {
    name: "normalizedUnits",
    params: &[("class", Param::String)],
    returns: |_| Ty::Double,
    doc: "The capacity of an instance class or type, such as \"db.r6g.large\", in the units by which \
          AWS compares sizes for reserved instances: 1 is a small one, 4 a large, 8 an xlarge. It goes \
          by the size alone, not by the family.",
    unknown: "The class is not known, or its name says no size, as that of `db.serverless`.",
    needs: |_, _| {},
    call: |_, args| match args.first() {
        Some(Val::Str(class)) => match units(class) {
            Some(units) => Val::Double(units),
            None => Val::unknown(Reason::Other(
                format!("`{class}` says no size that could be compared").into(),
            )),
        },
        Some(other) => Val::Unknown(other.not_a("an instance class")),
        None => Val::Null,
    },
};

/// The factors of
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithReservedDBInstances.html>:
/// every xlarge is 8. Oracle's memory-optimized classes say more behind the size
/// (`db.r5.4xlarge.tpc2.mem2x`).
fn units(class: &str) -> Option<f64> {
    let class = class.strip_prefix("db.").unwrap_or(class);
    let size = class.split('.').nth(1)?;
    Some(match size {
        "nano" => 0.25,
        "micro" => 0.5,
        "small" => 1.0,
        "medium" => 2.0,
        "large" => 4.0,
        "xlarge" => 8.0,
        _ => 8.0 * f64::from(size.strip_suffix("xlarge")?.parse::<u16>().ok()?),
    })
}

/// `percent(part, whole)`
pub(super) static PERCENT: Function = Function {
    name: "percent",
    params: &[("part", Param::Number), ("whole", Param::Number)],
    returns: |_| Ty::Double,
    doc: "What part one number is of another, in percent: `percent(3, 4)` is 75.",
    unknown: "One of them is not known, or the second is 0.",
    needs: |_, _| {},
    call: |_, args| match (number(args.first()), number(args.get(1))) {
        (Ok(_), Ok(0.0)) => Val::unknown(Reason::Other("there is no part of nothing".into())),
        (Ok(part), Ok(whole)) => Val::Double(part * 100.0 / whole),
        (Err(why), _) | (_, Err(why)) => Val::Unknown(why),
    },
};

/// `alike(one, other, percent)`
pub(super) static ALIKE: Function = Function {
    name: "alike",
    params: &[
        ("one", Param::Number),
        ("other", Param::Number),
        ("percent", Param::Number),
    ],
    returns: |_| Ty::Bool,
    doc: "Whether the smaller of two numbers is at least so many percent of the larger; or neither \
          is set.",
    unknown: "One of them is not known.",
    needs: |_, _| {},
    call: |_, args| match (args.first(), args.get(1)) {
        (Some(Val::Null), Some(Val::Null)) => Val::Bool(true),
        (Some(Val::Null), Some(Val::Int(_) | Val::Double(_)))
        | (Some(Val::Int(_) | Val::Double(_)), Some(Val::Null)) => Val::Bool(false),
        (one, other) => match (number(one), number(other), number(args.get(2))) {
            (Ok(one), Ok(other), Ok(percent)) => {
                Val::Bool(one.min(other) * 100.0 >= one.max(other) * percent)
            }
            (Err(why), _, _) | (_, Err(why), _) | (_, _, Err(why)) => Val::Unknown(why),
        },
    },
};

fn number(val: Option<&Val<'_>>) -> Result<f64, Unknown> {
    match val {
        Some(Val::Double(number)) => Ok(*number),
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
        Some(Val::Int(number)) => Ok(*number as f64),
        Some(other) => Err(other.not_a("a number")),
        None => Err(Val::Null.not_a("a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_compared_across_families() {
        for (class, wanted) in [
            ("db.t4g.micro", Some(0.5)),
            ("db.r6g.large", Some(4.0)),
            ("db.r6g.xlarge", Some(8.0)),
            ("db.r6i.12xlarge", Some(96.0)),
            ("db.r5.4xlarge.tpc2.mem2x", Some(32.0)),
            ("m5.2xlarge", Some(16.0)),
            ("db.serverless", None),
            ("db.r6g.metal", None),
            ("large", None),
        ] {
            assert_eq!(units(class), wanted, "{class}");
        }
    }
}
