//! Frameworks, control by control: what is satisfied, what is not, what nobody can say, and what no rule is
//! about. As text, JSON (`docs/frameworks-v1.schema.json`), Markdown and a page.

use std::io::{self, Write};

use serde::Serialize;
use textwrap::{Options, WordSeparator, WordSplitter};

use crate::model::{ControlStanding, FrameworkStanding, Mapping, RuleStanding, Standing, Summary};

use super::markdown::escaped;
use super::{Format, Material, Settings, clean};

/// Marks what only skylint says.
const OWN: &str = "skylint's own mapping: no published source relates the rule to the control";

/// Writes where the controls stand, in one of the formats that can say it.
///
/// # Errors
/// If `w` cannot be written to. A format that cannot say it writes nothing.
pub fn write(
    format: Format,
    frameworks: &[FrameworkStanding],
    material: &Material<'_>,
    settings: &Settings,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let mut w = io::BufWriter::new(w);
    match format {
        Format::Human => human(frameworks, material, settings, &mut w),
        Format::Json => json(frameworks, material, settings, &mut w),
        Format::Markdown => markdown(frameworks, material, &mut w),
        Format::Html => html(frameworks, material, settings, &mut w),
        _ => Ok(()),
    }?;
    w.flush()
}

/// Whether a format can say where controls stand.
pub fn is_for(format: Format) -> bool {
    matches!(
        format,
        Format::Human | Format::Json | Format::Markdown | Format::Html
    )
}

/// `1 failed, 2 unknown, 3 passed`; what there is none of is left out.
fn counts(verdicts: &Summary) -> String {
    let parts = [
        (verdicts.fail, "failed"),
        (verdicts.unknown, "unknown"),
        (verdicts.waived, "waived"),
        (verdicts.pass, "passed"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    match parts.is_empty() {
        true => "nothing that it is about".to_owned(),
        false => parts.join(", "),
    }
}

fn verdicts(rule: &RuleStanding) -> String {
    rule.verdicts
        .as_ref()
        .map_or_else(|| "did not run".to_owned(), counts)
}

/// `3 failed, 1 undecided, …, 290 not covered by any rule`.
fn totals(framework: &FrameworkStanding) -> String {
    let words = Standing::ALL.into_iter().filter_map(|standing| {
        let count = framework.count(standing);
        (count > 0).then(|| format!("{count} {standing}"))
    });
    words.collect::<Vec<_>>().join(", ")
}

/// `2017: all 61 controls are listed. …`
fn source(framework: &FrameworkStanding) -> String {
    format!(
        "{}: {}. {}",
        framework.edition,
        framework.completeness(),
        framework.note.trim()
    )
}

/// The controls of each standing, in the order of both.
fn groups(
    framework: &FrameworkStanding,
) -> impl Iterator<Item = (Standing, Vec<&ControlStanding>)> {
    Standing::ALL.into_iter().filter_map(|standing| {
        let controls = framework.controls.iter();
        let of: Vec<_> = controls.filter(|c| c.standing == standing).collect();
        (!of.is_empty()).then_some((standing, of))
    })
}

/// Whether a control's rules have anything to say about it.
fn is_judged(standing: Standing) -> bool {
    !matches!(
        standing,
        Standing::OutOfScope | Standing::NotRun | Standing::NotCovered
    )
}

fn human(
    frameworks: &[FrameworkStanding],
    material: &Material<'_>,
    settings: &Settings,
    w: &mut dyn Write,
) -> io::Result<()> {
    let paint = |code: &str, text: &str| match settings.color {
        true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        false => text.to_owned(),
    };
    let width = settings.width.clamp(40, 120);
    let wrap = |w: &mut dyn Write, first: &str, rest: &str, text: &str| -> io::Result<()> {
        let options = Options::new(width)
            .initial_indent(first)
            .subsequent_indent(rest)
            .break_words(false)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation);
        for line in textwrap::wrap(&clean(text), options) {
            writeln!(w, "{line}")?;
        }
        Ok(())
    };
    for (at, framework) in frameworks.iter().enumerate() {
        if at > 0 {
            writeln!(w)?;
        }
        let title = format!("{} ({})", framework.title, framework.name);
        writeln!(w, "{}", paint("1", &clean(&title)))?;
        wrap(w, "", "", &totals(framework))?;
        if !material.failures.is_empty() {
            wrap(w, "", "", INCOMPLETE)?;
        }
        let mut has_own = false;
        for (standing, controls) in groups(framework) {
            let color = match standing {
                Standing::Failed => "1;31",
                Standing::Undecided => "1;33",
                Standing::Satisfied => "1;32",
                _ => "1",
            };
            writeln!(w, "\n{}", paint(color, standing.in_words()))?;
            if standing == Standing::NotCovered {
                let ids: Vec<&str> = controls.iter().map(|c| &*c.id).collect();
                wrap(w, "  ", "  ", &ids.join(", "))?;
                continue;
            }
            let room = controls.iter().map(|c| c.id.chars().count()).max();
            let room = room.unwrap_or_default();
            for control in controls {
                let indent = " ".repeat(room + 4);
                let id = clean(&control.id);
                let pad = " ".repeat(room.saturating_sub(id.chars().count()));
                let first = format!("  {}{pad}  ", paint("1", &id));
                let mut title = control.title.to_string();
                if !is_judged(standing) {
                    let ids: Vec<&str> = control.rules.iter().map(|r| &*r.id).collect();
                    title = format!("{title} ({})", ids.join(", "));
                }
                wrap(w, &first, &indent, &title)?;
                for rule in control.rules.iter().filter(|_| is_judged(standing)) {
                    let own = rule.mapping == Mapping::Skylint;
                    has_own |= own;
                    let own = if own { "*" } else { "" };
                    let line = format!("{}{own}: {}", rule.id, verdicts(rule));
                    wrap(w, &indent, &format!("{indent}  "), &line)?;
                }
            }
        }
        writeln!(w)?;
        if has_own {
            wrap(w, "* ", "  ", OWN)?;
        }
        wrap(w, "", "", &source(framework))?;
        writeln!(w, "{}", clean(&framework.url))?;
    }
    Ok(())
}

const INCOMPLETE: &str =
    "Not everything could be read: what was not read may hold anything, whatever stands below.";

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    tool: Tool<'a>,
    /// Whether everything was read that was to be read.
    complete: bool,
    frameworks: Vec<Framework<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

#[derive(Serialize)]
struct Framework<'a> {
    name: &'a str,
    title: &'a str,
    edition: &'a str,
    url: &'a str,
    listed: Listed<'a>,
    summary: serde_json::Map<String, serde_json::Value>,
    controls: Vec<Control<'a>>,
}

#[derive(Serialize)]
struct Listed<'a> {
    controls: usize,
    /// `None` where nobody counts them.
    of: Option<usize>,
    note: &'a str,
}

#[derive(Serialize)]
struct Control<'a> {
    id: &'a str,
    title: &'a str,
    standing: &'static str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
    title: &'a str,
    mapping: &'static str,
    verdicts: Option<Summary>,
}

impl<'a> From<&'a RuleStanding> for Rule<'a> {
    fn from(rule: &'a RuleStanding) -> Self {
        Self {
            id: &rule.id,
            title: &rule.title,
            mapping: rule.mapping.as_str(),
            verdicts: rule.verdicts,
        }
    }
}

impl<'a> From<&'a ControlStanding> for Control<'a> {
    fn from(control: &'a ControlStanding) -> Self {
        Self {
            id: &control.id,
            title: &control.title,
            standing: control.standing.as_str(),
            rules: control.rules.iter().map(Rule::from).collect(),
        }
    }
}

impl<'a> From<&'a FrameworkStanding> for Framework<'a> {
    fn from(framework: &'a FrameworkStanding) -> Self {
        let summary = Standing::ALL.map(|standing| {
            let count = framework.count(standing);
            (standing.as_str().to_owned(), count.into())
        });
        Self {
            name: &framework.name,
            title: &framework.title,
            edition: &framework.edition,
            url: &framework.url,
            listed: Listed {
                controls: framework.listed,
                of: framework.size,
                note: framework.note.trim(),
            },
            summary: summary.into_iter().collect(),
            controls: framework.controls.iter().map(Control::from).collect(),
        }
    }
}

fn json(
    frameworks: &[FrameworkStanding],
    material: &Material<'_>,
    settings: &Settings,
    w: &mut dyn Write,
) -> io::Result<()> {
    let report = Report {
        version: 1,
        tool: Tool {
            name: "skylint",
            version: settings.version,
        },
        complete: material.failures.is_empty(),
        frameworks: frameworks.iter().map(Framework::from).collect(),
    };
    super::to_json(&mut *w, &report)?;
    w.write_all(b"\n")
}

fn markdown(
    frameworks: &[FrameworkStanding],
    material: &Material<'_>,
    w: &mut dyn Write,
) -> io::Result<()> {
    for (at, framework) in frameworks.iter().enumerate() {
        if at > 0 {
            writeln!(w)?;
        }
        writeln!(w, "# {}\n", escaped(&framework.title))?;
        if !material.failures.is_empty() {
            writeln!(w, "> {INCOMPLETE}\n")?;
        }
        writeln!(w, "{}.\n", totals(framework))?;
        writeln!(
            w,
            "{} <{}>",
            escaped(&source(framework)),
            framework.url.replace(['<', '>', ' '], "")
        )?;
        for (standing, controls) in groups(framework) {
            writeln!(w, "\n## {}\n", heading(standing))?;
            if standing == Standing::NotCovered {
                writeln!(w, "| control | |\n| --- | --- |")?;
            } else {
                writeln!(w, "| control | | rules |\n| --- | --- | --- |")?;
            }
            for control in controls {
                let rules = control.rules.iter().map(|rule| {
                    let own = match rule.mapping {
                        Mapping::Skylint => " (skylint's mapping)",
                        Mapping::Published | Mapping::Same => "",
                    };
                    format!("{}{own}: {}", escaped(&rule.id), verdicts(rule))
                });
                let rules = rules.collect::<Vec<_>>().join("<br>");
                let rules = match standing {
                    Standing::NotCovered => String::new(),
                    _ => format!(" {rules} |"),
                };
                let (id, title) = (escaped(&control.id), escaped(&control.title));
                writeln!(w, "| {id} | {title} |{rules}")?;
            }
        }
    }
    Ok(())
}

/// With a capital.
fn heading(standing: Standing) -> String {
    let words = standing.in_words();
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// How the page looks, on a screen and on paper.
const STYLE: &str = "
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent) }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td, th { border-top: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top }
td:first-child { white-space: nowrap; font-weight: 600 }
tr { break-inside: avoid }
.bar { display: flex; height: 1.2rem; margin: 1rem 0; border-radius: .3rem; overflow: hidden }
.key { display: inline-block; width: .8em; height: .8em; border-radius: .2em; margin-right: .4em }
.key, .bar span { print-color-adjust: exact; -webkit-print-color-adjust: exact }
.failed { background: #c62828 } .undecided { background: #ef8f00 } .waived { background: #7e57c2 }
.satisfied { background: #2e7d32 } .no-resource-in-scope { background: #78909c }
.not-run { background: #90a4ae } .not-covered { background: #cfd8dc }
ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.5rem }
small { opacity: .75 } .warning { border-left: .3rem solid #c62828; padding-left: .8rem }
";

/// Text of an input as HTML shows it.
fn text(text: &str) -> String {
    let text = clean(text);
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

fn html(
    frameworks: &[FrameworkStanding],
    material: &Material<'_>,
    settings: &Settings,
    w: &mut dyn Write,
) -> io::Result<()> {
    let names: Vec<String> = frameworks.iter().map(|f| text(&f.title)).collect();
    writeln!(
        w,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{}</title><style>{STYLE}</style></head><body>",
        names.join(", ")
    )?;
    for framework in frameworks {
        writeln!(w, "<h1>{}</h1>", text(&framework.title))?;
        if !material.failures.is_empty() {
            writeln!(w, "<p class=\"warning\">{INCOMPLETE}</p>")?;
        }
        let present: Vec<_> = groups(framework).collect();
        write!(w, "<div class=\"bar\" aria-hidden=\"true\">")?;
        for (standing, controls) in &present {
            let (class, share) = (standing.as_str(), controls.len());
            write!(w, "<span class=\"{class}\" style=\"flex:{share}\"></span>")?;
        }
        writeln!(w, "</div><ul>")?;
        for (standing, controls) in &present {
            let (class, count) = (standing.as_str(), controls.len());
            writeln!(
                w,
                "<li><span class=\"key {class}\"></span>{count} {standing}</li>"
            )?;
        }
        writeln!(
            w,
            "</ul><p>{} <a href=\"{url}\">{url}</a></p>",
            text(&source(framework)),
            url = text(&framework.url)
        )?;
        for (standing, controls) in present {
            let class = standing.as_str();
            writeln!(
                w,
                "<h2><span class=\"key {class}\"></span>{}</h2><table>",
                heading(standing)
            )?;
            for control in controls {
                let rules = control.rules.iter().map(|rule| {
                    let own = match rule.mapping {
                        Mapping::Skylint => " <small>(skylint's mapping)</small>",
                        Mapping::Published | Mapping::Same => "",
                    };
                    let (id, title) = (text(&rule.id), text(&rule.title));
                    format!(
                        "<b>{id}</b>{own}: {}<br><small>{title}</small>",
                        verdicts(rule)
                    )
                });
                writeln!(
                    w,
                    "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
                    text(&control.id),
                    text(&control.title),
                    rules.collect::<Vec<_>>().join("<br>")
                )?;
            }
            writeln!(w, "</table>")?;
        }
    }
    writeln!(
        w,
        "<p><small>skylint {}. A control is satisfied if a rule on it passes somewhere and none fails or is \
         unknown; that says nothing about what no rule asks.</small></p></body></html>",
        text(settings.version)
    )
}
