//! Progress on a terminal: a bar for each Region of each account.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::collect::Event;

/// An account and a Region.
type Place = (Arc<str>, Arc<str>);

/// The bars; none where nobody sees them.
#[derive(Debug, Default)]
pub(super) struct Bars {
    screen: Option<MultiProgress>,
    bars: Mutex<BTreeMap<Place, ProgressBar>>,
}

impl Bars {
    /// Bars on standard error, if it is a terminal.
    pub(super) fn new(quiet: bool) -> Self {
        let is_seen = !quiet && io::stderr().is_terminal();
        Self {
            screen: is_seen.then(MultiProgress::new),
            bars: Mutex::default(),
        }
    }

    /// Shows what happened.
    pub(super) fn tell(&self, event: &Event) {
        let Some(screen) = &self.screen else { return };
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Planned(account, region, count) => {
                let bar = screen.add(ProgressBar::new(*count as u64));
                let style =
                    ProgressStyle::with_template("{prefix:30} {bar:30} {pos:>4}/{len} {msg}");
                if let Ok(style) = style {
                    bar.set_style(style);
                }
                bar.set_prefix(format!("{account} {region}"));
                bars.insert((Arc::clone(account), Arc::clone(region)), bar);
            }
            Event::Read(account, region, service) => {
                if let Some(bar) = bars.get(&(Arc::clone(account), Arc::clone(region))) {
                    bar.inc(1);
                    bar.set_message(service.clone());
                    if bar.length() == Some(bar.position()) {
                        bar.finish_and_clear();
                    }
                }
            }
        }
    }

    /// Takes them away.
    pub(super) fn finish(&self) {
        if let Some(screen) = &self.screen {
            let _ = screen.clear();
        }
    }
}
