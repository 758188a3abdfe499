//! Calls to the services that have a client of their own: RDS, Route 53, CloudFront and AWS Config.
//!
//! What they answer is taken as it came, before the client makes types of it: those cannot be
//! turned into values, and one field that the client cannot read would cost all the others.

use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::region::Region;
use serde_json::{Map as Json, Value as JsonValue};

use super::api::Fault;
use super::client::{explain, lock};

/// The clients for a Region.
#[derive(Debug)]
pub(super) struct Typed {
    rds: aws_sdk_rds::Client,
    route53: aws_sdk_route53::Client,
    cloudfront: aws_sdk_cloudfront::Client,
    config: aws_sdk_config::Client,
}

/// An answer as it came.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    headers: Vec<(String, String)>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.iter();
        let mut found = found.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.clone())
    }
}

/// Keeps the answer of one call.
#[derive(Debug, Clone, Default)]
struct Tape(Arc<Mutex<Option<Answer>>>);

impl Intercept for Tape {
    fn name(&self) -> &'static str {
        "tape"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if response.status().is_success() {
            let headers = response.headers().iter();
            *lock(&self.0) = Some(Answer {
                body: response.body().bytes().unwrap_or_default().to_vec(),
                headers: headers
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
            });
        }
        Ok(())
    }
}

/// Makes a call and keeps its answer.
macro_rules! send {
    ($builder:expr) => {{
        let tape = Tape::default();
        let sent = $builder.customize().interceptor(tape.clone()).send().await;
        let answer = lock(&tape.0).take();
        match (answer, sent) {
            // Whether the client could make types of it does not matter.
            (Some(answer), _) => Ok(answer),
            (None, Ok(_)) => Ok(Answer::default()),
            (None, Err(error)) => Err(explain(error)),
        }
    }};
}

impl Typed {
    pub(super) fn new(sdk: &SdkConfig, region: &str) -> Self {
        let sdk = sdk
            .to_builder()
            .region(Region::new(region.to_owned()))
            .build();
        Self {
            rds: aws_sdk_rds::Client::new(&sdk),
            route53: aws_sdk_route53::Client::new(&sdk),
            cloudfront: aws_sdk_cloudfront::Client::new(&sdk),
            config: aws_sdk_config::Client::new(&sdk),
        }
    }

    /// Makes a call; `None` if no client here has it.
    pub(super) async fn send(
        &self,
        call: &str,
        input: &Json<String, JsonValue>,
    ) -> Option<Result<Answer, Fault>> {
        let text = |name: &str| input.get(name)?.as_str().map(str::to_owned);
        let int = |name: &str| i32::try_from(input.get(name)?.as_i64()?).ok();
        let texts = |name: &str| {
            let items = input.get(name)?.as_array()?.iter();
            Some(items.filter_map(|i| Some(i.as_str()?.to_owned())).collect())
        };
        Some(match call {
            "rds.DescribeDBInstances" => send!(
                self.rds
                    .describe_db_instances()
                    .set_marker(text("Marker"))
                    .set_max_records(int("MaxRecords"))
            ),
            "rds.DescribeDBClusters" => send!(
                self.rds
                    .describe_db_clusters()
                    .set_marker(text("Marker"))
                    .set_max_records(int("MaxRecords"))
            ),
            "rds.DescribeGlobalClusters" => send!(
                self.rds
                    .describe_global_clusters()
                    .set_marker(text("Marker"))
                    .set_max_records(int("MaxRecords"))
            ),
            "rds.DescribeDBSubnetGroups" => send!(
                self.rds
                    .describe_db_subnet_groups()
                    .set_marker(text("Marker"))
                    .set_max_records(int("MaxRecords"))
            ),
            "rds.DescribeDBInstanceAutomatedBackups" => send!(
                self.rds
                    .describe_db_instance_automated_backups()
                    .set_marker(text("Marker"))
                    .set_max_records(int("MaxRecords"))
            ),
            "route53.ListHostedZones" => send!(
                self.route53
                    .list_hosted_zones()
                    .set_marker(text("Marker"))
                    .set_max_items(int("MaxItems"))
            ),
            "route53.GetHostedZone" => {
                send!(self.route53.get_hosted_zone().set_id(text("Id")))
            }
            "route53.ListResourceRecordSets" => send!(
                self.route53
                    .list_resource_record_sets()
                    .set_hosted_zone_id(text("HostedZoneId"))
                    .set_start_record_name(text("StartRecordName"))
                    .set_start_record_type(text("StartRecordType").map(|t| t.as_str().into()))
                    .set_start_record_identifier(text("StartRecordIdentifier"))
                    .set_max_items(int("MaxItems"))
            ),
            "route53.ListHealthChecks" => send!(
                self.route53
                    .list_health_checks()
                    .set_marker(text("Marker"))
                    .set_max_items(int("MaxItems"))
            ),
            "route53.ListTagsForResources" => send!(
                self.route53
                    .list_tags_for_resources()
                    .set_resource_type(text("ResourceType").map(|t| t.as_str().into()))
                    .set_resource_ids(texts("ResourceIds"))
            ),
            "route53.ListQueryLoggingConfigs" => send!(
                self.route53
                    .list_query_logging_configs()
                    .set_next_token(text("NextToken"))
                    .set_max_results(int("MaxResults"))
            ),
            "cloudfront.ListDistributions" => send!(
                self.cloudfront
                    .list_distributions()
                    .set_marker(text("Marker"))
                    .set_max_items(int("MaxItems"))
            ),
            "cloudfront.GetDistributionConfig" => {
                send!(self.cloudfront.get_distribution_config().set_id(text("Id")))
            }
            "cloudfront.ListTagsForResource" => send!(
                self.cloudfront
                    .list_tags_for_resource()
                    .set_resource(text("Resource"))
            ),
            "cloudfront.ListCachePolicies" => send!(
                self.cloudfront
                    .list_cache_policies()
                    .set_type(text("Type").map(|t| t.as_str().into()))
                    .set_marker(text("Marker"))
                    .set_max_items(int("MaxItems"))
            ),
            "cloudfront.ListOriginAccessControls" => send!(
                self.cloudfront
                    .list_origin_access_controls()
                    .set_marker(text("Marker"))
                    .set_max_items(int("MaxItems"))
            ),
            "config.SelectResourceConfig" => send!(
                self.config
                    .select_resource_config()
                    .set_expression(text("Expression"))
                    .set_limit(int("Limit"))
                    .set_next_token(text("NextToken"))
            ),
            "config.SelectAggregateResourceConfig" => send!(
                self.config
                    .select_aggregate_resource_config()
                    .set_expression(text("Expression"))
                    .set_configuration_aggregator_name(text("ConfigurationAggregatorName"))
                    .set_limit(int("Limit"))
                    .set_next_token(text("NextToken"))
            ),
            "config.DescribeConfigurationRecorders" => {
                send!(self.config.describe_configuration_recorders())
            }
            "config.DescribeConfigurationRecorderStatus" => {
                send!(self.config.describe_configuration_recorder_status())
            }
            _ => return None,
        })
    }
}
