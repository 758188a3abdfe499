//! Facts that only a running account has: the `observed:` block of a type's file. Each says its type,
//! which rules are checked against, and where a door's answers have it.
//!
//! ```yaml
//! observed:
//!   State: { type: string, live: DBInstanceStatus, config: dBInstanceStatus }
//!   LatestRestorableTime: { type: time, live: LatestRestorableTime }    # RFC 3339; its resource says when it was captured
//!   Tunnels: { type: [{ Status: string, AcceptedRouteCount: integer }], live: VgwTelemetry, shared: true }
//! ```
//!
//! `unknown: [unknown]` are texts by which AWS says that it does not know.
//!
//! A door without a column does not say the fact, so there it is not known; but for what is only
//! planned or written down, where nothing runs and it is not set. Names within an object are the API's with a capital; what a type does not
//! name is not kept.

use std::sync::Arc;

use super::file::{Column, Step, boolean, column, strings};
use super::{Door, Kind};
use crate::document::{Data, Node};
use crate::model::OBSERVED;

/// A fact.
#[derive(Debug)]
pub struct Fact {
    /// Its name, and what it is under: `observed.State`.
    pub path: [Step; 2],
    /// Its type.
    pub ty: FactTy,
    /// Rules about other resources may read it.
    pub shared: bool,
    /// Texts by which AWS says that it does not know.
    pub unknown: Vec<Arc<str>>,
    /// Where a running account's answers have it.
    pub live: Option<Column>,
    /// Where AWS Config's items have it.
    pub config: Option<Column>,
}

/// The type of a fact.
#[derive(Debug, PartialEq, Eq)]
pub enum FactTy {
    /// What properties can be, too.
    Plain(Kind),
    /// A time, as text in RFC 3339.
    Time,
    /// A list.
    List(Box<FactTy>),
    /// An object with these members.
    Object(Vec<(Arc<str>, FactTy)>),
}

impl Fact {
    /// Its name.
    pub fn name(&self) -> &str {
        match &self.path {
            [_, Step::Name(name)] => name,
            _ => "",
        }
    }

    /// Where a door has it.
    pub fn column(&self, door: Door) -> Option<&Column> {
        match door {
            Door::CloudFormation | Door::Terraform => None,
            Door::AwsConfig => self.config.as_ref(),
            Door::Live => self.live.as_ref(),
        }
    }
}

impl FactTy {
    /// Whether there is a time in it.
    pub fn has_time(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Time => true,
            Self::List(of) => of.has_time(),
            Self::Object(members) => members.iter().any(|(_, ty)| ty.has_time()),
        }
    }
}

#[cfg(test)]
impl FactTy {
    /// What AWS Config calls everything in a fact that it calls `name`: as the type does, but in camel case.
    pub(super) fn leaves(&self, name: &str) -> Vec<String> {
        match self {
            Self::Plain(_) | Self::Time => vec![name.to_owned()],
            Self::List(of) => of.leaves(name),
            Self::Object(members) => members
                .iter()
                .flat_map(|(member, ty)| {
                    let (first, rest) = member.split_at(1);
                    ty.leaves(&format!("{name}.{}{rest}", first.to_lowercase()))
                })
                .collect(),
        }
    }
}

/// Reads an `observed:` block.
pub(super) fn parse(node: &Node) -> Result<Vec<Fact>, String> {
    let entries = node.as_map().ok_or("observed is not a mapping")?;
    let facts = entries.iter().map(|entry| {
        let name = &entry.key;
        fact(name, &entry.value).map_err(|error| format!("observed.{name}: {error}"))
    });
    facts.collect()
}

fn fact(name: &str, node: &Node) -> Result<Fact, String> {
    let (mut ty, mut shared, mut unknown) = (None, false, Vec::new());
    let (mut live, mut config) = (None, None);
    for entry in node.as_map().ok_or("not a mapping")? {
        match &*entry.key {
            "type" => ty = Some(fact_ty(&entry.value)?),
            "unknown" => unknown = strings(&entry.value)?,
            "shared" => shared = boolean(&entry.value)?,
            "live" => live = Some(column(&entry.value)?),
            "config" => config = Some(column(&entry.value)?),
            other => return Err(format!("unknown key {other}")),
        }
    }
    Ok(Fact {
        path: [Step::Name(OBSERVED.into()), Step::Name(name.into())],
        ty: ty.ok_or("wants a type")?,
        shared,
        unknown,
        live,
        config,
    })
}

fn fact_ty(node: &Node) -> Result<FactTy, String> {
    Ok(match &node.data {
        Data::String(name) => match &**name {
            "string" => FactTy::Plain(Kind::String),
            "boolean" => FactTy::Plain(Kind::Bool),
            "integer" => FactTy::Plain(Kind::Int),
            "number" => FactTy::Plain(Kind::Number),
            "time" => FactTy::Time,
            other => return Err(format!("{other} is no type")),
        },
        Data::List(items) => match items.as_slice() {
            [of] => FactTy::List(Box::new(fact_ty(of)?)),
            _ => return Err("a list is of one type".to_owned()),
        },
        Data::Map(entries) => {
            let members = entries.iter();
            let members = members.map(|e| Ok((Arc::from(&*e.key), fact_ty(&e.value)?)));
            FactTy::Object(members.collect::<Result<_, String>>()?)
        }
        _ => return Err("a type is a name, a list of one, or a mapping of names".to_owned()),
    })
}
