//! Intrinsic functions: the value of a node of a template.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use std::sync::Arc;

use crate::document::{Data, Entry, Node};
use crate::model::{Map, Part, Reason, Value};

use super::lift::{choose, lift, restrict};
use super::world::Resolver;
use super::{compute, text};

/// A function that could not be computed.
pub(super) fn stuck(function: &str, why: impl Into<Box<str>>) -> Value {
    Value::unknown(Reason::Intrinsic {
        function: function.into(),
        why: why.into(),
    })
}

/// Something said in words.
pub(super) fn other(why: impl Into<Box<str>>) -> Value {
    Value::unknown(Reason::Other(why.into()))
}

/// The function a mapping of one entry calls, if that is what it is.
pub(super) fn call(node: &Node) -> Option<(&str, &Node)> {
    let [entry] = node.as_map()? else { return None };
    is_function(&entry.key).then_some((&*entry.key, &entry.value))
}

/// Whether a key names a function.
pub(super) fn is_function(key: &str) -> bool {
    key == "Ref" || (key.starts_with("Fn::") && !key.starts_with("Fn::ForEach::"))
}

/// The value of a function that needs a known argument and got this instead.
fn unusable(function: &str, value: &Value) -> Value {
    match value {
        Value::Unknown(reason) => Value::Unknown(reason.clone()),
        Value::Null => stuck(function, "an argument is missing"),
        Value::Reference(reference) => stuck(
            function,
            format!("{reference} is known only after deployment"),
        ),
        Value::Composed(_) => stuck(function, "only a part of its text is known"),
        value => stuck(function, format!("{} stands where it cannot", value.kind())),
    }
}

impl Resolver<'_> {
    /// The value of a node.
    pub(super) fn resolve(&self, node: &Node) -> Value {
        let Some(_level) = self.enter() else {
            return other("what it refers to is nested too deeply");
        };
        match &node.data {
            Data::Null => Value::Null,
            Data::Bool(b) => Value::Bool(*b),
            Data::Int(i) => Value::Int(*i),
            Data::Float(d) => Value::Double(*d),
            Data::String(text) => text::literal(text),
            Data::List(items) => Value::List(items.iter().map(|item| self.resolve(item)).collect()),
            Data::Map(entries) => match call(node) {
                Some((function, argument)) => self.call(function, argument),
                None => self.object(entries),
            },
        }
    }

    /// The value under a key, `Null` if there is none.
    pub(super) fn resolve_at(&self, node: &Node, key: &str) -> Value {
        node.get(key)
            .map(|found| self.resolve(found))
            .unwrap_or_default()
    }

    fn object(&self, entries: &[Entry]) -> Value {
        for entry in entries {
            if &*entry.key == "Fn::Transform" {
                return self.transform(&entry.value);
            }
            if entry.key.starts_with("Fn::ForEach::") {
                return stuck(&entry.key, "what it loops over is not known");
            }
        }
        Value::Map(self.members(entries))
    }

    /// The members of an object.
    pub(super) fn members(&self, entries: &[Entry]) -> Map {
        entries
            .iter()
            .map(|entry| (Arc::from(&*entry.key), self.resolve(&entry.value)))
            .collect()
    }

    fn transform(&self, argument: &Node) -> Value {
        let name = argument
            .get("Name")
            .and_then(Node::as_str)
            .unwrap_or("Fn::Transform");
        Value::unknown(Reason::Macro(name.into()))
    }

    fn call(&self, function: &str, argument: &Node) -> Value {
        let list = argument.as_list();
        match (function, list) {
            ("Ref", _) => match argument.as_str() {
                Some(name) => self.reference(name),
                None => stuck(function, "its argument is not text"),
            },
            ("Fn::GetAtt", _) => self.get_att(argument),
            ("Fn::Sub", _) => self.sub(argument),
            ("Fn::Join", Some([delimiter, items])) => self.join(delimiter, items),
            ("Fn::Split", Some([delimiter, source])) => self.split(delimiter, source),
            ("Fn::Select", Some([index, items])) => self.select(index, items),
            ("Fn::If", Some([condition, then, otherwise])) => match condition.as_str() {
                Some(name) => self.if_(self.condition(name), then, otherwise),
                None => stuck(function, "its condition is not a name"),
            },
            ("Fn::FindInMap", Some([map, first, second, options @ ..])) => {
                let default = options.first().and_then(|o| o.get("DefaultValue"));
                self.find_in_map(map, first, second, default)
            }
            ("Fn::ImportValue", _) => lift(&[self.resolve(argument)], &|v| {
                self.import(v.first().unwrap_or(&Value::Null))
            }),
            ("Fn::GetAZs", _) => lift(&[self.resolve(argument)], &|v| match v {
                [Value::String(region)] if !region.is_empty() => {
                    Value::unknown(Reason::zones(Some(region)))
                }
                _ => Value::unknown(Reason::zones(None)),
            }),
            ("Fn::Cidr", Some([block, count, bits @ ..])) => {
                let bits = bits
                    .first()
                    .map(|node| self.resolve(node))
                    .unwrap_or_default();
                lift(&[self.resolve(block), self.resolve(count), bits], &cidr)
            }
            ("Fn::Base64", _) => lift(&[self.resolve(argument)], &|values| match values {
                [Value::String(plain)] if plain.len() <= text::MAX_TEXT => {
                    Value::string(compute::base64(plain))
                }
                [Value::Composed(_) | Value::Reference(_)] => {
                    // Set, even if not to what.
                    let part = stuck(function, "only a part of its text is known");
                    Value::Composed(text::parts(&part).into())
                }
                [value] => unusable(function, value),
                _ => Value::Null,
            }),
            ("Fn::Length", _) => lift(&[self.resolve(argument)], &|values| match values {
                [Value::List(items)] => {
                    let count = items.iter().filter(|item| !item.is_null()).count();
                    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
                }
                [value] => unusable(function, value),
                _ => Value::Null,
            }),
            ("Fn::ToJsonString", _) => {
                let value = self.resolve(argument);
                lift(
                    &[value],
                    &|values| match values.first().map(|v| (v, compute::json(v))) {
                        Some((_, Some(json))) => {
                            text::compose(vec![Part::Text(json.to_string().into())])
                        }
                        Some((value @ Value::Unknown(_), _)) => value.clone(),
                        _ => stuck(function, "not every part of its argument is known"),
                    },
                )
            }
            ("Fn::Transform", _) => self.transform(argument),
            ("Fn::And" | "Fn::Or" | "Fn::Not" | "Fn::Equals", _) => self.truth(function, argument),
            (
                "Fn::Join" | "Fn::Split" | "Fn::Select" | "Fn::If" | "Fn::FindInMap" | "Fn::Cidr",
                _,
            ) => stuck(function, "it has too few or too many arguments"),
            _ => stuck(function, "skylint does not know this function"),
        }
    }

    /// One of two nodes, or both under a choice.
    pub(super) fn if_(&self, condition: Value, then: &Node, otherwise: &Node) -> Value {
        match &condition {
            Value::Bool(true) => self.resolve(then),
            Value::Bool(false) => self.resolve(otherwise),
            _ => pick(&condition, &self.resolve(then), &self.resolve(otherwise)),
        }
    }

    fn sub(&self, argument: &Node) -> Value {
        let (template, variables) = match argument.as_list() {
            None => (argument.as_str(), None),
            Some([template, rest @ ..]) => (template.as_str(), rest.first()),
            Some([]) => (None, None),
        };
        let Some(template) = template else {
            return stuck("Fn::Sub", "its first argument is not text");
        };
        let values: Vec<Value> = pieces(template)
            .into_iter()
            .map(|piece| match piece {
                // Dynamic references may span pieces, so they are looked for afterwards.
                Piece::Text(text) => Value::String(text.into()),
                Piece::Variable(name) => match variables.and_then(|v| v.get(&name)) {
                    Some(node) => self.resolve(node),
                    None if self.template.names.contains_key(&name) => self.reference(&name),
                    None => match name.split_once('.') {
                        Some((resource, attribute)) => self.attribute(resource, attribute),
                        None => self.reference(&name),
                    },
                },
            })
            .collect();
        lift(&values, &text::concatenate)
    }

    fn join(&self, delimiter: &Node, items: &Node) -> Value {
        let mut values = vec![self.resolve(delimiter)];
        match self.resolve(items) {
            Value::List(items) => values.extend(items),
            list => {
                // One list that is chosen as a whole.
                let delimiter = self.resolve(delimiter);
                return lift(&[delimiter, list], &|values| match values {
                    [delimiter, Value::List(items)] => {
                        let mut all = vec![delimiter.clone()];
                        all.extend(items.iter().cloned());
                        lift(&all, &joined)
                    }
                    [_, value] => unusable("Fn::Join", value),
                    _ => Value::Null,
                });
            }
        }
        lift(&values, &joined)
    }

    fn split(&self, delimiter: &Node, source: &Node) -> Value {
        lift(
            &[self.resolve(delimiter), self.resolve(source)],
            &|values| match values {
                [Value::String(delimiter), Value::String(source)] if !delimiter.is_empty() => {
                    Value::List(source.split(&**delimiter).map(Value::string).collect())
                }
                [_, value] => unusable("Fn::Split", value),
                _ => Value::Null,
            },
        )
    }

    fn select(&self, index: &Node, items: &Node) -> Value {
        lift(&[self.resolve(index), self.resolve(items)], &|values| {
            let [index, items] = values else {
                return Value::Null;
            };
            let Some(at) = text::scalar(index).and_then(|i| i.trim().parse::<usize>().ok()) else {
                return unusable("Fn::Select", index);
            };
            match items {
                Value::List(items) => match items.get(at) {
                    Some(item) => item.clone(),
                    None => stuck("Fn::Select", format!("there is no element {at}")),
                },
                Value::Unknown(reason) => match reason.all_zones() {
                    Some(region) => Value::unknown(Reason::zone(at, region)),
                    None => Value::Unknown(reason.clone()),
                },
                value => unusable("Fn::Select", value),
            }
        })
    }

    fn find_in_map(
        &self,
        map: &Node,
        first: &Node,
        second: &Node,
        default: Option<&Node>,
    ) -> Value {
        let keys = [self.resolve(map), self.resolve(first), self.resolve(second)];
        lift(&keys, &|keys| {
            let mut node = self.section("Mappings");
            for key in keys {
                let Some(name) = text::scalar(key) else {
                    return unusable("Fn::FindInMap", key);
                };
                if let Some(included) = node.and_then(|n| n.get("Fn::Transform")) {
                    return self.transform(included);
                }
                node = node.and_then(|n| n.get(&name));
            }
            match (node, default) {
                (Some(found), _) => mapped(found),
                (None, Some(default)) => self.resolve(default),
                (None, None) => stuck("Fn::FindInMap", "the mapping has no such entry"),
            }
        })
    }
}

/// A value of a mapping: text or a list of texts, without functions.
fn mapped(node: &Node) -> Value {
    match &node.data {
        Data::Null => Value::Null,
        Data::Bool(b) => Value::Bool(*b),
        Data::Int(i) => Value::Int(*i),
        Data::Float(d) => Value::Double(*d),
        Data::String(text) => text::literal(text),
        Data::List(items) => Value::List(items.iter().map(mapped).collect()),
        Data::Map(_) => stuck("Fn::FindInMap", "the mapping's value is a mapping itself"),
    }
}

/// One of two values by the truth of a third.
pub(super) fn pick(condition: &Value, then: &Value, otherwise: &Value) -> Value {
    match condition {
        Value::Bool(true) => then.clone(),
        Value::Bool(false) => otherwise.clone(),
        Value::Choice(choice) => {
            let id = choice.switch.id;
            let arms = choice.arms.iter().enumerate().map(|(index, arm)| {
                let stand = |value: &Value| restrict(value.clone(), id, index);
                pick(arm, &stand(then), &stand(otherwise))
            });
            choose(&choice.switch, arms.collect())
        }
        _ if then == otherwise => then.clone(),
        Value::Unknown(reason) => Value::Unknown(reason.clone()),
        value => stuck("Fn::If", format!("its condition is {}", value.kind())),
    }
}

fn joined(values: &[Value]) -> Value {
    let Some((delimiter, items)) = values.split_first() else {
        return Value::Null;
    };
    let Some(delimiter) = text::scalar(delimiter) else {
        return unusable("Fn::Join", delimiter);
    };
    let mut pieces = Vec::new();
    for item in items.iter().filter(|item| !item.is_null()) {
        if !pieces.is_empty() && !delimiter.is_empty() {
            pieces.push(Value::string(delimiter.as_str()));
        }
        pieces.push(item.clone());
    }
    text::concatenate(&pieces)
}

fn cidr(values: &[Value]) -> Value {
    let number = |value: &Value| text::scalar(value).and_then(|n| n.trim().parse::<u32>().ok());
    let [block, count, bits] = values else {
        return Value::Null;
    };
    let Value::String(block) = block else {
        return unusable("Fn::Cidr", block);
    };
    let Some(count) = number(count) else {
        return unusable("Fn::Cidr", count);
    };
    let Some(bits) = number(bits) else {
        return unusable("Fn::Cidr", bits);
    };
    match compute::cidr(block, count, bits) {
        Ok(blocks) => Value::List(blocks.into_iter().map(Value::string).collect()),
        Err(why) => stuck("Fn::Cidr", why),
    }
}

/// A piece of the text of `Fn::Sub`.
#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    Variable(String),
}

fn pieces(template: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        let Some((inside, behind)) = after.split_once('}') else {
            text.push_str("${");
            rest = after;
            continue;
        };
        rest = behind;
        if let Some(literal) = inside.strip_prefix('!') {
            text.push_str(&format!("${{{literal}}}"));
        } else {
            if !text.is_empty() {
                out.push(Piece::Text(std::mem::take(&mut text)));
            }
            out.push(Piece::Variable(inside.trim().to_owned()));
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        out.push(Piece::Text(text));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_templates_are_taken_apart() {
        let text = |t: &str| Piece::Text(t.to_owned());
        let variable = |t: &str| Piece::Variable(t.to_owned());
        assert_eq!(pieces("a${B}c"), [text("a"), variable("B"), text("c")]);
        assert_eq!(pieces("${!Literal} $x ${"), [text("${Literal} $x ${")]);
        assert_eq!(pieces("${A}${B.C}"), [variable("A"), variable("B.C")]);
        assert_eq!(pieces(""), []);
    }
}
