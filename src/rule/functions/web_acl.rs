//! AWS WAF in front of things.

use super::{Function, Param, resource};
use crate::rule::cel::{Items, Ty, Val};

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

/// `onlyBehindWebACL(resource)`
pub(super) static ONLY_BEHIND_WEB_ACL: Function = Function {
    name: "onlyBehindWebACL",
    params: &[("resource", Param::Resource)],
    returns: |_| Ty::Bool,
    doc: "Whether a load balancer is an origin of CloudFront distributions that all have a web \
          ACL, and no security group of it lets in the whole internet past them.",
    unknown: "A web ACL id or a security group is not known.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.only_behind_web_acl();
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => match env.graph.only_behind_web_acl(index, env.world) {
            Ok(answer) => Val::Bool(answer),
            Err(why) => Val::Unknown(why),
        },
        Err(unknown) => unknown,
    },
};
