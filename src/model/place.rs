//! Places: symbolic first (a resource and a property path), line and column only when reported.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::snapshot::InputKind;

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// A property of an object.
    Key(Arc<str>),
    /// An element of a list, from 0.
    Index(usize),
}

/// A path of steps, such as `Replicas[1].PointInTimeRecoverySpecification`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Path(pub Vec<Segment>);

impl Path {
    /// The path that leads nowhere.
    pub fn root() -> Self {
        Self::default()
    }

    /// This path and one key more.
    #[must_use]
    pub fn key(mut self, key: impl Into<Arc<str>>) -> Self {
        self.0.push(Segment::Key(key.into()));
        self
    }

    /// This path and one index more.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Segment::Index(index));
        self
    }

    /// Whether `self` begins with all of `prefix`; what follows it.
    pub fn strip_prefix(&self, prefix: &Path) -> Option<&[Segment]> {
        self.0.strip_prefix(prefix.0.as_slice())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if i == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Path {
    type Err = String;

    /// Reads `A.B[1].C`. Names may hold anything but `.`, `[` and `]`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut path = Self::root();
        for dotted in text.split('.') {
            let mut pieces = dotted.split('[');
            let name = pieces.next().unwrap_or_default();
            if !name.is_empty() {
                path = path.key(name);
            } else if dotted.is_empty() {
                return Err(format!("`{text}` has an empty step"));
            }
            for piece in pieces {
                let index = piece
                    .strip_suffix(']')
                    .and_then(|digits| digits.parse().ok())
                    .ok_or_else(|| format!("`[{piece}` in `{text}` is not an index"))?;
                path = path.index(index);
            }
        }
        Ok(path)
    }
}

/// Index of a [`SourceFile`] in [`Snapshot::sources`](super::Snapshot::sources).
pub type SourceId = usize;

/// A file that was read. Its text is kept for reports that quote it.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// As the user named it, with `/` between parts; `-` for standard input.
    pub path: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
    /// Whether it may hold secrets, so that only what is needed of it is quoted: true of
    /// everything but the rules.
    pub confidential: bool,
    /// What kind of input it is; `None` for a file that is none by itself.
    pub kind: Option<InputKind>,
    /// Where its lines are, once somebody asks.
    lines: OnceLock<LineIndex>,
}

impl SourceFile {
    /// A file with this text.
    pub fn new(path: Arc<str>, text: Arc<str>, confidential: bool) -> Self {
        Self {
            path,
            text,
            confidential,
            kind: None,
            lines: OnceLock::new(),
        }
    }

    /// Where some bytes of the file are. `id` is the file's own.
    pub fn location(&self, id: SourceId, span: Span) -> Location {
        let lines = self.lines.get_or_init(|| LineIndex::new(&self.text));
        Location::counted(Some(id), Arc::clone(&self.path), span, |at| {
            lines.line_column(&self.text, at)
        })
    }
}

/// A range of bytes in a text: start inclusive, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// From `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

/// Where something stands in a file. Lines and columns count from 1; columns count characters
/// (Unicode scalar values); the end column is one past the last character, as in SARIF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The file, in [`Snapshot::sources`](super::Snapshot::sources); `None` for a place outside
    /// the files read, such as the app code behind a CDK template.
    pub source: Option<SourceId>,
    /// The file's path.
    pub path: Arc<str>,
    /// Bytes of the file's text, as far as that is kept.
    #[serde(skip)]
    pub span: Span,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// One past the last column.
    pub end_column: usize,
}

impl Location {
    /// The location of `span` in a text.
    pub fn in_text(source: Option<SourceId>, path: Arc<str>, text: &str, span: Span) -> Self {
        Self::counted(source, path, span, |at| line_column(text, at))
    }

    /// The location of `span`, given what tells the line and column of a byte.
    fn counted(
        source: Option<SourceId>,
        path: Arc<str>,
        span: Span,
        line_column: impl Fn(usize) -> (usize, usize),
    ) -> Self {
        let (line, column) = line_column(span.start);
        let (end_line, end_column) = line_column(span.end.max(span.start));
        Self {
            source,
            path,
            span,
            line,
            column,
            end_line,
            end_column,
        }
    }
}

/// Lines and columns of a large text: places at even distances, from which to count.
#[derive(Debug, Clone)]
struct LineIndex {
    /// Line and column at the start of every so many bytes.
    checkpoints: Vec<(usize, usize)>,
}

/// How many bytes there are between two of the places of a [`LineIndex`].
const DISTANCE: usize = 4096;

impl LineIndex {
    /// Reads a text once.
    fn new(text: &str) -> Self {
        let mut checkpoints = Vec::with_capacity(text.len() / DISTANCE + 1);
        let (mut line, mut column) = (1, 1);
        for (at, byte) in text.bytes().enumerate() {
            if at % DISTANCE == 0 {
                checkpoints.push((line, column));
            }
            match byte {
                b'\n' => (line, column) = (line + 1, 1),
                // The first byte of a character counts, the others do not.
                0x80..=0xbf => {}
                _ => column += 1,
            }
        }
        Self { checkpoints }
    }

    fn line_column(&self, text: &str, offset: usize) -> (usize, usize) {
        let offset = offset.min(text.len());
        let index = (offset / DISTANCE).min(self.checkpoints.len().saturating_sub(1));
        let (mut line, mut column) = self.checkpoints.get(index).copied().unwrap_or((1, 1));
        let between = text.as_bytes().get(index * DISTANCE..offset);
        for byte in between.unwrap_or_default() {
            match byte {
                b'\n' => (line, column) = (line + 1, 1),
                0x80..=0xbf => {}
                _ => column += 1,
            }
        }
        (line, column)
    }
}

/// Line and column, from 1, of a byte offset.
fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = text.get(..offset).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_and_print() {
        for text in ["MultiAZ", "Replicas[1].Region", "A[0][2].B"] {
            assert_eq!(text.parse::<Path>().map(|p| p.to_string()), Ok(text.into()));
        }
        assert!("A..B".parse::<Path>().is_err());
        assert!("A[x]".parse::<Path>().is_err());
    }

    #[test]
    fn columns_count_characters() {
        let text = "a: ü\nbé: x\n";
        let at = text.find('x').unwrap_or_default();
        let place = Location::in_text(None, "f".into(), text, Span::new(at, at + 1));
        assert_eq!((place.line, place.column, place.end_column), (2, 5, 6));
    }

    #[test]
    fn an_index_counts_as_the_text_does() {
        let text = "aü\n".repeat(3000) + &"é".repeat(5000) + "\nend";
        let index = LineIndex::new(&text);
        for (at, _) in text.char_indices().step_by(97) {
            let span = Span::new(at, at + 1);
            let plain = Location::in_text(None, "f".into(), &text, Span::new(at, at));
            let indexed =
                Location::counted(None, "f".into(), span, |at| index.line_column(&text, at));
            assert_eq!((plain.line, plain.column), (indexed.line, indexed.column));
        }
    }
}
