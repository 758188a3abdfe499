//! What it costs to scan SecureCart, live: calls, CPU seconds and memory, against the AWS API server of the tests.
//!
//!     cargo bench --bench live
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark"
)]

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/common/live.rs"]
mod live;

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use live::{DATA, FAULTY, Server};

/// CPU seconds and peak memory in KB of a process that is still there.
fn used(pid: u32) -> Option<(f64, u64)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let peak = line.split_whitespace().nth(1)?.parse().ok()?;
    // Linux counts in hundredths of a second everywhere that matters.
    Some((ticks / 100.0, peak))
}

fn main() {
    let server = Server::get();
    println!(
        "{:52} {:>6} {:>7} {:>7} {:>7}",
        "", "calls", "wall s", "CPU s", "MB"
    );
    for (what, account, args) in [
        ("scan, all rules, 17 Regions", FAULTY, &["scan"][..]),
        (
            "scan, all rules, 4 Regions",
            FAULTY,
            &[
                "scan",
                "--regions",
                "ap-southeast-1,eu-central-1,eu-west-1,us-east-1",
            ],
        ),
        (
            "scan, DB-001, 17 Regions",
            FAULTY,
            &["scan", "--only", "DB-001"],
        ),
        (
            "collect, everything, 17 Regions",
            FAULTY,
            &["collect", "-o", "/dev/null"],
        ),
        (
            "scan, 130 databases, 110 tables, 252 records",
            DATA,
            &["scan", "--regions", "eu-west-1"],
        ),
    ] {
        let folder = common::Folder::new();
        let session = server.session(account);
        let mut command = Command::new(env!("CARGO_BIN_EXE_skylint"));
        let args: Vec<String> = args
            .iter()
            .map(|arg| match *arg {
                "/dev/null" => folder.path("all.snapshot").to_string_lossy().into_owned(),
                arg => arg.to_owned(),
            })
            .collect();
        command
            .args(&args)
            .envs(session.env())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let begin = Instant::now();
        let mut child = command.spawn().expect("skylint starts");
        let mut last = (0.0, 0);
        while child.try_wait().expect("its end").is_none() {
            last = used(child.id()).unwrap_or(last);
            thread::sleep(Duration::from_millis(1));
        }
        let wall = begin.elapsed().as_secs_f64();
        let (cpu, peak) = last;
        let calls = session.log().len();
        let megabytes = peak as f64 / 1024.0;
        println!("{what:52} {calls:>6} {wall:>7.2} {cpu:>7.2} {megabytes:>7.1}");
        session.reset();
    }
}
