//! Traffic paths as people draw them: from the names in public DNS through CDNs, accelerators and load
//! balancers to what computes.

use std::collections::BTreeSet;

use super::capacity::{BEHIND, LOAD_BALANCER};
use super::{Graph, dns};
use crate::model::{Region, Value, World};
use crate::types;

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

impl Traffic {
    /// Adds a step from a resource to another, and says whether it is new.
    fn hop(&mut self, from: usize, to: usize, label: &str) -> bool {
        let stops = (Stop::Resource(from), Stop::Resource(to));
        self.hops.insert((stops.0, stops.1, label.to_owned()))
    }
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
        if &*resource.rtype == dns::ENDPOINT_GROUP {
            for to in self.endpoints(index, world).0 {
                if traffic.hop(index, to, "endpoint") {
                    self.behind(to, world, traffic);
                }
            }
            return;
        }
        if &*resource.rtype != LOAD_BALANCER {
            return;
        }
        for group in self.forwards(index, world).groups {
            traffic.hop(index, group, "forwards to");
            for (rtype, label) in BEHIND {
                for target in self.referrers(group, rtype, world).0 {
                    traffic.hop(group, target, label);
                }
            }
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
