"""OpenAPI schemas as fast checks, and values that fill what a schema requires."""

from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]
Check = Callable[[Any], str | None]  # the first fault, with its place; nothing when the value fits
UNSET = "https://api.github.test/not-modelled"
KNOWN = {
    *("type", "format", "nullable", "enum", "default", "properties", "required", "additionalProperties", "items"),
    *("allOf", "anyOf", "oneOf", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"),
    *("maxProperties", "discriminator"),
}
TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list, tuple),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
SIZES: Mapping[str, Callable[[Any, Any], bool]] = {
    "minimum": lambda value, limit: value < limit,
    "maximum": lambda value, limit: value > limit,
    "minLength": lambda value, limit: len(value) < limit,
    "maxLength": lambda value, limit: len(value) > limit,
    "minItems": lambda value, limit: len(value) < limit,
    "maxItems": lambda value, limit: len(value) > limit,
    "maxProperties": lambda value, limit: len(value) > limit,
}
SAMPLES = {"uri": UNSET, "date-time": "2024-01-01T00:00:00Z", "email": "octocat@users.noreply.github.com"}
PLAIN = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": (), "object": {}}


class Schemas:
    """The named schemas of a description, compiled when first used."""

    def __init__(self, named: Mapping[str, Schema]) -> None:
        self.named = named
        self._checks: dict[str, Check] = {}
        self._filled: dict[str, Any] = {}

    def check(self, schema: Schema, strict: bool = True) -> Check:
        """A check of `schema`; strict also refuses properties that the schema does not describe."""
        if reference := schema.get("$ref"):
            return self._reference(reference.rsplit("/", 1)[1], strict)
        if unknown := set(schema) - KNOWN:
            raise ValueError(f"keywords that this validator does not know: {sorted(unknown)}")
        parts = [self._combined(schema), self._typed(schema), self._object(schema, strict), self._items(schema, strict)]
        checks = tuple(part for part in parts if part)
        nullable = schema.get("nullable", False)

        def run(value: Any) -> str | None:
            if value is None and nullable:
                return None
            for each in checks:
                if fault := each(value):
                    return fault
            return None

        return run

    def fill(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """An object of the named schema: `given`, and a plain value for whatever else is required."""
        if name not in self._filled:
            self._filled[name] = self._plain(self.named[name])
        return {**self._filled[name], **given}

    def _reference(self, name: str, strict: bool) -> Check:
        key = f"{name} {strict}"
        if key not in self._checks:
            self._checks[key] = lambda value: self._checks[key](value)  # while a recursive schema is being compiled
            self._checks[key] = self.check(self.named[name], strict)
        return lambda value: self._checks[key](value)

    def _combined(self, schema: Schema) -> Check | None:
        for keyword in ("allOf", "anyOf", "oneOf"):
            if keyword in schema:
                return self._branches(keyword, [self.check(each, strict=False) for each in schema[keyword]])
        return None

    @staticmethod
    def _branches(keyword: str, checks: list[Check]) -> Check:
        def run(value: Any) -> str | None:
            faults = [fault for each in checks if (fault := each(value))]
            if keyword == "allOf":
                return faults[0] if faults else None
            if len(faults) == len(checks):
                return f" fits none of {len(checks)} forms: {'; '.join(faults)}"
            return None  # GitHub's `oneOf` are often not exclusive, so one or more is enough

        return run

    @staticmethod
    def _typed(schema: Schema) -> Check:
        types = TYPES.get(schema.get("type", ""), (object,))
        number = schema.get("type") in ("integer", "number")
        enum = frozenset(map(repr, schema["enum"])) if "enum" in schema else None
        limits = [(keyword, SIZES[keyword], schema[keyword]) for keyword in SIZES if keyword in schema]

        def run(value: Any) -> str | None:
            if not isinstance(value, types) or (number and isinstance(value, bool)):
                return f" is {value!r:.60}, not {schema['type']}"
            if enum is not None and repr(value) not in enum:
                return f" is {value!r:.60}, not one of {schema['enum']}"
            for keyword, breaks, limit in limits:
                if breaks(value, limit):
                    return f" breaks {keyword} {limit}"
            return None

        return run

    def _object(self, schema: Schema, strict: bool) -> Check | None:
        if "properties" not in schema and "required" not in schema and "additionalProperties" not in schema:
            return None
        known = {name: self.check(each, strict) for name, each in schema.get("properties", {}).items()}
        plain = {
            name: types for name, each in schema.get("properties", {}).items() if (types := self._plain_types(each))
        }
        required = tuple(schema.get("required", ()))
        extra = schema.get(
            "additionalProperties", not (strict and known) or any(k in schema for k in ("anyOf", "oneOf"))
        )
        other = self.check(extra, strict) if isinstance(extra, dict) else None

        def run(value: Any) -> str | None:
            if not isinstance(value, dict):
                return None
            for name in required:
                if name not in value:
                    return f" lacks {name!r}"
            for name, item in value.items():
                if type(item) in plain.get(name, ()):
                    continue  # most are, and a call for each would double the time
                check = known.get(name, other)
                if check is None and extra is False:
                    return f" has {name!r}, which is not described"
                if check and (fault := check(item)):
                    return f".{name}{fault}"
            return None

        return run

    @staticmethod
    def _plain_types(schema: Schema) -> frozenset[type] | None:
        """The types that suffice, where a schema says nothing but a type."""
        if set(schema) - {"type", "format", "nullable", "default"} or schema.get("type") not in TYPES:
            return None
        return frozenset((*TYPES[schema["type"]], *((type(None),) if schema.get("nullable") else ())))

    def _items(self, schema: Schema, strict: bool) -> Check | None:
        if "items" not in schema:
            return None
        check = self.check(schema["items"], strict)

        def run(value: Any) -> str | None:
            if isinstance(value, (list, tuple)):
                for index, item in enumerate(value):
                    if fault := check(item):
                        return f"[{index}]{fault}"
            return None

        return run

    def _plain(self, schema: Schema) -> Any:
        if schema.get("nullable"):
            return None if "properties" not in schema else self._required(schema)
        if reference := schema.get("$ref"):
            name = reference.rsplit("/", 1)[1]
            return None if self.named[name].get("nullable") else self.fill_plain(name)
        if "enum" in schema:
            return schema["enum"][0]
        if "allOf" in schema:
            merged: dict[str, Any] = {}
            for each in schema["allOf"]:
                merged |= self._plain(each)
            return merged | self._required(schema)
        if "properties" in schema:
            return self._required(schema)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                return self._plain(schema[keyword][0])
        kind = schema.get("type", "object")
        if kind == "array":
            return []
        if kind == "string":
            return SAMPLES.get(schema.get("format", ""), "0" * schema.get("minLength", 0))
        return PLAIN[kind]

    def _required(self, schema: Schema) -> dict[str, Any]:
        properties = schema.get("properties", {})
        return {
            name: None if properties.get(name, {}).get("nullable") else self._plain(properties.get(name, {}))
            for name in schema.get("required", ())
        }

    def fill_plain(self, name: str) -> Any:
        """The plain value of a named schema."""
        return self.fill(name, {}) if isinstance(self._plain(self.named[name]), dict) else self._plain(self.named[name])
