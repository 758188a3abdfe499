//! Tags, and the resources that share one.

use std::hash::Hasher as _;
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHasher};
use smallvec::{SmallVec, smallvec};

use super::answer::{Answer, any, or};
use super::kept::Shared;
use super::replicas::GLOBAL_TABLE;
use super::texts::Hashes;
use super::{Graph, scans};
use crate::model::{Map, Reason, Resource, Unknown, Value, World};
use crate::types::{self, Door};

/// What runs code, and so makes an application be somewhere.
pub(super) const COMPUTE: [&str; 5] = [
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::EC2::Instance",
    "AWS::ECS::Service",
    "AWS::EKS::Cluster",
    "AWS::Lambda::Function",
];

/// The tag that CloudFormation gives to what a stack made: the stack's name.
pub(super) const STACK: &str = "aws:cloudformation:stack-name";

/// What some tags say of a resource, by their values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagsSay<'k, 'r> {
    /// What was looked for: the tag's key, as it was looked for, and its value.
    Wanted(&'k str, &'r str),
    /// Something else.
    Otherwise,
    /// Nothing: it has none of them.
    Not,
}

fn tags_of(resource: &Resource) -> Option<&Value> {
    types::tags_property(&resource.rtype).and_then(|name| resource.property(name))
}

/// The value of a tag, of tags that stand anywhere.
pub(super) fn tag_in<'r>(
    tags: &'r Value,
    wanted: &str,
    world: &World,
) -> Result<Option<&'r Value>, Unknown> {
    match world.known(tags)? {
        Value::Map(tags) => {
            let mut all = tags.iter();
            let found = all.find(|(key, _)| key.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| world.known(value)).transpose()
        }
        Value::List(items) => {
            let mut unknown = None;
            for item in items {
                match world.known(item).and_then(|item| key_of(item, world)) {
                    Ok(Some((key, tag))) if key.eq_ignore_ascii_case(wanted) => {
                        let value = tag.get("Value");
                        return value.map(|value| world.known(value)).transpose();
                    }
                    Ok(_) => {}
                    Err(why) => {
                        unknown.get_or_insert(why);
                    }
                }
            }
            unknown.map_or(Ok(None), Err)
        }
        Value::Null => Ok(None),
        other => Err(not_a("tags", other)),
    }
}

/// The key of an element of a list of tags.
fn key_of<'r>(item: &'r Value, world: &World) -> Result<Option<(&'r str, &'r Map)>, Unknown> {
    let tag = match item {
        Value::Null => return Ok(None),
        Value::Map(tag) => tag,
        other => return Err(not_a("a tag", other)),
    };
    match tag.get("Key").map(|key| world.known(key)).transpose()? {
        None => Ok(None),
        Some(Value::String(key)) => Ok(Some((key, tag))),
        Some(other) => Err(not_a("a tag key", other)),
    }
}

pub(super) fn not_a(expected: &str, found: &Value) -> Unknown {
    match found {
        Value::Reference(reference) => Arc::new(Reason::Attribute(reference.to_string().into())),
        other => Arc::new(Reason::Mistyped {
            expected: expected.into(),
            found: other.kind().into(),
        }),
    }
}

/// The resources of each type by their tags, worked out for a type when it is first asked about.
#[derive(Debug, Default)]
pub(super) struct Index<'s> {
    types: FxHashMap<&'s str, OnceLock<Tagged>>,
    /// Key and value of a tag → what runs code and has it.
    applications: Shared<(String, String), Application>,
}

/// What runs code for an application.
#[derive(Debug, Default)]
pub struct Application {
    /// By index.
    pub members: Arc<[usize]>,
    /// Why there could be more.
    pub open: Option<Unknown>,
}

/// The resources of one type by their tags.
#[derive(Debug, Default)]
struct Tagged {
    /// Key and value of a tag → resources.
    by_tag: Hashes,
    /// The same in each Region, once that is asked.
    by_place: OnceLock<Hashes>,
    /// Resources with tags that are not wholly known.
    astray: Vec<usize>,
}

impl<'s> Index<'s> {
    pub(super) fn build(graph: &Graph<'s>) -> Self {
        let types = graph.by_type.keys();
        Self {
            types: types.map(|rtype| (*rtype, OnceLock::new())).collect(),
            applications: Shared::default(),
        }
    }
}

impl Tagged {
    fn build(graph: &Graph<'_>, rtype: &str) -> Self {
        let mut index = Self::default();
        for &at in graph.all_of_type(rtype) {
            let Some(resource) = graph.resource(at) else {
                continue;
            };
            let mut is_known = true;
            match tags_of(resource) {
                Some(tags) => index.add(tags, at, &mut is_known),
                None if rtype == GLOBAL_TABLE => {}
                None => is_known &= graph.unseen_tags(resource).is_none(),
            }
            // A global table has tags of its own in each Region.
            if rtype == GLOBAL_TABLE {
                match resource.property("Replicas") {
                    Some(Value::List(replicas)) => {
                        for replica in replicas {
                            match replica {
                                Value::Map(replica) => match replica.get("Tags") {
                                    Some(tags) => index.add(tags, at, &mut is_known),
                                    None => is_known &= graph.unseen_tags(resource).is_none(),
                                },
                                _ => is_known = false,
                            }
                        }
                    }
                    None => {}
                    Some(_) => is_known = false,
                }
            }
            if !is_known {
                index.astray.push(at);
            }
        }
        index.by_tag.sort();
        index
    }

    fn by_place(&self, graph: &Graph<'_>) -> &Hashes {
        self.by_place.get_or_init(|| {
            let mut all = Hashes::default();
            for (hash, at) in self.by_tag.iter() {
                let place = graph.resource(at).and_then(|r| r.region.name());
                all.add(in_place(hash, place), at);
            }
            all.sort();
            all
        })
    }

    fn add(&mut self, tags: &Value, at: usize, is_known: &mut bool) {
        let mut add = |key: &str, value: &Value, is_known: &mut bool| match value {
            Value::String(value) => self.by_tag.add(hash_of(key, value), at),
            Value::Null => {}
            _ => *is_known = false,
        };
        match tags {
            Value::Map(tags) => {
                for (key, value) in tags.iter() {
                    add(key, value, is_known);
                }
            }
            Value::List(items) => {
                for item in items {
                    let key = item.as_map().and_then(|tag| tag.get("Key")?.as_str());
                    match (key, item.as_map().and_then(|tag| tag.get("Value"))) {
                        (Some(key), Some(value)) => add(key, value, is_known),
                        (Some(_), None) => {}
                        (None, _) => *is_known = false,
                    }
                }
            }
            Value::Null => {}
            _ => *is_known = false,
        }
    }
}

/// The hash of a tag in a Region, or where that is none or not known.
fn in_place(tag: u64, region: Option<&str>) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u64(tag);
    hasher.write(region.unwrap_or_default().as_bytes());
    hasher.finish()
}

/// The hash of a tag. Keys compare in any case.
fn hash_of(key: &str, value: &str) -> u64 {
    let mut hasher = FxHasher::default();
    for byte in key.bytes() {
        hasher.write_u8(byte.to_ascii_lowercase());
    }
    hasher.write_u8(0xff);
    hasher.write(value.as_bytes());
    hasher.finish()
}

impl Graph<'_> {
    /// The value of a resource's tag; `Ok(None)` if it has no such tag. Keys compare in any case. A global
    /// table has the tags of its replicas.
    pub fn tag<'r>(
        &self,
        resource: &'r Resource,
        key: &str,
        world: &World,
    ) -> Result<Option<&'r Value>, Unknown> {
        let mut unknown = None;
        for tags in self.tag_lists(resource, world) {
            match tags.and_then(|tags| tag_in(tags, key, world)) {
                Ok(None) => {}
                Ok(value) => return Ok(value),
                Err(why) => {
                    unknown.get_or_insert(why);
                }
            }
        }
        unknown.map_or(Ok(None), Err)
    }

    /// Whether one of some tags has one of some values. Both compare in any case.
    pub fn tags_say<'k, 'r>(
        &self,
        resource: &'r Resource,
        keys: &'k [impl AsRef<str>],
        values: &[impl AsRef<str>],
        world: &World,
    ) -> Result<TagsSay<'k, 'r>, Unknown> {
        let mut said = TagsSay::Not;
        let mut unknown = None;
        for tags in self.tag_lists(resource, world) {
            for key in keys {
                let tag = tags
                    .clone()
                    .and_then(|tags| tag_in(tags, key.as_ref(), world));
                match tag {
                    Ok(None) => {}
                    Ok(Some(Value::String(value))) => {
                        if values
                            .iter()
                            .any(|v| value.eq_ignore_ascii_case(v.as_ref()))
                        {
                            return Ok(TagsSay::Wanted(key.as_ref(), value));
                        }
                        said = TagsSay::Otherwise;
                    }
                    Ok(Some(other)) => {
                        unknown.get_or_insert_with(|| not_a("the value of a tag", other));
                    }
                    Err(why) => {
                        unknown.get_or_insert(why);
                    }
                }
            }
        }
        unknown.map_or(Ok(said), Err)
    }

    /// The lists of tags that a resource has: one, or none, or those of each replica of a global table.
    fn tag_lists<'r>(
        &self,
        resource: &'r Resource,
        world: &World,
    ) -> SmallVec<[Result<&'r Value, Unknown>; 2]> {
        let seen = |tags: Option<&'r Value>| match tags {
            Some(tags) => Some(Ok(tags)),
            None => self.unseen_tags(resource).map(Err),
        };
        if *resource.rtype != *GLOBAL_TABLE {
            return seen(tags_of(resource)).into_iter().collect();
        }
        match self.list(resource, "Replicas", world) {
            Ok((replicas, open)) => {
                let replicas = replicas.into_iter().filter_map(Value::as_map);
                let tags = replicas.filter_map(|replica| seen(replica.get("Tags")));
                tags.chain(open.map(Err)).collect()
            }
            Err(why) => smallvec![Err(why)],
        }
    }

    /// Why tags of a resource that are not there may be set all the same: its door does not show them.
    pub(super) fn unseen_tags(&self, resource: &Resource) -> Option<Unknown> {
        let source = self.snapshot.sources.get(resource.origin.source)?;
        let door = Door::of(source.kind?);
        if types::shows_tags(&resource.rtype, door) {
            return None;
        }
        let why = format!("{} does not say its tags", door.name());
        Some(Arc::new(Reason::NotCovered(why.into())))
    }

    fn tagged(&self, rtype: &str) -> Option<&Tagged> {
        let tagged = self.tags.types.get(rtype)?;
        Some(tagged.get_or_init(|| Tagged::build(self, rtype)))
    }

    /// The resources of a type that may have a tag, in no order: those that do, rarely others, and none
    /// whose tags are not wholly known.
    pub(super) fn with_tag(
        &self,
        rtype: &str,
        key: &str,
        value: &str,
    ) -> impl Iterator<Item = usize> {
        let tagged = self.tagged(rtype).into_iter();
        let hash = hash_of(key, value);
        tagged.flat_map(move |tagged| tagged.by_tag.candidates(hash))
    }

    /// The resources of a type whose tags are not wholly known.
    pub(super) fn with_unknown_tags(&self, rtype: &str) -> &[usize] {
        self.tagged(rtype).map_or(&[], |tagged| &tagged.astray)
    }

    /// Whether a resource of a type that exists in this world and may be in another Region than a
    /// resource, with the same values of some tags, meets a condition: true if one does; all others
    /// certainly are not such. `None`: the resource certainly has none of these tags.
    pub fn any_tagged_elsewhere(
        &self,
        resource: &Resource,
        rtype: &str,
        keys: &[&str],
        world: &World,
        mut is_one: impl FnMut(usize) -> Answer,
    ) -> Option<Answer> {
        let tags = keys
            .iter()
            .map(|key| (*key, self.tag(resource, key, world)));
        let tags: Vec<_> = tags.filter(|(_, value)| *value != Ok(None)).collect();
        if tags.is_empty() {
            return None;
        }
        let mut is_one = |at: usize| {
            let other = self.resource(at)?;
            Some(match world.exists(other) {
                Ok(false) => Ok(false),
                Ok(true) => is_one(at),
                Err(why) => Err(why),
            })
        };
        let hashes = tags.iter().filter_map(|(key, value)| match value {
            Ok(Some(Value::String(value))) if !scans() => Some(hash_of(key, value)),
            _ => None,
        });
        let tagged = self.tagged(rtype);
        // The tag that fewest others have.
        let rarest = hashes.min_by_key(|hash| tagged.map(|tagged| tagged.by_tag.count_of(*hash)));
        let found = match (tagged, rarest) {
            (None, _) => Ok(false),
            (Some(tagged), Some(hash)) => {
                let by_place = tagged.by_place(self);
                let here = resource.region.name();
                let regions = self.regions.get(rtype).into_iter().flatten();
                let regions = regions
                    .map(|name| Some(&**name))
                    .filter(|name| *name != here);
                let places = regions.chain([None]);
                let there = places.flat_map(|place| by_place.candidates(in_place(hash, place)));
                any(there
                    .chain(tagged.astray.iter().copied())
                    .filter_map(is_one))
            }
            (Some(_), None) => {
                let all = self.all_of_type(rtype).iter();
                any(all.filter_map(|at| is_one(*at)))
            }
        };
        let gap = self.gap(rtype, None);
        Some(or(found, gap.map_or(Ok(false), Err)))
    }

    /// What runs code for the application that a resource belongs to, itself among it: what has the
    /// same value of the first of some tags that it has. Nothing if it has none of them.
    pub fn application(
        &self,
        resource: &Resource,
        keys: &[&str],
        world: &World,
    ) -> Result<Arc<Application>, Unknown> {
        let Some((key, value)) = self.first_tag(resource, keys, world)? else {
            return Ok(Arc::default());
        };
        let Some(value) = value.as_str() else {
            return Err(not_a("the value of a tag", value));
        };
        let tag = (key.to_owned(), value.to_owned());
        let found = &self.tags.applications;
        Ok(found.get(tag, world, |world| self.tagged_compute(key, value, world)))
    }

    /// What runs code and has a tag.
    fn tagged_compute(&self, key: &str, value: &str, world: &World) -> Application {
        let (mut found, mut open) = (Vec::new(), None);
        // An application can have stacks of other names, in other Regions above all.
        if key == STACK {
            let why = "whether stacks of other names belong to its application, which no tag says";
            open = Some(Arc::new(Reason::Other(why.into())));
        }
        for rtype in COMPUTE {
            let mut candidates: Vec<usize> = self.with_tag(rtype, key, value).collect();
            candidates.extend(self.with_unknown_tags(rtype));
            candidates.sort_unstable();
            candidates.dedup();
            for at in self.existing(&candidates, world, &mut open) {
                let Some(other) = self.resource(at) else {
                    continue;
                };
                match self.tag(other, key, world) {
                    Ok(Some(Value::String(own))) if **own == *value => found.push(at),
                    Ok(Some(Value::String(_)) | None) => {}
                    Ok(Some(own)) => {
                        open.get_or_insert_with(|| not_a("the value of a tag", own));
                    }
                    Err(why) => {
                        open.get_or_insert(why);
                    }
                }
            }
        }
        let gap = COMPUTE.iter().find_map(|rtype| self.gap(rtype, None));
        Application {
            members: found.into(),
            open: open.or(gap),
        }
    }

    /// The first of some tags that a resource has.
    fn first_tag<'r, 'k>(
        &self,
        resource: &'r Resource,
        keys: &[&'k str],
        world: &World,
    ) -> Result<Option<(&'k str, &'r Value)>, Unknown> {
        for key in keys {
            if let Some(value) = self.tag(resource, key, world)? {
                return Ok(Some((key, value)));
            }
        }
        Ok(None)
    }
}
