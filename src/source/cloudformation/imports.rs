//! `Fn::ImportValue`: what other templates of the run export.

use crate::document::Node;
use crate::model::{Reason, Value};

use super::intrinsics::{other, stuck};
use super::world::{Kind, Resolver};

impl Resolver<'_> {
    /// The value exported under a name.
    pub(super) fn import(&self, name: &Value) -> Value {
        let name = match name {
            Value::String(name) => &**name,
            Value::Unknown(reason) => return Value::Unknown(reason.clone()),
            value => {
                return stuck(
                    "Fn::ImportValue",
                    format!("only a part of {value} is known"),
                );
            }
        };
        let mut sure = Vec::new();
        let mut maybe = Vec::new();
        for at in 0..self.world.templates.len() {
            let Some(exporter) = self.world.resolver(at) else {
                continue;
            };
            if exporter.template.dropped {
                continue;
            }
            let Some(fit) = self.fits(&exporter) else {
                continue;
            };
            let Some(output) = exporter.exports(name) else {
                continue;
            };
            let list = if fit { &mut sure } else { &mut maybe };
            list.push((at, output));
        }
        let found = if sure.is_empty() { maybe } else { sure };
        match found.as_slice() {
            [] => Value::unknown(Reason::Import(name.into())),
            [(at, output)] => match self.world.resolver(*at) {
                Some(exporter) => exporter.output(output),
                None => Value::Null,
            },
            _ => other(format!(
                "it is imported as {name}, which several inputs export"
            )),
        }
    }

    /// Whether another template is deployed to the same account and Region: `Some(true)` when
    /// both say so, `Some(false)` when it may be, `None` when it is not.
    fn fits(&self, exporter: &Resolver<'_>) -> Option<bool> {
        let mut sure = true;
        let pairs = [
            (&self.template.region, &exporter.template.region),
            (&self.template.account, &exporter.template.account),
        ];
        for pair in pairs {
            match pair {
                (Some(here), Some(there)) if here != there => return None,
                (Some(_), Some(_)) | (None, None) => {}
                _ => sure = false,
            }
        }
        Some(sure)
    }

    /// The output this template exports under a name.
    fn exports(&self, name: &str) -> Option<String> {
        let outputs = self.section("Outputs").and_then(Node::as_map)?;
        outputs
            .iter()
            .find(|entry| {
                let export = entry
                    .value
                    .get("Export")
                    .and_then(|export| export.get("Name"));
                export.is_some_and(|node| {
                    let value = self.once(
                        Kind::Export,
                        &entry.key,
                        || self.resolve(node),
                        || other("its name refers to itself"),
                    );
                    let mut same = false;
                    value.for_each_arm(&mut |arm| same |= arm.as_str() == Some(name));
                    same
                })
            })
            .map(|entry| entry.key.to_string())
    }
}
