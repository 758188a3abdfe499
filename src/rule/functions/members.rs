//! The instances of a DB cluster.

use super::lookup::resources;
use super::{Function, Param, resource};
use crate::rule::cel::Ty;
use crate::types;

/// `members(cluster)`
pub(super) static MEMBERS: Function = Function {
    name: "members",
    params: &[("cluster", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::Resource(types::shape("AWS::RDS::DBInstance")))),
    doc: "The DB instances of a DB cluster: those whose DBClusterIdentifier names it. They are in its \
          account and Region.",
    unknown: "The list stays open unless all DB instances of that Region were read, and the clusters they \
              name are known.",
    needs: |needs, asked| needs.members(asked.subject),
    call: |env, args| match resource(args, 0) {
        Ok(index) => resources(env.graph.members(index, env.world)),
        Err(unknown) => unknown,
    },
};
