//! A resource and its line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::path;
use crate::model::{
    Map, OBSERVED, Origin, Part, Path, Reason, Region, Resource, Segment, SourceId, Value,
};
use crate::source::Options;
use crate::source::values::Values;
use crate::types::{self, Door};

/// The line of a resource, without the newline.
pub fn line(resource: &Resource) -> String {
    #[derive(Serialize)]
    struct Written<'r> {
        r#type: &'r str,
        id: &'r str,
        #[serde(skip_serializing_if = "Option::is_none")]
        arn: Option<&'r str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        account: Option<&'r str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        region: Option<&'r str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        captured: Option<&'r str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        names: Vec<&'r str>,
        #[serde(skip_serializing_if = "Json::is_empty")]
        properties: Json,
        #[serde(skip_serializing_if = "Json::is_empty")]
        observed: Json,
        #[serde(skip_serializing_if = "Json::is_empty")]
        unknown: Json,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        secret: Vec<String>,
    }
    let mut aside = Aside::default();
    let properties = aside.map(&resource.properties, &mut Vec::new());
    let mut within = vec![Segment::Key(OBSERVED.into())];
    let observed = aside.map(&resource.observed, &mut within);
    // The id is a name by itself.
    let names = resource.names.iter().filter(|name| **name != resource.id);
    let written = Written {
        r#type: &resource.rtype,
        id: &resource.id,
        arn: resource.arn.as_deref(),
        account: resource.account.as_deref(),
        region: match &resource.region {
            Region::In(name) => Some(name),
            Region::Global => Some("global"),
            Region::Unknown(_) => None,
        },
        captured: resource.captured.as_deref(),
        names: names.map(|name| &**name).collect(),
        properties,
        observed,
        unknown: aside.unknown,
        secret: aside.secret,
    };
    // Text under text cannot fail to be JSON.
    serde_json::to_string(&written).unwrap_or_default()
}

type Json = serde_json::Map<String, serde_json::Value>;

/// What JSON cannot say, by where it stands.
#[derive(Default)]
struct Aside {
    unknown: Json,
    secret: Vec<String>,
}

impl Aside {
    fn map(&mut self, map: &Map, at: &mut Vec<Segment>) -> Json {
        let mut json = Json::new();
        for (name, value) in map.iter().filter(|(_, value)| !value.is_null()) {
            at.push(Segment::Key(Arc::clone(name)));
            if let Some(value) = self.value(value, at) {
                json.insert(name.to_string(), value);
            }
            at.pop();
        }
        json
    }

    /// A value as JSON; `None` if it is noted aside.
    fn value(&mut self, value: &Value, at: &mut Vec<Segment>) -> Option<serde_json::Value> {
        let why = match value {
            Value::Null => return Some(serde_json::Value::Null),
            Value::Bool(value) => return Some((*value).into()),
            Value::Int(value) => return Some((*value).into()),
            Value::Double(value) if value.is_finite() => return Some((*value).into()),
            Value::Double(_) => "it is not a number that JSON has".to_owned(),
            Value::String(text) => return Some((&**text).into()),
            Value::Map(map) => return Some(self.map(map, at).into()),
            Value::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    at.push(Segment::Index(index));
                    // What is noted aside leaves its place, so that the others keep theirs.
                    list.push(self.value(item, at).unwrap_or_default());
                    at.pop();
                }
                return Some(list.into());
            }
            secret if *secret == types::secret() => {
                self.secret.push(path::to_text(at));
                return None;
            }
            Value::Unknown(why) => why.to_string(),
            Value::Reference(reference) => {
                Reason::Attribute(reference.to_string().into()).to_string()
            }
            Value::Composed(parts) => parts
                .iter()
                .find_map(|part| match part {
                    Part::Text(_) => None,
                    Part::Reference(r) => Some(Reason::Attribute(r.to_string().into()).to_string()),
                    Part::Unknown(why) => Some(why.to_string()),
                })
                .unwrap_or_else(|| value.to_string()),
            Value::Choice(choice) => Reason::Undecided(choice.switch.name.clone()).to_string(),
        };
        self.unknown.insert(path::to_text(at), why.into());
        None
    }
}

/// A line, as far as it is looked into before it is known to be of interest.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<'t> {
    #[serde(rename = "type", borrow)]
    pub(super) rtype: Cow<'t, str>,
    #[serde(borrow)]
    pub(super) id: Cow<'t, str>,
    #[serde(borrow, default)]
    arn: Option<&'t RawValue>,
    #[serde(borrow, default)]
    account: Option<&'t RawValue>,
    #[serde(borrow, default)]
    region: Option<&'t RawValue>,
    #[serde(borrow, default)]
    captured: Option<&'t RawValue>,
    #[serde(borrow, default)]
    names: Option<&'t RawValue>,
    #[serde(borrow, default)]
    properties: Option<&'t RawValue>,
    #[serde(borrow, default)]
    observed: Option<&'t RawValue>,
    #[serde(borrow, default)]
    unknown: Option<&'t RawValue>,
    #[serde(borrow, default)]
    secret: Option<&'t RawValue>,
}

/// Something that a line has of its resource, by its name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Member<'n> {
    /// A property.
    Property(&'n str),
    /// A fact that only a running account has.
    Fact(&'n str),
}

/// Where a line is, and what is said of the inputs.
pub(super) struct Place<'a> {
    pub(super) path: &'a str,
    pub(super) source: SourceId,
    pub(super) line: usize,
    pub(super) options: &'a Options,
    /// The properties of a type that this build knows and what wrote the file did not.
    pub(super) unread: &'a [Path],
}

impl Envelope<'_> {
    /// What is not of the kind that it should be, as can be told without reading it.
    pub(super) fn fault(&self) -> Option<String> {
        let members = [
            ("arn", self.arn, '"'),
            ("account", self.account, '"'),
            ("region", self.region, '"'),
            ("captured", self.captured, '"'),
            ("names", self.names, '['),
            ("properties", self.properties, '{'),
            (OBSERVED, self.observed, '{'),
            ("unknown", self.unknown, '{'),
            ("secret", self.secret, '['),
        ];
        let wrong = members.into_iter().find(|(_, json, first)| {
            json.is_some_and(|json| !json.get().starts_with([*first, 'n']))
        });
        wrong.map(|(name, ..)| not_that(name))
    }

    /// The resource; of what it has only what `keep` wants.
    pub(super) fn resource(
        &self,
        values: &Values,
        place: &Place<'_>,
        keep: &dyn Fn(Member<'_>) -> bool,
    ) -> Result<Resource, String> {
        let rtype = values.name(&self.rtype);
        let is_kept = |name: &str| keep(Member::Property(name));
        let is_kept_fact = |name: &str| keep(Member::Fact(name));
        let mut properties = object("properties", self.properties, values, &is_kept)?;
        let mut observed = object(OBSERVED, self.observed, values, &is_kept_fact)?;
        let said: BTreeMap<Cow<'_, str>, Cow<'_, str>> =
            parsed("unknown", self.unknown)?.unwrap_or_default();
        let unknown = said.iter().map(|(at, why)| {
            let why = Value::unknown(Reason::NotCollected(why.as_ref().into()));
            (at, why)
        });
        let secret: Vec<Cow<'_, str>> = parsed("secret", self.secret)?.unwrap_or_default();
        let secret = secret.iter().map(|at| (at, types::secret()));
        for (at, value) in unknown.chain(secret) {
            let Some(path) = path::parse(at) else {
                return Err(format!("`{at}` is not a path of properties"));
            };
            match path.0.as_slice() {
                [Segment::Key(first), rest @ ..] if **first == *OBSERVED => {
                    if let Some(Segment::Key(fact)) = rest.first()
                        && is_kept_fact(fact)
                    {
                        put(&mut observed, rest, value);
                    }
                }
                [Segment::Key(first), ..] if is_kept(first) => {
                    put(&mut properties, &path.0, value);
                }
                _ => {}
            }
        }
        for path in place.unread {
            match path.0.as_slice() {
                [Segment::Key(first), rest @ ..] if **first == *OBSERVED => {
                    if matches!(rest.first(), Some(Segment::Key(fact)) if is_kept_fact(fact)) {
                        mark_unread(&mut observed, rest);
                    }
                }
                [Segment::Key(first), ..] if is_kept(first) => {
                    mark_unread(&mut properties, &path.0);
                }
                _ => {}
            }
        }
        types::canonicalise_observed(&rtype, &mut observed);
        types::canonicalise(&rtype, &mut properties, Door::Live);

        let text = |name, json: Option<&RawValue>| {
            let text: Option<Cow<'_, str>> = parsed(name, json)?;
            Ok::<_, String>(text.filter(|text| !text.is_empty()))
        };
        let arn: Option<Arc<str>> = text("arn", self.arn)?.map(|arn| arn.as_ref().into());
        let said = |text: Option<Cow<'_, str>>| text.map(|text| values.name(&text));
        let account = said(text("account", self.account)?);
        let region = said(text("region", self.region)?);
        let region = place.options.region_for(place.path, region);
        let is_global = types::is_global(&rtype, &properties);
        let region = match region {
            _ if is_global => Region::Global,
            Some(name) if &*name == "global" => Region::Global,
            Some(name) => Region::In(name),
            None => Region::Unknown(Arc::new(Reason::Other(
                "its line does not say which Region it is in (--region)".into(),
            ))),
        };
        let id: Arc<str> = self.id.as_ref().into();
        let mut names = vec![Arc::clone(&id)];
        let said: Vec<Cow<'_, str>> = parsed("names", self.names)?.unwrap_or_default();
        for name in said {
            if arn.as_deref() != Some(&*name) && !names.iter().any(|known| **known == *name) {
                names.push(name.as_ref().into());
            }
        }
        Ok(Resource {
            key: match &arn {
                Some(arn) => Arc::clone(arn),
                None => format!("{}#{region}/{rtype}/{id}", place.path).into(),
            },
            address: Arc::clone(&id),
            id,
            arn,
            names: names.into(),
            account: place.options.account_for(place.path, account),
            region,
            properties,
            observed,
            captured: text("captured", self.captured)?.map(|at| at.as_ref().into()),
            exists: Value::Bool(true),
            origin: Origin {
                source: place.source,
                node: Path(vec![Segment::Index(place.line)]),
                moved: Box::default(),
                behind: Box::default(),
            },
            construct: None,
            depends: None,
            suppressions: Box::default(),
            rtype,
        })
    }
}

fn parsed<'t, T: Deserialize<'t>>(
    name: &str,
    json: Option<&'t RawValue>,
) -> Result<Option<T>, String> {
    match json {
        Some(json) => serde_json::from_str(json.get()).map_err(|_| not_that(name)),
        None => Ok(None),
    }
}

fn not_that(name: &str) -> String {
    format!("`{name}` is not what it should be")
}

/// The wanted members of an object.
fn object(
    name: &str,
    json: Option<&RawValue>,
    values: &Values,
    keep: &dyn Fn(&str) -> bool,
) -> Result<Map, String> {
    let Some(json) = json.filter(|json| json.get() != "null") else {
        return Ok(Map::default());
    };
    values.members(json, keep).map_err(|_| not_that(name))
}

/// Sets a value where a path leads. Where it leads through something that is not there or cannot
/// have it, that is not known either.
fn put(map: &mut Map, path: &[Segment], value: Value) {
    let Some((Segment::Key(name), rest)) = path.split_first() else {
        return;
    };
    if map.get(name).is_none() {
        map.insert(Arc::clone(name), Value::Null);
    }
    if let Some(slot) = map.get_mut(name) {
        put_into(slot, rest, value);
    }
}

fn put_into(slot: &mut Value, path: &[Segment], value: Value) {
    match (path.first(), slot) {
        (None, slot) => *slot = value,
        (Some(Segment::Key(_)), Value::Map(map)) => put(map, path, value),
        (Some(Segment::Key(_)), slot @ Value::Null) => {
            let mut map = Map::default();
            put(&mut map, path, value);
            *slot = Value::Map(map);
        }
        (Some(Segment::Index(index)), Value::List(items)) if items.get(*index).is_some() => {
            if let Some(item) = items.get_mut(*index) {
                put_into(item, path.get(1..).unwrap_or_default(), value);
            }
        }
        (_, slot) => *slot = value,
    }
}

/// Says of a property that is not there that what wrote the file could not read it. `Index` steps
/// stand for every element.
fn mark_unread(map: &mut Map, path: &[Segment]) {
    let Some((Segment::Key(name), rest)) = path.split_first() else {
        return;
    };
    let why = || {
        Value::unknown(Reason::NotCollected(
            "the skylint that collected it did not read it yet; collect it again".into(),
        ))
    };
    if map.get(name).is_none() {
        map.insert(Arc::clone(name), why());
    } else if let Some(slot) = map.get_mut(name) {
        mark_unread_in(slot, rest);
    }
}

fn mark_unread_in(slot: &mut Value, path: &[Segment]) {
    match (slot, path) {
        (Value::Map(map), path) => mark_unread(map, path),
        (Value::List(items), [Segment::Index(_), rest @ ..]) => {
            for item in items {
                mark_unread_in(item, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::values;

    #[test]
    fn what_could_not_be_read_is_unknown_wherever_it_could_have_been() {
        for (path, text, expected) in [
            ("A", "{}", "{A: unknown"),
            ("A", r#"{"A": 1}"#, "{A: 1}"),
            ("A.B", r#"{"A": {"C": 1}}"#, "{A: {B: unknown"),
            (
                "A[0].B",
                r#"{"A": [{"C": 1}, {"B": 2}]}"#,
                "{A: [{B: unknown",
            ),
            ("A[0].B", r#"{"A": []}"#, "{A: []}"),
        ] {
            let Some(Value::Map(mut map)) = values::from_text(text) else {
                panic!("{text}");
            };
            let path = path::parse(path).unwrap();
            mark_unread(&mut map, &path.0);
            let said = Value::Map(map).to_string();
            assert!(said.starts_with(expected), "{said}");
        }
    }
}
