//! saphyr's errors as an author of YAML would put them.

use super::super::{ParseError, found, too_deep};
use crate::model::Span;

const INDENTATION: &str = "check the indentation here and on the lines above";

/// Part of saphyr's message, ours, and what to do. The first that fits counts. `{}` stands for
/// the character at the place of the error.
const WORDS: &[(&str, &str, &str)] = &[
    (
        "mapping values are not allowed",
        "a `:` makes a mapping where none can begin",
        "check the indentation, quote text that holds `: `, and close brackets and quotes above",
    ),
    (
        "illegal placement of ':'",
        "a `:` makes a mapping where none can begin",
        "is a bracket above never closed?",
    ),
    (
        "found unexpected end of stream",
        "the text quoted here is never closed",
        "add the closing quote",
    ),
    (
        "unexpected document indicator",
        "the text quoted here is never closed",
        "add the closing quote",
    ),
    (
        "invalid indentation in quoted scalar",
        "the text quoted here goes on with too little indentation",
        "add the closing quote, or indent the lines that follow",
    ),
    (
        "invalid trailing content after double-quoted",
        "text follows a closing quote",
        "quotes inside quoted text are written `\\\"` in double quotes and `''` in single ones",
    ),
    (
        "unknown escape character",
        "the text quoted here has a backslash that starts no escape",
        "write `\\\\`, or use single quotes",
    ),
    (
        "hexadecimal number",
        "the text quoted here has an escape that is no character",
        "",
    ),
    (
        "Unicode character escape",
        "the text quoted here has an escape that is no character",
        "",
    ),
    (
        "unexpected character",
        "text without quotes cannot begin with {}",
        "put quotes around the text",
    ),
    (
        "simple key expect",
        "this line has no `:` after its key",
        INDENTATION,
    ),
    (
        "did not find expected key",
        "expected a key here",
        INDENTATION,
    ),
    (
        "did not find expected '-'",
        "expected `- ` here: the lines above are a list",
        INDENTATION,
    ),
    (
        "expected ',' or '}'",
        "expected `,` or `}` here",
        "is a `{` above never closed?",
    ),
    (
        "expected ',' or ']'",
        "expected `,` or `]` here",
        "is a `[` above never closed?",
    ),
    ("expected node content", "expected a value, found {}", ""),
    (
        "unexpected end of plain scalar",
        "expected a value, found {}",
        "",
    ),
    (
        "misplaced bracket",
        "this bracket closes nothing",
        "put quotes around text that begins with a bracket",
    ),
    (
        "expected <document start>",
        "this does not belong to the document above",
        INDENTATION,
    ),
    (
        "block sequence entries are not allowed",
        "a list cannot begin here",
        "put `- ` on a line of its own, below the key",
    ),
    (
        "only valid inside a block",
        "`- ` cannot stand inside brackets",
        "separate the entries with commas",
    ),
    (
        "mapping keys are not allowed",
        "a key cannot stand here",
        INDENTATION,
    ),
    (
        "unknown anchor",
        "the alias names an anchor that is not defined above",
        "put quotes around text that begins with `*`",
    ),
    (
        "scanning an anchor or alias",
        "a name should follow the `*` or `&`",
        "put quotes around text that begins with `*` or `&`",
    ),
    (
        "handle wasn't declared",
        "the tag has a prefix that is not declared",
        "",
    ),
    (
        "ing a tag",
        "this is not a valid tag",
        "put quotes around text that begins with `!`",
    ),
    (
        "comments must be separated",
        "a `#` follows without a space",
        "put a space before a comment",
    ),
    (
        "comment intercepting",
        "a comment stands inside text of several lines",
        "put quotes around the text",
    ),
    (
        "scanning a block scalar, did not find",
        "text follows on the line of a `|` or `>`",
        "begin the text on the next line, or put quotes around it",
    ),
    (
        "unprintable",
        "the file holds a NUL character",
        "is this a binary file?",
    ),
    (
        "tab",
        "a tab is used where only spaces may stand",
        "indent with spaces",
    ),
    (
        "indent",
        "the indentation does not fit the lines above",
        INDENTATION,
    ),
];

/// The error for what saphyr says of a place.
pub(super) fn plain_error(text: &str, at: usize, info: &str) -> ParseError {
    let (before, rest) = text.split_at_checked(at).unwrap_or((text, ""));
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(line_start..).unwrap_or_default();
    let line = line.lines().next().unwrap_or_default();
    let word = rest.split(char::is_whitespace).next().unwrap_or_default();
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let mut span = Span::new(at, at + word.len().max(first));

    // saphyr notices a key without a colon on a later line: the next that has its `:`, or the one
    // after it. With the next line indented it has taken both for text of several lines.
    let above = before
        .rsplit_once('\n')
        .map_or("", |(above, _)| above)
        .trim_end();
    let runs_on = rest.starts_with(':')
        && info.contains("mapping values are not allowed")
        && above.lines().next_back().is_some_and(|line| {
            !line.contains(':') && !line.trim_start().starts_with(['#', '-', '"', '\''])
        });
    let mut info = info;
    if runs_on {
        info = "simple key expected";
    }
    if info.starts_with("simple key expect") {
        let written = if rest.starts_with(':') {
            above
        } else {
            before.trim_end()
        };
        let line_start = written.rfind('\n').map_or(0, |newline| newline + 1);
        let line = written.get(line_start..).unwrap_or_default();
        let indentation = line.len() - line.trim_start().len();
        span = Span::new(line_start + indentation, written.len());
    }
    if info.starts_with("recursion limit") {
        return too_deep(span);
    }
    let indentation = line.len() - line.trim_start().len();
    let tab = line.find('\t').filter(|tab| *tab < indentation);
    if let Some(tab) = tab.map(|tab| line_start + tab) {
        return ParseError::new(
            "a tab is used for indentation",
            Span::new(tab, tab + 1),
            Some("indent with spaces: YAML does not allow tabs there"),
        );
    }
    let last_word = before.split_whitespace().next_back().unwrap_or_default();
    if word.starts_with('!') && last_word.starts_with('!') && info.contains("expected") {
        return ParseError::new(
            format!("the tags `{last_word}` and `{word}` stand in a row"),
            span,
            Some("write the first in its long form, such as `Fn::Base64: !Sub …`"),
        );
    }
    let known = WORDS.iter().find(|(part, ..)| info.contains(part));
    let (message, help) = match known {
        Some((_, message, help)) => (message.replace("{}", &found(text, at)), *help),
        None => {
            let detail = info.split_once(", ").map_or(info, |(_, detail)| detail);
            (format!("this is not valid YAML: {detail}"), "")
        }
    };
    let help = match line.contains("{{") {
        true => "put quotes around text that holds `{{`",
        false => help,
    };
    ParseError::new(message, span, Some(help).filter(|help| !help.is_empty()))
}
