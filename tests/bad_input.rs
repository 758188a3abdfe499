//! Input that is broken, hostile or strange: a clear error that names file, line and remedy, exit
//! code 2, the findings of everything else, and an answer soon. Never a panic, never exit code 0.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;

use std::fmt::Write as _;
use std::fs;

use common::{FORMATS, Folder, HOUSE_RULES, ONE_FAULT, Run, unwrapped};
use serde_json::Value;

/// Checks these inputs and, in the same run, a good template that fails.
fn check(folder: &Folder, inputs: &[&str], more: &[&str]) -> Run {
    folder.write("one.yaml", ONE_FAULT);
    let mut args = vec!["check"];
    args.extend(inputs);
    args.extend([
        "one.yaml",
        "--rules",
        HOUSE_RULES,
        "--only",
        "org",
        "--format",
        "json",
    ]);
    args.extend(more);
    folder.skylint(&args).soon()
}

/// What a run could not read: `path:line: message`.
fn failures(run: &Run) -> Vec<String> {
    let report = run.json();
    let failures = report["failures"].as_array().expect("failures");
    failures
        .iter()
        .map(|failure| {
            let path = failure["path"].as_str().expect("a path");
            let line = failure["line"]
                .as_u64()
                .map_or_else(String::new, |line| format!(":{line}"));
            format!(
                "{path}{line}: {}",
                failure["message"].as_str().expect("a message")
            )
        })
        .collect()
}

/// The run is refused because of this one input, at this place, for a reason in these words, with
/// something to do about it; and the template beside it is still judged.
#[track_caller]
fn refused(run: Run, place: &str, words: &str) -> Run {
    let run = run.exits(2);
    let failures = failures(&run);
    let [failure] = failures.as_slice() else {
        panic!("there should be one failure, not {failures:#?}\n{run}");
    };
    assert!(
        failure.starts_with(&format!("{place}: ")),
        "at {place}: {failure}\n{run}"
    );
    assert!(
        failure
            .split_once(": ")
            .is_some_and(|(_, said)| said.contains(words)),
        "{words}: {failure}\n{run}"
    );
    let help = &run.json()["failures"][0]["help"];
    assert!(
        help.as_str().is_some_and(|help| !help.is_empty()),
        "what to do?\n{run}"
    );
    // Whoever reads only standard error learns the same.
    let run = run
        .complains(place)
        .complains("help: ")
        .complains("error: ");
    assert!(
        run.findings().contains(&"ORG-002 fail Db".to_owned()),
        "the other template\n{run}"
    );
    run
}

/// Refuses a file with this content.
#[track_caller]
fn refuses(name: &str, content: impl AsRef<[u8]>, line: Option<usize>, words: &str) {
    let folder = Folder::new();
    folder.write(name, content);
    let place = line.map_or_else(|| name.to_owned(), |line| format!("{name}:{line}"));
    refused(check(&folder, &[name], &[]), &place, words);
}

mod text {
    use super::*;

    #[test]
    fn truncated_json() {
        let text = "{\n  \"Resources\": {\n    \"Db\": {\n      \"Type\": \"AWS::RDS::DBInstance\",\n      \"Properties\": {\"MultiAZ\": fal";
        for cut in [20, 40, text.len()] {
            let cut = &text[..cut];
            let line = cut.lines().count();
            let folder = Folder::new();
            folder.write("cut.json", cut);
            let run = check(&folder, &["cut.json"], &[]).exits(2);
            let failures = failures(&run);
            assert!(
                failures[0].starts_with(&format!("cut.json:{line}: ")),
                "{failures:?}"
            );
        }
        refuses("cut.json", text, Some(5), "fal");
    }

    #[test]
    fn truncated_yaml() {
        refuses(
            "cut.yaml",
            "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties: {Engine: mysql,",
            Some(4),
            "never closed",
        );
        refuses(
            "cut.yaml",
            "Resources:\n  Db:\n    Type: \"AWS::RDS::DBInstance",
            Some(3),
            "never closed",
        );
    }

    #[test]
    fn duplicate_keys() {
        refuses(
            "twice.yaml",
            "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      MultiAZ: true\n      MultiAZ: false\n",
            Some(6),
            "MultiAZ",
        );
        refuses(
            "twice.json",
            "{\"Resources\": {\"Db\": {\"Type\": \"AWS::RDS::DBInstance\", \"Properties\": {\n\"MultiAZ\": true,\n\"MultiAZ\": false}}}}",
            Some(3),
            "MultiAZ",
        );
        // A resource twice: the first would silently be lost.
        refuses(
            "twice.yaml",
            "Resources:\n  Db: {Type: AWS::RDS::DBInstance}\n  Db: {Type: AWS::S3::Bucket}\n",
            Some(3),
            "Db",
        );
    }

    #[test]
    fn nesting_of_ten_thousand() {
        let depth = 10_000;
        let json = format!(
            "{{\"Resources\": {{\"Db\": {{\"Type\": \"AWS::RDS::DBInstance\", \"Properties\": {}1{}}}}}}}",
            "{\"a\":".repeat(depth),
            "}".repeat(depth)
        );
        refuses("deep.json", json, Some(1), "stand one inside the other");
        let lists = format!(
            "{{\"Resources\": {{\"Db\": {{\"Type\": \"AWS::RDS::DBInstance\", \"Properties\": {}{}}}}}}}",
            "[".repeat(depth),
            "]".repeat(depth)
        );
        refuses("deep.json", lists, Some(1), "stand one inside the other");
        let flow = format!(
            "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties: {}{}\n",
            "[".repeat(depth),
            "]".repeat(depth)
        );
        refuses("deep.yaml", flow, Some(4), "stand one inside the other");
        let mut block =
            "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n".to_owned();
        for level in 0..2_000 {
            let _ = writeln!(block, "{}a:", " ".repeat(level + 5));
        }
        refuses(
            "deep.yaml",
            block,
            Some(4 + 126),
            "stand one inside the other",
        );
        let dashes = format!(
            "AWSTemplateFormatVersion: 2010-09-09\nResources:\n  {}x\n",
            "- ".repeat(depth)
        );
        refuses("deep.yaml", dashes, Some(3), "stand one inside the other");
        // Never closed, which is found out only at the end.
        let open = format!(
            "{{\"Resources\": {{\"Db\": {{\"Type\": \"AWS::RDS::DBInstance\", \"Properties\": {}",
            "{\"a\":".repeat(depth)
        );
        refuses("deep.json", open, Some(1), "stand one inside the other");
    }

    #[test]
    fn billion_laughs() {
        let mut text = "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\nx0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for level in 1..12 {
            let below = format!("*x{}", level - 1);
            let _ = writeln!(text, "x{level}: &x{level} [{}]", vec![below; 10].join(", "));
        }
        let folder = Folder::new();
        folder.write("laughs.yaml", text);
        let run = check(&folder, &["laughs.yaml"], &[]);
        // Which line it stops at is a matter of the limit.
        let place = failures(&run)[0].split(": ").next().unwrap().to_owned();
        assert!(place.starts_with("laughs.yaml:"), "{run}");
        refused(run, &place, "alias");
    }

    #[test]
    fn invalid_utf8() {
        let template = |word: &[u8]| {
            [
                b"Description: ",
                word,
                b"\nResources:\n  Db:\n    Type: AWS::RDS::DBInstance\n",
            ]
            .concat()
        };
        // Latin-1, and a stray byte on a later line.
        refuses("latin1.yaml", template(b"Gr\xf6\xdfe"), Some(1), "UTF-8");
        let later = [&template(b"x")[..], b"    # \xff\n"].concat();
        refuses("stray.yaml", later, Some(5), "UTF-8");
        let json = b"{\n\"Description\": \"\xe9\",\n\"Resources\": {\"Db\": {\"Type\": \"AWS::RDS::DBInstance\"}}}";
        refuses("latin1.json", json, Some(2), "UTF-8");
    }

    #[test]
    fn a_template_in_another_encoding_is_not_passed_over_in_a_directory() {
        let folder = Folder::new();
        let bytes =
            b"Description: Gr\xf6\xdfe\nResources:\n  Db:\n    Type: AWS::RDS::DBInstance\n";
        folder.write("stacks/latin1.yaml", bytes);
        folder.write("stacks/photo.json", b"\xff\xd8\xff\xe0 not a template");
        refused(
            check(&folder, &["stacks"], &[]),
            "stacks/latin1.yaml:1",
            "UTF-8",
        );
    }

    #[test]
    fn utf16_is_read_or_refused_but_not_passed_over() {
        let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            let marked = format!("\u{feff}{ONE_FAULT}").replace("Db:", "Wide:");
            marked.encode_utf16().flat_map(bytes).collect()
        };
        for bytes in [utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)] {
            let folder = Folder::new();
            folder.write("stacks/wide.yaml", &bytes);
            for input in ["stacks", "stacks/wide.yaml"] {
                let run = check(&folder, &[input], &[]);
                if run.code == Some(1) {
                    assert!(
                        run.findings().contains(&"ORG-002 fail Wide".to_owned()),
                        "{run}"
                    );
                } else {
                    refused(run, "stacks/wide.yaml", "UTF-16");
                }
            }
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_content() {
        let folder = Folder::new();
        folder.write(
            "bom.yaml",
            format!("\u{feff}{ONE_FAULT}").replace("Db:", "Marked:"),
        );
        let run = check(&folder, &["bom.yaml"], &[]).exits(1);
        assert!(
            run.findings().contains(&"ORG-002 fail Marked".to_owned()),
            "{run}"
        );
    }

    #[test]
    fn an_empty_file() {
        refuses("empty.yaml", "", Some(1), "empty");
        refuses("empty.json", "", Some(1), "empty");
        refuses("blank.yaml", "\n\n# nothing\n", Some(1), "empty");
    }

    #[test]
    fn a_binary_file() {
        let noise: Vec<u8> = (0..20_000_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        refuses("photo.yaml", noise, Some(1), "binary");
        refuses(
            "nul.yaml",
            b"Resources:\n  Db:\n    Type: AWS::RDS::\0DBInstance\n",
            Some(3),
            "binary",
        );
    }

    #[test]
    fn long_lines_and_many_lines_end_soon() {
        let folder = Folder::new();
        let mut minified = "{\"Resources\":{".to_owned();
        for index in 0..20_000 {
            let _ = write!(
                minified,
                "\"T{index}\":{{\"Type\":\"AWS::DynamoDB::Table\"}},"
            );
        }
        minified.push_str("\"Cut\":");
        folder.write("long.json", &minified);
        refused(check(&folder, &["long.json"], &[]), "long.json:1", "");
    }
}

mod files {
    use super::*;

    #[test]
    fn a_directory_with_nothing_to_lint() {
        let folder = Folder::new();
        folder.write("docs/readme.md", "# Hello\n");
        folder.write("docs/compose.yaml", "services: {}\n");
        refused(check(&folder, &["docs"], &[]), "docs", "nothing to lint");
        // Alone it is no success either.
        folder.skylint(&["check", "docs"]).exits(2);
    }

    #[test]
    fn a_file_that_is_missing() {
        refused(
            check(&Folder::new(), &["missing.yaml"], &[]),
            "missing.yaml",
            "No such file",
        );
    }

    /// Tests may run as root, for whom every file is readable whatever its mode, so a file without
    /// permission is one here only for other users. For everybody there is a link that leads
    /// nowhere, a link to itself, and a file where the path needs a directory.
    #[test]
    #[cfg(unix)]
    fn files_that_cannot_be_opened() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = Folder::new();
        fs::create_dir(folder.path("stacks")).unwrap();
        symlink("nowhere.yaml", folder.path("stacks/dangling.yaml")).unwrap();
        for input in ["stacks", "stacks/dangling.yaml"] {
            refused(
                check(&folder, &[input], &[]),
                "stacks/dangling.yaml",
                "cannot read it",
            );
        }
        symlink("loop.yaml", folder.path("loop.yaml")).unwrap();
        refused(
            check(&folder, &["loop.yaml"], &[]),
            "loop.yaml",
            "cannot read it",
        );
        refused(
            check(&folder, &["one.yaml/x.yaml"], &[]),
            "one.yaml/x.yaml",
            "cannot read it",
        );

        folder.write("private/secret.yaml", ONE_FAULT);
        let path = folder.path("private/secret.yaml");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read(&path).is_err() {
            for input in ["private", "private/secret.yaml"] {
                let run = refused(
                    check(&folder, &[input], &[]),
                    "private/secret.yaml",
                    "ermission",
                );
                run.complains("make it readable");
            }
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    }

    #[test]
    fn a_directory_that_is_called_like_a_template() {
        let folder = Folder::new();
        folder.write("dir.yaml/readme.md", "nothing");
        refused(
            check(&folder, &["dir.yaml"], &[]),
            "dir.yaml",
            "nothing to lint",
        );
    }

    #[test]
    fn a_file_that_is_something_else() {
        for (name, text) in [
            ("package.json", "{\"name\": \"x\", \"version\": \"1.0.0\"}"),
            ("compose.yaml", "services: {web: {image: x}}\n"),
            ("list.json", "[1, 2, 3]"),
            ("number.json", "42"),
            ("text.yaml", "just some words\n"),
            (
                "main.tf",
                "resource \"aws_db_instance\" \"db\" {\n  multi_az = false\n}\n",
            ),
        ] {
            refuses(name, text, None, "");
        }
    }

    #[test]
    fn broken_text_that_may_not_be_a_template_still_names_the_line() {
        refuses(
            "broken.json",
            "{\n  \"a\": [1, 2\n",
            Some(3),
            "opened on line 2",
        );
        refuses("broken.yaml", "a:\n  - 1\n b: 2\n", Some(3), "");
    }
}

mod templates {
    use super::*;

    #[test]
    fn without_resources() {
        refuses(
            "t.yaml",
            "AWSTemplateFormatVersion: '2010-09-09'\nParameters: {}\n",
            Some(1),
            "Resources",
        );
        refuses(
            "t.yaml",
            "AWSTemplateFormatVersion: '2010-09-09'\n\nResources:\n",
            Some(3),
            "Resources",
        );
        refuses(
            "t.yaml",
            "AWSTemplateFormatVersion: '2010-09-09'\nResources: [a]\n",
            Some(2),
            "Resources",
        );
    }

    #[test]
    fn a_resource_without_type() {
        refuses(
            "t.yaml",
            "Resources:\n  A:\n    Type: AWS::S3::Bucket\n  B:\n    Properties: {}\n",
            Some(4),
            "resource B has no Type",
        );
        refuses(
            "t.yaml",
            "Resources:\n  A:\n    Type: AWS::S3::Bucket\n  B:\n",
            Some(4),
            "resource B is nothing",
        );
        refuses(
            "t.yaml",
            "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties: text\n",
            Some(4),
            "Properties of A",
        );
        refuses(
            "t.yaml",
            "Resources:\n  A:\n    Type: AWS::S3::Bucket\n  B: text\n",
            Some(4),
            "resource B is a string",
        );
    }

    /// What other tools put in templates is kept, and said to be unreadable.
    #[test]
    fn a_type_that_is_no_text_is_a_gap_and_no_error() {
        let folder = Folder::new();
        folder.write(
            "t.yaml",
            "Resources:\n  M:\n    Type: !Rain::Module file://x.yaml\n  A:\n    Type: AWS::S3::Bucket\n  L: {Type: [a]}\n  C: {Type: Custom::Thing}\n  U: {Type: AWS::No::Such}\n  O: {Type: Org::Team::Thing::MODULE}\n",
        );
        let run = check(&folder, &["t.yaml", "--input-kind", "cloudformation"], &[]).exits(1);
        assert!(
            run.findings().contains(&"ORG-001 fail A".to_owned()),
            "{run}"
        );
        let coverage = run.json()["coverage"].to_string();
        for part in ["Rain::Module", "the Type of L", "O is a module"] {
            assert!(coverage.contains(part), "{part}\n{run}");
        }
    }

    #[test]
    fn stacks_that_nest_themselves() {
        let folder = Folder::new();
        folder.write(
            "self.yaml",
            "Resources:\n  Again:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: self.yaml\n",
        );
        refused(
            check(&folder, &["self.yaml"], &[]),
            "self.yaml:5",
            "self.yaml",
        );
        folder.write("a.yaml", "Resources:\n  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./b.yaml}}\n");
        folder.write("b.yaml", "Resources:\n  A:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: ../stacks/a.yaml\n");
        let folder2 = Folder::new();
        for name in ["a.yaml", "b.yaml"] {
            folder2.write(&format!("stacks/{name}"), folder.read(name));
        }
        refused(
            check(&folder2, &["stacks/a.yaml"], &[]),
            "stacks/b.yaml:5",
            "stacks/a.yaml",
        );
        // Where both are named, each is a stack that leads back to itself.
        let run = check(&folder2, &["stacks"], &[]).exits(2);
        let run = run
            .complains("stacks/a.yaml:2")
            .complains("stacks/b.yaml:5");
        assert!(run.findings().contains(&"ORG-002 fail Db".to_owned()));
    }

    #[test]
    fn stacks_that_multiply() {
        // Each nests the next one twice: a thousand stacks from eleven files.
        let folder = Folder::new();
        for level in 0..11 {
            let url = format!(
                "{{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: t{}.yaml}}}}",
                level + 1
            );
            folder.write(
                &format!("t{level}.yaml"),
                format!("Resources:\n  A: {url}\n  B: {url}\n"),
            );
        }
        folder.write("t11.yaml", "Resources: {Q: {Type: AWS::SQS::Queue}}\n");
        let run = check(&folder, &["t0.yaml"], &[]);
        assert!(matches!(run.code, Some(1 | 2)), "{run}");
        assert!(run.findings().contains(&"ORG-002 fail Db".to_owned()));
    }

    /// A thousand million resources: some are judged, and the rest is said not to be known.
    #[test]
    fn loops_that_multiply() {
        let folder = Folder::new();
        let items: Vec<String> = (0..1000).map(|item| format!("\"{item}\"")).collect();
        let items = items.join(",");
        let mut body = "{\"R${A}x${B}x${C}\":{\"Type\":\"AWS::DynamoDB::Table\"}}".to_owned();
        for name in ["C", "B", "A"] {
            body = format!("{{\"Fn::ForEach::{name}\":[\"{name}\",[{items}],{body}]}}");
        }
        let text = format!("{{\"Transform\":\"AWS::LanguageExtensions\",\"Resources\":{body}}}");
        folder.write("loops.json", text);
        let run = check(&folder, &["loops.json"], &[]).exits(1);
        let tables = run
            .findings()
            .iter()
            .filter(|line| line.starts_with("ORG-003 fail R0x0x"))
            .count();
        assert_eq!(tables, 1000, "those of the first inner loop");
        let coverage = run.json()["coverage"].to_string();
        assert!(
            coverage.contains("loops.json: Fn::ForEach::A"),
            "{coverage}"
        );
    }

    #[test]
    fn a_nested_template_that_is_missing_or_broken() {
        let folder = Folder::new();
        let parent = |file: &str| {
            format!(
                "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: {file}\n"
            )
        };
        folder.write("p.yaml", parent("gone.yaml"));
        refused(check(&folder, &["p.yaml"], &[]), "p.yaml:5", "gone.yaml");
        folder.write("p.yaml", parent("broken.yaml"));
        folder.write("broken.yaml", "Resources:\n  Db: [\n");
        refused(
            check(&folder, &["p.yaml"], &[]),
            "broken.yaml:2",
            "never closed",
        );
    }

    #[test]
    fn conditions_that_depend_on_themselves() {
        let folder = Folder::new();
        folder.write(
            "t.yaml",
            "Conditions:\n  A: !Condition B\n  B: !Not [!Condition A]\n  C: !And [!Condition C, !Equals [a, a]]\n\
             Resources:\n  Loop: {Type: AWS::RDS::DBInstance, Properties: {MultiAZ: !If [A, true, false]}}\n  Self: {Type: AWS::RDS::DBInstance, Condition: C, Properties: {MultiAZ: false}}\n",
        );
        let run = check(&folder, &["t.yaml"], &[]).exits(1);
        let findings = run.findings();
        assert!(
            findings.contains(&"ORG-002 unknown Loop".to_owned()),
            "{run}"
        );
        assert!(!findings.contains(&"ORG-002 fail Loop".to_owned()), "{run}");
    }

    #[test]
    fn references_that_lead_in_circles() {
        let folder = Folder::new();
        folder.write(
            "t.yaml",
            "Resources:\n  Db: {Type: AWS::RDS::DBInstance, Properties: {SourceDBInstanceIdentifier: !Ref Replica, MultiAZ: !GetAtt Replica.MultiAZ}}\n  Replica: {Type: AWS::RDS::DBInstance, Properties: {SourceDBInstanceIdentifier: !Ref Db, MultiAZ: !GetAtt Db.MultiAZ}}\n  Me: {Type: AWS::RDS::DBInstance, Properties: {SourceDBInstanceIdentifier: !Ref Me, MultiAZ: !GetAtt [Me, MultiAZ]}}\n",
        );
        let run = check(&folder, &["t.yaml"], &[]).exits(1);
        for name in ["Replica", "Me"] {
            assert!(
                run.findings().contains(&format!("ORG-002 unknown {name}")),
                "{run}"
            );
        }
    }

    #[test]
    fn functions_with_odd_arguments() {
        let folder = Folder::new();
        let mut text = "Resources:\n".to_owned();
        let odd = [
            "!Ref [a]",
            "!Ref {a: b}",
            "!Ref ''",
            "!GetAtt ''",
            "!GetAtt Db",
            "!GetAtt [Db]",
            "!Sub []",
            "!Sub ['${', {}]",
            "!Sub '${'",
            "!Sub '${}'",
            "!Sub '${!x}'",
            "!Sub ['${a}', {a: !Sub '${b}'}]",
            "!Join a",
            "!Join ['', a]",
            "!Join [1, [2, {a: b}]]",
            "!Select [9, [a]]",
            "!Select [-1, [a]]",
            "!Select [99999999999999999999, [a]]",
            "!Select [x, [a]]",
            "!Split ['', '']",
            "!Split [',']",
            "!FindInMap [a, b, c]",
            "!FindInMap a",
            "!If [a]",
            "!If [Nope, 1, 2]",
            "!If [!Ref x, 1, 2]",
            "!Cidr ['10.0.0.0/8', 300, 40]",
            "!Cidr [x, y, z]",
            "!Cidr ['::/0', 256, 64]",
            "!Base64 [a]",
            "!GetAZs [a]",
            "!ImportValue [a]",
            "!Transform x",
            "{Fn::Transform: 1}",
            "{Fn::Length: x}",
            "{Fn::ToJsonString: !Ref x}",
            "{Fn::Nope: 1}",
            "{Ref: x, Fn::Sub: y}",
            "!Equals [1]",
            "!And []",
            "!Unknown x",
            "{'Fn::ForEach::x': 1}",
            "!Select [0, !Split [',', !Ref AWS::NoValue]]",
            "!Ref AWS::Nope",
            "'{{resolve:}}'",
            "'{{resolve:ssm:'",
        ];
        for (index, value) in odd.iter().enumerate() {
            let _ = writeln!(
                text,
                "  D{index}: {{Type: AWS::RDS::DBInstance, Properties: {{MultiAZ: {value}, Engine: {value}}}}}"
            );
        }
        folder.write("t.yaml", &text);
        // Some may be refused and some unknown, but nothing crashes, and the rest is judged.
        let run = check(&folder, &["t.yaml"], &["--show", "all"]);
        assert!(matches!(run.code, Some(1 | 2)), "{run}");
        let judged = run
            .findings()
            .iter()
            .filter(|line| line.starts_with("ORG-002 "))
            .count();
        assert_eq!(judged, odd.len() + 1, "{run}");
        let passed: Vec<String> = run
            .findings()
            .into_iter()
            .filter(|line| line.contains(" pass "))
            .collect();
        assert_eq!(
            passed,
            Vec::<String>::new(),
            "nothing here says true\n{run}"
        );
    }

    #[test]
    fn a_parameter_file_that_is_broken() {
        let folder = Folder::with(&[("one.yaml", ONE_FAULT)]);
        for (text, words) in [
            ("{\"Parameters\": ", "never closed"),
            ("[{\"ParameterKey\": \"A\"}]", "ParameterValue"),
            ("[1, 2]", "ParameterKey"),
            ("3", "ParameterKey"),
            ("", "empty"),
            ("{\"Parameters\": {\"A\": {\"b\": 1}}}", "A is a mapping"),
        ] {
            folder.write("p.json", text);
            let args = ["check", "one.yaml", "--parameters", "p.json"];
            let run = folder.skylint(&args).soon().exits(2);
            run.complains("p.json").complains(words).complains("help: ");
        }
        folder.write(
            "p.json",
            "[\n{\"ParameterKey\": \"A\",\n\"ParameterValue\" \"1\"}]",
        );
        let args = ["check", "one.yaml", "--parameters", "p.json"];
        folder.skylint(&args).exits(2).complains("p.json:3");
        folder.write("p.json", b"{\"Parameters\": {\"A\": \"\xff\"}}");
        folder.skylint(&args).exits(2).complains("p.json");
        let args = ["check", "one.yaml", "--parameters", "missing.json"];
        folder.skylint(&args).exits(2).complains("missing.json");
    }
}

mod switches {
    use super::*;

    fn verdicts(run: &Run, resource: &str) -> Vec<String> {
        let about = format!(" {resource}");
        run.findings()
            .into_iter()
            .filter(|line| line.ends_with(&about))
            .collect()
    }

    #[test]
    fn ten_thousand_allowed_values() {
        let folder = Folder::new();
        let values: Vec<String> = (0..10_000).map(|i| format!("v{i}")).collect();
        folder.write(
            "t.yaml",
            format!(
                "Parameters:\n  P: {{Type: String, AllowedValues: [{}]}}\nConditions:\n  C: !Equals [!Ref P, v77]\n\
                 Resources:\n  A: {{Type: AWS::RDS::DBInstance, Properties: {{Engine: !Ref P, MultiAZ: !If [C, true, false]}}}}\n  B: {{Type: AWS::RDS::DBInstance, Properties: {{DBInstanceIdentifier: !Ref P, MultiAZ: false}}}}\n",
                values.join(", ")
            ),
        );
        let run = check(&folder, &["t.yaml"], &[]).exits(1);
        assert_eq!(verdicts(&run, "A"), ["ORG-002 unknown A"]);
        assert_eq!(verdicts(&run, "B"), ["ORG-002 fail B"]);
    }

    #[test]
    fn conditions_two_hundred_deep() {
        let folder = Folder::new();
        let mut text = "Parameters:\n  P: {Type: String, AllowedValues: [a, b]}\nConditions:\n  C0: !Equals [!Ref P, a]\n".to_owned();
        for level in 1..=200 {
            let _ = writeln!(text, "  C{level}: !Not [!Condition C{}]", level - 1);
        }
        text.push_str("Resources:\n  A: {Type: AWS::RDS::DBInstance, Properties: {MultiAZ: !If [C200, true, false]}}\n  B: {Type: AWS::RDS::DBInstance, Properties: {MultiAZ: false}}\n");
        folder.write("t.yaml", text);
        let run = check(&folder, &["t.yaml"], &[]).exits(1);
        assert_eq!(verdicts(&run, "A"), ["ORG-002 unknown A"]);
        assert_eq!(verdicts(&run, "B"), ["ORG-002 fail B"]);
    }

    #[test]
    fn a_hundred_switches() {
        let folder = Folder::new();
        let (mut parameters, mut conditions, mut name) =
            (String::new(), String::new(), String::new());
        for index in 0..100 {
            let _ = writeln!(
                parameters,
                "  P{index}: {{Type: String, AllowedValues: [a, b]}}"
            );
            let _ = writeln!(conditions, "  C{index}: !Equals [!Ref P{index}, a]");
            let _ = write!(name, "${{P{index}}}");
        }
        let all: Vec<String> = (0..100).map(|i| format!("!Condition C{i}")).collect();
        let mut nested = "true".to_owned();
        for index in 0..60 {
            nested = format!("!If [C{index}, {nested}, !Ref P{index}]");
        }
        folder.write(
            "t.yaml",
            format!(
                "Parameters:\n{parameters}Conditions:\n{conditions}  All: !Or [{}]\nResources:\n  A: {{Type: AWS::RDS::DBInstance, Properties: {{MultiAZ: !If [All, true, false]}}}}\n  B: {{Type: AWS::RDS::DBInstance, Properties: {{DBInstanceIdentifier: !Sub '{name}', MultiAZ: false}}}}\n  C: {{Type: AWS::RDS::DBInstance, Properties: {{MultiAZ: {nested}}}}}\n",
                all.join(", ")
            ),
        );
        let run = check(&folder, &["t.yaml"], &[]).exits(1);
        assert_eq!(verdicts(&run, "A"), ["ORG-002 unknown A"]);
        assert_eq!(verdicts(&run, "B"), ["ORG-002 fail B"]);
        assert_eq!(verdicts(&run, "C"), ["ORG-002 unknown C"]);
    }

    /// Every resource under its own condition, every property under others, and a rule that reads
    /// several of them at once.
    #[test]
    fn many_switches_in_one_resource() {
        let folder = Folder::new();
        let (mut parameters, mut conditions, mut resources) =
            (String::new(), String::new(), String::new());
        for index in 0..100 {
            let _ = writeln!(parameters, "  P{index}: {{Type: String}}");
            let _ = writeln!(conditions, "  C{index}: !Equals [!Ref P{index}, a]");
        }
        for index in 0..100 {
            let other = |step: usize| format!("C{}", (index + step) % 100);
            let _ = writeln!(
                resources,
                "  R{index}:\n    Type: AWS::RDS::DBInstance\n    Condition: C{index}\n    Properties:\n      MultiAZ: !If [{}, true, !Ref P{index}]\n      DBClusterIdentifier: !If [{}, c, !Ref AWS::NoValue]\n      SourceDBInstanceIdentifier: !If [{}, !Ref R{}, !Ref AWS::NoValue]",
                other(1),
                other(2),
                other(3),
                (index + 1) % 100
            );
        }
        folder.write(
            "t.yaml",
            format!("Parameters:\n{parameters}Conditions:\n{conditions}Resources:\n{resources}"),
        );
        let run = check(&folder, &["t.yaml"], &[]).exits(1);
        assert_eq!(verdicts(&run, "R7"), ["ORG-002 unknown R7"]);
    }
}

mod rules {
    use super::*;

    /// A run with one broken rule file beside a good one.
    fn with_rule(text: impl AsRef<[u8]>) -> Run {
        let folder = Folder::new();
        folder.write("rules/ORG-900-broken.yaml", text);
        check(&folder, &[], &["--rules", "rules"])
    }

    #[test]
    fn a_rule_file_that_is_broken() {
        let place = "rules/ORG-900-broken.yaml";
        let good =
            fs::read_to_string(format!("{HOUSE_RULES}/ORG-002-database-standby.yaml")).unwrap();
        let good = good
            .replace("ORG-002", "ORG-900")
            .replace("database-standby", "broken");
        for (change, line, words) in [
            (
                ("severity: high\nresource", "severity: hihg\nresource"),
                4,
                "hihg",
            ),
            (
                ("self.MultiAZ == true", "self.MultiAz == true"),
                7,
                "MultiAz",
            ),
            (("self.MultiAZ == true", "self.MultiAZ == "), 7, ""),
            (("self.MultiAZ == true", "self.MultiAZ == 'yes'"), 7, ""),
            (("self.MultiAZ == true", "self.MultiAZ.exists(x, x"), 7, ""),
            (
                ("AWS::RDS::DBInstance\nwhen", "AWS::RDS::DbInstance\nwhen"),
                5,
                "AWS::RDS::DbInstance",
            ),
        ] {
            let text = good.replacen(change.0, change.1, 1);
            assert_ne!(text, good, "{change:?}");
            let run = with_rule(&text).exits(2);
            let failures = failures(&run);
            assert!(
                failures[0].starts_with(&format!("{place}:{line}: ")),
                "{failures:#?}"
            );
            assert!(failures[0].contains(words), "{failures:#?}");
            assert!(
                run.findings().contains(&"ORG-002 fail Db".to_owned()),
                "{run}"
            );
            run.complains(&format!("{place}:{line}"));
        }
    }

    #[test]
    fn a_rule_file_that_is_no_rule() {
        for text in [
            &b""[..],
            b"id: ORG-900\n",
            b"- 1\n- 2\n",
            b"id: [\n",
            b"\xff\xfe\x00",
            b"id: ORG-900\nid: ORG-901\n",
            b"why: \"\xe9\"\n",
        ] {
            let run = with_rule(text)
                .exits(2)
                .complains("rules/ORG-900-broken.yaml");
            assert!(
                run.findings().contains(&"ORG-002 fail Db".to_owned()),
                "{run}"
            );
        }
    }

    #[test]
    fn a_rule_file_that_is_hostile() {
        let deep = "(".repeat(10_000);
        let good =
            fs::read_to_string(format!("{HOUSE_RULES}/ORG-002-database-standby.yaml")).unwrap();
        let good = good.replace("ORG-002", "ORG-900");
        for condition in [
            deep.clone(),
            format!("{}true", "!".repeat(10_000)),
            format!("{}1{} == 1", "[".repeat(5_000), "]".repeat(5_000)),
            format!("self.MultiAZ{}", " && self.MultiAZ".repeat(10_000)),
            "self.Engine.matches('(a{1000}){1000}')".to_owned(),
        ] {
            let text = good.replace(
                "self.MultiAZ == true",
                &format!("'{}'", condition.replace('\'', "\"")),
            );
            let run = with_rule(text);
            assert!(
                run.findings().contains(&"ORG-002 fail Db".to_owned()),
                "{run}"
            );
            assert!(
                run.said().len() < 100_000,
                "{} bytes of error",
                run.said().len()
            );
        }
    }

    /// Whoever selects the rule that does not load should hear why it does not.
    #[test]
    fn selecting_a_rule_that_does_not_load_says_why_it_does_not() {
        let folder = Folder::with(&[("one.yaml", ONE_FAULT)]);
        folder.write("rules/ORG-900.yaml", "id: ORG-900\nseverity: hihg\n");
        let args = ["check", "one.yaml", "--rules", "rules", "--only", "ORG-900"];
        folder
            .skylint(&args)
            .exits(2)
            .complains("rules/ORG-900.yaml:2")
            .complains("hihg");
    }
}

mod terminals_and_secrets {
    use super::*;

    /// Every format but CSV, whose lines end with a carriage return.
    fn formats() -> impl Iterator<Item = &'static str> {
        FORMATS.into_iter().filter(|format| *format != "csv")
    }

    /// What a terminal would act on.
    fn acts_on_a_terminal(text: &str) -> Option<char> {
        text.chars().find(|c| {
            c.is_control() && *c != '\n'
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        let folder = Folder::new();
        let evil = "x\\e[2J\\e]0;pwned\\a\\r\\b\\x9b31m\\u202etxt";
        folder.write(
            "t.yaml",
            format!(
                "Description: \"{evil}\"\nParameters:\n  \"P{evil}\": {{Type: String}}\nConditions:\n  \"C{evil}\": !Equals [a, !Ref \"P{evil}\"]\n\
                 Resources:\n  \"Db{evil}\":\n    Type: AWS::RDS::DBInstance\n    Properties:\n      DBInstanceIdentifier: \"{evil}\"\n      Engine: \"{evil}\"\n      MultiAZ: \"{evil}\"\n\
                 \x20 \"Db2{evil}\":\n    Type: AWS::RDS::DBInstance\n    Properties:\n      MultiAZ: !If [\"C{evil}\", true, false]\n\
                 \x20 \"T{evil}\": {{Type: \"AWS::{evil}\"}}\n  \"N{evil}\": {{Properties: {{}}}}\n  S: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: \"{evil}\"}}}}\n"
            ),
        );
        // Raw, not escaped: JSON and YAML refuse it, and quote the line.
        folder.write(
            "raw.json",
            "{\"Resources\": {\"\u{1b}[2Jx\": {\"Type\": \"AWS::S3::Bucket\"}}}",
        );
        folder.write("raw.yaml", "Resources:\n  \u{1b}[2Jx: {Type: AWS::S3::Bucket}\n  \u{1b}[2Jx: {Type: AWS::S3::Bucket}\n");
        folder.write("\u{1b}[2Jname.yaml", "Resources: [\n");
        folder.write("rules/ORG-9.yaml", "id: \"\\e[2J\"\n\"\\e[3J\": 1\n");
        for format in formats() {
            for more in [&[][..], &["--show", "all"]] {
                let inputs = [
                    "t.yaml",
                    "raw.json",
                    "raw.yaml",
                    "\u{1b}[2Jname.yaml",
                    "\u{1b}[2Jmissing.yaml",
                    "one.yaml",
                ];
                folder.write("one.yaml", ONE_FAULT);
                let mut args = vec![
                    "check",
                    "--rules",
                    HOUSE_RULES,
                    "--rules",
                    "rules",
                    "--format",
                    format,
                ];
                args.extend(inputs);
                args.extend(more);
                let run = folder.skylint(&args).exits(2).soon();
                for (stream, text) in [
                    ("standard output", run.stdout()),
                    ("standard error", run.stderr()),
                ] {
                    assert_eq!(
                        acts_on_a_terminal(&text),
                        None,
                        "{format}: {stream}\n{}",
                        text.escape_debug()
                    );
                }
            }
        }
        // What people type is echoed in errors too.
        for args in [
            &["check", "one.yaml", "--only", "\u{1b}[2J"][..],
            &["check", "one.yaml", "--rules", "\u{1b}[2J"],
            &["check", "one.yaml", "--parameters", "\u{1b}[2J"],
            &["check", "one.yaml", "--format", "json=no/\u{1b}[2J"],
            &["explain", "\u{1b}[2J"],
            &["rules", "test", "rules"],
        ] {
            let run = folder.skylint(args).exits(2);
            assert_eq!(
                acts_on_a_terminal(&run.said()),
                None,
                "{args:?}: {}",
                run.said().escape_debug()
            );
        }
    }

    #[test]
    fn secrets_are_in_no_report() {
        const CANARY: &str = "c4n4ryS3cr3t";
        let folder = Folder::new();
        folder.write(
            "t.yaml",
            format!(
                "Parameters:\n  Password: {{Type: String, NoEcho: true, Default: {CANARY}}}\n  Engine: {{Type: String, NoEcho: 'true', Default: {CANARY}}}\nConditions:\n  C: !Equals [!Ref Password, {CANARY}x]\n\
                 Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      DBInstanceIdentifier: !Sub 'db-${{Password}}'\n      Engine: !Ref Engine\n      MasterUserPassword: {CANARY}\n      MultiAZ: !Ref Password\n\
                 \x20 Literal:\n    Type: AWS::RDS::DBInstance\n    Properties: {{MasterUserPassword: {CANARY}, MultiAZ: false}}\n\
                 \x20 Joined:\n    Type: AWS::RDS::DBInstance\n    Properties: {{MultiAZ: !Join ['', [!Ref Password]], MasterUserPassword: !Ref Password}}\n\
                 \x20 Chosen:\n    Type: AWS::RDS::DBInstance\n    Properties: {{MasterUserPassword: !If [C, {CANARY}, x]}}\n"
            ),
        );
        // A template whose broken line holds a secret.
        folder.write(
            "broken.yaml",
            format!("Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      MasterUserPassword: \"{CANARY}\" x\n"),
        );
        folder.write(
            "twice.json",
            format!("{{\"Resources\": {{\"Db\": {{\"Type\": \"AWS::RDS::DBInstance\", \"Properties\": {{\"MasterUserPassword\": \"{CANARY}\",\n\"MasterUserPassword\": \"{CANARY}\"}}}}}}}}"),
        );
        // The same by parameter file, for a parameter that is NoEcho.
        folder.write(
            "p.json",
            format!("[{{\"ParameterKey\": \"Password\", \"ParameterValue\": \"{CANARY}\"}}]"),
        );
        for format in formats() {
            for more in [&[][..], &["--parameters", "p.json"], &["--show", "all"]] {
                let mut args = vec![
                    "check",
                    "t.yaml",
                    "broken.yaml",
                    "twice.json",
                    "--rules",
                    HOUSE_RULES,
                    "--format",
                    format,
                ];
                args.extend(more);
                let run = folder.skylint(&args).exits(2);
                let found = run
                    .said()
                    .lines()
                    .find(|line| line.contains(CANARY))
                    .map(str::to_owned);
                assert_eq!(found, None, "{format} {more:?}\n{run}");
            }
        }
    }
}

/// The JSON report says what was not read, so that nobody takes the rest for the whole.
#[test]
fn what_was_not_read_is_in_every_report() {
    let folder = Folder::with(&[("broken.yaml", "Resources: {\n"), ("one.yaml", ONE_FAULT)]);
    let args = [
        "check",
        "broken.yaml",
        "one.yaml",
        "--rules",
        HOUSE_RULES,
        "--only",
        "org",
        "--scope",
        "complete",
        "--format",
        "json=r.json",
        "--format",
        "sarif=r.sarif",
        "--format",
        "human",
    ];
    let run = folder.skylint(&args).exits(2);
    assert!(
        unwrapped(&run.stdout()).contains("1 input could not be read"),
        "{run}"
    );
    let json: Value = serde_json::from_str(&folder.read("r.json")).unwrap();
    assert_eq!(json["failures"][0]["path"], "broken.yaml");
    assert_eq!(json["coverage"][0]["status"], "partial");
    let sarif: Value = serde_json::from_str(&folder.read("r.sarif")).unwrap();
    let invocation = &sarif["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert!(
        invocation["toolExecutionNotifications"]
            .to_string()
            .contains("broken.yaml"),
        "{invocation:#}"
    );
}
