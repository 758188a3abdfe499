//! Settings on rules: what a `skylint.toml` says about rules, held against the rules there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::config::{Change, Config, Said, in_order};
use crate::document::{Fault, did_you_mean};
use crate::model::{Pattern, Severity, Value, View};
use crate::rule::{Difference, Rule};

/// What is different for the resources of some files.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Patterns of paths, seen from the settings' directory.
    pub each: Vec<(Vec<Pattern>, Difference)>,
    /// From where.
    pub view: View,
}

impl Places {
    /// What is different in a file, in the order of the settings.
    pub fn at(&self, path: &str) -> Vec<usize> {
        if self.each.is_empty() {
            return Vec::new();
        }
        let path = self.view.seen(path);
        let covers = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.covers(&path));
        let each = self.each.iter().enumerate();
        each.filter(|(_, (patterns, _))| covers(patterns))
            .map(|(at, _)| at)
            .collect()
    }
}

impl Config {
    /// Sets severities and parameters of rules; what is different elsewhere. `all`: these are all the
    /// rules there are, so that a selector that means none is a mistake.
    ///
    /// # Errors
    /// What is said about rules or parameters that there are not, and values of the wrong type.
    pub fn apply(
        &self,
        rules: &mut [Rule],
        all: bool,
    ) -> Result<Vec<(Vec<Pattern>, Difference)>, Vec<Fault>> {
        let mut faults = Vec::new();
        if all {
            for selector in self.only.iter().chain(&self.change.skip) {
                faults.extend(unknown(selector, rules));
            }
        }
        // What is known of the organisation comes before what a rule is told of its own.
        for (key, value) in &self.context {
            for rule in &mut *rules {
                for param in &mut rule.params {
                    if param
                        .context
                        .is_some_and(|context| std::ptr::eq(context, *key))
                    {
                        param.value = value.clone();
                    }
                }
            }
        }
        let everywhere = difference(&self.change, rules, all, &mut faults);
        for (id, severity) in &everywhere.severity {
            let rule = rules.iter_mut().find(|rule| rule.info.id == *id);
            if let Some(rule) = rule {
                rule.set_severity(*severity);
            }
        }
        for (id, name, value) in everywhere.params {
            let rule = rules.iter_mut().find(|rule| rule.info.id == id);
            let mut params = rule.into_iter().flat_map(|rule| &mut rule.params);
            if let Some(param) = params.find(|param| param.name == name) {
                param.value = value;
            }
        }
        let mut places = Vec::new();
        for place in &self.places {
            for selector in place.change.skip.iter().filter(|_| all) {
                faults.extend(unknown(selector, rules));
            }
            let difference = difference(&place.change, rules, all, &mut faults);
            places.push((place.paths.clone(), difference));
        }
        match faults.is_empty() {
            true => Ok(places),
            false => Err(in_order(faults)),
        }
    }
}

/// A selector that means no rule.
pub(super) fn unknown(selector: &Said<Arc<str>>, rules: &[Rule]) -> Option<Fault> {
    if rules.iter().any(|rule| rule.is_meant_by(&selector.value)) {
        return None;
    }
    let mut fault = Fault::new(
        selector.span,
        format!("there is no rule `{}`", selector.value),
    );
    fault.help = did_you_mean(&selector.value, rules.iter().flat_map(Rule::selectors))
        .or_else(|| Some("`skylint rules list` shows all rules".to_owned()));
    Some(fault)
}

/// Selectors and names, replaced by the rules and parameters they mean.
fn difference(change: &Change, rules: &[Rule], all: bool, faults: &mut Vec<Fault>) -> Difference {
    let meant = |selector: &str| {
        let meant = rules.iter().filter(|rule| rule.is_meant_by(selector));
        meant
            .map(|rule| Arc::clone(&rule.info.id))
            .collect::<Vec<_>>()
    };
    let skip = change.skip.iter().flat_map(|said| meant(&said.value));
    let skip = skip.collect();

    // What names a rule wins over what means several.
    let mut severity: BTreeMap<Arc<str>, (bool, Severity)> = BTreeMap::new();
    for (said, level) in &change.severity {
        if all {
            faults.extend(unknown(said, rules));
        }
        for rule in rules.iter().filter(|rule| rule.is_meant_by(&said.value)) {
            let named = rule.is_named(&said.value);
            let known = severity.get(&rule.info.id);
            if named || known.is_none_or(|(was_named, _)| !was_named) {
                severity.insert(Arc::clone(&rule.info.id), (named, *level));
            }
        }
    }
    let severity = severity.into_iter().map(|(id, (_, level))| (id, level));

    let mut params: Vec<(Arc<str>, Arc<str>, Value)> = Vec::new();
    for (said, values) in &change.params {
        let Some(rule) = rules.iter().find(|rule| rule.is_named(&said.value)) else {
            if all {
                let mut fault = Fault::new(said.span, format!("there is no rule `{}`", said.value));
                let names = rules.iter().flat_map(|r| [&*r.info.id, &*r.info.slug]);
                fault.help = did_you_mean(&said.value, names)
                    .or_else(|| Some("`skylint rules list` shows all rules".to_owned()));
                faults.push(fault);
            }
            continue;
        };
        for entry in values {
            let Some(param) = rule.params.iter().find(|p| *p.name == *entry.key) else {
                let names: Vec<&str> = rule.params.iter().map(|p| &*p.name).collect();
                let message = format!("{} has no parameter `{}`", rule.info.id, entry.key);
                let mut fault = Fault::new(entry.key_span, message);
                fault.help = did_you_mean(&entry.key, names.iter().copied()).or_else(|| {
                    Some(match names.is_empty() {
                        true => "it has none".to_owned(),
                        false => format!("it has: {}", names.join(", ")),
                    })
                });
                faults.push(fault);
                continue;
            };
            match param.read(rule, &entry.value) {
                Ok(value) => {
                    params.push((Arc::clone(&rule.info.id), Arc::clone(&param.name), value));
                }
                Err(fault) => faults.push(fault),
            }
        }
    }
    Difference {
        skip,
        severity: severity.collect(),
        params,
    }
}
