//! Where a service is, by partition and Region.

use super::table::Service;

/// Where to send a call, and the Region to sign it for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::collect) struct Endpoint {
    pub(in crate::collect) url: String,
    pub(in crate::collect) region: String,
}

/// Partitions by how the names of their Regions begin, and their DNS suffixes, from botocore's
/// `partitions.json`.
const PARTITIONS: [(&str, &str, &str); 8] = [
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("", "aws", "amazonaws.com"),
];

/// The partition that a Region is in.
pub(in crate::collect) fn partition_of(region: &str) -> &'static str {
    PARTITIONS
        .iter()
        .find(|(prefix, ..)| region.starts_with(prefix))
        .map_or("aws", |(_, name, _)| name)
}

/// What host names of a partition end in.
pub(in crate::collect) fn dns_suffix(partition: &str) -> &'static str {
    PARTITIONS
        .iter()
        .find(|(_, name, _)| *name == partition)
        .map_or("amazonaws.com", |(.., suffix)| suffix)
}

/// Where a service is for a Region; `None` if the partition does not have it. `given` is what the
/// user has set instead, `fips` asks for an endpoint with validated cryptography.
pub(in crate::collect) fn endpoint(
    service: &Service,
    region: &str,
    given: Option<&str>,
    fips: bool,
) -> Option<Endpoint> {
    let partition = partition_of(region);
    if service.absent.iter().any(|absent| absent == partition) {
        return None;
    }
    let global = service.global.get(partition);
    let sign = global.map_or(region, |(region, _)| region).to_owned();
    let url = match (given, global, service.hosts.get(region)) {
        (Some(url), ..) => url.trim_end_matches('/').to_owned(),
        (None, Some((_, host)), _) => format!("https://{host}"),
        (None, None, Some(host)) if !fips => format!("https://{host}"),
        _ => {
            let fips = if fips { "-fips" } else { "" };
            let prefix = &service.prefix;
            format!("https://{prefix}{fips}.{region}.{}", dns_suffix(partition))
        }
    };
    Some(Endpoint { url, region: sign })
}

#[cfg(test)]
mod tests {
    use super::super::table::service;
    use super::*;

    fn of(name: &str, region: &str) -> Option<(String, String)> {
        let found = endpoint(service(name).unwrap(), region, None, false)?;
        Some((found.url, found.region))
    }

    #[test]
    fn services_are_found_in_every_partition() {
        let is = |url: &str, region: &str| Some((url.to_owned(), region.to_owned()));
        assert_eq!(
            of("rds", "eu-central-1"),
            is("https://rds.eu-central-1.amazonaws.com", "eu-central-1")
        );
        assert_eq!(
            of("route53", "eu-central-1"),
            is("https://route53.amazonaws.com", "us-east-1")
        );
        assert_eq!(
            of("route53", "us-gov-west-1"),
            is("https://route53.us-gov.amazonaws.com", "us-gov-west-1")
        );
        assert_eq!(
            of("dynamodb", "cn-north-1"),
            is("https://dynamodb.cn-north-1.amazonaws.com.cn", "cn-north-1")
        );
        assert_eq!(of("shield", "cn-north-1"), None);
        let eusc = of("ec2", "eusc-de-east-1").unwrap().0;
        assert_eq!(eusc, "https://ec2.eusc-de-east-1.amazonaws.eu");
    }

    #[test]
    fn what_the_user_sets_wins() {
        let rds = service("rds").unwrap();
        let found = endpoint(rds, "eu-west-1", Some("http://127.0.0.1:5000/"), false).unwrap();
        assert_eq!(found.url, "http://127.0.0.1:5000");
        assert_eq!(found.region, "eu-west-1");
    }
}
