//! The `configuration` part of a plan: what was written, as far as the plan says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::address::ModuleStep;

/// What was written.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Configuration<'t> {
    #[serde(borrow, default)]
    pub(super) provider_config: BTreeMap<String, ProviderConfig<'t>>,
    #[serde(borrow, default)]
    pub(super) root_module: Module<'t>,
}

/// A provider block.
#[derive(Debug, Deserialize)]
pub(super) struct ProviderConfig<'t> {
    #[serde(default, borrow)]
    pub(super) name: Cow<'t, str>,
    #[serde(default)]
    pub(super) module_address: Option<String>,
    #[serde(borrow, default)]
    pub(super) expressions: Option<&'t RawValue>,
}

/// A module.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Module<'t> {
    #[serde(borrow, default)]
    resources: Vec<ConfigResource<'t>>,
    #[serde(borrow, default)]
    pub(super) module_calls: FxHashMap<String, ModuleCall<'t>>,
    #[serde(borrow, default)]
    pub(super) outputs: FxHashMap<String, Output<'t>>,
    #[serde(borrow, default)]
    pub(super) variables: FxHashMap<String, Variable<'t>>,
}

/// A resource block.
#[derive(Debug, Deserialize)]
pub(super) struct ConfigResource<'t> {
    #[serde(borrow, default)]
    pub(super) address: Cow<'t, str>,
    #[serde(borrow, default)]
    pub(super) provider_config_key: Cow<'t, str>,
    #[serde(borrow, default)]
    pub(super) expressions: Option<&'t RawValue>,
}

/// A module block.
#[derive(Debug, Deserialize)]
pub(super) struct ModuleCall<'t> {
    #[serde(default)]
    pub(super) source: String,
    #[serde(borrow, default)]
    pub(super) expressions: Option<&'t RawValue>,
    #[serde(borrow, default)]
    pub(super) module: Module<'t>,
}

/// An output block.
#[derive(Debug, Deserialize)]
pub(super) struct Output<'t> {
    #[serde(borrow, default)]
    pub(super) expression: Option<&'t RawValue>,
}

/// A variable block.
#[derive(Debug, Deserialize)]
pub(super) struct Variable<'t> {
    #[serde(borrow, default)]
    pub(super) default: Option<&'t RawValue>,
}

/// What a plan says about an expression.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Expression<'t> {
    #[serde(borrow, default)]
    pub(super) constant_value: Option<&'t RawValue>,
    #[serde(default)]
    pub(super) references: Vec<String>,
}

impl<'t> Expression<'t> {
    /// Reads one; what is none, such as a nested block, is one that refers to nothing.
    pub(super) fn read(json: &'t RawValue) -> Self {
        serde_json::from_str(json.get()).unwrap_or_default()
    }

    /// One of the expressions of a block.
    pub(super) fn of(block: Option<&'t RawValue>, name: &str) -> Option<Self> {
        let all: FxHashMap<Cow<'t, str>, &'t RawValue> = serde_json::from_str(block?.get()).ok()?;
        all.get(name).map(|json| Self::read(json))
    }

    /// The text it is, if it is constant.
    pub(super) fn constant_text(&self) -> Option<String> {
        serde_json::from_str(self.constant_value?.get()).ok()
    }
}

impl<'t> Configuration<'t> {
    /// The module that a path of module names leads to.
    pub(super) fn module(&self, path: &[ModuleStep]) -> Option<&Module<'t>> {
        let mut module = &self.root_module;
        for step in path {
            module = &module.module_calls.get(&step.name)?.module;
        }
        Some(module)
    }

    /// The call of the last module on a path.
    pub(super) fn call(&self, path: &[ModuleStep]) -> Option<&ModuleCall<'t>> {
        let (last, parents) = path.split_last()?;
        self.module(parents)?.module_calls.get(&last.name)
    }

    /// Every resource block, by the names of the modules it is in and its type and name.
    pub(super) fn resources(&self) -> FxHashMap<String, &ConfigResource<'t>> {
        let mut found = FxHashMap::default();
        let mut open = vec![(String::new(), &self.root_module)];
        while let Some((prefix, module)) = open.pop() {
            for resource in &module.resources {
                found.insert(format!("{prefix}{}", resource.address), resource);
            }
            for (name, call) in &module.module_calls {
                open.push((format!("{prefix}{name}/"), &call.module));
            }
        }
        found
    }
}

/// The key of a block in [`Configuration::resources`].
pub(super) fn block_key(modules: &[ModuleStep], block: &str) -> String {
    let mut key = String::new();
    for module in modules {
        key.push_str(&module.name);
        key.push('/');
    }
    key.push_str(block);
    key
}
