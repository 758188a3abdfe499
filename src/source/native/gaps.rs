//! What a manifest says was read, as coverage.

use std::sync::Arc;

use super::{GapStatus, Manifest};
use crate::model::{Cover, CoverStatus, Coverage};
use crate::source::Unread;

/// What was to be read and could not be, for what rules have to say about it.
pub(super) fn unread(manifest: &Manifest, path: &Arc<str>) -> Vec<Unread> {
    let arc = |text: &Option<String>| text.as_deref().map(Arc::<str>::from);
    // What the user left out is no failure.
    let failed = manifest
        .gaps
        .iter()
        .filter(|gap| gap.operation.is_some() && gap.properties.is_empty());
    failed
        .map(|gap| Unread {
            path: Arc::clone(path),
            rtype: arc(&gap.rtype),
            account: arc(&gap.account),
            region: arc(&gap.region),
            operation: arc(&gap.operation).unwrap_or_default(),
            reason: gap.reason.as_str().into(),
            is_partial: gap.status == GapStatus::Partial,
        })
        .collect()
}

/// States what a snapshot file covers.
pub(super) fn state(manifest: &Manifest, path: &str, coverage: &mut Coverage) {
    let arc = |text: &Option<String>| text.as_deref().map(Arc::<str>::from);
    for account in &manifest.accounts {
        coverage.read_account(account.as_str().into());
        coverage.add(Cover {
            rtype: None,
            account: Some(account.as_str().into()),
            region: None,
            status: CoverStatus::Complete,
            reason: "what skylint collected there is in a snapshot file".into(),
        });
    }
    // What is missing of single properties is noted where they are.
    for gap in manifest.gaps.iter().filter(|gap| gap.properties.is_empty()) {
        // Of a gap in one of several accounts, the others know nothing.
        let account = arc(&gap.account).or_else(|| match manifest.accounts.as_slice() {
            [only] => Some(only.as_str().into()),
            _ => None,
        });
        let action = gap.action.as_ref().or(gap.operation.as_ref());
        let unsaid = action.filter(|action| !gap.reason.contains(&***action));
        let reason = match (gap.reason.as_str(), unsaid) {
            ("", Some(action)) => format!("it was not collected; allow {action}"),
            ("", None) => "it was not collected".to_owned(),
            (reason, Some(action)) => format!("{reason}; allow {action}"),
            (reason, None) => reason.to_owned(),
        };
        let cover = Cover {
            rtype: arc(&gap.rtype),
            account,
            region: arc(&gap.region),
            status: match gap.status {
                GapStatus::Missing => CoverStatus::Missing,
                GapStatus::Partial => CoverStatus::Partial,
            },
            reason: reason.into(),
        };
        match gap.operation {
            Some(_) => coverage.lose(cover),
            None => coverage.add(cover),
        }
    }
    if !manifest.complete && manifest.gaps.is_empty() {
        coverage.add(Cover {
            rtype: None,
            account: None,
            region: None,
            status: CoverStatus::Partial,
            reason: format!("{path} was not collected to its end").into(),
        });
    }
    let types = manifest.types.keys().map(|name| name.as_str().into());
    let gaps = manifest.gaps.iter().filter_map(|gap| arc(&gap.rtype));
    coverage.limit(
        types.chain(gaps).collect(),
        "skylint does not collect every resource type",
        "{} was not collected",
    );
}
