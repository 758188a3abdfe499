//! Which Availability Zones subnets are in, as far as that can be told.
//!
//! A template seldom names its zones: it takes the first, the second and the third of whatever
//! `Fn::GetAZs` gives. Which zones these are does not matter to the question whether they are the
//! same; so zones are compared by what is known of them.

use std::sync::Arc;

use super::Graph;
use crate::model::{Part, Reason, Resource, Seen, Unknown, Value, World};

pub(super) const SUBNET: &str = "AWS::EC2::Subnet";

/// The properties that are read here.
pub(super) const READS: &[(&str, &[&str])] = &[(
    SUBNET,
    &["AvailabilityZone", "AvailabilityZoneId", "OutpostArn"],
)];

/// How many references from one subnet's zone to another's are followed.
const FOLLOWED: usize = 8;

/// What is known of the zone of one subnet. Two that are known in the same way differ if they are not
/// equal; two that are known in different ways may be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Zone {
    /// `eu-central-1a`
    Name(Box<str>),
    /// `euc1-az2`
    Id(Box<str>),
    /// What `Fn::GetAZs` gives for a Region, by its number.
    Number(Box<str>, usize),
    /// `${AWS::Region}a`, where the Region is not known.
    Letter(Box<str>),
    /// That of this subnet, whichever it is.
    Of(Box<str>),
    /// No Availability Zone: a Local Zone, a Wavelength Zone or an Outpost.
    Other,
}

impl Zone {
    /// Whether it is certainly not another.
    pub(super) fn differs(&self, other: &Self) -> bool {
        let alike = std::mem::discriminant(self) == std::mem::discriminant(other);
        self != other && alike && !matches!(self, Self::Of(_))
    }
}

/// The Availability Zones of some subnets.
#[derive(Debug)]
pub struct Zones {
    /// Zones of which no two are the same: by name or id, or why neither is known.
    pub known: Vec<Result<Box<str>, Unknown>>,
    /// Why there could be more; `None` when these are all.
    pub open: Option<Unknown>,
}

impl Graph<'_> {
    /// The distinct Availability Zones of some subnets, used beside `near`. Each is named by
    /// reference or id, or says its zone itself.
    pub fn zones(
        &self,
        subnets: &[Result<Value, Unknown>],
        near: Option<&Resource>,
        world: &World,
    ) -> Zones {
        let mut found: Vec<(Zone, Option<Unknown>)> = Vec::new();
        let mut removable = None;
        for (at, subnet) in subnets.iter().enumerate() {
            let (zone, why) = match subnet {
                // It may yet turn out to be removed from the list.
                Err(why) if matches!(**why, Reason::Undecided(_)) => {
                    removable.get_or_insert_with(|| Arc::clone(why));
                    continue;
                }
                Err(why) => unknown(&format!("element {at}"), near, why),
                Ok(value) => self.zone_named(value, &format!("element {at}"), near, world),
            };
            if zone != Zone::Other && !found.iter().any(|(known, _)| *known == zone) {
                found.push((zone, why));
            }
        }
        let kind = |zone: &Zone| std::mem::discriminant(zone);
        let count = |of: &Zone| match of {
            // Two subnets whose zones are not known may be in the same.
            Zone::Of(_) => 1,
            of => found.iter().filter(|(z, _)| kind(z) == kind(of)).count(),
        };
        // The first of the largest counts.
        let largest = found.iter().map(|(zone, _)| zone).rev();
        let largest = largest.max_by_key(|zone| count(zone)).cloned();
        let least = largest.as_ref().map_or(0, &count);
        let whose = |(zone, why): &(Zone, Option<Unknown>)| {
            why.clone().filter(|_| matches!(zone, Zone::Of(_)))
        };
        let maybe = found.iter().find_map(whose);
        let maybe = maybe.or_else(|| found.iter().find_map(|(_, why)| why.clone()));
        let open = removable.or_else(|| {
            (found.len() > least).then(|| {
                maybe.unwrap_or_else(|| {
                    let why = "some zones are known by name, others by id";
                    Arc::new(Reason::Other(why.into()))
                })
            })
        });
        let of_largest = found.iter().filter(|(zone, _)| {
            largest
                .as_ref()
                .is_some_and(|most| kind(most) == kind(zone))
        });
        let known = of_largest.take(least).map(|(zone, why)| match (zone, why) {
            (Zone::Name(text) | Zone::Id(text), _) => Ok(text.clone()),
            (_, Some(why)) => Err(Arc::clone(why)),
            (zone, None) => Err(Arc::new(Reason::Other(format!("{zone:?}").into()))),
        });
        Zones {
            known: known.collect(),
            open,
        }
    }

    /// The zone that a value of a list of subnets, or of a list of zones, means.
    pub(super) fn zone_named(
        &self,
        value: &Value,
        what: &str,
        near: Option<&Resource>,
        world: &World,
    ) -> (Zone, Option<Unknown>) {
        if let Value::String(text) = value
            && let Some(zone) = zone(text)
        {
            return (zone, None);
        }
        if is_zone(value) {
            return self.zone_of(value, what, near, world, FOLLOWED);
        }
        match self.lookup(SUBNET, value, near, world) {
            Ok(Some(index)) => self.zone_of_subnet(index, world, FOLLOWED),
            Ok(None) => {
                let what = value.to_string();
                let why = Arc::new(Reason::Outside(what.as_str().into()));
                (Zone::Of(what.into()), Some(why))
            }
            Err(why) => unknown(&value.to_string(), near, &why),
        }
    }

    /// The zone of a subnet.
    fn zone_of_subnet(&self, index: usize, world: &World, left: usize) -> (Zone, Option<Unknown>) {
        let Some(subnet) = self.resource(index) else {
            return (Zone::Other, None);
        };
        let what = &*subnet.key;
        if let Some(outpost) = subnet.property("OutpostArn") {
            match world.known(outpost) {
                Err(why) => return unknown(what, None, &why),
                Ok(Value::Null) => {}
                Ok(Value::String(text)) if text.is_empty() => {}
                Ok(_) => return (Zone::Other, None),
            }
        }
        let mut last = None;
        for name in ["AvailabilityZone", "AvailabilityZoneId"] {
            if let Some(value) = subnet.property(name) {
                let found = self.zone_of(value, what, Some(subnet), world, left);
                if !matches!(found.0, Zone::Of(_)) {
                    return found;
                }
                last = last.or(Some(found));
            }
        }
        last.unwrap_or_else(|| {
            let why = format!("the zone of {}", subnet.address);
            unknown(what, None, &Arc::new(Reason::Attribute(why.into())))
        })
    }

    /// The zone that the value of a property means.
    fn zone_of(
        &self,
        value: &Value,
        what: &str,
        near: Option<&Resource>,
        world: &World,
        left: usize,
    ) -> (Zone, Option<Unknown>) {
        let value = match world.see(value) {
            Seen::Undecided(why) => return unknown(what, near, &why),
            Seen::Value(value) => value,
        };
        match value {
            Value::String(text) => match zone(text) {
                Some(zone) => (zone, None),
                None => (Zone::Name(text.clone()), None),
            },
            Value::Unknown(why) => unknown(what, near, why),
            Value::Reference(reference) if left > 0 && is_zone(value) => {
                match self.target(reference) {
                    Some(subnet) => self.zone_of_subnet(subnet, world, left.saturating_sub(1)),
                    None => unknown(what, near, &attribute(value)),
                }
            }
            Value::Composed(parts) => match &**parts {
                [Part::Unknown(why), Part::Text(letter)]
                    if is_region(why)
                        && letter.len() == 1
                        && letter.bytes().all(|c| c.is_ascii_lowercase()) =>
                {
                    (Zone::Letter(letter.clone()), Some(Arc::clone(why)))
                }
                _ => unknown(what, near, &attribute(value)),
            },
            _ => unknown(what, near, &attribute(value)),
        }
    }
}

/// A zone that is not known, except perhaps which number it has among those of a Region.
fn unknown(what: &str, near: Option<&Resource>, why: &Unknown) -> (Zone, Option<Unknown>) {
    let zone = match why.zone_number() {
        Some((number, region)) => {
            // The Region of the stack goes without its name, too.
            let here = near.and_then(|near| near.region.name());
            let region = region.or(here).unwrap_or_default();
            Zone::Number(region.into(), number)
        }
        None => Zone::Of(what.into()),
    };
    (zone, Some(Arc::clone(why)))
}

fn attribute(value: &Value) -> Unknown {
    Arc::new(Reason::Attribute(value.to_string().into()))
}

fn is_region(why: &Unknown) -> bool {
    matches!(&**why, Reason::PseudoParameter(name) if &**name == "AWS::Region")
}

/// Whether a value is a subnet's zone, and not the subnet.
fn is_zone(value: &Value) -> bool {
    match value {
        Value::Reference(reference) => {
            let attribute = reference.attribute.as_deref().unwrap_or_default();
            attribute.starts_with("AvailabilityZone") || attribute.starts_with("availability_zone")
        }
        Value::Composed(parts) => {
            matches!(&**parts, [Part::Unknown(why), Part::Text(_)] if is_region(why))
        }
        _ => false,
    }
}

/// The zone that a text names, if it names one: `eu-central-1a` and `euc1-az2` are Availability
/// Zones; what stands behind the Region in `us-west-2-lax-1a`, `usw2-lax1-az1` and
/// `us-east-1-wl1-bos-wlz-1` makes them Local Zones and Wavelength Zones
/// (<https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html>).
fn zone(text: &str) -> Option<Zone> {
    if text.starts_with("subnet-") {
        return None;
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    let last = *parts.last()?;
    if last.strip_prefix("az").is_some_and(digits) || last.contains("wlz") {
        return Some(match parts.len() {
            2 => Zone::Id(text.into()),
            _ => Zone::Other,
        });
    }
    if parts.len() < 3 {
        return None;
    }
    if parts.iter().any(|part| digits(part)) {
        return Some(Zone::Other);
    }
    let number = last.trim_end_matches(|c: char| c.is_ascii_lowercase());
    (digits(number) && last.len() == number.len().saturating_add(1))
        .then(|| Zone::Name(text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn availability_zones_are_told_from_others() {
        for name in ["eu-central-1a", "us-gov-west-1b", "eusc-de-east-1c"] {
            assert_eq!(zone(name), Some(Zone::Name(name.into())), "{name}");
        }
        assert_eq!(zone("euc1-az2"), Some(Zone::Id("euc1-az2".into())));
        for name in [
            "us-west-2-lax-1a",
            "usw2-lax1-az1",
            "us-east-1-wl1-bos-wlz-1",
            "use1-wl1-bos-wlz1",
        ] {
            assert_eq!(zone(name), Some(Zone::Other), "{name}");
        }
        for name in [
            "subnet-1a",
            "subnet-0123456789abcdef0",
            "PublicSubnetA",
            "a",
        ] {
            assert_eq!(zone(name), None, "{name}");
        }
    }
}
