//! Resources by texts that name them. A hash table would take several times the memory, and in a large
//! account there are more texts than resources.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;

/// Resources by hashes of what is to find them: pairs, in order.
#[derive(Debug, Default)]
pub(super) struct Hashes(Vec<(u64, u32)>);

impl Hashes {
    /// Notes that a hash leads to a resource; [`Self::sort`] is to come before anything is found.
    pub(super) fn add(&mut self, hash: u64, index: usize) {
        if let Ok(index) = u32::try_from(index) {
            self.0.push((hash, index));
        }
    }

    pub(super) fn sort(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
        self.0.shrink_to_fit();
    }

    /// All pairs.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, usize)> {
        let pairs = self.0.iter();
        pairs.filter_map(|(hash, index)| Some((*hash, usize::try_from(*index).ok()?)))
    }

    /// How many resources a hash leads to.
    pub(super) fn count(&self, hash: u64) -> usize {
        let first = self.0.partition_point(|(known, _)| *known < hash);
        let last = self.0.partition_point(|(known, _)| *known <= hash);
        last - first
    }

    /// The resources that a hash leads to, in order: those that are looked for, and rarely others.
    pub(super) fn candidates(&self, hash: u64) -> impl Iterator<Item = usize> {
        let first = self.0.partition_point(|(known, _)| *known < hash);
        let from = self.0.get(first..).unwrap_or_default().iter();
        let same = from.take_while(move |(known, _)| *known == hash);
        same.filter_map(|(_, index)| usize::try_from(*index).ok())
    }
}

/// Resources by texts that name them.
#[derive(Debug, Default)]
pub(super) struct Texts(Hashes);

impl Texts {
    /// Notes that a text names a resource; [`Self::sort`] is to come before anything is found.
    pub(super) fn add(&mut self, text: &str, index: usize) {
        self.0.add(hash(text), index);
    }

    pub(super) fn sort(&mut self) {
        self.0.sort();
    }

    /// The resources that a text may name: those that it names, and rarely others.
    pub(super) fn candidates(&self, text: &str) -> impl Iterator<Item = usize> {
        self.0.candidates(hash(text))
    }
}

/// A text's hash.
pub(super) fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}
