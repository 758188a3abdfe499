//! What is around the configuration of a resource: type, ids, Region, time, status. AWS Config
//! writes it in two ways, one in files and one in answers of the API, and older files in a third.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::text::Text;

/// One configuration item.
/// <https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationItem.html>
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Item<'t> {
    #[serde(borrow)]
    resource_type: Text<'t>,
    #[serde(borrow)]
    resource_id: Text<'t>,
    #[serde(borrow)]
    resource_name: Text<'t>,
    /// In files.
    #[serde(borrow, rename = "ARN")]
    file_arn: Text<'t>,
    /// From the API.
    #[serde(borrow)]
    arn: Text<'t>,
    #[serde(borrow)]
    aws_region: Text<'t>,
    /// In files.
    #[serde(borrow)]
    aws_account_id: Text<'t>,
    /// From the API.
    #[serde(borrow)]
    account_id: Text<'t>,
    #[serde(borrow)]
    availability_zone: Text<'t>,
    /// So it is in files of version 1.0.
    #[serde(borrow)]
    availibility_zone: Text<'t>,
    #[serde(borrow)]
    configuration_item_capture_time: Text<'t>,
    #[serde(borrow)]
    configuration_item_status: Text<'t>,
    #[serde(borrow)]
    pub(super) configuration: Option<&'t RawValue>,
    #[serde(borrow)]
    pub(super) supplementary_configuration: Option<&'t RawValue>,
    #[serde(borrow)]
    pub(super) tags: Option<&'t RawValue>,
}

/// What became of the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// It is there.
    There,
    /// It is gone.
    Deleted,
    /// The recorder leaves its type out, so nothing is known of it.
    NotRecorded,
}

impl Item<'_> {
    pub(super) fn rtype(&self) -> Option<&str> {
        self.resource_type.get()
    }

    pub(super) fn id(&self) -> Option<&str> {
        self.resource_id.get().or_else(|| self.name())
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.resource_name.get()
    }

    /// Its ARN. Some types have it as their id.
    pub(super) fn arn(&self) -> Option<&str> {
        let id = self.resource_id.get().filter(|id| id.starts_with("arn:"));
        self.file_arn.get().or_else(|| self.arn.get()).or(id)
    }

    pub(super) fn region(&self) -> Option<&str> {
        self.aws_region.get()
    }

    pub(super) fn account(&self) -> Option<&str> {
        self.aws_account_id.get().or_else(|| self.account_id.get())
    }

    pub(super) fn zone(&self) -> Option<&str> {
        let zone = self.availability_zone.get();
        zone.or_else(|| self.availibility_zone.get())
    }

    pub(super) fn captured(&self) -> &str {
        self.configuration_item_capture_time
            .get()
            .unwrap_or_default()
    }

    /// <https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationItem.html>,
    /// configurationItemStatus; files of version 1.0 have `OK`, `Discovered` and `Deleted`.
    pub(super) fn status(&self) -> Status {
        match self.configuration_item_status.get() {
            Some("ResourceDeleted" | "ResourceDeletedNotRecorded" | "Deleted") => Status::Deleted,
            Some("ResourceNotRecorded") => Status::NotRecorded,
            _ => Status::There,
        }
    }
}
