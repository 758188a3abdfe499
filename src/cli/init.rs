//! `skylint init`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use clap::Args as ClapArgs;
use ignore::WalkBuilder;

use super::config::NAME;
use super::{CliError, inputs, loudness, output};
use crate::document::parse_json;
use crate::policy::Outcome;
use crate::rule::CONTEXT;

/// Write a skylint.toml for the directory it stands in, with what there is to set
///
/// Looks for templates, plans, state, recordings and CDK apps, and lists what it found.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// Replace the skylint.toml that is there
    #[arg(long)]
    force: bool,
    /// Print the JSON Schema of skylint.toml, for editors, and write nothing
    #[arg(long)]
    schema: bool,
}

/// The JSON Schema of the settings.
const SCHEMA: &str = include_str!("../../docs/skylint-toml.schema.json");

/// What was found.
#[derive(Default)]
struct Around {
    /// Files and directories to check.
    include: Vec<String>,
    /// What to do before they are there, or can be read.
    hints: Vec<String>,
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    if args.schema {
        return output::print(SCHEMA).map(|()| Outcome::Passed);
    }
    if Path::new(NAME).exists() && !args.force {
        return Err(CliError::usage(
            format!("there is a {NAME} already"),
            Some("`skylint init --force` replaces it".to_owned()),
        ));
    }
    let around = look();
    let text = settings(&around);
    output::whole_file(NAME, &mut |file| file.write_all(text.as_bytes()))?;
    let mut said = format!("wrote {NAME}\n");
    match around.include.as_slice() {
        [] => said.push_str("found nothing to check yet: list it under [inputs] include\n"),
        found => {
            let _ = writeln!(said, "`skylint check` reads {}", found.join(", "));
        }
    }
    for hint in &around.hints {
        let _ = writeln!(said, "{hint}");
    }
    loudness::note(said.trim_end());
    Ok(Outcome::Passed)
}

fn look() -> Around {
    let mut around = Around::default();
    let found = inputs::read(&[".".to_owned()], None, &|_| false);
    let paths = found.inputs.iter().map(|input| &input.path);
    for path in paths.chain(&found.snapshots) {
        // The output of an app is named as such.
        let top = path.split('/').next().unwrap_or(path);
        add(&mut around.include, top);
    }
    if let Ok(text) = inputs::read_text("cdk.json") {
        let app = parse_json(&text).ok();
        let said = app.as_ref().and_then(|app| app.get("output")?.as_str());
        let out = said.unwrap_or("cdk.out");
        add(&mut around.include, out);
        if !Path::new(out).join("manifest.json").exists() {
            let hint = format!("{out} is written by `cdk synth`: run it first");
            around.hints.push(hint);
        }
    }
    let is_plan = |input: &crate::source::Input| {
        crate::source::detect(&input.bytes).is_some_and(|kind| kind.as_str().contains("terraform"))
    };
    if !found.inputs.iter().any(is_plan) && has_terraform() {
        around.hints.push(
            "of Terraform, skylint reads plans and state: `terraform plan -out=tfplan` and \
             `terraform show -json tfplan > plan.json`, then list plan.json under [inputs] include"
                .to_owned(),
        );
    }
    around
}

fn add(include: &mut Vec<String>, path: &str) {
    if !include.iter().any(|known| known == path) {
        include.push(path.to_owned());
    }
}

fn has_terraform() -> bool {
    let walk = WalkBuilder::new(".").require_git(false).build();
    walk.flatten()
        .any(|entry| entry.path().extension().is_some_and(|e| e == "tf"))
}

/// Text of a TOML string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The file: what was found is set, everything else stands there as a comment, at its default.
fn settings(around: &Around) -> String {
    let mut text = String::from(
        "# Settings of skylint, for this directory and those below it. Paths are relative to this file; options of the\n\
         # command line win. Lines that begin with `#` show what can be set; values are the defaults or examples.\n\
         \n[inputs]\n# What `skylint check` reads when it is given no path.\n",
    );
    let include: Vec<String> = around.include.iter().map(|path| quoted(path)).collect();
    match include.is_empty() {
        true => text.push_str("# include = [\"infra\", \"cdk.out\", \"plan.json\"]\n"),
        false => {
            let _ = writeln!(text, "include = [{}]", include.join(", "));
        }
    }
    for hint in &around.hints {
        for line in textwrap::wrap(&format!("Note: {hint}."), 100) {
            let _ = writeln!(text, "#   {line}");
        }
    }
    text.push_str(
        r#"# What is left out when a directory is searched: paths, or patterns of them.
# exclude = ["**/test/**"]
# "complete": what is not in the inputs does not exist, so "no web ACL protects it" can be known.
# scope = "partial"
# For inputs that do not say it themselves.
# region = "eu-central-1"
# regions = { "infra/us" = "us-east-1" }
# account = "111122223333"
# accounts = { "infra/prod" = "444455556666" }
# Values of template parameters: files, or Name=value.
# parameters = ["parameters.json", "Stage=production"]

[rules]
# Rules of your own, beside the built-in ones.
# own = ["rules"]
# Ids (DB-001), slugs, domains (db), frameworks (nist-800-53-r5), controls (nist-800-53-r5:CP-9).
# only = []
# skip = []

# [severity]
# DB-001 = "critical"

# `skylint explain DB-004` shows a rule's parameters.
# [params.DB-004]
# minimum_days = 30

# What rules take for granted about your organisation.
"#,
    );
    let mut table = "";
    for key in CONTEXT {
        if key.table != table {
            let _ = writeln!(text, "# [context.{}]", key.table);
        }
        table = key.table;
        for line in textwrap::wrap(key.doc, 100) {
            let _ = writeln!(text, "#   {line}");
        }
        let _ = writeln!(text, "# {} = {}", key.key, toml(&key.default()));
    }
    text.push_str(
        r#"
# Other settings for some files: those below a path, or that match a pattern.
# [[override]]
# paths = ["infra/dev"]
# skip = ["DB-010"]
# severity = { db = "low" }
# params.DB-004.minimum_days = 1

# Reviewed exceptions: all of rule, reason, owner and expires, and one or more of id, arn, address, tag and path.
# [[waivers]]
# rule = "DB-001"
# id = "cache-*"
# reason = "rebuilt from the orders within minutes"
# owner = "team-shop@example.com"
# expires = 2027-06-30

[report]
# human, or with a file name: see `skylint check --help`.
# formats = ["human", "sarif=skylint.sarif"]
# show = "problems"

[gate]
# The least severity that fails a run, or "never".
fail-on = "low"
# fail-on-unknown = false
# What `skylint baseline write` wrote: only what is new fails the run.
# baseline = "skylint-baseline.json"
"#,
    );
    text
}

fn toml(value: &crate::model::Value) -> String {
    use crate::model::Value;
    match value {
        Value::String(text) => quoted(text),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(toml).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}
