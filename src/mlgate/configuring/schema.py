"""JSON Schemas of the configuration and of evidence, generated from the types that parse them."""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

import msgspec

from mlgate.config import Config
from mlgate.configuring.faults import find, strip
from mlgate.evidence import Evidence
from mlgate.features.declared import Declared
from mlgate.plugins import find_checks
from mlgate.promotion.stages import Stages

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def config_schema() -> dict[str, Any]:
    """The schema of mlgate.yml: unknown keys are refused, each check has its own parameters.

    The ids of checks are open, since a repository may have checks of its own.
    """
    params = {id_: file.load().Params for id_, file in find_checks().items()}
    (config, *schemas), components = msgspec.json.schema_components(
        [Config, *params.values()], ref_template="#/$defs/{name}"
    )
    blocks = {
        id_: {"oneOf": [schema, {"type": "array", "items": _or_nothing(schema, kind), "minItems": 1}, *_nothing(kind)]}
        for (id_, kind), schema in zip(params.items(), schemas, strict=True)
    }
    for kind, schema in zip(params.values(), schemas, strict=True):
        _restrict_keys(kind, components[schema["$ref"].rpartition("/")[2]])
    root = dict(components.pop(config["$ref"].rpartition("/")[2]))
    root["properties"] = dict(root["properties"]) | {
        "checks": {"type": "object", "properties": blocks, "description": "checks by id; 'mlgate checks' lists them"}
    }
    schema = {"$schema": DIALECT, "$id": "urn:mlgate:config:v1", **root, "title": "mlgate.yml", "$defs": components}
    return _named_alike_everywhere(schema)


def features_schema() -> dict[str, Any]:
    """The schema of features.yml."""
    return _of(Declared, "features", "features.yml")


def stages_schema() -> dict[str, Any]:
    """The schema of stages.yml."""
    return _of(Stages, "stages", "stages.yml")


def evidence_schema() -> dict[str, Any]:
    """The schema of evidence: an in-toto Statement with mlgate's predicate."""
    return _of(Evidence, "evidence", "mlgate evidence")


SCHEMAS = {"config": config_schema, "features": features_schema, "stages": stages_schema, "evidence": evidence_schema}


def _of(kind: type[msgspec.Struct], name: str, title: str) -> dict[str, Any]:
    (whole,), components = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    root = components.pop(whole["$ref"].rpartition("/")[2])
    return {"$schema": DIALECT, "$id": f"urn:mlgate:{name}:v1", **root, "title": title, "$defs": components}


def _restrict_keys(kind: Any, described: dict[str, Any]) -> None:
    """The mappings whose keys are a choice of names say so, which msgspec leaves out."""
    for field in msgspec.structs.fields(kind):
        mapping = find(strip(field.type)[0], lambda t: get_origin(t) is Mapping)
        names = find(get_args(mapping)[0], lambda t: get_origin(t) is Literal) if mapping else None
        if names:
            described["properties"][field.encode_name]["propertyNames"] = {"enum": list(get_args(names))}


def _nothing(kind: Any) -> list[dict[str, str]]:
    """`check:` without parameters, where none is required."""
    return [] if any(field.required for field in msgspec.structs.fields(kind)) else [{"type": "null"}]


def _or_nothing(schema: dict[str, Any], kind: Any) -> dict[str, Any]:
    return {"oneOf": [schema, *_nothing(kind)]} if _nothing(kind) else schema


def _named_alike_everywhere(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without the digests of the paths from which checks were loaded."""
    named: dict[str, Any] = json.loads(re.sub(r"\bmlgate_plugin_(\w+)_[0-9a-f]{12}\.", r"\1.", json.dumps(schema)))
    return named


def to_text(schema: dict[str, Any]) -> str:
    """The schema as indented JSON."""
    return json.dumps(schema, indent=2, ensure_ascii=False)
