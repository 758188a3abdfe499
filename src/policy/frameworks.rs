//! Frameworks of controls: which controls there are, which rules are on them, and where a run says that
//! each stands.
//!
//! Each is a file in `frameworks/`, and there is no list to add it to.
//!
//! ```yaml
//! name: well-architected-reliability  # on the command line; the file is called the same
//! title: AWS Well-Architected Framework, Reliability Pillar
//! edition: November 2024
//! url: https://…                      # where that edition is published
//! size: 65                            # how many controls it has, if that can be known
//! listed: Every best practice. …      # which of them are here, and whose words the titles are
//! key: well-architected               # what rules call it under `frameworks`, if not by its name
//! prefix: REL                         # its controls among those with that key
//! equivalents: security-hub           # rules are also on it by what they say is the same check there
//! controls: { REL01-BP01: …, … }      # id and title
//! ```
//!
//! A mapping is somebody's word. What stands in a rule under the framework's own key has been published by
//! somebody else; what only skylint says stands under `skylint`, as `framework:control`.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::document::{Data, Fields, Node, parse_yaml};
use crate::model::{
    ControlStanding, FrameworkStanding, Mapping, OWN_MAPPINGS, Results, RuleInfo, RuleStanding,
    Standing, Summary,
};

/// A framework, and its controls.
#[derive(Debug, Clone)]
pub struct Framework {
    /// Its name on the command line.
    pub name: Arc<str>,
    /// Its title.
    pub title: Arc<str>,
    /// Which edition of it.
    pub edition: Arc<str>,
    /// Where that is published.
    pub url: Arc<str>,
    /// How many controls that edition has, if it is a number that one can know.
    pub size: Option<usize>,
    /// Which of them are listed, and whose words their titles are. Prose.
    pub note: Arc<str>,
    /// What rules call it.
    pub key: Arc<str>,
    /// What its controls begin with, among those of that key.
    pub prefix: Arc<str>,
    /// The tool whose checks its controls are.
    pub equivalents: Option<Arc<str>>,
    /// Id and title, in its order.
    pub controls: Vec<(Arc<str>, Arc<str>)>,
}

/// The files: path and text of each.
fn files() -> &'static [(&'static str, &'static str)] {
    include!(concat!(env!("OUT_DIR"), "/frameworks.rs"))
}

/// The frameworks that come with skylint, by name.
pub fn frameworks() -> &'static [Framework] {
    static ALL: OnceLock<Vec<Framework>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read = files().iter().filter_map(|(_, text)| parse(text).ok());
        read.collect()
    })
}

/// Their names, from those of the files: for that, nothing needs to be read.
pub fn framework_names() -> impl Iterator<Item = &'static str> {
    let files = files().iter();
    files.map(|(path, _)| path.strip_suffix(".yaml").unwrap_or(path))
}

/// Reads a framework.
///
/// # Errors
/// What is wrong with it.
fn parse(text: &str) -> Result<Framework, Vec<String>> {
    let root = parse_yaml(text).map_err(|error| vec![error.message])?;
    let mut faults = Vec::new();
    let mut fields = Fields::new(&root, "a framework", &mut faults);
    let text = |text: Option<(&str, &Node)>| Arc::<str>::from(text.map_or("", |(text, _)| text));
    let name = text(fields.required_text("name"));
    let prefix = text(fields.text("prefix"));
    let mut framework = Framework {
        title: text(fields.required_text("title")),
        edition: text(fields.required_text("edition")),
        url: text(fields.required_text("url")),
        size: None,
        note: text(fields.required_text("listed")),
        key: fields
            .text("key")
            .map_or(name.clone(), |(key, _)| key.into()),
        prefix,
        equivalents: fields.text("equivalents").map(|(tool, _)| tool.into()),
        controls: Vec::new(),
        name,
    };
    let size = fields.node("size").map(|node| &node.data);
    let controls = fields.required("controls").and_then(Node::as_map);
    fields.finish();
    let mut faults: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
    match size {
        Some(Data::Int(size)) => framework.size = usize::try_from(*size).ok(),
        Some(_) => faults.push("`size` is a number".to_owned()),
        None => {}
    }
    for entry in controls.unwrap_or_default() {
        match entry.value.as_str() {
            Some(title) => {
                let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
                let control = (Arc::from(&*entry.key), Arc::from(title));
                framework.controls.push(control);
            }
            None => faults.push(format!("the title of {} is no text", entry.key)),
        }
    }
    match faults.is_empty() {
        true => Ok(framework),
        false => Err(faults),
    }
}

impl Framework {
    /// The controls that a rule is on, and who says so.
    pub fn controls_of<'r>(&self, rule: &'r RuleInfo) -> Vec<(&'r str, Mapping)> {
        let mut found: Vec<(&str, Mapping)> = Vec::new();
        let mut add = |control: &'r str, mapping| {
            // The first to say so counts.
            if !found.iter().any(|(known, _)| *known == control) {
                found.push((control, mapping));
            }
        };
        for (key, controls) in &rule.frameworks {
            let published = controls.iter().filter(|_| *key == self.key);
            for control in published.filter(|control| control.starts_with(&*self.prefix)) {
                add(control, Mapping::Published);
            }
        }
        for (tool, checks) in &rule.equivalents {
            let same = checks
                .iter()
                .filter(|_| Some(tool) == self.equivalents.as_ref());
            for check in same.filter(|check| self.title_of(check).is_some()) {
                add(check, Mapping::Same);
            }
        }
        for (key, controls) in &rule.frameworks {
            let own = controls.iter().filter(|_| **key == *OWN_MAPPINGS);
            for control in own.filter_map(|own| own.split_once(':')) {
                if control.0 == &*self.key && control.1.starts_with(&*self.prefix) {
                    add(control.1, Mapping::Skylint);
                }
            }
        }
        found
    }

    /// The title of a control, if it is listed.
    pub fn title_of(&self, control: &str) -> Option<&Arc<str>> {
        let mut controls = self.controls.iter();
        controls
            .find(|(id, _)| **id == *control)
            .map(|(_, title)| title)
    }

    /// Whether a rule is on any of its controls.
    pub fn has(&self, rule: &RuleInfo) -> bool {
        !self.controls_of(rule).is_empty()
    }

    /// Where each control stands. `known` are the rules there are, also those that did not run.
    pub fn standing(&self, results: &Results, known: &[Arc<RuleInfo>]) -> FrameworkStanding {
        let ran = results.rules.iter().zip(&results.by_rule);
        let ran: BTreeMap<&str, Summary> = ran.map(|(rule, s)| (&*rule.id, *s)).collect();
        let rules = results.rules.iter().chain(known);
        let rules: BTreeMap<&str, &Arc<RuleInfo>> = rules.rev().map(|r| (&*r.id, r)).collect();
        let mut by_control: BTreeMap<&str, Vec<RuleStanding>> = BTreeMap::new();
        for rule in rules.values() {
            for (control, mapping) in self.controls_of(rule) {
                by_control.entry(control).or_default().push(RuleStanding {
                    id: Arc::clone(&rule.id),
                    title: Arc::clone(&rule.title),
                    mapping,
                    verdicts: ran.get(&*rule.id).copied(),
                });
            }
        }
        let control = |id: &Arc<str>, title: &Arc<str>, rules: Vec<RuleStanding>| ControlStanding {
            id: Arc::clone(id),
            title: Arc::clone(title),
            standing: standing(&rules),
            rules,
        };
        let listed = self.controls.iter();
        let mut controls: Vec<_> = listed
            .map(|(id, title)| control(id, title, by_control.remove(&**id).unwrap_or_default()))
            .collect();
        // What an organisation's own rules name and is not listed is shown all the same.
        let unlisted: Arc<str> = "(not among the controls that are listed)".into();
        controls.extend(
            by_control
                .into_iter()
                .map(|(id, rules)| control(&id.into(), &unlisted, rules)),
        );
        FrameworkStanding {
            name: Arc::clone(&self.name),
            title: Arc::clone(&self.title),
            edition: Arc::clone(&self.edition),
            url: Arc::clone(&self.url),
            listed: self.controls.len(),
            note: Arc::clone(&self.note),
            size: self.size,
            controls,
        }
    }
}

/// What the verdicts of a control's rules mean for it.
fn standing(rules: &[RuleStanding]) -> Standing {
    let sum: Summary = rules.iter().filter_map(|rule| rule.verdicts).sum();
    let is_missing = rules.iter().any(|rule| rule.verdicts.is_none());
    let judged = sum.pass + sum.waived > 0;
    if rules.is_empty() {
        Standing::NotCovered
    } else if sum.fail > 0 {
        Standing::Failed
    } else if sum.unknown > 0 || judged && is_missing {
        Standing::Undecided
    } else if is_missing {
        Standing::NotRun
    } else if sum.waived > 0 {
        Standing::Waived
    } else if sum.pass > 0 {
        Standing::Satisfied
    } else {
        Standing::OutOfScope
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read_and_called_by_its_name() {
        for (path, text) in files() {
            match parse(text) {
                Err(faults) => panic!("{path}: {faults:#?}"),
                Ok(framework) => {
                    assert_eq!(format!("{}.yaml", framework.name), *path);
                    let listed = framework.controls.len();
                    assert!(
                        framework.size.is_none_or(|all| listed <= all),
                        "{path}: size"
                    );
                    assert!(framework.url.starts_with("https://"), "{path}: url");
                    let titles = framework.controls.iter().map(|(_, title)| title.len());
                    assert!(titles.min() > Some(3), "{path}: a title");
                }
            }
        }
        assert_eq!(frameworks().len(), files().len());
    }

    #[test]
    fn a_control_stands_as_its_rules_say() {
        let rule = |verdicts: Option<[usize; 5]>| RuleStanding {
            id: "DB-001".into(),
            title: "a title".into(),
            mapping: Mapping::Published,
            verdicts: verdicts.map(|[pass, fail, unknown, not_applicable, waived]| Summary {
                pass,
                fail,
                unknown,
                not_applicable,
                waived,
            }),
        };
        let of = |rules: &[Option<[usize; 5]>]| {
            let rules: Vec<_> = rules.iter().copied().map(rule).collect();
            standing(&rules)
        };
        assert_eq!(of(&[]), Standing::NotCovered);
        assert_eq!(of(&[None]), Standing::NotRun);
        assert_eq!(of(&[Some([0; 5])]), Standing::OutOfScope);
        assert_eq!(of(&[Some([0, 0, 0, 7, 0])]), Standing::OutOfScope);
        assert_eq!(of(&[Some([1, 0, 0, 7, 0])]), Standing::Satisfied);
        assert_eq!(of(&[Some([1, 0, 0, 0, 1])]), Standing::Waived);
        assert_eq!(of(&[Some([1, 0, 0, 0, 0]), None]), Standing::Undecided);
        assert_eq!(of(&[Some([0, 0, 0, 1, 0]), None]), Standing::NotRun);
        assert_eq!(of(&[Some([9, 0, 1, 0, 9])]), Standing::Undecided);
        assert_eq!(of(&[Some([9, 1, 1, 1, 1]), None]), Standing::Failed);
    }
}
