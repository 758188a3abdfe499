//! AWS Config: configuration snapshots, history files, and items as its API gives them.
//!
//! Files are gone through one item at a time: first only what is around the configurations, to find
//! the newest capture of everything, then the configurations of those. The type files say what each
//! field is to CloudFormation.

mod archive;
mod captures;
mod detect;
mod form;
mod gaps;
mod item;
mod layout;
mod locate;
mod resource;
mod resources;
mod stream;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

pub use detect::detect;
pub use layout::is_beside;
pub use locate::Entries;

use self::captures::{Capture, Captures};
use self::form::Form;
use self::gaps::Gaps;
use self::item::{Item, Status};
use super::values::Values;
use super::{Input, Options, Read, SourceError, syntax};
use crate::document;
use crate::model::{Cover, CoverStatus, InputKind, InputSummary, Resource, SourceId, Span, Value};
use crate::types;

/// What is in AWS Config about AWS Config: compliance, recorders, conformance packs.
const OWN: &str = "AWS::Config::";

/// Reads configuration items into the snapshot.
pub(super) fn read(inputs: &[&Input], options: &Options, read: &mut Read) {
    if inputs.is_empty() {
        return;
    }
    let old = layout::superseded(inputs.iter().map(|input| &*input.path));
    if !old.is_empty() {
        let plural = if old.len() == 1 { "" } else { "s" };
        read.warn(format!(
            "{} older configuration snapshot{plural} left out: a later one of the same account and Region is here",
            old.len()
        ));
    }
    let mut reading = Reading::default();
    for input in inputs {
        if !old.contains(&&*input.path) {
            reading.index(input, read);
        }
    }
    reading.build(options, read);
}

/// A file with items.
struct File {
    source: SourceId,
    path: Arc<str>,
    resources: usize,
}

#[derive(Default)]
struct Reading {
    files: Vec<File>,
    captures: Captures,
    types: FxHashMap<String, Option<Arc<str>>>,
    gaps: Gaps,
}

impl Reading {
    /// Finds out what there is in a file.
    fn index(&mut self, input: &Input, read: &mut Read) {
        let (text, fault) = text_of(input);
        let Some(text) = text else {
            return read.fail(fault.unwrap_or_else(|| broken(input, "it is empty")), None);
        };
        let source = read.add_source(
            input.path.clone(),
            Arc::clone(&text),
            None,
            InputKind::AwsConfig,
        );
        self.files.push(File {
            source,
            path: input.path.clone(),
            resources: 0,
        });
        let mut odd: Option<(Span, String)> = None;
        let mut places = Vec::new();
        let outcome = stream::for_each_item(&text, &mut |piece| {
            let span = span_of(&text, piece);
            match serde_json::from_str::<Item<'_>>(piece) {
                Ok(item) if item.rtype().is_some() && item.id().or(item.arn()).is_some() => {
                    self.note(&item, source, span);
                    let place = (item.account().map(Arc::from), item.region().map(Arc::from));
                    if !places.contains(&place) {
                        places.push(place);
                    }
                }
                Ok(_) => {
                    let why = "it has no resourceType or no resourceId";
                    odd.get_or_insert_with(|| (span, why.to_owned()));
                }
                Err(error) => {
                    odd.get_or_insert_with(|| (span, syntax::without_place(&error)));
                }
            }
        });
        if let Some((span, why)) = odd {
            let mut error = broken(
                input,
                &format!("a configuration item cannot be read: {why}"),
            );
            error.span = Some(Span::new(span.start, span.start + 1));
            read.fail(error, Some(source));
        }
        match (outcome, fault) {
            (_, Some(fault)) => read.fail(fault, Some(source)),
            (Err(error), None) => read.fail(syntax(input, &text, &error), Some(source)),
            (Ok(envelope), None) if !envelope.has_items => {
                read.fail(broken(input, "it has no configuration items"), Some(source));
            }
            (Ok(envelope), None) => {
                if envelope.is_partial {
                    read.snapshot.coverage.add(Cover {
                        rtype: None,
                        account: None,
                        region: None,
                        status: CoverStatus::Partial,
                        reason: format!("{} is one page of several", input.path).into(),
                    });
                }
                if envelope.is_snapshot {
                    self.gaps.snapshots.extend(places);
                }
            }
        }
    }

    fn note(&mut self, item: &Item<'_>, source: SourceId, span: Span) {
        let Some(said) = item.rtype().filter(|rtype| !rtype.starts_with(OWN)) else {
            return;
        };
        let rtype = match self.types.get(said) {
            Some(known) => known.clone(),
            None => {
                let rtype = types::for_config(said);
                let known = Form::of(rtype).map(|_| Arc::from(rtype));
                self.types.insert(said.to_owned(), known.clone());
                known
            }
        };
        if let Some(rtype) = rtype {
            self.captures.add(item, &rtype, source, span);
        }
    }

    /// Makes resources of the newest captures.
    fn build(mut self, options: &Options, read: &mut Read) {
        let values = Values::default();
        let mut forms: BTreeMap<Arc<str>, Option<Form>> = BTreeMap::new();
        let mut built = Vec::new();
        for capture in std::mem::take(&mut self.captures).newest() {
            let form = forms
                .entry(Arc::clone(&capture.rtype))
                .or_insert_with(|| Form::of(&capture.rtype));
            if let Some(form) = form {
                self.one(&capture, form, &values, options, read, &mut built);
            }
        }
        resources::connect(&mut built);
        for resource in &built {
            let of = self
                .files
                .iter_mut()
                .find(|f| f.source == resource.origin.source);
            if let Some(file) = of {
                file.resources += 1;
            }
        }
        read.inputs
            .extend(self.files.into_iter().map(|file| InputSummary {
                path: file.path,
                kind: InputKind::AwsConfig.as_str(),
                resources: file.resources,
            }));
        read.snapshot.resources.extend(built);
        self.gaps.state(&mut read.snapshot.coverage);
    }

    fn one(
        &mut self,
        capture: &Capture,
        form: &Form,
        values: &Values,
        options: &Options,
        read: &mut Read,
        built: &mut Vec<Resource>,
    ) {
        let Some(file) = read.snapshot.sources.get(capture.source) else {
            return;
        };
        let piece = file.text.get(capture.span.start..capture.span.end);
        let Some(item) = piece.and_then(|piece| serde_json::from_str::<Item<'_>>(piece).ok())
        else {
            return;
        };
        let whose = (item.account().map(Arc::from), item.region().map(Arc::from));
        match capture.status {
            Status::Deleted => return,
            Status::NotRecorded => {
                self.gaps
                    .not_recorded
                    .insert((Arc::clone(&capture.rtype), whose));
                return;
            }
            Status::There => {}
        }
        let entry = read.items.add(capture.source, capture.span);
        let place = resource::Place {
            path: &file.path,
            source: capture.source,
            entry,
            options,
        };
        let Some(found) = resource::build(&item, &capture.rtype, form, values, &place) else {
            return;
        };
        if found.is_blank {
            self.gaps.blank.insert((Arc::clone(&capture.rtype), whose));
        }
        if form.is_guess {
            self.gaps.guessed.insert(Arc::clone(&capture.rtype));
        }
        built.push(found.resource);
        built.extend(found.more);
    }
}

/// What AWS Config calls a type, if it records it and skylint can read that.
pub fn recorded_as(rtype: &str) -> Option<&str> {
    types::config_form(rtype)?;
    Form::of(rtype).filter(|_| !gaps::NOT_RECORDED.contains(&rtype))?;
    let file = types::file(rtype);
    let name = file.and_then(|file| file.config_types.first());
    Some(name.map_or(rtype, |name| name))
}

/// What one configuration item, as its API gives it, tells of.
pub fn resources_of(item: &str) -> Vec<Resource> {
    let Ok(item) = serde_json::from_str::<Item<'_>>(item) else {
        return Vec::new();
    };
    let rtype: Arc<str> = match item.rtype() {
        Some(name) if item.status() == Status::There => types::for_config(name).into(),
        _ => return Vec::new(),
    };
    let place = resource::Place {
        path: "",
        source: 0,
        entry: 0,
        options: &Options::default(),
    };
    let built = Form::of(&rtype)
        .and_then(|form| resource::build(&item, &rtype, &form, &Values::default(), &place));
    let Some(built) = built else {
        return Vec::new();
    };
    let stage = built.resource.arn.clone();
    let more = built.more.map(|mut association| {
        // On its own it has nothing to refer to.
        if let Some(arn) = stage {
            let arn = Value::string(&*arn);
            association.properties.insert("ResourceArn".into(), arn);
        }
        association
    });
    std::iter::once(built.resource).chain(more).collect()
}

/// The text of a file, as far as there is any, and what is wrong with it.
fn text_of(input: &Input) -> (Option<Arc<str>>, Option<SourceError>) {
    if archive::is_gzip(&input.bytes) {
        let inflated = archive::inflate(&input.bytes, archive::MAX_TEXT);
        let mut fault = inflated.fault.map(|why| broken(input, &why));
        let text = match String::from_utf8(inflated.bytes) {
            Ok(text) => text,
            Err(error) => {
                let good = error.utf8_error().valid_up_to();
                let mut bytes = error.into_bytes();
                bytes.truncate(good);
                fault.get_or_insert_with(|| broken(input, "it holds text that is not UTF-8"));
                String::from_utf8(bytes).unwrap_or_default()
            }
        };
        return ((!text.is_empty()).then(|| text.into()), fault);
    }
    match document::decode(&input.bytes) {
        Ok(text) => (Some(text.into()), None),
        Err(error) => {
            let mut fault = broken(input, &error.message);
            fault.help = error.help;
            (None, Some(fault))
        }
    }
}

fn broken(input: &Input, message: &str) -> SourceError {
    SourceError {
        path: input.path.clone(),
        message: message.to_owned(),
        span: None,
        help: Some("fetch the file from AWS Config's bucket again".to_owned()),
    }
}

fn syntax(input: &Input, text: &str, error: &serde_json::Error) -> SourceError {
    let (message, span) = syntax::fault(error, text, "AWS Config");
    let mut fault = broken(input, &message);
    fault.span = Some(span);
    fault
}

fn span_of(text: &str, piece: &str) -> Span {
    let start = (piece.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    Span::new(start, start + piece.len())
}
