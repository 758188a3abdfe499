#!/usr/bin/env python3
"""Deploys SecureCart into an account of the test server, from the templates themselves.

    python tests/live/seed.py SET URL [ACCOUNT]

SET is `good` (account 111122223333), `faulty` (444455556666), `organization` (100000000001 and its members) or `all`; URL is
the proxy's, which holds what moto does not. `good` and `faulty` may be given another account: account numbers in the
templates become that account's. Parameters are those of fixtures/securecart/parameters.json; what has no value there has
one here, as in fixtures/securecart/aws-config/make.py, because a running account has.

Prints one line, what was created where: `{"good": {"eu-central-1.yaml#OrdersDatabase": "eu-central-1/securecart-orders-eu", …},
…}`, by the resource's Region, or `global`. A record is its name, type and set identifier. The ids are the same in each run.
"""

import io
import json
import pathlib
import sys
import time
import zipfile

import boto3
import botocore.config
import botocore.utils

import template

FIXTURE = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "securecart"
ACCOUNTS = {"good": "111122223333", "faulty": "444455556666"}
# What nobody may print. The API never returns it.
CANARY = "canary-7f3a-secret"
# Services with one endpoint are signed for one Region.
SIGNED_IN = {
    "cloudfront": "us-east-1",
    "iam": "us-east-1",
    "organizations": "us-east-1",
    "route53": "us-east-1",
    "globalaccelerator": "us-west-2",
    "shield": "us-east-1",
}
# Those of them that are all of a Region.
REGIONS = ["us-east-1", "eu-central-1"]
STACKS = ["global", *REGIONS, "stores", "organization"]

# moto does not speak CBOR, which botocore prefers where it can; the services that have it have JSON too.
botocore.utils.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = tuple(
    name for name in botocore.utils.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS if "cbor" not in name
)
botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = botocore.utils.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS


class Account:
    """Calls in one account."""

    def __init__(self, url, number, label="SEED"):
        self.url, self.number = url, number
        self.session = boto3.Session(
            aws_access_key_id="AKIA" + number + label, aws_secret_access_key="secret", region_name="us-east-1"
        )
        self.clients = {}

    def client(self, service, region):
        region = SIGNED_IN.get(service, region)
        if (service, region) not in self.clients:
            config = botocore.config.Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
            self.clients[service, region] = self.session.client(service, region_name=region, endpoint_url=self.url, config=config)
        return self.clients[service, region]

    def call(self, service, region, operation, given=None, **more):
        """Any operation, with properties as CloudFormation writes them."""
        client = self.client(service, region)
        shape = client.meta.service_model.operation_model(operation).input_shape
        given = fit(shape, dict(given or {}, **more), operation) if shape else {}
        return getattr(client, botocore.xform_name(operation))(**given)


def fit(shape, value, path):
    """A value as the API wants it: its spelling of names, its types, its `Quantity` and `Items`. Nothing is left out."""
    kind = shape.type_name
    if kind == "structure":
        members = shape.members
        if isinstance(value, list) and {"Quantity", "Items"} <= set(members):
            value = {"Quantity": len(value), "Items": value}
        spelled = {name.lower(): name for name in members}
        fitted = {}
        for name, inner in value.items():
            own = name if name in members else spelled.get(name.lower())
            if own is None:
                raise KeyError("{} has no {}: {}".format(path, name, sorted(members)))
            fitted[own] = fit(members[own], inner, "{}.{}".format(path, own))
        return fitted
    if kind == "list":
        return [fit(shape.member, item, path + "[]") for item in value]
    if kind == "map":
        return {str(name): fit(shape.value, inner, path) for name, inner in value.items()}
    if kind == "string":
        if isinstance(value, bool):
            return str(value).lower()
        return json.dumps(value) if isinstance(value, (dict, list)) else str(value)
    if kind in ("integer", "long"):
        return int(value)
    if kind in ("float", "double"):
        return float(value)
    if kind == "boolean":
        return value is True or str(value).lower() == "true"
    return value


MAKERS = {}


def makes(*types):
    def register(function):
        for name in types:
            MAKERS[name] = function
        return function

    return register


class Stack:
    """One template, and what becomes of it in an account."""

    def __init__(self, deployment, name, parameters):
        self.deployment, self.account, self.name = deployment, deployment.account, name
        path = FIXTURE / "cloudformation" / deployment.set / (name + ".yaml")
        self.template = template.Template(path, parameters, self.account.number, deployment.imports)
        self.region = self.template.region

    def deploy(self):
        for logical, given in self.template.resources():
            properties = self.template.resolve(given.get("Properties", {}))
            self.logical, self.type = logical, given["Type"]
            try:
                made = MAKERS[given["Type"]](self, properties)
            except Exception as error:
                raise RuntimeError("{}.yaml#{}: {}".format(self.name, logical, error)) from error
            made = made if isinstance(made, dict) else {"Ref": made}
            self.template.attributes[logical] = made
            self.note(logical, made.get("Own", made["Ref"]), made.get("Where"))
        self.deployment.imports.update(self.template.exports())

    def note(self, what, own, where=None):
        if own is None:
            return
        if where is None:
            everywhere = ("Route53", "CloudFront", "GlobalAccelerator", "IAM", "Organizations")
            where = "global" if self.type.split("::")[1] in everywhere else self.region
        self.deployment.made["{}.yaml#{}".format(self.name, what)] = "{}/{}".format(where, own)

    def call(self, service, operation, given=None, **more):
        return self.account.call(service, self.region, operation, given, **more)

    @property
    def own_name(self):
        """Where CloudFormation would invent a name."""
        return "securecart-{}-{}".format(self.name, self.logical)


def without(given, *names):
    return {name: value for name, value in given.items() if name not in names}


def tag_map(given):
    return {tag["Key"]: tag["Value"] for tag in given.get("Tags", [])}


# ---- network ---------------------------------------------------------------------------------------------------------


def tagged(given, kind):
    more = {"TagSpecifications": [{"ResourceType": kind, "Tags": given["Tags"]}]} if given.get("Tags") else {}
    return dict(without(given, "Tags"), **more)


@makes("AWS::EC2::VPC")
def _(s, p):
    vpc = s.call("ec2", "CreateVpc", tagged(without(p, "EnableDnsSupport", "EnableDnsHostnames"), "vpc"))["Vpc"]
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        s.call("ec2", "ModifyVpcAttribute", VpcId=vpc["VpcId"], **{name: {"Value": p[name]}})
    return {"Ref": vpc["VpcId"], "CidrBlock": vpc["CidrBlock"]}


@makes("AWS::EC2::InternetGateway")
def _(s, p):
    return s.call("ec2", "CreateInternetGateway", p)["InternetGateway"]["InternetGatewayId"]


@makes("AWS::EC2::VPCGatewayAttachment")
def _(s, p):
    operation = "AttachInternetGateway" if "InternetGatewayId" in p else "AttachVpnGateway"
    s.call("ec2", operation, p)
    return s.own_name


@makes("AWS::EC2::Subnet")
def _(s, p):
    return s.call("ec2", "CreateSubnet", p)["Subnet"]["SubnetId"]


@makes("AWS::EC2::RouteTable")
def _(s, p):
    return s.call("ec2", "CreateRouteTable", p)["RouteTable"]["RouteTableId"]


@makes("AWS::EC2::Route")
def _(s, p):
    s.call("ec2", "CreateRoute", p)
    return s.own_name


@makes("AWS::EC2::SubnetRouteTableAssociation")
def _(s, p):
    return s.call("ec2", "AssociateRouteTable", p)["AssociationId"]


@makes("AWS::EC2::SecurityGroup")
def _(s, p):
    own = s.call("ec2", "CreateSecurityGroup", GroupName=s.own_name, Description=p["GroupDescription"], VpcId=p["VpcId"])["GroupId"]
    permissions = []
    for rule in p.get("SecurityGroupIngress", []):
        permission = {name: rule[name] for name in ("IpProtocol", "FromPort", "ToPort")}
        more = {"Description": rule["Description"]}
        if "CidrIp" in rule:
            permission["IpRanges"] = [dict(more, CidrIp=rule["CidrIp"])]
        else:
            permission["UserIdGroupPairs"] = [dict(more, GroupId=rule["SourceSecurityGroupId"])]
        permissions.append(permission)
    s.call("ec2", "AuthorizeSecurityGroupIngress", GroupId=own, IpPermissions=permissions)
    return {"Ref": own, "GroupId": own}


@makes("AWS::EC2::VPNGateway")
def _(s, p):
    return s.call("ec2", "CreateVpnGateway", p)["VpnGateway"]["VpnGatewayId"]


@makes("AWS::EC2::CustomerGateway")
def _(s, p):
    return s.call("ec2", "CreateCustomerGateway", p)["CustomerGateway"]["CustomerGatewayId"]


@makes("AWS::EC2::VPNConnection")
def _(s, p):
    return s.call("ec2", "CreateVpnConnection", p)["VpnConnection"]["VpnConnectionId"]


@makes("AWS::EC2::LaunchTemplate")
def _(s, p):
    made = s.call("ec2", "CreateLaunchTemplate", LaunchTemplateName=s.own_name, **p)["LaunchTemplate"]
    return {"Ref": made["LaunchTemplateId"], "LatestVersionNumber": made["LatestVersionNumber"]}


@makes("AWS::DirectConnect::Connection")
def _(s, p):
    return s.call("directconnect", "CreateConnection", p)["connectionId"]


@makes("AWS::DirectConnect::Lag")
def _(s, p):
    own = s.call("directconnect", "CreateLag", without(p, "MinimumLinks"), NumberOfConnections=0)["lagId"]
    s.call("directconnect", "UpdateLag", LagId=own, MinimumLinks=p["MinimumLinks"])
    return own


@makes("AWS::DirectConnect::DirectConnectGateway")
def _(s, p):
    own = s.call("directconnect", "CreateDirectConnectGateway", p)["directConnectGateway"]["directConnectGatewayId"]
    return {"Ref": own, "Where": "global"}


@makes("AWS::DirectConnect::DirectConnectGatewayAssociation")
def _(s, p):
    made = s.call(
        "directconnect",
        "CreateDirectConnectGatewayAssociation",
        DirectConnectGatewayId=p["DirectConnectGatewayId"],
        GatewayId=p["AssociatedGatewayId"],
        AddAllowedPrefixesToDirectConnectGateway=[{"Cidr": block} for block in p["AllowedPrefixesToDirectConnectGateway"]],
    )
    return {"Ref": made["directConnectGatewayAssociation"]["associationId"], "Where": "global"}


@makes(
    "AWS::DirectConnect::PrivateVirtualInterface",
    "AWS::DirectConnect::PublicVirtualInterface",
    "AWS::DirectConnect::TransitVirtualInterface",
)
def _(s, p):
    (peer,) = p["BgpPeers"]
    kind = s.type.split("::")[2]
    given = dict(without(p, "BgpPeers", "ConnectionId"), **peer)
    if "RouteFilterPrefixes" in p:
        given["RouteFilterPrefixes"] = [{"Cidr": block} for block in p["RouteFilterPrefixes"]]
    made = s.call("directconnect", "Create" + kind, {"ConnectionId": p["ConnectionId"], "New" + kind: given})
    return made.get("virtualInterface", made)["virtualInterfaceId"]


@makes("AWS::EC2::TransitGateway")
def _(s, p):
    options = {"AmazonSideAsn": p["AmazonSideAsn"]}
    return s.call("ec2", "CreateTransitGateway", Description=p["Description"], Options=options)["TransitGateway"]["TransitGatewayId"]


@makes("AWS::EC2::Instance")
def _(s, p):
    (made,) = s.call("ec2", "RunInstances", p, MinCount=1, MaxCount=1)["Instances"]
    return made["InstanceId"]


@makes("AWS::Outposts::Outpost")
def _(s, p):
    made = s.call("outposts", "CreateOutpost", without(p, "Tags"), Tags=tag_map(p))["Outpost"]
    return {"Ref": made["OutpostArn"], "OutpostArn": made["OutpostArn"], "OutpostId": made["OutpostId"]}


# ---- load balancers and computers ------------------------------------------------------------------------------------


@makes("AWS::ElasticLoadBalancingV2::LoadBalancer")
def _(s, p):
    attributes = p.pop("LoadBalancerAttributes", [])
    (made,) = s.call("elbv2", "CreateLoadBalancer", p)["LoadBalancers"]
    arn = made["LoadBalancerArn"]
    if attributes:
        s.call("elbv2", "ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=attributes)
    return {
        "Ref": arn,
        "DNSName": made["DNSName"],
        "CanonicalHostedZoneID": made["CanonicalHostedZoneId"],
        "LoadBalancerFullName": arn.split(":loadbalancer/")[1],
    }


@makes("AWS::ElasticLoadBalancingV2::TargetGroup")
def _(s, p):
    targets = p.pop("Targets", [])
    (made,) = s.call("elbv2", "CreateTargetGroup", p, Name="securecart-" + s.logical)["TargetGroups"]
    if targets:
        s.call("elbv2", "RegisterTargets", TargetGroupArn=made["TargetGroupArn"], Targets=targets)
    return made["TargetGroupArn"]


@makes("AWS::ElasticLoadBalancingV2::Listener")
def _(s, p):
    (made,) = s.call("elbv2", "CreateListener", p)["Listeners"]
    return made["ListenerArn"]


@makes("AWS::AutoScaling::AutoScalingGroup")
def _(s, p):
    name = p.get("AutoScalingGroupName", s.own_name)
    s.call(
        "autoscaling",
        "CreateAutoScalingGroup",
        p,
        AutoScalingGroupName=name,
        VPCZoneIdentifier=",".join(p["VPCZoneIdentifier"]),
    )
    return name


@makes("AWS::AutoScaling::ScalingPolicy")
def _(s, p):
    s.call("autoscaling", "PutScalingPolicy", p, PolicyName=s.own_name)
    return s.own_name


# ---- identities and keys ---------------------------------------------------------------------------------------------


@makes("AWS::IAM::Role")
def _(s, p):
    own = s.own_name
    arn = s.call("iam", "CreateRole", RoleName=own, AssumeRolePolicyDocument=p["AssumeRolePolicyDocument"])["Role"]["Arn"]
    for policy in p.get("Policies", []):
        s.call("iam", "PutRolePolicy", policy, RoleName=own)
    for policy in p.get("ManagedPolicyArns", []):
        s.call("iam", "AttachRolePolicy", RoleName=own, PolicyArn=policy)
    return {"Ref": own, "Arn": arn}


@makes("AWS::IAM::InstanceProfile")
def _(s, p):
    made = s.call("iam", "CreateInstanceProfile", InstanceProfileName=s.own_name)["InstanceProfile"]
    for role in p["Roles"]:
        s.call("iam", "AddRoleToInstanceProfile", InstanceProfileName=s.own_name, RoleName=role)
    return {"Ref": s.own_name, "Arn": made["Arn"]}


@makes("AWS::IAM::ManagedPolicy")
def _(s, p):
    return s.call("iam", "CreatePolicy", PolicyName=p["ManagedPolicyName"], PolicyDocument=p["PolicyDocument"])["Policy"]["Arn"]


@makes("AWS::KMS::Key")
def _(s, p):
    made = s.call("kms", "CreateKey", Description=p["Description"], Policy=p["KeyPolicy"])["KeyMetadata"]
    if p.get("EnableKeyRotation"):
        s.call("kms", "EnableKeyRotation", KeyId=made["KeyId"])
    return {"Ref": made["KeyId"], "Arn": made["Arn"]}


@makes("AWS::CertificateManager::Certificate")
def _(s, p):
    return s.call("acm", "RequestCertificate", without(p, "DomainValidationOptions"))["CertificateArn"]


@makes("AWS::Organizations::OrganizationalUnit")
def _(s, p):
    return s.call("organizations", "CreateOrganizationalUnit", p)["OrganizationalUnit"]["Id"]


@makes("AWS::Organizations::Account")
def _(s, p):
    own = s.call("organizations", "CreateAccount", without(p, "ParentIds"))["CreateAccountStatus"]["AccountId"]
    (root,) = s.call("organizations", "ListRoots")["Roots"]
    for parent in p.get("ParentIds", []):
        s.call("organizations", "MoveAccount", AccountId=own, SourceParentId=root["Id"], DestinationParentId=parent)
    return own


@makes("AWS::Organizations::Policy")
def _(s, p):
    own = s.call("organizations", "CreatePolicy", without(p, "TargetIds"), Description="")["Policy"]["PolicySummary"]["Id"]
    for target in p.get("TargetIds", []):
        s.call("organizations", "AttachPolicy", PolicyId=own, TargetId=target)
    return own


# ---- data ------------------------------------------------------------------------------------------------------------


@makes("AWS::RDS::DBSubnetGroup")
def _(s, p):
    return s.call("rds", "CreateDBSubnetGroup", p, DBSubnetGroupName=s.own_name.lower())["DBSubnetGroup"]["DBSubnetGroupName"]


@makes("AWS::RDS::DBInstance")
def _(s, p):
    copies = {name: p.pop(name) for name in list(p) if name.startswith("AutomaticBackupReplication")}
    if "VPCSecurityGroups" in p:
        p["VpcSecurityGroupIds"] = p.pop("VPCSecurityGroups")
    p.setdefault("DBInstanceIdentifier", s.own_name.lower())
    if "DBClusterIdentifier" in p:
        # CloudFormation invents these names; ours are those of aws-config.
        p["DBInstanceIdentifier"] = "{}-{}".format(
            p["DBClusterIdentifier"], s.logical.replace("Inventory", "").replace("Reader", "", s.region == "eu-central-1").lower()
        )
    own = p["DBInstanceIdentifier"]
    if "SourceDBInstanceIdentifier" in p:
        made = s.call("rds", "CreateDBInstanceReadReplica", without(p, "Engine", "BackupRetentionPeriod"))
        if "BackupRetentionPeriod" in p:
            s.call(
                "rds",
                "ModifyDBInstance",
                DBInstanceIdentifier=own,
                BackupRetentionPeriod=p["BackupRetentionPeriod"],
                ApplyImmediately=True,
            )
    else:
        made = s.call("rds", "CreateDBInstance", p)
    made = made["DBInstance"]
    if copies:
        s.account.call(
            "rds",
            copies["AutomaticBackupReplicationRegion"],
            "StartDBInstanceAutomatedBackupsReplication",
            {
                "SourceDBInstanceArn": made["DBInstanceArn"],
                "KmsKeyId": copies["AutomaticBackupReplicationKmsKeyId"],
                "BackupRetentionPeriod": copies["AutomaticBackupReplicationRetentionPeriod"],
            },
        )
    return own


@makes("AWS::RDS::GlobalCluster")
def _(s, p):
    s.call("rds", "CreateGlobalCluster", p)
    return {"Ref": p["GlobalClusterIdentifier"], "Where": "global"}


@makes("AWS::RDS::DBCluster")
def _(s, p):
    if "MasterUserPassword" in p:
        p["MasterUserPassword"] = CANARY
    else:
        # The second cluster of a global database has its users from the first; moto wants them.
        p.update(MasterUsername="inventory_admin", MasterUserPassword=CANARY)
    s.call("rds", "CreateDBCluster", p)
    return p["DBClusterIdentifier"]


@makes("AWS::DynamoDB::Table")
def _(s, p):
    recovery = p.pop("PointInTimeRecoverySpecification", None)
    p["SSESpecification"] = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": p["SSESpecification"]["KMSMasterKeyId"]}
    arn = s.call("dynamodb", "CreateTable", p)["TableDescription"]["TableArn"]
    if recovery:
        s.call("dynamodb", "UpdateContinuousBackups", TableName=p["TableName"], PointInTimeRecoverySpecification=recovery)
    return {"Ref": p["TableName"], "Arn": arn}


@makes("AWS::DynamoDB::GlobalTable")
def _(s, p):
    replicas, own = p.pop("Replicas"), p["TableName"]
    p["StreamSpecification"] = dict(p["StreamSpecification"], StreamEnabled=True)
    if "SSESpecification" in p:
        p["SSESpecification"] = {"Enabled": True}
    s.call("dynamodb", "CreateTable", p)
    for replica in replicas:
        region = replica["Region"]
        if region != s.region:
            s.call("dynamodb", "UpdateTable", TableName=own, ReplicaUpdates=[{"Create": {"RegionName": region}}])
    for replica in replicas:
        region = replica["Region"]
        if "PointInTimeRecoverySpecification" in replica:
            s.account.call(
                "dynamodb",
                region,
                "UpdateContinuousBackups",
                TableName=own,
                PointInTimeRecoverySpecification=replica["PointInTimeRecoverySpecification"],
            )
        s.account.call(
            "dynamodb", region, "UpdateTable", TableName=own, DeletionProtectionEnabled=replica["DeletionProtectionEnabled"]
        )
        if "Tags" in replica:
            arn = "arn:aws:dynamodb:{}:{}:table/{}".format(region, s.account.number, own)
            s.account.call("dynamodb", region, "TagResource", ResourceArn=arn, Tags=replica["Tags"])
    return own


@makes("AWS::S3::Bucket")
def _(s, p):
    own = p["BucketName"]
    where = {} if s.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": s.region}}
    s.call("s3", "CreateBucket", Bucket=own, **where)
    s.call("s3", "PutBucketVersioning", Bucket=own, VersioningConfiguration=p["VersioningConfiguration"])
    s.call("s3", "PutPublicAccessBlock", Bucket=own, PublicAccessBlockConfiguration=p["PublicAccessBlockConfiguration"])
    # Every bucket has it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]}
    s.call("s3", "PutBucketEncryption", Bucket=own, ServerSideEncryptionConfiguration=encryption)
    if "Tags" in p:
        s.call("s3", "PutBucketTagging", Bucket=own, Tagging={"TagSet": p["Tags"]})
    if "ReplicationConfiguration" in p:
        # Its target may be in a stack that is yet to come.
        rules = [dict(without(rule, "Id"), ID=rule["Id"]) for rule in p["ReplicationConfiguration"]["Rules"]]
        given = dict(p["ReplicationConfiguration"], Rules=rules)
        s.deployment.last.append(lambda: s.call("s3", "PutBucketReplication", Bucket=own, ReplicationConfiguration=given))
    return {"Ref": own, "Arn": "arn:aws:s3:::" + own}


@makes("AWS::S3::BucketPolicy")
def _(s, p):
    s.call("s3", "PutBucketPolicy", Bucket=p["Bucket"], Policy=p["PolicyDocument"])
    return s.own_name


# ---- order processing ------------------------------------------------------------------------------------------------


@makes("AWS::Lambda::Function")
def _(s, p):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", p["Code"]["ZipFile"])
    made = s.call("lambda", "CreateFunction", p, Code={"ZipFile": packed.getvalue()}, Tags=tag_map(p))
    return {"Ref": p["FunctionName"], "Arn": made["FunctionArn"]}


@makes("AWS::Lambda::Permission")
def _(s, p):
    s.call("lambda", "AddPermission", p, StatementId=s.logical)
    return s.own_name


@makes("AWS::StepFunctions::StateMachine")
def _(s, p):
    return s.call("stepfunctions", "CreateStateMachine", without(p, "StateMachineName"), name=p["StateMachineName"])[
        "stateMachineArn"
    ]


@makes("AWS::ApiGateway::RestApi")
def _(s, p):
    made = s.call("apigateway", "CreateRestApi", p)["id"]
    (root,) = s.call("apigateway", "GetResources", restApiId=made)["items"]
    return {"Ref": made, "RootResourceId": root["id"]}


@makes("AWS::ApiGateway::Resource")
def _(s, p):
    return s.call("apigateway", "CreateResource", p)["id"]


@makes("AWS::ApiGateway::Method")
def _(s, p):
    own = {name: p[name] for name in ("RestApiId", "ResourceId", "HttpMethod")}
    s.call("apigateway", "PutMethod", without(p, "Integration"))
    s.call("apigateway", "PutIntegration", dict(own, **p["Integration"]))
    return s.own_name


@makes("AWS::ApiGateway::Deployment")
def _(s, p):
    return s.call("apigateway", "CreateDeployment", p)["id"]


@makes("AWS::ApiGateway::Stage")
def _(s, p):
    s.call("apigateway", "CreateStage", p, Tags=tag_map(p))
    s.deployment.stages[p["RestApiId"]] = p["DeploymentId"]
    own = "arn:aws:apigateway:{}::/restapis/{}/stages/{}".format(s.region, p["RestApiId"], p["StageName"])
    return {"Ref": p["StageName"], "Own": own}


@makes("AWS::AppSync::GraphQLApi")
def _(s, p):
    made = s.call("appsync", "CreateGraphqlApi", p, Tags=tag_map(p))["graphqlApi"]
    return {"Ref": made["arn"], "Arn": made["arn"], "ApiId": made["apiId"]}


# ---- edge and DNS ----------------------------------------------------------------------------------------------------


@makes("AWS::WAFv2::WebACL")
def _(s, p):
    made = s.call("wafv2", "CreateWebACL", p)["Summary"]
    where = "global" if p["Scope"] == "CLOUDFRONT" else s.region
    ref = "|".join((made["Name"], made["Id"], p["Scope"]))
    return {"Ref": ref, "Arn": made["ARN"], "Id": made["Id"], "Own": made["Id"], "Where": where}


@makes("AWS::WAFv2::WebACLAssociation")
def _(s, p):
    arn = p["ResourceArn"]
    if "/stages/" not in arn:
        s.call("wafv2", "AssociateWebACL", p)
        return s.own_name

    def associate():
        # A stage that the template presumes: a web ACL cannot be associated with one that is not there.
        api, stage = arn.split("/restapis/")[1].split("/stages/")
        if stage != "prod":
            s.call("apigateway", "CreateStage", RestApiId=api, StageName=stage, DeploymentId=s.deployment.stages[api])
            s.deployment.made["only in the account: stage " + stage] = "{}/{}".format(s.region, arn)
        s.call("wafv2", "AssociateWebACL", p)

    s.deployment.last.append(associate)
    return s.own_name


@makes("AWS::CloudFront::OriginAccessControl")
def _(s, p):
    own = s.call("cloudfront", "CreateOriginAccessControl", p)["OriginAccessControl"]["Id"]
    return {"Ref": own, "Id": own}


@makes("AWS::CloudFront::Distribution")
def _(s, p):
    config = dict(p["DistributionConfig"])
    none = {"Quantity": 0, "Items": []}

    def behaviour(given):
        methods = given.get("AllowedMethods", ["HEAD", "GET"])
        # What the service fills in. https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CacheBehavior.html
        filled = {
            "TrustedSigners": {"Enabled": False, "Quantity": 0, "Items": []},
            "TrustedKeyGroups": {"Enabled": False, "Quantity": 0, "Items": []},
            "SmoothStreaming": False,
            "Compress": False,
            "LambdaFunctionAssociations": none,
            "FunctionAssociations": none,
            "FieldLevelEncryptionId": "",
        }
        filled.update(given)
        filled["AllowedMethods"] = {"Quantity": len(methods), "Items": methods, "CachedMethods": ["HEAD", "GET"]}
        return filled

    def origin(given):
        filled = {
            "OriginPath": "",
            "CustomHeaders": none,
            "ConnectionAttempts": 3,
            "ConnectionTimeout": 10,
            "OriginShield": {"Enabled": False},
            "OriginAccessControlId": "",
        }
        filled.update(given)
        if "CustomOriginConfig" in given:
            filled["CustomOriginConfig"] = dict(
                {"HTTPPort": 80, "HTTPSPort": 443, "OriginReadTimeout": 30, "OriginKeepaliveTimeout": 5},
                **given["CustomOriginConfig"],
            )
        return filled

    config["Origins"] = [origin(given) for given in config["Origins"]]
    config["DefaultCacheBehavior"] = behaviour(config["DefaultCacheBehavior"])
    config["CacheBehaviors"] = [behaviour(given) for given in config.get("CacheBehaviors", [])]
    filled = {
        "CallerReference": s.logical,
        "DefaultRootObject": "",
        "CustomErrorResponses": none,
        "PriceClass": "PriceClass_All",
        "WebACLId": "",
        "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
        "IsIPV6Enabled": False,
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0, "Items": []}},
        "ContinuousDeploymentPolicyId": "",
        "Staging": False,
    }
    config = dict(filled, **config)
    given = {"DistributionConfig": config, "Tags": {"Items": p.get("Tags", [])}}
    made = s.call("cloudfront", "CreateDistributionWithTags", DistributionConfigWithTags=given)["Distribution"]
    return {"Ref": made["Id"], "Id": made["Id"], "DomainName": made["DomainName"]}


@makes("AWS::GlobalAccelerator::Accelerator")
def _(s, p):
    made = s.call("globalaccelerator", "CreateAccelerator", p, IdempotencyToken=s.logical)["Accelerator"]
    return {"Ref": made["AcceleratorArn"], "DnsName": made["DnsName"]}


@makes("AWS::GlobalAccelerator::Listener")
def _(s, p):
    return s.call("globalaccelerator", "CreateListener", p, IdempotencyToken=s.logical)["Listener"]["ListenerArn"]


@makes("AWS::GlobalAccelerator::EndpointGroup")
def _(s, p):
    return s.call("globalaccelerator", "CreateEndpointGroup", p, IdempotencyToken=s.logical)["EndpointGroup"]["EndpointGroupArn"]


@makes("AWS::Shield::Protection")
def _(s, p):
    # Creating a subscription again changes nothing.
    s.call("shield", "CreateSubscription", {})
    own = s.call("shield", "CreateProtection", p)["ProtectionId"]
    return {"Ref": f"arn:aws:shield::{s.account.number}:protection/{own}", "ProtectionId": own}


@makes("AWS::Route53::HostedZone")
def _(s, p):
    own = s.call("route53", "CreateHostedZone", Name=p["Name"], CallerReference=s.account.number)["HostedZone"]["Id"].split("/")[-1]
    s.call("route53", "ChangeTagsForResource", ResourceType="hostedzone", ResourceId=own, AddTags=p["HostedZoneTags"])
    s.deployment.zones[p["Name"].rstrip(".") + "."] = own
    return {"Ref": own, "Id": own}


@makes("AWS::Route53::HealthCheck")
def _(s, p):
    # Whether it sends the name in TLS is on unless it is turned off; moto has it the other way round.
    config = dict({"EnableSNI": True}, **p["HealthCheckConfig"])
    own = s.call("route53", "CreateHealthCheck", CallerReference=s.logical, HealthCheckConfig=config)["HealthCheck"]["Id"]
    s.call("route53", "ChangeTagsForResource", ResourceType="healthcheck", ResourceId=own, AddTags=p["HealthCheckTags"])
    return {"Ref": own, "HealthCheckId": own}


@makes("AWS::Route53::RecordSet", "AWS::Route53::RecordSetGroup")
def _(s, p):
    changes = []
    for given in p.get("RecordSets", [p]):
        record = without(given, "HostedZoneName", "HostedZoneId")
        if "AliasTarget" in record:
            record["AliasTarget"] = dict({"EvaluateTargetHealth": False}, **record["AliasTarget"])
        else:
            record["ResourceRecords"] = [{"Value": value} for value in record["ResourceRecords"]]
        changes.append({"Action": "CREATE", "ResourceRecordSet": record})
    zone = p.get("HostedZoneId") or s.deployment.zones[p["HostedZoneName"]]
    s.call("route53", "ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch={"Changes": changes})
    records = [change["ResourceRecordSet"] for change in changes]
    names = [" ".join((r["Name"].rstrip(".") + ".", r["Type"], r.get("SetIdentifier", ""))).strip() for r in records]
    if "RecordSets" not in p:
        return names[0]
    for number, name in enumerate(names):
        s.note("{}.RecordSets[{}]".format(s.logical, number), name)
    # A group is nothing of its own in an account.
    return {"Ref": s.own_name, "Own": None}


# ---- backups, alarms -------------------------------------------------------------------------------------------------


@makes("AWS::Backup::BackupVault")
def _(s, p):
    s.call("backup", "CreateBackupVault", p)
    return p["BackupVaultName"]


@makes("AWS::Backup::BackupPlan")
def _(s, p):
    rules = [
        dict(without(rule, "TargetBackupVault"), TargetBackupVaultName=rule["TargetBackupVault"])
        for rule in p["BackupPlan"]["BackupPlanRule"]
    ]
    made = s.call("backup", "CreateBackupPlan", BackupPlan={"BackupPlanName": p["BackupPlan"]["BackupPlanName"], "Rules": rules})
    return made["BackupPlanId"]


@makes("AWS::Backup::BackupSelection")
def _(s, p):
    return s.call("backup", "CreateBackupSelection", p)["SelectionId"]


@makes("AWS::SNS::Topic")
def _(s, p):
    return s.call("sns", "CreateTopic", Name=p["TopicName"])["TopicArn"]


@makes("AWS::SNS::Subscription")
def _(s, p):
    return s.call("sns", "Subscribe", p)["SubscriptionArn"]


@makes("AWS::CloudWatch::Alarm")
def _(s, p):
    s.call("cloudwatch", "PutMetricAlarm", p, AlarmName=s.own_name)
    return s.own_name


@makes("AWS::CloudWatch::Dashboard")
def _(s, p):
    s.call("cloudwatch", "PutDashboard", p)
    return {"Ref": p["DashboardName"], "Where": "global"}


# ---- sets ------------------------------------------------------------------------------------------------------------


class Deployment:
    """A set in an account."""

    def __init__(self, url, name, number=None):
        self.set = name
        self.account = Account(url, number or ACCOUNTS[name])
        self.imports, self.zones, self.stages, self.made, self.last = {}, {}, {}, {}, []

    def deploy(self):
        # A service control policy is a management account's.
        self.account.call("organizations", "us-east-1", "CreateOrganization", FeatureSet="ALL")
        (root,) = self.account.call("organizations", "us-east-1", "ListRoots")["Roots"]
        parameters = template.parameters(FIXTURE / "parameters.json")
        # As in aws-config/make.py. The French shop's target stays in the EU.
        parameters.update(
            ReportingMultiAz="true",
            InventoryRetentionDays="14",
            FranceTarget="origin-eu.securecart.example.",
            OrganizationRootId=root["Id"],
        )
        # The standby vaults are in Regions without a template.
        for region in ("eu-west-1", "ap-southeast-1"):
            self.account.call("backup", region, "CreateBackupVault", BackupVaultName="securecart-dr")
        baseline = (
            self.account.call(
                "wafv2",
                "us-east-1",
                "CreateWebACL",
                {
                    "Name": "security-baseline",
                    "Scope": "CLOUDFRONT",
                    "DefaultAction": {"Allow": {}},
                    "Rules": [],
                    "VisibilityConfig": {
                        "SampledRequestsEnabled": True,
                        "CloudWatchMetricsEnabled": True,
                        "MetricName": "security-baseline",
                    },
                },
            )["Summary"]
            if self.set == "faulty"
            else {"ARN": None}
        )
        if "Id" in baseline:
            self.made["only in the account: web ACL security-baseline"] = "global/" + baseline["Id"]
            # Web ACLs whose only rule names a rule group of one's own.
            for name, action in (("partners-counted", "Count"), ("partners-blocked", "Block")):
                self.own_rule_group(name, {action: {}})
        # What another stack exports, of which there is no template.
        self.imports["security-baseline-PaymentWebAclArn"] = baseline["ARN"]
        for name in STACKS:
            if name in REGIONS:
                # Listeners need a certificate that is there, and nobody can choose its number.
                parameters["CertificateArn"] = self.account.call(
                    "acm", name, "RequestCertificate", DomainName="securecart.example"
                )["CertificateArn"]
            Stack(self, name, parameters).deploy()
        for function in self.last:
            function()
        return self.made

    def own_rule_group(self, name, action):
        def call(operation, **given):
            seen = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": name}
            rules = [dict(rule, VisibilityConfig=seen) for rule in given.pop("Rules")]
            given = dict(given, Name=name, Scope="REGIONAL", Rules=rules, VisibilityConfig=seen)
            return self.account.call("wafv2", "eu-central-1", operation, given)["Summary"]

        rate = {"RateBasedStatement": {"Limit": 1000, "AggregateKeyType": "IP"}}
        group = call("CreateRuleGroup", Capacity=10, Rules=[{"Name": "rate", "Priority": 0, "Action": action, "Statement": rate}])
        named = {"RuleGroupReferenceStatement": {"ARN": group["ARN"]}}
        rule = {"Name": "own", "Priority": 0, "OverrideAction": {"None": {}}, "Statement": named}
        made = call("CreateWebACL", DefaultAction={"Allow": {}}, Rules=[rule])
        self.made["only in the account: web ACL " + name] = "eu-central-1/" + made["Id"]


ORGANIZATION = {"management": "100000000001", "shop": "100000000002", "data": "100000000003", "closed": "100000000004"}


def organization(url):
    """An organisation of four accounts, one of them suspended, and enough in them for several pages."""
    management = Account(url, ORGANIZATION["management"])
    management.call("organizations", "us-east-1", "CreateOrganization", FeatureSet="ALL")
    for name in ("shop", "data", "closed"):
        # The test server takes the account's number from the address.
        management.call(
            "organizations",
            "us-east-1",
            "CreateAccount",
            AccountName="securecart-" + name,
            Email="aws+{}@securecart.example".format(ORGANIZATION[name]),
        )
    management.call("organizations", "us-east-1", "CloseAccount", AccountId=ORGANIZATION["closed"])

    def database(account, region, name, **more):
        given = {
            "DBInstanceIdentifier": name,
            "Engine": "mysql",
            "DBInstanceClass": "db.t4g.micro",
            "AllocatedStorage": 20,
            "MasterUsername": "admin",
            "MasterUserPassword": CANARY,
            "MultiAZ": True,
            "BackupRetentionPeriod": 7,
        }
        account.call("rds", region, "CreateDBInstance", dict(given, **more))

    def table(account, region, name, recovery):
        account.call(
            "dynamodb",
            region,
            "CreateTable",
            {
                "TableName": name,
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            },
        )
        if recovery:
            account.call(
                "dynamodb",
                region,
                "UpdateContinuousBackups",
                TableName=name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )

    shop, data = Account(url, ORGANIZATION["shop"]), Account(url, ORGANIZATION["data"])
    database(management, "eu-central-1", "audit", MultiAZ=False)
    database(shop, "eu-central-1", "shop-orders", MultiAZ=False)
    database(shop, "eu-central-1", "shop-users")
    table(shop, "us-east-1", "shop-sessions", False)
    table(data, "us-east-1", "lake-catalogue", True)
    # More than a page of each: RDS gives 100, Route 53 up to 300 and 100 by default, DynamoDB 100 names.
    for number in range(130):
        database(data, "eu-west-1", "tenant-{:03}".format(number), BackupRetentionPeriod=0 if number == 117 else 7)
    for number in range(110):
        table(data, "eu-west-1", "tenant-{:03}".format(number), number != 105)
    zone = data.call("route53", "us-east-1", "CreateHostedZone", Name="tenants.example", CallerReference="1")["HostedZone"]["Id"]
    records = [
        {
            "Name": "t{:03}.tenants.example".format(number),
            "Type": "CNAME",
            "TTL": 60,
            "SetIdentifier": name,
            "Weight": 1,
            "ResourceRecords": [{"Value": "lb.tenants.example"}],
        }
        for number in range(125)
        for name in ("blue", "green")
    ]
    for start in range(0, len(records), 50):
        changes = [{"Action": "CREATE", "ResourceRecordSet": record} for record in records[start : start + 50]]
        data.call("route53", "us-east-1", "ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch={"Changes": changes})
    return dict(ORGANIZATION, zone=zone)


def main(arguments):
    what, url = arguments[:2]
    number = arguments[2] if len(arguments) > 2 else None
    made = {}
    for name in ("good", "faulty", "organization") if what == "all" else (what,):
        start = time.time()
        made[name] = organization(url) if name == "organization" else Deployment(url, name, number).deploy()
        sys.stderr.write("{}: {:.1f} s\n".format(name, time.time() - start))
    print(json.dumps(made))


if __name__ == "__main__":
    main(sys.argv[1:])
