//! Exceptions: those written beside resources, and the organisation's waivers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustc_hash::FxHashMap;

use super::Request;
use crate::model::{Finding, InputFailure, Related, Resource, Suppression, Verdict, Waived};
use crate::rule::{self, Rule};
use crate::source::{self, Read};

/// Every exception there is, and which of them cover something.
pub(super) struct Exceptions<'a> {
    request: &'a Request,
    beside: &'a [Suppression],
    used: Vec<AtomicBool>,
    waivers: Vec<Suppression>,
    used_waivers: Vec<AtomicBool>,
    /// Which waivers are about a rule.
    by_rule: FxHashMap<Arc<str>, Vec<usize>>,
}

/// Which exceptions cover something.
pub(super) struct Used {
    beside: Vec<bool>,
    waivers: Vec<(Suppression, bool)>,
}

impl<'a> Exceptions<'a> {
    /// `files` is the number of the first file that waivers are written in.
    pub(super) fn new(
        beside: &'a [Suppression],
        rules: &[Rule],
        request: &'a Request,
        files: usize,
    ) -> Self {
        let flags = |count: usize| (0..count).map(|_| AtomicBool::new(false)).collect();
        let mut waivers = request.waivers.clone();
        for waiver in &mut waivers {
            waiver.location.source = waiver.location.source.map(|id| id + files);
        }
        let mut by_rule: FxHashMap<Arc<str>, Vec<usize>> = FxHashMap::default();
        for (index, waiver) in waivers.iter().enumerate() {
            for rule in rules {
                if waiver.names(&rule.info.id, &rule.info.slug) {
                    let of = by_rule.entry(Arc::clone(&rule.info.id));
                    of.or_default().push(index);
                }
            }
        }
        Self {
            request,
            beside,
            used: flags(beside.len()),
            used_waivers: flags(waivers.len()),
            waivers,
            by_rule,
        }
    }

    /// Applies what covers a finding. What has ended is pointed at.
    /// There is no resource when it could not be read.
    pub(super) fn apply(&self, read: &Read, resource: Option<&Resource>, finding: &mut Finding) {
        if !matches!(finding.verdict, Verdict::Fail | Verdict::Unknown) {
            return;
        }
        let mut ended = Vec::new();
        let beside = resource.into_iter().flat_map(|r| r.suppressions.iter());
        let beside = beside.filter_map(|index| {
            let exception = self.beside.get(*index)?;
            let is_meant = exception.names(&finding.rule.id, &finding.rule.slug);
            is_meant.then_some((exception, self.used.get(*index)))
        });
        let waivers = self.by_rule.get(&finding.rule.id).into_iter().flatten();
        let waivers = waivers.filter_map(|index| {
            let waiver = self.waivers.get(*index)?;
            let target = waiver.target.as_ref()?;
            let tag = |key: &str| source::tag_of(resource?, key);
            let paths = || {
                let files = resource.into_iter();
                let files = files.flat_map(|resource| source::files_of(read, resource));
                files
                    .map(|path| self.request.places.view.seen(&path))
                    .collect()
            };
            let is_meant = target.fits(&finding.resource, tag, paths);
            is_meant.then_some((waiver, self.used_waivers.get(*index)))
        });
        let mut waived = None;
        for (exception, used) in beside.chain(waivers) {
            if let Some(used) = used {
                used.store(true, Ordering::Relaxed);
            }
            let today = self.request.today.as_deref();
            if today.is_some_and(|today| exception.expired(today)) {
                ended.push(exception);
            } else {
                waived = waived.or_else(|| {
                    Some(Waived {
                        reason: Arc::clone(&exception.reason),
                        owner: exception.owner.clone(),
                        expires: exception.until.clone(),
                    })
                });
            }
        }
        if waived.is_none() {
            for exception in ended {
                let until = exception.until.as_deref().unwrap_or_default();
                finding.related.push(Related {
                    message: format!("the exception for this ended on {until}").into(),
                    location: exception.location.clone(),
                });
            }
        }
        finding.waiver = waived;
    }

    /// Which of them cover something.
    pub(super) fn used(self) -> Used {
        let is_used = |used: &AtomicBool| used.load(Ordering::Relaxed);
        let waivers = self.waivers.into_iter();
        Used {
            beside: self.used.iter().map(is_used).collect(),
            waivers: waivers.zip(self.used_waivers.iter().map(is_used)).collect(),
        }
    }
}

impl Used {
    /// Says which exceptions cover nothing, and which waivers have ended. One for a rule that did not
    /// run may cover something, if there is such a rule.
    pub(super) fn report(self, read: &mut Read, rules: &[Rule], request: &Request) {
        let ran = |exception: &Suppression| {
            let mut rules = rules.iter();
            rules.any(|rule| exception.names(&rule.info.id, &rule.info.slug))
        };
        let warning =
            |exception: &Suppression, message: String, help: Option<String>| InputFailure {
                path: Arc::clone(&exception.location.path),
                message: message.into(),
                location: Some(exception.location.clone()),
                help: help.map(Into::into),
            };
        let mut warnings = Vec::new();
        for (exception, used) in read.snapshot.suppressions.iter().zip(&self.beside) {
            let known = &request.known_rules;
            let ran = ran(exception);
            if !ran && !known.is_empty() && !known.iter().any(|name| exception.names(name, name)) {
                let message = format!("there is no rule {}", exception.rule);
                let names = known.iter().map(|name| &**name);
                let near = rule::cel::did_you_mean(&exception.rule, names);
                warnings.push(warning(exception, message, near));
            }
            if !used && ran {
                let message = format!("this exception to {} covers nothing", exception.rule);
                let help = "remove it, or move it to the resource that it is about";
                warnings.push(warning(exception, message, Some(help.to_owned())));
            }
        }
        for (waiver, used) in &self.waivers {
            let until = waiver.until.as_deref().unwrap_or_default();
            let owner = waiver.owner.as_deref().unwrap_or_default();
            let today = request.today.as_deref();
            if today.is_some_and(|today| waiver.expired(today)) {
                let message = format!("this waiver of {} ended on {until}", waiver.rule);
                let help = format!("remove it, or have {owner} review it and set a new end");
                warnings.push(warning(waiver, message, Some(help)));
            } else if !used && ran(waiver) {
                let message = format!("this waiver of {} covers nothing", waiver.rule);
                let help = "remove it if what it is about is fixed or gone; the inputs of this run may \
                            also lack it";
                warnings.push(warning(waiver, message, Some(help.to_owned())));
            }
        }
        read.warnings.append(&mut warnings);
    }
}
