//! What skylint knows of one or more AWS accounts, whatever door it came in by.
//!
//! Nothing here does I/O and nothing here depends on another module of the crate:
//! every other module speaks in these words.

mod continent;
mod coverage;
mod day;
mod earlier;
mod finding;
mod framework;
mod pattern;
mod place;
mod region;
mod resource;
mod snapshot;
mod suppression;
mod time;
mod unknown;
mod value;
mod world;

pub use continent::{continent_of_country, continent_of_region};
pub use coverage::{Cover, CoverStatus, Coverage, Whereabouts};
pub use day::Day;
pub use earlier::{Earlier, Known, Since, base};
pub use finding::{
    Evidence, Finding, InputFailure, InputSummary, PathStep, Related, ResourceName, Results,
    RuleInfo, Severity, Summary, UnknownReport, Verdict, Waived,
};
pub use framework::{
    ControlStanding, FrameworkStanding, Mapping, OWN_MAPPINGS, RuleStanding, Standing,
};
pub use pattern::{Pattern, View, from_directory, normal};
pub use place::{Location, Path, Segment, SourceFile, SourceId, Span};
pub use region::{EuMembership, Region, RegionName, eu_membership, is_region_name};
pub use resource::{Behind, Depends, OBSERVED, Origin, Resource};
pub use snapshot::{InputKind, Snapshot};
pub use suppression::{Suppression, Target};
pub use time::millis;
pub use unknown::{Reason, Unknown};
pub use value::{Choice, ConditionTruth, Map, Part, Reference, Switch, Value};
pub use world::{Seen, World};
