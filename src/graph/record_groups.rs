//! Route 53: the records that answer one question together. "Records that have the same name and
//! type" form a group, told apart by their `SetIdentifier`
//! (<https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html>).

use std::sync::Arc;

use super::Graph;
use super::dns::{Host, RECORD, ZONE};
use super::kept::{Answered, Keep};
use crate::model::{Part, Reason, Resource, Seen, Unknown, Value, World};

/// Whether two things are the same; `Err`: that is not known.
type Same = Result<bool, Unknown>;

/// Records that answer one question together.
#[derive(Debug, Default)]
pub struct Group {
    /// By index, in order.
    pub members: Arc<[usize]>,
    /// Why there could be more.
    pub open: Option<Unknown>,
}

impl Keep for Group {
    fn size(&self) -> usize {
        self.members.len()
    }
}

impl Graph<'_> {
    /// The records with the name and type of a record in its hosted zone, itself among them. Records
    /// without a `SetIdentifier` are alone, failover records two.
    pub fn record_group(&self, record: usize, world: &World) -> Answered<'_, Group> {
        let groups = &self.dns.groups;
        groups.get(record, world, |world| self.group_in(record, world))
    }

    fn group_in(&self, record: usize, world: &World) -> Group {
        let Some(own) = self.resource(record) else {
            return Group::default();
        };
        if see(own, "SetIdentifier", world).is_ok_and(|set| set.is_none()) {
            return Group {
                members: [record].into(),
                open: None,
            };
        }
        let mut open = self.gap(RECORD, Some(own));
        let mut members = vec![record];
        for candidate in self.candidates(own, world) {
            let Some(other) = self.resource(candidate).filter(|_| candidate != record) else {
                continue;
            };
            match self.together(own, other, world) {
                Ok(true) => members.push(candidate),
                Ok(false) => {}
                Err(why) => {
                    open.get_or_insert(why);
                }
            }
        }
        members.sort_unstable();
        // Of each there can be one only.
        let has = |role: &str| {
            let mut all = members.iter().filter_map(|i| self.resource(*i));
            all.any(|record| {
                let own = see(record, "Failover", world).ok().flatten();
                own.and_then(Value::as_str) == Some(role)
            })
        };
        if open.is_some() && has("PRIMARY") && has("SECONDARY") {
            open = None;
        }
        Group {
            members: members.into(),
            open,
        }
    }

    /// The records that could have the name of another.
    fn candidates(&self, own: &Resource, world: &World) -> Vec<usize> {
        let name = match see(own, "Name", world) {
            Ok(Some(name @ Value::String(_))) => Host::of(name, own.origin.source),
            _ => None,
        };
        let Some(name) = name else {
            // It could be any.
            return self.all_of_type(RECORD).to_vec();
        };
        let mut found = self.dns.named(&name).to_vec();
        found.extend(self.dns.nameless());
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether two records are in one group.
    fn together(&self, own: &Resource, other: &Resource, world: &World) -> Same {
        // The first that is certainly different decides, whatever is not known of the rest.
        let mut unknown = None;
        if is_certainly_other(own, other, world) {
            return Ok(false);
        }
        let questions: [&dyn Fn() -> Same; 5] = [
            &|| same_name(own, other, world),
            &|| world.exists(other),
            &|| see(other, "SetIdentifier", world).map(|set| set.is_some()),
            &|| same_type(own, other, world),
            &|| self.same_zone(own, other, world),
        ];
        for question in questions {
            match question() {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(why) => {
                    unknown.get_or_insert(why);
                }
            }
        }
        unknown.map_or(Ok(true), Err)
    }

    fn same_zone(&self, own: &Resource, other: &Resource, world: &World) -> Same {
        let (a, b) = (self.zone(own, world)?, self.zone(other, world)?);
        let known_by_id = |zone: usize| self.resource(zone).is_some_and(|r| !r.names.is_empty());
        let is_named = |zone: usize, name: &Host| {
            let own = self.zone_name(zone);
            own.is_none_or(|own| own == *name)
        };
        match (&a, &b) {
            (Zone::Here(a), Zone::Here(b)) => Ok(a == b),
            (Zone::Id(a), Zone::Id(b)) => Ok(a == b),
            (Zone::Name(a), Zone::Name(b)) => Ok(a == b),
            (Zone::Open(a), Zone::Open(b)) if same_pieces(a, b) == Some(true) => Ok(true),
            // Whoever read a zone that has an id by then knows that another id is another zone.
            (Zone::Here(zone), Zone::Id(_)) | (Zone::Id(_), Zone::Here(zone))
                if known_by_id(*zone) =>
            {
                Ok(false)
            }
            (Zone::Here(zone), Zone::Name(name)) | (Zone::Name(name), Zone::Here(zone))
                if !is_named(*zone, name) =>
            {
                Ok(false)
            }
            _ => Err(Arc::new(Reason::Other(
                "whether two records are in one hosted zone".into(),
            ))),
        }
    }

    /// Whether a record is in a hosted zone that the internet asks: one without VPCs.
    pub fn in_public_zone(&self, record: usize, world: &World) -> Same {
        let Some(record) = self.resource(record) else {
            return Ok(false);
        };
        let name = match self.zone(record, world)? {
            Zone::Here(zone) => {
                let vpcs = self.resource(zone).map(|zone| see(zone, "VPCs", world));
                return match vpcs.transpose()?.flatten() {
                    None => Ok(true),
                    Some(Value::List(vpcs)) => Ok(vpcs.is_empty()),
                    Some(Value::Unknown(why)) => Err(Arc::clone(why)),
                    Some(_) => Err(Arc::new(Reason::Other("its hosted zone's VPCs".into()))),
                };
            }
            Zone::Id(id) => format!("hosted zone {id}"),
            Zone::Name(_) | Zone::Open(_) => "its hosted zone".to_owned(),
        };
        Err(Arc::new(Reason::Outside(name.into())))
    }

    /// What a hosted zone is called, as far as that is known.
    pub(super) fn zone_name(&self, zone: usize) -> Option<Host> {
        let zone = self.resource(zone)?;
        Host::of(zone.property("Name")?, zone.origin.source)
    }

    /// The hosted zone a record is in.
    fn zone(&self, record: &Resource, world: &World) -> Result<Zone, Unknown> {
        let is_zone = |i: &usize| self.resource(*i).is_some_and(|r| &*r.rtype == ZONE);
        match see(record, "HostedZoneId", world)? {
            Some(Value::Reference(reference)) => {
                let here = self.target(reference).filter(is_zone).map(Zone::Here);
                Ok(here.unwrap_or_else(|| Zone::Id(reference.to_string())))
            }
            Some(Value::String(text)) => {
                let mut zones = self.nearby(self.by_text(text), text, Some(record));
                zones.retain(is_zone);
                let id = || Zone::Id(text.trim_start_matches("/hostedzone/").to_owned());
                Ok(zones.first().copied().map_or_else(id, Zone::Here))
            }
            Some(other) => Ok(Zone::Open(pieces(other, record.origin.source))),
            None => match see(record, "HostedZoneName", world)? {
                Some(name @ Value::String(text)) => {
                    let Some(host) = Host::of(name, record.origin.source) else {
                        return Err(Arc::new(Reason::Other("no name".into())));
                    };
                    let all = self.dns.zones(&host).to_vec();
                    let zones = self.nearby(all, text, Some(record));
                    Ok(match zones.as_slice() {
                        [zone] => Zone::Here(*zone),
                        // A public and a private zone may share a name.
                        _ => Zone::Name(host),
                    })
                }
                Some(other) => Ok(Zone::Open(pieces(other, record.origin.source))),
                None => Err(Arc::new(Reason::NotSet("HostedZoneId".into()))),
            },
        }
    }
}

/// A hosted zone, as far as it is known.
enum Zone {
    /// It was read.
    Here(usize),
    /// It was not, and has this id.
    Id(String),
    /// It was not, or it is one of several with this name.
    Name(Host),
    /// What its id or name is made of.
    Open(Vec<Piece>),
}

/// Whether two records differ in what costs nothing to compare.
fn is_certainly_other(own: &Resource, other: &Resource, world: &World) -> bool {
    see(other, "SetIdentifier", world) == Ok(None) || same_type(own, other, world) == Ok(false)
}

/// A property as it is in a world; `None` if it is not set.
fn see<'r>(
    resource: &'r Resource,
    name: &str,
    world: &World,
) -> Result<Option<&'r Value>, Unknown> {
    match resource.property(name).map(|value| world.see(value)) {
        None | Some(Seen::Value(Value::Null)) => Ok(None),
        Some(Seen::Value(value)) => Ok(Some(value)),
        Some(Seen::Undecided(why)) => Err(why),
    }
}

fn same_name(own: &Resource, other: &Resource, world: &World) -> Same {
    let (Some(a), Some(b)) = (see(own, "Name", world)?, see(other, "Name", world)?) else {
        return Err(Arc::new(Reason::NotSet("Name".into())));
    };
    if matches!((a, b), (Value::String(a), Value::String(b)) if a == b) {
        return Ok(true);
    }
    let (a, b) = (pieces(a, own.origin.source), pieces(b, other.origin.source));
    same_pieces(&a, &b).ok_or_else(|| {
        let holes = a.into_iter().chain(b).find_map(|piece| match piece {
            Piece::Letter(_) => None,
            Piece::Hole(_, why) => Some(why),
        });
        holes.unwrap_or_else(|| Arc::new(Reason::Other("a record's name".into())))
    })
}

fn same_type(own: &Resource, other: &Resource, world: &World) -> Same {
    match (see(own, "Type", world)?, see(other, "Type", world)?) {
        (Some(Value::String(a)), Some(Value::String(b))) => Ok(a.eq_ignore_ascii_case(b)),
        (Some(Value::Unknown(a)), Some(Value::Unknown(b)))
            if a == b && a.stands_for_one_value() && own.origin.source == other.origin.source =>
        {
            Ok(true)
        }
        (Some(Value::Unknown(why)), _) | (_, Some(Value::Unknown(why))) => Err(Arc::clone(why)),
        _ => Err(Arc::new(Reason::Other("a record's type".into()))),
    }
}

/// A part of a text: a letter, or something that stands for any number of letters. What it is
/// called is what makes it the same as another, if it can be.
#[derive(Debug)]
enum Piece {
    Letter(char),
    Hole(Option<String>, Unknown),
}

impl PartialEq for Piece {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Letter(a), Self::Letter(b)) => a == b,
            (Self::Hole(Some(a), _), Self::Hole(Some(b), _)) => a == b,
            _ => false,
        }
    }
}

fn pieces(value: &Value, source: usize) -> Vec<Piece> {
    let hole = |why: &Unknown| {
        let name = why
            .stands_for_one_value()
            .then(|| format!("{source}:{why}"));
        Piece::Hole(name, Arc::clone(why))
    };
    let text = |text: &str| -> Vec<Piece> {
        let text = text.to_lowercase().replace("\\052", "*");
        text.chars().map(Piece::Letter).collect()
    };
    let mut all = match value {
        Value::String(known) => text(known.trim()),
        Value::Composed(parts) => parts
            .iter()
            .flat_map(|part| match part {
                Part::Text(known) => text(known),
                Part::Reference(r) => vec![Piece::Hole(
                    Some(format!("{}#{r}", r.target)),
                    Arc::new(Reason::Attribute(r.to_string().into())),
                )],
                Part::Unknown(why) => vec![hole(why)],
            })
            .collect(),
        Value::Reference(r) => vec![Piece::Hole(
            Some(format!("{}#{r}", r.target)),
            Arc::new(Reason::Attribute(r.to_string().into())),
        )],
        Value::Unknown(why) => vec![hole(why)],
        other => vec![Piece::Hole(
            None,
            Arc::new(Reason::Mistyped {
                expected: "a name".into(),
                found: other.kind().into(),
            }),
        )],
    };
    while all.last() == Some(&Piece::Letter('.')) {
        all.pop();
    }
    all
}

/// Whether two texts are the same, as far as that is decided by what is known of them.
fn same_pieces(a: &[Piece], b: &[Piece]) -> Option<bool> {
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(start..)?, b.get(start..)?);
    let end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| a == b);
    let end = end.count();
    let (a, b) = (a.get(..a.len() - end)?, b.get(..b.len() - end)?);
    let is_letter = |piece: Option<&Piece>| matches!(piece, Some(Piece::Letter(_)));
    let differ = |a: Option<&Piece>, b: Option<&Piece>| is_letter(a) && is_letter(b);
    let some_letter = |pieces: &[Piece]| pieces.iter().any(|piece| is_letter(Some(piece)));
    match (a, b) {
        ([], []) => Some(true),
        ([], rest) | (rest, []) if some_letter(rest) => Some(false),
        (a, b) if differ(a.first(), b.first()) || differ(a.last(), b.last()) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(parts: &[&str]) -> Value {
        let part = |text: &&str| match text.strip_prefix('$') {
            Some(name) => Part::Unknown(Arc::new(Reason::ParameterWithoutValue(name.into()))),
            None => Part::Text((*text).into()),
        };
        Value::Composed(parts.iter().map(part).collect())
    }

    #[test]
    fn names_differ_where_what_is_known_of_them_does() {
        let shop = composed(&["shop.", "$Domain"]);
        let text = |text: &str| Value::string(text);
        for (other, same) in [
            (composed(&["shop.", "$Domain", "."]), Some(true)),
            (composed(&["www.", "$Domain"]), Some(false)),
            (composed(&["shop.", "$Other"]), None),
            (composed(&["shop.eu.", "$Domain"]), Some(false)),
            (text("SHOP.example.com."), None),
            (text("www.example.com"), Some(false)),
        ] {
            let found = same_pieces(&pieces(&shop, 0), &pieces(&other, 0));
            assert_eq!(found, same, "{other}");
        }
        // One parameter has one value within a template, not across templates.
        assert_eq!(same_pieces(&pieces(&shop, 0), &pieces(&shop, 1)), None);
        let after = Value::unknown(Reason::AfterApply);
        assert_eq!(same_pieces(&pieces(&after, 0), &pieces(&after, 0)), None);
    }
}
