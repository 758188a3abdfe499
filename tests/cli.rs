//! What a user relies on when running skylint.
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

use common::{FORMATS, Folder, HOUSE_RULES, ONE_FAULT, SHOP, skylint};
use serde_json::Value;

/// A folder with the shop and the house rules.
fn shop() -> Folder {
    let folder = Folder::with(&[("shop.yaml", SHOP), ("one.yaml", ONE_FAULT)]);
    for entry in fs::read_dir(HOUSE_RULES).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        folder.write(&format!("house/{name}"), fs::read(&path).unwrap());
    }
    folder
}

/// Something that can be drawn.
const DNS: &str = "\
Resources:
  Zone: { Type: AWS::Route53::HostedZone, Properties: { Name: example.com } }
  Alb: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer }
  Record:
    Type: AWS::Route53::RecordSet
    Properties:
      HostedZoneId: !Ref Zone
      Name: shop.example.com
      Type: A
      AliasTarget: { DNSName: !GetAtt Alb.DNSName, HostedZoneId: !GetAtt Alb.CanonicalHostedZoneID }
";

/// Arguments that check the shop against the house rules only.
fn check<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec![
        "check",
        "shop.yaml",
        "--rules",
        "house",
        "--only",
        "org,log",
    ];
    args.extend(more);
    args
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

mod exit_codes {
    use super::*;

    #[test]
    fn nothing_wrong_is_0() {
        let folder = shop();
        let fixed = SHOP.replace("MultiAZ: false", "MultiAZ: true");
        folder.write("good.yaml", fixed);
        let args = [
            "check",
            "good.yaml",
            "--rules",
            "house",
            "--only",
            "ORG-002",
        ];
        folder.skylint(&args).exits(0);
    }

    #[test]
    fn a_failing_finding_is_1() {
        shop().skylint(&check(&[])).exits(1);
    }

    #[test]
    fn an_unknown_verdict_alone_is_0_unless_asked_otherwise() {
        let folder = shop();
        folder.write(
            "open.yaml",
            ONE_FAULT.replace("false", "!ImportValue standby"),
        );
        let args = ["check", "open.yaml", "--rules", "house", "--only", "org"];
        folder.skylint(&args).exits(0).says("unknown[ORG-002]");
        let strict = [args.as_slice(), &["--fail-on-unknown"]].concat();
        folder.skylint(&strict).exits(1);
        let never = [
            args.as_slice(),
            &["--fail-on", "never", "--fail-on-unknown"],
        ]
        .concat();
        folder.skylint(&never).exits(1);
    }

    #[test]
    fn the_gate_is_the_least_severity_that_fails() {
        let folder = shop();
        // What fails in the shop, by severity: critical ORG-001, high ORG-002, medium ORG-003,
        // low LOG-001. Skipped one by one from the top.
        let levels = ["critical", "high", "medium", "low"];
        let rules = ["ORG-001", "ORG-002", "ORG-003", "LOG-001"];
        for (worst, _) in rules.iter().enumerate() {
            let skip = rules[..worst].join(",");
            for (gate, level) in levels.iter().enumerate() {
                let mut args = check(&["--fail-on", level]);
                if worst > 0 {
                    args.extend(["--skip", &skip]);
                }
                let expected = i32::from(worst <= gate);
                folder.skylint(&args).exits(expected);
            }
        }
        folder.skylint(&check(&["--fail-on", "never"])).exits(0);
        // The default is the strictest.
        let only_low = check(&["--skip", "org"]);
        folder.skylint(&only_low).exits(1);
    }

    #[test]
    fn the_severity_that_counts_is_the_one_of_the_finding() {
        let folder = shop();
        let replica = ONE_FAULT.replace("Engine: mysql", "SourceDBInstanceIdentifier: orders");
        folder.write("replica.yaml", replica);
        let args = ["check", "replica.yaml", "--rules", "house", "--only", "org"];
        folder.skylint(&args).exits(1).says("low[ORG-002]");
        folder
            .skylint(&[args.as_slice(), &["--fail-on", "high"]].concat())
            .exits(0);
    }

    #[test]
    fn they_are_the_same_for_every_format() {
        let folder = shop();
        for format in ["human", "json", "sarif", "json=report.json"] {
            folder.skylint(&check(&["--format", format])).exits(1);
            let lenient = check(&["--format", format, "--fail-on", "never"]);
            folder.skylint(&lenient).exits(0);
            let mut missing = check(&["--format", format]);
            missing.insert(1, "missing.yaml");
            folder.skylint(&missing).exits(2);
        }
    }

    #[test]
    fn what_could_not_be_read_wins_over_everything_else() {
        let folder = shop();
        for gate in [["--fail-on", "never"], ["--fail-on", "low"]] {
            let mut args = check(&gate);
            args.insert(1, "missing.yaml");
            folder
                .skylint(&args)
                .exits(2)
                .complains("missing.yaml")
                .says("ORG-001");
        }
    }

    #[test]
    fn a_usage_error_is_2() {
        let folder = shop();
        for args in [
            &["check", "shop.yaml", "--no-such-option"][..],
            &["check", "shop.yaml", "--fail-on", "severe"],
            &["check", "shop.yaml", "--format", "xml"],
            &["check", "shop.yaml", "--format", "json="],
            &["check", "shop.yaml", "--input-kind", "excel"],
            &["chekc", "shop.yaml"],
            &["explain"],
            &["explain", "NONE-001"],
            &["rules"],
            &["rules", "test", "nowhere"],
            &[],
        ] {
            let run = folder.skylint(args).exits(2);
            assert!(!run.stderr.is_empty(), "nothing said\n{run}");
            assert!(
                run.stdout.is_empty(),
                "an error belongs on standard error\n{run}"
            );
        }
    }

    #[test]
    fn help_and_version_are_0_and_on_standard_output() {
        for args in [
            &["--help"][..],
            &["--version"],
            &["check", "--help"],
            &["rules", "--help"],
        ] {
            let run = skylint(args).run().exits(0);
            assert!(!run.stdout.is_empty() && run.stderr.is_empty(), "{run}");
        }
        let version = skylint(&["--version"]).run().stdout();
        assert_eq!(
            version.trim(),
            format!("skylint {}", env!("CARGO_PKG_VERSION"))
        );
    }

    #[test]
    fn options_are_corrected_when_nearly_right() {
        let folder = shop();
        let run = folder
            .skylint(&["check", "shop.yaml", "--fail-one", "low"])
            .exits(2);
        run.complains("--fail-on");
        let run = folder
            .skylint(&["check", "shop.yaml", "--fail-on", "severe"])
            .exits(2);
        run.complains("critical, high, medium, low or never");
        let run = folder
            .skylint(&["check", "shop.yaml", "--format", "xml"])
            .exits(2);
        run.complains("human").complains("sarif");
    }
}

mod reports {
    use super::*;

    #[test]
    fn one_run_writes_several() {
        let folder = shop();
        let more = [
            "--format",
            "json",
            "--format",
            "sarif=out.sarif",
            "-f",
            "json=out.json",
            "-f",
            "human=out.txt",
        ];
        let run = folder.skylint(&check(&more)).exits(1);
        assert_eq!(run.json()["version"], 1);
        assert_eq!(folder.read("out.json"), run.stdout(), "the same report");
        let sarif: Value = serde_json::from_str(&folder.read("out.sarif")).unwrap();
        assert_eq!(sarif["version"], "2.1.0");
        assert!(folder.read("out.txt").contains("critical[ORG-001]"));
    }

    #[test]
    fn files_only_leave_standard_output_empty() {
        let folder = shop();
        let run = folder
            .skylint(&check(&["--format", "json=out.json"]))
            .exits(1);
        assert!(run.stdout.is_empty() && run.stderr.is_empty(), "{run}");
    }

    #[test]
    fn a_report_file_is_whole_or_as_it_was() {
        let folder = shop();
        folder.write("out.json", "the report of last time");
        folder
            .skylint(&check(&["--format", "json=out.json"]))
            .exits(1);
        serde_json::from_str::<Value>(&folder.read("out.json")).expect("a whole report");
        assert_eq!(
            folder.names(),
            ["house", "one.yaml", "out.json", "shop.yaml"]
        );
    }

    #[test]
    fn two_on_standard_output_are_an_error() {
        let folder = shop();
        let run = folder
            .skylint(&check(&["--format", "json", "--format", "human"]))
            .exits(2);
        let run = run
            .complains("only one report")
            .complains("sarif=report.sarif");
        assert!(run.stdout.is_empty(), "{run}");
    }

    #[test]
    fn a_report_that_cannot_be_written_is_an_error_and_the_others_are_written() {
        let folder = shop();
        for unwritable in ["nowhere/out.json", "house"] {
            let format = format!("json={unwritable}");
            let more = [
                "--format",
                &format,
                "--format",
                "sarif=out.sarif",
                "--format",
                "human",
            ];
            let run = folder.skylint(&check(&more)).exits(2);
            let run = run.complains(&format!("cannot write {unwritable}"));
            run.says("critical[ORG-001]");
            assert_eq!(
                folder.names(),
                ["house", "one.yaml", "out.sarif", "shop.yaml"]
            );
            fs::remove_file(folder.path("out.sarif")).unwrap();
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_an_error() {
        let folder = shop();
        for format in FORMATS {
            let to_file = format!("{format}=/dev/full");
            let run = folder.skylint(&check(&["--format", &to_file])).exits(2);
            run.complains("cannot write /dev/full");
            let full = fs::OpenOptions::new()
                .write(true)
                .open("/dev/full")
                .unwrap();
            let run = folder
                .command(&check(&["--format", format]))
                .run_into(full)
                .exits(2);
            run.complains("cannot write standard output");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_device_can_take_a_report() {
        let folder = shop();
        let run = folder
            .skylint(&check(&["--format", "json=/dev/stdout"]))
            .exits(1);
        assert_eq!(run.json()["version"], 1);
    }

    /// `skylint check … | head -1`
    #[test]
    fn a_reader_that_has_seen_enough_is_no_error_and_costs_no_other_report() {
        let folder = shop();
        for format in FORMATS {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let more = ["--format", format, "--format", "json=out.json"];
            let run = folder.command(&check(&more)).run_into(writer).exits(1);
            assert_eq!(run.stderr(), "");
            serde_json::from_str::<Value>(&folder.read("out.json")).expect("a whole report");
            fs::remove_file(folder.path("out.json")).unwrap();
        }
        for args in [
            &["rules", "list"][..],
            &["rules", "schema"],
            &["explain", "ORG-002", "--rules", "house"],
        ] {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let run = folder.command(args).run_into(writer).exits(0);
            assert_eq!(run.stderr(), "");
        }
    }

    #[test]
    fn two_runs_give_the_same_bytes() {
        let folder = shop();
        // Many of them, so that work is spread over threads.
        for index in 0..40 {
            folder.write(&format!("many/t{index}.yaml"), SHOP);
        }
        for format in ["json", "sarif", "human"] {
            let args = [
                "check",
                "many",
                "shop.yaml",
                "--rules",
                "house",
                "--show",
                "all",
                "-f",
                format,
            ];
            let first = folder.skylint(&args).exits(1);
            let again = folder
                .command(&args)
                .env("RAYON_NUM_THREADS", "1")
                .run()
                .exits(1);
            assert_eq!(first.stdout(), again.stdout(), "{format}");
        }
    }

    #[test]
    fn a_finding_keeps_its_fingerprint_when_lines_move() {
        let folder = shop();
        let prints = |folder: &Folder| -> Vec<String> {
            let report = folder.skylint(&check(&["-f", "json"])).json();
            let findings = report["findings"].as_array().unwrap();
            findings
                .iter()
                .map(|f| f["fingerprint"].as_str().unwrap().to_owned())
                .collect()
        };
        let before = prints(&folder);
        folder.write(
            "shop.yaml",
            SHOP.replace("Resources:", "# a comment\n\nResources:"),
        );
        assert_eq!(before, prints(&folder));
    }

    /// Columns count characters, as editors do, and lines end however the file ends them.
    #[test]
    fn places_are_where_editors_show_them() {
        let folder = Folder::new();
        let before = "{\"Description\": \"é🎉\", \"Resources\": {\"Db\": {\"Type\": \"AWS::RDS::DBInstance\", \"Properties\": {";
        folder.write("wide.json", format!("{before}\"MultiAZ\": false}}}}}}}}"));
        folder.write("windows.yaml", ONE_FAULT.replace('\n', "\r\n"));
        let args = [
            "check",
            "wide.json",
            "windows.yaml",
            "--rules",
            HOUSE_RULES,
            "--only",
            "org",
            "-f",
            "json",
        ];
        let report = folder.skylint(&args).exits(1).json();
        let place = |index: usize| {
            let location = &report["findings"][index]["location"];
            ["line", "column", "end_line", "end_column"].map(|key| location[key].as_u64().unwrap())
        };
        let column = before.chars().count() as u64 + 1;
        assert_eq!(place(0), [1, column, 1, column + 16]);
        assert_eq!(place(1), [6, 7, 6, 21]);
    }

    #[test]
    fn show_all_reports_every_verdict() {
        let folder = shop();
        let run = folder
            .skylint(&check(&["--format", "json", "--show", "all"]))
            .exits(1);
        assert_eq!(
            run.findings(),
            [
                "ORG-001 fail Uploads",
                "ORG-002 fail Orders",
                "ORG-002 unknown Reports",
                "ORG-002 pass Ledger",
                "ORG-002 not-applicable LedgerMember",
                "ORG-003 fail Carts",
                "ORG-003 unknown Sessions",
                "LOG-001 fail Events",
            ]
        );
        let summary = &run.json()["summary"];
        for (verdict, count) in [
            ("fail", 4),
            ("unknown", 2),
            ("pass", 1),
            ("not-applicable", 1),
        ] {
            assert_eq!(summary[verdict], count, "{verdict}");
        }
        let problems = folder.skylint(&check(&["--format", "json"])).exits(1);
        assert_eq!(
            &problems.json()["summary"],
            summary,
            "what is shown changes no count"
        );
        assert_eq!(problems.findings().len(), 6);
    }

    #[test]
    fn every_finding_says_where_and_why() {
        let folder = shop();
        let report = folder.skylint(&check(&["--format", "json"])).json();
        let text = folder.read("shop.yaml");
        for finding in report["findings"].as_array().unwrap() {
            let location = &finding["location"];
            let at = |key: &str| location[key].as_u64().unwrap() as usize;
            assert_eq!(location["path"], "shop.yaml");
            let line = lines(&text)[at("line") - 1];
            let marked = &line[at("column") - 1..];
            let property = location["property"]
                .as_str()
                .unwrap()
                .rsplit('.')
                .next()
                .unwrap();
            // What is not written is pointed at by what it is missing from.
            let id = finding["resource"]["id"].as_str().unwrap();
            let found = marked.starts_with(property) || marked.starts_with(&format!("{id}:"));
            assert!(found, "{property}: {marked:?}");
            assert!(
                !finding["evidence"].as_array().unwrap().is_empty(),
                "{finding:#}"
            );
        }
    }

    #[test]
    fn colours_only_where_wanted() {
        let folder = shop();
        let escapes = |run: &common::Run| run.said().contains('\u{1b}');
        assert!(
            !escapes(&folder.skylint(&check(&[]))),
            "nobody sees colours in a pipe"
        );
        let force = |value| folder.command(&check(&[])).env("CLICOLOR_FORCE", value);
        assert!(escapes(&force("1").run()));
        assert!(!escapes(&force("0").run()));
        assert!(!escapes(&force("").run()));
        assert!(
            !escapes(&force("1").env("NO_COLOR", "1").run()),
            "NO_COLOR wins"
        );
        assert!(
            escapes(&force("1").env("NO_COLOR", "").run()),
            "an empty NO_COLOR is none"
        );
        // Never in what is not for eyes, or in a file.
        let more = check(&["--format", "json", "--format", "human=out.txt"]);
        assert!(!escapes(
            &folder.command(&more).env("CLICOLOR_FORCE", "1").run()
        ));
        assert!(!folder.read("out.txt").contains('\u{1b}'));
        // Errors too.
        let missing = ["check", "missing.yaml"];
        assert!(escapes(
            &folder.command(&missing).env("CLICOLOR_FORCE", "1").run()
        ));
        assert!(!escapes(
            &folder
                .command(&missing)
                .env("CLICOLOR_FORCE", "1")
                .env("NO_COLOR", "1")
                .run()
        ));
    }
}

/// Disks that are full, and readers that stop: no report is left half, and none looks whole that is not.
#[cfg(unix)]
mod ends {
    use std::io::{BufRead as _, BufReader};
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::{Command, Stdio};
    use std::thread;

    use super::*;

    /// Enough findings that no format fits into a pipe or into a few blocks.
    fn many() -> Folder {
        let folder = shop();
        let dbs = (0..400).map(|n| format!("  Db{n}:\n    Type: AWS::RDS::DBInstance\n"));
        let template = format!("Resources:\n{}", dbs.collect::<String>());
        folder.write("many.yaml", template);
        folder.write("dns.yaml", DNS);
        folder.skylint(&args(&["-f", "jsonl=run.jsonl"])).exits(1);
        folder
    }

    fn args<'a>(more: &[&'a str]) -> Vec<&'a str> {
        [
            &["check", "many.yaml", "--rules", "house", "--no-config"],
            more,
        ]
        .concat()
    }

    /// `skylint … | head -1`
    #[test]
    fn a_reader_may_stop_in_the_middle() {
        let folder = many();
        for format in FORMATS {
            for (from, code) in [(args(&[]), 1), (vec!["report", "--from", "run.jsonl"], 0)] {
                let (reader, writer) = std::io::pipe().unwrap();
                let head = thread::spawn(move || {
                    let mut line = String::new();
                    BufReader::with_capacity(64, reader)
                        .read_line(&mut line)
                        .unwrap();
                    line
                });
                let run = folder.command(&[&from[..], &["-f", format]].concat());
                let run = run.run_into(writer).exits(code);
                assert_eq!(run.stderr(), "", "{format}");
                assert!(!head.join().unwrap().is_empty(), "{format}");
            }
        }
    }

    /// A disk that takes the beginning of a report and no more, as a limit on the size of files is.
    #[test]
    fn a_disk_that_fills_leaves_the_report_of_last_time() {
        let folder = many();
        let skylint = env!("CARGO_BIN_EXE_skylint");
        let limited = |args: &[&str]| {
            let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
            let mut shell = Command::new("sh");
            shell.args(["-c", script, skylint]).args(args);
            let shell = shell.current_dir(folder.path(".")).stdin(Stdio::null());
            let done = shell.output().expect("a shell");
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            (done.status.code(), said)
        };
        let before = folder.names();
        for format in FORMATS {
            folder.write("out", "the report of last time");
            let to_file = format!("{format}=out");
            for from in [
                args(&["-f", &to_file]),
                vec!["report", "--from", "run.jsonl", "-f", &to_file],
            ] {
                let (code, said) = limited(&from);
                assert_eq!(code, Some(2), "{format}: {said}");
                assert!(said.contains("cannot write out"), "{format}: {said}");
            }
            assert_eq!(folder.read("out"), "the report of last time", "{format}");
        }
        let baseline = ["baseline", "write", "many.yaml", "--no-config", "-o", "out"];
        let (code, said) = limited(&baseline);
        assert_eq!(code, Some(2), "{said}");
        assert_eq!(folder.read("out"), "the report of last time");
        fs::remove_file(folder.path("out")).unwrap();
        assert_eq!(folder.names(), before, "nothing is left");
    }

    #[test]
    fn a_full_disk_is_an_error_of_every_verb() {
        let folder = many();
        folder
            .skylint(&["baseline", "write", "one.yaml", "--no-config"])
            .exits(0);
        for args in [
            &["rules", "list"][..],
            &["rules", "schema"],
            &["explain", "DB-001"],
            &["frameworks", "list"],
            &["frameworks", "show", "soc2"],
            &["waivers", "list", "many.yaml"],
            &["graph", "dns.yaml"],
            &["diff", "one.yaml", "many.yaml"],
            &["init", "--schema"],
            &["report", "--from", "run.jsonl"],
        ] {
            let full = fs::OpenOptions::new()
                .write(true)
                .open("/dev/full")
                .unwrap();
            let run = folder.command(args).run_into(full).exits(2);
            run.complains("cannot write standard output");
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let run = folder.command(args).run_into(writer);
            assert_eq!(run.stderr(), "", "{run}");
            assert_ne!(run.code, Some(2), "{run}");
        }
        for to in ["/dev/full", "nowhere/baseline.json", "house"] {
            let args = ["baseline", "write", "one.yaml", "--no-config", "-o", to];
            folder
                .skylint(&args)
                .exits(2)
                .complains(&format!("cannot write {to}"));
        }
    }

    #[test]
    fn a_report_takes_the_place_of_another_as_it_is() {
        let folder = shop();
        folder.write("there/out.json", "the report of last time");
        symlink("there/out.json", folder.path("out.json")).unwrap();
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(folder.path("there/out.json"), private).unwrap();
        folder.skylint(&check(&["-f", "json=out.json"])).exits(1);
        assert!(folder.path("out.json").is_symlink());
        let there = folder.path("there/out.json");
        let mode = fs::metadata(&there).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        serde_json::from_str::<Value>(&folder.read("out.json")).expect("a whole report");
        let left = fs::read_dir(folder.path("there")).unwrap().count();
        assert_eq!(left, 1);
    }
}

/// Standard output is for reports; how much else is said is up to the user.
mod loudness {
    use super::*;

    #[test]
    fn quiet_says_only_what_went_wrong_and_verbose_what_is_done() {
        let folder = shop();
        folder.write("skylint.toml", "[inputs]\nregions = { }\n");
        let usual = folder
            .skylint(&check(&["--region", "none=eu-west-1"]))
            .exits(1);
        assert!(!usual.stderr.is_empty(), "there is a warning");
        let quiet = folder
            .skylint(&check(&["--region", "none=eu-west-1", "-q"]))
            .exits(1);
        assert_eq!(quiet.stderr(), "");
        assert_eq!(quiet.stdout(), usual.stdout());
        folder
            .skylint(&check(&["missing.yaml", "-q"]))
            .exits(2)
            .complains("missing.yaml");
        let verbose = folder
            .skylint(&check(&["-v", "-f", "json=out.json"]))
            .exits(1);
        assert!(verbose.stdout.is_empty(), "{verbose}");
        for words in [
            "settings of skylint.toml",
            "read shop.yaml: cloudformation",
            "checked by",
            "wrote out.json in",
        ] {
            assert!(verbose.stderr().contains(words), "{verbose}");
        }
        folder.skylint(&check(&["-q", "-v"])).exits(2);
    }

    /// Whatever is said beside the report, it is the same report: byte for byte, and nothing else.
    #[test]
    fn standard_output_has_the_report_alone() {
        let folder = shop();
        folder.write("dns.yaml", DNS);
        folder
            .skylint(&["baseline", "write", "one.yaml", "--no-config"])
            .exits(0);
        folder.skylint(&check(&["-f", "jsonl=run.jsonl"])).exits(1);
        for args in [
            &["check", "shop.yaml", "-f", "json"][..],
            &["report", "--from", "run.jsonl", "-f", "json"],
            &["diff", "one.yaml", "shop.yaml", "-f", "json"],
            &["graph", "dns.yaml", "-f", "json"],
            &["rules", "list", "-f", "json"],
            &["waivers", "list", "shop.yaml", "-f", "json"],
            &["frameworks", "list", "-f", "json"],
            &["frameworks", "show", "soc2", "-f", "json"],
        ] {
            let usual = folder.skylint(args);
            usual.json();
            for how in ["-q", "-v"] {
                // Before the verb or behind it.
                let before = folder.skylint(&[&[how], args].concat());
                let behind = folder.skylint(&[args, &[how]].concat());
                assert_eq!(before.stdout(), usual.stdout(), "{before}");
                assert_eq!(behind.stdout(), usual.stdout(), "{behind}");
                assert_eq!((before.code, behind.code), (usual.code, usual.code));
            }
        }
        for args in [
            &["baseline", "write", "one.yaml", "--no-config"][..],
            &["init"],
            &["rules", "docs", "pages"],
        ] {
            let run = folder.skylint(args).exits(0);
            assert!(run.stdout.is_empty(), "{run}");
        }
    }

    /// At a terminal, work that takes more than a second says what it is at, and takes that back.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_terminal_sees_that_long_work_goes_on() {
        let folder = shop();
        let skylint = env!("CARGO_BIN_EXE_skylint");
        let at_terminal = |more: &str| {
            // The input comes late.
            let line = format!(
                "(sleep 2; cat shop.yaml) | {skylint} check - --rules house --only org -f json=out.json {more}"
            );
            let mut script = std::process::Command::new("script");
            script.args(["-qec", &line, "/dev/null"]);
            let script = script.current_dir(folder.path(".")).env("TERM", "xterm");
            let done = script.stdin(std::process::Stdio::null()).output();
            String::from_utf8(done.expect("script of util-linux").stdout).unwrap()
        };
        let said = at_terminal("");
        assert!(said.contains("reading the inputs (1 s)"), "{said:?}");
        assert!(said.ends_with("\r\u{1b}[2K"), "{said:?}");
        assert_eq!(at_terminal("-q"), "");
        assert_eq!(at_terminal("2> err.txt"), "");
        assert_eq!(folder.read("err.txt"), "", "a file is no terminal");
    }
}

mod inputs {
    use super::*;

    fn paths(report: &Value) -> Vec<String> {
        let inputs = report["inputs"].as_array().unwrap();
        inputs
            .iter()
            .map(|input| input["path"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_dash_is_standard_input() {
        let folder = shop();
        let args = [
            "check", "-", "--rules", "house", "--only", "org", "-f", "json",
        ];
        let run = folder.command(&args).stdin(ONE_FAULT).run().exits(1);
        assert_eq!(run.findings(), ["ORG-002 fail Db"]);
        assert_eq!(paths(&run.json()), ["-"]);
        assert_eq!(run.json()["findings"][0]["location"]["line"], 6);
        let json = r#"{"Resources":{"Db":{"Type":"AWS::RDS::DBInstance","Properties":{"MultiAZ":false}}}}"#;
        let run = folder.command(&args).stdin(json).run().exits(1);
        assert_eq!(run.findings(), ["ORG-002 fail Db"]);
        folder
            .command(&args)
            .stdin("")
            .run()
            .exits(2)
            .complains("-");
    }

    #[test]
    fn several_files_are_one_snapshot() {
        let folder = shop();
        let args = [
            "check",
            "shop.yaml",
            "one.yaml",
            "--rules",
            "house",
            "--only",
            "org",
            "-f",
            "json",
        ];
        let run = folder.skylint(&args).exits(1);
        assert_eq!(paths(&run.json()), ["shop.yaml", "one.yaml"]);
        assert!(run.findings().contains(&"ORG-002 fail Db".to_owned()));
        // The same file twice is one file.
        let args = [
            "check",
            "one.yaml",
            "./one.yaml",
            "--rules",
            "house",
            "--only",
            "org",
            "-f",
            "json",
        ];
        assert_eq!(
            folder.skylint(&args).exits(1).findings(),
            ["ORG-002 fail Db"]
        );
    }

    #[test]
    fn a_directory_is_searched_for_templates() {
        let folder = Folder::new();
        for name in [
            "a/x.yaml",
            "a/b/x.yml",
            "x.json",
            "x.template",
            "ignored/x.yaml",
            "a/secret.yaml",
        ] {
            folder.write(name, ONE_FAULT);
        }
        folder.write(
            "x.json",
            r#"{"Resources":{"Db":{"Type":"AWS::RDS::DBInstance"}}}"#,
        );
        folder.write(".gitignore", "ignored/\n");
        folder.write("a/.gitignore", "secret.yaml\n");
        folder.write("docker-compose.yaml", "services: {web: {image: x}}\n");
        folder.write("package.json", "{\"name\": \"x\"}");
        folder.write("README.md", ONE_FAULT);
        folder.write("broken-but-not-a-template.yaml", "a: [1\n");
        let args = [
            "check",
            ".",
            "--rules",
            HOUSE_RULES,
            "--only",
            "org",
            "-f",
            "json",
        ];
        let run = folder.skylint(&args).exits(1);
        assert_eq!(
            paths(&run.json()),
            ["a/b/x.yml", "a/x.yaml", "x.json", "x.template"]
        );
        assert_eq!(run.json()["failures"], Value::Array(vec![]));
        // A file that is named is read in any case.
        let args = [
            "check",
            "a/secret.yaml",
            "--rules",
            HOUSE_RULES,
            "--only",
            "org",
            "-f",
            "json",
        ];
        assert_eq!(
            folder.skylint(&args).exits(1).findings(),
            ["ORG-002 fail Db"]
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_template_that_is_a_link_is_read() {
        let folder = Folder::with(&[("real/one.yaml", ONE_FAULT)]);
        fs::create_dir(folder.path("stack")).unwrap();
        std::os::unix::fs::symlink("../real/one.yaml", folder.path("stack/one.yaml")).unwrap();
        let args = [
            "check",
            "stack",
            "--rules",
            HOUSE_RULES,
            "--only",
            "org",
            "-f",
            "json",
        ];
        assert_eq!(
            folder.skylint(&args).exits(1).findings(),
            ["ORG-002 fail Db"]
        );
    }

    #[test]
    fn the_kind_can_be_forced() {
        let folder = Folder::with(&[("odd.yaml", "Resources: {A: {Type: Odd}}\n")]);
        folder
            .skylint(&["check", "odd.yaml"])
            .exits(2)
            .complains("nothing skylint can read");
        folder
            .skylint(&["check", "odd.yaml", "--input-kind", "cloudformation"])
            .exits(0);
    }

    #[test]
    fn parameters_come_from_files_and_from_the_command_line() {
        let folder = Folder::with(&[(
            "t.yaml",
            "Parameters: {Standby: {Type: String}}\n\
             Resources: {Db: {Type: AWS::RDS::DBInstance, Properties: {MultiAZ: !Ref Standby}}}\n",
        )]);
        folder.write(
            "cli.json",
            r#"[{"ParameterKey": "Standby", "ParameterValue": "false"}]"#,
        );
        folder.write("pairs.json", r#"["Standby=false"]"#);
        folder.write(
            "pipeline.json",
            r#"{"Parameters": {"Standby": "false"}, "Tags": {"a": "b"}}"#,
        );
        let run = |parameters: &[&str]| {
            let mut args = vec![
                "check",
                "t.yaml",
                "--rules",
                HOUSE_RULES,
                "--only",
                "org",
                "-f",
                "json",
                "--show",
                "all",
            ];
            for parameter in parameters {
                args.extend(["--parameters", parameter]);
            }
            folder.skylint(&args)
        };
        assert_eq!(run(&[]).exits(0).findings(), ["ORG-002 unknown Db"]);
        for parameters in [
            "cli.json",
            "pairs.json",
            "pipeline.json",
            "file://cli.json",
            "Standby=false",
        ] {
            assert_eq!(
                run(&[parameters]).exits(1).findings(),
                ["ORG-002 fail Db"],
                "{parameters}"
            );
        }
        assert_eq!(
            run(&["Standby=true"]).exits(0).findings(),
            ["ORG-002 pass Db"]
        );
        // Later ones win.
        assert_eq!(
            run(&["cli.json", "Standby=true"]).findings(),
            ["ORG-002 pass Db"]
        );
        assert_eq!(
            run(&["Standby=true", "cli.json"]).findings(),
            ["ORG-002 fail Db"]
        );
    }

    #[test]
    fn a_parameter_that_no_template_has_is_said_to_be_unused() {
        let folder = shop();
        let run = folder.skylint(&check(&["--parameters", "Standbyy=true", "-f", "json"]));
        run.complains("warning: no template has a parameter Standbyy");
    }

    #[test]
    fn region_and_account_are_what_the_user_says() {
        let folder = Folder::with(&[("a.yaml", ONE_FAULT), ("b.yaml", ONE_FAULT)]);
        let run = |more: &[&str]| -> Vec<String> {
            let args = [
                "check",
                "a.yaml",
                "b.yaml",
                "--rules",
                HOUSE_RULES,
                "--only",
                "org",
                "-f",
                "json",
            ];
            let report = folder.skylint(&[&args, more].concat()).exits(1).json();
            let findings = report["findings"].as_array().unwrap();
            let place =
                |f: &Value| format!("{}/{}", f["resource"]["account"], f["resource"]["region"]);
            findings.iter().map(|f| place(f).replace('"', "")).collect()
        };
        assert_eq!(run(&[]), ["null/null", "null/null"]);
        assert_eq!(
            run(&["--region", "eu-west-1", "--account", "111122223333"]),
            ["111122223333/eu-west-1", "111122223333/eu-west-1"]
        );
        // Said for one of them wins over said for all, in whatever order.
        for more in [
            ["--region", "eu-west-1", "--region", "b.yaml=us-east-1"],
            ["--region", "b.yaml=us-east-1", "--region", "eu-west-1"],
        ] {
            assert_eq!(run(&more), ["null/eu-west-1", "null/us-east-1"]);
        }
        assert_eq!(
            run(&["--account", "b.*=444455556666"]),
            ["null/null", "444455556666/null"]
        );
    }

    #[test]
    fn a_setting_for_a_path_that_is_not_there_does_not_go_unnoticed() {
        let folder = shop();
        for option in ["--region", "--account"] {
            let run = folder
                .skylint(&check(&[option, "shopp.yaml=eu-west-1"]))
                .exits(1);
            run.complains("warning:").complains("shopp.yaml");
            let run = folder
                .skylint(&check(&[option, "shop.yaml=eu-west-1"]))
                .exits(1);
            assert_eq!(run.stderr(), "");
        }
    }

    #[test]
    fn scope_complete_says_that_there_is_no_more() {
        let folder = shop();
        let coverage = |scope: &[&str]| {
            let report = folder
                .skylint(&check(&[&["-f", "json"], scope].concat()))
                .exits(1)
                .json();
            report["coverage"].as_array().unwrap().len()
        };
        assert_eq!(coverage(&[]), 1);
        assert_eq!(coverage(&["--scope", "partial"]), 1);
        assert_eq!(coverage(&["--scope", "complete"]), 0);
    }
}

mod rules {
    use super::*;

    fn run(more: &[&str]) -> Vec<String> {
        let folder = shop();
        let args = [
            "check",
            "shop.yaml",
            "--rules",
            "house",
            "-f",
            "json",
            "--fail-on",
            "never",
        ];
        let mut rules: Vec<String> = folder
            .skylint(&[&args, more].concat())
            .exits(0)
            .findings()
            .iter()
            .filter_map(|line| line.split(' ').next().map(str::to_owned))
            .collect();
        rules.dedup();
        rules
    }

    #[test]
    fn only_and_skip_take_ids_slugs_and_domains() {
        assert_eq!(run(&["--only", "ORG-001"]), ["ORG-001"]);
        assert_eq!(run(&["--only", "org-001"]), ["ORG-001"]);
        assert_eq!(run(&["--only", "table-recovery"]), ["ORG-003"]);
        assert_eq!(run(&["--only", "log"]), ["LOG-001"]);
        assert_eq!(run(&["--only", "org"]), ["ORG-001", "ORG-002", "ORG-003"]);
        assert_eq!(
            run(&["--only", "org", "--only", "log", "--skip", "ORG-002"]),
            ["ORG-001", "ORG-003", "LOG-001"]
        );
        assert_eq!(
            run(&["--only", "org,log", "--skip", "bucket-versioning,log"]),
            ["ORG-002", "ORG-003"]
        );
    }

    #[test]
    fn a_selector_that_means_nothing_is_an_error_with_a_suggestion() {
        let folder = shop();
        for (option, selector, suggestion) in [
            ("--only", "ORG-011", "ORG-001"),
            ("--skip", "table-recovry", "table-recovery"),
        ] {
            let args = ["check", "shop.yaml", "--rules", "house", option, selector];
            let run = folder.skylint(&args).exits(2).complains(selector);
            run.complains(&format!("did you mean `{suggestion}`"));
        }
        let args = [
            "check",
            "shop.yaml",
            "--rules",
            "house",
            "--only",
            "something-else-entirely",
        ];
        folder
            .skylint(&args)
            .exits(2)
            .complains("skylint rules list");
        let args = [
            "check",
            "shop.yaml",
            "--rules",
            "house",
            "--only",
            "org",
            "--skip",
            "org",
        ];
        folder.skylint(&args).exits(2).complains("no rule");
    }

    #[test]
    fn your_own_rules_run_beside_the_built_in_ones() {
        let folder = shop();
        let args = ["check", "one.yaml", "--rules", "house", "-f", "json"];
        let run = folder.skylint(&args).exits(1);
        let findings = run.findings();
        assert!(findings.contains(&"ORG-002 fail Db".to_owned()), "{run}");
        assert!(findings.contains(&"DB-001 fail Db".to_owned()), "{run}");
        // One file, or several folders.
        let one = [
            "check",
            "one.yaml",
            "--rules",
            "house/ORG-002-database-standby.yaml",
            "--only",
            "org",
            "-f",
            "json",
        ];
        assert_eq!(
            folder.skylint(&one).exits(1).findings(),
            ["ORG-002 fail Db"]
        );
        folder.write(
            "more/LOG-001.yaml",
            folder.read("house/LOG-001-queue-patience.yaml"),
        );
        fs::remove_file(folder.path("house/LOG-001-queue-patience.yaml")).unwrap();
        folder
            .skylint(&check(&["--rules", "more"]))
            .exits(1)
            .says("LOG-001");
    }

    #[test]
    fn an_id_twice_is_an_error() {
        let folder = shop();
        folder.write(
            "more/copy.yaml",
            folder.read("house/ORG-002-database-standby.yaml"),
        );
        let run = folder.skylint(&check(&["--rules", "more"])).exits(2);
        run.complains("ORG-002")
            .complains("more/copy.yaml")
            .complains("house/ORG-002-database-standby.yaml");
        let stolen = folder.read("more/copy.yaml").replace("ORG-002", "DB-001");
        folder.write("more/copy.yaml", stolen);
        let run = folder.skylint(&check(&["--rules", "more"])).exits(2);
        run.complains("DB-001")
            .complains("more/copy.yaml")
            .complains("rules/db/");
    }

    #[test]
    fn a_folder_without_rules_is_an_error() {
        let folder = shop();
        fs::create_dir(folder.path("empty")).unwrap();
        folder
            .skylint(&check(&["--rules", "empty"]))
            .exits(2)
            .complains("no rule file in empty");
        folder
            .skylint(&check(&["--rules", "nowhere"]))
            .exits(2)
            .complains("cannot read nowhere");
    }

    #[test]
    fn list_shows_every_rule() {
        let folder = shop();
        let all = folder.skylint(&["rules", "list"]).exits(0).stdout();
        let human = folder
            .skylint(&["rules", "list", "--rules", "house"])
            .exits(0)
            .stdout();
        assert_eq!(lines(&human).len(), lines(&all).len() + 4);
        assert!(
            human.contains("ORG-002  high      Database has no standby\n"),
            "{human}"
        );
        let json = folder
            .skylint(&["rules", "list", "--format", "json", "--rules", "house"])
            .exits(0)
            .json();
        let rules = json.as_array().unwrap();
        assert_eq!(rules.len(), lines(&human).len());
        let standby = rules.iter().find(|rule| rule["id"] == "ORG-002").unwrap();
        assert_eq!(
            *standby,
            serde_json::json!({
                "id": "ORG-002",
                "slug": "database-standby",
                "domain": "org",
                "title": "Database has no standby",
                "severity": "high",
                "resources": ["AWS::RDS::DBInstance"],
                "references": ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.html"],
                "equivalents": {"security-hub": ["RDS.5"]},
                "frameworks": {"nist-800-53-r5": ["CP-10"]},
            })
        );
        let only = folder
            .skylint(&["rules", "list", "--rules", "house", "--only", "log"])
            .exits(0);
        assert_eq!(lines(&only.stdout()).len(), 1);
    }

    #[test]
    fn test_runs_the_examples_of_your_own_rules() {
        let folder = shop();
        folder
            .skylint(&["rules", "test", "house"])
            .exits(0)
            .says("7 examples passed, 0 failed");
        let name = "house/ORG-002-database-standby.yaml";
        let text = folder.read(name);
        // The rule is wrong about what passes.
        folder.write(
            name,
            text.replace(
                "require: self.MultiAZ == true",
                "require: self.MultiAZ == false",
            ),
        );
        let run = folder.skylint(&["rules", "test", "house"]).exits(1);
        let line = 1 + text
            .lines()
            .position(|line| line.contains("a single database"))
            .unwrap();
        let run = run.says(&format!("{name}:{line}: ORG-002: a single database"));
        run.says("verdict should be `fail`, is `pass`")
            .says("5 examples passed, 2 failed");
        // It is right about the verdict but points elsewhere.
        folder.write(name, text.replace("    at: MultiAZ", "    at: Engine"));
        folder
            .skylint(&["rules", "test", name])
            .exits(1)
            .says("at should be `Engine`, is `MultiAZ`");
        folder.write(
            name,
            text.replace("    severity: high", "    severity: low"),
        );
        folder
            .skylint(&["rules", "test", name])
            .exits(1)
            .says("severity should be `low`, is `high`");
        // A rule without examples is not tested.
        folder.write(name, text.split("examples:").next().unwrap());
        folder
            .skylint(&["rules", "test", name])
            .exits(1)
            .says("no examples");
        // A rule that is none.
        folder.write(name, "id: ORG-002\n");
        folder
            .skylint(&["rules", "test", "house"])
            .exits(2)
            .complains(name)
            .says("4 examples passed");
    }

    #[test]
    fn the_examples_of_the_built_in_rules_pass() {
        skylint(&["rules", "test"])
            .run()
            .exits(0)
            .says(", 0 failed");
    }

    #[test]
    fn the_schema_accepts_the_rules_and_knows_every_field() {
        let schema = skylint(&["rules", "schema"]).run().exits(0).json();
        let validator = jsonschema::validator_for(&schema).expect("a JSON schema");
        for entry in fs::read_dir(HOUSE_RULES).unwrap() {
            let path = entry.unwrap().path();
            // YAML to JSON by the only YAML reader there is.
            let rule = yaml(&fs::read_to_string(&path).unwrap());
            let errors: Vec<String> = validator
                .iter_errors(&rule)
                .map(|e| format!("{}: {e}", e.instance_path()))
                .collect();
            assert_eq!(errors, Vec::<String>::new(), "{}", path.display());
            let mut odd = rule.clone();
            odd["severety"] = "high".into();
            assert!(!validator.is_valid(&odd), "a misspelt field");
            let mut odd = rule.clone();
            odd["severity"] = "severe".into();
            assert!(!validator.is_valid(&odd), "a severity that is none");
            let mut odd = rule;
            odd.as_object_mut().unwrap().remove("message");
            assert!(!validator.is_valid(&odd), "a rule without a message");
        }
    }

    fn yaml(text: &str) -> Value {
        fn json(node: &skylint::document::Node) -> Value {
            use skylint::document::Data;
            match &node.data {
                Data::Null => Value::Null,
                Data::Bool(b) => (*b).into(),
                Data::Int(i) => (*i).into(),
                Data::Float(f) => (*f).into(),
                Data::String(s) => s.to_string().into(),
                Data::List(items) => items.iter().map(json).collect(),
                Data::Map(entries) => Value::Object(
                    entries
                        .iter()
                        .map(|e| (e.key.to_string(), json(&e.value)))
                        .collect(),
                ),
            }
        }
        json(&skylint::document::parse_yaml(text).expect("YAML"))
    }

    #[test]
    fn explain_prints_a_rules_page() {
        let page = skylint(&["explain", "DB-001"]).run().exits(0).stdout();
        for part in [
            "# DB-001: ",
            "## Why",
            "## Fix",
            "MultiAZ: true",
            "## References",
            "https://docs.aws.amazon.com/",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        assert_eq!(
            skylint(&["explain", "db-001"]).run().exits(0).stdout(),
            page
        );
        assert_eq!(
            skylint(&["explain", "rds-instance-multi-az"])
                .run()
                .exits(0)
                .stdout(),
            page
        );
        skylint(&["explain", "DB-0001"])
            .run()
            .exits(2)
            .complains("did you mean");
    }
}

/// What people see, word for word. Changed on purpose? `INSTA_UPDATE=always cargo test --test cli`,
/// and read the difference.
mod as_seen {
    use super::*;

    #[test]
    fn a_run_with_every_verdict() {
        let run = shop().skylint(&check(&["--show", "all"])).exits(1);
        insta::assert_snapshot!(run.stdout());
    }

    #[test]
    fn a_run_with_nothing_to_say() {
        let folder = shop();
        folder.write("good.yaml", ONE_FAULT.replace("false", "true"));
        let args = [
            "check",
            "good.yaml",
            "--rules",
            "house",
            "--only",
            "org",
            "--scope",
            "complete",
        ];
        insta::assert_snapshot!(folder.skylint(&args).exits(0).stdout());
    }

    #[test]
    fn errors() {
        let folder = shop();
        folder.write(
            "broken.yaml",
            ONE_FAULT.replace("    Properties:", "    Properties"),
        );
        folder.write(
            "broken.json",
            "{\n  \"Resources\": {\n    \"Db\": {\"Type\": \"AWS::RDS::DBInstance\" \"x\"}\n",
        );
        let rule = folder.read("house/ORG-002-database-standby.yaml");
        let rule = rule
            .replace("self.MultiAZ", "self.MultiAz")
            .replace("severity: high", "severity: hihg");
        folder.write("house/ORG-002-database-standby.yaml", rule);
        let args = [
            "check",
            "broken.yaml",
            "broken.json",
            "missing.yaml",
            "shop.yaml",
            "--rules",
            "house",
            "--only",
            "log",
            "--format",
            "json=out.json",
        ];
        insta::assert_snapshot!(folder.skylint(&args).exits(2).stderr());
    }

    #[test]
    fn a_usage_error() {
        let run = shop().skylint(&check(&["--skip", "ORG-01"])).exits(2);
        insta::assert_snapshot!(run.stderr());
    }

    #[test]
    fn a_rules_page() {
        let run = shop()
            .skylint(&["explain", "ORG-002", "--rules", "house"])
            .exits(0);
        insta::assert_snapshot!(run.stdout());
    }
}

#[test]
fn an_exception_to_a_rule_that_does_not_exist_is_pointed_at() {
    let folder = Folder::new();
    folder.write(
        "t.yaml",
        "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Metadata:\n      skylint: { ignore: [\
         { rule: DB-0001, reason: typo }] }\n    Properties: { Engine: mysql, MultiAZ: true }\n",
    );
    let run = folder.skylint(&["check", "t.yaml", "--only", "DB-001"]);
    assert!(
        run.said().contains("there is no rule DB-0001"),
        "{}",
        run.said()
    );
    assert!(
        run.said().contains("did you mean `DB-001`?"),
        "{}",
        run.said()
    );
}

mod rules_new {
    use super::*;

    const BUCKET: [&str; 2] = ["--resource", "AWS::S3::Bucket"];

    fn new<'a>(folder: &Folder, args: &[&'a str]) -> common::Run {
        let args: Vec<&'a str> = ["rules", "new"].iter().chain(args).copied().collect();
        folder.skylint(&args)
    }

    #[test]
    fn what_it_writes_says_what_to_fill_in() {
        let folder = Folder::new();
        let run = new(
            &folder,
            &["ACME-001", "bucket-versioning", BUCKET[0], BUCKET[1]],
        );
        run.exits(0)
            .complains("wrote rules/acme/ACME-001-bucket-versioning.yaml");
        let run = folder.skylint(&["rules", "test", "rules"]).exits(1);
        insta::assert_snapshot!(run.stdout());
    }

    #[test]
    fn what_is_filled_in_is_no_longer_asked_for() {
        let folder = Folder::new();
        new(&folder, &["ACME", "thing", "--resource", "AWS::IoT::Thing"]).exits(0);
        let path = "rules/acme/ACME-001-thing.yaml";
        let text = folder.read(path);
        let (head, examples) = text.split_once("examples:\n").unwrap();
        let filled = head
            .replace("FILL IN: ", "")
            .replace("require: \"false\"", "require: has(self.ThingName)")
            .replace("when: \"true\"", "when: self.ThingName != \"It\"");
        let first = "  - name: without a name\n    verdict: fail\n    template: |\n      \
                     Resources: { It: { Type: AWS::IoT::Thing } }\n";
        folder.write(path, format!("{filled}examples:\n{first}"));
        folder
            .skylint(&["rules", "test", "rules"])
            .exits(0)
            .says("1 examples passed, 0 failed");
        // A mark that is left in an example which holds by itself counts, too.
        let marked = first.replace("without a name", "\"FILL IN: what breaks it\"");
        folder.write(path, format!("{filled}examples:\n{marked}"));
        folder
            .skylint(&["rules", "test", "rules"])
            .exits(1)
            .says("FILL IN: what breaks it 1 examples passed, 0 failed, 1 place to fill in");
        assert!(examples.contains("verdict: not-applicable"));
    }

    #[test]
    fn it_counts_on_from_the_rules_there_are() {
        let folder = shop();
        folder.write("skylint.toml", "[rules]\nown = [\"house\"]\n");
        new(&folder, &["ORG", "one-more", BUCKET[0], BUCKET[1]]).exits(0);
        new(&folder, &["ORG", "another", BUCKET[0], BUCKET[1]]).exits(0);
        new(
            &folder,
            &["DB", "elsewhere", BUCKET[0], BUCKET[1], "--dir", "mine"],
        )
        .exits(0);
        let entries = fs::read_dir(folder.path("rules/org")).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["ORG-004-one-more.yaml", "ORG-005-another.yaml"]);
        // The built-in database rules have numbers, too.
        let mine = fs::read_dir(folder.path("mine")).unwrap().next().unwrap();
        let mine = mine.unwrap().file_name().to_string_lossy().into_owned();
        assert_ne!(mine, "DB-001-elsewhere.yaml");
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_could() {
        let folder = Folder::new();
        new(&folder, &["ACME-001", "taken", BUCKET[0], BUCKET[1]]).exits(0);
        let before = folder.read("rules/acme/ACME-001-taken.yaml");
        let cases: &[(&[&str], &str)] = &[
            (
                &["ACME-001", "other", BUCKET[0], BUCKET[1]],
                "there is a rule with the id ACME-001 already: rules/acme/ACME-001-taken.yaml \
                 help: ACME-002 is free",
            ),
            (
                &["ACME-002", "taken", BUCKET[0], BUCKET[1]],
                "there is a rule with the slug taken already",
            ),
            (
                &["DB-001", "mine", BUCKET[0], BUCKET[1]],
                "there is a rule with the id DB-001 already",
            ),
            (
                &["ACME", "rds-instance-multi-az", BUCKET[0], BUCKET[1]],
                "there is a rule with the slug rds-instance-multi-az already",
            ),
            (
                &["ACME", "Not a slug", BUCKET[0], BUCKET[1]],
                "a slug is lower-case words joined by hyphens",
            ),
            (
                &["ACME", "", BUCKET[0], BUCKET[1]],
                "a slug is lower-case words joined by hyphens",
            ),
            (
                &["acme-3", "x", BUCKET[0], BUCKET[1]],
                "did you mean `ACME-3`?",
            ),
            (
                &["../x", "x", BUCKET[0], BUCKET[1]],
                "an id is a domain and a number, such as ACME-001",
            ),
            (
                &["ACME", "x", "--resource", "AWS::S3::Bukket"],
                "unknown resource type `AWS::S3::Bukket` help: did you mean `AWS::S3::Bucket`?",
            ),
            (
                &["ACME", "x", "--resource", "aws_s3_bucket"],
                "rules name types as CloudFormation does: AWS::S3::Bucket",
            ),
            (&["ACME", "x"], "--resource <TYPE>"),
        ];
        for (args, words) in cases {
            new(&folder, args).exits(2).complains(words);
        }
        assert_eq!(folder.read("rules/acme/ACME-001-taken.yaml"), before);
        assert_eq!(folder.names(), ["rules"]);
        // What does not load yet has a name, too, and is not written over.
        folder.write("rules/acme/ACME-002-notes.yaml", "notes: mine\n");
        let run = new(&folder, &["ACME-002", "other", BUCKET[0], BUCKET[1]]).exits(2);
        run.complains("there is a rule with the id ACME-002 already")
            .complains("ACME-003 is free");
        fs::create_dir(folder.path("rules/acme/ACME-003-diary.yaml")).unwrap();
        let run = new(&folder, &["ACME-003", "diary", BUCKET[0], BUCKET[1]]).exits(2);
        run.complains("there is a rules/acme/ACME-003-diary.yaml already");
        assert_eq!(
            folder.read("rules/acme/ACME-002-notes.yaml"),
            "notes: mine\n"
        );
    }
}
