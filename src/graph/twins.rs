//! Resources of one type in several Regions that are the same part of the same system.

use std::sync::Arc;

use super::Graph;
use super::tags::{STACK, not_a};
use crate::model::{Region, Resource, Unknown, Value, Whereabouts, World};
use crate::types;

/// The tag that CloudFormation gives to what a stack made: which part of its template it is.
const PART: &str = "aws:cloudformation:logical-id";

impl Graph<'_> {
    /// The resources of the type of a resource that have its name in other Regions of its account,
    /// and why there could be more. Where a name has the code of the Region in it, theirs has
    /// that of theirs. Without a name of its own it is what the stack of the same name made from
    /// the same part of its template. What was not read beside it is no twin, unless it was asked
    /// for and could not be read.
    pub fn twins(
        &self,
        index: usize,
        resource: &Resource,
        world: &World,
    ) -> Result<(Vec<usize>, Option<Unknown>), Unknown> {
        let here = match &resource.region {
            Region::In(name) => name,
            Region::Unknown(why) => return Err(Arc::clone(why)),
            Region::Global => return Ok((Vec::new(), None)),
        };
        let account = resource.account.as_deref();
        let anywhere = Whereabouts {
            account,
            region: None,
        };
        let mut open = self.snapshot.coverage.lost(&resource.rtype, anywhere);
        let regions = self.regions.get(&*resource.rtype);
        let mut elsewhere = regions
            .into_iter()
            .flatten()
            .filter(|name| *name != here)
            .peekable();
        if elsewhere.peek().is_none() {
            return Ok((Vec::new(), open));
        }
        let mut candidates = match self.own_name(resource, world)? {
            Some(Value::String(name)) => {
                let mut found = self.named(name);
                if name.contains(&**here) {
                    for region in elsewhere {
                        let is_there = |at: &usize| {
                            self.resource(*at)
                                .is_some_and(|r| r.region.name() == Some(region))
                        };
                        let theirs = self.named(&name.replace(&**here, region));
                        found.extend(theirs.into_iter().filter(is_there));
                    }
                }
                found
            }
            Some(other) => return Err(not_a("a name", other)),
            None => Vec::new(),
        };
        let is_elsewhere = |at: &usize| {
            self.resource(*at).is_some_and(|other| {
                *at != index
                    && other.rtype == resource.rtype
                    && other.region != resource.region
                    && !matches!((&resource.account, &other.account), (Some(a), Some(b)) if a != b)
            })
        };
        candidates.retain(is_elsewhere);
        if candidates.is_empty() {
            candidates = self.of_stack(resource, world)?;
            candidates.retain(is_elsewhere);
        }
        candidates.sort_unstable();
        candidates.dedup();
        let found = self.existing(&candidates, world, &mut open);
        Ok((found, open))
    }

    fn own_name<'r>(
        &self,
        resource: &'r Resource,
        world: &World,
    ) -> Result<Option<&'r Value>, Unknown> {
        let file = types::file(&resource.rtype);
        for name in file.into_iter().flat_map(|file| &file.name) {
            let value = resource.property(name).map(|value| world.known(value));
            if let Some(value) = value.transpose()?.filter(|value| !value.is_null()) {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    fn of_stack(&self, resource: &Resource, world: &World) -> Result<Vec<usize>, Unknown> {
        let text = |of, key| -> Result<Option<&str>, Unknown> {
            Ok(self.tag(of, key, world)?.and_then(Value::as_str))
        };
        let (Some(stack), Some(part)) = (text(resource, STACK)?, text(resource, PART)?) else {
            return Ok(Vec::new());
        };
        let mut found: Vec<usize> = self.with_tag(&resource.rtype, STACK, stack).collect();
        found.retain(|at| {
            self.resource(*at).is_some_and(|other| {
                text(other, STACK) == Ok(Some(stack)) && text(other, PART) == Ok(Some(part))
            })
        });
        Ok(found)
    }
}
