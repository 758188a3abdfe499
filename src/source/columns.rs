//! From what a door calls attributes to CloudFormation's properties, by the type files; and back,
//! from a property to the attribute that is it.

use std::sync::Arc;

use crate::model::{Map, Part, Path, Reason, Segment, Value};
use crate::types::{self, Column, Door, Fact, Hop, Kind, Shape, Step, Transform, TypeFile};

/// The properties that the attributes are.
pub(crate) fn properties(rtype: &str, attributes: &Map, door: Door) -> Map {
    let Some(file) = types::file(rtype) else {
        return Map::default();
    };
    let said = file.properties.iter();
    let said = said.filter_map(|p| Some((&*p.path, p.column(door)?)));
    spelled(said, attributes, types::shape(rtype))
}

/// The facts that only a running account has, and that the attributes say.
pub(crate) fn facts(rtype: &str, attributes: &Map, door: Door) -> Map {
    let said = types::facts(rtype).iter();
    let said = said.filter_map(|fact| Some((fact.path.get(1..)?, fact.column(door)?)));
    let mut facts = spelled(said, attributes, None);
    super::fit::facts(&mut facts, rtype);
    types::canonicalise_observed(rtype, &mut facts);
    for fact in types::facts(rtype) {
        if let Some(value) = facts.get_mut(fact.name()) {
            doubt(value, &fact.unknown);
        }
    }
    facts
}

/// Makes unknown what AWS says that it does not know.
fn doubt(value: &mut Value, unknown: &[Arc<str>]) {
    match value {
        Value::String(text) if unknown.iter().any(|word| **word == **text) => {
            let why = format!("AWS says `{text}`");
            *value = Value::unknown(Reason::NotCollected(why.into()));
        }
        Value::List(items) => items.iter_mut().for_each(|item| doubt(item, unknown)),
        Value::Map(map) => map.iter_mut().for_each(|(_, value)| doubt(value, unknown)),
        _ => {}
    }
}

fn spelled<'c>(
    columns: impl Iterator<Item = (&'c [Step], &'c Column)>,
    attributes: &Map,
    shape: Option<&Shape>,
) -> Map {
    let mut properties = Map::default();
    for (path, column) in columns {
        let mut found = Vec::new();
        collect(
            Source::Map(attributes),
            &column.path,
            &mut Vec::new(),
            &mut found,
        );
        if found.is_empty() && column.always {
            let why = "what was recorded of it does not say";
            let missing = Value::unknown(Reason::NotRecorded(why.into()));
            put(&mut properties, path, &[], missing);
        }
        for (indices, depth, value) in found {
            let whole = depth == column.path.len();
            if column.computed && is_unset(value) {
                continue;
            }
            let value = if whole {
                let Some(value) = transform(value, column.transform) else {
                    continue;
                };
                let kind = shape.and_then(|shape| kind(shape, path));
                fit(whole_arn(value, path), kind)
            } else {
                value.clone()
            };
            put(&mut properties, path, &indices, value);
        }
    }
    properties
}

#[derive(Clone, Copy)]
enum Source<'v> {
    Map(&'v Map),
    Value(&'v Value),
}

/// Everything a path leads to: the indices chosen at its `[]`, how far it led, and the value.
/// It leads less far than its end only where it comes to something that is not known.
fn collect<'v>(
    from: Source<'v>,
    path: &[Hop],
    indices: &mut Vec<usize>,
    found: &mut Vec<(Vec<usize>, usize, &'v Value)>,
) {
    walk(from, path, 0, indices, found);
}

fn walk<'v>(
    from: Source<'v>,
    path: &[Hop],
    at: usize,
    indices: &mut Vec<usize>,
    found: &mut Vec<(Vec<usize>, usize, &'v Value)>,
) {
    let value = match from {
        Source::Map(_) => None,
        Source::Value(value) => Some(value),
    };
    let Some(hop) = path.get(at) else {
        if let Some(value) = value
            && !is_unset(value)
        {
            found.push((indices.clone(), at, value));
        }
        return;
    };
    if let Some(value @ Value::Unknown(_)) = value {
        found.push((indices.clone(), at, value));
        return;
    }
    match (hop, from, value) {
        (Hop::Name(name), Source::Map(map), _) | (Hop::Name(name), _, Some(Value::Map(map))) => {
            if let Some(value) = map.get(name) {
                walk(Source::Value(value), path, at + 1, indices, found);
            }
        }
        (Hop::First, _, Some(Value::List(items))) => {
            if let Some(first) = items.first() {
                walk(Source::Value(first), path, at + 1, indices, found);
            }
        }
        // A block that can occur once may be an object.
        (Hop::First, _, Some(Value::Map(_))) => walk(from, path, at + 1, indices, found),
        (Hop::Each, _, Some(Value::List(items))) => {
            for (index, item) in items.iter().enumerate() {
                indices.push(index);
                walk(Source::Value(item), path, at + 1, indices, found);
                indices.pop();
            }
        }
        _ => {}
    }
}

/// Terraform's provider writes empty text where nothing is set; and what nobody wrote and AWS
/// will decide is to a template a property that is not there.
fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Unknown(why) => matches!(**why, Reason::NotSet(_)),
        _ => false,
    }
}

fn transform(value: &Value, transform: Transform) -> Option<Value> {
    Some(match (transform, value) {
        (_, Value::Unknown(_) | Value::Composed(_)) | (Transform::None, _) => value.clone(),
        (Transform::Tags | Transform::Dimensions, Value::Map(tags)) => {
            let name = match transform {
                Transform::Tags => "Key",
                _ => "Name",
            };
            let tag = |(key, value): (&Arc<str>, &Value)| {
                Value::Map(Map::new(vec![
                    (name.into(), Value::string(&**key)),
                    ("Value".into(), value.clone()),
                ]))
            };
            Value::List(tags.iter().map(tag).collect())
        }
        (Transform::List, Value::List(_)) => value.clone(),
        (Transform::List, one) => Value::List(Box::new([one.clone()])),
        (Transform::Not, Value::Bool(value)) => Value::Bool(!value),
        // IAM's API writes documents as they are in URLs.
        (Transform::Json, Value::String(text)) if text.starts_with('%') => {
            super::values::from_text(&unescaped(text))?
        }
        (Transform::Json, Value::String(text)) => super::values::from_text(text)?,
        (Transform::First, Value::List(items)) => items.first()?.clone(),
        (Transform::Last, Value::String(text)) => {
            Value::string(text.rsplit([':', '/']).next().unwrap_or_default())
        }
        (Transform::Enabled, Value::String(text)) => {
            Value::Bool(matches!(&**text, "ENABLED" | "Enabled" | "enabled"))
        }
        (Transform::Commas, Value::String(text)) => {
            let parts = text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty());
            Value::List(parts.map(Value::string).collect())
        }
        (Transform::RestApi, Value::String(arn)) => Value::string(after(arn, "/restapis/")?),
        (Transform::HttpApi, Value::String(arn)) => Value::string(after(arn, "/apis/")?),
        (Transform::ArnRegion, Value::String(arn)) => {
            Value::string(arn.split(':').nth(3).filter(|region| !region.is_empty())?)
        }
        (Transform::WafScope, Value::String(arn)) => {
            Value::string(match arn.split(':').nth(5)?.starts_with("global/") {
                true => "CLOUDFRONT",
                false => "REGIONAL",
            })
        }
        (_, other) => other.clone(),
    })
}

/// A map of tags as CloudFormation's list of them.
pub(crate) fn tags(map: Option<&Value>) -> Value {
    let map = map.filter(|map| !is_unset(map));
    map.and_then(|map| transform(map, Transform::Tags))
        .unwrap_or_else(|| Value::List(Box::default()))
}

/// A text without percent-encoding (RFC 3986, section 2.1).
pub(crate) fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            (byte, _) => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The step of an ARN's path that follows some others.
fn after<'t>(arn: &'t str, steps: &str) -> Option<&'t str> {
    let (_, rest) = arn.split_once(steps)?;
    rest.split('/').next().filter(|step| !step.is_empty())
}

/// Resource types whose id is their ARN.
const ID_IS_ARN: [&str; 7] = [
    "aws_lb",
    "aws_alb",
    "aws_globalaccelerator_",
    "aws_sns_topic",
    "aws_sfn_state_machine",
    "aws_iam_policy",
    "aws_acm_certificate",
];

/// A plan says what an expression refers to, and not how. Where an ARN is called for and something
/// else is referred to, that is a part of the ARN, as in `"…/restapis/${api.id}/stages/prod"`.
fn whole_arn(value: Value, path: &[Step]) -> Value {
    let is_arn = path.iter().rev().any(|step| match step {
        Step::Name(name) => name.ends_with("Arn") || name.ends_with("ARN"),
        Step::Each => false,
    });
    match &value {
        Value::Reference(reference) if is_arn => {
            let is_whole = match reference.attribute.as_deref() {
                Some(attribute) => attribute.to_ascii_lowercase().ends_with("arn"),
                None => {
                    let rtype = reference.target_name().rsplit('.').nth(1);
                    rtype.is_some_and(|rtype| ID_IS_ARN.iter().any(|t| rtype.starts_with(t)))
                }
            };
            if is_whole {
                return value;
            }
            let rest = || Part::Unknown(Arc::new(Reason::AfterApply));
            let parts = [rest(), Part::Reference(Arc::clone(reference)), rest()];
            Value::Composed(Arc::from(parts))
        }
        _ => value,
    }
}

/// Gives a reference, or several, the shape that the property calls for.
fn fit(value: Value, kind: Option<&Kind>) -> Value {
    match (value, kind) {
        (value @ Value::Reference(_), Some(Kind::List(_))) => Value::List(Box::new([value])),
        (Value::List(items), Some(Kind::String))
            if items.iter().any(|i| matches!(i, Value::Reference(_))) =>
        {
            let names: Vec<String> = items.iter().map(ToString::to_string).collect();
            if let Some(block) = one_block(&items) {
                // aws_x.this[each.value.key].id is an attribute of one of them: set, to which one
                // is not in the plan.
                let why = format!("it is one of the instances of {block}");
                return Value::Composed(Arc::from([Part::Unknown(Arc::new(Reason::Other(
                    why.into(),
                )))]));
            }
            let why = format!("known after apply; it depends on {}", names.join(" and "));
            Value::unknown(Reason::Other(why.into()))
        }
        (value, _) => value,
    }
}

/// The block that all references are to instances of, by the same attribute, if there is one.
fn one_block(items: &[Value]) -> Option<&str> {
    let mut blocks = items.iter().map(|item| match item {
        Value::Reference(reference) => {
            let name = reference.target_name();
            let block = name
                .strip_suffix(']')
                .and_then(|open| open.rsplit_once('['))
                .map(|(block, _)| block)?;
            Some((block, &reference.attribute))
        }
        _ => None,
    });
    let first = blocks.next()??;
    blocks.all(|block| block == Some(first)).then_some(first.0)
}

/// The type of a property.
fn kind<'s>(shape: &'s Shape, path: &[Step]) -> Option<&'s Kind> {
    let mut def = Some(shape.root());
    let mut kind = None;
    for step in path {
        kind = match step {
            Step::Name(name) => Some(&def?.field(name)?.kind),
            Step::Each => match kind? {
                Kind::List(of) => Some(&**of),
                _ => return None,
            },
        };
        def = match kind? {
            Kind::Object(index) => shape.def(*index),
            _ => None,
        };
    }
    kind
}

/// Sets a property. With fewer indices than the path has `[]`, it is everything behind that.
fn put(map: &mut Map, path: &[Step], indices: &[usize], value: Value) {
    let [Step::Name(name), rest @ ..] = path else {
        return;
    };
    if map.get(name).is_none() {
        map.insert(Arc::clone(name), Value::Null);
    }
    if let Some(slot) = map.get_mut(name) {
        put_into(slot, rest, indices, value);
    }
}

fn put_into(slot: &mut Value, path: &[Step], indices: &[usize], value: Value) {
    match (path, indices) {
        ([], _) => *slot = value,
        ([Step::Each, ..], []) => *slot = value,
        ([Step::Each, rest @ ..], [index, indices @ ..]) => {
            if slot.is_null() {
                *slot = Value::List(Box::default());
            }
            let Value::List(items) = slot else { return };
            if items.len() <= *index {
                let mut longer = std::mem::take(items).into_vec();
                longer.resize(index + 1, Value::Null);
                *items = longer.into();
            }
            if let Some(item) = items.get_mut(*index) {
                put_into(item, rest, indices, value);
            }
        }
        ([Step::Name(_), ..], _) => {
            if slot.is_null() {
                *slot = Value::Map(Map::default());
            }
            if let Value::Map(map) = slot {
                put(map, path, indices, value);
            }
        }
    }
}

/// The attribute that a property is, or the nearest one around it; and whether it is that.
pub(super) fn attribute(rtype: &str, property: &Path, door: Door) -> Option<(Path, bool)> {
    let file: &TypeFile = types::file(rtype)?;
    let properties = file.properties.iter();
    let properties = properties.filter_map(|p| Some((&*p.path, p.column(door)?)));
    let mut facts = file.facts.iter();
    if let Some(path) = facts.find_map(|fact| fact_attribute(fact, property, door)) {
        return Some((path, true));
    }
    let best = properties
        .filter_map(|(path, column)| score(path, column, property))
        .max_by_key(|(exact, steps, _)| (*exact, *steps))?;
    let (exact, _, path) = best;
    Some((path, exact))
}

/// The attribute that a fact is, or something in it: there names are the API's, with a capital.
fn fact_attribute(fact: &Fact, property: &Path, door: Door) -> Option<Path> {
    let (_, _, mut path) = score(&fact.path, fact.column(door)?, property)?;
    for segment in property.0.get(fact.path.len()..)? {
        path = match segment {
            Segment::Index(index) => path.index(*index),
            Segment::Key(name) => {
                let mut letters = name.chars();
                let first = letters.next().map(|first| first.to_ascii_lowercase());
                path.key(first.into_iter().chain(letters).collect::<String>())
            }
        };
    }
    Some(path)
}

/// How well a column says where a property is: exactly, or how many steps of it.
fn score(candidate: &[Step], column: &Column, property: &Path) -> Option<(bool, usize, Path)> {
    let mut indices = Vec::new();
    let mut common = 0;
    for (step, segment) in candidate.iter().zip(&property.0) {
        match (step, segment) {
            (Step::Name(name), Segment::Key(key)) if name == key => {}
            (Step::Each, Segment::Index(index)) => indices.push(*index),
            _ => break,
        }
        common += 1;
    }
    if common == 0 {
        return None;
    }
    // Everything of the column: the property is it, or is inside it.
    if common == candidate.len() {
        let path = along(&column.path, &indices, column.path.len());
        return Some((true, common, path));
    }
    // A part of it: what is around as many names as the column goes on for.
    if common < property.0.len() {
        return None;
    }
    let left = candidate.iter().skip(common);
    let names = left.filter(|step| matches!(step, Step::Name(_))).count();
    let at_names = column.path.iter().enumerate();
    let depth = at_names
        .rev()
        .filter(|(_, hop)| matches!(hop, Hop::Name(_)))
        .nth(names.checked_sub(1)?)
        .map(|(at, _)| at)?;
    let enough = column
        .path
        .iter()
        .take(depth)
        .filter(|hop| **hop == Hop::Each);
    (depth > 0 && enough.count() == indices.len())
        .then(|| (false, common, along(&column.path, &indices, depth)))
}

fn along(hops: &[Hop], indices: &[usize], depth: usize) -> Path {
    let mut path = Path::root();
    let mut indices = indices.iter();
    for hop in hops.iter().take(depth) {
        path = match hop {
            Hop::Name(name) => path.key(Arc::clone(name)),
            Hop::First => path.index(0),
            Hop::Each => path.index(indices.next().copied().unwrap_or_default()),
        };
    }
    path
}
