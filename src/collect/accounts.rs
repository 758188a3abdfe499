//! Whose accounts are read, and as whom.

use std::sync::Arc;

use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls;
use aws_types::region::Region;
use serde_json::Map as Json;

use super::CollectError;
use super::api::{Fault, FaultKind};
use super::client::{Client, Manners};
use super::item;
use crate::model::Map;

/// A role to take on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// What the role's owner asks for.
    pub external_id: Option<String>,
    /// What the session is called.
    pub session_name: String,
}

/// Who makes the calls.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) arn: String,
    pub(super) account: Arc<str>,
    pub(super) partition: &'static str,
}

/// Settings and credentials as the AWS CLI finds them, and then the roles, one after the other. The
/// first calls go to the user's Region; `named` is where they go if there is none.
pub(super) async fn settings(
    profile: Option<&str>,
    named: Option<&str>,
    roles: &[Role],
) -> Result<SdkConfig, CollectError> {
    // One connection pool for all clients of all accounts.
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(
            tls::rustls_provider::CryptoMode::Ring,
        ))
        .build_https();
    let mut loader: ConfigLoader =
        aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    let mut sdk = loader.load().await;
    if sdk.region().is_none() {
        let region = Some(Region::new(named.unwrap_or("us-east-1").to_owned()));
        sdk = sdk.into_builder().region(region).build();
    }
    for role in roles {
        sdk = assume(&sdk, role).await;
    }
    Ok(sdk)
}

/// The settings with the credentials of a role.
pub(super) async fn assume(sdk: &SdkConfig, role: &Role) -> SdkConfig {
    let mut provider = aws_config::sts::AssumeRoleProvider::builder(&role.arn)
        .session_name(&role.session_name)
        .configure(sdk);
    if let Some(id) = &role.external_id {
        provider = provider.external_id(id);
    }
    let provider = SharedCredentialsProvider::new(provider.build().await);
    let builder = sdk.to_builder().credentials_provider(provider);
    // Credentials of one role must not be kept for another.
    builder
        .identity_cache(aws_config::identity::IdentityCache::lazy().build())
        .build()
}

/// Asks AWS who the caller is: the first call, which shows whether there are credentials at all.
pub(super) async fn caller(client: &Client) -> Result<Caller, Fault> {
    let region = home(client);
    let answer = client
        .call("sts.GetCallerIdentity", &region, &Json::new())
        .await
        .map_err(|fault| match fault.kind {
            // No Region refuses this call but for the credentials.
            FaultKind::NotEnabled => Fault {
                kind: FaultKind::Expired,
                ..fault
            },
            _ => fault,
        })?;
    let text = |name: &str| item::text(&answer, name).unwrap_or_default();
    let arn = text("Arn");
    let partition = arn.split(':').nth(1).unwrap_or("aws");
    let partition = [
        "aws",
        "aws-cn",
        "aws-us-gov",
        "aws-eusc",
        "aws-iso",
        "aws-iso-b",
        "aws-iso-e",
        "aws-iso-f",
    ]
    .into_iter()
    .find(|known| *known == partition)
    .unwrap_or("aws");
    Ok(Caller {
        account: text("Account").into(),
        partition,
        arn,
    })
}

/// The Region that calls go to which are about no Region in particular.
pub(super) fn home(client: &Client) -> String {
    let region = client.sdk().region().map(ToString::to_string);
    region.unwrap_or_else(|| "us-east-1".to_owned())
}

/// The Regions of an account: its name, and whether it is enabled.
pub(super) async fn regions(client: &Client) -> Result<Vec<(Arc<str>, bool)>, Fault> {
    let mut input = Json::new();
    input.insert("AllRegions".to_owned(), true.into());
    let region = home(client);
    let answer = client.call("ec2.DescribeRegions", &region, &input).await?;
    let mut regions: Vec<(Arc<str>, bool)> = item::items(&answer, "Regions[]")
        .iter()
        .filter_map(|region| {
            let name = item::text(region, "RegionName")?;
            let status = item::text(region, "OptInStatus");
            Some((name.into(), status.as_deref() != Some("not-opted-in")))
        })
        .collect();
    regions.sort();
    Ok(regions)
}

/// A member of the organisation.
#[derive(Debug)]
pub(super) struct MemberAccount {
    pub(super) id: Arc<str>,
    pub(super) is_active: bool,
    pub(super) status: String,
}

/// The accounts of the organisation.
pub(super) async fn members(client: &Client) -> Result<Vec<MemberAccount>, Fault> {
    let mut found = Vec::new();
    let region = home(client);
    client
        .pages(
            "organizations.ListAccounts",
            &region,
            Json::new(),
            |answer: &Map| {
                for account in item::items(answer, "Accounts[]") {
                    if let Some(id) = item::text(&account, "Id") {
                        // `State` has replaced `Status`, which AWS retires in September 2026.
                        let state = item::text(&account, "State");
                        let status = state.or_else(|| item::text(&account, "Status"));
                        let status = status.unwrap_or_default();
                        found.push(MemberAccount {
                            id: id.into(),
                            is_active: status == "ACTIVE",
                            status,
                        });
                    }
                }
            },
        )
        .await?;
    found.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

/// The calls of an account in which a role is taken on.
pub(super) async fn member_client(
    base: &SdkConfig,
    id: &str,
    partition: &str,
    role: &Role,
    manners: Manners,
) -> Client {
    // A role by its name, or by an ARN with the account left open.
    let arn = match role.arn.strip_prefix("arn:") {
        Some(_) => role.arn.replace("{account}", id),
        None => format!("arn:{partition}:iam::{id}:role/{}", role.arn),
    };
    let role = Role {
        arn,
        ..role.clone()
    };
    Client::new(&assume(base, &role).await, manners)
}
