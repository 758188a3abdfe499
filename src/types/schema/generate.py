#!/usr/bin/env python3
"""Makes cloudformation.txt: property names and types of every AWS resource type.

    python3 generate.py                  install the pinned cfn-lint under target/, write the file
    python3 generate.py --check          write nothing; exit 1 if the file on disk differs
    python3 generate.py --cfn-lint DIR   use an unpacked cfn-lint (the directory that holds `cfnlint/`)

The source is the CloudFormation resource schemas that cfn-lint ships. Only names and types are kept: skylint checks with
them that a rule asks for properties that exist, and compares like with like. To move to newer schemas, raise
CFN_LINT_VERSION, run this, and read the diff.

One line per resource type, TAB between fields, everything in ASCII order:

    TYPE  PROPS  DEF=PROPS  DEF=PROPS ...  ^Name,Name

PROPS  `Name:t`, one space between; `Name!:t` is read-only (an attribute), `Name?:t` write-only (usually a secret)
t      s string   b boolean   i integer   n number   j any JSON
       [t] list of t   {t} map from string to t   .Def an object, described by the field `Def=` of the same line
^      the primary identifier, in the schema's order; a nested one is written `Outer/Inner`; left out if there is none
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

CFN_LINT_VERSION = "1.58.0"

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[2]
OUTPUT = HERE / "cloudformation.txt"
HEADER = (
    f"# names and types from the CloudFormation resource schemas in cfn-lint {CFN_LINT_VERSION}; "
    "made by generate.py; do not edit\n"
)

# The schema is taken from here if the type exists here; other regions only add the types that this one lacks.
FIRST_REGION = "us-east-1"
# cfn-lint keeps the types of the SAM transform, which have no region, beside the regions.
SAM = "sam"

SCALARS = {"string": "s", "boolean": "b", "integer": "i", "number": "n"}
UNIONS = ("oneOf", "anyOf", "allOf")
# Keywords that only make sense on strings: they give away the type of a schema that forgot to state it.
STRING_KEYWORDS = ("format", "pattern", "minLength", "maxLength")
NAME = re.compile(r"[A-Za-z0-9_]+")


# --- the schemas -----------------------------------------------------------------------------------------------------


def installed_package() -> Path:
    """Installs the pinned cfn-lint where `cargo clean` removes it; a second run finds it there."""
    place = REPO / "target" / f"cfn-lint-{CFN_LINT_VERSION}"
    if not (place / "cfnlint").is_dir():
        # Not straight into its place: an interrupted install must not look like a finished one.
        unfinished = place.with_name(place.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        # Only its data files are read, never its code: no dependencies, no byte code, any Python.
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command += ["--no-deps", "--no-compile", "--ignore-requires-python", "--target", str(unfinished)]
        subprocess.run([*command, f"cfn-lint=={CFN_LINT_VERSION}"], check=True)
        unfinished.rename(place)
    return place


def schema_directory(package: Path) -> Path:
    root = package / "cfnlint" if (package / "cfnlint").is_dir() else package
    version_file = root / "version.py"
    if not version_file.is_file():
        raise SystemExit(f"{package}: no cfn-lint here (looked for {version_file})")
    version = re.search(r'__version__ = "(.+?)"', version_file.read_text(encoding="utf-8"))
    if version is None or version.group(1) != CFN_LINT_VERSION:
        found = version.group(1) if version else "of unknown version"
        raise SystemExit(f"{package}: cfn-lint {found}, but generate.py is pinned to {CFN_LINT_VERSION}")
    return root / "data" / "schemas"


def read_json(path: Path):
    return json.loads(path.read_text(encoding="utf-8"))


def read_schemas(directory: Path) -> dict[str, dict]:
    """Type name -> schema. A provider file maps the types of one region to files under resources/."""
    providers = {path.stem: path for path in (directory / "providers").glob("*.json")}
    others = sorted(set(providers) - {FIRST_REGION, SAM})
    files: dict[str, str] = {}
    for region in [FIRST_REGION, SAM, *others]:
        for type_name, file in read_json(providers[region]).items():
            if type_name.startswith("AWS::"):
                files.setdefault(type_name, file)
    return {name: read_json(directory / "resources" / f"{files[name]}.json") for name in sorted(files)}


# --- one resource type -----------------------------------------------------------------------------------------------


class Leaf:
    """One alternative of a schema once references and unions are seen through.

    kind: a scalar's letter, `j`, or `list`, `map`, `object` (has properties), `empty` (an object that may have none),
    `free` (an object that may have any).
    """

    def __init__(self, kind: str, schema: dict | None = None, definition: str | None = None):
        self.kind = kind
        self.schema = schema
        self.definition = definition  # the key of the definition, for an object that has a name


class ResourceType:
    def __init__(self, schema: dict):
        self.name: str = schema["typeName"]
        self.schema = schema
        self.declared: dict[str, dict] = schema.get("definitions", {})
        # SAM's schemas write "or an intrinsic function" into each property, as an object without properties.
        self.objects_are_intrinsics = self.name.startswith("AWS::Serverless::")
        self.names: dict[str, str] = {}  # key of a declared definition -> its name in the output
        for key in sorted(self.declared):
            # SAM borrows definitions under names such as `AWS::Lambda::Function.Environment`.
            self.names[key] = self.unused(re.sub(r"\W+", "_", key.split("::")[-1]), self.names.values())
        self.definitions: dict[str, dict[str, str]] = {}  # name in the output -> property -> type
        self.merged: dict[tuple[str, ...], str] = {}  # what was merged -> name in the output
        self.properties = self.types_of([schema], self.name.split("::")[-1])
        self.read_only = self.marked(schema.get("readOnlyProperties", []))
        self.write_only = self.marked(schema.get("writeOnlyProperties", []))

    @staticmethod
    def unused(name: str, taken) -> str:
        candidate, number = name, 2
        while candidate in taken:
            candidate, number = f"{name}_{number}", number + 1
        return candidate

    # What a schema is

    def leaves(self, schema: dict, through: frozenset[str] = frozenset()) -> list[Leaf]:
        """The alternatives of a schema. None if it says nothing about the type, such as {"required": [...]}."""
        if "$ref" in schema:
            return self.referenced_leaves(schema["$ref"], through)

        stated = schema.get("type")
        if isinstance(stated, list):
            kinds = [kind for kind in stated if kind != "null"]
            if len(kinds) > 1:
                return [Leaf(SCALARS.get(kind, "j")) for kind in kinds]
            stated = kinds[0]
        if stated in SCALARS:
            return [Leaf(SCALARS[stated])]
        if stated == "array":
            return [Leaf("list", schema)]

        # Unions beside properties only say which of them go together: no schema adds a property that way.
        if "properties" in schema:
            return [Leaf("object", schema)]
        branches = [leaf for key in UNIONS for branch in schema.get(key, ()) for leaf in self.leaves(branch, through)]
        if branches:
            return branches
        if "patternProperties" in schema or isinstance(schema.get("additionalProperties"), dict):
            return [Leaf("map", schema)]
        if stated == "object":
            return [Leaf("empty" if schema.get("additionalProperties") is False else "free", schema)]

        if "items" in schema:
            return [Leaf("list", schema)]
        if schema.get("format") == "json" or not schema:
            return [Leaf("j")]
        of_strings = "enum" in schema and all(isinstance(value, str) for value in schema["enum"])
        if of_strings or any(key in schema for key in STRING_KEYWORDS):
            return [Leaf("s")]
        return []

    def referenced_leaves(self, reference: str, through: frozenset[str]) -> list[Leaf]:
        target = self.schema
        for step in reference.split("/")[1:]:
            target = target.get(step) if isinstance(target, dict) else None
        if not isinstance(target, dict) or reference in through:
            return [Leaf("j")]  # dangling, or made of nothing but itself
        leaves = self.leaves(target, through | {reference}) or [Leaf("j")]
        if not leaves or any(leaf.kind not in ("object", "empty") for leaf in leaves):
            return leaves
        if all(leaf.kind == "empty" for leaf in leaves):
            return leaves
        if len(leaves) == 1 and leaves[0].definition is not None:
            return leaves  # a definition that is another name for another
        if not reference.startswith("#/definitions/"):
            return [Leaf("j")]  # an object without a name could hold itself; no schema has one
        return [Leaf("object", target, reference[len("#/definitions/") :])]

    def type_of(self, schemas: list[dict], name: str) -> str:
        """The type of a value that may fit any of the schemas. `name` is for an object that has none."""
        leaves = [leaf for schema in schemas for leaf in self.leaves(schema)]
        if (
            self.objects_are_intrinsics
            and not name.endswith("_CustomStatements")  # the one place where the object is meant: a policy statement
            and any(leaf.kind != "free" for leaf in leaves)
        ):
            leaves = [leaf for leaf in leaves if leaf.kind != "free"]
        kinds = {leaf.kind for leaf in leaves}

        if len(kinds) == 1 and kinds <= set("sbin"):
            return kinds.pop()
        if kinds == {"i", "n"}:
            return "n"
        if "s" in kinds and kinds <= set("sbin"):
            return "s"  # whatever scalar is written can be read as text
        if kinds == {"list"}:
            return f"[{self.type_of([leaf.schema.get('items', {}) for leaf in leaves], name)}]"
        if kinds == {"map"}:
            values = []
            for leaf in leaves:
                values += leaf.schema.get("patternProperties", {}).values()
                if isinstance(leaf.schema.get("additionalProperties"), dict):
                    values.append(leaf.schema["additionalProperties"])
            return f"{{{self.type_of(values, name)}}}"
        if "object" in kinds and kinds <= {"object", "empty"}:
            return "." + self.object_type([leaf for leaf in leaves if leaf.kind == "object"], name)
        return "j"

    # Objects

    def object_type(self, leaves: list[Leaf], name: str) -> str:
        """The name in the output of an object with the properties of all the leaves."""
        named = {leaf.definition for leaf in leaves}
        if len(named) == 1 and None not in named:
            key = leaves[0].definition
            name = self.names[key]
            if name not in self.definitions:
                self.define(name, [leaves[0].schema])
            return name
        if len(leaves) == 1:
            name = self.unused(name, {*self.names.values(), *self.definitions})
            self.define(name, [leaves[0].schema])
            return name
        # Merged once and found again after that, since what is merged may contain itself.
        parts = tuple(sorted({leaf.definition or json.dumps(leaf.schema, sort_keys=True) for leaf in leaves}))
        if parts not in self.merged:
            name = self.unused(name, {*self.names.values(), *self.definitions})
            self.merged[parts] = name
            self.define(name, [leaf.schema for leaf in leaves])
        return self.merged[parts]

    def define(self, name: str, schemas: list[dict]) -> None:
        self.definitions[name] = {}  # taken, before its properties refer back to it
        self.definitions[name] = self.types_of(schemas, name)

    def types_of(self, schemas: list[dict], name: str) -> dict[str, str]:
        """The properties of an object: those of all the schemas together."""
        properties: dict[str, list[dict]] = {}
        for schema in schemas:
            for part in self.parts_of(schema):
                for key, value in part["properties"].items():
                    if not NAME.fullmatch(key):
                        raise SystemExit(f"{self.name}: the line grammar has no room for the name {key!r}")
                    properties.setdefault(key, []).append(value)
        return {key: self.type_of(properties[key], f"{name}_{key}") for key in sorted(properties)}

    def parts_of(self, schema: dict) -> list[dict]:
        """The schemas with `properties` that an object is made of."""
        if "properties" in schema:
            return [schema]
        objects = [leaf for leaf in self.leaves(schema) if leaf.kind == "object"]
        return [part for leaf in objects for part in self.parts_of(leaf.schema)]

    # Marks

    def marked(self, paths: list[str]) -> set[tuple[str, str]]:
        """(definition, property) for each path such as /properties/Endpoint/Address; the definition is "" at the top.

        A definition that stands in several places is marked only if all of them are listed: the mark is on the definition.
        """
        found: dict[tuple[str, str], set[tuple[str, ...]]] = {}
        for path in paths:
            steps = tuple(step for step in path.split("/")[2:] if step != "*")
            holder = ""
            for step in steps[:-1]:
                inner = re.fullmatch(r"[\[{]*\.(\w+)[\]}]*", self.properties_of(holder).get(step, "j"))
                if inner is None:
                    break
                holder = inner.group(1)
            else:
                if steps[-1] in self.properties_of(holder):
                    found.setdefault((holder, steps[-1]), set()).add(steps)
        return {place for place, listed in found.items() if len(listed) == self.places(place[0])}

    def properties_of(self, definition: str) -> dict[str, str]:
        return self.definitions[definition] if definition else self.properties

    def places(self, definition: str, inside: frozenset[str] = frozenset()) -> float:
        """In how many places of the resource a definition stands; infinity if it is inside itself."""
        if not definition:
            return 1
        if definition in inside:
            return float("inf")
        inside |= {definition}
        return sum(
            self.places(holder, inside)
            for holder in ["", *self.definitions]
            for value in self.properties_of(holder).values()
            if value.strip("[]{}") == f".{definition}"
        )

    # The line

    def line(self) -> str:
        fields = [self.name, self.props("")]
        fields += [f"{name}={self.props(name)}" for name in sorted(self.definitions)]
        identifier = [path.split("/", 2)[2] for path in self.schema.get("primaryIdentifier", [])]
        if identifier:
            fields.append("^" + ",".join(identifier))
        return "\t".join(fields) + "\n"

    def props(self, definition: str) -> str:
        words = []
        for name, value in self.properties_of(definition).items():
            place = (definition, name)
            mark = "!" if place in self.read_only else "?" if place in self.write_only else ""
            words.append(f"{name}{mark}:{value}")
        return " ".join(words)


# --- the file --------------------------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes cloudformation.txt from the schemas in cfn-lint.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the file on disk differs")
    parser.add_argument("--cfn-lint", metavar="DIR", type=Path, help="an unpacked cfn-lint, instead of installing it")
    arguments = parser.parse_args()

    schemas = read_schemas(schema_directory(arguments.cfn_lint or installed_package()))
    text = HEADER + "".join(ResourceType(schemas[name]).line() for name in sorted(schemas))
    made = text.encode("ascii")
    on_disk = OUTPUT.read_bytes() if OUTPUT.exists() else None

    if not arguments.check:
        OUTPUT.write_bytes(made)
        print(f"{OUTPUT.name}: {len(schemas)} types, {len(made)} bytes, {'unchanged' if made == on_disk else 'written'}")
        return 0
    if made == on_disk:
        print(f"{OUTPUT.name}: as generate.py makes it from cfn-lint {CFN_LINT_VERSION}")
        return 0
    print(f"{OUTPUT} {'differs from' if on_disk else 'is missing; it should be'} what generate.py makes", file=sys.stderr)
    if on_disk is not None:
        lines = set(text.split("\n")) ^ set(on_disk.decode("utf-8", "replace").split("\n"))
        for name in sorted({line.split("\t")[0] for line in lines})[:20]:
            print(f"  {name}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
