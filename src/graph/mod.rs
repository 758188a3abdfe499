//! How the resources of a snapshot hang together. Built once, read-only, no I/O.
//!
//! Every question may depend on how an open parameter turns out, so every question is asked in a
//! [`World`]; and every answer that rests on "there is no other" carries the reason why that
//! cannot be concluded, when coverage does not allow it.

mod alarms;
mod answer;
mod arn;
mod backup;
mod capacity;
mod dashboards;
mod data;
mod direct_connect;
mod dns;
mod edge;
mod kept;
mod members;
mod names;
mod needs;
mod organization;
mod plans;
mod record_groups;
mod replicas;
mod stores;
mod tags;
mod targets;
mod texts;
mod traffic;
mod twins;
mod zones;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

pub use arn::region_in_arn;
pub use capacity::Capacity;
pub use direct_connect::Line;
pub use dns::{Destination, Ends, Host, Leading};
pub use kept::Answered;
pub use names::{logical_words, words};
pub use needs::{Kept, Mentions, Needs};
pub use organization::Policies;
pub use plans::Plans;
pub use record_groups::Group;
pub use replicas::Replica;
pub use tags::{Application, TagsSay};
pub use traffic::{Stop, Traffic};
pub use zones::Zones;

use self::texts::Texts;

use crate::model::{
    Map, Part, Reason, Reference, Region, RegionName, Resource, Snapshot, Unknown, Value,
    Whereabouts, World,
};
use crate::types::{self, Step};

const BUCKET: &str = "AWS::S3::Bucket";
/// Its ARN has no Region: its name is the same in all.
const GLOBAL_CLUSTER: &str = "AWS::RDS::GlobalCluster";

#[cfg(test)]
thread_local! {
    static LOOKS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
    static SCANS: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Has this thread look at all there is instead of what an index finds, or is kept.
#[cfg(test)]
pub(crate) fn scan(all: bool) {
    SCANS.set(all);
}

/// Whether to look at all there is: tests hold what is quicker to what that finds.
#[cfg(test)]
pub(crate) fn scans() -> bool {
    SCANS.get()
}

#[cfg(not(test))]
pub(crate) const fn scans() -> bool {
    false
}

/// How often this thread has looked at a resource.
#[cfg(test)]
pub(crate) fn looks() -> u64 {
    LOOKS.get()
}

/// The indexes over a snapshot.
#[derive(Debug)]
pub struct Graph<'s> {
    snapshot: &'s Snapshot,
    by_key: Texts,
    by_type: FxHashMap<&'s str, Vec<usize>>,
    /// Text by which a resource may be named elsewhere (its ARN, name or id) → resources.
    by_text: Texts,
    /// Target and resource that refers to it, by reference or by text; in order.
    referrers: Vec<(usize, usize)>,
    /// Type of a target → the resources that refer to one of that type, which one is not known.
    astray: FxHashMap<&'static str, Vec<(usize, Unknown)>>,
    dns: dns::Index,
    tags: tags::Index<'s>,
    stores: OnceLock<stores::Index>,
    plans: OnceLock<plans::Index>,
    /// Type → the resources of it that may be in each account, once that is asked and if all of
    /// them exist in every world.
    lists: FxHashMap<&'s str, OnceLock<Option<Lists>>>,
    /// Type → the Regions in which there are resources of it.
    regions: FxHashMap<&'s str, BTreeSet<RegionName>>,
    shown: OnceLock<dashboards::Shown>,
    associations: edge::Associations,
    alarms: alarms::Index<'s>,
}

impl<'s> Graph<'s> {
    /// Indexes a snapshot.
    pub fn build(snapshot: &'s Snapshot) -> Self {
        let mut graph = Self {
            snapshot,
            by_key: Texts::default(),
            by_type: FxHashMap::default(),
            by_text: Texts::default(),
            referrers: Vec::new(),
            astray: FxHashMap::default(),
            dns: dns::Index::default(),
            tags: tags::Index::default(),
            stores: OnceLock::new(),
            plans: OnceLock::new(),
            regions: FxHashMap::default(),
            lists: FxHashMap::default(),
            shown: OnceLock::new(),
            associations: edge::Associations::default(),
            alarms: alarms::Index::default(),
        };
        for (index, resource) in snapshot.resources.iter().enumerate() {
            graph.by_key.add(&resource.key, index);
            graph
                .by_type
                .entry(&resource.rtype)
                .or_default()
                .push(index);
            if let Region::In(name) = &resource.region {
                let regions = graph.regions.entry(&resource.rtype).or_default();
                if !regions.contains(name) {
                    regions.insert(Arc::clone(name));
                }
            }
            for name in resource.arn.iter().chain(&resource.names) {
                graph.by_text.add(name, index);
            }
            let file = types::file(&resource.rtype);
            for name in file.into_iter().flat_map(|file| &file.name) {
                if let Some(text) = resource.properties.get(name).and_then(Value::as_str) {
                    graph.by_text.add(text, index);
                }
            }
        }
        graph.by_key.sort();
        graph.by_text.sort();
        for (index, resource) in snapshot.resources.iter().enumerate() {
            let mut targets = Vec::new();
            for_each_reference(&resource.properties, &mut |reference| {
                targets.extend(graph.target(reference));
            });
            let file = types::file(&resource.rtype);
            for property in file.into_iter().flat_map(|file| &file.properties) {
                if property.refers.is_empty() {
                    continue;
                }
                for_each_at(
                    &resource.properties,
                    &property.path,
                    &mut |value| match value {
                        Value::String(text) => {
                            let named = graph.nearby(graph.by_text(text), text, Some(resource));
                            let wanted = named.into_iter().filter(|i| {
                                graph
                                    .resource(*i)
                                    .is_some_and(|r| property.refers.contains(&r.rtype))
                            });
                            targets.extend(wanted);
                        }
                        Value::Unknown(why) => {
                            for rtype in &property.refers {
                                let astray = graph.astray.entry(rtype).or_default();
                                astray.push((index, Arc::clone(why)));
                            }
                        }
                        _ => {}
                    },
                );
            }
            targets.sort_unstable();
            targets.dedup();
            for target in targets {
                graph.referrers.push((target, index));
            }
        }
        graph.referrers.sort_unstable();
        graph.dns = dns::Index::build(&graph);
        graph.tags = tags::Index::build(&graph);
        let types = graph.by_type.keys();
        graph.lists = types.map(|rtype| (*rtype, OnceLock::new())).collect();
        graph.associations = edge::Associations::build(&graph);
        graph.alarms = alarms::Index::build(&graph);
        graph
    }

    /// The snapshot this is about.
    pub fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    /// A resource by its index.
    pub fn resource(&self, index: usize) -> Option<&'s Resource> {
        #[cfg(test)]
        LOOKS.with(|looks| looks.set(looks.get() + 1));
        self.snapshot.resources.get(index)
    }

    /// The resource a reference points at.
    pub fn target(&self, reference: &Reference) -> Option<usize> {
        // Of two with one key the later counts.
        let found = self.by_key.candidates(&reference.target);
        found
            .filter(|i| self.resource(*i).is_some_and(|r| r.key == reference.target))
            .last()
    }

    /// Every resource of a type, in order, whether it exists in all worlds or in some.
    pub fn all_of_type(&self, rtype: &str) -> &[usize] {
        self.by_type.get(rtype).map_or(&[], Vec::as_slice)
    }

    /// Every resource of a type that exists in this world, and why there could be more.
    pub fn of_type(&self, rtype: &str, world: &World) -> (Vec<usize>, Option<Unknown>) {
        self.of_type_near(rtype, None, world)
    }

    /// The same, all of which are in an account, or may be.
    pub fn of_type_in(
        &self,
        rtype: &str,
        account: Option<&str>,
        world: &World,
    ) -> (Arc<[usize]>, Option<Unknown>) {
        let gap = self.gap(rtype, None);
        let Some(lists) = self.lists.get(rtype) else {
            return (Arc::default(), gap);
        };
        let shared = lists.get_or_init(|| {
            let all = self.all_of_type(rtype);
            let of = |at: usize| self.resource(at);
            let is_there = |at: &usize| of(*at).is_some_and(|r| r.exists == Value::Bool(true));
            if !all.iter().all(is_there) {
                return None;
            }
            let accounts = all.iter().filter_map(|at| of(*at)?.account.clone());
            let accounts: BTreeSet<Arc<str>> = accounts.collect();
            let mut lists = FxHashMap::default();
            for account in accounts.into_iter().map(Some).chain([None]) {
                let mut own = all.to_vec();
                own.retain(|at| may_be_in(of(*at), account.as_deref()));
                lists.insert(account, own.into());
            }
            Some(lists)
        });
        let account = account.map(Arc::from);
        if let Some(lists) = shared {
            // Of an account that has none there may be those of which it is not known.
            if let Some(list) = lists.get(&account) {
                return (Arc::clone(list), gap);
            }
        }
        let (mut all, open) = self.of_type(rtype, world);
        all.retain(|at| may_be_in(self.resource(*at), account.as_deref()));
        (all.into(), open)
    }

    /// The same, where what matters is only whether there could be more beside a resource.
    fn of_type_near(
        &self,
        rtype: &str,
        near: Option<&Resource>,
        world: &World,
    ) -> (Vec<usize>, Option<Unknown>) {
        let mut open = self.gap(rtype, near);
        let all = self.all_of_type(rtype);
        let existing = self.existing(all, world, &mut open);
        (existing, open)
    }

    /// The resources of a type that refer to another, and why there could be more.
    pub fn referrers(
        &self,
        target: usize,
        rtype: &str,
        world: &World,
    ) -> (Vec<usize>, Option<Unknown>) {
        let to = self.resource(target);
        let file = types::file(rtype);
        let mut naming = file
            .into_iter()
            .flat_map(|file| &file.properties)
            .filter(|property| to.is_some_and(|to| property.refers.contains(&to.rtype)))
            .peekable();
        let here = naming.peek().is_some() && naming.all(|property| property.same_region);
        let there = Whereabouts {
            account: None,
            region: to
                .filter(|_| here)
                .and_then(|resource| resource.region.name()),
        };
        self.referrers_at(target, rtype, there, world)
    }

    /// The same, where what matters is only whether there could be more beside a resource.
    fn referrers_near(
        &self,
        target: usize,
        rtype: &str,
        near: Option<&Resource>,
        world: &World,
    ) -> (Vec<usize>, Option<Unknown>) {
        let there = Whereabouts {
            account: near.and_then(|near| near.account.as_deref()),
            region: near.and_then(|near| near.region.name()),
        };
        self.referrers_at(target, rtype, there, world)
    }

    fn referrers_at(
        &self,
        target: usize,
        rtype: &str,
        there: Whereabouts<'_>,
        world: &World,
    ) -> (Vec<usize>, Option<Unknown>) {
        let mut open = self.gap_at(rtype, there);
        let first = self.referrers.partition_point(|(to, _)| *to < target);
        let from = self.referrers.get(first..).unwrap_or_default().iter();
        let all: Vec<usize> = from
            .take_while(|(to, _)| *to == target)
            .map(|(_, from)| *from)
            .filter(|i| self.resource(*i).is_some_and(|r| &*r.rtype == rtype))
            .collect();
        let existing = self.existing(&all, world, &mut open);
        let target_type = self.resource(target).map_or("", |r| &*r.rtype);
        for (index, why) in self.astray.get(target_type).into_iter().flatten() {
            let elsewhere = |r: &Resource| match (there.region, &r.region) {
                (Some(here), Region::In(other)) => *here != **other,
                _ => false,
            };
            let is_one = |r: &Resource| &*r.rtype == rtype && !elsewhere(r);
            if self.resource(*index).is_some_and(is_one) {
                open.get_or_insert_with(|| Arc::clone(why));
            }
        }
        (existing, open)
    }

    /// Why there could be more of a type than was read: anywhere, or in the account and Region of
    /// a resource. What a global service has is missing only where that service was not read.
    fn gap(&self, rtype: &str, near: Option<&Resource>) -> Option<Unknown> {
        let there = Whereabouts {
            account: near.and_then(|near| near.account.as_deref()),
            region: near.and_then(|near| near.region.name()),
        };
        self.gap_at(rtype, there)
    }

    /// Why some of a type could not be read although they were asked for: what is known of context, such
    /// as which names a resource has, is then not all of it.
    pub fn lost(&self, rtype: &str) -> Option<Unknown> {
        let anywhere = Whereabouts {
            account: None,
            region: None,
        };
        self.snapshot.coverage.lost(rtype, anywhere)
    }

    fn gap_at(&self, rtype: &str, mut there: Whereabouts<'_>) -> Option<Unknown> {
        if types::file(rtype).is_some_and(|file| file.global) {
            there.region = Some("global");
        }
        self.snapshot.coverage.gap(rtype, there)
    }

    /// Why a resource of a type with this name, used beside `near`, could be one that was not
    /// read. An ARN says itself which account and Region it means.
    fn gap_for_name(&self, rtype: &str, name: &str, near: Option<&Resource>) -> Option<Unknown> {
        let Some(arn) = Arn::parse(name) else {
            // Bucket names are unique in the world.
            return match (rtype, near) {
                (GLOBAL_CLUSTER, Some(near)) => self.gap_at(
                    rtype,
                    Whereabouts {
                        account: near.account.as_deref(),
                        region: None,
                    },
                ),
                _ => self.gap(rtype, near.filter(|_| rtype != BUCKET)),
            };
        };
        if self.snapshot.coverage.is_outside(arn.account) {
            return Some(Arc::new(Reason::Outside(name.into())));
        }
        self.gap_at(
            rtype,
            Whereabouts {
                account: Some(arn.account).filter(|account| !account.is_empty()),
                region: Some(arn.region).filter(|region| !region.is_empty()),
            },
        )
    }

    /// Those that exist; one of which that is not known keeps the list open.
    fn existing(&self, all: &[usize], world: &World, open: &mut Option<Unknown>) -> Vec<usize> {
        let mut existing = Vec::new();
        for &index in all {
            let Some(resource) = self.resource(index) else {
                continue;
            };
            match world.exists(resource) {
                Ok(true) => existing.push(index),
                Ok(false) => {}
                Err(why) => {
                    open.get_or_insert(why);
                }
            }
        }
        existing
    }

    /// The resource of a type that a value names: by reference, ARN, name or id. Names are unique
    /// in a Region, so of several the one beside `near` is meant. `Ok(None)`: there is certainly
    /// none.
    pub fn lookup(
        &self,
        rtype: &str,
        value: &Value,
        near: Option<&Resource>,
        world: &World,
    ) -> Result<Option<usize>, Unknown> {
        let value = world.known(value)?;
        let candidates: Vec<usize> = match value {
            Value::Null => return Ok(None),
            Value::Reference(reference) => self.target(reference).into_iter().collect(),
            Value::String(text) => self.nearby(self.by_text(text), text, near),
            Value::Composed(parts) => self.named_by(parts).into_iter().collect(),
            _ => Vec::new(),
        };
        let is_wanted = |i: &usize| self.resource(*i).is_some_and(|r| &*r.rtype == rtype);
        if matches!(value, Value::Reference(_))
            && !candidates.is_empty()
            && !candidates.iter().any(is_wanted)
        {
            // It is known what it refers to, and that is something else.
            return Ok(None);
        }
        for index in candidates.into_iter().filter(is_wanted) {
            if let Some(resource) = self.resource(index)
                && world.exists(resource)?
            {
                return Ok(Some(index));
            }
        }
        let gap = match value {
            Value::Composed(_) => Some(Arc::new(Reason::Outside(value.to_string().into()))),
            Value::String(name) => self.gap_for_name(rtype, name, near),
            _ => self.gap(rtype, None),
        };
        gap.map_or(Ok(None), Err)
    }

    /// The resources whose ARN, name or id is this text, or whose name an ARN holds.
    pub fn by_text(&self, text: &str) -> Vec<usize> {
        let found = self.named(text);
        if !found.is_empty() {
            return found;
        }
        let Some(arn) = Arn::parse(text) else {
            return Vec::new();
        };
        let found = arn.name().map(|name| self.named(name)).unwrap_or_default();
        let matches = |index: &usize| {
            self.resource(*index).is_some_and(|r| {
                let same = |known: Option<&str>, said: &str| {
                    said.is_empty() || known.is_none_or(|known| known == said)
                };
                same(r.region.name(), arn.region) && same(r.account.as_deref(), arn.account)
            })
        };
        found.into_iter().filter(matches).collect()
    }

    /// The resources whose ARN, name or id is this text.
    fn named(&self, text: &str) -> Vec<usize> {
        let is_named = |index: &usize| {
            self.resource(*index).is_some_and(|resource| {
                let mut own = resource.arn.iter().chain(&resource.names);
                let file = types::file(&resource.rtype);
                let mut properties = file.into_iter().flat_map(|file| &file.name);
                own.any(|name| **name == *text)
                    || properties.any(|name| {
                        resource.properties.get(name).and_then(Value::as_str) == Some(text)
                    })
            })
        };
        self.by_text.candidates(text).filter(is_named).collect()
    }

    /// Those that a name means when it is used beside `near`: names are unique in a Region of an
    /// account only. An ARN says itself which Region it means.
    fn nearby(
        &self,
        mut candidates: Vec<usize>,
        name: &str,
        near: Option<&Resource>,
    ) -> Vec<usize> {
        let Some(here) = near else {
            return candidates;
        };
        candidates.retain(|i| {
            let Some(there) = self.resource(*i) else {
                return false;
            };
            let elsewhere = match (&here.region, &there.region) {
                (Region::In(a), Region::In(b)) => a != b && &*there.rtype != GLOBAL_CLUSTER,
                _ => false,
            };
            let other_account =
                matches!((&here.account, &there.account), (Some(a), Some(b)) if a != b);
            // Bucket names are unique in the world.
            name.starts_with("arn:") || &*there.rtype == BUCKET || !(elsewhere || other_account)
        });
        // Ids and names of different kinds may be the same text: a state says which it depends on.
        if let (Some(depends), true) = (&here.depends, candidates.len() > 1) {
            let said = |i: &usize| {
                self.resource(*i)
                    .and_then(|r| r.depends.as_ref())
                    .is_some_and(|there| depends.on.contains(&there.block))
            };
            if candidates.iter().any(said) {
                candidates.retain(said);
            }
        }
        candidates
    }

    /// The one resource that partly known text refers to, if it refers to one only.
    fn named_by(&self, parts: &[Part]) -> Option<usize> {
        let mut targets = parts.iter().filter_map(|part| match part {
            Part::Reference(reference) => self.target(reference),
            _ => None,
        });
        let first = targets.next()?;
        targets.all(|other| other == first).then_some(first)
    }
}

/// Whether a resource is in an account as far as is known, where one is asked for.
fn may_be_in(resource: Option<&Resource>, account: Option<&str>) -> bool {
    let own = resource.and_then(|resource| resource.account.as_deref());
    account.is_none() || own.is_none() || own == account
}

/// Account → resources.
type Lists = FxHashMap<Option<Arc<str>>, Arc<[usize]>>;

/// An ARN's parts: `arn:partition:service:region:account:resource`
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
struct Arn<'t> {
    service: &'t str,
    region: &'t str,
    account: &'t str,
    resource: &'t str,
}

impl<'t> Arn<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':').skip(1);
        Some(Self {
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }

    /// The resource's name, for the services whose ARNs hold it.
    fn name(&self) -> Option<&'t str> {
        match self.service {
            // loadbalancer/app/NAME/0123456789abcdef, targetgroup/NAME/0123456789abcdef
            "elasticloadbalancing" => self.resource.rsplit('/').nth(1),
            // db:NAME, cluster:NAME, function:NAME
            "rds" | "lambda" | "sns" | "s3" => self.resource.rsplit(':').next(),
            // table/NAME
            "dynamodb" | "globalaccelerator" => self.resource.split('/').nth(1),
            _ => None,
        }
    }
}

/// Visits the values at a path, in every arm of every choice.
fn for_each_at<'v>(map: &'v Map, path: &[Step], visit: &mut dyn FnMut(&'v Value)) {
    fn walk<'v>(value: &'v Value, path: &[Step], visit: &mut dyn FnMut(&'v Value)) {
        match (value, path) {
            (Value::Choice(choice), _) => choice.arms.iter().for_each(|arm| walk(arm, path, visit)),
            (value, []) => visit(value),
            (Value::Map(map), path) => for_each_at(map, path, visit),
            (Value::List(items), [Step::Each, rest @ ..]) => {
                items.iter().for_each(|item| walk(item, rest, visit));
            }
            (value @ Value::Unknown(_), _) => visit(value),
            _ => {}
        }
    }
    if let [Step::Name(name), rest @ ..] = path
        && let Some(value) = map.get(name)
    {
        walk(value, rest, visit);
    }
}

/// Visits every reference in a value, in every arm of every choice.
fn for_each_reference(map: &Map, visit: &mut dyn FnMut(&Reference)) {
    fn walk(value: &Value, visit: &mut dyn FnMut(&Reference)) {
        match value {
            Value::Reference(reference) => visit(reference),
            Value::Composed(parts) => {
                for part in parts.iter() {
                    if let Part::Reference(reference) = part {
                        visit(reference);
                    }
                }
            }
            Value::List(items) => items.iter().for_each(|item| walk(item, visit)),
            Value::Map(map) => for_each_reference(map, visit),
            Value::Choice(choice) => choice.arms.iter().for_each(|arm| walk(arm, visit)),
            _ => {}
        }
    }
    for (_, value) in map.iter() {
        walk(value, visit);
    }
}
