//! What IAM policies allow.

use super::{Function, Param};
use crate::model::Map;
use crate::rule::cel::{Env, Tri, Ty, Val};

/// `allowsEverything(document)`
pub(super) static ALLOWS_EVERYTHING: Function = Function {
    name: "allowsEverything",
    params: &[("document", Param::Any)],
    returns: |_| Ty::Bool,
    doc: "Whether a statement of a policy document allows every action on every resource, under no \
          condition.",
    unknown: "A statement could, but what it allows, or on what, is not known.",
    needs: |_, _| {},
    call: |env, args| match args.first() {
        Some(Val::Map(document)) => allows_everything(env, document).into(),
        Some(Val::Null) | None => Val::Bool(false),
        Some(other) => Val::Unknown(other.not_a("a policy document")),
    },
};

fn allows_everything<'a>(env: &Env<'a>, document: &'a Map) -> Tri {
    any(env, document, "Statement", |statement| {
        let statement = match statement {
            Val::Map(statement) => *statement,
            other => return Tri::Unknown(other.not_a("a statement")),
        };
        let allows = env.equal(&env.get(statement, "Effect"), &Val::Str("Allow".into()));
        // `*:*` is every action of every service, too.
        let is_all = |text: &str| matches!(text, "*" | "*:*");
        let narrowed = match env.get(statement, "Condition") {
            Val::Null => Tri::False,
            Val::Map(conditions) => (!conditions.is_empty()).into(),
            other => Tri::Unknown(other.not_a("conditions")),
        };
        allows
            .and(any(env, statement, "Action", |action| is(action, is_all)))
            .and(any(env, statement, "Resource", |resource| {
                is(resource, |text| text == "*")
            }))
            .and(!narrowed)
    })
}

/// Whether a text is wanted. A reference, and text with a known part, names one thing: not all.
fn is(text: &Val<'_>, wanted: impl Fn(&str) -> bool) -> Tri {
    match text {
        Val::Str(text) => wanted(text).into(),
        Val::Reference(_) | Val::Composed(_) => Tri::False,
        other => Tri::Unknown(other.not_a("known text")),
    }
}

/// Whether one of a list, or what stands in its place, is wanted.
fn any<'a>(env: &Env<'a>, map: &'a Map, name: &str, wanted: impl Fn(&Val<'a>) -> Tri) -> Tri {
    match env.get(map, name) {
        Val::Null => Tri::False,
        Val::List(items) => {
            let open = items.open.clone().map_or(Tri::False, Tri::Unknown);
            let each = env.elements(&items).into_iter();
            each.fold(open, |found, (_, item)| found.or(wanted(&item)))
        }
        one => wanted(&one),
    }
}
