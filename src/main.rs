//! The `skylint` command.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Reading is making and dropping many small things, at which the allocators of most systems are slow: with glibc's a
/// large account takes half as long again, with musl's several times.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    skylint::cli::main()
}
