//! What rules read: the types they judge and those they ask for, and which properties of each. It
//! says what has to be collected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cel::{EachOp, Ir};
use super::file::{Rule, Subject};
use super::needs::{expressions, needs};
use crate::model::OBSERVED;
use crate::types::{self, Door};

/// Types, and the properties of each that are read, and as `observed.Name` the facts; `None` for all of them.
pub type Reads = BTreeMap<Arc<str>, Option<BTreeSet<Arc<str>>>>;

/// The variable that holds the resource in question.
const SELF: usize = 0;

/// What some rules read.
pub fn reads(rules: &[Rule]) -> Reads {
    let mut reads = Reads::new();
    let mut add = |rtype: &Arc<str>, names: &mut dyn Iterator<Item = Arc<str>>| {
        let known = reads
            .entry(Arc::clone(rtype))
            .or_insert_with(|| Some(BTreeSet::new()));
        if let Some(known) = known {
            known.extend(names);
        }
    };
    for (rtype, kept) in needs(rules).kept() {
        add(&rtype, &mut kept.properties.into_iter());
        add(&rtype, &mut kept.facts.iter().map(|fact| observed(fact)));
    }
    for subject in rules.iter().flat_map(|rule| &rule.subjects) {
        let file = types::file(&subject.rtype);
        let names = file.into_iter().flat_map(|file| file.name.iter().cloned());
        add(&subject.rtype, &mut names.into_iter());
        for ir in expressions(subject) {
            ir.visit(&mut |ir| {
                if let Ir::Path(SELF, steps, _) = ir {
                    let read = match &**steps {
                        [first, fact, ..] if **first == *OBSERVED => Some(observed(fact)),
                        steps => steps.first().cloned(),
                    };
                    add(&subject.rtype, &mut read.into_iter());
                }
                // Functions read the tags of what they are given.
                if let Ir::Call(..) = ir
                    && let Some(tags) = types::tags_property(&subject.rtype)
                {
                    add(&subject.rtype, &mut std::iter::once(Arc::from(tags)));
                }
            });
        }
    }
    reads
}

/// What a fact that only a running account has goes by.
fn observed(fact: &str) -> Arc<str> {
    format!("{OBSERVED}.{fact}").into()
}

/// Whether a door shows every property that a rule reads, and every type that it asks for; `is_shown`
/// says it of a type.
pub fn sight(rule: &Rule, door: Door, is_shown: &dyn Fn(&str) -> bool) -> bool {
    let mut all = needs(std::slice::from_ref(rule))
        .kept()
        .iter()
        // What is looked for by name only may be found or not.
        .all(|(rtype, kept)| kept.if_named || is_shown(rtype));
    for subject in &rule.subjects {
        for ir in expressions(subject) {
            ir.visit(&mut |ir| {
                if let Ir::Path(_, _, gaps) | Ir::Select(_, _, gaps) = ir {
                    all &= !gaps.at(door);
                }
            });
        }
    }
    all
}

/// Whether a subject is never judged where nothing runs: it applies only where a fact is there that only
/// a running account has.
pub fn waits_for_facts(subject: &Subject) -> bool {
    subject.when.as_ref().is_some_and(wants_fact)
}

fn wants_fact(condition: &Ir) -> bool {
    let is_fact = |ir: &Ir| matches!(ir, Ir::Path(SELF, steps, _) if steps.first().is_some_and(|s| **s == *OBSERVED));
    match condition {
        Ir::And(a, b) => wants_fact(a) || wants_fact(b),
        Ir::Or(a, b) => wants_fact(a) && wants_fact(b),
        Ir::Has(of) => is_fact(of),
        Ir::Each(EachOp::Exists | EachOp::ExistsOne, of, ..) => is_fact(of),
        _ => false,
    }
}
