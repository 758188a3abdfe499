//! How much memory a run takes. Linux only: it is read from `/proc`.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    reason = "every test file uses a part of it"
)]

use std::fs;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::Folder;

/// What a report cost.
pub struct Cost {
    pub seconds: f64,
    /// The most memory at any time.
    pub peak_mb: f64,
    /// How long it is; nothing keeps it.
    pub size_mb: f64,
}

/// Makes a report of a kept run.
pub fn of_report(folder: &Folder, from: &str, format: &str) -> Cost {
    let begin = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_skylint"))
        .args(["report", "--from", from])
        .args(["--format", format])
        .current_dir(folder.path(""))
        .env_remove("GITHUB_STEP_SUMMARY")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("skylint starts");
    let mut stdout = child.stdout.take().expect("its standard output");
    let length = thread::spawn(move || io::copy(&mut stdout, &mut io::sink()));
    let (status, peak_mb) = of(&mut child);
    assert!(status.success(), "{format}: {status}");
    let length = length.join().expect("it is read").expect("its output");
    Cost {
        seconds: begin.elapsed().as_secs_f64(),
        peak_mb,
        size_mb: length as f64 / f64::from(1 << 20),
    }
}

/// Waits for a process: its exit code, and the most memory it had at any time, in MB.
pub fn of(child: &mut Child) -> (ExitStatus, f64) {
    let mut peak_mb = 0.0;
    loop {
        // The mark only rises: the last reading is the highest.
        peak_mb = mark(child.id()).unwrap_or(peak_mb);
        if let Some(status) = child.try_wait().expect("its exit code") {
            return (status, peak_mb);
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
