//! AWS WAF in front of things.

use super::lookup::resources;
use super::{Function, Param, resource};
use crate::rule::cel::{Items, Ty, Val};
use crate::types;

/// `webACLs(resource)`
pub(super) static WEB_ACLS: Function = Function {
    name: "webACLs",
    params: &[("resource", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::Resource(None))),
    doc: "The web ACL associations that name a load balancer, an API stage or an AppSync API. A \
          CloudFront distribution names its web ACL itself, as DistributionConfig.WebACLId.",
    unknown: "The list stays open unless all associations were read and what each names is known.",
    needs: |needs, asked| needs.web_acls(asked.subject),
    call: |env, args| match resource(args, 0) {
        Ok(index) => {
            let (found, open) = env.graph.web_acls(index, env.world);
            let found = found.into_iter().map(Val::Resource).collect();
            Val::List(Items::open(found, open))
        }
        Err(unknown) => unknown,
    },
};

/// `distributions(origin)`
pub(super) static DISTRIBUTIONS: Function = Function {
    name: "distributions",
    params: &[("origin", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::Resource(types::shape(DISTRIBUTION)))),
    doc: "The CloudFront distributions that have a resource as an origin, also through DNS. Context is what \
          was read: what an input never shows does not keep the list open.",
    unknown: "The list stays open when distributions or records were asked for and could not be read, or the origins of a distribution are not known.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.destinations();
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => {
            let lost = [DISTRIBUTION, "AWS::Route53::RecordSet"];
            let lost = lost.iter().find_map(|rtype| env.graph.lost(rtype));
            let (found, doubt) = env.graph.distributions_before(index, env.world);
            resources((found, doubt.or(lost)))
        }
        Err(unknown) => unknown,
    },
};

/// `openToInternet(loadBalancer)`
pub(super) static OPEN_TO_INTERNET: Function = Function {
    name: "openToInternet",
    params: &[("loadBalancer", Param::Resource)],
    returns: |_| Ty::Bool,
    doc: "Whether requests from anywhere reach what is behind an Application Load Balancer: a security group \
          lets in the whole internet, and a listener or a rule of one forwards requests without asking for an \
          HTTP header, such as a CDN in front can add.",
    unknown: "A security group or what a listener does is not known, or not all of them were read.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.open_to_internet();
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => match env.graph.open_to_internet(index, env.world) {
            Ok(answer) => Val::Bool(answer),
            Err(why) => Val::Unknown(why),
        },
        Err(unknown) => unknown,
    },
};

/// `protected(webACL)`
pub(super) static PROTECTED: Function = Function {
    name: "protected",
    params: &[("webACL", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::Resource(None))),
    doc: "The CloudFront distributions, load balancers, API stages and AppSync APIs that a web ACL is in front \
          of. Context is what was read: what was not read does not keep the list open.",
    unknown: "Never.",
    needs: |needs, asked| needs.protected(asked.subject),
    call: |env, args| match resource(args, 0) {
        Ok(index) => resources((env.graph.protected(index, env.world), None)),
        Err(unknown) => unknown,
    },
};

const DISTRIBUTION: &str = "AWS::CloudFront::Distribution";
