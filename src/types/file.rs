//! The hand-written file of a resource type: `AWS/RDS/DBInstance.yaml`.
//!
//! ```yaml
//! docs: https://docs.aws.amazon.com/…           # where the facts below come from
//! name: [DBInstanceIdentifier]                  # what people call it, first one set wins
//! global: true                                  # or  global-when: { Scope: CLOUDFRONT }
//! host: [DNSName]                               # attributes that are names in DNS
//! properties:
//!   BackupRetentionPeriod: { absent: { cloudformation: 1 } }
//!   "Replicas[].Region": { shared: true }       # rules may read it from other resources
//!   DBClusterIdentifier: { refers: [AWS::RDS::DBCluster] }
//!   MasterUserPassword: { sensitive: true }
//! ```

use std::sync::{Arc, LazyLock, OnceLock};

use crate::document::{Data, Node, parse_yaml};
use crate::model::Value;

/// What is known of a resource type beyond its schema.
#[derive(Debug, Default)]
pub struct TypeFile {
    /// Properties that name the resource, in order of preference.
    pub name: Vec<Arc<str>>,
    /// The service has one endpoint for the whole partition.
    pub global: bool,
    /// … when a property has this value.
    pub global_when: Vec<(Arc<str>, Arc<str>)>,
    /// Attributes that are host names at which the resource answers.
    pub host: Vec<Arc<str>>,
    /// Properties about which there is something to say.
    pub properties: Vec<Property>,
}

/// What there is to say about a property.
#[derive(Debug, Default)]
pub struct Property {
    /// The property.
    pub path: Vec<Step>,
    /// What its absence means, by door.
    pub absent: Vec<(Box<str>, Value)>,
    /// Rules about other resources may read it.
    pub shared: bool,
    /// Its value is never kept.
    pub sensitive: bool,
    /// The types of resource whose id, name or ARN it holds.
    pub refers: Vec<Arc<str>>,
}

/// A step of a property path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into a property.
    Name(Arc<str>),
    /// Into each element, written `[]`.
    Each,
}

impl TypeFile {
    /// Whether rules may read a property of this type from elsewhere. Reading into a shared
    /// property is reading it.
    pub fn shares(&self, path: &[Step]) -> bool {
        self.properties
            .iter()
            .any(|p| p.shared && (path.starts_with(&p.path) || p.path.starts_with(path)))
    }

    /// What a property refers to, if it does.
    pub fn refers(&self, path: &[Step]) -> &[Arc<str>] {
        self.properties
            .iter()
            .find(|p| p.path == path)
            .map_or(&[], |p| &p.refers)
    }
}

struct Entry {
    name: String,
    text: &'static str,
    file: OnceLock<TypeFile>,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let files: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/types.rs"));
    let mut entries: Vec<Entry> = files
        .iter()
        .map(|(path, text)| Entry {
            name: format!("AWS::{}", path.trim_end_matches(".yaml").replace('/', "::")),
            text,
            file: OnceLock::new(),
        })
        .collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries
});

pub(super) fn find(rtype: &str) -> Option<&'static TypeFile> {
    let at = ENTRIES
        .binary_search_by(|e| e.name.as_str().cmp(rtype))
        .ok()?;
    let entry = ENTRIES.get(at)?;
    // A file that does not read is caught by the test below, before anything is released.
    Some(
        entry
            .file
            .get_or_init(|| parse(entry.text).unwrap_or_default()),
    )
}

fn parse(text: &str) -> Result<TypeFile, String> {
    let root = parse_yaml(text).map_err(|e| e.to_string())?;
    let mut file = TypeFile::default();
    for entry in root.as_map().ok_or("not a mapping")? {
        match &*entry.key {
            "docs" => {}
            "name" => file.name = strings(&entry.value)?,
            "host" => file.host = strings(&entry.value)?,
            "global" => file.global = boolean(&entry.value)?,
            "global-when" => {
                for entry in entry.value.as_map().ok_or("global-when is not a mapping")? {
                    let value = entry.value.as_str().ok_or("global-when wants strings")?;
                    file.global_when
                        .push((entry.key.as_ref().into(), value.into()));
                }
            }
            "properties" => {
                for entry in entry.value.as_map().ok_or("properties is not a mapping")? {
                    let property = parse_property(&entry.key, &entry.value)
                        .map_err(|e| format!("{}: {e}", entry.key))?;
                    file.properties.push(property);
                }
            }
            other => return Err(format!("unknown key {other}")),
        }
    }
    Ok(file)
}

fn parse_property(path: &str, node: &Node) -> Result<Property, String> {
    let mut property = Property {
        path: parse_steps(path),
        ..Property::default()
    };
    for entry in node.as_map().ok_or("not a mapping")? {
        match &*entry.key {
            "shared" => property.shared = boolean(&entry.value)?,
            "sensitive" => property.sensitive = boolean(&entry.value)?,
            "refers" => property.refers = strings(&entry.value)?,
            "absent" => {
                for entry in entry.value.as_map().ok_or("absent is not a mapping")? {
                    property
                        .absent
                        .push((entry.key.clone(), scalar(&entry.value)?));
                }
            }
            other => return Err(format!("unknown key {other}")),
        }
    }
    Ok(property)
}

/// Reads `A.B[].C`.
fn parse_steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let name = part.trim_end_matches("[]");
        steps.push(Step::Name(name.into()));
        for _ in 0..(part.len() - name.len()) / 2 {
            steps.push(Step::Each);
        }
    }
    steps
}

fn strings(node: &Node) -> Result<Vec<Arc<str>>, String> {
    match &node.data {
        Data::String(text) => Ok(vec![text.as_ref().into()]),
        Data::List(items) => items
            .iter()
            .map(|item| {
                item.as_str()
                    .map(Arc::from)
                    .ok_or("wants strings".to_owned())
            })
            .collect(),
        _ => Err("wants strings".to_owned()),
    }
}

fn boolean(node: &Node) -> Result<bool, String> {
    match node.data {
        Data::Bool(value) => Ok(value),
        _ => Err("wants true or false".to_owned()),
    }
}

fn scalar(node: &Node) -> Result<Value, String> {
    match &node.data {
        Data::Bool(value) => Ok(Value::Bool(*value)),
        Data::Int(value) => Ok(Value::Int(*value)),
        Data::Float(value) => Ok(Value::Double(*value)),
        Data::String(value) => Ok(Value::String(value.clone())),
        _ => Err("wants a boolean, a number or a string".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::schema::{self, Kind};

    /// Every file reads, names a type with a schema, and names only properties of that schema.
    #[test]
    fn type_files_agree_with_the_schemas() {
        for entry in ENTRIES.iter() {
            let file = parse(entry.text).unwrap_or_else(|e| panic!("{}: {e}", entry.name));
            let shape =
                schema::find(&entry.name).unwrap_or_else(|| panic!("{} has no schema", entry.name));
            for name in file
                .name
                .iter()
                .chain(file.global_when.iter().map(|(p, _)| p))
            {
                assert!(shape.root().field(name).is_some(), "{}: {name}", entry.name);
            }
            for property in &file.properties {
                let mut kind = None;
                let mut def = Some(shape.root());
                for step in &property.path {
                    kind = match step {
                        Step::Name(name) => Some(
                            &def.and_then(|d| d.field(name))
                                .unwrap_or_else(|| panic!("{}: {name}", entry.name))
                                .kind,
                        ),
                        Step::Each => match kind {
                            Some(Kind::List(of)) => Some(&**of),
                            _ => panic!("{}: {:?} is not a list", entry.name, property.path),
                        },
                    };
                    def = match kind {
                        Some(Kind::Object(index)) => shape.def(*index),
                        _ => None,
                    };
                }
                for rtype in &property.refers {
                    assert!(schema::find(rtype).is_some(), "{}: {rtype}", entry.name);
                }
            }
        }
    }
}
