//! The data that belongs with what serves: databases and tables beside it, and where else they are.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::answer::same;
use super::backup::PLAN;
use super::members::MEMBER_OF;
use super::replicas::{CLUSTER, GLOBAL_TABLE, INSTANCE, MEMBER_OF_GLOBAL, TABLE};
use super::tags::{STACK, tag_in};
use super::texts::{Hashes, hash};
use super::{Arn, BUCKET, GLOBAL_CLUSTER, Graph, dns, region_in_arn, scans};
use crate::model::{
    Map, Part, Reason, Region, RegionName, Resource, SourceId, Unknown, Value, World,
};

/// The types whose resources are looked at here.
pub(super) const TYPES: [&str; 5] = [INSTANCE, CLUSTER, GLOBAL_CLUSTER, TABLE, GLOBAL_TABLE];

/// The properties that are read here, beside tags and those of replicas.
pub(super) const READS: &[(&str, &[&str])] = &[
    (INSTANCE, &["AutomaticBackupReplicationRegion", MEMBER_OF]),
    (GLOBAL_TABLE, &["Replicas"]),
    (PLAN, &["BackupPlan"]),
];

/// A database or table.
#[derive(Debug, Clone)]
struct Store {
    resource: usize,
    /// The Regions that have its data: its own, and those of what is kept up to date with it.
    regions: BTreeSet<RegionName>,
    /// The other Regions to which its backups are copied.
    backups: BTreeSet<RegionName>,
    /// Why there could be more of either.
    open: Option<Unknown>,
}

/// The types of what can belong with something else.
const KINDS: [&str; 4] = [INSTANCE, CLUSTER, TABLE, GLOBAL_TABLE];

/// What is looked for among databases and tables, so that asking for those of one application does not
/// look at those of every other.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// File and type → what stands there.
    by_source: FxHashMap<(SourceId, &'static str), Vec<usize>>,
    /// Those of which more than their tags is not known, by type: they may belong with anything.
    astray: FxHashMap<&'static str, Vec<usize>>,
    /// What a cluster says of its global database → clusters.
    by_global: Hashes,
    /// Clusters of which that depends on the world.
    undecided: Vec<usize>,
    /// A replica of a global table whose table is not known.
    pub(super) replica_of_unknown: Option<usize>,
}

impl Index {
    fn build(graph: &Graph<'_>) -> Self {
        let mut index = Self::default();
        let world = World::default();
        for rtype in KINDS {
            for &at in graph.all_of_type(rtype) {
                let Some(store) = graph.resource(at) else {
                    continue;
                };
                let source = (store.origin.source, rtype);
                index.by_source.entry(source).or_default().push(at);
                let is_placed = match rtype {
                    GLOBAL_TABLE => graph.has_known_replicas(store, &world),
                    INSTANCE => graph.said(store, MEMBER_OF, &world).is_ok() && is_in_region(store),
                    _ => is_in_region(store),
                };
                if !is_placed {
                    index.astray.entry(rtype).or_default().push(at);
                }
                match store
                    .property(MEMBER_OF_GLOBAL)
                    .filter(|_| rtype == CLUSTER)
                {
                    Some(Value::Choice(_)) => index.undecided.push(at),
                    Some(global) => {
                        if let Some(hash) = hash_of(global) {
                            index.by_global.add(hash, at);
                        }
                    }
                    None => {}
                }
                if rtype == GLOBAL_TABLE
                    && index.replica_of_unknown.is_none()
                    && graph.is_replica_of_unknown(store)
                {
                    index.replica_of_unknown = Some(at);
                }
            }
        }
        index.by_global.sort();
        index
    }

    /// The clusters that may say this of the global database they belong to.
    pub(super) fn of_global_cluster(&self, said: &Value) -> Vec<usize> {
        let hash = hash_of(said).into_iter();
        let mut found: Vec<usize> = hash
            .flat_map(|hash| self.by_global.candidates(hash))
            .chain(self.undecided.iter().copied())
            .collect();
        found.sort_unstable();
        found
    }
}

/// The hash of a name: a text, or a reference.
fn hash_of(name: &Value) -> Option<u64> {
    match name {
        Value::String(text) => Some(hash(text)),
        Value::Reference(reference) => Some(hash(&reference.target)),
        _ => None,
    }
}

fn is_in_region(store: &Resource) -> bool {
    !matches!(store.region, Region::Unknown(_))
}

impl Graph<'_> {
    pub(super) fn store_index(&self) -> &Index {
        self.stores.get_or_init(|| Index::build(self))
    }

    /// Whether it is known of all replicas of a global table, in any world, in which Regions they are.
    fn has_known_replicas(&self, table: &Resource, world: &World) -> bool {
        let is_known = |replica: &Value| match replica.as_map() {
            Some(replica) => matches!(replica.get("Region"), Some(Value::String(_))),
            None => true,
        };
        match self.list(table, "Replicas", world) {
            Ok((replicas, None)) => replicas.into_iter().all(is_known),
            _ => false,
        }
    }

    /// The databases and tables of a type that may belong with a resource. All others certainly do not:
    /// what is known of them is something else.
    fn store_candidates(
        &self,
        resource: &Resource,
        rtype: &'static str,
        keys: &[&str],
        world: &World,
    ) -> Vec<usize> {
        let all = || self.all_of_type(rtype).to_vec();
        if scans() {
            return all();
        }
        let index = self.store_index();
        let is_written = self.is_written(resource);
        let mut found = Vec::new();
        for key in keys.iter().chain(Some(&STACK).filter(|_| !is_written)) {
            match self.tag(resource, key, world) {
                Ok(None) => {}
                Ok(Some(Value::String(value))) => found.extend(self.with_tag(rtype, key, value)),
                // It may be the same as that of any.
                Ok(Some(_)) | Err(_) => return all(),
            }
        }
        if is_written {
            let source = (resource.origin.source, rtype);
            found.extend(index.by_source.get(&source).into_iter().flatten());
        }
        found.extend(index.astray.get(rtype).into_iter().flatten());
        found.extend(self.with_unknown_tags(rtype));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The Regions that have the data that belongs with a resource: those of its databases and
    /// tables, of their replicas and, if these are wanted, of copies of their backups; and why there
    /// could be more.
    pub fn data_regions(
        &self,
        index: usize,
        keys: &[&str],
        backups: bool,
        world: &World,
    ) -> Result<(Vec<RegionName>, Option<Unknown>), Unknown> {
        let (stores, mut open) = self.stores(index, keys, world)?;
        let mut regions = BTreeSet::new();
        for mut store in stores {
            if backups && let Some(resource) = self.resource(store.resource) {
                self.backups(resource, &mut store, world);
            }
            open = open.or(store.open);
            regions.extend(store.regions);
            regions.extend(store.backups);
        }
        Ok((regions.into_iter().collect(), open))
    }

    /// The databases and tables that belong with a resource, in its Region, and why there could be
    /// more. They have the same value of one of some tags, which say what application something is
    /// part of; where there are none to compare, they come from the same stack or configuration. A
    /// bucket holds its own data.
    fn stores(
        &self,
        index: usize,
        keys: &[&str],
        world: &World,
    ) -> Result<(Vec<Store>, Option<Unknown>), Unknown> {
        let Some(resource) = self.resource(index) else {
            return Ok((Vec::new(), None));
        };
        if &*resource.rtype == dns::ENDPOINT_GROUP {
            return self.stores_of_endpoints(index, keys, world);
        }
        let region = match &resource.region {
            Region::In(name) => name,
            Region::Unknown(why) => return Err(Arc::clone(why)),
            Region::Global => return Ok((Vec::new(), None)),
        };
        let mut found = Vec::new();
        let mut open = None;
        if &*resource.rtype == BUCKET {
            found.push(self.store(index, region));
        }
        for rtype in KINDS {
            // A stack in any Region can make a replica here; an account shows it here.
            let is_anywhere = rtype == GLOBAL_TABLE && self.is_written(resource);
            let near = Some(resource).filter(|_| !is_anywhere);
            open = open.or_else(|| self.gap(rtype, near));
            let candidates = self.store_candidates(resource, rtype, keys, world);
            for at in self.existing(&candidates, world, &mut open) {
                let Some(store) = self.resource(at) else {
                    continue;
                };
                match self.is_store_of(resource, store, region, keys, world) {
                    Ok(true) => found.push(self.copies(at, region, world)),
                    Ok(false) => {}
                    Err(why) => {
                        open.get_or_insert(why);
                    }
                }
            }
        }
        Ok((found, open))
    }

    fn stores_of_endpoints(
        &self,
        index: usize,
        keys: &[&str],
        world: &World,
    ) -> Result<(Vec<Store>, Option<Unknown>), Unknown> {
        let (mut found, mut open): (Vec<Store>, _) = (Vec::new(), None);
        let (endpoints, gap) = self.endpoints(index, world);
        open = open.or(gap);
        for endpoint in endpoints {
            let is_group = |r: &Resource| &*r.rtype == dns::ENDPOINT_GROUP;
            if self.resource(endpoint).is_some_and(is_group) {
                continue;
            }
            let (stores, gap) = self.stores(endpoint, keys, world)?;
            open = open.or(gap);
            for store in stores {
                if !found.iter().any(|known| known.resource == store.resource) {
                    found.push(store);
                }
            }
        }
        Ok((found, open))
    }

    fn store(&self, resource: usize, region: &RegionName) -> Store {
        Store {
            resource,
            regions: BTreeSet::from([Arc::clone(region)]),
            backups: BTreeSet::new(),
            open: None,
        }
    }

    /// Whether data in a Region is what a resource there works on.
    fn is_store_of(
        &self,
        resource: &Resource,
        store: &Resource,
        region: &RegionName,
        keys: &[&str],
        world: &World,
    ) -> Result<bool, Unknown> {
        if matches!((&resource.account, &store.account), (Some(a), Some(b)) if a != b) {
            return Ok(false);
        }
        let replica;
        let tags_of = match &*store.rtype {
            GLOBAL_TABLE => match self.replica_in(store, region, world)? {
                Some(found) => {
                    replica = found;
                    Some(replica)
                }
                None => return Ok(false),
            },
            // What a cluster consists of is the cluster.
            INSTANCE if self.said(store, MEMBER_OF, world)?.is_some() => {
                return Ok(false);
            }
            _ => match &store.region {
                Region::In(name) if name != region => return Ok(false),
                Region::In(_) => None,
                Region::Unknown(why) => return Err(Arc::clone(why)),
                Region::Global => return Ok(false),
            },
        };
        let own = |key: &str| match tags_of {
            Some(replica) => replica
                .get("Tags")
                .map_or(Ok(None), |tags| tag_in(tags, key, world)),
            None => self.tag(store, key, world),
        };
        let in_one_source = resource.origin.source == store.origin.source;
        for key in keys {
            match (self.tag(resource, key, world)?, own(key)?) {
                (Some(a), Some(b)) => return same(a, b, in_one_source),
                _ => continue,
            }
        }
        if self.is_written(resource) {
            return Ok(in_one_source);
        }
        match (self.tag(resource, STACK, world)?, own(STACK)?) {
            (Some(a), Some(b)) => same(a, b, in_one_source),
            _ => Ok(false),
        }
    }

    /// The replica of a global table in a Region.
    fn replica_in<'r>(
        &self,
        table: &'r Resource,
        region: &RegionName,
        world: &World,
    ) -> Result<Option<&'r Map>, Unknown> {
        let (replicas, mut open) = self.list(table, "Replicas", world)?;
        for replica in replicas.into_iter().filter_map(Value::as_map) {
            match replica.get("Region").map(|region| world.known(region)) {
                Some(Ok(Value::String(name))) if **name == **region => {
                    return Ok(Some(replica));
                }
                Some(Ok(Value::String(_))) => {}
                Some(Err(why)) => {
                    open.get_or_insert(why);
                }
                _ => {
                    open.get_or_insert_with(|| Arc::new(Reason::NotSet("Region".into())));
                }
            }
        }
        open.map_or(Ok(None), Err)
    }

    /// A store with the Regions its data is copied to.
    fn copies(&self, index: usize, region: &RegionName, world: &World) -> Store {
        let mut store = self.store(index, region);
        let Some(resource) = self.resource(index) else {
            return store;
        };
        match &*resource.rtype {
            GLOBAL_TABLE => self.table_regions(resource, &mut store, world),
            INSTANCE | CLUSTER | TABLE => {
                self.database_replicas(index, resource, &mut store, world);
            }
            _ => {}
        }
        store
    }

    /// Adds the Regions that backups of a store are copied to: automated backups that are
    /// replicated, and what the plans of AWS Backup that select it copy.
    fn backups(&self, resource: &Resource, store: &mut Store, world: &World) {
        if &*resource.rtype == INSTANCE {
            match self.said(resource, "AutomaticBackupReplicationRegion", world) {
                Ok(Some(Value::String(name))) => {
                    store.backups.insert(name.as_ref().into());
                }
                Ok(None) => {}
                Ok(Some(other)) => store.note(Arc::new(Reason::Other(other.to_string().into()))),
                Err(why) => store.note(why),
            }
        }
        let (regions, open) = self.backup_regions(resource, world);
        store.backups.extend(regions);
        open.into_iter().for_each(|why| store.note(why));
    }

    /// Adds the Regions that a plan copies backups to.
    pub(super) fn copies_of_plan(
        &self,
        plan: usize,
        world: &World,
        regions: &mut BTreeSet<RegionName>,
        open: &mut Option<Unknown>,
    ) {
        let plan = self.resource(plan);
        let mut vaults = Vec::new();
        if let Some(rules) = plan.and_then(|plan| plan.property("BackupPlan")) {
            each_at(rules, COPIES, world, &mut vaults);
        }
        for vault in vaults {
            match vault.and_then(|vault| self.vault_region(vault)) {
                Ok(name) => {
                    regions.insert(name);
                }
                Err(why) => {
                    open.get_or_insert(why);
                }
            }
        }
    }

    fn vault_region(&self, vault: &Value) -> Result<RegionName, Unknown> {
        let said = match vault {
            Value::String(text) => region_in_arn(&[Part::Text(text.clone())]),
            Value::Composed(parts) => region_in_arn(parts),
            _ => None,
        };
        if let Some(name) = said {
            return Ok(name.as_str().into());
        }
        let target = match vault {
            Value::Reference(reference) => self.target(reference),
            _ => None,
        };
        match target.and_then(|at| self.resource(at)).map(|r| &r.region) {
            Some(Region::In(name)) => Ok(Arc::clone(name)),
            Some(Region::Unknown(why)) => Err(Arc::clone(why)),
            _ => Err(Arc::new(Reason::Outside(vault.to_string().into()))),
        }
    }

    fn table_regions(&self, table: &Resource, store: &mut Store, world: &World) {
        match self.list(table, "Replicas", world) {
            Ok((replicas, open)) => {
                for replica in replicas.into_iter().filter_map(Value::as_map) {
                    match replica.get("Region").map(|region| world.known(region)) {
                        Some(Ok(Value::String(name))) => {
                            store.regions.insert(name.as_ref().into());
                        }
                        Some(Err(why)) => store.note(why),
                        _ => {}
                    }
                }
                open.into_iter().for_each(|why| store.note(why));
            }
            Err(why) => store.note(why),
        }
    }

    /// Adds where a database replicates to, and where from.
    fn database_replicas(
        &self,
        index: usize,
        resource: &Resource,
        store: &mut Store,
        world: &World,
    ) {
        let (replicas, open) = self.replicas(index, world);
        open.into_iter().for_each(|why| store.note(why));
        for replica in replicas {
            match replica.region {
                Ok(name) => {
                    store.regions.insert(name);
                }
                Err(why) => store.note(why),
            }
        }
        let sources: &[(&str, &str)] = match &*resource.rtype {
            INSTANCE => &[
                ("SourceDBInstanceIdentifier", INSTANCE),
                ("SourceDBClusterIdentifier", CLUSTER),
            ],
            CLUSTER => &[("ReplicationSourceIdentifier", CLUSTER)],
            _ => &[],
        };
        for (property, of) in sources {
            let region = match self.said(resource, property, world) {
                Ok(Some(source)) => self.region_named(of, source, resource, world),
                Ok(None) => Ok(None),
                Err(why) => Err(why),
            };
            match region {
                Ok(name) => store.regions.extend(name),
                Err(why) => store.note(why),
            }
        }
    }

    /// The Region of what a property names: as its ARN says, or as it is.
    fn region_named(
        &self,
        rtype: &str,
        value: &Value,
        near: &Resource,
        world: &World,
    ) -> Result<Option<RegionName>, Unknown> {
        if let Some(arn) = value.as_str().and_then(Arn::parse) {
            return Ok(Some(arn.region.into()).filter(|_| !arn.region.is_empty()));
        }
        let Some(index) = self.lookup(rtype, value, Some(near), world)? else {
            return Ok(None);
        };
        match self.resource(index).map(|resource| &resource.region) {
            Some(Region::In(name)) => Ok(Some(Arc::clone(name))),
            Some(Region::Unknown(why)) => Err(Arc::clone(why)),
            _ => Ok(None),
        }
    }
}

impl Store {
    fn note(&mut self, why: Unknown) {
        self.open.get_or_insert(why);
    }
}

/// Where a plan says the vaults that backups are copied to.
const COPIES: &[&str] = &["BackupPlanRule", "CopyActions", "DestinationBackupVaultArn"];

/// The values at the end of a path of names, of all elements of the lists on the way.
fn each_at<'v>(
    value: &'v Value,
    path: &[&str],
    world: &World,
    found: &mut Vec<Result<&'v Value, Unknown>>,
) {
    match (world.known(value), path) {
        (Err(why), _) => found.push(Err(why)),
        (Ok(Value::List(items)), _) => {
            items
                .iter()
                .for_each(|item| each_at(item, path, world, found));
        }
        (Ok(Value::Null), _) => {}
        (Ok(value), []) => found.push(Ok(value)),
        (Ok(Value::Map(map)), [name, rest @ ..]) => {
            if let Some(value) = map.get(name) {
                each_at(value, rest, world, found);
            }
        }
        _ => {}
    }
}
