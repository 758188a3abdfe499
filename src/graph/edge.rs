//! Web ACLs, direct and through CloudFront in front.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::Graph;
use crate::model::{Map, Part, Reason, Resource, Seen, Unknown, Value, World};
use crate::types;

pub(super) const ASSOCIATIONS: [&str; 2] = [
    "AWS::WAFv2::WebACLAssociation",
    "AWS::WAFRegional::WebACLAssociation",
];

const WEB_ACL: &str = "AWS::WAFv2::WebACL";
const DISTRIBUTION: &str = "AWS::CloudFront::Distribution";
/// What has a web ACL by an association, of what rules judge.
const STAGE: &str = "AWS::ApiGateway::Stage";
pub(super) const PROTECTED: [&str; 3] = [
    STAGE,
    "AWS::AppSync::GraphQLApi",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
];
pub(super) const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
pub(super) const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";
pub(super) const GROUP: &str = "AWS::EC2::SecurityGroup";
pub(super) const INGRESS: &str = "AWS::EC2::SecurityGroupIngress";

/// The properties that are read here.
pub(super) const READS: &[(&str, &[&str])] = &[
    (ASSOCIATIONS[0], &["ResourceArn"]),
    (ASSOCIATIONS[1], &["ResourceArn"]),
    ("AWS::ApiGateway::Stage", &["RestApiId", "StageName"]),
    (DISTRIBUTION, &["DistributionConfig"]),
    (LISTENER, &["DefaultActions", "LoadBalancerArn"]),
    (RULE, &["Actions", "Conditions", "ListenerArn"]),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        &["SecurityGroups"],
    ),
    (
        "AWS::ElasticLoadBalancing::LoadBalancer",
        &["SecurityGroups"],
    ),
    (GROUP, &["SecurityGroupIngress"]),
    (INGRESS, &["CidrIp", "CidrIpv6", "GroupId"]),
];

/// Web ACL associations by what they can be of, so that asking for those of a resource does not
/// look at every other.
#[derive(Debug, Default)]
pub(super) struct Associations {
    /// resource that the ARN is of, or is made of → associations
    of: FxHashMap<usize, Vec<usize>>,
    /// Associations whose ARN says too little: they can be of anything.
    loose: Vec<usize>,
    /// The distributions that name each web ACL, once that is asked.
    distributions: OnceLock<Distributions>,
}

/// Distributions by the web ACLs that they name.
#[derive(Debug, Default)]
struct Distributions {
    of: FxHashMap<usize, Vec<usize>>,
    /// Those of which it depends on the world which they name.
    sometimes: Vec<usize>,
}

impl Associations {
    pub(super) fn build(graph: &Graph<'_>) -> Self {
        let mut index = Self::default();
        for rtype in ASSOCIATIONS {
            for &association in graph.all_of_type(rtype) {
                let arn = graph.resource(association);
                let arn = arn.and_then(|association| association.property("ResourceArn"));
                let Some(arn) = arn else {
                    continue;
                };
                let targets = graph.made_of(arn);
                if targets.is_empty() {
                    index.loose.push(association);
                }
                for target in targets {
                    index.of.entry(target).or_default().push(association);
                }
            }
        }
        index
    }

    fn of(&self, index: usize) -> &[usize] {
        self.of.get(&index).map_or(&[], Vec::as_slice)
    }
}

impl<'s> Graph<'s> {
    /// The resources that an ARN is of, or is made of.
    fn made_of(&self, arn: &Value) -> Vec<usize> {
        match arn {
            Value::Reference(reference) => self.target(reference).into_iter().collect(),
            Value::String(text) => self.by_text(text),
            Value::Composed(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    Part::Reference(reference) => self.target(reference),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The web ACL associations that name a resource, and why there could be others.
    pub fn web_acls(&self, index: usize, world: &World) -> (Vec<usize>, Option<Unknown>) {
        let mut found = Vec::new();
        let near = self.resource(index);
        // They are in the account and the Region of what they protect.
        let mut gaps = ASSOCIATIONS.iter().map(|rtype| self.gap(rtype, near));
        let mut open = gaps.find_map(|gap| gap);
        // An association with a stage may name its API.
        let api = near.and_then(|near| near.property("RestApiId"));
        let api = api.and_then(|api| self.lookup_here("AWS::ApiGateway::RestApi", api, world));
        let of_api = api.map_or(&[][..], |api| self.associations.of(api));
        let mut possible = self.associations.of(index).to_vec();
        possible.extend(of_api.iter().chain(&self.associations.loose));
        possible.sort_unstable();
        possible.dedup();
        for association in self.existing(&possible, world, &mut open) {
            let Some(from) = self.resource(association) else {
                continue;
            };
            let arn = from.property("ResourceArn");
            match arn.map(|arn| self.names_resource(from, arn, index, world)) {
                Some(Ok(true)) => found.push(association),
                Some(Err(why)) => {
                    open.get_or_insert(why);
                }
                Some(Ok(false)) | None => {}
            }
        }
        (found, open)
    }

    /// Whether an ARN names a resource.
    fn names_resource(
        &self,
        from: &Resource,
        arn: &Value,
        index: usize,
        world: &World,
    ) -> Result<bool, Unknown> {
        let arn = match world.see(arn) {
            Seen::Value(arn) => arn,
            Seen::Undecided(why) => return Err(why),
        };
        let is_stage = |r: &&Resource| &*r.rtype == STAGE;
        let stage = self.resource(index).filter(is_stage);
        match arn {
            Value::Reference(reference) => {
                let target = self.target(reference);
                // That it refers to the API is known; which of its stages it names is not.
                let api = stage
                    .and_then(|stage| stage.property("RestApiId"))
                    .and_then(|api| self.lookup_here("AWS::ApiGateway::RestApi", api, world));
                if api.is_some() && target == api {
                    return Err(Arc::new(Reason::Other(
                        format!("it is known to refer to {reference}, not to which stage").into(),
                    )));
                }
                Ok(target == Some(index))
            }
            Value::String(text) => {
                let named = self.by_text(text);
                if named.contains(&index) {
                    return Ok(true);
                }
                let Some(subject) = self.resource(index) else {
                    return Ok(false);
                };
                // It is another's ARN, or this resource's own is known and is another.
                if !named.is_empty() || subject.arn.is_some() {
                    return Ok(false);
                }
                // An ARN with a name or id that AWS has chosen may be that of any such resource:
                // arn:…/restapis/a1b2c3/stages/prod names a stage, but of which API?
                let possible = if stage.is_some() {
                    let name = known_text(subject, "StageName", world);
                    text.contains("/restapis/")
                        && (name.is_none() || text.rsplit('/').next() == name)
                } else {
                    let names = types::file(&subject.rtype).map_or(&[][..], |file| &file.name);
                    let has_name = &*subject.rtype != "AWS::AppSync::GraphQLApi"
                        && names
                            .iter()
                            .any(|name| known_text(subject, name, world).is_some());
                    !has_name && may_be_arn_of(text, subject)
                };
                if possible {
                    Err(Arc::new(Reason::Outside(text.clone())))
                } else {
                    Ok(false)
                }
            }
            Value::Unknown(why) => Err(Arc::clone(why)),
            Value::Composed(parts) => {
                let refers = |to: usize| {
                    parts
                        .iter()
                        .any(|p| matches!(p, Part::Reference(r) if self.target(r) == Some(to)))
                };
                if refers(index) {
                    return Ok(true);
                }
                // arn:…/restapis/${Api}/stages/prod
                let api = stage
                    .and_then(|stage| stage.property("RestApiId"))
                    .and_then(|api| self.lookup_here("AWS::ApiGateway::RestApi", api, world));
                match (stage, api, parts.last()) {
                    (Some(stage), Some(api), Some(Part::Text(tail))) if refers(api) => {
                        match known_text(stage, "StageName", world) {
                            Some(name) => Ok(tail.rsplit('/').next() == Some(name)),
                            None => Err(Arc::new(Reason::Outside(arn.to_string().into()))),
                        }
                    }
                    (Some(stage), Some(api), Some(Part::Unknown(why))) if refers(api) => {
                        // One parameter in both places: whatever its value, it is the same.
                        let name = stage.property("StageName").map(|name| world.see(name));
                        match name {
                            Some(Seen::Value(Value::Unknown(same)))
                                if same == why && stage.origin.source == from.origin.source =>
                            {
                                Ok(true)
                            }
                            _ => Err(Arc::clone(why)),
                        }
                    }
                    _ if parts.iter().any(|p| matches!(p, Part::Reference(_))) => Ok(false),
                    _ => Err(Arc::new(Reason::Outside(arn.to_string().into()))),
                }
            }
            _ => Ok(false),
        }
    }

    fn lookup_here(&self, rtype: &str, value: &Value, world: &World) -> Option<usize> {
        let Seen::Value(Value::Reference(reference)) = world.see(value) else {
            return None;
        };
        self.target(reference)
            .filter(|i| self.resource(*i).is_some_and(|r| &*r.rtype == rtype))
    }

    /// Whether requests from anywhere on the internet reach what is behind a load balancer: a security
    /// group lets them in, and a listener forwards them without asking for a header, which a CDN in
    /// front would add
    /// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/restrict-access-to-load-balancer.html>).
    pub fn open_to_internet(&self, index: usize, world: &World) -> Result<bool, Unknown> {
        let closed = self.closed_to_world(index, world);
        if closed == Ok(true) {
            return Ok(false);
        }
        match (closed, self.forwards_anything(index, world)) {
            (_, Ok(false)) => Ok(false),
            (Err(why), _) | (_, Err(why)) => Err(why),
            (Ok(_), Ok(true)) => Ok(true),
        }
    }

    /// Whether a listener of a load balancer forwards requests whatever headers they have.
    fn forwards_anything(&self, index: usize, world: &World) -> Result<bool, Unknown> {
        let (listeners, mut unknown) =
            self.referrers_near(index, LISTENER, self.resource(index), world);
        // One without listeners answers nobody, but then they were written elsewhere.
        if listeners.is_empty() {
            return unknown.map_or(Ok(true), Err);
        }
        for listener in listeners {
            let Some(from) = self.resource(listener) else {
                continue;
            };
            match forwards(from.property("DefaultActions"), world) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(why) => unknown = unknown.or(Some(why)),
            }
            let (rules, open) = self.referrers_near(listener, RULE, Some(from), world);
            unknown = unknown.or(open);
            for rule in rules.into_iter().filter_map(|rule| self.resource(rule)) {
                let asks = asks_for_header(rule.property("Conditions"), world);
                match (forwards(rule.property("Actions"), world), asks) {
                    (Ok(false), _) | (_, Ok(true)) => {}
                    (Err(why), _) | (_, Err(why)) => unknown = unknown.or(Some(why)),
                    (Ok(true), Ok(false)) => return Ok(true),
                }
            }
        }
        unknown.map_or(Ok(false), Err)
    }

    /// What a web ACL is in front of, as far as it was read.
    pub fn protected(&self, acl: usize, world: &World) -> Vec<usize> {
        let distributions = self.associations.distributions.get_or_init(|| {
            let mut found = Distributions::default();
            for &at in self.all_of_type(DISTRIBUTION) {
                let world = World::default();
                let acl = self.acl_of(at, &world);
                match (world.take_needs(), acl) {
                    (None, Some(acl)) => found.of.entry(acl).or_default().push(at),
                    (None, None) => {}
                    (Some(_), _) => found.sometimes.push(at),
                }
            }
            found
        });
        let sometimes = distributions.sometimes.iter();
        let mut named: Vec<usize> = sometimes
            .filter(|at| self.acl_of(**at, world) == Some(acl))
            .chain(distributions.of.get(&acl).into_iter().flatten())
            .copied()
            .collect();
        named.sort_unstable();
        let mut found = self.existing(&named, world, &mut None);
        for association in self.referrers(acl, ASSOCIATIONS[0], world).0 {
            let Some(from) = self.resource(association) else {
                continue;
            };
            let Some(arn) = from.property("ResourceArn") else {
                continue;
            };
            // An ARN that is made of an API's id may be that of any stage of it.
            let mut possible = self.made_of(arn);
            for at in possible.clone() {
                possible.extend(self.referrers(at, STAGE, world).0);
            }
            possible.sort_unstable();
            possible.dedup();
            for rtype in PROTECTED {
                let is_one = |at: &usize| self.resource(*at).is_some_and(|r| &*r.rtype == rtype);
                let all = match arn {
                    Value::Choice(_) => self.all_of_type(rtype).to_vec(),
                    _ => possible.iter().copied().filter(is_one).collect(),
                };
                let all = self.existing(&all, world, &mut None).into_iter();
                found.extend(
                    all.filter(|at| self.names_resource(from, arn, *at, world) == Ok(true)),
                );
            }
        }
        found
    }

    /// The web ACL that a distribution names.
    fn acl_of(&self, distribution: usize, world: &World) -> Option<usize> {
        let from = self.resource(distribution)?;
        let Seen::Value(Value::Map(config)) = world.see(from.property("DistributionConfig")?)
        else {
            return None;
        };
        let id = config.get("WebACLId")?;
        self.lookup(WEB_ACL, id, Some(from), world).ok()?
    }

    fn closed_to_world(&self, index: usize, world: &World) -> Result<bool, Unknown> {
        let Some(resource) = self.resource(index) else {
            return Ok(false);
        };
        let groups = resource.property("SecurityGroups").map(|v| world.known(v));
        let Some(Value::List(groups)) = groups.transpose()? else {
            return Err(Arc::new(Reason::NotSet("SecurityGroups".into())));
        };
        for group in groups {
            let Some(group) = self.lookup(GROUP, group, Some(resource), world)? else {
                return Err(Arc::new(Reason::Outside(group.to_string().into())));
            };
            let own = self
                .resource(group)
                .and_then(|g| g.property("SecurityGroupIngress"));
            if let Some(rules) = own
                && any_rule_open(rules, world)?
            {
                return Ok(false);
            }
            // The rules of a group are where the group is.
            let (separate, open) = self.referrers_near(group, INGRESS, self.resource(group), world);
            for rule in separate.into_iter().filter_map(|rule| self.resource(rule)) {
                if rule_open(&rule.properties, world)? {
                    return Ok(false);
                }
            }
            if let Some(why) = open {
                return Err(why);
            }
        }
        Ok(true)
    }
}

/// Whether a resource that is asked about here only can make a difference: a rule that does not
/// let in the whole internet makes none. What makes none of a security group is dropped.
pub(super) fn trim(resource: &mut Resource) -> bool {
    let world = World::default();
    match &*resource.rtype {
        INGRESS => rule_open(&resource.properties, &world) != Ok(false),
        GROUP => {
            if let Some(rules) = resource.properties.get_mut("SecurityGroupIngress")
                && any_rule_open(rules, &world) == Ok(false)
            {
                *rules = Value::Null;
            }
            true
        }
        _ => true,
    }
}

/// The text of a property, if it is known in this world.
fn known_text<'r>(resource: &'r Resource, property: &str, world: &World) -> Option<&'r str> {
    match world.known(resource.property(property)?) {
        Ok(value) => value.as_str(),
        Err(_) => None,
    }
}

/// Whether an ARN is of the service and Region of a resource.
fn may_be_arn_of(arn: &str, resource: &Resource) -> bool {
    let mut parts = arn.split(':').skip(2);
    let (service, region) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let of_service = match &*resource.rtype {
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => service == "elasticloadbalancing",
        "AWS::AppSync::GraphQLApi" => service == "appsync",
        _ => false,
    };
    of_service && resource.region.name().is_none_or(|here| here == region)
}

/// Whether one of some actions forwards.
fn forwards(actions: Option<&Value>, world: &World) -> Result<bool, Unknown> {
    any_map(actions, world, |action| {
        let kind = action.get("Type").map(|kind| world.known(kind));
        Ok(kind.transpose()?.and_then(Value::as_str) == Some("forward"))
    })
}

/// Whether one of some conditions, all of which have to hold, is on a header.
fn asks_for_header(conditions: Option<&Value>, world: &World) -> Result<bool, Unknown> {
    any_map(conditions, world, |condition| {
        let config = condition.get("HttpHeaderConfig");
        if config.is_some_and(|config| !config.is_null()) {
            return Ok(true);
        }
        let field = condition.get("Field").map(|field| world.known(field));
        Ok(field.transpose()?.and_then(Value::as_str) == Some("http-header"))
    })
}

/// Whether something holds of one of a list of objects.
fn any_map(
    list: Option<&Value>,
    world: &World,
    holds: impl Fn(&Map) -> Result<bool, Unknown>,
) -> Result<bool, Unknown> {
    let Some(Value::List(items)) = list.map(|list| world.known(list)).transpose()? else {
        return Ok(false);
    };
    let mut unknown = None;
    for item in items {
        let found = match world.known(item) {
            Ok(Value::Map(item)) => holds(item),
            Err(why) => Err(why),
            Ok(_) => Ok(false),
        };
        match found {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(why) => unknown = unknown.or(Some(why)),
        }
    }
    unknown.map_or(Ok(false), Err)
}

fn any_rule_open(rules: &Value, world: &World) -> Result<bool, Unknown> {
    match world.known(rules)? {
        Value::List(rules) => {
            for rule in rules {
                if any_rule_open(rule, world)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Map(rule) => rule_open(rule, world),
        _ => Ok(false),
    }
}

/// Whether an ingress rule lets in the whole internet, or so much of it that it makes no
/// difference: no CDN's address ranges are that large.
fn rule_open(rule: &Map, world: &World) -> Result<bool, Unknown> {
    const NOBODYS: u32 = 8;
    for (property, everything) in [("CidrIp", "0.0.0.0/0"), ("CidrIpv6", "::/0")] {
        match rule
            .get(property)
            .map(|cidr| world.known(cidr))
            .transpose()?
        {
            Some(Value::String(cidr)) => {
                let length = cidr
                    .rsplit_once('/')
                    .and_then(|(_, bits)| bits.parse().ok());
                if **cidr == *everything || length.is_some_and(|bits: u32| bits < NOBODYS) {
                    return Ok(true);
                }
            }
            Some(Value::Reference(_) | Value::Composed(_)) => {
                return Err(Arc::new(Reason::Other(
                    format!("{property} of an ingress rule is not known").into(),
                )));
            }
            _ => {}
        }
    }
    Ok(false)
}
