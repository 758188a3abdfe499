//! CloudWatch alarms: what they watch, and what comes of it.

use std::hash::{Hash, Hasher as _};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};

use super::answer::{self, all, any};
use super::texts::Hashes;
use super::{Arn, Graph, scans};
use crate::model::{Map, Part, Reason, Region, Resource, Seen, Unknown, Value, Whereabouts, World};

pub(super) const ALARM: &str = "AWS::CloudWatch::Alarm";
pub(super) const COMPOSITE: &str = "AWS::CloudWatch::CompositeAlarm";
/// What acts on the state of an alarm without being one of its actions.
pub(super) const FOLLOWERS: [&str; 6] = [
    "AWS::AppConfig::Environment",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::ECS::Service",
    "AWS::Events::Rule",
    "AWS::FIS::ExperimentTemplate",
    "AWS::Route53::HealthCheck",
];
pub(super) const TOPIC: &str = "AWS::SNS::Topic";
pub(super) const SUBSCRIPTION: &str = "AWS::SNS::Subscription";
/// What subscribes to topics by naming them.
pub(super) const CHANNELS: [&str; 2] = [
    "AWS::Chatbot::SlackChannelConfiguration",
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration",
];
const REST_API: &str = "AWS::ApiGateway::RestApi";
const HTTP_API: &str = "AWS::ApiGatewayV2::Api";

/// The types that metrics name a resource by, beside its own.
pub(super) const NAMED_BY: [&str; 2] = [REST_API, HTTP_API];

/// The properties that are read here.
pub(super) const READS: &[(&str, &[&str])] = &[
    (
        ALARM,
        &[
            "AlarmName",
            "Dimensions",
            "MetricName",
            "Metrics",
            "Namespace",
        ],
    ),
    (COMPOSITE, &["AlarmName", "AlarmRule"]),
    (TOPIC, &["Subscription"]),
    (SUBSCRIPTION, &["Arn", "TopicArn"]),
    ("AWS::Events::Rule", &["EventPattern"]),
    ("AWS::ApiGateway::Stage", &["RestApiId", "StageName"]),
    ("AWS::ApiGatewayV2::Stage", &["ApiId", "StageName"]),
    (REST_API, &["Name"]),
];

/// How the metrics of a type name a resource.
struct Metered {
    rtype: &'static str,
    namespaces: &'static [&'static str],
    /// The Region of the metrics of what is in none.
    region: Option<&'static str>,
    /// Ways to name it, each the dimensions it takes. More dimensions are of a part of it.
    dimensions: &'static [&'static [Dimension]],
}

struct Dimension {
    name: &'static str,
    says: Says,
    /// Whether a metric without it is of all of them together.
    optional: bool,
}

/// What a dimension says.
enum Says {
    /// The resource.
    Itself,
    /// Something of the resource by which it cannot be told.
    Part,
    /// The name of what a property refers to.
    NameOf(&'static str, &'static str),
    /// What a property refers to.
    RefersTo(&'static str, &'static str),
    /// A property.
    Property(&'static str),
}

const fn itself(name: &'static str) -> Dimension {
    Dimension {
        name,
        says: Says::Itself,
        optional: false,
    }
}

const STAGE: Dimension = Dimension {
    name: "Stage",
    says: Says::Property("StageName"),
    optional: true,
};

/// As the services document their metrics; the list of the pages is
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html>.
static METERED: &[Metered] = &[
    Metered {
        rtype: "AWS::ApiGateway::Stage",
        namespaces: &["AWS/ApiGateway"],
        region: None,
        dimensions: &[&[
            Dimension {
                name: "ApiName",
                says: Says::NameOf(REST_API, "RestApiId"),
                optional: false,
            },
            STAGE,
        ]],
    },
    Metered {
        rtype: "AWS::ApiGatewayV2::Stage",
        namespaces: &["AWS/ApiGateway"],
        region: None,
        dimensions: &[&[
            Dimension {
                name: "ApiId",
                says: Says::RefersTo(HTTP_API, "ApiId"),
                optional: false,
            },
            STAGE,
        ]],
    },
    Metered {
        rtype: "AWS::AppSync::GraphQLApi",
        namespaces: &["AWS/AppSync"],
        region: None,
        dimensions: &[&[itself("GraphQLAPIId")]],
    },
    Metered {
        rtype: "AWS::CloudFront::Distribution",
        namespaces: &["AWS/CloudFront"],
        region: Some("us-east-1"),
        dimensions: &[&[itself("DistributionId")]],
    },
    Metered {
        rtype: "AWS::DirectConnect::Connection",
        namespaces: &["AWS/DX"],
        region: None,
        dimensions: &[&[itself("ConnectionId")]],
    },
    Metered {
        rtype: "AWS::EC2::VPNConnection",
        namespaces: &["AWS/VPN"],
        region: None,
        dimensions: &[
            &[itself("VpnId")],
            &[Dimension {
                name: "TunnelIpAddress",
                says: Says::Part,
                optional: false,
            }],
        ],
    },
    Metered {
        rtype: "AWS::ElasticLoadBalancing::LoadBalancer",
        namespaces: &["AWS/ELB"],
        region: None,
        dimensions: &[&[itself("LoadBalancerName")]],
    },
    Metered {
        rtype: "AWS::ElasticLoadBalancingV2::LoadBalancer",
        namespaces: &["AWS/ApplicationELB", "AWS/NetworkELB", "AWS/GatewayELB"],
        region: None,
        dimensions: &[&[itself("LoadBalancer")]],
    },
    Metered {
        rtype: "AWS::Route53::HealthCheck",
        namespaces: &["AWS/Route53"],
        region: Some("us-east-1"),
        dimensions: &[&[itself("HealthCheckId")]],
    },
];

/// A metric, and a dimension of it.
type MetricAnd<'s> = (&'s str, &'s str);

/// Alarms by what they watch, so that asking for those of a resource does not look at every other.
#[derive(Debug, Default)]
pub(super) struct Index<'s> {
    /// metric → all alarms on it
    on: FxHashMap<&'s str, Vec<usize>>,
    /// metric and a resource that the value of a dimension refers to or names → alarms
    by_target: Hashes,
    /// metric and the text of a dimension → alarms
    by_text: Hashes,
    /// metric and dimension → the alarms that say what it is as text
    with_text: FxHashMap<MetricAnd<'s>, Vec<usize>>,
    /// metric and dimension → the alarms in which it refers to a resource
    with_reference: FxHashMap<MetricAnd<'s>, Vec<usize>>,
    /// metric → alarms whose dimensions are not wholly known
    loose: FxHashMap<&'s str, Vec<usize>>,
    /// Alarms on a metric that is not known, or picked by a query.
    others: Vec<usize>,
}

impl<'s> Index<'s> {
    pub(super) fn build(graph: &Graph<'s>) -> Self {
        let mut index = Self::default();
        for &at in graph.all_of_type(ALARM) {
            if let Some(alarm) = graph.resource(at)
                && index.add(graph, at, alarm).is_none()
            {
                index.others.push(at);
            }
        }
        index.by_target.sort();
        index.by_text.sort();
        index
    }

    /// Adds an alarm by its metrics; `None` if these are not known in every world.
    fn add(&mut self, graph: &Graph<'s>, at: usize, alarm: &'s Resource) -> Option<()> {
        if alarm.property("MetricName").is_some() {
            return self.add_metric(graph, at, &alarm.properties);
        }
        match alarm.property("Metrics") {
            None => return Some(()),
            Some(Value::List(entries)) => {
                for entry in entries {
                    let entry = match entry {
                        Value::Map(entry) => entry,
                        Value::Null => continue,
                        _ => return None,
                    };
                    match (entry.get("MetricStat"), entry.get("Expression")) {
                        (Some(Value::Map(stat)), _) => match stat.get("Metric") {
                            Some(Value::Map(metric)) => self.add_metric(graph, at, metric)?,
                            _ => return None,
                        },
                        (None, None) => {}
                        (None, Some(Value::String(text))) if !is_query_text(text) => {}
                        _ => return None,
                    }
                }
            }
            Some(_) => return None,
        }
        Some(())
    }

    fn add_metric(&mut self, graph: &Graph<'s>, at: usize, said: &'s Map) -> Option<()> {
        let metric = said.get("MetricName")?.as_str()?;
        self.on.entry(metric).or_default().push(at);
        let is_known = match said.get("Dimensions") {
            None => true,
            Some(Value::List(dimensions)) => {
                let mut is_known = true;
                // Each is added, whatever the one before it was.
                for dimension in dimensions {
                    is_known &= self.add_dimension(graph, at, metric, dimension).is_some();
                }
                is_known
            }
            Some(_) => false,
        };
        if !is_known {
            self.loose.entry(metric).or_default().push(at);
        }
        Some(())
    }

    fn add_dimension(
        &mut self,
        graph: &Graph<'s>,
        at: usize,
        metric: &'s str,
        dimension: &'s Value,
    ) -> Option<()> {
        let dimension = match dimension {
            Value::Map(dimension) => dimension,
            Value::Null => return Some(()),
            _ => return None,
        };
        let name = dimension.get("Name")?.as_str()?;
        match dimension.get("Value") {
            None => {}
            Some(Value::Reference(reference)) => {
                let target = graph.target(reference)?;
                let with = self.with_reference.entry((metric, name));
                with.or_default().push(at);
                self.by_target.add(hash_of(metric, target), at);
            }
            Some(Value::String(text)) => {
                self.with_text.entry((metric, name)).or_default().push(at);
                self.by_text.add(hash_of(metric, &**text), at);
                for target in graph.by_text(text) {
                    self.by_target.add(hash_of(metric, target), at);
                }
            }
            Some(_) => return None,
        }
        Some(())
    }
}

/// The hash of a metric, and a resource or a text.
fn hash_of(metric: &str, of: impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    metric.hash(&mut hasher);
    of.hash(&mut hasher);
    hasher.finish()
}

impl Graph<'_> {
    /// The alarms that may be on one of some metrics of a resource: all others certainly are not.
    fn alarm_candidates(&self, of: &Subject<'_>, world: &World) -> Vec<usize> {
        if scans() {
            return self.all_of_type(ALARM).to_vec();
        }
        let index = &self.alarms;
        let mut found = index.others.clone();
        for metric in of.metrics {
            found.extend(index.loose.get(metric).into_iter().flatten());
            for way in of.metered.dimensions {
                if self
                    .named_by_dimension(metric, way, of, world, &mut found)
                    .is_none()
                {
                    found.extend(index.on.get(metric).into_iter().flatten());
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Adds the alarms whose dimension may say what it has to; `None` if that could be anything.
    fn named_by_dimension(
        &self,
        metric: &str,
        way: &[Dimension],
        of: &Subject<'_>,
        world: &World,
        found: &mut Vec<usize>,
    ) -> Option<()> {
        let index = &self.alarms;
        let dimension = way.iter().find(|dimension| !dimension.optional)?;
        let referred = |rtype: &str, property: &str| {
            let id = of.resource.property(property)?;
            self.lookup(rtype, id, Some(of.resource), world).ok()?
        };
        let subject = match dimension.says {
            Says::Itself => of.index,
            Says::RefersTo(rtype, property) => referred(rtype, property)?,
            Says::NameOf(rtype, property) => {
                let named = self.resource(referred(rtype, property)?)?;
                let name = named.property("Name")?.as_str()?;
                found.extend(index.by_text.candidates(hash_of(metric, name)));
                // Whether what it refers to has this name is not known.
                let with = index.with_reference.get(&(metric, dimension.name));
                found.extend(with.into_iter().flatten());
                return Some(());
            }
            // Whose part it is only a reference says.
            Says::Part => {
                let with = index.with_text.get(&(metric, dimension.name));
                found.extend(with.into_iter().flatten());
                of.index
            }
            Says::Property(_) => return None,
        };
        found.extend(index.by_target.candidates(hash_of(metric, subject)));
        let named = self.resource(subject)?;
        match named.arn.as_deref().and_then(Arn::parse) {
            // As metrics name it: by the end of its ARN.
            Some(arn) => {
                let (_, id) = arn.resource.split_once('/').unwrap_or_default();
                found.extend(index.by_text.candidates(hash_of(metric, id)));
            }
            // What nobody has named yet may be what any text says.
            None if named.names.is_empty() => {
                let with = index.with_text.get(&(metric, dimension.name));
                found.extend(with.into_iter().flatten());
            }
            None => {}
        }
        Some(())
    }

    /// The metric alarms on one of some metrics of a resource, where these metrics are; and why
    /// there could be more.
    pub fn alarms(
        &self,
        index: usize,
        metrics: &[&str],
        world: &World,
    ) -> (Vec<usize>, Option<Unknown>) {
        let Some(resource) = self.resource(index) else {
            return (Vec::new(), None);
        };
        let Some(metered) = METERED.iter().find(|m| *m.rtype == *resource.rtype) else {
            let why = format!("skylint does not know the metrics of {}", resource.rtype);
            return (Vec::new(), Some(Arc::new(Reason::Other(why.into()))));
        };
        let there = Whereabouts {
            account: resource.account.as_deref(),
            region: metered.region.or(resource.region.name()),
        };
        let mut open = self.gap_at(ALARM, there);
        let subject = Subject {
            index,
            resource,
            metered,
            metrics,
        };
        let possible = self.alarm_candidates(&subject, world);
        let mut found = Vec::new();
        for alarm in self.existing(&possible, world, &mut open) {
            match self.watches(alarm, &subject, world) {
                Ok(true) => found.push(alarm),
                Ok(false) => {}
                Err(why) => {
                    open.get_or_insert(why);
                }
            }
        }
        (found, open)
    }

    fn watches(&self, alarm: usize, of: &Subject<'_>, world: &World) -> Result<bool, Unknown> {
        let Some(alarm) = self.resource(alarm) else {
            return Ok(false);
        };
        // One metric, or several of which an expression makes one.
        match alarm.property("MetricName").map(|name| world.see(name)) {
            None | Some(Seen::Value(Value::Null)) => {}
            Some(_) => {
                return all([
                    self.is_metric(&alarm.properties, alarm, of, world),
                    in_region(alarm, of),
                    in_account(alarm, None, of, world),
                ]);
            }
        }
        let Some(metrics) = alarm.property("Metrics") else {
            return Ok(false);
        };
        let found = any_of(metrics, world, &mut |entry| {
            let Value::Map(entry) = entry else {
                return Ok(false);
            };
            let metric = get(entry, &["MetricStat", "Metric"], world);
            let account = entry.get("AccountId");
            match metric {
                Some(Ok(Value::Map(metric))) => all([
                    self.is_metric(metric, alarm, of, world),
                    in_account(alarm, account, of, world),
                ]),
                Some(Ok(Value::Unknown(why))) => Err(Arc::clone(why)),
                Some(Err(why)) => Err(why),
                _ => all([
                    is_query(entry, of, world),
                    in_account(alarm, account, of, world),
                ]),
            }
        });
        all([found, in_region(alarm, of)])
    }

    /// Whether it is one of the metrics.
    fn is_metric(
        &self,
        metric: &Map,
        alarm: &Resource,
        of: &Subject<'_>,
        world: &World,
    ) -> Result<bool, Unknown> {
        all([
            is_text(metric.get("Namespace"), world, |text| {
                of.metered.namespaces.contains(&text)
            }),
            is_text(metric.get("MetricName"), world, |text| {
                of.metrics.contains(&text)
            }),
            self.is_of(metric, alarm, of, world),
        ])
    }

    /// Whether the dimensions of a metric name the resource, or a part of it.
    fn is_of(
        &self,
        metric: &Map,
        alarm: &Resource,
        of: &Subject<'_>,
        world: &World,
    ) -> Result<bool, Unknown> {
        let Some(dimensions) = metric.get("Dimensions") else {
            return Ok(false);
        };
        any(of.metered.dimensions.iter().map(|way| {
            all(way.iter().map(|wanted| {
                let mut is_there = false;
                let said = any_of(dimensions, world, &mut |dimension| {
                    let Value::Map(dimension) = dimension else {
                        return Ok(false);
                    };
                    if !is_text(dimension.get("Name"), world, |name| name == wanted.name)? {
                        return Ok(false);
                    }
                    is_there = true;
                    match dimension.get("Value") {
                        Some(value) => self.says(value, &wanted.says, alarm, of, world),
                        None => Ok(false),
                    }
                });
                match said {
                    Ok(false) if !is_there && wanted.optional => Ok(true),
                    said => said,
                }
            }))
        }))
    }

    /// Whether the value of a dimension means the resource.
    fn says(
        &self,
        value: &Value,
        says: &Says,
        alarm: &Resource,
        of: &Subject<'_>,
        world: &World,
    ) -> Result<bool, Unknown> {
        let value = seen(value, world)?;
        let referred = |rtype: &str, property: &str| {
            let id = of.resource.property(property);
            id.map_or(Ok(None), |id| {
                self.lookup(rtype, id, Some(of.resource), world)
            })
        };
        match says {
            Says::Itself => self.is_named(value, of.index),
            Says::Part => match value {
                Value::Reference(_) | Value::Composed(_) => self.is_named(value, of.index),
                other => Err(Arc::new(Reason::Outside(other.to_string().into()))),
            },
            Says::RefersTo(rtype, property) => match referred(rtype, property)? {
                Some(index) => self.is_named(value, index),
                None => Err(Arc::new(Reason::Outside(value.to_string().into()))),
            },
            Says::NameOf(rtype, property) => match referred(rtype, property)? {
                Some(index) => {
                    let named = self.resource(index);
                    match named.and_then(|named| named.property("Name")) {
                        Some(name) => same(value, alarm, name, of.resource, world),
                        None => Err(Arc::new(Reason::NotSet(format!("{rtype} Name").into()))),
                    }
                }
                None => Err(Arc::new(Reason::Outside(value.to_string().into()))),
            },
            Says::Property(name) => match of.resource.property(name) {
                Some(known) => same(value, alarm, known, of.resource, world),
                None => Err(Arc::new(Reason::NotSet((*name).into()))),
            },
        }
    }

    /// Whether a value that is seen names a resource: by reference, id, name, or the end of its ARN.
    fn is_named(&self, value: &Value, index: usize) -> Result<bool, Unknown> {
        let outside = || Arc::new(Reason::Outside(value.to_string().into()));
        match value {
            Value::Reference(reference) => match self.target(reference) {
                Some(target) => Ok(target == index),
                None => Err(outside()),
            },
            Value::Composed(parts) => {
                let mut targets = references(parts).map(|r| self.target(r)).peekable();
                if targets.peek().is_none() {
                    return Err(outside());
                }
                Ok(targets.any(|target| target == Some(index)))
            }
            Value::String(text) => {
                let Some(resource) = self.resource(index) else {
                    return Ok(false);
                };
                let named = self.by_text(text);
                if named.contains(&index) {
                    return Ok(true);
                }
                if let Some(arn) = resource.arn.as_deref().and_then(Arn::parse) {
                    let (_, id) = arn.resource.split_once('/').unwrap_or_default();
                    return Ok(id == &**text);
                }
                if named
                    .iter()
                    .any(|i| self.resource(*i).is_some_and(|r| r.rtype == resource.rtype))
                    || !resource.names.is_empty()
                {
                    return Ok(false);
                }
                // app/NAME/50dc6c495c0c9188: a name is given once in a Region.
                match resource.property("Name") {
                    Some(Value::String(name)) if text.contains('/') => {
                        Ok(text.split('/').nth(1) == Some(name))
                    }
                    _ => Err(outside()),
                }
            }
            Value::Unknown(why) => Err(Arc::clone(why)),
            _ => Ok(false),
        }
    }

    /// What follows the state of an alarm: composite alarms whose rule names it, health checks,
    /// deployments, experiments and event rules that refer to it; and why there could be more of the first.
    pub fn followers(&self, index: usize, world: &World) -> (Vec<usize>, Option<Unknown>) {
        let Some(alarm) = self.resource(index) else {
            return (Vec::new(), None);
        };
        let (composites, mut open) = self.of_type_near(COMPOSITE, Some(alarm), world);
        let first = self.referrers.partition_point(|(to, _)| *to < index);
        let referrers = self.referrers.get(first..).unwrap_or_default().iter();
        let mut found: Vec<usize> = referrers
            .take_while(|(to, _)| *to == index)
            .map(|(_, from)| *from)
            .filter(|from| {
                self.resource(*from).is_some_and(|r| {
                    (&*r.rtype == COMPOSITE || FOLLOWERS.contains(&&*r.rtype))
                        && world.exists(r) != Ok(false)
                })
            })
            .collect();
        for composite in composites {
            let rule = self
                .resource(composite)
                .and_then(|from| Some((from, from.property("AlarmRule")?)));
            let Some((from, rule)) = rule else { continue };
            if composite == index || found.contains(&composite) {
                continue;
            }
            match self.rule_names(rule, from, index, alarm, world) {
                Ok(true) => found.push(composite),
                Ok(false) => {}
                Err(why) => {
                    open.get_or_insert(why);
                }
            }
        }
        (found, open)
    }

    /// Whether the rule of a composite alarm names an alarm.
    fn rule_names(
        &self,
        rule: &Value,
        from: &Resource,
        index: usize,
        alarm: &Resource,
        world: &World,
    ) -> Result<bool, Unknown> {
        if in_same_region(from, alarm) == Ok(false) {
            return Ok(false);
        }
        let parts: &[Part] = match seen(rule, world)? {
            Value::String(text) => &[Part::Text(text.clone())],
            Value::Composed(parts) => parts,
            Value::Unknown(why) => return Err(Arc::clone(why)),
            _ => return Ok(false),
        };
        any(alarms_in(parts).iter().map(|named| match named.as_slice() {
            [Part::Text(text)] => {
                let name = text
                    .rsplit_once(":alarm:")
                    .map_or(&**text, |(_, name)| name);
                match alarm.property("AlarmName").map(|name| world.known(name)) {
                    Some(Ok(Value::String(own))) => Ok(**own == *name),
                    Some(Err(why)) => Err(why),
                    // CloudFormation makes a name that nobody writes down.
                    _ => Ok(self.by_text(text).contains(&index)),
                }
            }
            parts if references(parts).next().is_some() => {
                Ok(references(parts).any(|r| self.target(r) == Some(index)))
            }
            parts => match alarm.property("AlarmName") {
                Some(name) => same(
                    &Value::Composed(parts.to_vec().into()),
                    from,
                    name,
                    alarm,
                    world,
                ),
                None => Ok(false),
            },
        }))
    }

    /// Whether an action of an alarm reaches anything: an SNS topic that has a confirmed
    /// subscription, or another service.
    pub fn delivers(&self, action: &Value, from: usize, world: &World) -> Result<bool, Unknown> {
        let Some(from) = self.resource(from) else {
            return Ok(false);
        };
        let action = seen(action, world)?;
        let outside = || Arc::new(Reason::Outside(action.to_string().into()));
        let is_topic = |index: &usize| self.resource(*index).is_some_and(|r| &*r.rtype == TOPIC);
        let topic = match action {
            Value::Null => return Ok(false),
            Value::Unknown(why) => return Err(Arc::clone(why)),
            Value::Reference(reference) => match self.target(reference) {
                Some(index) if !is_topic(&index) => return Ok(true),
                topic => topic,
            },
            Value::String(text) => match Arn::parse(text) {
                Some(arn) if arn.service != "sns" => return Ok(true),
                Some(_) => {
                    let named = self.nearby(self.by_text(text), text, Some(from));
                    named.into_iter().find(is_topic)
                }
                None => None,
            },
            Value::Composed(parts) => {
                let text = flat(parts);
                match Arn::parse(&text) {
                    Some(arn) if !arn.service.contains(HOLE) && arn.service != "sns" => {
                        return Ok(true);
                    }
                    _ => self
                        .named_by(parts)
                        .filter(is_topic)
                        .or_else(|| self.by_last_name(&text, TOPIC, from)),
                }
            }
            _ => return Ok(false),
        };
        match topic {
            Some(topic) => self.is_subscribed(topic, world),
            None => Err(outside()),
        }
    }

    /// The one of a type that has the name behind the last colon of an ARN, of which the rest is not
    /// known whole.
    fn by_last_name(&self, text: &str, rtype: &str, near: &Resource) -> Option<usize> {
        let name = text
            .rsplit(':')
            .next()
            .filter(|name| !name.contains(HOLE))?;
        let mut named = self
            .nearby(self.by_text(name), name, Some(near))
            .into_iter()
            .filter(|i| self.resource(*i).is_some_and(|r| &*r.rtype == rtype));
        named.next().filter(|_| named.next().is_none())
    }

    fn is_subscribed(&self, index: usize, world: &World) -> Result<bool, Unknown> {
        let Some(topic) = self.resource(index) else {
            return Ok(false);
        };
        // The subscriptions that its own template wrote into it.
        match topic.property("Subscription").map(|own| world.known(own)) {
            Some(Ok(Value::List(own))) if own.iter().any(|s| !s.is_null()) => {
                return Ok(true);
            }
            Some(Err(why)) => return Err(why),
            _ => {}
        }
        let (found, mut open) = self.referrers_near(index, SUBSCRIPTION, Some(topic), world);
        let confirmed = |index: usize| {
            let arn = self.resource(index).and_then(|s| s.property("Arn"));
            // What the API writes in place of an ARN. Only an account says.
            !matches!(arn, Some(Value::String(text))
                if matches!(&**text, "PendingConfirmation" | "Deleted"))
        };
        if found.into_iter().any(confirmed) {
            return Ok(true);
        }
        for channel in CHANNELS {
            if !self.referrers(index, channel, world).0.is_empty() {
                return Ok(true);
            }
        }
        // One whose topic is known in part.
        let all = self.by_type.get(SUBSCRIPTION);
        for subscription in all.into_iter().flatten().filter_map(|i| self.resource(*i)) {
            let arn = subscription.property("TopicArn").map(|arn| world.see(arn));
            if let Some(Seen::Value(Value::Composed(parts))) = arn
                && references(parts).next().is_none()
            {
                let text = flat(parts);
                if self.by_last_name(&text, TOPIC, subscription) == Some(index) {
                    return Ok(true);
                }
                open.get_or_insert_with(|| Arc::new(Reason::Outside(text.as_str().into())));
            }
        }
        open.map_or(Ok(false), Err)
    }
}

/// Whose metrics are looked for, and which.
struct Subject<'g> {
    index: usize,
    resource: &'g Resource,
    metered: &'static Metered,
    metrics: &'g [&'g str],
}

/// Whether an alarm is where the metrics are: it watches those of its own Region.
fn in_region(alarm: &Resource, of: &Subject<'_>) -> Result<bool, Unknown> {
    match (of.metered.region, &alarm.region) {
        (Some(there), Region::In(here)) => Ok(**here == *there),
        (Some(_), Region::Unknown(why)) => Err(Arc::clone(why)),
        (Some(_), Region::Global) => Ok(false),
        (None, _) => in_same_region(alarm, of.resource),
    }
}

fn in_same_region(one: &Resource, other: &Resource) -> Result<bool, Unknown> {
    match (&one.region, &other.region) {
        (Region::In(one), Region::In(other)) => Ok(one == other),
        // A stack is in one Region, whichever it is.
        (Region::Unknown(_), Region::Unknown(_)) if one.origin.source == other.origin.source => {
            Ok(true)
        }
        (Region::Unknown(why), _) | (_, Region::Unknown(why)) => Err(Arc::clone(why)),
        _ => Ok(true),
    }
}

/// Whether an alarm is on metrics of the account of the resource: of its own, if it does not say.
fn in_account(
    alarm: &Resource,
    said: Option<&Value>,
    of: &Subject<'_>,
    world: &World,
) -> Result<bool, Unknown> {
    let Some(account) = of.resource.account.as_deref() else {
        return Ok(true);
    };
    match said {
        Some(said) if !said.is_null() => is_text(Some(said), world, |said| said == account),
        _ => Ok(alarm.account.as_deref().is_none_or(|own| own == account)),
    }
}

/// Whether an entry of an alarm's metrics is a Metrics Insights query over the metrics: then it is
/// over those of every resource.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html>
fn is_query(entry: &Map, of: &Subject<'_>, world: &World) -> Result<bool, Unknown> {
    let Some(expression) = entry.get("Expression") else {
        return Ok(false);
    };
    let text = match seen(expression, world)? {
        Value::String(text) => text.to_string(),
        Value::Composed(parts) => flat(parts),
        Value::Unknown(why) => return Err(Arc::clone(why)),
        _ => return Ok(false),
    };
    let upper = text.to_ascii_uppercase();
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let is_over = is_query_text(&text)
        && words.any(|word| of.metrics.contains(&word))
        && of.metered.namespaces.iter().any(|n| text.contains(n));
    if is_over && upper.split_whitespace().any(|word| word == "WHERE") {
        return Err(Arc::new(Reason::Other(
            "a query of an alarm picks the resources it is over".into(),
        )));
    }
    Ok(is_over)
}

fn is_query_text(text: &str) -> bool {
    let begin = text.trim_start().get(..6);
    begin.is_some_and(|word| word.eq_ignore_ascii_case("SELECT"))
}

/// What stands for a part of a text that is not known.
const HOLE: char = '\u{1}';

/// Text known in part, with a hole for each part that is not.
fn flat(parts: &[Part]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(known) => text.push_str(known),
            Part::Reference(_) | Part::Unknown(_) => text.push(HOLE),
        }
    }
    text
}

fn references(parts: &[Part]) -> impl Iterator<Item = &crate::model::Reference> {
    parts.iter().filter_map(|part| match part {
        Part::Reference(reference) => Some(&**reference),
        _ => None,
    })
}

/// The alarms that a rule names: what stands in the parentheses of `ALARM(…)`, `OK(…)` and
/// `INSUFFICIENT_DATA(…)`, and in the list of `AT_LEAST(2, ALARM, (…, …))`, without quotes.
fn alarms_in(parts: &[Part]) -> Vec<Vec<Part>> {
    const STATES: [&str; 3] = ["ALARM", "OK", "INSUFFICIENT_DATA"];
    let mut found: Vec<Vec<Part>> = Vec::new();
    let mut word = String::new();
    let mut is_word_over = false;
    let mut is_list_next = false;
    // What is being read, and the quote that ends it.
    let mut inside: Option<(Vec<Part>, String, Option<char>)> = None;
    for part in parts {
        let text = match part {
            Part::Text(text) => text,
            other => {
                word.clear();
                if let Some((name, text, _)) = &mut inside {
                    close(name, text);
                    name.push(other.clone());
                }
                continue;
            }
        };
        for c in text.chars() {
            match &mut inside {
                None if c == '(' => {
                    let is = |wanted: &&str| wanted.eq_ignore_ascii_case(&word);
                    if STATES.iter().any(is) || is_list_next && word.is_empty() {
                        inside = Some((Vec::new(), String::new(), None));
                    }
                    is_list_next = is(&"AT_LEAST");
                    word.clear();
                }
                None if c.is_alphanumeric() || c == '_' => {
                    if is_word_over {
                        word.clear();
                    }
                    is_word_over = false;
                    word.push(c);
                }
                // `ALARM (name)` is one, too.
                None if c.is_whitespace() => is_word_over = true,
                None => word.clear(),
                Some((name, text, quote)) => match (c, *quote) {
                    ('"' | '\'', None) if name.is_empty() && text.trim().is_empty() => {
                        text.clear();
                        *quote = Some(c);
                    }
                    (c, Some(end)) if c == end => *quote = None,
                    (')' | ',', None) => {
                        *text = text.trim().to_owned();
                        close(name, text);
                        found.push(std::mem::take(name));
                        if c == ')' {
                            inside = None;
                        }
                    }
                    (c, _) => text.push(c),
                },
            }
        }
    }
    found
}

fn close(name: &mut Vec<Part>, text: &mut String) {
    if !text.is_empty() {
        name.push(Part::Text(std::mem::take(text).into()));
    }
}

/// A value in a world; a value that is not known is seen as such.
fn seen<'v>(value: &'v Value, world: &World) -> Result<&'v Value, Unknown> {
    match world.see(value) {
        Seen::Value(value) => Ok(value),
        Seen::Undecided(why) => Err(why),
    }
}

/// What stands at a path of names, if it leads anywhere.
fn get<'v>(map: &'v Map, path: &[&str], world: &World) -> Option<Result<&'v Value, Unknown>> {
    let (first, rest) = path.split_first()?;
    match seen(map.get(first)?, world) {
        Ok(Value::Map(inner)) if !rest.is_empty() => get(inner, rest, world),
        Ok(Value::Null) => None,
        other => Some(other),
    }
}

/// Whether a value is one of some texts. What is not set is none.
fn is_text(
    value: Option<&Value>,
    world: &World,
    wanted: impl Fn(&str) -> bool,
) -> Result<bool, Unknown> {
    match value.map(|value| seen(value, world)).transpose()? {
        Some(Value::String(text)) => Ok(wanted(text)),
        Some(Value::Unknown(why)) => Err(Arc::clone(why)),
        Some(other @ (Value::Composed(_) | Value::Reference(_))) => {
            Err(Arc::new(Reason::Outside(other.to_string().into())))
        }
        _ => Ok(false),
    }
}

/// Whether two texts are the same, each written in a resource.
fn same(
    one: &Value,
    in_one: &Resource,
    other: &Value,
    in_other: &Resource,
    world: &World,
) -> Result<bool, Unknown> {
    match (seen(one, world)?, seen(other, world)?) {
        (Value::Null, _) | (_, Value::Null) => Ok(false),
        (one, other) => {
            let in_one_source = in_one.origin.source == in_other.origin.source;
            answer::same(one, other, in_one_source)
        }
    }
}

/// Whether something holds of an element of a list.
fn any_of(
    list: &Value,
    world: &World,
    holds: &mut dyn FnMut(&Value) -> Result<bool, Unknown>,
) -> Result<bool, Unknown> {
    match seen(list, world)? {
        Value::List(items) => any(items.iter().map(|item| match seen(item, world)? {
            Value::Unknown(why) => Err(Arc::clone(why)),
            item => holds(item),
        })),
        Value::Unknown(why) => Err(Arc::clone(why)),
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rule: &str) -> Vec<String> {
        let named = alarms_in(&[Part::Text(rule.into())]);
        named.iter().map(|parts| flat(parts)).collect()
    }

    #[test]
    fn the_alarms_in_a_rule() {
        assert_eq!(
            names(
                r#"(ALARM("web (eu)") OR OK ( arn:aws:cloudwatch:eu-west-1:1:alarm:db )) AND NOT INSUFFICIENT_DATA('x') AND TRUE"#
            ),
            ["web (eu)", "arn:aws:cloudwatch:eu-west-1:1:alarm:db", "x"]
        );
        assert_eq!(
            names("AT_LEAST(2, OK, (\"a, b\", c,d)) OR ALARM(e)"),
            ["a, b", "c", "d", "e"]
        );
        assert_eq!(names("FALSE AND ALARM("), Vec::<String>::new());
    }
}
