//! What rules have to say about resources that nobody could read: that they do not know. Without
//! it, a type that the caller may not list would look like one of which there are none.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Scene, fingerprint_of};
use crate::model::{Finding, Location, ResourceName, SourceFile, Span, UnknownReport, Verdict};
use crate::rule::Rule;
use crate::source::Unread;

/// One finding for each rule and type, account and call: Regions are listed in it.
pub(super) fn findings(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in scene.rules {
        let mut by_call: BTreeMap<_, Vec<&Unread>> = BTreeMap::new();
        for subject in &rule.subjects {
            for unread in &scene.read.unread {
                if unread
                    .rtype
                    .as_ref()
                    .is_none_or(|rtype| *rtype == subject.rtype)
                {
                    let key = (&subject.rtype, &unread.account, &unread.operation);
                    by_call.entry(key).or_default().push(unread);
                }
            }
        }
        for ((rtype, account, operation), all) in by_call {
            let Some(first) = all.first() else { continue };
            let mut regions: Vec<&str> = all.iter().filter_map(|u| u.region.as_deref()).collect();
            regions.sort_unstable();
            regions.dedup();
            let place = match regions.as_slice() {
                [] | ["global"] => String::new(),
                [one] => format!(" in {one}"),
                all => format!(" in {} Regions ({})", all.len(), all.join(", ")),
            };
            let whose = account.as_ref().map(|id| format!(" of account {id}"));
            let whose = whose.unwrap_or_default();
            let how = match all.iter().all(|unread| unread.is_partial) {
                true => "not all of",
                false => "none of",
            };
            let reason = format!("{how} {rtype}{place}{whose} could be read");
            let region = match regions.as_slice() {
                [one] => Some(Arc::from(*one)),
                _ => None,
            };
            findings.push(Finding {
                rule: Arc::clone(&rule.info),
                verdict: Verdict::Unknown,
                severity: rule.info.severity,
                message: format!("{reason}: {}", first.reason).into(),
                resource: ResourceName {
                    rtype: Arc::clone(rtype),
                    id: "(not read)".into(),
                    address: "(not read)".into(),
                    arn: None,
                    account: account.clone(),
                    region,
                    construct: None,
                },
                property: "".into(),
                location: manifest(&scene.read.snapshot.sources, &first.path),
                fix_set: Arc::clone(&rule.info.fix_set),
                evidence: Vec::new(),
                unknown: Some(UnknownReport {
                    reason: reason.into(),
                    because: vec![(Arc::clone(operation), Arc::clone(&first.reason))],
                    fails_when: Vec::new(),
                    passes_when: Vec::new(),
                }),
                related: Vec::new(),
                paths: Vec::new(),
                fingerprint: fingerprint(rule, rtype, account.as_deref(), &regions, operation),
                waiver: None,
                since: None,
            });
        }
    }
    findings
}

/// The line that says so, the first of the file.
fn manifest(sources: &[SourceFile], path: &Arc<str>) -> Option<Location> {
    let source = sources.iter().position(|file| file.path == *path)?;
    Some(Location {
        source: Some(source),
        path: Arc::clone(path),
        span: Span::default(),
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 1,
    })
}

fn fingerprint(
    rule: &Rule,
    rtype: &str,
    account: Option<&str>,
    regions: &[&str],
    operation: &str,
) -> Arc<str> {
    let parts = [
        &*rule.info.id,
        account.unwrap_or_default(),
        &regions.join(","),
        rtype,
        operation,
    ];
    fingerprint_of(&parts).into()
}
