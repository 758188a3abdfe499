//! The databases that follow a database.

use std::rc::Rc;

use super::{Function, Param, resource};
use crate::rule::cel::{Items, Record, RecordField, RecordTy, Ty, Val};

/// What `replicas` finds.
pub(super) static REPLICA: RecordTy = RecordTy {
    name: "Replica",
    fields: &[
        RecordField {
            name: "Name",
            ty: Ty::String,
            doc: "The id of the replica, or the ARN by which its source knows it.",
        },
        RecordField {
            name: "Region",
            ty: Ty::String,
            doc: "The code of the Region it is in.",
        },
    ],
};

/// `replicas(database)`
pub(super) static REPLICAS: Function = Function {
    name: "replicas",
    params: &[("database", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::Record(&REPLICA))),
    doc: "The databases that follow a DB instance, a DB cluster or a DynamoDB table, in any Region: \
          read replicas, and replicas of these; the other clusters of an Aurora global database. \
          The readers in a cluster are none. What was restored from another does not follow it.",
    unknown: "The list stays open unless all databases were read, in every Region, and what each \
              replicates is known; and where a table could be part of a global table of version \
              2017.11.29, which nothing says of it. A replica's Region was not given.",
    needs: |needs, asked| needs.replicas(asked.subject),
    call: |env, args| match resource(args, 0) {
        Ok(index) => {
            let (found, open) = env.graph.replicas(index, env.world);
            let found = found.into_iter().map(|replica| {
                let (region, place) = match replica.region {
                    Ok(region) => (Val::Str(region.to_string().into()), format!("in {region}")),
                    Err(why) => (
                        Val::Unknown(why),
                        "in a Region that is not known".to_owned(),
                    ),
                };
                let text = format!("{} {place}", replica.name);
                Val::Record(Rc::new(Record {
                    fields: vec![("Name", Val::Str(replica.name.into())), ("Region", region)],
                    via: Vec::from_iter(replica.resource.map(|at| (at, text.clone()))),
                    text,
                }))
            });
            Val::List(Items::open(found.collect(), open))
        }
        Err(unknown) => unknown,
    },
};
