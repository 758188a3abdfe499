"""What a request to AWS asks for, and the answers of AWS to the requests that it refuses, in the shape of each protocol.

The names of services are those of the AWS CLI (`elbv2`, `cloudwatch`, `stepfunctions`), not those in the signature.
"""

import json
import re
import urllib.parse
import uuid
from xml.sax.saxutils import escape

import botocore.loaders

LOADER = botocore.loaders.Loader()
NO_ACCOUNT = "123456789012"
AGAIN = "again"  # the token that leads to itself

# Name in the signature -> names of the AWS CLI, where they differ or where there are several.
SERVICES = {
    "monitoring": ["cloudwatch"],
    "elasticloadbalancing": ["elbv2", "elb"],
    "states": ["stepfunctions"],
    "elasticfilesystem": ["efs"],
    "es": ["opensearch", "es"],
    "apigateway": ["apigateway", "apigatewayv2"],
    "tagging": ["resourcegroupstaggingapi"],
    "elasticmapreduce": ["emr"],
    "aoss": ["opensearchserverless"],
    "email": ["sesv2", "ses"],
    "s3": ["s3", "s3control"],
    "s3express": ["s3"],
    "config": ["config"],
}
REST_XML = {"s3", "s3control", "route53", "cloudfront"}
NAMESPACES = {
    "route53": "https://route53.amazonaws.com/doc/2013-04-01/",
    "cloudfront": "http://cloudfront.amazonaws.com/doc/2020-05-31/",
    "s3": "http://s3.amazonaws.com/doc/2006-03-01/",
}
# Where the prefix of an IAM action is not the service's name.
IAM_PREFIX = {
    "elbv2": "elasticloadbalancing",
    "elb": "elasticloadbalancing",
    "stepfunctions": "states",
    "efs": "elasticfilesystem",
    "opensearch": "es",
    "apigatewayv2": "apigateway",
    "application-autoscaling": "application-autoscaling",
    "resourcegroupstaggingapi": "tag",
    "docdb": "rds",
    "neptune": "rds",
    "emr": "elasticmapreduce",
    "s3control": "s3",
}
IAM_ACTION = {("s3", "ListBuckets"): "ListAllMyBuckets", ("config", "SelectResourceConfig"): "SelectResourceConfig"}
# In requests. The first that is there is the page that is asked for.
INPUT_TOKENS = [
    "NextToken",
    "nextToken",
    "Marker",
    "marker",
    "NextMarker",
    "ExclusiveStartTableName",
    "StartRecordName",
    "PageToken",
    "pageToken",
    "position",
    "ContinuationToken",
    "StartingToken",
    "nextPageToken",
]
QUERY_TOKENS = {"nexttoken", "marker", "pagetoken", "position", "continuation-token", "name", "type", "identifier"}
# Pages of operations about which botocore says nothing: what the answer calls its token.
OUTPUT_TOKENS = {
    "wafv2": "NextMarker",
    "apigatewayv2": "NextToken",
    "globalaccelerator": "NextToken",
    "directconnect": "nextToken",
    "shield": "NextToken",
    "organizations": "NextToken",
    "backup": "NextToken",
    "config": "NextToken",
}


def service_models(signing):
    return SERVICES.get(signing, [signing])


class Routes:
    """Which operation of a REST service a method and a path are."""

    def __init__(self):
        self.known = {}

    def of(self, service):
        if service not in self.known:
            routes = []
            try:
                model = LOADER.load_service_model(service, "service-2")
            except botocore.exceptions.UnknownServiceError:
                model = {"operations": {}, "shapes": {}}
            for name, operation in model["operations"].items():
                http = operation.get("http", {})
                path, _, query = http.get("requestUri", "/").partition("?")
                parts = re.split(r"(\{[^}]+\})", path.rstrip("/") or "/")
                regex = "".join(
                    (".+" if part.endswith("+}") else "[^/]+") if part.startswith("{") else re.escape(part) for part in parts
                )
                names = [part.strip("{}+") for part in parts if part.startswith("{")]
                wanted = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
                fixed = sum(len(part) for part in parts if not part.startswith("{"))
                regex = re.compile("^" + regex.replace("[^/]+", "([^/]+)").replace(".+", "(.+)") + "/?$")
                members = model["shapes"].get(operation.get("input", {}).get("shape"), {}).get("members", {})
                spelled = {
                    given.get("locationName", member): member
                    for member, given in members.items()
                    if given.get("location") in ("uri", "querystring")
                }
                routes.append((http.get("method", "POST"), regex, wanted, fixed + 100 * len(wanted), name, names, spelled))
            routes.sort(key=lambda route: -route[3])
            self.known[service] = routes
        return self.known[service]

    def find(self, services, method, path, query):
        for service in services:
            for verb, regex, wanted, _, name, names, spelled in self.of(service):
                found = regex.match(path)
                if verb == method and found and all(query.get(k) == v for k, v in wanted.items()):
                    given = dict(query, **dict(zip(names, map(urllib.parse.unquote, found.groups()))))
                    return service, name, {spelled.get(own, own): value for own, value in given.items()}
        return services[0], "{} {}".format(method, path), dict(query)


ROUTES = Routes()


class Call:
    """One request."""

    def __init__(self, method, target, headers, body, accounts):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        path, _, query = target.partition("?")
        self.path = path
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        scope = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", headers.get("authorization", ""))
        self.key, self.region, signing = scope.groups() if scope else ("", "", "sts")
        self.account, self.label = accounts(self.key)
        services = service_models(signing)
        kind = headers.get("content-type", "").split(";")[0]
        amz_target = headers.get("x-amz-target")
        self.input = {}
        if "smithy-protocol" in headers:
            self.protocol, self.service = "cbor", services[0]
            self.operation = path.rsplit("/", 1)[-1]
        elif amz_target:
            self.protocol, self.service = "json", services[0]
            self.operation = amz_target.rsplit(".", 1)[-1]
            self.input = _json(body)
        elif kind == "application/x-www-form-urlencoded" or "Action" in self.query:
            self.input = dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)) or dict(self.query)
            self.operation = self.input.get("Action", "?")
            self.protocol = "ec2" if services[0] == "ec2" else "query"
            self.service = services[0]
            if services == ["elbv2", "elb"] and self.input.get("Version") != "2015-12-01":
                self.service = "elb"
        else:
            if services[0] == "s3" and path.startswith("/v20180820"):
                services = ["s3control"]
            self.service, self.operation, self.input = ROUTES.find(services, method, path, self.query)
            self.protocol = "rest-xml" if self.service in REST_XML else "rest-json"
            if self.protocol == "rest-json":
                self.input.update(_json(body))

    @property
    def token(self):
        for name in INPUT_TOKENS:
            value = self.input.get(name)
            if isinstance(value, str) and value:
                return value
        return ""

    def forget_token(self):
        """Asks for the first page instead."""
        for name in INPUT_TOKENS:
            if not self.input.pop(name, None):
                continue
            if self.protocol == "json" or (self.protocol == "rest-json" and self.body and name in _json(self.body)):
                self.body = json.dumps({k: v for k, v in _json(self.body).items() if k != name}).encode()
            elif self.protocol in ("query", "ec2") and self.body:
                self.body = urllib.parse.urlencode(self.input).encode()
            else:
                kept = {k: v for k, v in self.query.items() if k.lower() not in QUERY_TOKENS}
                self.target = self.path + "?" + urllib.parse.urlencode(kept)

    @property
    def action(self):
        """What IAM calls it."""
        if self.service in ("apigateway", "apigatewayv2"):
            return "apigateway:" + self.method
        prefix = IAM_PREFIX.get(self.service, self.service)
        return "{}:{}".format(prefix, IAM_ACTION.get((self.service, self.operation), self.operation))


def _json(body):
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


class Answer:
    def __init__(self, status, body, headers=None):
        self.status = status
        self.body = body if isinstance(body, bytes) else body.encode()
        self.headers = headers or {}


class Refused(Exception):
    """An error that the service itself would give."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def request_id():
    return str(uuid.uuid4())


def ok(call, output):
    """An output as the protocol writes it. XML protocols give text."""
    if isinstance(output, Answer):
        return output
    if isinstance(output, (dict, list)):
        kind = "application/json" if call.protocol == "rest-json" else "application/x-amz-json-1.1"
        return Answer(200, json.dumps(output), {"Content-Type": kind, "x-amzn-RequestId": request_id()})
    return Answer(200, output, {"Content-Type": "text/xml", "x-amzn-RequestId": request_id()})


def refuse(call, code, message, status):
    """An error as the protocol writes it."""
    own = request_id()
    headers = {"x-amzn-RequestId": own}
    if call.protocol == "ec2":
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors>'
            "<RequestID>{}</RequestID></Response>"
        ).format(code, escape(message), own)
        headers["Content-Type"] = "text/xml;charset=UTF-8"
    elif call.protocol == "query" or call.service in ("route53", "cloudfront"):
        namespace = NAMESPACES.get(call.service)
        namespace = ' xmlns="{}"'.format(namespace) if namespace else ""
        body = (
            '<?xml version="1.0"?>\n<ErrorResponse{}><Error><Type>{}</Type><Code>{}</Code><Message>{}</Message></Error>'
            "<RequestId>{}</RequestId></ErrorResponse>"
        ).format(namespace, "Sender" if status < 500 else "Receiver", code, escape(message), own)
        headers["Content-Type"] = "text/xml"
    elif call.protocol == "rest-xml":
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{}</Code><Message>{}</Message><RequestId>{}</RequestId>'
            "<HostId>test</HostId></Error>"
        ).format(code, escape(message), own)
        headers["Content-Type"] = "application/xml"
    elif call.protocol == "rest-json":
        key = "Message" if call.service in ("lambda", "efs") else "message"
        body = json.dumps({key: message})
        headers.update({"Content-Type": "application/json", "x-amzn-ErrorType": code + ":"})
    else:
        # DynamoDB and others put the namespace of their model before the code.
        kind = "com.amazon.coral.service#" + code if call.service in ("dynamodb", "config") else code
        key = "Message" if call.service in ("dynamodb", "organizations", "wafv2") else "message"
        body = json.dumps({"__type": kind, key: message})
        headers["Content-Type"] = "application/x-amz-json-1.1"
    return Answer(status, body, headers)


def xml_protocol(call):
    return call.protocol in ("ec2", "query", "rest-xml")


def throttle(call):
    service = call.service
    if call.protocol == "ec2":
        return refuse(call, "RequestLimitExceeded", "Request limit exceeded.", 503)
    if service == "s3":
        return refuse(call, "SlowDown", "Please reduce your request rate.", 503)
    if xml_protocol(call):
        return refuse(call, "Throttling", "Rate exceeded", 400)
    if service in ("lambda", "apigateway", "apigatewayv2", "appsync"):
        return refuse(call, "TooManyRequestsException", "Rate exceeded", 429)
    if service == "organizations":
        return refuse(call, "TooManyRequestsException", "You have exceeded the rate limit.", 400)
    return refuse(call, "ThrottlingException", "Rate exceeded", 429 if call.protocol == "rest-json" else 400)


def deny(call, who):
    message = "User: {} is not authorized to perform: {}".format(who, call.action)
    if call.protocol == "ec2":
        return refuse(call, "UnauthorizedOperation", "You are not authorized to perform this operation. " + message, 403)
    if call.service == "s3":
        return refuse(call, "AccessDenied", message + " because no identity-based policy allows it", 403)
    if call.service == "sns":
        return refuse(call, "AuthorizationError", message, 403)
    if xml_protocol(call):
        return refuse(
            call, "AccessDenied", message + " because no identity-based policy allows the {} action".format(call.action), 403
        )
    if call.service == "organizations":
        return refuse(call, "AccessDeniedException", "You don't have permissions to access this resource.", 400)
    message += " on resource: * because no identity-based policy allows the {} action".format(call.action)
    return refuse(call, "AccessDeniedException", message, 403 if call.protocol == "rest-json" else 400)


def expired(call):
    message = "The security token included in the request is expired"
    if call.protocol == "ec2":
        return refuse(call, "RequestExpired", "Request has expired.", 400)
    if call.service == "s3":
        return refuse(call, "ExpiredToken", "The provided token has expired.", 400)
    if xml_protocol(call):
        return refuse(call, "ExpiredToken", message, 403)
    return refuse(call, "ExpiredTokenException", message, 403 if call.protocol == "rest-json" else 400)


def not_enabled(call):
    message = "The security token included in the request is invalid."
    if call.protocol == "ec2":
        return refuse(call, "AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    if call.service == "s3":
        return refuse(call, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403)
    if xml_protocol(call):
        return refuse(call, "InvalidClientTokenId", message, 403)
    return refuse(call, "UnrecognizedClientException", message, 403 if call.protocol == "rest-json" else 400)


def missing(call):
    """For what neither moto nor the answers have. A code that nobody retries."""
    message = "The test server has no answer to {} of {}".format(call.operation, call.service)
    code = "InvalidAction" if xml_protocol(call) else "UnknownOperationException"
    return refuse(call, code, message, 400)


def output_token(call):
    """What the answer calls the token of the next page, and whether it is there."""
    try:
        pages = LOADER.load_service_model(call.service, "paginators-1")["pagination"].get(call.operation)
    except botocore.exceptions.UnknownServiceError:
        pages = None
    if not pages:
        return [OUTPUT_TOKENS.get(call.service, "NextToken")], None
    tokens = pages["output_token"]
    tokens = tokens if isinstance(tokens, list) else [tokens]
    return [token.split("||")[0].strip() for token in tokens], pages.get("more_results")


def endless(call, answer, empty=False):
    """The answer of the first page, with a token that leads to itself; without its items if it is to be empty."""
    tokens, more = output_token(call)
    if not xml_protocol(call):
        body = json.loads(answer.body or b"{}")
        if empty:
            body = {name: [] if isinstance(value, list) else value for name, value in body.items()}
        for token in tokens:
            _set_json(body, token.split("."), AGAIN)
        if more:
            _set_json(body, more.split("."), True)
        answer.body = json.dumps(body).encode()
        return answer
    text = answer.body.decode()
    if call.operation == "ListResourceRecordSets":
        name = re.search("<Name>([^<]*)</Name>", text)
        kind = re.search("<Type>([^<]*)</Type>", text)
        values = {"NextRecordName": name.group(1), "NextRecordType": kind.group(1)}
        tokens = ["NextRecordName", "NextRecordType"]
    else:
        values = {}
    if call.protocol == "query":
        container = call.operation + "Result"
    elif call.protocol == "ec2":
        container = call.operation + "Response"
        tokens = [token[0].lower() + token[1:] for token in tokens]
    else:
        container = re.search(r"<([A-Za-z]+)[\s>]", re.sub(r"^\s*<\?.*?\?>", "", text)).group(1)
    fields = {token.split(".")[-1]: values.get(token, AGAIN) for token in tokens}
    if more:
        fields[more.split(".")[-1]] = "true"
    for field, value in fields.items():
        text = re.sub(r"<{0}>[^<]*</{0}>|<{0}\s*/>".format(field), "", text)
        text = text.replace("</{}>".format(container), "<{0}>{1}</{0}></{2}>".format(field, value, container), 1)
    answer.body = text.encode()
    return answer


def _set_json(body, path, value):
    for part in path[:-1]:
        body = body.setdefault(part, {})
    body[path[-1]] = value
