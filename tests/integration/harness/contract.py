"""Holds every answer against http/openapi.yaml: documented status, content type, headers, schema.

The same document says which operations exist, so that coverage and the role matrix cannot forget one.
"""

import json
import re
from datetime import datetime

import jsonschema
import yaml

from .server import ROOT

SPEC = ROOT / "http" / "openapi.yaml"
METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
#: What the transport itself may answer to any request, before a route is found.
TRANSPORT = {400, 401, 404, 405, 408, 413, 414, 415, 429, 431, 500, 501, 503, 505}


class Violation(AssertionError):
    pass


class QuickLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Keeps instants as text: an example date in the document is not a datetime."""


QuickLoader.yaml_implicit_resolvers = {
    k: [(tag, rx) for tag, rx in v if tag != "tag:yaml.org,2002:timestamp"]
    for k, v in QuickLoader.yaml_implicit_resolvers.items()
}


def format_checker():
    checker = jsonschema.FormatChecker(formats=())

    @checker.checks("date-time", raises=ValueError)
    def is_instant(value):
        if not isinstance(value, str):
            return True
        if not INSTANT.match(value):
            return False
        datetime.fromisoformat(value.replace("Z", "+00:00"))
        return True

    return checker


class Operation:
    def __init__(self, method, template, node, common):
        self.method, self.template, self.node = method.upper(), template, node
        self.name = f"{self.method} {template}"
        self.parameters = [*common, *node.get("parameters", [])]
        self.seen = set()  # statuses met
        parts = re.split(r"\{[^}]+\}", template)
        self.pattern = re.compile("^" + "[^/]+".join(re.escape(p) for p in parts) + "$")
        self.literal = sum(len(p) for p in parts)


class Contract:
    def __init__(self, document=None):
        if document is None:
            document = yaml.load(SPEC.read_text(encoding="utf-8"), Loader=QuickLoader)
        self.document = document
        self.resolver = jsonschema.RefResolver("", document)
        self.formats = format_checker()
        self.validators = {}
        self.operations = []
        for path, item in document["paths"].items():
            item = self.resolve(item)  # an alias refers to the path it stands for
            self.operations += [Operation(method, path, item[method], item.get("parameters", []))
                                for method in METHODS if method in item]

    # ---- looking things up
    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            _, node = self.resolver.resolve(node["$ref"])
        return node

    def find(self, method, path):
        path = path.split("?", 1)[0]
        hits = [o for o in self.operations if o.method == method.upper() and o.pattern.match(path)]
        return max(hits, key=lambda o: o.literal, default=None)

    def path_is_known(self, path):
        path = path.split("?", 1)[0]
        return any(o.pattern.match(path) for o in self.operations)

    def response_node(self, operation, status):
        responses = operation.node["responses"]
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in responses:
                return self.resolve(responses[key])
        return None

    def errors(self, schema, value):
        key = id(schema)
        if key not in self.validators:
            self.validators[key] = jsonschema.Draft202012Validator(
                schema, resolver=self.resolver, format_checker=self.formats)
        return [f"{'/'.join(map(str, e.absolute_path)) or '(root)'}: {e.message[:300]}"
                for e in self.validators[key].iter_errors(value)]

    # ---- judging
    def check(self, method, target, answer, request_body=b"", stream=False):
        """Raises Violation when the answer is not what the document promises."""
        operation = self.find(method, target)
        if operation is None and method == "HEAD":
            operation = self.find("GET", target)
        if operation is None:
            return self.check_undocumented(method, target, answer)
        operation.seen.add(answer.status)
        where = f"{method} {target} -> {answer.status}"
        node = self.response_node(operation, answer.status)
        if node is None:
            raise Violation(f"{where}: status is not documented; body {answer.body[:500]!r}")
        self.check_headers(where, node, answer)
        content = node.get("content")
        if not stream and method != "HEAD":
            self.check_body(where, content, answer)
        if answer.status < 300:
            self.check_request(where, operation, target, request_body)
        if answer.status in (429, 503) and answer.header("retry-after") is None:
            raise Violation(f"{where}: without Retry-After")
        return operation

    def check_undocumented(self, method, target, answer):
        allowed = {405, 501, 401, 404} if self.path_is_known(target) else {404, 401, 405, 501}
        where = f"{method} {target} -> {answer.status}"
        if answer.status not in allowed:
            raise Violation(f"{where}: the operation is not in the document")
        if method != "HEAD":
            self.check_problem(where, answer)
        return None

    def check_problem(self, where, answer):
        """An RFC 9457 body whose status repeats the answer's."""
        if answer.content_type != "application/problem+json":
            raise Violation(f"{where}: {answer.content_type!r} is not a problem")
        problem = answer.json()
        for member, kind in (("type", str), ("title", str), ("status", int), ("detail", str)):
            if not isinstance(problem.get(member), kind):
                raise Violation(f"{where}: problem without {member}: {problem}")
        if problem["status"] != answer.status:
            raise Violation(f"{where}: problem says {problem['status']}")

    def check_headers(self, where, node, answer):
        for name, header in (node.get("headers") or {}).items():
            header = self.resolve(header)
            value = answer.header(name)
            if value is None:
                if header.get("required"):
                    raise Violation(f"{where}: required header {name} is missing")
                continue
            schema = self.resolve(header.get("schema", {}))
            typed = int(value) if schema.get("type") == "integer" and value.isdigit() else value
            wrong = self.errors(header.get("schema", {}), typed)
            if wrong:
                raise Violation(f"{where}: header {name}: {value!r}: {wrong}")

    def check_body(self, where, content, answer):
        if not content:
            if answer.body:
                raise Violation(f"{where}: a body where none is documented: {answer.body[:300]!r}")
            return
        if answer.content_type not in content:
            raise Violation(f"{where}: content type {answer.content_type!r}, documented {list(content)}")
        if answer.content_type.endswith("json"):
            wrong = self.errors(content[answer.content_type].get("schema", {}), answer.json())
            if wrong:
                raise Violation(f"{where}: {wrong[:5]}\n{answer.body[:1500]!r}")
        if answer.content_type == "application/problem+json":
            self.check_problem(where, answer)

    def check_request(self, where, operation, target, body):
        """What the server accepted must be what the document allows, else the document is too narrow."""
        known = {self.resolve(p)["name"] for p in operation.parameters if self.resolve(p)["in"] == "query"}
        query = target.split("?", 1)[1] if "?" in target else ""
        names = {pair.split("=", 1)[0] for pair in query.split("&") if pair}
        if names - known:
            raise Violation(f"{where}: accepted undocumented query {names - known}")
        request = self.resolve(operation.node.get("requestBody", {}))
        schema = (request.get("content") or {}).get("application/json", {}).get("schema")
        if body and schema is not None:
            wrong = self.errors(schema, json.loads(body))
            if wrong:
                raise Violation(f"{where}: accepted a body outside the document: {wrong[:5]}")

    def unexercised(self):
        return sorted(o.name for o in self.operations if not any(200 <= s < 400 for s in o.seen))
