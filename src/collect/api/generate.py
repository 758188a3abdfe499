#!/usr/bin/env python3
"""Makes table.json, the API table of the live door, and ../../types/schema/live.txt, what the live columns read.

    python3 generate.py            write both files
    python3 generate.py --check    write nothing; exit 1 if a file differs, or an endpoint is not what botocore resolves
    python3 generate.py --actions  print the IAM actions of all calls

The table has the operations that the `live:` blocks of the type files call, and those below that the door itself calls.
It is cut from the service models in botocore (Apache-2.0), at a pinned version. To move to newer models, raise
BOTOCORE_VERSION, run this, and read the diff. PyYAML reads the type files.

While it reads them it checks them: every path against the shapes of the responses, every input against those of the
requests, every value of an enumeration, as many `[]` in a column as in its property.

What table.json means, beyond what the names say:

    partitions              partition -> [the Region for what is global, DNS suffix]
    services.*.protocol     one of query, ec2, json, rest-json, rest-xml
    services.*.global       partition -> [signing Region, host], where all its Regions share one endpoint
    services.*.hosts        Region -> host, where it is not {prefix}.{Region}.{DNS suffix}
    services.*.absent       partitions that do not have the service
    services.*.unlisted     Regions that need not have it: where its host is not found there, it is not there
    operations.*.m, u       HTTP method and URI
    operations.*.wrap       the element around the result of a query
    operations.*.root, ns   the root element and XML namespace of a request's body
    operations.*.page       in, out: the cursor's members, there and back; more: the member that says if there is more;
                            limit: the member that bounds a page, and the most it takes (text where the member is)
    operations.*.host       what is put before the host
    shapes.*.t              struct list map string bool int float time blob
    shapes.*.f              a time's format in a body; on a member, where it differs (headers)
    shapes.*.last           Route 53 says /hostedzone/Z1 and wants Z1: what follows the last slash counts, both ways
    members: s shape, n name on the wire, q name in a query, l location, and flags that are there if true
"""

from __future__ import annotations

import argparse
import functools
import json
import re
import sys
from pathlib import Path

import botocore
import yaml
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader

BOTOCORE_VERSION = "1.43.11"

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[2]
TYPES = REPO / "src" / "types" / "AWS"
SCHEMA = REPO / "src" / "types" / "schema" / "cloudformation.txt"
TABLE = HERE / "table.json"
LIVE = REPO / "src" / "types" / "schema" / "live.txt"
LIVE_HEADER = (
    f"# what the live columns read of the responses, by the shapes of botocore {BOTOCORE_VERSION}; "
    "made by src/collect/api/generate.py; do not edit\n"
)

# What the door calls itself.
OWN = """
    config.BatchGetAggregateResourceConfig config.BatchGetResourceConfig config.DescribeConfigurationRecorderStatus
    config.DescribeConfigurationRecorders config.ListDiscoveredResources config.SelectAggregateResourceConfig
    config.SelectResourceConfig ec2.DescribeRegions organizations.DescribeOrganization organizations.ListAccounts
    shield.GetSubscriptionState sts.GetCallerIdentity
""".split()

# In the order of preference, where a service speaks several. Not yet smithy-rpc-v2-cbor: it would be for one service.
PROTOCOLS = ["json", "rest-json", "rest-xml", "query", "ec2"]
TIME_FORMATS = {"json": "unixTimestamp", "rest-json": "unixTimestamp"}  # the others: iso8601
TIME_FORMAT_IN = {"header": "rfc822", "querystring": "iso8601"}
PARTITIONS = ["aws", "aws-cn", "aws-us-gov", "aws-eusc"]

# What IAM calls a service, where it is not what requests are signed with. All from the Service Authorization Reference:
# https://docs.aws.amazon.com/service-authorization/latest/reference/
IAM_PREFIX = {"cloudwatch": "cloudwatch"}
# The actions that are not {prefix}:{operation}, from there too.
IAM_ACTIONS = {
    # "Actions, resources, and condition keys for API Gateway Management (V2)": actions are HTTP methods.
    "apigateway.*": "apigateway:GET",
    "apigatewayv2.*": "apigateway:GET",
    # "… for Amazon S3": the older ones are not called what the operation is.
    "s3.GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3.GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3.GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3.GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3.GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3.ListBuckets": "s3:ListAllMyBuckets",
}

# Paging that botocore has no paginator for: input, output, limit.
PAGES: dict[str, tuple[str, str, str | None]] = {
    "apigatewayv2.GetApiMappings": ("NextToken", "NextToken", "MaxResults"),
    "cloudfront.ListCachePolicies": ("Marker", "CachePolicyList.NextMarker", "MaxItems"),
    "directconnect.DescribeConnections": ("nextToken", "nextToken", "maxResults"),
    "directconnect.DescribeLags": ("nextToken", "nextToken", "maxResults"),
    "directconnect.DescribeVirtualInterfaces": ("nextToken", "nextToken", "maxResults"),
    "wafv2.ListRuleGroups": ("NextMarker", "NextMarker", "Limit"),
    "wafv2.ListWebACLs": ("NextMarker", "NextMarker", "Limit"),
}
# Cursors that no call needs: the answer is one page.
UNPAGED: set[str] = {"backup.ListTags"}  # a resource has at most 50
# The largest pages, where the model does not say. From the API references of the operations.
LIMITS: dict[str, int] = {
    "apigateway.*": 500,
    "autoscaling.*": 100,
    "cloudfront.*": 100,
    "directconnect.*": 100,
    "ec2.DescribeInstances": 1000,
    "ec2.DescribeLaunchTemplateVersions": 200,
    "ecs.*": 100,
    "elasticache.*": 100,
    "kms.ListAliases": 100,  # the model says 1000, as for keys
    "lambda.ListFunctions": 50,  # the model says 10000, and answers never hold more
    "rds.*": 100,
    "route53.ListHealthChecks": 1000,
    "route53.ListHostedZones": 100,
    "route53.ListQueryLoggingConfigs": 100,
    "route53.ListResourceRecordSets": 300,
}

# What the models forget to mark as sensitive: keys of BGP sessions, and router configurations that hold them.
SECRETS = {"directconnect.BGPAuthKey", "directconnect.RouterConfig"}
# What they mark, although it is what rules and reports go by.
NO_SECRETS = {"backup.Tags", "cloudfront.CommentType", "organizations.AccountName", "s3.SSEKMSKeyId"}

# --- the models ------------------------------------------------------------------------------------------------------

LOADER = Loader(include_default_extras=True)
PARTITION_DATA = {p["id"]: p for p in LOADER.load_data("partitions")["partitions"]}
ENDPOINTS = {p["partition"]: p for p in LOADER.load_data("endpoints")["partitions"]}


class Mistake(Exception):
    """Something in a type file that the models do not bear out."""


class Service:
    def __init__(self, name: str):
        try:
            self.model = LOADER.load_service_model(name, "service-2")
        except Exception as error:
            raise Mistake(f"botocore has no service {name}") from error
        self.name = name
        self.metadata = self.model["metadata"]
        self.shapes = self.model["shapes"]
        try:
            self.paginators = LOADER.load_service_model(name, "paginators-1")["pagination"]
        except Exception:
            self.paginators = {}
        spoken = self.metadata.get("protocols", [self.metadata["protocol"]])
        self.protocol = next(p for p in PROTOCOLS if p in spoken)

    def operation(self, name: str) -> dict:
        if name not in self.model["operations"]:
            raise Mistake(f"{self.name} has no operation {name}")
        return self.model["operations"][name]


@functools.cache
def service(name: str) -> Service:
    return Service(name)


def split_call(call: str) -> tuple[Service, str, dict]:
    name, _, operation = call.partition(".")
    found = service(name)
    return found, operation, found.operation(operation)


# --- places in responses ---------------------------------------------------------------------------------------------


class Place:
    """Something in a response: a shape, or several merged into one."""

    def __init__(self, service: Service, *shapes: str):
        self.service = service
        self.shapes = shapes

    @property
    def kind(self) -> str:
        return self.service.shapes[self.shapes[0]]["type"]

    def member(self, name: str) -> "Place":
        for shape in self.shapes:
            model = self.service.shapes[shape]
            if name in model.get("members", {}):
                return Place(self.service, model["members"][name]["shape"])
            if model["type"] == "map":
                return Place(self.service, model["value"]["shape"])
        raise Mistake(f"{'/'.join(self.shapes)} of {self.service.name} has no {name}")

    def element(self) -> "Place":
        model = self.service.shapes[self.shapes[0]]
        if model["type"] != "list":
            raise Mistake(f"{self.shapes[0]} of {self.service.name} is not a list")
        return Place(self.service, model["member"]["shape"])

    def names(self) -> list[str]:
        return [name for shape in self.shapes for name in self.service.shapes[shape].get("members", {})]

    def follow(self, path: str) -> list["Place"]:
        """The places along a path such as A.B[].C, the last one its end; before it what each `[]` went through."""
        place = self
        through = []
        for part in path.split("."):
            name = re.sub(r"(\[0?\])+$", "", part)
            place = place.member(name)
            for bracket in re.findall(r"\[0?\]", part):
                place = place.element()
                if bracket == "[]":
                    through.append(place)
        return [*through, place]


def output_of(call: str) -> Place:
    found, name, operation = split_call(call)
    if "output" not in operation:
        raise Mistake(f"{call} answers with nothing")
    return Place(found, operation["output"]["shape"])


# --- the type files --------------------------------------------------------------------------------------------------


class Then:
    """A further call for an item."""

    KEYS = {"call", "input", "take", "batch", "match", "merge", "where", "absent"}

    def __init__(self, data: dict):
        if unknown := set(data) - self.KEYS:
            raise Mistake(f"unknown keys {sorted(unknown)}")
        self.call = data["call"]
        self.input = data.get("input", {})
        self.take = data.get("take")
        self.batch = data.get("batch")
        self.match = data.get("match")
        self.merge = data.get("merge", False)
        self.where = data.get("where", {})
        self.absent = data.get("absent", [])
        # A list, unless it is for a batch, is what `take` without its last [] leads to; its elements are `$Name[]`.
        self.is_list = bool(self.take and self.take.endswith("[]") and not self.batch)
        self.result = output_of(self.call)
        if self.take:
            self.result = self.result.follow(self.take.removesuffix("[]") if self.is_list else self.take)[-1]
        if self.batch and not (self.take or "").endswith("[]"):
            raise Mistake(f"{self.call} is for a batch: take wants to end in []")
        if self.match:
            self.result.follow(self.match)
        elif self.batch and self.merge:
            raise Mistake(f"{self.call} is for a batch and merges: it wants match")


class Plan:
    """One `live:` mapping."""

    KEYS = "call input items at each each-where for absent describe then where where-not".split()
    KEYS += "id arn names region tags".split()

    def __init__(self, rtype: str, data: dict):
        self.rtype = rtype
        self.data = data
        if unknown := set(data) - set(self.KEYS):
            raise Mistake(f"unknown keys {sorted(unknown)}")
        self.call = data["call"]
        self.input = data.get("input", {})
        self.each = data.get("each")
        self.values = data.get("for", {})
        self.outer: list[Place] = []
        output = output_of(self.call)
        if data.get("at", "global") != "global":
            raise Mistake(f"at: {data['at']}")
        if "items" not in data:
            self.summary = output
        else:
            *through, self.summary = output.follow(data["items"])
            self.outer = through[:-1] if data["items"].endswith("[]") else through
        self.describe = Then(data["describe"]) if "describe" in data else None
        self.item = self.summary
        if self.describe:
            self.item = self.describe.result
            if self.describe.merge:
                shapes = [*self.describe.result.shapes, *self.summary.shapes]
                if self.describe.result.service is not self.summary.service:
                    raise Mistake("describe merges shapes of two services")
                self.item = Place(self.item.service, *shapes)
        self.then = {name: Then(value) for name, value in data.get("then", {}).items()}
        if missing := {"id"} - set(data):
            raise Mistake(f"without {sorted(missing)}")

    def calls(self) -> list[str]:
        return [self.call, *[then.call for then in [self.describe, *self.then.values()] if then]]


class TypeFile:
    def __init__(self, path: Path):
        self.path = path
        self.rtype = "::".join(["AWS", *path.relative_to(TYPES).with_suffix("").parts])
        self.data = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.properties: dict[str, dict] = self.data.get("properties") or {}
        blocks = self.data.get("live", [])
        self.contained = blocks in ("contained", "none")  # the items of other types have it, or nothing has
        self.blocks: list[dict] = [] if self.contained else blocks if isinstance(blocks, list) else [blocks]
        self.plans: list[Plan] = []
        self.reads: list[tuple[Plan, str]] = []  # what of the responses makes properties

    def columns(self) -> dict[str, dict]:
        """Property -> column, without the words that are none."""
        columns = {}
        for name, said in self.properties.items():
            column = said.get("live")
            if column is None or column in ("never", "made", "unrecorded"):
                continue
            columns[name] = {"path": column} if isinstance(column, str) else column
        return columns

    def said(self) -> set[str]:
        """The top-level properties that have a column, or have none for a reason."""
        return {re.split(r"[.\[]", name)[0] for name, said in self.properties.items() if "live" in said}


# What a path may name that is in no response.
GIVEN = ("$region", "$account", "$partition", "$suffix")
# What in an input is not itself: EC2 takes the text $Default.
REFERENCE = re.compile(r"\$(item|region|account)$|\$(parent|outer|input)?\.")
# What turns a value into a property's, and of what kind it may be: columns.rs.
TRANSFORMS = {name: ["string"] for name in "json enabled commas rest-api http-api waf-scope arn-region last".split()}
TRANSFORMS |= {"tags": ["list", "map"], "dimensions": ["map"], "not": ["boolean"], "first": ["list"]}
TRANSFORMS |= {"list": ["string", "integer", "structure"]}


class Schema:
    """The CloudFormation schemas: types, definitions, properties."""

    def __init__(self):
        self.lines: dict[str, list[str]] = {}
        for line in SCHEMA.read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                name, *fields = line.split("\t")
                self.lines[name] = fields

    @functools.cache
    def definitions(self, rtype: str) -> dict[str, dict[str, str]]:
        found = {}
        first, *others = self.lines[rtype]
        for name, fields in [("", first), *(other.split("=", 1) for other in others if other[0] != "^")]:
            pairs = (field.split(":", 1) for field in fields.split())
            found[name] = {key.rstrip("!?"): kind for key, kind in pairs}
        return found

    def kind(self, rtype: str, path: str) -> str:
        definitions = self.definitions(rtype)
        fields, kind = definitions[""], ""
        for part in path.split("."):
            name = part.rstrip("[]")
            if name not in fields:
                raise Mistake(f"CloudFormation has no {path}")
            kind = fields[name]
            for _ in range(part.count("[]")):
                if not kind.startswith("["):
                    raise Mistake(f"{path} is not a list to CloudFormation")
                kind = kind[1:-1]
            fields = definitions.get(kind.strip("[]{}")[1:], {}) if "." in kind else {}
        return kind


class Types:
    def __init__(self):
        self.mistakes: list[str] = []
        self.schema = Schema()
        self.files: dict[str, TypeFile] = {}
        for path in sorted(TYPES.rglob("*.yaml")):
            file = TypeFile(path)
            self.files[file.rtype] = file
        for file in self.files.values():
            for at, block in enumerate(file.blocks):
                with self.noting(file, f"live[{at}]"):
                    file.plans.append(Plan(file.rtype, block))
        for file in self.files.values():
            self.check(file)

    def noting(self, file: TypeFile, where: str):
        types = self

        class Noting:
            def __enter__(self):
                return self

            def __exit__(self, kind, error, trace):
                if isinstance(error, (Mistake, KeyError)):
                    types.mistakes.append(f"{file.path.relative_to(REPO)}: {where}: {error}")
                    return True
                return False

        return Noting()

    def check(self, file: TypeFile) -> None:
        if not file.plans:
            for name, said in file.properties.items():
                if "live" in said and said["live"] not in ("made", "never"):
                    self.mistakes.append(f"{file.path.relative_to(REPO)}: {name}: a column, and no live block")
            return
        for at, plan in enumerate(file.plans):
            self.check_plan(file, plan, f"live[{at}]")
        for name, column in file.columns().items():
            with self.noting(file, name):
                self.check_column(file, name, column)
        for name, fact in (file.data.get("observed") or {}).items():
            with self.noting(file, f"observed.{name}"):
                if unknown := set(fact) - {"type", "live", "config", "shared", "unknown"}:
                    raise Mistake(f"unknown keys {sorted(unknown)}")
            if "live" in fact:
                with self.noting(file, f"observed.{name}"):
                    self.check_fact(file, fact["live"], fact["type"])
        for name, said in file.properties.items():
            if "live" in (said.get("absent") or {}):
                with self.noting(file, name):
                    self.check_absent(file, name, said["absent"]["live"])
        # What has no column, and the name of something in the response, is that, with everything in it.
        said = file.said()
        for name, kind in self.schema.definitions(file.rtype)[""].items():
            for plan in file.plans if name not in said else ():
                if name in plan.item.names():
                    with self.noting(file, f"{name}, by its name"):
                        self.check_kind(plan.item.member(name), kind, name)
                        file.reads.append((plan, name))

    def parents(self, plan: Plan) -> list[Place]:
        if plan.each is None:
            return []
        parent = self.files.get(plan.each)
        if parent is None or not parent.plans:
            raise Mistake(f"each: {plan.each} is not collected")
        return [parent_plan.item for parent_plan in parent.plans]

    def resolve(self, plan: Plan, path: str, then: bool = True) -> list[Place]:
        """Where a path within an item ends: in one place, or in several if the parent is found in several ways."""
        first, _, rest = path.partition(".")
        if path in GIVEN:
            return []
        if path == "$item":
            if plan.item.kind != "string":
                raise Mistake("$item: the items are not strings")
            return [plan.item]
        if first == "$input":
            return []
        if first == "$parent":
            return [place.follow(rest)[-1] for place in self.parents(plan)]
        if first == "$outer":
            depth = len(re.match(r"(\$outer\.)*", path + ".").group(0)) // len("$outer.")
            if depth > len(plan.outer):
                raise Mistake(f"{path}: the items lie in {len(plan.outer)} lists")
            return [plan.outer[-depth].follow(path[depth * len("$outer.") :])[-1]]
        name = re.match(r"\$(\w+)((?:\[0?\])*)$", first)
        if name:
            if not then or name.group(1) not in plan.then:
                raise Mistake(f"{path}: there is no {first}")
            place = plan.then[name.group(1)].result
            for _ in range(name.group(2).count("[")):
                place = place.element()
            return [place.follow(rest)[-1] if rest else place]
        if path.startswith("$"):
            raise Mistake(f"{path}: what is {first}?")
        return [plan.item.follow(path)[-1]]

    def check_text(self, plan: Plan, text: str) -> None:
        """A path, or a template."""
        for path in re.findall(r"\{(.*?)\}", text) if "{" in text else [text]:
            for place in self.resolve(plan, path):
                if place.kind in ("structure", "list", "map"):
                    raise Mistake(f"{path} is a {place.kind}, not a text")

    def check_plan(self, file: TypeFile, plan: Plan, where: str) -> None:
        data = plan.data
        with self.noting(file, f"{where}.each"):
            self.parents(plan)
        for path, values in data.get("each-where", {}).items():
            with self.noting(file, f"{where}.each-where"):
                self.check_parents(plan, path, values)
        with self.noting(file, f"{where}.input"):
            self.check_input(plan, plan.call, plan.input, "parent", plan.values)
        for key in ("id", "arn", "region"):
            if key in data:
                with self.noting(file, f"{where}.{key}"):
                    self.check_text(plan, data[key])
                    file.reads += [(plan, path) for path in self.paths_in(data[key])]
        for name in data.get("names", []):
            with self.noting(file, f"{where}.names"):
                self.check_text(plan, name)
                file.reads += [(plan, path) for path in self.paths_in(name)]
        if "tags" in data:
            with self.noting(file, f"{where}.tags"):
                self.check_tags(self.resolve(plan, data["tags"]), data["tags"])
                file.reads.append((plan, data["tags"]))
        for key in ("where", "where-not"):
            for path, values in data.get(key, {}).items():
                with self.noting(file, f"{where}.{key}"):
                    self.check_values(self.resolve(plan, path), path, values)
                    file.reads.append((plan, path))
        if plan.describe:
            with self.noting(file, f"{where}.describe"):
                self.check_input(plan, plan.describe.call, plan.describe.input, "summary", {}, plan.describe)
        for name, then in plan.then.items():
            with self.noting(file, f"{where}.then.{name}"):
                self.check_input(plan, then.call, then.input, "item", {}, then)
                for path, values in then.where.items():
                    self.check_values(self.resolve(plan, path, then=False), path, values)
                    file.reads.append((plan, path))
                if then.merge:
                    raise Mistake("only describe merges")

    def check_parents(self, plan: Plan, path: str, values: list) -> None:
        """A condition on the parent: a field of its item, or an input of the call that found it."""
        if not path.startswith("$input."):
            self.check_values([place.follow(path)[-1] for place in self.parents(plan)], path, values)
            return
        for parent in self.files[plan.each].plans:
            found, _, operation = split_call(parent.call)
            place = Place(found, operation["input"]["shape"]).member(path.removeprefix("$input."))
            self.check_values([place], path, values)

    @staticmethod
    def paths_in(text: str) -> list[str]:
        return re.findall(r"\{(.*?)\}", text) if "{" in text else [text]

    def check_values(self, places: list[Place], path: str, values) -> None:
        if not isinstance(values, list):
            raise Mistake(f"{path} wants a list of values")
        for place in places:
            model = place.service.shapes[place.shapes[0]]
            for value in values:
                if "enum" in model and value not in model["enum"]:
                    raise Mistake(f"{path} is never {value}: {', '.join(model['enum'])}")
                if (model["type"] == "boolean") != isinstance(value, bool):
                    raise Mistake(f"{path} is a {model['type']}")

    def check_input(
        self, plan: Plan, call: str, values: dict, source: str, looped: dict, then: Then | None = None
    ) -> None:
        found, _, operation = split_call(call)
        if "input" not in operation:
            if values or looped:
                raise Mistake(f"{call} takes no input")
            return
        shape = found.shapes[operation["input"]["shape"]]
        for name in looped:
            if name not in shape.get("members", {}):
                raise Mistake(f"{call} has no input {name}")
            self.check_values([Place(found, shape["members"][name]["shape"])], name, looped[name])
        for name in shape.get("required", []):
            if name not in values and name not in looped:
                raise Mistake(f"{call} wants {name}")
        for name, value in values.items():
            if name not in shape.get("members", {}):
                raise Mistake(f"{call} has no input {name}")
            place = Place(found, shape["members"][name]["shape"])
            is_reference = isinstance(value, str) and REFERENCE.match(value)
            if then and then.batch and is_reference and place.kind == "list":
                place = place.element()
            self.check_value(plan, place, name, value, source)
        if then and then.batch:
            lists = [
                name
                for name, value in values.items()
                if isinstance(value, str) and found.shapes[shape["members"][name]["shape"]]["type"] == "list"
            ]
            if len(lists) != 1:
                raise Mistake(f"{call} is for a batch, and {len(lists)} of its inputs are lists")
            most = found.shapes[shape["members"][lists[0]]["shape"]].get("max")
            if most and then.batch > most:
                raise Mistake(f"{call} takes {most} {lists[0]}")

    def check_value(self, plan: Plan, place: Place, name: str, value, source: str) -> None:
        model = place.service.shapes[place.shapes[0]]
        if isinstance(value, dict):
            for key, inner in value.items():
                self.check_value(plan, place.member(key), f"{name}.{key}", inner, source)
        elif isinstance(value, list):
            for inner in value:
                self.check_value(plan, place.element(), f"{name}[]", inner, source)
        elif isinstance(value, str) and REFERENCE.match(value):
            ends = self.referenced(plan, value, source)
            for end in ends:
                if end.kind != place.kind:
                    raise Mistake(f"{name}: {value} is a {end.kind}, and a {place.kind} is wanted")
        elif model["type"] not in ("string", "boolean", "integer", "long"):
            raise Mistake(f"{name} is a {model['type']}")
        elif "enum" in model and value not in model["enum"]:
            raise Mistake(f"{name} is never {value}: {', '.join(model['enum'])}")
        elif (model["type"] == "boolean") != isinstance(value, bool):
            raise Mistake(f"{name} is a {model['type']}")

    def referenced(self, plan: Plan, text: str, source: str) -> list[Place]:
        if text in GIVEN:
            return []
        if source == "parent":
            places = self.parents(plan)
            if not places:
                raise Mistake(f"{text}: there is no parent without each")
        elif text.startswith(("$parent.", "$outer.", "$input.")):
            return self.resolve(plan, text, then=False)
        else:
            places = [plan.summary if source == "summary" else plan.item]
        if text == "$item":
            return places
        if not text.startswith("$."):
            raise Mistake(f"{text}: neither $. nor $item")
        return [place.follow(text[2:])[-1] for place in places]

    def check_tags(self, places: list[Place], path: str) -> None:
        for place in places:
            if place.kind == "map":
                continue
            element = place.element()
            if not any({key, value} <= set(element.names()) for key, value in TAGS):
                raise Mistake(f"{path}: these are no tags: {element.names()}")

    def check_column(self, file: TypeFile, name: str, column: dict) -> None:
        if unknown := set(column) - {"path", "as", "always"}:
            raise Mistake(f"unknown keys {sorted(unknown)}")
        path = column["path"]
        transform = column.get("as")
        if transform is not None and transform not in TRANSFORMS:
            raise Mistake(f"unknown transform {transform}")
        if name.count("[]") != path.count("[]"):
            raise Mistake(f"{path} has {path.count('[]')} [], and the property {name.count('[]')}")
        if column.get("always") and "[]" in name:
            raise Mistake("always, within a list")
        kind = self.schema.kind(file.rtype, name)
        failures, found = [], 0
        for plan in file.plans:
            try:
                for place in self.resolve(plan, path):
                    if transform == "tags":
                        self.check_tags([place], path)
                    elif transform is None:
                        self.check_kind(place, kind, path)
                    elif place.kind not in TRANSFORMS[transform]:
                        raise Mistake(f"{path} is a {place.kind}, and {transform} is not for that")
                file.reads.append((plan, path))
                found += 1
            except Mistake as mistake:
                failures.append(mistake)
        # A type that is found in several ways need not have everything in all of them.
        if not found:
            raise failures[0]

    def check_kind(self, place: Place, kind: str, path: str) -> None:
        numbers = {"integer", "long", "float", "double"}
        wanted = {"s": {"string", "timestamp"} | numbers, "b": {"boolean"}, "i": {"integer", "long"}, "n": numbers}
        wanted |= {"[": {"list"}, "{": {"map"}, ".": {"structure"}, "j": {place.kind}}
        # EC2 and Elastic Load Balancing answer with text where a template has numbers.
        if place.kind not in wanted[kind[0]] and not (kind[0] in "in" and place.kind == "string"):
            raise Mistake(f"{path} is a {place.kind}, and the property a {kind}")
        if kind[0] == "[":
            self.check_kind(place.element(), kind[1:-1], f"{path}[]")

    def check_fact(self, file: TypeFile, path: str, wanted) -> None:
        failures, found = [], 0
        for plan in file.plans:
            try:
                for place in self.resolve(plan, path):
                    self.check_fact_kind(place, wanted, path)
                file.reads.append((plan, path))
                found += 1
            except Mistake as mistake:
                failures.append(mistake)
        if not found:
            raise failures[0]

    def check_fact_kind(self, place: Place, wanted, path: str) -> None:
        """A fact's type: its members have the API's names, with a capital."""
        if isinstance(wanted, list):
            if place.kind != "list":
                raise Mistake(f"{path} is a {place.kind}, not a list")
            self.check_fact_kind(place.element(), wanted[0], f"{path}[]")
        elif isinstance(wanted, dict):
            if place.kind != "structure":
                raise Mistake(f"{path} is a {place.kind}, not an object")
            names = {name[0].upper() + name[1:]: name for name in place.names()}
            for name, inner in wanted.items():
                if name not in names:
                    raise Mistake(f"{path} has no {name}: {', '.join(sorted(names))}")
                self.check_fact_kind(place.member(names[name]), inner, f"{path}.{name}")
        else:
            kinds = {"string": "s", "boolean": "b", "integer": "i", "number": "n"}
            if (wanted == "time") != (place.kind == "timestamp"):
                raise Mistake(f"{path} is a {place.kind}, and the fact a {wanted}")
            if wanted != "time":
                self.check_kind(place, kinds[wanted], path)

    def check_absent(self, file: TypeFile, name: str, value) -> None:
        kinds = {"s": str, "b": bool, "i": int, "n": (int, float)}
        kind = self.schema.kind(file.rtype, name)
        if kind not in kinds or not isinstance(value, kinds[kind]):
            raise Mistake(f"absent is {value!r}, and the property a {kind}")

    def calls(self) -> set[str]:
        return {call for file in self.files.values() for plan in file.plans for call in plan.calls()}

    def parents_read(self) -> None:
        """What a plan reads of its parent's items is read of the parent."""
        for file in self.files.values():
            for plan in file.plans:
                parent = self.files.get(plan.each)
                if parent is None:
                    continue
                texts = [path for text in json.dumps(plan.data).split('"') for path in self.paths_in(text)]
                texts += [path for _, path in file.reads]
                paths = {text.removeprefix("$parent.") for text in texts if text.startswith("$parent.")}
                paths |= {v[2:] for v in plan.input.values() if isinstance(v, str) and v.startswith("$.")}
                for path in paths:
                    parent.reads += [(p, path) for p in parent.plans]


TAGS = [("Key", "Value"), ("key", "value"), ("TagKey", "TagValue")]


# --- the table -------------------------------------------------------------------------------------------------------

KINDS = {"structure": "struct", "boolean": "bool", "integer": "int", "long": "int", "float": "float", "double": "float"}
KINDS |= {"timestamp": "time", "character": "string"}


class Shapes:
    """The shapes of one service that are reached, as the table has them."""

    def __init__(self, service: Service):
        self.service = service
        self.table: dict[str, dict] = {}

    def add(self, name: str) -> str:
        if name in self.table:
            return name
        model = self.service.shapes[name]
        shape: dict = {"t": KINDS.get(model["type"], model["type"])}
        self.table[name] = shape
        if model["type"] == "structure":
            shape["m"] = {key: self.member(key, value) for key, value in model["members"].items()}
        elif model["type"] == "list":
            shape["m"] = self.member(None, model["member"])
        elif model["type"] == "map":
            shape["k"] = self.member("key", model["key"])
            shape["v"] = self.member("value", model["value"])
        elif model["type"] == "timestamp":
            shape["f"] = model.get("timestampFormat") or TIME_FORMATS.get(self.service.protocol, "iso8601")
        if model.get("flattened"):
            shape["flat"] = True
        qualified = f"{self.service.name}.{name}"
        if qualified in SECRETS or (model.get("sensitive") and qualified not in NO_SECRETS):
            shape["secret"] = True
        # As botocore.handlers.fix_route53_ids does.
        if self.service.name == "route53" and name in ("ResourceId", "DelegationSetId", "ChangeId"):
            shape["last"] = True
        return name

    def member(self, key: str | None, model: dict) -> dict:
        member = {"s": self.add(model["shape"])}
        name = model.get("locationName")
        if name is not None and name != key:
            member["n"] = name
        if model.get("queryName", name or key) != (name or key):
            member["q"] = model["queryName"]
        if "location" in model:
            member["l"] = model["location"]
        shape = self.service.shapes[model["shape"]]
        if shape["type"] == "timestamp" and "timestampFormat" not in shape:
            form = model.get("timestampFormat") or TIME_FORMAT_IN.get(model.get("location", ""))
            if form and form != self.table[model["shape"]]["f"]:
                member["f"] = form
        flags = [("flattened", "flat"), ("xmlAttribute", "attr"), ("hostLabel", "host")]
        flags += [("idempotencyToken", "idem"), ("jsonvalue", "jsonvalue")]
        member |= {short: True for long, short in flags if model.get(long)}
        return member


def action_of(found: Service, operation: str) -> str:
    for key in (f"{found.name}.{operation}", f"{found.name}.*"):
        if key in IAM_ACTIONS:
            return IAM_ACTIONS[key]
    return f"{iam_prefix(found)}:{operation}"


def iam_prefix(found: Service) -> str:
    return IAM_PREFIX.get(found.name, signing_name(found))


def signing_name(found: Service) -> str:
    return found.metadata.get("signingName", found.metadata["endpointPrefix"])


def page_of(found: Service, name: str, operation: dict) -> dict | None:
    call = f"{found.name}.{name}"
    if "input" not in operation or "output" not in operation:
        return None
    inputs = found.shapes[operation["input"]["shape"]].get("members", {})
    output = Place(found, operation["output"]["shape"])
    said = found.paginators.get(name)
    if call in PAGES:
        there, back, limit = PAGES[call]
        page = {"in": [there], "out": [back]}
    elif said:
        page = {key: [said[long]] if isinstance(said[long], str) else said[long] for key, long in CURSOR.items()}
        limit = said.get("limit_key")
        if "more_results" in said:
            page["more"] = said["more_results"]
    else:
        cursors = [member for member in output.names() if re.fullmatch(r"(?i)next_?(marker|token)|marker", member)]
        if cursors and call not in UNPAGED:
            raise Mistake(f"{call} answers with {cursors[0]}, and nothing says how it is paged")
        return None
    for member in page["in"]:
        if member not in inputs:
            raise Mistake(f"{call} is paged by {member}, which it does not take")
    for path in [*page["out"], *([page["more"]] if "more" in page else [])]:
        output.follow(path)
    if limit:
        shape = found.shapes[inputs[limit]["shape"]]
        most = LIMITS.get(call, LIMITS.get(f"{found.name}.*", shape.get("max") if shape["type"] != "string" else None))
        if most is not None:
            page["limit"] = [limit, most]
    return page


CURSOR = {"in": "input_token", "out": "output_token"}


def operation_of(found: Service, name: str, shapes: Shapes) -> dict:
    model = found.operation(name)
    entry = {"m": model["http"]["method"], "u": model["http"]["requestUri"]}
    if "input" in model:
        entry["in"] = shapes.add(model["input"]["shape"])
        shape = found.shapes[model["input"]["shape"]]
        if "payload" in shape:
            entry["payload"] = shape["payload"]
        if found.protocol == "rest-xml" and "locationName" in model["input"]:
            entry["root"] = model["input"]["locationName"]
            entry["ns"] = model["input"]["xmlNamespace"]["uri"]
    if "output" in model:
        entry["out"] = shapes.add(model["output"]["shape"])
        if "resultWrapper" in model["output"]:
            entry["wrap"] = model["output"]["resultWrapper"]
        shape = found.shapes[model["output"]["shape"]]
        if "payload" in shape:
            entry["outpayload"] = shape["payload"]
    if "endpoint" in model:
        entry["host"] = model["endpoint"]["hostPrefix"]
    entry["action"] = action_of(found, name)
    page = page_of(found, name, model)
    if page:
        entry["page"] = page
    return entry


# Endpoints


@functools.cache
def provider(name: str) -> EndpointProvider:
    return EndpointProvider(LOADER.load_service_model(name, "endpoint-rule-set-1"), LOADER.load_data("partitions"))


def regions_of(partition: str) -> list[str]:
    return [region for region in PARTITION_DATA[partition]["regions"] if not region.endswith("-global")]


def resolved(found: Service, region: str) -> tuple[str, str]:
    """The signing Region and the host, as botocore resolves them."""
    rules = provider(found.name)
    known = rules.ruleset.parameters
    given = {"Region": region, "UseFIPS": False, "UseDualStack": False, "UseGlobalEndpoint": False}
    endpoint = rules.resolve_endpoint(**{key: value for key, value in given.items() if key in known})
    schemes = endpoint.properties.get("authSchemes", [{}])
    scheme = next((scheme for scheme in schemes if scheme.get("name") in (None, "sigv4")), {})
    return scheme.get("signingRegion", region), endpoint.url.split("://", 1)[1].rstrip("/")


def endpoints_of(found: Service) -> dict:
    prefix = found.metadata["endpointPrefix"]
    one: dict[str, list[str]] = {}
    hosts: dict[str, str] = {}
    absent, unlisted = [], []
    for partition in PARTITIONS:
        if not is_in(found, partition):
            absent.append(partition)
            continue
        if (found.name, partition) in ONLY:
            one[partition] = list(resolved(found, ONLY[found.name, partition]))
            continue
        found_at = {region: resolved(found, region) for region in regions_of(partition)}
        suffix = PARTITION_DATA[partition]["outputs"]["dnsSuffix"]
        usual = {region: (region, f"{prefix}.{region}.{suffix}") for region in found_at}
        if len(set(found_at.values())) == 1 and (len(found_at) > 1 or found_at != usual):
            one[partition] = list(next(iter(found_at.values())))
            continue
        for region, (signing, host) in found_at.items():
            if signing != region:
                raise Mistake(f"{found.name} in {region} is signed for {signing}")
            if (signing, host) != usual[region]:
                hosts[region] = host
        listed = ENDPOINTS[partition]["services"].get(prefix, {}).get("endpoints")
        unlisted += [region for region in found_at if listed and region not in listed]
    entry = {"global": one, "hosts": hosts, "absent": absent, "unlisted": unlisted}
    return {key: value for key, value in entry.items() if value}


def is_in(found: Service, partition: str) -> bool:
    """Whether a partition has a service: endpoints.json lists it, or its own rules name the partition."""
    listed = ENDPOINTS[partition]["services"]
    rules = LOADER.load_service_model(found.name, "endpoint-rule-set-1")
    named = f'"{partition}"' in json.dumps(rules)
    return found.metadata["endpointPrefix"] in listed or named or (found.name, partition) in PRESENT


# "You must specify the US West (Oregon) Region": https://docs.aws.amazon.com/global-accelerator/latest/api/Welcome.html
ONLY = {("globalaccelerator", "aws"): "us-west-2"}

# Control Tower, which endpoints.json lists there, rests on it.
PRESENT = {("organizations", "aws-eusc")}


def service_entry(name: str, operations: set[str], types: Types) -> dict:
    found = service(name)
    shapes = Shapes(found)
    entry = {"prefix": found.metadata["endpointPrefix"], "sign": signing_name(found), "protocol": found.protocol}
    entry["version"] = found.metadata["apiVersion"]
    if "targetPrefix" in found.metadata:
        entry["target"] = found.metadata["targetPrefix"]
    if found.protocol == "json":
        entry["json"] = found.metadata["jsonVersion"]
    entry["iam"] = iam_prefix(found)
    entry["id"] = found.metadata["serviceId"]
    entry |= endpoints_of(found)
    entry["operations"] = {}
    for operation in sorted(operations):
        try:
            entry["operations"][operation] = operation_of(found, operation, shapes)
        except Mistake as mistake:
            types.mistakes.append(f"{name}.{operation}: {mistake}")
    entry["shapes"] = dict(sorted(shapes.table.items()))
    return entry


def table_of(types: Types) -> dict:
    by_service: dict[str, set[str]] = {}
    for call in sorted({*types.calls(), *OWN}):
        name, _, operation = call.partition(".")
        by_service.setdefault(name, set()).add(operation)
    services = {name: service_entry(name, operations, types) for name, operations in sorted(by_service.items())}
    partitions = {}
    for name in PARTITIONS:
        outputs = PARTITION_DATA[name]["outputs"]
        partitions[name] = [outputs["implicitGlobalRegion"], outputs["dnsSuffix"]]
    return {"botocore": BOTOCORE_VERSION, "partitions": partitions, "services": services}


def table_text(table: dict) -> str:
    compact = functools.partial(json.dumps, separators=(",", ":"))
    joined = ",\n".join(f"{compact(name)}:{compact(entry)}" for name, entry in table["services"].items())
    head = compact({key: table[key] for key in ("botocore", "partitions")})
    return f'{head[:-1]},"services":{{\n{joined}\n}}}}\n'


def live_text(types: Types) -> str:
    lines = []
    for rtype, file in sorted(types.files.items()):
        if file.plans:
            lines.append("\t".join([rtype, *sorted({path for _, path in file.reads if path not in GIVEN})]))
    return LIVE_HEADER + "".join(line + "\n" for line in lines)


def check_endpoints(table: dict) -> list[str]:
    """The Regions in which the table leads elsewhere than botocore does."""
    wrong = []
    for name, entry in table["services"].items():
        for partition in PARTITIONS:
            if partition in entry.get("absent", []) or (name, partition) in ONLY:
                continue
            suffix = PARTITION_DATA[partition]["outputs"]["dnsSuffix"]
            for region in regions_of(partition):
                usual = (region, entry.get("hosts", {}).get(region, f"{entry['prefix']}.{region}.{suffix}"))
                said = tuple(entry.get("global", {}).get(partition, usual))
                if said != resolved(service(name), region):
                    wrong.append(f"{name} in {region}: {said}, and botocore has {resolved(service(name), region)}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file differs")
    parser.add_argument("--actions", action="store_true", help="print the IAM actions of all calls")
    arguments = parser.parse_args()
    if botocore.__version__ != BOTOCORE_VERSION:
        raise SystemExit(f"botocore {botocore.__version__}, but generate.py is pinned to {BOTOCORE_VERSION}")

    types = Types()
    types.parents_read()
    table = table_of(types)
    for mistake in types.mistakes:
        print(mistake, file=sys.stderr)
    if types.mistakes:
        return 1
    if arguments.actions:
        actions = {op["action"] for entry in table["services"].values() for op in entry["operations"].values()}
        print("\n".join(sorted(actions)))
        return 0
    texts = {TABLE: table_text(table), LIVE: live_text(types)}
    if not arguments.check:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
        return 0
    wrong = check_endpoints(table)
    for path, text in texts.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            wrong.append(f"{path.relative_to(REPO)} is stale: run {Path(__file__).relative_to(REPO)}")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
