//! A snapshot file whose manifest was read; and whether what follows is what the manifest says.

use std::io::{self, Read};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::line::Envelope;
use super::lines::{Block, Blocks, Fault, Line, MAX_LINE};
use super::{Manifest, VERSION, path};
use crate::model::{InputFailure, Location, OBSERVED, Path, Segment, Span};
use crate::source::{SourceError, syntax};
use crate::types;

const AGAIN: &str = "copy it again from where it was collected, or collect it again";

/// What is known of a file from its manifest.
pub(super) struct Header {
    pub(super) path: Arc<str>,
    pub(super) manifest: Manifest,
    /// By type, the properties that this build knows and what wrote the file did not.
    unread: FxHashMap<String, Vec<Path>>,
}

impl Header {
    /// What this build could have read of a type, and the file's writer could not.
    pub(super) fn unread(&self, rtype: &str) -> &[Path] {
        self.unread.get(rtype).map_or(&[], Vec::as_slice)
    }
}

/// A file, open behind its manifest.
pub(super) struct Open<'f> {
    pub(super) header: Header,
    /// The manifest as it is written.
    pub(super) head: String,
    blocks: Blocks<'f>,
    resources: u64,
    /// The first line that is none, why, and how many there are.
    bad: Option<(usize, String)>,
    bad_lines: usize,
    fault: Option<Fault>,
    failures: Vec<InputFailure>,
}

impl<'f> Open<'f> {
    /// Reads the manifest.
    pub(super) fn new(
        path: Arc<str>,
        from: Box<dyn Read + Send + 'f>,
    ) -> Result<Self, Box<SourceError>> {
        let failed = |message: String, help: &str| {
            Box::new(SourceError {
                path: Arc::clone(&path),
                message,
                span: None,
                help: Some(help.to_owned()),
            })
        };
        let (blocks, head) = Blocks::open(from).map_err(|fault| match fault {
            Fault::Io(error) => failed(unreadable(&error), AGAIN),
            Fault::TooLong(_) => failed(
                "it is no snapshot file: its first line has no end".to_owned(),
                "name a file that `skylint collect` wrote",
            ),
        })?;
        let head = String::from_utf8(head).unwrap_or_default();
        let manifest = manifest(&head).map_err(|(message, help)| failed(message, help))?;
        let mut unread = FxHashMap::default();
        for (rtype, said) in &manifest.types {
            let missing = missing(&types::live_paths(rtype), said);
            if !missing.is_empty() {
                unread.insert(rtype.clone(), missing);
            }
        }
        Ok(Self {
            header: Header {
                path,
                manifest,
                unread,
            },
            head,
            blocks,
            resources: 0,
            bad: None,
            bad_lines: 0,
            fault: None,
            failures: Vec::new(),
        })
    }

    /// The next lines. What keeps them from being read is noted.
    pub(super) fn next(&mut self) -> Option<Block> {
        match self.blocks.next() {
            Ok(block) => block,
            Err(fault) => {
                self.fault = Some(fault);
                None
            }
        }
    }

    /// For a second reading: what it holds was compared with its manifest.
    pub(super) fn trusted(mut self) -> Self {
        self.blocks.sha256();
        self
    }

    /// How far it was read.
    pub(super) fn offset(&self) -> usize {
        self.blocks.offset()
    }

    /// Works on the lines on all processors, and takes what comes of it in their order.
    pub(super) fn for_blocks<T: Send>(
        &mut self,
        work: impl Fn(&Header, &Block) -> T + Sync,
        mut take: impl FnMut(&mut Self, T),
    ) {
        let at_once = rayon::current_num_threads() * 4;
        loop {
            let blocks: Vec<Block> = (0..at_once).map_while(|_| self.next()).collect();
            if blocks.is_empty() {
                return;
            }
            let header = &self.header;
            let done: Vec<T> = blocks.par_iter().map(|block| work(header, block)).collect();
            for each in done {
                take(self, each);
            }
        }
    }

    /// Counts lines that are resources.
    pub(super) fn count(&mut self, resources: u64) {
        self.resources += resources;
    }

    /// Notes a line that is none.
    pub(super) fn note_bad(&mut self, line: usize, why: String) {
        self.bad.get_or_insert((line, why));
        self.bad_lines += 1;
    }

    /// How many resources there were, and what was wrong with the file.
    pub(super) fn finish(mut self) -> (usize, Vec<InputFailure>) {
        let (said, found) = (self.header.manifest.resources, self.resources);
        let bad = self.bad.take();
        if let Some((line, why)) = &bad {
            let more = match self.bad_lines - 1 {
                0 => String::new(),
                1 => ", and one more line".to_owned(),
                more => format!(", and {more} more lines"),
            };
            let message = format!("line {line} is no resource: {why}{more}");
            self.fail(message, Some(*line));
        }
        match self.fault.take() {
            Some(Fault::Io(error)) => self.fail(unreadable(&error), None),
            Some(Fault::TooLong(line)) => {
                let limit = MAX_LINE / 1024 / 1024;
                let message =
                    format!("line {line} is longer than {limit} MB; what follows was not read");
                self.fail(message, Some(line));
            }
            None if found + (self.bad_lines as u64) < said => {
                let message = format!(
                    "it is cut off: its manifest says {said} resources, and there are {found}"
                );
                self.fail(message, None);
            }
            None if found + (self.bad_lines as u64) > said => {
                let message = format!("its manifest says {said} resources, and there are {found}");
                self.fail(message, None);
            }
            // That a line is broken says already that it is not what was written.
            None if bad.is_none() && !self.is_as_written() => {
                let message =
                    "it is not what was collected: its SHA-256 is not the one in its manifest";
                self.fail(message.to_owned(), None);
            }
            None => {}
        }
        (usize::try_from(found).unwrap_or(usize::MAX), self.failures)
    }

    fn is_as_written(&mut self) -> bool {
        let said = self.header.manifest.sha256.to_lowercase();
        self.blocks.sha256().is_none_or(|found| found == said)
    }

    fn fail(&mut self, message: String, line: Option<usize>) {
        let failure = failure(&self.header.path, message, line);
        self.failures.push(failure);
    }
}

/// What is wrong with a file, and on which line.
pub(super) fn failure(path: &Arc<str>, message: String, line: Option<usize>) -> InputFailure {
    InputFailure {
        path: Arc::clone(path),
        message: message.into(),
        location: line.map(|line| Location {
            source: None,
            path: Arc::clone(path),
            span: Span::default(),
            line,
            column: 1,
            end_line: line,
            end_column: 1,
        }),
        help: Some(AGAIN.into()),
    }
}

/// What is on a line.
pub(super) fn envelope<'b>(line: &Line<'b>) -> Result<Envelope<'b>, String> {
    let text = line.text.ok_or("it is not UTF-8")?;
    let envelope: Envelope<'_> =
        serde_json::from_str(text).map_err(|error| syntax::without_place(&error))?;
    match envelope.fault() {
        Some(fault) => Err(fault),
        None => Ok(envelope),
    }
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it is cut off: its data ends in the middle".to_owned(),
        _ => format!("it cannot be read to its end: {error}"),
    }
}

fn manifest(head: &str) -> Result<Manifest, (String, &'static str)> {
    /// The one thing that every version has.
    #[derive(Deserialize)]
    struct Version {
        #[serde(rename = "skylint-snapshot")]
        version: u64,
    }
    const NAME_ONE: &str = "name a file that `skylint collect` wrote";
    match serde_json::from_str(head) {
        Ok(Version { version }) if version > VERSION => {
            return Err((
                format!(
                    "it is a snapshot file of version {version}, and this skylint reads version {VERSION}"
                ),
                "update skylint",
            ));
        }
        Ok(Version { version: VERSION }) => {}
        Ok(_) => return Err(("it has no version that there ever was".to_owned(), NAME_ONE)),
        Err(error) => {
            let why = syntax::without_place(&error);
            return Err((format!("its first line is no manifest: {why}"), NAME_ONE));
        }
    }
    serde_json::from_str(head).map_err(|error| {
        let why = syntax::without_place(&error);
        (format!("its manifest cannot be read: {why}"), AGAIN)
    })
}

/// The properties of a type that this build reads from an account and a file's writer did not.
/// `[]` is the index 0.
fn missing(known: &[String], said: &[String]) -> Vec<Path> {
    let new = known.iter().filter(|path| !said.contains(path));
    let paths = new.filter_map(|new| path::parse(&new.replace("[]", "[0]")));
    // Where nothing around it was read either, that is what is missing.
    let is_read = |path: &[Segment]| {
        let text = path::to_text(path).replace("[0]", "[]");
        said.iter().any(|said| {
            said.strip_prefix(&*text)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    };
    let mut missing: Vec<Path> = paths
        .map(|path| {
            // What is known of facts is by each of them.
            let is_fact =
                matches!(path.0.first(), Some(Segment::Key(first)) if **first == *OBSERVED);
            let around = (1 + usize::from(is_fact)..path.0.len())
                .find(|length| !is_read(path.0.get(..*length).unwrap_or_default()));
            Path(
                path.0
                    .get(..around.unwrap_or(path.0.len()))
                    .unwrap_or_default()
                    .to_vec(),
            )
        })
        .collect();
    missing.dedup();
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_writer_could_not_say_is_missing_as_a_whole_where_nothing_of_it_was_said() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let known: Vec<String> = texts(&[
            "A",
            "B.C",
            "B.D",
            "E.F",
            "E.G[].H",
            "I[].J",
            "I[].K",
            "observed.L",
        ]);
        let said: Vec<String> = texts(&["A", "B.C", "I[].J"]);
        let missing: Vec<String> = missing(&known, &said)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(missing, ["B.D", "E", "I[0].K", "observed.L"]);
        assert_eq!(super::missing(&said, &known), []);
    }
}
