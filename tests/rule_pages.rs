//! The pages in `docs/rules/` are what `skylint rules docs` writes: `SKYLINT_BLESS=1 cargo test` does.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::{Folder, root};

fn pages(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).expect("a folder of pages");
    entries
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read_to_string(entry.path()).expect("a page"))
        })
        .collect()
}

#[test]
fn every_rule_has_its_page() {
    let folder = Folder::new();
    folder.skylint(&["rules", "docs", "pages"]).exits(0);
    let now = pages(&folder.path("pages"));
    assert!(now.len() > 7);
    let there = root().join("docs/rules");
    if std::env::var_os("SKYLINT_BLESS").is_some() {
        let _ = fs::remove_dir_all(&there);
        fs::create_dir_all(&there).expect("docs/rules");
        for (name, text) in &now {
            fs::write(there.join(name), text).expect("a page");
        }
    }
    let known = pages(&there);
    let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&known),
        names(&now),
        "SKYLINT_BLESS=1 cargo test writes them"
    );
    for (name, text) in now {
        assert_eq!(
            known.get(&name),
            Some(&text),
            "SKYLINT_BLESS=1 cargo test writes {name}"
        );
    }
    // What a page must have to be worth reading.
    for (name, text) in known {
        if name == "README.md" {
            continue;
        }
        for heading in [
            "## Why",
            "## Fix",
            "## Where it can be decided",
            "### It fails",
            "### It passes",
            "### It is unknown",
            "## References",
        ] {
            assert!(text.contains(heading), "{name} lacks {heading:?}");
        }
    }
}
