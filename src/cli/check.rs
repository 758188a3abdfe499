//! `skylint check`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use clap::{Args as ClapArgs, ValueEnum};
use rustc_hash::FxHashSet;

use super::config::Settings;
use super::error::with_cause;
use super::frameworks::{FrameworkArgs, Wanted};
use super::inputs::{self, Disk, Found, read_text, shown};
use super::output::{self, Destination};
use super::rule_set::{RuleSet, Selection};
use super::{CliError, baseline};
use crate::check::{Request, add_rule_faults, check};
use crate::document::Fault;
use crate::model::{InputKind, Location, Pattern, Results, Severity};
use crate::policy::{self, FailOn, Gate, Outcome, Places, Remembered};
use crate::report::{self, Format, human};
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
    selection: Selection,
}

/// What is read, and what the user says about it.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct InputArgs {
    /// CloudFormation and SAM templates, cdk.out, Terraform plans and state, AWS Config files,
    /// snapshot files, or directories to search for them; - for standard input. Together they are
    /// one snapshot. Without any, those that skylint.toml includes, else the working directory
    #[arg(value_name = "PATH")]
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
    /// exist; otherwise a question such as "does no web ACL protect it?" stays unknown [default:
    /// partial]
    #[arg(long, value_enum)]
    scope: Option<ScopeArg>,
}

/// Options that say what to report, and when to fail.
#[derive(Debug, ClapArgs)]
pub(super) struct ReportArgs {
    /// Write a report to standard output, or to a file with FORMAT=PATH: human, json, jsonl, csv,
    /// html, markdown, sarif, sarif-github, github, gitlab, junit. Repeatable
    #[arg(long = "format", short = 'f', value_name = "FORMAT[=PATH]")]
    formats: Vec<Destination>,
    /// The least severity that fails the run: critical, high, medium, low or never [default: low]
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Fail the run also when a verdict is unknown
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    fail_on_unknown: Option<bool>,
    /// What was found before, as `skylint baseline write` wrote it: only what is new fails the run
    #[arg(long, value_name = "FILE")]
    baseline: Option<String>,
    /// Hold nothing against what was found before
    #[arg(long, conflicts_with = "baseline")]
    no_baseline: bool,
    /// Which verdicts to report [default: problems]
    #[arg(long, value_enum)]
    show: Option<Show>,
    #[command(flatten)]
    frameworks: FrameworkArgs,
}

/// What to report, and when to fail: what the command line says, else the settings.
pub(super) struct Reporting {
    destinations: Vec<Destination>,
    pub(super) show_all: bool,
    gate: Gate,
    baseline: Option<(String, Remembered)>,
    frameworks: Wanted,
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
    let (settings, mut set) = args.selection.select()?;
    let reporting = args.report.resolve(&settings, &mut set)?;
    let watched = reporting.watched();
    let results = judge(&args.input, &settings, &set, watched, reporting.show_all)?;
    reporting.finish(results)
}

/// Reads the inputs, and judges what is in them.
pub(super) fn judge(
    input: &InputArgs,
    settings: &Settings,
    set: &RuleSet,
    watched: FxHashSet<Arc<str>>,
    show_all: bool,
) -> Result<Results, CliError> {
    let options = input.options(settings)?;
    let found = input.read(settings, &set.places);
    let request = Request {
        options,
        complete: input.is_complete(settings),
        show_all,
        snapshots: found.snapshots,
        watched,
        ..set.request()
    };
    let mut results = check(&found.inputs, &Disk, &set.rules, &request, found.failures);
    add_rule_faults(&mut results, &set.faults);
    shorten(&mut results);
    Ok(results)
}

impl InputArgs {
    /// The same of one path.
    pub(super) fn only(&self, path: &str) -> Self {
        Self {
            paths: vec![path.to_owned()],
            ..self.clone()
        }
    }

    /// What the user says about the inputs. What the command line says comes later, and wins.
    pub(super) fn options(&self, settings: &Settings) -> Result<Options, CliError> {
        let said = &settings.config.inputs;
        let of_settings = |(path, value): &(Option<Arc<str>>, Arc<str>)| {
            let pattern = path.as_deref().map(Pattern::path);
            let scope = Scope::Standing(pattern, settings.view());
            (scope, Arc::clone(value))
        };
        let both = |said: &[(Option<Arc<str>>, Arc<str>)], args: &[String]| {
            let args = args.iter().map(|text| setting(text));
            said.iter().map(of_settings).chain(args).collect()
        };
        let mut options = Options {
            kind: self.kind(),
            source_roots: self
                .source_root
                .iter()
                .cloned()
                .chain(said.source_roots.iter().map(|root| settings.path(root)))
                .map(Arc::from)
                .collect(),
            regions: both(&said.regions, &self.region),
            accounts: both(&said.accounts, &self.account),
            ..Options::default()
        };
        for text in &said.parameters {
            let values = match assignment(&text.value) {
                Some(one) => one,
                None => parameters(&settings.path(&text.value)).map_err(|error| {
                    settings.wrong(vec![Fault::new(text.span, with_cause(&error))])
                })?,
            };
            options
                .parameters
                .push((Scope::Standing(None, settings.view()), values));
        }
        for text in &self.parameters {
            let values = match assignment(text) {
                Some(one) => one,
                None => parameters(text.strip_prefix("file://").unwrap_or(text))?,
            };
            options.parameters.push((Scope::Everything, values));
        }
        Ok(options)
    }

    fn kind(&self) -> Option<InputKind> {
        self.input_kind.map(|kind| match kind {
            Kind::Cloudformation => InputKind::CloudFormation,
            Kind::TerraformPlan => InputKind::TerraformPlan,
            Kind::TerraformState => InputKind::TerraformState,
            Kind::AwsConfig => InputKind::AwsConfig,
            Kind::Snapshot => InputKind::Snapshot,
        })
    }

    /// Reads the inputs.
    pub(super) fn read(&self, settings: &Settings, places: &Places) -> Found {
        let said = &settings.config.inputs;
        let included = said.include.iter().map(|said| settings.path(&said.value));
        let mut paths: Vec<String> = match self.paths.is_empty() {
            true => included.collect(),
            false => self.paths.clone(),
        };
        if paths.is_empty() {
            paths.push(".".to_owned());
        }
        let is_left_out = |path: &str| {
            let excluded = &said.exclude;
            !excluded.is_empty() && {
                let path = places.view.seen(path);
                excluded.iter().any(|pattern| pattern.covers(&path))
            }
        };
        inputs::read(&paths, self.kind(), &is_left_out)
    }

    /// Whether they are everything there is.
    pub(super) fn is_complete(&self, settings: &Settings) -> bool {
        match self.scope {
            Some(scope) => scope == ScopeArg::Complete,
            None => settings.config.inputs.complete.unwrap_or_default(),
        }
    }
}

impl ReportArgs {
    /// What the command line says, else the settings. Of the rules those are left that a framework is
    /// about, if the run is about one.
    pub(super) fn resolve(
        &self,
        settings: &Settings,
        set: &mut RuleSet,
    ) -> Result<Reporting, CliError> {
        let config = &settings.config;
        let mut destinations = self.formats.clone();
        if destinations.is_empty() {
            for said in &config.formats {
                let destination: Result<Destination, String> = said.value.parse();
                let mut destination = destination
                    .map_err(|message| settings.wrong(vec![Fault::new(said.span, message)]))?;
                destination.path = destination.path.map(|path| settings.path(&path));
                destinations.push(destination);
            }
        }
        if destinations.is_empty() {
            destinations.push(Destination {
                format: Format::Human,
                path: None,
            });
        }
        output::one_to_stdout(&destinations)?;
        let show_all = match self.show {
            Some(show) => matches!(show, Show::All),
            None => config.show == Some(policy::Show::All),
        };
        let baseline = baseline::in_force(self.baseline.as_deref(), self.no_baseline, settings)?;
        let mut frameworks = self.frameworks.resolve()?;
        frameworks.narrow(set)?;
        let fail_on = self.fail_on.or(config.fail_on);
        let fail_on_unknown = self.fail_on_unknown.or(config.fail_on_unknown);
        Ok(Reporting {
            destinations,
            show_all,
            gate: Gate {
                fail_on: fail_on.unwrap_or(FailOn::Severity(Severity::Low)),
                fail_on_unknown: fail_on_unknown.unwrap_or_default(),
            },
            baseline,
            frameworks,
        })
    }
}

impl Reporting {
    /// What the run is to look for.
    pub(super) fn watched(&self) -> FxHashSet<Arc<str>> {
        let baseline = self.baseline.as_ref();
        baseline.map_or_else(FxHashSet::default, |(_, known)| baseline::watched(known))
    }

    /// Writes the reports, and what went wrong to standard error; how the run ends.
    pub(super) fn finish(self, mut results: Results) -> Result<Outcome, CliError> {
        baseline::compare(&mut results, self.baseline);
        complain(&results);
        let standings = self.frameworks.standings(&results);
        let material = report::Material::of(&results);
        output::write_reports(&material, &standings, &self.destinations)?;
        Ok(self.gate.outcome(&results))
    }
}

/// Says on standard error what the user should know, and what could not be read.
pub(super) fn complain(results: &Results) {
    let stderr = io::stderr();
    let settings = report::Settings {
        color: output::color(&stderr),
        width: output::width(),
        ..report::Settings::default()
    };
    // Nobody listening on standard error is no reason to stop.
    for warning in &results.warnings {
        let _ = human::write_warning(warning, &results.sources, &settings, &mut stderr.lock());
    }
    for failure in &results.failures {
        let _ = human::write_failure(failure, &results.sources, &settings, &mut stderr.lock());
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

/// `NAME=VALUE`.
fn assignment(text: &str) -> Option<BTreeMap<String, String>> {
    let (name, value) = text.split_once('=')?;
    let is_name = name.chars().all(char::is_alphanumeric);
    is_name.then(|| BTreeMap::from([(name.to_owned(), value.to_owned())]))
}

/// A file of parameters.
fn parameters(path: &str) -> Result<BTreeMap<String, String>, CliError> {
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
