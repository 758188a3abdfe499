//! The instances of a DB cluster. An instance can name a cluster for other reasons, such as being its
//! read replica in another Region; a member is where its cluster is.

use super::Graph;
use crate::model::{Unknown, World};

pub(super) const CLUSTER: &str = "AWS::RDS::DBCluster";
pub(super) const INSTANCE: &str = "AWS::RDS::DBInstance";
pub(super) const MEMBER_OF: &str = "DBClusterIdentifier";

/// The properties that are read here.
pub(super) const READS: &[(&str, &[&str])] = &[(INSTANCE, &[MEMBER_OF])];

impl Graph<'_> {
    /// The DB instances of a cluster, and why there could be more.
    pub fn members(&self, cluster: usize, world: &World) -> (Vec<usize>, Option<Unknown>) {
        let (referring, mut open) =
            self.referrers_near(cluster, INSTANCE, self.resource(cluster), world);
        let mut members = Vec::new();
        for index in referring {
            let instance = self.resource(index);
            let Some(said) = instance.and_then(|instance| instance.property(MEMBER_OF)) else {
                continue;
            };
            match self.lookup(CLUSTER, said, instance, world) {
                Ok(found) if found == Some(cluster) => members.push(index),
                Ok(_) => {}
                Err(why) => {
                    open.get_or_insert(why);
                }
            }
        }
        (members, open)
    }
}
