//! The live door, against a real AWS API server that holds SecureCart.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;
#[path = "common/live.rs"]
mod live;

use common::Folder;
use live::{FAULTY, GOOD, MANAGEMENT, Server};
use serde_json::json;

#[test]
fn the_server_holds_what_the_templates_say_and_breaks_as_aws_does() {
    let server = Server::get();
    let folder = Folder::with(&[("made.json", &server.made().to_string())]);
    let made = folder.path("made.json");
    let said = server.script("verify.py", &[&server.url, made.to_str().expect("UTF-8")]);
    for line in [
        "good: 0 failures",
        "faulty: 27 failures",
        "organization: ",
        "faults: 9 protocols",
    ] {
        assert!(said.contains(line), "{said}");
    }
}

#[test]
fn what_was_created_has_a_name() {
    let made = Server::get().made();
    assert_eq!(
        made["good"]["eu-central-1.yaml#OrdersDatabase"],
        "eu-central-1/securecart-orders-eu"
    );
    assert_eq!(
        made["faulty"]["global.yaml#ShopEuropeRecords.RecordSets[0]"],
        "global/shop-eu.securecart.example. A germany"
    );
}

#[test]
fn sessions_do_not_see_each_other() {
    let server = Server::get();
    let (one, other) = (server.session(GOOD), server.session(FAULTY));
    one.faults(&json!([{"service": "rds", "fault": "deny"}]));
    assert_eq!(one.faults_used(), [0]);
    assert!(other.faults_used().is_empty());
    assert!(one.log().is_empty());
    let key = |session: &live::Session<'_>| {
        let env = session.env().into_iter();
        let mut keys = env.filter(|(name, _)| *name == "AWS_ACCESS_KEY_ID");
        keys.next().expect("a key").1
    };
    assert!(key(&one).starts_with("AKIA111122223333"));
    assert!(key(&server.session(MANAGEMENT)).starts_with("AKIA100000000001"));
}
