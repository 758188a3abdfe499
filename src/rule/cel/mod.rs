//! The condition language of rules: a schema-typed profile of CEL with three-valued evaluation.
//!
//! [`parse`] turns text into a tree, [`check`] turns the tree into an [`Ir`] in which every
//! property and function is known to exist, and [`eval`] runs that on a resource. The profile is
//! described for rule authors in `docs/rule-language.md`.

mod ast;
mod check;
mod eval;
mod parse;
mod sieve;
mod trace;
mod ty;
mod val;

pub use check::{EachOp, Ir, Scope, Var, check};
pub use eval::{Env, Evaluator};
pub use parse::parse;
pub use sieve::Sieves;
pub use trace::{Fact, NoTrace, Read, Trace, Tracer};
pub use ty::{RecordField, RecordTy, Ty};
pub use val::{Ends, Items, Known, Record, Tri, Val};

pub(crate) use crate::document::did_you_mean;

use crate::model::Span;

/// Something wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Bytes of the expression text.
    pub span: Span,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

pub(crate) fn problem(span: Span, message: impl Into<String>) -> Problem {
    Problem {
        span,
        message: message.into(),
        help: None,
    }
}

impl Problem {
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }
}
