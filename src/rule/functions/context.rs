//! What a resource is for, by the words it goes by.

use super::{Function, Param, resource};
use crate::graph::{logical_words, words};
use crate::model::{Part, Reason, Unknown, Value};
use crate::rule::cel::{Env, Items, Tri, Ty, Val};

/// `names(resource)`
pub(super) static NAMES: Function = Function {
    name: "names",
    params: &[("resource", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::String)),
    doc: "Every name by which a resource is known: its name (or logical id, of which CloudFormation \
          makes one), its naming tags, the hosts that lead to it, the host and path patterns it \
          serves. Context is what was read: names that were not read do not make it unknown.",
    unknown: "One of the names is not known; the list then stays open.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.names(asked.subject);
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => {
            let (names, open) = env.graph.names(index, env.world);
            let names = names
                .into_iter()
                .map(|name| match name {
                    Value::String(text) => Val::Str(text.into_string().into()),
                    Value::Composed(parts) => Val::Composed(parts),
                    _ => Val::Null,
                })
                .collect();
            Val::List(Items::open(names, open))
        }
        Err(unknown) => unknown,
    },
};

/// `mentions(texts, words)`
pub(super) static MENTIONS: Function = Function {
    name: "mentions",
    params: &[("texts", Param::Strings), ("words", Param::Strings)],
    returns: |_| Ty::Bool,
    doc: "Whether any of some texts has one of some words as a whole word, in any case: \
          `checkout-alb` and `CheckoutAlb` mention `checkout`, `payload` does not mention `pay`.",
    unknown: "No text that is known does, and there is one that is not known.",
    needs: |_, _| {},
    call: |env, args| match (args.first(), args.get(1)) {
        (Some(texts), Some(wanted)) => mentions(env, texts, wanted).into(),
        _ => Val::Null,
    },
};

fn mentions<'a>(env: &Env<'a>, texts: &Val<'a>, wanted: &Val<'a>) -> Tri {
    let wanted: Vec<String> = match wanted {
        Val::List(items) => env
            .elements(items)
            .into_iter()
            .filter_map(|(_, word)| match word {
                Val::Str(word) => Some(word.to_lowercase()),
                _ => None,
            })
            .collect(),
        other => return Tri::Unknown(other.not_a("a list of words")),
    };
    let items = match texts {
        Val::Null => return Tri::False,
        Val::List(items) => items,
        other => return Tri::Unknown(other.not_a("a list of texts")),
    };
    let mut unknown: Option<Unknown> = items.open.clone();
    for (_, text) in env.elements(items) {
        let found = match &text {
            Val::Str(text) => words(text),
            Val::Composed(parts) => {
                if parts.iter().any(hides_words) {
                    unknown = unknown.or(Some(text.not_a("known text")));
                }
                logical_words(parts)
            }
            other => {
                unknown = unknown.or(Some(other.not_a("known text")));
                continue;
            }
        };
        if found.iter().any(|word| wanted.contains(word)) {
            return Tri::True;
        }
    }
    match unknown {
        Some(why) => Tri::Unknown(why),
        None => Tri::False,
    }
}

/// Whether a part of a text that is not known could hold words. A Region or an account number
/// does not.
fn hides_words(part: &Part) -> bool {
    match part {
        Part::Text(_) => false,
        Part::Reference(_) => true,
        Part::Unknown(why) => !matches!(&**why, Reason::PseudoParameter(name)
            if matches!(&**name, "AWS::AccountId" | "AWS::Region" | "AWS::Partition" | "AWS::URLSuffix")),
    }
}

/// `tag(resource, key)`
pub(super) static TAG: Function = Function {
    name: "tag",
    params: &[("resource", Param::Resource), ("key", Param::String)],
    returns: |_| Ty::String,
    doc: "The value of a resource's tag; null if it has no such tag. Keys compare in any case. A global table has \
          the tags of its replicas.",
    unknown: "The tags, or one of their keys, are not known, or what it came in by does not show tags of its type.",
    // It is asked of a subject itself, or of any other resource.
    needs: |needs, _| needs.tags_of(None),
    call: tag,
};

fn tag<'a>(env: &Env<'a>, args: &[Val<'a>]) -> Val<'a> {
    let index = match resource(args, 0) {
        Ok(index) => index,
        Err(unknown) => return unknown,
    };
    let (Some(Val::Str(wanted)), Some(resource)) = (args.get(1), env.resource(index)) else {
        return Val::Null;
    };
    match env.graph.tag(resource, wanted, env.world) {
        Ok(value) => value.map_or(Val::Null, |value| env.view(value)),
        Err(why) => Val::Unknown(why),
    }
}
