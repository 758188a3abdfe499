//! Whether a Region could do the work of another: what serves there, what data it has, and whether
//! what is there is as large.

use std::rc::Rc;
use std::sync::Arc;

use super::lookup::resources;
use super::{Function, Param, known, resource, strings};
use crate::model::Unknown;
use crate::rule::cel::{Items, Record, RecordField, RecordTy, Ty, Val};

/// What `capacity` finds.
pub(super) static CAPACITY_RECORD: RecordTy = RecordTy {
    name: "Capacity",
    fields: &[
        RecordField {
            name: "Resource",
            ty: Ty::Resource(None),
            doc: "What serves: an Auto Scaling group, an ECS service, a target group with registered \
                  targets.",
        },
        RecordField {
            name: "Running",
            ty: Ty::Int,
            doc: "How many instances, tasks or targets there are as long as nothing scales it.",
        },
        RecordField {
            name: "Most",
            ty: Ty::Int,
            doc: "How many there can be without a limit being changed: at least 1 for an ECS service, \
                  which has no limit of its own.",
        },
    ],
};

/// `capacity(resource)`
pub(super) static CAPACITY: Function = Function {
    name: "capacity",
    params: &[("resource", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::Record(&CAPACITY_RECORD))),
    doc: "What serves the traffic that arrives at a resource. Behind a load balancer: the Auto Scaling \
          groups, ECS services and registered targets of the target groups to which a listener or a \
          rule forwards with a weight other than 0; the load balancer itself, if it only answers or \
          redirects. Behind an endpoint group: that behind its endpoints. Anything else serves itself, \
          and counts as one.",
    unknown: "The resource was not read; the list stays open unless the listeners, rules, groups and \
              services of its Region were all read and what each names is known, where an EKS cluster may \
              register its pods, and where nothing is written to be registered with a Classic Load Balancer.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.capacity();
    },
    call: |env, args| match known(args, 0) {
        Ok(index) => {
            let (found, open) = env.graph.capacity(index, env.world);
            let number = |number: Result<i64, Unknown>| number.map_or_else(Val::Unknown, Val::Int);
            let found = found.into_iter().map(|one| {
                let text = match (&one.running, &one.most) {
                    (Ok(running), Ok(most)) if running == most => format!("runs {running}"),
                    (Ok(running), Ok(most)) => format!("runs {running}, at most {most}"),
                    _ => "of a size that is not known".to_owned(),
                };
                let name = env.to_text(&Val::Resource(one.resource));
                Val::Record(Rc::new(Record {
                    fields: vec![
                        ("Resource", Val::Resource(one.resource)),
                        ("Running", number(one.running)),
                        ("Most", number(one.most)),
                    ],
                    via: vec![(one.resource, text.clone())],
                    text: format!("{name} {text}"),
                }))
            });
            Val::List(Items::open(found.collect(), open))
        }
        Err(unknown) => unknown,
    },
};

/// `dataRegions(resource, tags, backups)`
pub(super) static DATA_REGIONS: Function = Function {
    name: "dataRegions",
    params: &[
        ("resource", Param::Resource),
        ("tags", Param::Strings),
        ("backups", Param::Bool),
    ],
    returns: |_| Ty::List(Box::new(Ty::String)),
    doc: "The Regions that have the data that belongs with a resource: that of its RDS and DynamoDB \
          databases and tables, which are in its Region, and those of their replicas; with `backups` \
          also those to which their automated backups are replicated or AWS Backup copies them. A database belongs with it if \
          both have the same value of one of the tags; where they have none of them in common, if one \
          template, Terraform configuration or CloudFormation stack has both. A bucket is its own data. \
          Empty if no data belongs with it.",
    unknown: "The resource was not read, or its Region was not given; the list stays open unless all \
              databases and tables were read and it is known of each whether it belongs with it.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.data_regions();
    },
    call: |env, args| {
        let index = match known(args, 0) {
            Ok(index) => index,
            Err(unknown) => return unknown,
        };
        let keys = strings(env, args.get(1));
        let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
        let backups = matches!(args.get(2), Some(Val::Bool(true)));
        match env.graph.data_regions(index, &keys, backups, env.world) {
            Ok((regions, open)) => {
                let regions = regions.iter().map(|name| Val::Str(name.to_string().into()));
                Val::List(Items::open(regions.collect(), open))
            }
            Err(why) => Val::Unknown(why),
        }
    },
};

/// `application(resource, tags)`
pub(super) static APPLICATION: Function = Function {
    name: "application",
    params: &[("resource", Param::Resource), ("tags", Param::Strings)],
    returns: |_| Ty::List(Box::new(Ty::Resource(None))),
    doc: "What runs code for the application of a resource, itself among it: the Auto Scaling groups, \
          EC2 instances, ECS services, EKS clusters and Lambda functions with the same value of the \
          first of the tags that it has. Empty if it has none of them.",
    unknown: "A tag of the resource is not known; the list stays open unless all of these types were \
              read and their tags are known, and if the tag is aws:cloudformation:stack-name, as an application can \
              have several stacks.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.application();
    },
    call: |env, args| {
        let subject = match resource(args, 0) {
            Ok(index) => env.resource(index),
            Err(unknown) => return unknown,
        };
        let Some(subject) = subject else {
            return Val::Null;
        };
        let keys = strings(env, args.get(1));
        let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
        match env.graph.application(subject, &keys, env.world) {
            Ok(found) => resources((Arc::clone(&found.members), found.open.clone())),
            Err(why) => Val::Unknown(why),
        }
    },
};

/// `twins(resource)`
pub(super) static TWINS: Function = Function {
    name: "twins",
    params: &[("resource", Param::Resource)],
    returns: |shape| Ty::List(Box::new(Ty::Resource(shape))),
    doc: "The resources that are the same part of the same system in other Regions of the account: of \
          the same type and with the same name, in which the code of the Region may differ as the \
          Regions do; or, in an account, made by stacks of one name from the same part of their \
          template. Context is what was read: what was not read beside it is no twin.",
    unknown: "Its Region was not given, or there are others in other Regions and its name is not known; \
              the list stays open where others were asked for and could not be read.",
    needs: |needs, asked| needs.twins(asked.subject),
    call: |env, args| {
        let index = match resource(args, 0) {
            Ok(index) => index,
            Err(unknown) => return unknown,
        };
        let Some(subject) = env.resource(index) else {
            return Val::Null;
        };
        match env.graph.twins(index, subject, env.world) {
            Ok(found) => resources(found),
            Err(why) => Val::Unknown(why),
        }
    },
};
