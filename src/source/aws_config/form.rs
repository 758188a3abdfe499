//! What is known of how AWS Config writes a type, worked out once for all of its items.

use std::sync::Arc;

use crate::model::{Map, Reason, Value};
use crate::types::{self, ConfigForm, Shape};

/// How the items of a type are read.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) shape: &'static Shape,
    /// The configuration has CloudFormation's names.
    pub(super) is_cloudformation: bool,
    /// It is not known before an item is looked at whether it has.
    pub(super) is_guess: bool,
}

impl Form {
    /// `None` for types that skylint cannot read from AWS Config.
    pub(super) fn of(rtype: &str) -> Option<Self> {
        let shape = types::shape(rtype)?;
        let form = types::config_form(rtype);
        (form != Some(ConfigForm::Contained)).then_some(Self {
            shape,
            is_cloudformation: form != Some(ConfigForm::Columns),
            is_guess: form.is_none(),
        })
    }

    /// Whether a name is one that CloudFormation gives to a property of the type.
    pub(super) fn has(&self, name: &str) -> bool {
        name.starts_with(char::is_uppercase) && self.shape.root().field(name).is_some()
    }

    /// Marks everything as not known.
    pub(super) fn blank(&self, properties: &mut Map, observed: &mut Map) {
        let why = Value::unknown(Reason::NotRecorded(
            "its configuration item has no configuration".into(),
        ));
        for field in &self.shape.root().fields {
            if properties.get(&field.name).is_none() {
                properties.insert(Arc::clone(&field.name), why.clone());
            }
        }
        for fact in types::facts(&self.shape.name) {
            observed.insert(fact.name().into(), why.clone());
        }
    }
}
