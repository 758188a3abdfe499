"""What moto does not have, and corrections of what it has.

Each entry follows the API reference and botocore's model (Apache-2.0) of its service. Where what was created is known, the
answer is made from that: ids are moto's. `gaps.json` lists all of it, and what is still missing.

    @answer(service, operation…)   answers instead of moto
    @before(service, operation…)   sees the call, and may change its body; what it returns goes to `after`
    @after(service, operation…)    corrects moto's answer

Answers without code are files: answers/SERVICE.OPERATION[.REGION].{json,xml}.
"""

import collections
import hashlib
import json
import pathlib
import re
import threading
import time
import xml.etree.ElementTree as ET

from wire import NAMESPACES, Answer, Refused, not_enabled

FOLDER = pathlib.Path(__file__).parent / "answers"
ANSWERS, BEFORE, AFTER = {}, {}, {}
MADE = 1772355600.0  # 2026-03-01T09:00:00Z

# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
REGIONS = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
]
OPT_IN = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
]
# Services with one endpoint for the partition, and the Region that it wants in the signature.
# https://docs.aws.amazon.com/general/latest/gr/rande.html#global-endpoints
SIGNED_IN = {
    "cloudfront": "us-east-1",
    "globalaccelerator": "us-west-2",
    "iam": "us-east-1",
    "organizations": "us-east-1",
    "route53": "us-east-1",
    "shield": "us-east-1",
}
# https://docs.aws.amazon.com/general/latest/gr/elb.html
ELB_ZONES = {
    "ap-southeast-1": "Z1LMS91P8CMLE5",
    "eu-central-1": "Z215JYRZR1TBD5",
    "eu-west-1": "Z32O12XQLNTSW2",
    "us-east-1": "Z35SXDOTRQ7X7K",
    "us-east-2": "Z3AADJGX6KTTL2",
    "us-west-2": "Z1H1FL5HABSF5",
}


class World:
    """What was created and moto does not hold, by account."""

    def __init__(self, ask):
        self.ask = ask
        self.lock = threading.RLock()
        self.held = collections.defaultdict(lambda: collections.defaultdict(dict))

    def of(self, call, kind):
        return self.held[call.account][kind]


def _register(table, service, operations):
    def register(function):
        for operation in operations:
            table[service, operation] = function
        return function

    return register


def answer(service, *operations):
    return _register(ANSWERS, service, operations)


def before(service, *operations):
    return _register(BEFORE, service, operations)


def after(service, *operations):
    return _register(AFTER, service, operations)


def prepare(call, world):
    """What is done before anybody answers."""
    function = BEFORE.get((call.service, call.operation))
    with world.lock:
        return function(call, world) if function else None


def answered(call, world):
    """The answer that is given instead of moto's, or None."""
    if call.region in OPT_IN and call.service not in SIGNED_IN:
        return not_enabled(call)
    if call.region != SIGNED_IN.get(call.service, call.region):
        # As any endpoint says to a signature for another Region.
        raise Refused("SignatureDoesNotMatch", "Credential should be scoped to a valid region.", 403)
    function = ANSWERS.get((call.service, call.operation))
    if function:
        with world.lock:
            return function(call, world)
    name = "{}.{}".format(call.service, call.operation)
    for stem in ("{}.{}".format(name, call.region), name):
        for suffix in ("json", "xml"):
            path = FOLDER / "{}.{}".format(stem, suffix)
            if path.exists():
                text = path.read_text()
                return json.loads(text) if suffix == "json" else text
    return None


def corrected(call, world, given, prepared):
    """moto's answer as it should have been, or None where there is nothing to correct."""
    function = AFTER.get((call.service, call.operation))
    if not function or given.status >= 300:
        return None
    with world.lock:
        return function(call, world, given, prepared)


# ---- helpers ---------------------------------------------------------------------------------------------------------


def digits(text, length):
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def uuid_of(text):
    own = digits(text, 32)
    return "-".join((own[:8], own[8:12], own[12:16], own[16:20], own[20:]))


def page(items, call, limit, token, default):
    """One page, and the token of the next or None."""
    size = int(call.input.get(limit) or default)
    start = int(call.input[token].rsplit("-", 1)[1]) if call.input.get(token) else 0
    items = list(items)
    return items[start : start + size], "page-{}".format(start + size) if start + size < len(items) else None


def listed(items, call, name, limit="MaxResults", token="NextToken", default=10):
    found, more = page(items, call, limit, token, default)
    output = {name: found}
    if more:
        output[token] = more
    return output


def json_of(given):
    return json.loads(given.body or b"{}")


def as_json(given, body):
    headers = {k: v for k, v in given.headers.items() if k.lower() != "content-type"}
    return Answer(given.status, json.dumps(body), dict(headers, **{"Content-Type": "application/x-amz-json-1.1"}))


class Xml:
    """An XML answer without its namespace, which is put back at the end."""

    def __init__(self, given):
        self.given = given
        text = given.body.decode()
        found = re.search(r'\sxmlns="([^"]*)"', text)
        self.namespace = found.group(1) if found else None
        self.root = ET.fromstring(re.sub(r'\sxmlns="[^"]*"', "", text))

    def all(self, name):
        return list(self.root.iter(name))

    def answer(self):
        if self.namespace:
            self.root.set("xmlns", self.namespace)
        body = b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(self.root)
        headers = {k: v for k, v in self.given.headers.items() if k.lower() != "content-type"}
        return Answer(self.given.status, body, dict(headers, **{"Content-Type": "text/xml"}))


def put(element, name, value):
    """Sets a child's text, or removes the child where the value is None."""
    child = element.find(name)
    if value is None:
        if child is not None:
            element.remove(child)
        return
    if child is None:
        child = ET.SubElement(element, name)
    child.text = value


def strings(parent, name, items, item):
    """A list as rest-xml writes it."""
    holder = ET.SubElement(parent, name)
    ET.SubElement(holder, "Quantity").text = str(len(items))
    inner = ET.SubElement(holder, "Items")
    for value in items:
        if isinstance(value, str):
            ET.SubElement(inner, item).text = value
        else:
            inner.append(value)
    return holder


# ---- accounts, Regions, organisations --------------------------------------------------------------------------------


def prepare_moto():
    """What moto makes up and others must know beforehand."""
    # Accounts that an organisation creates have the id that their address says.
    from moto.organizations.models import FakeAccount

    make = FakeAccount.__init__

    def with_id(self, organization, **kwargs):
        make(self, organization, **kwargs)
        said = re.search(r"\+(\d{12})@", kwargs["Email"])
        if said:
            self.id = said.group(1)

    FakeAccount.__init__ = with_id

    # A replica looks for its subnets where it is, not where its source is.
    from moto.rds.models import RDSBackend

    replicate = RDSBackend.create_db_instance_read_replica
    RDSBackend.create_db_instance_read_replica = lambda self, given: replicate(self, dict({"backend": self}, **given))

    # Instances of a scaling group are spread over its subnets, not all started in the first.
    from moto.autoscaling.models import FakeAutoScalingGroup

    launch = FakeAutoScalingGroup.replace_autoscaling_group_instances

    def spread(self, count_needed, propagated_tags):
        given = self.vpc_zone_identifier
        subnets = (given or "").split(",")
        try:
            for _ in range(count_needed):
                first = len(self.instance_states) % len(subnets)
                self.vpc_zone_identifier = given and ",".join(subnets[first:] + subnets[:first])
                launch(self, 1, dict(propagated_tags))
        finally:
            self.vpc_zone_identifier = given

    FakeAutoScalingGroup.replace_autoscaling_group_instances = spread

    # Ids of hosted zones begin with Z.
    import moto.route53.models as route53

    make_zone = route53.create_route53_zone_id
    route53.create_route53_zone_id = lambda **given: "Z" + make_zone(**given)[1:]

    # Templates write the ARN of a load balancer of another stack, so its last part must be known.
    import moto.elbv2.models as elbv2

    arn = elbv2.make_arn_for_load_balancer
    elbv2.make_arn_for_load_balancer = lambda account_id, lb_id, name, region_name: arn(
        account_id, "50dc6c495c0c9188", name, region_name
    )


@after("sts", "GetCallerIdentity")
def _(call, world, given, prepared):
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: a user's ARN is IAM's.
    given.body = re.sub(rb"arn:aws:sts::(\d+):user/\w+", rb"arn:aws:iam::\1:user/skylint", given.body)
    return given


@answer("ec2", "DescribeRegions")
def _(call, world):
    # moto says that every Region is opted in to, and does not know AllRegions.
    wanted = [value for name, value in call.input.items() if name.startswith("RegionName.")]
    every = REGIONS + (OPT_IN if call.input.get("AllRegions") == "true" or wanted else [])
    items = "".join(
        "<item><regionEndpoint>ec2.{0}.amazonaws.com</regionEndpoint><regionName>{0}</regionName><optInStatus>{1}</optInStatus></item>".format(
            region, "not-opted-in" if region in OPT_IN else "opt-in-not-required"
        )
        for region in sorted(every)
        if not wanted or region in wanted
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        "<requestId>{}</requestId><regionInfo>{}</regionInfo></DescribeRegionsResponse>"
    ).format(uuid_of(str(time.time())), items)


@answer("account", "ListRegions")
def _(call, world):
    wanted = call.input.get("RegionOptStatusContains")
    every = [{"RegionName": r, "RegionOptStatus": "ENABLED_BY_DEFAULT"} for r in REGIONS]
    every += [{"RegionName": r, "RegionOptStatus": "DISABLED"} for r in OPT_IN]
    return listed([r for r in every if not wanted or r["RegionOptStatus"] in wanted], call, "Regions", default=50)


# ---- databases -------------------------------------------------------------------------------------------------------


@before("rds", "CreateDBInstanceReadReplica")
def _(call, world):
    # moto's replica is a copy of its source, in what the call does not say too.
    own = (call.region, call.input["DBInstanceIdentifier"])
    world.of(call, "replicas")[own] = dict(call.input)


@before("rds", "ModifyDBInstance")
def _(call, world):
    replica = world.of(call, "replicas").get((call.region, call.input["DBInstanceIdentifier"]))
    if replica is not None:
        replica.update(call.input)


@before("rds", "CreateDBCluster")
def _(call, world):
    world.of(call, "clusters")[call.region, call.input["DBClusterIdentifier"]] = dict(call.input)


def correct_instance(call, world, instance):
    name = instance.findtext("DBInstanceIdentifier")
    replica = world.of(call, "replicas").get((call.region, name))
    zone = instance.findtext("AvailabilityZone")
    # moto has one for all.
    put(instance, "DbiResourceId", "db-" + digits(call.account + call.region + name, 26).upper())
    if replica:
        # "Multi-AZ" of a replica is its own; it is off, and there are no backups, unless the call asks for them.
        # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstanceReadReplica.html
        put(instance, "MultiAZ", replica.get("MultiAZ", "false"))
        put(instance, "BackupRetentionPeriod", replica.get("BackupRetentionPeriod", "0"))
        put(instance, "DeletionProtection", replica.get("DeletionProtection", "false"))
        put(instance, "MasterUserSecret", None)
        # A replica from another Region is in a zone of its own Region.
        zone = replica.get("AvailabilityZone") or call.region + "a"
    if not zone or not zone.startswith(call.region):
        zone = call.region + "a"
    put(instance, "AvailabilityZone", zone)
    # moto does not know it. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    put(instance, "BackupTarget", world.of(call, "backup targets").get((call.region, name), "region"))
    cluster = instance.findtext("DBClusterIdentifier")
    if cluster:
        kept = world.of(call, "clusters").get((call.region, cluster), {})
        put(instance, "BackupRetentionPeriod", kept.get("BackupRetentionPeriod", "1"))
        put(instance, "MultiAZ", "false")
    # "If present, specifies the name of the secondary Availability Zone for a DB instance with multi-AZ support."
    second = call.region + ("b" if zone.endswith("a") else "a")
    put(instance, "SecondaryAvailabilityZone", second if instance.findtext("MultiAZ") == "true" else None)
    copies = [
        own
        for own, kept in world.of(call, "copied backups").items()
        if kept.findtext("DBInstanceArn") == instance.findtext("DBInstanceArn")
    ]
    if copies:
        put(instance, "DBInstanceAutomatedBackupsReplications", "")
        for own in copies:
            texts(
                ET.SubElement(instance.find("DBInstanceAutomatedBackupsReplications"), "DBInstanceAutomatedBackupsReplication"),
                ("DBInstanceAutomatedBackupsArn", own),
            )
    # There is nothing to restore to without backups. Aurora's are its cluster's.
    if instance.findtext("BackupRetentionPeriod") == "0" or cluster:
        put(instance, "LatestRestorableTime", None)


@after("rds", "DescribeDBInstances", "CreateDBInstance", "CreateDBInstanceReadReplica", "ModifyDBInstance")
def _(call, world, given, prepared):
    xml = Xml(given)
    for instance in xml.all("DBInstance"):
        if instance.find("DBInstanceIdentifier") is not None:
            correct_instance(call, world, instance)
    return xml.answer()


@after("rds", "DescribeDBClusters")
def _(call, world, given, prepared):
    # "Indicates whether the DB cluster has instances in multiple Availability Zones": moto always says false.
    # The zones of the members are moto's, which it keeps.
    if b"<DBClusterMember>" not in given.body:
        return None
    xml = Xml(given)
    zones = world.of(call, "zones")
    for cluster in xml.all("DBCluster"):
        members = [m.findtext("DBInstanceIdentifier") for m in cluster.iter("DBClusterMember")]
        put(cluster, "MultiAZ", "true" if len({zones.get((call.region, m)) for m in members}) > 1 else "false")
    return xml.answer()


@before("rds", "CreateDBInstance")
def _(call, world):
    zone = call.input.get("AvailabilityZone") or call.region + "a"
    world.of(call, "zones")[call.region, call.input["DBInstanceIdentifier"]] = zone
    world.of(call, "backup targets")[call.region, call.input["DBInstanceIdentifier"]] = call.input.get("BackupTarget", "region")


@answer("rds", "StartDBInstanceAutomatedBackupsReplication")
def _(call, world):
    """Backups in another Region: the call is made there."""
    source = call.input["SourceDBInstanceArn"]
    own = "arn:aws:rds:{}:{}:auto-backup:ab-{}".format(call.region, call.account, digits(call.region + source, 26))
    backup = texts(
        ET.Element("DBInstanceAutomatedBackup"),
        ("DBInstanceArn", source),
        ("Region", source.split(":")[3]),
        ("DBInstanceIdentifier", source.split(":")[-1]),
        ("DBInstanceAutomatedBackupsArn", own),
        ("Status", "replicating"),
        ("Encrypted", "true"),
        ("KmsKeyId", call.input.get("KmsKeyId", "")),
        ("BackupRetentionPeriod", call.input.get("BackupRetentionPeriod", "7")),
    )
    world.of(call, "copied backups")[own] = backup
    name = call.operation
    return (
        '<{0}Response xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><{0}Result>{1}</{0}Result>'
        "<ResponseMetadata><RequestId>{2}</RequestId></ResponseMetadata></{0}Response>"
    ).format(name, ET.tostring(backup).decode(), uuid_of(own))


@after("rds", "DescribeDBInstanceAutomatedBackups")
def _(call, world, given, prepared):
    mine = [kept for own, kept in world.of(call, "copied backups").items() if own.split(":")[3] == call.region]
    if not mine or call.input.get("Marker"):
        return None
    xml = Xml(given)
    for holder in xml.all("DBInstanceAutomatedBackups"):
        holder.extend(mine)
    return xml.answer()


@answer("rds", "DescribeDBClusterAutomatedBackups")
def _(call, world):
    return (
        '<DescribeDBClusterAutomatedBackupsResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/">'
        "<DescribeDBClusterAutomatedBackupsResult><DBClusterAutomatedBackups/></DescribeDBClusterAutomatedBackupsResult>"
        "<ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></DescribeDBClusterAutomatedBackupsResponse>"
    ).format(uuid_of("x"))


DYNAMODB = "DynamoDB_20120810."


@before("dynamodb", "UpdateTable")
def _(call, world):
    """A replica is a table in another Region, which moto does not make."""
    own = call.input["TableName"]
    replicas = world.of(call, "tables").setdefault(own, {call.region: MADE})
    for update in call.input.get("ReplicaUpdates", []):
        region = update["Create"]["RegionName"]
        table = world.ask(call.account, call.region, "dynamodb", DYNAMODB + "DescribeTable", {"TableName": own})["Table"]
        made = {
            name: table[name] for name in ("TableName", "AttributeDefinitions", "KeySchema", "StreamSpecification") if name in table
        }
        made["BillingMode"] = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
        if table.get("SSEDescription", {}).get("Status") == "ENABLED":
            made["SSESpecification"] = {"Enabled": True}
        world.ask(call.account, region, "dynamodb", DYNAMODB + "CreateTable", made)
        replicas[region] = MADE
    call.body = json.dumps({k: v for k, v in call.input.items() if k != "ReplicaUpdates"}).encode()


@after("dynamodb", "DescribeTable")
def _(call, world, given, prepared):
    # What has replicas says where the others are. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
    body = json_of(given)
    replicas = world.of(call, "tables").get(body["Table"]["TableName"], {})
    if len(replicas) < 2 or call.region not in replicas:
        return None
    body["Table"]["GlobalTableVersion"] = "2019.11.21"
    body["Table"]["Replicas"] = [
        {"RegionName": region, "ReplicaStatus": "ACTIVE", "ReplicaTableClassSummary": {"TableClass": "STANDARD"}}
        for region in replicas
        if region != call.region
    ]
    return as_json(given, body)


# ---- load balancers, WAF ---------------------------------------------------------------------------------------------


@after("elbv2", "CreateLoadBalancer", "DescribeLoadBalancers")
def _(call, world, given, prepared):
    # moto: securecart-web-eu-1.eu-central-1.elb.amazonaws.com in a made-up zone, the same in every account and Region.
    xml = Xml(given)
    for name in xml.all("DNSName"):
        name.text = re.sub(r"-1(\.[a-z0-9-]+\.elb\.amazonaws\.com)$", r"-1234567890\1", name.text)
    for zone in xml.all("CanonicalHostedZoneId"):
        zone.text = ELB_ZONES.get(call.region, zone.text)
    for balancer in xml.all("member"):
        name = balancer.find("DNSName")
        if name is None:
            continue
        # "The default is an Internet-facing load balancer." moto leaves it out.
        put(balancer, "Scheme", balancer.findtext("Scheme") or "internet-facing")
        if balancer.findtext("Scheme") == "internal" and not name.text.startswith("internal-"):
            name.text = "internal-" + name.text
    return xml.answer()


@after("s3", "ListBuckets")
def _(call, world, given, prepared):
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html: BucketRegion, where MaxBuckets is given.
    from moto.s3.models import s3_backends

    held = s3_backends[call.account]["aws"].buckets
    xml = Xml(given)
    for bucket in xml.all("Bucket"):
        put(bucket, "BucketRegion", held[bucket.findtext("Name")].region_name)
    return xml.answer()


# https://docs.aws.amazon.com/waf/latest/APIReference/API_ListResourcesForWebACL.html
RESOURCE_TYPES = {
    "APPLICATION_LOAD_BALANCER": ":elasticloadbalancing:",
    "API_GATEWAY": ":apigateway:",
    "APPSYNC": ":appsync:",
    "COGNITO_USER_POOL": ":cognito-idp:",
    "APP_RUNNER_SERVICE": ":apprunner:",
    "VERIFIED_ACCESS_INSTANCE": ":ec2:",
    "AMPLIFY": ":amplify:",
}


@before("wafv2", "AssociateWebACL", "DisassociateWebACL")
def _(call, world):
    # A resource has at most one web ACL.
    associated = world.of(call, "web ACLs")
    associated.pop(call.input["ResourceArn"], None)
    if "WebACLArn" in call.input:
        associated[call.input["ResourceArn"]] = call.input["WebACLArn"]


@answer("wafv2", "ListResourcesForWebACL")
def _(call, world):
    kind = call.input.get("ResourceType", "APPLICATION_LOAD_BALANCER")
    if kind not in RESOURCE_TYPES:
        raise Refused("WAFInvalidParameterException", "Error reason: You have used an invalid RESOURCE_TYPE")
    own = call.input["WebACLArn"]
    if ":global/" in own:
        # "For Amazon CloudFront, don't use this call." https://docs.aws.amazon.com/waf/latest/APIReference/API_ListResourcesForWebACL.html
        raise Refused(
            "WAFInvalidParameterException", "Error reason: The ARN isn't valid. A valid ARN begins with arn: …, field: RESOURCE_ARN"
        )
    found = [resource for resource, acl in world.of(call, "web ACLs").items() if acl == own and RESOURCE_TYPES[kind] in resource]
    return {"ResourceArns": found}


@answer("wafv2", "ListWebACLs", "GetWebACL", "ListIPSets", "ListRuleGroups")
def _(call, world):
    # "To work with CloudFront, you must also specify the Region US East (N. Virginia)"; moto answers everywhere.
    if call.input.get("Scope") == "CLOUDFRONT" and call.region != "us-east-1":
        raise Refused(
            "WAFInvalidParameterException", "Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT"
        )
    return None


@answer("shield", "CreateSubscription")
def _(call, world):
    world.of(call, "shield").setdefault("protections", {})
    return {}


@answer("shield", "CreateProtection")
def _(call, world):
    # moto does not take the ARN of a distribution.
    held = world.of(call, "shield").setdefault("protections", {})
    arn = call.input["ResourceArn"]
    own = hashlib.sha256(arn.encode()).hexdigest()[:8] + "-0000-4000-8000-000000000000"
    held[own] = {
        "Id": own,
        "Name": call.input["Name"],
        "ResourceArn": arn,
        "HealthCheckIds": [],
        "ProtectionArn": f"arn:aws:shield::{call.account}:protection/{own}",
    }
    return {"ProtectionId": own}


@answer("shield", "ListProtections", "DescribeSubscription", "ListProtectionGroups")
def _(call, world):
    # Without a subscription there is nothing to list: moto gives an empty list.
    # https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_ListProtections.html
    held = world.of(call, "shield").get("protections")
    if held is None:
        raise Refused("ResourceNotFoundException", "The subscription does not exist.")
    if call.operation == "DescribeSubscription":
        limits = {"ProtectionLimits": {"ProtectedResourceTypeLimits": []}, "ProtectionGroupLimits": {
            "MaxProtectionGroups": 100, "PatternTypeLimits": {"ArbitraryPatternLimits": {"MaxMembers": 1000}}}}
        return {"Subscription": {"AutoRenew": "ENABLED", "ProactiveEngagementStatus": "DISABLED", "SubscriptionLimits": limits}}
    return {"Protections": list(held.values())} if call.operation == "ListProtections" else None


# ---- Route 53 --------------------------------------------------------------------------------------------------------


@before("route53", "ListResourceRecordSets")
def _(call, world):
    # All of them from moto, whose pages repeat records: it does not know the third part of the cursor.
    call.target = call.path + "?maxitems=1000000"


def record_order(record):
    """Names are sorted by their labels from the right. https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html"""
    return order_of(*(record.findtext(name, "") for name in ("Name", "Type", "SetIdentifier")))


def order_of(name, kind, identifier):
    return ".".join(reversed(name.lower().rstrip(".").split("."))), kind, identifier


@after("route53", "ListResourceRecordSets")
def _(call, world, given, prepared):
    # An alias has no TTL (moto: 0), and names in answers end with a dot.
    # https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
    xml = Xml(given)
    for value in xml.all("Value"):
        # moto's SOA is the text of a Python dictionary.
        wrapped = re.fullmatch(r"\{'Value': '(.*)'\}", value.text or "")
        value.text = wrapped.group(1) if wrapped else value.text
    for record in xml.all("ResourceRecordSet"):
        alias = record.find("AliasTarget")
        if alias is None:
            continue
        put(record, "TTL", None)
        empty = record.find("ResourceRecords")
        if empty is not None and not len(empty):
            record.remove(empty)
        name = alias.find("DNSName")
        name.text = name.text.lower().rstrip(".") + "."
    holder = xml.root.find("ResourceRecordSets")
    size = min(int(call.input.get("MaxItems") or 300), 300)
    start = order_of(*(call.input.get("StartRecord" + part, "") for part in ("Name", "Type", "Identifier")))
    rest = [record for record in sorted(holder, key=record_order) if record_order(record) >= start]
    holder[:] = rest[:size]
    put(xml.root, "IsTruncated", str(len(rest) > size).lower())
    put(xml.root, "MaxItems", str(size))
    for part in ("Name", "Type", "SetIdentifier"):
        value = rest[size].findtext(part) if len(rest) > size else None
        put(xml.root, "NextRecord" + part.replace("Set", ""), value)
    return xml.answer()


# ---- CloudFront: all of it, because moto loses origin groups and access controls, and lists seven fields --------------

CLOUDFRONT = ' xmlns="{}"'.format(NAMESPACES["cloudfront"])
# https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionSummary.html
SUMMARY = [
    "Staging",
    "Aliases",
    "Origins",
    "OriginGroups",
    "DefaultCacheBehavior",
    "CacheBehaviors",
    "CustomErrorResponses",
    "Comment",
    "PriceClass",
    "Enabled",
    "ViewerCertificate",
    "Restrictions",
    "WebACLId",
    "HttpVersion",
    "IsIPV6Enabled",
]


def plain(text):
    return ET.fromstring(re.sub(r'\sxmlns="[^"]*"', "", text.decode() if isinstance(text, bytes) else text))


def cloudfront_xml(root):
    root.set("xmlns", NAMESPACES["cloudfront"])
    return '<?xml version="1.0"?>\n' + ET.tostring(root).decode()


def with_etag(text, own, status=200, location=None):
    headers = {"Content-Type": "text/xml", "ETag": "E" + digits(own, 13).upper()}
    if location:
        headers["Location"] = location
    return Answer(status, text, headers)


def texts(root, *pairs):
    for name, value in pairs:
        ET.SubElement(root, name).text = value
    return root


@answer("cloudfront", "CreateDistribution", "CreateDistributionWithTags")
def _(call, world):
    root = plain(call.body)
    config = root.find("DistributionConfig") if root.tag == "DistributionConfigWithTags" else root
    held = world.of(call, "distributions")
    # The id depends on what the caller calls it, so that it is the same in each run.
    own = "E" + digits(call.account + config.findtext("CallerReference"), 13).upper()
    tags = {tag.findtext("Key"): tag.findtext("Value", "") for tag in root.iter("Tag")}
    held[own] = {
        "config": config,
        "tags": tags,
        "domain": "d{}.cloudfront.net".format(digits(own, 13)),
        "arn": "arn:aws:cloudfront::{}:distribution/{}".format(call.account, own),
    }
    return with_etag(cloudfront_xml(distribution(own, held[own])), own, 201, "/2020-05-31/distribution/" + own)


def distribution(own, kept):
    root = texts(
        ET.Element("Distribution"),
        ("Id", own),
        ("ARN", kept["arn"]),
        ("Status", "Deployed"),
        ("LastModifiedTime", "2026-03-01T09:00:00.000Z"),
        ("InProgressInvalidationBatches", "0"),
        ("DomainName", kept["domain"]),
    )
    root.append(kept["config"])
    return root


def the_distribution(call, world):
    kept = world.of(call, "distributions").get(call.input["Id"])
    if not kept:
        raise Refused("NoSuchDistribution", "The specified distribution does not exist.", 404)
    return kept


@answer("cloudfront", "GetDistribution")
def _(call, world):
    return with_etag(cloudfront_xml(distribution(call.input["Id"], the_distribution(call, world))), call.input["Id"])


@answer("cloudfront", "GetDistributionConfig")
def _(call, world):
    config = the_distribution(call, world)["config"]
    return with_etag(
        ET.tostring(config).decode().replace("<DistributionConfig", "<DistributionConfig" + CLOUDFRONT, 1), call.input["Id"]
    )


@answer("cloudfront", "ListDistributions")
def _(call, world):
    every = sorted(world.of(call, "distributions").items())
    start, size = call.input.get("Marker", ""), int(call.input.get("MaxItems") or 100)
    rest = [(own, kept) for own, kept in every if own > start]
    shown = rest[:size]
    summaries = []
    for own, kept in shown:
        summary = texts(
            ET.Element("DistributionSummary"),
            ("Id", own),
            ("ARN", kept["arn"]),
            ("ETag", "E" + digits(own, 13).upper()),
            ("Status", "Deployed"),
            ("LastModifiedTime", "2026-03-01T09:00:00.000Z"),
            ("DomainName", kept["domain"]),
        )
        summary.extend(child for name in SUMMARY for child in kept["config"].findall(name))
        summaries.append(summary)
    root = texts(
        ET.Element("DistributionList"), ("Marker", start), ("MaxItems", str(size)), ("IsTruncated", str(len(rest) > size).lower())
    )
    if len(rest) > size:
        texts(root, ("NextMarker", shown[-1][0]))
    texts(root, ("Quantity", str(len(shown))))
    if summaries:
        ET.SubElement(root, "Items").extend(summaries)
    return cloudfront_xml(root)


@answer("cloudfront", "ListTagsForResource")
def _(call, world):
    for kept in world.of(call, "distributions").values():
        if kept["arn"] == call.input["Resource"]:
            root = ET.Element("Tags")
            items = ET.SubElement(root, "Items")
            for key, value in kept["tags"].items():
                texts(ET.SubElement(items, "Tag"), ("Key", key), ("Value", value))
            return cloudfront_xml(root)
    raise Refused("NoSuchResource", "The specified resource does not exist.", 404)


@answer("cloudfront", "CreateOriginAccessControl")
def _(call, world):
    config = plain(call.body)
    own = "E" + digits(call.account + config.findtext("Name"), 13).upper()
    world.of(call, "access controls")[own] = config
    root = texts(ET.Element("OriginAccessControl"), ("Id", own))
    root.append(config)
    return with_etag(cloudfront_xml(root), own, 201, "/2020-05-31/origin-access-control/" + own)


@answer("cloudfront", "ListOriginAccessControls")
def _(call, world):
    every = world.of(call, "access controls")
    root = texts(
        ET.Element("OriginAccessControlList"),
        ("Marker", ""),
        ("MaxItems", "100"),
        ("IsTruncated", "false"),
        ("Quantity", str(len(every))),
    )
    items = ET.SubElement(root, "Items")
    for own, config in every.items():
        summary = texts(
            ET.SubElement(items, "OriginAccessControlSummary"), ("Id", own), ("Description", config.findtext("Description", ""))
        )
        summary.extend(
            config.find(name) for name in ("Name", "SigningProtocol", "SigningBehavior", "OriginAccessControlOriginType")
        )
    return cloudfront_xml(root)


def managed(call, kind):
    """A list of AWS's own policies, which every account has, from its file; nothing for `Type=custom`."""
    root = plain((FOLDER / "cloudfront.List{}Policies.managed.xml".format(kind)).read_text())
    if call.input.get("Type") == "custom":
        root.find("Items").clear()
        root.find("Quantity").text = "0"
    return root


@answer("cloudfront", "ListCachePolicies")
def _(call, world):
    return cloudfront_xml(managed(call, "Cache"))


@answer("cloudfront", "ListOriginRequestPolicies")
def _(call, world):
    return cloudfront_xml(managed(call, "OriginRequest"))


@answer("cloudfront", "GetCachePolicy", "GetOriginRequestPolicy")
def _(call, world):
    kind = "Cache" if call.operation == "GetCachePolicy" else "OriginRequest"
    for policy in managed(call, kind).iter(kind + "Policy"):
        if policy.findtext("Id") == call.input["Id"]:
            return with_etag(cloudfront_xml(policy), call.input["Id"])
    raise Refused("NoSuch{}Policy".format(kind), "The specified policy does not exist.", 404)


@answer("cloudfront", "ListFunctions")
def _(call, world):
    return "<FunctionList{}><MaxItems>100</MaxItems><Quantity>0</Quantity></FunctionList>".format(CLOUDFRONT)


@answer("cloudfront", "ListResponseHeadersPolicies")
def _(call, world):
    return "<ResponseHeadersPolicyList{}><MaxItems>100</MaxItems><Quantity>0</Quantity></ResponseHeadersPolicyList>".format(
        CLOUDFRONT
    )


# ---- Global Accelerator: all of it -----------------------------------------------------------------------------------


@answer("globalaccelerator", "CreateAccelerator")
def _(call, world):
    own = uuid_of(call.account + call.input["Name"])
    arn = "arn:aws:globalaccelerator::{}:accelerator/{}".format(call.account, own)
    addresses = ["198.51.100.1", "198.51.100.2"]
    accelerator = {
        "AcceleratorArn": arn,
        "Name": call.input["Name"],
        "IpAddressType": call.input.get("IpAddressType", "IPV4"),
        "Enabled": call.input.get("Enabled", True),
        "IpSets": [{"IpFamily": "IPv4", "IpAddresses": addresses, "IpAddressFamily": "IPv4"}],
        "DnsName": "a{}.awsglobalaccelerator.com".format(digits(arn, 16)),
        "Status": "DEPLOYED",
        "CreatedTime": MADE,
        "LastModifiedTime": MADE,
        "Events": [],
    }
    world.of(call, "accelerators")[arn] = accelerator
    world.of(call, "tags")[arn] = call.input.get("Tags", [])
    return {"Accelerator": accelerator}


@answer("globalaccelerator", "CreateListener")
def _(call, world):
    parent = call.input["AcceleratorArn"]
    arn = "{}/listener/{}".format(parent, digits(parent + json.dumps(call.input["PortRanges"]), 8))
    listener = {
        "ListenerArn": arn,
        "PortRanges": call.input["PortRanges"],
        "Protocol": call.input.get("Protocol", "TCP"),
        "ClientAffinity": call.input.get("ClientAffinity", "NONE"),
    }
    world.of(call, "listeners")[arn] = listener
    return {"Listener": listener}


@answer("globalaccelerator", "CreateEndpointGroup")
def _(call, world):
    parent, region = call.input["ListenerArn"], call.input["EndpointGroupRegion"]
    arn = "{}/endpoint-group/{}".format(parent, digits(parent + region, 12))
    group = {
        "EndpointGroupArn": arn,
        "EndpointGroupRegion": region,
        "TrafficDialPercentage": call.input.get("TrafficDialPercentage", 100.0),
        "HealthCheckPort": call.input.get("HealthCheckPort", 443),
        "HealthCheckProtocol": call.input.get("HealthCheckProtocol", "TCP"),
        "HealthCheckIntervalSeconds": 30,
        "ThresholdCount": 3,
        "PortOverrides": [],
        "EndpointDescriptions": [
            {
                "EndpointId": given["EndpointId"],
                "Weight": given.get("Weight", 128),
                "HealthState": "HEALTHY",
                "ClientIPPreservationEnabled": given.get("ClientIPPreservationEnabled", True),
            }
            for given in call.input.get("EndpointConfigurations", [])
        ],
    }
    if "HealthCheckPath" in call.input:
        group["HealthCheckPath"] = call.input["HealthCheckPath"]
    world.of(call, "endpoint groups")[arn] = group
    return {"EndpointGroup": group}


@answer("globalaccelerator", "ListAccelerators")
def _(call, world):
    return listed(world.of(call, "accelerators").values(), call, "Accelerators")


@answer("globalaccelerator", "ListListeners")
def _(call, world):
    parent = call.input["AcceleratorArn"]
    if parent not in world.of(call, "accelerators"):
        raise Refused("AcceleratorNotFoundException", "Accelerator not found")
    return listed([kept for arn, kept in world.of(call, "listeners").items() if arn.startswith(parent + "/")], call, "Listeners")


@answer("globalaccelerator", "ListEndpointGroups")
def _(call, world):
    parent = call.input["ListenerArn"]
    if parent not in world.of(call, "listeners"):
        raise Refused("ListenerNotFoundException", "Listener not found")
    return listed(
        [kept for arn, kept in world.of(call, "endpoint groups").items() if arn.startswith(parent + "/")], call, "EndpointGroups"
    )


@answer("globalaccelerator", "ListTagsForResource")
def _(call, world):
    return {"Tags": world.of(call, "tags").get(call.input["ResourceArn"], [])}


@answer("globalaccelerator", "ListCustomRoutingAccelerators")
def _(call, world):
    return {"Accelerators": []}


# ---- Direct Connect: all of it, because moto's connections have ARNs for ids -------------------------------------------


@answer("directconnect", "CreateConnection")
def _(call, world):
    own = "dxcon-" + digits(call.account + call.region + call.input["connectionName"], 8)
    location = call.input["location"]
    # All connections of a group end where it does.
    device = world.of(call, "lags").get(call.input.get("lagId"), {}).get("awsDeviceV2") or location + "-" + digits(own, 12)
    connection = {
        "ownerAccount": call.account,
        "connectionId": own,
        "connectionName": call.input["connectionName"],
        "connectionState": "available",
        "region": call.region,
        "location": location,
        "bandwidth": call.input["bandwidth"],
        "jumboFrameCapable": True,
        "awsDeviceV2": device,
        "awsLogicalDeviceId": device,
        "hasLogicalRedundancy": "unknown",
        "tags": call.input.get("tags", []),
        "providerName": "",
        "macSecCapable": False,
        "portEncryptionStatus": "Encryption Down",
        "encryptionMode": "no_encrypt",
        "macSecKeys": [],
    }
    if "lagId" in call.input:
        connection["lagId"] = call.input["lagId"]
    world.of(call, "connections")[own] = connection
    return connection


@answer("directconnect", "CreateLag")
def _(call, world):
    own = "dxlag-" + digits(call.account + call.region + call.input["lagName"], 8)
    location = call.input["location"]
    lag = {
        "connectionsBandwidth": call.input["connectionsBandwidth"],
        "numberOfConnections": call.input["numberOfConnections"],
        "lagId": own,
        "ownerAccount": call.account,
        "lagName": call.input["lagName"],
        "lagState": "available",
        "location": location,
        "region": call.region,
        "minimumLinks": 0,
        "awsDeviceV2": location + "-" + digits(own, 12),
        "awsLogicalDeviceId": location + "-" + digits(own, 12),
        "allowsHostedConnections": False,
        "jumboFrameCapable": True,
        "hasLogicalRedundancy": "unknown",
        "tags": call.input.get("tags", []),
        "providerName": "",
        "macSecCapable": False,
        "encryptionMode": "no_encrypt",
        "macSecKeys": [],
    }
    world.of(call, "lags")[own] = lag
    return lag


@answer("directconnect", "UpdateLag")
def _(call, world):
    lag = world.of(call, "lags")[call.input["lagId"]]
    lag["minimumLinks"] = int(call.input["minimumLinks"])
    return lag


@answer("directconnect", "CreateDirectConnectGateway")
def _(call, world):
    own = uuid_of(call.account + call.input["directConnectGatewayName"])
    gateway = {
        "directConnectGatewayId": own,
        "directConnectGatewayName": call.input["directConnectGatewayName"],
        "amazonSideAsn": call.input.get("amazonSideAsn", 64512),
        "ownerAccount": call.account,
        "directConnectGatewayState": "available",
        "tags": call.input.get("tags", []),
    }
    world.of(call, "direct connect gateways")[own] = gateway
    return {"directConnectGateway": gateway}


@answer("directconnect", "CreateDirectConnectGatewayAssociation")
def _(call, world):
    gateway = call.input["gatewayId"]
    own = uuid_of(call.input["directConnectGatewayId"] + gateway)
    association = {
        "directConnectGatewayId": call.input["directConnectGatewayId"],
        "directConnectGatewayOwnerAccount": call.account,
        "associationState": "associated",
        "associatedGateway": {
            "id": gateway,
            "type": "transitGateway" if gateway.startswith("tgw-") else "virtualPrivateGateway",
            "ownerAccount": call.account,
            "region": call.region,
        },
        "associationId": own,
        "allowedPrefixesToDirectConnectGateway": call.input.get("addAllowedPrefixesToDirectConnectGateway", []),
    }
    world.of(call, "direct connect gateway associations")[own] = association
    return {"directConnectGatewayAssociation": association}


@answer("directconnect", "CreatePrivateVirtualInterface", "CreatePublicVirtualInterface", "CreateTransitVirtualInterface")
def _(call, world):
    (kind,) = [kind for kind in ("private", "public", "transit") if call.operation == "Create" + kind.capitalize() + "VirtualInterface"]
    given = call.input["new" + kind.capitalize() + "VirtualInterface"]
    connection = world.of(call, "connections").get(call.input["connectionId"])
    connection = connection or world.of(call, "lags").get(call.input["connectionId"])
    if not connection:
        raise Refused("DirectConnectClientException", "Connection ID {} not found".format(call.input["connectionId"]))
    own = "dxvif-" + digits(call.account + given["virtualInterfaceName"], 8)
    peer = {
        "bgpPeerId": "dxpeer-" + digits(own, 8),
        "asn": given["asn"],
        "addressFamily": given.get("addressFamily", "ipv4"),
        "amazonAddress": given.get("amazonAddress", ""),
        "customerAddress": given.get("customerAddress", ""),
        "bgpPeerState": "available",
        "bgpStatus": "up",
        "awsDeviceV2": connection["awsDeviceV2"],
        "awsLogicalDeviceId": connection["awsLogicalDeviceId"],
    }
    interface = {
        "ownerAccount": call.account,
        "virtualInterfaceId": own,
        "location": connection["location"],
        "connectionId": call.input["connectionId"],
        "virtualInterfaceType": kind,
        "virtualInterfaceName": given["virtualInterfaceName"],
        "vlan": given["vlan"],
        "asn": given["asn"],
        "amazonSideAsn": 64600,
        "amazonAddress": peer["amazonAddress"],
        "customerAddress": peer["customerAddress"],
        "addressFamily": peer["addressFamily"],
        "virtualInterfaceState": "available",
        "virtualGatewayId": given.get("virtualGatewayId", ""),
        "directConnectGatewayId": given.get("directConnectGatewayId", ""),
        "mtu": 1500,
        "jumboFrameCapable": True,
        "routeFilterPrefixes": given.get("routeFilterPrefixes", []),
        "bgpPeers": [peer],
        "region": call.region,
        "awsDeviceV2": connection["awsDeviceV2"],
        "awsLogicalDeviceId": connection["awsLogicalDeviceId"],
        "tags": given.get("tags", []),
        "siteLinkEnabled": False,
    }
    world.of(call, "virtual interfaces")[own] = interface
    return {"virtualInterface": interface} if kind == "transit" else interface


def of_region(call, world, kind, key):
    """Those of the Region, or the one that is asked for."""
    found = [kept for kept in world.of(call, kind).values() if kept["region"] == call.region]
    return [kept for kept in found if call.input.get(key) in (None, kept.get(key))]


@answer("directconnect", "DescribeConnections")
def _(call, world):
    return {"connections": of_region(call, world, "connections", "connectionId")}


@answer("directconnect", "DescribeVirtualInterfaces")
def _(call, world):
    found = of_region(call, world, "virtual interfaces", "virtualInterfaceId")
    return {"virtualInterfaces": [kept for kept in found if call.input.get("connectionId") in (None, kept["connectionId"])]}


@answer("directconnect", "DescribeVirtualGateways")
def _(call, world):
    gateways = sorted({kept["virtualGatewayId"] for kept in of_region(call, world, "virtual interfaces", "-")} - {""})
    return {"virtualGateways": [{"virtualGatewayId": own, "virtualGatewayState": "available"} for own in gateways]}


@answer("directconnect", "DescribeDirectConnectGateways")
def _(call, world):
    return {"directConnectGateways": list(world.of(call, "direct connect gateways").values())}


@answer("directconnect", "DescribeDirectConnectGatewayAssociations")
def _(call, world):
    found = world.of(call, "direct connect gateway associations").values()
    gateway = call.input.get("directConnectGatewayId")
    return {"directConnectGatewayAssociations": [a for a in found if gateway in (None, a["directConnectGatewayId"])]}


@answer("directconnect", "DescribeDirectConnectGatewayAttachments")
def _(call, world):
    return {"directConnectGatewayAttachments": []}


@answer("directconnect", "DescribeLags")
def _(call, world):
    lags = of_region(call, world, "lags", "lagId")
    bundled = lambda lag: [c for c in world.of(call, "connections").values() if c.get("lagId") == lag["lagId"]]
    return {"lags": [dict(lag, connections=bundled(lag), numberOfConnections=len(bundled(lag))) for lag in lags]}


# ---- Outposts --------------------------------------------------------------------------------------------------------


@answer("outposts", "CreateOutpost")
def _(call, world):
    own = "op-" + digits(call.account + call.region + call.input["Name"], 17)
    site = call.input["SiteId"]
    outpost = {
        "OutpostId": own,
        "OwnerId": call.account,
        "OutpostArn": "arn:aws:outposts:{}:{}:outpost/{}".format(call.region, call.account, own),
        "SiteId": site,
        "Name": call.input["Name"],
        "Description": call.input.get("Description", ""),
        "LifeCycleStatus": "ACTIVE",
        "AvailabilityZone": call.input["AvailabilityZone"],
        "Tags": call.input.get("Tags", {}),
        "SiteArn": "arn:aws:outposts:{}:{}:site/{}".format(call.region, call.account, site),
        "SupportedHardwareType": call.input.get("SupportedHardwareType", "RACK"),
    }
    world.of(call, "outposts")[own] = outpost
    return {"Outpost": outpost}


@answer("outposts", "ListOutposts")
def _(call, world):
    found = [kept for kept in world.of(call, "outposts").values() if ":" + call.region + ":" in kept["OutpostArn"]]
    return listed(found, call, "Outposts", default=1000)


def assets(outpost):
    """Two hosts of an Outpost, on two racks.
    https://docs.aws.amazon.com/outposts/latest/APIReference/API_AssetInfo.html"""
    return [
        {
            "AssetId": digits(outpost["OutpostId"] + rack, 10),
            "RackId": digits(outpost["OutpostId"] + "rack" + rack, 10),
            "AssetType": "COMPUTE",
            "ComputeAttributes": {"HostId": "h-" + digits(outpost["OutpostId"] + rack, 17), "State": "ACTIVE"},
            "AssetLocation": {"RackElevation": 18.0},
        }
        for rack in ("a", "b")
    ]


def outpost_of(call, world):
    """The Outpost that a path names by its id or ARN."""
    named = call.input.get("OutpostIdentifier") or call.input.get("OutpostId") or ""
    for kept in world.of(call, "outposts").values():
        if named in (kept["OutpostId"], kept["OutpostArn"]):
            return kept
    return None


@answer("outposts", "ListAssets")
def _(call, world):
    outpost = outpost_of(call, world)
    return listed(assets(outpost) if outpost else [], call, "Assets", default=1000)


@answer("outposts", "ListAssetInstances")
def _(call, world):
    return listed([], call, "AssetInstances", default=1000)


@before("ec2", "CreateSubnet")
def _(call, world):
    return call.input.get("OutpostArn")


@after("ec2", "CreateSubnet")
def _(call, world, given, prepared):
    xml = Xml(given)
    for subnet in xml.all("subnet"):
        if prepared:
            world.of(call, "subnets on outposts")[subnet.findtext("subnetId")] = prepared
            put(subnet, "outpostArn", prepared)
    return xml.answer()


@after("ec2", "DescribeSubnets")
def _(call, world, given, prepared):
    kept = world.of(call, "subnets on outposts")
    if not kept:
        return None
    xml = Xml(given)
    for subnet in xml.all("item"):
        if subnet.findtext("subnetId") in kept:
            put(subnet, "outpostArn", kept[subnet.findtext("subnetId")])
    return xml.answer()


# ---- backups ---------------------------------------------------------------------------------------------------------


@answer("backup", "CreateBackupSelection")
def _(call, world):
    given, plan = call.input["BackupSelection"], call.input["BackupPlanId"]
    own = uuid_of(call.account + call.region + plan + given["SelectionName"])
    world.of(call, "selections")[own] = {
        "BackupSelection": given,
        "SelectionId": own,
        "BackupPlanId": plan,
        "CreationDate": MADE,
        "CreatorRequestId": own,
        "region": call.region,
    }
    return {"SelectionId": own, "BackupPlanId": plan, "CreationDate": MADE}


@answer("backup", "ListBackupSelections")
def _(call, world):
    found = [
        {
            "SelectionId": own,
            "SelectionName": kept["BackupSelection"]["SelectionName"],
            "BackupPlanId": kept["BackupPlanId"],
            "CreationDate": MADE,
            "CreatorRequestId": own,
            "IamRoleArn": kept["BackupSelection"]["IamRoleArn"],
        }
        for own, kept in world.of(call, "selections").items()
        if kept["BackupPlanId"] == call.input["BackupPlanId"] and kept["region"] == call.region
    ]
    return listed(found, call, "BackupSelectionsList", default=1000)


@answer("backup", "GetBackupSelection")
def _(call, world):
    kept = world.of(call, "selections").get(call.input["SelectionId"])
    if not kept:
        raise Refused("ResourceNotFoundException", "Backup selection does not exist", 400)
    return {name: value for name, value in kept.items() if name != "region"}


# ---- AWS Config: what it has of SecureCart is in fixtures, as its files have it; here it is as its API has it -----------

RECORDED = {"111122223333": "good", "444455556666": "faulty"}
AGGREGATOR = ("100000000001", "organization")
ITEMS = {}


def recorded(account):
    """Region -> items of the configuration snapshots of an account."""
    if account not in ITEMS:
        ITEMS[account] = {}
        folder = FOLDER.parents[2] / "fixtures" / "securecart" / "aws-config"
        for path in sorted((folder / RECORDED[account]).glob("*.json")) if account in RECORDED else []:
            text = path.read_text().replace("111122223333", account)
            ITEMS[account][path.stem] = json.loads(text)["configurationItems"]
    return ITEMS[account]


def selected(item):
    """An item as a query gives it. Its tags are a list there."""
    tags = [{"key": key, "value": value, "tag": "{}={}".format(key, value)} for key, value in item["tags"].items()]
    return {
        "accountId": item["awsAccountId"],
        "awsRegion": item["awsRegion"],
        "resourceId": item["resourceId"],
        "resourceType": item["resourceType"],
        "tags": tags,
    }


def base(item):
    """https://docs.aws.amazon.com/config/latest/APIReference/API_BaseConfigurationItem.html"""
    names = {"arn": "ARN", "accountId": "awsAccountId", "version": "configurationItemVersion"}
    same = ("awsRegion", "availabilityZone", "resourceId", "resourceName", "resourceType", "configurationItemStatus")
    output = {name: item[name] for name in same if name in item}
    output.update({api: item[file] for api, file in names.items() if file in item})
    output.update(
        configuration=json.dumps(item["configuration"]),
        configurationStateId=str(item["configurationStateId"]),
        configurationItemCaptureTime=1793512800.0,
        resourceCreationTime=MADE,
        supplementaryConfiguration={
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in item["supplementaryConfiguration"].items()
        },
    )
    return output


def select(call, items):
    types = set(re.findall("'([^']+)'", call.input["Expression"]))
    output = listed(
        [json.dumps(selected(item)) for item in items if item["resourceType"] in types], call, "Results", "Limit", default=25
    )
    return dict(
        output,
        QueryInfo={"SelectFields": [{"Name": name} for name in ("resourceType", "resourceId", "accountId", "awsRegion", "tags")]},
    )


def aggregated(call):
    if (call.account, call.input["ConfigurationAggregatorName"]) != AGGREGATOR:
        raise Refused("NoSuchConfigurationAggregatorException", "The configuration aggregator does not exist.")
    return [item for account in RECORDED for items in recorded(account).values() for item in items]


@answer("config", "DescribeConfigurationRecorders")
def _(call, world):
    if call.region not in recorded(call.account):
        return {"ConfigurationRecorders": []}
    return {
        "ConfigurationRecorders": [
            {
                "arn": "arn:aws:config:{}:{}:configuration-recorder/default/1".format(call.region, call.account),
                "name": "default",
                "roleARN": "arn:aws:iam::{}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig".format(
                    call.account
                ),
                "recordingGroup": {
                    "allSupported": True,
                    "includeGlobalResourceTypes": call.region == "us-east-1",
                    "resourceTypes": [],
                    "exclusionByResourceTypes": {"resourceTypes": []},
                    "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"},
                },
                "recordingMode": {"recordingFrequency": "CONTINUOUS"},
                "recordingScope": "PAID",
            }
        ]
    }


@answer("config", "DescribeConfigurationRecorderStatus")
def _(call, world):
    if call.region not in recorded(call.account):
        return {"ConfigurationRecordersStatus": []}
    return {
        "ConfigurationRecordersStatus": [{"name": "default", "recording": True, "lastStatus": "SUCCESS", "lastStartTime": MADE}]
    }


@answer("config", "DescribeConfigurationAggregators")
def _(call, world):
    if call.account != AGGREGATOR[0]:
        return {"ConfigurationAggregators": []}
    return {
        "ConfigurationAggregators": [
            {
                "ConfigurationAggregatorName": AGGREGATOR[1],
                "CreationTime": MADE,
                "LastUpdatedTime": MADE,
                "ConfigurationAggregatorArn": "arn:aws:config:{}:{}:config-aggregator/config-aggregator-1".format(
                    call.region, call.account
                ),
                "OrganizationAggregationSource": {
                    "RoleArn": "arn:aws:iam::{}:role/aggregator".format(call.account),
                    "AllAwsRegions": True,
                },
            }
        ]
    }


@answer("config", "ListDiscoveredResources")
def _(call, world):
    found = [
        {"resourceType": item["resourceType"], "resourceId": item["resourceId"], "resourceName": item.get("resourceName", "")}
        for item in recorded(call.account).get(call.region, [])
        if item["resourceType"] == call.input["resourceType"]
    ]
    return listed(found, call, "resourceIdentifiers", "limit", "nextToken", 100)


@answer("config", "SelectResourceConfig")
def _(call, world):
    return select(call, recorded(call.account).get(call.region, []))


@answer("config", "SelectAggregateResourceConfig")
def _(call, world):
    return select(call, aggregated(call))


@answer("config", "BatchGetResourceConfig")
def _(call, world):
    there = {(item["resourceType"], item["resourceId"]): item for item in recorded(call.account).get(call.region, [])}
    keys = [(key["resourceType"], key["resourceId"]) for key in call.input["resourceKeys"]]
    if len(keys) > 100:
        raise Refused(
            "ValidationException",
            "1 validation error detected: Value at 'resourceKeys' failed to satisfy constraint: "
            "Member must have length less than or equal to 100",
        )
    return {
        "baseConfigurationItems": [base(there[key]) for key in keys if key in there],
        "unprocessedResourceKeys": [{"resourceType": key[0], "resourceId": key[1]} for key in keys if key not in there],
    }


@answer("config", "BatchGetAggregateResourceConfig")
def _(call, world):
    there = {(item["awsAccountId"], item["awsRegion"], item["resourceType"], item["resourceId"]): item for item in aggregated(call)}
    found, left = [], []
    for key in call.input["ResourceIdentifiers"]:
        item = there.get((key["SourceAccountId"], key["SourceRegion"], key["ResourceType"], key["ResourceId"]))
        if item:
            found.append(base(item))
        else:
            left.append(key)
    return {"BaseConfigurationItems": found, "UnprocessedResourceIdentifiers": left}
