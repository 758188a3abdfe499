//! CloudFormation templates, SAM templates and CDK output.

mod cdk;
mod compute;
mod conditions;
mod foreach;
mod ignore;
mod imports;
mod intrinsics;
mod lift;
mod locate;
mod nested;
mod parameters;
mod reader;
mod record_sets;
mod references;
mod sam;
mod shape;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod world;

pub use locate::locate;
pub use parameters::parse_file as parse_parameters;
pub(super) use reader::read;
pub use shape::detect;
