//! Where things are.

use std::sync::Arc;

use super::{Function, Param, resource};
use crate::model::{EuMembership, Reason, Region, eu_membership};
use crate::rule::cel::{Ty, Val};

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
        Ok(index) => match env.resource(index).map(|r| &r.region) {
            Some(Region::In(name)) => Val::Str(name.as_ref().into()),
            Some(Region::Global) | None => Val::Null,
            Some(Region::Unknown(why)) => Val::Unknown(Arc::clone(why)),
        },
        Err(unknown) => unknown,
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
