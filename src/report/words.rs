//! What several reports say in the same words.

use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::model::{
    CoverStatus, Coverage, Evidence, Finding, Location, ResourceName, Since, Summary, Waived,
};

use super::excerpt::clip;
use super::material::Material;

/// A place in a file; beside another one only what differs.
pub(super) fn spot(location: &Location, near: Option<&Location>) -> String {
    match near {
        Some(near) if near.path == location.path => format!("line {}", location.line),
        Some(_) => format!("{}:{}", location.path, location.line),
        None => format!("{}:{}:{}", location.path, location.line, location.column),
    }
}

/// A property and its value.
pub(super) fn sides(evidence: &Evidence) -> (String, String) {
    let value = match &evidence.value {
        Value::Null => "not set".to_owned(),
        value if evidence.default => format!("{} by default", clip(&value.to_string(), 80)),
        value => clip(&value.to_string(), 80),
    };
    let what = match &evidence.resource {
        Some(resource) => format!("{resource}: {}", evidence.property),
        None => evidence.property.to_string(),
    };
    (what, value)
}

/// `MultiAZ = false`.
pub(super) fn equation(evidence: &Evidence) -> String {
    let (what, value) = sides(evidence);
    format!("{what} = {value}")
}

/// The same, and where it stands.
pub(super) fn proof(evidence: &Evidence, near: Option<&Location>) -> String {
    match &evidence.location {
        Some(location) => format!("{} ({})", equation(evidence), spot(location, near)),
        None => equation(evidence),
    }
}

/// Where to look: the place in a file; for a resource that stands in none, what it is known by.
pub(super) fn place(finding: &Finding) -> String {
    let name = &finding.resource;
    match &finding.location {
        Some(location) => spot(location, None),
        None => whereabouts(name)
            .into_iter()
            .chain([&*name.address])
            .collect::<Vec<_>>()
            .join(" "),
    }
}

/// The account and the Region, as far as they are known.
pub(super) fn whereabouts(name: &ResourceName) -> Vec<&str> {
    let parts = [&name.account, &name.region].into_iter().flatten();
    parts.map(AsRef::as_ref).collect()
}

/// Why something is excused, until when, and who answers for it.
pub(super) fn waiver(waiver: &Waived) -> String {
    let until = waiver.expires.iter().map(|day| format!("until {day}"));
    let owner = waiver.owner.iter().map(ToString::to_string);
    let terms = until.chain(owner).collect::<Vec<_>>().join(", ");
    match &*terms {
        "" => waiver.reason.to_string(),
        terms => format!("{} ({terms})", waiver.reason),
    }
}

/// What has become of what was known, if anything was.
pub(super) fn against_baseline(material: &Material<'_>) -> Option<String> {
    let earlier = material.earlier?;
    Some(format!(
        "Against the baseline {}: {} new, {} worse, {} known, {} fixed, {} not judged this time",
        earlier.path,
        material.tally.since(Since::New),
        material.tally.since(Since::Worse),
        material.tally.since(Since::Known),
        earlier.fixed.len(),
        earlier.gone.len(),
    ))
}

/// How many verdicts there were.
pub(super) fn judged(counts: &Summary) -> usize {
    counts.fail + counts.unknown + counts.pass + counts.not_applicable + counts.waived
}

/// What was not read whole, a line for each reason: a call that is denied is denied in many Regions,
/// and tells of several types.
pub(super) fn gaps(coverage: &Coverage) -> Vec<String> {
    type Reason<'c> = (CoverStatus, Option<&'c str>, &'c str);
    let mut order: Vec<Reason<'_>> = Vec::new();
    let mut places: FxHashMap<Reason<'_>, (Vec<&str>, Vec<&str>)> = FxHashMap::default();
    let statements = coverage.statements().into_iter();
    for cover in statements.filter(|cover| cover.status != CoverStatus::Complete) {
        let reason = (cover.status, cover.account.as_deref(), &*cover.reason);
        let (types, regions) = places.entry(reason).or_insert_with(|| {
            order.push(reason);
            Default::default()
        });
        for (known, one) in [(types, &cover.rtype), (regions, &cover.region)] {
            if let Some(one) = one.as_deref()
                && !known.contains(&one)
            {
                known.push(one);
            }
        }
    }
    let text = |reason: &Reason<'_>| {
        let (status, account, why) = reason;
        let (types, regions) = places.get(reason)?;
        let what = match types.as_slice() {
            [] => "every resource type".to_owned(),
            types => some_of(types),
        };
        let account = account.map(|account| format!(" in account {account}"));
        let region = match regions.as_slice() {
            [] => None,
            regions => Some(format!(" in {}", some_of(regions))),
        };
        let place: String = account.into_iter().chain(region).collect();
        Some(format!("{what}{place}: {} ({why})", status.as_str()))
    };
    order.iter().filter_map(text).collect()
}

/// Names with commas, the first few of many.
fn some_of(names: &[&str]) -> String {
    const FEW: usize = 5;
    let shown = names.iter().copied().take(FEW).collect::<Vec<_>>();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// "1 rule", "2 rules".
pub(super) fn many(count: usize, word: &str) -> String {
    match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    }
}
