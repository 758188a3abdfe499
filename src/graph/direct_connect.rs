//! Direct Connect: over which lines a network outside is reached.

use std::sync::Arc;

use super::Graph;
use crate::model::{Reason, Resource, Unknown, Value, World};

const CONNECTION: &str = "AWS::DirectConnect::Connection";
const LAG: &str = "AWS::DirectConnect::Lag";
const GATEWAY: &str = "AWS::DirectConnect::DirectConnectGateway";
const ASSOCIATION: &str = "AWS::DirectConnect::DirectConnectGatewayAssociation";
/// What a gateway is reached by.
const INTERFACES: [&str; 2] = [
    "AWS::DirectConnect::PrivateVirtualInterface",
    "AWS::DirectConnect::TransitVirtualInterface",
];
const PUBLIC_INTERFACE: &str = "AWS::DirectConnect::PublicVirtualInterface";
/// What a Direct Connect gateway is associated with.
const ASSOCIATED: [&str; 2] = ["AWS::EC2::VPNGateway", "AWS::EC2::TransitGateway"];

/// The types of which every resource matters here.
pub(super) const TYPES: [&str; 4] = [INTERFACES[0], INTERFACES[1], PUBLIC_INTERFACE, ASSOCIATION];

/// The types that are looked for by name.
pub(super) const LOOKED_UP: [&str; 5] = [CONNECTION, LAG, GATEWAY, ASSOCIATED[0], ASSOCIATED[1]];

/// The properties that are read here.
pub(super) const READS: &[(&str, &[&str])] = &[
    (CONNECTION, &["LagId", "Location"]),
    (LAG, &["Location"]),
    (INTERFACES[0], &["ConnectionId"]),
    (INTERFACES[1], &["ConnectionId"]),
    (PUBLIC_INTERFACE, &["ConnectionId"]),
    (ASSOCIATION, &["DirectConnectGatewayId"]),
];

/// A connection, or a link aggregation group, which ends on one device as a connection does.
#[derive(Debug)]
pub struct Line {
    /// It, if it was read.
    pub resource: Option<usize>,
    /// What it is called by the interface that was found first.
    pub name: String,
    /// The code of the location it ends at, in lower case.
    pub location: Result<Box<str>, Unknown>,
    /// The device of AWS it ends on.
    pub device: Result<Box<str>, Unknown>,
}

impl Line {
    /// One of which nothing is known but that an interface uses it.
    fn unread(name: String, why: &Unknown) -> Self {
        Self {
            resource: None,
            name,
            location: Err(Arc::clone(why)),
            device: Err(Arc::clone(why)),
        }
    }
}

impl Graph<'_> {
    /// The lines over which some virtual interfaces, or those of some gateways, run, each once; and
    /// why there could be more.
    pub fn lines(&self, of: &[usize], world: &World) -> (Vec<Line>, Option<Unknown>) {
        let (mut lines, mut open) = (Vec::<Line>::new(), None);
        let mut unnamed = None;
        for interface in self.interfaces(of, world, &mut open) {
            let Some(resource) = self.resource(interface) else {
                continue;
            };
            match self.line(resource, world) {
                Ok(line) => {
                    let is_it = |known: &Line| match (known.resource, line.resource) {
                        (Some(known), Some(line)) => known == line,
                        (None, None) => known.name == line.name,
                        _ => false,
                    };
                    if !lines.iter().any(is_it) {
                        lines.push(line);
                    }
                }
                Err(why) => {
                    unnamed.get_or_insert((resource, why));
                }
            }
        }
        // It may be one of the others. If it is alone it is one, whichever it is.
        if let Some((interface, why)) = unnamed {
            if lines.is_empty() {
                lines.push(Line::unread(
                    format!("the line of {}", interface.address),
                    &why,
                ));
            }
            open.get_or_insert(why);
        }
        (lines, open)
    }

    /// The virtual interfaces among some resources, and those of the gateways among them.
    fn interfaces(&self, of: &[usize], world: &World, open: &mut Option<Unknown>) -> Vec<usize> {
        let mut found = Vec::new();
        let mut gateways = Vec::new();
        for &index in of {
            let rtype = self.resource(index).map_or("", |r| &*r.rtype);
            if rtype == PUBLIC_INTERFACE || INTERFACES.contains(&rtype) {
                found.push(index);
                continue;
            }
            gateways.push(index);
            if !ASSOCIATED.contains(&rtype) {
                continue;
            }
            let (associations, more) = self.referrers(index, ASSOCIATION, world);
            *open = open.take().or(more);
            for association in associations {
                let Some(association) = self.resource(association) else {
                    continue;
                };
                let gateway = association.property("DirectConnectGatewayId");
                let gateway = gateway.unwrap_or(&Value::Null);
                match self.lookup(GATEWAY, gateway, Some(association), world) {
                    Ok(Some(gateway)) => gateways.push(gateway),
                    Ok(None) => {
                        let outside = Reason::Outside(gateway.to_string().into());
                        open.get_or_insert_with(|| Arc::new(outside));
                    }
                    Err(why) => {
                        open.get_or_insert(why);
                    }
                }
            }
        }
        for gateway in gateways {
            for rtype in INTERFACES {
                // Those that lead straight to a virtual private gateway are in its Region.
                let near = self
                    .resource(gateway)
                    .filter(|r| ASSOCIATED.contains(&&*r.rtype));
                let (interfaces, more) = self.referrers_near(gateway, rtype, near, world);
                *open = open.take().or(more);
                found.extend(interfaces);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The line that a virtual interface runs over.
    fn line(&self, interface: &Resource, world: &World) -> Result<Line, Unknown> {
        let not_set = || Arc::new(Reason::NotSet("ConnectionId".into()));
        let value = interface.property("ConnectionId").ok_or_else(not_set)?;
        let value = world.known(value)?;
        if value.is_null() {
            return Err(not_set());
        }
        let connection = self.lookup(CONNECTION, value, Some(interface), world);
        let found = match &connection {
            // What it is bundled into is the line.
            Ok(Some(index)) => {
                let connection = self.resource(*index);
                let group = connection.and_then(|connection| connection.property("LagId"));
                let group = group.map(|group| self.lookup(LAG, group, connection, world));
                Some(group.and_then(Result::ok).flatten().unwrap_or(*index))
            }
            _ => self
                .lookup(LAG, value, Some(interface), world)
                .unwrap_or_default(),
        };
        let Some(index) = found else {
            let outside = || Arc::new(Reason::Outside(value.to_string().into()));
            let why = connection.err().unwrap_or_else(outside);
            return Ok(Line::unread(value.to_string(), &why));
        };
        let line = self.resource(index);
        let location = line.and_then(|line| line.property("Location"));
        let location = match location.map(|location| world.known(location)) {
            Some(Ok(Value::String(code))) => Ok(code.to_lowercase().into()),
            Some(Err(why)) => Err(why),
            Some(Ok(Value::Null)) | None => Err(Arc::new(Reason::NotSet("Location".into()))),
            Some(Ok(other)) => Err(Arc::new(Reason::Attribute(other.to_string().into()))),
        };
        let device = line.and_then(|line| line.observed.get("Device"));
        let device = match device {
            Some(Value::String(device)) => Ok(device.clone()),
            Some(Value::Unknown(why)) => Err(Arc::clone(why)),
            _ => {
                let what = line.map_or("", |line| &*line.address);
                let why = format!("the device that {what} ends on");
                Err(Arc::new(Reason::Attribute(why.into())))
            }
        };
        Ok(Line {
            resource: Some(index),
            name: line.map_or_else(String::new, |line| line.address.to_string()),
            location,
            device,
        })
    }
}
