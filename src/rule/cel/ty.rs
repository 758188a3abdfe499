//! Types of expressions.

use std::fmt;

use crate::types::{Kind, Shape};

/// The type of an expression.
#[derive(Debug, Clone)]
pub enum Ty {
    /// Anything: free-form JSON, or elements of an empty list.
    Any,
    /// `null`.
    Null,
    /// A boolean.
    Bool,
    /// A whole number.
    Int,
    /// Any number.
    Double,
    /// Text.
    String,
    /// A list.
    List(Box<Ty>),
    /// An object whose names are data.
    Map(Box<Ty>),
    /// An object of a resource type's schema, by the index of its definition.
    Object(&'static Shape, usize),
    /// A resource, of this type where that is known.
    Resource(Option<&'static Shape>),
    /// What a function of the graph answers with.
    Record(&'static RecordTy),
    /// The rule's parameters.
    Params,
}

/// The type of a record that functions return.
#[derive(Debug)]
pub struct RecordTy {
    /// Its name.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [RecordField],
}

/// A field of a record.
#[derive(Debug)]
pub struct RecordField {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Ty,
    /// What it holds.
    pub doc: &'static str,
}

impl Ty {
    /// The type of a property of this kind.
    pub fn of(kind: &Kind, shape: &'static Shape) -> Self {
        match kind {
            Kind::String => Self::String,
            Kind::Bool => Self::Bool,
            Kind::Int => Self::Int,
            Kind::Number => Self::Double,
            Kind::Json => Self::Any,
            Kind::List(of) => Self::List(Box::new(Self::of(of, shape))),
            Kind::Map(of) => Self::Map(Box::new(Self::of(of, shape))),
            Kind::Object(def) => Self::Object(shape, *def),
        }
    }

    /// Whether a value of one type can ever equal a value of the other.
    pub fn comparable(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any | Self::Null, _) | (_, Self::Any | Self::Null) => true,
            (Self::Bool, Self::Bool) | (Self::String, Self::String) => true,
            (a, b) if a.is_number() && b.is_number() => true,
            (Self::List(a), Self::List(b)) | (Self::Map(a), Self::Map(b)) => a.comparable(b),
            (Self::Object(a, i), Self::Object(b, j)) => std::ptr::eq(*a, *b) && i == j,
            (Self::Resource(Some(a)), Self::Resource(Some(b))) => std::ptr::eq(*a, *b),
            (Self::Resource(_), Self::Resource(_)) => true,
            _ => false,
        }
    }

    /// Whether it is a number.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Double)
    }

    /// The type that both are, if there is one: for lists and `?:`.
    pub fn join(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Null, t) | (t, Self::Null) => Some(t.clone()),
            (Self::Any, _) | (_, Self::Any) => Some(Self::Any),
            (a, b) if a.is_number() && b.is_number() => Some(match (a, b) {
                (Self::Int, Self::Int) => Self::Int,
                _ => Self::Double,
            }),
            (Self::List(a), Self::List(b)) => Some(Self::List(Box::new(a.join(b)?))),
            (a, b) if a.comparable(b) => Some(a.clone()),
            _ => None,
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("boolean"),
            Self::Int => f.write_str("integer"),
            Self::Double => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::List(of) => write!(f, "list of {of}"),
            Self::Map(of) => write!(f, "map of {of}"),
            Self::Object(shape, def) => {
                f.write_str(shape.def(*def).map_or("object", |def| def.name))
            }
            Self::Resource(Some(shape)) => f.write_str(&shape.name),
            Self::Resource(None) => f.write_str("resource"),
            Self::Record(record) => f.write_str(record.name),
            Self::Params => f.write_str("params"),
        }
    }
}
