//! Calls to AWS, for one account: signed, paced, retried, and answered with values or a [`Fault`].

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation as Call;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use aws_types::service_config::ServiceConfigKey;
use serde_json::{Map as Json, Value as JsonValue};
use tokio::sync::Semaphore;

use super::api::{self, Cursor, Endpoint, Fault, FaultKind, Request, Service};
use super::pace::Pace;
use super::typed::Typed;
use crate::model::{Map, Value};

/// More calls than these are not under way at once.
const AT_ONCE: usize = 48;

/// After so many calls in a row without an answer, a service is not asked any more.
const ENOUGH: usize = 3;

/// A list with more pages is one that never ends.
const MAX_PAGES: usize = 100_000;

/// How calls are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manners {
    /// How often a call is tried.
    pub(super) attempts: u32,
    /// How long one try may take.
    pub(super) patience: Duration,
}

/// The calls of one account.
#[derive(Debug)]
pub(super) struct Client {
    sdk: SdkConfig,
    identity: Option<SharedIdentityResolver>,
    typed: Mutex<HashMap<String, Arc<Typed>>>,
    pace: Pace,
    /// Services and Regions that have not answered, however often they were asked: how many calls in a
    /// row, and what became of the last.
    silent: Mutex<HashMap<(String, String), (usize, Fault)>>,
    under_way: Semaphore,
    attempts: u32,
    calls: AtomicUsize,
}

impl Client {
    /// `sdk` has credentials and the user's settings.
    pub(super) fn new(sdk: &SdkConfig, manners: Manners) -> Self {
        let retry = RetryConfig::standard()
            .with_max_attempts(manners.attempts)
            .with_initial_backoff(Duration::from_millis(200))
            .with_max_backoff(Duration::from_secs(20));
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5).min(manners.patience))
            .operation_attempt_timeout(manners.patience)
            .build();
        let sdk = sdk
            .to_builder()
            .retry_config(retry)
            .timeout_config(timeouts)
            .build();
        let identity = sdk.credentials_provider().map(SharedIdentityResolver::new);
        Self {
            sdk,
            identity,
            typed: Mutex::default(),
            pace: Pace::default(),
            silent: Mutex::default(),
            under_way: Semaphore::new(AT_ONCE),
            attempts: manners.attempts,
            calls: AtomicUsize::new(0),
        }
    }

    /// The settings, with the account's credentials.
    pub(super) fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// How many calls there were, not counting repeated tries.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Makes a call: `rds.DescribeDBInstances`.
    pub(super) async fn call(
        &self,
        call: &str,
        region: &str,
        input: &Json<String, JsonValue>,
    ) -> Result<Map, Fault> {
        let (name, operation) = api::split(call);
        let unknown = || {
            Fault::new(
                FaultKind::Unsupported,
                format!("{call} is not in the table"),
            )
        };
        let service = api::service(name).ok_or_else(unknown)?;
        let found = service.operation(operation).ok_or_else(unknown)?;
        let given = self.given_endpoint(service);
        let fips = self.sdk.use_fips() == Some(true);
        let Some(endpoint) = api::endpoint(service, region, given.as_deref(), fips) else {
            let partition = api::partition_of(region);
            return Err(Fault::new(
                FaultKind::NoService,
                format!("partition {partition} does not have {name}"),
            ));
        };
        let at = (name.to_owned(), endpoint.region.clone());
        if let Some((calls, fault)) = lock(&self.silent).get(&at)
            && *calls >= ENOUGH
        {
            return Err(fault.clone());
        }
        self.pace.wait(name, &endpoint.region).await;
        let Ok(_permit) = self.under_way.acquire().await else {
            return Err(Fault::new(FaultKind::Unreachable, "it was called off"));
        };
        self.calls.fetch_add(1, Ordering::Relaxed);
        let typed = self.typed(&endpoint.region);
        let mut tries = 0;
        let answer = loop {
            tries += 1;
            let answer = match typed.send(call, input).await {
                Some(Ok(answer)) => {
                    let header = |name: &str| answer.header(name);
                    api::decode(service, found, &answer.body, &header)
                }
                Some(Err(fault)) => Err(fault),
                None => {
                    let request = api::encode(service, operation, found, input);
                    break self.send(service, operation, &endpoint, request).await;
                }
            };
            // An answer that was cut off on the way is none to the services' own clients, which
            // try again for other reasons only.
            match &answer {
                Err(fault) if fault.kind == FaultKind::Malformed && tries < self.attempts => {
                    tokio::time::sleep(Duration::from_millis(100) * tries).await;
                }
                _ => break answer,
            }
        };
        match &answer {
            Err(fault) if fault.kind == FaultKind::Throttled => {
                self.pace.slow_down(name, &endpoint.region);
            }
            Err(fault) if fault.kind == FaultKind::Unreachable => {
                let mut fault = fault.clone();
                if given.is_none() && service.unlisted.iter().any(|r| r == region) {
                    fault.kind = FaultKind::NoService;
                }
                let mut silent = lock(&self.silent);
                let known = silent.entry(at).or_insert((0, fault.clone()));
                *known = (known.0 + 1, fault.clone());
                return Err(fault);
            }
            _ => {
                lock(&self.silent).remove(&at);
            }
        }
        answer
    }

    /// Goes through all pages of a list. What came before a fault has been visited.
    pub(super) async fn pages(
        &self,
        call: &str,
        region: &str,
        mut input: Json<String, JsonValue>,
        mut visit: impl FnMut(&Map),
    ) -> Result<(), Fault> {
        let (name, operation) = api::split(call);
        let cursor = api::service(name)
            .and_then(|service| service.operation(operation))
            .and_then(|operation| operation.page.as_ref());
        if let Some((limit, most)) = cursor.and_then(|cursor| cursor.limit.as_ref()) {
            input.entry(limit.clone()).or_insert((*most).into());
        }
        let mut seen = HashSet::new();
        for _ in 0..MAX_PAGES {
            let answer = self.call(call, region, &input).await?;
            visit(&answer);
            let Some(next) = cursor.and_then(|cursor| next(cursor, &answer)) else {
                return Ok(());
            };
            if !seen.insert(format!("{next:?}")) {
                return Err(Fault::new(
                    FaultKind::Malformed,
                    "its pages go in circles: the token for the next one was there before",
                ));
            }
            for (name, value) in next {
                match value {
                    Some(value) => input.insert(name, value.into()),
                    None => input.remove(&name),
                };
            }
        }
        Err(Fault::new(
            FaultKind::Malformed,
            format!("it has more than {MAX_PAGES} pages"),
        ))
    }

    fn typed(&self, region: &str) -> Arc<Typed> {
        let mut all = lock(&self.typed);
        match all.get(region) {
            Some(known) => Arc::clone(known),
            None => {
                let new = Arc::new(Typed::new(&self.sdk, region));
                all.insert(region.to_owned(), Arc::clone(&new));
                new
            }
        }
    }

    /// `AWS_ENDPOINT_URL_RDS`, `AWS_ENDPOINT_URL` and the same in profiles.
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
    fn given_endpoint(&self, service: &Service) -> Option<String> {
        let key = ServiceConfigKey::builder()
            .service_id(&service.id)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok();
        let own = key.and_then(|key| self.sdk.service_config()?.load_config(key));
        own.or_else(|| self.sdk.endpoint_url().map(str::to_owned))
    }

    /// Sends a call without a client of its service.
    async fn send(
        &self,
        service: &'static Service,
        name: &str,
        endpoint: &Endpoint,
        request: Request,
    ) -> Result<Map, Fault> {
        let Some(found) = service.operation(name) else {
            return Err(Fault::new(FaultKind::Unsupported, ""));
        };
        let Some(http) = self.sdk.http_client() else {
            return Err(Fault::new(
                FaultKind::Unreachable,
                "there is no HTTP client",
            ));
        };
        let is_s3 = service.sign == "s3";
        let mut options = SigningOptions::default();
        options.double_uri_encode = !is_s3;
        options.content_sha256_header = is_s3;
        options.normalize_uri_path = !is_s3;
        let mut layer = Layer::new("signing");
        layer.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(Region::new(endpoint.region.clone()))),
            name: Some(SigningName::from(service.sign.clone())),
            signing_options: options,
            ..SigV4OperationSigningConfig::default()
        });
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        let mut components = RuntimeComponentsBuilder::new("credentials");
        components.set_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(
            vec![SCHEME_ID],
        )));
        components.push_auth_scheme(SigV4AuthScheme::new());
        if let Some(identity) = &self.identity {
            components.set_identity_resolver(SCHEME_ID, identity.clone());
        }
        let cache = self.sdk.identity_cache();
        components.set_identity_cache(Some(cache.unwrap_or_else(|| IdentityCache::lazy().build())));
        let retry = self.sdk.retry_config().cloned();
        let retry = retry.unwrap_or_else(RetryConfig::standard);
        let timeouts = self.sdk.timeout_config().cloned();
        let call = Call::builder()
            .service_name(service.sign.clone())
            .operation_name(name.to_owned())
            .http_client(http)
            .endpoint_url(&endpoint.url)
            .sleep_impl(TokioSleep::new())
            .time_source(SystemTimeSource::new())
            .standard_retry(&retry)
            .timeout_config(timeouts.unwrap_or_else(|| TimeoutConfig::builder().build()))
            .retry_classifier(Classifier)
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<Fault>::new())
            .runtime_plugin(
                StaticRuntimePlugin::new()
                    .with_config(layer.freeze())
                    .with_runtime_components(components),
            )
            .serializer(|request: Request| {
                let mut http = http::Request::builder()
                    .method(&*request.method)
                    .uri(request.path);
                for (name, value) in request.headers {
                    http = http.header(name, value);
                }
                Ok(HttpRequest::try_from(
                    http.body(SdkBody::from(request.body))?,
                )?)
            })
            .deserializer(move |response: &HttpResponse| {
                let body = response.body().bytes().unwrap_or_default();
                let header = |name: &str| response.headers().get(name).map(str::to_owned);
                match response.status().is_success() {
                    true => api::decode(service, found, body, &header),
                    false => Err(api::fault(response.status().as_u16(), body, &header)),
                }
                .map_err(OrchestratorError::operation)
            })
            .build();
        call.invoke(request).await.map_err(explain)
    }
}

/// What comes next, if anything does: the inputs of the next call.
fn next(cursor: &Cursor, answer: &Map) -> Option<Vec<(String, Option<String>)>> {
    if let Some(more) = &cursor.more
        && !matches!(at(answer, more), Some(Value::Bool(true)))
    {
        return None;
    }
    let values: Vec<(String, Option<String>)> = cursor
        .input
        .iter()
        .zip(&cursor.output)
        .map(|(input, output)| {
            let value = at(answer, output).and_then(Value::as_str);
            let value = value.filter(|text| !text.is_empty()).map(str::to_owned);
            (input.clone(), value)
        })
        .collect();
    values
        .iter()
        .any(|(_, value)| value.is_some())
        .then_some(values)
}

/// The value at a path of names.
fn at<'v>(map: &'v Map, path: &str) -> Option<&'v Value> {
    let mut names = path.split('.');
    let mut value = map.get(names.next()?)?;
    for name in names {
        value = value.as_map()?.get(name)?;
    }
    Some(value)
}

/// What a failed call means, whichever client made it.
pub(super) fn explain<E>(error: SdkError<E, HttpResponse>) -> Fault
where
    E: std::error::Error + Send + Sync + 'static,
{
    let raw = error.raw_response().map(|response| {
        let body = response.body().bytes().unwrap_or_default();
        let header = |name: &str| response.headers().get(name).map(str::to_owned);
        (
            response.status(),
            body.to_vec(),
            api::fault(response.status().as_u16(), body, &header),
        )
    });
    match (error, raw) {
        (SdkError::ServiceError(error), raw) => {
            let error: &(dyn std::error::Error + 'static) = error.err();
            match (error.downcast_ref::<Fault>(), raw) {
                (Some(fault), _) => fault.clone(),
                (None, Some((_, _, fault))) => fault,
                (None, None) => Fault::new(FaultKind::Refused, error.to_string()),
            }
        }
        (_, Some((status, _, fault))) if !status.is_success() => fault,
        (SdkError::TimeoutError(_), _) => Fault::new(FaultKind::Unreachable, "it took too long"),
        (SdkError::DispatchFailure(error), _) => {
            let text = match error.as_connector_error() {
                Some(error) => causes(error),
                None => "the connection failed".to_owned(),
            };
            Fault::new(credentials(&text).unwrap_or(FaultKind::Unreachable), text)
        }
        (error, _) => {
            let kind = match error {
                SdkError::ResponseError(_) => FaultKind::Malformed,
                _ => FaultKind::Refused,
            };
            let text = match error.into_source() {
                Ok(source) => causes(&*source),
                Err(error) => error.to_string(),
            };
            Fault::new(credentials(&text).unwrap_or(kind), text)
        }
    }
}

/// What it means if there are no credentials to sign with: that is the caller's matter, not the
/// service's. The SDK has no type for it.
fn credentials(text: &str) -> Option<FaultKind> {
    let is_it = text.contains("credential") || text.contains("identity");
    is_it.then(|| match text.contains("AccessDenied") {
        true => FaultKind::Denied,
        false => FaultKind::Expired,
    })
}

/// An error and what is behind it, in one line.
pub(super) fn causes<E: std::error::Error + ?Sized>(error: &E) -> String {
    // What the SDK cannot sort is "other".
    let text = error.to_string();
    let mut text = text.strip_prefix("other: ").unwrap_or(&text).to_owned();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = cause.source();
    }
    text
}

/// Which failed tries are worth another.
#[derive(Debug)]
struct Classifier;

impl ClassifyRetry for Classifier {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let fault = match context.output_or_error() {
            Some(Err(error)) => error
                .as_operation_error()
                .and_then(|error| error.downcast_ref::<Fault>()),
            _ => None,
        };
        match fault.map(|fault| fault.kind) {
            Some(FaultKind::Throttled) => RetryAction::throttling_error(),
            // Cut off on the way.
            Some(FaultKind::Malformed) => RetryAction::transient_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "skylint"
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
