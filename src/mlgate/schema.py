"""JSON Schemas of the configuration and of evidence, generated from the types that parse them."""

import json
from typing import Any

import msgspec

from mlgate.config import Config
from mlgate.evidence import Evidence
from mlgate.plugins import find_checks

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def config_schema() -> dict[str, Any]:
    """The schema of mlgate.yml: unknown keys are refused, each check has its own parameters."""
    params = {id_: file.load().Params for id_, file in find_checks().items()}
    (config, *schemas), components = msgspec.json.schema_components(
        [Config, *params.values()], ref_template="#/$defs/{name}"
    )
    blocks = {
        id_: {"oneOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}
        for id_, schema in zip(params, schemas, strict=True)
    }
    root = dict(components.pop(config["$ref"].rpartition("/")[2]))
    root["properties"] = dict(root["properties"]) | {
        "checks": {"type": "object", "properties": blocks, "description": "checks by id; 'mlgate checks' lists them"}
    }
    return {"$schema": DIALECT, "$id": "urn:mlgate:config:v1", **root, "title": "mlgate.yml", "$defs": components}


def evidence_schema() -> dict[str, Any]:
    """The schema of evidence: an in-toto Statement with mlgate's predicate."""
    (evidence,), components = msgspec.json.schema_components([Evidence], ref_template="#/$defs/{name}")
    root = components.pop(evidence["$ref"].rpartition("/")[2])
    return {
        "$schema": DIALECT,
        "$id": "urn:mlgate:evidence:v1",
        **root,
        "title": "mlgate evidence",
        "$defs": components,
    }


def to_text(schema: dict[str, Any]) -> str:
    """The schema as indented JSON."""
    return json.dumps(schema, indent=2, ensure_ascii=False)
