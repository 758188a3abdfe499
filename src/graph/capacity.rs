//! What serves the traffic that arrives at something: behind a load balancer its listeners, what they
//! forward to, and what is registered there.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Graph, dns};
use crate::model::{Map, Reason, Resource, Seen, Unknown, Value, World};
use crate::types::Door;

pub(super) const LOAD_BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
pub(super) const CLASSIC: &str = "AWS::ElasticLoadBalancing::LoadBalancer";
const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const LISTENER_RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";
const TARGET_GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
const AUTO_SCALING_GROUP: &str = "AWS::AutoScaling::AutoScalingGroup";
const SERVICE: &str = "AWS::ECS::Service";
const CLUSTER: &str = "AWS::EKS::Cluster";

/// What takes its traffic from target groups, and what people call it.
pub(super) const BEHIND: [(&str, &str); 2] = [
    (AUTO_SCALING_GROUP, "Auto Scaling group"),
    (SERVICE, "ECS service"),
];

/// The types whose resources are looked at here.
pub(super) const TYPES: [&str; 8] = [
    LOAD_BALANCER,
    CLASSIC,
    LISTENER,
    LISTENER_RULE,
    TARGET_GROUP,
    AUTO_SCALING_GROUP,
    SERVICE,
    CLUSTER,
];

/// The properties that are read here.
pub(super) const READS: &[(&str, &[&str])] = &[
    (CLASSIC, &["Instances"]),
    (LISTENER, &["DefaultActions", "LoadBalancerArn"]),
    (LISTENER_RULE, &["Actions", "ListenerArn"]),
    (TARGET_GROUP, &["Targets"]),
    (
        AUTO_SCALING_GROUP,
        &[
            "DesiredCapacity",
            "LoadBalancerNames",
            "MaxSize",
            "MinSize",
            "TargetGroupARNs",
            "TrafficSources",
        ],
    ),
    (
        SERVICE,
        &["DesiredCount", "LoadBalancers", "SchedulingStrategy"],
    ),
    (
        dns::ENDPOINT_GROUP,
        &["EndpointConfigurations", "EndpointGroupRegion"],
    ),
];

/// Load balancers behind load balancers are followed this far.
const MAX_DEPTH: usize = 4;

/// Something that serves, and how much of it there is.
#[derive(Debug, Clone)]
pub struct Capacity {
    /// What serves: an Auto Scaling group, a service, a target group with registered targets.
    pub resource: usize,
    /// How many instances, tasks or targets there are as long as nothing scales it.
    pub running: Result<i64, Unknown>,
    /// How many there can be without anybody changing it.
    pub most: Result<i64, Unknown>,
}

/// What the listeners of a load balancer do.
#[derive(Debug, Default)]
pub(super) struct Forwards {
    /// The target groups that they forward to.
    pub(super) groups: BTreeSet<usize>,
    /// Whether some action is an answer of the load balancer itself: a page, or a redirection.
    answers: bool,
    /// Why there could be more target groups.
    open: Option<Unknown>,
}

impl Graph<'_> {
    /// What serves the traffic that arrives at a resource, and why there could be more. What is no
    /// load balancer and no group of endpoints serves it itself, and AWS runs it.
    pub fn capacity(&self, index: usize, world: &World) -> (Vec<Capacity>, Option<Unknown>) {
        let mut behind = Behind {
            graph: self,
            world,
            found: Vec::new(),
            open: None,
            seen: Vec::new(),
        };
        behind.resource(index);
        (behind.found, behind.open)
    }

    /// The resources that an endpoint group sends traffic to, and why there could be more.
    pub(super) fn endpoints(&self, index: usize, world: &World) -> (Vec<usize>, Option<Unknown>) {
        let mut found = Vec::new();
        let Some(group) = self.resource(index) else {
            return (found, None);
        };
        let (endpoints, mut open) = match self.list(group, "EndpointConfigurations", world) {
            Ok(endpoints) => endpoints,
            Err(why) => return (found, Some(why)),
        };
        for endpoint in endpoints {
            let Value::Map(endpoint) = endpoint else {
                open = open.or_else(|| unknown(endpoint));
                continue;
            };
            if number_in(endpoint, "Weight", world) == Ok(Some(0)) {
                continue;
            }
            match self.endpoint(endpoint, world) {
                Ok(index) => found.push(index),
                Err(why) => {
                    open.get_or_insert(why);
                }
            }
        }
        (found, open)
    }

    fn endpoint(&self, endpoint: &Map, world: &World) -> Result<usize, Unknown> {
        let Some(id) = endpoint.get("EndpointId") else {
            return Err(Arc::new(Reason::NotSet("EndpointId".into())));
        };
        let id = world.known(id)?;
        let named = self.pointed_at(id);
        named.ok_or_else(|| Arc::new(Reason::Outside(id.to_string().into())))
    }

    /// The resource of whatever type that a value points at, by reference or as text.
    pub(super) fn pointed_at(&self, id: &Value) -> Option<usize> {
        match id {
            Value::Reference(reference) => self.target(reference),
            Value::String(text) => self.by_text(text).first().copied(),
            _ => None,
        }
    }

    /// What the listeners of a load balancer do with what arrives.
    pub(super) fn forwards(&self, index: usize, world: &World) -> Forwards {
        let mut forwards = Forwards::default();
        let near = self.resource(index);
        let (listeners, open) = self.referrers_near(index, LISTENER, near, world);
        forwards.open = open;
        for listener in listeners {
            let (rules, open) = self.referrers_near(listener, LISTENER_RULE, near, world);
            forwards.note(open);
            let all = std::iter::once(listener).chain(rules);
            for resource in all.filter_map(|index| self.resource(index)) {
                for actions in ["DefaultActions", "Actions"] {
                    if let Some(actions) = resource.property(actions) {
                        self.actions(actions, resource, world, &mut forwards);
                    }
                }
            }
        }
        forwards
    }

    /// The target groups anywhere in the actions of a listener or rule. Those of weight 0 get
    /// nothing.
    fn actions(&self, value: &Value, near: &Resource, world: &World, forwards: &mut Forwards) {
        match world.known(value) {
            Err(why) => forwards.note(Some(why)),
            Ok(Value::List(items)) => {
                for item in items {
                    self.actions(item, near, world, forwards);
                }
            }
            Ok(Value::Map(map)) => {
                let kind = map.get("Type").and_then(Value::as_str);
                forwards.answers |= matches!(kind, Some("redirect" | "fixed-response"));
                if number_in(map, "Weight", world) == Ok(Some(0)) {
                    return;
                }
                for (name, value) in map.iter() {
                    match &**name {
                        "TargetGroupArn" => {
                            match self.lookup(TARGET_GROUP, value, Some(near), world) {
                                Ok(Some(group)) => {
                                    forwards.groups.insert(group);
                                }
                                Ok(None) => {}
                                Err(why) => forwards.note(Some(why)),
                            }
                        }
                        "ForwardConfig" | "TargetGroups" => {
                            self.actions(value, near, world, forwards);
                        }
                        _ => {}
                    }
                }
            }
            Ok(_) => {}
        }
    }

    /// Whether a resource is as somebody wrote it, and not as it was found in an account.
    pub(super) fn is_written(&self, resource: &Resource) -> bool {
        matches!(
            self.door(resource),
            Some(Door::CloudFormation | Door::Terraform)
        )
    }

    /// The elements of a list property; what else could be in it.
    pub(super) fn list<'r>(
        &self,
        resource: &'r Resource,
        name: &str,
        world: &World,
    ) -> Result<(Vec<&'r Value>, Option<Unknown>), Unknown> {
        let mut open = None;
        let mut found = Vec::new();
        match self.said(resource, name, world)? {
            Some(Value::List(items)) => {
                for item in items {
                    match world.known(item) {
                        Ok(Value::Null) => {}
                        Ok(item) => found.push(item),
                        Err(why) => {
                            open.get_or_insert(why);
                        }
                    }
                }
            }
            None => {}
            Some(other) => open = Some(mistyped("a list", other)),
        }
        Ok((found, open))
    }

    /// A number, which some properties have as text.
    fn number(
        &self,
        resource: &Resource,
        name: &str,
        world: &World,
    ) -> Result<Option<i64>, Unknown> {
        self.said(resource, name, world)?.map(whole).transpose()
    }
}

impl Forwards {
    fn note(&mut self, open: Option<Unknown>) {
        if let Some(why) = open {
            self.open.get_or_insert(why);
        }
    }
}

struct Behind<'g, 's> {
    graph: &'g Graph<'s>,
    world: &'g World,
    found: Vec<Capacity>,
    open: Option<Unknown>,
    /// The load balancers on the way here.
    seen: Vec<usize>,
}

impl Behind<'_, '_> {
    fn note(&mut self, open: Option<Unknown>) {
        if let Some(why) = open {
            self.open.get_or_insert(why);
        }
    }

    fn add(&mut self, resource: usize, running: Result<i64, Unknown>, most: Result<i64, Unknown>) {
        if !self.found.iter().any(|known| known.resource == resource) {
            self.found.push(Capacity {
                resource,
                running,
                most,
            });
        }
    }

    fn resource(&mut self, index: usize) {
        let Some(resource) = self.graph.resource(index) else {
            return;
        };
        if self.seen.contains(&index) || self.seen.len() >= MAX_DEPTH {
            return;
        }
        self.seen.push(index);
        match &*resource.rtype {
            LOAD_BALANCER => {
                let forwards = self.graph.forwards(index, self.world);
                self.note(forwards.open);
                if forwards.groups.is_empty() && forwards.answers && self.open.is_none() {
                    self.add(index, Ok(1), Ok(1));
                }
                for group in forwards.groups {
                    self.target_group(group);
                }
            }
            CLASSIC => {
                self.registered(index, resource, "Instances");
                self.groups_at(index, &[AUTO_SCALING_GROUP, SERVICE]);
                // Scripts on instances did that before there were other ways.
                if self.found.is_empty() && self.graph.is_written(resource) {
                    let why = format!("what registers itself with {} when it runs", resource.id);
                    self.note(Some(Arc::new(Reason::Other(why.into()))));
                }
            }
            dns::ENDPOINT_GROUP => {
                let (endpoints, open) = self.graph.endpoints(index, self.world);
                self.note(open);
                for endpoint in endpoints {
                    self.resource(endpoint);
                }
            }
            _ => self.add(index, Ok(1), Ok(1)),
        }
        self.seen.pop();
    }

    fn target_group(&mut self, index: usize) {
        let Some(group) = self.graph.resource(index) else {
            return;
        };
        self.registered(index, group, "Targets");
        self.groups_at(index, &BEHIND.map(|(rtype, _)| rtype));
        // Controllers in a cluster register its pods and nodes, and nothing written says which.
        let clusters = self.graph.of_type_near(CLUSTER, Some(group), self.world);
        let is_here = |cluster: &usize| {
            self.graph
                .resource(*cluster)
                .is_some_and(|cluster| cluster.region == group.region)
        };
        if clusters.0.iter().any(is_here) {
            let why = format!("what the EKS cluster registers with {}", group.id);
            self.note(Some(Arc::new(Reason::Other(why.into()))));
        }
        self.note(clusters.1);
    }

    /// What is registered by name. A load balancer behind another is looked behind.
    fn registered(&mut self, index: usize, holder: &Resource, property: &str) {
        let (targets, open) = match self.graph.list(holder, property, self.world) {
            Ok(targets) => targets,
            Err(why) => {
                self.note(Some(why));
                return;
            }
        };
        self.note(open);
        let mut count = 0;
        for target in targets {
            let id = match target {
                Value::Map(target) => target.get("Id"),
                target => Some(target),
            };
            let reference = match id.map(|id| self.world.see(id)) {
                Some(Seen::Value(id)) => self.graph.pointed_at(id),
                _ => None,
            };
            let balancer = reference.filter(|target| {
                self.graph
                    .resource(*target)
                    .is_some_and(|target| &*target.rtype == LOAD_BALANCER)
            });
            match balancer {
                Some(balancer) => self.resource(balancer),
                None => count += 1,
            }
        }
        if count > 0 {
            self.add(index, Ok(count), Ok(count));
        }
    }

    /// The groups and services that register themselves with a target group or load balancer.
    fn groups_at(&mut self, index: usize, types: &[&str]) {
        let near = self.graph.resource(index);
        for rtype in types {
            let (found, open) = self.graph.referrers_near(index, rtype, near, self.world);
            self.note(open);
            for group in found {
                let Some(resource) = self.graph.resource(group) else {
                    continue;
                };
                let (running, most) = if *rtype == SERVICE {
                    self.service(resource)
                } else {
                    self.group(resource)
                };
                self.add(group, running, most);
            }
        }
    }

    fn group(&self, group: &Resource) -> (Result<i64, Unknown>, Result<i64, Unknown>) {
        let number = |name| self.graph.number(group, name, self.world);
        let set = |name| {
            number(name)
                .and_then(|number| number.ok_or_else(|| Arc::new(Reason::NotSet(Box::from(name)))))
        };
        // Without a desired capacity a new group has the least.
        let running = match (number("DesiredCapacity"), set("MinSize")) {
            (Ok(Some(desired)), Ok(least)) => Ok(desired.max(least)),
            (Ok(Some(desired)), Err(_)) if desired > 0 => Ok(desired),
            (Ok(None), least) => least,
            (_, Ok(least)) if least > 0 => Ok(least),
            (Err(why), _) | (_, Err(why)) => Err(why),
        };
        (running, set("MaxSize"))
    }

    fn service(&self, service: &Resource) -> (Result<i64, Unknown>, Result<i64, Unknown>) {
        let strategy = self.graph.said(service, "SchedulingStrategy", self.world);
        // One task on each instance of the cluster.
        if strategy.is_ok_and(|s| s.and_then(Value::as_str) == Some("DAEMON")) {
            return (Ok(1), Ok(1));
        }
        let running = self
            .graph
            .number(service, "DesiredCount", self.world)
            .and_then(|count| count.ok_or_else(|| Arc::new(Reason::NotSet("DesiredCount".into()))));
        // It has no limit of its own.
        let most = running.clone().map_or(1, |running| running.max(1));
        (running, Ok(most))
    }
}

fn unknown(value: &Value) -> Option<Unknown> {
    match value {
        Value::Unknown(why) => Some(Arc::clone(why)),
        other => Some(mistyped("an object", other)),
    }
}

fn mistyped(expected: &str, found: &Value) -> Unknown {
    Arc::new(Reason::Mistyped {
        expected: expected.into(),
        found: found.kind().into(),
    })
}

fn whole(value: &Value) -> Result<i64, Unknown> {
    match value {
        Value::Int(number) => Ok(*number),
        Value::String(text) => text.trim().parse().map_err(|_| mistyped("a number", value)),
        Value::Reference(reference) => {
            Err(Arc::new(Reason::Attribute(reference.to_string().into())))
        }
        other => Err(mistyped("a number", other)),
    }
}

/// A number in an object; `Ok(None)` if it is not set.
fn number_in(map: &Map, name: &str, world: &World) -> Result<Option<i64>, Unknown> {
    match map.get(name).map(|value| world.known(value)).transpose()? {
        None | Some(Value::Null) => Ok(None),
        Some(value) => whole(value).map(Some),
    }
}
