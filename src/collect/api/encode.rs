//! Writing a call, by the service's protocol
//! (<https://smithy.io/2.0/aws/protocols/index.html>).

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::table::{Location, Member, Operation, Protocol, Service, Shape};

/// A call as it is sent: what is put behind the endpoint, and the rest of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::collect) struct Request {
    pub(in crate::collect) method: String,
    pub(in crate::collect) path: String,
    pub(in crate::collect) headers: Vec<(String, String)>,
    pub(in crate::collect) body: String,
}

/// Writes a call. Inputs are few and simple: text, numbers, booleans and lists of them.
pub(in crate::collect) fn encode(
    service: &Service,
    name: &str,
    operation: &Operation,
    input: &Map<String, Value>,
) -> Request {
    let mut request = Request {
        method: operation.method.clone(),
        path: "/".to_owned(),
        headers: Vec::new(),
        body: String::new(),
    };
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    match service.protocol {
        Protocol::Json => {
            let version = service.json.as_deref().unwrap_or("1.1");
            let target = service.target.as_deref().unwrap_or_default();
            request.headers = vec![
                header("content-type", &format!("application/x-amz-json-{version}")),
                header("x-amz-target", &format!("{target}.{name}")),
            ];
            request.body = Value::Object(input.clone()).to_string();
        }
        Protocol::Query | Protocol::Ec2 => {
            let mut form = Form::default();
            form.add("Action", name);
            form.add("Version", &service.version);
            if let Some(shape) = operation.input.as_deref().and_then(|s| service.shape(s)) {
                form.members(service, shape, "", input);
            }
            request.headers = vec![header(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            )];
            request.body = form.0;
        }
        Protocol::RestJson | Protocol::RestXml => rest(service, operation, input, &mut request),
    }
    request
}

fn rest(
    service: &Service,
    operation: &Operation,
    input: &Map<String, Value>,
    request: &mut Request,
) {
    let none = Default::default();
    let members = match operation.input.as_deref().and_then(|s| service.shape(s)) {
        Some(Shape::Struct { members, .. }) => members,
        _ => &none,
    };
    let (path, fixed) = match operation.uri.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (&*operation.uri, None),
    };
    let mut query = Form(fixed.unwrap_or_default().to_owned());
    let mut path = path.to_owned();
    let mut body = Map::new();
    for (name, value) in input {
        let Some(member) = members.get(name) else {
            continue;
        };
        let wire = member.name.as_deref().unwrap_or(name);
        match member.location {
            Some(Location::Uri) => {
                let text = plain(value);
                path = path
                    .replace(&format!("{{{wire}+}}"), &escape(&text, true))
                    .replace(&format!("{{{wire}}}"), &escape(&text, false));
            }
            Some(Location::QueryString) => match value {
                Value::Array(items) => items.iter().for_each(|i| query.add(wire, &plain(i))),
                value => query.add(wire, &plain(value)),
            },
            Some(Location::Header) => request.headers.push((wire.to_lowercase(), plain(value))),
            Some(_) => {}
            None => {
                body.insert(wire.to_owned(), value.clone());
            }
        }
    }
    request.path = match query.0.is_empty() {
        true => path,
        false => format!("{path}?{}", query.0),
    };
    if service.protocol == Protocol::RestJson && request.method != "GET" {
        request
            .headers
            .push(("content-type".to_owned(), "application/json".to_owned()));
        request.body = Value::Object(body).to_string();
    }
}

/// Names and values as in the query of a URL.
#[derive(Default)]
struct Form(String);

impl Form {
    fn add(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(&escape(name, false));
        self.0.push('=');
        self.0.push_str(&escape(value, false));
    }

    fn members(
        &mut self,
        service: &Service,
        shape: &Shape,
        prefix: &str,
        input: &Map<String, Value>,
    ) {
        let Shape::Struct { members, .. } = shape else {
            return;
        };
        for (name, value) in input {
            let Some(member) = members.get(name) else {
                continue;
            };
            let wire = member.name.as_deref().unwrap_or(name);
            // EC2 writes the names of answers with a small letter, those of calls with a capital.
            let wire = match (&member.query, service.protocol) {
                (Some(query), _) => query.clone(),
                (None, Protocol::Ec2) => capital(wire),
                (None, _) => wire.to_owned(),
            };
            self.value(service, member, &format!("{prefix}{wire}"), value);
        }
    }

    fn value(&mut self, service: &Service, member: &Member, name: &str, value: &Value) {
        match (service.shape(&member.shape), value) {
            (
                Some(Shape::List {
                    member: of, flat, ..
                }),
                Value::Array(items),
            ) => {
                let is_flat = *flat || member.flat || service.protocol == Protocol::Ec2;
                let element = of.name.as_deref().unwrap_or("member");
                for (index, item) in items.iter().enumerate() {
                    let name = match is_flat {
                        true => format!("{name}.{}", index + 1),
                        false => format!("{name}.{element}.{}", index + 1),
                    };
                    self.value(service, of, &name, item);
                }
            }
            (Some(shape @ Shape::Struct { .. }), Value::Object(map)) => {
                self.members(service, shape, &format!("{name}."), map);
            }
            (_, value) => self.add(name, &plain(value)),
        }
    }
}

fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
        .unwrap_or_default()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Percent-encoding as signatures want it: everything but unreserved characters (RFC 3986,
/// section 2.3).
fn escape(text: &str, keep_slashes: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            b'/' if keep_slashes => escaped.push('/'),
            byte => {
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::table::service;
    use super::*;

    fn of(name: &str, operation: &str, input: Value) -> Request {
        let service = service(name).unwrap();
        let found = service.operation(operation).unwrap();
        encode(service, operation, found, input.as_object().unwrap())
    }

    #[test]
    fn each_protocol_is_written_its_way() {
        let query = of(
            "rds",
            "DescribeDBInstances",
            json!({"Marker": "a b", "MaxRecords": 100}),
        );
        assert_eq!(
            query.body,
            "Action=DescribeDBInstances&Version=2014-10-31&Marker=a%20b&MaxRecords=100"
        );
        let lists = of("elbv2", "DescribeTags", json!({"ResourceArns": ["x", "y"]}));
        assert!(
            lists
                .body
                .ends_with("&ResourceArns.member.1=x&ResourceArns.member.2=y")
        );
        let ec2 = of("ec2", "DescribeRegions", json!({"AllRegions": true}));
        assert!(ec2.body.ends_with("&AllRegions=true"), "{}", ec2.body);
        let json = of("dynamodb", "DescribeTable", json!({"TableName": "carts"}));
        assert_eq!(json.body, r#"{"TableName":"carts"}"#);
        assert_eq!(json.headers[1].1, "DynamoDB_20120810.DescribeTable");
        let path = of("apigateway", "GetStages", json!({"restApiId": "a/b"}));
        assert_eq!(
            (&*path.method, &*path.path),
            ("GET", "/restapis/a%2Fb/stages")
        );
    }
}
