//! Tools that tests run beside skylint, installed in pinned versions where the build puts its own files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use serde_json::Value;

use super::root;

/// Runs a tool that has to be there, and to succeed. Its standard output.
#[track_caller]
pub fn must(command: &mut Command, needed_for: &str) -> String {
    let output = command.output().unwrap_or_else(|error| {
        let program = command.get_program().to_string_lossy().into_owned();
        panic!("{program} is needed to {needed_for}, and cannot be run: {error}")
    });
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "cannot {needed_for}: {command:?}\n{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// Where the build puts its files.
pub fn target() -> &'static Path {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tmp.parent().expect("target")
}

/// The Python of a virtual environment with these packages, `target/<name>/venv`: made, with the network, unless it is
/// there in the versions wanted. Needs python3 (3.10 or newer) with venv.
pub fn python(name: &str, requirements: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock();
    let folder = target().join(name);
    let wanted = fs::read(root().join(requirements)).expect("requirements.txt");
    let venv = folder.join("venv");
    let bin = |venv: &Path| {
        venv.join(if cfg!(windows) {
            "Scripts/python.exe"
        } else {
            "bin/python"
        })
    };
    let is_there = || fs::read(venv.join("requirements.txt")).is_ok_and(|there| there == wanted);
    if !is_there() {
        // Made beside it and moved there whole, so that another run never finds half of it.
        let fresh = folder.join(format!("venv.{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for the tools");
        let base = if cfg!(windows) { "python" } else { "python3" };
        let version = "import sys; sys.exit(sys.version_info < (3, 10))";
        must(
            Command::new(base).args(["-c", version]),
            "run the tools of the tests, which need version 3.10",
        );
        must(
            Command::new(base)
                .args(["-m", "venv", "--clear"])
                .arg(&fresh),
            "make a virtual environment for the tools of the tests",
        );
        let options = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        must(
            Command::new(bin(&fresh))
                .args(options)
                .arg("-r")
                .arg(root().join(requirements)),
            &format!("install {requirements} with pip"),
        );
        fs::write(fresh.join("requirements.txt"), &wanted).expect("a note of what is there");
        if !is_there() {
            let _ = fs::remove_dir_all(&venv);
            let _ = fs::rename(&fresh, &venv);
        }
        let _ = fs::remove_dir_all(&fresh);
        assert!(
            is_there(),
            "what {requirements} asks for is not in {}",
            venv.display()
        );
    }
    bin(&venv)
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// The folder `node_modules` with what `tests/<name>/package.json` names: it is `target/<name>/node_modules`, installed unless
/// everything is there in the versions wanted.
pub fn npm(name: &str) -> PathBuf {
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
