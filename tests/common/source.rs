//! The repository as others get it: a clone to build from, quickly.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    reason = "every test file uses a part of it"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Once, OnceLock};

use crate::common::root;
use crate::common::tools::{must, target};

/// git, as nobody in particular.
pub fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(folder);
    nobody(&mut git);
    git
}

/// What git and pre-commit must not take from whoever runs the tests.
pub fn nobody(command: &mut Command) {
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "SKIP"] {
        command.env_remove(name);
    }
    let nothing = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-git-config");
    fs::write(&nothing, "").expect("an empty file");
    command
        .env("GIT_CONFIG_GLOBAL", &nothing)
        .env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "Nobody")
            .env(format!("GIT_{who}_EMAIL"), "nobody@example.com")
            // The same files are the same commit.
            .env(format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z");
    }
}

/// A repository with one commit: every file here that git does not ignore, as it is now. Its path and the commit.
pub fn clone() -> &'static (PathBuf, String) {
    static CLONE: OnceLock<(PathBuf, String)> = OnceLock::new();
    CLONE.get_or_init(|| {
        let clone = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clone");
        let _ = fs::remove_dir_all(&clone);
        let args = [
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ];
        let listed = must(git(root()).args(args), "list the files of the repository");
        for name in listed.split('\0').filter(|name| !name.is_empty()) {
            let (from, to) = (root().join(name), clone.join(name));
            // Listed, and deleted since.
            if !from.exists() {
                continue;
            }
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder of the clone");
            fs::copy(&from, &to).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        for args in [
            &["init", "--quiet", "--initial-branch=main"][..],
            &["add", "--all"],
            &["commit", "--quiet", "--message=all"],
        ] {
            must(git(&clone).args(args), "make a repository of it");
        }
        let commit = must(git(&clone).args(["rev-parse", "HEAD"]), "name the commit");
        (clone, commit.trim().to_owned())
    })
}

/// Lets a command build skylint with cargo as a release is built, but in a minute: without optimisation, and with the
/// dependencies of the last time.
pub fn quick_build(command: &mut Command) {
    static FORGOTTEN: Once = Once::new();
    let folder = target().join("source");
    FORGOTTEN.call_once(|| forget(&folder.join("release")));
    command
        .env("CARGO_TARGET_DIR", folder)
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
}

/// Drops what was built of skylint itself, which is at another path every time.
fn forget(release: &Path) {
    for folder in [".fingerprint", "build", "deps"] {
        for entry in fs::read_dir(release.join(folder)).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str());
            let ours = |name: &str| name.trim_start_matches("lib").starts_with("skylint");
            if name.is_some_and(ours) {
                let _ = fs::remove_dir_all(&path);
                let _ = fs::remove_file(&path);
            }
        }
    }
}
