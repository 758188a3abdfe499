//! How much memory and time a large snapshot file takes.
//!
//! `cargo bench --bench snapshot`. It writes a file of `SKYLINT_BENCH_RESOURCES` resources (100,000 when nobody says),
//! checks it with all built-in rules in a process of its own, and prints what that took.
#![allow(clippy::indexing_slicing, reason = "JSON that is made here")]

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Instant;
use std::{env, process};

use mimalloc::MiMalloc;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use skylint::check::{Request, check};
use skylint::report::{self, Format, Material, Settings};
use skylint::rule::{self, Rule};
use skylint::source::Files;
use skylint::source::native::{Manifest, Tool, assemble};

/// The command's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const ACCOUNT: &str = "111122223333";

/// How many of a thousand resources are of a type.
const MIX: [(&str, usize); 20] = [
    ("AWS::CloudFront::Distribution", 2),
    ("AWS::CloudWatch::Alarm", 160),
    ("AWS::DynamoDB::Table", 60),
    ("AWS::EC2::Instance", 160),
    ("AWS::EC2::NetworkInterface", 110),
    ("AWS::EC2::SecurityGroup", 40),
    ("AWS::EC2::SecurityGroupIngress", 60),
    ("AWS::EC2::Subnet", 30),
    ("AWS::EC2::Volume", 100),
    ("AWS::ElasticLoadBalancingV2::Listener", 12),
    ("AWS::ElasticLoadBalancingV2::ListenerRule", 20),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", 6),
    ("AWS::IAM::Role", 40),
    ("AWS::Lambda::Function", 80),
    ("AWS::Logs::LogGroup", 30),
    ("AWS::RDS::DBInstance", 30),
    ("AWS::Route53::HostedZone", 1),
    ("AWS::Route53::RecordSet", 20),
    ("AWS::S3::Bucket", 35),
    ("AWS::WAFv2::WebACLAssociation", 4),
];

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join("bench.snapshot");
    if env::args().any(|argument| argument == "--check") {
        return measure(&path);
    }
    let said = env::var("SKYLINT_BENCH_RESOURCES").ok();
    let resources = said.and_then(|n| n.parse().ok()).unwrap_or(100_000);
    write(&path, resources)?;
    let myself = env::current_exe()?;
    let status = process::Command::new(myself).arg("--check").status()?;
    fs::remove_file(&path)?;
    process::exit(status.code().unwrap_or(2));
}

/// Writes a snapshot file of this many resources, in order.
fn write(path: &Path, resources: usize) -> io::Result<()> {
    let spool = path.with_extension("lines");
    let mut to = BufWriter::new(File::create(&spool)?);
    let mut hash = Sha256::new();
    let mut count = 0;
    let regions = ["eu-central-1", "eu-west-1", "us-east-1"];
    for place in regions.iter().copied().chain(["global"]) {
        for (rtype, per_mille) in MIX {
            let is_global = ["Route53", "CloudFront", "IAM"]
                .iter()
                .any(|s| rtype.contains(s));
            if is_global != (place == "global") {
                continue;
            }
            let parts = if is_global { 1 } else { regions.len() };
            for n in 0..resources * per_mille / 1000 / parts {
                let mut line = resource(rtype, place, n).to_string();
                line.push('\n');
                hash.update(line.as_bytes());
                to.write_all(line.as_bytes())?;
                count += 1;
            }
        }
    }
    to.flush()?;
    let manifest = Manifest {
        tool: Tool::this(),
        complete: true,
        accounts: vec![ACCOUNT.to_owned()],
        regions: regions.map(str::to_owned).to_vec(),
        types: skylint::types::names()
            .map(|name| (name.to_owned(), skylint::types::live_paths(name)))
            .collect(),
        resources: count,
        sha256: hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        ..Manifest::default()
    };
    assemble(&manifest, File::open(&spool)?, File::create(path)?, false)?;
    fs::remove_file(&spool)
}

/// A resource, about as long as they are.
fn resource(rtype: &str, region: &str, n: usize) -> Value {
    let service = rtype.split("::").nth(1).unwrap_or_default().to_lowercase();
    let kind = rtype.rsplit("::").next().unwrap_or_default();
    let in_region = if region == "global" { "" } else { region };
    let id = format!("{}-{region}-{n:06}", kind.to_lowercase());
    let arn = format!(
        "arn:aws:{service}:{in_region}:{ACCOUNT}:{}/{id}",
        kind.to_lowercase()
    );
    let is_odd = n.is_multiple_of(200);
    let mut names = Vec::new();
    let group = |n: usize| format!("securitygroup-{region}-{n:06}");
    let properties = match kind {
        "DBInstance" => json!({
            "DBInstanceIdentifier": id, "Engine": "mysql", "EngineVersion": "8.4.3", "MultiAZ": !is_odd,
            "BackupRetentionPeriod": if n.is_multiple_of(500) { 0 } else { 14 }, "DBInstanceClass": "db.r6g.large",
            "StorageEncrypted": true, "AllocatedStorage": "100", "DeletionProtection": !is_odd, "PreferredBackupWindow": "03:00-03:30",
            "Endpoint": {"Address": format!("{id}.abc.{region}.rds.amazonaws.com"), "Port": "3306", "HostedZoneId": "Z1"},
            "VPCSecurityGroups": [group(n)], "DBSubnetGroupName": "data",
        }),
        "Table" => json!({
            "TableName": id, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": !is_odd},
            "SSESpecification": {"SSEEnabled": true}, "DeletionProtectionEnabled": true,
        }),
        "LoadBalancer" => {
            names.push(format!("{id}.elb.{region}.amazonaws.com"));
            json!({
                "Name": id, "Type": "application", "Scheme": "internet-facing", "IpAddressType": "ipv4",
                "SecurityGroups": [group(n), group(n + 1)],
                "Subnets": [format!("subnet-{region}-{n:06}"), format!("subnet-{region}-{:06}", n + 1)],
            })
        }
        "Listener" => json!({
            "LoadBalancerArn": format!("arn:aws:elasticloadbalancingv2:{region}:{ACCOUNT}:loadbalancer/loadbalancer-{region}-{:06}", n / 2),
            "Port": 443, "Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": format!("{arn}/target")}],
        }),
        "ListenerRule" => json!({
            "ListenerArn": format!("arn:aws:elasticloadbalancingv2:{region}:{ACCOUNT}:listener/listener-{region}-{:06}", n / 2),
            "Priority": n % 100,
            "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": [format!("/team-{}/*", n % 37)]}}],
            "Actions": [{"Type": "forward", "TargetGroupArn": format!("{arn}/target")}],
        }),
        "WebACLAssociation" => json!({
            "ResourceArn": format!("arn:aws:elasticloadbalancingv2:{region}:{ACCOUNT}:loadbalancer/loadbalancer-{region}-{n:06}"),
            "WebACLArn": format!("arn:aws:wafv2:{region}:{ACCOUNT}:regional/webacl/web/a1b2"),
        }),
        "Distribution" => json!({
            "DistributionConfig": {
                "Enabled": true, "Aliases": [format!("cdn-{n}.example.com")], "HttpVersion": "http2and3",
                "WebACLId": format!("arn:aws:wafv2:us-east-1:{ACCOUNT}:global/webacl/edge/a1b2"),
                "Origins": [{"Id": "a", "DomainName": format!("loadbalancer-eu-west-1-{n:06}.elb.eu-west-1.amazonaws.com")}],
                "DefaultCacheBehavior": {"TargetOriginId": "a", "ViewerProtocolPolicy": "redirect-to-https"},
            },
        }),
        "RecordSet" => {
            let mut record = json!({
                "Name": format!("app-{}.example.com.", n / 2), "Type": "A", "HostedZoneId": "Z0123456789",
                "AliasTarget": {
                    "DNSName": format!("dualstack.loadbalancer-eu-central-1-{:06}.elb.eu-central-1.amazonaws.com.", n / 4),
                    "HostedZoneId": "Z215JYRZR1TBD5", "EvaluateTargetHealth": !is_odd,
                },
            });
            if n % 10 < 2 {
                record["SetIdentifier"] = json!(format!("set-{n}"));
                record["GeoLocation"] =
                    json!({"ContinentCode": if n.is_multiple_of(2) { "EU" } else { "NA" }});
            }
            record
        }
        "Alarm" => json!({
            "AlarmName": id, "Namespace": "AWS/RDS", "MetricName": "FreeStorageSpace", "Statistic": "Minimum",
            "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": format!("dbinstance-{region}-{:06}", n / 8)}],
            "ComparisonOperator": "LessThanThreshold", "Threshold": 1e10, "Period": 300, "EvaluationPeriods": 3,
            "ActionsEnabled": !is_odd, "AlarmActions": [format!("arn:aws:automate:{region}:ec2:recover")],
        }),
        "Function" => json!({
            "FunctionName": id, "Runtime": "nodejs22.x", "Handler": "index.handler", "MemorySize": 512, "Timeout": 15,
            "Role": format!("arn:aws:iam::{ACCOUNT}:role/role-{n:06}"), "Architectures": ["arm64"],
            "TracingConfig": {"Mode": if is_odd { "PassThrough" } else { "Active" }},
        }),
        "HostedZone" => json!({"Name": format!("zone-{n}.example.com.")}),
        "SecurityGroup" => json!({
            "GroupId": id, "GroupName": format!("group-{n}"), "GroupDescription": "who may come in",
            "VpcId": "vpc-1", "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}],
        }),
        "SecurityGroupIngress" => json!({
            "GroupId": group(n / 2), "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8",
        }),
        "Bucket" => {
            names.push(format!("{id}.s3.{region}.amazonaws.com"));
            json!({
                "BucketName": id, "VersioningConfiguration": {"Status": "Enabled"},
                "BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
                "PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true},
            })
        }
        _ => json!({
            "Name": id, "Description": "what it is for, and who looks after it when it is not for that any more",
            "Configuration": {"Size": "m7g.large", "Threshold": 80, "Period": 60, "Zone": format!("{region}a"), "Enabled": true},
            "Attached": [{"Device": "/dev/xvda", "Id": format!("vol-{n:017x}")}, {"Device": "/dev/xvdb", "Id": format!("vol-{:017x}", n + 1)}],
            "Actions": [format!("arn:aws:sns:{region}:{ACCOUNT}:alerts"), format!("arn:aws:sns:{region}:{ACCOUNT}:tickets")],
        }),
    };
    let mut line = json!({
        "type": rtype, "id": id, "arn": arn, "account": ACCOUNT, "region": region, "names": names,
        "properties": properties,
    });
    line["properties"]["Tags"] = json!([
        {"Key": "Name", "Value": id}, {"Key": "team", "Value": format!("team-{}", n % 37)},
        {"Key": "environment", "Value": "production"}, {"Key": "cost-centre", "Value": format!("{}", 1000 + n % 90)},
        {"Key": "managed-by", "Value": "terraform"}, {"Key": "repository", "Value": "https://git.example.com/infrastructure/live"},
    ]);
    line["observed"] = json!({
        "State": "available", "CreatedAt": "2025-03-01T06:30:00Z", "Zone": format!("{region}b"), "Padding": "x".repeat(120),
    });
    line
}

struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        fs::read(path).map_err(|error| error.to_string())
    }

    fn open(&self, path: &str) -> Result<Box<dyn io::Read + Send>, String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        Ok(Box::new(file))
    }
}

fn measure(path: &Path) -> io::Result<()> {
    let rules: Vec<Rule> = rule::builtin()
        .iter()
        .filter_map(|(path, text)| rule::parse(path, text).ok())
        .collect();
    let request = Request {
        complete: true,
        snapshots: vec![path.to_string_lossy().as_ref().into()],
        ..Request::default()
    };
    let begin = Instant::now();
    let results = check(&[], &Disk, &rules, &request, Vec::new());
    let mut out = io::sink();
    report::write(
        Format::Json,
        &Material::of(&results),
        &Settings::default(),
        &mut out,
    )?;
    let wall = begin.elapsed();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: u64 = stat
        .rsplit(") ")
        .next()
        .map(|rest| {
            rest.split(' ')
                .skip(11)
                .take(2)
                .filter_map(|n| n.parse::<u64>().ok())
                .sum()
        })
        .unwrap_or_default();
    let megabytes = fs::metadata(path)?.len() / 1_000_000;
    let resources: usize = results.inputs.iter().map(|input| input.resources).sum();
    let mut to = io::stdout();
    writeln!(to, "{resources} resources, {megabytes} MB")?;
    writeln!(
        to,
        "{:?}, {} failures",
        results.summary,
        results.failures.len()
    )?;
    writeln!(to, "wall {:.2} s", wall.as_secs_f64())?;
    #[expect(clippy::cast_precision_loss, reason = "it is printed")]
    let seconds = ticks as f64 / 100.0;
    writeln!(to, "CPU {seconds:.2} s")?;
    writeln!(to, "peak memory {}", peak.unwrap_or("unknown").trim())
}
