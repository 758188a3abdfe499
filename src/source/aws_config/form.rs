//! What is known of how AWS Config writes a type, worked out once for all of its items.

use std::sync::Arc;

use crate::model::{Reason, Value};
use crate::types::{self, ConfigForm, Door, Recorded, Shape, Step};

/// How the items of a type are read.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) shape: &'static Shape,
    /// The configuration has CloudFormation's names.
    pub(super) is_cloudformation: bool,
    /// It is not known before an item is looked at whether it has.
    pub(super) is_guess: bool,
    /// What AWS Config does not record.
    unsaid: Vec<Vec<Step>>,
    /// Why it is not known.
    why: Value,
}

impl Form {
    /// `None` for types that skylint cannot read from AWS Config.
    pub(super) fn of(rtype: &str) -> Option<Self> {
        let shape = types::shape(rtype)?;
        let file = types::file(rtype);
        let form = file.and_then(|file| file.config);
        if form == Some(ConfigForm::Contained) {
            return None;
        }
        let says = file.is_some_and(|file| {
            file.properties
                .iter()
                .any(|p| p.config.is_some() || p.recorded != Recorded::AsSaid)
        });
        let is_guess = form.is_none() && !says;
        Some(Self {
            shape,
            is_cloudformation: form == Some(ConfigForm::CloudFormation) || is_guess,
            is_guess,
            unsaid: if is_guess {
                Vec::new()
            } else {
                types::unsaid(rtype, Door::AwsConfig)
            },
            why: Value::unknown(Reason::NotRecorded("AWS Config does not record it".into())),
        })
    }

    /// Whether a name is one that CloudFormation gives to a property of the type.
    pub(super) fn has(&self, name: &str) -> bool {
        name.starts_with(char::is_uppercase) && self.shape.root().field(name).is_some()
    }

    /// Marks what is not recorded.
    pub(super) fn mark(&self, properties: &mut crate::model::Map) {
        for path in &self.unsaid {
            types::set_absent(properties, path, &self.why);
        }
    }

    /// Marks everything as not known.
    pub(super) fn blank(&self, properties: &mut crate::model::Map) {
        let why = Value::unknown(Reason::NotRecorded(
            "its configuration item has no configuration".into(),
        ));
        for field in &self.shape.root().fields {
            if properties.get(&field.name).is_none() {
                properties.insert(Arc::clone(&field.name), why.clone());
            }
        }
    }
}
