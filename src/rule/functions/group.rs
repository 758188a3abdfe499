//! What answers together.

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
        Ok(index) => resources(env.graph.record_group(index, env.world)),
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

const RECORD: &str = "AWS::Route53::RecordSet";
