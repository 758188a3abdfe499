//! What the documentation shows is what happens. `SKYLINT_BLESS=1 cargo test --test docs` rewrites
//! what differs.
//!
//! In a `console` block, the lines after `$ skylint …` are what that prints, standard error first;
//! a line `…` stands for any number of lines, and `$ echo $?` prints the exit code. Commands run in
//! a folder of their own, which has `fixtures/` and every file that an earlier block of the page
//! begins with the name of (`# rule.yaml`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

#[test]
fn the_documentation_shows_what_happens() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md"), root.join("CONTRIBUTING.md")];
    for entry in fs::read_dir(root.join("docs"))? {
        pages.push(entry?.path());
    }
    for page in pages
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
    {
        let text = fs::read_to_string(page)?;
        let name = page.file_stem().unwrap_or_default();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("docs")
            .join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        copy(&root.join("fixtures"), &folder.join("fixtures"))?;
        let now = with_output(&text, &folder)?;
        if env::var_os("SKYLINT_BLESS").is_some() && now != text {
            fs::write(page, now)?;
        } else {
            let same = now
                .lines()
                .zip(text.lines())
                .take_while(|(a, b)| a == b)
                .count();
            let line = |text: &str| text.lines().nth(same).unwrap_or("the end").to_owned();
            let (page, at) = (page.display(), same + 1);
            assert!(
                now == text,
                "{page}:{at} says\n{}\nbut it is\n{}",
                line(&text),
                line(&now)
            );
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &to)?,
            false => fs::copy(entry.path(), to).map(drop)?,
        }
    }
    Ok(())
}

/// A page with the output that its commands have now.
fn with_output(page: &str, folder: &Path) -> io::Result<String> {
    let mut blocks = page.split("\n```");
    let mut now = blocks.next().unwrap_or_default().to_owned();
    let mut open = false;
    for block in blocks {
        open = !open;
        let (kind, body) = block.split_once('\n').unwrap_or((block, ""));
        let name = body.lines().next().and_then(|line| line.strip_prefix("# "));
        now.push_str("\n```");
        match (open, kind, name) {
            (true, "console", _) => now.push_str(&format!("{kind}{}", console(body, folder)?)),
            (true, _, Some(name)) if name.contains('.') && !name.contains(' ') => {
                let path = folder.join(name);
                fs::create_dir_all(path.parent().unwrap_or(folder))?;
                fs::write(path, format!("{body}\n"))?;
                now.push_str(block);
            }
            _ => now.push_str(block),
        }
    }
    Ok(now)
}

fn console(body: &str, folder: &Path) -> io::Result<String> {
    let mut now = String::new();
    let mut code = 0;
    let mut lines = body.lines().peekable();
    while let Some(line) = lines.next() {
        let mut shown = Vec::new();
        while let Some(more) = lines.next_if(|line| !line.starts_with("$ ")) {
            shown.push(more);
        }
        let command = line
            .trim_start_matches("$ ")
            .trim_start_matches("cargo run --release --no-default-features -- ");
        let output = match command.strip_prefix("skylint ").unwrap_or(command) {
            "echo $?" => format!("{code}\n"),
            arguments => {
                let mut skylint = Command::new(PathBuf::from(env!("CARGO_BIN_EXE_skylint")));
                skylint
                    .args(arguments.split_whitespace())
                    .current_dir(folder);
                let done = skylint.env("NO_COLOR", "1").output()?;
                code = done.status.code().unwrap_or(-1);
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                text(&done.stderr) + &text(&done.stdout)
            }
        };
        let output: Vec<&str> = output.trim_end().lines().map(str::trim_end).collect();
        now.push_str(&format!("\n{line}"));
        let gap = shown.iter().position(|line| *line == "…");
        let (head, tail) = gap.map_or((output.len(), 0), |gap| (gap, shown.len() - gap - 1));
        let (head, tail) = (head.min(output.len()), tail.min(output.len()));
        let (first, last) = (
            output.iter().take(head),
            output.iter().skip(output.len() - tail),
        );
        for shown in first.chain(gap.map(|_| &"…")).chain(last) {
            now.push_str(&format!("\n{shown}"));
        }
    }
    Ok(now)
}
