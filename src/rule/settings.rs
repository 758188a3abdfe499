//! What users set about rules: which are judged, how severe they are, their parameters.

use std::sync::Arc;

use super::cel::Ty;
use super::file::{Rule, RuleParam, plain_value};
use crate::document::{Data, Fault, Node};
use crate::model::{OWN_MAPPINGS, Severity, Value};

/// What is to be otherwise with some rules, by their ids.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Difference {
    /// They are not judged.
    pub skip: Vec<Arc<str>>,
    /// They are this severe, whatever the circumstances.
    pub severity: Vec<(Arc<str>, Severity)>,
    /// Rule, parameter, value.
    pub params: Vec<(Arc<str>, Arc<str>, Value)>,
}

/// How rules are judged for some resources; everything is by the index of the rule.
#[derive(Debug, Clone)]
pub struct Setting {
    pub(super) skip: Vec<bool>,
    pub(super) severity: Vec<Option<Severity>>,
    pub(super) params: Vec<Vec<Value>>,
}

impl Setting {
    /// The rules as they are, and what is different. Later differences win.
    pub fn new<'d>(rules: &[Rule], differences: impl IntoIterator<Item = &'d Difference>) -> Self {
        let params = |rule: &Rule| rule.params.iter().map(|p| p.value.clone()).collect();
        let mut setting = Self {
            skip: vec![false; rules.len()],
            severity: vec![None; rules.len()],
            params: rules.iter().map(params).collect(),
        };
        let index = |id: &str| rules.iter().position(|rule| *rule.info.id == *id);
        for difference in differences {
            for id in &difference.skip {
                if let Some(skip) = index(id).and_then(|at| setting.skip.get_mut(at)) {
                    *skip = true;
                }
            }
            for (id, severity) in &difference.severity {
                if let Some(known) = index(id).and_then(|at| setting.severity.get_mut(at)) {
                    *known = Some(*severity);
                }
            }
            for (id, name, value) in &difference.params {
                let slot = index(id).and_then(|at| {
                    let params = &rules.get(at)?.params;
                    let param = params.iter().position(|param| param.name == *name)?;
                    setting.params.get_mut(at)?.get_mut(param)
                });
                if let Some(slot) = slot {
                    *slot = value.clone();
                }
            }
        }
        setting
    }
}

impl Rule {
    /// Whether it is meant by an id, a slug, a domain, a framework (`nist-800-53-r5`) or a control of
    /// one (`nist-800-53-r5:CP-9`).
    pub fn is_meant_by(&self, selector: &str) -> bool {
        let info = &self.info;
        [&info.id, &info.slug, &info.domain]
            .iter()
            .any(|name| name.eq_ignore_ascii_case(selector))
            || info.frameworks.iter().any(|(framework, controls)| {
                if **framework == *OWN_MAPPINGS {
                    let own = |control: &Arc<str>| {
                        let name = control.split(':').next().unwrap_or_default();
                        [name, control]
                            .iter()
                            .any(|n| n.eq_ignore_ascii_case(selector))
                    };
                    return framework.eq_ignore_ascii_case(selector) || controls.iter().any(own);
                }
                let of = |control: &Arc<str>| {
                    selector
                        .strip_prefix(&**framework)
                        .and_then(|rest| rest.strip_prefix(':'))
                        .is_some_and(|rest| rest.eq_ignore_ascii_case(control))
                };
                framework.eq_ignore_ascii_case(selector) || controls.iter().any(of)
            })
    }

    /// Whether a selector means this rule alone.
    pub fn is_named(&self, selector: &str) -> bool {
        let info = &self.info;
        info.id.eq_ignore_ascii_case(selector) || info.slug.eq_ignore_ascii_case(selector)
    }

    /// What may be written for it.
    pub fn selectors(&self) -> impl Iterator<Item = &str> {
        let info = &self.info;
        let own = [&*info.id, &*info.slug, &*info.domain];
        own.into_iter()
            .chain(info.frameworks.iter().map(|(framework, _)| &**framework))
            .chain(info.frameworks.iter().flat_map(|(framework, controls)| {
                let own = controls.iter().filter(|_| **framework == *OWN_MAPPINGS);
                own.filter_map(|control| control.split(':').next())
            }))
    }

    /// Makes it this severe, whatever the circumstances.
    pub fn set_severity(&mut self, severity: Severity) {
        Arc::make_mut(&mut self.info).severity = severity;
        for subject in &mut self.subjects {
            subject.severity_when.clear();
        }
    }
}

impl RuleParam {
    /// A value for it, or what is wrong with that.
    pub fn read(&self, rule: &Rule, node: &Node) -> Result<Value, Fault> {
        fit(&self.ty, node).map_err(|node| {
            let what = format!("`{}` of {} is {}", self.name, rule.info.id, a(&self.ty));
            Fault::new(node.span, format!("{what}, not {}", node.kind()))
                .help(format!("by default it is {}", self.default))
        })
    }
}

/// A value of a type, or the node that is none.
pub(crate) fn fit<'n>(ty: &Ty, node: &'n Node) -> Result<Value, &'n Node> {
    match (ty, &node.data) {
        (Ty::Bool, Data::Bool(_))
        | (Ty::Int, Data::Int(_))
        | (Ty::Double, Data::Float(_))
        | (Ty::String, Data::String(_)) => plain_value(node).ok_or(node),
        (Ty::Double, Data::Int(number)) => Ok(Value::Double(*number as f64)),
        (Ty::List(of), Data::List(items)) => {
            let items = items.iter().map(|item| fit(of, item));
            items.collect::<Result<_, _>>().map(Value::List)
        }
        (Ty::Any, Data::Bool(_) | Data::Int(_) | Data::Float(_) | Data::String(_)) => {
            plain_value(node).ok_or(node)
        }
        _ => Err(node),
    }
}

/// A type with its article.
pub(crate) fn a(ty: &Ty) -> String {
    match ty {
        Ty::Int => "an integer".to_owned(),
        Ty::List(of) if matches!(**of, Ty::Any) => "a list".to_owned(),
        Ty::List(of) if !matches!(**of, Ty::List(_)) => format!("a list of {of}s"),
        ty => format!("a {ty}"),
    }
}
