//! Which other databases follow a database: read replicas, the other clusters of a global database,
//! the tables of a global table.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Arn, GLOBAL_CLUSTER, Graph};
use crate::model::{Reason, Region, Resource, Seen, Unknown, Value, Whereabouts, World};
use crate::types::{self, Door, Step};

pub(super) const INSTANCE: &str = "AWS::RDS::DBInstance";
pub(super) const CLUSTER: &str = "AWS::RDS::DBCluster";
pub(super) const TABLE: &str = "AWS::DynamoDB::Table";
pub(super) const GLOBAL_TABLE: &str = "AWS::DynamoDB::GlobalTable";

/// The properties that are read here.
pub(super) const READS: &[(&str, &[&str])] = &[
    (
        INSTANCE,
        &[
            "ReadReplicaDBClusterIdentifiers",
            "ReadReplicaDBInstanceIdentifiers",
            "RestoreTime",
            "SourceDBClusterIdentifier",
            "SourceDBInstanceIdentifier",
            "UseLatestRestorableTime",
        ],
    ),
    (CLUSTER, &[MEMBER_OF_GLOBAL, "ReplicationSourceIdentifier"]),
    (GLOBAL_CLUSTER, &["SourceDBClusterIdentifier"]),
    (TABLE, &["StreamSpecification"]),
    (GLOBAL_TABLE, &["TableName"]),
];

/// What a cluster says of the global database that it belongs to.
pub(super) const MEMBER_OF_GLOBAL: &str = "GlobalClusterIdentifier";

/// What an instance that runs says of its read replicas, in all Regions.
const LISTED: [&str; 2] = [
    "ReadReplicaDBInstanceIdentifiers",
    "ReadReplicaDBClusterIdentifiers",
];

/// The stream that both tables of a global table of version 2017.11.29 must have.
const BOTH_IMAGES: &str = "NEW_AND_OLD_IMAGES";

/// A database that follows another.
#[derive(Debug, Clone)]
pub struct Replica {
    /// The id of the resource, or the ARN by which it is known.
    pub name: String,
    /// The code of the Region it is in, or why that is not known.
    pub region: Result<Arc<str>, Unknown>,
    /// The resource, if it was read.
    pub resource: Option<usize>,
}

/// What is found so far, and why there could be more.
#[derive(Default)]
struct Found {
    replicas: Vec<Replica>,
    seen: BTreeSet<usize>,
    open: Option<Unknown>,
}

impl Found {
    fn open(&mut self, why: Unknown) {
        self.open.get_or_insert(why);
    }
}

impl Graph<'_> {
    /// The databases that follow a DB instance, a DB cluster or a table, in any Region, and those
    /// that follow them; and why there could be more.
    pub fn replicas(&self, of: usize, world: &World) -> (Vec<Replica>, Option<Unknown>) {
        let mut found = Found {
            seen: BTreeSet::from([of]),
            ..Found::default()
        };
        match self
            .resource(of)
            .map(|database| (database, &*database.rtype))
        {
            Some((database, TABLE)) => self.table_replicas(of, database, world, &mut found),
            Some((database, INSTANCE | CLUSTER)) => {
                let mut left = vec![of];
                while let Some(source) = left.pop() {
                    left.extend(self.read_replicas(source, world, &mut found));
                }
                if &*database.rtype == CLUSTER {
                    self.global_members(of, database, world, &mut found);
                }
            }
            _ => {}
        }
        (found.replicas, found.open)
    }

    /// Adds the read replicas of an instance or a cluster, and says which are new.
    fn read_replicas(&self, source: usize, world: &World, found: &mut Found) -> Vec<usize> {
        let Some((source_type, lists_all)) = self
            .resource(source)
            .map(|r| (&*r.rtype, self.lists_replicas(r, world)))
        else {
            return Vec::new();
        };
        let mut new = Vec::new();
        for rtype in [INSTANCE, CLUSTER] {
            let named_by = match (rtype, source_type) {
                (CLUSTER, _) => "ReplicationSourceIdentifier",
                (_, CLUSTER) => "SourceDBClusterIdentifier",
                _ => "SourceDBInstanceIdentifier",
            };
            let (referrers, open) = self.referrers(source, rtype, world);
            if let Some(why) = open.filter(|_| !lists_all) {
                found.open(why);
            }
            for replica in referrers {
                let Some(resource) = self.resource(replica) else {
                    continue;
                };
                if found.seen.contains(&replica) {
                    continue;
                }
                match self.replicates(resource, named_by, source, source_type, world) {
                    Ok(true) => {
                        self.add(replica, resource, found);
                        new.push(replica);
                    }
                    Ok(false) => {}
                    Err(why) if !lists_all => found.open(why),
                    Err(_) => {}
                }
            }
        }
        self.listed_replicas(source, world, found);
        new
    }

    /// Whether a database runs and names all its read replicas itself, those elsewhere by their ARNs.
    fn lists_replicas(&self, database: &Resource, world: &World) -> bool {
        &*database.rtype == INSTANCE
            && self.door(database) == Some(Door::Live)
            && LISTED
                .iter()
                .all(|name| self.said(database, name, world).is_ok())
    }

    /// Whether a database names another as what it replicates.
    fn replicates(
        &self,
        replica: &Resource,
        named_by: &str,
        source: usize,
        source_type: &str,
        world: &World,
    ) -> Result<bool, Unknown> {
        let Some(value) = self.said(replica, named_by, world)? else {
            return Ok(false);
        };
        if self.lookup(source_type, value, Some(replica), world)? != Some(source) {
            return Ok(false);
        }
        // With a restore time, it was restored from the other and does not follow it.
        Ok(&*replica.rtype != INSTANCE
            || self.said(replica, "RestoreTime", world)?.is_none()
                && !matches!(
                    self.said(replica, "UseLatestRestorableTime", world)?,
                    Some(Value::Bool(true))
                ))
    }

    /// Adds those that the source itself lists, which says their Region where they were not read.
    fn listed_replicas(&self, source: usize, world: &World, found: &mut Found) {
        let Some(database) = self.resource(source) else {
            return;
        };
        for listed in LISTED.iter().filter_map(|name| database.property(name)) {
            let Seen::Value(Value::List(listed)) = world.see(listed) else {
                continue;
            };
            for name in listed.iter().filter_map(Value::as_str) {
                let known = self.nearby(self.by_text(name), name, Some(database));
                if known.iter().any(|index| found.seen.contains(index)) {
                    continue;
                }
                let region = match Arn::parse(name) {
                    Some(arn) => Ok(Arc::from(arn.region)),
                    // Only one in the same Region goes by its name.
                    None => self.region_of(source),
                };
                found.replicas.push(Replica {
                    name: name.to_owned(),
                    region,
                    resource: None,
                });
                // It may have replicas of its own.
                found.open(Arc::new(Reason::Outside(name.into())));
            }
        }
    }

    /// Adds the other clusters of the global databases that a cluster belongs to.
    fn global_members(&self, of: usize, cluster: &Resource, world: &World, found: &mut Found) {
        let mut globals = Vec::new();
        match self.said(cluster, MEMBER_OF_GLOBAL, world) {
            Ok(None) => {}
            Ok(Some(value)) => match self.lookup(GLOBAL_CLUSTER, value, Some(cluster), world) {
                Ok(Some(global)) => globals.push(global),
                // It is in no input; its members may be.
                Ok(None) | Err(_) => {
                    self.named_alike(of, value, world, found);
                    found.open(Arc::new(Reason::Outside(value.to_string().into())));
                }
            },
            Err(why) => found.open(why),
        }
        // One may have been made of it.
        let (made_of, open) = self.referrers(of, GLOBAL_CLUSTER, world);
        if let Some(why) = open {
            found.open(why);
        }
        globals.extend(made_of);
        for global in globals {
            let (mut members, open) = self.referrers(global, CLUSTER, world);
            if let Some(why) = open {
                found.open(why);
            }
            if let Some(resource) = self.resource(global) {
                match self.said(resource, "SourceDBClusterIdentifier", world) {
                    Ok(None) => {}
                    Ok(Some(source)) => match self.lookup(CLUSTER, source, Some(resource), world) {
                        Ok(source) => members.extend(source),
                        Err(why) => found.open(why),
                    },
                    Err(why) => found.open(why),
                }
            }
            for member in members {
                if let Some(resource) = self.resource(member)
                    && !found.seen.contains(&member)
                {
                    self.add(member, resource, found);
                }
            }
        }
    }

    /// Adds the clusters that name their global database with the same text as another.
    fn named_alike(&self, of: usize, name: &Value, world: &World, found: &mut Found) {
        let clusters = self.store_index().of_global_cluster(name);
        let clusters = self.existing(&clusters, world, &mut None);
        for cluster in clusters.into_iter().filter(|cluster| *cluster != of) {
            let Some(resource) = self.resource(cluster) else {
                continue;
            };
            let is_alike = matches!(self.said(resource, MEMBER_OF_GLOBAL, world),
                Ok(Some(other @ (Value::String(_) | Value::Reference(_)))) if other == name);
            if is_alike && !found.seen.contains(&cluster) {
                self.add(cluster, resource, found);
            }
        }
    }

    /// What follows a table that is not said to be part of a global table. Those of version
    /// 2017.11.29 are tables of one name in several Regions, all with the same kind of stream, and no
    /// door says that they belong together.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables_reqs_bestpractices.html>
    fn table_replicas(&self, of: usize, table: &Resource, world: &World, found: &mut Found) {
        let lost = self.store_index().replica_of_unknown;
        let mut open = lost.and_then(|at| self.resource(at)).map(|replica| {
            let why = format!("the table of {}", replica.address);
            Arc::new(Reason::Attribute(why.into()))
        });
        match self.could_be_legacy(table, world) {
            Ok(false) => {}
            Ok(true) => {
                let there = Whereabouts {
                    account: table.account.as_deref(),
                    region: None,
                };
                open = open.or_else(|| self.gap_at(TABLE, there));
                let name = table.property("TableName").and_then(Value::as_str);
                let named = name.map(|name| self.named(name)).unwrap_or_default();
                for other in named.into_iter().filter(|other| *other != of) {
                    let Some(other) = self.resource(other).filter(|r| &*r.rtype == TABLE) else {
                        continue;
                    };
                    let is_here = matches!((&table.region, &other.region),
                        (Region::In(here), Region::In(there)) if here == there);
                    if !is_here && self.could_be_legacy(other, world) != Ok(false) {
                        let why = format!(
                            "whether it makes a global table of version 2017.11.29 with {}",
                            other.address
                        );
                        open.get_or_insert(Arc::new(Reason::Attribute(why.into())));
                    }
                }
            }
            Err(why) => {
                open.get_or_insert(why);
            }
        }
        if let Some(why) = open {
            found.open(why);
        }
    }

    /// Whether this is a replica with a resource of its own, whose table is not known.
    pub(super) fn is_replica_of_unknown(&self, global: &Resource) -> bool {
        self.door(global) == Some(Door::Terraform) && global.property("TableName").is_none()
    }

    /// Whether a table has the stream that a global table of version 2017.11.29 needs.
    fn could_be_legacy(&self, table: &Resource, world: &World) -> Result<bool, Unknown> {
        let Some(stream) = self.said(table, "StreamSpecification", world)? else {
            return Ok(false);
        };
        match stream
            .as_map()
            .and_then(|stream| stream.get("StreamViewType"))
        {
            Some(view) => Ok(world.known(view)?.as_str() == Some(BOTH_IMAGES)),
            None => Ok(false),
        }
    }

    fn add(&self, index: usize, resource: &Resource, found: &mut Found) {
        found.seen.insert(index);
        found.replicas.push(Replica {
            name: resource.id.to_string(),
            region: self.region_of(index),
            resource: Some(index),
        });
    }

    fn region_of(&self, index: usize) -> Result<Arc<str>, Unknown> {
        match self.resource(index).map(|resource| &resource.region) {
            Some(Region::In(name)) => Ok(Arc::clone(name)),
            Some(Region::Unknown(why)) => Err(Arc::clone(why)),
            Some(Region::Global) | None => Err(Arc::new(Reason::RegionNotGiven)),
        }
    }

    pub(super) fn door(&self, resource: &Resource) -> Option<Door> {
        let source = self.snapshot.sources.get(resource.origin.source)?;
        source.kind.map(Door::of)
    }

    /// What a property is set to: `None` if it is certainly not set.
    pub(super) fn said<'r>(
        &self,
        resource: &'r Resource,
        name: &str,
        world: &World,
    ) -> Result<Option<&'r Value>, Unknown> {
        match resource
            .property(name)
            .map(|value| world.known(value))
            .transpose()?
        {
            Some(value) if !value.is_null() => Ok(Some(value)),
            _ => match self.door(resource) {
                Some(door) if !types::covers(&resource.rtype, &[Step::Name(name.into())], door) => {
                    let why = format!("{} does not say {name}", door.name());
                    Err(Arc::new(Reason::NotCovered(why.into())))
                }
                _ => Ok(None),
            },
        }
    }
}
