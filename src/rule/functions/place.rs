//! Where things are.

use std::sync::Arc;

use super::{Function, Param, lookup, resource};
use crate::graph::region_in_arn;
use crate::model::{EuMembership, Part, Reason, Region, Resource, eu_membership};
use crate::rule::cel::{Env, Ty, Val};

/// `account(resource)`
pub(super) static ACCOUNT: Function = Function {
    name: "account",
    params: &[("resource", Param::Resource)],
    returns: |_| Ty::String,
    doc: "The number of the account a resource is in.",
    unknown: "The account was not given.",
    needs: |_, _| {},
    call: |env, args| match resource(args, 0) {
        Ok(index) => match env.resource(index).and_then(|r| r.account.as_ref()) {
            Some(account) => Val::Str(account.as_ref().into()),
            None => Val::Unknown(Arc::new(Reason::Other("the account was not given".into()))),
        },
        Err(unknown) => unknown,
    },
};

/// `region(resource)`
pub(super) static REGION: Function = Function {
    name: "region",
    params: &[("resource", Param::Resource)],
    returns: |_| Ty::String,
    doc: "The code of the Region a resource is in, such as \"eu-central-1\"; null for a resource \
          of a global service.",
    unknown: "The Region was not given.",
    needs: |_, _| {},
    call: |env, args| match resource(args, 0) {
        Ok(index) => of_resource(env, index),
        Err(unknown) => unknown,
    },
};

fn of_resource<'a>(env: &Env<'a>, index: usize) -> Val<'a> {
    env.resource(index).map_or(Val::Null, of)
}

/// The Region of a resource.
pub(super) fn of(resource: &Resource) -> Val<'_> {
    match &resource.region {
        Region::In(name) => Val::Str(name.as_ref().into()),
        Region::Global => Val::Null,
        Region::Unknown(why) => Val::Unknown(Arc::clone(why)),
    }
}

/// `regionOf(type, value)`
pub(super) static REGION_OF: Function = Function {
    name: "regionOf",
    params: &[("type", Param::TypeName), ("value", Param::Any)],
    returns: |_| Ty::String,
    doc: "The code of the Region of the resource of a type that a value names: as its ARN says, \
          which need not be known whole, else that of the resource that `lookup` finds; null if \
          nothing is named.",
    unknown: "The ARN says no Region, and no such resource was read, or its Region was not given.",
    needs: |needs, asked| needs.looked_up(asked.rtype),
    call: |env, args| {
        let said = match args.get(1) {
            Some(Val::Str(text)) => region_in_arn(&[Part::Text(text.as_ref().into())]),
            Some(Val::Composed(parts)) => region_in_arn(parts),
            _ => None,
        };
        if let Some(region) = said {
            return Val::Str(region.into());
        }
        match (lookup::lookup(env, args), args.get(1)) {
            (Val::Resource(index), _) => of_resource(env, index),
            (Val::Null, None | Some(Val::Null)) => Val::Null,
            (Val::Null, Some(named)) => Val::Unknown(named.not_a("the name of what was read")),
            (other, _) => other,
        }
    },
};

/// `inEU(region, adequacy)`
pub(super) static IN_EU: Function = Function {
    name: "inEU",
    params: &[("region", Param::String), ("adequacy", Param::Bool)],
    returns: |_| Ty::Bool,
    doc: "Whether a Region lies in a member state of the European Union; with `adequacy` also in \
          a country with an adequacy decision (London, Zurich).",
    unknown: "The Region is not known.",
    needs: |_, _| {},
    call: |_, args| match (args.first(), args.get(1)) {
        (Some(Val::Str(region)), Some(Val::Bool(adequacy))) => {
            Val::Bool(match eu_membership(region) {
                EuMembership::Member => true,
                EuMembership::Adequate => *adequacy,
                EuMembership::Outside => false,
            })
        }
        (Some(Val::Str(_)), Some(other)) => Val::Unknown(other.not_a("a boolean")),
        (Some(other), _) => Val::Unknown(other.not_a("a Region")),
        (None, _) => Val::unknown(Reason::NotSet("a Region".into())),
    },
};
