//! What does the same in other Regions.

use super::context::of_tag;
use super::lookup::type_name;
use super::{Function, Param, place, resource, strings};
use crate::rule::cel::{Env, Tri, Ty, Val};

/// `elsewhere(resource, type, tags)`
pub(super) static ELSEWHERE: Function = Function {
    name: "elsewhere",
    params: &[
        ("resource", Param::Resource),
        ("type", Param::TypeName),
        ("tags", Param::Strings),
    ],
    returns: |_| Ty::Bool,
    doc: "Whether there is a resource of a type in another Region than a resource that has the same value \
          of each of some tags that the resource has. False if it has none of them.",
    unknown: "None is known, and not all of that type were read, or the Region or the tags of one are not \
              known as far as they matter.",
    needs: |needs, asked| {
        needs.all_of(asked.rtype);
        needs.tags_of(None);
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => elsewhere(env, index, args),
        Err(unknown) => unknown,
    },
};

fn elsewhere<'a>(env: &Env<'a>, index: usize, args: &[Val<'a>]) -> Val<'a> {
    let Some(subject) = env.resource(index) else {
        return Val::Null;
    };
    let keys = strings(env, args.get(2));
    let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
    let is_one = |at: usize| {
        let Some(other) = env.resource(at) else {
            return Ok(false);
        };
        let mut is_one = !env.equal(&place::of(subject), &place::of(other));
        for key in &keys {
            let own = of_tag(env, subject, key);
            if is_one != Tri::False && !matches!(own, Val::Null) {
                is_one = is_one.and(env.equal(&own, &of_tag(env, other, key)));
            }
        }
        match is_one {
            Tri::True => Ok(true),
            Tri::False => Ok(false),
            Tri::Unknown(why) => Err(why),
        }
    };
    let rtype = type_name(args, 1);
    match env
        .graph
        .any_tagged_elsewhere(subject, rtype, &keys, env.world, is_one)
    {
        None => Val::Bool(false),
        Some(Ok(answer)) => Val::Bool(answer),
        Some(Err(why)) => Val::Unknown(why),
    }
}
