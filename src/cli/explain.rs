//! `skylint explain`.

use clap::Args as ClapArgs;

use super::rule_set::{self, AllRules};
use super::{CliError, output, rule_pages};
use crate::policy::Outcome;

/// Show what a rule asks for, why, and how to fix it
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// The rule, by id (DB-001) or slug
    #[arg(value_name = "RULE")]
    rule: String,
    #[command(flatten)]
    rules: AllRules,
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    // Also a rule that the settings leave out has a page.
    let (settings, set) = args.rules.load()?;
    let path = settings.file.as_ref().map(|file| &*file.path);
    match set.rules.iter().find(|rule| rule.is_named(&args.rule)) {
        Some(rule) => {
            let mut page = rule_pages::page(rule, false);
            let runs = rule_set::runs(rule, &settings);
            if path.is_some() || !rule.params.is_empty() {
                page.push_str(&rule_pages::in_force(rule, &set, runs, path));
            }
            output::print(&page).map(|()| Outcome::Passed)
        }
        None => Err(rule_set::unknown(&args.rule, &set.rules)),
    }
}
