//! Traffic paths as people draw them: from the names in public DNS through CDNs, accelerators and load
//! balancers to what computes.

use std::collections::BTreeSet;

use super::{Graph, dns};
use crate::model::{Region, Seen, Value, World};
use crate::types;

const LOAD_BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const LISTENER_RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";
const TARGET_GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
/// What takes its traffic from target groups, and the property that names them.
const BEHIND: [(&str, &str); 2] = [
    ("AWS::AutoScaling::AutoScalingGroup", "Auto Scaling group"),
    ("AWS::ECS::Service", "ECS service"),
];

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// A resource.
    Resource(usize),
    /// Something that the snapshot does not have, by its name.
    Elsewhere(String),
}

/// Where traffic goes, a step at a time.
#[derive(Debug, Default)]
pub struct Traffic {
    /// From, to, and what is said of the step.
    pub hops: BTreeSet<(Stop, Stop, String)>,
    /// The record sets that a path begins at, in their order.
    pub starts: Vec<usize>,
}

impl Graph<'_> {
    /// The paths from all record sets that lead somewhere.
    pub fn traffic(&self) -> Traffic {
        let world = World::default();
        let mut traffic = Traffic::default();
        let (records, _) = self.of_type(dns::RECORD, &world);
        let mut reached = BTreeSet::new();
        for record in records {
            let (ends, _) = self.destinations(record, &world);
            let before = traffic.hops.len();
            for end in ends {
                let mut way: Vec<(Stop, String)> = end
                    .via
                    .iter()
                    .map(|(index, label)| (Stop::Resource(*index), label.clone()))
                    .collect();
                let place = match &end.region {
                    Ok(region) => format!("in {region}"),
                    Err(_) => String::new(),
                };
                way.push(match end.resource {
                    Some(index) => {
                        reached.insert(index);
                        (Stop::Resource(index), place)
                    }
                    None => (Stop::Elsewhere(end.name), place),
                });
                for pair in way.windows(2) {
                    if let [(from, _), (to, label)] = pair
                        && from != to
                    {
                        traffic
                            .hops
                            .insert((from.clone(), to.clone(), label.clone()));
                    }
                }
            }
            if traffic.hops.len() > before {
                traffic.starts.push(record);
            }
        }
        for index in reached {
            self.behind(index, &world, &mut traffic);
        }
        traffic
    }

    /// What is behind an endpoint group or a load balancer.
    fn behind(&self, index: usize, world: &World, traffic: &mut Traffic) {
        let Some(resource) = self.resource(index) else {
            return;
        };
        let mut hop = |from: usize, to: usize, label: &str| {
            let stops = (Stop::Resource(from), Stop::Resource(to));
            traffic.hops.insert((stops.0, stops.1, label.to_owned()))
        };
        if let Some(Value::List(endpoints)) = resource.property("EndpointConfigurations") {
            let mut balancers = Vec::new();
            for endpoint in endpoints.iter().filter_map(Value::as_map) {
                if let Some(id) = endpoint.get("EndpointId")
                    && let Ok(Some(to)) = self.lookup(LOAD_BALANCER, id, Some(resource), world)
                    && hop(index, to, "endpoint")
                {
                    balancers.push(to);
                }
            }
            for balancer in balancers {
                self.behind(balancer, world, traffic);
            }
            return;
        }
        if &*resource.rtype != LOAD_BALANCER {
            return;
        }
        let (mut listeners, _) = self.referrers(index, LISTENER, world);
        for listener in listeners.clone() {
            listeners.extend(self.referrers(listener, LISTENER_RULE, world).0);
        }
        let mut groups = BTreeSet::new();
        for listener in listeners {
            let Some(listener) = self.resource(listener) else {
                continue;
            };
            for actions in ["DefaultActions", "Actions"] {
                let found = listener.property(actions).map(|actions| world.see(actions));
                if let Some(Seen::Value(actions)) = found {
                    self.target_groups(actions, listener, world, &mut groups);
                }
            }
        }
        for group in groups {
            hop(index, group, "forwards to");
            for (rtype, label) in BEHIND {
                for target in self.referrers(group, rtype, world).0 {
                    hop(group, target, label);
                }
            }
        }
    }

    /// The target groups anywhere in the actions of a listener or rule.
    fn target_groups(
        &self,
        value: &Value,
        near: &crate::model::Resource,
        world: &World,
        found: &mut BTreeSet<usize>,
    ) {
        match value {
            Value::List(items) => items
                .iter()
                .for_each(|item| self.target_groups(item, near, world, found)),
            Value::Map(map) => {
                for (name, value) in map.iter() {
                    match &**name {
                        "TargetGroupArn" => {
                            if let Ok(Some(group)) =
                                self.lookup(TARGET_GROUP, value, Some(near), world)
                            {
                                found.insert(group);
                            }
                        }
                        _ => self.target_groups(value, near, world, found),
                    }
                }
            }
            _ => {}
        }
    }

    /// What a resource is called, and where it is, for people.
    pub fn label(&self, index: usize) -> (String, String) {
        let Some(resource) = self.resource(index) else {
            return (String::new(), String::new());
        };
        let name = match &*resource.rtype {
            dns::RECORD => dns::describe_record(resource),
            dns::ENDPOINT_GROUP => match resource.property("EndpointGroupRegion") {
                Some(Value::String(region)) => format!("endpoints in {region}"),
                _ => resource.id.to_string(),
            },
            rtype => types::display_name(rtype, &resource.properties, &resource.id).to_owned(),
        };
        let place = match &resource.region {
            Region::In(name) => name.to_string(),
            Region::Global => "global".to_owned(),
            Region::Unknown(_) => "in an unknown Region".to_owned(),
        };
        (name, place)
    }

    /// Whether a record set is of a host, or of a wildcard that covers it.
    pub fn is_of_host(&self, record: usize, host: &str) -> bool {
        let record = self.resource(record);
        let name =
            record.and_then(|record| dns::Host::of(record.property("Name")?, record.origin.source));
        let wanted = dns::Host::of(&Value::string(host), 0);
        let parent = host
            .split_once('.')
            .map(|(_, parent)| format!("*.{parent}"));
        let wildcard = parent.and_then(|parent| dns::Host::of(&Value::string(parent), 0));
        name.is_some() && (name == wanted || name == wildcard)
    }
}
