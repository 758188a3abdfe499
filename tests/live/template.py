"""A CloudFormation template's resources with their intrinsic functions resolved, as far as SecureCart uses them."""

import ipaddress
import json
import re

import yaml

NOTHING = object()  # AWS::NoValue


class Loader(yaml.SafeLoader):
    """YAML with the short forms of the intrinsic functions, and no dates."""


def _short(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else "Fn::" + suffix: value}


Loader.add_multi_constructor("!", _short)
Loader.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Template:
    """`attributes` has what a resource returned when it was created: logical id -> {"Ref": …, "Arn": …}."""

    def __init__(self, path, parameters, account, imports):
        self.document = yaml.load(path.read_text(), Loader)
        self.region = self.document["Metadata"]["skylint"]["region"]
        self.written_for = self.document["Metadata"]["skylint"]["account"]
        self.account = account
        self.imports = imports
        self.attributes = {}
        self.parameters = {}
        for name, given in self.document.get("Parameters", {}).items():
            value = parameters.get(name, given.get("Default", NOTHING))
            if value is NOTHING:
                raise KeyError("parameter {} of {} has no value".format(name, path.name))
            if given["Type"] == "CommaDelimitedList":
                value = [part.strip() for part in value.split(",")]
            elif given["Type"].startswith("AWS::SSM::Parameter"):
                value = "ami-0123456789abcdef0"
            self.parameters[name] = value

    def resources(self):
        """Logical id and definition of each, what it needs before it."""
        left = dict(self.document["Resources"])
        done = set()
        while left:
            ready = [name for name, given in left.items() if not (self.needs(given) & set(left)) - {name}]
            if not ready:
                raise ValueError("these need each other: {}".format(sorted(left)))
            for name in ready:
                yield name, left.pop(name)
                done.add(name)

    def needs(self, value):
        if isinstance(value, list):
            return set().union(*map(self.needs, value)) if value else set()
        if not isinstance(value, dict):
            return set()
        found = set()
        for name, inner in value.items():
            if name == "Ref":
                found.add(inner)
            elif name == "Fn::GetAtt":
                found.add(inner[0])
            elif name == "DependsOn":
                found.update([inner] if isinstance(inner, str) else inner)
            elif name == "Fn::Sub":
                text = inner if isinstance(inner, str) else inner[0]
                found.update(part.split(".")[0] for part in re.findall(r"\$\{([^!}]+)\}", text))
            found |= self.needs(inner)
        return found & set(self.document["Resources"])

    def resolve(self, value):
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NOTHING]
        if isinstance(value, str):
            # A set may be deployed into another account than the one it was written for.
            return value.replace(self.written_for, self.account)
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, inner),) = value.items()
            if name == "Ref":
                return self.ref(inner)
            if name.startswith("Fn::"):
                return getattr(self, "_" + name[4:])(inner)
        resolved = {name: self.resolve(inner) for name, inner in value.items()}
        return {name: inner for name, inner in resolved.items() if inner is not NOTHING}

    def ref(self, name):
        pseudo = {
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": "aws",
            "AWS::NoValue": NOTHING,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": "securecart",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.resolve(self.parameters[name])
        return self.attributes[name]["Ref"]

    def condition(self, name):
        return self.test(self.document["Conditions"][name])

    def test(self, value):
        ((name, inner),) = value.items()
        if name == "Fn::Equals":
            left, right = map(self.resolve, inner)
            return left == right
        if name == "Fn::Not":
            return not self.test(inner[0])
        if name == "Condition":
            return self.condition(inner)
        raise NotImplementedError(name)

    def _GetAtt(self, inner):
        return self.attributes[inner[0]][inner[1]]

    def _If(self, inner):
        return self.resolve(inner[1] if self.condition(inner[0]) else inner[2])

    def _Sub(self, inner):
        text, own = (inner, {}) if isinstance(inner, str) else inner

        def put(found):
            name = found.group(1)
            if name in own:
                return str(self.resolve(own[name]))
            head, _, attribute = name.partition(".")
            return str(self.attributes[head][attribute] if attribute else self.ref(name))

        return self.resolve(re.sub(r"\$\{([^!}]+)\}", put, text))

    def _Join(self, inner):
        return inner[0].join(map(str, self.resolve(inner[1])))

    def _Select(self, inner):
        index, items = self.resolve(inner)
        return items[int(index)]

    def _GetAZs(self, inner):
        return [(self.resolve(inner) or self.region) + letter for letter in "abc"]

    def _FindInMap(self, inner):
        table, first, second = map(self.resolve, inner)
        return self.document["Mappings"][table][first][second]

    def _ImportValue(self, inner):
        return self.imports[self.resolve(inner)]

    def _Cidr(self, inner):
        block, count, bits = self.resolve(inner)
        network = ipaddress.ip_network(block)
        return [str(subnet) for subnet, _ in zip(network.subnets(new_prefix=32 - int(bits)), range(int(count)))]

    def exports(self):
        outputs = self.document.get("Outputs", {})
        return {
            self.resolve(output["Export"]["Name"]): self.resolve(output["Value"])
            for output in outputs.values()
            if "Export" in output
        }


def parameters(path):
    return {entry["ParameterKey"]: entry["ParameterValue"] for entry in json.loads(path.read_text())}
