//! SARIF 2.1.0 for code scanning. Rules come first, then results one by one.
//!
//! GitHub reads a subset: it wants a file for every result, matches alerts over time by
//! `primaryLocationLineHash`, and rejects paths with a scheme.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::model::{
    Finding, InputFailure, InputKind, Location, PathStep, RuleInfo, Severity, Since, SourceFile,
    SourceId, Verdict,
};

use super::excerpt::{self, clip};
use super::line_hash::line_hashes;
use super::material::{Mark, Standing};
use super::paths::{percent_encoded, pseudo_path, relative};
use super::{Material, Settings, words};

/// GitHub cuts longer descriptions off, and takes no more tags.
const LONGEST_DESCRIPTION: usize = 1024;
const MOST_TAGS: usize = 10;
/// Snippets are for reading.
const LONGEST_SNIPPET: usize = 200;

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: Vec<Run<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run<'a> {
    tool: Tool<'a>,
    automation_details: Category,
    column_kind: &'static str,
    invocations: [Invocation<'a>; 1],
    results: Stream<'a>,
}

#[derive(Serialize)]
struct Category {
    id: String,
}

#[derive(Serialize)]
struct Id<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'a str,
    information_uri: &'static str,
    rules: Rules<'a>,
}

/// Every rule that ran, even without results: a rule that is missing keeps its old alerts open.
struct Rules<'a>(&'a [Arc<RuleInfo>]);

impl Serialize for Rules<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|rule| Rule::from(&**rule)))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    name: String,
    short_description: Text<'a>,
    full_description: Text<'a>,
    help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<&'a str>,
    default_configuration: Configuration,
    properties: RuleProperties<'a>,
}

#[derive(Serialize)]
struct Text<'a> {
    text: Cow<'a, str>,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties<'a> {
    tags: Vec<Cow<'a, str>>,
    precision: &'static str,
    #[serde(rename = "problem.severity")]
    problem_severity: &'static str,
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    security_severity: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
pub(super) struct Notification<'a> {
    descriptor: Id<'a>,
    level: &'static str,
    message: Text<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Place<'a>>,
}

/// The results, one by one.
struct Stream<'a> {
    material: &'a Material<'a>,
    rules: FxHashMap<&'a str, usize>,
    hashes: RefCell<FxHashMap<SourceId, Vec<(u64, u32)>>>,
    any_waived: bool,
    /// Which findings; `None` for all.
    only: Option<Vec<Mark>>,
    root: Root,
}

impl Serialize for Stream<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let only = self.only.as_deref();
        self.material.put(only, &mut list, |finding, list| {
            list.serialize_element(&self.entry(finding))
        })?;
        list.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    kind: &'static str,
    level: &'static str,
    message: Text<'a>,
    locations: [Place<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Place<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    code_flows: Vec<CodeFlow<'a>>,
    partial_fingerprints: Fingerprints<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressions: Option<Vec<Suppression<'a>>>,
    /// Only when there was a baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    properties: Properties<'a>,
}

/// A way through the account, as readers of SARIF show a way through code.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeFlow<'a> {
    thread_flows: [ThreadFlow<'a>; 1],
}

#[derive(Serialize)]
struct ThreadFlow<'a> {
    locations: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    location: Place<'a>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Place<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<Physical<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text<'a>>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Physical<'a> {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region<'a>>,
}

#[derive(Serialize, Default)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region<'a> {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical<'a> {
    name: &'a str,
    fully_qualified_name: &'a str,
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprints<'a> {
    primary_location_line_hash: String,
    #[serde(rename = "skylintFinding/v1")]
    finding: &'a str,
}

#[derive(Serialize)]
struct Suppression<'a> {
    kind: &'static str,
    status: &'static str,
    justification: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Terms<'a>>,
}

#[derive(Serialize)]
struct Terms<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
}

#[derive(Serialize)]
struct Properties<'a> {
    verdict: &'static str,
    severity: &'static str,
    evidence: Vec<Proof<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<Unknown<'a>>,
}

#[derive(Serialize)]
struct Proof<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    property: &'a str,
    value: &'a Value,
}

#[derive(Serialize)]
struct Unknown<'a> {
    reason: &'a str,
    fails_when: Vec<&'a str>,
    passes_when: Vec<&'a str>,
}

impl<'a> From<&'a RuleInfo> for Rule<'a> {
    fn from(rule: &'a RuleInfo) -> Self {
        let why = rule.why.trim();
        let full = if why.is_empty() { &*rule.title } else { why };
        Self {
            id: &rule.id,
            name: pascal_case(&rule.slug),
            short_description: text(&*rule.title),
            full_description: text(clip(full, LONGEST_DESCRIPTION)),
            help: help(rule),
            help_uri: rule.references.first().map(AsRef::as_ref),
            default_configuration: Configuration {
                level: level(rule.severity),
            },
            properties: RuleProperties {
                tags: tags(rule),
                precision: "high",
                problem_severity: match rule.severity {
                    Severity::Critical | Severity::High => "error",
                    Severity::Medium => "warning",
                    Severity::Low => "recommendation",
                },
                // Its presence makes GitHub call the alert a vulnerability: not so for resilience.
                security_severity: (&*rule.domain == "sec").then_some(match rule.severity {
                    Severity::Critical => "9.5",
                    Severity::High => "8.0",
                    Severity::Medium => "5.5",
                    Severity::Low => "2.0",
                }),
            },
        }
    }
}

fn help(rule: &RuleInfo) -> Help {
    let mut plain = format!("{}\n\n{}\n", rule.why.trim(), rule.fix.trim());
    let mut markdown = format!("{}\n\n**Fix:** {}\n", rule.why.trim(), rule.fix.trim());
    let set = rule.fix_set.trim_end();
    if !set.is_empty() {
        plain.push_str(&format!("\n{set}\n"));
        markdown.push_str(&format!("\n```yaml\n{set}\n```\n"));
    }
    for (i, reference) in rule.references.iter().enumerate() {
        let gap = if i == 0 { "\n" } else { "" };
        plain.push_str(&format!("{gap}{reference}\n"));
        markdown.push_str(&format!("{gap}- <{reference}>\n"));
    }
    Help {
        text: plain,
        markdown,
    }
}

fn tags(rule: &RuleInfo) -> Vec<Cow<'_, str>> {
    let domain = match &*rule.domain {
        "sec" => "security",
        other => other,
    };
    let controls = rule.frameworks.iter().flat_map(|(framework, controls)| {
        controls
            .iter()
            .map(move |control| format!("external/{framework}/{}", control.to_lowercase()).into())
    });
    std::iter::once(Cow::Borrowed(domain))
        .chain(controls)
        .take(MOST_TAGS)
        .collect()
}

impl Notification<'_> {
    /// That findings were left out.
    pub(super) fn of_left_out(words: &str) -> Self {
        Self {
            descriptor: Id { id: "left-out" },
            level: "warning",
            message: text(words.to_owned()),
            locations: Vec::new(),
        }
    }
}

impl<'a> Stream<'a> {
    fn new(material: &'a Material<'a>, only: Option<Vec<Mark>>, root: Root) -> Self {
        let rules = material.rules.iter().zip(0..);
        Self {
            material,
            rules: rules.map(|(rule, at)| (&*rule.id, at)).collect(),
            hashes: RefCell::default(),
            any_waived: only.is_none()
                && material.tally.count(|k| k.standing == Standing::Waived) > 0,
            only,
            root,
        }
    }

    fn entry<'f>(&self, finding: &'f Finding) -> Entry<'f> {
        let name = &finding.resource;
        let (kind, level) = match finding.verdict {
            Verdict::Fail => ("fail", level(finding.severity)),
            Verdict::Unknown => ("open", "none"),
            Verdict::Pass => ("pass", "none"),
            Verdict::NotApplicable => ("notApplicable", "none"),
        };
        let physical = match &finding.location {
            Some(location) => Physical {
                artifact_location: artifact(&location.path, self.root),
                region: Some(region(location, snippet(finding, self.material.sources))),
            },
            None => Physical {
                artifact_location: Artifact {
                    uri: pseudo_path(name),
                },
                region: Some(Region {
                    start_line: 1,
                    start_column: 1,
                    end_line: 1,
                    end_column: 1,
                    snippet: None,
                }),
            },
        };
        Entry {
            rule_id: &finding.rule.id,
            rule_index: self.rules.get(&*finding.rule.id).copied(),
            kind,
            level,
            message: text(message(finding)),
            locations: [Place {
                physical_location: Some(physical),
                logical_locations: vec![Logical {
                    name: &name.id,
                    fully_qualified_name: name.arn.as_ref().unwrap_or(&name.address),
                    kind: "resource",
                }],
                ..Place::default()
            }],
            related_locations: related(finding)
                .into_iter()
                .zip(1..)
                .map(|((message, location), id)| Place {
                    id: Some(id),
                    physical_location: Some(at(location, self.root)),
                    message: Some(text(message)),
                    ..Place::default()
                })
                .collect(),
            code_flows: finding
                .paths
                .iter()
                .map(|path| flow(path, self.root))
                .collect(),
            partial_fingerprints: Fingerprints {
                primary_location_line_hash: self.line_hash(finding),
                finding: &finding.fingerprint,
            },
            // All results have them, or none has.
            suppressions: self
                .any_waived
                .then(|| finding.waiver.iter().map(suppression).collect()),
            baseline_state: finding.since.map(|since| match since {
                Since::New => "new",
                Since::Worse => "updated",
                Since::Known => "unchanged",
            }),
            properties: Properties {
                verdict: finding.verdict.as_str(),
                severity: finding.severity.as_str(),
                evidence: finding
                    .evidence
                    .iter()
                    .map(|evidence| Proof {
                        resource: evidence.resource.as_deref(),
                        property: &evidence.property,
                        value: &evidence.value,
                    })
                    .collect(),
                unknown: finding.unknown.as_ref().map(|unknown| Unknown {
                    reason: &unknown.reason,
                    fails_when: unknown.fails_when.iter().map(AsRef::as_ref).collect(),
                    passes_when: unknown.passes_when.iter().map(AsRef::as_ref).collect(),
                }),
            },
        }
    }

    /// What GitHub would compute from the file; without one, the resource's own identity.
    fn line_hash(&self, finding: &Finding) -> String {
        let place = finding.location.as_ref();
        match place.and_then(|place| self.hash_in_text(place)) {
            Some((hash, occurrence)) => format!("{hash:x}:{occurrence}"),
            None => {
                let short: String = finding.fingerprint.chars().take(16).collect();
                format!("{short}:1")
            }
        }
    }

    fn hash_in_text(&self, place: &Location) -> Option<(u64, u32)> {
        let id = place.source?;
        let source = self.material.sources.get(id)?;
        // Lines of a snapshot file are where the next collection puts them.
        if source.kind == Some(InputKind::Snapshot) || source.text.is_empty() {
            return None;
        }
        let mut hashes = self.hashes.borrow_mut();
        let lines = hashes
            .entry(id)
            .or_insert_with(|| line_hashes(&source.text));
        lines.get(place.line.checked_sub(1)?).copied()
    }
}

fn suppression(waiver: &crate::model::Waived) -> Suppression<'_> {
    Suppression {
        // One with an owner stands in the settings, any other beside the resource.
        kind: match waiver.owner {
            Some(_) => "external",
            None => "inSource",
        },
        status: "accepted",
        justification: match &waiver.expires {
            Some(day) => format!("{} (until {day})", waiver.reason),
            None => waiver.reason.to_string(),
        },
        properties: (waiver.expires.is_some() || waiver.owner.is_some()).then_some(Terms {
            expires: waiver.expires.as_deref(),
            owner: waiver.owner.as_deref(),
        }),
    }
}

fn text<'a>(text: impl Into<Cow<'a, str>>) -> Text<'a> {
    Text { text: text.into() }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// The places that belong to a finding, those of its paths among them, each once.
fn related(finding: &Finding) -> Vec<(&str, &Location)> {
    let steps = finding.paths.iter().flatten();
    let steps = steps.filter(|step| step.resource.as_ref() != Some(&finding.resource.address));
    let mut places: Vec<(&str, &Location)> = Vec::new();
    for place in finding
        .related
        .iter()
        .map(|related| (&*related.message, &related.location))
        .chain(steps.filter_map(|step| Some((&*step.message, step.location.as_ref()?))))
    {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

fn at<'a>(location: &'a Location, root: Root) -> Physical<'a> {
    Physical {
        artifact_location: artifact(&location.path, root),
        region: Some(region(location, None)),
    }
}

fn flow<'a>(path: &'a [PathStep], root: Root) -> CodeFlow<'a> {
    let locations = path.iter().map(|step| Step {
        location: Place {
            physical_location: step.location.as_ref().map(|place| at(place, root)),
            logical_locations: step
                .resource
                .iter()
                .map(|resource| Logical {
                    name: resource,
                    fully_qualified_name: resource,
                    kind: "resource",
                })
                .collect(),
            message: Some(text(&*step.message)),
            ..Place::default()
        },
    });
    CodeFlow {
        thread_flows: [ThreadFlow {
            locations: locations.collect(),
        }],
    }
}

/// The message, the resource's address unless it names it, and links to the related places.
fn message(finding: &Finding) -> String {
    let mut message = unlinked(&finding.message).into_owned();
    let address = &finding.resource.address;
    if !finding.message.contains(&**address) {
        message.push_str(&format!(" ({})", unlinked(address)));
    }
    for ((words, _), id) in related(finding).into_iter().zip(1..) {
        let lead = if id == 1 { ". See " } else { ", " };
        let words = words.replace(['[', ']'], " ");
        message.push_str(&format!("{lead}[{words}]({id})"));
    }
    message
}

/// SARIF reads `[text](target)` as a link: names from inputs must not become one.
fn unlinked(text: &str) -> Cow<'_, str> {
    if text.contains("](") {
        text.replace('[', "\\[").into()
    } else {
        text.into()
    }
}

fn region(location: &Location, snippet: Option<String>) -> Region<'_> {
    let line = location.line.max(1);
    let column = location.column.max(1);
    let end_line = location.end_line.max(line);
    Region {
        start_line: line,
        start_column: column,
        end_line,
        end_column: match end_line == line {
            true => location.end_column.max(column),
            false => location.end_column.max(1),
        },
        snippet: snippet.map(text),
    }
}

/// The region's text, when it is one line.
fn snippet(finding: &Finding, sources: &[SourceFile]) -> Option<String> {
    let location = finding.location.as_ref()?;
    if location.line != location.end_line {
        return None;
    }
    let quote = excerpt::of_finding(finding, sources, LONGEST_SNIPPET)?;
    Some(quote.marked().to_owned())
}

/// What GitHub takes for the root, so that every path is seen from there; `None` to leave paths as
/// they are.
pub(super) type Root = Option<&'static str>;

fn artifact(path: &str, root: Root) -> Artifact {
    if let Some(root) = root {
        let path = relative(path, root);
        return Artifact {
            uri: percent_encoded(&path, true),
        };
    }
    let path = path.replace('\\', "/");
    let path = path.trim_start_matches("./");
    let encoded = percent_encoded(path, true);
    Artifact {
        // Without a scheme it would be relative to whatever the reader takes for the root.
        uri: match path.starts_with('/') {
            true => format!("file://{encoded}"),
            false => encoded,
        },
    }
}

fn pascal_case(slug: &str) -> String {
    slug.split(['-', '_'])
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

pub(super) fn notifications<'a>(material: &Material<'a>, root: Root) -> Vec<Notification<'a>> {
    let failures = material.failures.iter().map(|failure| Notification {
        descriptor: Id {
            id: "input-failure",
        },
        level: "error",
        message: text(match &failure.help {
            Some(help) => format!("{}: {}. {help}", failure.path, failure.message),
            None => format!("{}: {}", failure.path, failure.message),
        }),
        locations: vec![failure_place(failure, root)],
    });
    let gaps = words::gaps(material.coverage)
        .into_iter()
        .map(|gap| Notification {
            descriptor: Id { id: "coverage-gap" },
            level: "note",
            message: text(gap),
            locations: Vec::new(),
        });
    failures.chain(gaps).collect()
}

fn failure_place<'a>(failure: &'a InputFailure, root: Root) -> Place<'a> {
    let location = failure.location.as_ref();
    Place {
        physical_location: Some(Physical {
            artifact_location: artifact(location.map_or(&failure.path, |l| &l.path), root),
            region: location.map(|l| region(l, None)),
        }),
        ..Place::default()
    }
}

/// Writes the log, indented, with a newline at its end.
pub(super) fn write(
    material: &Material<'_>,
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let id = "skylint/".to_owned();
    let run = run(material, settings, id, None, notifications(material, None));
    log(vec![run], w)
}

pub(super) fn run<'a>(
    material: &'a Material<'a>,
    settings: &Settings,
    id: String,
    only: Option<Vec<Mark>>,
    notifications: Vec<Notification<'a>>,
) -> Run<'a> {
    let root = only.is_some().then_some(settings.directory);
    Run {
        tool: Tool {
            driver: Driver {
                name: "skylint",
                semantic_version: settings.version,
                information_uri: "https://github.com/skylint/skylint",
                rules: Rules(material.rules),
            },
        },
        automation_details: Category { id },
        column_kind: "unicodeCodePoints",
        invocations: [Invocation {
            execution_successful: material.failures.is_empty(),
            tool_execution_notifications: notifications,
        }],
        results: Stream::new(material, only, root),
    }
}

pub(super) fn log(runs: Vec<Run<'_>>, w: &mut dyn io::Write) -> io::Result<()> {
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs,
    };
    super::to_json(&mut *w, &log)?;
    w.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_never_look_like_urls() {
        for (path, uri) in [
            ("./infra/a b.yaml", "infra/a%20b.yaml"),
            ("infra\\ü.yaml", "infra/%C3%BC.yaml"),
            ("c:/x.yaml", "c%3A/x.yaml"),
            ("../x#y?.yaml", "../x%23y%3F.yaml"),
        ] {
            assert_eq!(artifact(path, None).uri, uri);
        }
    }

    #[test]
    fn github_sees_every_path_from_the_root() {
        for (path, uri) in [
            ("./infra/a b.yaml", "infra/a%20b.yaml"),
            ("/work/shop/infra/x.yaml", "infra/x.yaml"),
            ("/work/shopping/x.yaml", "work/shopping/x.yaml"),
            ("/etc/x.yaml", "etc/x.yaml"),
            ("c:/x.yaml", "c%3A/x.yaml"),
        ] {
            assert_eq!(artifact(path, Some("/work/shop")).uri, uri);
        }
    }

    #[test]
    fn names_from_inputs_never_become_links() {
        assert_eq!(unlinked("[x](http://evil)"), "\\[x](http://evil)");
        assert_eq!(unlinked("Replicas[1]"), "Replicas[1]");
        assert_eq!(pascal_case("rds-instance-multi-az"), "RdsInstanceMultiAz");
    }
}
