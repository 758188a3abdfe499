//! Snapshot files: what `skylint collect` writes. Line 1 is the [`Manifest`], then comes one
//! resource per line, in CloudFormation's names; the whole may be compressed with zstd.
//!
//! `docs/snapshot.md` describes the format, `docs/snapshot-v1.schema.json` specifies it.

mod detect;
mod gaps;
mod line;
mod lines;
mod locate;
mod manifest;
mod open;
mod path;
mod stream;
mod write;

use std::io::Cursor;
use std::sync::Arc;

use rustc_hash::FxHashMap;

pub use detect::detect;
pub use line::line;
pub use lines::Line;
pub use manifest::{Caller, Gap, GapStatus, Manifest, Tool, VERSION};
pub use stream::{Body, Indexed, Selection, Stream, Want, index};
pub use write::{Lines, assemble, of_lines, order};

use self::line::Place;
use self::open::Open;
use super::values::Values;
use super::{Input, Options, Read, SourceError};
use crate::model::{InputKind, InputSummary, Path, Resource, Segment, SourceId, Span};

/// More text than this is not kept of a file that is read whole.
const MAX_TEXT: usize = 1024 * 1024 * 1024;

/// The resource of a line by itself.
pub fn resource(text: &str) -> Option<Resource> {
    let line = lines::Line {
        number: 1,
        offset: 0,
        text: Some(text),
    };
    let place = Place {
        path: "",
        source: 0,
        line: 1,
        options: &Options::default(),
        unread: &[],
    };
    let envelope = open::envelope(&line).ok()?;
    envelope
        .resource(&Values::default(), &place, &|_| true)
        .ok()
}

/// Where the lines begin of files that are in memory.
#[derive(Debug, Default)]
pub struct Offsets(FxHashMap<SourceId, Vec<(usize, usize)>>);

/// The number of a resource's line, from 1, if it is of a snapshot file.
pub fn line_of(resource: &Resource) -> Option<usize> {
    match resource.origin.node.0.as_slice() {
        [Segment::Index(line)] => Some(*line),
        _ => None,
    }
}

impl Offsets {
    /// The bytes of a property in the text of its file, and whether they are that property.
    pub(super) fn locate(
        &self,
        text: &str,
        resource: &Resource,
        property: &Path,
    ) -> Option<(Span, bool)> {
        let lines = self.0.get(&resource.origin.source)?;
        let wanted = line_of(resource)?;
        let at = lines
            .binary_search_by_key(&wanted, |(line, _)| *line)
            .ok()?;
        let (_, start) = *lines.get(at)?;
        let line = text.get(start..)?.split('\n').next()?;
        let (span, exact) = locate::find(line, resource, property);
        Some((Span::new(span.start + start, span.end + start), exact))
    }
}

/// Reads snapshot files into memory.
pub(super) fn read(inputs: &[&Input], options: &Options, read: &mut Read) {
    for input in inputs {
        match Open::new(Arc::clone(&input.path), Box::new(Cursor::new(&input.bytes))) {
            Ok(file) => whole(file, options, read),
            Err(error) => read.fail(*error, None),
        }
    }
}

/// Reads a file, and keeps its text.
fn whole(mut file: Open<'_>, options: &Options, read: &mut Read) {
    let source = read.snapshot.sources.len();
    let values = Values::default();
    let mut text = std::mem::take(&mut file.head);
    let mut offsets = Vec::new();
    while let Some(block) = file.next() {
        if text.len() > MAX_TEXT {
            let megabytes = MAX_TEXT / 1024 / 1024;
            let message = format!("it holds more than {megabytes} MB of text");
            return read.fail(
                SourceError {
                    path: file.header.path,
                    message,
                    span: None,
                    help: Some("name the file: only standard input is read whole".to_owned()),
                },
                None,
            );
        }
        block.text(&mut text);
        for line in block.lines() {
            let made = open::envelope(&line).and_then(|envelope| {
                let place = Place {
                    path: &file.header.path,
                    source,
                    line: line.number,
                    options,
                    unread: file.header.unread(&envelope.rtype),
                };
                envelope.resource(&values, &place, &|_| true)
            });
            match made {
                Ok(resource) => {
                    read.snapshot.resources.push(resource);
                    offsets.push((line.number, line.offset));
                    file.count(1);
                }
                Err(why) => file.note_bad(line.number, why),
            }
        }
    }
    read.offsets.0.insert(source, offsets);
    let kind = InputKind::Snapshot;
    read.add_source(Arc::clone(&file.header.path), text.into(), None, kind);
    read.unread
        .extend(gaps::unread(&file.header.manifest, &file.header.path));
    gaps::state(
        &file.header.manifest,
        &file.header.path,
        &mut read.snapshot.coverage,
    );
    let path = Arc::clone(&file.header.path);
    let (resources, failures) = file.finish();
    read.failures.extend(failures);
    read.inputs.push(InputSummary {
        path,
        kind: kind.as_str(),
        resources,
    });
}
