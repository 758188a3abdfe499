//! What a file is, by its content, reading no more of it than necessary.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};

/// The kinds of file this door reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The JSON of a plan.
    Plan,
    /// The JSON that `terraform show -json` makes of state.
    ShownState,
    /// A state file.
    State,
    /// What `terraform plan -out` writes.
    BinaryPlan,
    /// A state or plan that OpenTofu encrypted.
    Encrypted,
}

/// What a file is; `None` if it is nothing of Terraform's.
pub(super) fn shape(bytes: &[u8]) -> Option<Shape> {
    if bytes.starts_with(b"PK\x03\x04") {
        return super::binary::is_plan(bytes).then_some(Shape::BinaryPlan);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.iter().find(|b| !b.is_ascii_whitespace())?;
    if *first != b'{' {
        return None;
    }
    let mut keys = Keys::default();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    // It stops with an error as soon as it knows, and may stop with one before.
    let _ = json.deserialize_map(&mut keys);
    keys.shape()
}

/// The decisive keys seen so far.
#[derive(Debug, Default)]
struct Keys {
    format_version: bool,
    terraform_version: bool,
    plan: bool,
    values: bool,
    version: bool,
    state: bool,
    encrypted: bool,
}

impl Keys {
    fn shape(&self) -> Option<Shape> {
        if self.encrypted {
            return Some(Shape::Encrypted);
        }
        match (self.format_version, self.terraform_version || self.state) {
            (true, _) if self.values => Some(Shape::ShownState),
            (true, _) if self.plan => Some(Shape::Plan),
            // An empty state, as `terraform show -json` writes it, or the beginning of something.
            (true, true) => Some(Shape::Plan),
            (true, false) => Some(Shape::ShownState),
            (false, true) if self.version => Some(Shape::State),
            _ => None,
        }
    }

    fn is_decided(&self) -> bool {
        self.encrypted
            || (self.format_version && (self.plan || self.values))
            || (self.version && self.state && self.terraform_version)
    }
}

impl<'de> Visitor<'de> for &mut Keys {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<(), A::Error> {
        while let Some(key) = from.next_key::<Cow<'de, str>>()? {
            match &*key {
                "format_version" => self.format_version = true,
                "terraform_version" => self.terraform_version = true,
                "planned_values" | "resource_changes" | "configuration" => self.plan = true,
                "values" => self.values = true,
                "version" => self.version = true,
                "serial" | "lineage" | "modules" => self.state = true,
                "encrypted_data" => self.encrypted = true,
                // A template, and not Terraform's at all.
                "Resources" | "AWSTemplateFormatVersion" => {
                    *self = Keys::default();
                    return Err(A::Error::custom("decided"));
                }
                _ => {}
            }
            if self.is_decided() {
                return Err(A::Error::custom("decided"));
            }
            from.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_by_their_keys() {
        for (text, expected) in [
            (
                r#"{"format_version":"1.2","terraform_version":"1.9","planned_values":{"#,
                Some(Shape::Plan),
            ),
            (
                r#"{"configuration": {}, "complete": true, "format_version": "1.2"}"#,
                Some(Shape::Plan),
            ),
            (
                r#"{"format_version":"1.0","terraform_version":"1.9","values":{}}"#,
                Some(Shape::ShownState),
            ),
            (r#"{"format_version":"1.0"}"#, Some(Shape::ShownState)),
            (
                r#"{"version":4,"terraform_version":"1.9","serial":1,"lineage":"x"}"#,
                Some(Shape::State),
            ),
            (
                r#"{"version":3,"serial":1,"modules":[]}"#,
                Some(Shape::State),
            ),
            (
                r#"{"serial":1,"lineage":"x","meta":{},"encrypted_data":"x"}"#,
                Some(Shape::Encrypted),
            ),
            (r#"{"Resources":{},"format_version":"1"}"#, None),
            (r#"{"version": 4, "packages": {}}"#, None),
            (r#"{"version": "48.0.0", "artifacts": {}}"#, None),
            ("[]", None),
            ("", None),
        ] {
            assert_eq!(shape(text.as_bytes()), expected, "{text}");
        }
    }
}
