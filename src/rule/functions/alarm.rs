//! What CloudWatch alarms watch, and what comes of it.

use super::lookup::{name, resources};
use super::{Function, Param, resource, strings};
use crate::rule::cel::{Env, Ty, Val};
use crate::types;

const ALARM: &str = "AWS::CloudWatch::Alarm";

/// `alarms(resource, metrics)`
pub(super) static ALARMS: Function = Function {
    name: "alarms",
    params: &[("resource", Param::Resource), ("metrics", Param::Strings)],
    returns: |_| Ty::List(Box::new(Ty::Resource(types::shape(ALARM)))),
    doc: "The CloudWatch alarms on one of some metrics of a resource, or of a part of it such as one of \
          its zones: on the metric itself, in metric math, or in a Metrics Insights query over all \
          resources. Each is in the Region of the metrics: for CloudFront and Route 53 that is us-east-1.",
    unknown: "The list stays open unless all alarms of that Region were read, and what each watches is \
              known as far as it matters.",
    needs: |needs, asked| needs.alarms(asked.subject),
    call: alarms,
};

fn alarms<'a>(env: &Env<'a>, args: &[Val<'a>]) -> Val<'a> {
    let index = match resource(args, 0) {
        Ok(index) => index,
        Err(unknown) => return unknown,
    };
    if let Some(other) = args.get(1)
        && !matches!(other, Val::List(_))
    {
        return Val::Unknown(other.not_a("a list of metrics"));
    }
    let metrics = strings(env, args.get(1));
    let metrics: Vec<&str> = metrics.iter().map(|metric| &**metric).collect();
    resources(env.graph.alarms(index, &metrics, env.world))
}

/// `followers(alarm)`
pub(super) static FOLLOWERS: Function = Function {
    name: "followers",
    params: &[("alarm", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::Resource(None))),
    doc: "What follows the state of an alarm without being one of its actions: composite alarms whose rule \
          names it; health checks, deployments, experiments and event rules that refer to it.",
    unknown: "The list stays open unless all composite alarms were read, and which alarms their rules name \
              is known. What else was not read does not keep it open.",
    needs: |needs, asked| needs.followers(asked.subject),
    call: |env, args| match resource(args, 0) {
        Ok(index) => resources(env.graph.followers(index, env.world)),
        Err(unknown) => unknown,
    },
};

/// `delivers(action)`
pub(super) static DELIVERS: Function = Function {
    name: "delivers",
    params: &[("action", Param::Any)],
    returns: |_| Ty::Bool,
    doc: "Whether an action of an alarm, named by its ARN, reaches anything: an SNS topic, if it has a \
          subscription or a chat channel; any other service, such as Auto Scaling, EC2, Lambda or Systems \
          Manager, always. That a subscription waits to be confirmed is known of an account only.",
    unknown: "The action is not known, or it is a topic that was not read, or not all subscriptions were.",
    needs: |needs, _| needs.delivers(),
    call: |env, args| match args.first() {
        None | Some(Val::Null) => Val::Bool(false),
        Some(Val::Unknown(why)) => Val::Unknown(std::sync::Arc::clone(why)),
        Some(action) => match name(action)
            .and_then(|action| env.graph.delivers(&action, env.subject, env.world))
        {
            Ok(answer) => Val::Bool(answer),
            Err(why) => Val::Unknown(why),
        },
    },
};
