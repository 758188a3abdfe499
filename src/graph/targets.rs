//! What load balancers forward to, by Availability Zone.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Graph;
use super::zones::Zone;
use crate::model::{Map, Reason, Resource, Seen, Unknown, Value, World};

const LOAD_BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const CLASSIC: &str = "AWS::ElasticLoadBalancing::LoadBalancer";
const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const TARGET_GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
const INSTANCE: &str = "AWS::EC2::Instance";
const AUTO_SCALING_GROUP: &str = "AWS::AutoScaling::AutoScalingGroup";
const SERVICE: &str = "AWS::ECS::Service";
/// What registers targets by itself, as evenly over its zones as it can.
const MANAGERS: [&str; 2] = [AUTO_SCALING_GROUP, SERVICE];
const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";

/// The types of which every resource matters here.
pub(super) const TYPES: [&str; 3] = [LISTENER, AUTO_SCALING_GROUP, SERVICE];

/// The types that are looked for by name.
pub(super) const LOOKED_UP: [&str; 2] = [TARGET_GROUP, INSTANCE];

/// The properties that are read here.
pub(super) const READS: &[(&str, &[&str])] = &[
    (LOAD_BALANCER, &["SubnetMappings", "Subnets"]),
    (CLASSIC, &["AvailabilityZones", "Instances", "Subnets"]),
    (LISTENER, &["DefaultActions"]),
    (TARGET_GROUP, &["TargetGroupAttributes", "Targets"]),
    (INSTANCE, &["AvailabilityZone", "SubnetId"]),
    (
        AUTO_SCALING_GROUP,
        &[
            "AvailabilityZoneIds",
            "AvailabilityZones",
            "VPCZoneIdentifier",
        ],
    ),
    (SERVICE, &["NetworkConfiguration"]),
];

/// A name of a subnet or zone, or why there is none.
type Named = Result<Value, Unknown>;

impl Graph<'_> {
    /// Whether each Availability Zone of a Network, Gateway or Classic Load Balancer has as many
    /// targets as each other; a target group that is balanced across zones counts as even.
    pub fn even_targets(&self, index: usize, world: &World) -> Result<bool, Unknown> {
        let Some(balancer) = self.resource(index) else {
            return Ok(true);
        };
        let own = if &*balancer.rtype == CLASSIC {
            let zones = [&["Subnets"][..], &["AvailabilityZones"]];
            let zones = self.zone_list(balancer, &zones, world);
            let targets = texts(balancer, &["Instances"], world);
            let targets = targets.into_iter().map(|id| Ok((id?, None))).collect();
            return self.even(index, balancer, &zones, targets, world);
        } else {
            let subnets = [&["Subnets"][..], &["SubnetMappings", "SubnetId"]];
            self.zone_list(balancer, &subnets, world)
        };
        let (groups, mut open) = self.groups(index, balancer, world);
        if groups.is_empty() {
            let why = format!(
                "no listener that was read says what {} forwards to",
                balancer.address
            );
            open.get_or_insert_with(|| Arc::new(Reason::Other(why.into())));
        }
        for group in groups {
            let Some(resource) = self.resource(group) else {
                continue;
            };
            match self.even_group(group, resource, &own, world) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(why) => {
                    open.get_or_insert(why);
                }
            }
        }
        open.map_or(Ok(true), Err)
    }

    /// The target groups that the listeners of a load balancer forward to, and why there could be more.
    fn groups(
        &self,
        index: usize,
        balancer: &Resource,
        world: &World,
    ) -> (BTreeSet<usize>, Option<Unknown>) {
        let (listeners, mut open) = self.referrers_near(index, LISTENER, Some(balancer), world);
        let mut groups = BTreeSet::new();
        for listener in listeners.into_iter().filter_map(|i| self.resource(i)) {
            let actions = [
                &["DefaultActions", "TargetGroupArn"][..],
                &[
                    "DefaultActions",
                    "ForwardConfig",
                    "TargetGroups",
                    "TargetGroupArn",
                ],
            ];
            for path in actions {
                for arn in texts(listener, path, world) {
                    let found = arn.and_then(|arn| {
                        let outside = || Arc::new(Reason::Outside(arn.to_string().into()));
                        let found = self.lookup(TARGET_GROUP, &arn, Some(listener), world)?;
                        found.ok_or_else(outside)
                    });
                    match found {
                        Ok(group) => {
                            groups.insert(group);
                        }
                        Err(why) => {
                            open.get_or_insert(why);
                        }
                    }
                }
            }
        }
        (groups, open)
    }

    fn even_group(
        &self,
        index: usize,
        group: &Resource,
        zones: &[Named],
        world: &World,
    ) -> Result<bool, Unknown> {
        if cross_zone(group, world)? {
            return Ok(true);
        }
        let mut targets = Vec::new();
        match group
            .property("Targets")
            .map(|targets| world.known(targets))
        {
            Some(Err(why)) => targets.push(Err(why)),
            Some(Ok(Value::List(items))) => {
                for item in items.iter() {
                    match world.see(item) {
                        Seen::Undecided(why) => targets.push(Err(why)),
                        Seen::Value(Value::Map(target)) => targets.push(target_of(target, world)),
                        Seen::Value(Value::Null) => {}
                        Seen::Value(other) => targets.push(Err(not_known(other))),
                    }
                }
            }
            _ => {}
        }
        self.even(index, group, zones, targets, world)
    }

    /// Whether what a group registers by itself, or what is registered with it, is as often in one
    /// zone as in another.
    fn even(
        &self,
        index: usize,
        group: &Resource,
        zones: &[Named],
        targets: Vec<Result<(Value, Option<Value>), Unknown>>,
        world: &World,
    ) -> Result<bool, Unknown> {
        let mut open = None;
        let mut managed = Vec::new();
        let mut managers = 0_usize;
        for rtype in MANAGERS {
            let (found, more) = self.referrers_near(index, rtype, Some(group), world);
            open = open.or(more);
            for manager in found.into_iter().filter_map(|i| self.resource(i)) {
                managers = managers.saturating_add(1);
                let places = [
                    &["VPCZoneIdentifier"][..],
                    &["AvailabilityZones"],
                    &["AvailabilityZoneIds"],
                    &["NetworkConfiguration", "AwsvpcConfiguration", "Subnets"],
                ];
                let places = self.zone_list(manager, &places, world);
                if places.is_empty() {
                    let why = format!("{} does not say its zones", manager.address);
                    return Err(Arc::new(Reason::Other(why.into())));
                }
                managed.extend(places);
            }
        }
        for place in &managed {
            match place {
                // The zones of a Region are all that there can be.
                Err(why) if why.all_zones().is_some() => return Ok(true),
                // It may stand for several.
                Err(why) if why.zone_number().is_none() => return Err(Arc::clone(why)),
                _ => {}
            }
        }
        if managers > 0 && targets.is_empty() {
            let its = self.zones(&managed, Some(group), world);
            let both: Vec<Named> = managed.iter().chain(zones).cloned().collect();
            let both = self.zones(&both, Some(group), world);
            return match (its.open, both.open) {
                // Something else may have targets in the zone that is missing.
                (None, _) if both.known.len() > its.known.len() => open.map_or(Ok(false), Err),
                (None, None) => Ok(true),
                (Some(why), _) | (None, Some(why)) => Err(why),
            };
        }
        if targets.is_empty() || managers > 0 {
            let why = format!("what registers targets with {} was not read", group.address);
            return Err(open.unwrap_or_else(|| Arc::new(Reason::Other(why.into()))));
        }
        let even = self.evenly_spread(group, zones, targets, world)?;
        open.map_or(Ok(even), Err)
    }

    /// Whether targets are as often in one zone as in another.
    fn evenly_spread(
        &self,
        group: &Resource,
        zones: &[Named],
        targets: Vec<Result<(Value, Option<Value>), Unknown>>,
        world: &World,
    ) -> Result<bool, Unknown> {
        // A load balancer has one subnet in a zone, so two subnets are two zones.
        let mut counts: Vec<(Zone, usize)> = Vec::new();
        for zone in zones {
            let zone = zone.as_ref().map_err(Arc::clone)?;
            let (zone, _) = self.zone_named(zone, &zone.to_string(), Some(group), world);
            if zone != Zone::Other && !counts.iter().any(|(known, _)| *known == zone) {
                counts.push((zone, 0));
            }
        }
        for target in targets {
            let (id, zone) = target?;
            let place = match zone {
                // Such a target has traffic from every zone.
                Some(Value::String(all)) if &*all == "all" => continue,
                Some(zone) => zone,
                None => self.place_of(&id, group, world)?,
            };
            let (zone, why) = self.zone_named(&place, &place.to_string(), Some(group), world);
            if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == zone) {
                *count = count.saturating_add(1);
            } else if zone == Zone::Other || !counts.iter().all(|(known, _)| known.differs(&zone)) {
                // It may be in any of them.
                let why = why.unwrap_or_else(|| not_known(&place));
                return Err(why);
            }
        }
        let mut counts = counts.iter().map(|(_, count)| count);
        let first = counts.next();
        Ok(counts.all(|count| Some(count) == first))
    }

    /// The subnet or zone of an instance.
    fn place_of(&self, id: &Value, group: &Resource, world: &World) -> Result<Value, Unknown> {
        let instance = self.lookup(INSTANCE, id, Some(group), world)?;
        let instance = instance.and_then(|index| self.resource(index));
        let instance = instance.ok_or_else(|| Arc::new(Reason::Outside(id.to_string().into())))?;
        for name in ["SubnetId", "AvailabilityZone"] {
            if let Some(place) = texts(instance, &[name], world).into_iter().next() {
                return place;
            }
        }
        let why = format!("the zone of {}", instance.address);
        Err(Arc::new(Reason::Attribute(why.into())))
    }

    /// The subnets or zones at the first of some paths that has any.
    fn zone_list(&self, resource: &Resource, paths: &[&[&str]], world: &World) -> Vec<Named> {
        let mut found = paths.iter().map(|path| texts(resource, path, world));
        found.find(|list| !list.is_empty()).unwrap_or_default()
    }
}

/// What a target names, and the zone that it says.
fn target_of(target: &Map, world: &World) -> Result<(Value, Option<Value>), Unknown> {
    let see = |name: &str| -> Result<Option<Value>, Unknown> {
        let value = target.get(name).map(|value| world.known(value));
        Ok(match value.transpose()? {
            None | Some(Value::Null) => None,
            // A state has empty text where nothing is set.
            Some(Value::String(text)) if text.is_empty() => None,
            Some(value) => Some(value.clone()),
        })
    };
    let id = see("Id")?.ok_or_else(|| Arc::new(Reason::NotSet("Id".into())))?;
    Ok((id, see("AvailabilityZone")?))
}

/// Whether a target group is balanced across zones, whatever its load balancer is.
fn cross_zone(group: &Resource, world: &World) -> Result<bool, Unknown> {
    let attributes = group.property("TargetGroupAttributes");
    let attributes = attributes.map(|attributes| world.known(attributes));
    let Some(Value::List(items)) = attributes.transpose()? else {
        return Ok(false);
    };
    for item in items.iter() {
        let Some(item) = world.known(item)?.as_map() else {
            continue;
        };
        let key = item.get("Key").map(|key| world.see(key));
        if !matches!(key, Some(Seen::Value(Value::String(key))) if &**key == CROSS_ZONE) {
            continue;
        }
        let value = item.get("Value").map(|value| world.known(value));
        return Ok(value.transpose()?.and_then(Value::as_str) == Some("true"));
    }
    Ok(false)
}

/// What stands at a path, through the elements of lists on the way.
fn texts(resource: &Resource, path: &[&str], world: &World) -> Vec<Named> {
    let mut found = Vec::new();
    let [first, rest @ ..] = path else {
        return found;
    };
    let value = resource.property(first);
    if let Some(value) = value {
        walk(value, rest, world, &mut found);
    }
    found
}

fn walk(value: &Value, path: &[&str], world: &World, found: &mut Vec<Named>) {
    match (world.known(value), path) {
        (Err(why), _) => found.push(Err(why)),
        (Ok(Value::Null), _) => {}
        (Ok(Value::List(items)), path) => {
            items.iter().for_each(|item| walk(item, path, world, found));
        }
        (Ok(Value::Map(map)), [name, rest @ ..]) => {
            if let Some(value) = map.get(name) {
                walk(value, rest, world, found);
            }
        }
        (Ok(value), []) => found.push(Ok(value.clone())),
        _ => {}
    }
}

fn not_known(value: &Value) -> Unknown {
    Arc::new(Reason::Attribute(value.to_string().into()))
}
