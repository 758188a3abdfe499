//! Whole templates, from text to resources.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Choice, Reason, Region, Resource, Value};

use super::super::{Files, Input, NoFiles, Options, Read, Scope, read};
use super::locate;

impl Files for BTreeMap<&str, &str> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.get(path)
            .map(|t| t.as_bytes().to_vec())
            .ok_or_else(|| "no such file".to_owned())
    }
}

fn input(path: &str, text: &str) -> Input {
    Input {
        path: path.into(),
        bytes: text.as_bytes().to_vec(),
    }
}

fn options() -> Options {
    Options {
        regions: vec![(Scope::Everything, "eu-west-1".into())],
        ..Options::default()
    }
}

fn read_one(text: &str) -> Read {
    read(&[input("t.yaml", text)], &NoFiles, &options())
}

fn clean(read: Read) -> Read {
    assert_eq!(read.failures, []);
    read
}

fn resource<'r>(read: &'r Read, address: &str) -> &'r Resource {
    let found = read
        .snapshot
        .resources
        .iter()
        .find(|r| *r.address == *address);
    found.unwrap_or_else(|| panic!("no {address}"))
}

fn property(read: &Read, path: &str) -> Value {
    let (address, name) = path.split_once('.').unwrap();
    resource(read, address)
        .property(name)
        .cloned()
        .unwrap_or_default()
}

/// A value as the tests write it: choices as `{Switch: a=…, b=…}`.
fn show(value: &Value) -> String {
    match value {
        Value::Choice(choice) => {
            let Choice { switch, arms } = &**choice;
            let arms = switch.domain.iter().zip(arms.iter());
            let arms: Vec<String> = arms.map(|(d, a)| format!("{d}={}", show(a))).collect();
            format!("{{{}: {}}}", switch.name, arms.join(", "))
        }
        Value::Reference(reference) => format!("@{reference}"),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(show).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// The value of an expression in a template with parameters, mappings and conditions.
fn value(expression: &str) -> String {
    let text = format!(
        "\
Parameters:
  Env: {{Type: String, AllowedValues: [dev, prod], Default: dev}}
  Size: {{Type: String, AllowedValues: [s, m, l]}}
  Open: {{Type: String}}
  Plain: {{Type: String, Default: plain}}
  Flag: {{Type: String, Default: 'no'}}
  Name: {{Type: String}}
  Secret: {{Type: String, NoEcho: true, Default: hunter2}}
  Ami: {{Type: 'AWS::SSM::Parameter::Value<String>', Default: /ami}}
  Zones: {{Type: CommaDelimitedList, Default: 'a, b,c'}}
  Ports: {{Type: List<Number>, Default: '80, 443'}}
  Count: {{Type: Number, Default: 3}}
Mappings:
  Sizes: {{dev: {{db: small, multi: false}}, prod: {{db: large, multi: true}}}}
Conditions:
  Prod: !Equals [!Ref Env, prod]
  Dev: !Not [!Condition Prod]
  Big: !And [!Condition Prod, !Equals [!Ref Size, l]]
  Flagged: !Equals ['yes', !Ref Flag]
  Named: !Equals [!Ref Name, shop]
  Imported: !Equals [!ImportValue x, '1']
  Either: !Or [!Condition Prod, !Condition Dev]
  A: !Condition B
  B: !Not [!Condition A]
Resources:
  Other: {{Type: AWS::S3::Bucket}}
  Gone: {{Type: AWS::S3::Bucket, Condition: Never}}
  R:
    Type: X::Y::Z
    Properties:
      V: {expression}
"
    );
    let text = text.replace(
        "  A: !Condition B",
        "  Never: !Equals [a, b]\n  A: !Condition B",
    );
    let read = clean(read_one(&text));
    show(&property(&read, "R.V"))
}

#[test]
fn references() {
    for (expression, expected) in [
        ("!Ref Env", "{Env: dev=dev, prod=prod}"),
        ("!Ref Plain", "plain"),
        (
            "!Ref Open",
            "unknown (parameter Open has no value and no default)",
        ),
        ("!Ref Secret", "${…}"),
        (
            "!Ref Ami",
            "unknown (CloudFormation resolves {{resolve:ssm:/ami}} at deployment)",
        ),
        ("!Ref Zones", "[a, b, c]"),
        ("!Ref Count", "3"),
        ("!Ref Other", "@Other"),
        ("!GetAtt Other.Arn", "@Other.Arn"),
        ("!GetAtt [Other, Arn]", "@Other.Arn"),
        (
            "!GetAtt Other",
            "unknown (Fn::GetAtt cannot be computed: its argument is not Resource.Attribute)",
        ),
        (
            "!Ref Nope",
            "unknown (Nope is not defined in this template)",
        ),
        (
            "!Ref Gone",
            "unknown (Gone is not created, because condition Never is false)",
        ),
        ("!Ref AWS::Region", "eu-west-1"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::NoValue", "not set"),
        (
            "!Ref AWS::StackName",
            "unknown (AWS::StackName was not given)",
        ),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn text_functions() {
    for (expression, expected) in [
        (
            "!Sub '${Plain}-${AWS::Region}-${!X}'",
            "plain-eu-west-1-${X}",
        ),
        (
            "!Sub '${Env}.example.com'",
            "{Env: dev=dev.example.com, prod=prod.example.com}",
        ),
        ("!Sub ['${A}/${Plain}', {A: !Ref Count}]", "3/plain"),
        ("!Sub 'a-${Other}-${Other.Arn}'", "a-${Other}-${Other.Arn}"),
        ("!Sub '${Other}'", "@Other"),
        (
            "!Sub '{{resolve:secretsmanager:${Other}:x}}'",
            "unknown (CloudFormation resolves {{resolve:secretsmanager:${Other}:x}} at deployment)",
        ),
        ("!Join ['-', [a, !Ref AWS::NoValue, b, 1]]", "a-b-1"),
        ("!Join [',', !Ref Zones]", "a,b,c"),
        (
            "!Join ['', [!Ref Env, !Ref Env]]",
            "{Env: dev=devdev, prod=prodprod}",
        ),
        ("!Split ['.', a.b]", "[a, b]"),
        ("!Select [1, !Split ['.', a.b]]", "b"),
        ("!Select ['2', !Ref Zones]", "c"),
        (
            "!Select [9, !Ref Zones]",
            "unknown (Fn::Select cannot be computed: there is no element 9)",
        ),
        (
            "!Select [1, !GetAZs '']",
            "unknown (Fn::GetAZs cannot be computed: zone number 1 of the Region)",
        ),
        (
            "!Select [0, !GetAZs {Ref: 'AWS::Region'}]",
            "unknown (Fn::GetAZs cannot be computed: zone number 0 of eu-west-1)",
        ),
        ("!Base64 abc", "YWJj"),
        ("!Select [1, !Cidr [10.0.0.0/16, 2, 8]]", "10.0.1.0/24"),
        ("{Fn::Length: !Ref Zones}", "3"),
        ("{Fn::ToJsonString: {b: 1, a: [x]}}", r#"{"a":["x"],"b":1}"#),
        (
            "{Fn::Wat: 1}",
            "unknown (Fn::Wat cannot be computed: skylint does not know this function)",
        ),
        (
            "{Fn::Transform: {Name: My}}",
            "unknown (macro My rewrites it at deployment)",
        ),
        (
            "!ImportValue x",
            "unknown (it is imported as x, which no input exports)",
        ),
        ("'pw-{{resolve:ssm:/x}}'", "pw-${…}"),
        ("[a, !Ref AWS::NoValue, b]", "[a, not set, b]"),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn maps_and_conditions() {
    for (expression, expected) in [
        ("!FindInMap [Sizes, dev, db]", "small"),
        (
            "!FindInMap [Sizes, !Ref Env, multi]",
            "{Env: dev=false, prod=true}",
        ),
        ("!FindInMap [Sizes, qa, db, {DefaultValue: none}]", "none"),
        (
            "!FindInMap [Sizes, qa, db]",
            "unknown (Fn::FindInMap cannot be computed: the mapping has no such entry)",
        ),
        (
            "!If [Prod, 1, !Ref AWS::NoValue]",
            "{Env: dev=not set, prod=1}",
        ),
        ("!If [Dev, 1, 2]", "{Env: dev=1, prod=2}"),
        ("!If [Prod, !If [Dev, 1, 2], 3]", "{Env: dev=3, prod=2}"),
        ("!If [Prod, same, same]", "same"),
        (
            "!If [Big, 1, 2]",
            "{Env: dev=2, prod={Size: s=2, m=2, l=1}}",
        ),
        ("!If [Either, 1, 2]", "1"),
        ("!If [Flagged, 1, 2]", "{Flag: no=2, yes=1}"),
        ("!If [Named, 1, 2]", "{Name: shop=1, any other value=2}"),
        (
            "!Ref Name",
            "{Name: shop=shop, any other value=unknown (parameter Name has no value and no default)}",
        ),
        (
            "!If [Imported, 1, 2]",
            "{condition Imported: true=1, false=2}",
        ),
        ("!If [A, 1, 2]", "unknown (condition A refers to itself)"),
        (
            "!If [Nope, 1, 2]",
            "unknown (condition Nope is not defined in this template)",
        ),
        (
            "[!If [Prod, 1, !Ref AWS::NoValue], 2]",
            "[{Env: dev=not set, prod=1}, 2]",
        ),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn switches_know_their_conditions() {
    let read = clean(read_one(
        "\
Parameters: {Env: {Type: String, AllowedValues: [dev, prod], Default: dev}}
Conditions: {IsProd: !Equals [!Ref Env, prod]}
Resources: {R: {Type: X::Y::Z, Properties: {V: !Ref Env}}}
",
    ));
    let Value::Choice(choice) = property(&read, "R.V") else {
        panic!()
    };
    assert_eq!(
        choice.switch.describe(0),
        "Env is dev (the default; condition IsProd is false)"
    );
}

/// What the user is warned of.
fn said(read: &Read) -> Vec<&str> {
    read.warnings.iter().map(|w| &*w.message).collect()
}

#[test]
fn conditions_decide_what_exists() {
    let text = "\
Parameters: {Env: {Type: String, AllowedValues: [dev, prod]}}
Conditions: {Prod: !Equals [!Ref Env, prod], Never: !Equals [a, b]}
Resources:
  A: {Type: X::Y::Z, Condition: Prod}
  B: {Type: X::Y::Z, Condition: Never}
  C: {Type: X::Y::Z}
";
    let read = clean(read_one(text));
    assert_eq!(
        show(&resource(&read, "A").exists),
        "{Env: dev=false, prod=true}"
    );
    assert_eq!(resource(&read, "C").exists, Value::Bool(true));
    assert_eq!(read.snapshot.resources.len(), 2);
    let given = |env: &str| Options {
        parameters: vec![(
            Scope::Everything,
            [("Env".to_owned(), env.to_owned())].into(),
        )],
        ..options()
    };
    for (env, count) in [("dev", 1), ("prod", 2)] {
        let read = clean(super::super::read(
            &[input("t.yaml", text)],
            &NoFiles,
            &given(env),
        ));
        assert_eq!(read.snapshot.resources.len(), count, "{env}");
        assert_eq!(said(&read), [] as [&str; 0]);
    }
    let odd = Options {
        parameters: vec![(
            Scope::Everything,
            [("Nope".to_owned(), "1".to_owned())].into(),
        )],
        ..options()
    };
    let read = super::super::read(&[input("t.yaml", text)], &NoFiles, &odd);
    assert_eq!(said(&read), ["no template has a parameter Nope"]);
}

#[test]
fn one_bad_resource_does_not_hide_the_others() {
    let read = read_one(
        "\
AWSTemplateFormatVersion: 2010-09-09
Resources:
  NoType: {Properties: {}}
  List: []
  Module: {Type: !Rain::Module x.yaml}
  Good: {Type: AWS::S3::Bucket}
",
    );
    let messages: Vec<&str> = read.failures.iter().map(|f| &*f.message).collect();
    assert_eq!(
        messages,
        [
            "resource NoType has no Type",
            "resource List is a list, not a mapping"
        ]
    );
    let lines: Vec<Option<usize>> = read
        .failures
        .iter()
        .map(|f| f.location.as_ref().map(|l| l.line))
        .collect();
    assert_eq!(lines, [Some(3), Some(4)]);
    assert_eq!(read.snapshot.resources.len(), 1);
    assert_eq!(read.snapshot.coverage.statements().len(), 1);
}

#[test]
fn broken_inputs_are_failures() {
    for (text, message) in [
        (
            "AWSTemplateFormatVersion: 2010-09-09\n",
            "the template has no Resources",
        ),
        (
            "AWSTemplateFormatVersion: 2010-09-09\nResources: [a]\n",
            "Resources is a list, not a mapping",
        ),
        (
            "services: {}\n",
            "nothing skylint can read: it is not a CloudFormation or SAM template, not the \
             manifest of a CDK output, not a Terraform plan or state, not an AWS Config snapshot \
             and not a snapshot file",
        ),
    ] {
        let good = "Resources: {A: {Type: AWS::S3::Bucket}}";
        let both = [input("bad.yaml", text), input("good.yaml", good)];
        let read = read(&both, &NoFiles, &options());
        let messages: Vec<&str> = read.failures.iter().map(|f| &*f.message).collect();
        assert_eq!(messages, [message]);
        assert_eq!(read.snapshot.resources.len(), 1);
    }
}

#[test]
fn regions_come_from_options_then_metadata() {
    let text = "\
Metadata: {skylint: {region: eu-central-1, account: '123456789012'}}
Resources: {A: {Type: AWS::S3::Bucket}, B: {Type: AWS::IAM::Role}}
";
    let plain = read(&[input("a/t.yaml", text)], &NoFiles, &Options::default());
    assert_eq!(
        resource(&plain, "A").region,
        Region::In("eu-central-1".into())
    );
    assert_eq!(
        resource(&plain, "A").account.as_deref(),
        Some("123456789012")
    );
    assert_eq!(resource(&plain, "B").region, Region::Global);
    let scoped = Options {
        regions: vec![
            (Scope::only("a/*.yaml"), "eu-west-3".into()),
            (Scope::Everything, "us-east-1".into()),
        ],
        ..Options::default()
    };
    let scoped = read(&[input("a/t.yaml", text)], &NoFiles, &scoped);
    assert_eq!(
        resource(&scoped, "A").region,
        Region::In("eu-west-3".into())
    );
    let bare = "Resources: {A: {Type: AWS::S3::Bucket}}";
    let unknown = read(&[input("t.yaml", bare)], &NoFiles, &Options::default());
    let expected = Region::Unknown(Arc::new(Reason::RegionNotGiven));
    assert_eq!(resource(&unknown, "A").region, expected);
}

#[test]
fn record_set_groups_are_taken_apart() {
    let text = "\
Parameters: {Env: {Type: String, AllowedValues: [dev, prod]}}
Conditions: {Prod: !Equals [!Ref Env, prod]}
Resources:
  Group:
    Type: AWS::Route53::RecordSetGroup
    Properties:
      HostedZoneId: Z1
      RecordSets:
        - Name: a.example.com
          Type: A
        - !If [Prod, {Name: b.example.com, Type: A}, !Ref AWS::NoValue]
        - Name: c.example.com
          Type: A
";
    let read = clean(read_one(text));
    assert_eq!(read.snapshot.resources.len(), 4);
    let b = resource(&read, "Group.RecordSets[1]");
    assert_eq!(show(&b.exists), "{Env: dev=false, prod=true}");
    assert_eq!(b.property("Name"), Some(&Value::string("b.example.com")));
    let c = resource(&read, "Group.RecordSets[2]");
    assert_eq!(c.property("HostedZoneId"), Some(&Value::string("Z1")));
    assert_eq!(c.region, Region::Global);
    let tree = read.trees[0].as_ref().unwrap();
    for (path, expected) in [
        ("Name", "Name: c.example.com"),
        ("HostedZoneId", "HostedZoneId: Z1"),
    ] {
        let (span, exact) = locate(tree, text, &c.origin, &path.parse().unwrap());
        assert_eq!(
            (text.get(span.start..span.end), exact),
            (Some(expected), true)
        );
    }
}

#[test]
fn imports_find_the_template_that_exports() {
    let exporter = "\
Resources: {Vpc: {Type: AWS::EC2::VPC}}
Outputs: {Id: {Value: !Ref Vpc, Export: {Name: !Sub 'net-${AWS::Region}'}}}
";
    let importer = "Resources: {R: {Type: X::Y::Z, Properties: {V: !ImportValue net-eu-west-1}}}";
    let inputs = [input("i.yaml", importer), input("e.yaml", exporter)];
    let found = clean(read(&inputs, &NoFiles, &options()));
    let Value::Reference(reference) = property(&found, "R.V") else {
        panic!()
    };
    assert_eq!(&*reference.target, "e.yaml#Vpc");
    let apart = Options {
        regions: vec![
            (Scope::only("e.yaml"), "eu-west-1".into()),
            (Scope::only("i.yaml"), "eu-west-3".into()),
        ],
        ..Options::default()
    };
    let apart = read(&inputs, &NoFiles, &apart);
    assert!(matches!(property(&apart, "R.V"), Value::Unknown(_)));
}

#[test]
fn nested_stacks_are_followed() {
    let parent = "\
Parameters: {Env: {Type: String, AllowedValues: [dev, prod]}}
Resources:
  Net:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: ./net.yaml, Parameters: {Stage: !Ref Env}}
  App:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: app.yaml, Parameters: {Subnet: !GetAtt Net.Outputs.Subnet}}
  Far:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: https://s3.amazonaws.com/x/y.yaml}
";
    let net = "\
Parameters: {Stage: {Type: String}}
Conditions: {Prod: !Equals [!Ref Stage, prod]}
Resources: {S: {Type: AWS::EC2::Subnet, Properties: {V: !If [Prod, 1, 2]}}}
Outputs: {Subnet: {Value: !Ref S}}
";
    let app = "\
Parameters: {Subnet: {Type: String}}
Resources: {I: {Type: AWS::EC2::Instance, Properties: {SubnetId: !Ref Subnet}}}
";
    let files = BTreeMap::from([("x/net.yaml", net), ("x/app.yaml", app)]);
    // A nested template that is an input of its own is read once, as nested.
    let inputs = [input("x/app.yaml", app), input("x/p.yaml", parent)];
    let read = clean(read(&inputs, &files, &options()));
    let subnet = resource(&read, "App.I").property("SubnetId").unwrap();
    let Value::Reference(reference) = subnet else {
        panic!("{subnet}")
    };
    assert_eq!(&*reference.target, "x/p.yaml#Net.S");
    let v = resource(&read, "Net.S").property("V").unwrap();
    assert_eq!(show(v), "{Env: dev=2, prod=1}");
    assert_eq!(read.snapshot.resources.len(), 5);
    assert_eq!(read.snapshot.coverage.statements().len(), 1);
}

#[test]
fn nested_stacks_that_lead_back_are_failures() {
    let text = "\
Resources: {Me: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: me.yaml}}}
";
    let files = BTreeMap::from([("me.yaml", text)]);
    let looped = read(&[input("me.yaml", text)], &files, &options());
    assert_eq!(looped.failures.len(), 1);
    assert_eq!(looped.snapshot.resources.len(), 1);
    let missing = read(&[input("x.yaml", text)], &NoFiles, &options());
    assert_eq!(
        missing.failures[0].location.as_ref().map(|l| l.line),
        Some(1)
    );
}

#[test]
fn loops_are_unrolled() {
    let text = "\
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList, Default: 'a,b-1'}}
Resources:
  Fn::ForEach::Buckets:
    - Id
    - !Ref Names
    - 'Bucket&{Id}':
        Type: AWS::S3::Bucket
        Properties:
          BucketName: !Sub 'x-${Id}'
          Name: !Ref Id
          Fn::ForEach::Inner: [P, [One, Two], {'Is${P}': true}]
";
    let read = clean(read_one(text));
    let b = resource(&read, "Bucketb1");
    assert_eq!(b.property("BucketName"), Some(&Value::string("x-b-1")));
    assert_eq!(b.property("Name"), Some(&Value::string("b-1")));
    assert_eq!(b.property("IsTwo"), Some(&Value::Bool(true)));
    let tree = read.trees[0].as_ref().unwrap();
    let (span, exact) = locate(tree, text, &b.origin, &"BucketName".parse().unwrap());
    assert_eq!(
        (text.get(span.start..span.end), exact),
        (Some("BucketName: !Sub 'x-${Id}'"), true)
    );
}

#[test]
fn secrets_never_enter_the_snapshot() {
    let shown = value("!Sub 'mysql://root:${Secret}@db'");
    assert!(!shown.contains("hunter2"), "{shown}");
}

const SAM: &str = "\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Tracing: Active
    Timeout: 3
    Environment: {Variables: {A: '1'}}
    Tags: {Team: shop}
  Api:
    TracingEnabled: true
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Timeout: 9
      Environment: {Variables: {B: '2'}}
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Q.Arn}
      AutoPublishAlias: live
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}
      Events:
        Get: {Type: Api, Properties: {Path: /, Method: get}}
        Post: {Type: HttpApi}
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn, BatchSize: 5}}
  Quiet:
    Type: AWS::Serverless::Function
    Properties: {Tracing: Disabled}
  Q: {Type: AWS::SQS::Queue}
  Shop:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      TracingEnabled: false
      Tags: {Team: web}
      Domain:
        DomainName: shop.example.com
        CertificateArn: arn
        Route53: {HostedZoneId: Z1, SetIdentifier: eu, Region: eu-west-1}
  Web: {Type: AWS::Serverless::HttpApi}
  Table:
    Type: AWS::Serverless::SimpleTable
    Properties: {PrimaryKey: {Name: k, Type: Number}}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties: {Name: flow, Tracing: {Enabled: true}}
  User:
    Type: X::Y::Z
    Properties: {V: !Ref Shop.Stage, W: !GetAtt Fn.Arn, X: !Sub '${Shop.Stage}/x'}
";

#[test]
fn sam_resources_become_what_they_generate() {
    let read = clean(read_one(SAM));
    let types: Vec<String> = read
        .snapshot
        .resources
        .iter()
        .map(|r| format!("{} {}", r.id, r.rtype))
        .collect();
    assert_eq!(
        types,
        [
            "Fn AWS::Lambda::Function",
            "FnVersion AWS::Lambda::Version",
            "FnAliaslive AWS::Lambda::Alias",
            "FnJobs AWS::Lambda::EventSourceMapping",
            "FnRole AWS::IAM::Role",
            "Quiet AWS::Lambda::Function",
            "QuietRole AWS::IAM::Role",
            "Q AWS::SQS::Queue",
            "Shop AWS::ApiGateway::RestApi",
            "ShopliveStage AWS::ApiGateway::Stage",
            "ShopDomainName AWS::ApiGateway::DomainName",
            "ShopRecordSet AWS::Route53::RecordSet",
            "Web AWS::ApiGatewayV2::Api",
            "WebApiGatewayDefaultStage AWS::ApiGatewayV2::Stage",
            "Table AWS::DynamoDB::Table",
            "Flow AWS::StepFunctions::StateMachine",
            "User X::Y::Z",
            "ServerlessRestApi AWS::ApiGateway::RestApi",
            "ServerlessRestApiProdStage AWS::ApiGateway::Stage",
            "ServerlessHttpApi AWS::ApiGatewayV2::Api",
            "ServerlessHttpApiApiGatewayDefaultStage AWS::ApiGatewayV2::Stage",
        ]
    );
    for (path, expected) in [
        ("Fn.TracingConfig", "{Mode: Active}"),
        ("Fn.Timeout", "9"),
        ("Fn.Environment", "{Variables: ${…}}"),
        ("Fn.DeadLetterConfig", "{TargetArn: Q.Arn}"),
        ("Fn.Tags", "[{Key: Team, Value: shop}]"),
        ("Fn.Events", "not set"),
        (
            "FnAliaslive.ProvisionedConcurrencyConfig",
            "{ProvisionedConcurrentExecutions: 2}",
        ),
        ("FnJobs.EventSourceArn", "@Q.Arn"),
        ("FnJobs.BatchSize", "5"),
        ("Quiet.TracingConfig", "not set"),
        ("ShopliveStage.TracingEnabled", "false"),
        ("ShopliveStage.RestApiId", "@Shop"),
        ("ServerlessRestApiProdStage.TracingEnabled", "true"),
        ("ServerlessRestApiProdStage.StageName", "Prod"),
        ("ShopRecordSet.SetIdentifier", "eu"),
        (
            "ShopDomainName.EndpointConfiguration",
            "{Types: [REGIONAL]}",
        ),
        ("Table.KeySchema", "[{AttributeName: k, KeyType: HASH}]"),
        ("Table.BillingMode", "PAY_PER_REQUEST"),
        ("Flow.TracingConfiguration", "{Enabled: true}"),
        ("Flow.StateMachineName", "flow"),
        ("User.V", "@ShopliveStage"),
        ("User.W", "@Fn.Arn"),
        ("User.X", "${ShopliveStage}/x"),
    ] {
        assert_eq!(show(&property(&read, path)), expected, "{path}");
    }
}

#[test]
fn sam_properties_are_found_where_they_were_written() {
    let read = clean(read_one(SAM));
    let tree = read.trees[0].as_ref().unwrap();
    for (path, expected, expected_exact) in [
        ("Fn.TracingConfig.Mode", "Tracing: Active", true),
        ("Fn.Timeout", "Timeout: 9", true),
        ("Fn.Environment.Variables", "Variables: {B: '2'}", true),
        ("Fn.Tags[0].Value", "Team: shop", true),
        (
            "Fn.DeadLetterConfig.TargetArn",
            "TargetArn: !GetAtt Q.Arn",
            true,
        ),
        ("Quiet.TracingConfig.Mode", "Tracing: Disabled", true),
        ("Quiet.DeadLetterConfig", "Quiet", false),
        (
            "ShopliveStage.TracingEnabled",
            "TracingEnabled: false",
            true,
        ),
        (
            "ServerlessRestApiProdStage.TracingEnabled",
            "TracingEnabled: true",
            true,
        ),
        ("ServerlessRestApiProdStage.StageName", "Get", false),
        ("ShopRecordSet.SetIdentifier", "SetIdentifier: eu", true),
        ("ShopRecordSet.HealthCheckId", "Route53", false),
        ("Flow.TracingConfiguration.Enabled", "Enabled: true", true),
    ] {
        let (address, property) = path.split_once('.').unwrap();
        let origin = &resource(&read, address).origin;
        let (span, exact) = locate(tree, SAM, origin, &property.parse().unwrap());
        let found = SAM.get(span.start..span.end).unwrap();
        assert_eq!((found, exact), (expected, expected_exact), "{path}");
    }
}

#[test]
fn cdk_output_is_read_through_its_manifest() {
    let manifest = r#"{"version": "55.0.0", "artifacts": {
        "Shop": {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/eu-west-1",
            "properties": {"templateFile": "Shop.template.json"},
            "additionalMetadataFile": "Shop.metadata.json", "displayName": "Shop"},
        "assembly-Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}}}"#;
    let stack = r#"{"Resources": {
        "Db1": {"Type": "AWS::RDS::DBInstance"},
        "Nest": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": {"Fn::Sub": "https://${X}"}}}}}"#;
    let nested = r#"{"Resources": {"Db1": {"Type": "AWS::RDS::DBInstance"}}}"#;
    let metadata = r#"{
        "/Shop": [{"type": "aws:cdk:templateFile", "data": "Shop.template.json"}],
        "/Shop/Inner": [{"type": "aws:cdk:templateFile", "data": "Inner.nested.template.json"}],
        "/Shop/Inner/Db/Resource": [{"type": "aws:cdk:logicalId", "data": "Db1"},
            {"type": "aws:cdk:creationStack", "data": ["new Inner (/app/lib/inner.ts:4:9)"]}],
        "/Shop/Db/Resource": [{"type": "aws:cdk:logicalId", "data": "Db1"},
            {"type": "aws:cdk:creationStack", "data": ["...new Db in aws-cdk-lib...",
                "f (/app/node_modules/x/y.js:1:1)", "new Shop (/app/lib/shop.ts:8:11)"]}],
        "/Shop/Inner.NestedStack/Inner.NestedStackResource": [{"type": "aws:cdk:logicalId", "data": "Nest"}]}"#;
    let inner = r#"{"version": "55.0.0", "artifacts": {"P": {"type": "aws:cloudformation:stack",
        "environment": "aws://123456789012/eu-central-1", "properties": {"templateFile": "P.template.json"},
        "metadata": {"/Prod/P/B/Resource": [{"type": "aws:cdk:logicalId", "data": "B", "trace":
            ["new P (/app/bin/app.ts:3:5)"]}]}}}}"#;
    let prod = r#"{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Metadata": {"aws:cdk:path": "Prod/P/B/Resource"}}}}"#;
    let files = BTreeMap::from([
        ("cdk.out/Shop.template.json", stack),
        ("cdk.out/Inner.nested.template.json", nested),
        ("cdk.out/Shop.metadata.json", metadata),
        ("cdk.out/assembly-Prod/manifest.json", inner),
        ("cdk.out/assembly-Prod/P.template.json", prod),
    ]);
    // What a walk over the directory finds as well is not read twice.
    let inputs = [
        input("cdk.out/Shop.template.json", stack),
        input("cdk.out/Inner.nested.template.json", nested),
        input("cdk.out/manifest.json", manifest),
    ];
    let read = clean(read(&inputs, &files, &Options::default()));
    let seen: Vec<(&str, String, Option<&str>, Option<usize>)> = read
        .snapshot
        .resources
        .iter()
        .map(|r| {
            let line = r.origin.behind.first().map(|behind| behind.line);
            (
                &*r.address,
                r.region.to_string(),
                r.construct.as_deref(),
                line,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("Db1", "eu-west-1".to_owned(), Some("Shop/Db"), Some(8)),
            ("Nest", "eu-west-1".to_owned(), Some("Shop/Inner"), None),
            (
                "Nest.Db1",
                "eu-west-1".to_owned(),
                Some("Shop/Inner/Db"),
                Some(4)
            ),
            ("B", "eu-central-1".to_owned(), Some("Prod/P/B"), Some(3)),
        ]
    );
}

/// However deep and long a template's references are, reading it ends, and with a small stack.
#[test]
fn endless_references_end() {
    let mut text = String::from("Parameters: {P: {Type: String}}\nConditions:\n");
    for i in 0..2000 {
        text.push_str(&format!("  C{i}: !Not [!Condition C{}]\n", i + 1));
    }
    text.push_str("  C2000: !Equals [!Ref P, a]\nResources:\n  R:\n    Type: X::Y::Z\n");
    let deep = "{\"Fn::Join\": [\"\", [".repeat(30) + "\"x\"" + &"]]}".repeat(30);
    text.push_str(&format!(
        "    Condition: C0\n    Properties: {{V: {deep}, W: !If [C0, 1, 2]}}\n"
    ));
    let read = clean(read_one(&text));
    assert_eq!(show(&property(&read, "R.V")), "x");
    let exits = ["true", "false", "unknown"];
    assert!(
        exits
            .iter()
            .any(|word| show(&resource(&read, "R").exists).contains(word))
    );
}

#[test]
fn many_switches_are_bounded() {
    let mut text = String::from("Parameters:\n");
    for i in 0..12 {
        text.push_str(&format!(
            "  P{i}: {{Type: String, AllowedValues: [a, b, c]}}\n"
        ));
    }
    let all: Vec<String> = (0..12).map(|i| format!("${{P{i}}}")).collect();
    text.push_str(&format!(
        "Resources: {{R: {{Type: X::Y::Z, Properties: {{V: !Sub '{}'}}}}}}\n",
        all.join("-")
    ));
    let read = clean(read_one(&text));
    assert_eq!(
        property(&read, "R.V"),
        Value::unknown(Reason::TooManyAlternatives)
    );
}

/// Functions that lengthen what they are given do not run away.
#[test]
fn text_does_not_grow_without_end() {
    for function in ["Fn::Base64", "Fn::ToJsonString"] {
        let deep = format!("{{{function}: ").repeat(100) + "x" + &"}".repeat(100);
        let shown = value(&deep);
        assert!(
            shown.starts_with("unknown") || shown == "${…}",
            "{function}"
        );
    }
}
