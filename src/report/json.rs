//! skylint's own JSON, version 1. `docs/report-v1.schema.json` describes it; keys and their order
//! are a promise.

use std::io;

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::model::{Evidence, Finding, InputSummary, Known, Location, PathStep, Since};

use super::{Material, Settings};

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    tool: Tool<'a>,
    inputs: Inputs<'a>,
    summary: Summary,
    findings: Findings<'a>,
    coverage: Vec<Cover<'a>>,
    failures: Vec<Failure<'a>>,
    /// Only when there was a baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Baseline<'a>>,
}

#[derive(Serialize)]
struct Baseline<'a> {
    path: &'a str,
    new: usize,
    worse: usize,
    known: usize,
    fixed: Vec<Remembered<'a>>,
    gone: Vec<Remembered<'a>>,
}

/// A finding of an earlier run.
#[derive(Serialize)]
struct Remembered<'a> {
    rule: &'a str,
    verdict: &'static str,
    severity: &'static str,
    message: &'a str,
    #[serde(rename = "type")]
    rtype: &'a str,
    address: &'a str,
    account: Option<&'a str>,
    region: Option<&'a str>,
    path: Option<&'a str>,
    fingerprint: &'a str,
}

impl<'a> From<&'a Known> for Remembered<'a> {
    fn from(known: &'a Known) -> Self {
        Self {
            rule: &known.rule,
            verdict: known.verdict.as_str(),
            severity: known.severity.as_str(),
            message: &known.message,
            rtype: &known.rtype,
            address: &known.address,
            account: known.account.as_deref(),
            region: known.region.as_deref(),
            path: known.path.as_deref(),
            fingerprint: &known.fingerprint,
        }
    }
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
    rules: usize,
}

struct Inputs<'a>(&'a [InputSummary]);

impl Serialize for Inputs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Input<'a> {
            path: &'a str,
            kind: &'static str,
            resources: usize,
        }
        serializer.collect_seq(self.0.iter().map(|input| Input {
            path: &input.path,
            kind: input.kind,
            resources: input.resources,
        }))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Summary {
    pass: usize,
    fail: usize,
    unknown: usize,
    not_applicable: usize,
    waived: usize,
}

struct Findings<'a>(&'a Material<'a>);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.list(serializer, |finding, list| {
            list.serialize_element(&Entry::from(finding))
        })
    }
}

#[derive(Serialize)]
struct Entry<'a> {
    rule: &'a str,
    verdict: &'static str,
    severity: &'static str,
    message: &'a str,
    resource: Resource<'a>,
    location: Option<Place<'a>>,
    evidence: Vec<Proof<'a>>,
    unknown: Option<Unknown<'a>>,
    fingerprint: &'a str,
    waiver: Option<Waiver<'a>>,
    related: Vec<Related<'a>>,
    /// Only when the verdict rests on ways through the account.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    paths: Vec<Vec<Step<'a>>>,
    /// Only when there was a baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<&'static str>,
}

#[derive(Serialize)]
struct Resource<'a> {
    #[serde(rename = "type")]
    rtype: &'a str,
    id: &'a str,
    address: &'a str,
    arn: Option<&'a str>,
    account: Option<&'a str>,
    region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    construct: Option<&'a str>,
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    property: &'a str,
}

#[derive(Serialize)]
struct Proof<'a> {
    /// Only when it is not the resource judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    property: &'a str,
    value: &'a Value,
    /// Only when it is so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    default: bool,
    line: Option<usize>,
    /// Only when it is not the file of the finding's location.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
}

#[derive(Serialize)]
struct Unknown<'a> {
    reason: &'a str,
    because: Vec<Because<'a>>,
    fails_when: Vec<&'a str>,
    passes_when: Vec<&'a str>,
}

#[derive(Serialize)]
struct Because<'a> {
    property: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Waiver<'a> {
    reason: &'a str,
    owner: Option<&'a str>,
    expires: Option<&'a str>,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    path: &'a str,
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Step<'a> {
    message: &'a str,
    resource: Option<&'a str>,
    path: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
}

#[derive(Serialize)]
struct Cover<'a> {
    #[serde(rename = "type")]
    rtype: Option<&'a str>,
    account: Option<&'a str>,
    region: Option<&'a str>,
    status: &'static str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Failure<'a> {
    path: &'a str,
    message: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    help: Option<&'a str>,
}

impl<'a> From<&'a Finding> for Entry<'a> {
    fn from(finding: &'a Finding) -> Self {
        let name = &finding.resource;
        let location = finding.location.as_ref();
        Self {
            rule: &finding.rule.id,
            verdict: finding.verdict.as_str(),
            severity: finding.severity.as_str(),
            message: &finding.message,
            resource: Resource {
                rtype: &name.rtype,
                id: &name.id,
                address: &name.address,
                arn: name.arn.as_deref(),
                account: name.account.as_deref(),
                region: name.region.as_deref(),
                construct: name.construct.as_deref(),
            },
            location: location.map(|place| Place {
                path: &place.path,
                line: place.line,
                column: place.column,
                end_line: place.end_line,
                end_column: place.end_column,
                property: &finding.property,
            }),
            evidence: finding
                .evidence
                .iter()
                .map(|evidence| proof(evidence, location))
                .collect(),
            unknown: finding.unknown.as_ref().map(|unknown| Unknown {
                reason: &unknown.reason,
                because: unknown
                    .because
                    .iter()
                    .map(|(property, reason)| Because { property, reason })
                    .collect(),
                fails_when: unknown.fails_when.iter().map(AsRef::as_ref).collect(),
                passes_when: unknown.passes_when.iter().map(AsRef::as_ref).collect(),
            }),
            baseline: finding.since.map(Since::as_str),
            fingerprint: &finding.fingerprint,
            waiver: finding.waiver.as_ref().map(|waiver| Waiver {
                reason: &waiver.reason,
                owner: waiver.owner.as_deref(),
                expires: waiver.expires.as_deref(),
            }),
            related: finding
                .related
                .iter()
                .map(|related| Related {
                    message: &related.message,
                    path: &related.location.path,
                    line: related.location.line,
                    column: related.location.column,
                })
                .collect(),
            paths: finding
                .paths
                .iter()
                .map(|path| path.iter().map(Step::from).collect())
                .collect(),
        }
    }
}

impl<'a> From<&'a PathStep> for Step<'a> {
    fn from(step: &'a PathStep) -> Self {
        let place = step.location.as_ref();
        Self {
            message: &step.message,
            resource: step.resource.as_deref(),
            path: place.map(|place| &*place.path),
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
        }
    }
}

fn proof<'a>(evidence: &'a Evidence, near: Option<&Location>) -> Proof<'a> {
    let place = evidence.location.as_ref();
    Proof {
        resource: evidence.resource.as_deref(),
        property: &evidence.property,
        value: &evidence.value,
        default: evidence.default,
        line: place.map(|p| p.line),
        path: place
            .filter(|p| near.is_none_or(|n| n.path != p.path))
            .map(|p| &*p.path),
    }
}

/// Writes the report, indented, with a newline at its end.
pub(super) fn write(
    material: &Material<'_>,
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let counts = &material.summary;
    let report = Report {
        version: 1,
        tool: Tool {
            name: "skylint",
            version: settings.version,
            rules: material.rules.len(),
        },
        inputs: Inputs(material.inputs),
        summary: Summary {
            pass: counts.pass,
            fail: counts.fail,
            unknown: counts.unknown,
            not_applicable: counts.not_applicable,
            waived: counts.waived,
        },
        findings: Findings(material),
        coverage: material
            .coverage
            .statements()
            .into_iter()
            .map(|cover| Cover {
                rtype: cover.rtype.as_deref(),
                account: cover.account.as_deref(),
                region: cover.region.as_deref(),
                status: cover.status.as_str(),
                reason: &cover.reason,
            })
            .collect(),
        failures: material
            .failures
            .iter()
            .map(|failure| Failure {
                path: &failure.path,
                message: &failure.message,
                line: failure.location.as_ref().map(|l| l.line),
                column: failure.location.as_ref().map(|l| l.column),
                help: failure.help.as_deref(),
            })
            .collect(),
        baseline: material.earlier.map(|earlier| Baseline {
            path: &earlier.path,
            new: material.tally.since(Since::New),
            worse: material.tally.since(Since::Worse),
            known: material.tally.since(Since::Known),
            fixed: earlier.fixed.iter().map(Remembered::from).collect(),
            gone: earlier.gone.iter().map(Remembered::from).collect(),
        }),
    };
    super::to_json(&mut *w, &report)?;
    w.write_all(b"\n")
}
