//! Plans and state of Terraform.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylint::model::InputKind;

fuzz_target!(|bytes: &[u8]| {
    skylint_fuzz::judge(InputKind::TerraformPlan, bytes);
    skylint_fuzz::judge(InputKind::TerraformState, bytes);
});
