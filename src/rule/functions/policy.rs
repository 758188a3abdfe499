//! What IAM policies allow, and what an organization's service control policies deny.

use std::str::Chars;
use std::sync::Arc;

use super::lookup::{name, resources};
use super::{Function, Param, resource};
use crate::model::{Map, Part, Reason};
use crate::rule::cel::{Env, Items, Tri, Ty, Val};
use crate::types;

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
fn any<'a>(
    env: &Env<'a>,
    map: &'a Map,
    name: &str,
    mut wanted: impl FnMut(&Val<'a>) -> Tri,
) -> Tri {
    match env.get(map, name) {
        Val::Null => Tri::False,
        Val::List(items) => {
            let open = items.open.clone().map_or(Tri::False, Tri::Unknown);
            let mut found = open;
            for item in env.elements(&items) {
                if found == Tri::True {
                    break;
                }
                found = found.or(wanted(&item));
            }
            found
        }
        one => wanted(&one),
    }
}

/// `isAdministratorAccess(arn)`
pub(super) static IS_ADMINISTRATOR_ACCESS: Function = Function {
    name: "isAdministratorAccess",
    params: &[("arn", Param::Any)],
    returns: |_| Ty::Bool,
    doc: "Whether an ARN is that of AdministratorAccess, the policy of AWS's own that allows \
          everything.",
    unknown: "The ARN is not known, nor how it ends.",
    needs: |_, _| {},
    call: |_, args| match args.first() {
        Some(Val::Str(arn)) => Val::Bool(arn.ends_with(ADMINISTRATOR)),
        // A policy of the inputs is not AWS's.
        Some(Val::Reference(_) | Val::Null) | None => Val::Bool(false),
        Some(Val::Composed(parts)) if matches!(parts.last(), Some(Part::Text(_))) => {
            let ends = parts
                .last()
                .is_some_and(|end| matches!(end, Part::Text(end) if end.ends_with(ADMINISTRATOR)));
            Val::Bool(ends)
        }
        Some(other) => Val::Unknown(other.not_a("a known ARN")),
    },
};

const ADMINISTRATOR: &str = ":aws:policy/AdministratorAccess";

/// `assumedBy(document)`
pub(super) static ASSUMED_BY: Function = Function {
    name: "assumedBy",
    params: &[("document", Param::Any)],
    returns: |_| Ty::List(Box::new(Ty::String)),
    doc: "The AWS services that a role's trust policy allows to assume it, such as \
          `lambda.amazonaws.com`.",
    unknown: "What the document allows is not known; the list then stays open.",
    needs: |_, _| {},
    call: |env, args| {
        let document = match args.first() {
            Some(Val::Map(document)) => *document,
            Some(Val::Null) | None => return Val::List(Items::open(Vec::new(), None)),
            Some(other) => {
                let why = other.not_a("a policy document");
                return Val::List(Items::open(Vec::new(), Some(why)));
            }
        };
        let mut services = Vec::new();
        // Every statement is looked at, so none is the one that is looked for.
        let rest = any(env, document, "Statement", |statement| {
            let Val::Map(statement) = statement else {
                return Tri::Unknown(statement.not_a("a statement"));
            };
            let allows = env.equal(&env.get(statement, "Effect"), &Val::Str("Allow".into()));
            match (allows, env.get(statement, "Principal")) {
                (Tri::False, _) | (_, Val::Str(_) | Val::Null) => Tri::False,
                (Tri::True, Val::Map(principals)) => {
                    any(env, principals, "Service", |service| {
                        match service {
                            Val::Str(_) => services.push(service.clone()),
                            // A service, whatever the partition makes of its name.
                            Val::Composed(_) => {
                                services.push(Val::Str(service.to_string().into()));
                            }
                            other => return Tri::Unknown(other.not_a("a known service")),
                        }
                        Tri::False
                    })
                }
                (Tri::Unknown(why), _) => Tri::Unknown(why),
                (Tri::True, other) => Tri::Unknown(other.not_a("known principals")),
            }
        });
        let open = match rest {
            Tri::Unknown(why) => Some(why),
            _ => None,
        };
        Val::List(Items::open(services, open))
    },
};

const POLICY: &str = "AWS::Organizations::Policy";

/// `denies(document, action)`
pub(super) static DENIES: Function = Function {
    name: "denies",
    params: &[("document", Param::Any), ("action", Param::String)],
    returns: |_| Ty::Bool,
    doc: "Whether a policy document denies an action, or every action of a service (`backup:*`), on \
          every resource and to everybody but principals that a condition exempts.",
    unknown: "A statement does it on some resources, or under a condition that is not about who is \
              exempt, or what it denies is not known.",
    needs: |_, _| {},
    call: |env, args| match (args.first(), args.get(1)) {
        (Some(document), Some(Val::Str(action))) => denial(env, document, action, false).into(),
        (_, Some(other)) => Val::Unknown(other.not_a("an action")),
        _ => Val::Null,
    },
};

/// `deniesOtherRegions(document, service)`
pub(super) static DENIES_OTHER_REGIONS: Function = Function {
    name: "deniesOtherRegions",
    params: &[("document", Param::Any), ("service", Param::String)],
    returns: |_| Ty::Bool,
    doc: "Whether a policy document denies the actions of a service (`rds`) in every Region but \
          some: everything but the NotAction of global services, or the service itself, under a \
          StringNotEquals or StringNotLike of aws:RequestedRegion, to everybody but principals that \
          a condition exempts. Exempting single actions of the service leaves it denied.",
    unknown: "A statement does it on some resources, or under a further condition, or what it \
              denies is not known.",
    needs: |_, _| {},
    call: |env, args| match (args.first(), args.get(1)) {
        (Some(document), Some(Val::Str(service))) => {
            denial(env, document, &format!("{service}:*"), true).into()
        }
        (_, Some(other)) => Val::Unknown(other.not_a("the name of a service")),
        _ => Val::Null,
    },
};

/// `serviceControlPolicies(target)`
pub(super) static SERVICE_CONTROL_POLICIES: Function = Function {
    name: "serviceControlPolicies",
    params: &[("target", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::Resource(types::shape(POLICY)))),
    doc: "The service control policies that apply to an account or an organizational unit: those \
          attached to it, to the units it is in, and to the root.",
    unknown: "The list stays open unless all policies were read, what each is attached to is known, \
              and so is the way to the root.",
    needs: |needs, _| needs.organization(),
    call: |env, args| match resource(args, 0) {
        Ok(index) => {
            let found = env.graph.service_control_policies(index, env.world);
            let mut all: Vec<usize> = found.levels.into_iter().flatten().collect();
            all.sort_unstable();
            all.dedup();
            resources((all, found.open))
        }
        Err(unknown) => unknown,
    },
};

/// `allowsOnlySomeRegions(target, service)`
pub(super) static ALLOWS_ONLY_SOME_REGIONS: Function = Function {
    name: "allowsOnlySomeRegions",
    params: &[("target", Param::Resource), ("service", Param::String)],
    returns: |_| Ty::Bool,
    doc: "Whether the service control policies of an account or unit let a service be used in some \
          Regions only because at a level of its way to the root nothing else is allowed: every \
          statement there that allows the service does so under a StringEquals or StringLike of \
          aws:RequestedRegion.",
    unknown: "Not all policies on the way are known; such a list is attached, and whether AWS's own \
              FullAWSAccess still is beside it is in no input.",
    needs: |needs, _| needs.organization(),
    call: |env, args| match (resource(args, 0), args.get(1)) {
        (Ok(index), Some(Val::Str(service))) => {
            allows_only_some_regions(env, index, service).into()
        }
        (Ok(_), Some(other)) => Val::Unknown(other.not_a("the name of a service")),
        (Err(unknown), _) => unknown,
        _ => Val::Null,
    },
};

/// `policyTargets(policy)`
pub(super) static POLICY_TARGETS: Function = Function {
    name: "policyTargets",
    params: &[("policy", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::String)),
    doc: "What a policy of an organization is attached to: ids of accounts, units, the root.",
    unknown: "The list stays open where attachments are resources of their own, unless all were \
              read.",
    needs: |_, _| {},
    call: |env, args| match resource(args, 0) {
        Ok(index) => match env.resource(index) {
            Some(policy) => {
                let (targets, open) = env.graph.policy_targets(policy, env.world);
                let targets = targets.into_iter().map(|target| match target {
                    crate::model::Value::String(text) => Val::Str(text.into_string().into()),
                    crate::model::Value::Unknown(why) => Val::Unknown(why),
                    other => Val::Str(other.to_string().into()),
                });
                Val::List(Items::open(targets.collect(), open))
            }
            None => Val::Null,
        },
        Err(unknown) => unknown,
    },
};

/// Whether a document denies an action; with `regions` in all Regions but some.
fn denial<'a>(env: &Env<'a>, document: &Val<'a>, action: &str, regions: bool) -> Tri {
    let document = match document {
        Val::Map(document) => *document,
        Val::Null => return Tri::False,
        other => return Tri::Unknown(other.not_a("a policy document")),
    };
    any(env, document, "Statement", |statement| {
        let statement = match statement {
            Val::Map(statement) => *statement,
            other => return Tri::Unknown(other.not_a("a statement")),
        };
        let mut denied = env.equal(&env.get(statement, "Effect"), &Val::Str("Deny".into()));
        let mut and = |question: &mut dyn FnMut() -> Tri| {
            if denied != Tri::False {
                denied = denied.clone().and(question());
            }
        };
        and(&mut || covers(env, statement, action));
        and(&mut || on_everything(env, statement));
        let mut denies_all = |operator: &str, key: &str, values: &[String]| -> Tri {
            let is_negated = operator.contains("not");
            if key == "aws:requestedregion" {
                let leaves_some = !values.is_empty() && !values.iter().any(|v| v == "*");
                return (regions && is_negated && leaves_some).into();
            }
            // Who is exempt: named roles, services acting on somebody's behalf.
            if key.starts_with("aws:principal") && (is_negated || operator.starts_with("bool"))
                || key == "aws:viaawsservice"
            {
                let exempts_all = |value: &String| value.chars().all(|c| "*?".contains(c));
                return (!(is_negated && values.iter().any(exempts_all))).into();
            }
            // Those without a tag are denied: who has it is exempt.
            let is_absent = operator == "null" && values.iter().all(|v| v == "true");
            if key.starts_with("aws:principaltag/") && is_absent
                // What a service does on somebody's behalf. Of what nobody was called by,
                // ForAnyValue holds nothing.
                || key.starts_with("aws:calledvia")
                    && is_negated
                    && !operator.starts_with("foranyvalue")
            {
                return Tri::True;
            }
            let why = format!("whom its condition on {key} leaves out is not judged");
            Tri::Unknown(Arc::new(Reason::Other(why.into())))
        };
        and(&mut || conditions(env, statement, &mut denies_all));
        if regions {
            and(&mut || names_region(env, statement));
        }
        denied
    })
}

/// Whether a statement has a condition on the Region.
fn names_region<'a>(env: &Env<'a>, statement: &'a Map) -> Tri {
    let mut named = Tri::False;
    let all = conditions(env, statement, &mut |_, key, _| {
        if key == "aws:requestedregion" {
            named = Tri::True;
        }
        Tri::True
    });
    match all {
        Tri::Unknown(why) if named == Tri::False => Tri::Unknown(why),
        _ => named,
    }
}

fn allows_only_some_regions(env: &Env<'_>, target: usize, service: &str) -> Tri {
    let found = env.graph.service_control_policies(target, env.world);
    let action = format!("{service}:*");
    let mut answer = found.open.map_or(Tri::False, Tri::Unknown);
    for level in &found.levels {
        let (mut listed, mut free) = (Tri::False, Tri::False);
        for policy in level.iter().filter_map(|index| env.resource(*index)) {
            let document = match policy.property("Content").map(|content| env.view(content)) {
                Some(Val::Map(document)) => document,
                Some(other) => {
                    free = free.or(Tri::Unknown(other.not_a("a policy document")));
                    continue;
                }
                None => continue,
            };
            let allowed = |in_some: bool| {
                any(env, document, "Statement", |statement| {
                    let statement = match statement {
                        Val::Map(statement) => *statement,
                        other => return Tri::Unknown(other.not_a("a statement")),
                    };
                    let region = names_region(env, statement);
                    env.equal(&env.get(statement, "Effect"), &Val::Str("Allow".into()))
                        .and(covers(env, statement, &action))
                        .and(if in_some { region } else { !region })
                })
            };
            listed = listed.or(allowed(true));
            free = free.or(allowed(false));
        }
        let only = listed.and(!free);
        answer = answer.or(match only {
            Tri::True if !found.has_managed => Tri::Unknown(Arc::new(Reason::Outside(
                "whether AWS's policy FullAWSAccess is attached beside it".into(),
            ))),
            other => other,
        });
    }
    answer
}

/// Whether the actions of a statement include one, or a whole service.
fn covers<'a>(env: &Env<'a>, statement: &'a Map, action: &str) -> Tri {
    let includes = |pattern: &Val<'a>| match pattern {
        Val::Str(pattern) => like(pattern, action).into(),
        other => Tri::Unknown(other.not_a("known text")),
    };
    match env.get(statement, "NotAction") {
        Val::Null => any(env, statement, "Action", includes),
        _ => !any(env, statement, "NotAction", includes),
    }
}

fn on_everything<'a>(env: &Env<'a>, statement: &'a Map) -> Tri {
    let all = any(env, statement, "Resource", |resource| {
        is(resource, |text| text == "*")
    });
    let some = any(env, statement, "Resource", |resource| match resource {
        Val::Str(text) => text.contains('*').into(),
        _ => Tri::False,
    });
    if all == Tri::False
        && (some == Tri::True || !matches!(env.get(statement, "NotResource"), Val::Null))
    {
        let why = "it is about some resources, and whether these are all that matter is not judged";
        return Tri::Unknown(Arc::new(Reason::Other(why.into())));
    }
    all
}

/// Whether every condition of a statement is as wanted: the operator, the key, both in lower case, and
/// the values.
fn conditions<'a>(
    env: &Env<'a>,
    statement: &'a Map,
    wanted: &mut dyn FnMut(&str, &str, &[String]) -> Tri,
) -> Tri {
    let operators = match env.get(statement, "Condition") {
        Val::Null => return Tri::True,
        Val::Map(operators) => operators,
        other => return Tri::Unknown(other.not_a("conditions")),
    };
    let mut all = Tri::True;
    for (operator, keys) in operators.iter() {
        let keys = match env.view(keys) {
            Val::Null => continue,
            Val::Map(keys) => keys,
            other => {
                all = all.and(Tri::Unknown(other.not_a("conditions")));
                continue;
            }
        };
        for (key, values) in keys.iter() {
            let listed = match env.view(values) {
                Val::List(items) => env.elements(&items).collect(),
                one => vec![one],
            };
            let known = listed.iter().map(|value| match value {
                Val::Unknown(why) => Err(Arc::clone(why)),
                // What it is of does not matter: it is something, and not everything.
                other => Ok(name(other).map_or_else(|_| other.to_string(), |v| v.to_string())),
            });
            all = all.and(match known.collect::<Result<Vec<String>, _>>() {
                Ok(values) => wanted(
                    &operator.to_ascii_lowercase(),
                    &key.to_ascii_lowercase(),
                    &values,
                ),
                Err(why) => Tri::Unknown(why),
            });
        }
    }
    all
}

/// Whether a text is like a pattern with `*` and `?`, in any case.
fn like(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // What follows the last `*`, and the text that it has not been held against yet.
    let mut again: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let (mut wanted, mut found) = (pattern.clone(), text.clone());
        match (wanted.next(), found.next()) {
            (Some('*'), _) => {
                again = Some((wanted.clone(), text.clone()));
                pattern = wanted;
            }
            // What stands for all actions of a service is more than one letter.
            (Some(p), Some(c)) if p.eq_ignore_ascii_case(&c) || p == '?' && c != '*' => {
                (pattern, text) = (wanted, found);
            }
            (None, None) => return true,
            _ => {
                let Some((rest, from)) = &mut again else {
                    return false;
                };
                if from.next().is_none() {
                    return false;
                }
                (pattern, text) = (rest.clone(), from.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_actions() {
        for (pattern, text, expected) in [
            ("*", "backup:deletebackupvault", true),
            ("backup:*", "backup:deletebackupvault", true),
            ("backup:delete*", "backup:deletebackupvault", true),
            ("backup:delete?ackupvault", "backup:deletebackupvault", true),
            ("backup:describe*", "backup:deletebackupvault", false),
            ("s3:*", "s3:*", true),
            ("s3:getaccount*", "s3:*", false),
            ("s3:?", "s3:*", false),
            ("s*", "s3:*", true),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} {text}");
        }
    }
}
