//! Telling snapshot files from others, by what they begin with.

use std::borrow::Cow;
use std::fmt;
use std::io::Read as _;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::lines::is_zstd;

/// How much of a file is looked at.
const HEAD: u64 = 64 * 1024;

/// Whether a file that begins with these bytes is a snapshot file.
pub fn detect(bytes: &[u8]) -> bool {
    if is_zstd(bytes) {
        let mut head = Vec::new();
        let read = zstd::Decoder::new(bytes).map(|from| from.take(HEAD).read_to_end(&mut head));
        // It may end in the middle: what came before that is enough, and where nothing did, there
        // is no other door that could say so.
        return has_version(&head) || head.is_empty() && !matches!(read, Ok(Ok(_)));
    }
    has_version(bytes.get(..HEAD as usize).unwrap_or(bytes))
}

fn has_version(bytes: &[u8]) -> bool {
    if bytes.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'{') {
        return false;
    }
    let mut found = false;
    // It stops with an error as soon as it knows, and may stop with one before.
    let _ = serde_json::Deserializer::from_slice(bytes).deserialize_map(Manifest(&mut found));
    found
}

struct Manifest<'f>(&'f mut bool);

impl<'de> Visitor<'de> for Manifest<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a manifest")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<(), A::Error> {
        while let Some(key) = from.next_key::<Cow<'de, str>>()? {
            if key == "skylint-snapshot" {
                *self.0 = true;
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
    fn snapshots_are_told_from_other_json() {
        let long = format!(
            r#"{{"skylint-snapshot": 1, "caller": "{}"#,
            "x".repeat(100_000)
        );
        for (text, expected) in [
            (r#"{"skylint-snapshot":1,"resources":0}"#, true),
            (r#"{"skylint-snapshot":9}"#, true),
            (r#"{"tool": {}, "skylint-snapshot": 1"#, true),
            (&long, true),
            (r#"{"Resources": {"skylint-snapshot": 1}}"#, false),
            (r#"[{"skylint-snapshot": 1}]"#, false),
            ("skylint-snapshot", false),
            ("", false),
        ] {
            assert_eq!(detect(text.as_bytes()), expected, "{text}");
            let compressed = zstd::encode_all(text.as_bytes(), 0).unwrap();
            assert_eq!(detect(&compressed), expected, "{text}");
        }
    }
}
