//! The rules in `tests/probes` exist for their examples, which try values, names and the graph
//! where it is easy to be wrong.

use std::process::Command;

#[test]
fn every_probe_gives_the_verdict_it_should() {
    let output = Command::new(env!("CARGO_BIN_EXE_skylint"))
        .args(["rules", "test", "tests/probes"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains(" 0 failed"), "{said}");
}
