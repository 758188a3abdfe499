//! Reading an answer, by the service's protocol: XML or JSON into values under the model's names,
//! without what the model marks as secret.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::fault::{Fault, FaultKind};
use super::table::{Location, Member, Operation, Protocol, Service, Shape};
use crate::model::{Map, Value};
use crate::source;
use crate::types;

/// Deeper answers are not AWS's.
const MAX_DEPTH: usize = 200;

/// Reads the answer to a call. `header` gives the value of a header.
pub(in crate::collect) fn decode(
    service: &Service,
    operation: &Operation,
    body: &[u8],
    header: &dyn Fn(&str) -> Option<String>,
) -> Result<Map, Fault> {
    let Some(shape) = operation.output.as_deref().and_then(|s| service.shape(s)) else {
        return Ok(Map::default());
    };
    let malformed = |why: String| Fault::new(FaultKind::Malformed, why);
    let text = std::str::from_utf8(body).map_err(|_| malformed("it is not UTF-8".to_owned()))?;
    let mut map = match (service.protocol, operation.outpayload.as_deref()) {
        (Protocol::Json | Protocol::RestJson, payload) => {
            let value = match text.trim().is_empty() {
                true => Value::Map(Map::default()),
                false => source::json_value(text).map_err(malformed)?,
            };
            match payload {
                Some(name) => Map::new(vec![(name.into(), value)]),
                None => match from_json(service, shape, value, 0) {
                    Value::Map(map) => map,
                    _ => return Err(malformed("it is not an object".to_owned())),
                },
            }
        }
        (_, None) => {
            let root = parse(text).map_err(malformed)?;
            let root = match &operation.wrap {
                Some(name) => root
                    .child(name)
                    .ok_or_else(|| malformed(format!("it is <{}> without <{name}>", root.name)))?,
                None => &root,
            };
            match from_xml(service, shape, root, 0) {
                Value::Map(map) => map,
                _ => Map::default(),
            }
        }
        (_, Some(name)) => {
            let member = match shape {
                Shape::Struct { members, .. } => members.get(name),
                _ => None,
            };
            let inner = member.and_then(|member| service.shape(&member.shape));
            let value = match inner {
                // What is neither is text, such as the policy of a bucket.
                Some(Shape::String { .. } | Shape::Blob { .. }) => Value::string(text),
                Some(inner) => from_xml(service, inner, &parse(text).map_err(malformed)?, 0),
                None => Value::Null,
            };
            Map::new(vec![(name.into(), value)])
        }
    };
    if let Shape::Struct { members, .. } = shape {
        for (name, member) in members {
            if member.location == Some(Location::Header)
                && let Some(text) = header(member.name.as_deref().unwrap_or(name))
            {
                map.insert(name.as_str().into(), Value::string(text));
            }
        }
    }
    Ok(map)
}

/// What an answer that is none says: its code and message.
pub(in crate::collect) fn fault(
    status: u16,
    body: &[u8],
    header: &dyn Fn(&str) -> Option<String>,
) -> Fault {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut code = header("x-amzn-errortype").unwrap_or_default();
    let mut message = String::new();
    if text.starts_with('{') {
        let map = match source::json_value(text) {
            Ok(Value::Map(map)) => map,
            Ok(_) => Map::default(),
            Err(why) => return Fault::new(FaultKind::Malformed, why),
        };
        let said = |names: &[&str]| {
            let found = names.iter().find_map(|name| map.get(name)?.as_str());
            found.map(str::to_owned)
        };
        if code.is_empty() {
            code = said(&["__type", "code", "Code"]).unwrap_or_default();
        }
        message = said(&["message", "Message", "errorMessage"]).unwrap_or_default();
    } else if text.starts_with('<') {
        // An error that was cut off on the way says nothing.
        let root = match parse(text) {
            Ok(root) => root,
            Err(why) => return Fault::new(FaultKind::Malformed, why),
        };
        let error = root.find("Error").unwrap_or(&root);
        let said = |name: &str| error.child(name).map(|child| child.text.trim().to_owned());
        code = said("Code").unwrap_or(code);
        message = said("Message").unwrap_or_default();
    }
    Fault::said(status, &code, &message)
}

fn from_json(service: &Service, shape: &Shape, value: Value, depth: usize) -> Value {
    if value.is_null() {
        return value;
    }
    if shape.is_secret() {
        return types::secret();
    }
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    let of = |member: &Member, value: Value| match service.shape(&member.shape) {
        Some(shape) => from_json(service, shape, value, depth + 1),
        None => value,
    };
    match (shape, value) {
        (Shape::Struct { members, .. }, Value::Map(map)) => {
            let mut named = Vec::new();
            for (name, member) in members {
                let wire = member.name.as_deref().unwrap_or(name);
                if let Some(value) = map.get(wire).or_else(|| map.get(name))
                    && !value.is_null()
                {
                    named.push((name.as_str().into(), of(member, value.clone())));
                }
            }
            Value::Map(Map::new(named))
        }
        (Shape::List { member, .. }, Value::List(items)) => {
            let items = items.into_iter().map(|item| of(member, item));
            Value::List(items.collect())
        }
        (Shape::Map { value: member, .. }, Value::Map(map)) => {
            let entries = map
                .iter()
                .map(|(name, value)| (name.clone(), of(member, value.clone())));
            Value::Map(Map::new(entries.collect()))
        }
        (_, value) => value,
    }
}

/// An element of an XML document.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
}

impl Element {
    fn start(start: &BytesStart<'_>) -> Result<Self, String> {
        let mut element = Self {
            name: start.local_name().as_ref().to_owned(),
            ..Self::default()
        };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|e| e.to_string())?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|e| e.to_string())?
                .into_owned();
            let name: &str = attribute.key.as_ref();
            element.attributes.push((name.to_owned(), value));
        }
        Ok(element)
    }

    fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// An element of this name at most two levels down.
    fn find(&self, name: &str) -> Option<&Element> {
        if self.name == name {
            return Some(self);
        }
        self.child(name)
            .or_else(|| self.children.iter().find_map(|child| child.child(name)))
    }
}

/// Reads a document. Entities other than XML's own, which could make it grow, are refused.
fn parse(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        match reader.read_event().map_err(|e| e.to_string())? {
            Event::Start(start) => {
                if open.len() > MAX_DEPTH {
                    return Err("it is nested too deeply".to_owned());
                }
                open.push(Element::start(&start)?);
            }
            Event::Empty(start) => {
                let element = Element::start(&start)?;
                if let Some(parent) = open.last_mut() {
                    parent.children.push(element);
                }
            }
            Event::End(_) => {
                let Some(element) = open.pop() else { break };
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Err("it closes more than it opens".to_owned()),
                }
            }
            Event::Text(piece) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&piece.xml10_content());
                }
            }
            Event::CData(piece) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&piece.xml10_content());
                }
            }
            Event::GeneralRef(reference) => {
                let resolved = match reference.resolve_char_ref().map_err(|e| e.to_string())? {
                    Some(character) => character,
                    None => match &*reference {
                        "lt" => '<',
                        "gt" => '>',
                        "amp" => '&',
                        "quot" => '"',
                        "apos" => '\'',
                        _ => return Err("it has an entity that is not XML's".to_owned()),
                    },
                };
                if let Some(element) = open.last_mut() {
                    element.text.push(resolved);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(mut document), true) => document
            .children
            .pop()
            .ok_or_else(|| "it is empty".to_owned()),
        _ => Err("it ends in the middle".to_owned()),
    }
}

fn from_xml(service: &Service, shape: &Shape, element: &Element, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    if shape.is_secret() {
        return types::secret();
    }
    let text = element.text.as_str();
    match shape {
        Shape::Struct { members, .. } => {
            let mut named = Vec::new();
            for (name, member) in members {
                let Some(inner) = service.shape(&member.shape) else {
                    continue;
                };
                let wire = member.name.as_deref().unwrap_or(name);
                if member.attr {
                    let is_it = |(n, _): &&(String, String)| {
                        n == wire || n.rsplit(':').next() == wire.rsplit(':').next()
                    };
                    if let Some((_, value)) = element.attributes.iter().find(is_it) {
                        named.push((name.as_str().into(), Value::string(value.as_str())));
                    }
                    continue;
                }
                if member.location.is_some() {
                    continue;
                }
                let value = if is_flat(inner, member) {
                    // The name of a flat list's elements may be said by the list.
                    let wire = match inner {
                        Shape::List { member: of, .. } if member.name.is_none() => {
                            of.name.as_deref().unwrap_or(wire)
                        }
                        _ => wire,
                    };
                    flat(service, inner, element, wire, depth)
                } else {
                    element
                        .child(wire)
                        .map(|child| from_xml(service, inner, child, depth + 1))
                };
                named.extend(value.map(|value| (name.as_str().into(), value)));
            }
            Value::Map(Map::new(named))
        }
        Shape::List { member, .. } => {
            let wanted = member.name.as_deref().unwrap_or("member");
            let Some(inner) = service.shape(&member.shape) else {
                return Value::Null;
            };
            let items = element
                .children
                .iter()
                .filter(|child| child.name == wanted)
                .map(|child| from_xml(service, inner, child, depth + 1));
            Value::List(items.collect())
        }
        Shape::Map { key, value, .. } => {
            let entries = element.children.iter().filter(|c| c.name == "entry");
            entry_map(service, entries, key, value, depth)
        }
        Shape::Bool => Value::Bool(text.trim() == "true"),
        Shape::Int => match text.trim().parse() {
            Ok(number) => Value::Int(number),
            Err(_) => Value::string(text),
        },
        Shape::Float => match text.trim().parse() {
            Ok(number) => Value::Double(number),
            Err(_) => Value::string(text),
        },
        Shape::String { last: true, .. } => {
            Value::string(text.rsplit('/').next().unwrap_or_default())
        }
        Shape::String { .. } | Shape::Time | Shape::Blob { .. } => Value::string(text),
    }
}

fn is_flat(shape: &Shape, member: &Member) -> bool {
    match shape {
        Shape::List { flat, .. } | Shape::Map { flat, .. } => *flat || member.flat,
        _ => false,
    }
}

/// A list or map whose elements stand among the members of the structure it is in.
fn flat(
    service: &Service,
    shape: &Shape,
    element: &Element,
    wire: &str,
    depth: usize,
) -> Option<Value> {
    let mut found = element.children.iter().filter(|child| child.name == wire);
    match shape {
        Shape::List { member, .. } => {
            let inner = service.shape(&member.shape)?;
            let items: Vec<Value> = found
                .map(|child| from_xml(service, inner, child, depth + 1))
                .collect();
            (!items.is_empty()).then(|| Value::List(items.into()))
        }
        Shape::Map { key, value, .. } => Some(entry_map(service, &mut found, key, value, depth)),
        _ => None,
    }
}

fn entry_map<'e>(
    service: &Service,
    entries: impl Iterator<Item = &'e Element>,
    key: &Member,
    value: &Member,
    depth: usize,
) -> Value {
    let name = key.name.as_deref().unwrap_or("key");
    let content = value.name.as_deref().unwrap_or("value");
    let pairs = entries.filter_map(|entry| {
        let name = entry.child(name)?.text.as_str();
        let inner = service.shape(&value.shape)?;
        let value = from_xml(service, inner, entry.child(content)?, depth + 1);
        Some((name.into(), value))
    });
    Value::Map(Map::new(pairs.collect()))
}

#[cfg(test)]
mod tests {
    use super::super::table::service;
    use super::*;

    fn of(name: &str, operation: &str, body: &str) -> String {
        let service = service(name).unwrap();
        let found = service.operation(operation).unwrap();
        let map = decode(service, found, body.as_bytes(), &|_| None);
        map.map_or_else(|fault| fault.to_string(), |map| Value::Map(map).to_string())
    }

    #[test]
    fn answers_get_the_names_of_the_model() {
        let rds = "<DescribeDBInstancesResponse xmlns='x'><DescribeDBInstancesResult><DBInstances>\
                   <DBInstance><DBInstanceIdentifier>a&amp;b</DBInstanceIdentifier><MultiAZ>true</MultiAZ>\
                   <Endpoint><Port>5432</Port></Endpoint></DBInstance></DBInstances>\
                   </DescribeDBInstancesResult></DescribeDBInstancesResponse>";
        assert_eq!(
            of("rds", "DescribeDBInstances", rds),
            "{DBInstances: [{DBInstanceIdentifier: a&b, Endpoint: {Port: 5432}, MultiAZ: true}]}"
        );
        let ec2 = "<DescribeSubnetsResponse><subnetSet><item><subnetId>s-1</subnetId></item></subnetSet>\
                   </DescribeSubnetsResponse>";
        assert_eq!(
            of("ec2", "DescribeSubnets", ec2),
            "{Subnets: [{SubnetId: s-1}]}"
        );
        let stages = r#"{"item":[{"stageName":"prod","tracingEnabled":true}]}"#;
        assert_eq!(
            of("apigateway", "GetStages", stages),
            "{item: [{stageName: prod, tracingEnabled: true}]}"
        );
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let cut = "<DescribeDBInstancesResponse><DescribeDBInstancesResult>";
        assert!(of("rds", "DescribeDBInstances", cut).contains("could not be read"));
        let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaa'>]><DescribeSubnetsResponse>&a;</DescribeSubnetsResponse>";
        assert!(of("ec2", "DescribeSubnets", bomb).contains("not XML's"));
        assert!(of("dynamodb", "ListTables", "{\"TableNames\": [").contains("could not be read"));
    }

    #[test]
    fn errors_are_read_in_every_form() {
        let none = |_: &str| None;
        let kind = |body: &str| fault(400, body.as_bytes(), &none).kind;
        let denied = FaultKind::Denied;
        assert_eq!(
            kind("<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"),
            denied
        );
        assert_eq!(
            kind(
                "<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>"
            ),
            denied
        );
        assert_eq!(kind("<Error><Code>AccessDenied</Code></Error>"), denied);
        assert_eq!(kind(r#"{"__type":"AccessDeniedException"}"#), denied);
        let header =
            |name: &str| (name == "x-amzn-errortype").then(|| "AccessDeniedException:x".to_owned());
        assert_eq!(fault(403, b"{}", &header).kind, denied);
        assert_eq!(kind("<html>nothing here</html>"), FaultKind::Refused);
    }

    proptest::proptest! {
        /// Whatever a server says: values or a fault, and no panic.
        #[test]
        fn any_answer_is_survived(
            body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
            status in 100_u16..600,
        ) {
            for (name, operation) in [
                ("rds", "DescribeDBInstances"),
                ("ec2", "DescribeSubnets"),
                ("s3", "ListBuckets"),
                ("dynamodb", "DescribeTable"),
                ("apigateway", "GetStages"),
            ] {
                let service = service(name).unwrap();
                let found = service.operation(operation).unwrap();
                let _ = decode(service, found, &body, &|_| None);
            }
            let _ = fault(status, &body, &|_| None);
        }

        /// The same of answers that have something of what they should.
        #[test]
        fn answers_cut_anywhere_are_survived(at in 0_usize..400, text in "[<>&;\\PC]{0,20}") {
            let whole = "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance a='1'>\
                         <TagList><Tag><Key>k</Key></Tag></TagList></DBInstance></DBInstances><Marker>m</Marker>\
                         </DescribeDBInstancesResult></DescribeDBInstancesResponse>";
            let mut body: String = whole.chars().take(at).collect();
            body.push_str(&text);
            body.extend(whole.chars().skip(at));
            let service = service("rds").unwrap();
            let found = service.operation("DescribeDBInstances").unwrap();
            let _ = decode(service, found, body.as_bytes(), &|_| None);
        }
    }
}
