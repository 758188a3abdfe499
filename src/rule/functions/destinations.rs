//! Where a record leads.

use std::borrow::Cow;
use std::sync::Arc;

use super::cache_policy::CACHE_POLICY_RECORD;
use super::lines::LINE;
use super::replicas::REPLICA;
use super::standby::CAPACITY_RECORD;
use super::{Function, Param, resource};
use crate::graph::Destination;
use crate::model::Reason;
use crate::rule::cel::{Ends, Env, Items, Known, RecordField, RecordTy, Ty, Val};

/// What `destinations` finds.
static DESTINATION: RecordTy = RecordTy {
    name: "Destination",
    fields: &[
        RecordField {
            name: "Name",
            ty: Ty::String,
            doc: "The id of the resource that answers, or its host name.",
        },
        RecordField {
            name: "Region",
            ty: Ty::String,
            doc: "The code of the Region it is in.",
        },
        RecordField {
            name: "Edge",
            ty: Ty::Bool,
            doc: "Whether CloudFront or Global Accelerator is in front of it, which answer near the user.",
        },
        RecordField {
            name: "HealthChecked",
            ty: Ty::Bool,
            doc: "Whether something on the way notices when it fails: a record's health check, an alias that evaluates its health, or Global Accelerator.",
        },
        RecordField {
            name: "Resource",
            ty: Ty::Resource(None),
            doc: "The resource that answers; null if it was not read.",
        },
        RecordField {
            name: "Type",
            ty: Ty::String,
            doc: "Its type; null if it was not read.",
        },
    ],
};

/// `destinations(record)`
pub(super) static DESTINATIONS: Function = Function {
    name: "destinations",
    params: &[("record", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::Record(&DESTINATION))),
    doc: "Where traffic to a record set ends: through alias chains and CNAMEs, all records of a \
          group, the origins of CloudFront distributions and the endpoint groups of accelerators. \
          Never empty: a record that leads nowhere leaves the list open.",
    unknown: "A destination outside what was read has a Region that is not known, unless its host \
              name says it; the list stays open when a record group on the way was not read whole.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.destinations();
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => list(env.graph.destinations(index, env.world)),
        Err(unknown) => unknown,
    },
};

/// `peers(record)`
pub(super) static PEERS: Function = Function {
    name: "peers",
    params: &[("record", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::Record(&DESTINATION))),
    doc: "Where the other records of a record set's group lead in Regions that it does not lead to \
          itself: those that serve beside it, or that it stands by for.",
    unknown: "The list stays open unless the group was read whole and the Regions of all destinations \
              are known.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.destinations();
        needs.record_groups();
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => list(env.graph.peers(index, env.world)),
        Err(unknown) => unknown,
    },
};

/// Destinations as values.
fn list(ends: Ends<'_>) -> Val<'_> {
    Val::List(Items {
        open: ends.open.clone(),
        known: Known::Destinations(ends),
    })
}

/// A field of a destination.
pub(crate) fn of_destination<'a>(
    env: &Env<'a>,
    ends: &Ends<'a>,
    at: usize,
    field: &str,
) -> Val<'a> {
    let Some(end) = ends.all.get(at) else {
        return Val::Null;
    };
    // What outlives the evaluation is lent, the rest copied.
    let text = |of: fn(&Destination) -> Option<&str>| match ends {
        Ends::Kept(ends) => ends.all.get(at).and_then(of).map(Cow::Borrowed),
        Ends::Here(_) => of(end).map(|text| Cow::Owned(text.to_owned())),
    };
    match field {
        "Name" => match (&end.resource, &end.region) {
            // What is named is known, wherever it is.
            (None, Err(why)) if !matches!(&**why, Reason::Outside(_)) => {
                Val::Unknown(Arc::clone(why))
            }
            (None, _) if end.name.contains("${") => {
                Val::unknown(Reason::Outside(end.name.as_ref().into()))
            }
            (None, _) => {
                let name = end.name.trim_end_matches('.').to_lowercase();
                let name = name.strip_prefix("dualstack.").unwrap_or(&name);
                Val::Str(name.to_owned().into())
            }
            _ => text(|end| Some(&end.name)).map_or(Val::Null, Val::Str),
        },
        "Region" => match &end.region {
            Ok(_) => text(|end| end.region.as_deref().ok()).map_or(Val::Null, Val::Str),
            Err(why) => Val::Unknown(Arc::clone(why)),
        },
        "Edge" => Val::Bool(end.edge),
        "HealthChecked" => end
            .health_checked
            .clone()
            .map_or_else(Val::Unknown, Val::Bool),
        "Resource" | "Type" => match (end.resource, &end.region) {
            (Some(index), _) if field == "Resource" => Val::Resource(index),
            (Some(index), _) => {
                let resource = env.resource(index);
                resource.map_or(Val::Null, |r| Val::Str(Cow::Borrowed(&*r.rtype)))
            }
            // What it is called is not known, so it can be one that was read.
            (None, Err(why)) if !matches!(&**why, Reason::Outside(_)) => {
                Val::Unknown(Arc::clone(why))
            }
            (None, _) => Val::Null,
        },
        _ => Val::Null,
    }
}

/// The record types that functions return, for the documentation.
pub static RECORDS: &[&RecordTy] = &[
    &CACHE_POLICY_RECORD,
    &CAPACITY_RECORD,
    &DESTINATION,
    &LINE,
    &REPLICA,
];
