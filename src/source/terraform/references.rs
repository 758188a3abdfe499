//! What an expression refers to, through the inputs and outputs of modules.
//!
//! A plan lists what each expression refers to, but not how. `aws_lb.this` may stand for the one
//! there is, for the one with the same key as here, or for all of them; a local's expression is not
//! in the plan at all. What cannot be told is left unknown.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::address::{Address, Key, ModuleStep, Part, key, parts};
use super::config::{Configuration, Expression};
use super::hcl::Piece;
use super::sources::Sources;
use crate::model::{self, Map, Reason, Reference, Value};

/// Longer chains of inputs and outputs are given up on.
const MAX_HOPS: usize = 32;

/// What a local of a module refers to.
pub(super) type Locals<'p> = &'p dyn Fn(&[&str], &str) -> Option<Vec<String>>;

/// Answers what expressions refer to.
pub(super) struct Resolver<'p, 't> {
    pub(super) configuration: &'p Configuration<'t>,
    /// Every instance, by the names of its modules and its block.
    pub(super) instances: FxHashMap<String, Vec<Address>>,
    /// What the keys of resources begin with.
    pub(super) prefix: &'p str,
    /// The expressions of locals, from the sources: (module names, local) → references.
    pub(super) locals: Locals<'p>,
}

/// Where an expression stands: it may use `each.key` and `count.index`.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) modules: &'a [ModuleStep],
    pub(super) key: Option<&'a Key>,
}

/// What an expression refers to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Targets {
    /// Attributes of resources.
    pub(super) found: Vec<(Address, Option<String>)>,
    /// It depends on something that was not followed.
    pub(super) opaque: bool,
    /// It depends on something known beside these, which may choose among them:
    /// `[for key in var.keys : aws_subnet.this[key].id]`.
    pub(super) chosen: bool,
}

impl Resolver<'_, '_> {
    /// Follows the references of an expression.
    pub(super) fn targets(&self, scope: Scope<'_>, references: &[String]) -> Targets {
        let mut targets = Targets::default();
        self.follow(scope, references, &[], &mut targets, 0);
        targets
    }

    /// Follows references; `rest` is what is read of their value.
    fn follow(
        &self,
        scope: Scope<'_>,
        references: &[String],
        rest: &[Part],
        out: &mut Targets,
        hops: usize,
    ) {
        if hops > MAX_HOPS {
            out.opaque = true;
            return;
        }
        let by_key = references
            .iter()
            .any(|r| matches!(r.as_str(), "each.key" | "count.index"));
        let mut is_led = false;
        let mut is_free = false;
        let before = out.found.len();
        for reference in whole(references) {
            let mut found = Targets::default();
            self.follow_one(scope, reference, rest, by_key, &mut found, hops);
            is_led |= !found.found.is_empty();
            is_free |= found.found.is_empty();
            out.opaque |= found.opaque;
            out.chosen |= found.chosen;
            for target in found.found {
                if !out.found.contains(&target) {
                    out.found.push(target);
                }
            }
        }
        let several = out.found.len().saturating_sub(before) > 1;
        out.chosen |= is_led && is_free && several;
    }

    /// Follows one of the references of an expression.
    fn follow_one(
        &self,
        scope: Scope<'_>,
        reference: &str,
        rest: &[Part],
        by_key: bool,
        out: &mut Targets,
        hops: usize,
    ) {
        let Some(mut all) = parts(reference) else {
            out.opaque = true;
            return;
        };
        all.extend(rest.iter().cloned());
        let (first, behind) = match all.as_slice() {
            [Part::Name(first), behind @ ..] => (first.as_str(), behind),
            _ => return,
        };
        match (first, behind) {
            ("each" | "count" | "path" | "terraform" | "self", _) => {}
            ("var", [Part::Name(name), rest @ ..]) => {
                self.variable(scope, name, rest, out, hops);
            }
            ("local", [Part::Name(name), rest @ ..]) => {
                let names: Vec<&str> = scope.modules.iter().map(|m| m.name.as_str()).collect();
                match (self.locals)(&names, name) {
                    Some(references) => self.follow(scope, &references, rest, out, hops + 1),
                    None => out.opaque = true,
                }
            }
            ("module", [Part::Name(name), behind @ ..]) => {
                let (index, behind) = key(behind);
                let [Part::Name(output), rest @ ..] = behind else {
                    out.opaque = true;
                    return;
                };
                let key = index.or_else(|| scope.key.filter(|_| by_key).cloned());
                self.output(scope, name, key, output, rest, out, hops);
            }
            _ => match Address::from_parts(&all) {
                Some((address, rest)) if !address.data => {
                    let attribute = rest.iter().find_map(|part| match part {
                        Part::Name(name) => Some(name.clone()),
                        Part::Key(_) => None,
                    });
                    self.instances(scope, address, by_key, attribute, out);
                }
                _ => out.opaque = true,
            },
        }
    }

    /// An input is what the caller passes, in the caller's scope.
    fn variable(
        &self,
        scope: Scope<'_>,
        name: &str,
        rest: &[Part],
        out: &mut Targets,
        hops: usize,
    ) {
        // A variable of the root module is known, and so is a default.
        let Some((step, parents)) = scope.modules.split_last() else {
            return;
        };
        let passed = self
            .configuration
            .call(scope.modules)
            .and_then(|call| Expression::of(call.expressions, name));
        if let Some(passed) = passed {
            let scope = Scope {
                modules: parents,
                key: step.key.as_ref(),
            };
            self.follow(scope, &passed.references, rest, out, hops + 1);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn output(
        &self,
        scope: Scope<'_>,
        module: &str,
        key: Option<Key>,
        output: &str,
        rest: &[Part],
        out: &mut Targets,
        hops: usize,
    ) {
        let mut modules = scope.modules.to_vec();
        modules.push(ModuleStep {
            name: module.to_owned(),
            key,
        });
        let expression = self
            .configuration
            .module(&modules)
            .and_then(|m| m.outputs.get(output))
            .and_then(|output| output.expression);
        match expression {
            Some(json) => {
                let inner = Scope {
                    modules: &modules,
                    key: None,
                };
                self.follow(
                    inner,
                    &Expression::read(json).references,
                    rest,
                    out,
                    hops + 1,
                );
            }
            None => out.opaque = true,
        }
    }

    /// The instances a block's name stands for.
    fn instances(
        &self,
        scope: Scope<'_>,
        block: Address,
        by_key: bool,
        attribute: Option<String>,
        out: &mut Targets,
    ) {
        let mut modules = scope.modules.to_vec();
        modules.extend(block.modules.iter().cloned());
        let all = self
            .instances
            .get(&super::config::block_key(&modules, &block.block()))
            .map_or(&[][..], Vec::as_slice);
        let fits = |address: &&Address| {
            let modules_fit = address
                .modules
                .iter()
                .zip(&modules)
                .all(|(is, wanted)| wanted.key.is_none() || wanted.key == is.key);
            modules_fit && (block.key.is_none() || block.key == address.key)
        };
        let found: Vec<&Address> = all.iter().filter(fits).collect();
        let same_key = found
            .iter()
            .find(|a| by_key && a.key.is_some() && a.key.as_ref() == scope.key);
        let chosen: Vec<&Address> = match same_key {
            Some(one) => vec![one],
            None => found,
        };
        if chosen.is_empty() {
            out.opaque = true;
        }
        for address in chosen {
            let target = (address.clone(), attribute.clone());
            if !out.found.contains(&target) {
                out.found.push(target);
            }
        }
    }

    /// Gives attributes that the sources write as templates their known text. A plan says of
    /// `"…/${aws_x.this.id}/stages/prod"` only that it refers to `aws_x.this`.
    pub(super) fn templates(
        &self,
        scope: Scope<'_>,
        address: &Address,
        attributes: &mut Map,
        sources: &Sources,
    ) {
        if sources.is_empty() {
            return;
        }
        let modules: Vec<&str> = address.modules.iter().map(|m| m.name.as_str()).collect();
        for (name, value) in attributes.iter_mut() {
            if !matches!(value, Value::Reference(_) | Value::Unknown(_)) {
                continue;
            }
            let labels = [address.rtype.as_str(), address.name.as_str()];
            let Some(pieces) = sources.template(&modules, labels, name) else {
                continue;
            };
            let parts = pieces.into_iter().map(|piece| match piece {
                Piece::Text(text) => model::Part::Text(text.into()),
                Piece::References(references) => self.part(&self.targets(scope, &references)),
            });
            *value = Value::Composed(parts.collect());
        }
    }

    fn part(&self, targets: &Targets) -> model::Part {
        match targets.found.as_slice() {
            [one] if !targets.opaque => match self.reference(one) {
                Value::Reference(reference) => model::Part::Reference(reference),
                _ => model::Part::Unknown(Arc::new(Reason::AfterApply)),
            },
            _ => model::Part::Unknown(Arc::new(Reason::AfterApply)),
        }
    }

    /// Gives unknown attributes the references they were written with. `written` is the
    /// `expressions` object of the resource's block, as a value.
    ///
    /// Of a list, it matters that the references are all there are: `is_list` says which attributes
    /// are lists.
    pub(super) fn apply(
        &self,
        scope: Scope<'_>,
        attributes: &mut Map,
        written: &Map,
        is_list: &dyn Fn(&str) -> bool,
    ) {
        for (name, value) in attributes.iter_mut() {
            match written.get(name) {
                Some(expression) => self.place(scope, value, expression, is_list(name)),
                None => unset(value),
            }
        }
    }

    fn place(&self, scope: Scope<'_>, value: &mut Value, expression: &Value, is_list: bool) {
        match (&mut *value, expression) {
            // Nested blocks, in order; a dynamic one is not in the configuration.
            (Value::List(items), Value::List(blocks)) => {
                for (i, item) in items.iter_mut().enumerate() {
                    let block = blocks.get(i).or_else(|| blocks.last());
                    if let (Value::Map(item), Some(Value::Map(block))) = (item, block) {
                        self.apply(scope, item, block, &|_| false);
                    }
                }
            }
            (Value::Map(item), Value::Map(block)) if !is_expression(block) => {
                self.apply(scope, item, block, &|_| false);
            }
            // A map that is written as one expression: what is not known in it is the one thing that
            // it refers to.
            (Value::Map(item), Value::Map(map)) => {
                let mut unknown = item.iter_mut().map(|(_, value)| value);
                let mut unknown = unknown.by_ref().filter(|v| matches!(v, Value::Unknown(_)));
                if let (Some(only), None) = (unknown.next(), unknown.next()) {
                    let targets = self.targets(scope, &references(map));
                    if let ([_], false) = (targets.found.as_slice(), targets.opaque) {
                        *only = self.value(&targets);
                    }
                }
            }
            (Value::List(items), Value::Map(map))
                if items.iter().any(|item| matches!(item, Value::Unknown(_))) =>
            {
                let references = references(map);
                let targets = self.targets(scope, &references);
                if let Some(list) = self.elements(items, &targets) {
                    *value = list;
                }
            }
            (Value::Unknown(_), Value::Map(map)) => {
                let references = references(map);
                if !references.is_empty() {
                    let targets = self.targets(scope, &references);
                    if targets == Targets::default() {
                        // Of known values an expression makes a known value. That this one is not
                        // known means that it was null, and AWS decides.
                        unset(value);
                    } else if !(is_list && targets.chosen) {
                        *value = self.value(&targets);
                    }
                }
            }
            _ => {}
        }
    }

    /// The unknown elements of a list, when there are as many targets as there are of them.
    fn elements(&self, items: &[Value], targets: &Targets) -> Option<Value> {
        let unknown = items
            .iter()
            .filter(|item| matches!(item, Value::Unknown(_)))
            .count();
        if targets.opaque || targets.found.len() != unknown {
            return None;
        }
        let mut next = targets.found.iter();
        let items = items.iter().map(|item| match item {
            Value::Unknown(_) => next.next().map_or(Value::Null, |t| self.reference(t)),
            known => known.clone(),
        });
        Some(Value::List(items.collect()))
    }

    fn value(&self, targets: &Targets) -> Value {
        match targets.found.as_slice() {
            _ if targets.opaque => Value::unknown(Reason::AfterApply),
            [] => Value::unknown(Reason::AfterApply),
            [one] => self.reference(one),
            // Whoever reads a list takes this for one; for one value it is one of several.
            _ => Value::List(targets.found.iter().map(|t| self.reference(t)).collect()),
        }
    }

    fn reference(&self, (address, attribute): &(Address, Option<String>)) -> Value {
        let target: Arc<str> = format!("{}#{address}", self.prefix).into();
        match attribute_name(&address.rtype, attribute.as_deref()) {
            Some(attribute) => Value::Reference(Arc::new(Reference { target, attribute })),
            None => Value::unknown(Reason::AfterApply),
        }
    }
}

/// An attribute that nobody wrote and that is known after apply: AWS decides it.
fn unset(value: &mut Value) {
    match value {
        Value::Unknown(_) => *value = Value::unknown(unwritten()),
        Value::List(items) => items.iter_mut().for_each(unset),
        _ => {}
    }
}

/// Why an attribute that nobody wrote is not known before apply.
pub(super) fn unwritten() -> Reason {
    Reason::NotSet("it".into())
}

fn is_expression(map: &Map) -> bool {
    map.is_empty() || map.get("references").is_some() || map.get("constant_value").is_some()
}

fn references(expression: &Map) -> Vec<String> {
    let list = expression.get("references").and_then(Value::as_list);
    list.unwrap_or_default()
        .iter()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// The references that say the most: after `aws_lb.a.arn` comes `aws_lb.a`, which adds nothing.
fn whole(references: &[String]) -> impl Iterator<Item = &str> {
    references.iter().enumerate().filter_map(|(i, reference)| {
        let longer = |other: &&String| {
            other
                .strip_prefix(reference.as_str())
                .is_some_and(|rest| rest.starts_with(['.', '[']))
        };
        let repeated = references.iter().take(i).any(|other| longer(&other));
        (!repeated).then_some(reference.as_str())
    })
}

/// CloudFormation's name of an attribute that identifies a resource and is always set; the outer
/// `None` for any other.
fn attribute_name(rtype: &str, attribute: Option<&str>) -> Option<Option<Box<str>>> {
    let name = match attribute {
        // `Ref` is the identifier.
        None | Some("id" | "name" | "identifier" | "cluster_identifier" | "bucket") => {
            return Some(None);
        }
        Some("arn" | "qualified_arn" | "certificate_arn") => "Arn",
        Some("arn_suffix") if rtype.ends_with("_target_group") => "TargetGroupFullName",
        Some("arn_suffix") => "LoadBalancerFullName",
        Some("dns_name") if rtype.starts_with("aws_globalaccelerator") => "DnsName",
        Some("dns_name") => "DNSName",
        Some("domain_name" | "regional_domain_name" | "bucket_regional_domain_name") => {
            "DomainName"
        }
        Some("bucket_domain_name" | "cloudfront_domain_name") => "DomainName",
        Some("endpoint" | "address") => "Endpoint.Address",
        Some("reader_endpoint") => "ReadEndpoint.Address",
        Some("fqdn") => return Some(None),
        Some("hosted_zone_id" | "zone_id") if rtype != "aws_route53_zone" => {
            "CanonicalHostedZoneID"
        }
        Some(other) if other == "zone_id" || other.ends_with("_id") || other.ends_with("_arn") => {
            return Some(Some(other.into()));
        }
        Some(_) => return None,
    };
    Some(Some(name.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIGURATION: &str = r#"{"root_module": {"module_calls": {
      "edge": {"expressions": {"acl": {"references": ["module.waf.arn", "module.waf"]}}, "module": {}},
      "waf": {"module": {"outputs": {"arn": {"expression":
        {"references": ["aws_wafv2_web_acl.main.arn", "aws_wafv2_web_acl.main"]}}}}},
      "alb": {"module": {"outputs": {"arn": {"expression":
        {"references": ["aws_lb.this.arn", "aws_lb.this"]}}}}}
    }}}"#;

    /// What references from a scope lead to.
    fn targets(scope: &str, key: Option<&str>, references: &[&str]) -> (Vec<String>, bool) {
        let configuration: Configuration<'_> = serde_json::from_str(CONFIGURATION).unwrap();
        let mut instances: FxHashMap<String, Vec<Address>> = FxHashMap::default();
        for address in [
            "module.waf.aws_wafv2_web_acl.main",
            "module.alb[\"a.b\"].aws_lb.this",
            "module.alb[\"c\"].aws_lb.this",
            "aws_subnet.s[0]",
            "aws_subnet.s[1]",
        ] {
            let address = Address::parse(address).unwrap();
            let key = super::super::config::block_key(&address.modules, &address.block());
            instances.entry(key).or_default().push(address);
        }
        let resolver = Resolver {
            configuration: &configuration,
            instances,
            prefix: "plan.json",
            locals: &|_, _| None,
        };
        let modules = match scope {
            "" => Vec::new(),
            scope => super::super::address::module_path(&parts(scope).unwrap()).0,
        };
        let key = key.map(|key| Key::Text(key.to_owned()));
        let references: Vec<String> = references.iter().map(|r| (*r).to_owned()).collect();
        let scope = Scope {
            modules: &modules,
            key: key.as_ref(),
        };
        let targets = resolver.targets(scope, &references);
        let names = targets.found.iter().map(|(address, attribute)| {
            format!("{address}.{}", attribute.as_deref().unwrap_or("-"))
        });
        (names.collect(), targets.opaque)
    }

    #[test]
    fn references_lead_through_inputs_and_outputs() {
        let acl = "module.waf.aws_wafv2_web_acl.main.arn".to_owned();
        assert_eq!(
            targets("module.edge", None, &["var.acl"]),
            (vec![acl], false)
        );
        let a = "module.alb[\"a.b\"].aws_lb.this.arn".to_owned();
        let c = "module.alb[\"c\"].aws_lb.this.arn".to_owned();
        assert_eq!(
            targets(
                "",
                None,
                &[
                    "module.alb[\"a.b\"].arn",
                    "module.alb[\"a.b\"]",
                    "module.alb"
                ]
            ),
            (vec![a.clone()], false)
        );
        assert!(
            targets("", Some("c"), &["module.alb", "each.key"]).1,
            "a whole module says nothing of which output"
        );
        assert_eq!(targets("", None, &["module.alb.arn"]), (vec![a, c], false));
    }

    #[test]
    fn what_is_not_known_in_a_map_is_what_it_refers_to() {
        let configuration: Configuration<'_> = serde_json::from_str(CONFIGURATION).unwrap();
        let line = Address::parse("aws_dx_connection.a").unwrap();
        let key = super::super::config::block_key(&[], "aws_dx_connection.a");
        let resolver = Resolver {
            configuration: &configuration,
            instances: FxHashMap::from_iter([(key, vec![line])]),
            prefix: "plan.json",
            locals: &|_, _| None,
        };
        let scope = Scope {
            modules: &[],
            key: None,
        };
        let unknown = || Value::unknown(Reason::AfterApply);
        let placed = |map: &[(&str, Value)]| {
            let entries = map
                .iter()
                .map(|(name, value)| ((*name).into(), value.clone()));
            let mut value = Value::Map(Map::new(entries.collect()));
            let references = ["aws_dx_connection.a.id", "aws_dx_connection.a"].map(Value::string);
            let written = Map::new(vec![(
                "references".into(),
                Value::List(references.to_vec().into()),
            )]);
            resolver.place(scope, &mut value, &Value::Map(written), false);
            value.to_string()
        };
        let one = placed(&[("ConnectionId", unknown()), ("Region", Value::string("x"))]);
        assert!(one.contains("aws_dx_connection.a"), "{one}");
        let two = placed(&[("ConnectionId", unknown()), ("Region", unknown())]);
        assert!(!two.contains("aws_dx_connection.a"), "{two}");
    }

    #[test]
    fn instances_are_told_apart_by_their_keys() {
        let both = vec![
            "aws_subnet.s[0].id".to_owned(),
            "aws_subnet.s[1].id".to_owned(),
        ];
        assert_eq!(
            targets("", None, &["aws_subnet.s.id", "aws_subnet.s"]).0,
            both
        );
        assert_eq!(
            targets(
                "",
                None,
                &["aws_subnet.s[1].id", "aws_subnet.s[1]", "aws_subnet.s"]
            ),
            (vec![both[1].clone()], false)
        );
    }

    #[test]
    fn what_is_known_beside_several_may_choose_among_them() {
        let configuration: Configuration<'_> = serde_json::from_str(CONFIGURATION).unwrap();
        let key = super::super::config::block_key(&[], "aws_subnet.s");
        let subnets = ["aws_subnet.s[0]", "aws_subnet.s[1]"].map(|a| Address::parse(a).unwrap());
        let resolver = Resolver {
            configuration: &configuration,
            instances: FxHashMap::from_iter([(key, subnets.to_vec())]),
            prefix: "plan.json",
            locals: &|_, _| None,
        };
        let chosen = |references: &[&str]| {
            let references: Vec<String> = references.iter().map(|r| (*r).to_owned()).collect();
            let scope = Scope {
                modules: &[],
                key: None,
            };
            let targets = resolver.targets(scope, &references);
            (targets.found.len(), targets.chosen)
        };
        assert_eq!(chosen(&["aws_subnet.s"]), (2, false));
        assert_eq!(
            chosen(&["aws_subnet.s[0].id", "aws_subnet.s[1].id", "aws_subnet.s"]),
            (2, false)
        );
        assert_eq!(chosen(&["var.keys", "aws_subnet.s"]), (2, true));
        assert_eq!(chosen(&["var.keys", "aws_subnet.s[0].id"]), (1, false));
    }

    #[test]
    fn what_is_not_in_the_plan_is_not_guessed() {
        for unknown in [
            "local.x",
            "data.aws_lb.x.arn",
            "aws_lb.gone.arn",
            "module.none.x",
        ] {
            assert_eq!(
                targets("", None, &[unknown]),
                (Vec::new(), true),
                "{unknown}"
            );
        }
    }
}
