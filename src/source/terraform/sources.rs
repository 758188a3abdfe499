//! The `.tf` files of a plan or state, by the module they belong to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;

use super::super::{Files, paths};
use super::binary;
use super::hcl::{self, File};

/// More modules, or more files in one, are not looked at.
const MAX_MODULES: usize = 2_000;
const MAX_FILES: usize = 1_000;

/// The files of each module, by the names of the modules that lead to it (`a.b`; empty for the
/// root).
#[derive(Debug, Default)]
pub(super) struct Sources {
    modules: BTreeMap<String, Vec<File>>,
}

/// `.terraform/modules/modules.json`.
#[derive(Debug, Default, Deserialize)]
struct Manifest {
    #[serde(rename = "Modules", default)]
    modules: Vec<ManifestModule>,
}

#[derive(Debug, Deserialize)]
struct ManifestModule {
    #[serde(rename = "Key", default)]
    key: String,
    #[serde(rename = "Dir", default)]
    dir: String,
}

impl Sources {
    /// What a binary plan carries.
    pub(super) fn carried(plan: &str, carried: binary::Sources) -> Self {
        let parse = |module: &str, files: &[(String, Arc<str>)]| {
            let directory = carried.directories.get(module);
            let path = |name: &str| match directory {
                Some(directory) => paths::beside(plan, &within(directory, name)),
                None if module.is_empty() => paths::beside(plan, name),
                None => format!("{plan}!{module}/{name}"),
            };
            files
                .iter()
                .filter_map(|(name, text)| File::parse(path(name).into(), Arc::clone(text)))
                .collect()
        };
        let modules = carried
            .modules
            .iter()
            .map(|(module, files)| (module.clone(), parse(module, files)))
            .collect();
        Self { modules }
    }

    /// Reads the files of some modules from a directory. `called` is what the plan says a module
    /// is called from.
    pub(super) fn from_directory(
        root: &str,
        files: &dyn Files,
        wanted: &BTreeSet<Vec<String>>,
        called: &dyn Fn(&[String]) -> Option<String>,
    ) -> Self {
        let mut sources = Self::default();
        if !sources.add(String::new(), root, files) {
            return sources;
        }
        let manifest: Manifest = files
            .read(&within(root, ".terraform/modules/modules.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let mut directories = BTreeMap::from([(String::new(), root.to_owned())]);
        for path in wanted.iter().take(MAX_MODULES) {
            for depth in 1..=path.len() {
                let names = path.get(..depth).unwrap_or_default();
                let Some((name, parents)) = names.split_last() else {
                    continue;
                };
                let (key, parent) = (names.join("."), parents.join("."));
                if directories.contains_key(&key) {
                    continue;
                }
                let listed = manifest.modules.iter().find(|m| m.key == key);
                let directory = match listed {
                    Some(module) => Some(within(root, &module.dir)),
                    None => called(names)
                        .or_else(|| sources.call(&parent, name, "source"))
                        .filter(|source| source.starts_with("./") || source.starts_with("../"))
                        .and_then(|source| Some(within(directories.get(&parent)?, &source))),
                };
                let Some(directory) = directory else { break };
                sources.add(key.clone(), &directory, files);
                directories.insert(key, directory);
            }
        }
        sources
    }

    /// Reads the files of a module; whether it has any.
    fn add(&mut self, key: String, directory: &str, files: &dyn Files) -> bool {
        let mut names = files.list(directory).unwrap_or_default();
        names.sort();
        let read = |name: &String| {
            let path = within(directory, name);
            let bytes = files.read(&path).ok()?;
            File::parse(path.into(), String::from_utf8(bytes).ok()?.into())
        };
        let parsed: Vec<File> = names
            .iter()
            .filter(|name| name.ends_with(".tf") || name.ends_with(".tofu"))
            .take(MAX_FILES)
            .filter_map(read)
            .collect();
        let any = !parsed.is_empty();
        self.modules.insert(key, parsed);
        any
    }

    /// The text of an argument in a module's block.
    fn call(&self, parent: &str, name: &str, argument: &str) -> Option<String> {
        let files = self.modules.get(parent)?;
        let block = files
            .iter()
            .find_map(|file| file.block("module", &[name]))?;
        let attribute = block.body.get_attribute(argument)?;
        Some(attribute.value.as_str()?.to_owned())
    }

    /// What a local refers to.
    pub(super) fn local(&self, modules: &[&str], name: &str) -> Option<Vec<String>> {
        let files = self.modules.get(&modules.join("."))?;
        let attribute = files
            .iter()
            .flat_map(|file| file.body.get_blocks("locals"))
            .find_map(|block| block.body.get_attribute(name))?;
        Some(hcl::references(&attribute.value))
    }

    /// The pieces of an attribute that is written as a template.
    pub(super) fn template(
        &self,
        modules: &[&str],
        labels: [&str; 2],
        attribute: &str,
    ) -> Option<Vec<hcl::Piece>> {
        let block = self
            .files(modules)
            .iter()
            .find_map(|file| file.block("resource", &labels))?;
        hcl::template(&block.body.get_attribute(attribute)?.value)
    }

    /// The files of a module.
    pub(super) fn files(&self, modules: &[&str]) -> &[File] {
        self.modules
            .get(&modules.join("."))
            .map_or(&[], Vec::as_slice)
    }

    /// Every file, with the key of its module.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &File)> {
        self.modules
            .iter()
            .flat_map(|(key, files)| files.iter().map(move |file| (key.as_str(), file)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.modules.values().all(Vec::is_empty)
    }
}

fn within(directory: &str, relative: &str) -> String {
    if relative.starts_with('/') || directory.is_empty() || directory == "." {
        return paths::normal(relative);
    }
    paths::normal(&format!("{directory}/{relative}"))
}
