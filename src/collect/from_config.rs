//! Collecting from AWS Config: what it has recorded of an account, or of all behind an aggregator,
//! in a few calls and without any access to the services themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map as Json, Value as JsonValue, json};

use super::api::{Fault, FaultKind};
use super::gather::{self, Found};
use super::groups;
use super::item;
use super::{Account, CollectError, Collection, Event, accounts, write_error};
use crate::model::{Map, Reason, Resource, Value};
use crate::source::aws_config;
use crate::source::native::{Gap, GapStatus};
use crate::types::{self, Def, Door, Kind, Shape, Step};

/// An expression has at most 4,096 characters
/// (<https://docs.aws.amazon.com/config/latest/APIReference/API_SelectResourceConfig.html>).
const TYPES_AT_ONCE: usize = 40;

/// `BatchGetResourceConfig` takes 100 keys at a time
/// (<https://docs.aws.amazon.com/config/latest/APIReference/API_BatchGetResourceConfig.html>).
const ITEMS_AT_ONCE: usize = 100;

/// Makes a gap of a type, how much is missing, the call that failed, and why.
type NewGap<'g> = dyn Fn(Option<&str>, GapStatus, Option<&str>, String) -> Gap + 'g;

/// A recorded resource, as a query names it.
struct Key {
    rtype: String,
    id: String,
    account: String,
    region: String,
    tags: JsonValue,
}

/// Reads what AWS Config has of an account; whether the credentials ran out.
pub(super) async fn account(
    collection: &Collection<'_>,
    account: &Account,
    aggregator: Option<&str>,
) -> Result<bool, CollectError> {
    let regions: Vec<Arc<str>> = match aggregator {
        Some(_) => vec![accounts::home(&account.client).into()],
        None => collection.regions.clone(),
    };
    for region in &regions {
        let tell = |event| (collection.tell)(event);
        tell(Event::Planned(
            Arc::clone(&account.id),
            Arc::clone(region),
            1,
        ));
        let job = format!("{region} config {aggregator:?}");
        if !collection.spool.has(&account.id, &job) {
            let found = read(collection, account, region, aggregator).await;
            if found.expired {
                return Ok(true);
            }
            collection
                .spool
                .keep(&account.id, &job, &found)
                .map_err(|error| write_error(&collection.request.snapshot, error))?;
        }
        tell(Event::Read(
            Arc::clone(&account.id),
            Arc::clone(region),
            "config".to_owned(),
        ));
    }
    Ok(false)
}

async fn read(
    collection: &Collection<'_>,
    account: &Account,
    region: &Arc<str>,
    aggregator: Option<&str>,
) -> Found {
    let mut found = Found::default();
    let gap = |rtype: Option<&str>, status, call: Option<&str>, reason: String| Gap {
        rtype: rtype.map(str::to_owned),
        account: aggregator.is_none().then(|| account.id.to_string()),
        region: aggregator.is_none().then(|| region.to_string()),
        status,
        properties: Vec::new(),
        operation: call.map(groups::shown),
        action: call.and_then(groups::action).map(str::to_owned),
        reason,
    };
    let mut recorded: BTreeMap<String, String> = BTreeMap::new();
    for rtype in collection.types().keys() {
        match aws_config::recorded_as(rtype) {
            Some(name) => {
                recorded.insert(name.to_owned(), rtype.clone());
            }
            None => {
                let mut gap = gap(
                    Some(rtype),
                    GapStatus::Missing,
                    None,
                    "AWS Config does not record it, or skylint does not read it from there; \
                     `skylint collect` without --from-config asks the service"
                        .to_owned(),
                );
                (gap.account, gap.region) = (None, None);
                found.gaps.push(gap);
            }
        }
    }
    match (aggregator, recorder(account, region).await) {
        (Some(name), _) => found.gaps.push(gap(
            None,
            GapStatus::Partial,
            None,
            format!("what the recorders behind aggregator {name} leave out is not known"),
        )),
        (None, Ok(recorder)) => {
            if let Some(why) = recorder.nothing {
                found.gaps.push(gap(None, GapStatus::Missing, None, why));
                return found;
            }
            for (name, rtype) in &recorded {
                if recorder.leaves_out(name) {
                    let why = format!("the recorder of AWS Config in {region} leaves {name} out");
                    found
                        .gaps
                        .push(gap(Some(rtype), GapStatus::Missing, None, why));
                }
            }
            if recorder.is_stopped {
                let why = format!("the recorder of AWS Config in {region} is stopped");
                found.gaps.push(gap(None, GapStatus::Partial, None, why));
            }
        }
        (None, Err(fault)) => {
            let call = "config.DescribeConfigurationRecorders";
            let why = gather::said(call, &fault);
            found.expired |= fault.kind == FaultKind::Expired;
            found
                .gaps
                .push(gap(None, GapStatus::Partial, Some(call), why));
        }
    }
    let names: Vec<&String> = recorded.keys().collect();
    for names in names.chunks(TYPES_AT_ONCE) {
        let call = match aggregator {
            Some(_) => "config.SelectAggregateResourceConfig",
            None => "config.SelectResourceConfig",
        };
        let keys = match select(account, region, aggregator, call, names).await {
            Ok(keys) => keys,
            Err(fault) => {
                found.expired |= fault.kind == FaultKind::Expired;
                let why = gather::said(call, &fault);
                for name in names {
                    let rtype = recorded.get(*name).map(String::as_str);
                    let gap = gap(rtype, GapStatus::Missing, Some(call), why.clone());
                    found.gaps.push(gap);
                }
                continue;
            }
        };
        for keys in keys.chunks(ITEMS_AT_ONCE) {
            items(account, region, aggregator, keys, &gap, &mut found).await;
        }
    }
    found
}

/// What is recorded, according to the recorder.
#[derive(Debug, Default)]
struct Recorder {
    /// Why nothing is.
    nothing: Option<String>,
    is_stopped: bool,
    only: Option<BTreeSet<String>>,
    without: BTreeSet<String>,
}

impl Recorder {
    fn leaves_out(&self, name: &str) -> bool {
        self.without.contains(name) || self.only.as_ref().is_some_and(|only| !only.contains(name))
    }
}

async fn recorder(account: &Account, region: &str) -> Result<Recorder, Fault> {
    let ask = async |call: &str| account.client.call(call, region, &Json::new()).await;
    let answer = ask("config.DescribeConfigurationRecorders").await?;
    let recorders = item::items(&answer, "ConfigurationRecorders[]");
    let Some(first) = recorders.first() else {
        return Ok(Recorder {
            nothing: Some(format!("AWS Config has no recorder in {region}")),
            ..Recorder::default()
        });
    };
    let status = ask("config.DescribeConfigurationRecorderStatus").await?;
    let texts = |path: &str| -> BTreeSet<String> {
        let found = item::find(first, path).into_iter();
        found
            .filter_map(|value| value.as_str().map(str::to_owned))
            .collect()
    };
    let strategy = item::text(first, "recordingGroup.recordingStrategy.useOnly");
    let all = item::text(first, "recordingGroup.allSupported").as_deref() == Some("true");
    let is_exclusion = strategy.as_deref() == Some("EXCLUSION_BY_RESOURCE_TYPES");
    Ok(Recorder {
        nothing: None,
        is_stopped: item::items(&status, "ConfigurationRecordersStatus[]")
            .iter()
            .any(|status| item::text(status, "recording").as_deref() == Some("false")),
        only: (!all && !is_exclusion).then(|| texts("recordingGroup.resourceTypes[]")),
        without: texts("recordingGroup.exclusionByResourceTypes.resourceTypes[]"),
    })
}

/// What there is of some types.
async fn select(
    account: &Account,
    region: &str,
    aggregator: Option<&str>,
    call: &str,
    types: &[&String],
) -> Result<Vec<Key>, Fault> {
    let types: Vec<String> = types.iter().map(|name| format!("'{name}'")).collect();
    let expression = format!(
        "SELECT resourceType, resourceId, accountId, awsRegion, tags WHERE resourceType IN ({})",
        types.join(", ")
    );
    let mut input = Json::new();
    input.insert("Expression".to_owned(), expression.into());
    if let Some(name) = aggregator {
        input.insert("ConfigurationAggregatorName".to_owned(), name.into());
    }
    let mut keys = Vec::new();
    let mut odd = None;
    account
        .client
        .pages(call, region, input, |answer| {
            for result in item::find(answer, "Results[]") {
                match result.as_str().map(serde_json::from_str::<JsonValue>) {
                    Some(Ok(result)) => keys.extend(key(&result)),
                    _ => odd = Some("a result of the query is not JSON"),
                }
            }
        })
        .await?;
    match odd {
        Some(why) => Err(Fault::new(FaultKind::Malformed, why)),
        None => Ok(keys),
    }
}

fn key(result: &JsonValue) -> Option<Key> {
    let text = |name: &str| result.get(name)?.as_str().map(str::to_owned);
    // Tags are a list here, and an object in items.
    let tags = result.get("tags").and_then(JsonValue::as_array);
    let tags = tags.into_iter().flatten().filter_map(|tag| {
        let key = tag.get("key")?.as_str()?;
        Some((key.to_owned(), tag.get("value")?.clone()))
    });
    Some(Key {
        rtype: text("resourceType")?,
        id: text("resourceId")?,
        account: text("accountId").unwrap_or_default(),
        region: text("awsRegion").unwrap_or_default(),
        tags: JsonValue::Object(tags.collect()),
    })
}

/// Fetches the items behind some keys.
async fn items(
    account: &Account,
    region: &str,
    aggregator: Option<&str>,
    keys: &[Key],
    gap: &NewGap<'_>,
    found: &mut Found,
) {
    let (call, input, list, left) = match aggregator {
        None => (
            "config.BatchGetResourceConfig",
            json!({ "resourceKeys": keys.iter().map(|key| json!({
                "resourceType": key.rtype, "resourceId": key.id,
            })).collect::<Vec<_>>() }),
            "baseConfigurationItems[]",
            "unprocessedResourceKeys[]",
        ),
        Some(name) => (
            "config.BatchGetAggregateResourceConfig",
            json!({ "ConfigurationAggregatorName": name, "ResourceIdentifiers":
                keys.iter().map(|key| json!({
                    "SourceAccountId": key.account, "SourceRegion": key.region,
                    "ResourceType": key.rtype, "ResourceId": key.id,
                })).collect::<Vec<_>>() }),
            "BaseConfigurationItems[]",
            "UnprocessedResourceIdentifiers[]",
        ),
    };
    let input = input.as_object().cloned().unwrap_or_default();
    let answer = match account.client.call(call, region, &input).await {
        Ok(answer) => answer,
        Err(fault) => {
            found.expired |= fault.kind == FaultKind::Expired;
            let why = gather::said(call, &fault);
            let types: BTreeSet<&str> = keys.iter().map(|key| &*key.rtype).collect();
            for name in types {
                let rtype = types::for_config(name);
                let gap = gap(Some(rtype), GapStatus::Partial, Some(call), why.clone());
                found.gaps.push(gap);
            }
            return;
        }
    };
    for item in item::items(&answer, list) {
        let text = |name: &str| item::text(&item, name).unwrap_or_default();
        let (rtype, id) = (text("resourceType"), text("resourceId"));
        let (owner, place) = (text("accountId"), text("awsRegion"));
        let key = keys.iter().find(|key| {
            key.rtype == rtype
                && key.id == id
                && (aggregator.is_none() || (key.account == owner && key.region == place))
        });
        for mut resource in aws_config::resources_of(&written(&item, key)) {
            forget(&mut resource);
            found.resources.push(resource);
        }
    }
    for key in item::items(&answer, left) {
        let text = |names: [&str; 2]| names.iter().find_map(|name| item::text(&key, name));
        let name = text(["resourceType", "ResourceType"]).unwrap_or_default();
        let id = text(["resourceId", "ResourceId"]).unwrap_or_default();
        found.gaps.push(gap(
            Some(types::for_config(&name)),
            GapStatus::Partial,
            Some(call),
            format!("AWS Config did not give the item of {name} {id}"),
        ));
    }
}

/// An item as AWS Config's API writes it, with its tags.
fn written(item: &Map, key: Option<&Key>) -> String {
    let mut json = Json::new();
    for (name, value) in item.iter() {
        let value = match value {
            Value::String(text) => JsonValue::from(&**text),
            // Each a text with JSON in it.
            Value::Map(map) => map
                .iter()
                .filter_map(|(name, value)| Some((name.to_string(), value.as_str()?.into())))
                .collect::<Json<String, JsonValue>>()
                .into(),
            _ => continue,
        };
        json.insert(name.to_string(), value);
    }
    if let Some(key) = key {
        json.insert("tags".to_owned(), key.tags.clone());
    }
    JsonValue::Object(json).to_string()
}

const UNSEEN: &str = "AWS Config does not record it, or skylint does not read it from there";

/// Says of every property that AWS Config does not record that it is not known, wherever it could
/// stand: in a snapshot what is not there is not set.
fn forget(resource: &mut Resource) {
    let Some(shape) = types::shape(&resource.rtype) else {
        return;
    };
    let unseen = Unseen {
        rtype: &resource.rtype,
        shape,
    };
    unseen.fill(&mut resource.properties, shape.root(), &mut Vec::new());
    for fact in types::facts(&resource.rtype) {
        if fact.config.is_none() {
            let unknown = Value::unknown(Reason::NotRecorded(UNSEEN.into()));
            resource.observed.insert(fact.name().into(), unknown);
        }
    }
    // What has no times does not differ for having been captured twice.
    if !types::has_times(&resource.rtype) {
        resource.captured = None;
    }
}

struct Unseen<'r> {
    rtype: &'r str,
    shape: &'r Shape,
}

impl Unseen<'_> {
    fn fill(&self, map: &mut Map, def: &Def, path: &mut Vec<Step>) {
        for field in &def.fields {
            path.push(Step::Name(Arc::clone(&field.name)));
            if let Some(value) = map.get_mut(&field.name) {
                self.fill_in(value, &field.kind, path);
            } else if !types::covers(self.rtype, path, Door::AwsConfig) {
                let unknown = Value::unknown(Reason::NotRecorded(UNSEEN.into()));
                map.insert(Arc::clone(&field.name), unknown);
            }
            path.pop();
        }
    }

    fn fill_in(&self, value: &mut Value, kind: &Kind, path: &mut Vec<Step>) {
        match (value, kind) {
            (Value::Map(map), Kind::Object(at)) => {
                if let Some(def) = self.shape.def(*at) {
                    self.fill(map, def, path);
                }
            }
            (Value::List(items), Kind::List(kind)) => {
                path.push(Step::Each);
                for item in items {
                    self.fill_in(item, kind, path);
                }
                path.pop();
            }
            _ => {}
        }
    }
}
