//! What leads to a resource.

use std::rc::Rc;

use super::lookup::{resources, type_name};
use super::{Function, Param, resource};
use crate::rule::cel::{Items, Known, Ty, Val};
use crate::types;

/// `leading(type, resource)`
pub(super) static LEADING: Function = Function {
    name: "leading",
    params: &[("type", Param::TypeName), ("resource", Param::Resource)],
    returns: |shape| Ty::List(Box::new(Ty::Resource(shape))),
    doc: "The record sets or CloudFront distributions, by their type, that may lead to a resource: \
          those that do, and those of which it is not known. `leadsTo` tells which.",
    unknown: "The list stays open unless all of that type were read.",
    needs: |needs, asked| {
        needs.looked_up(asked.subject);
        needs.destinations();
    },
    call: |env, args| match resource(args, 1) {
        Ok(index) => {
            let leading = env.graph.leading(type_name(args, 0), index, env.world);
            Val::List(Items {
                open: leading.open.clone(),
                known: Known::Leading(Rc::new(leading)),
            })
        }
        Err(unknown) => unknown,
    },
};

/// `probes(record)`
pub(super) static PROBES: Function = Function {
    name: "probes",
    params: &[("record", Param::Resource)],
    returns: |_| {
        let shape = types::shape("AWS::Route53::HealthCheck");
        Ty::List(Box::new(Ty::Resource(shape)))
    },
    doc: "The health checks that probe a record set: those whose FullyQualifiedDomainName is its name, \
          or one that leads to it.",
    unknown: "The list stays open unless all health checks and record sets were read and it is known \
              what each health check probes.",
    needs: |needs, _| needs.probes(),
    call: |env, args| match resource(args, 0) {
        Ok(index) => resources(env.graph.probes(index, env.world)),
        Err(unknown) => unknown,
    },
};

/// `leadsTo(from, resource)`
pub(super) static LEADS_TO: Function = Function {
    name: super::LEADS_TO,
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
