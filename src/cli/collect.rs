//! `skylint collect`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;

use super::CliError;
use super::config::Settings;
use super::loudness::{self, note, say};
use super::output;
use super::progress::Bars;
use super::rule_set::{RuleArgs, RuleSet};
use crate::collect::{self, CollectError, Collected, Request, Role, Wanted};
use crate::policy::Outcome;
use crate::rule;

/// Read an AWS account, or all of an organisation, into a snapshot file
///
/// `skylint check FILE` judges it, now or later, by any rules. Credentials are found as the AWS CLI
/// finds them. Only calls that list and describe are made; `--print-iam-policy` shows which.
///
/// Exit code: 0 the snapshot is written (what could not be read is said and noted in it), 2 there
/// is none, or reading broke off.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// The snapshot file to write; compressed if its name ends in .zst
    #[arg(
        long,
        short,
        value_name = "FILE",
        required_unless_present = "print_iam_policy"
    )]
    output: Option<PathBuf>,
    /// Go on where an earlier run with the same options was interrupted
    #[arg(long)]
    resume: bool,
    /// Print the least IAM policy that this takes, and read nothing
    #[arg(long)]
    print_iam_policy: bool,
    #[command(flatten)]
    account: AccountArgs,
    /// Take from AWS Config what it has recorded instead of asking each service
    #[arg(long)]
    from_config: bool,
    /// Ask this aggregator of AWS Config, which has all its accounts and Regions
    #[arg(long, value_name = "NAME", requires = "from_config")]
    aggregator: Option<String>,
    #[command(flatten)]
    rules: RuleArgs,
}

/// Options that choose accounts, and who reads them.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Accounts")]
pub(super) struct AccountArgs {
    /// The profile of the AWS CLI to use
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Take on this role first; repeat for a chain of roles
    #[arg(long, value_name = "ARN")]
    assume_role: Vec<String>,
    /// The external id that the last role asks for
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// What sessions of roles are called
    #[arg(long, value_name = "NAME", default_value = "skylint")]
    role_session_name: String,
    /// The Regions to read: all that are enabled, or a list
    #[arg(
        long,
        value_name = "all|LIST",
        value_delimiter = ',',
        default_value = "all"
    )]
    regions: Vec<String>,
    /// Read every active account of the organisation
    #[arg(long)]
    organization: bool,
    /// The role to take on in each account of the organisation: a name, or an ARN with {account}
    #[arg(
        long,
        value_name = "ROLE",
        default_value = "OrganizationAccountAccessRole"
    )]
    organization_role: String,
    /// Read only these accounts of the organisation
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        requires = "organization"
    )]
    accounts: Vec<String>,
    /// Do not read these accounts of the organisation
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        requires = "organization"
    )]
    exclude_accounts: Vec<String>,
    /// How often a call is tried when AWS is busy
    #[arg(long, value_name = "N", env = "AWS_MAX_ATTEMPTS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=50))]
    attempts: u32,
    /// How many seconds one try may take
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    // A snapshot is for rules of any kind and whatever settings, unless some were chosen.
    let set = RuleSet::select(&args.rules, &Settings::default())?;
    let wanted = match args.rules.only.is_empty() && args.rules.skip.is_empty() {
        true => Wanted::Everything,
        false => Wanted::Only(rule::reads(&set.rules)),
    };
    if args.print_iam_policy {
        output::print(&(collect::policy(&wanted, args.account.organization) + "\n"))?;
        return Ok(Outcome::Passed);
    }
    let mut request = request(
        &args.account,
        wanted,
        args.output.clone().unwrap_or_default(),
    );
    request.resume = args.resume;
    request.from_config = args.from_config.then(|| args.aggregator.clone());
    if !args.resume && collect::is_resumable(&request.snapshot) {
        note("an earlier run was interrupted; this one starts anew (--resume would go on)");
    }
    let collected = gather(&request)?;
    report(&collected);
    let file = request.snapshot.display();
    note(&format!("wrote {file}: `skylint check {file}` judges it"));
    Ok(outcome(&collected))
}

/// The request that options make.
pub(super) fn request(args: &AccountArgs, wanted: Wanted, snapshot: PathBuf) -> Request {
    let role = |arn: &str, external_id: Option<String>| Role {
        arn: arn.to_owned(),
        external_id,
        session_name: args.role_session_name.clone(),
    };
    let last = args.assume_role.len().saturating_sub(1);
    let roles = args.assume_role.iter().enumerate().map(|(index, arn)| {
        let id = args.external_id.clone().filter(|_| index == last);
        role(arn, id)
    });
    let all = args.regions.iter().any(|region| region == "all");
    Request {
        profile: args.profile.clone(),
        roles: roles.collect(),
        regions: (!all).then(|| args.regions.clone()),
        organisation: args.organization.then(|| {
            let id = args.external_id.clone();
            role(&args.organization_role, id)
        }),
        accounts: args.accounts.clone(),
        without: args.exclude_accounts.clone(),
        wanted,
        from_config: None,
        snapshot,
        resume: false,
        attempts: args.attempts,
        patience: Duration::from_secs(args.timeout),
    }
}

/// Collects, with bars for the Regions where somebody sees them.
pub(super) fn gather(request: &Request) -> Result<Collected, CliError> {
    let bars = Bars::new(loudness::is_quiet());
    let collected = collect::collect(request, &|event| bars.tell(&event));
    bars.finish();
    collected.map_err(|error| match error {
        CollectError::Write { path, error } => CliError::Write {
            path: path.display().to_string(),
            error,
        },
        error => CliError::usage(error.to_string(), error.help()),
    })
}

/// Says what was read, and what was not.
pub(super) fn report(collected: &Collected) {
    /// More gaps than these are only counted: the snapshot has them all.
    const MOST: usize = 20;
    let manifest = &collected.manifest;
    let plural = |count: usize, what: &str| match count {
        1 => format!("{count} {what}"),
        _ => format!("{count} {what}s"),
    };
    note(&format!(
        "read {} from {} in {} with {}",
        plural(
            usize::try_from(manifest.resources).unwrap_or(usize::MAX),
            "resource"
        ),
        plural(manifest.accounts.len(), "account"),
        plural(manifest.regions.len(), "Region"),
        plural(collected.calls, "call"),
    ));
    // One line for each reason: a call that is denied is denied in many Regions.
    let mut places: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for gap in &manifest.gaps {
        let parts = [gap.account.as_deref(), gap.region.as_deref()];
        // With one account there is no need to name it.
        let parts = parts.iter().skip(usize::from(
            manifest.accounts.len() < 2 && gap.region.is_some(),
        ));
        let parts: Vec<&str> = parts.copied().flatten().collect();
        let known = places.entry(&gap.reason).or_default();
        match (parts.is_empty(), &gap.rtype) {
            (false, _) => known.extend([parts.join(" ")]),
            (true, Some(rtype)) => known.extend([rtype.clone()]),
            (true, None) => {}
        }
    }
    for (reason, places) in places.iter().take(MOST) {
        let shown: Vec<&str> = places.iter().map(String::as_str).take(MOST).collect();
        let more = places.len() - shown.len();
        let more = (more > 0).then(|| format!(" and {more} more"));
        let shown = match places.is_empty() {
            true => String::new(),
            false if reason.starts_with("AWS Config") => {
                format!(" of {}{}", shown.join(", "), more.unwrap_or_default())
            }
            false => format!(" in {}{}", shown.join(", "), more.unwrap_or_default()),
        };
        say(&format!("not read{shown}: {reason}"));
    }
    if places.len() > MOST {
        say(&format!("not read: {} more reasons", places.len() - MOST));
    }
    if manifest.resources == 0 && manifest.gaps.iter().any(|gap| gap.operation.is_some()) {
        say("nothing could be read");
    }
    if collected.interrupted {
        say("interrupted: the snapshot has what was read so far; --resume goes on");
    }
    if collected.expired {
        say(
            "the credentials expired: the snapshot has what was read so far; renew them, and \
             --resume goes on",
        );
    }
}

/// What it means for the exit code. Nothing at all is no account that is empty if calls failed.
pub(super) fn outcome(collected: &Collected) -> Outcome {
    let manifest = &collected.manifest;
    let failed = manifest.gaps.iter().any(|gap| gap.operation.is_some());
    match manifest.complete && !(manifest.resources == 0 && failed) {
        true => Outcome::Passed,
        false => Outcome::Broken,
    }
}
