//! From a resource and a property to a place in the file its item is in.

use crate::document::{Node, parse_json};
use crate::model::{Path, Resource, Segment, SourceId, Span};
use crate::source::columns;
use crate::types::{self, ConfigForm, Door};

/// Where the items are that became resources.
#[derive(Debug, Default)]
pub struct Entries {
    entries: Vec<(SourceId, Span)>,
}

impl Entries {
    /// Notes an item; its number.
    pub(super) fn add(&mut self, source: SourceId, span: Span) -> usize {
        self.entries.push((source, span));
        self.entries.len() - 1
    }

    /// Whether a file has items.
    pub(in crate::source) fn is_of(&self, source: SourceId) -> bool {
        // They come in the order of the files.
        let found = self.entries.binary_search_by_key(&source, |(of, _)| *of);
        found.is_ok()
    }

    /// The file and bytes of a property, and whether it is that property. `text` gives a file's.
    pub(in crate::source) fn locate<'t>(
        &self,
        resource: &Resource,
        property: &Path,
        text: &dyn Fn(SourceId) -> Option<&'t str>,
    ) -> Option<(SourceId, Span, bool)> {
        let origin = &resource.origin;
        let moved = origin
            .moved
            .iter()
            .find_map(|(prefix, node)| Some((node, property.strip_prefix(prefix)?)));
        let (node, rtype, inner) = match moved {
            Some((node, rest)) => (node, "AWS::DynamoDB::Table", Path(rest.to_vec())),
            None => (&origin.node, &*resource.rtype, property.clone()),
        };
        let Some(Segment::Index(number)) = node.0.first() else {
            return None;
        };
        let (source, span) = *self.entries.get(*number)?;
        let item = text(source)?.get(span.start..span.end)?;
        let Ok(tree) = parse_json(item) else {
            return Some((source, span, false));
        };
        let hidden = types::is_secret(resource, property);
        let (found, exact) = find(&tree, rtype, &inner, hidden);
        let found = Span::new(found.start + span.start, found.end + span.start);
        Some((source, found, exact && !hidden))
    }
}

/// The bytes of a property within its item.
fn find(item: &Node, rtype: &str, property: &Path, hidden: bool) -> (Span, bool) {
    if property.0.is_empty() {
        return (whole(item), true);
    }
    let (steps, said) = steps(rtype, property);
    let end = steps.0.len().saturating_sub(usize::from(hidden));
    let (node, last, done) = item.walk(steps.0.iter().take(end));
    let is_all = done == steps.0.len() && node.kind() != "null";
    match last {
        // Only the configuration was found, or a text that it is in.
        Some(entry) if done > 1 => {
            let end = match is_all && matches!(steps.0.last(), Some(Segment::Key(_))) {
                true => entry.value.span.end,
                false => entry.key_span.end,
            };
            (Span::new(entry.key_span.start, end), is_all && said)
        }
        Some(entry) if is_all => (entry.key_span, said),
        _ => (whole(item), false),
    }
}

/// What stands for an item as a whole: the line with its name.
fn whole(item: &Node) -> Span {
    let named = ["resourceName", "resourceId"]
        .into_iter()
        .find_map(|name| item.entry(name).filter(|e| e.value.as_str().is_some()));
    match named {
        Some(entry) => Span::new(entry.key_span.start, entry.value.span.end),
        None => Span::new(item.span.start, item.span.start + 1),
    }
}

/// The way to a property in its item, and whether it is that property.
fn steps(rtype: &str, property: &Path) -> (Path, bool) {
    let configuration = Path::root().key("configuration");
    let within = |rest: &[Segment]| {
        let mut path = configuration.clone();
        path.0.extend(rest.iter().cloned());
        path
    };
    if let Some(Segment::Key(first)) = property.0.first()
        && types::tags_property(rtype) == Some(first)
    {
        return (Path::root().key("tags"), property.0.len() == 1);
    }
    if let Some((path, exact)) = columns::attribute(rtype, property, Door::AwsConfig) {
        let path = match path.0.split_first() {
            Some((Segment::Key(first), rest)) if **first == *"$" => Path(rest.to_vec()),
            Some((Segment::Key(first), rest)) if **first == *"$supplementary" => {
                let mut path = Path::root().key("supplementaryConfiguration");
                path.0.extend(rest.iter().cloned());
                path
            }
            _ => within(&path.0),
        };
        return (path, exact);
    }
    let form = types::file(rtype).and_then(|file| file.config);
    let is_own = form != Some(ConfigForm::Contained);
    (within(&property.0), is_own)
}
