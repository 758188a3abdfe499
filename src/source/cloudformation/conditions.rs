//! Conditions: true, false, or dependent on a switch.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::document::{Data, Node};
use crate::model::{Reason, Switch, Value};

use super::intrinsics::{call, other, stuck};
use super::lift::{choose, lift, map_leaves, restrict};
use super::parameters::scalar_text;
use super::text;
use super::world::{Kind, Resolver};

/// A condition and its truth for each value of a switch.
type Decided = (Box<str>, Box<[bool]>);

/// What a condition that refers to itself says.
const CYCLE: &str = "refers to itself";

impl Resolver<'_> {
    /// The truth of a named condition: `Bool`, a choice of them, or unknown.
    pub(super) fn condition(&self, name: &str) -> Value {
        let Some(node) = self.section("Conditions").and_then(|c| c.get(name)) else {
            return other(format!("condition {name} is not defined in this template"));
        };
        self.once(
            Kind::Condition,
            name,
            || self.settle(name, &self.test(node)),
            || other(format!("condition {name} {CYCLE}")),
        )
    }

    /// Turns what cannot be decided into a switch of its own, so that each case can be tried.
    fn settle(&self, name: &str, value: &Value) -> Value {
        map_leaves(value, &|leaf| match leaf {
            Value::Bool(_) => leaf.clone(),
            Value::Unknown(reason) if matches!(&**reason, Reason::Other(t) if t.ends_with(CYCLE)) => {
                leaf.clone()
            }
            _ => {
                let switch = self.switch(Kind::Condition, name, |id| Switch {
                    id,
                    name: format!("condition {name}").into(),
                    domain: ["true".into(), "false".into()].into(),
                    default: None,
                    conditions: Box::default(),
                });
                choose(&switch, vec![Value::Bool(true), Value::Bool(false)])
            }
        })
    }

    /// The truth of a condition function.
    fn test(&self, node: &Node) -> Value {
        let Some(_level) = self.enter() else {
            return other("conditions are nested too deeply");
        };
        if let Data::Bool(b) = node.data {
            return Value::Bool(b);
        }
        if let (Some([entry]), Some(name)) = (node.as_map(), node.get("Condition"))
            && &*entry.key == "Condition"
        {
            return match name.as_str() {
                Some(name) => self.condition(name),
                None => stuck("Condition", "its argument is not a name"),
            };
        }
        match call(node) {
            Some((function @ ("Fn::And" | "Fn::Or" | "Fn::Not" | "Fn::Equals"), argument)) => {
                self.truth(function, argument)
            }
            Some(_) => self.resolve(node),
            None => other(format!("{} stands where a condition should", node.kind())),
        }
    }

    /// The truth of `Fn::And`, `Fn::Or`, `Fn::Not` and `Fn::Equals`.
    pub(super) fn truth(&self, function: &str, argument: &Node) -> Value {
        match (function, argument.as_list()) {
            ("Fn::Equals", Some([left, right])) => self.equals(left, right),
            ("Fn::Not", Some([only])) => not(&self.test(only)),
            ("Fn::And", Some(all)) if !all.is_empty() => all
                .iter()
                .fold(Value::Bool(true), |sum, node| and(&sum, &self.test(node))),
            ("Fn::Or", Some(all)) if !all.is_empty() => {
                let none = all.iter().fold(Value::Bool(true), |sum, node| {
                    and(&sum, &not(&self.test(node)))
                });
                not(&none)
            }
            _ => stuck(function, "it has too few or too many arguments"),
        }
    }

    fn equals(&self, left: &Node, right: &Node) -> Value {
        let values = [self.resolve(left), self.resolve(right)];
        lift(&values, &|values| match values {
            [Value::Unknown(_), Value::String(text)] if self.is_other_than(left, text) => {
                Value::Bool(false)
            }
            [Value::String(text), Value::Unknown(_)] if self.is_other_than(right, text) => {
                Value::Bool(false)
            }
            [left, right] => equal(left, right),
            _ => Value::Null,
        })
    }

    /// Tells every switch of this template which conditions it decides. The values worked out
    /// before are forgotten, since they hold the switches as they were.
    pub(super) fn label_switches(&self) {
        let mut decided: FxHashMap<u32, Vec<Decided>> = FxHashMap::default();
        let entries = self
            .section("Conditions")
            .and_then(Node::as_map)
            .unwrap_or_default();
        let mut sorted: BTreeMap<&str, Value> = BTreeMap::new();
        for entry in entries {
            sorted.insert(&entry.key, self.condition(&entry.key));
        }
        for (name, value) in sorted {
            let Value::Choice(choice) = &value else {
                continue;
            };
            let truth: Option<Box<[bool]>> = choice
                .arms
                .iter()
                .map(|arm| {
                    if let Value::Bool(b) = arm {
                        Some(*b)
                    } else {
                        None
                    }
                })
                .collect();
            if let Some(truth) = truth {
                decided
                    .entry(choice.switch.id)
                    .or_default()
                    .push((name.into(), truth));
            }
        }
        for (_, switch) in self.template.cache.switches.borrow_mut().iter_mut() {
            if let Some(conditions) = decided.remove(&switch.id) {
                *switch = Arc::new(Switch {
                    id: switch.id,
                    name: switch.name.clone(),
                    domain: switch.domain.clone(),
                    default: switch.default,
                    conditions: conditions.into(),
                });
            }
        }
        self.template.cache.values.borrow_mut().clear();
    }
}

fn not(value: &Value) -> Value {
    map_leaves(value, &|leaf| match leaf {
        Value::Bool(b) => Value::Bool(!b),
        other => other.clone(),
    })
}

fn and(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Bool(false), _) | (_, Value::Bool(false)) => Value::Bool(false),
        (Value::Bool(true), other) | (other, Value::Bool(true)) => other.clone(),
        (Value::Choice(choice), other) | (other, Value::Choice(choice)) => {
            let arms =
                choice.arms.iter().enumerate().map(|(index, arm)| {
                    and(arm, &restrict(other.clone(), choice.switch.id, index))
                });
            choose(&choice.switch, arms.collect())
        }
        (unknown, _) => unknown.clone(),
    }
}

/// `Fn::Equals` compares as text.
fn equal(left: &Value, right: &Value) -> Value {
    if let (Some(left), Some(right)) = (text::scalar(left), text::scalar(right)) {
        return Value::Bool(left == right);
    }
    let open = |value: &Value| match value {
        Value::Unknown(reason) => Some(reason.clone()),
        Value::Reference(_) | Value::Composed(_) => Some(Arc::new(Reason::Other(
            format!("{value} is known only after deployment").into(),
        ))),
        _ => None,
    };
    match open(left).or_else(|| open(right)) {
        Some(reason) => Value::Unknown(reason),
        None => Value::Bool(left == right),
    }
}

/// The literals that conditions compare each parameter with.
pub(super) fn compared(tree: &Node) -> FxHashMap<String, Vec<String>> {
    let mut out = FxHashMap::default();
    if let Some(conditions) = tree.get("Conditions") {
        collect(conditions, &mut out);
    }
    out
}

fn collect(node: &Node, out: &mut FxHashMap<String, Vec<String>>) {
    match &node.data {
        Data::List(items) => items.iter().for_each(|item| collect(item, out)),
        Data::Map(entries) => {
            for entry in entries {
                collect(&entry.value, out);
            }
        }
        _ => {}
    }
    let Some(("Fn::Equals", argument)) = call(node) else {
        return;
    };
    let Some([left, right]) = argument.as_list() else {
        return;
    };
    for (one, two) in [(left, right), (right, left)] {
        if let Some(("Ref", name)) = call(one)
            && let (Some(name), Some(literal)) = (name.as_str(), scalar_text(two))
            && !literal.contains("{{resolve:")
        {
            let literals = out.entry(name.to_owned()).or_default();
            if !literals.contains(&literal) {
                literals.push(literal);
            }
        }
    }
}
