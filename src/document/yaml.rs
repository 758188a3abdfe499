//! YAML text as a [`Node`] tree, with CloudFormation's short tags in their long form.

mod error;
mod scalar;

use rustc_hash::{FxHashMap, FxHashSet};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marks, Tag};

use self::error::plain_error;
use self::scalar::{core, resolve};
use super::text::properties;
use super::{
    CUT_OFF, Data, EMPTY, Entry, MAX_DEPTH, MAX_NODES, Node, ParseError, check_keys, line_of,
    too_deep, too_large,
};
use crate::model::Span;

/// What anchors and aliases together may add: a "billion laughs" file stops here, while it is
/// still small.
const MAX_COPIED: usize = MAX_NODES / 10;

/// Reads a YAML document.
///
/// Scalars are resolved as CloudFormation does it, by YAML 1.1 (`yes` is true, `2012-10-17` is
/// text, a number with a leading zero is text). A tag such as `!Sub` becomes a mapping of one
/// entry, `Fn::Sub`, whose key is where the tag is. Aliases are replaced by copies of what they
/// stand for, whose places are those of the anchor.
pub fn parse_yaml(text: &str) -> Result<Node, ParseError> {
    let mut builder = Builder::new(text);
    let yaml = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parser = Parser::new_from_str(yaml);
    while let Some(event) = parser.next_event() {
        let (event, marks) = event.map_err(|error| builder.scan_error(&error))?;
        builder.event(event, marks)?;
    }
    builder
        .root
        .ok_or_else(|| ParseError::new(EMPTY, Span::default(), Some(CUT_OFF)))
}

struct Builder<'a> {
    text: &'a str,
    offsets: Offsets,
    /// Collections whose end is yet to come.
    open: Vec<Open>,
    /// How many of the levels down to here tags have added.
    tag_levels: usize,
    anchors: FxHashMap<usize, Anchor>,
    /// What the nodes so far weigh; see [`weight`].
    weight: usize,
    /// The part of it that was copied from or for anchors.
    copied: usize,
    /// Just past what was read last.
    cursor: usize,
    root: Option<Node>,
}

struct Anchor {
    node: Node,
    weight: usize,
    height: usize,
}

/// What is known of a node when it begins.
struct Head {
    /// Where its tag or anchor begins, or itself.
    start: usize,
    /// Where it begins itself.
    content: usize,
    /// saphyr's number for its anchor; 0 when it has none.
    anchor: usize,
    tag: TagKind,
    /// What the nodes before it weigh.
    weight_before: usize,
}

/// A collection whose end is yet to come.
struct Open {
    head: Head,
    /// Past its last child.
    end: usize,
    flow: bool,
    /// How many levels its deepest child has.
    height: usize,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        key: Option<Key>,
        /// What `<<` brings in.
        merged: Vec<Entry>,
    },
}

enum Key {
    Text(Box<str>, Span),
    Merge,
}

/// What a tag does to its node.
enum TagKind {
    /// Nothing: there is none, or it says what would hold anyway.
    None,
    /// One of YAML's own types.
    Core(Box<str>),
    /// A CloudFormation function, by its long name.
    Function(Box<str>, Span),
}

impl TagKind {
    fn levels(&self) -> usize {
        usize::from(matches!(self, Self::Function(..)))
    }
}

/// What one node counts against [`MAX_NODES`]. Long text counts for more, lest a long scalar be
/// copied without end.
fn weight(text: &str) -> usize {
    1 + text.len() / 64
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            offsets: Offsets::new(text),
            open: Vec::new(),
            tag_levels: 0,
            anchors: FxHashMap::default(),
            weight: 0,
            copied: 0,
            cursor: 0,
            root: None,
        }
    }

    fn event(&mut self, event: Event<'_>, marks: Marks) -> Result<(), ParseError> {
        let start = self.offsets.byte(self.text, marks.start.index());
        let end = self.offsets.byte(self.text, marks.end.index());
        match event {
            // Before a first document, reading stands past its `---`; before a second one, at it.
            Event::DocumentStart(true) => {
                self.cursor = if self.root.is_none() { end } else { start };
                Ok(())
            }
            Event::Scalar(value, style, anchor, tag) => {
                let span = Span::new(start, end);
                self.scalar(&value, style, anchor, tag.as_deref(), span)
            }
            Event::SequenceStart(anchor, tag) => {
                let items = Items::List(Vec::new());
                self.open(items, anchor, tag.as_deref(), Span::new(start, end))
            }
            Event::MappingStart(anchor, tag) => {
                let items = Items::Map {
                    entries: Vec::new(),
                    key: None,
                    merged: Vec::new(),
                };
                self.open(items, anchor, tag.as_deref(), Span::new(start, end))
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(start),
            Event::Alias(anchor) => self.alias(anchor, Span::new(start, end)),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        marks: Span,
    ) -> Result<(), ParseError> {
        let bare = anchor == 0 && tag.is_none();
        if bare && value.is_empty() && style == ScalarStyle::Plain && self.open.is_empty() {
            return Ok(()); // A document without content.
        }
        let (span, content) = self.scalar_span(value, style, bare, marks);
        self.single_document(span)?;
        self.cursor = span.end;
        let weight_before = self.weight;
        self.grow(weight(value), span)?;

        let tag = self.tag(tag, span.start)?;
        if self.expects_key() {
            if let TagKind::Function(..) = tag {
                return Err(ParseError::new(
                    "a key cannot have a tag of its own",
                    span,
                    None,
                ));
            }
            if anchor != 0 {
                let node = Node {
                    span,
                    data: Data::String(value.into()),
                };
                self.remember(anchor, &node, weight(value), 0)?;
            }
            let merge = bare && value == "<<" && style == ScalarStyle::Plain;
            self.key(value.into(), span, merge);
            return Ok(());
        }
        let plain = style == ScalarStyle::Plain;
        let data = match &tag {
            TagKind::None if plain => resolve(value),
            // A function's argument is text, whatever it looks like: `!Ref 123`.
            TagKind::None | TagKind::Function(..) => Data::String(value.into()),
            TagKind::Core(name) => {
                core(name, value, plain).map_err(|message| ParseError::new(message, span, None))?
            }
        };
        let head = Head {
            start: span.start,
            content,
            anchor,
            tag,
            weight_before,
        };
        self.node(head, data, span.end, 0)
    }

    /// A scalar's exact bytes, and where they begin without its tag and anchor. saphyr's own
    /// marks leave out a block scalar's header and take in what follows a quoted one.
    fn scalar_span(
        &self,
        value: &str,
        style: ScalarStyle,
        bare: bool,
        marks: Span,
    ) -> (Span, usize) {
        let from_start = |content: usize, end: usize| (Span::new(marks.start, end), content);
        let skipped = || match bare {
            true => marks.start,
            false => properties(self.text, marks.start).1,
        };
        match style {
            ScalarStyle::Plain if !value.is_empty() => from_start(skipped(), marks.end),
            ScalarStyle::Plain if !bare => from_start(marks.end, marks.end),
            ScalarStyle::Plain => {
                // Nothing stands here, so it is just past the indicator that announced it.
                let indicator = matches!(self.byte(marks.start), Some(b':' | b'-'));
                let at = match marks.start >= self.cursor && indicator {
                    true => marks.start + 1,
                    false => self.cursor,
                };
                (Span::new(at, at), at)
            }
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                let content = skipped();
                from_start(content, self.closing_quote(content).unwrap_or(marks.end))
            }
            ScalarStyle::Literal | ScalarStyle::Folded if bare => {
                let header = self.block_header().unwrap_or(marks.start);
                let end = self.trim_end(header, marks.end);
                (Span::new(header, end), header)
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let content = skipped();
                from_start(content, self.trim_end(content, marks.end))
            }
        }
    }

    /// Past the quote that closes the one at `open`.
    fn closing_quote(&self, open: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let quote = *bytes.get(open)?;
        let mut at = open + 1;
        loop {
            let byte = *bytes.get(at)?;
            if byte == b'\\' && quote == b'"' {
                at += 2;
            } else if byte != quote {
                at += 1;
            } else if quote == b'\'' && bytes.get(at + 1) == Some(&quote) {
                at += 2;
            } else {
                return Some(at + 1);
            }
        }
    }

    /// The next `|` or `>`: nothing but blanks, indicators and comments can stand before it.
    fn block_header(&self) -> Option<usize> {
        let mut at = self.cursor;
        while let Some(byte) = self.byte(at) {
            match byte {
                b'|' | b'>' => return Some(at),
                b'#' => {
                    let rest = self.text.get(at..).unwrap_or_default();
                    at += rest.find('\n').unwrap_or(rest.len());
                }
                _ => at += 1,
            }
        }
        None
    }

    /// From the start of a node to past the first character of its content.
    fn beginning(&self, start: usize, content: usize) -> Span {
        let rest = self.text.get(content..).unwrap_or_default();
        let first = rest.chars().next().map_or(0, char::len_utf8);
        Span::new(start, content + first)
    }

    fn trim_end(&self, start: usize, end: usize) -> usize {
        let text = self.text.get(start..end).unwrap_or_default();
        start + text.trim_end_matches([' ', '\t', '\r', '\n']).len()
    }

    fn open(
        &mut self,
        items: Items,
        anchor: usize,
        tag: Option<&Tag>,
        marks: Span,
    ) -> Result<(), ParseError> {
        let start = marks.start;
        let content = match anchor == 0 && tag.is_none() {
            true => start,
            false => properties(self.text, start).1,
        };
        let bracket = matches!(self.byte(content), Some(b'[' | b'{'));
        let flow = bracket && marks.end > content;
        let span = self.beginning(start, content);
        self.single_document(span)?;
        if self.expects_key() {
            let help = if self.text.get(start..).is_some_and(|it| it.starts_with('{')) {
                "put quotes around text that begins with `{`"
            } else {
                "a key is text; lists and mappings stand after a `:`"
            };
            let kind = match items {
                Items::List(_) => "a list",
                Items::Map { .. } => "a mapping",
            };
            return Err(ParseError::new(
                format!("{kind} stands where a key should"),
                span,
                Some(help),
            ));
        }
        let tag = self.tag(tag, start)?;
        self.tag_levels += tag.levels();
        if self.open.len() + self.tag_levels >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        let weight_before = self.weight;
        self.grow(1, span)?;
        self.cursor = content + usize::from(flow);
        self.open.push(Open {
            head: Head {
                start,
                content,
                anchor,
                tag,
                weight_before,
            },
            end: self.cursor,
            flow,
            height: 0,
            items,
        });
        Ok(())
    }

    fn close(&mut self, at: usize) -> Result<(), ParseError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        self.tag_levels -= open.head.tag.levels();
        let end = if open.flow { at + 1 } else { open.end };
        self.cursor = self.cursor.max(end);
        let data = match open.items {
            Items::List(items) => Data::List(items),
            Items::Map {
                mut entries,
                merged,
                ..
            } => {
                check_keys(self.text, &entries)?;
                merge(&mut entries, merged);
                Data::Map(entries)
            }
        };
        self.node(open.head, data, end, open.height + 1)
    }

    /// Puts a node that is complete where it belongs, wrapped in its function if it has one.
    fn node(
        &mut self,
        head: Head,
        data: Data,
        end: usize,
        mut height: usize,
    ) -> Result<(), ParseError> {
        let mut node = Node {
            span: Span::new(head.content, end),
            data,
        };
        if let TagKind::Function(key, key_span) = head.tag {
            height += 1;
            if self.open.len() + self.tag_levels >= MAX_DEPTH {
                return Err(too_deep(key_span));
            }
            self.grow(1, key_span)?;
            node = Node {
                span: node.span,
                data: Data::Map(vec![Entry {
                    key,
                    key_span,
                    value: node,
                }]),
            };
        }
        node.span.start = head.start;
        if head.anchor != 0 {
            let weight = self.weight - head.weight_before;
            self.remember(head.anchor, &node, weight, height)?;
        }
        self.place(node, end, height)
    }

    /// Keeps a copy of a node for the aliases that may follow.
    fn remember(
        &mut self,
        anchor: usize,
        node: &Node,
        weight: usize,
        height: usize,
    ) -> Result<(), ParseError> {
        self.copy(weight, node.span)?;
        let node = node.clone();
        self.anchors.insert(
            anchor,
            Anchor {
                node,
                weight,
                height,
            },
        );
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), ParseError> {
        self.cursor = span.end;
        let Some(Anchor { weight, height, .. }) = self.anchors.get(&anchor) else {
            return Err(ParseError::new(
                "the alias stands inside what it stands for",
                span,
                Some("write the value out instead"),
            ));
        };
        let (weight, height) = (*weight, *height);
        // All is counted before anything is copied.
        self.copy(weight, span)?;
        self.grow(weight, span)?;
        if self.open.len() + self.tag_levels + height > MAX_DEPTH {
            return Err(too_deep(span));
        }
        let Some(node) = self.anchors.get(&anchor).map(|anchor| anchor.node.clone()) else {
            return Ok(());
        };
        if self.expects_key() {
            let Some(text) = scalar_text(&node.data) else {
                let message = format!("{} stands where a key should", node.kind());
                return Err(ParseError::new(message, span, None));
            };
            self.key(text, span, false);
            return Ok(());
        }
        self.place(node, span.end, height)
    }

    /// Gives a node to the collection that is being read, or makes it the document.
    fn place(&mut self, node: Node, end: usize, height: usize) -> Result<(), ParseError> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.end = open.end.max(end);
        open.height = open.height.max(height);
        match &mut open.items {
            Items::List(items) => items.push(node),
            Items::Map {
                entries,
                key,
                merged,
            } => match key.take() {
                Some(Key::Text(key, key_span)) => entries.push(Entry {
                    key,
                    key_span,
                    value: node,
                }),
                _ => merged.extend(mappings_to_merge(node)?),
            },
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        let items = self.open.last().map(|open| &open.items);
        matches!(items, Some(Items::Map { key: None, .. }))
    }

    fn key(&mut self, text: Box<str>, span: Span, is_merge: bool) {
        let Some(open) = self.open.last_mut() else {
            return;
        };
        open.end = open.end.max(span.end);
        if let Items::Map { key, .. } = &mut open.items {
            *key = Some(match is_merge {
                true => Key::Merge,
                false => Key::Text(text, span),
            });
        }
    }

    /// What the tag of the node that starts here does to it.
    fn tag(&self, tag: Option<&Tag>, start: usize) -> Result<TagKind, ParseError> {
        let Some(tag) = tag else {
            return Ok(TagKind::None);
        };
        let (span, _) = properties(self.text, start);
        let name = format!("{}{}", tag.handle, tag.suffix);
        if let Some(core) = name.strip_prefix("tag:yaml.org,2002:") {
            return Ok(TagKind::Core(core.into()));
        }
        Ok(match name.strip_prefix('!') {
            // A lone `!` makes text of a scalar.
            Some("") => TagKind::Core("str".into()),
            Some(name @ ("Ref" | "Condition")) => TagKind::Function(name.into(), span),
            Some(name) if name.contains("::") => TagKind::Function(name.into(), span),
            Some(name) => TagKind::Function(format!("Fn::{name}").into(), span),
            None => {
                return Err(ParseError::new(
                    format!("the tag `{name}` is not known"),
                    span,
                    None,
                ));
            }
        })
    }

    fn grow(&mut self, weight: usize, span: Span) -> Result<(), ParseError> {
        self.weight += weight;
        match self.weight > MAX_NODES {
            true => Err(too_large(span)),
            false => Ok(()),
        }
    }

    fn copy(&mut self, weight: usize, span: Span) -> Result<(), ParseError> {
        self.copied += weight;
        match self.copied > MAX_COPIED {
            true => Err(ParseError::new(
                "anchors and aliases make the document too large",
                span,
                Some("write the values out, or split the file"),
            )),
            false => Ok(()),
        }
    }

    /// Complains if the document is complete and another one begins.
    fn single_document(&self, span: Span) -> Result<(), ParseError> {
        if self.root.is_none() || !self.open.is_empty() {
            return Ok(());
        }
        // What was read last is the `---` that began this document.
        let marker = self.text.get(self.cursor..self.cursor + 3) == Some("---");
        let span = match marker {
            true => Span::new(self.cursor, self.cursor + 3),
            false => span,
        };
        Err(ParseError::new(
            format!(
                "a second document starts on line {}: a template is one document",
                line_of(self.text, span.start)
            ),
            span,
            Some("put each document in a file of its own"),
        ))
    }

    /// What saphyr complains of, with what is known here of where it stands.
    fn scan_error(&self, error: &ScanError) -> ParseError {
        let at = self.offsets.byte(self.text, error.marker().index());
        let rest = self.text.get(at..).unwrap_or_default();
        let at_end = rest.trim_start().is_empty();
        let Some(open) = self.open.last().filter(|open| open.flow && at_end) else {
            return plain_error(self.text, at, error.info());
        };
        let (noun, close) = match open.items {
            Items::List(_) => ("list", ']'),
            Items::Map { .. } => ("mapping", '}'),
        };
        let start = open.head.content;
        let line = line_of(self.text, start);
        let message = format!(
            "the {noun} opened on line {line} is never closed: the file ends where `{close}` \
             should stand"
        );
        ParseError::new(message, Span::new(start, start + 1), Some(CUT_OFF))
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }
}

/// What a merge key brings in: the entries of a mapping, or of a list of mappings.
fn mappings_to_merge(node: Node) -> Result<Vec<Entry>, ParseError> {
    let span = node.span;
    let nodes = match node.data {
        Data::Map(entries) => return Ok(entries),
        Data::List(nodes) => nodes,
        _ => Vec::new(),
    };
    let mut merged = Vec::new();
    let mut wrong = nodes.is_empty();
    for node in nodes {
        match node.data {
            Data::Map(entries) => merged.extend(entries),
            _ => wrong = true,
        }
    }
    match wrong {
        true => Err(ParseError::new(
            "`<<` merges mappings, and this is none",
            span,
            None,
        )),
        false => Ok(merged),
    }
}

/// Adds what is merged, save the keys that are there already: the first one wins.
fn merge(entries: &mut Vec<Entry>, merged: Vec<Entry>) {
    if merged.is_empty() {
        return;
    }
    let mut keys: FxHashSet<Box<str>> = entries.iter().map(|entry| entry.key.clone()).collect();
    entries.extend(
        merged
            .into_iter()
            .filter(|entry| keys.insert(entry.key.clone())),
    );
}

fn scalar_text(data: &Data) -> Option<Box<str>> {
    Some(match data {
        Data::Null => Box::default(),
        Data::Bool(bool) => bool.to_string().into(),
        Data::Int(int) => int.to_string().into(),
        Data::Float(float) => float.to_string().into(),
        Data::String(text) => text.clone(),
        Data::List(_) | Data::Map(_) => return None,
    })
}

/// From the characters that saphyr counts to bytes.
struct Offsets {
    /// Bytes of the byte order mark, which saphyr is not shown.
    base: usize,
    /// The byte of every [`STRIDE`]th character; empty when every character is one byte.
    marks: Vec<usize>,
}

/// How far apart the known places are: few enough to cost no memory to speak of, near enough that
/// the way from one costs no time.
const STRIDE: usize = 32;

impl Offsets {
    fn new(text: &str) -> Self {
        let yaml = text.strip_prefix('\u{feff}').unwrap_or(text);
        let base = text.len() - yaml.len();
        let marks = if yaml.is_ascii() {
            Vec::new()
        } else {
            let places = yaml.char_indices().step_by(STRIDE);
            places.map(|(byte, _)| base + byte).collect()
        };
        Self { base, marks }
    }

    fn byte(&self, text: &str, index: usize) -> usize {
        if self.marks.is_empty() {
            return (self.base + index).min(text.len());
        }
        let Some(mark) = self.marks.get(index / STRIDE) else {
            return text.len();
        };
        let rest = text.get(*mark..).unwrap_or_default();
        let further = rest.char_indices().nth(index % STRIDE);
        mark + further.map_or(rest.len(), |(byte, _)| byte)
    }
}

#[cfg(test)]
mod tests {
    use super::super::MAX_DEPTH;
    use super::*;

    /// A value as JSON text, or the error's message.
    fn shown(text: &str) -> String {
        match parse_yaml(text) {
            Ok(node) => crate::document::tests::show(&node),
            Err(error) => error.message,
        }
    }

    /// Each node of a text as its bytes, outermost first, with keys marked `=`.
    fn pieces(text: &str) -> Vec<String> {
        fn walk(text: &str, node: &Node, out: &mut Vec<String>) {
            out.push(text[node.span.start..node.span.end].into());
            for child in node.as_list().unwrap_or_default() {
                walk(text, child, out);
            }
            for entry in node.as_map().unwrap_or_default() {
                let key = &text[entry.key_span.start..entry.key_span.end];
                out.push(format!("{key}="));
                walk(text, &entry.value, out);
            }
        }
        let mut out = Vec::new();
        walk(text, &parse_yaml(text).unwrap(), &mut out);
        out
    }

    #[test]
    fn scalars_resolve_as_cloudformation_reads_them() {
        for (text, value) in [
            ("~", "null"),
            ("Null", "null"),
            ("''", r#""""#),
            ("yes", "true"),
            ("Off", "false"),
            ("yEs", r#""yEs""#),
            ("'yes'", r#""yes""#),
            ("y", r#""y""#),
            ("12", "12"),
            ("-12", "-12"),
            ("+12", "12"),
            ("0", "0"),
            ("1_000", "1000"),
            ("0x1F", "31"),
            ("0x", r#""0x""#),
            ("0b11", "3"),
            ("012345678901", r#""012345678901""#),
            ("0644", r#""0644""#),
            ("123456789012", "123456789012"),
            ("9223372036854775808", "9.223372036854776e+18"),
            ("1.", "1.0"),
            (".5", "0.5"),
            ("1e3", "1000.0"),
            ("-1.5E-3", "-0.0015"),
            ("1e999", r#""1e999""#),
            ("1.2.3", r#""1.2.3""#),
            ("-", "[null]"),
            (".", r#"".""#),
            ("2012-10-17", r#""2012-10-17""#),
            ("22:22", r#""22:22""#),
            ("10.0.0.0/16", r#""10.0.0.0/16""#),
            ("1,2", r#""1,2""#),
            ("!!str 12", r#""12""#),
            ("!!int '12'", "12"),
            ("!!float 1", "1.0"),
            ("!!bool 'no'", "false"),
            ("!!null ''", "null"),
            ("! 12", r#""12""#),
            ("!<tag:yaml.org,2002:str> 12", r#""12""#),
            ("!!int x", "`x` is not what its tag `!!int` says"),
        ] {
            assert_eq!(shown(text), value, "{text}");
        }
        assert_eq!(
            parse_yaml("-.inf").unwrap().data,
            Data::Float(f64::NEG_INFINITY)
        );
        assert!(matches!(parse_yaml(".nan").unwrap().data, Data::Float(nan) if nan.is_nan()));
    }

    #[test]
    fn short_tags_become_functions() {
        for (text, value) in [
            ("!Ref 123", r#"{"Ref":"123"}"#),
            ("!Ref", r#"{"Ref":""}"#),
            ("!Condition X", r#"{"Condition":"X"}"#),
            ("!GetAtt A.B", r#"{"Fn::GetAtt":"A.B"}"#),
            ("!GetAtt [A, B]", r#"{"Fn::GetAtt":["A","B"]}"#),
            ("!If [a, 1, !Ref b]", r#"{"Fn::If":["a",1,{"Ref":"b"}]}"#),
            ("!Transform {Name: x}", r#"{"Fn::Transform":{"Name":"x"}}"#),
            ("!Rain::Module x", r#"{"Rain::Module":"x"}"#),
            ("!Fn::Sub x", r#"{"Fn::Sub":"x"}"#),
            (
                "a: !Join\n- ','\n- - !Ref b\n",
                r#"{"a":{"Fn::Join":[",",[{"Ref":"b"}]]}}"#,
            ),
            ("!Base64\n  Fn::Sub: x", r#"{"Fn::Base64":{"Fn::Sub":"x"}}"#),
            ("[!Ref, x]", r#"[{"Ref":""},"x"]"#),
            ("&a !Ref x", r#"{"Ref":"x"}"#),
            ("!Ref &a x", r#"{"Ref":"x"}"#),
            ("!Sub |\n  a\n  b\n", r#"{"Fn::Sub":"a\nb\n"}"#),
            (
                "!Base64 !Sub x",
                "the tags `!Base64` and `!Sub` stand in a row",
            ),
            (
                "a: !Base64 !Sub x",
                "the tags `!Base64` and `!Sub` stand in a row",
            ),
            ("!Ref a: b", "a key cannot have a tag of its own"),
        ] {
            assert_eq!(shown(text), value, "{text}");
        }
    }

    #[test]
    fn spans_are_exact() {
        for (text, expected) in [
            (
                "\u{feff}ä: 'é''s'  # note\n\"ö\": [ü, \"x\\\"\" ] # more\nc:\n",
                vec![
                    "ä: 'é''s'  # note\n\"ö\": [ü, \"x\\\"\" ] # more\nc:",
                    "ä=",
                    "'é''s'",
                    "\"ö\"=",
                    "[ü, \"x\\\"\" ]",
                    "ü",
                    "\"x\\\"\"",
                    "c=",
                    "",
                ],
            ),
            (
                "a: !Sub  # why\n  x y\nb: &n !If [c,\n  d]\n",
                vec![
                    "a: !Sub  # why\n  x y\nb: &n !If [c,\n  d]",
                    "a=",
                    "!Sub  # why\n  x y",
                    "!Sub=",
                    "x y",
                    "b=",
                    "&n !If [c,\n  d]",
                    "!If=",
                    "[c,\n  d]",
                    "c",
                    "d",
                ],
            ),
            (
                "a: |- # | x\n\n  | t\r\n  u\r\n\r\n# end\nb: !Sub >\n   f\n\n\n",
                vec![
                    "a: |- # | x\n\n  | t\r\n  u\r\n\r\n# end\nb: !Sub >\n   f",
                    "a=",
                    "|- # | x\n\n  | t\r\n  u",
                    "b=",
                    "!Sub >\n   f",
                    "!Sub=",
                    ">\n   f",
                ],
            ),
            (
                "- - |\n    x\n  - y: >-\n      z\n-\n- !T\n  k: v\n",
                vec![
                    "- - |\n    x\n  - y: >-\n      z\n-\n- !T\n  k: v",
                    "- |\n    x\n  - y: >-\n      z",
                    "|\n    x",
                    "y: >-\n      z",
                    "y=",
                    ">-\n      z",
                    "",
                    "!T\n  k: v",
                    "!T=",
                    "k: v",
                    "k=",
                    "v",
                ],
            ),
            (
                "{a: {b: c} , d: [e: f], g}  # end",
                vec![
                    "{a: {b: c} , d: [e: f], g}",
                    "a=",
                    "{b: c}",
                    "b=",
                    "c",
                    "d=",
                    "[e: f]",
                    "e: f",
                    "e=",
                    "f",
                    "g=",
                    "",
                ],
            ),
            ("k: x # c\n", vec!["k: x", "k=", "x"]),
            ("--- |\n a\n", vec!["|\n a"]),
            // Not white space to YAML.
            (
                "!Ref \u{2028}\n",
                vec!["!Ref \u{2028}", "!Ref=", "\u{2028}"],
            ),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
        let text = "key:    # comment\nother: 1\n";
        let null = parse_yaml(text).unwrap();
        assert_eq!(null.get("key").unwrap().span, Span::new(4, 4));
    }

    #[test]
    fn all_ways_of_writing_are_read() {
        for (text, value) in [
            (
                "a: 1\r\nb:\r\n  - x\r\n  - y\r\n",
                r#"{"a":1,"b":["x","y"]}"#,
            ),
            ("a: |\r\n  x\r\n  y\r\nb: 1\r\n", r#"{"a":"x\ny\n","b":1}"#),
            ("\u{feff}---\na: 1\n...\n", r#"{"a":1}"#),
            ("%YAML 1.1\n---\na: 1\n", r#"{"a":1}"#),
            ("---\n---\na: 1\n---\n", r#"{"a":1}"#),
            ("? a\n: b\n? c\n", r#"{"a":"b","c":null}"#),
            ("{\n \"a\":1, 'b': \"c\n  d\"\n}", r#"{"a":1,"b":"c d"}"#),
            ("1: a\ntrue: b\n~: c\n", r#"{"1":"a","true":"b","~":"c"}"#),
            ("a: >\n  x\n  y\n\n  z\n", r#"{"a":"x y\nz\n"}"#),
            ("a: b\n  c\n", r#"{"a":"b c"}"#),
            ("~", "null"),
        ] {
            assert_eq!(shown(text), value, "{text}");
        }
    }

    #[test]
    fn aliases_and_merges_expand() {
        for (text, value) in [
            ("a: &x [1]\nb: *x\n", r#"{"a":[1],"b":[1]}"#),
            ("a: &x k\n*x : v\n", r#"{"a":"k","k":"v"}"#),
            ("&x k: v\nb: *x\n", r#"{"k":"v","b":"k"}"#),
            (
                "a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  p: 3\n",
                r#"{"a":{"p":1,"q":2},"b":{"p":3,"q":2}}"#,
            ),
            (
                "b:\n  <<: [{p: 1}, {p: 2, q: 3}]\n",
                r#"{"b":{"p":1,"q":3}}"#,
            ),
            ("\"<<\": 1\n", r#"{"<<":1}"#),
            ("<<: 1\n", "`<<` merges mappings, and this is none"),
            ("a: &x [*x]\n", "the alias stands inside what it stands for"),
            (
                "a: *x\n",
                "the alias names an anchor that is not defined above",
            ),
        ] {
            assert_eq!(shown(text), value, "{text}");
        }
        let text = "a: &x [1]\nb: *x\n";
        let node = parse_yaml(text).unwrap();
        assert_eq!(node.get("a").unwrap().span, node.get("b").unwrap().span);
    }

    #[test]
    fn hostile_text_costs_little() {
        let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            let one = format!("*a{}, ", i - 1);
            laughs += &format!("a{i}: &a{i} [{}]\n", one.repeat(10));
        }
        assert_eq!(
            shown(&laughs),
            "anchors and aliases make the document too large"
        );
        let long = format!(
            "a: &x {}\nb: [{}]",
            "y".repeat(100_000),
            "*x, ".repeat(100_000)
        );
        assert_eq!(
            shown(&long),
            "anchors and aliases make the document too large"
        );
        let mut chain = String::from("- &a0 [x]\n");
        for i in 1..200 {
            chain += &format!("- &a{i} [*a{}]\n", i - 1);
        }
        assert!(shown(&chain).starts_with("more than 128"));

        let flow = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse_yaml(&flow(MAX_DEPTH)).is_ok());
        for depth in [MAX_DEPTH + 1, 10_000, 100_000] {
            for text in [
                flow(depth),
                "[".repeat(depth),
                "{a: ".repeat(depth),
                "- ".repeat(depth),
                "? ".repeat(depth),
                "!a [".repeat(depth),
            ] {
                let error = shown(&text);
                assert!(
                    error.starts_with("more than 128") || error.contains("where a key should"),
                    "{error}"
                );
            }
        }
        let mut block = String::new();
        for depth in 0..2_000 {
            block += &format!("{}a:\n", " ".repeat(depth));
        }
        assert!(shown(&block).starts_with("more than 128"));
    }

    #[test]
    fn errors_are_in_plain_words() {
        for (text, message, at) in [
            ("", "the file is empty", ""),
            ("# nothing\n---\n", "the file is empty", ""),
            (
                "a: 1\n---\nb: 2\n",
                "a second document starts on line 2: a template is one document",
                "---",
            ),
            (
                "a: 1\nb: 2\na: 3\n",
                "the key `a` stands twice in one mapping, first on line 1",
                "a",
            ),
            ("a:\n\tb: 1\n", "a tab is used for indentation", "\t"),
            (
                "a: b: c\n",
                "a `:` makes a mapping where none can begin",
                ":",
            ),
            (
                "a: \"x\nb: 1\n",
                "the text quoted here goes on with too little indentation",
                "\"x",
            ),
            ("a: 'x\n", "the text quoted here is never closed", "'x"),
            (
                "a: [x,\n  y",
                "the list opened on line 1 is never closed: the file ends where `]` should stand",
                "[",
            ),
            ("a: {{ x }}\n", "a mapping stands where a key should", "{"),
            ("a: @x\n", "text without quotes cannot begin with `@`", "@x"),
            ("[a]: b\n", "a list stands where a key should", "["),
            ("a: ]\n", "this bracket closes nothing", "]"),
            (
                "a: |\n x\n y z\ny z\n",
                "this line has no `:` after its key",
                "y z",
            ),
            (
                "a:\n  x: 1\n  b\n    c: 1\n",
                "this line has no `:` after its key",
                "b",
            ),
            (
                "é: \"\\q\"\n",
                "the text quoted here has a backslash that starts no escape",
                "\"\\q\"",
            ),
        ] {
            let error = parse_yaml(text).unwrap_err();
            assert_eq!(error.message, message, "{text}");
            assert_eq!(&text[error.span.start..error.span.end], at, "{text}");
        }
        let help = parse_yaml("a: {{ x }}\n").unwrap_err().help.unwrap();
        assert!(help.contains("quotes"));
    }
}
