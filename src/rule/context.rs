//! What rules take for granted about an organisation: which tags and accounts mean production, by which
//! words payment goes. One place for what several rules ask; users set it once, in `[context]` of
//! `skylint.toml`.

use super::cel::Ty;
use crate::model::Value;

/// Something about the organisation, by its key in `skylint.toml`.
#[derive(Debug)]
pub struct ContextKey {
    /// The table below `[context]`.
    pub table: &'static str,
    /// The key in it.
    pub key: &'static str,
    /// What it is when nobody says.
    default: Plain,
    /// What it is for.
    pub doc: &'static str,
}

#[derive(Debug)]
enum Plain {
    Truth(bool),
    Text(&'static str),
    Texts(&'static [&'static str]),
}

/// Everything there is to say.
pub static CONTEXT: &[ContextKey] = &[
    ContextKey {
        table: "accounts",
        key: "other",
        default: Plain::Texts(&[]),
        doc: "Accounts that hold no production, by number.",
    },
    ContextKey {
        table: "accounts",
        key: "production",
        default: Plain::Texts(&[]),
        doc: "Accounts in which everything is production, by number.",
    },
    ContextKey {
        table: "eu",
        key: "adequacy",
        default: Plain::Truth(false),
        doc: "Whether Regions in countries with an adequacy decision of the European Commission \
              (eu-west-2 in London, eu-central-2 in Zurich) count as well.",
    },
    ContextKey {
        table: "eu",
        key: "tag",
        default: Plain::Text("data-residency"),
        doc: "The key of the tag that says where data must stay.",
    },
    ContextKey {
        table: "eu",
        key: "values",
        default: Plain::Texts(&["eu"]),
        doc: "The values of this tag that mean the European Union.",
    },
    ContextKey {
        table: "payment",
        key: "words",
        default: Plain::Texts(&[
            "billing", "cart", "checkout", "order", "orders", "pay", "payment", "payments", "psp",
        ]),
        doc: "Whole words that mark something as part of checkout or payment, wherever they stand in \
              its name, tags, hosts and paths.",
    },
    ContextKey {
        table: "production",
        key: "tags",
        default: Plain::Texts(&["env", "environment", "stage", "tier"]),
        doc: "Keys of the tags that say which environment something belongs to.",
    },
    ContextKey {
        table: "production",
        key: "values",
        default: Plain::Texts(&["prod", "production", "prd", "live"]),
        doc: "Values of these tags that mean production.",
    },
];

impl ContextKey {
    /// The key that rule files call `table.key`.
    pub fn find(name: &str) -> Option<&'static Self> {
        CONTEXT.iter().find(|known| known.name() == name)
    }

    /// `table.key`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.table, self.key)
    }

    /// What it is when nobody says.
    pub fn default(&self) -> Value {
        let text = |text: &str| Value::String(text.into());
        match self.default {
            Plain::Truth(truth) => Value::Bool(truth),
            Plain::Text(one) => text(one),
            Plain::Texts(all) => Value::List(all.iter().map(|one| text(one)).collect()),
        }
    }

    /// Its type, also where the default is an empty list.
    pub fn ty(&self) -> Ty {
        match self.default {
            Plain::Truth(_) => Ty::Bool,
            Plain::Text(_) => Ty::String,
            Plain::Texts(_) => Ty::List(Box::new(Ty::String)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_order_and_documented() {
        assert!(
            CONTEXT
                .windows(2)
                .all(|pair| pair[0].name() < pair[1].name())
        );
        assert!(CONTEXT.iter().all(|key| key.doc.ends_with('.')));
    }
}
