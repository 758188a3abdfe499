//! What CloudFront keeps.

use std::rc::Rc;
use std::sync::Arc;

use super::lookup::named;
use super::{Function, Param};
use crate::model::{Map, Reason, Value};
use crate::rule::cel::{Env, Record, RecordField, RecordTy, Ty, Val};

const POLICY: &str = "AWS::CloudFront::CachePolicy";

/// What `cachePolicy` finds.
pub(super) static CACHE_POLICY_RECORD: RecordTy = RecordTy {
    name: "CachePolicy",
    fields: &[
        RecordField {
            name: "MinTTL",
            ty: Ty::Double,
            doc: "The least time, in seconds, for which a response is kept.",
        },
        RecordField {
            name: "DefaultTTL",
            ty: Ty::Double,
            doc: "The time for which it is kept if the origin does not say.",
        },
        RecordField {
            name: "MaxTTL",
            ty: Ty::Double,
            doc: "The longest time for which it is kept.",
        },
        RecordField {
            name: "PerVisitor",
            ty: Ty::Bool,
            doc: "Whether cookies or the Authorization header are part of the cache key.",
        },
    ],
};

/// `cachePolicy(id)`
pub(super) static CACHE_POLICY: Function = Function {
    name: "cachePolicy",
    params: &[("id", Param::Any)],
    returns: |_| Ty::Record(&CACHE_POLICY_RECORD),
    doc: "The CloudFront cache policy that an id names; those that AWS manages are known.",
    unknown: "The id is not known, or names a policy that was not read.",
    needs: |needs, _| {
        needs.looked_up(POLICY);
        needs.reads(&"CachePolicyConfig".into());
    },
    call: cache_policy,
};

/// The policies that AWS manages: id, times and whether visitors are kept apart
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html>).
const MANAGED: [(&str, [f64; 3], bool); 5] = [
    // Amplify
    (
        "2e54312d-136d-493c-8eb9-b001f22f67d2",
        [2.0, 2.0, 600.0],
        true,
    ),
    // CachingDisabled
    (
        "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        [0.0, 0.0, 0.0],
        false,
    ),
    // CachingOptimized
    (
        "658327ea-f89d-4fab-a63d-7e88639e58f6",
        [1.0, 86_400.0, 31_536_000.0],
        false,
    ),
    // CachingOptimizedForUncompressedObjects
    (
        "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
        [1.0, 86_400.0, 31_536_000.0],
        false,
    ),
    // UseOriginCacheControlHeaders
    (
        "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
        [0.0, 0.0, 31_536_000.0],
        true,
    ),
];

fn cache_policy<'a>(env: &Env<'a>, args: &[Val<'a>]) -> Val<'a> {
    let id = match named(args, 0) {
        Ok(id) => id,
        Err(other) => return other,
    };
    let managed = |(known, _, _): &&(&str, _, _)| id.as_str() == Some(known);
    if let Some((_, times, per_visitor)) = MANAGED.iter().find(managed) {
        let times = times.map(Val::Double);
        return record(&id, times, Val::Bool(*per_visitor));
    }
    let found = env
        .graph
        .lookup(POLICY, &id, env.resource(env.subject), env.world);
    let config = match found {
        Ok(Some(policy)) => env
            .resource(policy)
            .and_then(|policy| policy.property("CachePolicyConfig"))
            .map_or(Val::Null, |config| env.view(config)),
        // AWS may manage more than are known here.
        Ok(None) => return Val::unknown(Reason::Outside(id.to_string().into())),
        Err(why) => return Val::Unknown(why),
    };
    let Val::Map(config) = config else {
        return Val::Unknown(config.not_a("a cache policy"));
    };
    let times = ["MinTTL", "DefaultTTL", "MaxTTL"].map(|name| get(env, config, &[name]));
    let key = "ParametersInCacheKeyAndForwardedToOrigin";
    let cookies = get(env, config, &[key, "CookiesConfig", "CookieBehavior"]);
    let headers = get(env, config, &[key, "HeadersConfig", "Headers"]);
    record(&id, times, per_visitor(env, &cookies, &headers))
}

fn per_visitor<'a>(env: &Env<'a>, cookies: &Val<'a>, headers: &Val<'a>) -> Val<'a> {
    let by_cookie = match cookies {
        Val::Str(behavior) => Ok(behavior != "none"),
        Val::Null => Ok(false),
        other => Err(other.not_a("text")),
    };
    let mut unknown = by_cookie.clone().err();
    let by_header = match headers {
        Val::List(items) => {
            unknown = unknown.or_else(|| items.open.clone());
            env.elements(items).any(|header| {
                if let Val::Str(name) = &header {
                    return name.eq_ignore_ascii_case("authorization");
                }
                unknown.get_or_insert_with(|| header.not_a("text"));
                false
            })
        }
        Val::Null => false,
        other => {
            unknown.get_or_insert_with(|| other.not_a("a list"));
            false
        }
    };
    match unknown {
        _ if by_header || by_cookie == Ok(true) => Val::Bool(true),
        Some(why) => Val::Unknown(Arc::clone(&why)),
        None => Val::Bool(false),
    }
}

fn get<'a>(env: &Env<'a>, map: &'a Map, path: &[&str]) -> Val<'a> {
    let Some((name, rest)) = path.split_first() else {
        return Val::Null;
    };
    match (env.get(map, name), rest) {
        (value, []) | (value @ (Val::Null | Val::Unknown(_)), _) => value,
        (Val::Map(inner), rest) => get(env, inner, rest),
        (other, _) => Val::Unknown(other.not_a("an object")),
    }
}

fn record<'a>(id: &Value, [min, default, max]: [Val<'a>; 3], per_visitor: Val<'a>) -> Val<'a> {
    Val::Record(Rc::new(Record {
        fields: vec![
            ("MinTTL", min),
            ("DefaultTTL", default),
            ("MaxTTL", max),
            ("PerVisitor", per_visitor),
        ],
        via: Vec::new(),
        text: format!("cache policy {id}"),
    }))
}
