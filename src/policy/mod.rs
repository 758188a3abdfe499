//! What an organisation makes of the verdicts: its settings, its exceptions, what it knew already, and when a
//! run fails.

mod apply;
mod config;
mod gate;
mod waivers;

pub use apply::Places;
pub use config::{Change, Config, Inputs, MAX_BYTES, Place, Said, Show, parse};
pub use gate::{FailOn, Gate, Outcome};
pub use waivers::{Waiver, parse_waivers};
