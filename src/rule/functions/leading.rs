//! What leads to a resource.

use super::{Function, Param, resource};
use crate::rule::cel::{Ty, Val};

/// `leadsTo(from, resource)`
pub(super) static LEADS_TO: Function = Function {
    name: "leadsTo",
    params: &[("from", Param::Resource), ("resource", Param::Resource)],
    returns: |_| Ty::Bool,
    doc: "Whether a record set or a CloudFront distribution leads to a resource, which may be a record \
          set on the way. A record set does by its alias or its records, through other records and \
          through Global Accelerator, but not through CloudFront; a distribution by its origins.",
    unknown: "Where it leads is not known, or not wholly: a record set on the way may not have been \
              read.",
    needs: |needs, asked| {
        needs.looked_up(asked.subject);
        needs.destinations();
    },
    call: |env, args| match (resource(args, 0), resource(args, 1)) {
        (Ok(from), Ok(to)) => match env.graph.leads_to(from, to, env.world) {
            Ok(leads) => Val::Bool(leads),
            Err(why) => Val::Unknown(why),
        },
        (Err(unknown), _) | (_, Err(unknown)) => unknown,
    },
};
