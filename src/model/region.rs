//! AWS Regions: their names, and which of them lie in the European Union.

use std::fmt;
use std::sync::Arc;

use super::unknown::Unknown;

/// A Region's code, such as `eu-central-1`.
pub type RegionName = Arc<str>;

/// Where a resource is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Region {
    /// In one Region.
    In(RegionName),
    /// The service has one endpoint for the whole partition (Route 53, CloudFront, IAM …).
    Global,
    /// In a Region that is not known.
    Unknown(Unknown),
}

impl Region {
    /// The Region's code, when it is in a known one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::In(name) => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(name) => f.write_str(name),
            Self::Global => f.write_str("global"),
            Self::Unknown(_) => f.write_str("an unknown Region"),
        }
    }
}

/// Whether data in a Region is under EU data-protection law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EuMembership {
    /// In a member state of the European Union.
    Member,
    /// In a country with an adequacy decision of the European Commission (the United Kingdom,
    /// Switzerland): as good as the EU only where the user says so.
    Adequate,
    /// Elsewhere.
    Outside,
}

/// Regions in EU member states. Source: "AWS Regions" in the AWS Global Infrastructure
/// documentation (<https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>):
/// Frankfurt, Ireland, Paris, Stockholm, Milan, Spain, and the European Sovereign Cloud in Brandenburg.
const EU: [&str; 7] = [
    "eu-central-1",
    "eu-west-1",
    "eu-west-3",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eusc-de-east-1",
];

/// London and Zurich, under the Commission's adequacy decisions (EU) 2021/1772 and 2000/518/EC.
const ADEQUATE: [&str; 2] = ["eu-west-2", "eu-central-2"];

/// Whether a Region lies in the European Union.
pub fn eu_membership(region: &str) -> EuMembership {
    if EU.contains(&region) {
        EuMembership::Member
    } else if ADEQUATE.contains(&region) {
        EuMembership::Adequate
    } else {
        EuMembership::Outside
    }
}

/// Whether a text has the shape of a Region's code, such as `us-gov-west-1` or `eusc-de-east-1`.
pub fn is_region_name(text: &str) -> bool {
    let Some((rest, number)) = text.rsplit_once('-') else {
        return false;
    };
    let words: Vec<&str> = rest.split('-').collect();
    let directions = [
        "north",
        "south",
        "east",
        "west",
        "central",
        "northeast",
        "northwest",
        "southeast",
        "southwest",
    ];
    (2..=3).contains(&words.len())
        && !number.is_empty()
        && number.len() <= 2
        && number.bytes().all(|b| b.is_ascii_digit())
        && words.last().is_some_and(|last| directions.contains(last))
        && words
            .first()
            .is_some_and(|first| (2..=4).contains(&first.len()))
        && words
            .iter()
            .all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_names_are_told_from_other_words() {
        for yes in [
            "eu-central-1",
            "us-gov-west-1",
            "ap-southeast-12",
            "eusc-de-east-1",
        ] {
            assert!(is_region_name(yes), "{yes}");
        }
        for no in [
            "elb",
            "eu-central-1a",
            "us-east",
            "",
            "my-app-east-1x",
            "a-b-c-d-1",
        ] {
            assert!(!is_region_name(no), "{no}");
        }
    }

    #[test]
    fn london_and_zurich_are_not_in_the_eu() {
        assert_eq!(eu_membership("eu-west-2"), EuMembership::Adequate);
        assert_eq!(eu_membership("eu-central-2"), EuMembership::Adequate);
        assert_eq!(eu_membership("eu-west-3"), EuMembership::Member);
        assert_eq!(eu_membership("us-east-1"), EuMembership::Outside);
    }
}
