//! `action.yml`, run as a runner of GitHub Actions runs it: its own steps with its own scripts, inputs and outputs, from a
//! clone of this repository. Steps that use other actions are left out.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "every test file uses a part of it"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use crate::common::tools::{must, python};
use crate::common::{Folder, root};
use crate::source;

/// A YAML file.
pub fn yaml(path: &Path) -> Value {
    let code = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1], encoding='utf-8')), default=str))";
    let mut command = Command::new(python("tools", "tests/tools/requirements.txt"));
    let text = must(command.args(["-c", code]).arg(path), "read YAML");
    serde_json::from_str(&text).expect("JSON")
}

/// The platform of the tests, as the releases call it.
pub fn platform() -> (&'static str, &'static str, &'static str) {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => ("Linux", "X64", "x86_64-unknown-linux-musl"),
        ("linux", "aarch64") => ("Linux", "ARM64", "aarch64-unknown-linux-musl"),
        ("macos", "x86_64") => ("macOS", "X64", "x86_64-apple-darwin"),
        ("macos", "aarch64") => ("macOS", "ARM64", "aarch64-apple-darwin"),
        (os, arch) => panic!("say how a runner on {os} {arch} calls itself"),
    }
}

/// A host of releases on this machine: what it has, and what was asked for.
pub struct Releases {
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Releases {
    /// Serves these files below `/v<version>/`, as long as the tests run. Others are not there.
    pub fn serve(files: Vec<(String, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a caller");
                let mut request = Vec::new();
                let mut byte = [0];
                while !request.ends_with(b"\r\n\r\n")
                    && stream.read(&mut byte).is_ok_and(|n| n == 1)
                {
                    request.push(byte[0]);
                }
                let request = String::from_utf8_lossy(&request).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default();
                let version = concat!("/v", env!("CARGO_PKG_VERSION"), "/");
                let name = path.strip_prefix(version).unwrap_or_default().to_owned();
                let found = files.iter().find(|(file, _)| *file == name);
                let (status, body) = match found {
                    Some((_, body)) if body.is_empty() => ("503 Service Unavailable", &[][..]),
                    Some((_, body)) => ("200 OK", &**body),
                    None => ("404 Not Found", &[][..]),
                };
                log.lock().expect("the log").push(path.to_owned());
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
                );
                let _ = stream
                    .write_all(head.as_bytes())
                    .and_then(|()| stream.write_all(body));
            }
        });
        let url = format!("http://{address}");
        Self { url, asked }
    }

    /// A release with the skylint that is tested, and its checksum.
    pub fn of_this() -> Self {
        let (archive, sum) = Self::archive(env!("CARGO_BIN_EXE_skylint"));
        let name = Self::name();
        Self::serve(vec![
            (name.clone(), archive),
            (format!("{name}.sha256"), sum.into_bytes()),
        ])
    }

    /// The name of the archive for this platform.
    pub fn name() -> String {
        format!(
            "skylint-{}-v{}.tar.gz",
            platform().2,
            env!("CARGO_PKG_VERSION")
        )
    }

    /// An archive whose program runs another, and the text with its checksum.
    pub fn archive(program: &str) -> (Vec<u8>, String) {
        let folder = Folder::new();
        let name = Self::name();
        let stem = name.trim_end_matches(".tar.gz");
        let script = format!("{stem}/skylint");
        folder.write(&script, format!("#!/bin/sh\nexec '{program}' \"$@\"\n"));
        let path = folder.path("");
        must(
            Command::new("chmod")
                .args(["+x", &script])
                .current_dir(&path),
            "make it a program",
        );
        must(
            Command::new("tar")
                .args(["-czf", &name, stem])
                .current_dir(&path),
            "pack a release",
        );
        let sum = "import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest() + '  ' + sys.argv[1])";
        let mut command = Command::new(python("tools", "tests/tools/requirements.txt"));
        let sum = must(
            command.args(["-c", sum, &name]).current_dir(&path),
            "take its checksum",
        );
        (fs::read(folder.path(&name)).expect("the archive"), sum)
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("the log").clone()
    }
}

/// What a run of the action came to.
#[derive(Debug)]
pub struct Ran {
    /// The exit code of the last step that ran.
    pub code: i32,
    /// What the caller gets: the outputs of `action.yml`.
    pub outputs: BTreeMap<String, String>,
    pub summary: String,
    pub log: String,
    /// The steps that would use other actions, by their ids or names, with their conditions.
    pub other: Vec<String>,
}

impl Ran {
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.log.contains(words), "{words:?}\n{self:#?}");
        self
    }

    #[track_caller]
    pub fn gives(self, output: &str, value: &str) -> Self {
        assert_eq!(self.outputs[output], value, "{output}\n{self:#?}");
        self
    }
}

/// A job in this workspace.
pub struct Job<'f> {
    workspace: &'f Folder,
    action: PathBuf,
    inputs: Vec<(String, String)>,
    env: Vec<(String, String)>,
    prepare: fn(&mut Command),
}

impl<'f> Job<'f> {
    /// With the action fetched from elsewhere.
    pub fn new(workspace: &'f Folder) -> Self {
        Self {
            workspace,
            action: source::clone().0.clone(),
            inputs: Vec::new(),
            env: Vec::new(),
            prepare: |_| {},
        }
    }

    pub fn input(mut self, name: &str, value: &str) -> Self {
        self.inputs.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// `uses: ./`, in a workspace that is the clone.
    pub fn local(mut self) -> Self {
        let clone = &source::clone().0;
        self.env.push((
            "GITHUB_WORKSPACE".to_owned(),
            clone.to_string_lossy().into_owned(),
        ));
        self
    }

    /// Lets the action build from source without optimising.
    pub fn builds_quickly(mut self) -> Self {
        self.prepare = source::quick_build;
        self
    }

    pub fn run(self) -> Ran {
        let action = yaml(&root().join("action.yml"));
        let temp = Folder::new();
        let mut inputs: BTreeMap<String, String> = BTreeMap::new();
        for (name, input) in action["inputs"].as_object().expect("inputs") {
            inputs.insert(
                name.clone(),
                input["default"].as_str().expect("a default").to_owned(),
            );
        }
        for (name, value) in &self.inputs {
            let there = inputs.insert(name.clone(), value.clone());
            assert!(there.is_some(), "there is no input {name}");
        }
        let mut steps: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        let mut ran = Ran {
            code: 0,
            outputs: BTreeMap::new(),
            summary: String::new(),
            log: String::new(),
            other: Vec::new(),
        };
        for (at, step) in action["runs"]["steps"]
            .as_array()
            .expect("steps")
            .iter()
            .enumerate()
        {
            let Some(run) = step["run"].as_str() else {
                let condition = step["if"].as_str().expect("a condition");
                ran.other.push(format!("{}: {condition}", step["name"]));
                continue;
            };
            if ran.code != 0 {
                continue;
            }
            assert!(
                !run.contains("${{"),
                "an input would be read as shell: {run}"
            );
            let output = temp.path(&format!("output-{at}"));
            let summary = temp.path(&format!("summary-{at}"));
            fs::write(&output, "").expect("GITHUB_OUTPUT");
            fs::write(&summary, "").expect("GITHUB_STEP_SUMMARY");
            assert_eq!(step["shell"], "bash");
            let (os, arch, _) = platform();
            let mut bash = Command::new("bash");
            bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", run])
                .current_dir(self.workspace.path(""))
                .env("GITHUB_ACTION_PATH", &self.action)
                .env("GITHUB_ACTIONS", "true")
                .env("GITHUB_OUTPUT", &output)
                .env("GITHUB_STEP_SUMMARY", &summary)
                .env("GITHUB_WORKSPACE", self.workspace.path(""))
                .env("RUNNER_OS", os)
                .env("RUNNER_ARCH", arch)
                .env("RUNNER_TEMP", temp.path(""))
                .env("NO_PROXY", "127.0.0.1");
            let env: BTreeMap<&str, &str> = self.env.iter().map(|(n, v)| (&**n, &**v)).collect();
            bash.envs(&env);
            for (name, value) in step["env"].as_object().expect("env") {
                bash.env(
                    name,
                    evaluate(value.as_str().expect("text"), &inputs, &steps, &env),
                );
            }
            (self.prepare)(&mut bash);
            let done = bash.output().expect("bash runs");
            ran.code = done.status.code().expect("an exit code");
            ran.log.push_str(&String::from_utf8_lossy(&done.stdout));
            ran.log.push_str(&String::from_utf8_lossy(&done.stderr));
            ran.summary
                .push_str(&fs::read_to_string(&summary).expect("the summary"));
            let outputs = fs::read_to_string(&output).expect("the outputs");
            let outputs = outputs
                .lines()
                .map(|line| line.split_once('=').expect("name=value"));
            let outputs = outputs.map(|(name, value)| (name.to_owned(), value.to_owned()));
            steps.insert(
                step["id"].as_str().expect("an id").to_owned(),
                outputs.collect(),
            );
        }
        for (name, output) in action["outputs"].as_object().expect("outputs") {
            let value = evaluate(
                output["value"].as_str().expect("a value"),
                &inputs,
                &steps,
                &BTreeMap::new(),
            );
            ran.outputs.insert(name.clone(), value);
        }
        // What the reports say has to outlive the folder.
        if let Some(sarif) = ran
            .outputs
            .get_mut("sarif-file")
            .filter(|path| !path.is_empty())
        {
            *sarif = fs::read_to_string(&*sarif).expect("the SARIF file that it says is there");
        }
        ran
    }
}

/// The value of `${{ a || b }}`, where each is an input, an output of a step or a variable of the environment.
fn evaluate(
    text: &str,
    inputs: &BTreeMap<String, String>,
    steps: &BTreeMap<String, BTreeMap<String, String>>,
    env: &BTreeMap<&str, &str>,
) -> String {
    let inner = text
        .strip_prefix("${{ ")
        .and_then(|text| text.strip_suffix(" }}"));
    let inner = inner.unwrap_or_else(|| panic!("{text} is not one expression"));
    let values = inner.split(" || ").map(|term| {
        if let Some(literal) = term
            .strip_prefix('\'')
            .and_then(|term| term.strip_suffix('\''))
        {
            return literal.to_owned();
        }
        let parts: Vec<&str> = term.split('.').collect();
        match *parts {
            ["inputs", name] => inputs
                .get(name)
                .unwrap_or_else(|| panic!("there is no input {name}"))
                .clone(),
            ["steps", step, "outputs", name] => steps
                .get(step)
                .and_then(|outputs| outputs.get(name))
                .cloned()
                .unwrap_or_default(),
            ["env", name] => env.get(name).copied().unwrap_or_default().to_owned(),
            _ => panic!("say what {term} is"),
        }
    });
    values
        .into_iter()
        .find(|value| !value.is_empty())
        .unwrap_or_default()
}
