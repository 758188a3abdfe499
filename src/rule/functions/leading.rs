//! What leads to a resource.

use super::lookup::resources;
use super::{Function, Param, resource};
use crate::rule::cel::Ty;
use crate::types;

/// `hosts(resource)`
pub(super) static HOSTS: Function = Function {
    name: "hosts",
    params: &[("resource", Param::Resource)],
    returns: |_| list_of("AWS::Route53::RecordSet"),
    doc: "The record sets that lead to a resource, directly, through other records or through Global \
          Accelerator, but not through CloudFront.",
    unknown: "The list stays open unless all record sets were read and it is known where each leads.",
    needs: |needs, asked| {
        needs.looked_up(asked.subject);
        needs.destinations();
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => resources(env.graph.hosts(index, env.world)),
        Err(unknown) => unknown,
    },
};

/// `distributions(resource)`
pub(super) static DISTRIBUTIONS: Function = Function {
    name: "distributions",
    params: &[("resource", Param::Resource)],
    returns: |_| list_of("AWS::CloudFront::Distribution"),
    doc: "The CloudFront distributions that a resource is behind: those with an origin that is the \
          resource, or whose host name leads to it. The resource may be a record set on the way.",
    unknown: "The list stays open unless all distributions and record sets were read and it is known \
              where each origin is.",
    needs: |needs, asked| {
        needs.looked_up(asked.subject);
        needs.destinations();
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => resources(env.graph.distributions(index, env.world)),
        Err(unknown) => unknown,
    },
};

fn list_of(rtype: &str) -> Ty {
    Ty::List(Box::new(Ty::Resource(types::shape(rtype))))
}
