//! What a resource is for, by the words it goes by.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Function, Param, resource, strings};
use crate::graph::{TagsSay, logical_words, words};
use crate::model::{Part, Reason, Resource, Unknown, Value};
use crate::rule::cel::{Env, Items, Tri, Ty, Val};
use crate::types;

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
    if !matches!(wanted, Val::List(_)) {
        return Tri::Unknown(wanted.not_a("a list of words"));
    }
    let wanted = strings(env, Some(wanted));
    let is_ascii = wanted.iter().all(|word| word.is_ascii());
    let is_wanted = |word: &str| {
        let in_ascii = || wanted.iter().any(|known| known.eq_ignore_ascii_case(word));
        let in_any = || {
            wanted
                .iter()
                .any(|known| known.to_lowercase() == word.to_lowercase())
        };
        if is_ascii && word.is_ascii() {
            in_ascii()
        } else {
            in_any()
        }
    };
    let items = match texts {
        Val::Null => return Tri::False,
        Val::List(items) => items,
        other => return Tri::Unknown(other.not_a("a list of texts")),
    };
    let mut unknown: Option<Unknown> = items.open.clone();
    for text in env.elements(items) {
        let is_found = match &text {
            Val::Str(text) => words(text).any(is_wanted),
            Val::Composed(parts) => {
                if parts.iter().any(hides_words) {
                    unknown = unknown.or(Some(text.not_a("known text")));
                }
                logical_words(parts).iter().any(|word| is_wanted(word))
            }
            other => {
                unknown = unknown.or(Some(other.not_a("known text")));
                continue;
            }
        };
        if is_found {
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
    of_tag(env, resource, wanted)
}

/// The value of a resource's tag, if it has it.
pub(super) fn of_tag<'a>(env: &Env<'a>, resource: &'a Resource, key: &str) -> Val<'a> {
    match env.graph.tag(resource, key, env.world) {
        Ok(value) => value.map_or(Val::Null, |value| env.view(value)),
        Err(why) => Val::Unknown(why),
    }
}

/// `critical(resource, tags, values, names)`
pub(super) static CRITICAL: Function = Function {
    name: "critical",
    params: &[
        ("resource", Param::Resource),
        ("tags", Param::Strings),
        ("values", Param::Strings),
        ("names", Param::Strings),
    ],
    returns: |_| Ty::String,
    doc: "What says that a resource is critical, in words for a message such as `tagged criticality critical`: that \
          one of some tags has one of some values, in any case, or that its name, id, address or ARN is one of \
          some, in which `*` stands for any characters. Null if nothing does.",
    unknown: "Nothing does that is known, and one of the tags is not, or what it came in by does not show tags of \
              its type.",
    needs: |needs, _| needs.tags_of(None),
    call: critical,
};

fn critical<'a>(env: &Env<'a>, args: &[Val<'a>]) -> Val<'a> {
    let index = match resource(args, 0) {
        Ok(index) => index,
        Err(unknown) => return unknown,
    };
    let Some(resource) = env.resource(index) else {
        return Val::Null;
    };
    let (tags, values) = (strings(env, args.get(1)), strings(env, args.get(2)));
    let names = strings(env, args.get(3));
    if names.iter().any(|name| is_named(resource, name)) {
        return Val::Str("named as critical".into());
    }
    match env.graph.tags_say(resource, &tags, &values, env.world) {
        Ok(TagsSay::Wanted(key, value)) => Val::Str(format!("tagged {key} {value}").into()),
        Ok(TagsSay::Otherwise | TagsSay::Not) => Val::Null,
        Err(why) => Val::Unknown(why),
    }
}

/// Whether a pattern is one of the names of a resource.
fn is_named(resource: &Resource, pattern: &str) -> bool {
    let own = types::display_name(&resource.rtype, &resource.properties, &resource.id);
    let names = resource.names.iter().chain(&resource.arn);
    [own, &resource.id, &resource.address]
        .into_iter()
        .chain(names.map(|name| &**name))
        .any(|name| is_like(pattern, name))
}

/// Whether a text is a pattern in which `*` stands for any characters.
fn is_like(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let end = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match text.find(piece) {
            Some(at) => text = text.get(at + piece.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    text.ends_with(end)
}

/// `production(resource, tags, values, accounts, otherAccounts)`
pub(super) static PRODUCTION: Function = Function {
    name: "production",
    params: &[
        ("resource", Param::Resource),
        ("tags", Param::Strings),
        ("values", Param::Strings),
        ("accounts", Param::Strings),
        ("otherAccounts", Param::Strings),
    ],
    returns: |_| Ty::Bool,
    doc: "Whether a resource is production: it is in one of some accounts, or one of some tags has one of some \
          values, in any case. It is not if one of the tags says something else, or if it has none of them and is \
          in one of the other accounts. Null if nothing says.",
    unknown: "One of the tags is not known, or what it came in by does not show tags of its type; or what is known \
              does not say, and the account was not given.",
    needs: |needs, _| needs.tags_of(None),
    call: production,
};

fn production<'a>(env: &Env<'a>, args: &[Val<'a>]) -> Val<'a> {
    let index = match resource(args, 0) {
        Ok(index) => index,
        Err(unknown) => return unknown,
    };
    let Some(resource) = env.resource(index) else {
        return Val::Null;
    };
    let list = |at: usize| strings(env, args.get(at));
    // In none if there are none, whichever its account is.
    let is_in = |accounts: &[Cow<'a, str>]| match &resource.account {
        Some(own) => Ok(accounts.iter().any(|account| **account == **own)),
        None if accounts.is_empty() => Ok(false),
        None => Err(Arc::new(Reason::Other("the account was not given".into()))),
    };
    let here = is_in(&list(3));
    if here == Ok(true) {
        return Val::Bool(true);
    }
    match (
        env.graph.tags_say(resource, &list(1), &list(2), env.world),
        here,
    ) {
        (Ok(TagsSay::Wanted(..)), _) => Val::Bool(true),
        (Err(why), _) | (Ok(TagsSay::Otherwise), Err(why)) => Val::Unknown(why),
        (Ok(TagsSay::Otherwise), _) => Val::Bool(false),
        // If its account is not known, it may be production or not, and what is known does not say.
        (Ok(TagsSay::Not), _) => match is_in(&list(4)) {
            Ok(true) => Val::Bool(false),
            Ok(false) => Val::Null,
            Err(why) => Val::Unknown(why),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_characters() {
        for (pattern, text) in [
            ("orders", "orders"),
            ("orders*", "orders"),
            ("orders*", "orders-eu"),
            ("*", ""),
            ("*:db:orders-*", "arn:aws:rds:eu-west-1:1:db:orders-1"),
            ("a*b*c", "axbxbxc"),
        ] {
            assert!(is_like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("orders", "orders-eu"),
            ("orders-*", "orders"),
            ("a*bc*c", "abc"),
            ("shop*pay", "shopay"),
        ] {
            assert!(!is_like(pattern, text), "{pattern} {text}");
        }
    }
}
