//! The examples inside rule files, which are their tests.

use std::sync::Arc;

use crate::check::{Request, check};
use crate::model::{Finding, Results, Verdict};
use crate::rule::{Example, Given, Rule};
use crate::source::native;
use crate::source::{Input, NoFiles, Options, Scope};

/// The template beside the one that is judged.
const BESIDE: &str = "beside.yaml";

/// Runs an example of a rule; what is wrong with the outcome, or nothing.
pub fn run(rule: &Rule, example: &Example) -> Result<(), String> {
    let (path, bytes) = match &example.given {
        Given::Template(text) => ("example.yaml", text.as_bytes().to_vec()),
        Given::Snapshot(lines) => (
            "example.snapshot",
            native::of_lines(lines, example.complete),
        ),
    };
    let input = |path: &str, bytes: Vec<u8>| Input {
        path: path.into(),
        bytes,
    };
    let mut inputs = vec![input(path, bytes)];
    if let Some(template) = &example.beside {
        inputs.push(input(BESIDE, template.as_bytes().to_vec()));
    }
    let mut options = Options::default();
    if let Some(region) = &example.region {
        options
            .regions
            .push((Scope::Everything, Arc::clone(region)));
    }
    if !example.parameters.is_empty() {
        let given = example
            .parameters
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        options
            .parameters
            .push((Scope::Everything, given.collect()));
    }
    let request = Request {
        options,
        complete: example.complete,
        show_all: true,
        ..Request::default()
    };
    let rules = std::slice::from_ref(rule);
    let results = check(&inputs, &NoFiles, rules, &request, Vec::new());
    if let Some(failure) = results.failures.first() {
        let line = failure.location.as_ref().map_or(0, |l| l.line);
        return Err(format!("line {line} of {path}: {}", failure.message));
    }
    let finding = judged(&results, example)?;
    expect("verdict", example.verdict, finding.verdict, finding)?;
    if let Some(at) = &example.at {
        expect("at", at, &finding.property, finding)?;
    }
    if let Some(severity) = example.severity {
        expect("severity", severity, finding.severity, finding)?;
    }
    if matches!(finding.verdict, Verdict::Fail | Verdict::Unknown) && finding.location.is_none() {
        return Err(format!("the finding has no place in {path}"));
    }
    Ok(())
}

fn expect<T: PartialEq + std::fmt::Display>(
    what: &str,
    expected: T,
    found: T,
    finding: &Finding,
) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let reason = match &finding.unknown {
        Some(unknown) => &unknown.reason,
        None => &finding.message,
    };
    Err(format!(
        "{what} should be `{expected}`, is `{found}` ({reason})"
    ))
}

/// The finding on the resource that the example is about.
fn judged<'r>(results: &'r Results, example: &Example) -> Result<&'r Finding, String> {
    let mut found: Vec<&Finding> = results
        .findings
        .iter()
        .filter(|f| {
            example
                .resource
                .as_ref()
                .is_none_or(|id| *id == f.resource.id)
        })
        .collect();
    // Of two of one name, that of the template before that of the one beside it.
    let is_own = |f: &&Finding| f.location.as_ref().is_none_or(|at| &*at.path != BESIDE);
    if found.iter().any(is_own) {
        found.retain(is_own);
    }
    match (found.as_slice(), &example.resource) {
        ([one], _) => Ok(one),
        ([], Some(id)) => Err(format!("the rule did not judge a resource `{id}`")),
        ([], None) => Err("there is no resource that the rule judges".to_owned()),
        (many, _) => {
            let ids: Vec<&str> = many.iter().map(|f| &*f.resource.id).collect();
            Err(format!(
                "say which `resource` it is about: the rule judges {}",
                ids.join(", ")
            ))
        }
    }
}
