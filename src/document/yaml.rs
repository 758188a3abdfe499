//! YAML text as a [`Node`] tree.

use super::{Node, ParseError};

/// Reads a YAML document.
pub fn parse_yaml(_text: &str) -> Result<Node, ParseError> {
    todo!("being written")
}
