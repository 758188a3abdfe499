//! Finding resources: by type, by what names them, by what they refer to.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Function, Param, resource};
use crate::model::{Unknown, Value};
use crate::rule::cel::{Env, Items, Known, Ty, Val};

fn list_of(shape: Option<&'static crate::types::Shape>) -> Ty {
    Ty::List(Box::new(Ty::Resource(shape)))
}

/// A list of resources, open if there could be more.
pub(super) fn resources<'a>((found, open): (impl Into<Arc<[usize]>>, Option<Unknown>)) -> Val<'a> {
    Val::List(Items {
        known: Known::Resources(found.into()),
        open,
    })
}

pub(super) fn type_name<'v>(args: &'v [Val<'_>], at: usize) -> &'v str {
    match args.get(at) {
        Some(Val::Str(name)) => name,
        _ => "",
    }
}

/// `resources(type)`
pub(super) static RESOURCES: Function = Function {
    name: "resources",
    params: &[("type", Param::TypeName)],
    returns: list_of,
    doc: "All resources of a type.",
    unknown: "The list stays open unless all of that type was read: `exists` is then true or \
              unknown, `all` false or unknown.",
    needs: |needs, asked| needs.all_of(asked.rtype),
    call: |env, args| {
        let found = env.graph.of_type_in(type_name(args, 0), None, env.world);
        resources(found)
    },
};

/// `known(type)`
pub(super) static KNOWN: Function = Function {
    name: "known",
    params: &[("type", Param::TypeName)],
    returns: list_of,
    doc: "The resources of a type that were read, of the account of the resource that is judged where accounts \
          are known: for what only their presence tells. Context is what was read: what an input never shows \
          does not keep the list open.",
    unknown: "The list stays open when some of that type were asked for and could not be read.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.all_of(asked.rtype);
    },
    call: |env, args| {
        let rtype = type_name(args, 0);
        let here = env.resource(env.subject).and_then(|r| r.account.as_deref());
        let (found, _) = env.graph.of_type_in(rtype, here, env.world);
        resources((found, env.graph.lost(rtype)))
    },
};

/// `referrers(resource, type)`
pub(super) static REFERRERS: Function = Function {
    name: "referrers",
    params: &[("resource", Param::Resource), ("type", Param::TypeName)],
    returns: list_of,
    doc: "The resources of a type that refer to a resource anywhere in their properties.",
    unknown: "The list stays open unless all of that type was read.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.all_of(asked.rtype);
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => resources(env.graph.referrers(index, type_name(args, 1), env.world)),
        Err(unknown) => unknown,
    },
};

/// `lookup(type, value)`
pub(super) static LOOKUP: Function = Function {
    name: "lookup",
    params: &[("type", Param::TypeName), ("value", Param::Any)],
    returns: Ty::Resource,
    doc: "The resource of a type that a value names by reference, ARN, name or id; null if there \
          is none.",
    unknown: "The value is not known, or no such resource was read and not all of that type was.",
    needs: |needs, asked| needs.looked_up(asked.rtype),
    call: lookup,
};

/// What names a resource, as a value of the snapshot.
pub(super) fn name(val: &Val<'_>) -> Result<Value, Unknown> {
    match val {
        Val::Str(Cow::Borrowed(text)) => Ok(Value::String((*text).into())),
        Val::Str(Cow::Owned(text)) => Ok(Value::String(text.as_str().into())),
        Val::Reference(reference) => Ok(Value::Reference((*reference).clone())),
        Val::Composed(parts) => Ok(Value::Composed(parts.clone())),
        other => Err(other.not_a("a name")),
    }
}

/// The argument that names a resource, or what there is instead.
pub(super) fn named<'a>(args: &[Val<'a>], at: usize) -> Result<Value, Val<'a>> {
    match args.get(at) {
        None | Some(Val::Null) => Err(Val::Null),
        Some(Val::Resource(index)) => Err(Val::Resource(*index)),
        Some(Val::Unknown(why)) => Err(Val::Unknown(why.clone())),
        Some(other) => name(other).map_err(Val::Unknown),
    }
}

pub(super) fn lookup<'a>(env: &Env<'a>, args: &[Val<'a>]) -> Val<'a> {
    let value = match named(args, 1) {
        Ok(value) => value,
        Err(other) => return other,
    };
    match env.graph.lookup(
        type_name(args, 0),
        &value,
        env.resource(env.subject),
        env.world,
    ) {
        Ok(Some(index)) => Val::Resource(index),
        Ok(None) => Val::Null,
        Err(why) => Val::Unknown(why),
    }
}
