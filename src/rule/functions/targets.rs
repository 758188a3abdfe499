//! What load balancers forward to.

use super::{Function, Param, resource};
use crate::rule::cel::{Ty, Val};

/// `evenTargets(resource)`
pub(super) static EVEN_TARGETS: Function = Function {
    name: "evenTargets",
    params: &[("resource", Param::Resource)],
    returns: |_| Ty::Bool,
    doc: "Whether each Availability Zone of a Network, Gateway or Classic Load Balancer has as \
          many targets as each other. A target group that is balanced across zones by an attribute \
          of its own counts as even, and so do the targets that an Auto Scaling group or an ECS \
          service registers, if they are in every zone of the load balancer.",
    unknown: "A target, or its zone, is not known; or others may register some.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.targets();
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => match env.graph.even_targets(index, env.world) {
            Ok(answer) => Val::Bool(answer),
            Err(why) => Val::Unknown(why),
        },
        Err(unknown) => unknown,
    },
};
