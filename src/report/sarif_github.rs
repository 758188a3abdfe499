//! What GitHub's code scanning reads of SARIF: a run for each account, of what failed and is not
//! excused, and no more than it takes.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::material::{Mark, Standing, Worst};
use super::sarif::{self, Notification};
use super::{Material, Settings};

/// GitHub keeps no more alerts of a run.
const MOST_RESULTS: usize = 5_000;
/// GitHub takes no more runs in a file.
const MOST_RUNS: usize = 20;

/// Writes the log. What is not in it although it failed, in a sentence.
pub(super) fn write(
    material: &Material<'_>,
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<Option<String>> {
    let said = sarif::notifications(material, Some(settings.directory));
    let mut said = Some(said);
    let mut missing = Vec::new();
    let mut runs = Vec::new();
    for share in shares(material)? {
        let mut notifications = said.take().unwrap_or_default();
        if let Some(words) = share.left_out() {
            notifications.push(Notification::of_left_out(&words));
            missing.push(words);
        }
        let Share { id, only, .. } = share;
        runs.push(sarif::run(
            material,
            settings,
            id,
            Some(only),
            notifications,
        ));
    }
    sarif::log(runs, w)?;
    Ok((!missing.is_empty()).then(|| missing.join("; ")))
}

/// The part of the findings that is one run.
struct Share {
    id: String,
    only: Vec<Mark>,
    all: usize,
}

impl Share {
    fn new(id: String, worst: Worst) -> Self {
        let all = worst.all;
        let mut only = worst.worst_first();
        only.sort_unstable();
        Self { id, only, all }
    }

    fn left_out(&self) -> Option<String> {
        let shown = self.only.len();
        (shown < self.all).then(|| {
            format!(
                "{shown} of {} failures are in the SARIF of `{}`, the most severe: GitHub shows \
                 no more",
                self.all, self.id
            )
        })
    }
}

/// An account that has no failures any more needs its run all the same: its alerts stay open
/// without one.
fn shares(material: &Material<'_>) -> io::Result<Vec<Share>> {
    let fresh = || Worst::new(MOST_RESULTS);
    let mut all = fresh();
    let known = material.coverage.accounts();
    let mut accounts: BTreeMap<Option<Arc<str>>, Worst> = known
        .map(|account| (Some(Arc::clone(account)), fresh()))
        .collect();
    material.each_marked(|mark, finding| {
        if Standing::of(finding) != Standing::Fail {
            return;
        }
        all.see(mark, finding);
        // With more accounts than this it is one run anyway.
        if accounts.len() <= MOST_RUNS {
            let account = finding.resource.account.clone();
            let own = accounts.entry(account).or_insert_with(fresh);
            own.see(mark, finding);
        }
    })?;
    if accounts.is_empty() {
        accounts.insert(None, fresh());
    }
    if accounts.len() > MOST_RUNS {
        return Ok(vec![Share::new("skylint/all-accounts/".to_owned(), all)]);
    }
    let share = |(account, worst): (Option<Arc<str>>, Worst)| match account {
        Some(account) => Share::new(format!("skylint/{account}/"), worst),
        None => Share::new("skylint/".to_owned(), worst),
    };
    Ok(accounts.into_iter().map(share).collect())
}
