//! The functions with which a rule asks the graph. One file each; this one lists them.
//!
//! A function answers `unknown`, with the reason, when what was read does not carry the answer.

mod age;
mod alarm;
mod backup;
mod cache_policy;
mod capacity;
mod context;
mod dashboard;
mod destinations;
mod distinct;
mod elsewhere;
mod group;
mod leading;
mod lines;
mod lookup;
mod members;
mod place;
mod policy;
mod replicas;
mod standby;
mod targets;
mod web_acl;
mod zones;

pub use destinations::RECORDS;
pub(crate) use destinations::of_destination;

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::graph::Needs;
use crate::model::Reason;
use crate::rule::cel::{Env, Ty, Val};
use crate::types::Shape;

/// A function of the rule language.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Its parameters: what they are called, and what they take.
    pub params: &'static [(&'static str, Param)],
    /// What it returns, given the resource type among its arguments, if there is one.
    pub returns: fn(Option<&'static Shape>) -> Ty,
    /// What it does, for the documentation.
    pub doc: &'static str,
    /// When it answers unknown, for the documentation.
    pub unknown: &'static str,
    /// What it looks at of the resources that it is not given: what is not named here can be left
    /// out of the graph.
    pub needs: fn(&mut Needs, Asked<'_>),
    /// The function. Arguments are as many as `params` and of their types.
    pub call: for<'a> fn(&Env<'a>, &[Val<'a>]) -> Val<'a>,
}

/// Where a rule calls a function.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'r> {
    /// The type of resource that is judged.
    pub subject: &'r str,
    /// The type among the arguments; empty if there is none.
    pub rtype: &'r str,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Param {
    /// A resource.
    Resource,
    /// The name of a resource type, as a literal.
    TypeName,
    /// A string.
    String,
    /// A list of strings.
    Strings,
    /// A boolean.
    Bool,
    /// A number.
    Number,
    /// Anything.
    Any,
}

impl Function {
    /// `lookup(type, value)`.
    pub fn usage(&self) -> String {
        let params: Vec<&str> = self.params.iter().map(|(name, _)| *name).collect();
        format!("{}({})", self.name, params.join(", "))
    }
}

/// The function that tells whether something leads to a resource, of what [`leading`] lists.
pub(crate) const LEADS_TO: &str = "leadsTo";

/// Every function.
pub static ALL: &[&Function] = &[
    &place::ACCOUNT,
    &alarm::ALARMS,
    &capacity::ALIKE,
    &policy::ALLOWS_EVERYTHING,
    &policy::ALLOWS_ONLY_SOME_REGIONS,
    &group::ANSWERING,
    &standby::APPLICATION,
    &policy::ASSUMED_BY,
    &backup::BACKED_UP,
    &backup::BACKUP_PLANS,
    &cache_policy::CACHE_POLICY,
    &standby::CAPACITY,
    &group::CONTINENT,
    &context::CRITICAL,
    &dashboard::DASHBOARD_REGIONS,
    &standby::DATA_REGIONS,
    &alarm::DELIVERS,
    &policy::DENIES,
    &policy::DENIES_OTHER_REGIONS,
    &destinations::DESTINATIONS,
    &distinct::DISTINCT,
    &web_acl::DISTRIBUTIONS,
    &elsewhere::ELSEWHERE,
    &targets::EVEN_TARGETS,
    &alarm::FOLLOWERS,
    &group::GROUP,
    &group::HEALTH_CHECKS,
    &place::IN_EU,
    &group::IN_PUBLIC_ZONE,
    &policy::IS_ADMINISTRATOR_ACCESS,
    &lookup::KNOWN,
    &leading::LEADING,
    &leading::LEADS_TO,
    &lines::LINES,
    &lookup::LOOKUP,
    &members::MEMBERS,
    &context::MENTIONS,
    &age::MINUTES_OLD,
    &context::NAMES,
    &capacity::NORMALIZED_UNITS,
    &web_acl::OPEN_TO_INTERNET,
    &destinations::PEERS,
    &capacity::PERCENT,
    &policy::POLICY_TARGETS,
    &leading::PROBES,
    &context::PRODUCTION,
    &web_acl::PROTECTED,
    &lookup::REFERRERS,
    &place::REGION,
    &place::REGION_OF,
    &replicas::REPLICAS,
    &lookup::RESOURCES,
    &policy::SERVICE_CONTROL_POLICIES,
    &context::TAG,
    &standby::TWINS,
    &web_acl::WEB_ACLS,
    &zones::ZONES,
];

/// Whether the answers of a function depend on nothing but its arguments: not on what is judged.
pub(crate) fn is_of_arguments(function: &Function) -> bool {
    let of_arguments = [
        &place::ACCOUNT,
        &group::CONTINENT,
        &context::CRITICAL,
        &place::IN_EU,
        &context::MENTIONS,
        &context::PRODUCTION,
        &place::REGION,
        &context::TAG,
    ];
    of_arguments.iter().any(|known| known.name == function.name)
}

/// A function by its name.
pub fn find(name: &str) -> Option<&'static Function> {
    ALL.iter().find(|f| f.name == name).copied()
}

/// The resource among the arguments, which has to have been read: where there is none, it is not
/// known which it is.
fn known<'a>(args: &[Val<'a>], at: usize) -> Result<usize, Val<'a>> {
    resource(args, at).map_err(|other| match other {
        Val::Unknown(why) => Val::Unknown(why),
        _ => Val::unknown(Reason::Outside("a resource that was not read".into())),
    })
}

/// The texts of a list that are known.
fn strings<'a>(env: &Env<'a>, list: Option<&Val<'a>>) -> SmallVec<[Cow<'a, str>; 8]> {
    let Some(Val::List(items)) = list else {
        return SmallVec::new();
    };
    let text = |item: Val<'a>| match item {
        Val::Str(text) => Some(text),
        _ => None,
    };
    env.elements(items).filter_map(text).collect()
}

/// The resource among the arguments, or why there is none.
fn resource<'a>(args: &[Val<'a>], at: usize) -> Result<usize, Val<'a>> {
    match args.get(at) {
        Some(Val::Resource(index)) => Ok(*index),
        Some(Val::Unknown(why)) => Err(Val::Unknown(std::sync::Arc::clone(why))),
        Some(other) => Err(Val::Unknown(other.not_a("a resource"))),
        None => Err(Val::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_in_order_and_documented() {
        assert!(
            ALL.windows(2)
                .all(|pair| pair[0].name.to_lowercase() < pair[1].name.to_lowercase())
        );
        for function in ALL {
            assert!(function.doc.ends_with('.'), "{}", function.name);
            assert!(function.unknown.ends_with('.'), "{}", function.name);
        }
    }
}
