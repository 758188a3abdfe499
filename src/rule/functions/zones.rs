//! The Availability Zones of subnets.

use std::sync::Arc;

use super::{Function, Param, lookup};
use crate::model::{Reason, Unknown};
use crate::rule::cel::{Env, Items, Ty, Val};

/// `zones(subnets)`
pub(super) static ZONES: Function = Function {
    name: "zones",
    params: &[("subnets", Param::Strings)],
    returns: |_| Ty::List(Box::new(Ty::String)),
    doc: "The distinct Availability Zones of subnets, which are named by reference or id; Local \
          Zones, Wavelength Zones and Outposts are none. What names a zone itself stands for it. \
          Zones count without their names being known: the first and the second that `Fn::GetAZs` \
          gives are two, and one subnet is in one, whichever it is.",
    unknown: "Subnets whose zones are not known, or that were not read, may be in the same zone: \
              the list then has those that are certainly different, and stays open.",
    needs: |needs, _| needs.zones(),
    call: |env, args| match args.first() {
        None | Some(Val::Null) => Val::List(Items::all(Vec::new())),
        Some(Val::List(items)) => zones(env, items),
        // `!GetAZs ""`: a Region has three Availability Zones or more, of which an account whose
        // default VPC lacks subnets in some sees those with one.
        Some(Val::Unknown(why)) => match why.all_zones() {
            Some(region) => {
                let zones = [0, 1].map(|number| Val::unknown(Reason::zone(number, region)));
                Val::List(Items::open(zones.into(), Some(Arc::clone(why))))
            }
            None => Val::Unknown(Arc::clone(why)),
        },
        Some(other) => Val::Unknown(other.not_a("a list of subnets")),
    },
};

fn zones<'a>(env: &Env<'a>, items: &Items<'a>) -> Val<'a> {
    let subnets = env.elements(items).map(|subnet| lookup::name(&subnet));
    let subnets: Vec<_> = subnets.collect();
    let zones = env
        .graph
        .zones(&subnets, env.resource(env.subject), env.world);
    let zone = |zone: Result<Box<str>, Unknown>| match zone {
        Ok(name) => Val::Str(name.into_string().into()),
        Err(why) => Val::Unknown(why),
    };
    Val::List(Items::open(
        zones.known.into_iter().map(zone).collect(),
        items.open.clone().or(zones.open),
    ))
}
