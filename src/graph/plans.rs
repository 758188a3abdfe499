//! Which plans of AWS Backup back up a resource, and what a plan backs up.
//!
//! Large accounts have many selections that say the same, such as one for each application that chooses
//! what has a tag, and nearly all resources are in one Region of one account. So selections are put
//! together by what they say and where they are, and asked once.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::answer::any;
use super::backup::{
    Copies, Copy, GLOBAL_TABLE, ORGANIZATION_POLICY, PLAN, SELECTED_BY, SELECTION, TAG, stores,
};
use super::{Graph, scans};
use crate::model::{Map, Reason, Region, RegionName, Resource, Unknown, Value, World};
use crate::types;

/// Backup plans that select a resource.
#[derive(Debug)]
pub struct Plans {
    /// Each plan, or why it is not known which it is.
    pub known: Vec<Result<usize, Unknown>>,
    /// Why there could be more; `None` when these are all.
    pub open: Option<Unknown>,
}

/// An account and a Region.
type Place = (Option<Arc<str>>, RegionName);

/// A plan, or why it is not known which.
type Plan = Result<usize, Unknown>;

/// Resources, and why there could be more.
type Found = (Vec<usize>, Option<Unknown>);

/// The selections and plans that there are.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// In the order of their first selections.
    groups: Vec<Group>,
    /// The accounts of selections.
    accounts: BTreeSet<Option<Arc<str>>>,
    /// The groups of each account and Region, but for those that select by tags only.
    by_place: FxHashMap<Place, Vec<usize>>,
    /// Account, Region and a tag → the groups that select by tags only, this one among them.
    by_tag: FxHashMap<(Place, String, String), Vec<usize>>,
    /// Those whose Region is not known.
    adrift: Vec<usize>,
    /// The plans of which it is known in every world what they select by → which of these.
    class_of: FxHashMap<usize, usize>,
    /// Plans that back up the same: what that is, unless it depends on the world.
    classes: Vec<(usize, OnceLock<Option<Found>>)>,
    /// What can be backed up, by account and Region.
    stores: FxHashMap<Place, Vec<usize>>,
    /// What could be in any account or Region.
    anywhere: Vec<usize>,
    /// What may have any tag, because where it was read does not say which.
    untold: Vec<usize>,
    /// The policies of an organization that make plans.
    policies: Vec<usize>,
}

/// Selections in one account and Region that select by the same.
#[derive(Debug)]
struct Group {
    first: usize,
    /// Selections and their plans, where these are the same in every world; else there is only the first.
    plans: Option<Vec<(usize, Plan)>>,
    /// The Regions that these plans copy backups to, unless it depends on the world.
    copies: OnceLock<Option<(BTreeSet<RegionName>, Option<Unknown>)>>,
}

impl Group {
    fn of(first: usize, plans: Option<Vec<(usize, Plan)>>) -> Self {
        Self {
            first,
            plans,
            copies: OnceLock::new(),
        }
    }
}

impl Index {
    fn build(graph: &Graph<'_>) -> Self {
        let mut index = Self::default();
        let mut known: FxHashMap<(Place, String), usize> = FxHashMap::default();
        let mut group_of: FxHashMap<usize, usize> = FxHashMap::default();
        for (at, selection) in graph.all(SELECTION) {
            let next = index.groups.len();
            let said = what_it_says(selection).zip(place(selection));
            let group = match said.zip(graph.plan_everywhere(selection)) {
                Some(((text, place), plan)) => {
                    let group = *known.entry((place, text)).or_insert(next);
                    group_of.insert(at, group);
                    match index.groups.get_mut(group) {
                        Some(Group {
                            plans: Some(plans), ..
                        }) => plans.push((at, plan)),
                        _ => index.groups.push(Group::of(at, Some(vec![(at, plan)]))),
                    }
                    group
                }
                None => {
                    index.groups.push(Group::of(at, None));
                    next
                }
            };
            if group == next {
                index.accounts.insert(selection.account.clone());
                match (place(selection), only_tags(selection)) {
                    (Some(place), Some(tags)) => {
                        for (key, value) in tags {
                            let tag = (place.clone(), key.to_owned(), value.to_owned());
                            index.by_tag.entry(tag).or_default().push(group);
                        }
                    }
                    (Some(place), None) => index.by_place.entry(place).or_default().push(group),
                    (None, _) => index.adrift.push(group),
                }
            }
        }
        for group in &mut index.groups {
            let mut seen = FxHashSet::default();
            if let Some(plans) = &mut group.plans {
                plans.retain(|(_, plan)| seen.insert(plan.clone()));
            }
        }
        index.find_classes(graph, &group_of);
        for rtype in stores() {
            for (at, store) in graph.all(rtype) {
                if graph.may_have_untold_tags(store) {
                    index.untold.push(at);
                }
                match place(store) {
                    Some(place) if rtype != GLOBAL_TABLE && place.0.is_some() => {
                        index.stores.entry(place).or_default().push(at);
                    }
                    _ => index.anywhere.push(at),
                }
            }
        }
        for (at, policy) in graph.all(ORGANIZATION_POLICY) {
            if policy.property("Type").and_then(Value::as_str) == Some("BACKUP_POLICY") {
                index.policies.push(at);
            }
        }
        index
    }

    /// Finds plans in one place that all have the same selections.
    fn find_classes(&mut self, graph: &Graph<'_>, group_of: &FxHashMap<usize, usize>) {
        let mut known: FxHashMap<(Place, Vec<usize>), usize> = FxHashMap::default();
        for (at, plan) in graph.all(PLAN) {
            let world = World::default();
            let (selections, _) = graph.referrers(at, SELECTION, &world);
            let there = place(plan);
            let is_beside = |selection: &usize| {
                let selection = graph.resource(*selection);
                selection.is_some_and(|selection| place(selection) == there)
            };
            let groups: Option<Vec<usize>> = selections
                .iter()
                .map(|selection| group_of.get(selection).filter(|_| is_beside(selection)))
                .map(|group| group.copied())
                .collect();
            let (Some(mut groups), Some(place), None) = (groups, there, world.take_needs()) else {
                continue;
            };
            groups.sort_unstable();
            groups.dedup();
            let next = self.classes.len();
            let class = *known.entry((place, groups)).or_insert(next);
            if class == next {
                self.classes.push((at, OnceLock::new()));
            }
            self.class_of.insert(at, class);
        }
    }

    /// The groups that may select a resource, in order.
    fn groups_for(&self, graph: &Graph<'_>, copies: &Copies<'_>) -> Vec<usize> {
        let mut found = self.adrift.clone();
        let is_known = copies.as_ref().is_ok_and(|copies| {
            let mut copies = copies.iter();
            copies.all(|copy| self.add_groups_for(graph, copy, &mut found).is_some())
        });
        if copies.as_ref().is_ok_and(Vec::is_empty) {
            return Vec::new();
        }
        if !is_known || scans() {
            return (0..self.groups.len()).collect();
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Adds those that may select it in one Region; `None` if these could be any.
    fn add_groups_for(
        &self,
        graph: &Graph<'_>,
        copy: &Result<Copy<'_>, Unknown>,
        found: &mut Vec<usize>,
    ) -> Option<()> {
        let copy = copy.as_ref().ok()?;
        let Region::In(region) = &copy.region else {
            return None;
        };
        let account = &copy.resource.account;
        let tags = graph.told_tags(copy)?;
        // What is not known to be in another account may be in the same.
        let is_here =
            |other: &&Option<Arc<str>>| account.is_none() || other.is_none() || *other == account;
        for other in self.accounts.iter().filter(is_here) {
            let place = (other.clone(), Arc::clone(region));
            found.extend(self.by_place.get(&place).into_iter().flatten());
            for (key, value) in &tags {
                let tag = (place.clone(), (*key).to_owned(), (*value).to_owned());
                found.extend(self.by_tag.get(&tag).into_iter().flatten());
            }
        }
        Some(())
    }

    /// What a plan may back up, in no order.
    fn stores_for(&self, plan: &Resource) -> Vec<usize> {
        let near = match place(plan).filter(|(account, _)| account.is_some()) {
            Some(place) => self.stores.get(&place).into_iter().flatten(),
            None => {
                return self
                    .stores
                    .values()
                    .flatten()
                    .chain(&self.anywhere)
                    .copied()
                    .collect();
            }
        };
        near.chain(&self.anywhere).copied().collect()
    }
}

/// The account and the Region of a resource, if its Region is known.
fn place(resource: &Resource) -> Option<Place> {
    match &resource.region {
        Region::In(name) => Some((resource.account.clone(), Arc::clone(name))),
        _ => None,
    }
}

/// All that a selection selects by; `None` if that is not known in every world, or depends on what
/// stands beside it.
fn what_it_says(selection: &Resource) -> Option<String> {
    let Value::Map(chosen) = selection.property("BackupSelection")? else {
        return None;
    };
    let mut text = String::new();
    for name in SELECTED_BY {
        if let Some(value) = chosen.get(name) {
            text.push_str(name);
            say(value, &mut text)?;
        }
    }
    (selection.exists == Value::Bool(true)).then_some(text)
}

/// Writes a value so that no two are written alike; `None` if it is not wholly known.
fn say(value: &Value, text: &mut String) -> Option<()> {
    match value {
        Value::Null => text.push('n'),
        Value::Bool(_) | Value::Int(_) | Value::Double(_) => {
            text.push_str(&format!("{value:?}"));
        }
        Value::String(said) => text.push_str(&format!("{said:?}")),
        Value::List(items) => {
            text.push('[');
            for item in items {
                say(item, text)?;
                text.push(',');
            }
            text.push(']');
        }
        Value::Map(map) => say_map(map, text)?,
        Value::Reference(_) | Value::Composed(_) | Value::Choice(_) | Value::Unknown(_) => {
            return None;
        }
    }
    Some(())
}

fn say_map(map: &Map, text: &mut String) -> Option<()> {
    text.push('{');
    for (name, value) in map.iter() {
        text.push_str(&format!("{name:?}:"));
        say(value, text)?;
        text.push(',');
    }
    text.push('}');
    Some(())
}

/// The tags that a selection selects by, each of which will do, if it selects by nothing else.
fn only_tags(selection: &Resource) -> Option<Vec<(&str, &str)>> {
    let chosen = selection.property("BackupSelection")?.as_map()?;
    if selection.exists != Value::Bool(true) || chosen.get("Resources").is_some() {
        return None;
    }
    let tags = chosen.get("ListOfTags")?.as_list()?;
    let tags = tags.iter().map(|tag| {
        let key = tag.as_map()?.get("ConditionKey")?.as_str()?;
        let key = key.strip_prefix(TAG).unwrap_or(key);
        Some((key, tag.as_map()?.get("ConditionValue")?.as_str()?))
    });
    let tags: Vec<_> = tags.collect::<Option<_>>()?;
    (!tags.is_empty()).then_some(tags)
}

impl Graph<'_> {
    /// The tags of a resource, if they are texts and the same in every world.
    fn told_tags<'r>(&self, copy: &Copy<'r>) -> Option<Vec<(&'r str, &'r str)>> {
        let Some(tags) = copy.tags else {
            let is_untold = self.unseen_tags(copy.resource).is_some();
            return (!is_untold).then(Vec::new);
        };
        match tags {
            Value::Map(tags) => tags
                .iter()
                .map(|(key, value)| Some((&**key, value.as_str()?)))
                .collect(),
            Value::List(tags) => tags
                .iter()
                .map(|tag| {
                    let tag = tag.as_map()?;
                    Some((tag.get("Key")?.as_str()?, tag.get("Value")?.as_str()?))
                })
                .collect(),
            _ => None,
        }
    }

    /// Whether a resource may have tags that where it was read does not say.
    fn may_have_untold_tags(&self, store: &Resource) -> bool {
        let is_silent = match &*store.rtype {
            GLOBAL_TABLE => true,
            rtype => types::tags_property(rtype).is_none_or(|tags| store.property(tags).is_none()),
        };
        is_silent && self.unseen_tags(store).is_some()
    }

    /// What may have one of the tags that selections select by, if they select by nothing else.
    fn with_tags_of(&self, selections: &[&Resource]) -> Option<Vec<usize>> {
        let tags: Vec<_> = selections
            .iter()
            .map(|selection| only_tags(selection))
            .collect::<Option<_>>()?;
        let mut found = self.plans().untold.clone();
        for rtype in stores() {
            for (key, value) in tags.iter().flatten() {
                found.extend(self.with_tag(rtype, key, value));
            }
            found.extend(self.with_unknown_tags(rtype));
        }
        found.sort_unstable();
        found.dedup();
        Some(found)
    }

    fn plans(&self) -> &Index {
        self.plans.get_or_init(|| Index::build(self))
    }

    /// The resources of a type.
    fn all(&self, rtype: &str) -> impl Iterator<Item = (usize, &Resource)> {
        let all = self.all_of_type(rtype).iter();
        all.filter_map(|at| Some((*at, self.resource(*at)?)))
    }

    /// The plan that a selection belongs to.
    fn plan_of(&self, selection: &Resource, world: &World) -> Plan {
        let plan = selection.property("BackupPlanId").unwrap_or(&Value::Null);
        match self.lookup(PLAN, plan, Some(selection), world)? {
            Some(plan) => Ok(plan),
            None => Err(Arc::new(Reason::Outside(plan.to_string().into()))),
        }
    }

    /// The same, if it is the same in every world.
    fn plan_everywhere(&self, selection: &Resource) -> Option<Plan> {
        let world = World::default();
        let plan = self.plan_of(selection, &world);
        world.take_needs().is_none().then_some(plan)
    }

    /// The groups of selections that choose a resource, and why there could be more.
    fn choosing(&self, resource: &Resource, world: &World) -> (Vec<&Group>, Option<Unknown>) {
        let index = self.plans();
        let mut open = self.gap(SELECTION, Some(resource));
        let mut found = Vec::new();
        let copies = self.regional_copies(resource, world);
        let groups = index.groups_for(self, &copies);
        for group in groups.into_iter().filter_map(|at| index.groups.get(at)) {
            let first = self.existing(&[group.first], world, &mut open);
            let Some(first) = first.first().and_then(|first| self.resource(*first)) else {
                continue;
            };
            match self.selects(first, &copies, world) {
                Ok(true) => found.push(group),
                Ok(false) => {}
                Err(why) => {
                    open.get_or_insert(why);
                }
            }
        }
        let makes_plans = |policy: &usize| {
            let policy = self.resource(*policy);
            policy.is_some_and(|policy| world.exists(policy) == Ok(true))
        };
        if index.policies.iter().any(makes_plans) {
            open.get_or_insert_with(|| {
                let why = "a backup policy of the organization makes plans, which are not read";
                Arc::new(Reason::Other(why.into()))
            });
        }
        (found, open)
    }

    /// The plans by which AWS Backup backs up a resource.
    pub fn backup_plans(&self, resource: &Resource, world: &World) -> Plans {
        let (groups, open) = self.choosing(resource, world);
        if let [
            Group {
                plans: Some(plans), ..
            },
        ] = groups.as_slice()
        {
            let known = plans.iter().map(|(_, plan)| plan.clone()).collect();
            return Plans { known, open };
        }
        let mut all: Vec<(usize, Plan)> = Vec::new();
        for group in groups {
            match &group.plans {
                Some(plans) => all.extend(plans.iter().cloned()),
                None => all.extend(
                    self.resource(group.first)
                        .map(|selection| (group.first, self.plan_of(selection, world))),
                ),
            }
        }
        all.sort_by_key(|(selection, _)| *selection);
        let mut seen = FxHashSet::default();
        let plans = all.into_iter().map(|(_, plan)| plan);
        Plans {
            known: plans.filter(|plan| seen.insert(plan.clone())).collect(),
            open,
        }
    }

    /// The Regions that AWS Backup copies backups of a resource to, and why there could be more.
    pub(super) fn backup_regions(
        &self,
        resource: &Resource,
        world: &World,
    ) -> (BTreeSet<RegionName>, Option<Unknown>) {
        let (groups, mut open) = self.choosing(resource, world);
        let mut regions = BTreeSet::new();
        for group in groups {
            let everywhere = group.copies.get_or_init(|| {
                let world = World::default();
                let copies = self.copies_of_group(group, &world);
                world.take_needs().is_none().then_some(copies)
            });
            let here;
            let (copies, gap) = match everywhere {
                Some(copies) => copies,
                None => {
                    here = self.copies_of_group(group, world);
                    &here
                }
            };
            regions.extend(copies.iter().cloned());
            open = open.or_else(|| gap.clone());
        }
        (regions, open)
    }

    fn copies_of_group(
        &self,
        group: &Group,
        world: &World,
    ) -> (BTreeSet<RegionName>, Option<Unknown>) {
        let (mut regions, mut open) = (BTreeSet::new(), None);
        let mut add = |plan: &Plan| match plan {
            Ok(plan) => self.copies_of_plan(*plan, world, &mut regions, &mut open),
            Err(why) => {
                open.get_or_insert_with(|| Arc::clone(why));
            }
        };
        match &group.plans {
            Some(plans) => plans.iter().for_each(|(_, plan)| add(plan)),
            None => {
                if let Some(selection) = self.resource(group.first) {
                    add(&self.plan_of(selection, world));
                }
            }
        }
        (regions, open)
    }

    /// The resources that a plan backs up, of those that were read.
    pub fn backed_up(&self, plan: usize, world: &World) -> (Vec<usize>, Option<Unknown>) {
        let index = self.plans();
        let class = index.class_of.get(&plan);
        let Some((first, answer)) = class.and_then(|class| index.classes.get(*class)) else {
            return self.backed_up_by(plan, world);
        };
        let everywhere = answer.get_or_init(|| {
            let world = World::default();
            let found = self.backed_up_by(*first, &world);
            world.take_needs().is_none().then_some(found)
        });
        match everywhere {
            Some(found) => found.clone(),
            None => self.backed_up_by(plan, world),
        }
    }

    fn backed_up_by(&self, plan: usize, world: &World) -> Found {
        let mut open = None;
        let mut found = Vec::new();
        let (selections, _) = self.referrers(plan, SELECTION, world);
        let Some(here) = self.resource(plan).filter(|_| !selections.is_empty()) else {
            return (found, open);
        };
        let selections: Vec<&Resource> = selections
            .iter()
            .filter_map(|i| self.resource(*i))
            .collect();
        let is_beside = |selection: &&Resource| place(selection) == place(here);
        let mut by_type: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        if let Some(tagged) = self.with_tags_of(&selections).filter(|_| !scans()) {
            for at in tagged {
                if let Some(store) = self.resource(at) {
                    by_type.entry(&store.rtype).or_default().push(at);
                }
            }
        } else if selections.iter().all(is_beside) && !scans() {
            for at in self.plans().stores_for(here) {
                if let Some(store) = self.resource(at) {
                    by_type.entry(&store.rtype).or_default().push(at);
                }
            }
        } else {
            by_type.extend(
                stores().filter_map(|rtype| Some((rtype, self.by_type.get(rtype)?.clone()))),
            );
        }
        for rtype in stores() {
            // A plan backs up what is in its account and Region.
            open = open.or_else(|| self.gap(rtype, Some(here)));
            let mut stores = by_type.remove(rtype).unwrap_or_default();
            stores.sort_unstable();
            for index in self.existing(&stores, world, &mut open) {
                let Some(resource) = self.resource(index) else {
                    continue;
                };
                let copies = self.regional_copies(resource, world);
                let selections = selections.iter();
                match any(selections.map(|from| self.selects(from, &copies, world))) {
                    Ok(true) => found.push(index),
                    Ok(false) => {}
                    Err(why) => {
                        open.get_or_insert(why);
                    }
                }
            }
        }
        (found, open)
    }
}
