//! The live door against a real AWS API server: `skylint collect` and `skylint scan`, what they ask
//! for, and what becomes of every call that fails. See `tests/live/README.md`.
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

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use common::{Folder, Run, root, skylint, unwrapped};
use live::{Call, DATA, FAULTY, GOOD, MANAGEMENT, SHOP, SUSPENDED, Server, Session};
use serde_json::{Value, json};

/// Where SecureCart is.
const REGIONS: &str = "ap-southeast-1,eu-central-1,eu-west-1,us-east-1";

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// Collects SecureCart into `name`.
fn collect(session: &Session<'_>, folder: &Folder, name: &str, more: &[&str]) -> Run {
    let args = ["collect", "-o", name, "--regions", REGIONS];
    session.give(folder.command(&[&args, more].concat())).run()
}

/// Every verdict on a snapshot, with the whole report.
fn judge(folder: &Folder, name: &str) -> (Verdicts, Value) {
    let run = folder.skylint(&["check", name, "--show", "all", "--format", "json"]);
    let report = run.json();
    let key = |finding: &Value| {
        let resource = &finding["resource"];
        let parts = ["type", "region", "id"].map(|part| text(resource, part).to_owned());
        (text(finding, "rule").to_owned(), parts.join(" "))
    };
    let findings = report["findings"].as_array().expect("findings").iter();
    let verdicts = findings.map(|finding| (key(finding), text(finding, "verdict").to_owned()));
    (verdicts.collect(), report)
}

/// (rule, resource) → verdict.
type Verdicts = BTreeMap<(String, String), String>;

/// The manifest of a snapshot, and its other lines.
fn snapshot(folder: &Folder, name: &str) -> (Value, Vec<String>) {
    let text = folder.read(name);
    let mut lines = text.lines();
    let manifest = serde_json::from_str(lines.next().expect("a manifest")).expect("JSON");
    (manifest, lines.map(str::to_owned).collect())
}

/// What is collected is as the schema says, compressed or not.
#[test]
fn what_is_collected_is_a_snapshot_file() {
    let session = Server::get().session(GOOD);
    let folder = Folder::new();
    collect(&session, &folder, "plain.snapshot", &[]).exits(0);
    collect(&session, &folder, "small.snapshot.zst", &[]).exits(0);
    let schema = fs::read_to_string(root().join("docs/snapshot-v1.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let text = folder.read("plain.snapshot");
    assert!(text.lines().count() > 200);
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let wrong = validator.iter_errors(&line).next();
        assert!(wrong.is_none(), "{wrong:?}: {line}");
    }
    let compressed = fs::metadata(folder.path("small.snapshot.zst"))
        .unwrap()
        .len();
    assert!(compressed * 4 < text.len() as u64);
    let (plain, _) = judge(&folder, "plain.snapshot");
    let (small, _) = judge(&folder, "small.snapshot.zst");
    assert_eq!(plain, small);
}

/// SecureCart, faulty, as it is when nothing goes wrong: its lines and verdicts.
fn faultless(session: &Session<'_>) -> (Vec<String>, Verdicts) {
    let folder = Folder::new();
    collect(session, &folder, "all.snapshot", &[]).exits(0);
    session.reset();
    let (_, lines) = snapshot(&folder, "all.snapshot");
    (lines, judge(&folder, "all.snapshot").0)
}

// --- one verdict -----------------------------------------------------------------------------------

/// The verdicts on the templates, by `file.yaml#LogicalId`.
fn templates(set: &str) -> Verdicts {
    let folder = "fixtures/securecart";
    let run = skylint(&[
        "check",
        "--scope",
        "complete",
        "--show",
        "all",
        "--format",
        "json",
        "--parameters",
        &format!("{folder}/parameters.json"),
        &format!("{folder}/cloudformation/{set}"),
    ])
    .run();
    let report = run.json();
    let findings = report["findings"].as_array().expect("findings").iter();
    let verdicts = findings.map(|finding| {
        let file = text(&finding["location"], "path")
            .rsplit('/')
            .next()
            .unwrap();
        let id = text(&finding["resource"], "id");
        let key = (text(finding, "rule").to_owned(), format!("{file}#{id}"));
        (key, text(finding, "verdict").to_owned())
    });
    verdicts.collect()
}

/// What a resource that was collected is in the templates.
fn origin(made: &Value, resource: &Value) -> String {
    let id = match text(resource, "type") {
        // zone|name|type|set
        "AWS::Route53::RecordSet" => {
            let parts: Vec<&str> = text(resource, "id").split('|').skip(1).collect();
            parts.join(" ").trim_end().to_owned()
        }
        _ => text(resource, "id").to_owned(),
    };
    let region = text(resource, "region");
    let arn = text(resource, "arn");
    let made = made.as_object().expect("what was made");
    let is = |name: &str| made.iter().find(|(_, to)| to.as_str() == Some(name));
    is(&format!("{region}/{id}"))
        .or_else(|| is(&format!("{region}/{arn}")))
        // A global table is in several Regions, and goes by one of them.
        .or_else(|| {
            let is_table = text(resource, "type") == "AWS::DynamoDB::GlobalTable";
            let mut named = made.iter();
            named.find(|(_, to)| is_table && to.as_str().is_some_and(|to| to.ends_with(&id)))
        })
        .map_or_else(
            || match id.split_once('|') {
                Some((_, stage)) => format!("only in the account: stage {stage}"),
                None => format!("only in the account: {region}/{id}"),
            },
            |(name, _)| name.clone(),
        )
}

/// Where verdicts may differ, and why.
fn differences() -> Value {
    let text = fs::read_to_string(root().join("tests/live/expected.json")).expect("the list");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn an_account_has_the_verdicts_of_the_templates() {
    let expected = differences();
    for (set, account) in [("good", GOOD), ("faulty", FAULTY)] {
        let server = Server::get();
        let session = server.session(account);
        let folder = Folder::new();
        collect(&session, &folder, "account.snapshot", &[]).exits(0);
        session.harmless_log();
        let (_, report) = judge(&folder, "account.snapshot");
        let mut found = Verdicts::new();
        for finding in report["findings"].as_array().unwrap() {
            let name = origin(&server.made()[set], &finding["resource"]);
            let key = (text(finding, "rule").to_owned(), name);
            found.insert(key, text(finding, "verdict").to_owned());
        }
        let mut wanted = templates(set);
        assert!(wanted.len() > 90, "{set}: {} verdicts", wanted.len());
        for entry in expected[set].as_array().unwrap() {
            assert!(text(entry, "why").len() > 30, "{entry}");
            let key = (
                text(entry, "rule").to_owned(),
                text(entry, "resource").to_owned(),
            );
            let was = wanted.insert(key, text(entry, "live").to_owned());
            assert_eq!(was.as_deref(), entry["cloudformation"].as_str(), "{entry}");
        }
        let more = &expected["only-in-the-account"][set];
        for entry in more.as_array().into_iter().flatten() {
            let key = (
                text(entry, "rule").to_owned(),
                text(entry, "resource").to_owned(),
            );
            wanted.insert(key, text(entry, "live").to_owned());
        }
        // What AWS makes by itself is in no template; no rule has anything against it.
        found.retain(|key, verdict| wanted.contains_key(key) || verdict != "not-applicable");
        let different: Vec<String> = wanted
            .keys()
            .chain(found.keys())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .filter(|key| wanted.get(*key) != found.get(*key))
            .map(|key| format!("{key:?}: {:?} / {:?}", wanted.get(key), found.get(key)))
            .collect();
        assert!(
            different.is_empty(),
            "{set}: should be / is\n{different:#?}"
        );
    }
}

#[test]
fn a_scan_has_the_findings_of_a_snapshot_with_fewer_calls() {
    let session = Server::get().session(FAULTY);
    let folder = Folder::new();
    collect(&session, &folder, "all.snapshot", &[]).exits(0);
    let all = session.harmless_log().len();
    session.reset();
    let findings = |run: Run| -> BTreeSet<String> {
        let report = run.json();
        let findings = report["findings"].as_array().expect("findings").iter();
        let fingerprints = findings.map(|finding| text(finding, "fingerprint").to_owned());
        fingerprints.collect()
    };
    let checked = folder.skylint(&["check", "all.snapshot", "--format", "json"]);
    let scan = ["scan", "--regions", REGIONS, "--format", "json"];
    let scanned = session.give(folder.command(&scan)).run().exits(1).soon();
    let some = session.harmless_log().len();
    assert!(some < all, "{some} of {all} calls");
    assert_eq!(scanned.json()["inputs"][0]["kind"], "live");
    assert_eq!(findings(checked), findings(scanned));
    // Nothing is left behind, and with --output everything is.
    assert_eq!(folder.names(), ["all.snapshot"]);
    let kept = [&scan[..], &["--output", "kept.snapshot"]].concat();
    let kept = session.give(folder.command(&kept)).run().exits(1);
    let report = kept.json();
    let location = &report["findings"][0]["location"];
    assert_eq!(location["path"], "kept.snapshot");
    assert!(location["line"].as_u64() > Some(1));
    assert_eq!(folder.names(), ["all.snapshot", "kept.snapshot"]);
}

#[test]
fn only_what_rules_need_is_asked_for() {
    let session = Server::get().session(FAULTY);
    let folder = Folder::new();
    let operations = |rules: &str| {
        session.reset();
        collect(&session, &folder, "some.snapshot", &["--only", rules]).exits(0);
        let log = session.harmless_log();
        let names: BTreeSet<String> = log.iter().map(|call| call.operation.clone()).collect();
        (names, log.len())
    };
    let (names, count) = operations("DB-001");
    let wanted = [
        "DescribeDBInstances",
        "DescribeRegions",
        "GetCallerIdentity",
    ];
    assert_eq!(names, wanted.map(str::to_owned).into());
    assert_eq!(count, 6);
    // Recovery of tables is a call for each; the rule about databases does not need it.
    let (names, _) = operations("DB-011");
    assert!(names.contains("DescribeContinuousBackups"));
    let (names, _) = operations("DB-004");
    assert!(!names.contains("DescribeContinuousBackups"));
    // What was not asked for is not known, rather than absent.
    let (_, report) = judge(&folder, "some.snapshot");
    let said = report["coverage"].to_string();
    assert!(
        said.contains("does not collect every resource type"),
        "{said}"
    );
}

#[test]
fn the_policy_allows_every_call() {
    let session = Server::get().session(GOOD);
    let folder = Folder::new();
    collect(&session, &folder, "all.snapshot", &[]).exits(0);
    let policy = skylint(&["collect", "--print-iam-policy"])
        .run()
        .exits(0)
        .json();
    let characters = policy.to_string().len();
    assert!(
        characters < 6_144,
        "a managed policy has 6,144: {characters}"
    );
    let actions: BTreeSet<&str> = policy["Statement"][0]["Action"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action.as_str().unwrap())
        .collect();
    // The server names services as the AWS CLI does, and operations are not always actions.
    let known = |call: &Call| {
        let mut actions = actions.iter();
        let service = match &*call.service {
            "elb" | "elbv2" => "elasticloadbalancing",
            "apigateway" | "apigatewayv2" => return actions.any(|a| *a == "apigateway:GET"),
            "stepfunctions" => "states",
            "efs" => "elasticfilesystem",
            "s3" | "s3api" => return actions.any(|a| a.starts_with("s3:")),
            // Needs no permission.
            "sts" => return true,
            other => other,
        };
        let action = format!("{service}:{}", call.operation);
        actions.any(|known| *known == action)
    };
    let unknown: BTreeSet<String> = session
        .log()
        .iter()
        .filter(|call| !known(call))
        .map(|call| format!("{}:{}", call.service, call.operation))
        .collect();
    // Lambda's operations have dates in their models and none in their actions.
    assert!(unknown.is_empty(), "{unknown:?}\n{actions:?}");
    let writes = ["Create", "Delete", "Put", "Update", "Modify", "Start"];
    for action in actions {
        let verb = action.split(':').nth(1).unwrap();
        assert!(
            !writes.iter().any(|write| verb.starts_with(write)),
            "{action}"
        );
    }
    let least = skylint(&["collect", "--print-iam-policy", "--only", "DB-001"]).run();
    let least = least.exits(0).json();
    let few = json!(["ec2:DescribeRegions", "rds:DescribeDBInstances"]);
    assert_eq!(least["Statement"][0]["Action"], few);
}

#[test]
fn lists_are_read_to_their_end() {
    let session = Server::get().session(DATA);
    let folder = Folder::new();
    let args = ["collect", "-o", "data.snapshot", "--regions", "eu-west-1"];
    session.give(folder.command(&args)).run().exits(0);
    let (_, lines) = snapshot(&folder, "data.snapshot");
    let count = |rtype: &str| {
        let head = format!("{{\"type\":\"{rtype}\"");
        lines.iter().filter(|line| line.starts_with(&head)).count()
    };
    assert_eq!(count("AWS::RDS::DBInstance"), 130);
    assert_eq!(count("AWS::DynamoDB::Table"), 110);
    assert_eq!(count("AWS::Route53::RecordSet"), 252);
    let tokens = session.harmless_log();
    assert!(tokens.iter().any(|call| !call.token.is_empty()));
    let (verdicts, _) = judge(&folder, "data.snapshot");
    let fails: Vec<&(String, String)> = verdicts
        .iter()
        .filter(|((rule, _), verdict)| matches!(&**rule, "DB-004" | "DB-011") && *verdict == "fail")
        .map(|(key, _)| key)
        .collect();
    let found: Vec<String> = fails
        .iter()
        .map(|(rule, of)| format!("{rule} {of}"))
        .collect();
    assert_eq!(
        found,
        [
            "DB-004 AWS::RDS::DBInstance eu-west-1 tenant-117",
            "DB-011 AWS::DynamoDB::Table eu-west-1 tenant-105"
        ]
    );
}

// --- what goes wrong -------------------------------------------------------------------------------

/// Denying permissions flips no verdict and loses no resource that is still listed.
#[test]
fn what_is_denied_is_unknown() {
    let session = Server::get().session(FAULTY);
    let (_, base) = faultless(&session);
    for (service, operation) in [
        ("rds", ".*"),
        ("route53", ".*"),
        ("wafv2", ".*"),
        ("wafv2", "GetWebACL"),
        ("elbv2", "DescribeTags"),
        ("dynamodb", "DescribeTable"),
        ("dynamodb", "DescribeContinuousBackups"),
        ("cloudfront", "GetDistributionConfig"),
        ("apigateway", ".*"),
        ("s3", ".*"),
        (".*", "(?!GetCallerIdentity|DescribeRegions).*"),
    ] {
        let folder = Folder::new();
        let fault =
            json!([{"service": service, "operation": operation, "fault": {"kind": "deny"}}]);
        session.faults(&fault);
        let run = collect(&session, &folder, "denied.snapshot", &[]);
        session.reset();
        // Nothing at all is no empty account.
        let run = run.exits(if service == ".*" { 2 } else { 0 });
        let said = unwrapped(&run.stderr());
        assert!(said.contains("access was denied"), "{fault}: {said}");
        assert!(said.contains("it takes the permission"), "{fault}: {said}");
        let (now, _) = judge(&folder, "denied.snapshot");
        for (key, verdict) in &base {
            // What is not applicable may turn out to pass whatever it is about.
            let same = now.get(key).is_none_or(|now| {
                now == verdict || now == "unknown" || (verdict == "not-applicable" && now == "pass")
            });
            assert!(
                same,
                "{fault}: {key:?} was {verdict} and is {:?}",
                now.get(key)
            );
        }
        // Calls about single resources cost what they would have told, never the resource.
        if operation.starts_with("Describe") || operation.starts_with("Get") {
            let listed = base.keys().filter(|(_, of)| !of.contains("GlobalTable"));
            for key in listed {
                assert!(now.contains_key(key), "{fault}: {key:?} is gone");
            }
        }
        let unknown = now.values().filter(|verdict| *verdict == "unknown").count();
        let is_judged = service != "s3" && (service, operation) != ("elbv2", "DescribeTags");
        assert!(unknown > 0 || !is_judged, "{fault}: nothing is unknown");
    }
}

#[test]
fn databases_that_nobody_may_list_are_no_clean_result() {
    let session = Server::get().session(GOOD);
    let folder = Folder::new();
    session.faults(&json!([{"service": "rds", "fault": {"kind": "deny"}}]));
    let scan = |more: &[&str]| {
        let args = ["scan", "--regions", REGIONS];
        session.give(folder.command(&[&args, more].concat())).run()
    };
    scan(&["--fail-on-unknown"]).exits(1);
    let mut human = scan(&[]).exits(0);
    for words in [
        "unknown[DB-001]",
        "rds:DescribeDBInstances",
        "it takes the permission rds:DescribeDBInstances",
        "unknown[DB-004]",
    ] {
        human = human.says(words);
    }
    let json = scan(&["--format", "json"]).exits(0).stdout();
    assert!(json.contains("it takes the permission rds:DescribeDBInstances"));
    let sarif = scan(&["--format", "sarif"]).exits(0).stdout();
    assert!(sarif.contains("it takes the permission rds:DescribeDBInstances"));
}

/// Rules that ask about a resource what is in other Regions.
const ACROSS_REGIONS: [&str; 9] = [
    "DB-006", "DB-008", "DB-009", "DNS-015", "DR-001", "DR-002", "DR-003", "DR-004", "RES-002",
];

#[test]
fn a_region_that_is_denied_costs_nothing_elsewhere() {
    let session = Server::get().session(FAULTY);
    let (_, base) = faultless(&session);
    let folder = Folder::new();
    session.faults(&json!([{"region": "eu-central-1", "fault": {"kind": "deny"}}]));
    let args = ["collect", "-o", "denied.snapshot", "--regions", REGIONS];
    let command = session.give(folder.command(&args));
    command.env("AWS_REGION", "us-east-1").run().exits(0);
    let (now, _) = judge(&folder, "denied.snapshot");
    for (key, verdict) in &base {
        if !key.1.contains(" us-east-1 ") {
            continue;
        }
        // What is asked of every Region, such as where a copy is, is no longer known.
        let open =
            ACROSS_REGIONS.contains(&&*key.0) && now.get(key).map(|v| &**v) == Some("unknown");
        assert!(
            open || now.get(key) == Some(verdict),
            "{key:?}: {verdict} / {:?}",
            now.get(key)
        );
    }
}

#[test]
fn throttling_and_broken_connections_are_waited_out() {
    let session = Server::get().session(FAULTY);
    let (lines, _) = faultless(&session);
    for kind in ["throttle", "reset", "503", "malformed", "cut"] {
        let folder = Folder::new();
        session.faults(&json!([{"fault": {"kind": kind}, "rate": 0.3}]));
        collect(&session, &folder, "hard.snapshot", &[]).exits(0);
        assert!(session.faults_used()[0] > 50, "{kind}");
        session.reset();
        let (manifest, now) = snapshot(&folder, "hard.snapshot");
        let failed: Vec<&Value> = manifest["gaps"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|gap| gap["operation"].is_string())
            .collect();
        assert!(failed.is_empty(), "{kind}: {failed:?}");
        assert_eq!(now.len(), lines.len(), "{kind}");
    }
}

#[test]
fn a_service_that_never_answers_is_given_up() {
    let session = Server::get().session(FAULTY);
    for (kind, words) in [
        ("throttle", "it was throttled, however long it waited"),
        ("hang", "there was no answer (it took too long)"),
        ("reset", "there was no answer"),
        ("repeat-token", "its pages go in circles"),
        ("malformed", "the answer could not be read"),
        ("500-html", "HTTP 500"),
    ] {
        let folder = Folder::new();
        let fault = json!([{"service": "rds", "fault": {"kind": kind, "seconds": 30}}]);
        session.faults(&fault);
        // What answers does so in time, on a busy machine, too.
        let timeout = if kind == "hang" { "6" } else { "30" };
        let patience = ["--attempts", "2", "--timeout", timeout];
        let args = ["collect", "-o", "some.snapshot", "--regions", REGIONS];
        let run = session
            .give(folder.command(&[&args[..], &patience].concat()))
            .run();
        session.reset();
        let run = run.exits(0).complains("rds:DescribeDBInstances");
        assert!(unwrapped(&run.stderr()).contains(words), "{kind}: {run}");
        let (verdicts, _) = judge(&folder, "some.snapshot");
        let of_rds = verdicts.iter().filter(|((rule, of), _)| {
            rule == "DB-001" && of.starts_with("AWS::RDS::DBInstance  (not read)")
        });
        assert_eq!(of_rds.count(), 1, "{kind}: {verdicts:#?}");
        // The others are there.
        let tables = verdicts.keys().filter(|(rule, _)| rule == "DB-011");
        assert!(tables.count() > 3, "{kind}");
    }
}

#[test]
fn credentials_that_end_leave_what_was_read_to_go_on_with() {
    let session = Server::get().session(FAULTY);
    let (lines, _) = faultless(&session);
    let folder = Folder::new();
    session.faults(&json!([{"service": "elbv2", "fault": {"kind": "expired"}}]));
    let run = collect(&session, &folder, "part.snapshot", &[]);
    run.exits(2).complains("the credentials expired");
    let answered = |log: Vec<Call>| -> BTreeSet<[String; 4]> {
        log.into_iter()
            .filter(|call| call.status == 200)
            .map(|call| [call.service, call.operation, call.region, call.token])
            .collect()
    };
    let first = answered(session.harmless_log());
    session.reset();
    let (manifest, some) = snapshot(&folder, "part.snapshot");
    assert_eq!(manifest["complete"], false);
    assert!(some.len() < lines.len());
    // It is judged as far as it goes, and what it lacks is unknown.
    let (verdicts, _) = judge(&folder, "part.snapshot");
    assert!(verdicts.values().any(|verdict| verdict == "unknown"));
    collect(&session, &folder, "part.snapshot", &["--resume"]).exits(0);
    // What was under way is asked for again, and no more than that.
    let again = answered(session.harmless_log());
    let twice = first.intersection(&again).count();
    assert!(
        twice < first.len() / 2,
        "it began anew: {twice} of {} are asked for twice",
        first.len()
    );
    let (manifest, whole) = snapshot(&folder, "part.snapshot");
    assert_eq!(manifest["complete"], true);
    assert_eq!(whole.len(), lines.len());
    assert_eq!(folder.names(), ["part.snapshot"], "the spool is gone");
}

#[cfg(unix)]
#[test]
fn an_interrupted_collection_is_a_valid_snapshot() {
    use std::thread::sleep;
    use std::time::Duration;

    let session = Server::get().session(FAULTY);
    let (lines, _) = faultless(&session);
    let folder = Folder::new();
    session.faults(&json!([{"service": "dynamodb", "fault": {"kind": "hang", "seconds": 20}}]));
    let mut command = Command::new(env!("CARGO_BIN_EXE_skylint"));
    command
        .args(["collect", "-o"])
        .arg(folder.path("part.snapshot"))
        .args(["--regions", REGIONS, "--timeout", "60"])
        .envs(session.env())
        .stderr(std::process::Stdio::null());
    let mut child = command.spawn().expect("skylint starts");
    // Until everything but DynamoDB has been read.
    for _ in 0..200 {
        sleep(Duration::from_millis(50));
        if session.log().len() > 300 {
            break;
        }
    }
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.expect("kill").success());
    let status = child.wait().expect("its end");
    assert_eq!(status.code(), Some(2));
    session.reset();
    let (manifest, some) = snapshot(&folder, "part.snapshot");
    assert_eq!(manifest["complete"], false);
    assert!(!some.is_empty() && some.len() < lines.len());
    let said = manifest["gaps"].to_string();
    assert!(said.contains("interrupted before it was read"), "{said}");
    let (verdicts, _) = judge(&folder, "part.snapshot");
    let tables = |verdict: &&String| *verdict == "unknown";
    let tables = verdicts
        .iter()
        .filter(|((rule, _), verdict)| rule == "DB-011" && tables(verdict));
    assert!(tables.count() > 0);
    collect(&session, &folder, "part.snapshot", &["--resume"]).exits(0);
    assert_eq!(snapshot(&folder, "part.snapshot").1.len(), lines.len());
}

#[test]
fn regions_are_told_apart() {
    let session = Server::get().session(GOOD);
    let folder = Folder::new();
    let collect = |regions: &str| {
        let args = [
            "collect",
            "-o",
            "x.snapshot",
            "--only",
            "DB-001",
            "--regions",
            regions,
        ];
        session.give(folder.command(&args)).run()
    };
    collect("eu-central-9")
        .exits(2)
        .complains("there is no Region eu-central-9 in partition aws");
    // Nothing can be in a Region that was never enabled.
    collect("af-south-1")
        .exits(2)
        .complains("none of these Regions is enabled");
    collect("eu-central-1,af-south-1").exits(0);
    let (manifest, _) = snapshot(&folder, "x.snapshot");
    assert_eq!(manifest["regions"], json!(["eu-central-1"]));
    let gaps = manifest["gaps"].as_array().unwrap();
    assert_eq!(
        gaps.len(),
        16,
        "those that are enabled and were not asked for"
    );
    session.reset();
    collect("all").exits(0);
    let (manifest, _) = snapshot(&folder, "x.snapshot");
    assert_eq!(manifest["regions"].as_array().unwrap().len(), 17);
    let regions: BTreeSet<String> = session
        .log()
        .into_iter()
        .filter(|call| call.service == "rds")
        .map(|call| call.region)
        .collect();
    assert_eq!(regions.len(), 17);
}

#[test]
fn who_cannot_begin_is_told_why() {
    let session = Server::get().session(GOOD);
    let folder = Folder::new();
    let args = ["collect", "-o", "x.snapshot"];
    let patience = ["--attempts", "1", "--timeout", "20"];
    let all = [&args[..], &patience].concat();
    session
        .give(folder.command(&all))
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .run()
        .exits(2)
        .complains("AWS does not accept the credentials")
        .complains("aws sso login");
    session
        .give(folder.command(&all))
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .run()
        .exits(2)
        .complains("AWS cannot be reached");
    for kind in ["deny", "expired"] {
        session.faults(&json!([{"service": "sts", "fault": {"kind": kind}}]));
        session
            .give(folder.command(&all))
            .run()
            .exits(2)
            .complains("AWS does not accept the credentials");
        session.reset();
    }
    session.faults(&json!([{"operation": "DescribeRegions", "fault": {"kind": "deny"}}]));
    session
        .give(folder.command(&all))
        .run()
        .exits(2)
        .complains("name the Regions: --regions");
    session.reset();
    session
        .give(folder.command(&[
            "collect",
            "-o",
            "no/such/folder/x.snapshot",
            "--only",
            "DB-001",
        ]))
        .run()
        .exits(2);
    let left: Vec<String> = folder.names();
    assert!(left.iter().all(|name| name != "x.snapshot"), "{left:?}");
    folder
        .command(&["collect"])
        .run()
        .exits(2)
        .complains("--output");
}

#[test]
fn no_secret_is_written() {
    for account in [GOOD, FAULTY] {
        let session = Server::get().session(account);
        let folder = Folder::new();
        let run = collect(&session, &folder, "all.snapshot", &[]).exits(0);
        let said = run.said() + &folder.read("all.snapshot");
        let found: Vec<&str> = said
            .match_indices("canary")
            .map(|(at, _)| said.get(at.saturating_sub(80)..at + 20).unwrap_or_default())
            .collect();
        assert!(found.is_empty(), "{account}: {found:#?}");
    }
}

// --- organisations ---------------------------------------------------------------------------------

#[test]
fn an_organisation_is_read_account_by_account() {
    let session = Server::get().session(MANAGEMENT);
    let folder = Folder::new();
    let collect = |more: &[&str]| {
        let args = [
            "collect",
            "-o",
            "org.snapshot",
            "--organization",
            "--organization-role",
            "Audit",
            "--regions",
            "eu-central-1,eu-west-1,us-east-1",
        ];
        session.give(folder.command(&[&args, more].concat())).run()
    };
    collect(&[]).exits(0);
    let (manifest, lines) = snapshot(&folder, "org.snapshot");
    assert_eq!(manifest["accounts"], json!([MANAGEMENT, SHOP, DATA]));
    let suspended = manifest["gaps"].to_string();
    assert!(suspended.contains(SUSPENDED), "{suspended}");
    assert!(lines.iter().any(|line| line.contains("tenant-117")));
    let log = session.harmless_log();
    let assumed = log
        .iter()
        .filter(|call| call.operation == "AssumeRole")
        .count();
    assert_eq!(assumed, 2, "once for each account but the caller's own");
    // In order, and each with its account.
    let keys: Vec<(String, String, String, String)> = lines
        .iter()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let part = |name: &str| text(&line, name).to_owned();
            (part("account"), part("region"), part("type"), part("id"))
        })
        .collect();
    assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));

    collect(&["--accounts", SHOP]).exits(0);
    assert_eq!(
        snapshot(&folder, "org.snapshot").0["accounts"],
        json!([SHOP])
    );
    collect(&["--exclude-accounts", DATA]).exits(0);
    let (manifest, _) = snapshot(&folder, "org.snapshot");
    assert_eq!(manifest["accounts"], json!([MANAGEMENT, SHOP]));
    collect(&["--accounts", "999999999999"])
        .exits(2)
        .complains("the organisation has no account 999999999999");

    // An account that lets nobody in is a gap, and no reason to stop.
    session.faults(&json!([{"operation": "AssumeRole", "input": SHOP,
        "fault": {"kind": "deny"}}]));
    let run = collect(&[]).exits(0);
    let (manifest, _) = snapshot(&folder, "org.snapshot");
    assert_eq!(manifest["accounts"], json!([MANAGEMENT, DATA]), "{run}");
    run.complains(&format!("not read in {SHOP}"));
    folder
        .skylint(&[
            "check",
            "org.snapshot",
            "--fail-on",
            "never",
            "--fail-on-unknown",
        ])
        .exits(1)
        .says(&format!("of account {SHOP} could be read"));
    session.reset();

    session.faults(&json!([{"operation": "ListAccounts", "fault": {"kind": "deny"}}]));
    collect(&[])
        .exits(2)
        .complains("only the management account");
}

#[test]
fn roles_are_taken_on_one_after_the_other() {
    let session = Server::get().session(MANAGEMENT);
    let folder = Folder::new();
    let role = |account: &str| format!("arn:aws:iam::{account}:role/Audit");
    let args = [
        "collect",
        "-o",
        "x.snapshot",
        "--only",
        "DB-001",
        "--regions",
        "eu-central-1",
        "--assume-role",
        &role(SHOP),
        "--assume-role",
        &role(FAULTY),
        "--external-id",
        "secret-handshake",
        "--role-session-name",
        "auditor",
    ];
    session.give(folder.command(&args)).run().exits(0);
    let (manifest, _) = snapshot(&folder, "x.snapshot");
    assert_eq!(manifest["accounts"], json!([FAULTY]));
    let arn = text(&manifest["caller"], "arn");
    assert!(arn.ends_with(":assumed-role/Audit/auditor"), "{arn}");
    let assumed: Vec<String> = session
        .log()
        .into_iter()
        .filter(|call| call.operation == "AssumeRole")
        .map(|call| call.account)
        .collect();
    assert_eq!(assumed, [MANAGEMENT, SHOP]);
}

// --- from AWS Config -------------------------------------------------------------------------------

#[test]
fn what_aws_config_recorded_has_the_verdicts_of_its_files() {
    let expected = differences();
    for (set, account) in [("good", GOOD), ("faulty", FAULTY)] {
        let session = Server::get().session(account);
        let folder = Folder::new();
        collect(&session, &folder, "config.snapshot", &["--from-config"]).exits(0);
        let services: BTreeSet<String> = session
            .harmless_log()
            .into_iter()
            .map(|call| call.service)
            .collect();
        let asked = ["config", "ec2", "sts"].map(str::to_owned);
        assert_eq!(services, asked.into(), "no service is asked itself");
        let (now, _) = judge(&folder, "config.snapshot");
        let files = format!("fixtures/securecart/aws-config/{set}");
        let all = ["--scope", "complete", "--show", "all", "--format", "json"];
        let args = [&["check", &files], &all[..]].concat();
        let report = skylint(&args).run().json();
        let findings = report["findings"].as_array().unwrap();
        assert!(findings.len() > 20);
        let mut different = BTreeSet::new();
        for finding in findings {
            let resource = &finding["resource"];
            let parts = ["type", "region", "id"].map(|part| text(resource, part).to_owned());
            let id = parts.join(" ").replace(GOOD, account);
            let key = (text(finding, "rule").to_owned(), id);
            let found = now.get(&key).map(String::as_str);
            if found != finding["verdict"].as_str() {
                let was = text(finding, "verdict");
                different.insert(format!(
                    "{} {}: {was} / {found:?}",
                    key.0,
                    text(resource, "id")
                ));
            }
        }
        let listed = expected["from-config"][set]
            .as_array()
            .into_iter()
            .flatten();
        let listed = listed.map(|entry| {
            assert!(text(entry, "why").len() > 30, "{entry}");
            let parts = ["rule", "id", "file"].map(|part| text(entry, part));
            let found = entry["live"].as_str();
            format!("{} {}: {} / {found:?}", parts[0], parts[1], parts[2])
        });
        assert_eq!(different, listed.collect(), "{set}: file / collected");
    }
}

#[test]
fn an_aggregator_answers_for_all_its_accounts() {
    let session = Server::get().session(MANAGEMENT);
    let folder = Folder::new();
    let more = ["--from-config", "--aggregator", "organization"];
    collect(&session, &folder, "config.snapshot", &more).exits(0);
    let (manifest, lines) = snapshot(&folder, "config.snapshot");
    for account in [GOOD, FAULTY] {
        let of = format!("\"account\":\"{account}\"");
        assert!(lines.iter().any(|line| line.contains(&of)), "{account}");
    }
    let gaps = manifest["gaps"].to_string();
    assert!(gaps.contains("AWS Config does not record it"), "{gaps}");
    assert!(gaps.contains("what the recorders behind aggregator organization leave out"));
    let more = ["--from-config", "--aggregator", "nobody"];
    let run = collect(&session, &folder, "config.snapshot", &more);
    run.exits(2)
        .complains("config:SelectAggregateResourceConfig")
        .complains("nothing could be read");
}

// --- the guide -------------------------------------------------------------------------------------

/// `docs/live.md` says to try it so.
#[test]
fn it_can_be_tried_without_an_account() {
    // It is installed already.
    Server::get();
    let output = Command::new("python3")
        .arg(root().join("tests/live/try.py"))
        .arg(env!("CARGO_BIN_EXE_skylint"))
        .args(["scan", "--format", "json"])
        .output()
        .expect("python3");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["summary"]["unknown"], 0);
    assert!(report["summary"]["fail"].as_u64() > Some(20));
}

// --- the server --------------------------------------------------------------------------------------

#[test]
fn the_server_holds_what_the_templates_say_and_breaks_as_aws_does() {
    let server = Server::get();
    let folder = Folder::with(&[("made.json", &server.made().to_string())]);
    let made = folder.path("made.json");
    let said = server.script("verify.py", &[&server.url, made.to_str().expect("UTF-8")]);
    for line in ["good: 0 failures", "organization: ", "faults: 9 protocols"] {
        assert!(said.contains(line), "{said}");
    }
    // That they are those of the templates, it asserts itself.
    let failures = said
        .split("faulty: ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    let failures = failures.and_then(|number| number.parse::<usize>().ok());
    assert!(failures > Some(20), "{said}");
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
