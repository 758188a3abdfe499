//! `.pre-commit-hooks.yaml` with the real pre-commit, in repositories of their own: it clones this repository as it is
//! now, has pip build the wheel of `pyproject.toml` from it, and runs the hooks at `git commit`.
//!
//! Needs git, cargo and python3, and the network for what is not there yet: `tests/tools/requirements.txt` in
//! `target/tools/venv`, and maturin, which pip gets for the build. What is built is not optimised, so that nobody
//! waits minutes: that the hooks are quick is not seen here.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;
#[path = "common/source.rs"]
mod source;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use common::tools::{self, must};
use common::{Folder, root};

const FAULTY: &str = "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties: { Engine: mysql, MultiAZ: false }\n";
const FIXED: &str = "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties: { Engine: mysql, MultiAZ: true }\n";
const SETTINGS: &str = "[rules]\nonly = [\"DB-001\"]\n";

/// pre-commit, with its own folder of what it installs.
fn pre_commit(folder: &Path) -> Command {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    let home = HOME.get_or_init(|| {
        // What was built of the same files is built.
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pre-commit");
        let (_, commit) = source::clone();
        if !fs::read_to_string(home.join("commit")).is_ok_and(|of| of == *commit) {
            let _ = fs::remove_dir_all(&home);
            fs::create_dir_all(&home).expect("a folder for pre-commit");
            fs::write(home.join("commit"), commit).expect("a note of what is there");
        }
        home
    });
    let mut command = Command::new(tools::python("tools", "tests/tools/requirements.txt"));
    command.args(["-m", "pre_commit"]).current_dir(folder);
    source::nobody(&mut command);
    command.env("PRE_COMMIT_HOME", home);
    command
}

/// A repository of a user whose commits are held to these hooks.
struct Repository(Folder);

impl Repository {
    fn with(hooks: &[&str]) -> Self {
        let (clone, commit) = source::clone();
        let clone = clone.to_str().expect("UTF-8");
        let hooks = hooks.iter().map(|hook| format!("{{id: {hook}}}"));
        let hooks = hooks.collect::<Vec<_>>().join(", ");
        let config = format!("repos:\n- {{repo: '{clone}', rev: {commit}, hooks: [{hooks}]}}\n");
        let files = [
            (".pre-commit-config.yaml", &*config),
            ("skylint.toml", SETTINGS),
        ];
        let folder = Folder::with(&files);
        let path = folder.path("");
        must(
            source::git(&path).args(["init", "--quiet"]),
            "make a repository",
        );
        must(
            pre_commit(&path).arg("install"),
            "install pre-commit's git hook",
        );
        static INSTALLED: OnceLock<()> = OnceLock::new();
        INSTALLED.get_or_init(|| {
            let mut install = pre_commit(&path);
            source::quick_build(&mut install);
            must(
                install.arg("install-hooks"),
                "install skylint as pre-commit does",
            );
        });
        let it = Self(folder);
        it.add(&[]);
        it.git(&["commit", "--quiet", "--no-verify", "--message=first"]);
        it
    }

    fn add(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            self.0.write(name, text);
        }
        self.git(&["add", "--all"]);
    }

    fn git(&self, args: &[&str]) -> Output {
        let mut git = source::git(&self.0.path(""));
        pre_commit(&self.0.path(""))
            .get_envs()
            .for_each(|(name, value)| {
                if let Some(value) = value {
                    git.env(name, value);
                }
            });
        git.args(args).output().expect("git runs")
    }

    /// Commits these files; what was said, and whether the commit is there.
    fn commit(&self, files: &[(&str, &str)]) -> (String, bool) {
        self.add(files);
        let head = self.git(&["rev-parse", "HEAD"]).stdout;
        let output = self.git(&["commit", "--message=more"]);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).expect("UTF-8");
        let is_there = self.git(&["rev-parse", "HEAD"]).stdout != head;
        assert_eq!(is_there, output.status.success(), "{said}");
        (said, is_there)
    }

    #[track_caller]
    fn refuses(&self, files: &[(&str, &str)]) -> String {
        let (said, is_there) = self.commit(files);
        assert!(!is_there, "{said}");
        said
    }

    #[track_caller]
    fn takes(&self, files: &[(&str, &str)]) -> String {
        let (said, is_there) = self.commit(files);
        assert!(is_there, "{said}");
        said
    }
}

#[test]
fn pre_commit_takes_the_manifest() {
    let manifest = root().join(".pre-commit-hooks.yaml");
    let mut validate = pre_commit(root());
    must(
        validate.arg("validate-manifest").arg(manifest),
        "validate the hooks",
    );
}

#[test]
fn a_faulty_template_is_not_committed_and_a_fixed_one_is() {
    let repository = Repository::with(&["skylint"]);
    let said = repository.refuses(&[("infra/shop.yaml", FAULTY)]);
    assert!(said.contains("high[DB-001]"), "{said}");
    assert!(said.contains("infra/shop.yaml:4:"), "{said}");
    repository.takes(&[("infra/shop.yaml", FIXED)]);
}

#[test]
fn templates_are_linted_together_as_the_settings_say() {
    let repository = Repository::with(&["skylint"]);
    repository.add(&[("old/shop.yaml", FAULTY), ("new/shop.yaml", FIXED)]);
    repository.git(&["commit", "--quiet", "--no-verify", "--message=second"]);
    // The fault is in a file that the commit does not touch.
    let said = repository.refuses(&[("new/shop.yaml", &format!("{FIXED}\n"))]);
    assert!(said.contains("old/shop.yaml:4:"), "{said}");
    // A commit that changes the settings alone is held to them as well.
    let settings = format!("[inputs]\ninclude = [\"new\"]\n{SETTINGS}");
    repository.takes(&[("skylint.toml", &settings)]);
}

#[test]
fn only_changed_templates_are_linted_where_that_is_wanted() {
    let repository = Repository::with(&["skylint-files"]);
    repository.add(&[("old.template", FAULTY)]);
    repository.git(&["commit", "--quiet", "--no-verify", "--message=second"]);
    repository.takes(&[("new.template", FIXED)]);
    let said = repository.refuses(&[("odd name.template.yaml", FAULTY), ("Two.cfn.json", "{}")]);
    assert!(said.contains("odd name.template.yaml:4:"), "{said}");
    assert!(said.contains("Two.cfn.json"), "{said}");
}

/// A state with a database, in one zone or more.
fn state(multi_az: bool) -> String {
    format!(
        r#"{{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "x", "outputs": {{}}, "resources": [
  {{"mode": "managed", "type": "aws_db_instance", "name": "db", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
   "instances": [{{"schema_version": 2, "attributes": {{"id": "db", "engine": "mysql", "multi_az": {multi_az}}}}}]}}]}}
"#
    )
}

#[test]
fn a_plan_and_a_state_are_linted() {
    let repository = Repository::with(&["skylint-terraform"]);
    let said = repository.refuses(&[("live/terraform.tfstate", &state(false))]);
    assert!(said.contains("high[DB-001]"), "{said}");
    repository.takes(&[("live/terraform.tfstate", &state(true))]);
    let plan = root().join("fixtures/securecart/terraform/faulty/plan.json");
    let plan = fs::read_to_string(plan).unwrap();
    for name in ["plan.json", "shop.tfplan.json", "prod-tfplan.json"] {
        let said = repository.refuses(&[(name, &plan)]);
        assert!(said.contains("high[DB-001]"), "{said}");
        repository.git(&["rm", "--quiet", "--force", name]);
    }
}

#[test]
fn what_is_not_of_skylint_does_not_start_it() {
    let repository = Repository::with(&["skylint", "skylint-files", "skylint-terraform"]);
    let files = [
        ("README.md", "# Shop\n"),
        ("main.tf", "resource \"aws_db_instance\" \"db\" {}\n"),
        ("src/plan.rs", "\n"),
        ("floorplan.jpeg", "\n"),
    ];
    let said = repository.takes(&files);
    assert_eq!(said.matches("Skipped").count(), 3, "{said}");
    // It may be one, so it is looked at; that it is none is no error.
    let said = repository.takes(&[("shop.yaml", FIXED), ("values.yaml", "replicas: 3\n")]);
    assert_eq!(said.matches("Skipped").count(), 2, "{said}");
    assert_eq!(said.matches("Passed").count(), 1, "{said}");
}
