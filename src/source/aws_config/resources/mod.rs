//! What the columns of the type files cannot say: resources that AWS Config splits, joins or spells
//! otherwise. One file per oddity.

mod bucket;
mod iam;
mod table;
pub(super) mod web_acl;

use std::sync::Arc;

use crate::model::{Map, Resource};
use crate::source::{permissions, tables};

/// A resource in the making.
#[derive(Debug)]
pub(super) struct Draft {
    /// Its CloudFormation type.
    pub(super) rtype: Arc<str>,
    /// Its configuration, and what columns call `$` and so on.
    pub(super) attributes: Map,
    /// What the columns made of it.
    pub(super) properties: Map,
}

/// Adds what the columns cannot say about one resource.
pub(super) fn finish(draft: &mut Draft) {
    match &*draft.rtype {
        "AWS::DynamoDB::Table" => table::finish(draft),
        "AWS::IAM::Group" => iam::inline(draft, "groupPolicyList"),
        "AWS::IAM::ManagedPolicy" => iam::managed(draft),
        "AWS::IAM::Role" => iam::inline(draft, "rolePolicyList"),
        "AWS::IAM::User" => iam::inline(draft, "userPolicyList"),
        "AWS::S3::Bucket" => bucket::finish(draft),
        "AWS::EC2::SecurityGroup" => {
            for (from, to) in [
                ("ipPermissions", "SecurityGroupIngress"),
                ("ipPermissionsEgress", "SecurityGroupEgress"),
            ] {
                let said = draft.attributes.get(from);
                if let Some(rules) =
                    said.and_then(|said| permissions::rules(said, to == "SecurityGroupEgress"))
                {
                    draft.properties.insert(to.into(), rules);
                }
            }
        }
        _ => {}
    }
}

/// Adds what takes other resources to say.
pub(super) fn connect(resources: &mut Vec<Resource>) {
    tables::connect(resources);
}
