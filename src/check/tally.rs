//! How the verdicts of each rule are spread. Failures and unknowns are findings and can be counted
//! there; passes are not kept, so they are counted as they are reached.

use std::sync::atomic::{AtomicUsize, Ordering};

use rustc_hash::FxHashMap;

use crate::model::{Finding, Summary, Verdict};
use crate::rule::Rule;

/// Counters of verdicts that ask for nothing, by rule.
pub(super) struct Tally {
    /// A set for each thread, so that none waits for another.
    shards: Vec<Vec<Counter>>,
}

#[derive(Default)]
struct Counter {
    pass: AtomicUsize,
    not_applicable: AtomicUsize,
}

impl Tally {
    pub(super) fn new(rules: usize) -> Self {
        let shard = || (0..rules).map(|_| Counter::default()).collect();
        // One more for who is no thread of the pool.
        let shards = rayon::current_num_threads() + 1;
        Self {
            shards: (0..shards).map(|_| shard()).collect(),
        }
    }

    /// Counts a verdict of the rule of this index.
    pub(super) fn add(&self, verdict: Verdict, rule: usize) {
        let thread = rayon::current_thread_index().map_or(0, |index| index + 1);
        let shard = self.shards.get(thread).or(self.shards.first());
        let Some(counter) = shard.and_then(|shard| shard.get(rule)) else {
            return;
        };
        match verdict {
            Verdict::Pass => counter.pass.fetch_add(1, Ordering::Relaxed),
            Verdict::NotApplicable => counter.not_applicable.fetch_add(1, Ordering::Relaxed),
            Verdict::Fail | Verdict::Unknown => 0,
        };
    }

    /// The counts of all verdicts, in the order of the rules.
    pub(super) fn by_rule(&self, rules: &[Rule], findings: &[Finding]) -> Vec<Summary> {
        let mut counts = vec![Summary::default(); rules.len()];
        for shard in &self.shards {
            for (count, counter) in counts.iter_mut().zip(shard) {
                count.pass += counter.pass.load(Ordering::Relaxed);
                count.not_applicable += counter.not_applicable.load(Ordering::Relaxed);
            }
        }
        let ids = rules.iter().map(|rule| &*rule.info.id).zip(0..);
        let index: FxHashMap<&str, usize> = ids.collect();
        for finding in findings {
            let is_problem = matches!(finding.verdict, Verdict::Fail | Verdict::Unknown);
            let at = index.get(&*finding.rule.id).filter(|_| is_problem);
            if let Some(count) = at.and_then(|at| counts.get_mut(*at)) {
                count.add(finding);
            }
        }
        counts
    }
}
