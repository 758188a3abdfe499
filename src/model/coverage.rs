//! What was read whole, in part, or not at all.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::unknown::{Reason, Unknown};

/// How much of something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoverStatus {
    /// All of it.
    Complete,
    /// Some of it.
    Partial,
    /// Nothing.
    Missing,
}

impl CoverStatus {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Missing => "missing",
        }
    }
}

/// A statement about how much was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cover {
    /// The resource type; `None` for every type.
    #[serde(rename = "type")]
    pub rtype: Option<Arc<str>>,
    /// The account; `None` for every account.
    pub account: Option<Arc<str>>,
    /// The Region; `None` for every Region.
    pub region: Option<Arc<str>>,
    /// How much.
    pub status: CoverStatus,
    /// Why not more.
    pub reason: Arc<str>,
}

/// What an input cannot show at all: every type but those that its door spells. One statement for
/// all of them, because there are more than a thousand.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reach {
    /// The types that it can show, in order.
    types: Arc<[Arc<str>]>,
    /// What reports say of it.
    cover: Cover,
    /// The same for one type, in which `{}` is its name.
    each: Arc<str>,
}

/// Where something would have to be. `None` is anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Whereabouts<'w> {
    /// In this account.
    pub account: Option<&'w str>,
    /// In this Region; `global` for what a global service has.
    pub region: Option<&'w str>,
}

/// All that is said about how much was read.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    covers: Vec<Cover>,
    reaches: Vec<Reach>,
    /// The accounts that were read, where the inputs say which.
    accounts: BTreeSet<Arc<str>>,
    /// What could not be read of what was asked for, as opposed to what inputs never show.
    lost: Vec<Cover>,
}

impl Coverage {
    /// Adds a statement.
    pub fn add(&mut self, cover: Cover) {
        if !self.covers.contains(&cover) {
            self.covers.push(cover);
        }
    }

    /// Says that an input can show these types and no others. `each` says why of one type, which
    /// is `{}` in it.
    pub fn limit(&mut self, mut types: Vec<Arc<str>>, reason: &str, each: &str) {
        types.sort_unstable();
        types.dedup();
        let reach = Reach {
            types: types.into(),
            cover: Cover {
                rtype: None,
                account: None,
                region: None,
                status: CoverStatus::Partial,
                reason: reason.into(),
            },
            each: each.into(),
        };
        if !self.reaches.contains(&reach) {
            self.reaches.push(reach);
        }
    }

    /// Adds a statement about something that was asked for and could not be read.
    pub fn lose(&mut self, cover: Cover) {
        self.lost.push(cover.clone());
        self.add(cover);
    }

    /// Why resources of a type that are in these places could not be read although they were asked
    /// for; `None` if that did not happen.
    pub fn lost(&self, rtype: &str, there: Whereabouts<'_>) -> Option<Unknown> {
        let is_it = |cover: &&Cover| cover.rtype.as_deref().is_none_or(|said| said == rtype);
        find(self.lost.iter().filter(is_it), there)
    }

    /// Says that an account was read, and so that the inputs know which are theirs.
    pub fn read_account(&mut self, account: Arc<str>) {
        self.accounts.insert(account);
    }

    /// The accounts that were read, where the inputs say which, in order.
    pub fn accounts(&self) -> impl Iterator<Item = &Arc<str>> {
        self.accounts.iter()
    }

    /// Whether an account is known not to have been read.
    pub fn is_outside(&self, account: &str) -> bool {
        !account.is_empty() && !self.accounts.is_empty() && !self.accounts.contains(account)
    }

    /// Adds everything that is said elsewhere.
    pub fn merge(&mut self, other: Coverage) {
        for cover in other.covers {
            self.add(cover);
        }
        for reach in other.reaches {
            if !self.reaches.contains(&reach) {
                self.reaches.push(reach);
            }
        }
        self.accounts.extend(other.accounts);
        self.lost.extend(other.lost);
    }

    /// Every statement, in a fixed order.
    pub fn statements(&self) -> Vec<&Cover> {
        let limits = self.reaches.iter().map(|reach| &reach.cover);
        let mut all: Vec<_> = self.covers.iter().chain(limits).collect();
        all.sort();
        all
    }

    /// Why "there is no other resource of this type in these places" cannot be concluded; `None`
    /// when it can.
    pub fn gap(&self, rtype: &str, there: Whereabouts<'_>) -> Option<Unknown> {
        self.stated(Some(rtype), there)
            .or_else(|| self.out_of_reach(rtype))
            .or_else(|| self.stated(None, there))
    }

    /// What is said to be missing of a type, or of every type.
    fn stated(&self, rtype: Option<&str>, there: Whereabouts<'_>) -> Option<Unknown> {
        let covers = self.covers.iter();
        let partial = covers.filter(|c| c.status != CoverStatus::Complete);
        find(partial.filter(|c| c.rtype.as_deref() == rtype), there)
    }

    fn out_of_reach(&self, rtype: &str) -> Option<Unknown> {
        let shows = |reach: &&Reach| reach.types.binary_search_by(|t| (**t).cmp(rtype)).is_ok();
        let reach = self.reaches.iter().find(|reach| !shows(reach))?;
        let why = reach.each.replace("{}", rtype);
        Some(Arc::new(Reason::NotCovered(why.into())))
    }
}

/// The first statement that is about these places.
fn find<'c>(
    mut covers: impl Iterator<Item = &'c Cover>,
    there: Whereabouts<'_>,
) -> Option<Unknown> {
    let concerns = |said: &Option<Arc<str>>, asked: Option<&str>| match (said, asked) {
        (Some(said), Some(asked)) => **said == *asked,
        _ => true,
    };
    covers
        .find(|c| concerns(&c.account, there.account) && concerns(&c.region, there.region))
        .map(|c| Arc::new(Reason::NotCovered(c.reason.as_ref().into())))
}
