//! Goes through a file one item at a time, without a tree of all of it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Visits the text of every item. It is in the text that was given, so that its place is known.
///
/// # Errors
/// Where the text stops being JSON; the items before that were visited.
pub(super) fn for_each_item<'t>(
    text: &'t str,
    visit: &mut dyn FnMut(&'t str),
) -> Result<Envelope, serde_json::Error> {
    let mut envelope = Envelope::default();
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_any(File {
        visit,
        envelope: &mut envelope,
    })?;
    json.end()?;
    Ok(envelope)
}

/// What is around the items.
#[derive(Debug, Default)]
pub(super) struct Envelope {
    /// There is a list of items.
    pub(super) has_items: bool,
    /// It is a snapshot: everything that was recorded at one time.
    pub(super) is_snapshot: bool,
    /// The API has more, or could not say everything.
    pub(super) is_partial: bool,
}

struct File<'v, 'e, 't> {
    visit: &'v mut dyn FnMut(&'t str),
    envelope: &'e mut Envelope,
}

impl<'t> Visitor<'t> for File<'_, '_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("configuration items")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut from: A) -> Result<(), A::Error> {
        while let Some(key) = from.next_key::<Cow<'t, str>>()? {
            match &*key {
                "configurationItems" | "baseConfigurationItems" => {
                    self.envelope.has_items = true;
                    from.next_value_seed(Items(self.visit))?;
                }
                "configSnapshotId" => {
                    self.envelope.is_snapshot = true;
                    from.next_value::<IgnoredAny>()?;
                }
                "nextToken" | "NextToken" | "unprocessedResourceKeys" => {
                    let value = from.next_value::<&RawValue>()?.get();
                    self.envelope.is_partial |= !matches!(value, "null" | "\"\"" | "[]");
                }
                _ => {
                    from.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'t>>(self, from: A) -> Result<(), A::Error> {
        self.envelope.has_items = true;
        Items(self.visit).visit_seq(from)
    }
}

struct Items<'v, 't>(&'v mut dyn FnMut(&'t str));

impl<'t> DeserializeSeed<'t> for Items<'_, 't> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'t> Visitor<'t> for Items<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of configuration items")
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut from: A) -> Result<(), A::Error> {
        while let Some(item) = from.next_element::<&'t RawValue>()? {
            (self.0)(item.get());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_before_a_fault_are_visited() {
        let mut found = Vec::new();
        let text = r#"{"configSnapshotId": "x", "configurationItems": [{"a": 1}, {"b": [2]}, {"c"#;
        let result = for_each_item(text, &mut |item| found.push(item));
        assert_eq!(found, [r#"{"a": 1}"#, r#"{"b": [2]}"#]);
        assert!(result.is_err_and(|error| error.is_eof()));
    }
}
