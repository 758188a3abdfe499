//! What stands between what computes and what keeps data: code that is started for a request, and the
//! databases, tables and buckets that it can reach.
//!
//! Nothing written says that a program *uses* a database. Three things say that it is meant to: a
//! security group that lets the program in, a role that names the data, and settings that do. They are
//! drawn with what says so; a rule does not rest on them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rustc_hash::FxHashMap;

use super::Graph;
use crate::model::{Map, Resource, Seen, Value, World};

const SECURITY_GROUP: &str = "AWS::EC2::SecurityGroup";
const INGRESS: &str = "AWS::EC2::SecurityGroupIngress";
const PROFILE: &str = "AWS::IAM::InstanceProfile";
const ROLE: &str = "AWS::IAM::Role";
const FUNCTION: &str = "AWS::Lambda::Function";

/// What computes.
const PROGRAMS: [&str; 4] = [
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::EC2::Instance",
    "AWS::ECS::Service",
    FUNCTION,
];

/// What keeps data.
const STORES: [&str; 14] = [
    "AWS::DocDB::DBCluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::MemoryDB::Cluster",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::S3::Bucket",
];

/// What is written apart from what computes, but says how it runs.
const SETTINGS: [&str; 3] = [
    "AWS::AutoScaling::LaunchConfiguration",
    "AWS::EC2::LaunchTemplate",
    "AWS::ECS::TaskDefinition",
];

/// What says what a role may do, apart from the role itself.
const POLICIES: [&str; 3] = [
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
];

/// What leads from an API or a URL to a function, and what it belongs to.
const INTEGRATIONS: [(&str, &str); 5] = [
    (
        "AWS::ApiGateway::DomainName",
        "AWS::ApiGateway::BasePathMapping",
    ),
    ("AWS::ApiGateway::RestApi", "AWS::ApiGateway::Method"),
    ("AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Integration"),
    (
        "AWS::ApiGatewayV2::DomainName",
        "AWS::ApiGatewayV2::ApiMapping",
    ),
    ("AWS::Lambda::Url", "AWS::Lambda::Url"),
];

/// A rule that is not about some ports.
const ANY: &str = "any";

/// Why something is taken to reach data.
#[derive(Debug, Default)]
struct Access {
    /// The ports on which a security group lets it in.
    ports: BTreeSet<String>,
    /// A role of it names the data.
    role: bool,
    /// What says how it runs names the data.
    settings: bool,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ports: Vec<&str> = self.ports.iter().map(String::as_str).collect();
        let ports = match ports.as_slice() {
            [] => None,
            _ if self.ports.contains(ANY) => Some("on any port".to_owned()),
            [one] if !one.contains('-') => Some(format!("on port {one}")),
            several => Some(format!("on ports {}", several.join(", "))),
        };
        let role = self.role.then(|| "by its role".to_owned());
        let settings = self.settings.then(|| "by its settings".to_owned());
        let ways: Vec<String> = [ports, role, settings].into_iter().flatten().collect();
        write!(f, "reaches {}", ways.join(", "))
    }
}

/// Resource → those that it refers to: the other way round than the graph's own index.
#[derive(Debug)]
pub(super) struct Forward(FxHashMap<usize, Vec<usize>>);

impl Forward {
    /// Turns the index of a graph round.
    pub(super) fn of(graph: &Graph<'_>) -> Self {
        let mut forward: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        for (target, from) in &graph.referrers {
            forward.entry(*from).or_default().push(*target);
        }
        Self(forward)
    }

    fn from(&self, index: usize) -> &[usize] {
        self.0.get(&index).map_or(&[], Vec::as_slice)
    }
}

impl Graph<'_> {
    /// What runs for a request that arrives at an API, a domain name of one, or the URL of a function;
    /// with what is said of the step.
    pub(super) fn runs_for(
        &self,
        index: usize,
        forward: &Forward,
        world: &World,
    ) -> Vec<(usize, &'static str)> {
        let is =
            |index: usize, wanted: &str| self.resource(index).is_some_and(|r| &*r.rtype == wanted);
        let mut found = BTreeSet::new();
        for (owner, by) in INTEGRATIONS.iter().filter(|(owner, _)| is(index, owner)) {
            let steps = match owner == by {
                true => vec![index],
                false => self.referrers(index, by, world).0,
            };
            for to in steps.iter().flat_map(|step| forward.from(*step)) {
                if is(*to, FUNCTION) {
                    found.insert((*to, "runs"));
                } else if INTEGRATIONS.iter().any(|(api, _)| is(*to, api)) && *to != index {
                    found.insert((*to, "API"));
                }
            }
        }
        found.into_iter().collect()
    }

    /// The data that something which computes is meant to reach, and what says so.
    pub(super) fn reaches(
        &self,
        index: usize,
        forward: &Forward,
        world: &World,
    ) -> Vec<(usize, String)> {
        let type_of = |index: &usize| self.resource(*index).map_or("", |r| &*r.rtype);
        let is_store = |index: &usize| STORES.contains(&type_of(index));
        if !PROGRAMS.contains(&type_of(&index)) {
            return Vec::new();
        }
        let mut settings = vec![index];
        let its = forward.from(index).iter();
        settings.extend(its.filter(|i| SETTINGS.contains(&type_of(i))));
        let named: BTreeSet<usize> = settings
            .iter()
            .flat_map(|part| forward.from(*part))
            .copied()
            .collect();
        let of_type = |rtype: &'static str| named.iter().filter(move |i| type_of(i) == rtype);
        let mut found: BTreeMap<usize, Access> = BTreeMap::new();
        for store in named.iter().filter(|i| is_store(i)) {
            found.entry(*store).or_default().settings = true;
        }
        // An instance profile stands between a launch template and its role.
        let profiles = of_type(PROFILE).flat_map(|profile| forward.from(*profile));
        let roles: BTreeSet<&usize> = profiles.filter(|i| type_of(i) == ROLE).collect();
        for role in roles.into_iter().chain(of_type(ROLE)) {
            let policies = POLICIES
                .iter()
                .flat_map(|rtype| self.referrers(*role, rtype, world).0);
            for part in policies.chain([*role]) {
                for store in forward.from(part).iter().filter(|i| is_store(i)) {
                    found.entry(*store).or_default().role = true;
                }
            }
        }
        for group in of_type(SECURITY_GROUP) {
            for (entered, ports) in self.entered_from(*group, world) {
                for rtype in STORES {
                    for store in self.referrers(entered, rtype, world).0 {
                        let access = found.entry(store).or_default();
                        access.ports.insert(ports.clone());
                    }
                }
            }
        }
        let found = found.into_iter();
        found
            .map(|(store, access)| (store, access.to_string()))
            .collect()
    }

    /// The security groups with a rule that lets another in, and the ports of that.
    fn entered_from(&self, group: usize, world: &World) -> BTreeSet<(usize, String)> {
        let mut found = BTreeSet::new();
        let is_group = |rule: &Map, near: &Resource| {
            let source = rule.get("SourceSecurityGroupId");
            source.is_some_and(|s| {
                self.lookup(SECURITY_GROUP, s, Some(near), world) == Ok(Some(group))
            })
        };
        for index in self.referrers(group, SECURITY_GROUP, world).0 {
            let Some(resource) = self.resource(index) else {
                continue;
            };
            let Ok((rules, _)) = self.list(resource, "SecurityGroupIngress", world) else {
                continue;
            };
            for rule in rules.into_iter().filter_map(Value::as_map) {
                if is_group(rule, resource) {
                    found.insert((index, ports(rule, world)));
                }
            }
        }
        for rule in self.referrers(group, INGRESS, world).0 {
            let Some(rule) = self.resource(rule) else {
                continue;
            };
            let entered = rule
                .property("GroupId")
                .map(|id| self.lookup(SECURITY_GROUP, id, Some(rule), world));
            if let Some(Ok(Some(entered))) = entered
                && is_group(&rule.properties, rule)
            {
                found.insert((entered, ports(&rule.properties, world)));
            }
        }
        found
    }
}

/// "5432", "8000-8100", or [`ANY`].
fn ports(rule: &Map, world: &World) -> String {
    let port = |name: &str| match rule.get(name).map(|port| world.see(port)) {
        Some(Seen::Value(port @ (Value::Int(_) | Value::String(_)))) => Some(port.to_string()),
        _ => None,
    };
    match (port("FromPort"), port("ToPort")) {
        (Some(from), Some(to)) if from == "-1" || (from == "0" && to == "65535") => ANY.to_owned(),
        (Some(from), Some(to)) if from == to => from,
        (Some(from), Some(to)) => format!("{from}-{to}"),
        // A rule for every protocol has none.
        _ => ANY.to_owned(),
    }
}
