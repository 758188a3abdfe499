//! `skylint.toml`: where it is, and what the command line makes of it.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args as ClapArgs;

use super::CliError;
use super::error::with_cause;
use super::inputs::shown;
use super::loudness::detail;
use crate::document::{Fault, decode};
use crate::model::{Span, View, from_directory, normal};
use crate::policy::{self, Config, Waiver};
use crate::rule::RuleFaults;

/// Its name.
pub(super) const NAME: &str = "skylint.toml";

/// What helps when a file that the settings name cannot be read.
pub(super) const SEEN_FROM: &str = "paths are seen from the directory of this file";

/// Options that say which settings there are.
#[derive(Debug, Default, ClapArgs)]
pub(super) struct ConfigArgs {
    /// The settings; without it, the skylint.toml here or in the nearest directory above
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Take no settings from a file
    #[arg(long, conflicts_with = "config")]
    no_config: bool,
}

/// The settings that are in force.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) config: Config,
    /// Where they are from.
    pub(super) file: Option<File>,
    /// Files of further waivers, and what is in them.
    pub(super) waivers: Vec<(File, Vec<Waiver>)>,
}

/// A file of settings.
#[derive(Debug)]
pub(super) struct File {
    /// Its path, as people write it.
    pub(super) path: Arc<str>,
    pub(super) text: Arc<str>,
    /// Its directory, seen from here.
    beside: String,
}

impl ConfigArgs {
    /// Reads the settings.
    pub(super) fn load(&self) -> Result<Settings, CliError> {
        let path = match &self.config {
            Some(path) => Some(path.clone()),
            None if self.no_config => None,
            None => find(),
        };
        let Some(path) = path else {
            detail("no skylint.toml: every setting is at its default");
            return Ok(Settings::default());
        };
        let shown: Arc<str> = shown(&path).into();
        detail(&format!("settings of {shown}"));
        let text = read(&path, &shown)?;
        let config = policy::parse(&text).map_err(|faults| {
            CliError::Faults(vec![RuleFaults {
                path: Arc::clone(&shown),
                text: Arc::clone(&text),
                faults,
            }])
        })?;
        let beside = match shown.rsplit_once('/') {
            Some(("", _)) => "/".to_owned(),
            Some((directory, _)) => directory.to_owned(),
            None => String::new(),
        };
        let mut settings = Settings {
            config,
            file: Some(File {
                path: shown,
                text,
                beside,
            }),
            waivers: Vec::new(),
        };
        settings.waivers = settings.further_waivers()?;
        Ok(settings)
    }
}

/// The text of a file of settings.
pub(super) fn read(path: &Path, shown: &Arc<str>) -> Result<Arc<str>, CliError> {
    let failed = |error| CliError::Read {
        path: shown.to_string(),
        error,
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    let limit = policy::MAX_BYTES as u64 + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    match decode(&bytes) {
        Ok(text) => Ok(Arc::from(text)),
        // A file that is cut off at the limit may end within a character.
        Err(_) if bytes.len() > policy::MAX_BYTES => Ok(" ".repeat(bytes.len()).into()),
        Err(error) => Err(CliError::Faults(vec![RuleFaults {
            path: Arc::clone(shown),
            text: "".into(),
            faults: vec![
                Fault::new(Span::default(), error.message).help("settings are TOML, in UTF-8"),
            ],
        }])),
    }
}

/// The settings nearest to here, going up.
fn find() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let mut name = PathBuf::from(NAME);
    for directory in here.ancestors() {
        if directory.join(NAME).is_file() {
            return Some(name);
        }
        name = Path::new("..").join(name);
    }
    None
}

impl Settings {
    fn further_waivers(&self) -> Result<Vec<(File, Vec<Waiver>)>, CliError> {
        let mut files = Vec::new();
        for said in &self.config.waiver_files {
            let path: Arc<str> = self.path(&said.value).into();
            let text = match read(Path::new(&*path), &path) {
                Ok(text) => text,
                Err(error @ CliError::Faults(_)) => return Err(error),
                Err(error) => {
                    let fault = Fault::new(said.span, with_cause(&error));
                    return Err(self.wrong(vec![fault.help(SEEN_FROM)]));
                }
            };
            let file = File {
                path,
                text,
                beside: String::new(),
            };
            match policy::parse_waivers(&file.text) {
                Ok(waivers) => files.push((file, waivers)),
                Err(faults) => return Err(CliError::Faults(vec![file.wrong(faults)])),
            }
        }
        Ok(files)
    }

    /// All waivers, with the file each is in.
    pub(super) fn waivers(&self) -> impl Iterator<Item = (&File, &[Waiver])> {
        let own = self.file.iter().map(|file| (file, &*self.config.waivers));
        own.chain(self.waivers.iter().map(|(file, all)| (file, &**all)))
    }

    /// A path that the settings name, as seen from here.
    pub(super) fn path(&self, path: &str) -> String {
        let path = normal(path);
        let is_beside = self.file.as_ref().is_none_or(|file| file.beside.is_empty());
        let seen = match Path::new(&path).is_absolute() || is_beside {
            true => path,
            false => {
                let view = self.view();
                from_directory(&view.here, &format!("{}/{path}", view.directory))
            }
        };
        match seen.is_empty() {
            true => ".".to_owned(),
            false => seen,
        }
    }

    /// From where paths are seen.
    pub(super) fn view(&self) -> View {
        let here = std::env::current_dir().map_or_else(|_| String::new(), |here| shown(&here));
        let beside = self.file.as_ref().map_or("", |file| &file.beside);
        let directory = match beside.starts_with('/') {
            true => normal(beside),
            false => normal(&format!("{here}/{beside}")),
        };
        View {
            here: here.into(),
            directory: directory.into(),
        }
    }

    /// Something wrong with what they say.
    pub(super) fn wrong(&self, faults: Vec<Fault>) -> CliError {
        CliError::Faults(match &self.file {
            Some(file) => vec![file.wrong(faults)],
            None => Vec::new(),
        })
    }
}

impl File {
    /// Something wrong with what it says.
    pub(super) fn wrong(&self, faults: Vec<Fault>) -> RuleFaults {
        RuleFaults {
            path: Arc::clone(&self.path),
            text: Arc::clone(&self.text),
            faults,
        }
    }
}
