//! Snapshots, history and items of AWS Config.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylint::model::InputKind;

fuzz_target!(|bytes: &[u8]| skylint_fuzz::judge(InputKind::AwsConfig, bytes));
