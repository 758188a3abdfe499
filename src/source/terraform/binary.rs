//! The file of `terraform plan -out`: a zip of the plan in Terraform's own binary form, the prior
//! state and the sources. The binary form is private to each Terraform version, so values come from
//! `terraform show -json`; the sources serve to point into.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::sync::Arc;

use zip::ZipArchive;

use super::super::paths;

/// Sources larger than this are not read, so that no archive can grow without bound.
const MAX_FILE: u64 = 8 * 1024 * 1024;
const MAX_ALL: u64 = 64 * 1024 * 1024;
const MAX_FILES: usize = 10_000;

/// Whether a zip is a plan.
pub(super) fn is_plan(bytes: &[u8]) -> bool {
    open(bytes).is_some_and(|zip| zip.index_for_name("tfplan").is_some())
}

fn open(bytes: &[u8]) -> Option<ZipArchive<Cursor<&[u8]>>> {
    ZipArchive::new(Cursor::new(bytes)).ok()
}

/// The sources in a plan: by module path (`a.b`, empty for the root), file name and text.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// Where each module lies, relative to the root.
    pub(super) directories: BTreeMap<String, String>,
    pub(super) modules: BTreeMap<String, Vec<(String, Arc<str>)>>,
}

/// An entry of `tfconfig/modules.json`.
#[derive(Debug, serde::Deserialize)]
struct Module {
    #[serde(rename = "Key", default)]
    key: String,
    #[serde(rename = "Dir", default)]
    dir: String,
}

/// Reads the sources.
pub(super) fn sources(bytes: &[u8]) -> Result<Sources, String> {
    let mut zip = open(bytes).ok_or("it is not a readable zip")?;
    let mut sources = Sources::default();
    let mut left = MAX_ALL;
    for index in 0..zip.len().min(MAX_FILES) {
        let Ok(file) = zip.by_index(index) else {
            continue;
        };
        let Ok(name) = file.name().map(|name| paths::normal(&name)) else {
            continue;
        };
        if name == "tfconfig/modules.json" {
            let listed: Vec<Module> =
                serde_json::from_reader(file.take(MAX_FILE)).unwrap_or_default();
            sources.directories = listed.into_iter().map(|m| (m.key, m.dir)).collect();
            continue;
        }
        let Some((module, file_name)) = name
            .strip_prefix("tfconfig/m-")
            .and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        if !file_name.ends_with(".tf") || file_name.contains('/') {
            continue;
        }
        let mut text = Vec::new();
        let limit = MAX_FILE.min(left);
        if file.take(limit + 1).read_to_end(&mut text).is_err() || text.len() as u64 > limit {
            continue;
        }
        left -= text.len() as u64;
        if let Ok(text) = String::from_utf8(text) {
            let files = sources.modules.entry(module.to_owned()).or_default();
            files.push((file_name.to_owned(), text.into()));
        }
    }
    Ok(sources)
}
