//! Every rule on every resource of its types.
//!
//! Pure: no clock, no network, no environment, no state. The order of what comes out is that of
//! the snapshot, then of the rules, however the work was spread over threads.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::cel::{Env, Evaluator, NoTrace, Sieves, Trace, Tri, Val};
use super::file::{MessagePart, Rule, Subject};
use super::settings::Setting;
use crate::graph::Graph;
use crate::model::{
    OBSERVED, Path, Reason, Resource, Segment, Severity, Switch, Unknown, Value, Verdict, World,
};
use crate::types;

/// More combinations of parameters than these are not tried for one verdict.
const MAX_WORLDS: usize = 256;

/// How many resources a thread takes at a time.
const CHUNK: usize = 128;

/// One rule's answer on one resource.
#[derive(Debug)]
pub struct Judgement {
    /// The rule, by its index.
    pub rule: usize,
    /// The resource, by its index; that of none, if it is not in the snapshot.
    pub resource: usize,
    /// The answer.
    pub verdict: Verdict,
    /// How bad.
    pub severity: Severity,
    /// In one sentence.
    pub message: String,
    /// Where to look.
    pub at: Path,
    /// What was read.
    pub trace: Trace,
    /// Why it is unknown, if it is.
    pub unknown: Option<WhyUnknown>,
}

/// Why a verdict is unknown.
#[derive(Debug)]
pub struct WhyUnknown {
    /// In one sentence.
    pub reason: String,
    /// What was not known, by its path or question, and the reason.
    pub because: Vec<(String, Unknown)>,
    /// Under which parameters it fails.
    pub fails_when: Vec<String>,
    /// Under which it passes.
    pub passes_when: Vec<String>,
}

/// How the verdicts of one run are spread.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// By [`Verdict::ALL`].
    pub by_verdict: [usize; 4],
}

impl Counts {
    /// How many there were of a verdict.
    pub fn of(&self, verdict: Verdict) -> usize {
        Verdict::ALL
            .iter()
            .zip(self.by_verdict)
            .find(|(v, _)| **v == verdict)
            .map_or(0, |(_, count)| count)
    }

    fn add(&mut self, verdict: Verdict) {
        for (v, count) in Verdict::ALL.iter().zip(&mut self.by_verdict) {
            *count += usize::from(*v == verdict);
        }
    }

    /// These and others.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (count, more) in self.by_verdict.iter_mut().zip(other.by_verdict) {
            *count += more;
        }
        self
    }
}

/// Whether a verdict on a resource by the rule of this index is to be explained, not only counted.
pub type Keep<'k> = dyn Fn(Verdict, usize, &Resource) -> bool + Sync + 'k;

/// A rule set, by the types it judges.
#[derive(Debug)]
pub struct Engine<'r> {
    rules: &'r [Rule],
    by_type: FxHashMap<&'r str, Vec<(usize, &'r Subject)>>,
    /// What resources are judged by; the first is that of most.
    settings: Vec<Setting>,
    /// Which of them each resource of the graph is judged by; the first if it does not say.
    setting_of: Vec<usize>,
}

impl<'r> Engine<'r> {
    /// Prepares rules to run.
    pub fn new(rules: &'r [Rule]) -> Self {
        let mut by_type: FxHashMap<&str, Vec<_>> = FxHashMap::default();
        for (index, rule) in rules.iter().enumerate() {
            for subject in &rule.subjects {
                by_type
                    .entry(&subject.rtype)
                    .or_default()
                    .push((index, subject));
            }
        }
        Self {
            rules,
            by_type,
            settings: vec![Setting::new(rules, [])],
            setting_of: Vec::new(),
        }
    }

    /// Judges resources by these settings: the first, or which it says for each.
    pub fn set(&mut self, settings: Vec<Setting>, of: Vec<usize>) {
        self.settings = settings;
        self.setting_of = of;
    }

    /// Whether there is a rule for a type.
    pub fn judges(&self, rtype: &str) -> bool {
        self.by_type.contains_key(rtype)
    }

    /// Judges the first so many resources. Judgements whose verdict `keep` refuses are only counted.
    pub fn run(
        &self,
        graph: &Graph<'_>,
        first: usize,
        keep: &Keep<'_>,
    ) -> (Vec<Judgement>, Counts) {
        let sieves = Sieves::default();
        let of_type = |rtype: &str| {
            let all = graph.all_of_type(rtype);
            let end = all.partition_point(|index| *index < first);
            all.get(..end).unwrap_or_default()
        };
        let mut types: Vec<_> = self.by_type.iter().collect();
        types.sort_unstable_by_key(|(rtype, _)| **rtype);
        let of_each = types.into_iter().flat_map(|(rtype, rules)| {
            let chunks = of_type(rtype).chunks(CHUNK);
            chunks.map(move |chunk| (rules, chunk))
        });
        let chunks: Vec<_> = of_each.collect();
        // One rule after the other for resources of one type: both stay at hand.
        let per_chunk: Vec<(Vec<Judgement>, Counts)> = chunks
            .into_par_iter()
            .map(|(rules, chunk)| {
                let mut kept = Vec::new();
                let mut counts = Counts::default();
                for (rule, subject) in rules {
                    for &index in chunk {
                        let Some(resource) = graph.resource(index) else {
                            continue;
                        };
                        let judged = Judged {
                            index,
                            resource,
                            body: None,
                            setting: self.setting_of.get(index).copied().unwrap_or_default(),
                            sieves: &sieves,
                        };
                        let judgement = self.one(graph, *rule, subject, &judged, keep, &mut counts);
                        kept.extend(judgement);
                    }
                }
                (kept, counts)
            })
            .collect();
        let mut judgements = Vec::new();
        let mut counts = Counts::default();
        for (kept, more) in per_chunk {
            judgements.extend(kept);
            counts = counts.merge(more);
        }
        judgements.sort_by_key(|judgement| (judgement.resource, judgement.rule));
        (judgements, counts)
    }

    /// Judges a resource of which the graph has no more than others may ask about, or nothing:
    /// then `index` is `None`. `setting` is what it is judged by, `sieves` what is kept of one such call for
    /// the next.
    pub fn judge_body(
        &self,
        graph: &Graph<'_>,
        index: Option<usize>,
        body: &Resource,
        setting: usize,
        sieves: &Sieves,
        keep: &Keep<'_>,
    ) -> (Vec<Judgement>, Counts) {
        let subject = Judged {
            index: index.unwrap_or(usize::MAX),
            resource: body,
            body: Some(body),
            setting,
            sieves,
        };
        let mut kept = Vec::new();
        let mut counts = Counts::default();
        for (rule, to) in self.by_type.get(&*body.rtype).into_iter().flatten() {
            kept.extend(self.one(graph, *rule, to, &subject, keep, &mut counts));
        }
        (kept, counts)
    }

    /// What a rule says of a resource, if that is to be kept.
    fn one(
        &self,
        graph: &Graph<'_>,
        rule: usize,
        subject: &Subject,
        judged: &Judged<'_>,
        keep: &Keep<'_>,
        counts: &mut Counts,
    ) -> Option<Judgement> {
        let setting = self.settings.get(judged.setting);
        if setting.and_then(|s| s.skip.get(rule)) == Some(&true) {
            return None;
        }
        let everywhere = World::default();
        let leaf = self.judge(graph, rule, subject, judged, &everywhere);
        let (verdict, verdicts) = match leaf {
            Leaf::NotCreated => return None,
            // Most are the same in every world, and need no list of them.
            Leaf::Verdict(verdict) if verdict != Verdict::Unknown => (verdict, None),
            leaf => {
                let verdicts = self.split(graph, rule, subject, judged, everywhere, leaf)?;
                (verdicts.verdict(), Some(verdicts))
            }
        };
        counts.add(verdict);
        keep(verdict, rule, judged.resource).then(|| {
            let verdicts = verdicts.unwrap_or_else(|| Verdicts {
                leaves: vec![(World::default(), leaf)],
            });
            self.explain(graph, rule, subject, judged, verdicts)
        })
    }

    fn env<'a>(
        &'a self,
        graph: &'a Graph<'a>,
        rule: usize,
        judged: &Judged<'a>,
        world: &'a World,
    ) -> Env<'a> {
        Env {
            snapshot: graph.snapshot(),
            graph,
            params: self
                .settings
                .get(judged.setting)
                .and_then(|setting| setting.params.get(rule))
                .map_or(&[], Vec::as_slice),
            world,
            subject: judged.index,
            body: judged.body,
            sieves: Some(judged.sieves),
        }
    }

    /// The verdict in every world that makes a difference, begun with what one has to say; `None` for a
    /// resource that no world creates.
    fn split<'a>(
        &'a self,
        graph: &'a Graph<'a>,
        rule: usize,
        subject: &'a Subject,
        judged: &Judged<'a>,
        first: World,
        leaf: Leaf,
    ) -> Option<Verdicts> {
        let mut leaves = Vec::new();
        let mut worlds = Vec::new();
        let mut next = Some((first, leaf));
        while let Some((world, leaf)) = next {
            let split = match leaf {
                Leaf::Verdict(Verdict::Unknown) | Leaf::MaybeCreated => world.take_needs(),
                _ => None,
            };
            match split {
                Some(switch) if leaves.len() + worlds.len() + switch.domain.len() <= MAX_WORLDS => {
                    // The last pushed is looked at first, so arms are pushed from the last.
                    for arm in (0..switch.domain.len()).rev() {
                        worlds.push(world.with(Arc::clone(&switch), arm));
                    }
                }
                Some(_) => leaves.push((world, Leaf::TooMany)),
                None => leaves.push((world, leaf)),
            }
            next = worlds.pop().map(|world| {
                let leaf = self.judge(graph, rule, subject, judged, &world);
                (world, leaf)
            });
        }
        leaves.retain(|(_, leaf)| !matches!(leaf, Leaf::NotCreated));
        (!leaves.is_empty()).then_some(Verdicts { leaves })
    }

    /// The verdict in one world.
    fn judge<'a>(
        &'a self,
        graph: &'a Graph<'a>,
        rule: usize,
        subject: &'a Subject,
        judged: &Judged<'a>,
        world: &'a World,
    ) -> Leaf {
        match world.exists(judged.resource) {
            Ok(true) => {}
            Ok(false) => return Leaf::NotCreated,
            // Whether it will exist is not known: judged as if it did, for that is when it counts.
            Err(_) if is_choice(judged.resource) => return Leaf::MaybeCreated,
            Err(_) => {}
        }
        let env = self.env(graph, rule, judged, world);
        let mut no_trace = NoTrace;
        let mut evaluator = Evaluator::new(&env, &mut no_trace);
        let when = match &subject.when {
            Some(when) => evaluator.truth(when),
            None => Tri::True,
        };
        let verdict = match when {
            Tri::False => Verdict::NotApplicable,
            when => match (when, evaluator.truth(&subject.require)) {
                (_, Tri::True) => Verdict::Pass,
                (Tri::True, Tri::False) => Verdict::Fail,
                _ => Verdict::Unknown,
            },
        };
        Leaf::Verdict(verdict)
    }

    /// Evaluates once more, in the world that shows most, to say what was read.
    fn explain<'a>(
        &'a self,
        graph: &'a Graph<'a>,
        rule: usize,
        subject: &'a Subject,
        judged: &Judged<'a>,
        verdicts: Verdicts,
    ) -> Judgement {
        let verdict = verdicts.verdict();
        let everywhere = World::default();
        let world = verdicts.telling_world().unwrap_or(&everywhere);
        let env = self.env(graph, rule, judged, world);

        let mut when_trace = Trace::default();
        if let Some(when) = &subject.when {
            Evaluator::new(&env, &mut when_trace).truth(when);
        }
        let mut trace = Trace::default();
        if verdict != Verdict::NotApplicable {
            Evaluator::new(&env, &mut trace).truth(&subject.require);
        }
        let at = self.place(&env, subject, &trace, &verdicts);
        // What `when` read comes first; what `require` read again is already there.
        let mut reads = when_trace.reads;
        reads.retain(|r| {
            !trace
                .reads
                .iter()
                .any(|t| t.resource == r.resource && t.path == r.path)
        });
        reads.append(&mut trace.reads);
        let mut facts = when_trace.facts;
        facts.retain(|f| !trace.facts.iter().any(|t| t.question == f.question));
        facts.append(&mut trace.facts);
        let trace = Trace {
            reads,
            facts,
            decisive: trace.decisive,
        };

        let severity = self
            .settings
            .get(judged.setting)
            .and_then(|setting| *setting.severity.get(rule)?)
            .unwrap_or_else(|| self.severity(&env, rule, subject));
        let Resource {
            rtype,
            properties,
            id,
            ..
        } = judged.resource;
        let name = types::display_name(rtype, properties, id).to_owned();
        let unknown = (verdict == Verdict::Unknown)
            .then(|| why_unknown(&env, &verdicts, &trace, judged.index));
        let message = match (verdict, &unknown) {
            (Verdict::Fail, _) => self.message(&env, subject, &name),
            (_, Some(why)) if verdicts.any(Verdict::Fail) => match why.fails_when.first() {
                Some(when) => format!("{} when {when}", self.message(&env, subject, &name)),
                None => self.message(&env, subject, &name),
            },
            (_, Some(why)) => format!("{name}: {}", why.reason),
            (Verdict::Pass, _) => format!("{name} meets the requirement"),
            _ => format!("{name} is not what this rule is about"),
        };
        Judgement {
            rule,
            resource: judged.index,
            verdict,
            severity,
            message,
            at,
            trace,
            unknown,
        }
    }

    /// The property to point at: when it is one that is not known, that one; otherwise what the
    /// rule says, else the last one `require` read.
    fn place<'a>(
        &self,
        env: &Env<'a>,
        subject: &'a Subject,
        trace: &Trace,
        verdicts: &Verdicts,
    ) -> Path {
        let mut own = trace.reads.iter().filter(|r| r.resource == env.subject);
        if verdicts.verdict() == Verdict::Unknown
            && !verdicts.any(Verdict::Fail)
            && let Some(read) = own.clone().find(|read| read.unknown.is_some())
        {
            return read.path.clone();
        }
        let path = subject
            .at
            .iter()
            .find(|(condition, _)| match condition {
                Some(condition) => Evaluator::new(env, &mut NoTrace).truth(condition) == Tri::True,
                None => true,
            })
            .map(|(_, path)| path.clone())
            .or_else(|| own.next_back().map(|read| read.path.clone()))
            .unwrap_or_default();
        match env.resource(env.subject) {
            Some(resource) => first_absent(resource, path),
            None => path,
        }
    }

    fn severity<'a>(&self, env: &Env<'a>, rule: usize, subject: &'a Subject) -> Severity {
        subject
            .severity_when
            .iter()
            .find(|(condition, _)| Evaluator::new(env, &mut NoTrace).truth(condition) == Tri::True)
            .map(|(_, severity)| *severity)
            .or_else(|| self.rules.get(rule).map(|rule| rule.info.severity))
            .unwrap_or(Severity::Low)
    }

    fn message<'a>(&self, env: &Env<'a>, subject: &'a Subject, name: &str) -> String {
        let mut text = String::new();
        for part in &subject.message.0 {
            match part {
                MessagePart::Text(plain) => text.push_str(plain),
                MessagePart::Name => text.push_str(name),
                MessagePart::Expr(ir) => {
                    let value = Evaluator::new(env, &mut NoTrace).eval(ir);
                    text.push_str(&env.to_text(&value));
                }
            }
        }
        text
    }
}

fn is_choice(resource: &Resource) -> bool {
    matches!(resource.exists, Value::Choice(_))
}

/// A resource that is judged.
struct Judged<'a> {
    index: usize,
    resource: &'a Resource,
    /// The resource, if the graph has less of it.
    body: Option<&'a Resource>,
    /// What it is judged by, by index.
    setting: usize,
    /// What is kept for the next one.
    sieves: &'a Sieves,
}

/// What one world has to say.
#[derive(Debug, Clone, Copy)]
enum Leaf {
    Verdict(Verdict),
    NotCreated,
    MaybeCreated,
    /// There are more worlds than are looked at.
    TooMany,
}

/// The verdicts of all worlds in which the resource exists.
struct Verdicts {
    leaves: Vec<(World, Leaf)>,
}

impl Verdicts {
    fn all(&self) -> impl Iterator<Item = (&World, Verdict)> {
        self.leaves.iter().map(|(world, leaf)| match leaf {
            Leaf::Verdict(verdict) => (world, *verdict),
            Leaf::NotCreated | Leaf::MaybeCreated | Leaf::TooMany => (world, Verdict::Unknown),
        })
    }

    fn any(&self, wanted: Verdict) -> bool {
        self.all().any(|(_, verdict)| verdict == wanted)
    }

    /// The same under every alternative is that; otherwise unknown – but a rule that passes where
    /// it applies passes.
    fn verdict(&self) -> Verdict {
        let others = |but: Verdict| self.all().any(|(_, verdict)| verdict != but);
        if self.any(Verdict::Unknown) {
            Verdict::Unknown
        } else if self.any(Verdict::Fail) {
            if others(Verdict::Fail) {
                Verdict::Unknown
            } else {
                Verdict::Fail
            }
        } else if self.any(Verdict::Pass) {
            Verdict::Pass
        } else {
            Verdict::NotApplicable
        }
    }

    /// The world in which there is most to see: a failing one, else an undecided one.
    fn telling_world(&self) -> Option<&World> {
        let first = |wanted| self.all().find(|(_, v)| *v == wanted).map(|(w, _)| w);
        first(Verdict::Fail)
            .or_else(|| first(Verdict::Unknown))
            .or_else(|| first(Verdict::Pass))
            .or_else(|| self.leaves.first().map(|(world, _)| world))
    }

    fn worlds(&self, wanted: Verdict) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for (world, verdict) in self.all() {
            if verdict == wanted && !world.assigned().is_empty() {
                let text = describe(world.assigned());
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
        }
        texts
    }
}

fn describe(assigned: &[(Arc<Switch>, usize)]) -> String {
    assigned
        .iter()
        .map(|(switch, arm)| switch.describe(*arm))
        .collect::<Vec<_>>()
        .join(" and ")
}

fn why_unknown(env: &Env<'_>, verdicts: &Verdicts, trace: &Trace, resource: usize) -> WhyUnknown {
    let fails_when = verdicts.worlds(Verdict::Fail);
    let passes_when = verdicts.worlds(Verdict::Pass);
    let mut because: Vec<(String, Unknown)> = Vec::new();
    for read in &trace.reads {
        if let Some(why) = &read.unknown {
            let name = if read.resource == resource {
                read.path.to_string()
            } else {
                let other = env.resource(read.resource).map_or("", |r| &*r.id);
                format!("{other}.{}", read.path)
            };
            because.push((name, Arc::clone(why)));
        }
    }
    for fact in &trace.facts {
        if let Some(why) = &fact.unknown {
            because.push((fact.question.to_string(), Arc::clone(why)));
        }
    }
    // Text that is known in part, or a value of the wrong type, is read well but not enough.
    if because.is_empty()
        && verdicts.any(Verdict::Unknown)
        && let Some(why) = blame(env, trace)
    {
        because.push(why);
    }
    if verdicts
        .leaves
        .iter()
        .any(|(_, leaf)| matches!(leaf, Leaf::TooMany))
    {
        let why = Arc::new(Reason::TooManyAlternatives);
        because.insert(0, ("the verdict".to_owned(), why));
    }
    let reason = if let (Some(fails), true) = (fails_when.first(), !verdicts.any(Verdict::Unknown))
    {
        format!("it fails when {fails}")
    } else {
        match because.first() {
            Some((name, why)) => format!("{name} is not known: {why}"),
            None => Reason::Other("what it depends on is not known".into()).to_string(),
        }
    };
    WhyUnknown {
        reason,
        because,
        fails_when,
        passes_when,
    }
}

/// The value that was read last, when that was not enough to decide.
fn blame(env: &Env<'_>, trace: &Trace) -> Option<(String, Unknown)> {
    trace
        .reads
        .iter()
        .rev()
        .find_map(|read| {
            let resource = env.resource(read.resource)?;
            let value = resource.at(&read.path.0)?;
            let seen = env.view(value);
            let why = match &seen {
                Val::Bool(_) | Val::Int(_) | Val::Double(_) | Val::Null => return None,
                Val::Str(_) => return None,
                other => other.not_a("a known value"),
            };
            Some((read.path.to_string(), why))
        })
        .or_else(|| {
            let read = trace.reads.last()?;
            let reason = if read.value.is_null() {
                Reason::Other("it is not set, and what that means is not known".into())
            } else {
                Reason::Other(format!("{} is not what the schema calls for", read.value).into())
            };
            Some((read.path.to_string(), Arc::new(reason)))
        })
}

/// A path cut off after the first step that is not there: that is what is missing.
fn first_absent(resource: &Resource, path: Path) -> Path {
    let mut kept = Path::root();
    for segment in &path.0 {
        let whole = resource.at(&kept.0);
        kept.0.push(segment.clone());
        // Facts are no property, and what is missing is the fact.
        let is_facts = matches!(kept.0.as_slice(), [Segment::Key(first)] if **first == *OBSERVED);
        let parent_is_object = match kept.0.len() {
            1 => true,
            2 if kept.0.first() == Some(&Segment::Key(OBSERVED.into())) => true,
            _ => matches!(whole, Some(Value::Map(_))),
        };
        if !is_facts && parent_is_object && resource.at(&kept.0).is_none() {
            return kept;
        }
    }
    path
}
