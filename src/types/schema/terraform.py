#!/usr/bin/env python3
"""Makes terraform.txt: the attribute and block names of the AWS provider's resource types.

Only names, and only of the resource types that a type file names in a `terraform:` column. They
come from the npm package @cdktf/provider-aws (MPL-2.0), which is generated from the provider's own
schema:

    npm pack @cdktf/provider-aws@21.22.1        # provider 6.25.0
    tar xzf cdktf-provider-aws-21.22.1.tgz
    python3 src/types/schema/terraform.py package/lib > src/types/schema/terraform.txt

Each line is a resource type and its names, tab-separated: `name` an attribute, `block.name` a name
in a block. A block that can occur once is `block[0]`, as a plan writes it; one that can occur often
is `block[]`. The first line says what the list was made from.
"""

import pathlib
import re
import sys

DEPTH = 6


def wanted(root):
    names = set()
    for path in (root / "src/types/AWS").rglob("*.yaml"):
        found = re.search(r"^terraform:(.*)$", path.read_text(), re.M)
        if found:
            names.update(re.findall(r"aws_\w+", found.group(1)))
    return sorted(names)


def body(code, start):
    """The entries of the object literal that follows `return {`."""
    at = code.index("return {", start) + len("return {")
    return re.findall(r"^\s+(\w+): (.*),$", code[at : code.index("};", at)], re.M)


def names(code, entries, prefix, depth, out):
    for name, value in entries:
        nested = re.search(r"(\w+ToTerraform)\b", value.replace("cdktf.", ""))
        function = nested.group(1) if nested else ""
        definition = code.find(f"function {function}(") if function else -1
        if definition < 0:
            out.append(prefix + name)
        elif depth < DEPTH:
            many = "[]" if "listMapper" in value else "[0]"
            out.append(prefix + name + many)
            names(code, body(code, definition), f"{prefix}{name}{many}.", depth + 1, out)


def main():
    library = pathlib.Path(sys.argv[1])
    root = pathlib.Path(__file__).resolve().parents[3]
    modules = {}
    for path in sorted(library.glob("*/index.js")):
        if path.parent.name.startswith("data-aws-"):
            continue
        code = path.read_text()
        for resource in re.findall(r'\.tfResourceType = "(aws_\w+)"', code):
            modules[resource] = code
    version = re.search(r"providerVersion: '([\d.]+)'", next(iter(modules.values())))
    print(f"# hashicorp/aws {version.group(1)}; names from @cdktf/provider-aws (MPL-2.0); made by terraform.py")
    for resource in wanted(root):
        code = modules.get(resource)
        if code is None:
            print(f"{resource} is not in this provider", file=sys.stderr)
            continue
        at = code.index("synthesizeAttributes()")
        own = code.rindex("\nclass ", 0, at)
        out = []
        names(code, body(code, at), "", 0, out)
        for computed in re.findall(r"Attribute\('(\w+)'\)", code[own:at]):
            if computed not in out:
                out.append(computed)
        print("\t".join([resource] + sorted(out)))


main()
