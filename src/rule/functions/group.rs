//! What answers together.

use std::sync::Arc;

use super::lookup::{named, resources};
use super::{Function, Param, resource};
use crate::rule::cel::{Items, Ty, Val};
use crate::types;

/// `group(record)`
pub(super) static GROUP: Function = Function {
    name: "group",
    params: &[("record", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::Resource(types::shape(RECORD)))),
    doc: "The records that share a record set's name, type and hosted zone, itself among them: a \
          latency, weighted, failover or other group. A record without SetIdentifier is alone.",
    unknown: "The list stays open unless all record sets were read and the name, type and zone of \
              each are known as far as they matter; a failover group that has both is whole.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.record_groups();
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => {
            let group = env.graph.record_group(index, env.world);
            resources((Arc::clone(&group.members), group.open.clone()))
        }
        Err(unknown) => unknown,
    },
};

/// `answering(host)`
pub(super) static ANSWERING: Function = Function {
    name: "answering",
    params: &[("host", Param::Any)],
    returns: |_| Ty::List(Box::new(Ty::Resource(types::shape(RECORD)))),
    doc: "The record sets of public zones that answer whoever asks for a host name: those of the \
          name itself, and those that aliases and CNAMEs lead to from there.",
    unknown: "The host is not known; the list stays open when records on the way may not have been \
              read.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.destinations();
    },
    call: |env, args| match named(args, 0) {
        Ok(host) => resources(env.graph.answering(&host, env.subject, env.world)),
        Err(Val::Null) => Val::List(Items::all(Vec::new())),
        Err(other) => other,
    },
};

/// `continent(record)`
pub(super) static CONTINENT: Function = Function {
    name: "continent",
    params: &[("record", Param::Resource)],
    returns: |_| Ty::String,
    doc: "The continent of the clients that a record set is for, by its code in Route 53 (AF, AN, AS, \
          EU, NA, OC, SA): that of its geolocation, or of the Region of a latency or geoproximity \
          record; null if it is for any.",
    unknown: "Its geolocation or Region is not known.",
    needs: |needs, _| needs.record_groups(),
    call: |env, args| match resource(args, 0) {
        Ok(index) => match env.graph.continent(index, env.world) {
            Ok(continent) => continent.map_or(Val::Null, |code| Val::Str(code.into())),
            Err(why) => Val::Unknown(why),
        },
        Err(unknown) => unknown,
    },
};

/// `healthChecks(record)`
pub(super) static HEALTH_CHECKS: Function = Function {
    name: "healthChecks",
    params: &[("record", Param::Resource)],
    returns: |_| {
        let shape = types::shape("AWS::Route53::HealthCheck");
        Ty::List(Box::new(Ty::Resource(shape)))
    },
    doc: "The health checks by which Route 53 takes a record set for healthy or not: the one it names \
          and, if that is calculated, those it is calculated from.",
    unknown: "The list stays open when it is not known which health check one names.",
    needs: |needs, _| needs.health_checks(),
    call: |env, args| match resource(args, 0) {
        Ok(index) => resources(env.graph.health_checks(index, env.world)),
        Err(unknown) => unknown,
    },
};

/// `inPublicZone(record)`
pub(super) static IN_PUBLIC_ZONE: Function = Function {
    name: "inPublicZone",
    params: &[("record", Param::Resource)],
    returns: |_| Ty::Bool,
    doc: "Whether a record set is in a public hosted zone: one that the internet asks, and not only \
          VPCs.",
    unknown: "The hosted zone was not read, or is one of several with its name.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.record_groups();
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => match env.graph.in_public_zone(index, env.world) {
            Ok(public) => Val::Bool(public),
            Err(why) => Val::Unknown(why),
        },
        Err(unknown) => unknown,
    },
};

const RECORD: &str = "AWS::Route53::RecordSet";
