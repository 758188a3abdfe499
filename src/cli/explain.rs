//! `skylint explain`.

use clap::Args as ClapArgs;

use super::rule_set::{self, RuleArgs, RuleSet};
use super::{CliError, output};
use crate::policy::Outcome;
use crate::rule::Rule;

/// Show what a rule asks for, why, and how to fix it
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// The rule, by id (DB-001) or slug
    #[arg(value_name = "RULE")]
    rule: String,
    /// Rules of your own: a rule file or a directory of them
    #[arg(long = "rules", value_name = "DIR")]
    own: Vec<String>,
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let set = RuleSet::select(&RuleArgs {
        own: args.own.clone(),
        ..RuleArgs::default()
    })?;
    let by_name = |rule: &&Rule| {
        rule.info.id.eq_ignore_ascii_case(&args.rule)
            || rule.info.slug.eq_ignore_ascii_case(&args.rule)
    };
    match set.rules.iter().find(by_name) {
        Some(rule) => output::print(&page(rule)).map(|()| Outcome::Passed),
        None => Err(rule_set::unknown(&args.rule, &set.rules)),
    }
}

/// A rule's page, as Markdown.
fn page(rule: &Rule) -> String {
    let info = &rule.info;
    let mut page = String::new();
    let mut line = |text: &str| {
        page.push_str(text);
        page.push('\n');
    };
    line(&format!("# {}: {}", info.id, info.title));
    line("");
    line(&format!("{} severity, {}", info.severity, info.slug));
    let types: Vec<&str> = info.resources.iter().map(|r| &**r).collect();
    line(&format!("judges {}", types.join(", ")));
    line("\n## Why\n");
    line(&info.why);
    line("\n## Fix\n");
    line(&info.fix);
    if !info.fix_set.is_empty() {
        line("");
        for setting in info.fix_set.lines() {
            line(&format!("    {setting}"));
        }
    }
    if !rule.params.is_empty() {
        line("\n## Parameters\n");
        for param in &rule.params {
            line(&format!(
                "- {} = {}: {}",
                param.name, param.default, param.doc
            ));
        }
    }
    if !rule.examples.is_empty() {
        line("\n## Examples\n");
        for example in &rule.examples {
            line(&format!("- {}: {}", example.verdict, example.name));
        }
    }
    for (title, lists) in [
        ("The same check elsewhere", &info.equivalents),
        ("Supports", &info.frameworks),
    ] {
        if !lists.is_empty() {
            line(&format!("\n## {title}\n"));
            for (name, ids) in lists {
                line(&format!("- {name}: {}", ids.join(", ")));
            }
        }
    }
    if !info.references.is_empty() {
        line("\n## References\n");
        for reference in &info.references {
            line(&format!("- {reference}"));
        }
    }
    page
}
