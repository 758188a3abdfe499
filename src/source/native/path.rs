//! Property paths as text: `A.B[1].C`, and `Tags["a.b"]` for a name that would be misread.

use crate::model::{Path, Segment};

/// The text of a path.
pub(super) fn to_text(path: &[Segment]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Index(index) => text.push_str(&format!("[{index}]")),
            Segment::Key(name) if is_plain(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
            }
            Segment::Key(name) => {
                text.push('[');
                text.push_str(&serde_json::Value::from(&**name).to_string());
                text.push(']');
            }
        }
    }
    text
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['.', '[', ']', '"'])
}

/// The path that a text means, if it means one.
pub(super) fn parse(text: &str) -> Option<Path> {
    let mut path = Path::root();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            if inner.starts_with('"') {
                let mut names = serde_json::Deserializer::from_str(inner).into_iter::<String>();
                let name = names.next()?.ok()?;
                rest = inner.get(names.byte_offset()..)?.strip_prefix(']')?;
                path = path.key(name);
            } else {
                let (digits, after) = inner.split_once(']')?;
                path = path.index(digits.parse().ok()?);
                rest = after;
            }
        } else {
            let begun = !path.0.is_empty();
            let name = if begun { rest.strip_prefix('.')? } else { rest };
            let end = name.find(['.', '[']).unwrap_or(name.len());
            let (name, after) = name.split_at_checked(end)?;
            if !is_plain(name) {
                return None;
            }
            path = path.key(name);
            rest = after;
        }
    }
    (!path.0.is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_as_they_are_written() {
        for text in [
            "MultiAZ",
            "A.B[1].C",
            "A[0][2].B",
            r#"Tags["a.b"].C"#,
            r#"["x[0]"]["\"]"].y[3]"#,
        ] {
            let path = parse(text).unwrap_or_default();
            assert_eq!(to_text(&path.0), text);
        }
        for text in [
            "", ".", "A..B", "A[", "A[x]", "A]", r#"A["x]"#, "A[1]B", "A.",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
