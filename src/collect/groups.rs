//! Which calls it takes to read some types, each made once however many types it tells of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::api;
use crate::model::OBSERVED;
use crate::types::{self, Column, Detail, Fact, Filter, Given, Hop, Plan, Property};

/// What is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All that type files know how to ask for.
    Everything,
    /// These types, and of each these properties; `None` for all of them.
    Only(BTreeMap<Arc<str>, Option<BTreeSet<Arc<str>>>>),
}

/// A list that is called, and the types that it tells of.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) call: Box<str>,
    pub(super) input: Vec<(Box<str>, Given)>,
    pub(super) variants: Vec<(Box<str>, Vec<Box<str>>)>,
    pub(super) global: bool,
    pub(super) members: Vec<Member>,
    /// The groups that are called for each item of this one.
    pub(super) dependents: Vec<Group>,
    each: Option<Arc<str>>,
    /// The parents that it is called for.
    pub(super) each_filters: Vec<Filter>,
    /// Errors that mean that there are none.
    pub(super) absent: Vec<Box<str>>,
}

/// A type that a list tells of.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) rtype: Arc<str>,
    pub(super) plan: Plan,
    /// The further calls that nothing wanted needs.
    pub(super) left_out: Vec<Arc<str>>,
}

impl Group {
    fn is_like(&self, plan: &Plan) -> bool {
        self.call == plan.call
            && self.input == plan.input
            && self.variants == plan.variants
            && self.global == plan.global
            && self.each == plan.each
            && self.each_filters == plan.each_filters
            && self.absent == plan.absent
    }

    /// Every type that it and what depends on it tells of.
    pub(super) fn types(&self) -> BTreeSet<Arc<str>> {
        let mut types: BTreeSet<Arc<str>> =
            self.members.iter().map(|m| Arc::clone(&m.rtype)).collect();
        for dependent in &self.dependents {
            types.extend(dependent.types());
        }
        types
    }

    /// The type for each of whose resources it is called.
    pub(super) fn parent(&self) -> Option<&str> {
        self.each.as_deref()
    }

    /// The groups that are called for each item of a type.
    pub(super) fn dependents_of<'g>(&'g self, rtype: &'g str) -> impl Iterator<Item = &'g Group> {
        let dependents = self.dependents.iter();
        dependents.filter(move |dependent| dependent.parent() == Some(rtype))
    }

    /// Whether it lists the parents of another.
    fn lists(&self, other: &Group) -> bool {
        let mut members = self.members.iter();
        members.any(|member| other.each.as_deref() == Some(&*member.rtype))
    }

    /// What tells it from the others.
    pub(super) fn name(&self) -> String {
        let types: Vec<Arc<str>> = self.types().into_iter().collect();
        format!("{} {:?} {:?}", self.call, self.input, types)
    }

    /// The service that is called.
    pub(super) fn service(&self) -> &str {
        api::split(&self.call).0
    }

    /// Every operation that it and what depends on it calls.
    fn operations(&self, found: &mut BTreeSet<Box<str>>) {
        found.insert(self.call.clone());
        for member in &self.members {
            found.extend(member.plan.describe.iter().map(|d| d.call.clone()));
            let then = member.plan.then.iter();
            let asked = then.filter(|(name, _)| !member.left_out.contains(name));
            found.extend(asked.map(|(_, detail)| detail.call.clone()));
        }
        for dependent in &self.dependents {
            dependent.operations(found);
        }
    }
}

/// The groups that read what is wanted, those that depend on others inside these.
pub(super) fn groups(wanted: &Wanted) -> Vec<Group> {
    let mut all: Vec<Group> = Vec::new();
    for rtype in types::live() {
        let Some(file) = types::file(rtype) else {
            continue;
        };
        let properties = match wanted {
            Wanted::Everything => None,
            Wanted::Only(types) => match types.get(rtype) {
                Some(properties) => properties.as_ref(),
                None if is_parent(rtype, types) => Some(const { &BTreeSet::new() }),
                None => continue,
            },
        };
        for plan in &file.live {
            let left_out = match properties {
                None => Vec::new(),
                Some(read) => plan
                    .then
                    .iter()
                    .filter(|(name, _)| {
                        let reads = |p: &&Property| reads_call(p, name, read);
                        !file.properties.iter().any(|p| reads(&p))
                            && !file.facts.iter().any(|fact| reads_fact(fact, name, read))
                            && !reads_tags(plan, rtype, name, read)
                            && !feeds_others(plan, name)
                    })
                    .map(|(name, _)| Arc::clone(name))
                    .collect(),
            };
            let member = Member {
                rtype: rtype.into(),
                plan: plan.clone(),
                left_out,
            };
            match all.iter_mut().find(|group| group.is_like(plan)) {
                Some(group) => group.members.push(member),
                None => all.push(Group {
                    call: plan.call.clone(),
                    input: plan.input.clone(),
                    variants: plan.variants.clone(),
                    global: plan.global,
                    members: vec![member],
                    dependents: Vec::new(),
                    each: plan.each.clone(),
                    each_filters: plan.each_filters.clone(),
                    absent: plan.absent.clone(),
                }),
            }
        }
    }
    nest(all)
}

/// Puts groups into those whose items they are called for.
fn nest(all: Vec<Group>) -> Vec<Group> {
    let (mut waiting, mut roots): (Vec<Group>, Vec<Group>) =
        all.into_iter().partition(|group| group.each.is_some());
    loop {
        let before = waiting.len();
        waiting = waiting
            .into_iter()
            .filter_map(|group| adopt(&mut roots, group))
            .collect();
        if waiting.is_empty() || waiting.len() == before {
            deepen(&mut roots);
            return roots;
        }
    }
}

/// What is called for each item of a group is called as well for those inside them: the accounts of an
/// organizational unit in another.
fn deepen(groups: &mut [Group]) {
    for group in groups {
        let (mut inside, others): (Vec<Group>, Vec<Group>) = std::mem::take(&mut group.dependents)
            .into_iter()
            .partition(|group| group.lists(group));
        for inner in &mut inside {
            let same = others.iter().filter(|other| other.each == inner.each);
            inner.dependents.extend(same.cloned());
        }
        group.dependents = inside;
        group.dependents.extend(others);
        deepen(&mut group.dependents);
    }
}

/// Gives a group to the one that lists its parents: to that which is called where it is, if there is a
/// choice. Gives it back if there is none.
fn adopt(groups: &mut [Group], orphan: Group) -> Option<Group> {
    let is_same = |group: &Group| group.global == orphan.global;
    let any = groups
        .iter()
        .any(|group| group.lists(&orphan) && is_same(group));
    for group in groups.iter_mut() {
        if group.lists(&orphan) && (!any || group.global == orphan.global) {
            let global = group.global;
            group.dependents.push(Group { global, ..orphan });
            return None;
        }
    }
    let mut orphan = orphan;
    for group in groups {
        orphan = adopt(&mut group.dependents, orphan)?;
    }
    Some(orphan)
}

/// Whether something wanted is listed for each resource of a type, or for each of what is listed for
/// each of it, and so on.
fn is_parent(rtype: &str, wanted: &BTreeMap<Arc<str>, Option<BTreeSet<Arc<str>>>>) -> bool {
    let mut open: Vec<&str> = wanted.keys().map(AsRef::as_ref).collect();
    // An organizational unit is listed for each organizational unit.
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while let Some(child) = open.pop() {
        if !seen.insert(child) {
            continue;
        }
        let plans = types::file(child).map_or(&[][..], |file| &file.live);
        for parent in plans.iter().filter_map(|plan| plan.each.as_deref()) {
            if parent == rtype {
                return true;
            }
            open.push(parent);
        }
    }
    false
}

/// Whether a property that is read comes from a further call.
fn reads_call(property: &Property, call: &str, read: &BTreeSet<Arc<str>>) -> bool {
    let Some(types::Step::Name(first)) = property.path.first() else {
        return false;
    };
    is_from(property.live.as_ref(), call) && read.contains(first)
}

/// Whether a fact that is read comes from a further call.
fn reads_fact(fact: &Fact, call: &str, read: &BTreeSet<Arc<str>>) -> bool {
    is_from(fact.live.as_ref(), call)
        && (read.contains(OBSERVED) || read.contains(&*format!("{OBSERVED}.{}", fact.name())))
}

/// Whether a column reads what a further call tells.
pub(super) fn is_from(column: Option<&Column>, call: &str) -> bool {
    let first = column.and_then(|column| column.path.first());
    matches!(first, Some(Hop::Name(name)) if name.strip_prefix('$') == Some(call))
}

fn reads_tags(plan: &Plan, rtype: &str, call: &str, read: &BTreeSet<Arc<str>>) -> bool {
    let path = plan.tags.as_deref().and_then(|tags| tags.strip_prefix('$'));
    path.is_some_and(|path| path.split(['.', '[']).next() == Some(call))
        && types::tags_property(rtype).is_some_and(|tags| read.contains(tags))
}

/// Whether the ids or other calls about an item use what a call says.
fn feeds_others(plan: &Plan, call: &str) -> bool {
    let wanted = format!("${call}");
    let uses = |text: &str| text.contains(&wanted);
    let given = |detail: &Detail| {
        let paths = detail.input.iter();
        paths
            .into_iter()
            .any(|(_, given)| matches!(given, Given::Path(path) if uses(path)))
    };
    uses(&plan.id)
        || plan.arn.as_deref().is_some_and(uses)
        || plan.names.iter().any(|name| uses(name))
        || plan.then.iter().any(|(_, detail)| given(detail))
}

/// The IAM actions that reading what is wanted takes, and what `sts`, the list of Regions and, if
/// asked for, the organisation take.
pub(super) fn actions(wanted: &Wanted, organisation: bool) -> BTreeSet<String> {
    let mut operations = BTreeSet::from(["ec2.DescribeRegions".into()]);
    if organisation {
        operations.insert("organizations.ListAccounts".into());
    }
    for group in groups(wanted) {
        group.operations(&mut operations);
    }
    let mut actions: BTreeSet<String> = operations
        .iter()
        .filter_map(|call| action(call))
        .map(str::to_owned)
        .collect();
    if organisation {
        actions.insert("sts:AssumeRole".to_owned());
    }
    actions
}

/// The IAM action that a call takes.
pub(super) fn action(call: &str) -> Option<&'static str> {
    let (service, operation) = api::split(call);
    Some(&api::service(service)?.operation(operation)?.action)
}

/// `rds:DescribeDBInstances`, as people write it.
pub(super) fn shown(call: &str) -> String {
    call.replacen('.', ":", 1)
}
