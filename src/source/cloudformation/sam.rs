//! SAM
use super::template;
use super::world::Declared;
use crate::document::Node;
use rustc_hash::FxHashMap;

pub(super) fn transform(_tree: &Node, resources: &mut Vec<Declared>) -> FxHashMap<String, usize> {
    template::names(resources)
}
