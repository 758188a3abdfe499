//! What it costs to make each report of a million findings that were kept with `--format jsonl`: time, size, peak memory.
//!
//!     cargo bench --bench reports [-- COUNT]
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
#[path = "../tests/common/peak.rs"]
mod peak;
#[path = "../tests/common/synthetic.rs"]
mod synthetic;

use std::fs::{self, File};
use std::io::BufWriter;

fn main() {
    let count = std::env::args().find_map(|arg| arg.parse().ok());
    let count: usize = count.unwrap_or(1_000_000);
    let folder = common::Folder::new();
    let kept = File::create(folder.path("run.jsonl")).expect("a file");
    synthetic::repeated(&synthetic::faulty(), count, &mut BufWriter::new(kept)).expect("written");
    let kept = fs::metadata(folder.path("run.jsonl")).expect("the file");
    println!("{count} findings, {} MB of JSONL", kept.len() >> 20);
    println!("{:14} {:>7} {:>7} {:>9}", "", "s", "MB", "peak MB");
    for format in common::FORMATS {
        let cost = peak::of_report(&folder, "run.jsonl", format);
        let (seconds, size, peak) = (cost.seconds, cost.size_mb, cost.peak_mb);
        println!("{format:14} {seconds:>7.1} {size:>7.0} {peak:>9.1}");
    }
}
