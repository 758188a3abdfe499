//! skylint: a compliance and best-practice linter for AWS accounts.
//!
//! Data flows one way: a door in [`source`] reads an input into a [`model::Snapshot`], [`graph`]
//! indexes it, [`rule`] judges every resource, [`policy`] decides what the verdicts mean for the
//! exit code, and [`report`] writes them down. [`mod@check`] puts these together, [`cli`] is the
//! command line around it. `docs/architecture.md` draws it.

pub mod check;
pub mod cli;
#[cfg(feature = "live")]
pub mod collect;
pub mod document;
pub mod examples;
pub mod graph;
pub mod model;
pub mod policy;
pub mod report;
pub mod rule;
pub mod source;
pub mod types;
