//! `skylint rules new`.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use clap::Args as ClapArgs;

use super::rule_set::{AllRules, RuleSet};
use super::{CliError, loudness, output};
use crate::document::did_you_mean;
use crate::policy::Outcome;
use crate::rule::{self, Rule};
use crate::types::{self, Door, Kind, Shape};

/// What marks a place that the author has to fill in.
const MARK: &str = "FILL IN:";

/// Options of it.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// The id of the rule, such as ACME-001; or its domain, such as ACME, for the next free number
    id: String,
    /// Its name in words: what it is about, in lower case, joined by hyphens (bucket-versioning)
    slug: String,
    /// The resource type that it judges, such as AWS::S3::Bucket
    #[arg(long, value_name = "TYPE")]
    resource: String,
    /// The directory to write it to; rules/ and the domain if not said
    #[arg(long, value_name = "DIR")]
    dir: Option<String>,
    #[command(flatten)]
    rules: AllRules,
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let shape = shape(&args.resource)?;
    if !rule::is_slug(&args.slug) {
        return Err(CliError::usage(
            format!("`{}` is not a slug", args.slug),
            Some("a slug is lower-case words joined by hyphens, such as bucket-versioning".into()),
        ));
    }
    let domain = domain(&args.id)?;
    let directory = match &args.dir {
        Some(directory) => directory.clone(),
        None => format!("rules/{}", domain.to_lowercase()),
    };
    let others = others(&args.rules, &directory)?;
    let id = match domain == args.id {
        true => next(domain, &others),
        false => args.id.clone(),
    };
    free(&id, &args.slug, domain, &others)?;
    let path = Path::new(&directory).join(format!("{id}-{}.yaml", args.slug));
    let path = path.to_string_lossy().into_owned();
    if Path::new(&path).exists() {
        return Err(CliError::usage(
            format!("there is a {path} already"),
            Some("rules new never writes over a file: choose another slug, or remove it".into()),
        ));
    }
    fs::create_dir_all(&directory).map_err(|error| CliError::Write {
        path: directory.clone(),
        error,
    })?;
    let text = scaffold(&id, &args.slug, shape);
    output::whole_file(&path, &mut |file| file.write_all(text.as_bytes()))?;
    loudness::note(&format!(
        "wrote {path}\nfill in what is marked, until this has nothing left to say: skylint rules test {path}"
    ));
    Ok(Outcome::Passed)
}

/// The shape of a resource type that there is.
fn shape(rtype: &str) -> Result<&'static Shape, CliError> {
    types::shape(rtype).ok_or_else(|| {
        let help = match types::for_terraform(rtype) {
            Some(canonical) => format!("rules name types as CloudFormation does: {canonical}"),
            None => did_you_mean(rtype, types::names()).unwrap_or_else(|| {
                "types have the names of CloudFormation, such as AWS::S3::Bucket".to_owned()
            }),
        };
        CliError::usage(format!("unknown resource type `{rtype}`"), Some(help))
    })
}

/// The domain that an id begins with; all of it where the number is left open.
fn domain(id: &str) -> Result<&str, CliError> {
    if rule::is_id(id) {
        return Ok(id.rsplit_once('-').map_or(id, |(domain, _)| domain));
    }
    if rule::is_id(&format!("{id}-1")) {
        return Ok(id);
    }
    let upper = id.to_uppercase();
    let is_meant = rule::is_id(&upper) || rule::is_id(&format!("{upper}-1"));
    Err(CliError::usage(
        format!("`{id}` is not a rule id"),
        Some(match is_meant {
            true => format!("did you mean `{upper}`?"),
            false => "an id is a domain and a number, such as ACME-001".to_owned(),
        }),
    ))
}

/// A rule that there is.
struct Known {
    id: String,
    slug: String,
    path: String,
}

impl Known {
    fn of(rule: &Rule) -> Self {
        Self {
            id: rule.info.id.to_string(),
            slug: rule.info.slug.to_string(),
            path: rule.path.to_string(),
        }
    }

    /// What a file that does not load is going to be, by its name.
    fn by_name(path: &str) -> Option<Self> {
        let stem = Path::new(path).file_stem()?.to_str()?;
        let mut ends = stem.match_indices('-').map(|(at, _)| at);
        let (id, slug) = ends.find_map(|at| {
            let (id, rest) = stem.split_at(at);
            rule::is_id(id).then(|| (id, rest.trim_start_matches('-')))
        })?;
        Some(Self {
            id: id.to_owned(),
            slug: slug.to_owned(),
            path: path.to_owned(),
        })
    }
}

/// The rules there are: those built in, those that the settings and the options name, those in the directory.
fn others(rules: &AllRules, directory: &str) -> Result<Vec<Known>, CliError> {
    let (_, all) = rules.load()?;
    let mut sets = vec![all];
    // A directory without rules is no error here.
    sets.extend(RuleSet::from_path(directory).ok());
    let of = |set: &RuleSet| {
        let broken = set.faults.iter().filter_map(|f| Known::by_name(&f.path));
        let known: Vec<Known> = set.rules.iter().map(Known::of).chain(broken).collect();
        known
    };
    Ok(sets.iter().flat_map(of).collect())
}

/// The first number of a domain after those that are taken, in three digits at least.
fn next(domain: &str, others: &[Known]) -> String {
    let taken = others.iter().filter_map(|rule| {
        let (its, number) = rule.id.rsplit_once('-')?;
        (its == domain).then(|| number.parse::<u32>().ok())?
    });
    format!("{domain}-{:03}", taken.max().unwrap_or(0).saturating_add(1))
}

/// That no rule has the id or the slug.
fn free(id: &str, slug: &str, domain: &str, others: &[Known]) -> Result<(), CliError> {
    for rule in others {
        let (what, help) = if rule.id == id {
            let free = next(domain, others);
            (format!("id {id}"), format!("{free} is free"))
        } else if rule.slug == slug {
            let help = "choose another, or add to that rule".to_owned();
            (format!("slug {slug}"), help)
        } else {
            continue;
        };
        let message = format!("there is a rule with the {what} already: {}", rule.path);
        return Err(CliError::usage(message, Some(help)));
    }
    Ok(())
}

/// The rule file: all that a rule needs, and where something is to be thought of, the mark and what to think of.
fn scaffold(id: &str, slug: &str, shape: &Shape) -> String {
    let mut properties = String::new();
    let fields = shape.root().fields.iter().filter(|field| !field.read_only);
    let fields: Vec<String> = fields
        .map(|field| format!("{} ({})", field.name, kind(&field.kind, shape)))
        .collect();
    let _ = writeln!(
        properties,
        "# Its properties (this list can go when you are done):"
    );
    for field in fields {
        for line in textwrap::wrap(&field, textwrap::Options::new(114).subsequent_indent("  ")) {
            let _ = writeln!(properties, "#   {line}");
        }
    }
    let doors = doors(&shape.name);
    if !doors.is_empty() {
        let text = format!(
            "Note: skylint does not read {} from {}. There the rule has nothing to judge.",
            shape.name,
            doors.join(" or ")
        );
        for line in textwrap::wrap(&text, 116) {
            let _ = writeln!(properties, "# {line}");
        }
    }
    TEMPLATE
        .replace("<id>", id)
        .replace("<slug>", slug)
        .replace("<properties>\n", &properties)
        .replace("<type>", &shape.name)
}

/// The doors by which a type cannot come in.
fn doors(rtype: &str) -> Vec<&'static str> {
    let mut doors = Vec::new();
    if !types::spelled(Door::Terraform).contains(&rtype) {
        doors.push("Terraform");
    }
    if !types::live().contains(&rtype) {
        doors.push("live accounts");
    }
    doors
}

/// The places of a rule's text that are still marked, as offsets, and what is to be thought of there.
/// `skylint rules test` fails as long as there is one.
pub(super) fn open(text: &str) -> Vec<(usize, &str)> {
    let marks = text.match_indices(MARK).map(|(at, _)| {
        let rest = text.get(at..).and_then(|rest| rest.lines().next());
        (at, rest.unwrap_or(MARK).trim_end_matches('"'))
    });
    marks.collect()
}

/// A property's type; of objects with what is in them.
fn kind(kind: &Kind, shape: &Shape) -> String {
    let members = |index: usize| {
        let fields = shape.def(index).map_or(&[][..], |def| &def.fields);
        let names: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
        names.join(", ")
    };
    match kind {
        Kind::String => "string".to_owned(),
        Kind::Bool => "boolean".to_owned(),
        Kind::Int => "integer".to_owned(),
        Kind::Number => "number".to_owned(),
        Kind::Json => "JSON".to_owned(),
        Kind::Map(_) => "object".to_owned(),
        Kind::Object(index) => format!("object: {}", members(*index)),
        Kind::List(of) => match &**of {
            Kind::Object(index) => format!("list of objects: {}", members(*index)),
            _ => "list".to_owned(),
        },
    }
}

/// What is written. It loads, and judges everything to fail, so that no example holds by chance.
const TEMPLATE: &str = r#"id: <id>
slug: <slug>
# What is wrong where the rule fails, in one line without a full stop.
title: "FILL IN: what is wrong"
# critical, high, medium or low: what it may cost if nobody acts on it.
severity: medium

# What users may set, with a default: conditions read it as `params.days`. Delete it if there is nothing to set.
# params:
#   days: { default: 7, doc: The least number of days }

# The type that is judged. Each of its resources gets one verdict.
<properties>
resource: <type>

# Where the rule applies, as an expression; elsewhere it is not applicable. Delete it if it applies everywhere.
# Examples: has(self.Property), self.Property != "text", tag(self, "stage") == "production"
when: "true" # FILL IN: where it applies

# What must hold, as an expression. Write it as if everything were known: what is not is reported as unknown.
# Examples: self.Property == true, self.Number >= 7, self.List.exists(x, x.Name == "text"), self.List.size() > 1
require: "false" # FILL IN: what must hold

# One sentence about a resource that fails. {self} is its name; {self.Property} quotes a property.
message: "FILL IN: {self} does what it should not"

# Why it matters: something an auditor can quote.
why: |
  FILL IN: what happens to those who do not follow it.
fix:
  # What to do, and what the change does to a resource in use.
  text: "FILL IN: set this, at no cost, without replacing the resource"
  # What would make it pass.
  # set: { Property: true }
# Where it says so.
references: [] # FILL IN: pages of the documentation

# The rule's tests: templates as small as can be, and the verdict that each must get. `skylint rules test` runs them.
examples:
  - name: "FILL IN: what breaks the rule"
    verdict: fail
    at: "FILL IN: the property that the finding must point at"
    template: |
      Resources:
        It:
          Type: <type>
          Properties: {}
  - name: "FILL IN: what follows it"
    verdict: pass
    template: |
      Resources:
        It:
          Type: <type>
          Properties: {}
  - name: "FILL IN: what it is not about (delete this one together with `when`)"
    verdict: not-applicable
    template: |
      Resources:
        It:
          Type: <type>
          Properties: {}
  - name: "FILL IN: what cannot be known, here because nobody gave the parameter"
    verdict: unknown
    template: |
      Parameters: { Open: { Type: String } }
      Resources:
        It:
          Type: <type>
          Properties: {} # Property: !Ref Open
"#;

#[cfg(test)]
#[allow(clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    /// Whatever a type's properties are called, what is written is a rule.
    #[test]
    fn it_loads_for_every_type() {
        for name in types::names() {
            let Some(shape) = types::shape(name) else {
                panic!("{name} has no shape");
            };
            let text = scaffold("ACME-001", "a-b", shape);
            if let Err(faults) = rule::parse("rule.yaml", &text) {
                panic!("{name}: {:?}\n{text}", faults.faults);
            }
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(140), "{name} has a line of {widest:?}");
        }
    }
}
