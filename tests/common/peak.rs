//! How much memory it takes to make a report. Linux only: it is read from `/proc`.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    reason = "every test file uses a part of it"
)]

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::Folder;

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

/// Makes a report of a kept run, in the file `report`. Seconds, and the most memory at any time in MB.
pub fn of_report(folder: &Folder, from: &str, format: &str) -> (f64, f64) {
    let begin = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_skylint"))
        .args(["report", "--from", from])
        .arg(format!("--format={format}=report"))
        .current_dir(folder.path(""))
        .env_remove("GITHUB_STEP_SUMMARY")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("skylint starts");
    let mut peak = 0.0;
    loop {
        // The mark only rises: the last reading is the highest.
        peak = mark(child.id()).unwrap_or(peak);
        if let Some(status) = child.try_wait().expect("its exit code") {
            assert!(status.success(), "{format}: {status}");
            return (begin.elapsed().as_secs_f64(), peak);
        }
        thread::sleep(Duration::from_millis(2));
    }
}

fn mark(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}
