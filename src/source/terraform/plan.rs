//! The JSON that `terraform show -json` makes of a plan, format 0.1 to 1.x.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::address::{Address, ModuleStep};
use super::config::{Configuration, block_key};
use super::lines::Entry;
use super::marks;
use super::providers::{Providers, Setting};
use super::references::{Resolver, Scope};
use super::resource::Described;
use super::state::StateValues;
use super::{Fault, Reading};
use crate::model::{Map, Span, Value};
use crate::source::values::Values;
use crate::types;

/// A plan.
#[derive(Debug, Deserialize)]
struct Plan<'t> {
    #[serde(borrow, default)]
    format_version: Cow<'t, str>,
    #[serde(borrow, default)]
    variables: BTreeMap<Cow<'t, str>, PlanVariable<'t>>,
    #[serde(borrow, default)]
    resource_changes: Vec<ResourceChange<'t>>,
    #[serde(borrow, default)]
    deferred_changes: Vec<&'t RawValue>,
    #[serde(borrow, default)]
    prior_state: Option<PriorState<'t>>,
    #[serde(borrow, default)]
    configuration: Configuration<'t>,
    #[serde(default)]
    errored: bool,
    #[serde(default)]
    complete: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct PlanVariable<'t> {
    #[serde(borrow, default)]
    value: Option<&'t RawValue>,
}

#[derive(Debug, Deserialize)]
struct PriorState<'t> {
    #[serde(borrow, default)]
    values: Option<StateValues<'t>>,
}

#[derive(Debug, Deserialize)]
struct ResourceChange<'t> {
    #[serde(borrow, default)]
    address: Cow<'t, str>,
    #[serde(borrow, default)]
    mode: Cow<'t, str>,
    #[serde(borrow, rename = "type", default)]
    rtype: Cow<'t, str>,
    #[serde(borrow, default)]
    provider_name: Cow<'t, str>,
    #[serde(borrow)]
    change: Change<'t>,
}

#[derive(Debug, Deserialize)]
struct Change<'t> {
    #[serde(borrow, default)]
    actions: Vec<Cow<'t, str>>,
    #[serde(borrow, default)]
    after: Option<&'t RawValue>,
    #[serde(borrow, default)]
    after_unknown: Option<&'t RawValue>,
    #[serde(borrow, default)]
    after_sensitive: Option<&'t RawValue>,
}

impl ResourceChange<'_> {
    /// Whether there will be such a resource, under Terraform's management, after apply.
    fn remains(&self) -> bool {
        let actions: Vec<&str> = self.change.actions.iter().map(|a| &**a).collect();
        self.mode == "managed"
            && matches!(
                actions.as_slice(),
                ["create" | "update" | "no-op"]
                    | ["delete", "create"]
                    | ["create", "delete"]
                    | ["create", "forget"]
            )
    }
}

/// Reads a plan into resources and the places they stand at.
pub(super) fn read(text: &str, reading: &mut Reading<'_>) -> Result<(), Fault> {
    let plan: Plan<'_> = serde_json::from_str(text).map_err(|e| Fault::syntax(&e, text))?;
    super::check_format("plan", &plan.format_version)?;
    let values = Values::default();
    let variables: BTreeMap<String, Value> = plan
        .variables
        .iter()
        .filter_map(|(name, variable)| Some((name.to_string(), values.read(variable.value?))))
        .collect();
    let remaining: Vec<(Address, &ResourceChange<'_>)> = plan
        .resource_changes
        .iter()
        .filter(|change| change.remains())
        .filter_map(|change| Some((Address::parse(&change.address)?, change)))
        .collect();
    let is_aws = |rtype: &str, provider: &str| {
        rtype.starts_with("aws_") || provider.ends_with("/aws") || provider == "aws"
    };
    if !plan
        .resource_changes
        .iter()
        .any(|change| is_aws(&change.rtype, &change.provider_name))
    {
        let others = plan.resource_changes.iter().map(|c| &*c.rtype);
        return Err(super::nothing_of_aws("plan", others));
    }
    if plan.errored {
        reading.incomplete(
            "planning ended with an error, so this plan is only what was planned until then",
            "fix what `terraform plan` says and plan again",
        );
    } else if !plan.deferred_changes.is_empty() {
        let count = plan.deferred_changes.len();
        reading.incomplete(
            &format!(
                "Terraform has deferred {count} resources: it does not know yet what they will be"
            ),
            "apply, plan again and check again",
        );
    } else if plan.complete == Some(false) {
        reading.incomplete(
            "the plan is not complete: after it is applied there is more to plan (-target, or \
             something Terraform could not know yet)",
            "plan without -target, or apply, plan again and check again",
        );
    }

    let mut providers = Providers::read(&plan.configuration, &variables);
    let blocks = plan.configuration.resources();
    let mut instances: FxHashMap<String, Vec<Address>> = FxHashMap::default();
    for (address, _) in &remaining {
        let key = block_key(&address.modules, &address.block());
        instances.entry(key).or_default().push(address.clone());
    }
    if let Some(prior) = plan
        .prior_state
        .as_ref()
        .and_then(|prior| prior.values.as_ref())
    {
        super::state::learn_accounts(prior, &values, &blocks, &mut providers);
    }
    let path = reading.path.clone();
    let wanted = remaining
        .iter()
        .filter(|(address, _)| crate::types::for_terraform(&address.rtype).is_some())
        .map(|(address, _)| address.modules.iter().map(|m| m.name.clone()).collect())
        .collect();
    reading.load(&wanted, &|names| {
        let steps: Vec<ModuleStep> = names
            .iter()
            .map(|name| ModuleStep {
                name: name.clone(),
                key: None,
            })
            .collect();
        let call = plan.configuration.call(&steps)?;
        Some(call.source.clone())
    });
    let sources = std::mem::take(&mut reading.sources);
    let locals = |modules: &[&str], name: &str| sources.local(modules, name);
    let resolver = Resolver {
        configuration: &plan.configuration,
        instances,
        prefix: &path,
        locals: &locals,
    };
    for (address, change) in &remaining {
        let Some(after) = change.change.after else {
            continue;
        };
        if !is_aws(&change.rtype, &change.provider_name) {
            continue;
        }
        if !reading.reads(&change.rtype) {
            continue;
        }
        let mut attributes = marks::attributes(
            &values,
            after,
            change.change.after_unknown,
            change.change.after_sensitive,
        );
        let block = blocks.get(&block_key(&address.modules, &address.block()));
        if let Some(expressions) = block.and_then(|block| block.expressions)
            && let Value::Map(written) = values.read(expressions)
        {
            let scope = Scope {
                modules: &address.modules,
                key: address
                    .key
                    .as_ref()
                    .or_else(|| address.modules.last()?.key.as_ref()),
            };
            let is_list = |name: &str| types::is_list_in_terraform(&address.rtype, name);
            resolver.apply(scope, &mut attributes, &written, &is_list);
            resolver.templates(scope, address, &mut attributes, &sources);
        }
        let provider = block.and_then(|block| {
            let key = &*block.provider_config_key;
            providers.get(key)
        });
        let number = reading.entry(Entry {
            address: address.clone(),
            values: span_of(text, after),
        });
        let fallback = reading.fallback.clone();
        reading.take(&Described {
            address,
            attributes: &attributes,
            provider,
            fallback: &fallback,
            source: reading.source,
            number,
            prefix: &path,
            depends_on: None,
        });
    }
    reading.sources = sources;
    Ok(())
}

/// Where a piece of a text stands in it.
pub(super) fn span_of(text: &str, piece: &RawValue) -> Span {
    let start = (piece.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    Span::new(start, start + piece.get().len())
}

/// What is known of accounts, for the providers that say nothing themselves.
pub(super) fn account_setting(attributes: &Map) -> Option<Setting> {
    let account = attributes.get("account_id").and_then(Value::as_str)?;
    Some(Setting {
        account: Some(account.into()),
        ..Setting::default()
    })
}
