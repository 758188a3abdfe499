//! Reading mappings strictly: every key is known, every value of the type it should be, and
//! whatever is not is said with its place.

use super::{Data, Entry, Node, did_you_mean};
use crate::model::Span;

/// Something wrong with a document, at a place in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Bytes of the file.
    pub span: Span,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Fault {
    /// A fault at a place.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: None,
        }
    }

    /// With advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The entries of a mapping, taken one by one.
pub(crate) struct Fields<'n, 'f> {
    node: &'n Node,
    entries: &'n [Entry],
    known: Vec<&'static str>,
    faults: &'f mut Vec<Fault>,
}

impl<'n, 'f> Fields<'n, 'f> {
    /// `what` names the mapping in messages, such as "a rule".
    pub(crate) fn new(node: &'n Node, what: &str, faults: &'f mut Vec<Fault>) -> Self {
        let entries = node.as_map().unwrap_or_else(|| {
            faults.push(Fault::new(
                node.span,
                format!("{what} is a mapping, not {}", node.kind()),
            ));
            &[]
        });
        Self {
            node,
            entries,
            known: Vec::new(),
            faults,
        }
    }

    pub(crate) fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    pub(crate) fn faults(&mut self) -> &mut Vec<Fault> {
        self.faults
    }

    /// The value of a key, if it has one.
    pub(crate) fn node(&mut self, key: &'static str) -> Option<&'n Node> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let entry = self.entries.iter().find(|entry| &*entry.key == key)?;
        (entry.value.data != Data::Null).then_some(&entry.value)
    }

    /// The value of a key that must be there.
    pub(crate) fn required(&mut self, key: &'static str) -> Option<&'n Node> {
        let node = self.node(key);
        if node.is_none() && self.node.as_map().is_some() {
            // The mapping as a whole can be long: point at its beginning.
            let span = self
                .entries
                .first()
                .map_or(self.node.span, |entry| entry.key_span);
            self.faults
                .push(Fault::new(span, format!("`{key}` is missing")));
        }
        node
    }

    /// A text, trimmed.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<(&'n str, &'n Node)> {
        let node = self.node(key)?;
        self.as_text(key, node)
    }

    /// A text that must be there and not be empty.
    pub(crate) fn required_text(&mut self, key: &'static str) -> Option<(&'n str, &'n Node)> {
        let node = self.required(key)?;
        let (text, node) = self.as_text(key, node)?;
        if text.is_empty() {
            self.faults
                .push(Fault::new(node.span, format!("`{key}` is empty")));
            return None;
        }
        Some((text, node))
    }

    fn as_text(&mut self, key: &str, node: &'n Node) -> Option<(&'n str, &'n Node)> {
        match node.as_str() {
            Some(text) => Some((text.trim(), node)),
            None => {
                let mut fault = Fault::new(
                    node.span,
                    format!("`{key}` is a string, not {}", node.kind()),
                );
                fault.help = matches!(node.data, Data::Bool(_) | Data::Int(_) | Data::Float(_))
                    .then(|| "put it in quotes".to_owned());
                self.faults.push(fault);
                None
            }
        }
    }

    /// A boolean.
    pub(crate) fn truth(&mut self, key: &'static str) -> Option<bool> {
        let node = self.node(key)?;
        if let Data::Bool(truth) = node.data {
            return Some(truth);
        }
        self.faults.push(Fault::new(
            node.span,
            format!("`{key}` is true or false, not {}", node.kind()),
        ));
        None
    }

    /// One of some words.
    pub(crate) fn word<T: std::str::FromStr<Err = String>>(
        &mut self,
        key: &'static str,
        words: impl IntoIterator<Item = &'static str>,
    ) -> Option<T> {
        let (text, node) = self.text(key)?;
        let parsed = text.parse().map_err(|message: String| Fault {
            span: node.span,
            message,
            help: did_you_mean(text, words),
        });
        parsed.map_err(|fault| self.faults.push(fault)).ok()
    }

    /// A list of texts; a single text is a list of one.
    pub(crate) fn texts(&mut self, key: &'static str) -> Vec<(&'n str, &'n Node)> {
        let Some(node) = self.node(key) else {
            return Vec::new();
        };
        match &node.data {
            Data::List(items) => items
                .iter()
                .filter_map(|item| self.as_text(key, item))
                .collect(),
            _ => self.as_text(key, node).into_iter().collect(),
        }
    }

    /// Complains about every key that was not asked for.
    pub(crate) fn finish(self) {
        for entry in self.entries {
            if !self.known.contains(&&*entry.key) {
                let mut fault = Fault::new(entry.key_span, format!("unknown key `{}`", entry.key));
                fault.help = did_you_mean(&entry.key, self.known.iter().copied())
                    .or_else(|| Some(format!("keys here are: {}", self.known.join(", "))));
                self.faults.push(fault);
            }
        }
    }
}
