//! JSON, YAML and TOML, whatever they say.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylint::document::{decode, parse_json, parse_toml, parse_yaml};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = decode(bytes) {
        let _ = parse_json(&text);
        let _ = parse_yaml(&text);
        let _ = parse_toml(&text);
    }
});
