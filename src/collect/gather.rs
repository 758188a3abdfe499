//! Runs one list, what depends on it, and what more is asked about each of its items.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::SystemTime;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Map as Json, Value as JsonValue};

use super::api::{self, Fault, FaultKind};
use super::client::Client;
use super::groups::{self, Group, Member};
use super::item;
use super::resource::{self, Missing, Place};
use crate::model::{Map, Resource, Value};
use crate::source::native::{Gap, GapStatus};
use crate::types::{self, Detail};

/// How many calls about the items of one list are under way at once.
const AT_ONCE: usize = 8;

/// Organisational units are nested five deep at most
/// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html>).
const MAX_DEPTH: usize = 8;

/// A call that was denied so often in a row is not made again.
const ENOUGH: usize = 3;

/// What one list and all that depends on it told.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) resources: Vec<Resource>,
    pub(super) gaps: Vec<Gap>,
    /// The credentials ran out on the way.
    pub(super) expired: bool,
}

/// Where and by whom a list is called.
#[derive(Debug)]
pub(super) struct Job<'c> {
    pub(super) client: &'c Client,
    pub(super) account: Arc<str>,
    pub(super) partition: &'static str,
    /// The Region that calls go to.
    pub(super) region: Arc<str>,
    /// The Regions that are read.
    pub(super) regions: &'c [Arc<str>],
}

impl Job<'_> {
    /// Where the resources of a group are.
    fn place(&self, group: &Group) -> Place {
        Place {
            account: Arc::clone(&self.account),
            region: (!group.global).then(|| Arc::clone(&self.region)),
        }
    }

    /// What paths call `$region` and so on.
    fn context(&self, item: &mut Map) {
        item::set(item, "$region", &*self.region);
        item::set(item, "$account", &*self.account);
        item::set(item, "$partition", self.partition);
        item::set(item, "$suffix", api::dns_suffix(self.partition));
    }

    /// Runs a group that depends on nothing.
    pub(super) async fn run(&self, group: &Group) -> Found {
        let mut root = Map::default();
        self.context(&mut root);
        let mut found = Found::default();
        self.group(group, vec![root], &mut found).await;
        found
    }

    /// Runs a group for each of its parents, then those that depend on it.
    fn group<'a>(
        &'a self,
        group: &'a Group,
        parents: Vec<Map>,
        found: &'a mut Found,
    ) -> LocalBoxFuture<'a, ()> {
        Box::pin(async move {
            let denied = Denied::default();
            let combinations = combinations(&group.variants);
            let parents = parents.iter();
            let parents: Vec<&Map> = parents
                .filter(|parent| item::passes(parent, &group.each_filters))
                .collect();
            let asked = parents
                .iter()
                .flat_map(|parent| combinations.iter().map(move |variant| (*parent, variant)));
            let answers: Vec<(Vec<Vec<Map>>, Option<Fault>)> = stream::iter(asked)
                .map(|(parent, variant)| self.list(group, parent, variant, &denied))
                .buffered(AT_ONCE)
                .collect()
                .await;
            let mut items: Vec<Vec<Map>> = vec![Vec::new(); group.members.len()];
            for (listed, fault) in answers {
                let some = listed.iter().any(|items| !items.is_empty());
                for (all, more) in items.iter_mut().zip(listed) {
                    all.extend(more);
                }
                if let Some(fault) = fault {
                    let status = match some || group.variants.len() + parents.len() > 1 {
                        true => GapStatus::Partial,
                        false => GapStatus::Missing,
                    };
                    self.gap(group, &group.call, status, &fault, found);
                }
            }
            for (member, items) in group.members.iter().zip(items) {
                let kept = self.member(group, member, items, found).await;
                // Organisational units have units in them.
                if group.parent() == Some(&*member.rtype) {
                    let deeper = kept.iter().filter(|item| depth(item) < MAX_DEPTH);
                    let deeper: Vec<Map> = deeper.cloned().collect();
                    if !deeper.is_empty() {
                        self.group(group, deeper, found).await;
                    }
                }
                for dependent in group.dependents_of(&member.rtype) {
                    if !kept.is_empty() {
                        self.group(dependent, kept.clone(), found).await;
                    }
                }
            }
        })
    }

    /// All items that one call lists, for each member, and what cut it short.
    async fn list(
        &self,
        group: &Group,
        parent: &Map,
        variant: &[(Box<str>, Box<str>)],
        denied: &Denied,
    ) -> (Vec<Vec<Map>>, Option<Fault>) {
        let mut items: Vec<Vec<Map>> = vec![Vec::new(); group.members.len()];
        let Some(mut input) = inputs(&group.call, &group.input, parent) else {
            return (items, None);
        };
        for (name, value) in variant {
            input.insert(name.to_string(), JsonValue::from(&**value));
        }
        if let Some(fault) = denied.last() {
            return (items, Some(fault));
        }
        let given: Map = input
            .iter()
            .filter_map(|(name, value)| {
                Some((name.as_str().into(), Value::string(value.as_str()?)))
            })
            .collect();
        let is_root = parent.get("$parent").is_none() && group.parent().is_none();
        let outcome = self
            .client
            .pages(&group.call, &self.region_of(parent), input, |answer| {
                let now = super::timestamp(SystemTime::now());
                for (member, items) in group.members.iter().zip(&mut items) {
                    for mut item in item::items(answer, &member.plan.items) {
                        self.context(&mut item);
                        item.insert("$input".into(), Value::Map(given.clone()));
                        if types::has_times(&member.rtype) {
                            item::set(&mut item, "$captured", &*now);
                        }
                        let own = member.plan.region.as_ref();
                        let own = own.and_then(|path| item::text(&item, path));
                        if let Some(own) = own.or_else(|| item::text(parent, "$own")) {
                            // What one list tells of all Regions is read of those asked for.
                            if !self.regions.iter().any(|region| **region == *own) {
                                continue;
                            }
                            item::set(&mut item, "$own", own);
                        }
                        if !is_root {
                            item.insert("$parent".into(), Value::Map(parent.clone()));
                        }
                        items.push(item);
                    }
                }
            })
            .await;
        denied.note(&outcome);
        match outcome {
            Ok(()) => (items, None),
            Err(fault)
                if fault.kind == FaultKind::NoService
                    || is_gone(&fault)
                    || group.absent.iter().any(|code| **code == *fault.code) =>
            {
                (items, None)
            }
            Err(fault) => (items, Some(fault)),
        }
    }

    /// Makes resources of a member's items; the items, for what depends on them.
    async fn member(
        &self,
        group: &Group,
        member: &Member,
        mut items: Vec<Map>,
        found: &mut Found,
    ) -> Vec<Map> {
        let plan = &member.plan;
        let place = self.place(group);
        if let Some(describe) = &plan.describe {
            let mut described = Vec::new();
            for (item, outcome) in self.about(describe, items).await {
                match outcome {
                    Ok(Some(Value::Map(more))) => described.push(merged(item, more, describe)),
                    Ok(_) => {}
                    Err(fault) => {
                        let why = said(&describe.call, &fault);
                        let call = &describe.call;
                        let partial = GapStatus::Partial;
                        let mut gap = self.gap_for(&member.rtype, group, call, partial, &fault);
                        if let Some(blank) =
                            resource::blank(&member.rtype, plan, &item, &place, &why)
                        {
                            found.resources.push(blank);
                            gap.properties = vec!["*".to_owned()];
                        }
                        found.note(gap, &fault);
                        // What is listed for each of them is not listed for this one.
                        for dependent in group.dependents_of(&member.rtype) {
                            self.gap(dependent, call, partial, &fault, found);
                        }
                    }
                }
            }
            items = described;
        }
        items.retain(|item| item::passes(item, &plan.filters));
        let mut missing: Vec<Missing> = vec![Missing::new(); items.len()];
        for (name, detail) in &plan.then {
            if member.left_out.contains(name) {
                let why: Arc<str> = format!(
                    "{} was not called: no rule that was selected needs it",
                    groups::shown(&detail.call)
                )
                .into();
                for missing in &mut missing {
                    missing.push((Arc::clone(name), Arc::clone(&why)));
                }
                continue;
            }
            let key: Arc<str> = format!("${name}").into();
            let asked = self.about(detail, items).await;
            items = Vec::with_capacity(asked.len());
            for ((mut item, outcome), missing) in asked.into_iter().zip(&mut missing) {
                match outcome {
                    Ok(Some(value)) => item.insert(Arc::clone(&key), value),
                    // There is none, or it was not about this item.
                    Ok(None) => {}
                    Err(fault) => {
                        let why = said(&detail.call, &fault);
                        missing.push((Arc::clone(name), why.into()));
                        let mut gap = self.gap_for(
                            &member.rtype,
                            group,
                            &detail.call,
                            GapStatus::Partial,
                            &fault,
                        );
                        gap.properties = resource::told_by(&member.rtype, plan, name);
                        found.note(gap, &fault);
                    }
                }
                items.push(item);
            }
        }
        for (item, missing) in items.iter().zip(&missing) {
            let built = resource::build(&member.rtype, plan, item, &place, missing);
            found.resources.extend(built);
        }
        items
    }

    /// Asks something about each item. `Ok(None)`: there is none.
    async fn about(
        &self,
        detail: &Detail,
        items: Vec<Map>,
    ) -> Vec<(Map, Result<Option<Value>, Fault>)> {
        let denied = Denied::default();
        match detail.batch {
            Some(size) => self.in_batches(detail, items, size.max(1), &denied).await,
            None => {
                stream::iter(items)
                    .map(async |item| {
                        let outcome = self.one(detail, &item, &denied).await;
                        (item, outcome)
                    })
                    .buffered(AT_ONCE)
                    .collect()
                    .await
            }
        }
    }

    async fn one(
        &self,
        detail: &Detail,
        item: &Map,
        denied: &Denied,
    ) -> Result<Option<Value>, Fault> {
        let Some(input) = inputs(&detail.call, &detail.input, item)
            .filter(|_| item::passes(item, &detail.filters))
        else {
            return Ok(None);
        };
        if let Some(fault) = denied.last() {
            return Err(fault);
        }
        let region = self.region_of(item);
        let mut taken: Option<Value> = None;
        let outcome = self
            .client
            .pages(&detail.call, &region, input, |answer| {
                taken = join(taken.take(), take(answer, &detail.take));
            })
            .await;
        denied.note(&outcome);
        match outcome {
            Ok(()) => Ok(taken),
            Err(fault) if is_none(&fault, detail) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Asks about several items at a time.
    async fn in_batches(
        &self,
        detail: &Detail,
        items: Vec<Map>,
        size: usize,
        denied: &Denied,
    ) -> Vec<(Map, Result<Option<Value>, Fault>)> {
        // What else is given may differ, so only items with the same go together.
        let mut batches: BTreeMap<String, Vec<(usize, JsonValue)>> = BTreeMap::new();
        let mut others: BTreeMap<String, (Json<String, JsonValue>, Option<String>)> =
            BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let Some(mut input) = inputs(&detail.call, &detail.input, item)
                .filter(|_| item::passes(item, &detail.filters))
            else {
                continue;
            };
            let list = input
                .iter()
                .find(|(_, value)| value.is_array())
                .map(|(name, _)| name.clone());
            let Some(list) = list else { continue };
            let one = match input.remove(&list) {
                Some(JsonValue::Array(mut one)) => one.pop(),
                _ => None,
            };
            let key = format!(
                "{} {}",
                self.region_of(item),
                JsonValue::Object(input.clone())
            );
            batches
                .entry(key.clone())
                .or_default()
                .extend(one.map(|one| (index, one)));
            others.insert(key, (input, Some(list)));
        }
        let mut outcomes: Vec<Result<Option<Value>, Fault>> = vec![Ok(None); items.len()];
        let chunks: Vec<(&String, Vec<(usize, JsonValue)>)> = batches
            .iter()
            .flat_map(|(key, all)| all.chunks(size).map(move |chunk| (key, chunk.to_vec())))
            .collect();
        let answers: Vec<_> = stream::iter(chunks)
            .map(async |(key, chunk)| {
                let (mut input, list) = others.get(key).cloned().unwrap_or_default();
                let values = chunk.iter().map(|(_, value)| value.clone()).collect();
                input.insert(list.unwrap_or_default(), JsonValue::Array(values));
                let first = chunk.first().and_then(|(index, _)| items.get(*index));
                let region = first.map_or_else(|| Arc::clone(&self.region), |i| self.region_of(i));
                let mut taken: Option<Value> = None;
                let outcome = match denied.last() {
                    Some(fault) => Err(fault),
                    None => {
                        self.client
                            .pages(&detail.call, &region, input, |answer| {
                                taken = join(taken.take(), take(answer, &detail.take));
                            })
                            .await
                    }
                };
                denied.note(&outcome);
                (chunk, outcome.map(|()| taken))
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        for (chunk, outcome) in answers {
            let results = match outcome {
                Ok(Some(Value::List(results))) => results,
                Ok(_) => continue,
                Err(fault) if is_none(&fault, detail) => continue,
                Err(fault) => {
                    for (index, _) in chunk {
                        if let Some(slot) = outcomes.get_mut(index) {
                            *slot = Err(fault.clone());
                        }
                    }
                    continue;
                }
            };
            for (at, (index, value)) in chunk.iter().enumerate() {
                let result = match &detail.matches {
                    Some(path) => results.iter().find(|result| {
                        let said = result.as_map().and_then(|map| item::text(map, path));
                        said.as_deref() == value.as_str()
                    }),
                    // A result names what it is about, or they come in the order they were asked
                    // for, if none is missing.
                    None => results
                        .iter()
                        .find(|result| names(result, value))
                        .or_else(|| results.get(at).filter(|_| results.len() == chunk.len())),
                };
                if let (Some(slot), Some(result)) = (outcomes.get_mut(*index), result) {
                    *slot = Ok(Some(result.clone()));
                }
            }
        }
        items.into_iter().zip(outcomes).collect()
    }

    /// The Region to ask about an item: its own, if its list is not a Region's.
    fn region_of(&self, item: &Map) -> Arc<str> {
        item::text(item, "$own")
            .map(Arc::from)
            .unwrap_or_else(|| Arc::clone(&self.region))
    }

    /// Notes that a call told nothing of any of a group's types.
    fn gap(&self, group: &Group, call: &str, status: GapStatus, fault: &Fault, found: &mut Found) {
        for rtype in group.types() {
            self.gap_of(&rtype, group, call, status, fault, found);
        }
    }

    fn gap_of(
        &self,
        rtype: &Arc<str>,
        group: &Group,
        call: &str,
        status: GapStatus,
        fault: &Fault,
        found: &mut Found,
    ) {
        found.note(self.gap_for(rtype, group, call, status, fault), fault);
    }

    fn gap_for(
        &self,
        rtype: &Arc<str>,
        group: &Group,
        call: &str,
        status: GapStatus,
        fault: &Fault,
    ) -> Gap {
        Gap {
            rtype: Some(rtype.to_string()),
            account: Some(self.account.to_string()),
            region: where_missing(group, rtype, &self.region),
            status,
            properties: Vec::new(),
            operation: Some(groups::shown(call)),
            action: groups::action(call).map(str::to_owned),
            reason: said(call, fault),
        }
    }
}

impl Found {
    fn note(&mut self, gap: Gap, fault: &Fault) {
        self.expired |= fault.kind == FaultKind::Expired;
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }
}

/// Whether a field of a result is what was asked for.
fn names(result: &Value, asked: &JsonValue) -> bool {
    let mut fields = result.as_map().into_iter().flat_map(Map::iter);
    asked
        .as_str()
        .is_some_and(|asked| fields.any(|(_, value)| value.as_str() == Some(asked)))
}

/// How many parents something has above it.
fn depth(item: &Map) -> usize {
    let mut depth = 0;
    let mut item = Some(item);
    while let Some(parent) = item.and_then(|item| item.get("$parent")) {
        depth += 1;
        item = parent.as_map();
    }
    depth
}

/// What is known of calls of one kind that were denied.
#[derive(Debug, Default)]
struct Denied {
    in_a_row: AtomicUsize,
    ever: AtomicBool,
    fault: std::sync::Mutex<Option<Fault>>,
}

impl Denied {
    fn note<T>(&self, outcome: &Result<T, Fault>) {
        match outcome {
            Ok(_) => {
                self.in_a_row.store(0, Ordering::Relaxed);
                self.ever.store(true, Ordering::Relaxed);
            }
            Err(fault) if fault.kind == FaultKind::Denied || fault.kind == FaultKind::Expired => {
                self.in_a_row.fetch_add(1, Ordering::Relaxed);
                *super::client::lock(&self.fault) = Some(fault.clone());
            }
            Err(_) => {}
        }
    }

    /// Why there is no need to ask again.
    fn last(&self) -> Option<Fault> {
        let is_enough = self.in_a_row.load(Ordering::Relaxed) >= ENOUGH;
        (is_enough && !self.ever.load(Ordering::Relaxed))
            .then(|| super::client::lock(&self.fault).clone())
            .flatten()
    }
}

/// The Region of which resources are missing if a list is; `None` for all of them.
pub(super) fn where_missing(group: &Group, rtype: &str, region: &str) -> Option<String> {
    match (group.global, types::can_be_global(rtype)) {
        (false, _) => Some(region.to_owned()),
        (true, true) => Some("global".to_owned()),
        // One list tells of the buckets of all Regions.
        (true, false) => None,
    }
}

/// What a call that failed means for what it would have told.
pub(super) fn said(call: &str, fault: &Fault) -> String {
    let shown = groups::shown(call);
    let advice = match (fault.kind, groups::action(call)) {
        (FaultKind::Denied, Some(action)) => format!("; it takes the permission {action}"),
        _ => String::new(),
    };
    format!("{shown}: {fault}{advice}")
}

/// An input list takes one text as a list of it.
fn inputs(
    call: &str,
    given: &[(Box<str>, crate::types::Given)],
    item: &Map,
) -> Option<Json<String, JsonValue>> {
    let (service, operation) = api::split(call);
    let mut inputs = item::inputs(given, item)?;
    if let Some(service) = api::service(service) {
        for (name, value) in &mut inputs {
            if service.takes_list(operation, name) && !value.is_array() {
                *value = JsonValue::Array(vec![value.take()]);
            }
        }
    }
    Some(inputs)
}

/// Every combination of the values of some inputs.
fn combinations(variants: &[(Box<str>, Vec<Box<str>>)]) -> Vec<Vec<(Box<str>, Box<str>)>> {
    let mut all = vec![Vec::new()];
    for (name, values) in variants {
        all = all
            .into_iter()
            .flat_map(|before: Vec<(Box<str>, Box<str>)>| {
                values.iter().map(move |value| {
                    let mut one = before.clone();
                    one.push((name.clone(), value.clone()));
                    one
                })
            })
            .collect();
    }
    all
}

/// What is wanted of an answer.
fn take(answer: &Map, path: &str) -> Option<Value> {
    if path.is_empty() {
        return Some(Value::Map(answer.clone()));
    }
    let found = item::find(answer, path);
    match path.ends_with("[]") {
        true => Some(Value::List(found.into_iter().cloned().collect())),
        false => found.first().map(|value| (*value).clone()),
    }
}

/// Two pages as one.
fn join(one: Option<Value>, other: Option<Value>) -> Option<Value> {
    match (one, other) {
        (Some(Value::List(one)), Some(Value::List(other))) => {
            let mut all = one.into_vec();
            all.extend(other);
            Some(Value::List(all.into()))
        }
        (one, None) => one,
        (None, other) => other,
        (one, _) => one,
    }
}

/// An item with what more was said about it.
fn merged(item: Map, more: Map, detail: &Detail) -> Map {
    let mut whole = more;
    for (name, value) in item.iter() {
        if (detail.merge || name.starts_with('$')) && whole.get(name).is_none() {
            whole.insert(Arc::clone(name), value.clone());
        }
    }
    whole
}

/// Whether an error says that there is none of what was asked for.
fn is_none(fault: &Fault, detail: &Detail) -> bool {
    detail.absent.iter().any(|code| **code == *fault.code)
        || fault.kind == FaultKind::NoService
        || is_gone(fault)
}

/// Whether what was asked about is not there, any more.
fn is_gone(fault: &Fault) -> bool {
    fault.kind == FaultKind::Refused
        && (fault.code.contains("NotFound") || fault.code.starts_with("NoSuch"))
}
