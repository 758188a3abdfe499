//! What skylint knows about resource types: the names and types of their properties, from the
//! CloudFormation resource schemas, and beside each of them one hand-written file that says how
//! the doors spell it, what an absent property means, and what may be read of it from elsewhere.

mod file;
mod schema;

use std::sync::Arc;

pub use file::{Column, ConfigForm, Hop, Property, Recorded, Step, Transform, TypeFile};
pub use schema::{Def, Field, Kind, Shape};

use crate::model::{Map, Part, Reason, Value};

/// The doors a resource can come in by, as the type files name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// Templates.
    CloudFormation,
    /// Terraform plans and state.
    Terraform,
    /// AWS Config's snapshots and history.
    AwsConfig,
}

impl Door {
    fn key(self) -> &'static str {
        match self {
            Self::CloudFormation => "cloudformation",
            Self::Terraform => "terraform",
            Self::AwsConfig => "config",
        }
    }
}

/// The shape of a resource type's properties; `None` for a type that AWS does not publish, such
/// as `Custom::Thing`.
pub fn shape(rtype: &str) -> Option<&'static Shape> {
    schema::find(rtype)
}

/// The names of all types with a published schema.
pub fn names() -> impl Iterator<Item = &'static str> {
    schema::names()
}

/// The hand-written file of a type, if there is one.
pub fn file(rtype: &str) -> Option<&'static TypeFile> {
    file::find(rtype)
}

/// The CloudFormation type that a Terraform resource type makes, if skylint knows it.
pub fn for_terraform(name: &str) -> Option<&'static str> {
    file::for_terraform(name)
}

/// The CloudFormation type of what AWS Config calls a type.
pub fn for_config(name: &str) -> &str {
    file::for_config(name).unwrap_or(name)
}

/// The types that can come in by a door: those whose files say how it spells them.
pub fn spelled(door: Door) -> Vec<&'static str> {
    file::spelled(door)
}

/// What stands for a secret: that it is set, and nothing more.
pub fn secret() -> Value {
    Value::Composed(Arc::from([Part::Unknown(Arc::new(Reason::Other(
        "it is a secret".into(),
    )))]))
}

/// Whether a resource belongs to a service with one endpoint for the whole partition.
pub fn is_global(rtype: &str, properties: &Map) -> bool {
    file(rtype).is_some_and(|file| {
        file.global
            || file.global_when.iter().any(|(property, value)| {
                properties.get(property).and_then(Value::as_str) == Some(value)
            })
    })
}

/// What people call this resource: the property that names it, else its id.
pub fn display_name<'r>(rtype: &str, properties: &'r Map, id: &'r str) -> &'r str {
    file(rtype)
        .into_iter()
        .flat_map(|file| &file.name)
        .find_map(|name| properties.get(name).and_then(Value::as_str))
        .unwrap_or(id)
}

/// The property that holds a type's tags: `Tags`, or `HostedZoneTags` and the like.
pub fn tags_property(rtype: &str) -> Option<&'static str> {
    let fields = &shape(rtype)?.root().fields;
    let is_list = |field: &&Field| matches!(field.kind, Kind::List(_) | Kind::Map(_));
    let named = |wanted: &dyn Fn(&str) -> bool| {
        let found = fields.iter().filter(is_list).find(|f| wanted(&f.name));
        found.map(|field| &*field.name)
    };
    named(&|name| name == "Tags").or_else(|| named(&|name| name.ends_with("Tags")))
}

/// Brings a resource's properties into the one form that rules read: the types of the schema
/// (templates write `"true"` and `"7"`), the door's defaults for what is absent, and no secret.
pub fn canonicalise(rtype: &str, properties: &mut Map, door: Door) {
    if let Some(shape) = shape(rtype) {
        for (name, value) in properties.iter_mut() {
            if let Some(field) = shape.root().field(name) {
                coerce(value, &field.kind, shape, 0);
            }
        }
    }
    if let Some(file) = file(rtype) {
        for property in &file.properties {
            if let Some((_, absent)) = property.absent.iter().find(|(d, _)| **d == *door.key()) {
                fill(properties, &property.path, absent);
            }
            if property.sensitive {
                mask(properties, &property.path);
            }
        }
    }
}

/// Deeper values than this are left as they are; documents are not nested deeper anyway.
const MAX_DEPTH: usize = 200;

fn coerce(value: &mut Value, kind: &Kind, shape: &'static Shape, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Choice(choice) => {
            let arms = choice.arms.iter().map(|arm| {
                let mut arm = arm.clone();
                coerce(&mut arm, kind, shape, depth + 1);
                arm
            });
            *value = Value::Choice(Arc::new(crate::model::Choice {
                switch: Arc::clone(&choice.switch),
                arms: arms.collect(),
            }));
        }
        Value::List(items) => match kind {
            Kind::List(of) => items
                .iter_mut()
                .for_each(|item| coerce(item, of, shape, depth + 1)),
            Kind::Json => {}
            _ => {}
        },
        Value::Map(map) => match kind {
            Kind::Object(def) => {
                let Some(def) = shape.def(*def) else { return };
                for (name, value) in map.iter_mut() {
                    if let Some(field) = def.field(name) {
                        coerce(value, &field.kind, shape, depth + 1);
                    }
                }
            }
            Kind::Map(of) => map
                .iter_mut()
                .for_each(|(_, value)| coerce(value, of, shape, depth + 1)),
            _ => {}
        },
        Value::String(text) => {
            let converted = match kind {
                Kind::Bool if text.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
                Kind::Bool if text.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
                Kind::Int => text.trim().parse().ok().map(Value::Int),
                Kind::Number => text
                    .trim()
                    .parse()
                    .map(Value::Int)
                    .ok()
                    .or_else(|| text.trim().parse().ok().map(Value::Double)),
                // One value where a list is called for is a list of one, as CloudFormation has it.
                Kind::List(of) if **of == Kind::String => {
                    Some(Value::List(Box::new([Value::String(text.clone())])))
                }
                _ => None,
            };
            if let Some(converted) = converted {
                *value = converted;
            }
        }
        Value::Bool(_) | Value::Int(_) | Value::Double(_) if *kind == Kind::String => {
            *value = Value::string(value.to_string());
        }
        _ => {}
    }
}

/// The properties of a type that a door cannot say anything about: those without a column, unless
/// the door spells the type as CloudFormation does. A property within a list or an object counts
/// only if there is a column for something beside it.
pub fn unsaid(rtype: &str, door: Door) -> Vec<Vec<Step>> {
    let mut found = Vec::new();
    if let (Some(shape), Some(file)) = (shape(rtype), file(rtype)) {
        let whole = door == Door::CloudFormation
            || door == Door::AwsConfig && file.config == Some(ConfigForm::CloudFormation);
        let tags = tags_property(rtype);
        unsaid_in(shape.root(), &mut Vec::new(), &mut |path, field, def| {
            let says = |property: &&Property| {
                property.column(door).is_some()
                    || matches!(property.recorded, Recorded::Made | Recorded::Never)
            };
            if let [Step::Name(name)] = path
                && tags == Some(&**name)
            {
                return None;
            }
            let mut around = file.properties.iter().filter(|p| path.starts_with(&p.path));
            if file
                .properties
                .iter()
                .any(|p| p.path == path && p.recorded == Recorded::Unrecorded)
            {
                found.push(path.to_vec());
                return None;
            }
            // What a live account does not return, Config cannot have.
            let withheld = whole && door == Door::AwsConfig && field.write_only;
            if around.any(|p| says(&p)) || whole && !withheld {
                return None;
            }
            let inside = |p: &&Property| p.path.len() > path.len() && p.path.starts_with(path);
            if file.properties.iter().filter(inside).any(|p| says(&p)) {
                return def.and_then(|index| shape.def(index));
            }
            found.push(path.to_vec());
            None
        });
    }
    found
}

/// Given a field and the object that it holds, if it does: the object whose fields are next.
type Enter<'a> = dyn FnMut(&[Step], &Field, Option<usize>) -> Option<&'static Def> + 'a;

/// Visits the fields of an object, and those of the objects that `enter` gives for their fields.
fn unsaid_in(def: &'static Def, path: &mut Vec<Step>, enter: &mut Enter<'_>) {
    for field in def.fields.iter().filter(|field| !field.read_only) {
        let depth = path.len();
        path.push(Step::Name(Arc::clone(&field.name)));
        let mut kind = &field.kind;
        let name = path.len();
        while let Kind::List(of) = kind {
            path.push(Step::Each);
            kind = of;
        }
        let object = match kind {
            Kind::Object(index) => Some(*index),
            _ => None,
        };
        let inner = enter(path.get(..name).unwrap_or_default(), field, object);
        if let Some(inner) = inner {
            unsaid_in(inner, path, enter);
        }
        path.truncate(depth);
    }
}

/// Sets a property where it is absent and what it is in is there.
pub fn set_absent(properties: &mut Map, path: &[Step], value: &Value) {
    fill(properties, path, value);
}

/// Sets an absent property to what its absence means, also in the alternatives that lack it.
fn fill(map: &mut Map, path: &[Step], absent: &Value) {
    match path {
        [Step::Name(name)] => match map.get_mut(name) {
            Some(value) => for_each_leaf(value, &|leaf| {
                if leaf.is_null() {
                    *leaf = absent.clone();
                }
            }),
            None => map.insert(Arc::clone(name), absent.clone()),
        },
        [Step::Name(name), rest @ ..] => {
            if let Some(value) = map.get_mut(name) {
                for_each_map(value, rest, &mut |map, rest| fill(map, rest, absent));
            }
        }
        _ => {}
    }
}

/// Replaces a secret by the mere fact that it is set.
fn mask(map: &mut Map, path: &[Step]) {
    match path {
        [Step::Name(name)] => {
            if let Some(value) = map.get_mut(name) {
                for_each_leaf(value, &|leaf| {
                    if !matches!(leaf, Value::Null | Value::Reference(_) | Value::Unknown(_)) {
                        *leaf = secret();
                    }
                });
            }
        }
        [Step::Name(name), rest @ ..] => {
            if let Some(value) = map.get_mut(name) {
                for_each_map(value, rest, &mut |map, rest| mask(map, rest));
            }
        }
        _ => {}
    }
}

/// Changes a value, or each alternative of a choice.
fn for_each_leaf(value: &mut Value, change: &dyn Fn(&mut Value)) {
    match value {
        Value::Choice(choice) => {
            let mut arms = choice.arms.clone();
            for arm in &mut arms {
                for_each_leaf(arm, change);
            }
            *choice = Arc::new(crate::model::Choice {
                switch: Arc::clone(&choice.switch),
                arms,
            });
        }
        leaf => change(leaf),
    }
}

/// Visits the objects at the end of the `[]` steps a path begins with, in every arm of a choice.
fn for_each_map(value: &mut Value, path: &[Step], visit: &mut dyn FnMut(&mut Map, &[Step])) {
    match (value, path) {
        (Value::Choice(choice), _) => {
            let mut arms = choice.arms.clone();
            for arm in &mut arms {
                for_each_map(arm, path, visit);
            }
            *choice = Arc::new(crate::model::Choice {
                switch: Arc::clone(&choice.switch),
                arms,
            });
        }
        (Value::List(items), [Step::Each, rest @ ..]) => {
            for item in items {
                for_each_map(item, rest, visit);
            }
        }
        (Value::Map(map), path) => visit(map, path),
        _ => {}
    }
}
