//! skylint.toml, files of waivers, baselines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylint::policy::{parse, parse_waivers, remember};

fuzz_target!(|text: &str| {
    let _ = parse(text);
    let _ = parse_waivers(text);
    let _ = remember(text);
});
