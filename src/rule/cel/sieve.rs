//! Elements of long lists that cannot matter.
//!
//! Rules ask of many resources whether one of a list is of some kind: `resources(T).exists(x, tag(x, "app") == "shop" && …)`.
//! Where a part of such a condition says nothing of the resource that is judged, its answer about an
//! element is the same each time. It is kept, and elements about which one part is false are passed by.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::check::Ir;
use super::eval::{Env, Evaluator};
use super::trace::NoTrace;
use super::val::{Tri, Val};
use crate::model::World;
use crate::rule::functions;

/// What is kept while rules are judged on one graph.
#[derive(Debug, Default)]
pub struct Sieves(RwLock<FxHashMap<Asked, Option<Arc<Sieve>>>>);

/// Where a condition is, and where the parameters are that it is asked with: neither moves while rules run.
type Asked = (usize, usize);

/// The parts of a condition that say nothing of what is judged, and what they came to about each
/// resource, by index.
#[derive(Debug)]
pub(super) struct Sieve {
    /// By their place among all parts.
    own: Vec<usize>,
    answers: Box<[AtomicU8]>,
}

const UNASKED: u8 = 0;
const FALSE: u8 = 1;
const OTHER: u8 = 2;

impl Sieves {
    /// The one for a condition on the variable of a slot, if it has such parts.
    pub(super) fn of(&self, env: &Env<'_>, condition: &Ir, slot: usize) -> Option<Arc<Sieve>> {
        let asked: Asked = (
            std::ptr::from_ref(condition).addr(),
            env.params.as_ptr().addr(),
        );
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(sieve) = known.get(&asked) {
            return sieve.clone();
        }
        drop(known);
        let parts = parts(condition).into_iter().enumerate();
        let own = parts.filter(|(_, part)| is_own(part, slot));
        let own: Vec<usize> = own.map(|(at, _)| at).collect();
        let sieve = (!own.is_empty()).then(|| {
            let count = env.snapshot.resources.len();
            Arc::new(Sieve {
                own,
                answers: std::iter::repeat_with(AtomicU8::default)
                    .take(count)
                    .collect(),
            })
        });
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(asked).or_insert(sieve).clone()
    }
}

impl Sieve {
    /// Whether the condition is false about a resource, in every world and whatever is judged.
    pub(super) fn holds_back(
        &self,
        env: &Env<'_>,
        condition: &Ir,
        slot: usize,
        resource: usize,
    ) -> bool {
        let Some(answer) = self.answers.get(resource) else {
            return false;
        };
        match answer.load(Ordering::Relaxed) {
            UNASKED => {
                let is_false = self.is_false(env, condition, slot, resource);
                answer.store(if is_false { FALSE } else { OTHER }, Ordering::Relaxed);
                is_false
            }
            known => known == FALSE,
        }
    }

    fn is_false(&self, env: &Env<'_>, condition: &Ir, slot: usize, resource: usize) -> bool {
        let everywhere = World::default();
        let env = Env {
            world: &everywhere,
            ..*env
        };
        let mut no_trace = NoTrace;
        let mut evaluator = Evaluator::new(&env, &mut no_trace);
        let mut is_false = |part| {
            let var = (Val::Resource(resource), ());
            evaluator.with(slot, var, |me| me.truth(part)) == Tri::False
        };
        let parts = parts(condition);
        let mut own = self.own.iter().filter_map(|at| parts.get(*at).copied());
        own.any(&mut is_false) && everywhere.take_needs().is_none()
    }
}

/// The parts of a condition, all of which must be true.
fn parts(condition: &Ir) -> Vec<&Ir> {
    match condition {
        Ir::And(a, b) => [parts(a), parts(b)].concat(),
        part => vec![part],
    }
}

/// Whether a condition asks of nothing but the variable of a slot.
fn is_own(condition: &Ir, slot: usize) -> bool {
    let mut is_own = true;
    condition.visit(&mut |ir| {
        is_own &= match ir {
            // What a property's absence means is a matter of the resource that has it: of what is in a
            // list of one, that is not known here.
            Ir::Path(of, _, gaps) => *of == slot || *of > slot && !gaps.any(),
            Ir::Select(_, _, gaps) => !gaps.any(),
            Ir::Var(of) => *of >= slot,
            Ir::Call(function, ..) => functions::is_of_arguments(function),
            _ => true,
        };
    });
    is_own
}
