//! How fast calls may follow each other: a bucket of tokens for each service and Region.
//!
//! The SDKs' adaptive mode does the same and recovers so slowly from being throttled that a
//! collection takes twenty times as long; here a bucket only ever halves its rate.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::client::lock;

/// Route 53 takes 10 calls a second of an account, 50 at once
/// (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/throttling-api-requests.html>);
/// the others publish higher limits, or none.
const LIMITS: [(&str, f64, f64); 2] = [("route53", 9.0, 40.0), ("", 25.0, 60.0)];

/// The buckets of an account.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<HashMap<(String, String), Bucket>>);

#[derive(Debug)]
struct Bucket {
    /// Tokens a second.
    rate: f64,
    most: f64,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn new(service: &str, now: Instant) -> Self {
        let limit = LIMITS
            .iter()
            .find(|(name, ..)| *name == service || name.is_empty());
        let (rate, most) = limit.map_or((10.0, 10.0), |(_, rate, most)| (*rate, *most));
        Self {
            rate,
            most,
            tokens: most,
            at: now,
        }
    }

    /// Takes a token, also one that is not there yet; when it will be.
    fn take(&mut self, now: Instant) -> Instant {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate).min(self.most) - 1.0;
        self.at = now;
        let wait = (-self.tokens / self.rate).max(0.0);
        now + Duration::from_secs_f64(wait)
    }
}

impl Pace {
    /// Waits until a call is due.
    pub(super) async fn wait(&self, service: &str, region: &str) {
        let now = Instant::now();
        let due = lock(&self.0)
            .entry((service.to_owned(), region.to_owned()))
            .or_insert_with(|| Bucket::new(service, now))
            .take(now);
        if due > now {
            sleep_until(due).await;
        }
    }

    /// Halves the rate, down to one call a second.
    pub(super) fn slow_down(&self, service: &str, region: &str) {
        if let Some(bucket) = lock(&self.0).get_mut(&(service.to_owned(), region.to_owned())) {
            bucket.rate = (bucket.rate / 2.0).max(1.0);
            bucket.tokens = bucket.tokens.min(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_lets_a_burst_through_and_then_its_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new("route53", start);
        let due: Vec<f64> = (0..58)
            .map(|_| bucket.take(start).duration_since(start).as_secs_f64())
            .collect();
        assert_eq!(due[39], 0.0);
        assert!((due[57] - 2.0).abs() < 0.01, "{}", due[57]);
    }
}
