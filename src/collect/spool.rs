//! What has been collected so far, on disk: memory holds one list at a time, and a collection that
//! was interrupted can go on.
//!
//! ```text
//! prod.snapshot.partial/options             what is collected, to tell whether going on makes sense
//! prod.snapshot.partial/ACCOUNT/REGION/N    lines of resources, sorted
//! prod.snapshot.partial/ACCOUNT/done/N      what became of list N: its gaps
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as JsonValue;
use sha2::{Digest as _, Sha256};

use super::gather::Found;
use super::made::REPLICAS;
use crate::model::{Region, Resource};
use crate::source::native::{self, Gap};
use crate::source::tables;

/// The folder of a collection under way.
#[derive(Debug)]
pub(super) struct Spool {
    folder: PathBuf,
}

/// Separates what lines are sorted by from the line. No name holds it.
const SEPARATOR: char = '\u{1f}';

impl Spool {
    /// The spool beside a snapshot. `options` says what is collected; what an earlier collection
    /// with other options left is of no use.
    pub(super) fn open(snapshot: &Path, options: &str, resume: bool) -> io::Result<Self> {
        let mut name = snapshot.as_os_str().to_owned();
        name.push(".partial");
        let folder = PathBuf::from(name);
        let known = fs::read_to_string(folder.join("options")).ok();
        if !(resume && known.as_deref() == Some(options)) {
            match fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            fs::create_dir(&folder)?;
            fs::write(folder.join("options"), options)?;
        }
        Ok(Self { folder })
    }

    /// Whether there is something to go on with.
    pub(super) fn is_there(snapshot: &Path) -> bool {
        let mut name = snapshot.as_os_str().to_owned();
        name.push(".partial");
        PathBuf::from(name).join("options").is_file()
    }

    fn done_file(&self, account: &str, job: &str) -> PathBuf {
        let name = hex(&Sha256::digest(job.as_bytes()));
        let name = name.get(..16).unwrap_or_default();
        self.folder.join(account).join("done").join(name)
    }

    /// Whether a list has been read, and nothing of it is missing.
    pub(super) fn has(&self, account: &str, job: &str) -> bool {
        fs::read_to_string(self.done_file(account, job)).is_ok_and(|gaps| gaps.trim() == "[]")
    }

    /// Whether a list has been read, or tried.
    pub(super) fn has_any(&self, account: &str, job: &str) -> bool {
        self.done_file(account, job).is_file()
    }

    /// A file in it for other uses.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Keeps what a list told.
    pub(super) fn keep(&self, account: &str, job: &str, found: &Found) -> io::Result<()> {
        let done = self.done_file(account, job);
        let name = done.file_name().unwrap_or_default().to_owned();
        let mut by_region: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for resource in &found.resources {
            // Tables are joined across Regions before they are written down.
            let joined = &*resource.rtype == "AWS::DynamoDB::Table"
                && resource.properties.get(REPLICAS).is_some();
            let folder = match &resource.region {
                _ if joined => "joined",
                Region::In(name) => name,
                Region::Global | Region::Unknown(_) => "global",
            };
            by_region.entry(folder).or_default().push(keyed(resource));
        }
        for (region, lines) in by_region {
            let folder = self.folder.join(account).join(region);
            fs::create_dir_all(&folder)?;
            write_sorted(&folder.join(&name), lines)?;
        }
        if let Some(folder) = done.parent() {
            fs::create_dir_all(folder)?;
        }
        // Last of all: without it the list counts as not read.
        let gaps = serde_json::to_string(&found.gaps).map_err(io::Error::other)?;
        fs::write(done, gaps)
    }

    /// The gaps of an account's lists.
    pub(super) fn gaps(&self, account: &str) -> io::Result<Vec<Gap>> {
        let mut all = Vec::new();
        for path in files(&self.folder.join(account).join("done"))? {
            let text = fs::read_to_string(&path)?;
            let gaps: Vec<Gap> = serde_json::from_str(&text).map_err(io::Error::other)?;
            all.extend(gaps);
        }
        Ok(all)
    }

    /// Hands over every line of these accounts, in order, without its key.
    pub(super) fn write(
        &self,
        accounts: &BTreeSet<Arc<str>>,
        to: &mut dyn FnMut(&str) -> io::Result<()>,
    ) -> io::Result<()> {
        for account in accounts {
            let folder = self.folder.join(&**account);
            self.join(&folder)?;
            let mut regions: Vec<PathBuf> = match fs::read_dir(&folder) {
                Ok(entries) => entries
                    .map(|e| e.map(|e| e.path()))
                    .collect::<Result<_, _>>()?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            regions.retain(|path| {
                let name = path.file_name().unwrap_or_default();
                name != "done" && name != "joined"
            });
            regions.sort();
            for region in regions {
                merge(files(&region)?, to)?;
            }
        }
        Ok(())
    }

    /// Makes global tables of an account's tables with replicas.
    fn join(&self, account: &Path) -> io::Result<()> {
        let mut resources = Vec::new();
        for path in files(&account.join("joined"))? {
            for line in BufReader::new(File::open(path)?).lines() {
                let line = line?;
                let (_, line) = line.rsplit_once(SEPARATOR).unwrap_or(("", &line));
                resources.extend(native::resource(line));
            }
        }
        tables::connect(&mut resources);
        let mut by_region: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for resource in &resources {
            let region = resource.region.to_string();
            by_region.entry(region).or_default().push(keyed(resource));
        }
        for (region, lines) in by_region {
            let folder = account.join(region);
            fs::create_dir_all(&folder)?;
            write_sorted(&folder.join("joined"), lines)?;
        }
        Ok(())
    }

    /// Removes it: the snapshot is written.
    pub(super) fn remove(self) -> io::Result<()> {
        fs::remove_dir_all(self.folder)
    }
}

/// A line behind what it is sorted by.
fn keyed(resource: &Resource) -> String {
    let line = native::line(resource);
    format!(
        "{}{SEPARATOR}{}{SEPARATOR}{line}",
        resource.rtype, resource.id
    )
}

fn key(line: &str) -> &str {
    line.rsplit_once(SEPARATOR).map_or(line, |(key, _)| key)
}

fn write_sorted(path: &Path, mut lines: Vec<String>) -> io::Result<()> {
    lines.sort_unstable();
    lines.dedup();
    let mut file = BufWriter::new(File::create(path)?);
    for line in lines {
        file.write_all(line.as_bytes())?;
        file.write_all(b"\n")?;
    }
    file.flush()
}

/// The files of a folder, in order; none if there is no folder.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    Ok(files)
}

/// Hands over the lines of sorted files in order, one of each.
fn merge(files: Vec<PathBuf>, to: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
    let mut open = Vec::new();
    for path in files {
        let mut lines = BufReader::new(File::open(path)?).lines();
        if let Some(line) = lines.next().transpose()? {
            open.push((line, lines));
        }
    }
    let mut last = String::new();
    loop {
        let least = open
            .iter()
            .enumerate()
            .min_by(|(_, (a, _)), (_, (b, _))| key(a).cmp(key(b)))
            .map(|(at, _)| at);
        let Some((line, lines)) = least.and_then(|at| open.get_mut(at)) else {
            return Ok(());
        };
        // Two lists may tell of one resource.
        if key(line) != last {
            let (before, text) = line.rsplit_once(SEPARATOR).unwrap_or(("", line));
            to(text)?;
            last = before.to_owned();
        }
        match lines.next().transpose()? {
            Some(next) => *line = next,
            None => {
                if let Some(at) = least {
                    open.remove(at);
                }
            }
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What is collected, as text: a collection with other options does not go on with it.
pub(super) fn options(parts: &[&JsonValue]) -> String {
    parts.iter().map(|part| part.to_string() + "\n").collect()
}
