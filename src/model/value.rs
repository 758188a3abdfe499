//! Property values: JSON, and what a template or plan can say beyond JSON.

use std::fmt;
use std::sync::Arc;

use super::place::Segment;
use super::unknown::{Reason, Unknown};

/// A property's value.
///
/// `Null` and absent are the same thing: a property that nobody set.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Not set (also CloudFormation's `AWS::NoValue`).
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Double(f64),
    /// Text.
    String(Box<str>),
    /// A list. Elements may be `Null` where `AWS::NoValue` removed them, so that indices
    /// stay those of the source.
    List(Box<[Value]>),
    /// An object.
    Map(Map),
    /// Set, to an attribute of another resource, whatever its text will be.
    Reference(Arc<Reference>),
    /// Text of which only some parts are known, such as `checkout.${Domain}`.
    Composed(Arc<[Part]>),
    /// One of several values, depending on a [`Switch`].
    Choice(Arc<Choice>),
    /// Set or not, to what: not known.
    Unknown(Unknown),
}

/// A piece of [`Value::Composed`] text.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Known text.
    Text(Box<str>),
    /// The text of another resource's attribute.
    Reference(Arc<Reference>),
    /// Text that is not known.
    Unknown(Unknown),
}

/// A pointer to an attribute of a resource in the same snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The target's [`key`](super::Resource::key).
    pub target: Arc<str>,
    /// The attribute, such as `Arn`; `None` for the resource's own identifier (`Ref`).
    pub attribute: Option<Box<str>>,
}

impl Reference {
    /// The target as people write it: its address without the input it stands in.
    pub fn target_name(&self) -> &str {
        self.target
            .rsplit_once('#')
            .map_or(&*self.target, |(_, name)| name)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.attribute {
            Some(attribute) => write!(f, "{}.{attribute}", self.target_name()),
            None => f.write_str(self.target_name()),
        }
    }
}

/// Something outside the template that selects between alternatives: a parameter with several
/// possible values, or a condition that cannot be decided.
#[derive(Debug, PartialEq, Eq)]
pub struct Switch {
    /// Unique in the snapshot.
    pub id: u32,
    /// The parameter or condition, as the template names it.
    pub name: Box<str>,
    /// The possible values, as text. Never empty.
    pub domain: Box<[Box<str>]>,
    /// Which of them holds when nobody says otherwise.
    pub default: Option<usize>,
    /// The named conditions this switch decides, and their truth for each value of the domain.
    pub conditions: Box<[ConditionTruth]>,
}

impl Switch {
    /// "Environment is dev (the default; condition IsProduction is false)".
    pub fn describe(&self, arm: usize) -> String {
        let value = self.domain.get(arm).map_or("?", |v| v);
        let mut notes = Vec::new();
        if self.default == Some(arm) {
            notes.push("the default".to_owned());
        }
        for (name, truth) in &self.conditions {
            if let Some(holds) = truth.get(arm) {
                notes.push(format!("condition {name} is {holds}"));
            }
        }
        if notes.is_empty() {
            format!("{} is {value}", self.name)
        } else {
            format!("{} is {value} ({})", self.name, notes.join("; "))
        }
    }
}

/// A named condition, and whether it holds for each value of a switch's domain.
pub type ConditionTruth = (Box<str>, Box<[bool]>);

/// A value that depends on a switch.
#[derive(Debug, PartialEq)]
pub struct Choice {
    /// What selects.
    pub switch: Arc<Switch>,
    /// One value per entry of the switch's domain.
    pub arms: Box<[Value]>,
}

/// An object: properties sorted by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map(Box<[(Arc<str>, Value)]>);

impl Map {
    /// Builds a map; of two entries with one name the later one wins.
    pub fn new(mut entries: Vec<(Arc<str>, Value)>) -> Self {
        entries.reverse();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries.dedup_by(|later, kept| later.0 == kept.0);
        Self(entries.into_boxed_slice())
    }

    /// The value of a property, if it has one (`Null` counts as having none).
    pub fn get(&self, name: &str) -> Option<&Value> {
        let found = self
            .0
            .binary_search_by(|(key, _)| key.as_ref().cmp(name))
            .ok()?;
        match self.0.get(found) {
            Some((_, Value::Null)) | None => None,
            Some((_, value)) => Some(value),
        }
    }

    /// Mutable access to a property.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let found = self
            .0
            .binary_search_by(|(key, _)| key.as_ref().cmp(name))
            .ok()?;
        self.0.get_mut(found).map(|(_, value)| value)
    }

    /// Sets a property.
    pub fn insert(&mut self, name: Arc<str>, value: Value) {
        match self.get_mut(&name) {
            Some(slot) => *slot = value,
            None => {
                let mut entries = std::mem::take(&mut self.0).into_vec();
                let at = entries.partition_point(|(key, _)| *key < name);
                entries.insert(at, (name, value));
                self.0 = entries.into_boxed_slice();
            }
        }
    }

    /// The properties, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Value)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The properties, by name, to change; a name only for another that is the same text.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&mut Arc<str>, &mut Value)> {
        self.0.iter_mut().map(|(key, value)| (key, value))
    }

    /// How many properties there are, unset ones included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Arc<str>, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Value)>>(entries: I) -> Self {
        Self::new(entries.into_iter().collect())
    }
}

impl Value {
    /// A known text.
    pub fn string(text: impl Into<Box<str>>) -> Self {
        Self::String(text.into())
    }

    /// A value that is not known, for this reason.
    pub fn unknown(reason: Reason) -> Self {
        Self::Unknown(Arc::new(reason))
    }

    /// The text, when it is a known one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The object, when it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The elements, when it is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// What some steps lead to.
    pub fn at(&self, path: &[Segment]) -> Option<&Value> {
        match (path, self) {
            ([], value) => Some(value),
            ([Segment::Key(name), rest @ ..], Self::Map(map)) => map.get(name)?.at(rest),
            ([Segment::Index(index), rest @ ..], Self::List(items)) => items.get(*index)?.at(rest),
            _ => None,
        }
    }

    /// Whether it is known to be unset.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What kind of thing it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "a whole number",
            Self::Double(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
            Self::Reference(_) => "a reference",
            Self::Composed(_) => "a partly known string",
            Self::Choice(_) => "a choice",
            Self::Unknown(_) => "an unknown value",
        }
    }

    /// Visits every leaf under the choices of this value (not inside lists and objects).
    pub fn for_each_arm<'a>(&'a self, visit: &mut dyn FnMut(&'a Value)) {
        match self {
            Self::Choice(choice) => {
                for arm in &choice.arms {
                    arm.for_each_arm(visit);
                }
            }
            other => visit(other),
        }
    }
}

/// As a person would write it in a sentence, on one line.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("not set"),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Int(i) => write!(f, "{i}"),
            Self::Double(d) => write!(f, "{d}"),
            Self::String(text) => f.write_str(text),
            Self::List(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_str("]")
            }
            Self::Map(map) => {
                f.write_str("{")?;
                for (i, (name, value)) in map.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{name}: {value}")?;
                }
                f.write_str("}")
            }
            Self::Reference(reference) => write!(f, "{reference}"),
            Self::Composed(parts) => {
                for part in parts.iter() {
                    match part {
                        Part::Text(text) => f.write_str(text)?,
                        Part::Reference(reference) => write!(f, "${{{reference}}}")?,
                        Part::Unknown(_) => f.write_str("${…}")?,
                    }
                }
                Ok(())
            }
            Self::Choice(choice) => {
                for (i, (arm, value)) in choice.arms.iter().zip(&choice.switch.domain).enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{arm} when {} is {value}", choice.switch.name)?;
                }
                Ok(())
            }
            Self::Unknown(reason) => write!(f, "unknown ({reason})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_of_two_entries_wins_and_order_is_by_name() {
        let map = Map::new(vec![
            ("B".into(), Value::Int(1)),
            ("A".into(), Value::Int(2)),
            ("B".into(), Value::Int(3)),
        ]);
        assert_eq!(map.len(), 2);
        assert_eq!(map.get("B"), Some(&Value::Int(3)));
        assert_eq!(map.iter().next().map(|(k, _)| &**k), Some("A"));
    }

    #[test]
    fn null_is_absent() {
        let mut map = Map::new(vec![("A".into(), Value::Null)]);
        assert_eq!(map.get("A"), None);
        map.insert("A".into(), Value::Bool(true));
        map.insert("0".into(), Value::Bool(true));
        assert_eq!(map.get("A"), Some(&Value::Bool(true)));
        assert_eq!(map.len(), 2);
    }
}
