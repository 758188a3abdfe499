//! Route 53: record groups, and where a name leads.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::kept::{Answered, Keep, Kept};
use super::record_groups::Group;
use super::{BUCKET, Graph, scans};
use crate::model::{
    Map, Part, Reason, Reference, Region, RegionName, Resource, Seen, Unknown, Value, World,
    continent_of_country, continent_of_region, is_region_name,
};
use crate::types;

pub(super) const RECORD: &str = "AWS::Route53::RecordSet";
pub(super) const ZONE: &str = "AWS::Route53::HostedZone";
pub(super) const DISTRIBUTION: &str = "AWS::CloudFront::Distribution";
pub(super) const ACCELERATOR: &str = "AWS::GlobalAccelerator::Accelerator";
const LISTENER: &str = "AWS::GlobalAccelerator::Listener";
pub(super) const HEALTH_CHECK: &str = "AWS::Route53::HealthCheck";
pub(super) const ENDPOINT_GROUP: &str = "AWS::GlobalAccelerator::EndpointGroup";

/// The types whose resources are on the way from a name to what answers.
pub(super) const TYPES: [&str; 6] = [
    RECORD,
    ZONE,
    DISTRIBUTION,
    ACCELERATOR,
    LISTENER,
    ENDPOINT_GROUP,
];

/// The properties that are read here.
pub(super) const READS: &[(&str, &[&str])] = &[
    (
        RECORD,
        &[
            "AliasTarget",
            "Failover",
            "GeoLocation",
            "GeoProximityLocation",
            "HealthCheckId",
            "HostedZoneId",
            "HostedZoneName",
            "Name",
            "Region",
            "ResourceRecords",
            "SetIdentifier",
            "Type",
            "Weight",
        ],
    ),
    (ZONE, &["Name", "VPCs"]),
    (HEALTH_CHECK, &["HealthCheckConfig"]),
    (DISTRIBUTION, &["DistributionConfig"]),
    (
        ENDPOINT_GROUP,
        &[
            "EndpointConfigurations",
            "EndpointGroupRegion",
            "ListenerArn",
        ],
    ),
    (LISTENER, &["AcceleratorArn"]),
];

/// The texts by which what answers at a host could be known, if a text is the name of a host.
pub(super) fn names_in(text: &str) -> Vec<String> {
    let Host(name) = Host::parse(text);
    let name = name.strip_prefix("dualstack.").unwrap_or(&name);
    bucket_in_host(name)
        .into_iter()
        .chain([name])
        .map(str::to_owned)
        .collect()
}

/// Chains longer than this are given up on.
const MAX_HOPS: usize = 16;

/// More ends than this are not told apart any more.
const MAX_ENDS: usize = 256;

/// Record sets by name, and what can be reached from where.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_name: FxHashMap<String, Vec<usize>>,
    /// Records of which it is not wholly known what they are called.
    nameless: Vec<usize>,
    /// name → the hosted zones that have it
    zones: FxHashMap<Host, Vec<usize>>,
    /// resource → the records that lead to it without a CDN in between
    hosts: FxHashMap<usize, Vec<usize>>,
    /// resource → the distributions that have it as an origin
    fronts: FxHashMap<usize, Vec<usize>>,
    /// Records and distributions of which it is not wholly known where they lead.
    unsure: FxHashSet<usize>,
    /// The records among these, and the distributions.
    unsure_hosts: OnceLock<Unsure>,
    unsure_fronts: OnceLock<Unsure>,
    probed: OnceLock<Probed>,
    /// Where each record and distribution leads, once that is asked.
    ways: Kept<Way>,
    /// Where traffic to each record ends, and that to the others of its group.
    ends: Kept<Ends>,
    peers: Kept<Ends>,
    pub(super) groups: Kept<Group>,
}

/// Records, or distributions, of which it is not wholly known where they lead.
#[derive(Debug)]
struct Unsure {
    /// Those of which no world says where else they lead than they are known to.
    always: Arc<[usize]>,
    /// Those of which that depends on the world.
    sometimes: Vec<usize>,
}

impl Unsure {
    fn of(graph: &Graph<'_>, rtype: &str) -> Self {
        let mut all: Vec<usize> = graph.dns.unsure.iter().copied().collect();
        all.retain(|at| graph.resource(*at).is_some_and(|r| &*r.rtype == rtype));
        all.sort_unstable();
        let (always, sometimes): (Vec<usize>, _) = all.into_iter().partition(|at| {
            let is_there = |r: &Resource| r.exists == Value::Bool(true);
            let everywhere = World::default();
            graph.resource(*at).is_some_and(is_there) && graph.way(*at, &everywhere).is_kept()
        });
        Self {
            always: always.into(),
            sometimes,
        }
    }
}

/// Health checks by the records that answer for the hosts they probe.
#[derive(Debug, Default)]
struct Probed {
    /// A record of the name of a host → the health checks that probe it.
    first: FxHashMap<usize, Vec<usize>>,
    /// Those that may probe any record.
    anything: Vec<usize>,
}

impl Probed {
    fn of(graph: &Graph<'_>) -> Self {
        let mut probed = Self::default();
        for &at in graph.all_of_type(HEALTH_CHECK) {
            let check = graph.resource(at);
            let host = match check.and_then(|check| check.property("HealthCheckConfig")) {
                None => continue,
                Some(Value::Map(config)) => config.get("FullyQualifiedDomainName"),
                Some(_) => {
                    probed.anything.push(at);
                    continue;
                }
            };
            let host = match host {
                None => continue,
                Some(Value::String(text)) => Host::parse(text),
                Some(_) => {
                    probed.anything.push(at);
                    continue;
                }
            };
            let named = graph.dns.answering(&host);
            if named.iter().any(|from| graph.dns.unsure.contains(from)) {
                probed.anything.push(at);
            }
            for from in named {
                probed.first.entry(*from).or_default().push(at);
            }
        }
        probed
    }
}

/// What may lead to a resource.
#[derive(Debug)]
pub struct Leading {
    /// The resource.
    pub to: usize,
    /// What leads to it, or may in some world, in order.
    pub certain: Vec<usize>,
    /// What may lead anywhere, as far as is known, in order; maybe some of the former among it. Nothing
    /// else of it certainly leads to the resource.
    pub doubtful: Arc<[usize]>,
    /// Why there could be more.
    pub open: Option<Unknown>,
}

impl Leading {
    /// All of it, in order.
    pub fn all(&self) -> Vec<usize> {
        let mut all = [&*self.certain, &*self.doubtful].concat();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Where a record or a distribution leads.
#[derive(Debug)]
struct Way {
    /// The resources it comes by or ends at, in order.
    passed: Vec<usize>,
    /// Why it could lead to something else as well.
    doubt: Option<Unknown>,
}

impl Keep for Way {
    fn size(&self) -> usize {
        self.passed.len()
    }
}

/// A name in DNS, in the one form in which names are compared: lower case, no final dot, `*` for
/// `\052`; parts that are not known are kept apart by what they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Host(String);

impl Host {
    /// The host a value names, as far as it is text.
    pub fn of(value: &Value, source: usize) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::parse(text)),
            Value::Composed(parts) => {
                let mut name = String::new();
                for part in parts.iter() {
                    match part {
                        Part::Text(text) => name.push_str(&text.to_lowercase()),
                        Part::Reference(r) => name.push_str(&format!("\u{1}{}#{r}\u{2}", r.target)),
                        // One parameter has one value within a template, not across templates.
                        Part::Unknown(why) => name.push_str(&format!("\u{1}{source}:{why}\u{2}")),
                    }
                }
                Some(Self::parse(&name))
            }
            _ => None,
        }
    }

    fn parse(text: &str) -> Self {
        let name = text.trim().trim_end_matches('.').to_lowercase();
        Self(match name.contains('\\') {
            true => name.replace("\\052", "*"),
            false => name,
        })
    }
}

/// Where traffic to a name ends.
#[derive(Debug, Clone)]
pub struct Destination {
    /// What answers there, if it is in the snapshot.
    pub resource: Option<usize>,
    /// What it is called.
    pub name: Arc<str>,
    /// The Region it is in.
    pub region: Result<RegionName, Unknown>,
    /// Whether CloudFront or Global Accelerator is in front of it.
    pub edge: bool,
    /// Whether something on the way notices when it fails.
    pub health_checked: Result<bool, Unknown>,
    /// The resources it was reached through.
    pub via: Box<[usize]>,
}

/// "orders-alb in eu-central-1"
impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.region {
            Ok(region) => write!(f, "{} in {region}", self.name),
            Err(_) => write!(f, "{} in a Region that is not known", self.name),
        }
    }
}

/// Where traffic to a name ends, and why it could end elsewhere, too.
#[derive(Debug, Clone, Default)]
pub struct Ends {
    /// What answers, in the order in which it was reached.
    pub all: Box<[Destination]>,
    /// Why there could be more.
    pub open: Option<Unknown>,
}

impl Keep for Ends {
    fn size(&self) -> usize {
        self.all.len()
    }
}

impl Index {
    pub(super) fn build(graph: &Graph<'_>) -> Self {
        let mut index = Self::default();
        let records = graph.all_of_type(RECORD);
        for &record in records {
            if let Some(resource) = graph.resource(record)
                && let Some(name) = resource.property("Name")
            {
                let mut is_known = true;
                name.for_each_arm(&mut |name| {
                    is_known &= matches!(name, Value::String(_));
                    if let Some(Host(name)) = Host::of(name, resource.origin.source) {
                        index.by_name.entry(name).or_default().push(record);
                    }
                });
                if !is_known {
                    index.nameless.push(record);
                }
            }
        }
        for &zone in graph.all_of_type(ZONE) {
            if let Some(name) = graph.zone_name(zone) {
                index.zones.entry(name).or_default().push(zone);
            }
        }
        let mut hosts: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        let mut unsure = FxHashSet::default();
        for &record in records {
            let mut walk = Walk::new(graph, &index, None, false);
            walk.record(record);
            let is_host = graph.resource(record).is_some_and(|r| answers(r, None));
            if is_host && walk.doubt().is_some() {
                unsure.insert(record);
            }
            for passed in walk.passed() {
                if passed != record {
                    hosts.entry(passed).or_default().push(record);
                }
            }
        }
        let distributions = graph.all_of_type(DISTRIBUTION);
        let mut fronts: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        for &distribution in distributions {
            let mut walk = Walk::new(graph, &index, None, true);
            walk.resource(distribution);
            if walk.doubt().is_some() {
                unsure.insert(distribution);
            }
            for passed in walk.passed() {
                if passed != distribution {
                    fronts.entry(passed).or_default().push(distribution);
                }
            }
        }
        index.hosts = hosts;
        index.fronts = fronts;
        index.unsure = unsure;
        index.ways = Kept::of(records.iter().chain(distributions));
        index.ends = Kept::of(records);
        index.peers = Kept::of(records);
        index.groups = Kept::of(records);
        index
    }

    /// The records that have a name, maybe among other names.
    pub(super) fn named(&self, Host(name): &Host) -> &[usize] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The records of a name, or those of the wildcard that answers in their place.
    fn answering(&self, Host(name): &Host) -> &[usize] {
        let found = self.by_name.get(name).or_else(|| {
            let (_, rest) = name.split_once('.')?;
            self.by_name.get(&format!("*.{rest}"))
        });
        found.map_or(&[], Vec::as_slice)
    }

    /// The hosted zones of a name.
    pub(super) fn zones(&self, name: &Host) -> &[usize] {
        self.zones.get(name).map_or(&[], Vec::as_slice)
    }

    /// The records that may have any name.
    pub(super) fn nameless(&self) -> &[usize] {
        &self.nameless
    }
}

impl<'s> Graph<'s> {
    /// Where traffic to a record ends, through alias chains, CNAMEs, CloudFront origins and Global
    /// Accelerator endpoint groups; never an empty list without a reason for there to be more.
    pub fn destinations(&self, record: usize, world: &World) -> Answered<'_, Ends> {
        self.dns.ends.get(record, world, |world| {
            let mut walk = Walk::new(self, &self.dns, Some(world), true);
            walk.record(record);
            if walk.ends.is_empty() && walk.open.is_none() {
                walk.open = Some(Arc::new(Reason::Other("it leads nowhere".into())));
            }
            Ends {
                all: walk.ends.into(),
                open: walk.open,
            }
        })
    }

    /// Where the other records of a record's group lead in Regions that it does not lead to itself,
    /// and why there could be more.
    pub fn peers(&self, record: usize, world: &World) -> Answered<'_, Ends> {
        self.dns.peers.get(record, world, |world| {
            let own = self.destinations(record, world);
            let mut open = own.open.clone();
            let (mut here, mut found) = (Vec::new(), Vec::new());
            for end in &own.all {
                match &end.region {
                    Ok(region) => here.push(region),
                    // Any of the others may be where it leads.
                    Err(why) => {
                        return Ends {
                            all: Box::default(),
                            open: Some(Arc::clone(why)),
                        };
                    }
                }
            }
            let group = self.record_group(record, world);
            for member in group.members.iter().filter(|member| **member != record) {
                let ends = self.destinations(*member, world);
                open = open.or_else(|| ends.open.clone());
                for end in &ends.all {
                    match &end.region {
                        Ok(region) if here.contains(&region) => {}
                        Ok(_) => found.push(end.clone()),
                        Err(why) => {
                            open.get_or_insert_with(|| Arc::clone(why));
                        }
                    }
                }
            }
            Ends {
                all: found.into(),
                open: open.or_else(|| group.open.clone()),
            }
        })
    }

    /// The records that answer whoever asks for a host, as `from` does, and those they lead to; and
    /// why there could be more.
    pub fn answering(
        &self,
        host: &Value,
        from: usize,
        world: &World,
    ) -> (Vec<usize>, Option<Unknown>) {
        let Some(from) = self.resource(from) else {
            return (Vec::new(), None);
        };
        let mut walk = Walk::new(self, &self.dns, Some(world), false);
        match host {
            Value::String(text) => walk.host(text, from),
            Value::Reference(reference) => match self.target(reference) {
                Some(index) => walk.resource(index),
                None => walk.end_unknown(Reason::Outside(reference.to_string().into())),
            },
            other => {
                let known = Host::of(other, from.origin.source);
                if !known.is_some_and(|host| walk.known_name(&host, from)) {
                    walk.open = Some(Arc::new(Reason::Outside(other.to_string().into())));
                }
            }
        }
        let mut records = walk.visited;
        records.retain(|i| self.resource(*i).is_some_and(|r| &*r.rtype == RECORD));
        records.sort_unstable();
        records.dedup();
        let mut open = walk.open;
        if open.is_none() {
            // What ends at a name ends there only if no record has that name.
            open = walk
                .ends
                .iter()
                .filter_map(|end| match (&end.resource, &end.region) {
                    (None, Err(why)) => Some(why),
                    _ => None,
                })
                .find_map(|why| match &**why {
                    Reason::Outside(name) if is_address(name) => None,
                    Reason::Outside(_) => self.gap(RECORD, None),
                    _ => Some(Arc::clone(why)),
                });
        }
        (records, open)
    }

    /// The health checks that decide whether a record is healthy: its own and, of a calculated one,
    /// those it is calculated from; and why there could be more.
    pub fn health_checks(&self, record: usize, world: &World) -> (Vec<usize>, Option<Unknown>) {
        let mut found: Vec<usize> = Vec::new();
        let mut open = None;
        let from = self.resource(record);
        let own = from.and_then(|record| record.property("HealthCheckId"));
        let mut next: Vec<(&Value, &Resource)> = own.zip(from).into_iter().collect();
        while let Some((id, near)) = next.pop() {
            let check = match self.lookup(HEALTH_CHECK, id, Some(near), world) {
                Ok(check) => check.filter(|check| !found.contains(check)),
                Err(why) => {
                    open.get_or_insert(why);
                    None
                }
            };
            let Some((index, check)) = check.and_then(|i| Some((i, self.resource(i)?))) else {
                continue;
            };
            found.push(index);
            let config = check
                .property("HealthCheckConfig")
                .map(|config| world.known(config));
            let children = match config {
                Some(Ok(Value::Map(config))) => config.get("ChildHealthChecks"),
                Some(Err(why)) => {
                    open.get_or_insert(why);
                    None
                }
                _ => None,
            };
            match children.map(|children| world.known(children)) {
                Some(Ok(Value::List(children))) => {
                    next.extend(children.iter().map(|child| (child, check)));
                }
                Some(Err(why)) => {
                    open.get_or_insert(why);
                }
                _ => {}
            }
        }
        (found, open)
    }

    /// The continent of the clients that a record is for: by its place, or by the Region it is to be
    /// the nearest of. `Ok(None)`: it is for any.
    pub fn continent(&self, record: usize, world: &World) -> Result<Option<&'s str>, Unknown> {
        let Some(record) = self.resource(record) else {
            return Ok(None);
        };
        let see = |value: Option<&'s Value>| value.map(|value| world.known(value)).transpose();
        let unheard = |place: &str| Arc::new(Reason::Other(format!("where {place} is").into()));
        let known = |value: Option<&'s Value>| match value {
            Some(value) => match value.as_str() {
                Some(text) => Ok(Some(text)),
                None => Err(unheard(&value.to_string())),
            },
            None => Ok(None),
        };
        let text =
            |map: &'s Value, name: &str| known(see(map.as_map().and_then(|map| map.get(name)))?);
        if let Some(place) = see(record.property("GeoLocation"))? {
            if let Some(continent) = text(place, "ContinentCode")? {
                return Ok(Some(continent));
            }
            return match text(place, "CountryCode")? {
                None | Some("*") => Ok(None),
                Some(country) => continent_of_country(country)
                    .map(Some)
                    .ok_or_else(|| unheard(country)),
            };
        }
        let near = see(record.property("GeoProximityLocation"))?;
        let region = match (see(record.property("Region"))?, near) {
            (Some(region), _) => known(Some(region))?,
            (None, Some(near)) => text(near, "AWSRegion")?,
            (None, None) => None,
        };
        let Some(region) = region else {
            return Ok(None);
        };
        continent_of_region(region)
            .map(Some)
            .ok_or_else(|| unheard(region))
    }

    /// Whether a record or a distribution leads to a resource: a record through other records and
    /// accelerators, a distribution by one of its origins.
    pub fn leads_to(&self, from: usize, to: usize, world: &World) -> Result<bool, Unknown> {
        let Some(start) = self.resource(from).filter(|_| from != to) else {
            return Ok(false);
        };
        let through_cdn = &*start.rtype == DISTRIBUTION;
        let (index, is_start) = if through_cdn {
            (&self.dns.fronts, true)
        } else {
            (
                &self.dns.hosts,
                &*start.rtype == RECORD && answers(start, None),
            )
        };
        let may = index.get(&to).is_some_and(|known| known.contains(&from));
        let other_type = self
            .resource(to)
            .is_some_and(|to| is_of_another_type(start, to));
        if !is_start || other_type || !(may || self.dns.unsure.contains(&from)) {
            return Ok(false);
        }
        let way = self.way(from, world);
        if way.passed.binary_search(&to).is_ok() {
            return Ok(true);
        }
        way.doubt.clone().map_or(Ok(false), Err)
    }

    /// Where something leads.
    fn way(&self, from: usize, world: &World) -> Answered<'_, Way> {
        self.dns.ways.get(from, world, |world| {
            let is_cdn = |r: &Resource| &*r.rtype == DISTRIBUTION;
            let through_cdn = self.resource(from).is_some_and(is_cdn);
            let mut walk = Walk::new(self, &self.dns, Some(world), through_cdn);
            if through_cdn {
                walk.resource(from);
            } else {
                walk.record(from);
            }
            Way {
                passed: walk.passed(),
                doubt: walk.doubt(),
            }
        })
    }

    /// The records or distributions that may lead to a resource, which [`Self::leads_to`] tells; and
    /// why there could be others.
    pub fn leading(&self, rtype: &str, to: usize, world: &World) -> Leading {
        let mut open = self.gap(rtype, None);
        let (index, unsure) = match rtype {
            DISTRIBUTION => (&self.dns.fronts, &self.dns.unsure_fronts),
            _ => (&self.dns.hosts, &self.dns.unsure_hosts),
        };
        let unsure = unsure.get_or_init(|| Unsure::of(self, rtype));
        let known = index.get(&to).into_iter().flatten();
        let mut certain: Vec<usize> = known.chain(&unsure.sometimes).copied().collect();
        certain.retain(|from| self.resource(*from).is_some_and(|r| &*r.rtype == rtype));
        certain.sort_unstable();
        certain.dedup();
        Leading {
            to,
            certain: self.existing(&certain, world, &mut open),
            doubtful: Arc::clone(&unsure.always),
            open,
        }
    }

    /// The health checks that probe a record by its name, or by one that leads to it; and why there
    /// could be others.
    pub fn probes(&self, record: usize, world: &World) -> (Vec<usize>, Option<Unknown>) {
        let mut open = self.gap(HEALTH_CHECK, None);
        let mut found = Vec::new();
        let possible = self.probing(record, open.is_some());
        for check in self.existing(&possible, world, &mut open) {
            let config = self
                .resource(check)
                .and_then(|check| check.property("HealthCheckConfig"))
                .map(|config| world.known(config));
            let name = match config {
                Some(Ok(Value::Map(config))) => config.get("FullyQualifiedDomainName"),
                Some(Err(why)) => {
                    open.get_or_insert(why);
                    None
                }
                _ => None,
            };
            let name = match name.map(|name| world.known(name)) {
                Some(Err(why)) => {
                    open.get_or_insert(why);
                    continue;
                }
                Some(Ok(name)) => name,
                None => continue,
            };
            let (answers, gap) = self.answering(name, record, world);
            if answers.contains(&record) {
                found.push(check);
            } else if let Some(why) = gap {
                open.get_or_insert(why);
            }
        }
        (found, open)
    }

    /// The health checks that may probe a record, and those of which it is not known unless `is_open`
    /// says that there may be more of them anyway.
    fn probing(&self, record: usize, is_open: bool) -> Vec<usize> {
        let all_known = || self.dns.nameless.is_empty() && self.gap(RECORD, None).is_none();
        if !is_open && !all_known() || scans() {
            return self.all_of_type(HEALTH_CHECK).to_vec();
        }
        let probed = self.dns.probed.get_or_init(|| Probed::of(self));
        let before = self.dns.hosts.get(&record).into_iter().flatten();
        let mut found = probed.anything.clone();
        for from in before.chain([&record]) {
            found.extend(probed.first.get(from).into_iter().flatten());
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The records that lead to a resource without a CDN in between.
    pub fn hosts_of(&self, index: usize, world: &World) -> Vec<usize> {
        self.present(self.dns.hosts.get(&index), world)
    }

    /// The CloudFront distributions that have a resource as an origin, and why one that was read could
    /// have it as well.
    pub fn distributions_before(
        &self,
        index: usize,
        world: &World,
    ) -> (Vec<usize>, Option<Unknown>) {
        let found = self.present(self.dns.fronts.get(&index), world);
        let leading = self.leading(DISTRIBUTION, index, world);
        let mut all = leading.certain.iter().chain(&*leading.doubtful);
        let doubt = all.find_map(|from| self.leads_to(*from, index, world).err());
        (found, doubt)
    }

    fn present(&self, found: Option<&Vec<usize>>, world: &World) -> Vec<usize> {
        found
            .into_iter()
            .flatten()
            .copied()
            .filter(|i| {
                self.resource(*i)
                    .is_some_and(|r| world.exists(r) != Ok(false))
            })
            .collect()
    }
}

/// One walk from a name towards whatever answers to it.
struct Walk<'g, 's> {
    graph: &'g Graph<'s>,
    index: &'g Index,
    /// `None`: every alternative is walked.
    world: Option<&'g World>,
    /// Whether to go on behind a distribution.
    through_cdn: bool,
    /// Records and other resources on the way here.
    via: Vec<usize>,
    ends: Vec<Destination>,
    open: Option<Unknown>,
    reached: Vec<usize>,
    visited: Vec<usize>,
    /// Why it may have missed something on the way that is no end.
    missed: Option<Unknown>,
    /// Whose questions are followed: those the first record answers.
    client: Option<Client<'s>>,
}

/// Where the clients are that a geolocation record answers.
#[derive(Debug, Clone, Copy)]
struct Client<'s> {
    continent: Option<&'s str>,
    country: Option<&'s str>,
}

impl<'s> Client<'s> {
    fn of(record: &'s Resource) -> Option<Self> {
        let Some(Value::Map(place)) = record.property("GeoLocation") else {
            return None;
        };
        let text = |name| place.get(name).and_then(Value::as_str);
        let country = text("CountryCode");
        let continent = text("ContinentCode").or_else(|| continent_of_country(country?));
        (country != Some("*")).then_some(Self { continent, country })
    }
}

/// The members of a geolocation group that answer a client: those for its country, else those for
/// its continent, else the default. A whole continent is answered by its countries' members too.
fn answering(members: &[&Resource], client: Client<'_>) -> Option<Vec<usize>> {
    let places: Vec<(Option<&str>, Option<&str>)> = members
        .iter()
        .map(|member| match member.property("GeoLocation") {
            Some(Value::Map(place)) => {
                let text = |name| place.get(name).and_then(Value::as_str);
                (text("ContinentCode"), text("CountryCode"))
            }
            _ => (None, None),
        })
        .collect();
    // One whose place is not known could answer anyone.
    if places.contains(&(None, None)) {
        return None;
    }
    let those = |wanted: &dyn Fn(Option<&str>, Option<&str>) -> bool| -> Vec<usize> {
        let matching = places
            .iter()
            .enumerate()
            .filter(|(_, (a, b))| wanted(*a, *b));
        matching.map(|(at, _)| at).collect()
    };
    let of_country = those(&|_, country| country.is_some() && country == client.country);
    if !of_country.is_empty() {
        return Some(of_country);
    }
    let of_continent = those(&|c, _| c.is_some() && c == client.continent);
    let fallback = if of_continent.is_empty() {
        those(&|_, country| country == Some("*"))
    } else {
        of_continent
    };
    let mut all = fallback;
    if client.country.is_none() {
        all.extend(those(&|_, country| match country {
            Some("*") | None => false,
            Some(country) => {
                let there = continent_of_country(country);
                there.is_none() || client.continent.is_none() || there == client.continent
            }
        }));
    }
    Some(all)
}

/// Whether a record is in a private hosted zone, and in which; `None` if that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    Public,
    Private(usize),
}

impl<'g, 's> Walk<'g, 's> {
    fn new(
        graph: &'g Graph<'s>,
        index: &'g Index,
        world: Option<&'g World>,
        through_cdn: bool,
    ) -> Self {
        Self {
            graph,
            index,
            world,
            through_cdn,
            via: Vec::new(),
            ends: Vec::new(),
            open: None,
            reached: Vec::new(),
            visited: Vec::new(),
            missed: None,
            client: None,
        }
    }

    /// The resources it came by or ended at.
    fn passed(&self) -> Vec<usize> {
        let mut all = self.reached.clone();
        all.extend(&self.visited);
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Why it could have led to something else as well.
    fn doubt(&self) -> Option<Unknown> {
        let of_end = |end: &Destination| match (&end.resource, &end.region) {
            (Some(_), _) => None,
            (None, Err(why)) => match &**why {
                // A name is known, but not a record of that name that was not read.
                Reason::Outside(name) if is_address(name) || at_edge(name) => None,
                Reason::Outside(name) if !name.contains("${") => self.graph.gap(RECORD, None),
                _ => Some(Arc::clone(why)),
            },
            (None, Ok(_)) if end.name.contains("${") => {
                Some(Arc::new(Reason::Outside(end.name.as_ref().into())))
            }
            (None, Ok(_)) => None,
        };
        let open = self.open.as_ref().or(self.missed.as_ref());
        open.cloned().or_else(|| self.ends.iter().find_map(of_end))
    }

    fn zone(&self, record: &Resource) -> Option<Zone> {
        let zone = match (
            record.property("HostedZoneId"),
            record.property("HostedZoneName"),
        ) {
            (Some(Value::Reference(reference)), _) => self.graph.target(reference)?,
            (None, Some(name @ Value::String(_))) => {
                let name = Host::of(name, record.origin.source)?;
                // A public and a private zone may share a name.
                let [zone] = self.index.zones(&name) else {
                    return None;
                };
                *zone
            }
            _ => return None,
        };
        match self.graph.resource(zone)?.property("VPCs") {
            None => Some(Zone::Public),
            Some(Value::List(_)) => Some(Zone::Private(zone)),
            Some(_) => None,
        }
    }

    /// Whether a question asked by `from` is answered out of the zone of `record`: an alias stays
    /// in its zone, and from outside only public zones are seen.
    fn sees(&self, from: &Resource, record: &Resource) -> bool {
        match (self.zone(from), self.zone(record)) {
            (_, None) => true,
            (Some(Zone::Private(a)), Some(zone)) => {
                zone == Zone::Private(a)
                    || (zone == Zone::Public && from.property("AliasTarget").is_none())
            }
            (Some(Zone::Public), Some(zone)) => zone == Zone::Public,
            (None, Some(zone)) => zone == Zone::Public || &*from.rtype == RECORD,
        }
    }

    fn record(&mut self, index: usize) {
        let Some(record) = self.graph.resource(index) else {
            return;
        };
        // A loop leads nowhere new.
        if self.visited.contains(&index) || self.via.len() >= MAX_HOPS {
            return;
        }
        if self.visited.is_empty() {
            self.client = Client::of(record);
        }
        self.visited.push(index);
        self.via.push(index);
        let alias = record.property("AliasTarget");
        let mut targets = Vec::new();
        if let Some(alias) = alias {
            self.each(alias, &mut |me, alias| match alias {
                Value::Map(alias) => match alias.get("DNSName") {
                    Some(name) => targets.extend(me.arms(name)),
                    None => me.end_unknown(Reason::NotSet("AliasTarget.DNSName".into())),
                },
                Value::Unknown(why) => me.end(Err(Arc::clone(why)), None, "its alias".into()),
                _ => {}
            });
        }
        if let Some(records) = record.property("ResourceRecords") {
            self.each(records, &mut |me, records| match records {
                Value::List(items) => {
                    for item in items {
                        targets.extend(me.arms(item));
                    }
                }
                Value::Unknown(why) => me.end(Err(Arc::clone(why)), None, "its records".into()),
                _ => {}
            });
        }
        for target in targets {
            self.target(target, record);
        }
        self.via.pop();
    }

    /// Follows a value that names a host or refers to a resource.
    fn target(&mut self, value: &'s Value, from: &Resource) {
        match value {
            Value::Reference(reference) => match self.graph.target(reference) {
                Some(index) => self.resource(index),
                None => self.end_unknown(Reason::Outside(reference.to_string().into())),
            },
            Value::Composed(parts) => {
                let host = Host::of(value, from.origin.source);
                if let Some(host) = host
                    && self.known_name(&host, from)
                {
                    return;
                }
                match &**parts {
                    [Part::Text(prefix), Part::Reference(reference)]
                        if prefix.eq_ignore_ascii_case("dualstack.") =>
                    {
                        match self.graph.target(reference) {
                            Some(index) => self.resource(index),
                            None => {
                                self.end_unknown(Reason::Outside(reference.to_string().into()));
                            }
                        }
                    }
                    [Part::Reference(reference), Part::Text(tail)]
                        if self.bucket(reference).is_some() && is_s3(tail) =>
                    {
                        if let Some(bucket) = self.bucket(reference) {
                            self.resource(bucket);
                        }
                    }
                    [.., Part::Text(tail)] if region_in_host(tail).is_some() => {
                        let region = region_in_host(tail).unwrap_or_default();
                        self.end(Ok(region.into()), None, value.to_string().into());
                    }
                    parts => {
                        let why = parts.iter().find_map(|part| match part {
                            Part::Unknown(why) => Some(Arc::clone(why)),
                            _ => None,
                        });
                        let why = why
                            .unwrap_or_else(|| Arc::new(Reason::Outside(value.to_string().into())));
                        self.end(Err(why), None, value.to_string().into());
                    }
                }
            }
            Value::String(text) => self.host(text, from),
            Value::Unknown(why) => self.end(Err(Arc::clone(why)), None, "its target".into()),
            _ => {}
        }
    }

    fn host(&mut self, text: &str, from: &Resource) {
        let host = Host::parse(text);
        if self.known_name(&host, from) {
            return;
        }
        let name = host.0.strip_prefix("dualstack.").unwrap_or(&host.0);
        // What answers at this name may be here: state and accounts say the names AWS gave.
        let answers = self.graph.by_text(name).into_iter().find(|index| {
            self.graph.resource(*index).is_some_and(|resource| {
                types::file(&resource.rtype).is_some_and(|file| !file.host.is_empty())
            })
        });
        if let Some(index) = answers {
            self.resource(index);
            return;
        }
        // An alias to a website in S3 says its Region only: the bucket is called like the record.
        let own = from
            .property("Name")
            .filter(|_| name.starts_with("s3-website"));
        let own = own.and_then(|own| Host::of(own, from.origin.source));
        let bucket = own.as_ref().map(|Host(own)| own.as_str());
        let is_bucket = |i: &usize| self.graph.resource(*i).is_some_and(|r| &*r.rtype == BUCKET);
        if let Some(bucket) = bucket.or_else(|| bucket_in_host(name))
            && let Some(index) = self.graph.by_text(bucket).into_iter().find(is_bucket)
        {
            self.resource(index);
            return;
        }
        if let Some(region) = region_in_host(name) {
            self.end(Ok(region.into()), None, text.into());
            return;
        }
        self.end_unknown(Reason::Outside(text.into()));
    }

    /// The bucket a reference points at.
    fn bucket(&self, reference: &Reference) -> Option<usize> {
        let target = self.graph.target(reference)?;
        let is_bucket = |r: &&Resource| &*r.rtype == BUCKET;
        self.graph
            .resource(target)
            .filter(is_bucket)
            .map(|_| target)
    }

    /// Follows the records of a name, if the snapshot has any.
    fn known_name(&mut self, host: &Host, from: &Resource) -> bool {
        let found = self.index.answering(host);
        let wanted = from.property("Type").and_then(Value::as_str);
        let mut members = Vec::new();
        for &index in found {
            let Some(record) = self.graph.resource(index) else {
                continue;
            };
            if !answers(record, wanted) || !self.sees(from, record) {
                continue;
            }
            match self.world.map(|world| world.exists(record)) {
                Some(Ok(false)) => continue,
                Some(Err(why)) => {
                    self.open.get_or_insert(why);
                }
                _ => {}
            }
            members.push((index, record));
        }
        let first = members.first().map(|(_, record)| *record);
        let routed = members
            .iter()
            .any(|(_, record)| record.property("SetIdentifier").is_some());
        let is_geolocation =
            |(_, record): &(usize, &Resource)| record.property("GeoLocation").is_some();
        if let Some(client) = self.client
            && members.iter().any(is_geolocation)
        {
            let records: Vec<&Resource> = members.iter().map(|(_, record)| *record).collect();
            if let Some(chosen) = answering(&records, client) {
                let chosen = chosen.into_iter().filter_map(|at| members.get(at).copied());
                members = chosen.collect();
            }
        }
        for (index, _) in members {
            self.record(index);
        }
        // A record with a routing policy may have peers in its zone that were not read.
        if routed && let Some(why) = self.graph.gap(RECORD, first) {
            self.open.get_or_insert(why);
        }
        first.is_some()
    }

    fn resource(&mut self, index: usize) {
        let Some(resource) = self.graph.resource(index) else {
            return;
        };
        if self.visited.contains(&index) && &*resource.rtype != RECORD {
            // Two ways to one end are one end, but each hop is walked once only.
            return;
        }
        self.reached.push(index);
        match &*resource.rtype {
            RECORD => {
                let host = resource
                    .property("Name")
                    .and_then(|name| Host::of(name, resource.origin.source));
                let known = host.is_some_and(|host| self.known_name(&host, resource));
                if !known {
                    self.record(index);
                }
            }
            DISTRIBUTION if self.through_cdn => {
                self.visited.push(index);
                self.via.push(index);
                self.origins(resource);
                self.via.pop();
            }
            DISTRIBUTION => {}
            ACCELERATOR => {
                self.visited.push(index);
                self.via.push(index);
                self.endpoint_groups(index);
                self.via.pop();
            }
            _ => {
                let region = match &resource.region {
                    Region::In(name) => Ok(Arc::clone(name)),
                    Region::Unknown(why) => Err(Arc::clone(why)),
                    Region::Global => Err(Arc::new(Reason::Other(
                        format!("{} answers everywhere", resource.id).into(),
                    ))),
                };
                self.end(region, Some(index), Arc::clone(&resource.id));
            }
        }
    }

    fn origins(&mut self, distribution: &'s Resource) {
        let Some(config) = distribution.property("DistributionConfig") else {
            return;
        };
        let mut domains = Vec::new();
        self.each(config, &mut |me, config| {
            let config = match config {
                Value::Map(config) => config,
                Value::Unknown(why) => {
                    me.end(Err(Arc::clone(why)), None, "an origin".into());
                    return;
                }
                _ => return,
            };
            me.each_in(config, "Origins", &mut |me, origin| match origin {
                Value::Map(origin) => {
                    if let Some(domain) = origin.get("DomainName") {
                        domains.extend(me.arms(domain));
                    }
                }
                Value::Unknown(why) => me.end(Err(Arc::clone(why)), None, "an origin".into()),
                _ => {}
            });
        });
        for domain in domains {
            self.target(domain, distribution);
        }
    }

    fn endpoint_groups(&mut self, accelerator: usize) {
        let everywhere = World::default();
        let world = self.world.unwrap_or(&everywhere);
        let (listeners, open) = self.graph.referrers(accelerator, LISTENER, world);
        self.note_open(open);
        for listener in listeners {
            let (groups, open) = self.graph.referrers(listener, ENDPOINT_GROUP, world);
            self.note_open(open);
            for index in groups {
                let Some(group) = self.graph.resource(index) else {
                    continue;
                };
                let region = match group.property("EndpointGroupRegion") {
                    Some(Value::String(region)) => Ok(region.as_ref().into()),
                    Some(Value::Unknown(why)) => Err(Arc::clone(why)),
                    _ => Err(Arc::new(Reason::NotSet("EndpointGroupRegion".into()))),
                };
                self.end(region, Some(index), Arc::clone(&group.id));
                let mut endpoints = Vec::new();
                self.each_in(&group.properties, "EndpointConfigurations", &mut |me, e| {
                    if let Value::Map(endpoint) = e
                        && let Some(id) = endpoint.get("EndpointId")
                    {
                        endpoints.extend(me.arms(id));
                    }
                });
                for endpoint in endpoints {
                    match endpoint {
                        Value::Reference(r) => self.reached.extend(self.graph.target(r)),
                        Value::String(text) => self.reached.extend(self.graph.by_text(text)),
                        Value::Unknown(why) => self.missed = Some(Arc::clone(why)),
                        _ => {}
                    }
                }
            }
        }
    }

    fn note_open(&mut self, open: Option<Unknown>) {
        if let Some(why) = open {
            self.open.get_or_insert(why);
        }
    }

    fn end(
        &mut self,
        region: Result<RegionName, Unknown>,
        resource: Option<usize>,
        name: Arc<str>,
    ) {
        if self.ends.len() >= MAX_ENDS {
            self.open
                .get_or_insert_with(|| Arc::new(Reason::Other("it has too many ends".into())));
            return;
        }
        let is_edge = |step: &usize| {
            self.graph
                .resource(*step)
                .is_some_and(|step| matches!(&*step.rtype, DISTRIBUTION | ACCELERATOR))
        };
        let edge = self.via.iter().any(is_edge) || resource.is_none() && at_edge(&name);
        let health_checked = self.health_checked(resource, &region);
        let same = |end: &Destination| {
            end.resource == resource
                && end.name == name
                && end.region == region
                && end.edge == edge
                && end.health_checked == health_checked
        };
        if !self.ends.iter().any(same) {
            self.ends.push(Destination {
                resource,
                name,
                region,
                edge,
                health_checked,
                via: self.via.as_slice().into(),
            });
        }
    }

    /// Whether something on the way to an end notices when it fails: Global Accelerator, which
    /// probes what is behind it; a record's health check; or the alias that names the end, if it
    /// evaluates its health. An alias that evaluates a record has that record's health, and a record
    /// with nothing of its own is always healthy.
    fn health_checked(
        &self,
        resource: Option<usize>,
        region: &Result<RegionName, Unknown>,
    ) -> Result<bool, Unknown> {
        let Some(world) = self.world else {
            return Ok(false);
        };
        let mut unknown = None;
        let mut is_set = |value: Option<&Value>, is: &dyn Fn(&Value) -> bool| match value
            .map(|value| world.known(value))
        {
            Some(Err(why)) => {
                unknown.get_or_insert(why);
                false
            }
            Some(Ok(value)) => is(value),
            None => false,
        };
        let steps = || self.via.iter().filter_map(|i| self.graph.resource(*i));
        if steps().any(|step| &*step.rtype == ACCELERATOR) {
            return Ok(true);
        }
        let mut evaluated = false;
        for (at, step) in steps().enumerate() {
            if &*step.rtype != RECORD {
                continue;
            }
            if is_set(step.property("HealthCheckId"), &|id| *id != Value::Null) {
                return Ok(true);
            }
            let next = steps().nth(at + 1);
            if next.is_some_and(|next| &*next.rtype == RECORD) {
                continue;
            }
            let alias = step.property("AliasTarget").map(|alias| world.see(alias));
            if let Some(Seen::Value(Value::Map(alias))) = alias {
                let evaluates = alias.get("EvaluateTargetHealth");
                evaluated |= is_set(evaluates, &|evaluates| *evaluates == Value::Bool(true));
            }
        }
        match (resource, region) {
            (Some(_), _) | (None, Ok(_)) if evaluated => return Ok(true),
            (None, Err(why)) => match &**why {
                Reason::Outside(host) if is_address(host) => {}
                Reason::Outside(host) if is_accelerator(host) => return Ok(true),
                // Whatever is there may have a health check of its own.
                _ => return Err(Arc::clone(why)),
            },
            _ => {}
        }
        unknown.map_or(Ok(false), Err)
    }

    fn end_unknown(&mut self, reason: Reason) {
        let name = match &reason {
            Reason::Outside(what) => what.as_ref().into(),
            other => other.to_string().into(),
        };
        self.end(Err(Arc::new(reason)), None, name);
    }

    /// The values a value can have in this world.
    fn arms(&mut self, value: &'s Value) -> Vec<&'s Value> {
        match self.world {
            Some(world) => match world.see(value) {
                Seen::Value(value) => vec![value],
                Seen::Undecided(why) => {
                    self.open.get_or_insert(why);
                    Vec::new()
                }
            },
            None => {
                let mut arms = Vec::new();
                value.for_each_arm(&mut |arm| arms.push(arm));
                arms
            }
        }
    }

    fn each(&mut self, value: &'s Value, visit: &mut dyn FnMut(&mut Self, &'s Value)) {
        for arm in self.arms(value) {
            visit(self, arm);
        }
    }

    fn each_in(&mut self, map: &'s Map, name: &str, visit: &mut dyn FnMut(&mut Self, &'s Value)) {
        let Some(list) = map.get(name) else { return };
        for list in self.arms(list) {
            match list {
                Value::List(items) => {
                    for item in items {
                        for item in self.arms(item) {
                            visit(self, item);
                        }
                    }
                }
                Value::Unknown(_) => visit(self, list),
                _ => {}
            }
        }
    }
}

/// Whether a record answers a question for addresses that began at a record of type `wanted`.
fn answers(record: &Resource, wanted: Option<&str>) -> bool {
    let rtype = record.property("Type").and_then(Value::as_str);
    match (rtype, wanted) {
        (Some("A" | "AAAA"), Some(wanted @ ("A" | "AAAA"))) => rtype == Some(wanted),
        (Some("A" | "AAAA" | "CNAME"), _) => true,
        (Some(_), _) => false,
        (None, _) => true,
    }
}

/// Whether a record cannot lead to another because of their types: an alias and all records that it
/// leads through are of one.
fn is_of_another_type(from: &Resource, to: &Resource) -> bool {
    fn of(record: &Resource) -> Option<&str> {
        record.property("Type").and_then(Value::as_str)
    }
    &*to.rtype == RECORD
        && matches!(from.property("AliasTarget"), Some(Value::Map(_)))
        && matches!((of(from), of(to)), (Some(from), Some(to)) if !from.eq_ignore_ascii_case(to))
}

fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

/// Whether a host name is one that CloudFront or Global Accelerator gives.
fn at_edge(host: &str) -> bool {
    Host::parse(host).0.ends_with(".cloudfront.net") || is_accelerator(host)
}

fn is_accelerator(host: &str) -> bool {
    Host::parse(host).0.ends_with(".awsglobalaccelerator.com")
}

/// The bucket in a host name of S3, of its API or of a website: BUCKET.s3.REGION.amazonaws.com,
/// BUCKET.s3-website-REGION.amazonaws.com; without a Region the name says nothing of where it is.
fn bucket_in_host(host: &str) -> Option<&str> {
    let at = host.rfind(".s3")?;
    let (bucket, tail) = host.split_at_checked(at)?;
    is_s3(tail).then_some(bucket)
}

/// Whether this is what follows a bucket in a host name of S3.
fn is_s3(tail: &str) -> bool {
    (tail.starts_with(".s3.") || tail.starts_with(".s3-"))
        && [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu"]
            .iter()
            .any(|suffix| tail.ends_with(suffix))
}

/// "checkout.example.eu (geolocation EU)": the name without its last dot, as people write it, and what tells the record
/// from its siblings.
pub(super) fn describe_record(record: &Resource) -> String {
    let text = |name: &str| record.property(name).map(ToString::to_string);
    let name = text("Name").unwrap_or_else(|| record.id.to_string());
    let name = name.strip_suffix('.').unwrap_or(&name);
    let policy = if let Some(Value::Map(place)) = record.property("GeoLocation") {
        geolocation(place)
    } else if let Some(region) = text("Region") {
        Some(format!("latency {region}"))
    } else if let Some(role) = text("Failover") {
        Some(format!("failover {role}"))
    } else if let Some(weight) = text("Weight") {
        // Several records may have one weight.
        let which = text("SetIdentifier").map(|which| format!(", {which}"));
        Some(format!("weight {weight}{}", which.unwrap_or_default()))
    } else {
        text("SetIdentifier")
    };
    match policy {
        Some(policy) => format!("{name} ({policy})"),
        None => name.to_owned(),
    }
}

/// "geolocation US-CA": a subdivision's code says nothing without its country's.
fn geolocation(place: &Map) -> Option<String> {
    let code = |name| place.get(name).map(ToString::to_string);
    let code = match (code("CountryCode"), code("SubdivisionCode")) {
        (Some(country), Some(subdivision)) => format!("{country}-{subdivision}"),
        (Some(country), None) => country,
        (None, _) => code("ContinentCode")?,
    };
    Some(format!("geolocation {code}"))
}

/// The Region in the host name of an AWS service.
///
/// Sources: "Service endpoints and quotas" in the AWS General Reference, and for website endpoints
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html>.
fn region_in_host(host: &str) -> Option<&str> {
    const SUFFIXES: [&str; 7] = [
        ".amazonaws.com",
        ".amazonaws.com.cn",
        ".amazonaws.eu",
        ".on.aws",
        ".awsapprunner.com",
        ".elasticbeanstalk.com",
        ".amazonaws.com.",
    ];
    if !SUFFIXES.iter().any(|suffix| host.ends_with(suffix)) {
        return None;
    }
    host.rsplit('.').find_map(|label| {
        let label = label.strip_prefix("s3-website-").unwrap_or(label);
        let label = label.strip_prefix("s3-").unwrap_or(label);
        is_region_name(label).then_some(label)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_read_from_host_names() {
        for (host, region) in [
            ("alb-1.eu-central-1.elb.amazonaws.com", Some("eu-central-1")),
            ("b.s3-website-us-east-1.amazonaws.com", Some("us-east-1")),
            ("b.s3-website.eu-west-3.amazonaws.com", Some("eu-west-3")),
            ("x.lambda-url.us-east-1.on.aws", Some("us-east-1")),
            ("b.s3.amazonaws.com", None),
            ("eu-west-1.example.com", None),
        ] {
            assert_eq!(region_in_host(host), region, "{host}");
        }
    }

    #[test]
    fn buckets_are_read_from_host_names() {
        for (host, bucket) in [
            ("b.s3.amazonaws.com", Some("b")),
            ("b.c.s3.eu-west-3.amazonaws.com", Some("b.c")),
            ("b.s3-website-us-east-1.amazonaws.com", Some("b")),
            ("b.s3-website.eu-west-3.amazonaws.com", Some("b")),
            ("s3-website.eu-west-3.amazonaws.com", None),
            ("b.s3.example.com", None),
        ] {
            assert_eq!(bucket_in_host(host), bucket, "{host}");
        }
    }

    #[test]
    fn names_compare_without_dot_case_and_octal_star() {
        assert_eq!(
            Host::parse("\\052.Example.COM."),
            Host::parse("*.example.com")
        );
    }
}
