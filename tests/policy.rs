//! What an organisation sets for itself: `skylint.toml`.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;

use std::fs;

use common::{Folder, SHOP, root};
use serde_json::{Map, Value, json};
use skylint::document::{Data, Node, parse_toml};
use skylint::policy;
use skylint::rule::{self, CONTEXT};

/// A rule with a parameter, and what it judges.
const DAYS: &str = "\
id: ORG-100
slug: days
title: Too few days
severity: medium
params:
  days: { default: 7, doc: The least number of days }
  exempt: { default: [], doc: Those that need none }
  words: { context: payment.words }
resource: AWS::RDS::DBInstance
when: \"!(self.DBInstanceIdentifier in params.exempt)\"
require: self.BackupRetentionPeriod >= params.days
message: \"{self} keeps {self.BackupRetentionPeriod} of {params.days} days\"
severity-when:
  - if: mentions(names(self), params.words)
    then: critical
why: w
fix: { text: f }
frameworks: { acme: [A.1] }
";

const DB: &str = "\
Resources:
  Db:
    Type: AWS::RDS::DBInstance
    Properties: { DBInstanceIdentifier: db, Engine: mysql, BackupRetentionPeriod: 5 }
";

fn days(settings: &str) -> Folder {
    let settings = format!("{settings}\n");
    Folder::with(&[
        ("days.yaml", DAYS),
        ("db.yaml", DB),
        ("sub/db.yaml", DB),
        ("skylint.toml", &settings),
    ])
}

const RULES: &str = "[rules]\nown = [\"days.yaml\"]\nonly = [\"ORG-100\"]\n";

mod settings {
    use super::*;

    #[test]
    fn the_file_is_found_upwards_and_its_paths_are_its_own() {
        let folder = days(&format!("{RULES}[inputs]\ninclude = [\"db.yaml\"]"));
        for (place, path) in [(".", "db.yaml"), ("sub", "../db.yaml")] {
            let run = folder.command(&["check", "--format", "json"]);
            let run = run.current_dir(&folder.path(place)).run().exits(1);
            assert_eq!(run.findings(), ["ORG-100 fail Db"]);
            assert_eq!(run.json()["inputs"][0]["path"], path);
        }
        let other = ["check", "--config", "../skylint.toml", "db.yaml"];
        let run = folder.command(&other).current_dir(&folder.path("sub"));
        run.run().exits(1).says("ORG-100");
        // Without settings and paths, it is the working directory that is read.
        let run = folder.command(&["check", "--no-config", "--format", "json"]);
        let run = run.current_dir(&folder.path("sub")).run();
        let inputs = run.json()["inputs"].clone();
        assert_eq!(inputs.as_array().unwrap().len(), 1, "{inputs}");
        assert_eq!(inputs[0]["path"], "db.yaml");
        let run = folder.skylint(&["check", "--no-config", "db.yaml"]);
        assert!(!run.stdout().contains("ORG-100"));
        folder
            .skylint(&["check", "--config", "none.toml", "db.yaml"])
            .exits(2)
            .complains("none.toml");
    }

    /// Settings hold for many runs: that one has no such input is no surprise.
    #[test]
    fn what_is_said_of_inputs_is_said_wherever_skylint_is_started() {
        let folder = days(&format!(
            "{RULES}[inputs]\nparameters = [\"None=1\", \"ci/p.json\"]\nregion = \"eu-west-1\"\n\
             regions = {{ \"sub\" = \"eu-west-2\", \"other\" = \"eu-west-3\" }}\n\
             accounts = {{ \"**/db.yaml\" = \"111122223333\" }}\n"
        ));
        folder.write("ci/p.json", r#"{ "Days": "1" }"#);
        let open = DB.replace(": 5", ": !Ref Days");
        folder.write(
            "sub/db.yaml",
            format!("Parameters: {{ Days: {{ Type: Number }} }}\n{open}"),
        );
        for (place, file, region, verdict) in [
            (".", "db.yaml", "eu-west-1", "fail"),
            (".", "sub/db.yaml", "eu-west-2", "fail"),
            ("sub", "db.yaml", "eu-west-2", "fail"),
            ("sub", "../db.yaml", "eu-west-1", "fail"),
        ] {
            let run = folder.command(&["check", file, "-f", "json"]);
            let run = run.current_dir(&folder.path(place)).run().exits(1);
            assert_eq!(run.stderr(), "", "{place} {file}");
            let finding = &run.json()["findings"][0];
            assert_eq!(finding["verdict"], verdict, "{place} {file}");
            assert_eq!(finding["resource"]["region"], region, "{place} {file}");
        }
        // The command line is about this run.
        folder
            .skylint(&["check", "db.yaml", "--region", "none=eu-west-1"])
            .complains("no template is called that");
    }

    #[test]
    fn rules_are_chosen_by_id_slug_domain_framework_and_control() {
        for selector in ["ORG-100", "days", "org", "acme", "acme:a.1", "ACME"] {
            for (key, expected) in [("only", 1), ("skip", 0)] {
                let folder = days(&format!(
                    "[rules]\nown = [\"days.yaml\"]\n{key} = [\"{selector}\"]"
                ));
                let run = folder.skylint(&["check", "db.yaml", "--format", "json"]);
                let found = run.findings();
                let ours = found.iter().filter(|f| f.starts_with("ORG-100")).count();
                assert_eq!(ours, expected, "{key} {selector}");
            }
        }
    }

    #[test]
    fn the_command_line_beats_the_file() {
        let folder = days(
            "[rules]\nown = [\"days.yaml\"]\nskip = [\"ORG-100\"]\n\
             [gate]\nfail-on = \"never\"\nfail-on-unknown = true\n\
             [report]\nformats = [\"json\"]\nshow = \"all\"",
        );
        let only = ["check", "db.yaml", "--only", "ORG-100"];
        let run = folder.skylint(&only).exits(0);
        assert_eq!(run.findings(), ["ORG-100 fail Db"]);
        folder
            .skylint(&[&only[..], &["--fail-on", "low"]].concat())
            .exits(1);
        folder
            .skylint(&[&only[..], &["--format", "human"]].concat())
            .exits(0)
            .says("medium[ORG-100]");
        folder.write("db.yaml", DB.replace(": 5", ": !ImportValue days"));
        folder.skylint(&only).exits(1);
        folder
            .skylint(&[&only[..], &["--fail-on-unknown=false"]].concat())
            .exits(0);
        folder.write("db.yaml", DB.replace(": 5", ": 9"));
        let all = folder.skylint(&only);
        assert_eq!(all.findings(), ["ORG-100 pass Db"]);
        let problems = folder.skylint(&[&only[..], &["--show", "problems"]].concat());
        assert!(problems.findings().is_empty());
    }

    #[test]
    fn severities_are_final_and_the_name_of_a_rule_wins() {
        for (settings, severity) in [
            ("", "critical"),
            ("[severity]\norg = \"low\"", "low"),
            ("[severity]\ndays = \"high\"\norg = \"low\"", "high"),
            ("[severity]\norg = \"low\"\nORG-100 = \"high\"", "high"),
            ("[severity]\nacme = \"low\"", "low"),
        ] {
            let folder = days(&format!("{RULES}{settings}"));
            folder.write(
                "db.yaml",
                DB.replace("Identifier: db", "Identifier: payment"),
            );
            let run = folder.skylint(&["check", "db.yaml", "--format", "json"]);
            assert_eq!(
                run.json()["findings"][0]["severity"],
                severity,
                "{settings}"
            );
        }
    }

    #[test]
    fn parameters_and_context_reach_the_rules() {
        let verdicts = |settings: &str| {
            let folder = days(&format!("{RULES}{settings}"));
            let run = folder.skylint(&["check", "db.yaml", "--format", "json", "--show", "all"]);
            let report = run.json();
            let finding = &report["findings"][0];
            format!("{} {}", finding["verdict"], finding["severity"]).replace('"', "")
        };
        assert_eq!(verdicts(""), "fail medium");
        assert_eq!(verdicts("[params.ORG-100]\ndays = 5"), "pass medium");
        assert_eq!(
            verdicts("[params.days]\nexempt = [\"db\"]"),
            "not-applicable medium"
        );
        assert_eq!(
            verdicts("[context.payment]\nwords = [\"db\"]"),
            "fail critical"
        );
        // What a rule is told of its own wins.
        assert_eq!(
            verdicts("[context.payment]\nwords = [\"db\"]\n[params.ORG-100]\nwords = []"),
            "fail medium"
        );
    }

    #[test]
    fn accounts_say_what_is_production_where_no_tag_does() {
        let verdict = |settings: &str, account: Option<&str>, tag: &str| {
            let folder = Folder::new();
            let tags = format!("Tags: [{{ Key: stage, Value: {tag} }}], Engine");
            let tags = if tag.is_empty() { "Engine" } else { &tags };
            folder.write("db.yaml", DB.replace("Engine", tags));
            folder.write("skylint.toml", settings);
            let args = [
                "check", "db.yaml", "--only", "DB-010", "--show", "all", "-f", "json",
            ];
            let account = account.map(|account| ["--account", account]);
            let args: Vec<&str> = args
                .into_iter()
                .chain(account.into_iter().flatten())
                .collect();
            let report = folder.skylint(&args).json();
            let finding = &report["findings"][0];
            format!("{} {}", finding["verdict"], finding["severity"]).replace('"', "")
        };
        let ours = "[context.accounts]\nproduction = [\"1\"]\nother = [\"2\"]\n";
        for (settings, account, tag, expected) in [
            ("", Some("1"), "", "fail low"),
            ("", None, "", "fail low"),
            (ours, Some("1"), "", "fail medium"),
            (ours, Some("1"), "test", "fail medium"),
            (ours, Some("2"), "", "not-applicable medium"),
            (ours, Some("2"), "prod", "fail medium"),
            (ours, Some("3"), "", "fail low"),
            (ours, None, "prod", "fail medium"),
            (ours, None, "", "unknown medium"),
        ] {
            let found = verdict(settings, account, tag);
            assert_eq!(found, expected, "{settings} {account:?} {tag}");
        }
    }

    /// One of a table that several rules ask.
    #[test]
    fn what_is_critical_is_said_by_tags_or_by_a_list() {
        let verdicts = |settings: &str, tags: &str| {
            let folder = Folder::new();
            let tagged = format!("Tags: [{{ {tags} }}], Engine");
            folder.write("db.yaml", DB.replace("Engine", &tagged));
            folder.write("skylint.toml", settings);
            let args = "check db.yaml --only BKP-001,DB-008 --scope complete --region eu-central-1 --show all -f json";
            let report = folder.skylint(&args.split(' ').collect::<Vec<_>>()).json();
            let findings = report["findings"].as_array().unwrap().iter();
            let verdicts = findings.map(|f| f["verdict"].as_str().unwrap().to_owned());
            verdicts.collect::<Vec<_>>().join(" ")
        };
        let plain = "Key: x, Value: y";
        for (settings, tags, expected) in [
            ("", plain, "not-applicable not-applicable"),
            ("", "Key: Service-Tier, Value: Tier-1", "fail fail"),
            ("", "Key: criticality, Value: high", "fail not-applicable"),
            (
                "critical = { high = [\"some\"] }",
                "Key: criticality, Value: some",
                "fail not-applicable",
            ),
            (
                "critical = { values = [] }",
                "Key: criticality, Value: critical",
                "not-applicable not-applicable",
            ),
            (
                "critical = { tags = [\"x\"], values = [\"Y\"] }",
                plain,
                "fail fail",
            ),
            ("critical = { names = [\"d*\"] }", plain, "fail fail"),
            (
                "critical = { names = [\"d\"] }",
                plain,
                "not-applicable not-applicable",
            ),
        ] {
            let found = verdicts(&format!("[context]\n{settings}"), tags);
            assert_eq!(found, expected, "{settings} {tags}");
        }
    }

    #[test]
    fn other_files_other_settings_and_later_ones_win() {
        let folder = days(&format!(
            "{RULES}[inputs]\ninclude = [\".\"]\nexclude = [\"*/out/*\"]\n\
             [[override]]\npaths = [\"sub\"]\nseverity = {{ org = \"high\" }}\nparams.days.days = 6\n\
             [[override]]\npaths = [\"sub/low\"]\nseverity = {{ org = \"low\" }}\n\
             [[override]]\npaths = [\"**/off/*.yaml\"]\nskip = [\"org\"]\n"
        ));
        for name in ["sub/low/a.yaml", "sub/off/b.yaml", "sub/out/c.yaml"] {
            folder.write(name, DB);
        }
        for place in [".", "sub"] {
            let run = folder.command(&["check", "--format", "json"]);
            let report = run.current_dir(&folder.path(place)).run().exits(1).json();
            let findings = report["findings"].as_array().unwrap();
            let all: Vec<String> = findings
                .iter()
                .map(|f| {
                    let message = f["message"].as_str().unwrap();
                    format!("{} {message}", f["severity"].as_str().unwrap())
                })
                .collect();
            assert_eq!(
                all,
                [
                    "medium db keeps 5 of 7 days",
                    "high db keeps 5 of 6 days",
                    "low db keeps 5 of 6 days"
                ]
            );
            assert_eq!(report["inputs"].as_array().unwrap().len(), 4);
        }
        // A file that is named is read, whatever is excluded.
        let run = folder.skylint(&["check", "sub/out/c.yaml"]);
        run.exits(1).says("high[ORG-100]");
    }

    #[test]
    fn overrides_hold_for_terraform_by_the_file_of_the_block() {
        let plan = root().join("fixtures/securecart/terraform/faulty");
        let folder = Folder::new();
        for entry in fs::read_dir(&plan).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                folder.write(&name, fs::read(&path).unwrap());
            }
        }
        let args = ["check", "plan.json", "--format", "json", "--only", "db"];
        let count = |folder: &Folder| {
            let report = folder.skylint(&args).json();
            let findings = report["findings"].as_array().unwrap().clone();
            let of = |f: &&Value| f["location"]["path"].as_str().unwrap().contains("data");
            (findings.len(), findings.iter().filter(of).count())
        };
        let (all, in_file) = count(&folder);
        let files: Vec<String> = folder.names();
        assert!(in_file > 0 && in_file < all, "{files:?} {all} {in_file}");
        folder.write(
            "skylint.toml",
            "[[override]]\npaths = [\"*data*.tf\"]\nskip = [\"db\"]",
        );
        assert_eq!(count(&folder), (all - in_file, 0));
    }

    #[test]
    fn explain_shows_what_is_in_force() {
        let folder = days(&format!(
            "{RULES}[params.ORG-100]\ndays = 9\n[severity]\norg = \"low\"\n\
             [[override]]\npaths = [\"sub\", \"x*\"]\nskip = [\"org\"]\nparams.days.exempt = [\"a\"]\n"
        ));
        let page = folder.skylint(&["explain", "days"]).exits(0).stdout();
        let end = page.find("## In force").unwrap();
        insta::assert_snapshot!(&page[end..]);
        folder.write(
            "skylint.toml",
            "[rules]\nown = [\"days.yaml\"]\nskip = [\"org\"]",
        );
        folder
            .skylint(&["explain", "days"])
            .exits(0)
            .says("It does not run.");
    }

    #[test]
    fn init_writes_what_it_found_and_the_file_holds() {
        let empty = Folder::new();
        empty
            .skylint(&["init"])
            .exits(0)
            .says("found nothing to check yet");
        let run = empty.skylint(&["check"]).exits(2);
        run.complains("nothing to lint in this directory");
        empty.skylint(&["init"]).exits(2).complains("--force");
        let printed = empty.skylint(&["init", "--schema"]).exits(0).json();
        assert_eq!(printed, schema());
        empty.skylint(&["init", "--force"]).exits(0);
        assert_eq!(empty.names(), ["skylint.toml"]);

        let folder = Folder::with(&[
            ("infra/shop.yaml", SHOP),
            ("cdk.json", r#"{ "app": "x" }"#),
            ("net/main.tf", "resource \"aws_vpc\" \"a\" {}\n"),
        ]);
        let run = folder.skylint(&["init"]).exits(0);
        insta::assert_snapshot!(run.stdout());
        let text = folder.read("skylint.toml");
        insta::assert_snapshot!(text);
        assert!(text.lines().all(|line| line.len() <= 120));
        // Everything that it shows can be set.
        let shown: String = text
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(key) if key.starts_with('[') || key.contains(" = ") => format!("{key}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let shown = shown.replace("include = [\"infra\", \"cdk.out\"]", "");
        assert_eq!(complaints(&shown), [""; 0]);
        policy::parse(&shown).unwrap_or_else(|faults| panic!("{faults:#?}\n{shown}"));
    }

    #[test]
    fn init_never_leaves_half_a_file() {
        let folder = Folder::new();
        fs::create_dir(folder.path("skylint.toml")).unwrap();
        folder.skylint(&["init", "--force"]).exits(2);
        assert_eq!(folder.names(), ["skylint.toml"]);
    }
}

mod mistakes {
    use super::*;

    #[test]
    fn each_is_said_with_its_place_and_remedy() {
        let mut all = String::new();
        for settings in [
            "[rules]\nonyl = [\"db\"]",
            "rule = 1",
            "[rules]\nskip = [\"DB-0001\", \"nist-800-53\"]",
            "[rules]\nown = [\"nowhere\"]",
            "[rules]\nskip = [1]",
            "[severity]\nORG-100 = \"severe\"",
            "[severity]\nORG-101 = \"low\"",
            "[params.ORG-100]\nday = 1",
            "[params.ORG-100]\ndays = \"1\"",
            "[params.ORG-100]\nexempt = \"db\"",
            "[params]\nORG-100 = 1",
            "[params.DB-001]\ndays = 1",
            "[context]\nprod = 1",
            "[context.production]\ntags = [1]",
            "[inputs]\nscope = \"whole\"",
            "[inputs]\nparameters = [\"none.json\"]",
            "[inputs.regions]\nx = 1",
            "[override]\npaths = \"x\"",
            "[[override]]\nskip = [\"db\"]",
            "[report]\nformats = [\"sairf\"]",
            "[gate]\nfail-on = \"hgih\"",
            "[gate]\nfail-on-unknown = \"yes\"",
            "waiver-files = [\"none.toml\"]",
            "[gate\n",
            "[gate]\nfail-on = \"low\"\nfail-on = \"high\"",
            "x = ",
        ] {
            // Those of the rules stand in one table with what names the rule file.
            let settings = match settings.strip_prefix("[rules]\n") {
                Some(more) if more.starts_with("own") => settings.to_owned(),
                Some(more) => format!("[rules]\nown = [\"days.yaml\"]\n{more}"),
                None => format!("{settings}\n[rules]\nown = [\"days.yaml\"]"),
            };
            let folder = days(&settings);
            let run = folder.skylint(&["check", "db.yaml"]).exits(2);
            assert!(run.stdout.is_empty(), "{run}");
            all.push_str(&run.stderr());
        }
        insta::assert_snapshot!(all);
    }

    #[test]
    fn hostile_files_are_refused_soon() {
        let deep = "[".repeat(100_000);
        let long = format!("# {}\n", "x".repeat(5 << 20));
        let keys: String = (0..100_000).map(|n| format!("k{n} = 1\n")).collect();
        for text in [
            format!("x = {deep}").into_bytes(),
            format!("{}x = 1", "a.".repeat(100_000)).into_bytes(),
            long.into_bytes(),
            keys.into_bytes(),
            b"\xff\xfe\x00x".to_vec(),
            vec![0; 1000],
            b"rules = \"\x1b[2J\"".to_vec(),
            "\u{feff}[rulse]".into(),
        ] {
            let folder = days("");
            folder.write("skylint.toml", &text);
            let run = folder.skylint(&["check", "db.yaml"]).exits(2).soon();
            let said = run.stderr();
            assert!(
                said.contains("skylint.toml") && !said.contains('\u{1b}'),
                "{run}"
            );
            assert!(said.len() < 20_000_000, "{}", said.len());
        }
    }

    #[test]
    fn other_encodings_are_read() {
        let folder = days("");
        let text = format!("{RULES}[gate]\nfail-on = \"never\"\n").replace('\n', "\r\n");
        folder.write("skylint.toml", format!("\u{feff}{text}"));
        folder
            .skylint(&["check", "db.yaml"])
            .exits(0)
            .says("ORG-100");
    }
}

mod waivers {
    use super::*;

    const TERMS: &str = "reason = \"why not\"\nowner = \"me\"\nexpires = 2999-12-31\n";

    fn waived(target: &str) -> Folder {
        let folder = days(&format!(
            "{RULES}[[waivers]]\nrule = \"ORG-100\"\n{target}\n{TERMS}"
        ));
        folder.write(
            "db.yaml",
            DB.replace(
                "BackupRetentionPeriod",
                "Tags: [{ Key: Team, Value: shop-1 }], BackupRetentionPeriod",
            ),
        );
        folder
    }

    fn check<'a>(more: &[&'a str]) -> Vec<&'a str> {
        let common = ["check", "db.yaml", "--account", "111122223333"];
        [&common[..], &["--region", "eu-west-1"], more].concat()
    }

    #[test]
    fn resources_are_named_by_id_address_tag_path_account_and_region() {
        for (target, fits) in [
            ("id = \"Db\"", true),
            ("id = \"db\"", false),
            ("id = \"D*\"", true),
            ("address = \"Db\"", true),
            ("address = \"Other.*\"", false),
            ("arn = \"*\"", false),
            ("tag = \"team\"", true),
            ("tag = \"team=shop-*\"", true),
            ("tag = \"team=data\"", false),
            ("tag = \"stage\"", false),
            ("path = \"db.yaml\"", true),
            ("path = \".\"", true),
            ("path = \"sub\"", false),
            (
                "id = \"*\"\naccount = \"111122223333\"\nregion = \"eu-west-1\"",
                true,
            ),
            ("id = \"*\"\naccount = \"444455556666\"", false),
            ("id = \"*\"\nregion = \"eu-west-2\"", false),
            ("id = \"Db\"\npath = \"sub\"", false),
        ] {
            let folder = waived(target);
            let run = folder
                .skylint(&check(&["-f", "json"]))
                .exits(i32::from(!fits));
            let report = run.json();
            let finding = &report["findings"][0];
            let counts = [&report["summary"]["fail"], &report["summary"]["waived"]];
            if fits {
                assert_eq!(counts, [0, 1], "{target}");
                let waiver = json!({"reason": "why not", "owner": "me", "expires": "2999-12-31"});
                assert_eq!(finding["waiver"], waiver);
                assert_eq!(run.stderr(), "");
            } else {
                assert_eq!(counts, [1, 0], "{target}");
                assert_eq!(finding["waiver"], Value::Null);
                run.complains("this waiver of ORG-100 covers nothing");
            }
        }
    }

    #[test]
    fn an_arn_names_what_is_in_an_account() {
        let plan = root().join("fixtures/securecart/aws-config/faulty");
        let plan = plan.to_string_lossy().into_owned();
        assert!(fs::exists(&plan).unwrap(), "{plan}");
        let folder = Folder::new();
        let args = ["check", &plan, "--only", "DB-001", "-f", "json"];
        let all = folder.skylint(&args).exits(1).json();
        let arn = all["findings"][0]["resource"]["arn"]
            .as_str()
            .unwrap()
            .to_owned();
        folder.write(
            "skylint.toml",
            format!("[[waivers]]\nrule = \"DB-001\"\narn = \"{arn}\"\n{TERMS}"),
        );
        let now = folder.skylint(&args).json();
        assert_eq!(now["summary"]["waived"], 1);
        assert_eq!(now["findings"][0]["waiver"]["owner"], "me");
    }

    #[test]
    fn they_hold_through_their_last_day_and_are_named_when_they_end() {
        let folder = waived("id = \"*\"");
        let settings = folder
            .read("skylint.toml")
            .replace("2999-12-31", "2026-01-31");
        folder.write("skylint.toml", settings);
        let run = folder.skylint(&check(&[])).exits(1);
        insta::assert_snapshot!(run.stderr());
        run.says("medium[ORG-100]")
            .says("related: the exception for this ended on 2026-01-31 (skylint.toml:5)");
    }

    #[test]
    fn what_is_not_known_can_be_waived_too() {
        let folder = waived("id = \"*\"");
        folder.write("db.yaml", DB.replace(": 5", ": !ImportValue days"));
        let args = check(&["--fail-on-unknown", "-f", "json"]);
        let report = folder.skylint(&args).exits(0).json();
        let summary = &report["summary"];
        assert_eq!(
            (&summary["unknown"], &summary["waived"]),
            (&json!(0), &json!(1))
        );
    }

    #[test]
    fn they_are_in_every_report() {
        let folder = waived("id = \"*\"");
        folder
            .skylint(&check(&[]))
            .exits(0)
            .says("waived[ORG-100] db keeps 5 of 7 days")
            .says("why not (until 2999-12-31, me)")
            .says("1 waived");
        let sarif = folder.skylint(&check(&["-f", "sarif"])).exits(0).json();
        let suppression = &sarif["runs"][0]["results"][0]["suppressions"][0];
        assert_eq!(suppression["kind"], "external");
        assert_eq!(suppression["properties"]["owner"], "me");
    }

    #[test]
    fn a_rule_that_does_not_run_leaves_its_waivers_alone() {
        let folder = waived("id = \"none\"");
        let run = folder.skylint(&check(&["--only", "DB-001"]));
        assert_eq!(run.stderr(), "");
    }

    #[test]
    fn files_of_their_own_are_read_from_where_the_settings_are() {
        let folder = waived("id = \"none\"");
        let waiver = format!("[[waivers]]\nrule = \"days\"\npath = \"sub\"\n{TERMS}");
        folder.write("ci/more.toml", waiver);
        folder.write(
            "skylint.toml",
            format!("waiver-files = [\"ci/more.toml\"]\n{RULES}"),
        );
        let run = folder.command(&["check", "db.yaml"]);
        run.current_dir(&folder.path("sub"))
            .run()
            .exits(0)
            .says("1 waived");
        folder
            .skylint(&["check", "db.yaml"])
            .exits(1)
            .complains("ci/more.toml:2:8");
    }

    #[test]
    fn the_list_is_by_end() {
        let folder = waived("id = \"*\"");
        let end = "[[waivers]]\nrule = \"DB-001\"\ntag = \"a=b\"\nregion = \"eu-west-1\"\nreason = \"old\"\n\
                   owner = \"them\"\nexpires = \"2026-01-31\"\n";
        folder.write("skylint.toml", folder.read("skylint.toml") + end);
        let all = folder
            .skylint(&["waivers", "list", "-f", "json"])
            .exits(0)
            .json();
        let rules: Vec<&str> = all
            .as_array()
            .unwrap()
            .iter()
            .map(|w| w["rule"].as_str().unwrap())
            .collect();
        assert_eq!(rules, ["DB-001", "ORG-100"]);
        assert!(all[0]["days-left"].as_i64().unwrap() < 0);
        assert_eq!(all[0]["resources"], "tag a=b, region eu-west-1");
        let soon = folder
            .skylint(&["waivers", "list", "--expiring", "4w"])
            .exits(0);
        assert!(!soon.stdout().contains("ORG-100"), "{soon}");
        soon.says("ended 2026-01-31")
            .says("1 of 2 waivers, 1 ended");
        folder
            .skylint(&["waivers", "list", "--expiring", "soon"])
            .exits(2);
        Folder::new()
            .skylint(&["waivers", "list"])
            .exits(0)
            .says("0 waivers");
    }

    #[test]
    fn mistakes_are_said_with_their_place() {
        let mut all = String::new();
        let good = "rule = \"ORG-100\"\nid = \"Db\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2999-12-31\n";
        for (from, to) in [
            ("expires = 2999-12-31\n", ""),
            ("2999-12-31", "\"never\""),
            ("2999-12-31", "\"2027-02-29\""),
            ("2999-12-31", "2027-01-01T00:00:00Z"),
            ("owner = \"o\"\n", ""),
            ("owner = \"o\"", "owner = \"\""),
            ("reason = \"r\"\n", ""),
            ("reason = \"r\"", "reason = [\"r\"]"),
            ("id = \"Db\"\n", ""),
            ("id = \"Db\"\n", "region = \"eu-west-1\"\n"),
            ("rule = \"ORG-100\"", "rule = \"ORG-1000\""),
            ("rule = \"ORG-100\"", "rule = \"org\""),
            ("id =", "ids ="),
        ] {
            let waiver = good.replacen(from, to, 1);
            assert_ne!(waiver, good);
            let folder = days(&format!("[[waivers]]\n{waiver}\n{RULES}"));
            let run = folder.skylint(&["check", "db.yaml"]).exits(2);
            assert!(run.stdout.is_empty(), "{run}");
            all.push_str(&run.stderr());
            // The schema does not know which rules and days there are.
            if !matches!(
                to,
                "rule = \"ORG-1000\"" | "rule = \"org\"" | "\"2027-02-29\""
            ) {
                let text = format!("[[waivers]]\n{waiver}");
                assert_ne!(complaints(&text), [""; 0], "the schema: {waiver}");
            }
        }
        assert_eq!(complaints(&format!("[[waivers]]\n{good}")), [""; 0]);
        insta::assert_snapshot!(all);
    }
}

mod baseline {
    use super::*;

    const TWO: &str = "\
Resources:
  A:
    Type: AWS::RDS::DBInstance
    Properties: { DBInstanceIdentifier: a, Engine: mysql, BackupRetentionPeriod: 5 }
  B:
    Type: AWS::RDS::DBInstance
    Properties: { DBInstanceIdentifier: b, Engine: mysql, BackupRetentionPeriod: 6 }
";

    /// A folder with two databases that fail, and a baseline that knows them.
    fn known() -> Folder {
        let folder = days(RULES);
        folder.write("db.yaml", TWO);
        let run = folder.skylint(&["baseline", "write", "db.yaml"]).exits(0);
        run.says("wrote skylint-baseline.json: 2 findings");
        folder
    }

    fn check<'a>(path: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let common = ["check", path, "--baseline", "skylint-baseline.json"];
        [&common[..], more].concat()
    }

    fn counts(report: &Value) -> [usize; 5] {
        let of = |key: &str| match &report["baseline"][key] {
            Value::Array(all) => all.len(),
            count => usize::try_from(count.as_u64().unwrap()).unwrap(),
        };
        ["new", "worse", "known", "fixed", "gone"].map(of)
    }

    #[test]
    fn the_file_has_a_line_for_each_finding() {
        let folder = known();
        insta::assert_snapshot!(folder.read("skylint-baseline.json"));
        assert!(
            folder
                .names()
                .iter()
                .all(|name| !name.ends_with(".partial"))
        );
    }

    #[test]
    fn what_is_known_does_not_fail_the_run_and_what_is_new_does() {
        let folder = known();
        let run = folder.skylint(&check("db.yaml", &[])).exits(0);
        insta::assert_snapshot!(run.stdout());
        let more = TWO.replace("  B:", "  C:\n    Type: AWS::RDS::DBInstance\n    Properties: { DBInstanceIdentifier: c, BackupRetentionPeriod: 1 }\n  B:");
        folder.write("db.yaml", more.replace(": 6", ": 9"));
        let run = folder.skylint(&check("db.yaml", &[])).exits(1);
        insta::assert_snapshot!(run.stdout());
        let report = folder.skylint(&check("db.yaml", &["-f", "json"])).json();
        assert_eq!(counts(&report), [1, 0, 1, 1, 0]);
        let schema = serde_json::from_str(include_str!("../docs/report-v1.schema.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&report)
            .map(|e| e.to_string())
            .collect();
        assert_eq!(errors, [""; 0]);
        let sarif = folder.skylint(&check("db.yaml", &["-f", "sarif"])).json();
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        let states: Vec<&str> = results
            .iter()
            .map(|r| r["baselineState"].as_str().unwrap())
            .collect();
        assert_eq!(states, ["unchanged", "new"]);
        // The gate is otherwise the same.
        folder
            .skylint(&check("db.yaml", &["--fail-on", "high"]))
            .exits(0);
        folder.skylint(&["check", "db.yaml"]).exits(1);
    }

    #[test]
    fn lines_files_and_order_do_not_matter() {
        let folder = known();
        let (a, b) = TWO.split_once("  B:").unwrap();
        let b = b.replace("Engine: mysql, ", "");
        let moved = format!(
            "# moved\n\nResources:\n  B:{b}{}",
            a.replace("Resources:\n", "")
        );
        folder.write("other/name.yaml", moved);
        let report = folder
            .skylint(&check("other/name.yaml", &["-f", "json"]))
            .exits(0)
            .json();
        assert_eq!(counts(&report), [0, 0, 2, 0, 0]);
    }

    #[test]
    fn resources_of_one_name_in_several_files_are_told_apart() {
        let folder = known();
        for name in ["x/1.yaml", "x/2.yaml"] {
            folder.write(name, DB);
        }
        folder.skylint(&["baseline", "write", "x"]).exits(0);
        // One more, before the others: the new one is the one that is named.
        folder.write("x/0.yaml", DB);
        for show in ["problems", "all"] {
            let report = folder
                .skylint(&check("x", &["-f", "json", "--show", show]))
                .exits(1)
                .json();
            assert_eq!(counts(&report), [1, 0, 2, 0, 0]);
            let new = report["findings"]
                .as_array()
                .unwrap()
                .iter()
                .find(|f| f["baseline"] == "new");
            assert_eq!(new.unwrap()["location"]["path"], "x/0.yaml");
        }
        folder.write("x/1.yaml", DB.replace(": 5", ": 7"));
        let report = folder.skylint(&check("x", &["-f", "json"])).exits(0).json();
        assert_eq!(counts(&report)[..3], [0, 0, 2]);
        // Renamed.
        fs::remove_file(folder.path("x/0.yaml")).unwrap();
        fs::rename(folder.path("x/1.yaml"), folder.path("x/9.yaml")).unwrap();
        let report = folder.skylint(&check("x", &["-f", "json"])).exits(0).json();
        assert_eq!(counts(&report), [0, 0, 1, 1, 0]);
    }

    #[test]
    fn what_got_worse_fails_again() {
        let folder = known();
        folder.write(
            "db.yaml",
            TWO.replace("DBInstanceIdentifier: a", "DBInstanceIdentifier: pay"),
        );
        let report = folder
            .skylint(&check("db.yaml", &["-f", "json"]))
            .exits(1)
            .json();
        assert_eq!(counts(&report), [0, 1, 1, 0, 0]);
        folder.write("db.yaml", TWO.replace(": 5", ": !ImportValue x"));
        folder.skylint(&["baseline", "write", "db.yaml"]).exits(0);
        folder
            .skylint(&check("db.yaml", &["--fail-on-unknown"]))
            .exits(0);
        folder.write("db.yaml", TWO);
        folder
            .skylint(&check("db.yaml", &[]))
            .exits(1)
            .says("1 worse than before");
    }

    #[test]
    fn fixed_is_only_what_was_judged_again() {
        let folder = known();
        folder.write("none.yaml", "Resources: { T: { Type: AWS::SNS::Topic } }\n");
        let report = folder
            .skylint(&check("none.yaml", &["-f", "json"]))
            .exits(0)
            .json();
        assert_eq!(counts(&report), [0, 0, 0, 0, 2]);
        let left_out = folder.skylint(&check("db.yaml", &["--only", "DB-001", "-f", "json"]));
        assert_eq!(counts(&left_out.json())[3..], [0, 2]);
        folder.write("db.yaml", TWO.replace(": 5", ": 9").replace(": 6", ": 9"));
        let run = folder.skylint(&check("db.yaml", &[])).exits(0);
        run.says("fixed[ORG-100] a keeps 5 of 7 days (db.yaml)")
            .says("baseline: 0 new, 2 fixed (skylint-baseline.json)");
    }

    #[test]
    fn waived_findings_are_not_thereby_known() {
        let folder = days(&format!(
            "{RULES}[[waivers]]\nrule = \"days\"\nid = \"*\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2999-12-31\n"
        ));
        folder
            .skylint(&["baseline", "write", "db.yaml"])
            .exits(0)
            .says("0 findings");
        folder.write("skylint.toml", RULES);
        folder
            .skylint(&check("db.yaml", &[]))
            .exits(1)
            .says("1 new");
    }

    #[test]
    fn the_settings_name_it_and_the_command_line_wins() {
        let folder = known();
        let settings = |path: &str| format!("{RULES}[gate]\nbaseline = \"{path}\"\n");
        folder.write("skylint.toml", settings("ci/known.json"));
        folder
            .skylint(&["check", "db.yaml"])
            .exits(2)
            .complains("skylint.toml:")
            .complains("`skylint baseline write` writes it");
        fs::create_dir(folder.path("ci")).unwrap();
        let sub = folder.path("sub");
        let write = folder.command(&["baseline", "write", "../db.yaml"]);
        write
            .current_dir(&sub)
            .run()
            .exits(0)
            .says("wrote ../ci/known.json");
        folder.skylint(&["check", "db.yaml"]).exits(0);
        folder
            .skylint(&["check", "db.yaml", "--no-baseline"])
            .exits(1);
    }

    #[test]
    fn a_report_is_a_baseline_too() {
        let folder = known();
        folder
            .skylint(&["check", "db.yaml", "-f", "json=report.json"])
            .exits(1);
        folder
            .skylint(&["check", "db.yaml", "--baseline", "report.json"])
            .exits(0);
    }

    #[test]
    fn nothing_is_written_when_not_everything_could_be_read() {
        let folder = days(RULES);
        folder
            .skylint(&["baseline", "write", "db.yaml", "none.yaml"])
            .exits(2)
            .complains("none.yaml")
            .complains("was not written");
        folder
            .skylint(&["baseline", "write", "db.yaml", "-o", "none/x.json"])
            .exits(2);
        assert!(!folder.names().iter().any(|name| name.contains("baseline")));
        // Nor is what was there before lost.
        let folder = known();
        let before = folder.read("skylint-baseline.json");
        folder.skylint(&["baseline", "write", "none.yaml"]).exits(2);
        assert_eq!(folder.read("skylint-baseline.json"), before);
    }

    #[test]
    fn what_is_no_baseline_is_refused_with_its_place() {
        let folder = known();
        let good = folder.read("skylint-baseline.json");
        let mut all = String::new();
        for text in [
            good.replace("\"version\": 1", "\"version\": 2"),
            good.replace("\"version\": 1", "\"version\": \"1\""),
            good.replace("\"version\": 1,\n", ""),
            good.replacen("\"fail\"", "\"failed\"", 1),
            good.replacen("\"rule\"", "\"rules\"", 1),
            good.replacen("\"medium\"", "7", 1),
            good[..good.len() / 2].to_owned(),
            "{}".to_owned(),
            String::new(),
            "[]".to_owned(),
            TWO.to_owned(),
        ] {
            folder.write("skylint-baseline.json", text);
            let run = folder.skylint(&check("db.yaml", &[])).exits(2);
            assert!(run.stdout.is_empty(), "{run}");
            all.push_str(&run.stderr());
        }
        insta::assert_snapshot!(all);
        for hostile in [
            vec![b'['; 1 << 20],
            b"{\"a\":".repeat(1 << 18),
            vec![0xff; 99],
        ] {
            folder.write("skylint-baseline.json", hostile);
            folder.skylint(&check("db.yaml", &[])).exits(2).soon();
        }
        folder
            .skylint(&["check", "db.yaml", "--baseline", "none.json"])
            .exits(2)
            .complains("none.json");
    }

    #[test]
    fn snapshot_files_are_held_against_it_too() {
        let folder = Folder::new();
        let path = root().join("fixtures/securecart/aws-config/faulty");
        let path = path.to_string_lossy().into_owned();
        folder.skylint(&["baseline", "write", &path]).exits(0);
        let all = [
            "check",
            &path,
            "--baseline",
            "skylint-baseline.json",
            "-f",
            "json",
        ];
        let report = folder.skylint(&all).exits(0).json();
        let [new, worse, known, fixed, gone] = counts(&report);
        assert!(known > 10 && [new, worse, fixed, gone] == [0; 4]);
    }
}

mod diff {
    use super::*;

    const OLD: &str = "\
Resources:
  Same: { Type: AWS::RDS::DBInstance, Properties: { DBInstanceIdentifier: same, BackupRetentionPeriod: 1 } }
  Fixed: { Type: AWS::RDS::DBInstance, Properties: { DBInstanceIdentifier: fixed, BackupRetentionPeriod: 1 } }
  Gone: { Type: AWS::RDS::DBInstance, Properties: { DBInstanceIdentifier: gone, BackupRetentionPeriod: 1 } }
  Now: { Type: AWS::RDS::DBInstance, Properties: { DBInstanceIdentifier: now, BackupRetentionPeriod: !ImportValue x } }
  Less: { Type: AWS::RDS::DBInstance, Properties: { DBInstanceIdentifier: less, BackupRetentionPeriod: 3 } }
";
    const NEW: &str = "\
Resources:
  Less: { Type: AWS::RDS::DBInstance, Properties: { DBInstanceIdentifier: less, BackupRetentionPeriod: 2 } }
  New: { Type: AWS::RDS::DBInstance, Properties: { DBInstanceIdentifier: new, BackupRetentionPeriod: 1 } }
  Now: { Type: AWS::RDS::DBInstance, Properties: { DBInstanceIdentifier: now, BackupRetentionPeriod: 1 } }
  Same: { Type: AWS::RDS::DBInstance, Properties: { DBInstanceIdentifier: same, BackupRetentionPeriod: 1 } }
  Fixed: { Type: AWS::RDS::DBInstance, Properties: { DBInstanceIdentifier: fixed, BackupRetentionPeriod: 9 } }
";

    fn two() -> Folder {
        let folder = days(RULES);
        folder.write("old.yaml", OLD);
        folder.write("new.yaml", NEW);
        folder
    }

    #[test]
    fn inputs_are_compared() {
        let run = two().skylint(&["diff", "old.yaml", "new.yaml"]).exits(1);
        insta::assert_snapshot!(run.stdout());
    }

    #[test]
    fn reports_are_compared_and_show_all_tells_what_was_fixed() {
        let folder = two();
        for (file, show, expected) in [
            ("r", "problems", [1, 2, 0, 2]),
            ("all", "all", [1, 2, 1, 1]),
        ] {
            for name in ["old", "new"] {
                let input = format!("{name}.yaml");
                let to = format!("json={file}-{name}.json");
                folder
                    .skylint(&["check", &input, "-f", &to, "--show", show])
                    .exits(1);
            }
            let (old, new) = (format!("{file}-old.json"), format!("{file}-new.json"));
            let report = folder
                .skylint(&["diff", &old, &new, "-f", "json"])
                .exits(1)
                .json();
            let count = |key: &str| report["summary"][key].as_u64().unwrap();
            assert_eq!(["new", "changed", "fixed", "gone"].map(count), expected);
            assert_eq!(count("same"), 1);
            // And one of each.
            folder
                .skylint(&["diff", &old, "new.yaml"])
                .exits(1)
                .says("1 fixed");
        }
    }

    #[test]
    fn it_fails_because_of_what_is_new_or_worse_only() {
        let folder = two();
        folder
            .skylint(&["diff", "new.yaml", "new.yaml"])
            .exits(0)
            .says("0 new");
        folder
            .skylint(&["diff", "old.yaml", "new.yaml", "--fail-on", "high"])
            .exits(0);
        folder.write("better.yaml", NEW.replace(": 1 }", ": 8 }"));
        folder
            .skylint(&["diff", "new.yaml", "better.yaml"])
            .exits(0)
            .says("3 fixed");
        let json = folder.skylint(&["diff", "old.yaml", "new.yaml", "-f", "json"]);
        insta::assert_snapshot!(json.stdout());
    }

    #[test]
    fn an_exception_that_ends_is_a_change() {
        let folder = two();
        let waivers = |day: &str| {
            format!(
                "{RULES}[[waivers]]\nrule = \"days\"\nid = \"New\"\nreason = \"r\"\nowner = \"o\"\nexpires = {day}\n"
            )
        };
        folder.write("skylint.toml", waivers("2999-12-31"));
        folder
            .skylint(&["check", "new.yaml", "-f", "json=before.json"])
            .exits(1);
        folder.write("skylint.toml", waivers("2026-01-31"));
        folder
            .skylint(&["check", "new.yaml", "-f", "json=after.json"])
            .exits(1);
        let run = folder
            .skylint(&["diff", "before.json", "after.json"])
            .exits(1);
        run.says("changed waived → medium[ORG-100] new keeps 1 of 7 days");
    }

    #[test]
    fn what_cannot_be_read_is_2() {
        let folder = two();
        folder
            .skylint(&["diff", "old.yaml"])
            .exits(2)
            .complains("OLD NEW");
        folder
            .skylint(&["diff", "old.yaml", "none.yaml"])
            .exits(2)
            .complains("none.yaml");
        folder.write(
            "newer.json",
            r#"{"tool": {"name": "skylint"}, "version": 9}"#,
        );
        folder
            .skylint(&["diff", "newer.json", "new.yaml"])
            .exits(2)
            .complains("version 9");
        folder.write(
            "half.json",
            r#"{"tool": {"name": "skylint"}, "version": 1, "findings": ["#,
        );
        folder.skylint(&["diff", "half.json", "new.yaml"]).exits(2);
    }
}

fn json(node: &Node) -> Value {
    match &node.data {
        Data::Null => Value::Null,
        Data::Bool(b) => json!(b),
        Data::Int(i) => json!(i),
        Data::Float(f) => json!(f),
        Data::String(text) => json!(text),
        Data::List(items) => items.iter().map(json).collect(),
        Data::Map(entries) => {
            let entries = entries.iter().map(|e| (e.key.to_string(), json(&e.value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../docs/skylint-toml.schema.json")).unwrap()
}

/// What the schema finds wrong with settings.
fn complaints(text: &str) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let root = parse_toml(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let settings = json(&root);
    let errors = validator.iter_errors(&settings);
    errors
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect()
}

mod schema_and_page {
    use super::*;

    #[test]
    fn an_unknown_key_is_refused_by_both_and_both_know_the_same_keys() {
        for (before, after, pointer) in [
            ("", "", "/properties"),
            ("[rules]\n", "", "/properties/rules/properties"),
            ("[context]\n", "", "/properties/context/properties"),
            (
                "[context.production]\n",
                "",
                "/properties/context/properties/production/properties",
            ),
            ("[inputs]\n", "", "/properties/inputs/properties"),
            (
                "[[override]]\n",
                "paths = \"x\"\n",
                "/properties/override/items/properties",
            ),
            ("[[waivers]]\n", "", "/properties/waivers/items/properties"),
            ("[report]\n", "", "/properties/report/properties"),
            ("[gate]\n", "", "/properties/gate/properties"),
        ] {
            let text = format!("{before}zzz = 1\n{after}");
            assert_ne!(complaints(&text), [""; 0], "{text}");
            let faults = policy::parse(&text).unwrap_err();
            let help = faults
                .iter()
                .find_map(|f| f.help.as_deref()?.strip_prefix("keys here are: "));
            let mut known: Vec<&str> = help.unwrap_or_default().split(", ").collect();
            known.sort_unstable();
            let schema = schema();
            let keys = schema.pointer(pointer).and_then(Value::as_object).unwrap();
            let mut described: Vec<&str> = keys.keys().map(String::as_str).collect();
            described.sort_unstable();
            assert_eq!(known, described, "{pointer}");
        }
    }

    #[test]
    fn they_agree_on_values() {
        for (text, is_good) in [
            ("severity = { db = \"low\" }", true),
            ("severity = { db = \"lwo\" }", false),
            ("severity = { db = 1 }", false),
            ("params.DB-004.days = [1, \"a\", true]", true),
            ("params.DB-004 = 1", false),
            ("rules.only = \"db\"", true),
            ("rules.only = [1]", false),
            ("context.eu.adequacy = true", true),
            ("context.eu.adequacy = \"yes\"", false),
            ("context.eu.tag = [\"x\"]", false),
            ("context.accounts.production = [\"1\"]", true),
            ("context.accounts.production = \"1\"", false),
            ("inputs.scope = \"complete\"", true),
            ("inputs.scope = \"all\"", false),
            ("inputs.regions = { x = \"y\" }", true),
            ("inputs.regions = { x = 1 }", false),
            ("gate.fail-on = \"never\"", true),
            ("gate.fail-on-unknown = 1", false),
            ("override = [{ paths = \"x\" }]", true),
            ("override = { paths = \"x\" }", false),
            ("report.show = \"some\"", false),
        ] {
            assert_eq!(complaints(text).is_empty(), is_good, "the schema: {text}");
            assert_eq!(policy::parse(text).is_ok(), is_good, "the loader: {text}");
        }
    }

    /// Else users would have to set it twice.
    #[test]
    fn what_rules_share_is_context() {
        for (path, text) in rule::builtin() {
            let rule = rule::parse(path, text).unwrap();
            for param in rule.params.iter().filter(|param| param.context.is_none()) {
                let same = CONTEXT.iter().find(|key| {
                    let default = key.default();
                    // What is empty or false is so in many places.
                    let says_something = !matches!(default.to_string().as_str(), "[]" | "false");
                    says_something && default == param.default
                });
                if let Some(key) = same {
                    let name = key.name();
                    panic!("{path}: write {}: {{ context: {name} }}", param.name);
                }
            }
        }
    }

    #[test]
    fn every_key_of_the_context_is_in_schema_and_page() {
        let page = include_str!("../docs/configuration.md");
        let (_, table) = page.split_once("<!-- context -->\n").unwrap();
        let (table, _) = table.split_once("<!-- end -->").unwrap();
        let rows: String = CONTEXT
            .iter()
            .map(|key| {
                let default = key.default();
                format!("| `context.{}` | `{default}` | {} |\n", key.name(), key.doc)
            })
            .collect();
        assert_eq!(table, rows);
        let rules: Value =
            serde_json::from_str(include_str!("../src/rule/rule.schema.json")).unwrap();
        let known = rules
            .pointer("/$defs/param/properties/context/enum")
            .unwrap();
        let names: Vec<String> = CONTEXT.iter().map(|key| key.name()).collect();
        assert_eq!(*known, json!(names));
        for key in CONTEXT {
            let pointer = format!(
                "/properties/context/properties/{}/properties/{}",
                key.table, key.key
            );
            assert!(schema().pointer(&pointer).is_some(), "{pointer}");
        }
    }
}
