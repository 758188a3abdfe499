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
    let size = |name: &str| fs::metadata(folder.path(name)).map_or(0, |found| found.len()) >> 20;
    println!("{count} findings, {} MB of JSONL", size("run.jsonl"));
    println!("{:14} {:>7} {:>7} {:>9}", "", "s", "MB", "peak MB");
    for format in peak::FORMATS {
        let (took, peak) = peak::of_report(&folder, "run.jsonl", format);
        let size = size("report");
        println!("{format:14} {took:>7.1} {size:>7} {peak:>9.1}");
    }
}
