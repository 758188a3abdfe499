//! What the names of files say that AWS Config delivered to S3.
//!
//! `…/AWSLogs/ACCOUNT/Config/REGION/Y/M/D/ConfigSnapshot/ACCOUNT_Config_REGION_ConfigSnapshot_TIME_ID.json.gz`,
//! with the organisation's id before the account's or without. Month and day have no leading zero.
//! <https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html>

use rustc_hash::FxHashMap;

/// Whether AWS Config put a file into the bucket that holds no items.
pub fn is_beside(path: &str) -> bool {
    path.split('/').any(|step| {
        step == "OversizedChangeNotification" || step.starts_with("ConfigWritabilityCheckFile")
    })
}

/// Whose snapshot a file is, and of when: `(ACCOUNT_Config_REGION, TIME)`.
fn snapshot(path: &str) -> Option<(&str, &str)> {
    let name = path.rsplit('/').next()?;
    let (whose, rest) = name.split_once("_ConfigSnapshot_")?;
    let (time, _) = rest.split_once('_')?;
    let is_time = time.len() == 16 && time.ends_with('Z') && time.contains('T');
    (whose.contains("_Config_") && is_time).then_some((whose, time))
}

/// The snapshots among these files that a later one of the same account and Region replaces: what
/// the later one lacks is gone.
pub(super) fn superseded<'p>(paths: impl Iterator<Item = &'p str> + Clone) -> Vec<&'p str> {
    let mut newest: FxHashMap<&str, &str> = FxHashMap::default();
    for (whose, time) in paths.clone().filter_map(snapshot) {
        let known = newest.entry(whose).or_insert(time);
        *known = (*known).max(time);
    }
    let is_old = |path: &&str| {
        snapshot(path).is_some_and(|(whose, time)| newest.get(whose).is_some_and(|t| *t != time))
    };
    paths.filter(is_old).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_snapshots_replace_earlier_ones() {
        let name = |region: &str, time: &str| {
            format!(
                "AWSLogs/1/Config/{region}/2026/1/2/ConfigSnapshot/1_Config_{region}_ConfigSnapshot_{time}_0a-b.json.gz"
            )
        };
        let all = [
            name("eu-west-1", "20260102T030405Z"),
            name("eu-west-1", "20260103T030405Z"),
            name("us-east-1", "20260101T030405Z"),
            "1_Config_eu-west-1_ConfigHistory_AWS::S3::Bucket_20250102T030405Z_20250102T040405Z_1.json.gz".to_owned(),
        ];
        let old = superseded(all.iter().map(String::as_str));
        assert_eq!(old, [all[0].as_str()]);
    }

    #[test]
    fn other_files_in_the_bucket_are_known() {
        assert!(is_beside("AWSLogs/1/Config/ConfigWritabilityCheckFile"));
        assert!(is_beside(
            "x/OversizedChangeNotification/AWS::S3::Bucket/b/y.json.gz"
        ));
        assert!(!is_beside("x/ConfigSnapshot/y.json.gz"));
    }
}
