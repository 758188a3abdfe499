//! What an organisation makes of the verdicts: its settings, its exceptions, what it knew already, which controls it answers
//! for, and when a run fails.

mod apply;
mod baseline;
mod config;
mod frameworks;
mod gate;
mod waivers;

pub use apply::Places;
pub use baseline::{
    Remembered, compare, is_remembered, pair, part, remember, write as write_baseline,
};
pub use config::{Change, Config, Inputs, MAX_BYTES, Place, Said, Show, parse};
pub use frameworks::{Framework, framework_names, frameworks};
pub use gate::{FailOn, Gate, Outcome};
pub use waivers::{Waiver, parse_waivers};
