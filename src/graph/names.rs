//! The words by which the snapshot calls a resource: its name, its tags, the hosts and paths that
//! lead to it. Context such as "this serves checkout" is read from these.

use std::sync::Arc;

use super::Graph;
use crate::model::{InputKind, Map, Part, Resource, Seen, Unknown, Value, Whereabouts, World};
use crate::types;

/// Tags whose values say what a resource is for.
const NAMING_TAGS: [&str; 11] = [
    "name",
    "app",
    "application",
    "service",
    "component",
    "system",
    "workload",
    "product",
    "purpose",
    "role",
    "function",
];

/// Whether the value of a tag says what a resource is for.
pub(super) fn is_naming_tag(key: &str) -> bool {
    NAMING_TAGS
        .iter()
        .any(|naming| naming.eq_ignore_ascii_case(key))
}

const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";
const REST_API: &str = "AWS::ApiGateway::RestApi";
const API_PATH: &str = "AWS::ApiGateway::Resource";
const MAPPING: &str = "AWS::ApiGateway::BasePathMapping";
const HTTP_API: &str = "AWS::ApiGatewayV2::Api";

/// The types whose resources give others names.
pub(super) const TYPES: [&str; 6] = [LISTENER, RULE, REST_API, API_PATH, MAPPING, HTTP_API];

/// Those of them that are looked for by name.
pub(super) const LOOKED_UP: [&str; 2] = [REST_API, HTTP_API];

/// The properties that are read here, beside names and tags.
pub(super) const READS: &[(&str, &[&str])] = &[
    (LISTENER, &["LoadBalancerArn"]),
    (RULE, &["Conditions", "ListenerArn"]),
    (API_PATH, &["PathPart", "RestApiId"]),
    (MAPPING, &["BasePath", "DomainName", "RestApiId"]),
    ("AWS::ApiGateway::Stage", &["RestApiId"]),
    ("AWS::ApiGatewayV2::Stage", &["ApiId"]),
];

/// The whole words of a text, as they are written: `CheckoutApi-v2` is `Checkout`, `Api`, `v2`;
/// `payload` is one word, and not `pay`.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let word = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let mut previous = word.chars().next()?;
        let mut chars = word.char_indices().skip(1).peekable();
        let mut end = word.len();
        while let Some((at, c)) = chars.next() {
            let next_is_lower = chars.peek().is_some_and(|(_, next)| next.is_lowercase());
            let boundary = c.is_uppercase()
                && (previous.is_lowercase()
                    || previous.is_ascii_digit()
                    || (previous.is_uppercase() && next_is_lower));
            if boundary || !c.is_alphanumeric() {
                end = at;
                break;
            }
            previous = c;
        }
        let (word, after) = word.split_at_checked(end)?;
        rest = after;
        Some(word)
    })
}

/// The words of a text that is known in part: a word at the edge of an unknown part may be longer
/// than what is seen of it, so it does not count.
pub fn logical_words(parts: &[Part]) -> Vec<String> {
    const GAP: char = '\u{1}';
    let text: String = parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.to_string(),
            _ => GAP.to_string(),
        })
        .collect();
    text.split(|c: char| !c.is_alphanumeric() && c != GAP)
        .filter(|piece| !piece.contains(GAP))
        .flat_map(words)
        .map(str::to_owned)
        .collect()
}

impl<'s> Graph<'s> {
    /// Every name by which the snapshot knows a resource, and why there may be others.
    pub fn names(&self, index: usize, world: &World) -> (Vec<Value>, Option<Unknown>) {
        let mut names = Names {
            graph: self,
            world,
            found: Vec::new(),
            unknown: None,
        };
        names.collect(index);
        (names.found, names.unknown)
    }
}

struct Names<'g, 's> {
    graph: &'g Graph<'s>,
    world: &'g World,
    found: Vec<Value>,
    unknown: Option<Unknown>,
}

impl Names<'_, '_> {
    fn collect(&mut self, index: usize) {
        let Some(resource) = self.graph.resource(index) else {
            return;
        };
        self.own(resource);
        for record in self.graph.hosts_of(index, self.world) {
            if let Some(name) = self.graph.resource(record).and_then(|r| r.property("Name")) {
                self.add(name);
            }
        }
        match &*resource.rtype {
            "AWS::CloudFront::Distribution" => {
                if let Some(Value::Map(config)) = resource.property("DistributionConfig") {
                    self.each(config, "Aliases", |me, alias| me.add(alias));
                    self.each(config, "CacheBehaviors", |me, behaviour| {
                        if let Value::Map(behaviour) = behaviour
                            && let Some(pattern) = behaviour.get("PathPattern")
                        {
                            me.add(pattern);
                        }
                    });
                }
            }
            "AWS::ElasticLoadBalancingV2::LoadBalancer" => self.listener_rules(index),
            "AWS::ApiGateway::Stage" => self.rest_api(resource),
            "AWS::ApiGatewayV2::Stage" => {
                self.related(resource, "ApiId", HTTP_API);
            }
            _ => {}
        }
        self.lost(resource);
    }

    /// Names that could not be read although they were asked for leave open what it is called;
    /// names that inputs of a kind never show do not, or templates would never know.
    fn lost(&mut self, resource: &Resource) {
        let own: &[&str] = match &*resource.rtype {
            "AWS::ElasticLoadBalancingV2::LoadBalancer" => &[LISTENER, RULE],
            "AWS::ApiGateway::Stage" => &[REST_API, API_PATH, MAPPING],
            "AWS::ApiGatewayV2::Stage" => &[HTTP_API],
            _ => &[],
        };
        let account = resource.account.as_deref();
        let coverage = &self.graph.snapshot().coverage;
        let lost = |rtype: &str, region| coverage.lost(rtype, Whereabouts { account, region });
        let beside = own
            .iter()
            .find_map(|rtype| lost(rtype, resource.region.name()));
        let records = || lost("AWS::Route53::RecordSet", Some("global"));
        if let Some(why) = beside.or_else(records) {
            self.unknown.get_or_insert(why);
        }
    }

    /// The name property, else the logical id, if CloudFormation makes the name of it; and tags.
    fn own(&mut self, resource: &Resource) {
        let file = types::file(&resource.rtype);
        let named = file
            .into_iter()
            .flat_map(|file| &file.name)
            .find_map(|name| resource.properties.get(name));
        match named {
            Some(name) => self.add(name),
            None if self.is_named_by_id(resource) => {
                self.found.push(Value::String(resource.id.as_ref().into()));
            }
            None => {}
        }
        let tags = types::tags_property(&resource.rtype);
        match tags.and_then(|tags| resource.property(tags)) {
            Some(Value::Map(tags)) => {
                for (key, value) in tags.iter() {
                    if is_naming_tag(key) {
                        self.add(value);
                    }
                }
            }
            Some(tags @ (Value::List(_) | Value::Choice(_))) => {
                self.each_of(tags, |me, tag| {
                    let Value::Map(tag) = tag else { return };
                    match tag.get("Key").map(|key| me.world.known(key)) {
                        Some(Ok(Value::String(key))) => {
                            if is_naming_tag(key)
                                && let Some(value) = tag.get("Value")
                            {
                                me.add(value);
                            }
                        }
                        Some(Err(why)) => me.unknown = Some(why),
                        _ => {}
                    }
                });
            }
            Some(Value::Unknown(why)) => self.unknown = Some(Arc::clone(why)),
            _ => {}
        }
    }

    /// Whether AWS makes a name of the id that the resource has where it was written. Terraform's
    /// addresses are nothing that the account will know.
    fn is_named_by_id(&self, resource: &Resource) -> bool {
        let source = self.graph.snapshot.sources.get(resource.origin.source);
        !matches!(
            source.and_then(|file| file.kind),
            Some(InputKind::TerraformPlan | InputKind::TerraformState)
        )
    }

    fn listener_rules(&mut self, index: usize) {
        for listener in self.graph.referrers(index, LISTENER, self.world).0 {
            for rule in self.graph.referrers(listener, RULE, self.world).0 {
                let Some(rule) = self.graph.resource(rule) else {
                    continue;
                };
                self.each(&rule.properties, "Conditions", |me, condition| {
                    let Value::Map(condition) = condition else {
                        return;
                    };
                    let is_name = matches!(
                        condition.get("Field").and_then(Value::as_str),
                        Some("host-header" | "path-pattern")
                    );
                    if is_name {
                        me.each(condition, "Values", |me, value| me.add(value));
                    }
                    for config in ["HostHeaderConfig", "PathPatternConfig"] {
                        if let Some(Value::Map(config)) = condition.get(config) {
                            me.each(config, "Values", |me, value| me.add(value));
                        }
                    }
                });
            }
        }
    }

    /// A stage answers to the names of its API, of its paths, and of the domains mapped to it.
    fn rest_api(&mut self, stage: &Resource) {
        let Some(api) = self.related(stage, "RestApiId", REST_API) else {
            return;
        };
        for (rtype, property) in [
            (API_PATH, "PathPart"),
            (MAPPING, "DomainName"),
            (MAPPING, "BasePath"),
        ] {
            for index in self.graph.referrers(api, rtype, self.world).0 {
                let value = self
                    .graph
                    .resource(index)
                    .and_then(|r| r.property(property));
                match value {
                    Some(Value::Reference(reference)) => {
                        let named = self
                            .graph
                            .target(reference)
                            .and_then(|i| self.graph.resource(i))
                            .and_then(|r| r.property(property));
                        if let Some(name) = named {
                            self.add(name);
                        }
                    }
                    Some(value) => self.add(value),
                    None => {}
                }
            }
        }
    }

    /// Adds the names of the resource that a property refers to.
    fn related(&mut self, resource: &Resource, property: &str, rtype: &str) -> Option<usize> {
        let index = self
            .graph
            .lookup(
                rtype,
                resource.property(property)?,
                Some(resource),
                self.world,
            )
            .ok()??;
        let related = self.graph.resource(index)?;
        self.own(related);
        Some(index)
    }

    fn each(&mut self, map: &Map, property: &str, visit: impl FnMut(&mut Self, &Value)) {
        if let Some(list) = map.get(property) {
            self.each_of(list, visit);
        }
    }

    fn each_of(&mut self, list: &Value, mut visit: impl FnMut(&mut Self, &Value)) {
        match self.world.known(list) {
            Ok(Value::List(items)) => {
                for item in items {
                    match self.world.see(item) {
                        Seen::Value(item) => visit(self, item),
                        Seen::Undecided(why) => self.unknown = Some(why),
                    }
                }
            }
            Err(why) => self.unknown = Some(why),
            Ok(_) => {}
        }
    }

    fn add(&mut self, value: &Value) {
        match self.world.known(value) {
            Err(why) => self.unknown = Some(why),
            Ok(value @ (Value::String(_) | Value::Composed(_))) => {
                if !self.found.contains(value) {
                    self.found.push(value.clone());
                }
            }
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        for (text, expected) in [
            ("CheckoutApi-v2", &["checkout", "api", "v2"][..]),
            ("payload", &["payload"]),
            ("/checkout/*", &["checkout"]),
            ("pay.securecart.example.", &["pay", "securecart", "example"]),
            ("PSPGateway", &["psp", "gateway"]),
            ("alb_use1Orders", &["alb", "use1", "orders"]),
        ] {
            let found: Vec<String> = words(text).map(str::to_lowercase).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_word_beside_a_gap_does_not_count() {
        let gap = || Part::Unknown(Arc::new(crate::model::Reason::AfterApply));
        let parts = [
            Part::Text("pay".into()),
            gap(),
            Part::Text("-checkout.x".into()),
        ];
        assert_eq!(logical_words(&parts), ["checkout", "x"]);
    }
}
