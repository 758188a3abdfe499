#!/usr/bin/env python3
"""Reads what seed.py created back through the API, and judges it as the seven rules would.

    python tests/live/seed.py all URL > made.json
    python tests/live/verify.py URL made.json

The rules are written here a second time, in a few lines each, over boto3's answers: what fails has to be what
fixtures/securecart/expected.json says, but for expected.json here. So a finding that the live door does not have is the
door's fault, not the server's.
"""

import collections
import json
import pathlib
import re
import sys
import time
import urllib.request

import botocore

import template
from seed import ACCOUNTS, FIXTURE, ORGANIZATION, STACKS, Account

EU, US, AP = "eu-central-1", "us-east-1", "ap-southeast-1"
REGIONS = [EU, US, AP, "eu-west-1"]
HERE = pathlib.Path(__file__).resolve().parent
IN_EU = ("eu-central-1", "eu-west-1")
WORDS = {"billing", "cart", "checkout", "order", "orders", "pay", "payment", "payments", "psp"}


class Reader:
    def __init__(self, url, number):
        self.account = Account(url, number, "VERIFY")

    def all(self, service, region, operation, key, **given):
        client = self.account.client(service, region)
        name = botocore.xform_name(operation)
        if client.can_paginate(name):
            pages = client.get_paginator(name).paginate(**given)
        else:
            pages = [self.account.call(service, region, operation, given)]
        found = []
        for page in pages:
            for part in key.split("."):
                page = page.get(part, [])
            found += page
        return found


def records(reader):
    found = {}
    for zone in reader.all("route53", US, "ListHostedZones", "HostedZones"):
        for record in reader.all("route53", US, "ListResourceRecordSets", "ResourceRecordSets", HostedZoneId=zone["Id"]):
            name = " ".join((record["Name"], record["Type"], record.get("SetIdentifier", ""))).strip()
            found["global/" + name] = record
    return found


def words(*texts):
    return {word for text in texts for word in re.findall("[a-z]+", text.lower())}


def tags_of(listed):
    return [value for tag in listed for value in (tag["Key"], tag["Value"])]


def judge(reader):
    """(rule, region/id) -> verdict, for everything a rule is about."""
    said = {}

    def say(rule, own, good):
        said[rule, own] = "pass" if good else "fail"

    balancers, tables = {}, collections.defaultdict(dict)
    for region in REGIONS:
        for own in reader.all("rds", region, "DescribeDBInstances", "DBInstances"):
            name = "{}/{}".format(region, own["DBInstanceIdentifier"])
            if own.get("DBClusterIdentifier"):
                continue
            say("DB-001", name, own["MultiAZ"])
            if not own.get("ReadReplicaSourceDBInstanceIdentifier"):
                say("DB-004", name, own["BackupRetentionPeriod"] >= 7)
        for own in reader.all("rds", region, "DescribeDBClusters", "DBClusters"):
            say("DB-004", "{}/{}".format(region, own["DBClusterIdentifier"]), own["BackupRetentionPeriod"] >= 7)
        for name in reader.all("dynamodb", region, "ListTables", "TableNames"):
            table = reader.account.call("dynamodb", region, "DescribeTable", TableName=name)["Table"]
            backups = reader.account.call("dynamodb", region, "DescribeContinuousBackups", TableName=name)[
                "ContinuousBackupsDescription"
            ]
            good = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
            if "Replicas" in table:
                tables[name][region] = good
            else:
                say("DB-011", "{}/{}".format(region, name), good)
        acls = reader.account.call("wafv2", region, "ListWebACLs", Scope="REGIONAL")["WebACLs"]
        protected = {
            arn
            for acl in acls
            for kind in ("APPLICATION_LOAD_BALANCER", "API_GATEWAY", "APPSYNC")
            for arn in reader.account.call("wafv2", region, "ListResourcesForWebACL", WebACLArn=acl["ARN"], ResourceType=kind)[
                "ResourceArns"
            ]
        }
        for own in reader.all("elbv2", region, "DescribeLoadBalancers", "LoadBalancers"):
            arn = own["LoadBalancerArn"]
            balancers[own["DNSName"]] = region
            listed = reader.account.call("elbv2", region, "DescribeTags", ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
            listeners = reader.all("elbv2", region, "DescribeListeners", "Listeners", LoadBalancerArn=arn)
            scheme = "internal" if own["Type"] == "network" else "internet-facing"
            assert own["Scheme"] == scheme and listeners[0]["Port"] == 443, arn
            if words(own["LoadBalancerName"], *tags_of(listed)) & WORDS:
                say("SEC-001", "{}/{}".format(region, arn), arn in protected)
        for api in reader.all("apigateway", region, "GetRestApis", "items"):
            for stage in reader.account.call("apigateway", region, "GetStages", restApiId=api["id"])["item"]:
                arn = "arn:aws:apigateway:{}::/restapis/{}/stages/{}".format(region, api["id"], stage["stageName"])
                assert (arn in protected) == ("webAclArn" in stage), arn
                say("SEC-001", "{}/{}".format(region, arn), arn in protected)
        for api in reader.all("appsync", region, "ListGraphqlApis", "graphqlApis"):
            assert words(api["name"]) & WORDS and api["tags"] and api["visibility"] == "GLOBAL"
            say("SEC-001", "{}/{}".format(region, api["arn"]), api["arn"] in protected)
    for name, where in tables.items():
        say("DB-011", US + "/" + name, all(where.values()))

    distributions = {}
    for own in reader.all("cloudfront", US, "ListDistributions", "DistributionList.Items"):
        config = reader.account.call("cloudfront", US, "GetDistributionConfig", Id=own["Id"])["DistributionConfig"]
        assert all(own[name] == config[name] for name in ("Aliases", "Origins", "CacheBehaviors", "WebACLId", "OriginGroups")), own[
            "Id"
        ]
        assert reader.account.call("cloudfront", US, "ListTagsForResource", Resource=own["ARN"])["Tags"]["Items"]
        distributions[own["DomainName"]] = config
        paths = [behaviour["PathPattern"] for behaviour in config["CacheBehaviors"]["Items"]]
        if words(config["Comment"], *paths, *config["Aliases"]["Items"]) & WORDS:
            say("SEC-001", "global/" + own["Id"], config["WebACLId"] != "")

    every = records(reader)
    by_name = collections.defaultdict(list)
    for record in every.values():
        by_name[record["Name"]].append(record)

    def ends(name, depth=0):
        """The Regions where a name ends."""
        name = re.sub("^dualstack[.]", "", name.lower().rstrip("."))
        assert depth < 9, name
        if name in balancers or name.endswith(".elb.amazonaws.com"):
            return {balancers[name]}
        if name in distributions:
            return set().union(*(ends(origin["DomainName"], depth + 1) for origin in distributions[name]["Origins"]["Items"]))
        bucket = re.search(r"[.]s3[.]([a-z0-9-]+)[.]amazonaws[.]com$", name)
        if bucket:
            return {bucket.group(1)}
        targets = [
            target
            for record in by_name[name + "."]
            for target in (
                [record["AliasTarget"]["DNSName"]]
                if "AliasTarget" in record
                else [value["Value"] for value in record["ResourceRecords"]]
            )
        ]
        assert targets, name
        return set().union(*(ends(target, depth + 1) for target in targets))

    for name, record in every.items():
        healthy = "HealthCheckId" in record or record.get("AliasTarget", {}).get("EvaluateTargetHealth", False)
        if {"Region", "Weight", "GeoLocation", "MultiValueAnswer"} & set(record):
            say("DNS-003", name, healthy)
        if record.get("Failover") == "PRIMARY":
            say("DNS-004", name, healthy)
        if record.get("GeoLocation", {}).get("ContinentCode") == "EU" or record.get("GeoLocation", {}).get("CountryCode") in (
            "DE",
            "FR",
        ):
            say("DNS-010", name, ends(record["AliasTarget"]["DNSName"]) <= set(IN_EU))
    return said


RULES = ("DB-001", "DB-004", "DB-011", "DNS-003", "DNS-004", "DNS-010", "SEC-001")


def compare(name, made, said):
    """What fails in the account against what fails in the templates."""
    expected = json.loads((FIXTURE / "expected.json").read_text())[name]
    judged = {rule for rule, _ in said}
    wanted = {}
    for verdict in ("fail", "unknown"):
        for finding in expected[verdict]:
            # Other rules are not judged here.
            if finding["rule"] in judged:
                wanted[finding["rule"], "{}#{}".format(finding["file"], finding["resource"])] = verdict
    differences = json.loads((HERE / "expected.json").read_text())
    for finding in differences[name] + differences["only-in-the-account"].get(name, []):
        key = finding["rule"], finding["resource"]
        if finding["rule"] not in judged:
            continue
        assert wanted.get(key) == finding.get("cloudformation"), finding
        wanted[key] = finding["live"]
    # This judges by what the first seven rules say, written once more; tests/live.rs has all rules.
    wanted = {(rule, what): verdict for (rule, what), verdict in wanted.items() if rule in RULES}
    names = {own: what for what, own in made.items()}
    found = {(rule, names[own]): verdict for (rule, own), verdict in said.items()}
    different = sorted(key for key in set(wanted) | set(found) if found.get(key, "none") != wanted.get(key, "pass"))
    assert not different, [
        (key, "account: {}".format(found.get(key)), "templates: {}".format(wanted.get(key, "pass"))) for key in different
    ]
    counts = collections.Counter(rule for rule, _ in found)
    return "{}: {} failures, {}".format(name, list(found.values()).count("fail"), dict(sorted(counts.items())))


# Type -> how to list what the templates have of it.
LISTED = {
    "AWS::ApiGateway::RestApi": ("apigateway", "GetRestApis", "items"),
    "AWS::AutoScaling::AutoScalingGroup": ("autoscaling", "DescribeAutoScalingGroups", "AutoScalingGroups"),
    "AWS::AutoScaling::ScalingPolicy": ("autoscaling", "DescribePolicies", "ScalingPolicies"),
    "AWS::Backup::BackupPlan": ("backup", "ListBackupPlans", "BackupPlansList"),
    "AWS::Backup::BackupVault": ("backup", "ListBackupVaults", "BackupVaultList"),
    "AWS::CloudWatch::Alarm": ("cloudwatch", "DescribeAlarms", "MetricAlarms"),
    "AWS::CloudWatch::Dashboard": ("cloudwatch", "ListDashboards", "DashboardEntries"),
    "AWS::DirectConnect::Connection": ("directconnect", "DescribeConnections", "connections"),
    "AWS::DirectConnect::PrivateVirtualInterface": ("directconnect", "DescribeVirtualInterfaces", "virtualInterfaces"),
    "AWS::DirectConnect::Lag": ("directconnect", "DescribeLags", "lags"),
    "AWS::EC2::CustomerGateway": ("ec2", "DescribeCustomerGateways", "CustomerGateways"),
    "AWS::EC2::LaunchTemplate": ("ec2", "DescribeLaunchTemplates", "LaunchTemplates"),
    "AWS::EC2::VPNConnection": ("ec2", "DescribeVpnConnections", "VpnConnections"),
    "AWS::EC2::VPNGateway": ("ec2", "DescribeVpnGateways", "VpnGateways"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("elbv2", "DescribeLoadBalancers", "LoadBalancers"),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("elbv2", "DescribeTargetGroups", "TargetGroups"),
    "AWS::Lambda::Function": ("lambda", "ListFunctions", "Functions"),
    "AWS::Outposts::Outpost": ("outposts", "ListOutposts", "Outposts"),
    "AWS::RDS::DBCluster": ("rds", "DescribeDBClusters", "DBClusters"),
    "AWS::RDS::DBInstance": ("rds", "DescribeDBInstances", "DBInstances"),
    "AWS::RDS::DBSubnetGroup": ("rds", "DescribeDBSubnetGroups", "DBSubnetGroups"),
    "AWS::SNS::Topic": ("sns", "ListTopics", "Topics"),
    "AWS::StepFunctions::StateMachine": ("stepfunctions", "ListStateMachines", "stateMachines"),
}


# Types of which an API lists the resources together with those of another.
KIND_OF = {
    "AWS::DirectConnect::PublicVirtualInterface": "AWS::DirectConnect::PrivateVirtualInterface",
    "AWS::DirectConnect::TransitVirtualInterface": "AWS::DirectConnect::PrivateVirtualInterface",
}


def count(reader, name):
    """Everything else is there, as often as the templates have it."""
    wanted = collections.Counter()
    for stack in STACKS:
        document = template.yaml.load((FIXTURE / "cloudformation" / name / (stack + ".yaml")).read_text(), template.Loader)
        region = document["Metadata"]["skylint"]["region"]
        wanted.update((region, KIND_OF.get(given["Type"], given["Type"])) for given in document["Resources"].values())
    for rtype, (service, operation, key) in LISTED.items():
        for region in (EU, US):
            found = reader.all(service, region, operation, key)
            assert len(found) == wanted[region, rtype], (rtype, region, len(found), wanted[region, rtype])
    checks = reader.all("route53", US, "ListHealthChecks", "HealthChecks")
    assert len(checks) == 3 and all(len(check["HealthCheckConfig"]["Regions"]) == 3 for check in checks)
    accelerators = reader.all("globalaccelerator", "us-west-2", "ListAccelerators", "Accelerators")
    listeners = reader.all(
        "globalaccelerator", "us-west-2", "ListListeners", "Listeners", AcceleratorArn=accelerators[0]["AcceleratorArn"]
    )
    groups = reader.all(
        "globalaccelerator", "us-west-2", "ListEndpointGroups", "EndpointGroups", ListenerArn=listeners[0]["ListenerArn"]
    )
    assert sorted(group["EndpointGroupRegion"] for group in groups) == [EU, US]
    policies = reader.all("organizations", US, "ListPolicies", "Policies", Filter="SERVICE_CONTROL_POLICY")
    assert len(policies) == 1 + wanted[US, "AWS::Organizations::Policy"]


def organization(url):
    management, data = Reader(url, ORGANIZATION["management"]), Reader(url, ORGANIZATION["data"])
    accounts = management.all("organizations", US, "ListAccounts", "Accounts")
    found = {own["Id"]: own["Status"] for own in accounts}
    assert found == {own: "SUSPENDED" if what == "closed" else "ACTIVE" for what, own in ORGANIZATION.items()}, found
    assert len(data.all("rds", "eu-west-1", "DescribeDBInstances", "DBInstances")) == 130
    assert len(data.all("dynamodb", "eu-west-1", "ListTables", "TableNames")) == 110
    # With two records of each name on uneven pages, a cursor has to have all of its three parts.
    (zone,) = data.all("route53", US, "ListHostedZones", "HostedZones")
    for size in ("300", "100", "7"):
        listed = data.all(
            "route53",
            US,
            "ListResourceRecordSets",
            "ResourceRecordSets",
            HostedZoneId=zone["Id"],
            PaginationConfig={"PageSize": int(size)},
        )
        assert len({(own["Name"], own["Type"], own.get("SetIdentifier")) for own in listed}) == len(listed) == 252, (
            size,
            len(listed),
        )
    # The other way into an account.
    role = "arn:aws:iam::{}:role/Audit".format(ORGANIZATION["shop"])
    keys = management.account.call("sts", US, "AssumeRole", RoleArn=role, RoleSessionName="skylint")["Credentials"]
    shop = Reader(url, ORGANIZATION["shop"])
    shop.account.session = type(shop.account.session)(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], US)
    assert len(shop.all("rds", EU, "DescribeDBInstances", "DBInstances")) == 2
    who = shop.account.call("sts", US, "GetCallerIdentity")
    assert who["Account"] == ORGANIZATION["shop"] and ":assumed-role/Audit/" in who["Arn"], who
    return "organization: {}".format(found)


# One operation of each protocol, and the codes that botocore has to read from its faults.
PROTOCOLS = [
    # service, Region, operation, given, throttle, deny, expired, not-enabled
    ("rds", EU, "DescribeDBInstances", {}, "Throttling", "AccessDenied", "ExpiredToken", "InvalidClientTokenId"),
    ("ec2", EU, "DescribeSecurityGroups", {}, "RequestLimitExceeded", "UnauthorizedOperation", "RequestExpired", "AuthFailure"),
    (
        "dynamodb",
        EU,
        "ListTables",
        {},
        "ThrottlingException",
        "AccessDeniedException",
        "ExpiredTokenException",
        "UnrecognizedClientException",
    ),
    (
        "wafv2",
        EU,
        "ListWebACLs",
        {"Scope": "REGIONAL"},
        "ThrottlingException",
        "AccessDeniedException",
        "ExpiredTokenException",
        "UnrecognizedClientException",
    ),
    (
        "appsync",
        EU,
        "ListGraphqlApis",
        {},
        "TooManyRequestsException",
        "AccessDeniedException",
        "ExpiredTokenException",
        "UnrecognizedClientException",
    ),
    (
        "lambda",
        EU,
        "ListFunctions",
        {},
        "TooManyRequestsException",
        "AccessDeniedException",
        "ExpiredTokenException",
        "UnrecognizedClientException",
    ),
    ("route53", US, "ListHostedZones", {}, "Throttling", "AccessDenied", "ExpiredToken", "InvalidClientTokenId"),
    ("cloudfront", US, "ListDistributions", {}, "Throttling", "AccessDenied", "ExpiredToken", "InvalidClientTokenId"),
    ("s3", US, "ListBuckets", {}, "SlowDown", "AccessDenied", "ExpiredToken", "InvalidAccessKeyId"),
]


def faults(url):
    """Every fault, as botocore sees it."""
    account = Account(url, ACCOUNTS["good"], "FAULTS")

    def post(path, rules=None):
        body = json.dumps(rules or []).encode()
        return json.load(urllib.request.urlopen(urllib.request.Request(url + path + "?label=FAULTS", data=body, method="POST")))

    def log():
        return json.load(urllib.request.urlopen(url + "/_log?label=FAULTS"))

    def code(service, region, operation, given):
        try:
            account.call(service, region, operation, given)
            return "ok"
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"]
        except Exception as error:
            return type(error).__name__

    for service, region, operation, given, *codes in PROTOCOLS:
        # Only this service and Region are broken.
        rule = {"service": service, "region": region, "operation": operation}
        for kind, wanted in zip(("throttle", "deny", "expired", "not-enabled"), codes):
            post("/_faults", [dict(rule, fault=kind)])
            assert code(service, region, operation, given) == wanted, (service, kind, code(service, region, operation, given))
            assert log()[-1]["from"] == "fault:" + kind and log()[-1]["service"] == service, log()[-1]
        post("/_faults", [dict(rule, fault={"kind": "error", "code": "Odd", "status": 418})])
        assert code(service, region, operation, given) == "Odd"
        for kind, wanted in (
            ("503", "ServiceUnavailable"),
            ("500-html", "500"),
            ("reset", "ConnectionClosedError"),
            ("malformed", "ResponseParserError"),
            ("cut", "IncompleteReadError"),
        ):
            post("/_faults", [dict(rule, fault=kind)])
            found = code(service, region, operation, given)
            # botocore leaves a body that is cut off to its caller, and takes half of a JSON text for one without fields.
            assert found == wanted or kind in ("cut", "malformed", "500-html"), (service, kind, found)
        post("/_faults", [dict(rule, fault={"kind": "slow", "ms": 200})])
        start = time.time()
        assert code(service, region, operation, given) == "ok" and time.time() - start > 0.2
    # The third and every third call after it.
    post("/_reset")
    post("/_faults", [{"service": "rds", "fault": "throttle", "rate": 1 / 3, "times": 2}])
    found = [code("rds", EU, "DescribeDBInstances", {}) for _ in range(10)]
    assert [index for index, one in enumerate(found) if one == "Throttling"] == [2, 5], found
    assert [entry["status"] for entry in log()] == [200, 200, 400, 200, 200, 400, 200, 200, 200, 200], log()
    post("/_faults", [{"operation": "DescribeDBInstances", "token": ".+", "fault": "deny"}])
    client = Account(url, ORGANIZATION["data"], "FAULTS").client("rds", "eu-west-1")
    assert len(client.describe_db_instances()["DBInstances"]) == 100
    try:
        list(client.get_paginator("describe_db_instances").paginate())
        raise AssertionError("the second page should have been refused")
    except botocore.exceptions.ClientError as error:
        assert "rds:DescribeDBInstances" in str(error), error
    role = {"RoleArn": "arn:aws:iam::{}:role/Audit".format(ORGANIZATION["shop"]), "RoleSessionName": "skylint"}
    post("/_faults", [{"operation": "AssumeRole", "input": "::{}:role/".format(ORGANIZATION["shop"]), "fault": "deny"}])
    assert code("sts", US, "AssumeRole", role) == "AccessDenied"
    assert code("sts", US, "AssumeRole", dict(role, RoleArn="arn:aws:iam::{}:role/Audit".format(ORGANIZATION["data"]))) == "ok"
    post("/_faults", [{"service": "sns", "fault": {"kind": "bucket", "per_second": 0.1, "burst": 3}}])
    assert [code("sns", EU, "ListTopics", {}) for _ in range(5)] == ["ok"] * 3 + ["Throttling"] * 2
    # Pages without end: the token leads to itself, which botocore notices.
    post("/_faults", [{"fault": "repeat-token"}])
    for service, region, operation, given in [
        ("rds", EU, "DescribeDBInstances", {}),
        ("ec2", EU, "DescribeSecurityGroups", {}),
        ("dynamodb", EU, "ListTables", {}),
        ("lambda", EU, "ListFunctions", {}),
        ("route53", US, "ListHostedZones", {}),
        ("cloudfront", US, "ListDistributions", {}),
        ("elbv2", EU, "DescribeLoadBalancers", {}),
        ("organizations", US, "ListAccounts", {}),
        ("appsync", EU, "ListGraphqlApis", {}),
        ("backup", EU, "ListBackupPlans", {}),
        ("apigateway", EU, "GetRestApis", {}),
        (
            "route53",
            US,
            "ListResourceRecordSets",
            {"HostedZoneId": account.call("route53", US, "ListHostedZones")["HostedZones"][0]["Id"]},
        ),
    ]:
        pages = iter(account.client(service, region).get_paginator(botocore.xform_name(operation)).paginate(**given))
        try:
            for _ in range(3):
                next(pages)
            raise AssertionError("pages of {} should repeat".format(operation))
        except botocore.exceptions.PaginationError as error:
            assert "same next token" in str(error), error
    first = account.call("wafv2", EU, "ListWebACLs", Scope="REGIONAL")
    assert (
        first["NextMarker"]
        == account.call("wafv2", EU, "ListWebACLs", Scope="REGIONAL", NextMarker=first["NextMarker"])["NextMarker"]
    )
    post("/_faults", [{"operation": "ListAccounts", "fault": "empty-page"}])
    pages = list(
        Account(url, ORGANIZATION["management"], "FAULTS").client("organizations", US).get_paginator("list_accounts").paginate()
    )
    assert [len(page["Accounts"]) for page in pages] == [0, 4], pages
    # What this server does by itself.
    assert code("rds", "eu-south-1", "DescribeDBInstances", {}) == "InvalidClientTokenId"
    assert code("wafv2", EU, "ListWebACLs", {"Scope": "CLOUDFRONT"}) == "WAFInvalidParameterException"
    assert not any(entry["from"] == "missing" for entry in log())
    post("/_reset")
    assert log() == []
    return "faults: {} protocols".format(len(PROTOCOLS))


def main(arguments):
    url, path = arguments
    with open(path) as file:
        made = json.load(file)
    for name in ("good", "faulty"):
        if name in made:
            reader = Reader(url, ACCOUNTS[name])
            count(reader, name)
            print(compare(name, made[name], judge(reader)))
    if "organization" in made:
        print(organization(url))
        print(faults(url))


if __name__ == "__main__":
    main(sys.argv[1:])
