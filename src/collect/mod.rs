//! The live door: reads accounts into a snapshot file. The only async code, and the only that
//! knows an AWS SDK.
//!
//! Type files say which calls list a type and what more is to be asked about each resource
//! ([`groups`]); a job runs one list and what depends on it in one Region of one account
//! ([`gather`]); what it told goes to disk ([`spool`]) and ends up in the snapshot, in order.
//! What could not be read is a gap, never nothing.

mod accounts;
mod api;
mod client;
mod from_config;
mod gather;
mod groups;
mod item;
mod made;
mod pace;
mod resource;
mod spool;
mod typed;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use self::accounts::Caller;
pub use self::accounts::Role;
use self::api::{Fault, FaultKind};
use self::client::{Client, Manners};
use self::gather::{Found, Job};
use self::groups::Group;
pub use self::groups::Wanted;
use self::spool::Spool;
use crate::source::native::{self, Gap, GapStatus, Manifest, Tool};
use crate::types;

/// How many lists of an account are under way at once.
const LISTS_AT_ONCE: usize = 64;
/// How many accounts are.
const ACCOUNTS_AT_ONCE: usize = 4;

/// What to read, and how.
#[derive(Debug, Clone)]
pub struct Request {
    /// The profile whose credentials to use.
    pub profile: Option<String>,
    /// Roles to take on, one after the other.
    pub roles: Vec<Role>,
    /// The Regions to read; `None` for all that are enabled.
    pub regions: Option<Vec<String>>,
    /// Read the accounts of the organisation, by this role in each.
    pub organisation: Option<Role>,
    /// Read only these accounts of it.
    pub accounts: Vec<String>,
    /// Do not read these.
    pub without: Vec<String>,
    /// What of them.
    pub wanted: Wanted,
    /// Ask AWS Config instead of the services: the name of an aggregator, or `None` for the
    /// account's own recordings.
    pub from_config: Option<Option<String>>,
    /// The snapshot file to write.
    pub snapshot: PathBuf,
    /// Go on where an earlier collection was interrupted.
    pub resume: bool,
    /// How often a call is tried.
    pub attempts: u32,
    /// How long one try may take.
    pub patience: Duration,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Collected {
    /// The first line of the snapshot.
    pub manifest: Manifest,
    /// How many calls it took.
    pub calls: usize,
    /// Somebody stopped it.
    pub interrupted: bool,
    /// The credentials ran out on the way.
    pub expired: bool,
}

/// What happens on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// So many lists will be read in a Region of an account.
    Planned(Arc<str>, Arc<str>, usize),
    /// One of them, of this service, has been.
    Read(Arc<str>, Arc<str>, String),
}

/// Why nothing could be collected.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// AWS does not know the caller.
    #[error("AWS does not accept the credentials: {0}")]
    Credentials(String),
    /// A call that everything else depends on failed.
    #[error("{message}")]
    Call {
        /// Which, and why.
        message: String,
        /// What to do.
        help: String,
    },
    /// Something that was asked for does not exist.
    #[error("{message}")]
    Asked {
        /// What.
        message: String,
        /// What to do.
        help: String,
    },
    /// The snapshot could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
}

impl CollectError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Credentials(_) => Some(
                "sign in as for the AWS CLI: `aws sso login`, a profile (--profile), or \
                 AWS_ACCESS_KEY_ID and its companions; `aws sts get-caller-identity` shows who you are"
                    .to_owned(),
            ),
            Self::Call { help, .. } | Self::Asked { help, .. } => Some(help.clone()),
            Self::Write { .. } => None,
        }
    }
}

/// The least IAM policy that lets a caller read what is wanted, as JSON.
pub fn policy(wanted: &Wanted, organisation: bool) -> String {
    let mut by_service: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for action in groups::actions(wanted, organisation) {
        let service = action.split(':').next().unwrap_or_default().to_owned();
        by_service.entry(service).or_default().insert(action);
    }
    let actions: Vec<String> = by_service.into_values().flatten().collect();
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{ "Sid": "SkylintReads", "Effect": "Allow", "Action": actions, "Resource": "*" }]
    });
    serde_json::to_string_pretty(&policy).unwrap_or_default()
}

/// Reads accounts into a snapshot file.
///
/// # Errors
/// If nothing could be read at all, or the file not be written. What could not be read of an
/// account is in the manifest instead.
pub fn collect(request: &Request, tell: &dyn Fn(Event)) -> Result<Collected, CollectError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| write_error(&request.snapshot, error))?;
    runtime.block_on(run(request, tell))
}

fn write_error(path: &Path, error: io::Error) -> CollectError {
    CollectError::Write {
        path: path.to_owned(),
        error,
    }
}

/// An account to read.
struct Account {
    id: Arc<str>,
    client: Client,
}

/// Everything about one collection.
struct Collection<'r> {
    request: &'r Request,
    spool: Spool,
    groups: Vec<Group>,
    partition: &'static str,
    regions: Vec<Arc<str>>,
    tell: &'r dyn Fn(Event),
}

async fn run(request: &Request, tell: &dyn Fn(Event)) -> Result<Collected, CollectError> {
    let started = SystemTime::now();
    let manners = Manners {
        attempts: request.attempts,
        patience: request.patience,
    };
    let named = request.regions.as_ref().and_then(|regions| regions.first());
    let named = named.map(String::as_str);
    let sdk = accounts::settings(request.profile.as_deref(), named, &request.roles).await?;
    let base = Client::new(&sdk, manners);
    let caller = accounts::caller(&base).await.map_err(no_caller)?;
    let (regions, mut gaps) = regions(request, &base, &caller).await?;

    let collection = Collection {
        request,
        spool: Spool::open(
            &request.snapshot,
            &options(request, &caller, &regions),
            request.resume,
        )
        .map_err(|error| write_error(&request.snapshot, error))?,
        groups: groups::groups(&request.wanted),
        partition: caller.partition,
        regions,
        tell,
    };
    let accounts = members(request, &sdk, base, &caller, manners, &mut gaps).await?;
    let ids: BTreeSet<Arc<str>> = accounts.iter().map(|a| Arc::clone(&a.id)).collect();

    let mut interrupted = false;
    let mut expired = false;
    {
        let all = collection.accounts(&accounts);
        tokio::pin!(all);
        tokio::select! {
            outcome = &mut all => expired = outcome?,
            _ = tokio::signal::ctrl_c() => interrupted = true,
        }
    }
    for id in &ids {
        let of = collection.spool.gaps(id);
        gaps.extend(of.map_err(|error| write_error(&request.snapshot, error))?);
        gaps.extend(collection.undone(id, interrupted));
    }
    let calls = accounts.iter().map(|account| account.client.calls()).sum();
    let mut manifest = Manifest {
        tool: Tool::this(),
        started: timestamp(started),
        ended: timestamp(SystemTime::now()),
        complete: !interrupted && !expired,
        caller: Some(native::Caller {
            arn: caller.arn.clone(),
            account: caller.account.to_string(),
        }),
        partition: caller.partition.to_owned(),
        accounts: ids.iter().map(ToString::to_string).collect(),
        regions: collection.regions.iter().map(ToString::to_string).collect(),
        types: collection.types(),
        gaps: tidy(gaps),
        ..Manifest::default()
    };
    collection.write(&ids, &mut manifest)?;
    if manifest.complete
        && let Err(error) = collection.spool.remove()
    {
        return Err(write_error(&request.snapshot, error));
    }
    Ok(Collected {
        manifest,
        calls,
        interrupted,
        expired,
    })
}

fn no_caller(fault: Fault) -> CollectError {
    match fault.kind {
        FaultKind::Unreachable => CollectError::Call {
            message: format!("AWS cannot be reached: {fault}"),
            help: "check the network, HTTPS_PROXY and AWS_ENDPOINT_URL".to_owned(),
        },
        _ => CollectError::Credentials(fault.to_string()),
    }
}

fn timestamp(time: SystemTime) -> String {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let seconds = i64::try_from(seconds).unwrap_or_default();
    let time = DateTime::from_secs(seconds);
    time.fmt(Format::DateTime).unwrap_or_default()
}

/// The Regions to read, and what is said of those that are not.
async fn regions(
    request: &Request,
    client: &Client,
    caller: &Caller,
) -> Result<(Vec<Arc<str>>, Vec<Gap>), CollectError> {
    let known = accounts::regions(client).await;
    let gap = |region: Option<Arc<str>>, reason: String| Gap {
        region: region.map(|region| region.to_string()),
        status: GapStatus::Missing,
        reason,
        ..Gap::default()
    };
    match (&request.regions, known) {
        (None, Ok(known)) => {
            let enabled = known.into_iter().filter(|(_, enabled)| *enabled);
            Ok((enabled.map(|(name, _)| name).collect(), Vec::new()))
        }
        (None, Err(fault)) => Err(CollectError::Call {
            message: gather::said("ec2.DescribeRegions", &fault),
            help: "name the Regions: --regions eu-central-1,us-east-1".to_owned(),
        }),
        (Some(asked), known) => {
            let known = match known {
                Ok(known) => known,
                Err(fault) => {
                    let why = gather::said("ec2.DescribeRegions", &fault);
                    let asked = asked.iter().map(|name| Arc::from(&**name)).collect();
                    let reason = format!("which other Regions are enabled is not known: {why}");
                    return Ok((asked, vec![gap(None, reason)]));
                }
            };
            let (mut regions, mut gaps) = (Vec::new(), Vec::new());
            for name in asked {
                match known.iter().find(|(region, _)| **region == **name) {
                    Some((region, true)) => regions.push(Arc::clone(region)),
                    // Nothing can be in a Region that was never enabled.
                    Some((_, false)) => {}
                    None => {
                        let partition = caller.partition;
                        let all: Vec<&str> = known.iter().map(|(name, _)| &**name).collect();
                        return Err(CollectError::Asked {
                            message: format!("there is no Region {name} in partition {partition}"),
                            help: format!("its Regions are {}", all.join(", ")),
                        });
                    }
                }
            }
            for (name, enabled) in known {
                if enabled && !regions.contains(&name) {
                    let reason = "it was not asked for (--regions)".to_owned();
                    gaps.push(gap(Some(name), reason));
                }
            }
            if regions.is_empty() {
                return Err(CollectError::Asked {
                    message: "none of these Regions is enabled for the account".to_owned(),
                    help: "`aws account enable-region` enables one; leave --regions out to read \
                           all that are"
                        .to_owned(),
                });
            }
            regions.sort();
            regions.dedup();
            Ok((regions, gaps))
        }
    }
}

/// The accounts to read, and what is said of those that are not.
async fn members(
    request: &Request,
    sdk: &SdkConfig,
    own: Client,
    caller: &Caller,
    manners: Manners,
    gaps: &mut Vec<Gap>,
) -> Result<Vec<Account>, CollectError> {
    let Some(role) = &request.organisation else {
        return Ok(vec![Account {
            id: Arc::clone(&caller.account),
            client: own,
        }]);
    };
    let all = accounts::members(&own)
        .await
        .map_err(|fault| CollectError::Call {
            message: gather::said("organizations.ListAccounts", &fault),
            help: "only the management account, or one that it has delegated to, can list the \
                   accounts of an organisation"
                .to_owned(),
        })?;
    for id in request.accounts.iter().chain(&request.without) {
        if !all.iter().any(|account| *account.id == **id) {
            return Err(CollectError::Asked {
                message: format!("the organisation has no account {id}"),
                help: "`aws organizations list-accounts` shows them".to_owned(),
            });
        }
    }
    let mut own = Some(own);
    let mut accounts = Vec::new();
    for member in all {
        let is_asked =
            request.accounts.is_empty() || request.accounts.iter().any(|id| **id == *member.id);
        let is_left_out = request.without.iter().any(|id| **id == *member.id);
        let mut gap = |reason: String| {
            gaps.push(Gap {
                account: Some(member.id.to_string()),
                status: GapStatus::Missing,
                reason,
                ..Gap::default()
            });
        };
        if !is_asked || is_left_out {
            gap("it was not asked for (--accounts, --exclude-accounts)".to_owned());
            continue;
        }
        if !member.is_active {
            // Nobody can read an account that is suspended or being closed.
            gap(format!("the account is {}", member.status));
            continue;
        }
        if member.id == caller.account
            && let Some(client) = own.take()
        {
            accounts.push(Account {
                id: member.id,
                client,
            });
            continue;
        }
        let client =
            accounts::member_client(sdk, &member.id, caller.partition, role, manners).await;
        match accounts::caller(&client).await {
            Ok(found) if found.account == member.id => accounts.push(Account {
                id: member.id,
                client,
            }),
            Ok(found) => gap(format!(
                "the role led to account {} instead of {}",
                found.account, member.id
            )),
            Err(fault) => {
                let reason = format!(
                    "the role {} could not be taken on: {fault}; it takes one that trusts the caller",
                    role.arn
                );
                gap(reason);
                // It was asked for, so rules have something to say about it.
                if let Some(gap) = gaps.last_mut() {
                    gap.operation = Some("sts:AssumeRole".to_owned());
                    gap.action = gap.operation.clone();
                }
            }
        }
    }
    Ok(accounts)
}

/// What tells collections apart.
fn options(request: &Request, caller: &Caller, regions: &[Arc<str>]) -> String {
    let wanted = match &request.wanted {
        Wanted::Everything => serde_json::Value::Null,
        Wanted::Only(types) => types
            .iter()
            .map(|(name, read)| {
                let read = read
                    .as_ref()
                    .map(|read| read.iter().map(|r| &**r).collect());
                let read: Option<Vec<&str>> = read;
                serde_json::json!([&**name, read])
            })
            .collect(),
    };
    let regions: Vec<&str> = regions.iter().map(|region| &**region).collect();
    spool::options(&[
        &serde_json::json!({ "skylint": env!("CARGO_PKG_VERSION"), "config": request.from_config }),
        &serde_json::json!({ "account": &*caller.account, "regions": regions }),
        &serde_json::json!({
            "organisation": request.organisation.as_ref().map(|role| &role.arn),
            "accounts": request.accounts,
            "without": request.without,
        }),
        &wanted,
    ])
}

/// Gaps in order, those of one call in all Regions of an account side by side, none twice.
fn tidy(mut gaps: Vec<Gap>) -> Vec<Gap> {
    // Global tables are made of tables.
    let tables = gaps.iter().filter(|gap| {
        gap.rtype.as_deref() == Some("AWS::DynamoDB::Table") && gap.properties.is_empty()
    });
    let global: Vec<Gap> = tables
        .map(|gap| Gap {
            rtype: Some("AWS::DynamoDB::GlobalTable".to_owned()),
            ..gap.clone()
        })
        .collect();
    gaps.extend(global);
    let key = |gap: &Gap| {
        (
            gap.account.clone(),
            gap.region.clone(),
            gap.operation.clone(),
            gap.rtype.clone(),
            gap.reason.clone(),
        )
    };
    gaps.sort_by_key(key);
    gaps.dedup();
    gaps
}

impl Collection<'_> {
    /// What a list is called among those of an account.
    fn job(region: &str, group: &Group) -> String {
        format!("{region} {}", group.name())
    }

    /// The lists to read: in which Region, and which.
    fn jobs(&self) -> Vec<(Arc<str>, &Group)> {
        let mut jobs = Vec::new();
        for group in &self.groups {
            if group.global {
                jobs.push((Arc::from("global"), group));
            } else {
                let regions = self.regions.iter();
                jobs.extend(regions.map(|region| (Arc::clone(region), group)));
            }
        }
        jobs
    }

    /// Reads every account; whether the credentials ran out.
    async fn accounts(&self, accounts: &[Account]) -> Result<bool, CollectError> {
        let mut waiting = accounts.iter();
        let mut under_way = FuturesUnordered::new();
        under_way.extend(
            waiting
                .by_ref()
                .take(ACCOUNTS_AT_ONCE)
                .map(|account| self.account(account)),
        );
        let mut expired = false;
        while let Some(outcome) = under_way.next().await {
            expired |= outcome?;
            under_way.extend(waiting.next().map(|account| self.account(account)));
        }
        Ok(expired)
    }

    async fn account(&self, account: &Account) -> Result<bool, CollectError> {
        if let Some(aggregator) = &self.request.from_config {
            return from_config::account(self, account, aggregator.as_deref()).await;
        }
        let mut planned: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        let mut jobs = Vec::new();
        for (region, group) in self.jobs() {
            if !self.spool.has(&account.id, &Self::job(&region, group)) {
                *planned.entry(Arc::clone(&region)).or_default() += 1;
                jobs.push((region, group));
            }
        }
        for (region, count) in planned {
            (self.tell)(Event::Planned(Arc::clone(&account.id), region, count));
        }
        let mut waiting = jobs.into_iter();
        let mut under_way = FuturesUnordered::new();
        under_way.extend(
            waiting
                .by_ref()
                .take(LISTS_AT_ONCE)
                .map(|(region, group)| self.list(account, region, group)),
        );
        while let Some((region, group, found)) = under_way.next().await {
            if found.expired {
                // What is still to be read would fail alike.
                return Ok(true);
            }
            self.spool
                .keep(&account.id, &Self::job(&region, group), &found)
                .map_err(|error| write_error(&self.request.snapshot, error))?;
            let service = group.service().to_owned();
            (self.tell)(Event::Read(Arc::clone(&account.id), region, service));
            let next = waiting.next();
            under_way.extend(next.map(|(region, group)| self.list(account, region, group)));
        }
        Ok(false)
    }

    async fn list<'a>(
        &'a self,
        account: &'a Account,
        region: Arc<str>,
        group: &'a Group,
    ) -> (Arc<str>, &'a Group, Found) {
        let job = Job {
            client: &account.client,
            account: Arc::clone(&account.id),
            partition: self.partition,
            region: match group.global {
                true => self.home(),
                false => Arc::clone(&region),
            },
            regions: &self.regions,
        };
        let found = job.run(group).await;
        (region, group, found)
    }

    /// The Region that global services are called in, for those that do not say it themselves: web
    /// ACLs of distributions are in us-east-1 only
    /// (<https://docs.aws.amazon.com/waf/latest/APIReference/API_ListWebACLs.html>).
    fn home(&self) -> Arc<str> {
        api::home(self.partition).into()
    }

    /// A gap for every list of an account that was not read.
    fn undone(&self, account: &Arc<str>, interrupted: bool) -> Vec<Gap> {
        if self.request.from_config.is_some() {
            return Vec::new();
        }
        let why = match interrupted {
            true => "the collection was interrupted before it was read",
            false => "the credentials expired before it was read",
        };
        let mut gaps = Vec::new();
        for (region, group) in self.jobs() {
            if self.spool.has_any(account, &Self::job(&region, group)) {
                continue;
            }
            for rtype in group.types() {
                gaps.push(Gap {
                    region: gather::where_missing(group, &rtype, &region),
                    rtype: Some(rtype.to_string()),
                    account: Some(account.to_string()),
                    status: GapStatus::Missing,
                    properties: Vec::new(),
                    operation: Some(groups::shown(&group.call)),
                    action: groups::action(&group.call).map(str::to_owned),
                    reason: format!("{why}; `skylint collect --resume` goes on"),
                });
            }
        }
        gaps
    }

    /// The types that were asked for, and the properties that can be had of each.
    fn types(&self) -> BTreeMap<String, Vec<String>> {
        let mut all = BTreeMap::new();
        for group in &self.groups {
            for rtype in group.types() {
                all.insert(rtype.to_string(), types::live_paths(&rtype));
            }
        }
        // Of some types there is nothing to ask for.
        for rtype in types::live() {
            let has_plans = types::file(rtype).is_some_and(|file| !file.live.is_empty());
            let is_wanted = match &self.request.wanted {
                Wanted::Everything => true,
                Wanted::Only(types) => types.contains_key(rtype),
            };
            if !has_plans && is_wanted {
                all.insert(rtype.to_owned(), Vec::new());
            }
        }
        if all.contains_key("AWS::DynamoDB::Table") {
            let global = "AWS::DynamoDB::GlobalTable";
            all.insert(global.to_owned(), types::live_paths(global));
        }
        all
    }

    /// Writes the snapshot, under another name first, so that half of it never looks like one.
    fn write(
        &self,
        accounts: &BTreeSet<Arc<str>>,
        manifest: &mut Manifest,
    ) -> Result<(), CollectError> {
        let path = &self.request.snapshot;
        let write = || -> io::Result<()> {
            let lines = self.spool.file("lines");
            let mut to = native::Lines::new(File::create(&lines)?);
            self.spool.write(accounts, &mut |line| to.add_line(line))?;
            to.finish(manifest)?;
            let whole = self.spool.file("snapshot");
            let compress = path.extension().is_some_and(|extension| extension == "zst");
            native::assemble(
                manifest,
                File::open(&lines)?,
                File::create(&whole)?,
                compress,
            )?;
            fs::rename(&whole, path)?;
            fs::remove_file(lines)
        };
        let mut write = write;
        write().map_err(|error| write_error(path, error))
    }
}

/// Whether there is a collection to go on with.
pub fn is_resumable(snapshot: &Path) -> bool {
    Spool::is_there(snapshot)
}
