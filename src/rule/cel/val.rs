//! Values during evaluation: views into the snapshot, never copies of it.

use std::borrow::Cow;
use std::fmt;
use std::ops::Not;
use std::rc::Rc;
use std::sync::Arc;

use crate::graph::{self, Answered, Leading};
use crate::model::{Map, Part, Reason, Reference, Unknown, Value};

/// A value of an expression.
#[derive(Debug, Clone)]
pub enum Val<'a> {
    /// `null`: not set.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Double(f64),
    /// Text.
    Str(Cow<'a, str>),
    /// A list.
    List(Items<'a>),
    /// An object.
    Map(&'a Map),
    /// A resource, by its index in the snapshot.
    Resource(usize),
    /// What a function of the graph answered.
    Record(Rc<Record<'a>>),
    /// Where traffic ends: one of several, by its index.
    Destination(Ends<'a>, usize),
    /// Set, to an attribute of a resource.
    Reference(&'a Arc<Reference>),
    /// Text that is known in part.
    Composed(Arc<[Part]>),
    /// Not known.
    Unknown(Unknown),
}

/// The elements of a list.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    /// Those that are known.
    pub known: Known<'a>,
    /// Why there could be more; `None` when these are all.
    pub open: Option<Unknown>,
}

/// Known elements of a list.
#[derive(Debug, Clone)]
pub enum Known<'a> {
    /// In the snapshot or the rule.
    Values(&'a [Value]),
    /// Computed.
    Vals(Rc<[Val<'a>]>),
    /// Resources.
    Resources(Arc<[usize]>),
    /// What may lead to a resource.
    Leading(Rc<Leading>),
    /// Where traffic ends.
    Destinations(Ends<'a>),
}

/// Where traffic ends.
pub type Ends<'a> = Answered<'a, graph::Ends>;

impl<'a> Known<'a> {
    /// The elements, where they are computed.
    pub(crate) fn vals(&self) -> Option<Cow<'_, [Val<'a>]>> {
        match self {
            Self::Values(_) => None,
            Self::Vals(vals) => Some(Cow::Borrowed(vals)),
            Self::Resources(all) => Some(all.iter().copied().map(Val::Resource).collect()),
            Self::Leading(leading) => {
                let all = leading.all().into_iter().map(Val::Resource);
                Some(all.collect())
            }
            Self::Destinations(ends) => {
                let all = 0..ends.all.len();
                Some(all.map(|at| Val::Destination(ends.clone(), at)).collect())
            }
        }
    }
}

/// What a function of the graph answers with.
#[derive(Debug)]
pub struct Record<'a> {
    /// Field values by name.
    pub fields: Vec<(&'static str, Val<'a>)>,
    /// The resources it was found through, in order, with what each step is.
    pub via: Vec<(usize, String)>,
    /// In words.
    pub text: String,
}

impl<'a> Items<'a> {
    /// A list that is all there is.
    pub fn all(items: Vec<Val<'a>>) -> Self {
        Self {
            known: Known::Vals(items.into()),
            open: None,
        }
    }

    /// A list to which unknown elements may belong.
    pub fn open(items: Vec<Val<'a>>, open: Option<Unknown>) -> Self {
        Self {
            known: Known::Vals(items.into()),
            open,
        }
    }
}

/// True, false, or not known: Kleene's logic, in which CEL's `&&` and `||` work.
#[derive(Debug, Clone, PartialEq)]
pub enum Tri {
    /// True.
    True,
    /// False.
    False,
    /// Not known.
    Unknown(Unknown),
}

impl Tri {
    /// True if either is; else unknown if either is.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (unknown @ Self::Unknown(_), _) | (_, unknown @ Self::Unknown(_)) => unknown,
            _ => Self::False,
        }
    }

    /// False if either is; else unknown if either is.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        !(!self).or(!other)
    }
}

impl Not for Tri {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            unknown @ Self::Unknown(_) => unknown,
        }
    }
}

impl From<bool> for Tri {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl From<Tri> for Val<'_> {
    fn from(tri: Tri) -> Self {
        match tri {
            Tri::True => Val::Bool(true),
            Tri::False => Val::Bool(false),
            Tri::Unknown(why) => Val::Unknown(why),
        }
    }
}

impl<'a> Val<'a> {
    /// Not known, for this reason.
    pub fn unknown(reason: Reason) -> Self {
        Self::Unknown(Arc::new(reason))
    }

    /// As a condition; anything but a boolean is not known to be one.
    pub fn truth(&self) -> Tri {
        match self {
            Self::Bool(value) => (*value).into(),
            other => Tri::Unknown(other.not_a("a boolean")),
        }
    }

    /// Why this is not usable where `expected` is needed.
    pub fn not_a(&self, expected: &str) -> Unknown {
        match self {
            Self::Unknown(why) => Arc::clone(why),
            Self::Null => Arc::new(Reason::NotSet(expected.into())),
            Self::Reference(reference) => Arc::new(Reason::Attribute(reference.to_string().into())),
            Self::Composed(parts) => parts
                .iter()
                .find_map(|part| match part {
                    Part::Unknown(why) => Some(Arc::clone(why)),
                    Part::Reference(r) => Some(Arc::new(Reason::Attribute(r.to_string().into()))),
                    Part::Text(_) => None,
                })
                .unwrap_or_else(|| Arc::new(Reason::Other("text known in part".into()))),
            other => Arc::new(Reason::Mistyped {
                expected: expected.into(),
                found: other.kind().into(),
            }),
        }
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "a whole number",
            Self::Double(_) => "a number",
            Self::Str(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
            Self::Resource(_) => "a resource",
            Self::Record(_) | Self::Destination(..) => "an answer",
            Self::Reference(_) => "a reference",
            Self::Composed(_) => "a partly known string",
            Self::Unknown(_) => "an unknown value",
        }
    }

    /// The same value as JSON, for evidence.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(b) => (*b).into(),
            Self::Int(i) => (*i).into(),
            Self::Double(d) => (*d).into(),
            Self::Str(text) => text.as_ref().into(),
            Self::List(items) => match &items.known {
                Known::Values(values) => values
                    .iter()
                    .filter(|v| !v.is_null())
                    .map(value_to_json)
                    .collect(),
                computed => {
                    let vals = computed.vals().unwrap_or_default();
                    vals.iter().map(Self::to_json).collect()
                }
            },
            Self::Map(map) => map
                .iter()
                .map(|(name, value)| (name.to_string(), value_to_json(value)))
                .collect(),
            other => other.to_string().into(),
        }
    }
}

fn value_to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(b) => (*b).into(),
        Value::Int(i) => (*i).into(),
        Value::Double(d) => (*d).into(),
        Value::List(items) => items.iter().map(value_to_json).collect(),
        Value::Map(map) => map
            .iter()
            .map(|(name, value)| (name.to_string(), value_to_json(value)))
            .collect(),
        other => other.to_string().into(),
    }
}

/// As a person would write it in a sentence.
impl fmt::Display for Val<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("not set"),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Int(i) => write!(f, "{i}"),
            Self::Double(d) => write!(f, "{d}"),
            Self::Str(text) => f.write_str(text),
            Self::List(items) => {
                let texts: Vec<String> = match &items.known {
                    Known::Values(values) => values.iter().map(ToString::to_string).collect(),
                    computed => {
                        let vals = computed.vals().unwrap_or_default();
                        vals.iter().map(ToString::to_string).collect()
                    }
                };
                let more = if items.open.is_some() {
                    " and maybe more"
                } else {
                    ""
                };
                match texts.as_slice() {
                    [] if more.is_empty() => f.write_str("none"),
                    [] => f.write_str("none known"),
                    texts => write!(f, "{}{more}", texts.join(", ")),
                }
            }
            Self::Map(map) => write!(f, "{}", Value::Map((*map).clone())),
            Self::Resource(index) => write!(f, "resource {index}"),
            Self::Record(record) => f.write_str(&record.text),
            Self::Destination(ends, at) => match ends.all.get(*at) {
                Some(end) => write!(f, "{end}"),
                None => Ok(()),
            },
            Self::Reference(reference) => write!(f, "{reference}"),
            Self::Composed(parts) => write!(f, "{}", Value::Composed(Arc::clone(parts))),
            Self::Unknown(why) => write!(f, "unknown ({why})"),
        }
    }
}
