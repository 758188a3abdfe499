//! Web ACLs of API stages. AWS Config records no associations of web ACLs, but an item of a stage
//! says which web ACL the stage had when it was captured. One that says none proves nothing: a
//! later association need not have led to a new item.

use std::sync::Arc;

use super::Draft;
use crate::model::{Map, Reference, Resource, Value};

/// The association that a stage's own item tells of.
pub(in super::super) fn association(stage: &Resource, draft: &Draft) -> Option<Resource> {
    if &*draft.rtype != "AWS::ApiGateway::Stage" {
        return None;
    }
    let acl = draft.attributes.get("webAclArn")?.as_str()?;
    if acl.is_empty() {
        return None;
    }
    let (rtype, name) = match acl.contains(":wafv2:") {
        true => ("AWS::WAFv2::WebACLAssociation", "WebACLArn"),
        false => ("AWS::WAFRegional::WebACLAssociation", "WebACLId"),
    };
    let target = Value::Reference(Arc::new(Reference {
        target: Arc::clone(&stage.key),
        attribute: None,
    }));
    Some(Resource {
        rtype: rtype.into(),
        key: format!("{}/webAclArn", stage.key).into(),
        id: format!("{}/webAclArn", stage.id).into(),
        address: format!("{}/webAclArn", stage.address).into(),
        arn: None,
        names: Box::default(),
        properties: Map::new(vec![
            ("ResourceArn".into(), target),
            (name.into(), Value::string(acl)),
        ]),
        ..stage.clone()
    })
}
