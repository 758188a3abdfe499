//! Rules: what they are, the language of their conditions, and the engine that runs them.

pub mod cel;
pub mod functions;
