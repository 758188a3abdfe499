//! Resources by texts that name them. A hash table would take several times the memory, and in a large
//! account there are more texts than resources.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;

/// Pairs of a text's hash and a resource, in order.
#[derive(Debug, Default)]
pub(super) struct Texts(Vec<(u64, u32)>);

impl Texts {
    /// Notes that a text names a resource; [`Self::sort`] is to come before anything is found.
    pub(super) fn add(&mut self, text: &str, index: usize) {
        if let Ok(index) = u32::try_from(index) {
            self.0.push((hash(text), index));
        }
    }

    pub(super) fn sort(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
        self.0.shrink_to_fit();
    }

    /// The resources that a text may name: those that it names, and rarely others.
    pub(super) fn candidates(&self, text: &str) -> impl Iterator<Item = usize> {
        let hash = hash(text);
        let first = self.0.partition_point(|(known, _)| *known < hash);
        let from = self.0.get(first..).unwrap_or_default().iter();
        let same = from.take_while(move |(known, _)| *known == hash);
        same.filter_map(|(_, index)| usize::try_from(*index).ok())
    }
}

/// A text's hash.
pub(super) fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}
