//! The hand-written file of a resource type: `AWS/RDS/DBInstance.yaml`.
//!
//! ```yaml
//! docs: https://docs.aws.amazon.com/…           # where the facts below come from
//! name: [DBInstanceIdentifier]                  # what people call it, first one set wins
//! global: true                                  # or  global-when: { Scope: CLOUDFRONT }
//! host: [DNSName]                               # attributes that are names in DNS
//! terraform: [aws_lb, aws_alb]                  # the resource types it is to Terraform
//! properties:
//!   BackupRetentionPeriod: { absent: { cloudformation: 1 } }
//!   "Replicas[].Region": { shared: true }       # rules may read it from other resources
//!   DBClusterIdentifier: { refers: [AWS::RDS::DBCluster] }
//!   LagId: { refers: [AWS::DirectConnect::Lag], same-region: true } # what it names is where the resource is
//!   HostedZoneName: { terraform: never }        # Terraform has nothing like it
//!   MasterUserPassword: { sensitive: true }
//!   MultiAZ: { terraform: multi_az, absent: { terraform: false } }
//!   "Replicas[].Region": { terraform: "replica[].region_name" }
//!   Tags: { terraform: { path: tags, as: tags } }
//!   DeletionProtection: { config: { path: deletionProtection, always: true } }
//!   PointInTimeRecoverySpecification.X: { config: "$supplementary.ContinuousBackupsDescription.x" }
//!   Scope: { config: { path: $.ARN, as: waf-scope } }   # the item itself, not its configuration
//!   RestoreTime: { config: never }              # means nothing for what is running
//!   Visibility: { config: unrecorded }          # not recorded, whatever is said of the whole
//!   SecurityGroupIngress: { config: made }      # the door's own code makes it
//! ```
//!
//! What the APIs of a running account say is `live:`, in a property as `config:` is, and for the whole as
//! how the account is asked. Facts that only a running account has are `observed:`.
//!
//! What AWS Config calls the whole:
//!
//! ```yaml
//! config: cloudformation              # its configuration has CloudFormation's names
//! config: contained                   # items of other types hold it: it has none, and none lacks
//! config-type: AWS::ACM::Certificate  # where the names differ
//! ```

use std::sync::{Arc, LazyLock, OnceLock};

use rustc_hash::FxHashMap;

use crate::document::{Data, Node, parse_yaml};
use crate::model::Value;
use crate::types::Door;
use crate::types::live::{self, Plan};
use crate::types::observed::{self, Fact};

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
    /// The Terraform resource types that make one.
    pub terraform: Vec<Arc<str>>,
    /// How AWS Config spells it, if that is said once for all.
    pub config: Option<ConfigForm>,
    /// What AWS Config calls the type, if something else, or several things.
    pub config_types: Vec<Arc<str>>,
    /// How a running account is asked for it.
    pub live: Vec<Plan>,
    /// Whether the file says anything of that: also, that there is nothing to ask for.
    pub asks: bool,
    /// Properties about which there is something to say.
    pub properties: Vec<Property>,
    /// Facts that only a running account has.
    pub facts: Vec<Fact>,
    /// Whether doors show its tags, in the order of [`Door::ALL`], once somebody has asked.
    pub(super) shows_tags: OnceLock<[bool; 4]>,
}

/// How AWS Config spells a whole type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigForm {
    /// As CloudFormation does.
    CloudFormation,
    /// As the columns say, and nothing else.
    Columns,
    /// Within the items of another type.
    Contained,
}

/// Whether a door that reads what is running has a property, where no column says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Recorded {
    /// As the column, or what is said of the whole type, says.
    #[default]
    AsSaid,
    /// The door's own code makes it.
    Made,
    /// It has not.
    Unrecorded,
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
    /// What it names is in the Region of the resource.
    pub same_region: bool,
    /// How Terraform spells it.
    pub terraform: Option<Column>,
    /// Whether the Terraform door makes it, if no attribute spells it.
    pub planned: Recorded,
    /// How AWS Config spells it.
    pub config: Option<Column>,
    /// Whether AWS Config records it, if it does not spell it.
    pub recorded: Recorded,
    /// How a running account's answers spell it.
    pub live: Option<Column>,
    /// Whether they have it, if they do not spell it.
    pub answered: Recorded,
    /// The doors that have nothing to set it by: there it is never set.
    pub never: Vec<Box<str>>,
}

impl Property {
    /// How a door spells it.
    pub fn column(&self, door: Door) -> Option<&Column> {
        match door {
            Door::CloudFormation => None,
            Door::Terraform => self.terraform.as_ref(),
            Door::AwsConfig => self.config.as_ref(),
            Door::Live => self.live.as_ref(),
        }
    }

    /// What is said of a door that has no column for it.
    pub fn said(&self, door: Door) -> Recorded {
        match door {
            Door::CloudFormation => Recorded::AsSaid,
            Door::Terraform => self.planned,
            Door::AwsConfig => self.recorded,
            Door::Live => self.answered,
        }
    }
}

/// How another door spells a property.
#[derive(Debug, Clone)]
pub struct Column {
    /// The path there. As many `[]` as the property's own path has, in the same order.
    pub path: Vec<Hop>,
    /// What turns its value into the property's.
    pub transform: Transform,
    /// The block it is in is AWS's to decide when nobody writes it: a plan shows it as unknown, and
    /// it is as absent as a property that a template does not have.
    pub computed: bool,
    /// The door always says it, so if it does not, it is not known.
    pub always: bool,
}

/// A step of a path through another door's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hop {
    /// Into a name.
    Name(Arc<str>),
    /// Into each element, written `[]`.
    Each,
    /// Into the first element, written `[0]`: a block that can occur once.
    First,
}

/// What turns another door's value into a property's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transform {
    /// Nothing.
    #[default]
    None,
    /// A map of tags into a list of `Key` and `Value`.
    Tags,
    /// A map of dimensions into a list of `Name` and `Value`.
    Dimensions,
    /// One value into a list of it.
    List,
    /// A boolean into its opposite.
    Not,
    /// JSON in a string into what it says.
    Json,
    /// The first element of a list.
    First,
    /// What stands behind the last colon or slash of an ARN.
    Last,
    /// `ENABLED` or `DISABLED` into a boolean.
    Enabled,
    /// Text with commas into a list.
    Commas,
    /// The id of a REST API, from the ARN of something in it.
    RestApi,
    /// The id of an HTTP or WebSocket API, from the ARN of something in it.
    HttpApi,
    /// The scope of a web ACL, from its ARN.
    WafScope,
    /// The Region of an ARN.
    ArnRegion,
}

impl Transform {
    fn parse(name: &str) -> Result<Self, String> {
        Ok(match name {
            "tags" => Self::Tags,
            "dimensions" => Self::Dimensions,
            "list" => Self::List,
            "not" => Self::Not,
            "json" => Self::Json,
            "first" => Self::First,
            "last" => Self::Last,
            "enabled" => Self::Enabled,
            "commas" => Self::Commas,
            "rest-api" => Self::RestApi,
            "http-api" => Self::HttpApi,
            "waf-scope" => Self::WafScope,
            "arn-region" => Self::ArnRegion,
            other => return Err(format!("unknown transform {other}")),
        })
    }
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
        let is_it = |own: &[Step]| path.starts_with(own) || own.starts_with(path);
        let mut properties = self.properties.iter();
        properties.any(|p| p.shared && is_it(&p.path))
            || self.facts.iter().any(|f| f.shared && is_it(&f.path))
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

static BY_NAME: LazyLock<FxHashMap<&'static str, &'static Entry>> = LazyLock::new(|| {
    let entries = ENTRIES.iter();
    entries.map(|entry| (entry.name.as_str(), entry)).collect()
});

pub(super) fn find(rtype: &str) -> Option<&'static TypeFile> {
    let entry = BY_NAME.get(rtype)?;
    // A file that does not read is caught by the test below, before anything is released.
    Some(
        entry
            .file
            .get_or_init(|| parse(entry.text).unwrap_or_default()),
    )
}

/// The CloudFormation type that a Terraform resource type makes.
///
/// Found without reading the files: most runs need few of them.
pub(super) fn for_terraform(name: &str) -> Option<&'static str> {
    static INDEX: LazyLock<FxHashMap<&'static str, &'static str>> = LazyLock::new(|| {
        let mut index = FxHashMap::default();
        for entry in ENTRIES.iter() {
            let line = entry
                .text
                .lines()
                .find_map(|l| l.strip_prefix("terraform:"));
            let names = line.unwrap_or_default().split([' ', ',', '[', ']']);
            for name in names.filter(|name| name.starts_with("aws_")) {
                index.insert(name, entry.name.as_str());
            }
        }
        index
    });
    INDEX.get(name).copied()
}

/// The CloudFormation type that AWS Config means, where it calls it something else.
pub(super) fn for_config(name: &str) -> Option<&'static str> {
    static INDEX: LazyLock<FxHashMap<&'static str, &'static str>> = LazyLock::new(|| {
        let mut index = FxHashMap::default();
        for entry in ENTRIES.iter() {
            let mut lines = entry.text.lines();
            let line = lines.find_map(|l| l.strip_prefix("config-type:"));
            let names = line.unwrap_or_default().split([' ', ',', '[', ']']);
            for name in names.filter(|name| name.starts_with("AWS::")) {
                index.insert(name, entry.name.as_str());
            }
        }
        index
    });
    INDEX.get(name).copied()
}

/// The types that a running account can be asked for, in order.
pub(super) fn live() -> Vec<&'static str> {
    let asks = |entry: &&Entry| entry.text.lines().any(|line| line.starts_with("live:"));
    let found = ENTRIES.iter().filter(asks);
    found.map(|entry| entry.name.as_str()).collect()
}

/// The types that a door spells, in order. Found without reading the files.
pub(super) fn spelled(door: Door) -> Vec<&'static str> {
    let word = match door {
        Door::CloudFormation => return ENTRIES.iter().map(|e| e.name.as_str()).collect(),
        Door::Terraform => "terraform:",
        Door::AwsConfig => "config:",
        Door::Live => "live:",
    };
    let says = |entry: &&Entry| {
        let mut lines = entry.text.lines();
        lines.any(|line| {
            line.starts_with(word)
                || line.contains(&format!("{{ {word}"))
                || line.contains(&format!(", {word}"))
        })
    };
    ENTRIES
        .iter()
        .filter(says)
        .map(|entry| entry.name.as_str())
        .collect()
}

/// The types with host names. Found without reading the files.
pub(super) fn with_hosts() -> impl Iterator<Item = &'static str> {
    let has_hosts = |entry: &&Entry| entry.text.lines().any(|line| line.starts_with("host:"));
    ENTRIES
        .iter()
        .filter(has_hosts)
        .map(|entry| entry.name.as_str())
}

fn parse(text: &str) -> Result<TypeFile, String> {
    let root = parse_yaml(text).map_err(|e| e.to_string())?;
    let mut file = TypeFile::default();
    for entry in root.as_map().ok_or("not a mapping")? {
        match &*entry.key {
            "docs" => {}
            "name" => file.name = strings(&entry.value)?,
            "host" => file.host = strings(&entry.value)?,
            "terraform" => file.terraform = strings(&entry.value)?,
            "config" => {
                file.config = Some(match entry.value.as_str() {
                    Some("cloudformation") => ConfigForm::CloudFormation,
                    Some("contained") => ConfigForm::Contained,
                    _ => return Err("config wants cloudformation or contained".to_owned()),
                });
            }
            "live" => {
                file.live = live::parse(&entry.value)?;
                file.asks = true;
            }
            "observed" => file.facts = observed::parse(&entry.value)?,
            "config-type" => file.config_types = strings(&entry.value)?,
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
            "same-region" => property.same_region = boolean(&entry.value)?,
            door @ ("terraform" | "config" | "live") if entry.value.as_str() == Some("never") => {
                property.never.push(door.into());
            }
            "terraform" => match entry.value.as_str() {
                Some("made") => property.planned = Recorded::Made,
                _ => property.terraform = Some(column(&entry.value)?),
            },
            "config" => match entry.value.as_str() {
                Some("made") => property.recorded = Recorded::Made,
                Some("unrecorded") => property.recorded = Recorded::Unrecorded,
                _ => property.config = Some(column(&entry.value)?),
            },
            "live" => match entry.value.as_str() {
                Some("made") => property.answered = Recorded::Made,
                Some("unrecorded") => property.answered = Recorded::Unrecorded,
                _ => property.live = Some(column(&entry.value)?),
            },
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

/// Reads `path`, or `{ path: …, as: transform }`.
pub(super) fn column(node: &Node) -> Result<Column, String> {
    let path = node
        .as_str()
        .or_else(|| node.get("path")?.as_str())
        .ok_or("wants a path")?;
    let transform = match node.get("as").map(|name| name.as_str()) {
        None => Transform::None,
        Some(name) => Transform::parse(name.unwrap_or_default())?,
    };
    let mut hops = Vec::new();
    for part in path.split('.') {
        let (name, index) = part.split_once('[').unwrap_or((part, ""));
        hops.push(Hop::Name(name.into()));
        match index {
            "" => {}
            "]" => hops.push(Hop::Each),
            "0]" => hops.push(Hop::First),
            other => return Err(format!("[{other} is neither [] nor [0]")),
        }
    }
    let computed = match node.get("computed") {
        None => false,
        Some(value) => boolean(value)?,
    };
    let always = match node.get("always") {
        None => false,
        Some(value) => boolean(value)?,
    };
    Ok(Column {
        path: hops,
        transform,
        computed,
        always,
    })
}

pub(super) fn strings(node: &Node) -> Result<Vec<Arc<str>>, String> {
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

pub(super) fn boolean(node: &Node) -> Result<bool, String> {
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

    /// Every Terraform name in a column is one the provider has, and the columns lead through as
    /// many lists as the properties do.
    #[test]
    fn columns_agree_with_the_provider() {
        let known: FxHashMap<&str, Vec<&str>> = include_str!("schema/terraform.txt")
            .lines()
            .map(|line| {
                let mut words = line.split('\t');
                (words.next().unwrap_or_default(), words.collect())
            })
            .collect();
        for entry in ENTRIES.iter() {
            let file = parse(entry.text).unwrap();
            let mut names = Vec::new();
            for resource in &file.terraform {
                assert_eq!(for_terraform(resource), Some(&*entry.name));
                names.extend(known.get(&**resource).unwrap_or_else(|| {
                    panic!("{resource} is not in terraform.txt: run terraform.py")
                }));
            }
            for property in &file.properties {
                let Some(column) = &property.terraform else {
                    continue;
                };
                let hops = column.path.iter().map(|hop| match hop {
                    Hop::Name(name) => format!(".{name}"),
                    Hop::Each => "[]".to_owned(),
                    Hop::First => "[0]".to_owned(),
                });
                let path = hops.collect::<String>();
                let path = path.trim_start_matches('.');
                // Statements of AWS WAF hold statements: where the names come from, they have none.
                let described = path.split("[0]").next().unwrap_or_default();
                let known = if described == "rule[].statement" {
                    described
                } else {
                    path
                };
                assert!(names.contains(&known), "{}: {path}", entry.name);
                let each = property.path.iter().filter(|s| **s == Step::Each).count();
                let columns = column.path.iter().filter(|h| **h == Hop::Each).count();
                assert_eq!(each, columns, "{}: {path}", entry.name);
            }
        }
    }

    /// Every name in a column for AWS Config is one that it has, and the columns lead through as many
    /// lists as the properties do.
    #[test]
    fn columns_agree_with_aws_config() {
        let known: FxHashMap<&str, Vec<&str>> = include_str!("schema/config.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| {
                let mut words = line.split('\t');
                let rtype = words.next().unwrap_or_default();
                (rtype, words.map(|w| w.trim_start_matches('+')).collect())
            })
            .collect();
        for entry in ENTRIES.iter() {
            let file = parse(entry.text).unwrap();
            let rtype = file.config_types.first().map_or(&*entry.name, |name| name);
            let is_known = |path: &str| {
                known.get(rtype).is_some_and(|all| {
                    all.iter()
                        .any(|name| *name == path || name.strip_suffix(".value") == Some(path))
                })
            };
            let said = |column: &Column| {
                let names = column.path.iter().filter_map(|hop| match hop {
                    Hop::Name(name) => Some(&**name),
                    _ => None,
                });
                names.collect::<Vec<_>>().join(".")
            };
            for property in &file.properties {
                let Some(column) = &property.config else {
                    continue;
                };
                let path = said(column);
                assert!(path.starts_with("$.") || is_known(&path), "{rtype}: {path}");
                let each = property.path.iter().filter(|s| **s == Step::Each).count();
                let columns = column.path.iter().filter(|h| **h == Hop::Each).count();
                assert_eq!(each, columns, "{rtype}: {path}");
                assert!(!column.always || each == 0, "{rtype}: {path}");
            }
            // A fact is said with everything that is in it.
            for fact in &file.facts {
                let Some(column) = &fact.config else {
                    continue;
                };
                for path in fact.ty.leaves(&said(column)) {
                    assert!(is_known(&path), "{rtype}: {path}");
                }
            }
        }
    }

    /// What is found in the text of a file is what is in the file.
    #[test]
    fn doors_spell_what_the_files_say() {
        for door in [Door::Terraform, Door::AwsConfig, Door::Live] {
            let spelled = spelled(door);
            for entry in ENTRIES.iter() {
                let file = parse(entry.text).unwrap();
                let says = file.properties.iter().any(|p| p.column(door).is_some())
                    || file.facts.iter().any(|f| f.column(door).is_some())
                    || match door {
                        Door::AwsConfig => {
                            file.config.is_some()
                                || file.properties.iter().any(|p| p.recorded == Recorded::Made)
                        }
                        Door::Live => {
                            let said = |p: &Property| p.answered == Recorded::Made;
                            file.asks || file.properties.iter().any(said)
                        }
                        _ => !file.terraform.is_empty(),
                    };
                assert_eq!(says, spelled.contains(&&*entry.name), "{}", entry.name);
            }
        }
    }

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
