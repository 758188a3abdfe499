//! What the columns of the type files cannot say: resources that Terraform splits, joins or spells
//! otherwise. One file per oddity.

mod attachments;
mod backup;
mod databases;
mod dynamodb;
mod load_balancer;
mod networks;
mod records;

use std::sync::Arc;

use crate::model::{Map, Path, Resource};
use crate::source::fit;
use crate::types;

pub(super) use attachments::{Attachment, is_one as is_attachment, read as attachment};

/// A resource in the making.
#[derive(Debug)]
pub(super) struct Draft {
    /// Its CloudFormation type.
    pub(super) rtype: Arc<str>,
    /// The Region it is in, if known.
    pub(super) region: Option<Arc<str>>,
    /// What the columns made of its attributes.
    pub(super) properties: Map,
    /// Properties that are written elsewhere than the columns say: (property, attribute).
    pub(super) moved: Vec<(Path, Path)>,
}

/// Adds what the columns cannot say about one resource.
pub(super) fn finish(terraform: &str, attributes: &Map, draft: &mut Draft) {
    match terraform {
        "aws_backup_selection" => backup::conditions(attributes, draft),
        "aws_db_instance" => databases::instance(attributes, draft),
        "aws_dynamodb_table" => dynamodb::table(attributes, draft),
        "aws_dynamodb_table_replica" => dynamodb::replica(attributes, draft),
        "aws_lb" | "aws_alb" => load_balancer::attributes(attributes, draft),
        "aws_lb_target_group" | "aws_alb_target_group" => {
            load_balancer::of_target_group(attributes, draft);
        }
        "aws_security_group" => networks::group(attributes, draft),
        "aws_security_group_rule" => networks::rule(attributes, draft),
        "aws_route53_record" => records::record(attributes, draft),
        // Their rules can be given as JSON, which has the API's names.
        "aws_wafv2_rule_group" | "aws_wafv2_web_acl" => {
            if let Some(shape) = types::shape(&draft.rtype) {
                fit::names(&mut draft.properties, shape);
            }
        }
        _ => {}
    }
}

/// Adds what takes other resources to say. `resources` are those of one plan or state.
pub(super) fn connect(attachments: Vec<Attachment>, resources: &mut Vec<Resource>) {
    attachments::connect(attachments, resources);
    records::connect(resources);
    dynamodb::connect(resources);
}
