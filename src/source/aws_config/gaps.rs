//! What configuration items do not tell: types that AWS Config does not record, or that skylint does
//! not read from it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Cover, CoverStatus, Coverage};
use crate::types::{self, Door};

/// Types that rules ask for and AWS Config does not record.
/// <https://docs.aws.amazon.com/config/latest/developerguide/resource-config-reference.html>
pub(super) const NOT_RECORDED: [&str; 11] = [
    "AWS::CloudFront::CachePolicy",
    "AWS::DirectConnect::Connection",
    "AWS::DirectConnect::DirectConnectGateway",
    "AWS::DirectConnect::Lag",
    "AWS::DirectConnect::PrivateVirtualInterface",
    "AWS::DirectConnect::PublicVirtualInterface",
    "AWS::DirectConnect::TransitVirtualInterface",
    "AWS::Organizations::Policy",
    "AWS::Route53::RecordSet",
    "AWS::WAFRegional::WebACLAssociation",
    "AWS::WAFv2::WebACLAssociation",
];

/// Whose items there are.
pub(super) type Place = (Option<Arc<str>>, Option<Arc<str>>);

/// What else limits what can be concluded.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    /// Accounts and Regions with a snapshot.
    pub(super) snapshots: BTreeSet<Place>,
    /// Types that the recorder leaves out.
    pub(super) not_recorded: BTreeSet<(Arc<str>, Place)>,
    /// Types with items that say nothing.
    pub(super) blank: BTreeSet<(Arc<str>, Place)>,
    /// Types read although no type file spells them.
    pub(super) guessed: BTreeSet<Arc<str>>,
}

impl Gaps {
    pub(super) fn state(self, coverage: &mut Coverage) {
        for rtype in NOT_RECORDED {
            coverage.add(Cover {
                rtype: Some(rtype.into()),
                account: None,
                region: None,
                status: CoverStatus::Missing,
                reason: format!("AWS Config does not record {rtype}").into(),
            });
        }
        let mut add = |rtype: Option<Arc<str>>, (account, region): Place, status, reason: &str| {
            coverage.add(Cover {
                rtype,
                account,
                region,
                status,
                reason: reason.into(),
            });
        };
        for (rtype, place) in self.not_recorded {
            let reason = "AWS Config was told not to record it";
            add(Some(rtype), place, CoverStatus::Missing, reason);
        }
        for (rtype, place) in self.blank {
            let reason = "a configuration item of it has no configuration";
            add(Some(rtype), place, CoverStatus::Partial, reason);
        }
        for place in self.snapshots {
            let reason = "what AWS Config recorded there is in a configuration snapshot";
            add(None, place, CoverStatus::Complete, reason);
        }
        let mut types: Vec<Arc<str>> = types::spelled(Door::AwsConfig)
            .into_iter()
            .map(Arc::from)
            .collect();
        types.extend(self.guessed);
        // Whether these are all there are is said above.
        types.extend(NOT_RECORDED.map(Arc::from));
        coverage.limit(
            types,
            "AWS Config does not record every resource type, and skylint does not read all that it \
             records",
            "skylint does not read {} from AWS Config",
        );
    }
}
