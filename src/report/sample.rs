//! Results made by hand, with one of everything a report has to cope with.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::{
    Cover, CoverStatus, Evidence, Finding, InputFailure, InputSummary, Location, PathStep, Related,
    ResourceName, Results, RuleInfo, Severity, SourceFile, Span, Summary, UnknownReport, Verdict,
    Waived,
};

const TEMPLATE: &str = "\
Parameters:
  Replicas: { Type: Number }
Resources:
  OrdersDatabase:
    Type: AWS::RDS::DBInstance
    Properties:
      Engine: mysql
      MasterUserPassword: hunter2
      MultiAZ: false
  Köchin:
    Type: AWS::DynamoDB::Table
    Properties: { TableName: küche, BillingMode: PAY_PER_REQUEST, SecretNote: geheim }
  Queue:
    Type: AWS::ECS::Service
    Properties:
      DesiredCount: !Ref Replicas
";

/// Windows line ends, a value on several lines.
const WINDOWS: &str = "Resources:\r\n  Bucket:\r\n    Type: AWS::S3::Bucket\r\n    Properties:\r\n      VersioningConfiguration:\r\n        Status: Suspended\r\n      BucketName: logs\r\n";

fn arcs(items: &[&str]) -> Vec<Arc<str>> {
    items.iter().map(|item| (*item).into()).collect()
}

fn rule(id: &str, slug: &str, domain: &str, severity: Severity, title: &str) -> Arc<RuleInfo> {
    Arc::new(RuleInfo {
        id: id.into(),
        slug: slug.into(),
        domain: domain.into(),
        title: title.into(),
        severity,
        resources: arcs(&["AWS::RDS::DBInstance"]),
        why: "A database in one Availability Zone is down for as long as that zone is, e.g. for \
              hours.\nWith a standby, RDS fails over within a minute or two.\n"
            .into(),
        fix: "Keep a standby in a second Availability Zone.\nThe change needs no downtime, and \
              doubles the price of the instance."
            .into(),
        fix_set: "MultiAZ: true\n".into(),
        references: arcs(&[
            "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.html",
            "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/",
        ]),
        equivalents: vec![("security-hub".into(), arcs(&["RDS.5"]))],
        frameworks: vec![("nist-800-53-r5".into(), arcs(&["CP-10", "SC-36"]))],
    })
}

fn place(results: &Results, source: usize, from: &str, length: usize) -> Option<Location> {
    let file = results.sources.get(source)?;
    let start = file.text.find(from)?;
    Some(file.location(source, Span::new(start, start + length)))
}

fn name(rtype: &str, id: &str) -> ResourceName {
    ResourceName {
        rtype: rtype.into(),
        id: id.into(),
        address: id.into(),
        arn: None,
        account: None,
        region: Some("eu-west-1".into()),
        construct: None,
    }
}

fn evidence(property: &str, value: Value, location: Option<Location>) -> Evidence {
    Evidence {
        resource: None,
        property: property.into(),
        value,
        default: false,
        location,
    }
}

fn fail(rule: &Arc<RuleInfo>, message: &str, resource: ResourceName, property: &str) -> Finding {
    let number = message.len() * 7919 + property.len();
    Finding {
        rule: Arc::clone(rule),
        verdict: Verdict::Fail,
        severity: rule.severity,
        message: message.into(),
        resource,
        property: property.into(),
        location: None,
        fix_set: Arc::clone(&rule.fix_set),
        evidence: Vec::new(),
        unknown: None,
        related: Vec::new(),
        paths: Vec::new(),
        fingerprint: format!("{number:032x}").into(),
        waiver: None,
        since: None,
    }
}

/// One of everything.
pub(super) fn full() -> Results {
    use Severity::{Critical, High, Low, Medium};
    let az = rule(
        "DB-001",
        "rds-instance-multi-az",
        "db",
        High,
        "RDS instance runs in a single Availability Zone",
    );
    let pitr = rule(
        "DB-014",
        "dynamodb-pitr",
        "db",
        Medium,
        "DynamoDB table has no point-in-time recovery",
    );
    let tasks = rule(
        "CMP-003",
        "ecs-service-count",
        "compute",
        Medium,
        "ECS service runs a single task",
    );
    let password = rule(
        "SEC-002",
        "plain-password",
        "sec",
        Critical,
        "A password stands in plain text",
    );
    let quiet = rule("NET-001", "quiet", "net", Low, "Nothing ever fails this");
    let mut results = Results {
        rules: vec![
            tasks.clone(),
            az.clone(),
            pitr.clone(),
            quiet,
            password.clone(),
        ],
        inputs: vec![
            InputSummary {
                path: "infra/template.yaml".into(),
                kind: "cloudformation",
                resources: 3,
            },
            InputSummary {
                path: "win.yaml".into(),
                kind: "cloudformation",
                resources: 1,
            },
        ],
        summary: Summary {
            pass: 7,
            fail: 5,
            unknown: 1,
            not_applicable: 3,
            waived: 1,
        },
        sources: vec![
            SourceFile::new("infra/template.yaml".into(), TEMPLATE.into(), true),
            SourceFile::new("win.yaml".into(), WINDOWS.into(), true),
        ],
        ..Results::default()
    };

    let instance = "AWS::RDS::DBInstance";
    let mut findings = Vec::new();

    let orders = "OrdersDatabase has no standby in another Availability Zone";
    let mut located = fail(&az, orders, name(instance, "OrdersDatabase"), "MultiAZ");
    located.location = place(&results, 0, "MultiAZ: false", 14);
    located.resource.construct = Some("Shop/Orders/Database/Resource".into());
    located.evidence = vec![
        evidence(
            "Engine",
            json!("mysql"),
            place(&results, 0, "Engine: mysql", 13),
        ),
        evidence("MultiAZ", json!(false), located.location.clone()),
    ];
    located
        .related
        .extend(place(&results, 0, "Queue:", 6).map(|location| Related {
            message: "the service that reads from it".into(),
            location,
        }));
    located.paths = vec![vec![
        PathStep {
            message: "orders.example.com (geolocation EU)".into(),
            resource: Some("OrdersRecord".into()),
            location: None,
        },
        PathStep {
            message: "OrdersDatabase in eu-west-1".into(),
            resource: Some("OrdersDatabase".into()),
            location: located.location.clone(),
        },
    ]];
    findings.push(located);

    let mut secret = fail(
        &password,
        "OrdersDatabase has its master password in the template",
        name(instance, "OrdersDatabase"),
        "MasterUserPassword",
    );
    secret.location = place(&results, 0, "MasterUserPassword: hunter2", 27);
    findings.push(secret);

    let mut absent = fail(
        &pitr,
        "Köchin (küche) cannot be restored to a point in time",
        name("AWS::DynamoDB::Table", "Köchin"),
        "PointInTimeRecoverySpecification",
    );
    absent.location = place(&results, 0, "TableName: küche", 17);
    absent.evidence = vec![
        evidence("PointInTimeRecoverySpecification", Value::Null, None),
        Evidence {
            resource: Some("Bucket".into()),
            property: "VersioningConfiguration".into(),
            value: json!({ "Status": "Suspended" }),
            default: false,
            location: place(&results, 1, "VersioningConfiguration", 23),
        },
    ];
    findings.push(absent);

    let mut windows = fail(
        &pitr,
        "Bucket keeps no versions",
        name("AWS::S3::Bucket", "Bucket"),
        "VersioningConfiguration",
    );
    windows.severity = Low;
    windows.location = place(&results, 1, "VersioningConfiguration", 50);
    findings.push(windows);

    let mut live = fail(
        &az,
        "orders\u{1b}[2J\nprod has no standby in another Availability Zone",
        name(instance, "db/orders:prod ü"),
        "MultiAZ",
    );
    live.resource.account = Some("123456789012".into());
    live.resource.arn = Some("arn:aws:rds:eu-west-1:123456789012:db:orders".into());
    live.evidence = vec![evidence("MultiAZ", json!(false), None)];
    findings.push(live);

    let service = "AWS::ECS::Service";
    let mut open = fail(
        &tasks,
        "Whether Queue runs more than one task is not known",
        name(service, "Queue"),
        "DesiredCount",
    );
    open.verdict = Verdict::Unknown;
    open.location = place(&results, 0, "DesiredCount: !Ref Replicas", 27);
    open.unknown = Some(UnknownReport {
        reason: "parameter Replicas has no value and no default".into(),
        because: vec![(
            "DesiredCount".into(),
            "parameter Replicas has no value and no default".into(),
        )],
        fails_when: arcs(&["Replicas is 1"]),
        passes_when: arcs(&[
            "Replicas is 2",
            "Replicas is 3 (condition IsProduction is true)",
        ]),
    });
    findings.push(open);

    let mut waived = fail(
        &az,
        "Staging has no standby",
        name(instance, "Staging"),
        "MultiAZ",
    );
    waived.waiver = Some(Waived {
        reason: "a staging environment may be down".into(),
        owner: Some("shop@example.com".into()),
        expires: Some("2027-03-31".into()),
    });
    findings.push(waived);

    let mut pass = fail(
        &az,
        "Ledger has a standby",
        name(instance, "Ledger"),
        "MultiAZ",
    );
    pass.verdict = Verdict::Pass;
    findings.push(pass);
    results.findings = findings;

    results.failures = vec![
        InputFailure {
            path: "infra/template.yaml".into(),
            message: "`DesiredCount` is a list where a number belongs".into(),
            location: place(&results, 0, "DesiredCount: !Ref Replicas", 27),
            help: Some("write it as `DesiredCount: 2`".into()),
        },
        InputFailure {
            path: "gone.yaml".into(),
            message: "no such file".into(),
            location: None,
            help: None,
        },
    ];
    for (rtype, status, reason) in [
        (
            Some("AWS::Route53::RecordSet"),
            CoverStatus::Partial,
            "a template holds only its own records",
        ),
        (None, CoverStatus::Missing, "access denied"),
        (Some(instance), CoverStatus::Complete, ""),
    ] {
        results.coverage.add(Cover {
            rtype: rtype.map(Into::into),
            account: rtype.is_none().then(|| "123456789012".into()),
            region: rtype.is_none().then(|| "us-east-1".into()),
            status,
            reason: reason.into(),
        });
    }
    results
}

/// A run that found nothing wrong.
pub(super) fn clean() -> Results {
    let mut results = full();
    results.findings.clear();
    results.failures.clear();
    results.coverage = Default::default();
    results.summary = Summary {
        pass: 7,
        not_applicable: 3,
        ..Summary::default()
    };
    results
}
