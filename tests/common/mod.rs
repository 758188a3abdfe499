//! What the tests share: a folder of their own, the real binary in it, and what the binary said.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "every test file uses a part of it"
)]

pub mod tools;

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Every format of a report.
pub const FORMATS: [&str; 11] = [
    "human",
    "json",
    "jsonl",
    "csv",
    "html",
    "markdown",
    "sarif",
    "sarif-github",
    "github",
    "gitlab",
    "junit",
];

/// No run may take longer: whoever lints hostile input waits for an answer too. It takes a second or less, so
/// that this tells what runs away from what shares a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// A run that is still going after this is stopped.
const HUNG: Duration = Duration::from_secs(60);

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder for one test, gone when the test is.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    /// A folder with these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self::new();
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder in the folder");
        fs::write(path, content).expect("a file in the folder");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// The names of everything directly in it, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder");
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }

    /// Runs skylint in this folder.
    pub fn skylint(&self, args: &[&str]) -> Run {
        skylint(args).current_dir(&self.0).run()
    }

    /// Prepares to run skylint in this folder.
    pub fn command(&self, args: &[&str]) -> Skylint {
        skylint(args).current_dir(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// Prepares to run skylint in the repository, with an environment that does not depend on who
/// runs the tests.
pub fn skylint(args: &[&str]) -> Skylint {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skylint"));
    command.args(args).current_dir(root());
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "TERM", "RUST_BACKTRACE"] {
        command.env_remove(name);
    }
    Skylint {
        command,
        stdin: Vec::new(),
    }
}

pub struct Skylint {
    command: Command,
    stdin: Vec<u8>,
}

impl Skylint {
    pub fn current_dir(mut self, path: &Path) -> Self {
        self.command.current_dir(path);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub fn stdin(mut self, text: impl AsRef<[u8]>) -> Self {
        self.stdin = text.as_ref().to_vec();
        self
    }

    pub fn run(mut self) -> Run {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        self.start()
    }

    /// Runs with standard output going somewhere else.
    pub fn run_into(mut self, stdout: impl Into<Stdio>) -> Run {
        self.command
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(Stdio::piped());
        self.start()
    }

    fn start(mut self) -> Run {
        let shown = format!("{:?}", self.command);
        let begin = Instant::now();
        let mut child = self.command.spawn().expect("skylint starts");
        // Close our copies of what the child writes to.
        drop(self.command);
        let input = self.stdin;
        let mut stdin = child.stdin.take().expect("its standard input");
        let feed = thread::spawn(move || {
            // It may stop reading whenever it likes.
            let _ = stdin.write_all(&input);
        });
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        let code = wait(&mut child, begin, &shown);
        let took = begin.elapsed();
        feed.join().expect("the input is written");
        let text = |reader: JoinHandle<Vec<u8>>| reader.join().expect("the output is read");
        let run = Run {
            shown,
            code,
            stdout: text(stdout),
            stderr: text(stderr),
            took,
        };
        assert!(!run.stderr().contains("panicked"), "it panicked\n{run}");
        run
    }
}

fn collect(stream: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            stream.read_to_end(&mut bytes).expect("its output");
        }
        bytes
    })
}

fn wait(child: &mut Child, begin: Instant, shown: &str) -> Option<i32> {
    loop {
        if let Some(status) = child.try_wait().expect("its exit code") {
            return status.code();
        }
        if begin.elapsed() > HUNG {
            let _ = child.kill();
            panic!("still running after {HUNG:?}: {shown}");
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// What a run did.
pub struct Run {
    shown: String,
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub took: Duration,
}

impl Run {
    pub fn stdout(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("standard output is UTF-8")
    }

    pub fn stderr(&self) -> String {
        String::from_utf8(self.stderr.clone()).expect("standard error is UTF-8")
    }

    /// Both streams.
    pub fn said(&self) -> String {
        format!("{}{}", self.stdout(), self.stderr())
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "the exit code should be {code}\n{self}"
        );
        self
    }

    /// Standard error says this. Lines are joined, since messages are wrapped.
    #[track_caller]
    pub fn complains(self, words: &str) -> Self {
        let said = unwrapped(&self.stderr());
        assert!(
            said.contains(words),
            "standard error should say {words:?}\n{self}"
        );
        self
    }

    /// Standard output says this.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        let said = unwrapped(&self.stdout());
        assert!(
            said.contains(words),
            "standard output should say {words:?}\n{self}"
        );
        self
    }

    #[track_caller]
    pub fn soon(self) -> Self {
        assert!(self.took < PATIENCE, "it took {:?}\n{self}", self.took);
        self
    }

    /// The report on standard output.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|e| panic!("no JSON: {e}\n{self}"))
    }

    /// `RULE verdict resource` of every finding in the JSON report, in its order.
    #[track_caller]
    pub fn findings(&self) -> Vec<String> {
        findings(&self.json())
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cut = |bytes: &[u8]| -> String {
            String::from_utf8_lossy(bytes).chars().take(8_000).collect()
        };
        write!(
            f,
            "{}\nexit code {:?}\n--- standard output\n{}\n--- standard error\n{}",
            self.shown,
            self.code,
            cut(&self.stdout),
            cut(&self.stderr)
        )
    }
}

/// Text on one line, without what the lines of a diagnostic begin with.
pub fn unwrapped(text: &str) -> String {
    let words = text
        .split_whitespace()
        .filter(|word| !matches!(*word, "│" | "|"));
    words.collect::<Vec<_>>().join(" ")
}

/// `RULE verdict resource` of every finding in a JSON report.
pub fn findings(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("findings");
    findings
        .iter()
        .map(|finding| {
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            let (rule, verdict) = (text(&finding["rule"]), text(&finding["verdict"]));
            format!("{rule} {verdict} {}", text(&finding["resource"]["address"]))
        })
        .collect()
}

/// Rules of a made-up organisation, one of each severity. Tests that are not about skylint's own
/// rules use these, so that they hold whatever those come to say.
pub const HOUSE_RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/house-rules");

/// One resource for every verdict and severity of the house rules.
pub const SHOP: &str = include_str!("../templates/shop.yaml");

/// A template with exactly one finding, `ORG-002 fail Db`, under the house rules.
pub const ONE_FAULT: &str = "\
Resources:
  Db:
    Type: AWS::RDS::DBInstance
    Properties:
      Engine: mysql
      MultiAZ: false
";
