//! What skylint knows about resource types: the names and types of their properties, from the
//! CloudFormation resource schemas, and beside each of them one hand-written file that says how
//! the doors spell it, what an absent property means, and what may be read of it from elsewhere.

mod file;
mod live;
mod observed;
mod schema;

use std::sync::Arc;

pub use file::{Column, ConfigForm, Hop, Property, Recorded, Step, Transform, TypeFile};
pub use live::{Detail, Filter, Given, Plan};
pub use observed::{Fact, FactTy};
pub use schema::{Def, Field, Kind, Shape};

use crate::model::{
    Choice, InputKind, Map, OBSERVED, Part, Path, Reason, Resource, Segment, Value,
};

/// The doors a resource can come in by, as the type files name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// Templates.
    CloudFormation,
    /// Terraform plans and state.
    Terraform,
    /// AWS Config's snapshots and history.
    AwsConfig,
    /// The APIs of a running account, directly or from a snapshot file.
    Live,
}

impl Door {
    /// Every door.
    pub const ALL: [Self; 4] = [
        Self::CloudFormation,
        Self::Terraform,
        Self::AwsConfig,
        Self::Live,
    ];

    /// The door that inputs of a kind come in by.
    pub fn of(kind: InputKind) -> Self {
        match kind {
            InputKind::CloudFormation => Self::CloudFormation,
            InputKind::TerraformPlan | InputKind::TerraformState => Self::Terraform,
            InputKind::AwsConfig => Self::AwsConfig,
            InputKind::Snapshot => Self::Live,
        }
    }

    /// Its name in sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::CloudFormation => "a template",
            Self::Terraform => "Terraform",
            Self::AwsConfig => "AWS Config",
            Self::Live => "a live account",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::CloudFormation => "cloudformation",
            Self::Terraform => "terraform",
            Self::AwsConfig => "config",
            Self::Live => "live",
        }
    }
}

/// The shape of a resource type's properties; `None` for a type that AWS does not publish, such
/// as `Custom::Thing`.
pub fn shape(rtype: &str) -> Option<&'static Shape> {
    schema::find(rtype)
}

/// A type's name, one text for all resources of the type.
pub fn name(rtype: &str) -> Arc<str> {
    shape(rtype).map_or_else(|| rtype.into(), |shape| Arc::clone(&shape.name))
}

/// Whether a door can say anything of a property. Of one that it cannot, nothing being there
/// does not mean that it is not set.
pub fn covers(rtype: &str, path: &[Step], door: Door) -> bool {
    match door {
        // What does not run yet has no facts.
        Door::CloudFormation | Door::Terraform if is_observed(path) => true,
        _ if is_observed(path) => facts(rtype).iter().any(|fact| {
            let is_it = path.starts_with(&fact.path) || fact.path.starts_with(path);
            is_it && fact.column(door).is_some()
        }),
        // What AWS sets is in no template.
        Door::CloudFormation => !is_read_only(rtype, path),
        Door::Terraform => file(rtype).is_some_and(|file| says(file, path, door)),
        Door::AwsConfig => is_recorded(rtype, path),
        Door::Live => is_live(rtype, path),
    }
}

/// Whether a path is one of facts that only a running account has.
fn is_observed(path: &[Step]) -> bool {
    matches!(path.first(), Some(Step::Name(first)) if **first == *OBSERVED)
}

/// The facts that only a running account has of a type.
pub fn facts(rtype: &str) -> &'static [Fact] {
    file(rtype).map_or(&[], |file| &file.facts)
}

/// Whether what is observed of a type has times in it, so that it matters when that was.
pub fn has_times(rtype: &str) -> bool {
    facts(rtype).iter().any(|fact| fact.ty.has_time())
}

/// Whether there is a column, or anything else, of a door for a property, for what it is in or for
/// what is in it.
fn says(file: &TypeFile, path: &[Step], door: Door) -> bool {
    let key = door.key();
    file.properties
        .iter()
        .filter(|p| path.starts_with(&p.path) || p.path.starts_with(path))
        .any(|p| {
            p.column(door).is_some()
                || p.said(door) == Recorded::Made
                || p.never.iter().any(|d| **d == *key)
                || p.absent.iter().any(|(d, _)| **d == *key)
        })
}

/// Whether AWS Config's items say anything of a property.
fn is_recorded(rtype: &str, path: &[Step]) -> bool {
    let Some(Step::Name(first)) = path.first() else {
        return false;
    };
    if tags_property(rtype) == Some(first) {
        return true;
    }
    if let Some(file) = file(rtype) {
        if is_left_out(file, path, Door::AwsConfig) {
            return false;
        }
        if says(file, path, Door::AwsConfig) {
            return true;
        }
    }
    // What a live account does not return, AWS Config cannot have.
    config_form(rtype) != Some(ConfigForm::Columns) && !is_withheld(rtype, first)
}

/// Whether a door that says the whole is said not to say a property.
fn is_left_out(file: &TypeFile, path: &[Step], door: Door) -> bool {
    let mut own = file.properties.iter().filter(|p| path.starts_with(&p.path));
    own.any(|p| p.said(door) == Recorded::Unrecorded)
}

/// Whether AWS never gives a property back.
fn is_withheld(rtype: &str, first: &str) -> bool {
    shape(rtype)
        .and_then(|shape| shape.root().field(first))
        .is_none_or(|field| field.write_only)
}

/// Whether the answers of a running account say anything of a property.
fn is_live(rtype: &str, path: &[Step]) -> bool {
    let (Some(Step::Name(first)), Some(file)) = (path.first(), file(rtype)) else {
        return false;
    };
    !is_left_out(file, path, Door::Live)
        && (says(file, path, Door::Live) || live::answers(rtype, first) || tags(file, rtype, first))
}

/// Whether a property is the tags that a type's file says where to find.
fn tags(file: &TypeFile, rtype: &str, property: &str) -> bool {
    file.live.iter().any(|plan| plan.tags.is_some()) && tags_property(rtype) == Some(property)
}

/// The properties of a type that this build can read from a running account, each as
/// `Replicas[].Region`.
pub fn live_paths(rtype: &str) -> Vec<String> {
    let (Some(file), Some(shape)) = (file(rtype), shape(rtype)) else {
        return Vec::new();
    };
    let said = file
        .properties
        .iter()
        .filter(|p| p.live.is_some() || p.said(Door::Live) == Recorded::Made)
        .map(|p| step_text(&p.path));
    let same = shape.root().fields.iter().filter(|field| {
        let path = [Step::Name(Arc::clone(&field.name))];
        let has_columns = file.properties.iter().any(|p| {
            p.path.starts_with(&path) && (p.live.is_some() || p.said(Door::Live) == Recorded::Made)
        });
        !has_columns && is_live(rtype, &path)
    });
    let observed = file.facts.iter().filter(|fact| fact.live.is_some());
    let mut paths: Vec<String> = said
        .chain(same.map(|field| field.name.to_string()))
        .chain(observed.map(|fact| step_text(&fact.path)))
        .collect();
    paths.sort_unstable();
    paths
}

/// `A.B[].C`.
fn step_text(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Name(name) if text.is_empty() => text.push_str(name),
            Step::Name(name) => {
                text.push('.');
                text.push_str(name);
            }
            Step::Each => text.push_str("[]"),
        }
    }
    text
}

/// How AWS Config writes a type; `None` if no type file says.
pub fn config_form(rtype: &str) -> Option<ConfigForm> {
    let file = file(rtype)?;
    let has_columns = || {
        let mut properties = file.properties.iter();
        properties.any(|p| p.config.is_some() || p.recorded == Recorded::Made)
    };
    file.config
        .or_else(|| has_columns().then_some(ConfigForm::Columns))
}

fn is_read_only(rtype: &str, path: &[Step]) -> bool {
    let (Some(shape), Some(Step::Name(first))) = (shape(rtype), path.first()) else {
        return false;
    };
    shape.root().field(first).is_some_and(|f| f.read_only)
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

/// Whether an attribute of a Terraform resource type becomes a property that is a list.
pub fn is_list_in_terraform(rtype: &str, attribute: &str) -> bool {
    let found = for_terraform(rtype).and_then(|rtype| Some((file(rtype)?, shape(rtype)?)));
    let Some((file, shape)) = found else {
        return false;
    };
    file.properties.iter().any(|property| {
        let said = property.terraform.as_ref().map(|column| &*column.path);
        matches!(said, Some([Hop::Name(name)]) if **name == *attribute)
            && matches!(&*property.path, [Step::Name(name)]
                if shape.root().field(name).is_some_and(|f| matches!(f.kind, Kind::List(_))))
    })
}

/// The CloudFormation type of what AWS Config calls a type.
pub fn for_config(name: &str) -> &str {
    file::for_config(name).unwrap_or(name)
}

/// The types that a running account can be asked for.
pub fn live() -> Vec<&'static str> {
    file::live()
}

/// The types that can come in by a door: those whose files say how it spells them.
pub fn spelled(door: Door) -> Vec<&'static str> {
    file::spelled(door)
}

/// The types whose resources answer at host names.
pub fn with_hosts() -> impl Iterator<Item = &'static str> {
    file::with_hosts()
}

/// What stands for a secret: that it is set, and nothing more.
pub fn secret() -> Value {
    Value::Composed(Arc::from([Part::Unknown(Arc::new(Reason::Other(
        "it is a secret".into(),
    )))]))
}

/// Whether a property, or what it is in, is kept only as being set. Doors do not point at its line,
/// because reports quote it.
pub fn is_secret(resource: &Resource, property: &Path) -> bool {
    let mut steps = property.0.iter();
    let Some(Segment::Key(first)) = steps.next() else {
        return false;
    };
    let mut value = resource.properties.get(first);
    for step in steps {
        value = match (value, step) {
            (Some(Value::Map(map)), Segment::Key(key)) => map.get(key),
            (Some(Value::List(items)), Segment::Index(index)) => items.get(*index),
            (secret, _) => secret,
        };
    }
    value.is_some_and(|value| *value == secret())
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

/// Whether resources of a type can belong to a service with one endpoint for the whole partition.
pub fn can_be_global(rtype: &str) -> bool {
    file(rtype).is_some_and(|file| file.global || !file.global_when.is_empty())
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
    shape(rtype)?.tags()
}

/// Whether a door shows the tags of a type's resources; of a global table, those of its replicas. Where it
/// does not, that there are none does not mean that none are set.
pub fn shows_tags(rtype: &str, door: Door) -> bool {
    let is_shown = |door| {
        let name = |name: &str| Step::Name(name.into());
        let path = match rtype {
            "AWS::DynamoDB::GlobalTable" => vec![name("Replicas"), Step::Each, name("Tags")],
            _ => match tags_property(rtype) {
                Some(tags) => vec![name(tags)],
                None => return true,
            },
        };
        covers(rtype, &path, door)
    };
    match file(rtype) {
        // Asked of every resource without tags.
        Some(file) => {
            let shown = file.shows_tags.get_or_init(|| Door::ALL.map(is_shown));
            let doors = Door::ALL.into_iter().zip(shown);
            doors.into_iter().any(|(of, shown)| of == door && *shown)
        }
        None => is_shown(door),
    }
}

/// Brings a resource's properties into the one form that rules read: the types of the schema
/// (templates write `"true"` and `"7"`), the door's defaults for what is absent, and no secret.
pub fn canonicalise(rtype: &str, properties: &mut Map, door: Door) {
    if let Some(shape) = shape(rtype) {
        conform(properties, shape.root(), shape, 0);
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

/// Brings the facts of a resource into the types that its file says.
pub fn canonicalise_observed(rtype: &str, observed: &mut Map) {
    if let Some(shape) = shape(rtype)
        && let Some(facts) = shape.observed().and_then(|facts| shape.def(facts))
    {
        conform(observed, facts, shape, 0);
    }
}

/// Deeper values than this are left as they are; documents are not nested deeper anyway.
const MAX_DEPTH: usize = 200;

/// Brings an object into the form of its definition.
fn conform(map: &mut Map, def: &'static Def, shape: &'static Shape, depth: usize) {
    for (name, value) in map.iter_mut() {
        if let Some(field) = def.field(name) {
            // One text for all: names are most of what there is to keep, and they are always asked for.
            *name = Arc::clone(&field.name);
            coerce(value, &field.kind, shape, depth);
        }
    }
}

fn coerce(value: &mut Value, kind: &Kind, shape: &'static Shape, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Choice(choice) => {
            change_arms(choice, &mut |arm| coerce(arm, kind, shape, depth + 1));
        }
        Value::List(items) => {
            if let Kind::List(of) = kind {
                items
                    .iter_mut()
                    .for_each(|item| coerce(item, of, shape, depth + 1));
            }
        }
        Value::Map(map) => match kind {
            Kind::Object(def) => {
                if let Some(def) = shape.def(*def) {
                    conform(map, def, shape, depth + 1);
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
        Value::Choice(choice) => change_arms(choice, &mut |arm| for_each_leaf(arm, change)),
        leaf => change(leaf),
    }
}

/// Changes every arm of a choice, which others may share: they keep theirs as it was.
fn change_arms(choice: &mut Arc<Choice>, change: &mut dyn FnMut(&mut Value)) {
    let mut arms = choice.arms.clone();
    arms.iter_mut().for_each(change);
    *choice = Arc::new(Choice {
        switch: Arc::clone(&choice.switch),
        arms,
    });
}

/// Visits the objects at the end of the `[]` steps a path begins with, in every arm of a choice.
fn for_each_map(value: &mut Value, path: &[Step], visit: &mut dyn FnMut(&mut Map, &[Step])) {
    match (value, path) {
        (Value::Choice(choice), _) => {
            change_arms(choice, &mut |arm| for_each_map(arm, path, visit));
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
