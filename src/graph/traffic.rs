//! Traffic paths as people draw them: from the names in public DNS through CDNs, accelerators and load
//! balancers to what computes, and to the data behind that.

use std::collections::BTreeSet;

use super::capacity::{BEHIND, CLASSIC, LOAD_BALANCER};
use super::data::Forward;
use super::{Graph, dns};
use crate::model::{Region, Resource, Value, World};
use crate::types;

const TARGET_GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";

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
    /// Adds a step from a resource to another.
    fn hop(&mut self, from: usize, to: usize, label: &str) {
        let stops = (Stop::Resource(from), Stop::Resource(to));
        self.hops.insert((stops.0, stops.1, label.to_owned()));
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
            let ends = self.destinations(record, &world);
            let before = traffic.hops.len();
            for end in &ends.all {
                let via = end.via.iter();
                let mut way: Vec<(Stop, String)> = via
                    .map(|index| (Stop::Resource(*index), self.step(*index)))
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
                    None => (Stop::Elsewhere(end.name.to_string()), place),
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
        let forward = Forward::of(self);
        let mut waiting: Vec<usize> = reached.iter().copied().collect();
        while let Some(index) = waiting.pop() {
            for (to, label) in self.behind(index, &forward, &world) {
                traffic.hop(index, to, &label);
                if reached.insert(to) {
                    waiting.push(to);
                }
            }
        }
        traffic
    }

    /// What is next behind an endpoint group, a load balancer, an API or what computes.
    fn behind(&self, index: usize, forward: &Forward, world: &World) -> Vec<(usize, String)> {
        let Some(resource) = self.resource(index) else {
            return Vec::new();
        };
        let said = |found: Vec<usize>, label: &str| -> Vec<(usize, String)> {
            let found = found.into_iter();
            found.map(|to| (to, label.to_owned())).collect()
        };
        match &*resource.rtype {
            dns::ENDPOINT_GROUP => said(self.endpoints(index, world).0, "endpoint"),
            LOAD_BALANCER => {
                let groups = self.forwards(index, world).groups;
                said(groups.into_iter().collect(), "forwards to")
            }
            TARGET_GROUP | CLASSIC => {
                let managers = BEHIND
                    .iter()
                    .flat_map(|(rtype, label)| said(self.referrers(index, rtype, world).0, label));
                let targets = said(self.registered(resource, world), "target");
                managers.chain(targets).collect()
            }
            _ => {
                let runs = self.runs_for(index, forward, world).into_iter();
                let runs = runs.map(|(to, label)| (to, label.to_owned()));
                runs.chain(self.reaches(index, forward, world)).collect()
            }
        }
    }

    /// What is registered with a target group or a classic load balancer by its id.
    fn registered(&self, holder: &Resource, world: &World) -> Vec<usize> {
        let lists = ["Targets", "Instances"].map(|name| self.list(holder, name, world));
        let items = lists.into_iter().flatten().flat_map(|(items, _)| items);
        let found: BTreeSet<usize> = items
            .filter_map(|item| item.as_map().map_or(Some(item), |target| target.get("Id")))
            .filter_map(|id| self.pointed_at(world.known(id).ok()?))
            .collect();
        found.into_iter().collect()
    }

    /// What a step of a way is: a record, a distribution or an accelerator.
    pub fn step(&self, index: usize) -> String {
        match self.resource(index) {
            Some(resource) => match &*resource.rtype {
                dns::DISTRIBUTION => "CloudFront".to_owned(),
                dns::ACCELERATOR => "Global Accelerator".to_owned(),
                _ => dns::describe_record(resource),
            },
            None => String::new(),
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
