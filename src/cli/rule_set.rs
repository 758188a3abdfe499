//! Which rules run: the built-in ones and the user's own, less what was deselected.

use std::io;
use std::path::Path;
use std::sync::Arc;

use clap::Args as ClapArgs;
use ignore::WalkBuilder;
use rayon::prelude::*;

use super::CliError;
use super::config::{ConfigArgs, SEEN_FROM, Settings};
use super::error::with_cause;
use super::inputs::read_text;
use crate::check::Request;
use crate::model::{RuleInfo, SourceFile, Span, Suppression};
use crate::policy::{Outcome, Places, Said};
use crate::rule::{self, Fault, Rule, RuleFaults};

/// Options that choose rules.
#[derive(Debug, Default, ClapArgs)]
pub(super) struct RuleArgs {
    /// Rules of your own, beside the built-in ones: a rule file or a directory of them
    #[arg(long = "rules", value_name = "DIR")]
    pub(super) own: Vec<String>,
    /// Run only these rules: ids (DB-001), slugs, domains (db), frameworks (nist-800-53-r5) or
    /// their controls (nist-800-53-r5:CP-9)
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) only: Vec<String>,
    /// Do not run these rules, named likewise
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) skip: Vec<String>,
}

/// Which rules there are and which run: the options of every verb that is about rules.
#[derive(Debug, Default, ClapArgs)]
pub(super) struct Selection {
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Selection {
    /// The settings, and the rules that run.
    pub(super) fn select(&self) -> Result<(Settings, RuleSet), CliError> {
        let settings = self.config.load()?;
        let set = RuleSet::select(&self.rules, &settings)?;
        Ok((settings, set))
    }
}

/// Which rules there are: the options of the verbs that are about all of them.
#[derive(Debug, Default, ClapArgs)]
pub(super) struct AllRules {
    /// Rules of your own, beside the built-in ones: a rule file or a directory of them
    #[arg(long = "rules", value_name = "DIR")]
    own: Vec<String>,
    #[command(flatten)]
    config: ConfigArgs,
}

impl AllRules {
    /// The settings, and all rules, also those that the settings leave out.
    pub(super) fn load(&self) -> Result<(Settings, RuleSet), CliError> {
        let settings = self.config.load()?;
        let set = RuleSet::whole(&self.own, &settings)?;
        Ok((settings, set))
    }
}

/// Rules that loaded, and files that did not.
#[derive(Debug, Default)]
pub(super) struct RuleSet {
    pub(super) rules: Vec<Rule>,
    pub(super) faults: Vec<RuleFaults>,
    /// What all rules are, also those that were deselected.
    pub(super) infos: Vec<Arc<RuleInfo>>,
    /// The ids and slugs of all rules, also of those that were deselected; empty if some rule
    /// could not be loaded.
    pub(super) known: Vec<Arc<str>>,
    /// What is different with them in some files.
    pub(super) places: Places,
    /// The organisation's waivers, and the files they are written in.
    pub(super) waivers: Vec<Suppression>,
    pub(super) files: Vec<SourceFile>,
}

impl RuleSet {
    /// The built-in rules.
    pub(super) fn builtin() -> Self {
        let files = rule::builtin();
        Self::parse(
            files
                .iter()
                .map(|(path, text)| (format!("rules/{path}"), *text))
                .collect(),
        )
    }

    /// The rules in a file or directory.
    pub(super) fn from_path(path: &str) -> Result<Self, CliError> {
        let unreadable = |error| CliError::Read {
            path: path.to_owned(),
            error,
        };
        let mut files = Vec::new();
        let mut faults = Vec::new();
        if Path::new(path).is_dir() {
            let walk = WalkBuilder::new(path).sort_by_file_path(Path::cmp).build();
            for entry in walk {
                let entry = entry.map_err(|e| unreadable(std::io::Error::other(e)))?;
                let is_file = entry.file_type().is_some_and(|t| t.is_file());
                if is_file && rule::is_rule_file(entry.path()) {
                    let name = entry.path().to_string_lossy().into_owned();
                    match read_text(&name) {
                        Ok(text) => files.push((name, text)),
                        Err(error) => faults.push(unreadable_rule(&name, &error)),
                    }
                }
            }
            if files.is_empty() && faults.is_empty() {
                return Err(CliError::usage(
                    format!("there is no rule file in {path}"),
                    Some("a rule is a .yaml file; `skylint rules schema` describes it".to_owned()),
                ));
            }
        } else {
            files.push((path.to_owned(), read_text(path).map_err(unreadable)?));
        }
        let mut set = Self::parse(
            files
                .iter()
                .map(|(path, text)| (path.clone(), &**text))
                .collect(),
        );
        set.faults.extend(faults);
        Ok(set)
    }

    fn parse(files: Vec<(String, &str)>) -> Self {
        let mut set = Self::default();
        let parsed: Vec<_> = files
            .par_iter()
            .map(|(path, text)| rule::parse(path, text))
            .collect();
        for result in parsed {
            match result {
                Ok(rule) => set.rules.push(rule),
                Err(faults) => set.faults.push(faults),
            }
        }
        set.rules.sort_by(|a, b| a.info.id.cmp(&b.info.id));
        set.infos = set.rules.iter().map(|r| Arc::clone(&r.info)).collect();
        set
    }

    /// What files that did not load mean for the exit code.
    pub(super) fn outcome(&self) -> Outcome {
        match self.faults.is_empty() {
            true => Outcome::Passed,
            false => Outcome::Broken,
        }
    }

    /// The built-in rules and the user's own, less what was deselected, as the settings have them.
    /// The command line beats the settings.
    pub(super) fn select(args: &RuleArgs, settings: &Settings) -> Result<Self, CliError> {
        let mut set = Self::whole(&args.own, settings)?;
        // It may be one of those that did not load, and that is what has to be said then.
        for selector in args.only.iter().chain(&args.skip) {
            let is_meant = |rule: &Rule| rule.is_meant_by(selector);
            if set.faults.is_empty() && !set.rules.iter().any(is_meant) {
                return Err(unknown(selector, &set.rules));
            }
        }
        set.rules.retain(|rule| is_selected(rule, args, settings));
        if set.rules.is_empty() && set.faults.is_empty() {
            let help = settings
                .file
                .as_ref()
                .map(|file| format!("{} has a say in it: see `only` and `skip` there", file.path));
            return Err(CliError::usage(
                "--only and --skip leave no rule to run",
                help,
            ));
        }
        Ok(set)
    }

    /// The built-in rules and the user's own, as the settings have them.
    fn whole(own: &[String], settings: &Settings) -> Result<Self, CliError> {
        let mut set = Self::builtin();
        for path in own {
            set.add(Self::from_path(path)?)?;
        }
        for said in &settings.config.own {
            let own = Self::from_path(&settings.path(&said.value)).map_err(|error| {
                settings.wrong(vec![
                    Fault::new(said.span, with_cause(&error)).help(SEEN_FROM),
                ])
            })?;
            set.add(own)?;
        }
        set.rules.sort_by(|a, b| a.info.id.cmp(&b.info.id));
        let all = set.faults.is_empty();
        let each = settings.config.apply(&mut set.rules, all);
        let each = each.map_err(|faults| settings.wrong(faults))?;
        for (file, waivers) in settings.waivers() {
            let known = waivers.iter().filter(|_| all);
            let faults: Vec<Fault> = known.filter_map(|w| w.unknown_rule(&set.rules)).collect();
            if !faults.is_empty() {
                return Err(CliError::Faults(vec![file.wrong(faults)]));
            }
            let (path, text) = (Arc::clone(&file.path), Arc::clone(&file.text));
            let source = SourceFile::new(path, text, false);
            let id = set.files.len();
            let waivers = waivers.iter().map(|waiver| waiver.suppression(&source, id));
            set.waivers.extend(waivers);
            set.files.push(source);
        }
        set.places = Places {
            each,
            view: settings.view(),
        };
        set.infos = set.rules.iter().map(|r| Arc::clone(&r.info)).collect();
        if all {
            let names = |rule: &Rule| [Arc::clone(&rule.info.id), Arc::clone(&rule.info.slug)];
            set.known = set.rules.iter().flat_map(names).collect();
        }
        Ok(set)
    }

    /// What the settings say of a check.
    pub(super) fn request(&self) -> Request {
        Request {
            today: Some(super::today::today().to_string().into()),
            known_rules: self.known.clone(),
            places: self.places.clone(),
            waivers: self.waivers.clone(),
            files: self.files.clone(),
            ..Request::default()
        }
    }

    /// Takes in rules of the user's own.
    fn add(&mut self, own: Self) -> Result<(), CliError> {
        for rule in own.rules {
            if let Some(other) = self.rules.iter().find(|r| r.info.id == rule.info.id) {
                // One directory may be named by both the settings and the command line.
                if other.path == rule.path {
                    continue;
                }
                return Err(CliError::usage(
                    format!(
                        "rule {} is in both {} and {}",
                        rule.info.id, other.path, rule.path
                    ),
                    Some("give one of them an id of its own".to_owned()),
                ));
            }
            self.rules.push(rule);
        }
        self.faults.extend(own.faults);
        Ok(())
    }
}

/// The fault of a rule file that is no text.
fn unreadable_rule(path: &str, error: &io::Error) -> RuleFaults {
    let mut fault = Fault::new(Span::default(), format!("cannot read it: {error}"));
    fault.help = Some("a rule is a YAML file in UTF-8".to_owned());
    RuleFaults {
        path: path.into(),
        text: "".into(),
        faults: vec![fault],
    }
}

/// Whether a rule runs. `--only` says which ones, whatever the settings leave out.
fn is_selected(rule: &Rule, args: &RuleArgs, settings: &Settings) -> bool {
    let meant = |selector: &String| rule.is_meant_by(selector);
    let said = |selectors: &[Said<Arc<str>>]| selectors.iter().any(|s| rule.is_meant_by(&s.value));
    let config = &settings.config;
    let chosen = match args.only.is_empty() {
        true => (config.only.is_empty() || said(&config.only)) && !said(&config.change.skip),
        false => args.only.iter().any(meant),
    };
    chosen && !args.skip.iter().any(meant)
}

/// Whether a rule runs as the settings have it.
pub(super) fn runs(rule: &Rule, settings: &Settings) -> bool {
    is_selected(rule, &RuleArgs::default(), settings)
}

/// The error for a selector that means no rule.
pub(super) fn unknown(selector: &str, rules: &[Rule]) -> CliError {
    let names = rules.iter().flat_map(Rule::selectors);
    CliError::usage(
        format!("there is no rule `{selector}`"),
        rule::cel::did_you_mean(selector, names)
            .or_else(|| Some("`skylint rules list` shows all rules".to_owned())),
    )
}
