//! State: the file Terraform keeps (version 4), and what `terraform show -json` makes of it.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::address::{Address, Key};
use super::config::{ConfigResource, block_key};
use super::lines::Entry;
use super::marks;
use super::plan::{account_setting, span_of};
use super::providers::{self, Providers, Setting};
use super::resource::Described;
use super::{Fault, Reading};
use crate::model::{Map, Span, Value};
use crate::source::values::Values;
use crate::types;

/// What `terraform show -json` makes of state, or a plan's `prior_state`.
#[derive(Debug, Deserialize)]
struct Shown<'t> {
    #[serde(borrow, default)]
    format_version: Cow<'t, str>,
    #[serde(borrow, default)]
    values: Option<StateValues<'t>>,
}

/// The values of a shown state.
#[derive(Debug, Deserialize)]
pub(super) struct StateValues<'t> {
    #[serde(borrow, default)]
    root_module: ShownModule<'t>,
}

#[derive(Debug, Default, Deserialize)]
struct ShownModule<'t> {
    #[serde(borrow, default)]
    resources: Vec<ShownResource<'t>>,
    #[serde(borrow, default)]
    child_modules: Vec<ShownModule<'t>>,
}

#[derive(Debug, Deserialize)]
struct ShownResource<'t> {
    #[serde(borrow, default)]
    address: Cow<'t, str>,
    #[serde(borrow, default)]
    mode: Cow<'t, str>,
    #[serde(borrow, rename = "type", default)]
    rtype: Cow<'t, str>,
    #[serde(borrow, default)]
    values: Option<&'t RawValue>,
    #[serde(borrow, default)]
    sensitive_values: Option<&'t RawValue>,
    #[serde(default)]
    depends_on: Vec<String>,
}

impl<'t> StateValues<'t> {
    fn resources(&self) -> Vec<&ShownResource<'t>> {
        let mut found = Vec::new();
        let mut open = vec![&self.root_module];
        while let Some(module) = open.pop() {
            found.extend(&module.resources);
            open.extend(module.child_modules.iter().rev());
        }
        found
    }
}

/// A state file.
#[derive(Debug, Deserialize)]
struct State<'t> {
    version: i64,
    #[serde(borrow, default)]
    resources: Vec<StateResource<'t>>,
}

#[derive(Debug, Deserialize)]
struct Version {
    version: i64,
}

#[derive(Debug, Deserialize)]
struct StateResource<'t> {
    #[serde(borrow, default)]
    module: Option<Cow<'t, str>>,
    #[serde(borrow, default)]
    mode: Cow<'t, str>,
    #[serde(borrow, rename = "type", default)]
    rtype: Cow<'t, str>,
    #[serde(borrow, default)]
    name: Cow<'t, str>,
    #[serde(borrow, default)]
    provider: Cow<'t, str>,
    #[serde(borrow, default)]
    instances: Vec<StateInstance<'t>>,
}

#[derive(Debug, Deserialize)]
struct StateInstance<'t> {
    #[serde(default)]
    index_key: Option<IndexKey>,
    #[serde(default)]
    deposed: Option<String>,
    #[serde(borrow, default)]
    attributes: Option<&'t RawValue>,
    #[serde(borrow, default)]
    sensitive_attributes: Option<&'t RawValue>,
    #[serde(default)]
    dependencies: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum IndexKey {
    Number(i64),
    Text(String),
}

/// One instance in a state of either form.
struct Instance {
    address: Address,
    /// What configured it, as the file calls it.
    provider: String,
    attributes: Map,
    span: Span,
    depends_on: Vec<String>,
}

/// Reads what `terraform show -json` made of state.
pub(super) fn read_shown(text: &str, reading: &mut Reading<'_>) -> Result<(), Fault> {
    let shown: Shown<'_> = serde_json::from_str(text).map_err(|e| Fault::syntax(&e, text))?;
    super::check_format("state", &shown.format_version)?;
    let values = Values::default();
    let Some(state) = &shown.values else {
        return Err(Fault::new(
            "the state is empty: it has no resources",
            "was it shown in a directory that is initialised with the right backend?",
        ));
    };
    let all = state.resources();
    if !all.iter().any(|r| r.rtype.starts_with("aws_")) {
        return Err(super::nothing_of_aws(
            "state",
            all.iter().map(|r| &*r.rtype),
        ));
    }
    let mut instances = Vec::new();
    for resource in all {
        if resource.mode != "managed" {
            continue;
        }
        let (Some(json), Some(address)) = (resource.values, Address::parse(&resource.address))
        else {
            continue;
        };
        if !reading.reads(&resource.rtype) {
            continue;
        }
        instances.push(Instance {
            address,
            provider: String::new(),
            attributes: marks::attributes(&values, json, None, resource.sensitive_values),
            span: span_of(text, json),
            depends_on: resource.depends_on.clone(),
        });
    }
    finish(instances, reading);
    Ok(())
}

/// Reads a state file.
pub(super) fn read(text: &str, reading: &mut Reading<'_>) -> Result<(), Fault> {
    if let Ok(Version { version }) = serde_json::from_str(text)
        && version != 4
    {
        let (message, help) = match version {
            ..4 => (
                format!("it is a state of version {version}, from before Terraform 0.12"),
                "`terraform init` and `terraform apply -refresh-only` with Terraform 0.12 or later \
                 rewrite it; or give `terraform show -json`",
            ),
            _ => (
                format!("it is a state of version {version}, which this skylint does not know"),
                "give the output of `terraform show -json` instead, or a newer skylint",
            ),
        };
        return Err(Fault::new(message, help));
    }
    let state: State<'_> = serde_json::from_str(text).map_err(|e| Fault::syntax(&e, text))?;
    debug_assert_eq!(state.version, 4);
    if state.resources.is_empty() {
        return Err(Fault::new(
            "the state has no resources",
            "with a remote backend the state is there: `terraform state pull`",
        ));
    }
    if !state.resources.iter().any(|r| r.rtype.starts_with("aws_")) {
        let others = state.resources.iter().map(|r| &*r.rtype);
        return Err(super::nothing_of_aws("state", others));
    }
    let values = Values::default();
    let mut instances = Vec::new();
    for resource in state.resources.iter().filter(|r| r.mode == "managed") {
        if !reading.reads(&resource.rtype) {
            continue;
        }
        for instance in resource.instances.iter().filter(|i| i.deposed.is_none()) {
            let Some(json) = instance.attributes else {
                continue;
            };
            let block = format!("{}.{}", resource.rtype, resource.name);
            let base = match &resource.module {
                Some(module) => format!("{module}.{block}"),
                None => block,
            };
            let Some(mut address) = Address::parse(&base) else {
                continue;
            };
            address.key = instance.index_key.as_ref().map(|key| match key {
                IndexKey::Number(number) => Key::Number(*number),
                IndexKey::Text(text) => Key::Text(text.clone()),
            });
            let mut attributes = marks::attributes(&values, json, None, None);
            if let Some(paths) = instance.sensitive_attributes {
                mask(&mut attributes, &values.read(paths));
            }
            instances.push(Instance {
                address,
                provider: resource.provider.to_string(),
                attributes,
                span: span_of(text, json),
                depends_on: instance.dependencies.clone(),
            });
        }
    }
    finish(instances, reading);
    Ok(())
}

/// Puts a secret's mark at each of the paths, which a state file writes as
/// `[[{"type": "get_attr", "value": "password"}, …]]`.
fn mask(attributes: &mut Map, paths: &Value) {
    for path in paths.as_list().unwrap_or_default() {
        let steps: Vec<&Value> = path
            .as_list()
            .unwrap_or_default()
            .iter()
            .filter_map(|step| step.as_map()?.get("value"))
            .map(|value| match value {
                // Keys are written with their type.
                Value::Map(typed) => typed.get("value").unwrap_or(value),
                other => other,
            })
            .collect();
        let [Value::String(first), rest @ ..] = steps.as_slice() else {
            continue;
        };
        if let Some(value) = attributes.get_mut(first) {
            mask_value(value, rest);
        }
    }
}

fn mask_value(value: &mut Value, steps: &[&Value]) {
    match (&mut *value, steps) {
        (Value::Null, _) => {}
        (Value::Map(map), [Value::String(name), rest @ ..]) => {
            if let Some(inner) = map.get_mut(name) {
                mask_value(inner, rest);
            }
        }
        (Value::List(items), [Value::Int(index), rest @ ..]) => {
            let inner = usize::try_from(*index).ok().and_then(|i| items.get_mut(i));
            if let Some(inner) = inner {
                mask_value(inner, rest);
            }
        }
        // Also what a path cannot lead into, such as a set: rather too much than too little.
        (whole, _) => *whole = types::secret(),
    }
}

/// Makes resources of the instances.
fn finish(instances: Vec<Instance>, reading: &mut Reading<'_>) {
    // A provider configuration works in one Region: what one of its resources says holds for all,
    // unless they say otherwise (version 6 of the provider writes the Region into each).
    let mut learned: FxHashMap<&str, Setting> = FxHashMap::default();
    for instance in instances.iter().filter(|i| !i.provider.is_empty()) {
        let own = providers::own(&instance.attributes);
        let setting = learned.entry(&instance.provider).or_default();
        let global = types::for_terraform(&instance.address.rtype)
            .is_some_and(|rtype| types::is_global(rtype, &Map::default()));
        if setting.region.is_none() && !global {
            setting.region = own.region;
        }
        if setting.account.is_none() {
            setting.account = own.account;
        }
    }
    let path = reading.path.clone();
    let wanted = instances
        .iter()
        .map(|i| i.address.modules.iter().map(|m| m.name.clone()).collect())
        .collect();
    reading.load(&wanted, &|_| None);
    let fallback = reading.fallback.clone();
    for instance in &instances {
        let number = reading.entry(Entry {
            address: instance.address.clone(),
            values: instance.span,
        });
        reading.take(&Described {
            address: &instance.address,
            attributes: &instance.attributes,
            provider: learned.get(instance.provider.as_str()),
            fallback: &fallback,
            source: reading.source,
            number,
            prefix: &path,
            depends_on: Some(&instance.depends_on),
        });
    }
}

/// Learns the accounts of providers from the data sources that ask for them.
pub(super) fn learn_accounts(
    state: &StateValues<'_>,
    values: &Values,
    blocks: &FxHashMap<String, &ConfigResource<'_>>,
    providers: &mut Providers,
) {
    for data in state.resources() {
        if data.mode != "data" || data.rtype != "aws_caller_identity" {
            continue;
        }
        let (Some(json), Some(address)) = (data.values, Address::parse(&data.address)) else {
            continue;
        };
        let block = blocks.get(&block_key(&address.modules, &address.block()));
        let setting = account_setting(&marks::attributes(values, json, None, None));
        if let (Some(block), Some(setting)) = (block, setting) {
            providers.learn(&block.provider_config_key, setting);
        }
    }
}
