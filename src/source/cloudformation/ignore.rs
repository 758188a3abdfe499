//! Exceptions in the metadata of a resource:
//!
//! ```yaml
//! Metadata:
//!   skylint:
//!     ignore:
//!       - { rule: DB-001, reason: a cache that is rebuilt in minutes, until: 2027-01-31 }
//! ```

use crate::document::{Data, Node};
use crate::model::{Location, Path, Segment, SourceId};

use super::super::{Read, suppression};

/// Reads the exceptions of a resource; their indices in the snapshot.
pub(super) fn read(read: &mut Read, source: SourceId, node: &Path) -> Box<[usize]> {
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    if let Some(list) = list(read, source, node)
        && let Some(file) = read.snapshot.sources.get(source)
    {
        for entry in list {
            let location = file.location(source, entry.span);
            match parse(entry, &location) {
                Ok(parsed) => found.extend(parsed),
                Err(why) => wrong.push((why, location)),
            }
        }
    }
    for (why, location) in wrong {
        suppression::complain(
            read,
            why,
            "{ rule: DB-001, reason: …, until: YYYY-MM-DD }",
            &location,
        );
    }
    found
        .into_iter()
        .map(|one| suppression::add(read, one))
        .collect()
}

fn list<'r>(read: &'r Read, source: SourceId, node: &Path) -> Option<Vec<&'r Node>> {
    let mut here = read.trees.get(source)?.as_ref()?;
    for segment in &node.0 {
        here = match segment {
            Segment::Key(key) => here.get(key)?,
            Segment::Index(index) => match &here.data {
                Data::List(items) => items.get(*index)?,
                _ => return None,
            },
        };
    }
    let ignore = here.get("Metadata")?.get("skylint")?.get("ignore")?;
    Some(match &ignore.data {
        Data::List(items) => items.iter().collect(),
        _ => vec![ignore],
    })
}

fn parse(entry: &Node, location: &Location) -> Result<Vec<crate::model::Suppression>, String> {
    if let Some(text) = entry.as_str() {
        return suppression::parse(text, location);
    }
    let Some(members) = entry.as_map() else {
        return Err("it is neither a mapping nor text".to_owned());
    };
    let known = |key: &str| matches!(key, "rule" | "reason" | "until");
    if let Some(other) = members.iter().find(|member| !known(&member.key)) {
        return Err(format!("{} is neither rule, reason nor until", other.key));
    }
    let text = |key: &str| entry.get(key).and_then(Node::as_str);
    let rules: Vec<String> = text("rule").map(str::to_owned).into_iter().collect();
    suppression::make(&rules, text("reason"), text("until"), location)
}
