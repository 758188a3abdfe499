//! Packages from npm that tests need, at the versions that a `package.json` names, installed into `target/` and kept there.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "every test file uses a part of it"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use serde_json::Value;

use crate::common::root;
use crate::common::tools::{must, target};

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// The folder `node_modules` with what `tests/<name>/package.json` names: it is `target/<name>/node_modules`, installed unless
/// everything is there in the versions wanted.
pub fn modules(name: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock();
    let folder = target().join(name);
    let package = root().join("tests").join(name).join("package.json");
    let wanted = json(&package);
    let wanted = wanted["dependencies"].as_object().expect("dependencies");
    let modules = folder.join("node_modules");
    let there = wanted.iter().all(|(name, version)| {
        json(&modules.join(name).join("package.json"))["version"] == *version
    });
    if !there {
        fs::create_dir_all(&folder).expect("a folder in target");
        fs::copy(&package, folder.join("package.json")).expect("package.json");
        let options = [
            "--no-audit",
            "--no-fund",
            "--no-package-lock",
            "--ignore-scripts",
        ];
        let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
        must(
            npm.arg("install").args(options).current_dir(&folder),
            &format!("install what tests/{name}/package.json names with npm"),
        );
    }
    modules
}
