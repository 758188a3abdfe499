//! The `skylint` command.

fn main() {}
