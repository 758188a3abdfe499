//! What rules need of the graph, known before they run.

use super::cel::Ir;
use super::file::{MessagePart, Rule, Subject};
use super::functions::Asked;
use crate::graph::Needs;
use crate::model::Value;

/// What must be in the graph so that every one of these rules can be answered.
pub fn needs(rules: &[Rule]) -> Needs {
    let mut needs = Needs::default();
    for subject in rules.iter().flat_map(|rule| &rule.subjects) {
        for ir in expressions(subject) {
            ir.visit(&mut |ir| note(ir, subject, &mut needs));
        }
    }
    needs
}

pub(super) fn expressions(subject: &Subject) -> impl Iterator<Item = &Ir> {
    let at = subject.at.iter().filter_map(|(when, _)| when.as_ref());
    let severity = subject.severity_when.iter().map(|(when, _)| when);
    let message = subject.message.0.iter().filter_map(|part| match part {
        MessagePart::Expr(ir) => Some(ir),
        MessagePart::Text(_) | MessagePart::Name => None,
    });
    let when = subject.when.iter().chain([&subject.require]);
    when.chain(at).chain(severity).chain(message)
}

fn note(ir: &Ir, subject: &Subject, needs: &mut Needs) {
    match ir {
        // What a rule reads of its own subject it reads in passing.
        Ir::Path(slot, steps, _) if *slot > 0 => steps.iter().for_each(|step| needs.reads(step)),
        Ir::Select(_, step, _) => needs.reads(step),
        Ir::Call(function, arguments, _) => {
            let named = function.params.iter().zip(arguments);
            let rtype =
                named
                    .into_iter()
                    .find_map(|((_, takes), argument)| match (takes, argument) {
                        (super::functions::Param::TypeName, Ir::Const(Value::String(name))) => {
                            Some(&**name)
                        }
                        _ => None,
                    });
            let asked = Asked {
                subject: &subject.rtype,
                rtype: rtype.unwrap_or_default(),
            };
            (function.needs)(needs, asked);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_rules_need_no_tasks() {
        let files = super::super::builtin().iter();
        let rules: Vec<Rule> = files
            .filter_map(|(path, text)| super::super::parse(path, text).ok())
            .collect();
        let kept = needs(&rules).kept();
        assert!(!kept.contains_key("AWS::ECS::TaskDefinition"));
        let records = kept.get("AWS::Route53::RecordSet");
        assert!(records.is_some_and(|kept| !kept.if_named));
        let apis = kept.get("AWS::ApiGateway::RestApi");
        let shared = "EndpointConfiguration".into();
        assert!(apis.is_some_and(|kept| kept.properties.contains(&shared)));
    }
}
