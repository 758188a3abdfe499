//! Answers that are kept: many rules ask the same of one resource.

use std::hash::Hash;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use crate::model::World;

/// What was answered about each of some resources, once that is asked. An answer that came out without
/// asking how any switch is set is the same in every world; only such are kept, and none that is long.
#[derive(Debug)]
pub(super) struct Kept<T>(FxHashMap<usize, OnceLock<Option<T>>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(FxHashMap::default())
    }
}

/// An answer: one that is kept, or that of one world.
#[derive(Debug)]
pub enum Answered<'g, T> {
    /// The same in every world.
    Kept(&'g T),
    /// In the world that was asked about.
    Here(Rc<T>),
}

impl<T> Clone for Answered<'_, T> {
    fn clone(&self) -> Self {
        match self {
            Self::Kept(answer) => Self::Kept(answer),
            Self::Here(answer) => Self::Here(Rc::clone(answer)),
        }
    }
}

impl<T> Answered<'_, T> {
    /// Whether it is kept, and so the same in every world.
    pub(super) fn is_kept(&self) -> bool {
        matches!(self, Self::Kept(_))
    }
}

impl<T> Deref for Answered<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Kept(answer) => answer,
            Self::Here(answer) => answer,
        }
    }
}

/// What can be kept.
pub(super) trait Keep {
    /// How much of whatever it is a list of. What nobody would write, such as a group of thousands of
    /// records, would take memory by the square if each kept all of it.
    fn size(&self) -> usize;
}

/// Longer answers are worked out each time.
const MAX_SIZE: usize = 128;

impl<T: Keep> Kept<T> {
    /// For these resources.
    pub(super) fn of<'i>(resources: impl IntoIterator<Item = &'i usize>) -> Self {
        let slots = resources.into_iter().map(|at| (*at, OnceLock::new()));
        Self(slots.collect())
    }

    /// The answer about a resource.
    pub(super) fn get(
        &self,
        at: usize,
        world: &World,
        answer: impl Fn(&World) -> T,
    ) -> Answered<'_, T> {
        let kept = self.0.get(&at).and_then(|slot| {
            let everywhere = || {
                let world = World::default();
                let answer = answer(&world);
                let is_kept = world.take_needs().is_none() && answer.size() <= MAX_SIZE;
                is_kept.then_some(answer)
            };
            slot.get_or_init(everywhere).as_ref()
        });
        kept.map_or_else(|| Answered::Here(Rc::new(answer(world))), Answered::Kept)
    }
}

/// The same of answers to questions that resources share.
#[derive(Debug)]
pub(super) struct Shared<K, T>(RwLock<FxHashMap<K, Option<Arc<T>>>>);

impl<K, T> Default for Shared<K, T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<K: Eq + Hash, T> Shared<K, T> {
    /// The answer to a question.
    pub(super) fn get(&self, question: K, world: &World, answer: impl Fn(&World) -> T) -> Arc<T> {
        let kept = |all: &FxHashMap<K, Option<Arc<T>>>| all.get(&question).cloned();
        // Whoever panicked while it was held has not left it half written.
        let known = kept(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        let known = known.unwrap_or_else(|| {
            let everywhere = World::default();
            let answer = Arc::new(answer(&everywhere));
            let answer = everywhere.take_needs().is_none().then_some(answer);
            let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
            all.entry(question).or_insert(answer).clone()
        });
        known.unwrap_or_else(|| Arc::new(answer(world)))
    }
}
