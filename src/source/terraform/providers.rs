//! The Region and account of each resource, from what it says itself and from its provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::address::{ModuleStep, Part, parts};
use super::config::{Configuration, Expression, ProviderConfig};
use crate::model::{Map, Reason, Value, is_region_name};
use crate::source::values;

/// Where a provider configuration works.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Setting {
    pub(super) region: Option<Arc<str>>,
    pub(super) account: Option<Arc<str>>,
    /// The tags that it gives to everything: a map, or unknown as far as they are no constants.
    pub(super) tags: Option<Value>,
}

/// The providers of a plan, by their keys.
#[derive(Debug, Default)]
pub(super) struct Providers {
    settings: FxHashMap<String, Setting>,
}

impl Providers {
    /// Evaluates the provider blocks of a configuration, as far as they are constants, variables
    /// or what a module is given.
    pub(super) fn read(
        configuration: &Configuration<'_>,
        variables: &BTreeMap<String, Value>,
    ) -> Self {
        let mut settings = FxHashMap::default();
        for (key, provider) in &configuration.provider_config {
            if provider.name == "aws" {
                let setting = setting(configuration, variables, provider);
                settings.insert(key.clone(), setting);
            }
        }
        Self { settings }
    }

    /// The setting of a key. A module that configures no provider has its parent's.
    pub(super) fn get(&self, key: &str) -> Option<&Setting> {
        if let Some(found) = self.settings.get(key) {
            return Some(found);
        }
        let (modules, name) = key.rsplit_once(':')?;
        // A parent may give a module another provider under this name; then the key of a current
        // Terraform is the parent's. Only the default provider is inherited silently.
        if name.contains('.') {
            return None;
        }
        let parent = modules.rsplit_once('.').map(|(parent, _)| parent);
        match parent.filter(|p| !p.is_empty() && *p != "module") {
            Some(parent) => self.get(&format!("{parent}:{name}")),
            None => self.settings.get(name),
        }
    }

    /// Adds what was learned of a provider elsewhere, where it says nothing itself.
    pub(super) fn learn(&mut self, key: &str, learned: Setting) {
        let setting = self.settings.entry(key.to_owned()).or_default();
        setting.region = setting.region.take().or(learned.region);
        setting.account = setting.account.take().or(learned.account);
    }
}

fn setting(
    configuration: &Configuration<'_>,
    variables: &BTreeMap<String, Value>,
    provider: &ProviderConfig<'_>,
) -> Setting {
    let modules = provider
        .module_address
        .as_deref()
        .and_then(parts)
        .map(|all| super::address::module_path(&all).0)
        .unwrap_or_default();
    let text = |expression: Option<Expression<'_>>| {
        constant(configuration, variables, &modules, &expression?, 0)
    };
    let region = text(Expression::of(provider.expressions, "region"))
        .filter(|region| is_region_name(region));
    let role = nested(provider, "assume_role", "role_arn");
    let account = text(role)
        .and_then(|arn| account_of(&arn).map(str::to_owned))
        .or_else(|| only_account(provider));
    let tags = nested(provider, "default_tags", "tags").map(|tags| {
        let constant = tags.constant_value;
        match constant.and_then(|tags| values::from_text(tags.get())) {
            Some(tags @ Value::Map(_)) => tags,
            _ => Value::unknown(Reason::AfterApply),
        }
    });
    Setting {
        region: region.map(Into::into),
        account: account.map(Into::into),
        tags,
    }
}

/// An expression in the one block of a name.
fn nested<'t>(provider: &ProviderConfig<'t>, block: &str, name: &str) -> Option<Expression<'t>> {
    let all: FxHashMap<String, &serde_json::value::RawValue> =
        serde_json::from_str(provider.expressions?.get()).ok()?;
    let block: &serde_json::value::RawValue = all.get(block)?;
    let first: Vec<&serde_json::value::RawValue> =
        serde_json::from_str(block.get()).unwrap_or_else(|_| vec![block]);
    Expression::of(first.first().copied(), name)
}

/// `allowed_account_ids` with one account says that it can be no other.
fn only_account(provider: &ProviderConfig<'_>) -> Option<String> {
    let allowed = Expression::of(provider.expressions, "allowed_account_ids")?;
    let accounts: Vec<String> = serde_json::from_str(allowed.constant_value?.get()).ok()?;
    match accounts.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// The text of an expression that is a constant, or nothing but a variable that is known.
fn constant(
    configuration: &Configuration<'_>,
    variables: &BTreeMap<String, Value>,
    modules: &[ModuleStep],
    expression: &Expression<'_>,
    hops: usize,
) -> Option<String> {
    if let Some(text) = expression.constant_text() {
        return Some(text);
    }
    let [reference] = expression.references.as_slice() else {
        return None;
    };
    let all = parts(reference)?;
    let [Part::Name(var), Part::Name(name)] = all.as_slice() else {
        return None;
    };
    if var != "var" || hops > 32 {
        return None;
    }
    let Some((_, parents)) = modules.split_last() else {
        return variables.get(name)?.as_str().map(str::to_owned);
    };
    let passed = configuration
        .call(modules)
        .and_then(|call| Expression::of(call.expressions, name));
    match passed {
        Some(passed) => constant(configuration, variables, parents, &passed, hops + 1),
        None => {
            let default = configuration
                .module(modules)?
                .variables
                .get(name)?
                .default?;
            serde_json::from_str(default.get()).ok()
        }
    }
}

/// The account in an ARN.
pub(super) fn account_of(arn: &str) -> Option<&str> {
    let account = arn.strip_prefix("arn:")?.split(':').nth(3)?;
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    is_account.then_some(account)
}

/// The Region in an ARN.
pub(super) fn region_of(arn: &str) -> Option<&str> {
    let region = arn.strip_prefix("arn:")?.split(':').nth(2)?;
    is_region_name(region).then_some(region)
}

/// Where a resource says itself that it is: by its own Region (provider version 6), its ARN, or
/// its Availability Zone.
pub(super) fn own(attributes: &Map) -> Setting {
    let text = |name: &str| attributes.get(name).and_then(Value::as_str);
    let arn = ["arn", "id"]
        .into_iter()
        .filter_map(text)
        .find(|text| text.starts_with("arn:"));
    let zone = || {
        let zone = text("availability_zone")?;
        let region = zone.trim_end_matches(|c: char| c.is_ascii_lowercase());
        is_region_name(region).then_some(region)
    };
    let region = text("region")
        .filter(|region| is_region_name(region))
        .or_else(|| region_of(arn?))
        .or_else(zone);
    Setting {
        region: region.map(Into::into),
        account: arn
            .and_then(account_of)
            .or_else(|| text("owner_id").filter(|id| id.len() == 12))
            .map(Into::into),
        tags: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_evaluated_and_inherited() {
        let json = r#"{
          "provider_config": {
            "aws": {"name": "aws", "expressions": {"region": {"references": ["var.region"]},
                "assume_role": [{"role_arn": {"constant_value": "arn:aws:iam::111122223333:role/deploy"}}]}},
            "aws.use1": {"name": "aws", "alias": "use1", "expressions": {
                "region": {"constant_value": "us-east-1"},
                "allowed_account_ids": {"constant_value": ["444455556666"]}}},
            "module.dr:aws": {"name": "aws", "module_address": "module.dr",
                "expressions": {"region": {"references": ["var.where"]}}},
            "aws.odd": {"name": "aws", "expressions": {"region": {"references": ["var.prefix"]}}}
          },
          "root_module": {"module_calls": {"dr": {"source": "./dr",
              "expressions": {"where": {"references": ["var.dr_region"]}}, "module": {}}}}
        }"#;
        let configuration: Configuration<'_> = serde_json::from_str(json).unwrap();
        let variables = [
            ("region", "eu-central-1"),
            ("dr_region", "eu-west-1"),
            ("prefix", "eu"),
        ];
        let variables = variables
            .into_iter()
            .map(|(k, v)| (k.to_owned(), Value::string(v)))
            .collect();
        let providers = Providers::read(&configuration, &variables);
        let at = |key: &str| {
            let setting = providers.get(key).cloned().unwrap_or_default();
            (
                setting.region.unwrap_or_default().to_string(),
                setting.account.unwrap_or_default().to_string(),
            )
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(at("aws"), pair("eu-central-1", "111122223333"));
        assert_eq!(at("aws.use1"), pair("us-east-1", "444455556666"));
        assert_eq!(at("module.dr:aws"), pair("eu-west-1", ""));
        assert_eq!(at("net:aws"), pair("eu-central-1", "111122223333"));
        assert_eq!(at("net:aws.use1"), pair("", ""));
        assert_eq!(at("aws.odd"), pair("", ""));
    }
}
