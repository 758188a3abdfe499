//! `skylint check`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use clap::{Args as ClapArgs, ValueEnum};

use super::CliError;
use super::inputs::{self, Disk, read_text, shown};
use super::output::{self, Destination};
use super::rule_set::{RuleArgs, RuleSet};
use crate::check::{Request, add_rule_faults, check};
use crate::model::{InputKind, Location, Results};
use crate::policy::{FailOn, Gate, Outcome};
use crate::report::{Format, Settings, human};
use crate::source::cloudformation::parse_parameters;
use crate::source::{Options, Scope};

/// Check templates, plans, state and recordings against the rules
///
/// Exit code: 0 nothing at or above the gate, 1 the gate failed, 2 something could not be read.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    rules: RuleArgs,
}

/// What is read, and what the user says about it.
#[derive(Debug, ClapArgs)]
pub(super) struct InputArgs {
    /// CloudFormation and SAM templates, cdk.out, Terraform plans and state, AWS Config files,
    /// snapshot files, or directories to search for them; - for standard input. Together they are
    /// one snapshot
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<String>,
    /// How to read the inputs, whatever they look like
    #[arg(long, value_enum, value_name = "KIND")]
    input_kind: Option<Kind>,
    /// Template parameters: a file (as the AWS CLI or CodePipeline takes it), or NAME=VALUE.
    /// Repeatable; later ones win
    #[arg(long, value_name = "FILE|NAME=VALUE")]
    parameters: Vec<String>,
    /// The Region of the inputs that do not say it themselves; PATH=REGION for one of them.
    /// Repeatable
    #[arg(long, value_name = "[PATH=]REGION")]
    region: Vec<String>,
    /// The account of the inputs that do not say it themselves; PATH=ACCOUNT for one of them.
    /// Repeatable
    #[arg(long, value_name = "[PATH=]ACCOUNT")]
    account: Vec<String>,
    /// Where the .tf files of Terraform plans and state are, if not beside them: findings point
    /// into them. Repeatable
    #[arg(long, value_name = "DIR")]
    source_root: Vec<String>,
    /// Whether the inputs are everything there is. With `complete`, what is not in them does not
    /// exist; otherwise a question such as "does no web ACL protect it?" stays unknown
    #[arg(long, value_enum, default_value = "partial")]
    scope: ScopeArg,
}

/// Options that say what to report, and when to fail.
#[derive(Debug, ClapArgs)]
pub(super) struct ReportArgs {
    /// Write a report: human, json or sarif, to standard output or FORMAT=PATH. Repeatable
    #[arg(long = "format", short = 'f', value_name = "FORMAT[=PATH]")]
    formats: Vec<Destination>,
    /// The least severity that fails the run: critical, high, medium, low or never
    #[arg(long, value_name = "SEVERITY", default_value = "low")]
    fail_on: FailOn,
    /// Fail the run also when a verdict is unknown
    #[arg(long)]
    fail_on_unknown: bool,
    /// Which verdicts to report
    #[arg(long, value_enum, default_value = "problems")]
    show: Show,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Show {
    /// fail and unknown
    Problems,
    /// every verdict
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScopeArg {
    /// there may be more elsewhere
    Partial,
    /// the inputs are everything
    Complete,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// CloudFormation and SAM templates, CDK output
    Cloudformation,
    /// Terraform and OpenTofu plans
    TerraformPlan,
    /// Terraform and OpenTofu state
    TerraformState,
    /// Configuration snapshots and history of AWS Config
    AwsConfig,
    /// Snapshot files, as `skylint collect` writes them
    Snapshot,
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let destinations = args.report.destinations()?;
    let options = args.input.options()?;
    let set = RuleSet::select(&args.rules)?;
    let found = inputs::read(&args.input.paths, options.kind);
    let request = Request {
        options,
        complete: args.input.is_complete(),
        show_all: args.report.show_all(),
        today: Some(super::today::today().into()),
        snapshots: found.snapshots,
        known_rules: set.known.clone(),
    };
    let mut results = check(&found.inputs, &Disk, &set.rules, &request, found.failures);
    add_rule_faults(&mut results, &set.faults);
    shorten(&mut results);
    args.report.finish(&results, &destinations)
}

impl InputArgs {
    /// What the user says about the inputs.
    pub(super) fn options(&self) -> Result<Options, CliError> {
        let mut options = Options {
            kind: self.input_kind.map(|kind| match kind {
                Kind::Cloudformation => InputKind::CloudFormation,
                Kind::TerraformPlan => InputKind::TerraformPlan,
                Kind::TerraformState => InputKind::TerraformState,
                Kind::AwsConfig => InputKind::AwsConfig,
                Kind::Snapshot => InputKind::Snapshot,
            }),
            ..Options::default()
        };
        options.source_roots = self
            .source_root
            .iter()
            .map(|root| root.as_str().into())
            .collect();
        options.regions = self.region.iter().map(|text| setting(text)).collect();
        options.accounts = self.account.iter().map(|text| setting(text)).collect();
        for text in &self.parameters {
            options
                .parameters
                .push((Scope::Everything, parameters(text)?));
        }
        Ok(options)
    }

    /// Whether they are everything there is.
    pub(super) fn is_complete(&self) -> bool {
        self.scope == ScopeArg::Complete
    }
}

impl ReportArgs {
    /// Whether every verdict is reported.
    pub(super) fn show_all(&self) -> bool {
        matches!(self.show, Show::All)
    }

    /// Where reports go.
    pub(super) fn destinations(&self) -> Result<Vec<Destination>, CliError> {
        let mut destinations = self.formats.clone();
        if destinations.is_empty() {
            destinations.push(Destination {
                format: Format::Human,
                path: None,
            });
        }
        if destinations.iter().filter(|d| d.path.is_none()).count() > 1 {
            return Err(CliError::usage(
                "only one report can go to standard output",
                Some("give the others a file: --format sarif=report.sarif".to_owned()),
            ));
        }
        Ok(destinations)
    }

    /// Writes the reports, and what went wrong to standard error; how the run ends.
    pub(super) fn finish(
        &self,
        results: &Results,
        destinations: &[Destination],
    ) -> Result<Outcome, CliError> {
        let stderr = io::stderr();
        let settings = Settings {
            color: output::color(&stderr),
            width: output::width(),
            ..Settings::default()
        };
        // Nobody listening on standard error is no reason to stop.
        for warning in &results.warnings {
            let _ = human::write_warning(warning, &results.sources, &settings, &mut stderr.lock());
        }
        for failure in &results.failures {
            let _ = human::write_failure(failure, &results.sources, &settings, &mut stderr.lock());
        }
        output::write_reports(results, destinations)?;
        let gate = Gate {
            fail_on: self.fail_on,
            fail_on_unknown: self.fail_on_unknown,
        };
        Ok(gate.outcome(results))
    }
}

/// Names files below the working directory by their path from there. The CDK records the places of
/// an app's code as absolute paths, which mean nothing on another machine or to code scanning.
fn shorten(results: &mut Results) {
    let Ok(here) = std::env::current_dir() else {
        return;
    };
    let related = results.findings.iter_mut().flat_map(|f| &mut f.related);
    for location in related.map(|related| &mut related.location) {
        // Files that were read keep the name they were given.
        if location.source.is_none()
            && let Ok(path) = Path::new(&*location.path).strip_prefix(&here)
        {
            location.path = shown(path).into();
        }
    }
}

/// `VALUE` or `PATH=VALUE`.
fn setting(text: &str) -> (Scope, Arc<str>) {
    match text.rsplit_once('=') {
        Some((path, value)) => (Scope::only(path), value.into()),
        None => (Scope::Everything, text.into()),
    }
}

fn parameters(text: &str) -> Result<BTreeMap<String, String>, CliError> {
    if let Some((name, value)) = text.split_once('=')
        && name.chars().all(char::is_alphanumeric)
    {
        return Ok(BTreeMap::from([(name.to_owned(), value.to_owned())]));
    }
    let path = text.strip_prefix("file://").unwrap_or(text);
    let content = read_text(path).map_err(|error| CliError::Read {
        path: path.to_owned(),
        error,
    })?;
    parse_parameters(&content).map_err(|error| {
        let place = Location::in_text(None, path.into(), &content, error.span);
        CliError::usage(
            format!("{path}:{}:{}: {}", place.line, place.column, error.message),
            error.help,
        )
    })
}
