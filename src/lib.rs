//! skylint: a compliance and best-practice linter for AWS accounts.
//!
//! Data flows one way: a door in [`source`] reads an input into a [`model::Snapshot`], [`graph`]
//! indexes it, [`rule`] judges every resource, [`policy`] decides what the verdicts mean for the
//! exit code, and [`report`] writes them down. `docs/architecture.md` draws it.

pub mod document;
pub mod model;
pub mod source;
