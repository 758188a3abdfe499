//! Direct Connect lines.

use std::rc::Rc;

use super::{Function, Param};
use crate::model::Unknown;
use crate::rule::cel::{Env, Items, Record, RecordField, RecordTy, Ty, Val};

/// What `lines` finds.
pub(super) static LINE: RecordTy = RecordTy {
    name: "Line",
    fields: &[
        RecordField {
            name: "Name",
            ty: Ty::String,
            doc: "The id of the connection or link aggregation group.",
        },
        RecordField {
            name: "Location",
            ty: Ty::String,
            doc: "The code of the location it ends at, in lower case.",
        },
        RecordField {
            name: "Device",
            ty: Ty::String,
            doc: "The device of AWS it ends on, which only a running account knows.",
        },
    ],
};

/// `lines(of)`
pub(super) static LINES: Function = Function {
    name: "lines",
    params: &[("of", Param::Any)],
    returns: |_| Ty::List(Box::new(Ty::Record(&LINE))),
    doc: "The Direct Connect lines of gateways or virtual interfaces, of one or a list, each \
          once: a connection, or a link aggregation group, whose connections all end on one \
          device. A virtual private gateway or transit gateway has those of the Direct Connect \
          gateways that it is associated with, too.",
    unknown: "The location of a line that was not read is not known; the list stays open unless \
              all virtual interfaces and associations were read, and which line each uses is known.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.lines();
    },
    call: |env, args| {
        let mut of = Vec::new();
        let mut open = None;
        match args.first() {
            Some(Val::List(items)) => {
                open.clone_from(&items.open);
                for item in env.elements(items) {
                    note(&item, &mut of, &mut open);
                }
            }
            Some(one) => note(one, &mut of, &mut open),
            None => {}
        }
        lines(env, &of, open)
    },
};

fn note(val: &Val<'_>, of: &mut Vec<usize>, open: &mut Option<Unknown>) {
    match val {
        Val::Resource(index) => of.push(*index),
        other => {
            open.get_or_insert_with(|| other.not_a("a resource"));
        }
    }
}

fn lines<'a>(env: &Env<'a>, of: &[usize], open: Option<Unknown>) -> Val<'a> {
    let (lines, more) = env.graph.lines(of, env.world);
    let said = |what: &Result<Box<str>, Unknown>| match what {
        Ok(text) => Val::Str(text.to_string().into()),
        Err(why) => Val::Unknown(why.clone()),
    };
    let lines = lines.into_iter().map(|line| {
        let text = match &line.location {
            Ok(location) => format!("{} at {location}", line.name),
            Err(_) => format!("{} at a location that is not known", line.name),
        };
        Val::Record(Rc::new(Record {
            fields: vec![
                ("Name", Val::Str(line.name.into())),
                ("Location", said(&line.location)),
                ("Device", said(&line.device)),
            ],
            via: line
                .resource
                .map(|index| (index, text.clone()))
                .into_iter()
                .collect(),
            text,
        }))
    });
    Val::List(Items::open(lines.collect(), open.or(more)))
}
