//! What an evaluation read, recorded for those verdicts that are reported.

use std::rc::Rc;
use std::sync::Arc;

use super::eval::Env;
use super::val::{Items, Known, Val};
use crate::graph::Destination;
use crate::model::{Path, Unknown};

/// Records what an evaluation reads, or does not: the compiler removes [`NoTrace`] altogether.
pub trait Tracer {
    /// Whether anything is recorded: then nothing may be passed by.
    const RECORDS: bool;
    /// Where a value came from.
    type At: Clone;
    /// From nowhere in particular.
    fn nowhere() -> Self::At;
    /// From a resource.
    fn resource(index: usize) -> Self::At;
    /// From a property below.
    fn key(at: &Self::At, name: &Arc<str>) -> Self::At;
    /// From an element below.
    fn index(at: &Self::At, index: usize) -> Self::At;
    /// A value was read.
    fn read(&mut self, at: &Self::At, value: &Val<'_>);
    /// A function of the graph answered.
    fn fact(&mut self, env: &Env<'_>, question: &Arc<str>, answer: &Val<'_>);
    /// An element of a list settled whether something holds for all of it, or any.
    fn decided(&mut self, env: &Env<'_>, element: &Val<'_>);
}

/// Records nothing.
#[derive(Debug)]
pub struct NoTrace;

impl Tracer for NoTrace {
    const RECORDS: bool = false;
    type At = ();
    fn nowhere() {}
    fn resource(_: usize) {}
    fn key((): &(), _: &Arc<str>) {}
    fn index((): &(), _: usize) {}
    fn read(&mut self, (): &(), _: &Val<'_>) {}
    fn fact(&mut self, _: &Env<'_>, _: &Arc<str>, _: &Val<'_>) {}
    fn decided(&mut self, _: &Env<'_>, _: &Val<'_>) {}
}

/// A property that was read.
#[derive(Debug, Clone)]
pub struct Read {
    /// The resource.
    pub resource: usize,
    /// The property.
    pub path: Path,
    /// Its value.
    pub value: serde_json::Value,
    /// Why it was not known, if it was not.
    pub unknown: Option<Unknown>,
}

/// An answer of the graph.
#[derive(Debug, Clone)]
pub struct Fact {
    /// The question, as the rule asks it.
    pub question: Arc<str>,
    /// The answer.
    pub value: serde_json::Value,
    /// Why it was not known, if it was not, or not wholly.
    pub unknown: Option<Unknown>,
    /// The ways it was found by.
    pub paths: Vec<Steps>,
}

/// A way through the graph: what each step is, and its resource, if it was read.
pub(crate) type Steps = Vec<(Option<usize>, String)>;

/// Records everything, in order, once.
#[derive(Debug, Default)]
pub struct Trace {
    /// Properties.
    pub reads: Vec<Read>,
    /// Answers.
    pub facts: Vec<Fact>,
    /// The ways to the elements that decided.
    pub decisive: Vec<Steps>,
}

impl Trace {
    /// The ways through the graph that the verdict rests on: those to what decided it, or all that
    /// were looked at if nothing did alone.
    pub fn paths(&self) -> Vec<&Steps> {
        let all = self.facts.iter().flat_map(|fact| &fact.paths);
        let decisive: Vec<_> = self.decisive.iter().collect();
        let chosen = if decisive.is_empty() {
            all.collect()
        } else {
            decisive
        };
        let mut paths: Vec<&Steps> = Vec::with_capacity(chosen.len());
        for path in chosen {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }
}

impl Tracer for Trace {
    const RECORDS: bool = true;
    type At = Option<Rc<(usize, Path)>>;

    fn nowhere() -> Self::At {
        None
    }

    fn resource(index: usize) -> Self::At {
        Some(Rc::new((index, Path::root())))
    }

    fn key(at: &Self::At, name: &Arc<str>) -> Self::At {
        at.as_ref()
            .map(|at| Rc::new((at.0, at.1.clone().key(Arc::clone(name)))))
    }

    fn index(at: &Self::At, index: usize) -> Self::At {
        at.as_ref()
            .map(|at| Rc::new((at.0, at.1.clone().index(index))))
    }

    fn read(&mut self, at: &Self::At, value: &Val<'_>) {
        let Some(at) = at else { return };
        let (resource, path) = (at.0, &at.1);
        if path.0.is_empty() {
            return;
        }
        let read = Read {
            resource,
            path: path.clone(),
            value: value.to_json(),
            unknown: match value {
                Val::Unknown(why) => Some(Arc::clone(why)),
                _ => None,
            },
        };
        // The last read of a property is the one that decided, so it moves to the end.
        self.reads
            .retain(|r| r.resource != resource || r.path != read.path);
        self.reads.push(read);
    }

    fn fact(&mut self, env: &Env<'_>, question: &Arc<str>, answer: &Val<'_>) {
        let unknown = match answer {
            Val::Unknown(why) => Some(Arc::clone(why)),
            Val::List(items) => items.open.clone(),
            _ => None,
        };
        let mut paths = Vec::new();
        collect_paths(env, answer, &mut paths);
        // Of the answers about several elements the last shows, and one that was not known stays: it
        // may be what the verdict is for.
        self.facts
            .retain(|f| f.question != *question || (f.unknown.is_some() && unknown.is_none()));
        self.facts.push(Fact {
            question: Arc::clone(question),
            value: env.to_json(answer),
            unknown,
            paths,
        });
    }

    fn decided(&mut self, env: &Env<'_>, element: &Val<'_>) {
        collect_paths(env, element, &mut self.decisive);
    }
}

fn collect_paths(env: &Env<'_>, answer: &Val<'_>, paths: &mut Vec<Steps>) {
    match answer {
        Val::Record(record) if !record.via.is_empty() => {
            let steps = record.via.iter();
            let mut path: Steps = steps.map(|(at, what)| (Some(*at), what.clone())).collect();
            // What the way ends at may be outside what was read.
            if path.last().is_some_and(|(_, what)| *what != record.text) {
                path.push((None, record.text.clone()));
            }
            paths.push(path);
        }
        Val::Destination(ends, at) => {
            if let Some(end) = ends.all.get(*at)
                && (!end.via.is_empty() || end.resource.is_some())
            {
                paths.push(way_to(env, end));
            }
        }
        Val::List(Items { known, .. }) => match known {
            Known::Vals(vals) => vals.iter().for_each(|val| collect_paths(env, val, paths)),
            Known::Destinations(_) => {
                let vals = known.vals().unwrap_or_default();
                vals.iter().for_each(|val| collect_paths(env, val, paths));
            }
            _ => {}
        },
        _ => {}
    }
}

/// The way to where traffic ends: each step by what it is and its name.
fn way_to(env: &Env<'_>, end: &Destination) -> Steps {
    let steps = end.via.iter().map(|index| {
        let (step, (name, _)) = (env.graph.step(*index), env.graph.label(*index));
        if step.contains(&name) {
            (Some(*index), step)
        } else {
            (Some(*index), format!("{step} {name}"))
        }
    });
    // It may be outside what was read.
    steps.chain([(end.resource, end.to_string())]).collect()
}
