//! What serde_json found wrong with a text, in the words and places of the reports.

use crate::model::Span;

/// What is wrong with a JSON text that `writer` should have written, and the byte it is found at.
pub(super) fn fault(error: &serde_json::Error, text: &str, writer: &str) -> (String, Span) {
    let line_start: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let at = (line_start + error.column().saturating_sub(1)).min(text.len());
    let message = without_place(error);
    let message = match error.is_eof() {
        true => format!("it ends in the middle: {message}"),
        false => format!("it is not what {writer} writes: {message}"),
    };
    (message, Span::new(at, at))
}

/// What an error says, without the place it ends with, which is said apart from it.
pub(super) fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message
        .split(" at line ")
        .next()
        .unwrap_or(&message)
        .to_owned()
}
