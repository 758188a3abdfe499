//! Property names and types of every resource type, from `schema/cloudformation.txt`.
//!
//! The file is made by `schema/generate.py`, which documents its grammar. It is parsed one line at a
//! time, when a type is first asked for: most runs need a dozen of the 1,900 types.

use std::sync::{Arc, LazyLock, OnceLock};

use rustc_hash::FxHashMap;

use super::file;
use super::observed::{Fact, FactTy};
use crate::model::OBSERVED;

/// The shape of a resource type.
#[derive(Debug)]
pub struct Shape {
    /// The type's name.
    pub name: Arc<str>,
    /// The type's own properties first, then the definitions they use.
    defs: Vec<Def>,
    /// Which of the definitions is that of the facts that a running account has.
    observed: Option<usize>,
    /// The properties whose values `Ref` gives, joined by `|` where there are several.
    pub primary_identifier: Vec<&'static str>,
    /// Which of the type's own properties holds its tags.
    tags: Option<usize>,
}

/// The properties of an object.
#[derive(Debug)]
pub struct Def {
    /// The definition's name; the type's name for the first.
    pub name: &'static str,
    /// Sorted by name.
    pub fields: Vec<Field>,
}

/// One property.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub kind: Kind,
    /// AWS sets it; templates cannot.
    pub read_only: bool,
    /// A live account does not return it.
    pub write_only: bool,
}

/// A property's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// Any number.
    Number,
    /// Any JSON.
    Json,
    /// A list.
    List(Box<Kind>),
    /// An object with names of its own.
    Map(Box<Kind>),
    /// The definition with this index.
    Object(usize),
}

impl Shape {
    /// The type's own properties.
    pub fn root(&self) -> &Def {
        static NONE: Def = Def {
            name: "",
            fields: Vec::new(),
        };
        self.defs.first().unwrap_or(&NONE)
    }

    /// The property that holds its tags: `Tags`, or `HostedZoneTags` and the like.
    pub fn tags(&self) -> Option<&str> {
        let field = self.root().fields.get(self.tags?)?;
        Some(&field.name)
    }

    /// Which definition is that of the facts that only a running account has; `None` if none is known.
    pub fn observed(&self) -> Option<usize> {
        self.observed
    }

    /// Adds the definitions of these facts.
    fn observe(&mut self, facts: &'static [Fact]) {
        if facts.is_empty() {
            return;
        }
        let members = facts.iter().map(|fact| (fact.name(), &fact.ty)).collect();
        self.observed = Some(self.object(OBSERVED, members));
    }

    /// Adds the definition of an object with these members; its index.
    fn object(
        &mut self,
        name: &'static str,
        members: Vec<(&'static str, &'static FactTy)>,
    ) -> usize {
        let fields = members.into_iter().map(|(name, ty)| Field {
            name: name.into(),
            kind: self.kind(name, ty),
            read_only: true,
            write_only: false,
        });
        let mut fields: Vec<Field> = fields.collect();
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        self.defs.push(Def { name, fields });
        self.defs.len() - 1
    }

    fn kind(&mut self, name: &'static str, ty: &'static FactTy) -> Kind {
        match ty {
            FactTy::Plain(kind) => kind.clone(),
            FactTy::Time => Kind::String,
            FactTy::List(of) => Kind::List(Box::new(self.kind(name, of))),
            FactTy::Object(members) => {
                let members = members.iter().map(|(name, ty)| (&**name, ty)).collect();
                Kind::Object(self.object(name, members))
            }
        }
    }

    /// A definition by its index.
    pub fn def(&self, index: usize) -> Option<&Def> {
        self.defs.get(index)
    }
}

impl Def {
    /// A property by its name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        let at = self
            .fields
            .binary_search_by(|field| field.name.as_ref().cmp(name))
            .ok()?;
        self.fields.get(at)
    }
}

struct Entry {
    name: &'static str,
    line: &'static str,
    shape: OnceLock<Shape>,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    include_str!("schema/cloudformation.txt")
        .lines()
        .filter_map(|line| {
            let (name, _) = line.split_once('\t')?;
            Some(Entry {
                name,
                line,
                shape: OnceLock::new(),
            })
        })
        .collect()
});

static BY_NAME: LazyLock<FxHashMap<&'static str, &'static Entry>> =
    LazyLock::new(|| ENTRIES.iter().map(|entry| (entry.name, entry)).collect());

pub(super) fn find(name: &str) -> Option<&'static Shape> {
    let entry = BY_NAME.get(name)?;
    Some(entry.shape.get_or_init(|| {
        let mut shape = parse(entry.name, entry.line);
        shape.observe(file::find(entry.name).map_or(&[], |file| &file.facts));
        shape
    }))
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|entry| entry.name)
}

fn parse(name: &'static str, line: &'static str) -> Shape {
    let fields: Vec<&'static str> = line.split('\t').skip(1).collect();
    let mut texts = vec![(name, fields.first().copied().unwrap_or_default())];
    let mut primary_identifier = Vec::new();
    for field in fields.iter().skip(1) {
        if let Some(names) = field.strip_prefix('^') {
            primary_identifier = names.split(',').collect();
        } else if let Some((def, properties)) = field.split_once('=') {
            texts.push((def, properties));
        }
    }
    let index = |def: &str| {
        texts
            .iter()
            .skip(1)
            .position(|(n, _)| *n == def)
            .map(|i| i + 1)
    };
    let defs: Vec<Def> = texts
        .iter()
        .map(|(name, properties)| Def {
            name,
            fields: properties
                .split(' ')
                .filter_map(|property| {
                    let (name, kind) = property.split_once(':')?;
                    let bare = name.trim_end_matches(['!', '?']);
                    Some(Field {
                        name: bare.into(),
                        kind: parse_kind(kind, &index),
                        read_only: name.ends_with('!'),
                        write_only: name.ends_with('?'),
                    })
                })
                .collect(),
        })
        .collect();
    let tags = defs.first().and_then(tags_of);
    Shape {
        name: name.into(),
        defs,
        observed: None,
        primary_identifier,
        tags,
    }
}

fn tags_of(own: &Def) -> Option<usize> {
    let named = |wanted: &dyn Fn(&str) -> bool| {
        let is_list = |field: &Field| matches!(field.kind, Kind::List(_) | Kind::Map(_));
        let mut fields = own.fields.iter();
        fields.position(|field| is_list(field) && wanted(&field.name))
    };
    named(&|name| name == "Tags").or_else(|| named(&|name| name.ends_with("Tags")))
}

fn parse_kind(text: &str, index: &dyn Fn(&str) -> Option<usize>) -> Kind {
    let inside = |open, close| text.strip_prefix(open)?.strip_suffix(close);
    match text {
        "s" => Kind::String,
        "b" => Kind::Bool,
        "i" => Kind::Int,
        "n" => Kind::Number,
        _ => {
            if let Some(of) = inside('[', ']') {
                Kind::List(Box::new(parse_kind(of, index)))
            } else if let Some(of) = inside('{', '}') {
                Kind::Map(Box::new(parse_kind(of, index)))
            } else {
                text.strip_prefix('.')
                    .and_then(index)
                    .map_or(Kind::Json, Kind::Object)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_in_order_and_readable() {
        let names: Vec<_> = names().collect();
        assert!(names.len() > 1500);
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
        for name in names {
            let shape = find(name).unwrap();
            for def in &shape.defs {
                assert!(
                    def.fields.windows(2).all(|p| p[0].name < p[1].name),
                    "{name} {}",
                    def.name
                );
            }
        }
    }

    #[test]
    fn types_are_read_as_written() {
        let shape = find("AWS::RDS::DBInstance").unwrap();
        let field = |name| shape.root().field(name).unwrap();
        assert_eq!(field("MultiAZ").kind, Kind::Bool);
        assert_eq!(field("BackupRetentionPeriod").kind, Kind::Int);
        assert!(field("DBInstanceArn").read_only);
        assert!(matches!(&field("Tags").kind, Kind::List(of) if matches!(**of, Kind::Object(_))));
        assert!(find("AWS::RDS::DBInstnace").is_none());
    }
}
