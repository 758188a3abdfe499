//! The `skylint` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    skylint::cli::main()
}
