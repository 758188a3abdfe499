//! From inputs and rules to results: the one place where the stages are put together.

#[cfg(test)]
mod scale;
mod stream;
mod tally;
mod unread;
mod waive;

use std::sync::{Arc, Mutex};

use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};

use crate::graph::Graph;
use crate::model::{
    Cover, CoverStatus, Evidence, Finding, InputFailure, InputKind, InputSummary, Location, Path,
    PathStep, Region, Related, Resource, ResourceName, Results, SourceFile, Span, Suppression,
    UnknownReport, Verdict,
};
use crate::policy::Places;
use crate::rule::cel::Sieves;
use crate::rule::{Engine, Judgement, Rule, RuleFaults, Setting};
use crate::source::native::{self, Body, Stream};
use crate::source::{self, Files, Input, Options, Read, Standing};
use tally::Tally;
use waive::Exceptions;

/// What to check, and how.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// What the user says about the inputs.
    pub options: Options,
    /// The inputs are everything there is: what is not in them does not exist.
    pub complete: bool,
    /// Report every verdict, not only `fail` and `unknown`.
    pub show_all: bool,
    /// The day on which exceptions are judged, as YYYY-MM-DD; without one, none has ended.
    pub today: Option<Arc<str>>,
    /// Snapshot files, by path: they are opened, more than once, and never held in memory.
    pub snapshots: Vec<Arc<str>>,
    /// The ids and slugs of all rules there are, also of those that do not run; empty if that is
    /// not known. An exception to any other is pointed at.
    pub known_rules: Vec<Arc<str>>,
    /// What is different with the rules in some files.
    pub places: Places,
    /// The organisation's waivers.
    pub waivers: Vec<Suppression>,
    /// The files that they are written in, by the numbers in their places.
    pub files: Vec<SourceFile>,
    /// Fingerprints of earlier findings: whether they are no longer so is noted.
    pub watched: FxHashSet<Arc<str>>,
}

/// Reads the inputs and judges every resource in them. `unread` are inputs that were named but
/// could not even be opened: they count as failures, and keep the coverage partial.
pub fn check(
    inputs: &[Input],
    files: &dyn Files,
    rules: &[Rule],
    request: &Request,
    unread: Vec<InputFailure>,
) -> Results {
    let mut read = source::read(inputs, files, &request.options);
    read.failures.splice(0..0, unread);
    let whole = read.snapshot.resources.len();
    let mut engine = Engine::new(rules);
    let streams = stream::index(rules, &engine, files, request, &mut read);
    let mut settings = Settings::new(rules, &request.places);
    let of = settings.of_resources(&read, whole);
    let mut of_streams = Vec::new();
    for stream in &streams {
        let file = read.snapshot.sources.get(stream.source);
        of_streams.push(settings.of(file.map(|file| Arc::clone(&file.path))));
    }
    engine.set(settings.all, of);
    state_coverage(&mut read, request.complete);
    let first_file = read.snapshot.sources.len();
    read.snapshot.sources.extend(request.files.iter().cloned());
    let graph = Graph::build(&read.snapshot);
    let judged = Mutex::new(FxHashMap::default());
    let tally = Tally::new(rules.len());
    let reported = |verdict: Verdict, rule: usize, resource: &Resource| {
        tally.add(verdict, rule);
        let is_problem = matches!(verdict, Verdict::Fail | Verdict::Unknown);
        if !is_problem && !request.watched.is_empty() {
            let rule = rules.get(rule);
            let fingerprint: Option<Arc<str>> = rule.map(|rule| fingerprint(rule, resource).into());
            if let Some(fingerprint) = fingerprint.filter(|print| request.watched.contains(print))
                && let Ok(mut judged) = judged.lock()
            {
                *judged.entry(fingerprint).or_default() += 1;
            }
        }
        is_problem || request.show_all
    };
    let (judgements, _) = engine.run(&graph, whole, &reported);

    let exceptions = Exceptions::new(&read.snapshot.suppressions, rules, request, first_file);
    let scene = Scene {
        read: &read,
        rules,
        streams: &streams,
        passing: None,
    };
    let mut findings = Vec::new();
    let mut late = Vec::new();
    for judgement in judgements {
        let Some(resource) = scene.resource(judgement.resource) else {
            continue;
        };
        if let Some((mut finding, open)) = scene.finding(judgement) {
            exceptions.apply(&read, Some(resource), &mut finding);
            late.extend(open.into_iter().map(|late| (findings.len(), late)));
            findings.push(finding);
        }
    }
    let mut texts = Vec::new();
    let mut changed = Vec::new();
    let sieves = Sieves::default();
    for (stream, setting) in streams.iter().zip(of_streams) {
        let judging = stream::Judging {
            scene: &scene,
            graph: &graph,
            engine: &engine,
            reported: &reported,
            exceptions: &exceptions,
            setting,
            sieves: &sieves,
        };
        let done = judging.judge(stream, files, &request.options, &mut findings, &mut late);
        texts.push(done.text);
        changed.extend(done.failure);
    }
    changed.extend(stream::place(&scene, files, &late, &mut findings));
    let mut unread = unread::findings(&scene);
    for finding in &mut unread {
        exceptions.apply(&read, None, finding);
    }
    findings.extend(unread);
    let used = exceptions.used();
    let judged = judged.into_inner().unwrap_or_default();
    stream::keep(&mut read, &streams, texts, changed);
    number_fingerprints(&mut findings);
    let by_rule = tally.by_rule(rules, &findings);
    used.report(&mut read, rules, request);
    Results {
        rules: rules.iter().map(|rule| Arc::clone(&rule.info)).collect(),
        inputs: read.inputs,
        failures: read.failures,
        warnings: read.warnings,
        findings,
        summary: by_rule.iter().copied().sum(),
        by_rule,
        coverage: read.snapshot.coverage,
        sources: read.snapshot.sources,
        earlier: None,
        judged,
    }
}

/// What the resources of each file are judged by.
struct Settings<'a> {
    rules: &'a [Rule],
    places: &'a Places,
    all: Vec<Setting>,
    /// By what is different in a file.
    known: FxHashMap<Vec<usize>, usize>,
    by_path: FxHashMap<Arc<str>, Vec<usize>>,
}

impl<'a> Settings<'a> {
    fn new(rules: &'a [Rule], places: &'a Places) -> Self {
        Self {
            rules,
            places,
            all: vec![Setting::new(rules, [])],
            known: FxHashMap::from_iter([(Vec::new(), 0)]),
            by_path: FxHashMap::default(),
        }
    }

    /// What is judged by what is in all of these files.
    fn of(&mut self, paths: impl IntoIterator<Item = Arc<str>>) -> usize {
        let mut places = Vec::new();
        for path in paths {
            let at = self.by_path.entry(path);
            let at = at.or_insert_with_key(|path| self.places.at(path));
            places.extend_from_slice(at);
        }
        places.sort_unstable();
        places.dedup();
        if let Some(index) = self.known.get(&places) {
            return *index;
        }
        let each = &self.places.each;
        let differences = places.iter().filter_map(|at| Some(&each.get(*at)?.1));
        self.all.push(Setting::new(self.rules, differences));
        self.known.insert(places, self.all.len() - 1);
        self.all.len() - 1
    }

    /// What the first so many resources are judged by; empty if all by the same.
    fn of_resources(&mut self, read: &Read, first: usize) -> Vec<usize> {
        if self.places.each.is_empty() {
            return Vec::new();
        }
        let resources = read.snapshot.resources.iter().take(first);
        resources
            .map(|resource| self.of(source::files_of(read, resource)))
            .collect()
    }
}

/// Says what cannot be concluded from something not being in the inputs.
fn state_coverage(read: &mut Read, complete: bool) {
    let everything = |reason: String| Cover {
        rtype: None,
        account: None,
        region: None,
        status: CoverStatus::Partial,
        reason: reason.into(),
    };
    for failure in &read.failures {
        read.snapshot
            .coverage
            .add(everything(format!("{} was not read whole", failure.path)));
    }
    // A snapshot file says itself what it covers.
    let is_silent = |input: &InputSummary| input.kind != InputKind::Snapshot.as_str();
    if !complete && read.inputs.iter().any(is_silent) {
        read.snapshot.coverage.add(everything(
            "an input covers only itself; what it lacks may be elsewhere. If these inputs are \
             everything there is, say so: --scope complete"
                .to_owned(),
        ));
    }
}

/// What findings are made from.
struct Scene<'a> {
    read: &'a Read,
    rules: &'a [Rule],
    streams: &'a [Stream],
    /// The resource that is judged, when it is in passing.
    passing: Option<(&'a Stream, &'a Body<'a>)>,
}

/// A place in a finding that is on a line which is not at hand.
struct Late {
    resource: usize,
    property: Path,
    slot: Slot,
}

/// Which place of a finding.
enum Slot {
    Evidence(usize),
    /// A step of a path.
    Step(usize, usize),
}

/// Where a property stands.
enum Place {
    Here(Standing),
    /// On a line of a file that is streamed, of which no more is known yet.
    Late(Location),
    Nowhere,
}

impl Place {
    fn standing(self) -> Option<Standing> {
        match self {
            Self::Here(standing) => Some(standing),
            Self::Late(_) | Self::Nowhere => None,
        }
    }
}

impl Scene<'_> {
    fn resource(&self, index: usize) -> Option<&Resource> {
        match self.passing {
            Some((_, body)) if body.index.unwrap_or(usize::MAX) == index => Some(&body.resource),
            _ => self.read.snapshot.resources.get(index),
        }
    }

    fn place(&self, index: usize, property: &Path) -> Place {
        let Some(resource) = self.resource(index) else {
            return Place::Nowhere;
        };
        if let Some((stream, body)) = self.passing
            && std::ptr::eq(resource, &body.resource)
        {
            let (location, exact) = stream.locate(&body.line, resource, property);
            return Place::Here(Standing {
                location,
                exact,
                related: Vec::new(),
            });
        }
        let source = resource.origin.source;
        if self.streams.iter().any(|stream| stream.source == source) {
            let file = self.read.snapshot.sources.get(source);
            return match file.zip(native::line_of(resource)) {
                Some((file, line)) => Place::Late(Location {
                    source: Some(source),
                    path: Arc::clone(&file.path),
                    span: Span::default(),
                    line,
                    column: 1,
                    end_line: line,
                    end_column: 1,
                }),
                None => Place::Nowhere,
            };
        }
        source::locate(self.read, resource, property).map_or(Place::Nowhere, Place::Here)
    }

    /// The finding, and what of it is still open.
    fn finding(&self, judgement: Judgement) -> Option<(Finding, Vec<Late>)> {
        let rule = self.rules.get(judgement.rule)?;
        let resource = self.resource(judgement.resource)?;
        let place = self.place(judgement.resource, &judgement.at).standing();
        let mut late = Vec::new();
        let evidence = self.evidence(&judgement, &mut late);
        let mut related = Vec::new();
        related.extend(place.iter().flat_map(|place| place.related.iter().cloned()));
        for behind in &resource.origin.behind {
            related.push(Related {
                message: Arc::from(&*behind.what),
                location: Location {
                    source: None,
                    path: Arc::clone(&behind.path),
                    span: Span::default(),
                    line: behind.line,
                    column: behind.column,
                    end_line: behind.line,
                    end_column: behind.column,
                },
            });
        }
        let paths = self.paths(&judgement, &mut late);
        let unknown = judgement.unknown.map(|why| {
            let texts = |all: Vec<String>| all.into_iter().map(Arc::from).collect();
            UnknownReport {
                reason: why.reason.into(),
                because: why
                    .because
                    .into_iter()
                    .map(|(name, reason)| (name.into(), reason.to_string().into()))
                    .collect(),
                fails_when: texts(why.fails_when),
                passes_when: texts(why.passes_when),
            }
        });
        let finding = Finding {
            rule: Arc::clone(&rule.info),
            verdict: judgement.verdict,
            severity: judgement.severity,
            message: judgement.message.into(),
            resource: name(resource),
            property: judgement.at.to_string().into(),
            location: place.map(|place| place.location),
            fix_set: source::settings(self.read, resource, &rule.info.fix_set)
                .map_or_else(|| Arc::clone(&rule.info.fix_set), Arc::from),
            evidence,
            unknown,
            related,
            paths,
            fingerprint: fingerprint(rule, resource).into(),
            waiver: None,
            since: None,
        };
        Some((finding, late))
    }

    fn paths(&self, judgement: &Judgement, late: &mut Vec<Late>) -> Vec<Vec<PathStep>> {
        let mut paths = Vec::new();
        for steps in judgement.trace.paths() {
            let mut path: Vec<PathStep> = Vec::with_capacity(steps.len());
            for (index, message) in steps {
                let Some((index, resource)) = index.and_then(|i| Some((i, self.resource(i)?)))
                else {
                    path.push(PathStep {
                        message: message.as_str().into(),
                        resource: None,
                        location: None,
                    });
                    continue;
                };
                let location = match self.place(index, &Path::root()) {
                    Place::Here(standing) => Some(standing.location),
                    Place::Late(location) => {
                        late.push(Late {
                            resource: index,
                            property: Path::root(),
                            slot: Slot::Step(paths.len(), path.len()),
                        });
                        Some(location)
                    }
                    Place::Nowhere => None,
                };
                path.push(PathStep {
                    message: message.as_str().into(),
                    resource: Some(Arc::clone(&resource.address)),
                    location,
                });
            }
            paths.push(path);
        }
        paths
    }

    fn evidence(&self, judgement: &Judgement, late: &mut Vec<Late>) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        for found in &judgement.trace.reads {
            let Some(resource) = self.resource(found.resource) else {
                continue;
            };
            let exact = match self.place(found.resource, &found.path) {
                Place::Here(standing) if standing.exact => Some(standing.location),
                Place::Here(_) | Place::Nowhere => None,
                Place::Late(_) => {
                    late.push(Late {
                        resource: found.resource,
                        property: found.path.clone(),
                        slot: Slot::Evidence(evidence.len()),
                    });
                    None
                }
            };
            evidence.push(Evidence {
                resource: (found.resource != judgement.resource)
                    .then(|| Arc::clone(&resource.address)),
                property: found.path.to_string().into(),
                value: found.value.clone(),
                default: exact.is_none()
                    && !found.value.is_null()
                    && found.unknown.is_none()
                    && is_written_by_hand(self.read, resource),
                location: exact,
            });
        }
        for fact in &judgement.trace.facts {
            evidence.push(Evidence {
                resource: None,
                property: Arc::clone(&fact.question),
                value: fact.value.clone(),
                default: false,
                location: None,
            });
        }
        evidence
    }
}

fn name(resource: &Resource) -> ResourceName {
    ResourceName {
        rtype: Arc::clone(&resource.rtype),
        id: Arc::clone(&resource.id),
        address: Arc::clone(&resource.address),
        arn: resource.arn.clone(),
        account: resource.account.clone(),
        region: match &resource.region {
            Region::In(name) => Some(Arc::clone(name)),
            Region::Global => Some("global".into()),
            Region::Unknown(_) => None,
        },
        construct: resource.construct.clone(),
    }
}

/// Whether every property that is set is written in the resource's file, so that what is not
/// there is a default. Of other inputs some properties are put together from several places.
fn is_written_by_hand(read: &Read, resource: &Resource) -> bool {
    let file = read.snapshot.sources.get(resource.origin.source);
    file.and_then(|file| file.kind) == Some(InputKind::CloudFormation)
}

/// What a finding is recognised by from run to run: the rule and the resource, not the file or
/// the line.
fn fingerprint(rule: &Rule, resource: &Resource) -> String {
    fingerprint_of(&[
        &*rule.info.id,
        resource.account.as_deref().unwrap_or_default(),
        resource.region.name().unwrap_or_default(),
        &resource.rtype,
        &resource.address,
    ])
}

fn fingerprint_of(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    let digest = hash.finalize();
    digest.iter().take(16).map(|b| format!("{b:02x}")).collect()
}

/// Two resources may share an address when the inputs are unrelated templates: number them. Those that
/// ask for something come first, so that their numbers do not depend on what else is reported.
fn number_fingerprints(findings: &mut [Finding]) {
    let mut seen: FxHashMap<Arc<str>, usize> = FxHashMap::default();
    let is_problem = |f: &Finding| matches!(f.verdict, Verdict::Fail | Verdict::Unknown);
    let (problems, others): (Vec<_>, Vec<_>) = findings.iter_mut().partition(|f| is_problem(f));
    for finding in problems.into_iter().chain(others) {
        let count = seen.entry(Arc::clone(&finding.fingerprint)).or_insert(0);
        if *count > 0 {
            finding.fingerprint = format!("{}-{count}", finding.fingerprint).into();
        }
        *count += 1;
    }
}

/// Adds what is wrong with rule files to results, quotable like any other file.
pub fn add_rule_faults(results: &mut Results, faults: &[RuleFaults]) {
    for file in faults {
        let id = results.sources.len();
        let source = SourceFile::new(Arc::clone(&file.path), Arc::clone(&file.text), false);
        for fault in &file.faults {
            results.failures.push(InputFailure {
                path: Arc::clone(&file.path),
                message: fault.message.as_str().into(),
                location: Some(source.location(id, fault.span)),
                help: fault.help.as_deref().map(Arc::from),
            });
        }
        results.sources.push(source);
    }
}
