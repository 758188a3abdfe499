//! Pages about rules, made from the rule files: one for each, and an index.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use super::rule_set::RuleSet;
use crate::model::{Mapping, OWN_MAPPINGS, Results, Verdict};
use crate::policy::{self, Framework};
use crate::rule::{Given, Rule, sight, waits_for_facts};
use crate::source::terraform;
use crate::types::{self, Door};

/// A rule's page, as Markdown; `with_templates` shows what its examples look like.
pub(super) fn page(rule: &Rule, with_templates: bool) -> String {
    let info = &rule.info;
    let mut page = format!("# {}: {}\n\n", info.id, info.title);
    let types: Vec<String> = info.resources.iter().map(|r| format!("`{r}`")).collect();
    let _ = writeln!(
        page,
        "**{}** · `{}` · judges {}",
        info.severity,
        info.slug,
        types.join(", ")
    );
    let _ = writeln!(page, "\n## Why\n\n{}", info.why.trim());
    let _ = writeln!(page, "\n## Fix\n\n{}", info.fix.trim());
    fixes(rule, &mut page);
    if !rule.params.is_empty() {
        page.push_str("\n## Parameters\n\n| name | default | what it is |\n|---|---|---|\n");
        for param in &rule.params {
            let default = cell(&param.default.to_string());
            let shared = param.context.map(|context| {
                format!(
                    " Set for all rules by `[context.{}] {}`.",
                    context.table, context.key
                )
            });
            let _ = writeln!(
                page,
                "| `{}` | `{default}` | {}{} |",
                param.name,
                cell(&param.doc),
                shared.unwrap_or_default()
            );
        }
    }
    page.push_str("\n## Where it can be decided\n\n");
    for (door, name) in DOORS {
        let _ = writeln!(page, "- {name}: {}", seen(rule, door).in_words());
    }
    examples(rule, with_templates, &mut page);
    for (title, lists) in [
        ("The same check elsewhere", &info.equivalents),
        ("Frameworks", &info.frameworks),
    ] {
        if !lists.is_empty() {
            let _ = writeln!(page, "\n## {title}\n");
            for (name, ids) in lists {
                let own = if &**name == "skylint" {
                    " (skylint's own mapping)"
                } else {
                    ""
                };
                let _ = writeln!(page, "- {name}{own}: {}", ids.join(", "));
            }
        }
    }
    if !info.references.is_empty() {
        page.push_str("\n## References\n\n");
        for reference in &info.references {
            let _ = writeln!(page, "- <{reference}>");
        }
    }
    page
}

/// What the settings make of a rule, and of its parameters; `file` is where they are from.
pub(super) fn in_force(rule: &Rule, set: &RuleSet, runs: bool, file: Option<&str>) -> String {
    let mut lines = Vec::new();
    if !runs {
        lines.push("It does not run.".to_owned());
    }
    lines.push(format!("It is {}.", rule.info.severity));
    for param in &rule.params {
        let how = match param.value == param.default {
            true => "by default".to_owned(),
            false => format!("by default `{}`", param.default),
        };
        lines.push(format!("`{}` is `{}`, {how}.", param.name, param.value));
    }
    let id = &rule.info.id;
    for (paths, difference) in &set.places.each {
        let mut here = Vec::new();
        if difference.skip.contains(id) {
            here.push("it does not run".to_owned());
        }
        let severity = difference.severity.iter().filter(|(rule, _)| rule == id);
        here.extend(severity.map(|(_, severity)| format!("it is {severity}")));
        let params = difference.params.iter().filter(|(rule, ..)| rule == id);
        here.extend(params.map(|(_, name, value)| format!("`{name}` is `{value}`")));
        if !here.is_empty() {
            let paths: Vec<String> = paths.iter().map(|p| format!("`{}`", p.as_str())).collect();
            lines.push(format!("In {}: {}.", paths.join(", "), here.join(", ")));
        }
    }
    let lines: String = lines.iter().map(|line| format!("- {line}\n")).collect();
    match file {
        Some(file) => format!("\n## In force\n\nWith `{file}`:\n\n{lines}"),
        None => format!("\n## In force\n\nWithout a `skylint.toml`:\n\n{lines}"),
    }
}

/// What to set, as each door writes it.
fn fixes(rule: &Rule, page: &mut String) {
    let settings = &rule.info.fix_set;
    if settings.is_empty() {
        return;
    }
    let _ = writeln!(
        page,
        "\nIn CloudFormation:\n\n```yaml\n{}\n```",
        settings.trim()
    );
    let mut terraform: Vec<(String, String)> = Vec::new();
    for rtype in &rule.info.resources {
        if let Some(hcl) = terraform::settings(rtype, settings) {
            let names = types::file(rtype).map_or(&[][..], |file| &file.terraform);
            let name = names.first().map_or("", |name| name).to_owned();
            terraform.push((name, hcl));
        }
    }
    for (name, hcl) in terraform {
        let _ = writeln!(
            page,
            "\nIn Terraform, on `{name}`:\n\n```hcl\n{}\n```",
            hcl.trim()
        );
    }
}

fn examples(rule: &Rule, with_templates: bool, page: &mut String) {
    if rule.examples.is_empty() {
        return;
    }
    page.push_str("\n## Examples\n");
    for verdict in [
        Verdict::Fail,
        Verdict::Pass,
        Verdict::Unknown,
        Verdict::NotApplicable,
    ] {
        let of = |example: &&crate::rule::Example| example.verdict == verdict;
        let mut of = rule.examples.iter().filter(of).peekable();
        if of.peek().is_none() {
            continue;
        }
        let title = match verdict {
            Verdict::Fail => "It fails",
            Verdict::Pass => "It passes",
            Verdict::Unknown => "It is unknown",
            Verdict::NotApplicable => "It is not about",
        };
        let _ = writeln!(page, "\n### {title}");
        if !with_templates {
            page.push('\n');
        }
        for example in of {
            if !with_templates {
                let _ = writeln!(page, "- {}", example.name);
                continue;
            }
            let (language, text) = match &example.given {
                Given::Template(text) => ("yaml", text),
                Given::Snapshot(lines) => ("json", lines),
            };
            let _ = writeln!(
                page,
                "\n{}:\n\n```{language}\n{}\n```",
                example.name,
                text.trim()
            );
            if let Some(beside) = &example.beside {
                let _ = writeln!(page, "\nbeside:\n\n```yaml\n{}\n```", beside.trim());
            }
        }
    }
}

/// The doors in the order of the table, as people call them.
const DOORS: [(Door, &str); 4] = [
    (Door::CloudFormation, "CloudFormation"),
    (Door::Terraform, "Terraform"),
    (Door::AwsConfig, "AWS Config"),
    (Door::Live, "live"),
];

/// Whether a door shows what a rule needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    All,
    /// Some of it: verdicts can be unknown.
    Some,
    Nothing,
    /// It is about what only a running account has.
    Later,
}

impl Seen {
    fn in_words(self) -> &'static str {
        match self {
            Self::All => "yes",
            Self::Some => "in part; what the source does not show is unknown",
            Self::Nothing => "no, the source does not have these resources",
            Self::Later => "no, it is about what only a running account has",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::All => "yes",
            Self::Some => "part",
            Self::Nothing | Self::Later => "–",
        }
    }
}

fn seen(rule: &Rule, door: Door) -> Seen {
    let shown: BTreeSet<&str> = match door {
        Door::Live => types::live().into_iter().collect(),
        door => types::spelled(door).into_iter().collect(),
    };
    let is_shown = |rtype: &str| door == Door::CloudFormation || shown.contains(rtype);
    let subjects = rule.subjects.iter();
    let there = subjects.filter(|subject| is_shown(&subject.rtype)).count();
    if there == 0 {
        return Seen::Nothing;
    }
    let runs = matches!(door, Door::AwsConfig | Door::Live);
    let waiting = rule.subjects.iter().filter(|s| !runs && waits_for_facts(s));
    let waiting = waiting.count();
    if waiting == rule.subjects.len() {
        return Seen::Later;
    }
    let all_there = there == rule.subjects.len() && waiting == 0;
    match all_there && sight(rule, door, &is_shown) {
        true => Seen::All,
        false => Seen::Some,
    }
}

/// The index of all rules.
pub(super) fn index(rules: &[Rule]) -> String {
    let mut page = String::from("# Rules\n");
    let mut by_domain: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    let mut by_service: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut others: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for rule in rules {
        by_domain.entry(&rule.info.domain).or_default().push(rule);
        for rtype in &rule.info.resources {
            let service = rtype.split("::").nth(1).unwrap_or(rtype).to_owned();
            by_service.entry(service).or_default().insert(&rule.info.id);
        }
        for (framework, controls) in &rule.info.frameworks {
            for control in controls {
                let own = control
                    .split_once(':')
                    .filter(|_| **framework == *OWN_MAPPINGS);
                let (framework, control) = own.unwrap_or((framework, control));
                let is_known = |known: &Framework| {
                    *known.key == *framework && control.starts_with(&*known.prefix)
                };
                if !policy::frameworks().iter().any(is_known) {
                    let controls = others.entry(framework).or_default();
                    controls.entry(control).or_default().insert(&rule.info.id);
                }
            }
        }
    }
    for (domain, rules) in by_domain {
        let _ = writeln!(
            page,
            "\n## {}\n\n| rule | severity | |\n|---|---|---|",
            domain.to_uppercase()
        );
        for rule in rules {
            let info = &rule.info;
            let _ = writeln!(
                page,
                "| {} | {} | {} |",
                link(&info.id),
                info.severity,
                cell(&info.title)
            );
        }
    }
    page.push_str("\n## Where each can be decided\n\n| rule |");
    for (_, name) in DOORS {
        let _ = write!(page, " {name} |");
    }
    page.push_str("\n|---|---|---|---|---|\n");
    for rule in rules {
        let _ = write!(page, "| {} |", link(&rule.info.id));
        for (door, _) in DOORS {
            let _ = write!(page, " {} |", seen(rule, door).sign());
        }
        page.push('\n');
    }
    page.push_str(
        "\n*part*: the source does not show everything that the rule looks at; what it does not show is \
         unknown. Live accounts and snapshot files are one.\n",
    );
    page.push_str("\n## By AWS service\n\n| service | rules |\n|---|---|\n");
    for (service, ids) in by_service {
        let _ = writeln!(page, "| {service} | {} |", links(&ids));
    }
    page.push_str(
        "\n## By framework\n\nControls that a rule is on; `skylint frameworks show NAME` lists also those without one. \\* \
         skylint's own mapping.\n",
    );
    let infos: Vec<_> = rules.iter().map(|rule| Arc::clone(&rule.info)).collect();
    for framework in policy::frameworks() {
        let standing = framework.standing(&Results::default(), &infos);
        let with = standing.controls.iter().filter(|c| !c.rules.is_empty());
        let with: Vec<_> = with.collect();
        if with.is_empty() {
            continue;
        }
        let _ = writeln!(
            page,
            "\n### {}\n\n`{}`, {}: {}, {} have a rule.\n\n| control | | rules |\n|---|---|---|",
            cell(&standing.title),
            standing.name,
            cell(&standing.edition),
            standing.completeness(),
            with.len()
        );
        for control in with {
            let rules = control.rules.iter().map(|rule| match rule.mapping {
                Mapping::Skylint => format!("{}\\*", link(&rule.id)),
                Mapping::Published | Mapping::Same => link(&rule.id),
            });
            let rules = rules.collect::<Vec<_>>().join(", ");
            let (id, title) = (cell(&control.id), cell(&control.title));
            let _ = writeln!(page, "| {id} | {title} | {rules} |");
        }
    }
    for (framework, controls) in others {
        let _ = writeln!(page, "\n### {framework}\n\n| control | rules |\n|---|---|");
        for (control, ids) in controls {
            let _ = writeln!(page, "| {} | {} |", cell(control), links(&ids));
        }
    }
    page
}

fn link(id: &Arc<str>) -> String {
    format!("[{id}]({id}.md)")
}

fn links(ids: &BTreeSet<&str>) -> String {
    let links: Vec<String> = ids.iter().map(|id| format!("[{id}]({id}.md)")).collect();
    links.join(", ")
}

/// Text in a table.
fn cell(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('|', "\\|")
}
