"""GitHub's own description of its API: which operation a request is, and whether request and response fit it."""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.github_fake.schema import Check, Schemas

SOURCE = Path(__file__).with_name("openapi.json")
ANY_STATUS = {304, 400, 401, 403, 404, 409, 410, 415, 422, 429}  # errors that the description often leaves out
SEGMENTS = {"path", "ref"}  # parameters that may hold slashes, beside those that the description marks


# Where GitHub answers null although its description does not say so: what came from a fork that was deleted.
NULL_AFTER_ALL = (
    ("pull-request", "head", "repo"),
    ("pull-request-simple", "head", "repo"),
    ("workflow-run", "head_repository"),
)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a path or a query."""

    name: str
    integer: bool
    boolean: bool
    required: bool
    check: Check

    def read(self, text: str) -> tuple[Any, str | None]:
        """The value that `text` means, and what is wrong with it."""
        if self.integer:
            if not re.fullmatch(r"-?\d+", text):
                return text, f"parameter {self.name} is {text!r}, not an integer"
            value: Any = int(text)
        elif self.boolean:
            value = {"true": True, "false": False}.get(text, text)
        else:
            value = text
        fault = self.check(value)
        return value, f"parameter {self.name}{fault}" if fault else None


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    id: str
    method: str
    path: re.Pattern[str]
    in_path: Mapping[str, Parameter]
    in_query: Mapping[str, Parameter]
    body: Check | None = field(repr=False)
    body_required: bool
    binary: bool
    responses: Mapping[int, Check | None] = field(repr=False)

    def response_fault(self, status: int, value: Any) -> str | None:
        """What is wrong with the fake's own response."""
        if status >= 400 or status == 304:
            if status not in self.responses and status not in ANY_STATUS and status < 500:
                return f"{self.id} does not answer {status}"
            return None if value is None or "message" in value else f"{self.id}: an error without a message"
        if status not in self.responses:
            return f"{self.id} does not answer {status}"
        check = self.responses[status]
        if check is None:
            return None if value is None or status == 302 else f"{self.id} {status}: a body that is not described"
        fault = check(value)
        return f"{self.id} {status}: response{fault}" if fault else None


class Description:
    """All operations of the cut."""

    def __init__(self, source: Mapping[str, Any]) -> None:
        self.schemas = Schemas(mended(source["components"]["schemas"]))
        self._parameters = source["components"]["parameters"]
        self.operations = {
            operation["operationId"]: self._operation(path, method, operation)
            for path, item in source["paths"].items()
            for method, operation in item.items()
        }
        # The longer literal wins: `/releases/latest` before `/releases/{release_id}`.
        self._ordered = sorted(self.operations.values(), key=lambda each: (len(each.in_path), -len(each.path.pattern)))
        self._found: dict[tuple[str, str], Operation | None] = {}

    def find(self, method: str, path: str) -> Operation | None:
        """The operation that a request means, if the cut has it."""
        key = (method, path)
        if key not in self._found:
            self._found[key] = next(
                (each for each in self._ordered if each.method == method and each.path.fullmatch(path)), None
            )
        return self._found[key]

    def _operation(self, path: str, method: str, source: Mapping[str, Any]) -> Operation:
        parameters = [self._resolved(each) for each in source.get("parameters", ())]
        body = source.get("requestBody", {})
        kinds = body.get("content", {})
        json_schema = kinds.get("application/json", {}).get("schema")
        return Operation(
            id=source["operationId"],
            method=method.upper(),
            path=re.compile(re.sub(r"\{(\w+)\}", self._segment, path)),
            in_path={each["name"]: self._parameter(each) for each in parameters if each["in"] == "path"},
            in_query={each["name"]: self._parameter(each) for each in parameters if each["in"] == "query"},
            body=self.schemas.check(json_schema) if json_schema else None,
            body_required=body.get("required", False),
            binary="application/octet-stream" in kinds,
            responses={int(status): self._response(each) for status, each in source["responses"].items()},
        )

    def _response(self, source: Mapping[str, Any]) -> Check | None:
        content = source.get("content", {})
        schema = content.get("application/json", {}).get("schema")
        return self.schemas.check(schema) if schema else None

    def _resolved(self, parameter: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = parameter.get("$ref")
        return self._parameters[reference.rsplit("/", 1)[1]] if reference else parameter

    def _parameter(self, source: Mapping[str, Any]) -> Parameter:
        schema = source["schema"]
        kind = schema.get("type")
        check = self.schemas.check(schema)
        return Parameter(source["name"], kind == "integer", kind == "boolean", source.get("required", False), check)

    @staticmethod
    def _segment(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in SEGMENTS or name == "branch":
            return f"(?P<{name}>.*)" if name == "path" else f"(?P<{name}>.+)"
        return f"(?P<{name}>[^/]+)"


def mended(schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schemas with the nulls that GitHub does answer."""
    for name, *path, last in NULL_AFTER_ALL:
        properties = schemas[name]["properties"]
        for step in path:
            properties = properties[step]["properties"]
        properties[last] = {"nullable": True, "allOf": [properties[last]]}
    return schemas


def unquoted(match: re.Match[str]) -> dict[str, str]:
    """The parameters of a path as the caller meant them."""
    return {name: unquote(value) for name, value in match.groupdict().items()}


@functools.cache
def github() -> Description:
    """GitHub's description, loaded once."""
    return Description(json.loads(SOURCE.read_text()))
