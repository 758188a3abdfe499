//! Snapshot files of any size, in bounded memory: what rules may ask about from elsewhere goes into the
//! graph, everything else is judged in passing.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::waive::Exceptions;
use super::{Late, Request, Scene, Slot};
use crate::graph::{Graph, Kept, Mentions};
use crate::model::{Finding, InputFailure, InputKind, Resource, SourceFile, Span};
use crate::rule::cel::Sieves;
use crate::rule::{self, Engine, Rule};
use crate::source::native::{self, Body, Indexed, Selection, Stream, Want};
use crate::source::{Files, Options, Read};

/// Goes through the files for what is to be in the graph.
pub(super) fn index(
    rules: &[Rule],
    engine: &Engine<'_>,
    files: &dyn Files,
    request: &Request,
    read: &mut Read,
) -> Vec<Stream> {
    if request.snapshots.is_empty() {
        return Vec::new();
    }
    let kept = rule::needs(rules).kept();
    let at_first = |rtype: &str| match kept.get(rtype) {
        Some(kept) if kept.if_named => Want::Later,
        Some(kept) => some(kept),
        None => Want::Nothing,
    };
    let trim = |resource: &mut Resource| {
        kept.get(&resource.rtype)
            .is_some_and(|kept| kept.trim(resource))
    };
    let trim = &trim;
    let judged = |rtype: &str| engine.judges(rtype);
    let options = &request.options;
    let mut indexed: Vec<Indexed> = Vec::new();
    for path in &request.snapshots {
        indexed.extend(native::index(
            path,
            files,
            &Selection {
                want: &at_first,
                judged: &judged,
                trim,
            },
            options,
            read,
        ));
    }
    if indexed.iter().any(|file| file.has_later) {
        let mut mentions = Mentions::default();
        let here = read.snapshot.resources.iter();
        let there = indexed.iter().flat_map(Indexed::resources);
        here.chain(there)
            .for_each(|resource| mentions.add(resource));
        let later = |rtype: &str| match kept.get(rtype) {
            Some(kept) if kept.if_named => some(kept),
            _ => Want::Nothing,
        };
        let is_named = |resource: &_| mentions.has(resource);
        for file in indexed.iter_mut().filter(|file| file.has_later) {
            file.add(
                files,
                &Selection {
                    want: &later,
                    judged: &|_| false,
                    trim,
                },
                &is_named,
                options,
                read,
            );
        }
    }
    let streams = indexed.into_iter().map(|file| file.into_snapshot(read));
    streams.collect()
}

/// What is to be kept of a resource that is.
fn some(kept: &Kept) -> Want<'_> {
    Want::Some {
        properties: &kept.properties,
        facts: &kept.facts,
    }
}

/// What it takes to judge resources in passing.
pub(super) struct Judging<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) graph: &'a Graph<'a>,
    pub(super) engine: &'a Engine<'a>,
    pub(super) reported: &'a rule::Keep<'a>,
    pub(super) exceptions: &'a Exceptions<'a>,
    /// What the resources of the file are judged by.
    pub(super) setting: usize,
    /// What is kept of one for the next.
    pub(super) sieves: &'a Sieves,
}

/// What came of a file.
#[derive(Default)]
pub(super) struct Done {
    /// What reports can quote, piece by piece.
    pub(super) text: String,
    pub(super) failure: Option<InputFailure>,
}

impl Judging<'_> {
    /// Judges every resource of a file.
    pub(super) fn judge(
        &self,
        stream: &Stream,
        files: &dyn Files,
        options: &Options,
        findings: &mut Vec<Finding>,
        late: &mut Vec<(usize, Late)>,
    ) -> Done {
        let mut done = Done::default();
        let failure = stream.for_each(
            files,
            &|rtype| self.engine.judges(rtype),
            &self.scene.read.snapshot,
            options,
            &|body, out| out.push(self.one(stream, &body)),
            &mut |found| {
                for (mut finding, open, piece) in found {
                    if let Some(location) = &mut finding.location {
                        let start = done.text.len();
                        let Span { start: a, end: b } = location.span;
                        location.span = Span::new(start + a, start + b);
                        done.text.push_str(&piece);
                        done.text.push('\n');
                    }
                    late.extend(open.into_iter().map(|late| (findings.len(), late)));
                    findings.push(finding);
                }
            },
        );
        done.failure = failure;
        done
    }

    /// What is to be said of one resource; with each finding what of it is open, and a piece of its line.
    fn one(&self, stream: &Stream, body: &Body<'_>) -> Vec<(Finding, Vec<Late>, String)> {
        let (judgements, _) = self.engine.judge_body(
            self.graph,
            body.index,
            &body.resource,
            self.setting,
            self.sieves,
            self.reported,
        );
        let scene = Scene {
            passing: Some((stream, body)),
            ..*self.scene
        };
        let found = judgements.into_iter().filter_map(|judgement| {
            let (mut finding, open) = scene.finding(judgement)?;
            self.exceptions
                .apply(scene.read, Some(&body.resource), &mut finding);
            let mut piece = "";
            if let Some(location) = &mut finding.location {
                (piece, location.span) = Stream::excerpt(&body.line, location.span);
            }
            Some((finding, open, piece.to_owned()))
        });
        found.collect()
    }
}

/// Finds the places that are on lines which were not at hand.
pub(super) fn place(
    scene: &Scene<'_>,
    files: &dyn Files,
    late: &[(usize, Late)],
    findings: &mut [Finding],
) -> Vec<InputFailure> {
    let mut failures = Vec::new();
    for stream in scene.streams {
        let mut lines: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        for (at, (_, late)) in late.iter().enumerate() {
            let resource = scene.resource(late.resource);
            if let Some(resource) = resource.filter(|r| r.origin.source == stream.source)
                && let Some(line) = native::line_of(resource)
            {
                lines.entry(line).or_default().push(at);
            }
        }
        if lines.is_empty() {
            continue;
        }
        let failure = stream.visit(files, &lines, &mut |line| {
            for at in lines.get(&line.number).into_iter().flatten() {
                let Some((finding, late)) = late.get(*at) else {
                    continue;
                };
                let Some(resource) = scene.resource(late.resource) else {
                    continue;
                };
                let (mut location, exact) = stream.locate(line, resource, &late.property);
                // Nobody quotes it, and the bytes are those of the line.
                location.span = Span::default();
                let Some(finding) = findings.get_mut(*finding) else {
                    continue;
                };
                match late.slot {
                    Slot::Evidence(slot) => {
                        if let Some(evidence) = finding.evidence.get_mut(slot) {
                            evidence.location = exact.then_some(location);
                        }
                    }
                    Slot::Step(path, step) => {
                        let path = finding.paths.get_mut(path);
                        if let Some(step) = path.and_then(|path| path.get_mut(step)) {
                            step.location = Some(location);
                        }
                    }
                }
            }
        });
        failures.extend(failure);
    }
    failures
}

/// Keeps what reports can quote of the files, and what went wrong with them on the way.
pub(super) fn keep(
    read: &mut Read,
    streams: &[Stream],
    texts: Vec<String>,
    failures: Vec<InputFailure>,
) {
    for (stream, text) in streams.iter().zip(texts) {
        if let Some(file) = read.snapshot.sources.get_mut(stream.source) {
            *file = SourceFile::new(Arc::clone(&file.path), text.into(), true);
            file.kind = Some(InputKind::Snapshot);
        }
    }
    for failure in failures {
        // A line that is broken may have been pointed at when the file was read first.
        let same =
            |known: &InputFailure| known.path == failure.path && known.location == failure.location;
        if !read.failures.iter().any(same) {
            read.failures.push(failure);
        }
    }
}
