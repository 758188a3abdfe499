//! What of a large snapshot has to be in the graph for the questions that will be asked of it. The
//! rest can stream past.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::texts::hash;
use super::{
    Arn, GLOBAL_CLUSTER, backup, capacity, direct_connect, dns, edge, members, names, organization,
    replicas, stores, tags, targets, zones,
};
use super::{alarms, dashboards};
use crate::model::{Map, OBSERVED, Resource, Value};
use crate::types::{self, Step};

/// The resources that questions are about, by type.
#[derive(Debug, Default)]
pub struct Needs {
    /// Every resource of these types.
    kept: BTreeSet<Arc<str>>,
    /// Of these types only what something kept names.
    named: BTreeSet<Arc<str>>,
    /// Of these types it matters by what texts others name them, beside those that kept ones refer
    /// to.
    nameable: BTreeSet<Arc<str>>,
    /// The types whose tags are asked for; `None` in it for all.
    tags: BTreeSet<Option<Arc<str>>>,
    /// Names of properties that rules read, of whatever.
    read: BTreeSet<Arc<str>>,
}

/// What is kept of one type.
#[derive(Debug)]
pub struct Kept {
    /// Only those that something else names.
    pub if_named: bool,
    /// Their properties of these names.
    pub properties: Vec<Arc<str>>,
    /// What is observed of them by these names.
    pub facts: Vec<Arc<str>>,
    /// Whether it matters by what texts others name them.
    is_nameable: bool,
    /// Of their tags only those that say what a resource is for.
    naming_tags: bool,
}

impl Kept {
    /// Whether any answer can depend on a resource of this type, and drops what none does of it.
    pub fn trim(&self, resource: &mut Resource) -> bool {
        if self.if_named && !edge::trim(resource) {
            return false;
        }
        if !self.is_nameable {
            resource.arn = None;
            resource.names = Box::default();
            resource.key = Arc::clone(&resource.id);
        }
        self.trim_tags(resource);
        true
    }

    fn trim_tags(&self, resource: &mut Resource) {
        let tags = types::tags_property(&resource.rtype).filter(|_| self.naming_tags);
        let Some(Value::List(items)) = tags.and_then(|tags| resource.properties.get_mut(tags))
        else {
            return;
        };
        let says_nothing = |tag: &Value| {
            let key = tag.as_map().and_then(|tag| tag.get("Key"));
            key.and_then(Value::as_str)
                .is_some_and(|key| !names::is_naming_tag(key))
        };
        let all = std::mem::take(items).into_vec();
        *items = all.into_iter().filter(|tag| !says_nothing(tag)).collect();
    }
}

impl Needs {
    /// All resources of a type can be asked about.
    pub fn all_of(&mut self, rtype: &str) {
        self.kept.insert(rtype.into());
    }

    /// Resources of a type are looked for by the texts that name them.
    pub fn looked_up(&mut self, rtype: &str) {
        self.all_of(rtype);
        self.nameable.insert(rtype.into());
    }

    /// Rules read properties of this name.
    pub fn reads(&mut self, property: &Arc<str>) {
        self.read.insert(Arc::clone(property));
    }

    /// Rules ask for the tags of a type, or of any.
    pub fn tags_of(&mut self, rtype: Option<&str>) {
        self.tags.insert(rtype.map(Arc::from));
    }

    /// [`Graph::destinations`](super::Graph::destinations) will be asked.
    pub fn destinations(&mut self) {
        dns::TYPES.iter().for_each(|rtype| self.all_of(rtype));
        self.named(types::with_hosts());
    }

    /// [`Graph::capacity`](super::Graph::capacity) will be asked.
    pub fn capacity(&mut self) {
        capacity::TYPES
            .iter()
            .for_each(|rtype| self.looked_up(rtype));
        self.all_of(dns::ENDPOINT_GROUP);
    }

    /// [`Graph::data_regions`](super::Graph::data_regions) will be asked.
    pub fn data_regions(&mut self) {
        stores::TYPES.iter().for_each(|rtype| self.looked_up(rtype));
        self.capacity();
        self.backup_plans();
        self.tags_of(None);
    }

    /// [`Graph::application`](super::Graph::application) will be asked.
    pub fn application(&mut self) {
        tags::COMPUTE.iter().for_each(|rtype| self.all_of(rtype));
        self.tags_of(None);
    }

    /// [`Graph::twins`](super::Graph::twins) will be asked of a type.
    pub fn twins(&mut self, rtype: &str) {
        self.looked_up(rtype);
        self.tags_of(None);
    }

    /// [`Graph::record_group`](super::Graph::record_group) will be asked.
    pub fn record_groups(&mut self) {
        [dns::RECORD, dns::ZONE]
            .iter()
            .for_each(|rtype| self.all_of(rtype));
    }

    /// [`Graph::health_checks`](super::Graph::health_checks) will be asked.
    pub fn health_checks(&mut self) {
        self.all_of(dns::RECORD);
        self.looked_up(dns::HEALTH_CHECK);
    }

    /// [`Graph::probes`](super::Graph::probes) will be asked.
    pub fn probes(&mut self) {
        self.destinations();
        self.all_of(dns::HEALTH_CHECK);
    }

    /// [`Graph::names`](super::Graph::names) will be asked of a type.
    pub fn names(&mut self, rtype: &str) {
        self.destinations();
        names::LOOKED_UP
            .iter()
            .for_each(|rtype| self.looked_up(rtype));
        for rtype in names::TYPES {
            self.all_of(rtype);
            self.tags_of(Some(rtype));
        }
        self.tags_of(Some(rtype));
    }

    /// [`Graph::web_acls`](super::Graph::web_acls) will be asked of a type.
    pub fn web_acls(&mut self, rtype: &str) {
        self.looked_up(rtype);
        for rtype in edge::ASSOCIATIONS {
            self.all_of(rtype);
            // What one names is known not to be another.
            let file = types::file(rtype);
            let properties = file.into_iter().flat_map(|file| &file.properties);
            self.named(properties.flat_map(|p| &p.refers).map(|rtype| &**rtype));
        }
    }

    /// [`Graph::open_to_internet`](super::Graph::open_to_internet) will be asked.
    pub fn open_to_internet(&mut self) {
        self.named([edge::GROUP, edge::INGRESS]);
        for rtype in [edge::LISTENER, edge::RULE] {
            self.looked_up(rtype);
        }
    }

    /// [`Graph::protected`](super::Graph::protected) will be asked of a type of web ACL.
    pub fn protected(&mut self, rtype: &str) {
        self.looked_up(rtype);
        self.destinations();
        for rtype in edge::PROTECTED {
            self.web_acls(rtype);
            self.names(rtype);
        }
    }

    /// [`Graph::shown_regions`](super::Graph::shown_regions) will be asked.
    pub fn shown_regions(&mut self) {
        self.all_of(dashboards::DASHBOARD);
    }

    /// [`Graph::alarms`](super::Graph::alarms) will be asked of a type.
    pub fn alarms(&mut self, rtype: &str) {
        self.looked_up(rtype);
        self.all_of(alarms::ALARM);
        alarms::NAMED_BY
            .iter()
            .for_each(|rtype| self.looked_up(rtype));
    }

    /// [`Graph::followers`](super::Graph::followers) will be asked of a type.
    pub fn followers(&mut self, rtype: &str) {
        self.looked_up(rtype);
        self.all_of(alarms::COMPOSITE);
        alarms::FOLLOWERS
            .iter()
            .for_each(|rtype| self.all_of(rtype));
    }

    /// [`Graph::delivers`](super::Graph::delivers) will be asked.
    pub fn delivers(&mut self) {
        self.looked_up(alarms::TOPIC);
        self.all_of(alarms::SUBSCRIPTION);
        alarms::CHANNELS.iter().for_each(|rtype| self.all_of(rtype));
    }

    /// [`Graph::backup_plans`](super::Graph::backup_plans) will be asked.
    pub fn backup_plans(&mut self) {
        backup::PLANS.iter().for_each(|rtype| self.all_of(rtype));
        self.looked_up(backup::PLAN);
    }

    /// [`Graph::backed_up`](super::Graph::backed_up) will be asked.
    pub fn backed_up(&mut self) {
        self.backup_plans();
        for rtype in backup::stores() {
            self.all_of(rtype);
            self.tags_of(Some(rtype));
        }
    }

    /// [`Graph::service_control_policies`](super::Graph::service_control_policies) will be asked.
    pub fn organization(&mut self) {
        organization::TYPES
            .iter()
            .for_each(|rtype| self.looked_up(rtype));
    }

    /// [`Graph::members`](super::Graph::members) will be asked of a type.
    pub fn members(&mut self, rtype: &str) {
        self.all_of(rtype);
        self.looked_up(members::CLUSTER);
        self.all_of(members::INSTANCE);
    }

    /// [`Graph::zones`](super::Graph::zones) will be asked.
    pub fn zones(&mut self) {
        self.looked_up(zones::SUBNET);
    }

    /// [`Graph::replicas`](super::Graph::replicas) will be asked of a type.
    pub fn replicas(&mut self, rtype: &str) {
        if rtype == replicas::TABLE {
            self.looked_up(replicas::TABLE);
            self.all_of(replicas::GLOBAL_TABLE);
        } else {
            for rtype in [replicas::INSTANCE, replicas::CLUSTER, GLOBAL_CLUSTER] {
                self.looked_up(rtype);
            }
        }
    }

    /// [`Graph::lines`](super::Graph::lines) will be asked.
    pub fn lines(&mut self) {
        self.reads(&OBSERVED.into());
        self.reads(&"Device".into());
        for rtype in direct_connect::TYPES {
            self.all_of(rtype);
        }
        for rtype in direct_connect::LOOKED_UP {
            self.looked_up(rtype);
        }
    }

    /// [`Graph::even_targets`](super::Graph::even_targets) will be asked.
    pub fn targets(&mut self) {
        for rtype in targets::TYPES {
            self.all_of(rtype);
        }
        for rtype in targets::LOOKED_UP {
            self.looked_up(rtype);
        }
        self.zones();
    }

    fn named<'t>(&mut self, types: impl IntoIterator<Item = &'t str>) {
        self.named.extend(types.into_iter().map(Arc::from));
    }

    /// What to keep, by type.
    pub fn kept(&self) -> BTreeMap<Arc<str>, Kept> {
        let mut kept = BTreeMap::new();
        let files = self.kept.iter().filter_map(|rtype| types::file(rtype));
        let properties = files.flat_map(|file| &file.properties);
        let referred: BTreeSet<&Arc<str>> = properties.flat_map(|p| &p.refers).collect();
        for rtype in self.kept.union(&self.named) {
            let what = Kept {
                if_named: !self.kept.contains(rtype),
                properties: self.properties(rtype),
                facts: self.facts(rtype),
                is_nameable: self.named.contains(rtype)
                    || self.nameable.contains(rtype)
                    || referred.contains(rtype),
                naming_tags: !self.tags.contains(&None),
            };
            kept.insert(Arc::clone(rtype), what);
        }
        kept
    }

    /// The facts of a type that rules read of whatever.
    fn facts(&self, rtype: &str) -> Vec<Arc<str>> {
        let facts = types::facts(rtype)
            .iter()
            .map(|fact| (fact.name(), fact.shared));
        let read = facts.filter(|(name, shared)| *shared && self.read.contains(*name));
        match self.read.contains(OBSERVED) {
            true => read.map(|(name, _)| name.into()).collect(),
            false => Vec::new(),
        }
    }

    /// The properties that a question about a type, or the answer to one, can depend on.
    fn properties(&self, rtype: &str) -> Vec<Arc<str>> {
        let mut wanted: BTreeSet<Arc<str>> = BTreeSet::new();
        let read = [
            alarms::READS,
            dashboards::READS,
            backup::READS,
            capacity::READS,
            direct_connect::READS,
            dns::READS,
            edge::READS,
            members::READS,
            names::READS,
            organization::READS,
            replicas::READS,
            stores::READS,
            targets::READS,
            zones::READS,
        ];
        for (of, properties) in read.into_iter().flatten() {
            if *of == rtype {
                wanted.extend(properties.iter().map(|name| Arc::from(*name)));
            }
        }
        if self.tags.contains(&None) || self.tags.contains(&Some(rtype.into())) {
            wanted.extend(types::tags_property(rtype).map(Arc::from));
        }
        if let Some(file) = types::file(rtype) {
            wanted.extend(file.name.iter().cloned());
            wanted.extend(file.global_when.iter().map(|(name, _)| Arc::clone(name)));
            let is_kept = |rtype| self.kept.contains(rtype) || self.named.contains(rtype);
            for property in &file.properties {
                let Some(Step::Name(name)) = property.path.first() else {
                    continue;
                };
                if property.shared && self.read.contains(name)
                    || property.refers.iter().any(is_kept)
                {
                    wanted.insert(Arc::clone(name));
                }
            }
        }
        wanted.into_iter().collect()
    }
}

/// Every text by which what is in the graph may name something else; by its hash, because there are
/// many.
#[derive(Debug, Default)]
pub struct Mentions(FxHashSet<u64>);

impl Mentions {
    /// Notes what a resource names.
    pub fn add(&mut self, resource: &Resource) {
        let tags = types::tags_property(&resource.rtype);
        for (name, value) in resource.properties.iter() {
            if tags != Some(&**name) {
                self.add_value(value);
            }
        }
    }

    fn add_value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add_text(text),
            Value::List(items) => items.iter().for_each(|item| self.add_value(item)),
            Value::Map(map) => map.iter().for_each(|(_, value)| self.add_value(value)),
            Value::Choice(choice) => choice.arms.iter().for_each(|arm| self.add_value(arm)),
            _ => {}
        }
    }

    fn add_text(&mut self, text: &str) {
        self.0.insert(hash(text));
        if let Some(name) = Arn::parse(text).and_then(|arn| arn.name()) {
            self.0.insert(hash(name));
        }
        for name in dns::names_in(text) {
            self.0.insert(hash(&name));
        }
    }

    /// Whether a resource is named, or names what is named: the rules of a security group do.
    pub fn has(&self, resource: &Resource) -> bool {
        let is_in = |text: &str| self.0.contains(&hash(text));
        resource
            .arn
            .iter()
            .chain(&resource.names)
            .any(|name| is_in(name))
            || any_text(&resource.properties, &is_in)
    }
}

/// Whether one of some properties is a wanted text, or could be.
fn any_text(map: &Map, wanted: &dyn Fn(&str) -> bool) -> bool {
    map.iter().any(|(_, value)| match value {
        Value::String(text) => wanted(text),
        Value::Unknown(_) => true,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_can_be_asked_about() {
        let mut needs = Needs::default();
        needs.destinations();
        let kept = needs.kept();
        let records = &kept["AWS::Route53::RecordSet"];
        assert!(!records.if_named && records.properties.contains(&"AliasTarget".into()));
        assert!(kept["AWS::S3::Bucket"].if_named);
        assert!(!kept.contains_key("AWS::EC2::SecurityGroup"));
        let group = &kept["AWS::GlobalAccelerator::EndpointGroup"];
        assert!(group.properties.contains(&"ListenerArn".into()));
    }
}
