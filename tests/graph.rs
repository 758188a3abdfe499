//! `skylint graph`: what is drawn is what rules see.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod common;

use common::{Folder, Run, skylint};

const SHOP: [&str; 4] = [
    "graph",
    "--parameters",
    "fixtures/securecart/parameters.json",
    "fixtures/securecart/cloudformation/faulty",
];

fn graph(more: &[&str]) -> Run {
    let only = ["--only", "DNS-003,DNS-004,DNS-010,SEC-001"];
    skylint(&[&SHOP[..], &only, more].concat()).run().soon()
}

#[test]
fn the_way_from_a_host_is_drawn_as_a_tree() {
    let text = graph(&["--host", "pay.securecart.example"])
        .exits(0)
        .stdout();
    insta::assert_snapshot!(text, @"
    pay.securecart.example (geolocation EU)  ✗ DNS-003, DNS-010
    └─ CloudFront PayEuDistribution (Distribution)
       ├─ securecart-static-eu-111122223333 (Bucket, eu-central-1)
       ├─ securecart-static-us-111122223333 (Bucket, us-east-1)
       └─ checkout-us.securecart.example
          └─ securecart-checkout-us (LoadBalancer, us-east-1)
             └─ forwards to CheckoutTargets (TargetGroup, us-east-1)
                └─ Auto Scaling group securecart-app (AutoScalingGroup, us-east-1)
                   ├─ reaches on ports 3306, 5432 securecart-orders-us (DBInstance, us-east-1)
                   ├─ reaches on ports 3306, 5432 securecart-reporting-us (DBInstance, us-east-1)
                   ├─ reaches on ports 3306, 5432 securecart-inventory-us (DBCluster, us-east-1)
                   └─ reaches by its role securecart-carts (Table, us-east-1)
    pay.securecart.example (geolocation AS)
    └─ CloudFront PayEuDistribution (Distribution)
       ├─ securecart-static-eu-111122223333 (Bucket, eu-central-1)
       ├─ securecart-static-us-111122223333 (Bucket, us-east-1)
       └─ checkout-us.securecart.example
          └─ securecart-checkout-us (LoadBalancer, us-east-1)
             └─ forwards to CheckoutTargets (TargetGroup, us-east-1)
                └─ Auto Scaling group securecart-app (AutoScalingGroup, us-east-1)
                   ├─ reaches on ports 3306, 5432 securecart-orders-us (DBInstance, us-east-1)
                   ├─ reaches on ports 3306, 5432 securecart-reporting-us (DBInstance, us-east-1)
                   ├─ reaches on ports 3306, 5432 securecart-inventory-us (DBCluster, us-east-1)
                   └─ reaches by its role securecart-carts (Table, us-east-1)
    pay.securecart.example (geolocation *)
    └─ securecart-checkout-us (LoadBalancer, us-east-1)
       └─ forwards to CheckoutTargets (TargetGroup, us-east-1)
          └─ Auto Scaling group securecart-app (AutoScalingGroup, us-east-1)
             ├─ reaches on ports 3306, 5432 securecart-orders-us (DBInstance, us-east-1)
             ├─ reaches on ports 3306, 5432 securecart-reporting-us (DBInstance, us-east-1)
             ├─ reaches on ports 3306, 5432 securecart-inventory-us (DBCluster, us-east-1)
             └─ reaches by its role securecart-carts (Table, us-east-1)
    ");
}

#[test]
fn what_leads_through_a_resource_is_drawn_both_ways() {
    let text = graph(&["--resource", "securecart-checkout"])
        .exits(0)
        .stdout();
    insta::assert_snapshot!(text, @"
    checkout.securecart.example
    └─ Global Accelerator securecart-checkout (Accelerator)
       ├─ endpoints in eu-central-1 (EndpointGroup)
       └─ endpoints in us-east-1 (EndpointGroup)
          └─ endpoint securecart-checkout-us (LoadBalancer, us-east-1)
             └─ forwards to CheckoutTargets (TargetGroup, us-east-1)
                └─ Auto Scaling group securecart-app (AutoScalingGroup, us-east-1)
                   ├─ reaches on ports 3306, 5432 securecart-orders-us (DBInstance, us-east-1)
                   ├─ reaches on ports 3306, 5432 securecart-reporting-us (DBInstance, us-east-1)
                   ├─ reaches on ports 3306, 5432 securecart-inventory-us (DBCluster, us-east-1)
                   └─ reaches by its role securecart-carts (Table, us-east-1)
    ");
}

#[test]
fn other_programs_can_draw_it() {
    let json = graph(&["--format", "json"]).exits(0).json();
    let nodes = json["nodes"].as_array().expect("nodes");
    let count = nodes.len() as u64;
    for edge in json["edges"].as_array().expect("edges") {
        assert!(edge["from"].as_u64() < Some(count) && edge["to"].as_u64() < Some(count));
    }
    let failing = nodes.iter().find(|node| node["name"] == "ShopDistribution");
    assert_eq!(failing.expect("it")["fails"][0], "SEC-001");
    let dot = graph(&["--format", "dot"]).exits(0).stdout();
    assert!(dot.starts_with("digraph skylint {") && dot.ends_with("}\n"));
    assert_eq!(
        dot.matches(" -> ").count(),
        json["edges"].as_array().map_or(0, Vec::len)
    );
    let mermaid = graph(&["--format", "mermaid"]).exits(0).stdout();
    assert!(mermaid.starts_with("flowchart LR\n") && mermaid.contains(":::fails"));
}

#[test]
fn every_door_shows_the_same_way() {
    for input in [
        "fixtures/securecart/terraform/faulty/plan.json",
        "fixtures/securecart/terraform/faulty/terraform.tfstate",
    ] {
        let run = skylint(&["graph", "--host", "checkout.securecart.example", input]).run();
        run.exits(0)
            .says("Global Accelerator securecart-checkout")
            .says("endpoint securecart-checkout-us (LoadBalancer, us-east-1)");
    }
}

#[test]
fn the_data_behind_what_computes_is_drawn_with_what_says_so() {
    let text = graph(&["--host", "app.securecart.example"])
        .exits(0)
        .stdout();
    insta::assert_snapshot!(text, @"
    app.securecart.example (latency eu-west-1)  ✗ DNS-003
    └─ securecart-web-eu (LoadBalancer, eu-central-1)
       └─ forwards to WebTargets (TargetGroup, eu-central-1)
          └─ Auto Scaling group securecart-app (AutoScalingGroup, eu-central-1)
             ├─ reaches on ports 3306, 5432 securecart-orders-eu (DBInstance, eu-central-1)
             ├─ reaches on ports 3306, 5432 securecart-orders-us-replica (DBInstance, eu-central-1)
             ├─ reaches on ports 3306, 5432 securecart-inventory-eu (DBCluster, eu-central-1)
             └─ reaches by its role securecart-carts (Table, eu-central-1)
    app.securecart.example (latency us-east-1)  ✗ DNS-003
    └─ securecart-web-us (LoadBalancer, us-east-1)
       └─ forwards to WebTargets (TargetGroup, us-east-1)
    ");
    for input in [
        "cloudformation/faulty",
        "terraform/faulty/terraform.tfstate",
    ] {
        let input = format!("fixtures/securecart/{input}");
        let parameters = ["--parameters", "fixtures/securecart/parameters.json"];
        let host = ["--host", "app.securecart.example"];
        skylint(&[&["graph", &*input][..], &parameters, &host].concat())
            .run()
            .exits(0)
            .says("reaches on ports 3306, 5432 securecart-orders-us-replica (DBInstance, eu-central-1)");
    }
}

const SERVERLESS: &str = r#"
Resources:
  Record:
    Type: AWS::Route53::RecordSet
    Properties:
      Name: api.example.com
      HostedZoneName: example.com.
      Type: A
      AliasTarget: { DNSName: !GetAtt Domain.RegionalDomainName, HostedZoneId: !GetAtt Domain.RegionalHostedZoneId }
  Domain:
    Type: AWS::ApiGateway::DomainName
    Properties: { DomainName: api.example.com, EndpointConfiguration: { Types: [REGIONAL] }, RegionalCertificateArn: x }
  Mapping: { Type: AWS::ApiGateway::BasePathMapping, Properties: { DomainName: !Ref Domain, RestApiId: !Ref Api } }
  Api: { Type: AWS::ApiGateway::RestApi, Properties: { Name: orders } }
  Post:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: POST
      Integration:
        Type: AWS_PROXY
        Uri: !Sub 'arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Intake.Arn}/invocations'
  Intake:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: intake
      Code: { ZipFile: x }
      Role: !GetAtt Role.Arn
      Environment: { Variables: { TABLE: !Ref Orders } }
      VpcConfig: { SecurityGroupIds: [!Ref Functions], SubnetIds: [subnet-1] }
  Role: { Type: AWS::IAM::Role, Properties: { AssumeRolePolicyDocument: {} } }
  Rights:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: p
      Roles: [!Ref Role]
      PolicyDocument: { Statement: [{ Effect: Allow, Action: 'dynamodb:PutItem', Resource: !GetAtt Orders.Arn }] }
  Orders: { Type: AWS::DynamoDB::Table, Properties: { TableName: orders } }
  Functions: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: f } }
  Caches: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: c } }
  Others: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: o } }
  In: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref Caches, IpProtocol: tcp, FromPort: 6379, ToPort: 6380, SourceSecurityGroupId: !Ref Functions } }
  # What lets somebody else in, or lets functions out, says nothing.
  Else: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref Others, IpProtocol: tcp, FromPort: 6379, ToPort: 6379, SourceSecurityGroupId: !Ref Caches } }
  Out: { Type: AWS::EC2::SecurityGroupEgress, Properties: { GroupId: !Ref Functions, IpProtocol: '-1', DestinationSecurityGroupId: !Ref Others } }
  Cache: { Type: AWS::ElastiCache::ReplicationGroup, Properties: { ReplicationGroupDescription: c, ReplicationGroupId: cache, SecurityGroupIds: [!Ref Caches] } }
  Other: { Type: AWS::ElastiCache::ReplicationGroup, Properties: { ReplicationGroupDescription: o, ReplicationGroupId: other, SecurityGroupIds: [!Ref Others] } }
"#;

#[test]
fn an_api_leads_to_its_function_and_the_data_of_that() {
    let folder = Folder::with(&[("api.yaml", SERVERLESS)]);
    let run = ["graph", "--region", "eu-west-1", "api.yaml"];
    let text = folder.skylint(&run).exits(0).stdout();
    insta::assert_snapshot!(text, @"
    api.example.com
    └─ api.example.com (DomainName, eu-west-1)
       └─ API orders (RestApi, eu-west-1)
          └─ runs intake (Function, eu-west-1)  ✗ CMP-004, OBS-006
             ├─ reaches by its role orders (Table, eu-west-1)  ✗ DB-010, DB-011
             └─ reaches on ports 6379-6380 cache (ReplicationGroup, eu-west-1)
    ");
}

#[test]
fn loops_and_nothing_end_with_a_word() {
    let folder = Folder::with(&[
        (
            "loop.yaml",
            "Resources:\n  A: { Type: AWS::Route53::RecordSet, Properties: { Name: a.x., Type: CNAME, HostedZoneName: x., TTL: '60', ResourceRecords: [b.x.] } }\n  \
             B: { Type: AWS::Route53::RecordSet, Properties: { Name: b.x., Type: CNAME, HostedZoneName: x., TTL: '60', ResourceRecords: [a.x.] } }\n",
        ),
        ("none.yaml", "Resources:\n  A: { Type: AWS::SNS::Topic }\n"),
    ]);
    let run = folder.skylint(&["graph", "loop.yaml"]).soon();
    assert!(matches!(run.code, Some(0 | 2)), "{run}");
    folder
        .skylint(&["graph", "none.yaml"])
        .exits(2)
        .complains("there is no record set that leads anywhere");
    graph(&["--host", "nowhere.example"])
        .exits(2)
        .complains("no way leads from or through nowhere.example");
}

#[test]
fn a_finding_about_routing_shows_the_whole_way() {
    let run = |format: &str| {
        let check = ["check", "--scope", "complete", "--only", "DNS-010"];
        let output = skylint(&[&check, &SHOP[1..], &["--format", format]].concat())
            .run()
            .soon()
            .exits(1)
            .stdout();
        serde_json::from_str::<serde_json::Value>(&output).expect("JSON")
    };
    let words = |steps: Vec<&serde_json::Value>| -> Vec<String> {
        let text = |step: &serde_json::Value| step.as_str().expect("a text").to_owned();
        steps.into_iter().map(text).collect()
    };
    let way = [
        "pay.securecart.example (geolocation EU)",
        "CloudFront PayEuDistribution",
        "checkout-us.securecart.example",
        "CheckoutAlb in us-east-1",
    ];

    let report = run("json");
    let findings = report["findings"].as_array().expect("findings");
    let pay = findings
        .iter()
        .find(|finding| {
            finding["message"]
                .as_str()
                .is_some_and(|m| m.starts_with("pay."))
        })
        .expect("the finding on the payment record");
    let path = pay["paths"][0].as_array().expect("a path");
    assert_eq!(words(path.iter().map(|s| &s["message"]).collect()), way);
    assert_eq!(pay["paths"].as_array().map(Vec::len), Some(1));

    let sarif = run("sarif");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let flow = results
        .iter()
        .find_map(|result| {
            let locations = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array()?;
            let first = locations.first()?["location"]["message"]["text"].as_str()?;
            first.starts_with("pay.").then_some(locations)
        })
        .expect("the way as a code flow");
    let texts = flow.iter().map(|s| &s["location"]["message"]["text"]);
    assert_eq!(words(texts.collect()), way);
    for step in flow {
        let place = &step["location"]["physicalLocation"];
        assert!(
            place["region"]["startLine"]
                .as_u64()
                .is_some_and(|line| line > 1),
            "{step}"
        );
    }
}
