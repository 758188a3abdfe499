//! How the resources of a snapshot hang together. Built once, read-only, no I/O.
//!
//! Every question may depend on how an open parameter turns out, so every question is asked in a
//! [`World`]; and every answer that rests on "there is no other" carries the reason why that
//! cannot be concluded, when coverage does not allow it.

mod dns;
mod edge;
mod names;

use std::sync::Arc;

use rustc_hash::FxHashMap;

pub use dns::{Destination, Host};
pub use names::{logical_words, words};

use crate::model::{Map, Part, Reference, Resource, Seen, Snapshot, Unknown, Value, World};
use crate::types;

/// The indexes over a snapshot.
#[derive(Debug)]
pub struct Graph<'s> {
    snapshot: &'s Snapshot,
    by_key: FxHashMap<&'s str, usize>,
    by_type: FxHashMap<&'s str, Vec<usize>>,
    /// Text by which a resource may be named elsewhere (its ARN, name or id) → resources.
    by_text: FxHashMap<&'s str, Vec<usize>>,
    /// target → the resources that refer to it, by reference or by text.
    referrers: FxHashMap<usize, Vec<usize>>,
    dns: dns::Index,
}

impl<'s> Graph<'s> {
    /// Indexes a snapshot.
    pub fn build(snapshot: &'s Snapshot) -> Self {
        let mut graph = Self {
            snapshot,
            by_key: FxHashMap::default(),
            by_type: FxHashMap::default(),
            by_text: FxHashMap::default(),
            referrers: FxHashMap::default(),
            dns: dns::Index::default(),
        };
        for (index, resource) in snapshot.resources.iter().enumerate() {
            graph.by_key.insert(&resource.key, index);
            graph
                .by_type
                .entry(&resource.rtype)
                .or_default()
                .push(index);
            for name in resource.arn.iter().chain(&resource.names) {
                graph.by_text.entry(name).or_default().push(index);
            }
            let file = types::file(&resource.rtype);
            for name in file.into_iter().flat_map(|file| &file.name) {
                if let Some(text) = resource.properties.get(name).and_then(Value::as_str) {
                    graph.by_text.entry(text).or_default().push(index);
                }
            }
        }
        for (index, resource) in snapshot.resources.iter().enumerate() {
            let mut targets = Vec::new();
            for_each_reference(&resource.properties, &mut |reference| {
                targets.extend(graph.by_key.get(&*reference.target).copied());
            });
            types::for_each_text_reference(
                &resource.rtype,
                &resource.properties,
                &mut |text, of| {
                    let named = graph.by_text(text).iter().copied();
                    targets.extend(named.filter(|target| {
                        graph
                            .resource(*target)
                            .is_some_and(|t| of.contains(&t.rtype))
                    }));
                },
            );
            targets.sort_unstable();
            targets.dedup();
            for target in targets {
                graph.referrers.entry(target).or_default().push(index);
            }
        }
        graph.dns = dns::Index::build(&graph);
        graph
    }

    /// The snapshot this is about.
    pub fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    /// A resource by its index.
    pub fn resource(&self, index: usize) -> Option<&'s Resource> {
        self.snapshot.resources.get(index)
    }

    /// The resource a reference points at.
    pub fn target(&self, reference: &Reference) -> Option<usize> {
        self.by_key.get(&*reference.target).copied()
    }

    /// Every resource of a type that exists in this world, and why there could be more.
    pub fn of_type(&self, rtype: &str, world: &World) -> (Vec<usize>, Option<Unknown>) {
        let mut open = self.snapshot.coverage.gap(rtype);
        let all = self.by_type.get(rtype).map_or(&[][..], Vec::as_slice);
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
        let mut open = self.snapshot.coverage.gap(rtype);
        let all: Vec<usize> = self
            .referrers
            .get(&target)
            .into_iter()
            .flatten()
            .copied()
            .filter(|i| self.resource(*i).is_some_and(|r| &*r.rtype == rtype))
            .collect();
        let existing = self.existing(&all, world, &mut open);
        (existing, open)
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

    /// The resource of a type that a value names: by reference, ARN, name or id.
    /// `Ok(None)`: there is certainly none.
    pub fn lookup(
        &self,
        rtype: &str,
        value: &Value,
        world: &World,
    ) -> Result<Option<usize>, Unknown> {
        let value = match world.see(value) {
            Seen::Undecided(why) => return Err(why),
            Seen::Value(value) => value,
        };
        let candidates: Vec<usize> = match value {
            Value::Null => return Ok(None),
            Value::Reference(reference) => self.target(reference).into_iter().collect(),
            Value::String(text) => self.by_text(text).to_vec(),
            Value::Unknown(why) => return Err(Arc::clone(why)),
            Value::Composed(parts) => self.named_by(parts).into_iter().collect(),
            _ => Vec::new(),
        };
        let found: Vec<usize> = candidates
            .into_iter()
            .filter(|i| self.resource(*i).is_some_and(|r| &*r.rtype == rtype))
            .collect();
        for index in found {
            if let Some(resource) = self.resource(index)
                && world.exists(resource)?
            {
                return Ok(Some(index));
            }
        }
        match (value, self.snapshot.coverage.gap(rtype)) {
            (Value::Composed(_), _) => Err(Arc::new(crate::model::Reason::Outside(
                value.to_string().into(),
            ))),
            (_, Some(why)) => Err(why),
            (_, None) => Ok(None),
        }
    }

    /// The resources whose ARN, name or id is this text, or ends a longer ARN.
    pub fn by_text(&self, text: &str) -> &[usize] {
        if let Some(found) = self.by_text.get(text) {
            return found;
        }
        // arn:aws:elasticloadbalancing:…:loadbalancer/app/NAME/0123456789abcdef
        if text.starts_with("arn:") {
            let resource = text.rsplit(':').next().unwrap_or_default();
            for part in resource.split('/').rev() {
                if let Some(found) = self.by_text.get(part) {
                    return found;
                }
            }
        }
        &[]
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
