//! Rules: what they are, the language of their conditions, and the engine that runs them.

pub mod cel;
mod engine;
mod fields;
mod file;
pub mod functions;
mod needs;
mod reads;

pub use engine::{Counts, Engine, Judgement, WhyUnknown};
pub use fields::Fault;
pub use file::{
    Example, Given, Message, MessagePart, Rule, RuleFaults, RuleParam, Subject, builtin,
    is_rule_file, parse,
};
pub use needs::needs;
pub use reads::{Reads, reads, sight, waits_for_facts};
