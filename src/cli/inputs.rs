//! From paths to inputs: files as they are, directories walked.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use ignore::{DirEntry, WalkBuilder};

use crate::document::decode;
use crate::model::{InputFailure, InputKind};
use crate::source::{self, Files, Input};

/// Larger files are not templates. CloudFormation's own limit is 1 MB
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>);
/// a CDK manifest with stack traces can be larger.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// How much of a file tells whether it is a snapshot file: more than a block of zstd.
const HEAD: u64 = 256 * 1024;

/// What the paths led to.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) inputs: Vec<Input>,
    /// Snapshot files, which can be larger than memory.
    pub(super) snapshots: Vec<Arc<str>>,
    pub(super) failures: Vec<InputFailure>,
}

impl Found {
    fn fail(&mut self, path: &str, message: String, help: Option<&str>) {
        self.failures.push(InputFailure {
            path: path.into(),
            message: message.into(),
            location: None,
            help: help.map(Into::into),
        });
    }

    fn add_snapshot(&mut self, path: &str) {
        if !self.snapshots.iter().any(|known| **known == *path) {
            self.snapshots.push(path.into());
        }
    }

    fn add(&mut self, path: &str, bytes: Vec<u8>) {
        if !self.inputs.iter().any(|input| &*input.path == path) {
            self.inputs.push(Input {
                path: path.into(),
                bytes,
            });
        }
    }
}

/// Whether a file is to be opened as a snapshot file, and not read: one that cannot be opened twice,
/// such as a pipe, is read.
pub(super) fn is_snapshot(path: &Path, forced: Option<InputKind>) -> bool {
    if !fs::metadata(path).is_ok_and(|found| found.is_file()) {
        return false;
    }
    let head = || {
        let mut head = Vec::new();
        let file = fs::File::open(path).ok()?;
        file.take(HEAD).read_to_end(&mut head).ok()?;
        Some(head)
    };
    match forced {
        Some(kind) => kind == InputKind::Snapshot,
        None => head().is_some_and(|head| source::native::detect(&head)),
    }
}

/// Whether a file is not to be read when its directory is searched.
pub(super) type LeftOut<'a> = dyn Fn(&str) -> bool + 'a;

/// Reads what the user named. `forced`: a kind of input that needs no detecting.
pub(super) fn read(
    paths: &[String],
    forced: Option<InputKind>,
    is_left_out: &LeftOut<'_>,
) -> Found {
    let mut found = Found::default();
    for path in paths {
        if path == "-" {
            let mut bytes = Vec::new();
            match io::stdin()
                .lock()
                .take(MAX_BYTES + 1)
                .read_to_end(&mut bytes)
            {
                Ok(_) if bytes.len() as u64 > MAX_BYTES => too_large(&mut found, "-"),
                Ok(_) => found.add("-", bytes),
                Err(error) => unreadable(&mut found, "-", &error),
            }
            continue;
        }
        let shown = shown(Path::new(path));
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => walk(path, forced, is_left_out, &mut found),
            Ok(_) if is_snapshot(Path::new(path), forced) => found.add_snapshot(&shown),
            Ok(_) => match read_file(Path::new(path)) {
                Ok(bytes) => found.add(&shown, bytes),
                Err(ReadError::TooLarge) => too_large(&mut found, &shown),
                Err(ReadError::Io(error)) => unreadable(&mut found, &shown, &error),
            },
            Err(error) => unreadable(&mut found, &shown, &error),
        }
    }
    found
}

fn unreadable(found: &mut Found, path: &str, error: &io::Error) {
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    let help = match error.kind() {
        io::ErrorKind::PermissionDenied => "make it readable for the user that runs skylint",
        _ if is_link => "it is a link: check where it leads",
        _ => "check the path",
    };
    found.fail(path, format!("cannot read it: {error}"), Some(help));
}

fn too_large(found: &mut Found, path: &str) {
    let limit = MAX_BYTES / 1024 / 1024;
    let help =
        "a template has at most 1 MB, a plan of 100,000 resources about 200 MB: is this one?";
    found.fail(path, format!("it is larger than {limit} MB"), Some(help));
}

enum ReadError {
    TooLarge,
    Io(io::Error),
}

fn read_file(path: &Path) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(ReadError::Io)?;
    // What says that it is too large is not read; what says nothing, such as a pipe, is measured.
    if file.metadata().is_ok_and(|is| is.len() > MAX_BYTES) {
        return Err(ReadError::TooLarge);
    }
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(ReadError::Io)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    Ok(bytes)
}

/// Everything below a directory that looks like an input. What else is there is not our business,
/// but a file that cannot be read might have been one.
fn walk(directory: &str, forced: Option<InputKind>, is_left_out: &LeftOut<'_>, found: &mut Found) {
    let shown_directory = shown(Path::new(directory));
    // The output of `cdk synth` says itself what is in it, and is often ignored by git.
    let manifest = Path::new(directory).join("manifest.json");
    if let Ok(bytes) = read_file(&manifest)
        && source::detect(&bytes).is_some()
    {
        found.add(&shown(&manifest), bytes);
        return;
    }
    let count = |found: &Found| found.inputs.len() + found.snapshots.len() + found.failures.len();
    let before = count(found);
    let walk = WalkBuilder::new(directory)
        .require_git(false)
        .sort_by_file_path(Path::cmp)
        .build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.fail(
                    &shown_directory,
                    format!("cannot read all of it: {error}"),
                    None,
                );
                continue;
            }
        };
        let path = entry.path();
        if !may_be_input(path) || source::aws_config::is_beside(&shown(path)) || !is_file(&entry) {
            continue;
        }
        let shown = shown(path);
        if is_left_out(&shown) {
            continue;
        }
        if is_snapshot(path, forced) {
            found.add_snapshot(&shown);
            continue;
        }
        match read_file(path) {
            Ok(bytes) if forced.is_some() || source::detect(&bytes).is_some() => {
                found.add(&shown, bytes);
            }
            Ok(_) => {}
            Err(ReadError::TooLarge) => too_large(found, &shown),
            Err(ReadError::Io(error)) => unreadable(found, &shown, &error),
        }
    }
    if before == count(found) {
        found.fail(
            &shown_directory,
            "there is nothing to lint in this directory".to_owned(),
            Some(
                "skylint looks for templates, plans, state, AWS Config files and snapshot files (.yaml, \
                 .yml, .json, .json.gz, .template, .tfplan, .tfstate, .snapshot, .snapshot.zst) that .gitignore does not exclude; name a file to have it read in any \
                 case. Of Terraform it takes `terraform show -json plan.tfplan`, not the sources",
            ),
        );
    }
}

/// Whether it is a file or a link to one; a link that leads nowhere might have been. Links to
/// directories are not followed: they may lead in circles.
fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|found| {
        found.is_file()
            || found.is_symlink() && fs::metadata(entry.path()).map_or(true, |to| to.is_file())
    })
}

fn may_be_input(path: &Path) -> bool {
    // What AWS Config delivers, and what `skylint collect` compresses.
    let name = path.file_name().and_then(|name| name.to_str());
    if name.is_some_and(|name| name.ends_with(".json.gz") || name.ends_with(".snapshot.zst")) {
        return true;
    }
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| {
        matches!(
            e,
            "yaml" | "yml" | "json" | "template" | "cfn" | "tfstate" | "tfplan" | "snapshot"
        )
    })
}

/// A path as reports show it: `/` between parts, no leading `./`.
pub(super) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    };
    match text.trim_start_matches("./") {
        "" => ".".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

/// The files that inputs refer to, from disk.
#[derive(Debug)]
pub(super) struct Disk;

impl Files for Disk {
    fn open(&self, path: &str) -> Result<Box<dyn io::Read + Send>, String> {
        let file = fs::File::open(path).map_err(|error| error.to_string())?;
        Ok(Box::new(file))
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        for entry in fs::read_dir(directory).map_err(|e| e.to_string())? {
            let entry = entry.map_err(|e| e.to_string())?;
            if let Ok(name) = entry.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        read_file(Path::new(path)).map_err(|error| match error {
            ReadError::TooLarge => "it is too large".to_owned(),
            ReadError::Io(error) => error.to_string(),
        })
    }
}

/// The text of a small file, such as a parameter file.
pub(super) fn read_text(path: &str) -> io::Result<Arc<str>> {
    let bytes = fs::read(path)?;
    let text = decode(&bytes)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.message))?;
    Ok(Arc::from(text))
}
