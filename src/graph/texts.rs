//! Resources by texts that name them. A hash table would take several times the memory, and in a large
//! account there are more texts than resources.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;

/// Resources by hashes of what is to find them.
#[derive(Debug, Default)]
pub(super) struct Hashes {
    /// In order.
    pairs: Vec<(u64, u32)>,
    /// How many pairs are before those with each value of the first bits of a hash: searching all of
    /// them would wait for memory at each step.
    starts: Vec<u32>,
    /// How many other bits a hash has.
    others: u32,
}

/// About how many pairs have the same first bits.
const ALIKE: usize = 4;

impl Hashes {
    /// Notes that a hash leads to a resource; [`Self::sort`] is to come before anything is found.
    pub(super) fn add(&mut self, hash: u64, index: usize) {
        if let Ok(index) = u32::try_from(index) {
            self.pairs.push((hash, index));
        }
    }

    pub(super) fn sort(&mut self) {
        self.pairs.sort_unstable();
        self.pairs.dedup();
        self.pairs.shrink_to_fit();
        let bits = (self.pairs.len() / ALIKE).checked_ilog2();
        self.others = u64::BITS - bits.unwrap_or_default().max(1);
        self.find_starts();
    }

    /// Counts how many pairs are before those with each value of the first bits.
    fn find_starts(&mut self) {
        let mut starts = vec![0_u32; self.first_bits(u64::MAX) + 2];
        for (hash, _) in &self.pairs {
            if let Some(count) = starts.get_mut(self.first_bits(*hash) + 1) {
                *count += 1;
            }
        }
        let mut before = 0;
        for start in &mut starts {
            before += *start;
            *start = before;
        }
        self.starts = starts;
    }

    fn first_bits(&self, hash: u64) -> usize {
        let bits = hash.checked_shr(self.others).unwrap_or_default();
        usize::try_from(bits).unwrap_or_default()
    }

    /// The pairs of a hash.
    fn of(&self, hash: u64) -> &[(u64, u32)] {
        let bits = self.first_bits(hash);
        let alike = match self.starts.get(bits..bits + 2) {
            Some([start, end]) => self.pairs.get(position(*start)..position(*end)),
            _ => None,
        };
        let alike = alike.unwrap_or_default();
        let first = alike.iter().take_while(|(known, _)| *known < hash).count();
        let from = alike.get(first..).unwrap_or_default();
        let count = from.partition_point(|(known, _)| *known == hash);
        from.get(..count).unwrap_or_default()
    }

    /// All pairs.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, usize)> {
        let pairs = self.pairs.iter();
        pairs.map(|(hash, index)| (*hash, position(*index)))
    }

    /// How many resources a hash leads to.
    pub(super) fn count_of(&self, hash: u64) -> usize {
        self.of(hash).len()
    }

    /// The resources that a hash leads to, in order: those that are looked for, and rarely others.
    pub(super) fn candidates(&self, hash: u64) -> impl Iterator<Item = usize> {
        self.of(hash).iter().map(|(_, index)| position(*index))
    }
}

fn position(of: u32) -> usize {
    usize::try_from(of).unwrap_or(usize::MAX)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_found_and_nothing_else() {
        for count in [0, 1, 7, 1000] {
            let mut hashes = Hashes::default();
            for index in 0..count {
                // Three that are called the same, each said twice.
                hashes.add(hash(&format!("name-{}", index / 3)), index);
                hashes.add(hash(&format!("name-{}", index / 3)), index);
            }
            hashes.sort();
            for first in (0..count).step_by(3) {
                let name = hash(&format!("name-{}", first / 3));
                let all: Vec<usize> = (first..count.min(first + 3)).collect();
                assert_eq!(hashes.candidates(name).collect::<Vec<_>>(), all);
                assert_eq!(hashes.count_of(name), all.len());
            }
            for other in [0, hash("other"), u64::MAX] {
                assert_eq!(hashes.count_of(other), 0);
            }
        }
    }
}
