//! Reads a snapshot file without holding it: once for what is to be known of its resources from
//! elsewhere, and once more for each resource by itself.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::line::{Envelope, Member, Place};
use super::lines::{Block, Line};
use super::open::{Header, Open, envelope, failure};
use super::{gaps, line_of, locate};
use crate::model::{
    InputFailure, InputKind, InputSummary, Location, Path, Resource, Snapshot, SourceId, Span,
};
use crate::source::values::Values;
use crate::source::{Files, Options, Read, SourceError};

/// What is to be kept of resources of a type.
#[derive(Debug, Clone, Copy)]
pub enum Want<'k> {
    /// Nothing.
    Nothing,
    /// Whether anything, turns out later.
    Later,
    /// Their properties of these names, and the facts of these.
    Some {
        /// The properties.
        properties: &'k [Arc<str>],
        /// The facts that only a running account has.
        facts: &'k [Arc<str>],
    },
}

/// What is to be kept.
pub struct Selection<'k> {
    /// By type.
    pub want: &'k (dyn Fn(&str) -> Want<'k> + Sync),
    /// The types whose resources come by once more, and must be readable then.
    pub judged: &'k (dyn Fn(&str) -> bool + Sync),
    /// Drops more of a resource; false if nothing is to be left.
    pub trim: &'k (dyn Fn(&mut Resource) -> bool + Sync),
}

/// A snapshot file that can be read again.
#[derive(Debug)]
pub struct Stream {
    /// Its path.
    path: Arc<str>,
    /// Its number among the sources.
    pub source: SourceId,
    /// How long it was, so that it is noticed if it changes.
    length: usize,
    /// Which of the snapshot's resources are of it.
    kept: Range<usize>,
}

/// What was found at first sight.
#[derive(Debug)]
pub struct Indexed {
    stream: Stream,
    /// In the order of their lines.
    kept: Vec<Resource>,
    /// There are resources of which it turns out later whether they are to be kept.
    pub has_later: bool,
}

/// A resource in passing.
#[derive(Debug)]
pub struct Body<'b> {
    /// All that is known of it.
    pub resource: Resource,
    /// Its index in the snapshot, if it was kept there too.
    pub index: Option<usize>,
    /// Its line.
    pub line: Line<'b>,
}

/// Goes through a file; keeps what is wanted of it.
pub fn index(
    path: &Arc<str>,
    files: &dyn Files,
    selection: &Selection<'_>,
    options: &Options,
    read: &mut Read,
) -> Option<Indexed> {
    let mut file = match open(path, files) {
        Ok(file) => file,
        Err(error) => {
            read.fail(*error, None);
            return None;
        }
    };
    let source = read.add_source(Arc::clone(path), "".into(), None, InputKind::Snapshot);
    let mut all = Vec::new();
    let mut has_later = false;
    file.for_blocks(
        |header, block| {
            let mut found = Found::default();
            let values = Values::default();
            for line in block.lines() {
                let made = envelope(&line).and_then(|envelope| {
                    found.has_later |= matches!((selection.want)(&envelope.rtype), Want::Later);
                    kept(
                        &envelope,
                        line.number,
                        header,
                        &values,
                        selection,
                        source,
                        options,
                    )
                });
                match made {
                    Ok(resource) => {
                        found.resources += 1;
                        found.kept.extend(resource);
                    }
                    Err(why) => found.bad.push((line.number, why)),
                }
            }
            found
        },
        |file, found| {
            file.count(found.resources);
            for (line, why) in found.bad {
                file.note_bad(line, why);
            }
            all.extend(found.kept);
            has_later |= found.has_later;
        },
    );
    let length = file.offset();
    gaps::state(&file.header.manifest, path, &mut read.snapshot.coverage);
    read.unread
        .extend(gaps::unread(&file.header.manifest, path));
    let (resources, failures) = file.finish();
    read.failures.extend(failures);
    read.inputs.push(InputSummary {
        path: Arc::clone(path),
        kind: InputKind::Snapshot.as_str(),
        resources,
    });
    Some(Indexed {
        stream: Stream {
            path: Arc::clone(path),
            source,
            length,
            kept: 0..0,
        },
        kept: all,
        has_later,
    })
}

/// What one block gave.
#[derive(Default)]
struct Found {
    kept: Vec<Resource>,
    resources: u64,
    bad: Vec<(usize, String)>,
    has_later: bool,
}

fn open(path: &Arc<str>, files: &dyn Files) -> Result<Open<'static>, Box<SourceError>> {
    let from = files.open(path).map_err(|why| SourceError {
        path: Arc::clone(path),
        message: format!("cannot read it: {why}"),
        span: None,
        help: Some("check the path".to_owned()),
    })?;
    Open::new(Arc::clone(path), from)
}

/// The resource on a line, as far as it is wanted.
fn kept(
    envelope: &Envelope<'_>,
    line: usize,
    header: &Header,
    values: &Values,
    selection: &Selection<'_>,
    source: SourceId,
    options: &Options,
) -> Result<Option<Resource>, String> {
    let place = Place {
        path: &header.path,
        source,
        line,
        options,
        unread: header.unread(&envelope.rtype),
    };
    let Want::Some { properties, facts } = (selection.want)(&envelope.rtype) else {
        if (selection.judged)(&envelope.rtype) {
            envelope.resource(values, &place, &|_| true)?;
        }
        return Ok(None);
    };
    let is_kept = |member: Member<'_>| match member {
        Member::Property(name) => properties.iter().any(|kept| **kept == *name),
        Member::Fact(name) => facts.iter().any(|kept| **kept == *name),
    };
    let mut resource = envelope.resource(values, &place, &is_kept)?;
    if facts.is_empty() {
        resource.captured = None;
    }
    Ok((selection.trim)(&mut resource).then_some(resource))
}

impl Indexed {
    /// The resources that are kept so far.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.kept.iter()
    }

    /// Goes through the file again, for those of which it has turned out by now that they are to be
    /// kept.
    pub fn add(
        &mut self,
        files: &dyn Files,
        selection: &Selection<'_>,
        is_wanted: &(dyn Fn(&Resource) -> bool + Sync),
        options: &Options,
        read: &mut Read,
    ) {
        let Self {
            stream, kept: all, ..
        } = self;
        let source = stream.source;
        let mut more: Vec<Resource> = Vec::new();
        stream.again(
            files,
            read,
            |header, block| {
                let values = Values::default();
                let mut found = Vec::new();
                for line in block.lines() {
                    if may_be(&line, &|rtype| {
                        !matches!((selection.want)(rtype), Want::Nothing)
                    }) && let Ok(envelope) = envelope(&line)
                        && let Ok(Some(resource)) = kept(
                            &envelope,
                            line.number,
                            header,
                            &values,
                            selection,
                            source,
                            options,
                        )
                        && is_wanted(&resource)
                    {
                        found.push(resource);
                    }
                }
                found
            },
            |found| more.extend(found),
        );
        // Doubling what is there would cost more than what is added.
        all.reserve_exact(more.len());
        all.append(&mut more);
        all.sort_unstable_by_key(line_of);
    }

    /// Adds what is kept to the snapshot.
    pub fn into_snapshot(self, read: &mut Read) -> Stream {
        let mut stream = self.stream;
        let all = &mut read.snapshot.resources;
        let first = all.len();
        match all.is_empty() {
            true => *all = self.kept,
            false => all.extend(self.kept),
        }
        stream.kept = first..all.len();
        stream
    }
}

/// Whether a line can be that of a type that is wanted: one that begins with its type is not read
/// to know that it is not.
fn may_be(line: &Line<'_>, want: &dyn Fn(&str) -> bool) -> bool {
    let said = line.text.and_then(|text| text.strip_prefix("{\"type\":\""));
    match said.and_then(|said| said.split_once('"')) {
        Some((rtype, _)) if !rtype.contains('\\') => want(rtype),
        _ => true,
    }
}

impl Stream {
    /// Reads the file once more.
    fn again<T: Send>(
        &self,
        files: &dyn Files,
        read: &mut Read,
        work: impl Fn(&Header, &Block) -> T + Sync,
        mut take: impl FnMut(T),
    ) {
        let failure = match open(&self.path, files) {
            Ok(file) => {
                let mut file = file.trusted();
                file.for_blocks(work, |_, done| take(done));
                (file.offset() != self.length).then(|| self.changed())
            }
            Err(error) => Some(error.into_failure(None)),
        };
        if let Some(failure) = failure
            && !read.failures.contains(&failure)
        {
            read.failures.push(failure);
        }
    }

    fn changed(&self) -> InputFailure {
        InputFailure {
            path: Arc::clone(&self.path),
            message: "it changed while it was read".into(),
            location: None,
            help: Some("run skylint again when it is written".into()),
        }
    }

    /// Goes through the resources of some types, one by one, in the order of the file.
    pub fn for_each<T: Send>(
        &self,
        files: &dyn Files,
        want: &(dyn Fn(&str) -> bool + Sync),
        snapshot: &Snapshot,
        options: &Options,
        work: &(dyn Fn(Body<'_>, &mut Vec<T>) + Sync),
        take: &mut dyn FnMut(T),
    ) -> Option<InputFailure> {
        let kept = snapshot.resources.get(self.kept.clone());
        let kept = kept.unwrap_or_default();
        let mut failed = Read::default();
        let mut first_bad = None;
        self.again(
            files,
            &mut failed,
            |header, block| {
                let values = Values::default();
                let mut done = Vec::new();
                let mut bad = None;
                for line in block.lines() {
                    if !may_be(&line, want) {
                        continue;
                    }
                    let Ok(envelope) = envelope(&line) else {
                        continue;
                    };
                    if !want(&envelope.rtype) {
                        continue;
                    }
                    let place = Place {
                        path: &header.path,
                        source: self.source,
                        line: line.number,
                        options,
                        unread: header.unread(&envelope.rtype),
                    };
                    let resource = match envelope.resource(&values, &place, &|_| true) {
                        Ok(resource) => resource,
                        // Of most lines this was said when the file was read first.
                        Err(why) => {
                            bad.get_or_insert((line.number, why));
                            continue;
                        }
                    };
                    let at = kept.binary_search_by_key(&Some(line.number), line_of).ok();
                    let index = at.map(|at| self.kept.start + at);
                    let body = Body {
                        resource,
                        index,
                        line,
                    };
                    work(body, &mut done);
                }
                (done, bad)
            },
            |(done, bad)| {
                done.into_iter().for_each(&mut *take);
                if let Some((line, why)) = bad {
                    first_bad.get_or_insert((line, why));
                }
            },
        );
        let bad = first_bad.map(|(line, why)| {
            let message = format!("line {line} is no resource: {why}");
            failure(&self.path, message, Some(line))
        });
        failed.failures.pop().or(bad)
    }

    /// Visits the lines with these numbers.
    pub fn visit(
        &self,
        files: &dyn Files,
        lines: &FxHashMap<usize, Vec<usize>>,
        visit: &mut dyn FnMut(&Line<'_>),
    ) -> Option<InputFailure> {
        let mut file = match open(&self.path, files) {
            Ok(file) => file.trusted(),
            Err(error) => return Some(error.into_failure(None)),
        };
        while let Some(block) = file.next() {
            let wanted = block
                .lines()
                .filter(|line| lines.contains_key(&line.number));
            wanted.for_each(|line| visit(&line));
        }
        (file.offset() != self.length).then(|| self.changed())
    }

    /// Where a property of a resource stands on its line, and whether it is that property.
    pub fn locate(
        &self,
        line: &Line<'_>,
        resource: &Resource,
        property: &Path,
    ) -> (Location, bool) {
        let text = line.text.unwrap_or_default();
        let (span, exact) = locate::find(text, resource, property);
        (locate::location(line, span, self.source, &self.path), exact)
    }

    /// What has to be kept of a line so that reports can quote a place on it; and the place in that.
    pub fn excerpt<'b>(line: &Line<'b>, span: Span) -> (&'b str, Span) {
        locate::excerpt(line.text.unwrap_or_default(), span)
    }
}
