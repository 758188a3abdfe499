//! `skylint explain`.

use clap::Args as ClapArgs;

use super::rule_set::{self, RuleArgs, RuleSet};
use super::{CliError, output, rule_pages};
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
        Some(rule) => output::print(&rule_pages::page(rule, false)).map(|()| Outcome::Passed),
        None => Err(rule_set::unknown(&args.rule, &set.rules)),
    }
}
