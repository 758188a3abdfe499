//! Telling AWS Config's files from others, by their first few bytes where possible.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::archive;

/// How much of a compressed file is looked at.
const HEAD: u64 = 64 * 1024;

/// Whether these are configuration items: a snapshot, a history file, or an answer of the API.
pub fn detect(bytes: &[u8]) -> bool {
    if archive::is_gzip(bytes) {
        let head = archive::inflate(bytes, HEAD);
        return has_items(&head.bytes);
    }
    has_items(bytes)
}

fn has_items(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Some(first) = bytes.iter().find(|b| !b.is_ascii_whitespace()) else {
        return false;
    };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let mut found = Found::default();
    // It stops with an error as soon as it knows, and may stop with one before.
    let _ = match first {
        b'{' => json.deserialize_map(Envelope(&mut found)),
        b'[' => json.deserialize_seq(Items(&mut found)),
        _ => return false,
    };
    found.is_config()
}

/// What was seen.
#[derive(Debug, Default)]
struct Found {
    /// A list of items, and nothing that another tool would write beside it.
    list: bool,
    file_version: bool,
    /// The first of the items has a type, and something only such items have.
    item: bool,
    /// The list has a first item.
    any: bool,
}

impl Found {
    fn is_config(&self) -> bool {
        self.item || (self.list && !self.any && self.file_version)
    }
}

/// The object around the items.
struct Envelope<'f>(&'f mut Found);

impl<'de> Visitor<'de> for Envelope<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<(), A::Error> {
        while let Some(key) = from.next_key::<Cow<'de, str>>()? {
            match &*key {
                "fileVersion" => {
                    self.0.file_version = true;
                    from.next_value::<IgnoredAny>()?;
                }
                "configurationItems" | "baseConfigurationItems" => {
                    from.next_value_seed(Items(self.0))?;
                }
                "configSnapshotId" | "unprocessedResourceKeys" | "nextToken" | "NextToken" => {
                    from.next_value::<IgnoredAny>()?;
                }
                _ => return Err(A::Error::custom("decided")),
            }
        }
        Ok(())
    }
}

/// The list of items, of which one is looked at.
struct Items<'f>(&'f mut Found);

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<(), A::Error> {
        self.0.list = true;
        if from.next_element_seed(Item(self.0))?.is_some() {
            return Err(A::Error::custom("decided"));
        }
        Ok(())
    }
}

/// One item.
struct Item<'f>(&'f mut Found);

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        self.0.any = true;
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<(), A::Error> {
        let (mut has_type, mut has_mark) = (false, false);
        while let Some(key) = from.next_key::<Cow<'de, str>>()? {
            match &*key {
                "resourceType" => has_type = true,
                "configurationItemCaptureTime"
                | "configurationItemStatus"
                | "configurationItemVersion"
                | "configurationStateId"
                | "configurationStateMd5Hash"
                | "configurationItemMD5Hash"
                | "supplementaryConfiguration" => has_mark = true,
                _ => {}
            }
            if has_type && has_mark {
                self.0.item = true;
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
    fn items_are_told_from_other_json() {
        for (text, expected) in [
            (
                r#"{"fileVersion":"1.0","configSnapshotId":"x","configurationItems":[]}"#,
                true,
            ),
            (r#"{"configurationItems":[]}"#, false),
            (
                r#"{"configurationItems":[{"configurationItemVersion":"1.3","relationships":[],"resourceType":"#,
                true,
            ),
            (
                r#"{"baseConfigurationItems":[{"version":"1.3","configurationStateId":"1","resourceType":"x"}"#,
                true,
            ),
            (
                r#"[{"resourceType":"AWS::S3::Bucket","supplementaryConfiguration":{}}]"#,
                true,
            ),
            (r#"[{"resourceType":"bucket","name":"x"}]"#, false),
            (r#"{"Resources":{}}"#, false),
            (
                r#"{"configurationItemDiff":{},"configurationItem":{}}"#,
                false,
            ),
            (
                r#"{"fileVersion":"1.0","configurationItems":"none"}"#,
                false,
            ),
            ("[", false),
            ("", false),
        ] {
            assert_eq!(detect(text.as_bytes()), expected, "{text}");
        }
    }
}
