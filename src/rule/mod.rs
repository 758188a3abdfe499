//! Rules: what they are, the language of their conditions, and the engine that runs them.

pub mod cel;
mod context;
mod engine;
mod file;
pub mod functions;
mod needs;
mod reads;
mod settings;

pub use crate::document::Fault;
pub use context::{CONTEXT, ContextKey};
pub use engine::{Counts, Engine, Judgement, Keep, WhyUnknown};
pub use file::{
    Example, Given, Message, MessagePart, Rule, RuleFaults, RuleParam, Subject, builtin,
    is_rule_file, parse,
};
pub(crate) use file::{is_id, is_slug};
pub use needs::needs;
pub use reads::{Reads, reads, sight, waits_for_facts};
pub use settings::{Difference, Setting};
pub(crate) use settings::{a, fit};
