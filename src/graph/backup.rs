//! What AWS Backup backs up: which resources the selections of its plans choose.
//!
//! A selection chooses what its `Resources` or its `ListOfTags` name, of that what meets all its
//! `Conditions`, and nothing that its `NotResources` name; without the first two it is all there is
//! (<https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources-json.html>). It is
//! about resources of its own account and Region.
//!
//! The ARN of a resource that is yet to be made is known in part, so patterns are matched against
//! text with gaps: the answer is yes or no only where it does not depend on what fills them.

use std::cell::OnceCell;
use std::sync::Arc;

use super::Graph;
use super::answer::{Answer, and, any, not, or};
use crate::model::{
    InputKind, Map, Part, Reason, Reference, Region, Resource, Seen, Unknown, Value, World,
};
use crate::types;

pub(super) const PLAN: &str = "AWS::Backup::BackupPlan";
pub(super) const SELECTION: &str = "AWS::Backup::BackupSelection";
pub(super) const GLOBAL_TABLE: &str = "AWS::DynamoDB::GlobalTable";
pub(super) const ORGANIZATION_POLICY: &str = "AWS::Organizations::Policy";

/// A type that AWS Backup supports, and its ARN: the service, what comes before the name, the
/// property that has the name. A global table is a table in each of its Regions.
struct Store {
    rtype: &'static str,
    service: &'static str,
    before: &'static str,
    name: Option<&'static str>,
}

const fn store(
    rtype: &'static str,
    service: &'static str,
    before: &'static str,
    name: Option<&'static str>,
) -> Store {
    Store {
        rtype,
        service,
        before,
        name,
    }
}

const STORES: [Store; 12] = [
    store(
        "AWS::DocDB::DBCluster",
        "rds",
        "cluster:",
        Some("DBClusterIdentifier"),
    ),
    store(GLOBAL_TABLE, "dynamodb", "table/", Some("TableName")),
    store(
        "AWS::DynamoDB::Table",
        "dynamodb",
        "table/",
        Some("TableName"),
    ),
    store("AWS::EC2::Instance", "ec2", "instance/", None),
    store("AWS::EC2::Volume", "ec2", "volume/", None),
    store(
        "AWS::EFS::FileSystem",
        "elasticfilesystem",
        "file-system/",
        None,
    ),
    store("AWS::FSx::FileSystem", "fsx", "file-system/", None),
    store(
        "AWS::Neptune::DBCluster",
        "rds",
        "cluster:",
        Some("DBClusterIdentifier"),
    ),
    store(
        "AWS::RDS::DBCluster",
        "rds",
        "cluster:",
        Some("DBClusterIdentifier"),
    ),
    store(
        "AWS::RDS::DBInstance",
        "rds",
        "db:",
        Some("DBInstanceIdentifier"),
    ),
    store(
        "AWS::Redshift::Cluster",
        "redshift",
        "cluster:",
        Some("ClusterIdentifier"),
    ),
    store("AWS::S3::Bucket", "s3", "", Some("BucketName")),
];

/// The types that AWS Backup supports, of those that are known here.
pub(super) fn stores() -> impl Iterator<Item = &'static str> {
    STORES.iter().map(|store| store.rtype)
}

/// The properties that are read here, beside names and tags.
pub(super) const READS: &[(&str, &[&str])] = &[
    (SELECTION, &["BackupPlanId", "BackupSelection"]),
    (GLOBAL_TABLE, &["Replicas"]),
    (ORGANIZATION_POLICY, &["Type"]),
];

/// The types that are read here to tell which plans there are.
pub(super) const PLANS: [&str; 3] = [PLAN, SELECTION, ORGANIZATION_POLICY];

/// What conditions write before the key of a tag.
pub(super) const TAG: &str = "aws:ResourceTag/";

/// What a selection selects by.
pub(super) const SELECTED_BY: [&str; 4] = ["Conditions", "ListOfTags", "NotResources", "Resources"];

impl Graph<'_> {
    /// A resource as the selections of AWS Backup see it, in each of its Regions; nothing, if AWS Backup
    /// does not support it.
    pub(super) fn regional_copies<'r>(
        &'r self,
        resource: &'r Resource,
        world: &'r World,
    ) -> Copies<'r> {
        let Some(store) = STORES.iter().find(|store| *store.rtype == *resource.rtype) else {
            return Ok(Vec::new());
        };
        let copy = |region: Region, tags| Copy {
            graph: self,
            store,
            resource,
            world,
            region,
            tags,
            name: OnceCell::new(),
            arn: OnceCell::new(),
        };
        let Some(replicas) = resource
            .property("Replicas")
            .filter(|_| store.rtype == GLOBAL_TABLE)
        else {
            let tags = types::tags_property(store.rtype).and_then(|tags| resource.property(tags));
            return Ok(vec![Ok(copy(resource.region.clone(), tags))]);
        };
        let replicas = elements(replicas, world)?.into_iter();
        let maps =
            replicas.filter(|replica| !matches!(replica, Ok(other) if other.as_map().is_none()));
        Ok(maps
            .map(|replica| {
                let replica = replica?.as_map();
                let region = replica.and_then(|replica| replica.get("Region"));
                let region = match region.map(|region| world.known(region)) {
                    Some(Ok(Value::String(region))) => Region::In(region.as_ref().into()),
                    Some(Err(why)) => Region::Unknown(why),
                    _ => resource.region.clone(),
                };
                Ok(copy(
                    region,
                    replica.and_then(|replica| replica.get("Tags")),
                ))
            })
            .collect())
    }

    /// Whether a selection chooses a resource: one of its copies.
    pub(super) fn selects(
        &self,
        selection: &Resource,
        copies: &Copies<'_>,
        world: &World,
    ) -> Answer {
        let Some(chosen) = selection.property("BackupSelection") else {
            return Ok(false);
        };
        let Value::Map(chosen) = world.known(chosen)? else {
            return Ok(false);
        };
        let copies = copies.as_ref().map_err(Arc::clone)?;
        any(copies.iter().map(|copy| {
            let copy = copy.as_ref().map_err(Arc::clone)?;
            self.selects_copy(selection, chosen, copy, world)
        }))
    }

    fn selects_copy(
        &self,
        selection: &Resource,
        chosen: &Map,
        copy: &Copy<'_>,
        world: &World,
    ) -> Answer {
        let list = |name: &str| match chosen.get(name) {
            None => Ok(Vec::new()),
            Some(list) => elements(list, world),
        };
        let here = self.same_place(selection, copy);
        if here == Ok(false) {
            return here;
        }
        let named = |name: &str| -> Result<Vec<Answer>, Unknown> {
            let patterns = list(name)?.into_iter();
            Ok(patterns
                .map(|pattern| copy.is_named(pattern?, selection))
                .collect())
        };
        let resources = named("Resources");
        let tags = list("ListOfTags");
        let everything = matches!(&resources, Ok(list) if list.is_empty())
            && matches!(&tags, Ok(list) if list.is_empty());
        let by_tag = |tags: Vec<Result<&Value, Unknown>>| {
            any(tags
                .into_iter()
                .map(|tag| copy.has_tag(tag?, selection, false, world)))
        };
        let included = if everything {
            Ok(true)
        } else {
            or(resources.and_then(any), tags.and_then(by_tag))
        };
        let excluded = named("NotResources").and_then(any);
        let conditions = chosen.get("Conditions").map_or(Ok(true), |conditions| {
            copy.meets(conditions, selection, world)
        });
        and(and(here, included), and(not(excluded), conditions))
    }

    /// Whether a selection is in the account and the Region of what it would choose.
    fn same_place(&self, selection: &Resource, copy: &Copy<'_>) -> Answer {
        if let (Some(here), Some(there)) = (&selection.account, &copy.resource.account)
            && here != there
        {
            return Ok(false);
        }
        match (&selection.region, &copy.region) {
            (Region::In(here), Region::In(there)) => Ok(here == there),
            // Wherever a template is deployed, it is one Region.
            (Region::Unknown(why), Region::Unknown(_)) => {
                let source = selection.origin.source;
                let kind = self.snapshot.sources.get(source).and_then(|file| file.kind);
                let together = copy.resource.origin.source == source
                    && kind == Some(InputKind::CloudFormation)
                    && copy.region == copy.resource.region;
                if together {
                    Ok(true)
                } else {
                    Err(Arc::clone(why))
                }
            }
            (Region::Unknown(why), _) | (_, Region::Unknown(why)) => Err(Arc::clone(why)),
            _ => Ok(false),
        }
    }
}

/// The elements of a list in a world.
fn elements<'v>(
    list: &'v Value,
    world: &World,
) -> Result<Vec<Result<&'v Value, Unknown>>, Unknown> {
    match world.known(list)? {
        Value::Null => Ok(Vec::new()),
        Value::List(items) => {
            let items = items.iter().map(|item| world.known(item));
            Ok(items.filter(|i| !matches!(i, Ok(Value::Null))).collect())
        }
        one => Ok(vec![Ok(one)]),
    }
}

/// What is not known of a text.
#[derive(Debug, Clone)]
enum Gap {
    Partition,
    Region,
    Account,
    /// The name that AWS gives a resource: this one's.
    Own,
    /// Anything, for this reason.
    Of(Unknown),
}

/// A piece of a text, or of a pattern.
#[derive(Debug, Clone)]
enum Piece {
    Char(char),
    Gap(Gap),
    /// `*` in a pattern.
    Star,
    /// In a pattern, the name of another resource.
    Foreign,
}

impl Gap {
    /// Whether both are filled with the same text, given that they stand in one account and Region.
    fn is(&self, other: &Self, one_source: bool) -> bool {
        match (self, other) {
            (Self::Partition, Self::Partition)
            | (Self::Region, Self::Region)
            | (Self::Account, Self::Account)
            | (Self::Own, Self::Own) => true,
            (Self::Of(a), Self::Of(b)) => {
                one_source && matches!(**a, Reason::ParameterWithoutValue(_)) && a == b
            }
            _ => false,
        }
    }

    fn why(&self) -> Unknown {
        match self {
            Self::Partition => Arc::new(Reason::PseudoParameter("AWS::Partition".into())),
            Self::Region => Arc::new(Reason::RegionNotGiven),
            Self::Account => Arc::new(Reason::PseudoParameter("AWS::AccountId".into())),
            Self::Own => Arc::new(Reason::Attribute("its name".into())),
            Self::Of(why) => Arc::clone(why),
        }
    }
}

/// A resource in each of its Regions, or why it is not known which these are.
pub(super) type Copies<'r> = Result<Vec<Result<Copy<'r>, Unknown>>, Unknown>;

/// A resource in one Region, as AWS Backup sees it.
pub(super) struct Copy<'r> {
    graph: &'r Graph<'r>,
    store: &'static Store,
    pub(super) resource: &'r Resource,
    world: &'r World,
    pub(super) region: Region,
    pub(super) tags: Option<&'r Value>,
    name: OnceCell<Vec<Piece>>,
    arn: OnceCell<Vec<Piece>>,
}

impl Copy<'_> {
    fn arn(&self) -> &[Piece] {
        self.arn.get_or_init(|| match &self.resource.arn {
            // An ARN that is known is that of the resource's own Region.
            Some(arn) if self.region == self.resource.region => pieces(arn),
            _ => self.arn_of(),
        })
    }

    fn name(&self) -> &[Piece] {
        self.name.get_or_init(|| self.named())
    }

    fn named(&self) -> Vec<Piece> {
        let name = self.store.name;
        let name = name.and_then(|name| self.resource.property(name));
        match name.map(|name| self.world.known(name)) {
            Some(Ok(Value::String(name))) => pieces(name),
            Some(Ok(Value::Composed(parts))) => parts
                .iter()
                .flat_map(|part| match part {
                    Part::Text(text) => pieces(text),
                    Part::Unknown(why) => self.pseudo(why),
                    Part::Reference(reference) => vec![Piece::Gap(Gap::Of(attribute(reference)))],
                })
                .collect(),
            Some(Err(why)) => vec![Piece::Gap(Gap::Of(why))],
            // A name that AWS chose, and that is known where it runs.
            _ => match self.graph.snapshot.sources.get(self.resource.origin.source) {
                Some(file)
                    if matches!(file.kind, Some(InputKind::Snapshot | InputKind::AwsConfig)) =>
                {
                    pieces(&self.resource.id)
                }
                _ => vec![Piece::Gap(Gap::Own)],
            },
        }
    }

    fn arn_of(&self) -> Vec<Piece> {
        let store = self.store;
        let mut arn = pieces("arn:");
        arn.extend(self.partition());
        arn.extend(pieces(":"));
        arn.extend(pieces(store.service));
        arn.extend(pieces(":"));
        if store.service == "s3" {
            arn.extend(pieces("::"));
        } else {
            arn.extend(self.region_code());
            arn.extend(pieces(":"));
            arn.extend(self.account());
            arn.extend(pieces(":"));
        }
        arn.extend(pieces(store.before));
        arn.extend(self.name().iter().cloned());
        arn
    }

    fn partition(&self) -> Vec<Piece> {
        let partition = match self.region.name() {
            None => return vec![Piece::Gap(Gap::Partition)],
            Some(name) if name.starts_with("cn-") => "aws-cn",
            Some(name) if name.starts_with("us-gov-") => "aws-us-gov",
            Some(name) if name.starts_with("eusc-") => "aws-eusc",
            Some(_) => "aws",
        };
        pieces(partition)
    }

    fn region_code(&self) -> Vec<Piece> {
        let gap = || vec![Piece::Gap(Gap::Region)];
        self.region.name().map_or_else(gap, pieces)
    }

    fn account(&self) -> Vec<Piece> {
        let gap = || vec![Piece::Gap(Gap::Account)];
        self.resource.account.as_deref().map_or_else(gap, pieces)
    }

    /// A part that is not known, of a text beside this: its account and Region are the same.
    fn pseudo(&self, why: &Unknown) -> Vec<Piece> {
        match &**why {
            Reason::PseudoParameter(name) => match &**name {
                "AWS::Partition" => self.partition(),
                "AWS::Region" => self.region_code(),
                "AWS::AccountId" => self.account(),
                _ => vec![Piece::Gap(Gap::Of(Arc::clone(why)))],
            },
            _ => vec![Piece::Gap(Gap::Of(Arc::clone(why)))],
        }
    }

    /// Whether an ARN, or a pattern of ARNs, names it.
    fn is_named(&self, pattern: &Value, selection: &Resource) -> Answer {
        let pattern = match pattern {
            Value::String(text) => patterned(text),
            Value::Reference(reference) => return Ok(*reference.target == *self.resource.key),
            Value::Composed(parts) => {
                let last = parts.len().saturating_sub(1);
                let pieces = parts.iter().enumerate().flat_map(|(at, part)| match part {
                    Part::Text(text) => patterned(text),
                    Part::Unknown(why) => self.pseudo(why),
                    Part::Reference(reference) if *reference.target == *self.resource.key => {
                        let attribute = reference.attribute.as_deref().unwrap_or_default();
                        if attribute.to_ascii_lowercase().ends_with("arn") {
                            self.arn().to_vec()
                        } else {
                            self.name().to_vec()
                        }
                    }
                    Part::Reference(_) if at == last => vec![Piece::Foreign],
                    Part::Reference(reference) => vec![Piece::Gap(Gap::Of(attribute(reference)))],
                });
                pieces.collect()
            }
            other => {
                return Err(Arc::new(Reason::Mistyped {
                    expected: "an ARN".into(),
                    found: other.kind().into(),
                }));
            }
        };
        let one_source = selection.origin.source == self.resource.origin.source;
        // Who writes a partition writes that of the account: it need not be known here.
        match (after_partition(&pattern), after_partition(self.arn())) {
            (Some(pattern), Some(arn)) if self.region.name().is_none() => {
                matches(pattern, arn, one_source)
            }
            _ => matches(&pattern, self.arn(), one_source),
        }
    }

    /// The value of a tag.
    fn tag(&self, wanted: &str, world: &World) -> Result<Option<&Value>, Unknown> {
        let Some(tags) = self.tags else {
            let unseen = self.graph.unseen_tags(self.resource);
            return unseen.map_or(Ok(None), Err);
        };
        if let Seen::Value(Value::Map(tags)) = world.see(tags) {
            return Ok(tags.get(wanted));
        }
        let mut maybe = None;
        for tag in elements(tags, world)? {
            let tag = match tag {
                Ok(Value::Map(tag)) => tag,
                Ok(_) => continue,
                Err(why) => {
                    maybe.get_or_insert(why);
                    continue;
                }
            };
            match tag.get("Key").map(|key| world.known(key)) {
                Some(Ok(Value::String(key))) if **key == *wanted => {
                    return Ok(tag.get("Value"));
                }
                Some(Err(why)) => {
                    maybe.get_or_insert(why);
                }
                Some(Ok(Value::Composed(_) | Value::Reference(_))) => {
                    maybe.get_or_insert_with(|| {
                        Arc::new(Reason::Other("the key of one of its tags is".into()))
                    });
                }
                _ => {}
            }
        }
        maybe.map_or(Ok(None), Err)
    }

    /// Whether it has the tag of a condition, with its value or one like it. Keys and values are
    /// case sensitive; `Conditions` write `aws:ResourceTag/` before the key, `ListOfTags` need not.
    fn has_tag(
        &self,
        condition: &Value,
        selection: &Resource,
        like: bool,
        world: &World,
    ) -> Answer {
        let Value::Map(condition) = condition else {
            return Ok(false);
        };
        let (key, wanted) = (text(condition, "ConditionKey", world)?, {
            let Some(wanted) = condition.get("ConditionValue") else {
                return Ok(false);
            };
            wanted
        });
        let key = key.strip_prefix(TAG).unwrap_or(&key);
        let Some(value) = self.tag(key, world)? else {
            return Ok(false);
        };
        let pieces_of = |value: &Value, is_pattern: bool| -> Result<Vec<Piece>, Unknown> {
            let literal = |text: &str| {
                if is_pattern {
                    patterned(text)
                } else {
                    pieces(text)
                }
            };
            match world.see(value) {
                Seen::Value(Value::String(text)) => Ok(literal(text)),
                Seen::Value(Value::Bool(value)) => Ok(literal(&value.to_string())),
                Seen::Value(Value::Int(value)) => Ok(literal(&value.to_string())),
                Seen::Value(Value::Composed(parts)) => Ok(parts
                    .iter()
                    .flat_map(|part| match part {
                        Part::Text(text) => literal(text),
                        Part::Unknown(why) => self.pseudo(why),
                        Part::Reference(reference) => {
                            vec![Piece::Gap(Gap::Of(attribute(reference)))]
                        }
                    })
                    .collect()),
                Seen::Value(Value::Unknown(why)) => Ok(vec![Piece::Gap(Gap::Of(Arc::clone(why)))]),
                Seen::Value(Value::Reference(reference)) => {
                    Ok(vec![Piece::Gap(Gap::Of(attribute(reference)))])
                }
                Seen::Undecided(why) => Err(why),
                Seen::Value(_) => Ok(Vec::new()),
            }
        };
        let one_source = selection.origin.source == self.resource.origin.source;
        matches(
            &pieces_of(wanted, like)?,
            &pieces_of(value, false)?,
            one_source,
        )
    }

    /// Whether it meets all conditions. What has no such tag is not equal to and not like anything.
    fn meets(&self, conditions: &Value, selection: &Resource, world: &World) -> Answer {
        let Value::Map(conditions) = world.known(conditions)? else {
            return Ok(true);
        };
        let mut all = Ok(true);
        for (operator, negated, like) in [
            ("StringEquals", false, false),
            ("StringLike", false, true),
            ("StringNotEquals", true, false),
            ("StringNotLike", true, true),
        ] {
            let Some(list) = conditions.get(operator) else {
                continue;
            };
            let each = match elements(list, world) {
                Ok(each) => each,
                Err(why) => {
                    all = and(all, Err(why));
                    continue;
                }
            };
            for condition in each {
                let has = condition.and_then(|c| self.has_tag(c, selection, like, world));
                all = and(all, if negated { not(has) } else { has });
            }
        }
        all
    }
}

fn attribute(reference: &Arc<Reference>) -> Unknown {
    Arc::new(Reason::Attribute(reference.to_string().into()))
}

/// A known text of an object.
fn text(map: &Map, name: &str, world: &World) -> Result<String, Unknown> {
    match map.get(name).map(|value| world.known(value)) {
        Some(Ok(Value::String(text))) => Ok(text.to_string()),
        Some(Ok(other)) => Err(Arc::new(Reason::Mistyped {
            expected: "text".into(),
            found: other.kind().into(),
        })),
        Some(Err(why)) => Err(why),
        None => Err(Arc::new(Reason::NotSet(name.into()))),
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    text.chars().map(Piece::Char).collect()
}

fn patterned(text: &str) -> Vec<Piece> {
    let piece = |c| {
        if c == '*' {
            Piece::Star
        } else {
            Piece::Char(c)
        }
    };
    text.chars().map(piece).collect()
}

/// What follows `arn:partition` in an ARN that has a partition, whichever it is.
fn after_partition(arn: &[Piece]) -> Option<&[Piece]> {
    let is_colon = |piece: &Piece| matches!(piece, Piece::Char(':'));
    let begins = arn.iter().zip("arn:".chars());
    if !begins
        .clone()
        .all(|(piece, c)| matches!(piece, Piece::Char(other) if *other == c))
        || begins.count() < 4
    {
        return None;
    }
    let partition = arn.get(4..)?;
    let end = partition.iter().position(is_colon)?;
    let (partition, rest) = partition.split_at_checked(end)?;
    let is_star = |piece: &Piece| matches!(piece, Piece::Star);
    (!partition.iter().any(is_star)).then_some(rest)
}

/// Whether a text is like a pattern, whatever fills the gaps of both.
fn matches(pattern: &[Piece], text: &[Piece], one_source: bool) -> Answer {
    let same = |a: &Piece, b: &Piece| match (a, b) {
        (Piece::Char(a), Piece::Char(b)) => a == b,
        (Piece::Gap(a), Piece::Gap(b)) => a.is(b, one_source),
        _ => false,
    };
    let star = |piece: &Piece| matches!(piece, Piece::Star);
    if walk(pattern, text, &same, &|p, _| star(p), &|_, _| false) {
        return Ok(true);
    }
    // A gap holds no colon, but for one that can hold anything.
    let holds = |gap: &Gap, piece: &Piece| match piece {
        Piece::Char(':') => matches!(gap, Gap::Of(_)),
        Piece::Foreign => false,
        _ => true,
    };
    let in_pattern = |p: &Piece, t: &Piece| match p {
        Piece::Star => true,
        Piece::Gap(gap) => holds(gap, t),
        _ => false,
    };
    let in_text = |t: &Piece, p: &Piece| match t {
        Piece::Gap(gap) => holds(gap, p),
        _ => false,
    };
    let gaps = pattern.iter().chain(text).find_map(|piece| match piece {
        Piece::Gap(gap) => Some(gap.why()),
        _ => None,
    });
    match gaps {
        Some(why) if walk(pattern, text, &same, &in_pattern, &in_text) => Err(why),
        _ => Ok(false),
    }
}

/// Whether two sequences meet, in which some pieces take up any number of pieces of the other.
fn walk(
    pattern: &[Piece],
    text: &[Piece],
    same: &dyn Fn(&Piece, &Piece) -> bool,
    in_pattern: &dyn Fn(&Piece, &Piece) -> bool,
    in_text: &dyn Fn(&Piece, &Piece) -> bool,
) -> bool {
    // What can be left of the text after each part of the pattern: `ends[t]`.
    let is_wild = |piece: &Piece| matches!(piece, Piece::Star | Piece::Gap(_));
    let empty = Piece::Char('\0');
    let mut ends = vec![false; text.len() + 1];
    ends.first_mut().into_iter().for_each(|end| *end = true);
    // Gaps of the text may be empty.
    let skip = |ends: &mut Vec<bool>| {
        for (at, piece) in text.iter().enumerate() {
            let here = ends.get(at).copied().unwrap_or_default();
            if here
                && in_text(piece, &empty)
                && let Some(next) = ends.get_mut(at + 1)
            {
                *next = true;
            }
        }
    };
    skip(&mut ends);
    for p in pattern {
        if !ends.contains(&true) {
            return false;
        }
        let mut next = vec![false; text.len() + 1];
        if is_wild(p) && in_pattern(p, &empty) {
            next.clone_from(&ends);
        }
        for (at, t) in text.iter().enumerate() {
            let here = ends.get(at).copied().unwrap_or_default();
            let taking = next.get(at).copied().unwrap_or_default();
            let on = here && same(p, t)
                || (here || taking && is_wild(p)) && in_pattern(p, t) && is_wild(p);
            if on && let Some(end) = next.get_mut(at + 1) {
                *end = true;
            }
            // A gap of the text takes up the piece of the pattern, and may take more.
            if here
                && in_text(t, p)
                && let Some(end) = next.get_mut(at)
            {
                *end = true;
            }
        }
        skip(&mut next);
        ends = next;
    }
    ends.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(pattern: &str, text: &[Piece]) -> Answer {
        matches(&patterned(pattern), text, true)
    }

    #[test]
    fn patterns_of_known_arns() {
        let arn = pieces("arn:aws:rds:eu-central-1:111122223333:db:orders");
        for (pattern, expected) in [
            ("*", true),
            ("arn:aws:rds:*", true),
            ("arn:aws:rds:*:*:db:*", true),
            ("arn:aws:rds:*:*:db:ord*rs", true),
            ("arn:aws:rds:*:*:cluster:*", false),
            ("arn:aws:rds:eu-central-1:111122223333:db:orders", true),
            ("arn:aws:rds:eu-central-1:111122223333:db:order", false),
            ("arn:aws:rds:eu-central-1:111122223333:db:orders*", true),
            ("arn:aws:dynamodb:*", false),
            ("", false),
        ] {
            assert_eq!(like(pattern, &arn), Ok(expected), "{pattern}");
        }
    }

    #[test]
    fn patterns_of_arns_that_are_known_in_part() {
        let mut arn = pieces("arn:aws:rds:");
        arn.push(Piece::Gap(Gap::Region));
        arn.extend(pieces(":"));
        arn.push(Piece::Gap(Gap::Account));
        arn.extend(pieces(":db:"));
        arn.push(Piece::Gap(Gap::Own));
        for (pattern, expected) in [
            ("*", Some(true)),
            ("arn:aws:rds:*:*:db:*", Some(true)),
            ("arn:aws:rds:*:*:cluster:*", Some(false)),
            ("arn:aws:s3:::*", Some(false)),
            ("arn:aws:rds:eu-central-1:*:db:*", None),
            ("arn:aws:rds:*:*:db:orders", None),
            ("arn:aws:rds:*:*:db:", None),
        ] {
            assert_eq!(like(pattern, &arn).ok(), expected, "{pattern}");
        }
        let other = [patterned("arn:aws:rds:*:*:db:"), vec![Piece::Foreign]].concat();
        assert_eq!(matches(&other, &arn, true), Ok(false));
        assert_eq!(matches(&arn, &arn, true), Ok(true));
    }
}
