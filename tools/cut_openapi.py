"""Cut GitHub's OpenAPI description to the operations that mlgate uses.

npm install @octokit/openapi
python tools/cut_openapi.py node_modules/@octokit/openapi/generated/api.github.com.json tests/github_fake/openapi.json
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OPERATIONS = {  # by the first half of their ids
    "actions": """
        create-workflow-dispatch download-artifact get-artifact
        get-github-actions-default-workflow-permissions-repository get-job-for-workflow-run get-workflow
        get-reviews-for-run get-workflow-run list-artifacts-for-repo list-jobs-for-workflow-run
        list-workflow-run-artifacts list-workflow-runs list-workflow-runs-for-repo re-run-workflow
        re-run-workflow-failed-jobs
    """,
    "checks": """
        create get list-annotations list-for-ref update
    """,
    "git": """
        create-blob create-commit create-ref create-tag create-tree delete-ref get-blob get-commit
        get-ref get-tag get-tree list-matching-refs update-ref
    """,
    "issues": """
        add-labels create create-comment create-label delete-comment get get-comment get-label
        list-comments list-for-repo list-labels-for-repo remove-label update update-comment
    """,
    "meta": """
        get
    """,
    "pulls": """
        create get list list-files list-reviews update
    """,
    "rate-limit": """
        get
    """,
    "repos": """
        compare-commits-with-basehead create-commit-status create-deployment create-deployment-status
        create-dispatch-event create-release delete-release delete-release-asset get
        get-all-environments get-branch get-branch-protection get-branch-rules
        get-collaborator-permission-level get-combined-status-for-ref get-commit get-content
        get-deployment get-environment get-latest-release get-release get-release-asset
        get-release-by-tag get-repo-ruleset get-repo-rulesets list-branches list-commit-statuses-for-ref
        list-commits list-deployment-statuses list-deployments list-pull-requests-associated-with-commit
        list-release-assets list-releases update-release update-release-asset upload-release-asset
    """,
    "search": """
        issues-and-pull-requests
    """,
    "users": """
        get-authenticated
    """,
}

PROSE = {"description", "summary", "example", "examples", "externalDocs", "tags", "title", "deprecated", "x-github"}
METHODS = ("get", "post", "put", "patch", "delete")


def without_prose(value: Any, names: bool = False) -> Any:
    """`value` without what only people read; the keys of an object under `properties` are names and stay."""
    if isinstance(value, dict):
        return {
            key: without_prose(item, names=key == "properties" and not names)
            for key, item in value.items()
            if names or not (key in PROSE or key.startswith("x-"))
        }
    return [without_prose(item) for item in value] if isinstance(value, list) else value


def references(value: Any) -> Iterator[tuple[str, str]]:
    """Every component that `value` refers to, as kind and name."""
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            kind, name = reference.removeprefix("#/components/").split("/")
            yield kind, name
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def smaller(operation: dict[str, Any]) -> dict[str, Any]:
    """The operation with JSON bodies only; an error keeps its status, and no headers are described."""
    kept: dict[str, Any] = {
        key: operation[key] for key in ("operationId", "parameters", "requestBody") if key in operation
    }
    kept["responses"] = {
        status: {"content": {kind: {"schema": body["schema"]} for kind, body in response["content"].items()}}
        if status < "300" and "content" in response
        else {}
        for status, response in operation["responses"].items()
    }
    return without_prose(kept)  # type: ignore[no-any-return]


def cut(description: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    """The description of the wanted operations and of everything that they refer to."""
    paths: dict[str, Any] = {}
    for path, item in description["paths"].items():
        for method in METHODS:
            if item.get(method, {}).get("operationId") in wanted:
                paths.setdefault(path, {})[method] = smaller(item[method])
    found = {operation["operationId"] for item in paths.values() for operation in item.values()}
    if missing := sorted(set(wanted) - found):
        raise SystemExit(f"not in the description: {', '.join(missing)}")
    components: dict[str, Any] = {}
    waiting = list(references(paths))
    while waiting:
        kind, name = waiting.pop()
        if name not in components.setdefault(kind, {}):
            components[kind][name] = without_prose(description["components"][kind][name])
            waiting.extend(references(components[kind][name]))
    info = {key: description["info"][key] for key in ("title", "version", "license")}
    info["description"] = f"Cut to {len(wanted)} operations by tools/cut_openapi.py; see NOTICE."
    return {"openapi": description["openapi"], "info": info, "paths": paths, "components": components}


def main() -> None:
    """Write the cut, one operation or component a line, so that a new version is a readable diff."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    wanted = [f"{group}/{name}" for group, names in OPERATIONS.items() for name in names.split()]
    result = cut(json.loads(arguments.source.read_text()), wanted)
    arguments.target.write_text(lines(result))
    print(f"{arguments.target}: {len(wanted)} operations, {arguments.target.stat().st_size:,} bytes")


def lines(result: dict[str, Any], depth: int = 2) -> str:
    """JSON with one line for each item `depth` levels down."""
    if depth < 0 or not isinstance(result, dict):
        return json.dumps(result, separators=(",", ":"), sort_keys=True)
    items = ",\n".join(f"{json.dumps(key)}:{lines(result[key], depth - 1)}" for key in sorted(result))
    return f"{{\n{items}\n}}" + ("\n" if depth == 2 else "")


if __name__ == "__main__":
    main()
