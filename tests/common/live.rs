//! A real AWS API server for the tests: moto behind a proxy, filled with SecureCart. See `tests/live/README.md`.
//!
//! Needs python3 (3.10 or newer) with venv, and the network the first time: `tests/live/requirements.txt` is installed into
//! `target/live/venv` and kept there.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    reason = "every test file uses a part of it"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::common::tools::{self, must};
use crate::common::{Skylint, root, skylint};

/// The accounts. SecureCart is in the first two; the organisation has the others.
pub const GOOD: &str = "111122223333";
pub const FAULTY: &str = "444455556666";
pub const MANAGEMENT: &str = "100000000001";
/// Two databases in eu-central-1, one of them in a single zone, and a table without recovery in us-east-1.
pub const SHOP: &str = "100000000002";
/// Pages: 130 databases and 110 tables in eu-west-1, 252 record sets in a zone. `tenant-117` has no backups, and the table
/// `tenant-105` no recovery.
pub const DATA: &str = "100000000003";
pub const SUSPENDED: &str = "100000000004";

/// What must not come into the tests from whoever runs them.
const AMBIENT: &[&str] = &[
    "AWS_CA_BUNDLE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_REGION",
    "AWS_MAX_ATTEMPTS",
    "AWS_PROFILE",
    "AWS_RETRY_MODE",
    "AWS_ROLE_ARN",
    "AWS_SESSION_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/// The server, which ends when its standard input closes: with the tests, however they end.
pub struct Server {
    /// Where skylint calls: `AWS_ENDPOINT_URL`.
    pub url: String,
    /// moto itself, without corrections and faults.
    pub moto: String,
    made: Value,
    python: PathBuf,
    _process: Child,
}

/// The Python that has moto, installed unless it is there in the versions wanted.
fn python() -> PathBuf {
    tools::python("live", "tests/live/requirements.txt")
}

impl Server {
    /// The server of this test binary, started and filled once.
    pub fn get() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| {
            let mut server = Self::start();
            let made = server.script("seed.py", &["all", &server.url]);
            server.made = serde_json::from_str(&made).expect("JSON of seed.py");
            server
        })
    }

    /// A server with nothing in it.
    pub fn start() -> Self {
        let python = python();
        let mut process = Command::new(&python)
            .arg(root().join("tests/live/server.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the AWS API server starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its standard output"))
            .read_line(&mut line)
            .expect("what it says");
        let urls: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("the AWS API server does not start: {error}: {line:?}"));
        let url = |name: &str| urls[name].as_str().expect("a URL").to_owned();
        Self {
            url: url("proxy"),
            moto: url("moto"),
            made: Value::Null,
            python,
            _process: process,
        }
    }

    /// What a script of `tests/live` says.
    pub fn script(&self, name: &str, args: &[&str]) -> String {
        let script = root().join("tests/live").join(name);
        let mut command = Command::new(&self.python);
        command
            .arg(script)
            .args(args)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        must(&mut command, &format!("run tests/live/{name}"))
    }

    /// What seed.py made: set → `file.yaml#LogicalId` → `region/id`.
    pub fn made(&self) -> &Value {
        &self.made
    }

    /// Calls of a test of its own in an account: its faults break nobody else's, and its log has nobody else's.
    pub fn session(&self, account: &str) -> Session<'_> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Session {
            server: self,
            account: account.to_owned(),
            label: format!("T{}X", NEXT.fetch_add(1, Ordering::Relaxed)),
        }
    }

    fn request(&self, method: &str, target: &str, body: &str) -> Value {
        let host = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("the AWS API server");
        let mut request =
            format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        let _ = write!(request, "Content-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        assert!(
            head.starts_with("HTTP/1.1 200 "),
            "{method} {target}: {answer}"
        );
        serde_json::from_str(body).expect("JSON")
    }
}

/// See [`Server::session`].
pub struct Session<'s> {
    server: &'s Server,
    account: String,
    label: String,
}

impl Session<'_> {
    /// The environment of a user of this account.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let nothing = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-aws-config");
        fs::write(&nothing, "").expect("an empty file");
        let nothing = nothing.to_str().expect("UTF-8").to_owned();
        vec![
            ("AWS_ENDPOINT_URL", self.server.url.clone()),
            (
                "AWS_ACCESS_KEY_ID",
                format!("AKIA{}{}", self.account, self.label),
            ),
            ("AWS_SECRET_ACCESS_KEY", "secret-7f3a-canary".to_owned()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", nothing.clone()),
            ("AWS_SHARED_CREDENTIALS_FILE", nothing),
            ("NO_PROXY", "127.0.0.1".to_owned()),
        ]
    }

    /// Prepares to run skylint as this user.
    pub fn skylint(&self, args: &[&str]) -> Skylint {
        self.give(skylint(args))
    }

    /// Lets a command, of a [`crate::common::Folder`] for example, run as this user.
    pub fn give(&self, mut command: Skylint) -> Skylint {
        for name in AMBIENT {
            command = command.env_remove(name);
        }
        for (name, value) in self.env() {
            command = command.env(name, value);
        }
        command
    }

    fn control(&self, method: &str, path: &str, body: &str) -> Value {
        let target = format!("{path}?label={}", self.label);
        self.server.request(method, &target, body)
    }

    /// Breaks calls of this session from now on; the rules of `tests/live/server.py`.
    pub fn faults(&self, rules: &Value) {
        self.control("POST", "/_faults", &rules.to_string());
    }

    /// How often each rule broke a call.
    pub fn faults_used(&self) -> Vec<u64> {
        let rules = self.control("GET", "/_faults", "");
        let rules = rules.as_array().expect("a list").iter();
        rules
            .map(|rule| rule["used"].as_u64().expect("a number"))
            .collect()
    }

    /// The calls of this session so far.
    pub fn log(&self) -> Vec<Call> {
        let log = self.control("GET", "/_log", "");
        let text = |entry: &Value, name: &str| entry[name].as_str().expect("text").to_owned();
        let log = log.as_array().expect("a list").iter();
        log.map(|entry| Call {
            account: text(entry, "account"),
            service: text(entry, "service"),
            region: text(entry, "region"),
            operation: text(entry, "operation"),
            token: text(entry, "token"),
            status: entry["status"].as_u64().expect("a number"),
            from: text(entry, "from"),
        })
        .collect()
    }

    /// The same, all of them answered and all of them only reading.
    #[track_caller]
    pub fn harmless_log(&self) -> Vec<Call> {
        let log = self.log();
        for call in &log {
            assert_ne!(
                call.from, "missing",
                "the test server has no answer: {call:?}"
            );
            let reads = ["Assume", "BatchGet", "Describe", "Get", "List", "Select"];
            assert!(
                reads.iter().any(|verb| call.operation.starts_with(verb)),
                "{call:?}"
            );
        }
        log
    }

    /// Forgets the log and the faults.
    pub fn reset(&self) {
        self.control("POST", "/_reset", "");
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.reset();
        }
    }
}

/// A call that the server got. Services have the names of the AWS CLI.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    pub service: String,
    pub operation: String,
    pub account: String,
    pub region: String,
    /// Which page; empty for the first.
    pub token: String,
    /// Of HTTP; 0 where nothing was answered.
    pub status: u64,
    /// `moto`, `corrected`, `answers`, `fault:KIND`, or `missing`.
    pub from: String,
}
