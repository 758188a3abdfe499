//! Lists the rule files, resource type files and frameworks, so that adding one is adding one file.
//!
//! Writes `rules.rs`, `types.rs` and `frameworks.rs` into `OUT_DIR`: each a slice of (path, text) in
//! path order.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| ".".to_owned()));
    let out = PathBuf::from(env::var("OUT_DIR").unwrap_or_else(|_| ".".to_owned()));
    embed(&root.join("rules"), &out.join("rules.rs"))?;
    embed(&root.join("src/types/AWS"), &out.join("types.rs"))?;
    embed(
        &root.join("src/policy/frameworks"),
        &out.join("frameworks.rs"),
    )?;
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

fn embed(folder: &Path, list: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut code = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(folder).unwrap_or(file);
        let name = name.to_string_lossy().replace('\\', "/");
        let _ = writeln!(code, "    ({name:?}, include_str!({file:?})),");
    }
    code.push(']');
    fs::write(list, code)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "yaml") {
            files.push(path);
        }
    }
    Ok(())
}
