//! Today's date. The rules know no clock: it is read here, once.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::Day;

/// Today in UTC.
pub(super) fn today() -> Day {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    Day(i64::try_from(seconds / 86_400).unwrap_or_default())
}
