//! Exceptions written in the sources, in the one form that every door reads.

use std::sync::Arc;

use super::Read;
use crate::model::{Day, InputFailure, Location, Suppression};

/// What an exception in a comment begins with.
pub(super) const MARK: &str = "skylint:ignore";

/// Reads what stands behind the mark: `DB-001 reason="…" until=2027-01-31`. Several rules are
/// separated by commas or blanks.
pub(super) fn parse(text: &str, location: &Location) -> Result<Vec<Suppression>, String> {
    let mut rules = Vec::new();
    let mut reason = None;
    let mut until = None;
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("reason=") {
            let (value, after) = quoted(after)?;
            reason = Some(value);
            rest = after.trim_start();
            continue;
        }
        let end = rest.find([' ', '\t', ',']).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = after.trim_start_matches([' ', '\t', ',']);
        match word.strip_prefix("until=") {
            Some(day) => until = Some(day.trim_matches('"').to_owned()),
            None if word.contains('=') => {
                return Err(format!(
                    "`{word}` is neither reason=\"…\" nor until=YYYY-MM-DD"
                ));
            }
            None => rules.push(word.to_owned()),
        }
    }
    make(&rules, reason.as_deref(), until.as_deref(), location)
}

/// Puts together what an exception says.
pub(super) fn make(
    rules: &[String],
    reason: Option<&str>,
    until: Option<&str>,
    location: &Location,
) -> Result<Vec<Suppression>, String> {
    if rules.is_empty() {
        return Err("it does not say which rule".to_owned());
    }
    let reason = reason.map(str::trim).filter(|r| !r.is_empty());
    let Some(reason) = reason else {
        return Err("it has no reason".to_owned());
    };
    if let Some(day) = until {
        day.parse::<Day>()
            .map_err(|message| format!("of until, {message}"))?;
    }
    let all = rules.iter().map(|rule| Suppression {
        rule: rule.as_str().into(),
        reason: reason.into(),
        owner: None,
        target: None,
        until: until.map(Arc::from),
        location: location.clone(),
    });
    Ok(all.collect())
}

/// Takes up an exception, once; its index.
pub(super) fn add(read: &mut Read, one: Suppression) -> usize {
    let all = &mut read.snapshot.suppressions;
    match all.iter().position(|known| *known == one) {
        Some(index) => index,
        None => {
            all.push(one);
            all.len() - 1
        }
    }
}

/// Says that an exception is not one.
pub(super) fn complain(read: &mut Read, why: String, form: &str, location: &Location) {
    read.warnings.push(InputFailure {
        path: Arc::clone(&location.path),
        message: format!("this exception is not one: {why}").into(),
        location: Some(location.clone()),
        help: Some(format!("write {form}").into()),
    });
}

/// A text in quotes, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let Some(inside) = text.strip_prefix('"') else {
        return Err("the reason is not in quotes".to_owned());
    };
    let mut value = String::new();
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => {
                let after = inside.get(at + 1..).unwrap_or_default();
                return Ok((value, after));
            }
            c => {
                escaped = false;
                value.push(c);
            }
        }
    }
    Err("the reason's quotes do not end".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    fn parsed(text: &str) -> Result<Vec<String>, String> {
        let location = Location::in_text(None, "f".into(), "", Span::default());
        let all = parse(text, &location)?;
        let show = |s: &Suppression| {
            format!(
                "{}|{}|{}",
                s.rule,
                s.reason,
                s.until.as_deref().unwrap_or("-")
            )
        };
        Ok(all.iter().map(show).collect())
    }

    #[test]
    fn exceptions_say_rule_reason_and_end() {
        assert_eq!(
            parsed(r#" DB-001, DB-004 reason="a \"b\" = c" until=2028-02-29"#),
            Ok(vec![
                r#"DB-001|a "b" = c|2028-02-29"#.to_owned(),
                r#"DB-004|a "b" = c|2028-02-29"#.to_owned()
            ])
        );
        assert_eq!(parsed(r#"x reason="y""#), Ok(vec!["x|y|-".to_owned()]));
        for wrong in [
            "DB-001",
            r#"DB-001 reason="""#,
            r#"reason="no rule""#,
            r#"DB-001 reason="x" until=2027-02-29"#,
            r#"DB-001 reason="x" until=soon"#,
            r#"DB-001 reason="x"#,
            "DB-001 reason=x",
            r#"DB-001 because="x""#,
        ] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }
}
