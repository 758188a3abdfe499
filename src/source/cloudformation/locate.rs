//! Where a property stands in the text of a template.

use crate::document::{Data, Node};
use crate::model::{Origin, Path, Segment, Span};

use super::intrinsics::is_function;

/// The span of a property of a resource, and whether it is that property (`false`: it is not
/// written, and the span is the key of the nearest thing around it that is).
///
/// The empty path is the resource itself: its logical id. What takes several lines is cut at the
/// end of the first.
pub fn locate(tree: &Node, text: &str, origin: &Origin, path: &Path) -> (Span, bool) {
    let own = origin.node.clone().key("Properties");
    let moved = origin
        .moved
        .iter()
        .find_map(|(prefix, place)| path.strip_prefix(prefix).map(|rest| (place, rest)));
    let (base, rest) = moved.unwrap_or((&own, path.0.as_slice()));
    let resource = || walk(tree, text, &origin.node.0, &[]).0.key();
    if path.0.is_empty() && moved.is_none() {
        return (resource(), true);
    }
    let (found, exact) = walk(tree, text, &base.0, rest);
    if exact {
        return (found.whole(text), true);
    }
    // A property that the resource lacks altogether is the resource's affair: its logical id says
    // more than the word `Properties`.
    let has_first = walk(tree, text, &base.0, rest.get(..1).unwrap_or_default()).1;
    if moved.is_none() && !has_first {
        return (resource(), false);
    }
    (found.key(), false)
}

/// A key and its value, or an element of a list.
#[derive(Clone, Copy)]
struct Found {
    key: Option<Span>,
    value: Span,
    text_end: usize,
}

impl Found {
    fn key(self) -> Span {
        self.key
            .unwrap_or(Span::new(self.value.start, self.text_end))
    }

    fn whole(self, text: &str) -> Span {
        let start = self.key.map_or(self.value.start, |key| key.start);
        first_line(text, Span::new(start, self.value.end.max(start)))
    }
}

/// Follows `base` and then `rest`; the last thing found, and whether that was all of it. Stops
/// with success at a function in the value of a property, because what lies behind it is decided
/// there.
fn walk(tree: &Node, text: &str, base: &[Segment], rest: &[Segment]) -> (Found, bool) {
    let mut node = tree;
    let mut found = Found {
        key: None,
        value: tree.span,
        text_end: first_line(text, tree.span).end,
    };
    for (step, segment) in base.iter().chain(rest).enumerate() {
        let next = match (&node.data, segment) {
            (Data::Map(entries), Segment::Key(key)) => {
                if let [only] = entries.as_slice()
                    && step >= base.len()
                    && *only.key != **key
                    && (is_function(&only.key) || only.key.starts_with("Fn::ForEach::"))
                {
                    return (found, true);
                }
                entries
                    .iter()
                    .find(|entry| *entry.key == **key)
                    .map(|entry| (Some(entry.key_span), &entry.value))
            }
            (Data::Map(entries), Segment::Index(_)) => match entries.as_slice() {
                [only] if is_function(&only.key) => return (found, true),
                _ => None,
            },
            (Data::List(items), Segment::Index(index)) => {
                items.get(*index).map(|item| (None, item))
            }
            _ => None,
        };
        let Some((key, value)) = next else {
            return (found, false);
        };
        node = value;
        found = Found {
            key,
            value: value.span,
            text_end: first_line(text, value.span).end,
        };
    }
    (found, true)
}

/// The part of a span on its first line, without blanks or line ends behind it.
fn first_line(text: &str, span: Span) -> Span {
    let Some(all) = text.get(span.start..span.end.max(span.start)) else {
        return span;
    };
    let line = all.lines().next().unwrap_or_default().trim_end();
    Span::new(span.start, span.start + line.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{parse_json, parse_yaml};

    const YAML: &str = "\
Resources:
  Db:
    Type: AWS::RDS::DBInstance
    Properties:
      MultiAZ: false
      Size: !If [Big, 1, 2]
      Tags:
        - Key: a
          Value: b
";

    fn quote<'t>(tree: &Node, text: &'t str, path: &str) -> (&'t str, bool) {
        let origin = Origin {
            source: 0,
            node: Path::root().key("Resources").key("Db"),
            moved: Box::default(),
            behind: Box::default(),
        };
        let path = if path.is_empty() {
            Path::root()
        } else {
            path.parse().unwrap()
        };
        let (span, exact) = locate(tree, text, &origin, &path);
        (text.get(span.start..span.end).unwrap(), exact)
    }

    #[test]
    fn properties_are_found_in_yaml() {
        let tree = parse_yaml(YAML).unwrap();
        for (path, expected) in [
            ("", ("Db", true)),
            ("MultiAZ", ("MultiAZ: false", true)),
            ("Size.Deep[0]", ("Size: !If [Big, 1, 2]", true)),
            ("Tags", ("Tags:", true)),
            ("Tags[0].Value", ("Value: b", true)),
            ("Tags[0].Absent", ("Key: a", false)),
            ("Absent", ("Db", false)),
        ] {
            assert_eq!(quote(&tree, YAML, path), expected, "{path}");
        }
    }

    #[test]
    fn properties_are_found_in_json() {
        let text = r#"{"Resources": {"Db": {"Type": "A::B::C", "Properties": {
            "MultiAZ": false, "Tags": [
                {"Key": "a"}]}}, "Bare": {"Type": "A::B::C"}}}"#;
        let tree = parse_json(text).unwrap();
        for (path, expected) in [
            ("", (r#""Db""#, true)),
            ("MultiAZ", (r#""MultiAZ": false"#, true)),
            ("Tags", (r#""Tags": ["#, true)),
            ("Tags[0]", (r#"{"Key": "a"}"#, true)),
        ] {
            assert_eq!(quote(&tree, text, path), expected, "{path}");
        }
        let origin = Origin {
            source: 0,
            node: Path::root().key("Resources").key("Bare"),
            moved: Box::default(),
            behind: Box::default(),
        };
        let (span, exact) = locate(&tree, text, &origin, &"X".parse().unwrap());
        assert_eq!(
            (text.get(span.start..span.end), exact),
            (Some(r#""Bare""#), false)
        );
    }
}
