//! The arrows between the modules, held over every `crate::…` path of `src/`.
//!
//! An arrow that is not in [`ARROWS`] does not exist. A new one is a decision: it goes here and
//! into the table of `docs/architecture.md`, which must agree.

use std::fs;
use std::path::{Path, PathBuf};

/// Module → the modules it may name.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("document", &["model"]),
    ("types", &["document", "model"]),
    ("graph", &["model", "types"]),
    ("rule", &["document", "graph", "model", "types"]),
    ("source", &["document", "model", "types"]),
    ("collect", &["model", "source", "types"]),
    ("report", &["model"]),
    ("policy", &["document", "model", "rule"]),
    ("check", &["graph", "model", "policy", "rule", "source"]),
    ("examples", &["check", "model", "rule", "source"]),
    (
        "cli",
        &[
            "check", "collect", "document", "examples", "graph", "model", "policy", "report",
            "rule", "source", "types",
        ],
    ),
];

/// Crate → the modules that may use it. A crate counts by the beginning of its name.
const CRATES: &[(&str, &[&str])] = &[
    ("aws_config", &["collect"]),
    ("aws_credential_types", &["collect"]),
    ("aws_runtime", &["collect"]),
    ("aws_sdk_", &["collect"]),
    ("aws_smithy_", &["collect"]),
    ("aws_types", &["collect"]),
    ("clap", &["cli"]),
    ("futures_util", &["collect"]),
    ("indicatif", &["cli"]),
    ("miette", &["cli", "report"]),
    ("quick_xml", &["collect"]),
    ("saphyr_parser", &["document"]),
    ("tokio", &["collect"]),
    ("toml_edit", &["document"]),
];

/// A source file: its path below the root, its module, its text without comments.
struct File {
    path: String,
    module: String,
    code: String,
    text: String,
}

fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    find(&root, &mut paths);
    assert!(paths.len() > 20, "src/ was not found");
    paths
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).unwrap_or_default();
            let inner = path.strip_prefix(&root).unwrap_or(path);
            let path = inner.to_string_lossy().replace('\\', "/");
            let module = path.split(['/', '.']).next().unwrap_or_default();
            File {
                module: module.to_owned(),
                code: without_comments(&text),
                path,
                text,
            }
        })
        .collect()
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            find(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| match line.trim_start() {
        comment if comment.starts_with("//") => "",
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules that a file names: `crate::x`, `crate::{x, y::z}`, and as many `super::` as lead
/// out of its module.
fn named(file: &File) -> Vec<String> {
    let depth = file.path.matches('/').count() + usize::from(!file.path.ends_with("/mod.rs"));
    let climb = "super::".repeat(depth);
    let mut found = Vec::new();
    for start in ["crate::", &*climb] {
        for after in file.code.split(start).skip(1) {
            match after.strip_prefix('{') {
                Some(list) => found.extend(heads(list)),
                None => found.push(word(after)),
            }
        }
    }
    found.retain(|name| ARROWS.iter().any(|(module, _)| module == name));
    found
}

/// The first words of the items of a list, up to its closing brace.
fn heads(list: &str) -> Vec<String> {
    let mut depth = 0;
    let mut heads = Vec::new();
    let mut at_head = true;
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_head = true,
            c if at_head && !c.is_whitespace() => {
                heads.push(word(list.split_at(at).1));
                at_head = false;
            }
            _ => {}
        }
    }
    heads
}

fn word(text: &str) -> String {
    let letters = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_');
    letters.collect()
}

#[test]
fn modules_name_only_what_is_below_them() {
    let mut wrong = Vec::new();
    for file in files() {
        if matches!(&*file.module, "lib" | "main") {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(module, _)| *module == file.module) else {
            wrong.push(format!("src/{}: say in ARROWS what it may name", file.path));
            continue;
        };
        for name in named(&file) {
            if name != file.module && !allowed.contains(&&*name) {
                wrong.push(format!("src/{}: {} → {name}", file.path, file.module));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows that must not exist:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn crates_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for file in files() {
        for (name, modules) in CRATES {
            // The door of that name.
            if file.code.contains(&format!("mod {name};")) {
                continue;
            }
            let used = file
                .code
                .split(name)
                .zip(file.code.split(name).skip(1))
                .any(|(a, b)| {
                    // As a path of its own, and not as the end of a longer word or a module of ours.
                    let starts = !a.ends_with(|c: char| c.is_alphanumeric() || c == '_')
                        && !a.ends_with("::");
                    let rest = b.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
                    starts && (rest.starts_with("::") || a.ends_with("use "))
                });
            if used && !modules.contains(&&*file.module) {
                wrong.push(format!("src/{}: {name}", file.path));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "crates used elsewhere:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_file_says_what_it_is_and_main_does_nothing() {
    for file in files() {
        assert!(
            file.text.starts_with("//! "),
            "src/{} begins without `//! `",
            file.path
        );
        let lines = file.text.lines().count();
        assert!(
            file.path != "main.rs" || lines < 60,
            "main.rs has {lines} lines"
        );
    }
}

#[test]
fn the_documentation_lists_the_same_arrows() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let page = fs::read_to_string(page).unwrap_or_default();
    for (module, allowed) in ARROWS {
        let names = allowed.iter().map(|name| format!("`{name}`"));
        let names = names.collect::<Vec<_>>().join(", ");
        let names = if names.is_empty() { "nothing" } else { &names };
        let row = format!("| `{module}` | {names} |");
        assert!(
            page.contains(&row),
            "docs/architecture.md lacks the row {row}"
        );
    }
}
