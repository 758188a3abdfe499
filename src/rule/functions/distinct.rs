//! How many different things a list has.

use super::{Function, Param};
use crate::rule::cel::{Env, Items, Tri, Ty, Val};

/// `distinct(list)`
pub(super) static DISTINCT: Function = Function {
    name: "distinct",
    params: &[("list", Param::Strings)],
    returns: |_| Ty::List(Box::new(Ty::String)),
    doc: "The different strings of a list, each once, in the order in which they first occur.",
    unknown: "A string that is not known may be one of the others: the list then has those that certainly \
              differ, and stays open.",
    needs: |_, _| {},
    call: |env, args| match args.first() {
        None | Some(Val::Null) => Val::List(Items::all(Vec::new())),
        Some(Val::List(items)) => distinct(env, items),
        Some(other) => Val::Unknown(other.not_a("a list")),
    },
};

fn distinct<'a>(env: &Env<'a>, items: &Items<'a>) -> Val<'a> {
    let mut found: Vec<Val<'a>> = Vec::new();
    let mut open = items.open.clone();
    for element in env.elements(items) {
        let is_known = found.iter().fold(Tri::False, |known, other| {
            known.or(env.equal(other, &element))
        });
        match (is_known, &element) {
            (Tri::True, _) => {}
            // Whatever it is, a list has it; of several such ones, nobody knows whether they differ.
            (Tri::False, Val::Unknown(why)) => {
                open.get_or_insert_with(|| std::sync::Arc::clone(why));
                found.push(element);
            }
            (Tri::False, _) => found.push(element),
            (Tri::Unknown(why), _) => {
                open.get_or_insert(why);
            }
        }
    }
    Val::List(Items::open(found, open))
}
