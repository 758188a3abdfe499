//! What rules take for granted about an organisation: which tags and accounts mean production, which tags
//! mean that something is critical, by which words payment goes. One place for what several rules ask; users set it once, in `[context]` of
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
        table: "application",
        key: "tags",
        default: Plain::Texts(&["application", "app", "system", "workload"]),
        doc: "Keys of the tags that say which application something is part of.",
    },
    ContextKey {
        table: "critical",
        key: "high",
        default: Plain::Texts(&["high"]),
        doc: "Further values of these tags, which mean that it can wait for a restore, but must not be lost.",
    },
    ContextKey {
        table: "critical",
        key: "names",
        default: Plain::Texts(&[]),
        doc: "Names, ids, addresses or ARNs of what is critical without a tag; `*` stands for any characters.",
    },
    ContextKey {
        table: "critical",
        key: "tags",
        default: Plain::Texts(&[
            "criticality",
            "critical",
            "business-criticality",
            "service-tier",
        ]),
        doc: "Keys of the tags that say how much depends on something.",
    },
    ContextKey {
        table: "critical",
        key: "values",
        default: Plain::Texts(&[
            "critical",
            "mission-critical",
            "business-critical",
            "tier-0",
            "tier0",
            "tier-1",
            "tier1",
            "true",
            "yes",
        ]),
        doc: "Values of these tags that mean that it is critical: it must outlast the loss of a Region.",
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
