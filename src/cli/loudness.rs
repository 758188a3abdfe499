//! How much is said on standard error, and what a person at a terminal sees while work takes long. Standard
//! output is for reports alone.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use clap::Args as ClapArgs;

use crate::report::clean;

/// Options that say how much is said.
#[derive(Debug, ClapArgs)]
pub(super) struct Loudness {
    /// Say only what went wrong, beside the report
    #[arg(long, short, global = true, help_heading = "Output")]
    quiet: bool,
    /// Say on standard error what is read, by what settings, and how long it takes
    #[arg(
        long,
        short,
        global = true,
        conflicts_with = "quiet",
        help_heading = "Output"
    )]
    verbose: bool,
}

const QUIET: u8 = 0;
const NORMAL: u8 = 1;
const VERBOSE: u8 = 2;

/// It is asked for wherever something is said, and set once, before any work.
static LOUDNESS: AtomicU8 = AtomicU8::new(NORMAL);

impl Loudness {
    pub(super) fn set(&self) {
        let loudness = match (self.quiet, self.verbose) {
            (true, _) => QUIET,
            (_, true) => VERBOSE,
            _ => NORMAL,
        };
        LOUDNESS.store(loudness, Ordering::Relaxed);
    }
}

/// Whether only what went wrong is to be said.
pub(super) fn is_quiet() -> bool {
    LOUDNESS.load(Ordering::Relaxed) == QUIET
}

/// Whether everything is to be said.
pub(super) fn is_verbose() -> bool {
    LOUDNESS.load(Ordering::Relaxed) == VERBOSE
}

/// Says what went wrong. Nobody listening on standard error is no reason to stop.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Says what is good to know.
pub(super) fn note(text: &str) {
    if !is_quiet() {
        say(text);
    }
}

/// Says what only those want to know who ask for it.
pub(super) fn detail(text: &str) {
    if is_verbose() {
        say(&clean(text));
    }
}

/// Work that may take long: at a terminal, it says after a second what it is at, and for how long. What it
/// has said is gone when the work is done.
pub(super) struct Work {
    state: Arc<(Mutex<State>, Condvar)>,
    teller: Option<JoinHandle<()>>,
    begin: Instant,
}

struct State {
    what: String,
    is_done: bool,
}

/// Work that is done sooner needs no telling.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it tells that it goes on.
const BEAT: Duration = Duration::from_millis(200);

impl Work {
    /// Begins.
    pub(super) fn new(what: &str) -> Self {
        let state = State {
            what: what.to_owned(),
            is_done: false,
        };
        let state = Arc::new((Mutex::new(state), Condvar::new()));
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == *"dumb");
        let is_seen = io::stderr().is_terminal() && !is_dumb && !is_quiet();
        let told = Arc::clone(&state);
        let begin = Instant::now();
        // Without a thread to tell it, the work is done all the same.
        let teller = is_seen
            .then(|| {
                thread::Builder::new()
                    .spawn(move || tell(&told, begin))
                    .ok()
            })
            .flatten();
        Self {
            state,
            teller,
            begin,
        }
    }

    /// What it is at now.
    pub(super) fn now(&self, what: String) {
        let (state, _) = &*self.state;
        state.lock().unwrap_or_else(PoisonError::into_inner).what = what;
    }

    /// How long it has taken.
    pub(super) fn took(&self) -> Duration {
        self.begin.elapsed()
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let (state, changed) = &*self.state;
        state.lock().unwrap_or_else(PoisonError::into_inner).is_done = true;
        changed.notify_all();
        if let Some(teller) = self.teller.take() {
            let _ = teller.join();
        }
    }
}

fn tell(told: &(Mutex<State>, Condvar), begin: Instant) {
    const SIGNS: [&str; 4] = ["|", "/", "-", "\\"];
    let (state, changed) = told;
    let wait = |patience: Duration| {
        let state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let (state, _) = changed
            .wait_timeout_while(state, patience, |state| !state.is_done)
            .unwrap_or_else(PoisonError::into_inner);
        (!state.is_done).then(|| state.what.clone())
    };
    let mut patience = PATIENCE;
    let mut signs = SIGNS.iter().cycle();
    while let Some(what) = wait(patience) {
        let sign = signs.next().unwrap_or(&"");
        let seconds = begin.elapsed().as_secs();
        let line = format!("{sign} {} ({seconds} s)", clean(&what));
        // One that is longer than the terminal would leave parts of itself behind.
        let width = super::output::width().saturating_sub(1);
        let line: String = line.chars().take(width).collect();
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "\r\u{1b}[2K{line}").and_then(|()| stderr.flush());
        patience = BEAT;
    }
    if patience == BEAT {
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "\r\u{1b}[2K").and_then(|()| stderr.flush());
    }
}
