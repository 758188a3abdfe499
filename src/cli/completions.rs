//! `skylint completions`.

use clap::{Args as ClapArgs, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, CliError, output};
use crate::policy::Outcome;

/// Print completions of this command for a shell
///
/// bash: skylint completions bash > ~/.local/share/bash-completion/completions/skylint
///
/// zsh: skylint completions zsh > DIR/_skylint, where DIR is in $fpath
///
/// fish: skylint completions fish > ~/.config/fish/completions/skylint.fish
///
/// PowerShell: skylint completions powershell | Out-String | Invoke-Expression, in the profile
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs it.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "skylint", &mut text);
    output::print(&String::from_utf8_lossy(&text)).map(|()| Outcome::Passed)
}
