//! RDS instances: what the provider sends for what nobody wrote.

use super::Draft;
use crate::model::{Map, Reason, Value};

/// What an instance can be made from, and inherits from.
const MADE_FROM: [&str; 4] = [
    "snapshot_identifier",
    "restore_to_point_in_time",
    "s3_import",
    "replicate_source_db",
];

/// The provider sends 0 for a retention period that nobody wrote: no backups at all, where
/// CloudFormation and the API would keep one day's. A restored instance keeps its source's.
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/db_instance#backup_retention_period-1>
pub(super) fn instance(attributes: &Map, draft: &mut Draft) {
    let is_new = MADE_FROM.iter().all(|name| match attributes.get(name) {
        None => true,
        Some(Value::List(items)) => items.is_empty(),
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Unknown(why)) => matches!(**why, Reason::NotSet(_)),
        Some(_) => false,
    });
    if draft.properties.get("BackupRetentionPeriod").is_none() {
        let mut all = attributes.iter();
        // Neither null nor unknown, but not there: somebody has taken attributes out.
        let is_there = all.any(|(name, _)| &**name == "backup_retention_period");
        let period = match (is_there, is_new) {
            (true, true) => Value::Int(0),
            (true, false) => Value::Null,
            (false, _) => Value::unknown(Reason::NotSet("backup_retention_period".into())),
        };
        draft
            .properties
            .insert("BackupRetentionPeriod".into(), period);
    }
    // An Aurora replica names its cluster where others name their instance.
    if let Some(Value::String(source)) = draft.properties.get("SourceDBInstanceIdentifier")
        && source.contains(":cluster:")
    {
        let source = Value::String(source.clone());
        draft
            .properties
            .insert("SourceDBInstanceIdentifier".into(), Value::Null);
        draft
            .properties
            .insert("SourceDBClusterIdentifier".into(), source);
    }
}
