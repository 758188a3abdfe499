//! What AWS Backup backs up.

use super::lookup::resources;
use super::{Function, Param, resource};
use crate::rule::cel::{Items, Ty, Val};
use crate::types;

const PLAN: &str = "AWS::Backup::BackupPlan";

/// `backupPlans(resource)`
pub(super) static BACKUP_PLANS: Function = Function {
    name: "backupPlans",
    params: &[("resource", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::Resource(types::shape(PLAN)))),
    doc: "The AWS Backup plans that select a resource: by ARNs and patterns of ARNs, by ListOfTags, \
          narrowed by Conditions and NotResources. Of a global table it suffices that a plan of one \
          of its Regions selects the table there.",
    unknown: "The list stays open unless all selections of the account and Region were read, and \
              what they select by is known. A plan that was not read, but whose selection was, is \
              in the list as one of which nothing is known.",
    needs: |needs, _| {
        needs.tags_of(None);
        needs.backup_plans();
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => match env.resource(index) {
            Some(resource) => {
                let plans = env.graph.backup_plans(resource, env.world);
                let known = plans.known.into_iter().map(|plan| match plan {
                    Ok(index) => Val::Resource(index),
                    Err(why) => Val::Unknown(why),
                });
                Val::List(Items::open(known.collect(), plans.open))
            }
            None => Val::Null,
        },
        Err(unknown) => unknown,
    },
};

/// `backedUp(plan)`
pub(super) static BACKED_UP: Function = Function {
    name: "backedUp",
    params: &[("plan", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::Resource(None))),
    doc: "The resources that a plan of AWS Backup selects, as `backupPlans` says it of each. They are \
          what was read: resources that were not read do not make it unknown.",
    unknown: "Whether it selects one is not known; the list then stays open.",
    needs: |needs, asked| {
        needs.looked_up(asked.subject);
        needs.backed_up();
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => resources(env.graph.backed_up(index, env.world)),
        Err(unknown) => unknown,
    },
};
