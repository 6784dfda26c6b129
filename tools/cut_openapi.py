"""Cut GitHub's OpenAPI description to the operations that mlgate uses.

npm install @octokit/openapi
python tools/cut_openapi.py node_modules/@octokit/openapi/generated/api.github.com.json tests/github_fake/openapi.json
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OPERATIONS = """
actions/create-workflow-dispatch actions/download-artifact actions/get-artifact actions/get-job-for-workflow-run
actions/get-workflow actions/get-workflow-run actions/list-artifacts-for-repo actions/list-jobs-for-workflow-run
actions/list-workflow-run-artifacts actions/list-workflow-runs actions/list-workflow-runs-for-repo
actions/re-run-workflow actions/re-run-workflow-failed-jobs
checks/create checks/get checks/list-annotations checks/list-for-ref checks/update
git/create-blob git/create-commit git/create-ref git/create-tag git/create-tree git/delete-ref git/get-blob
git/get-commit git/get-ref git/get-tag git/get-tree git/list-matching-refs git/update-ref
issues/add-labels issues/create issues/create-comment issues/create-label issues/delete-comment issues/get
issues/get-comment issues/get-label issues/list-comments issues/list-for-repo issues/list-labels-for-repo
issues/remove-label issues/update issues/update-comment
meta/get
pulls/create pulls/get pulls/list pulls/list-files pulls/list-reviews pulls/update
rate-limit/get
repos/compare-commits-with-basehead repos/create-commit-status repos/create-deployment
repos/create-deployment-status repos/create-dispatch-event repos/create-release repos/delete-release
repos/delete-release-asset repos/get repos/get-all-environments repos/get-branch repos/get-branch-protection
repos/get-branch-rules repos/get-collaborator-permission-level repos/get-combined-status-for-ref repos/get-commit
repos/get-content repos/get-deployment repos/get-environment repos/get-latest-release repos/get-release
repos/get-release-asset repos/get-release-by-tag repos/get-repo-ruleset repos/get-repo-rulesets repos/list-branches
repos/list-commit-statuses-for-ref repos/list-commits repos/list-deployment-statuses repos/list-deployments
repos/list-pull-requests-associated-with-commit repos/list-release-assets repos/list-releases repos/update-release
repos/update-release-asset repos/upload-release-asset
search/issues-and-pull-requests
users/get-authenticated
""".split()

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
    kept = {key: operation[key] for key in ("operationId", "parameters", "requestBody") if key in operation}
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
    result = cut(json.loads(arguments.source.read_text()), OPERATIONS)
    arguments.target.write_text(lines(result))
    print(f"{arguments.target}: {len(OPERATIONS)} operations, {arguments.target.stat().st_size:,} bytes")


def lines(result: dict[str, Any], depth: int = 2) -> str:
    """JSON with one line for each item `depth` levels down."""
    if depth < 0 or not isinstance(result, dict):
        return json.dumps(result, separators=(",", ":"), sort_keys=True)
    items = ",\n".join(f"{json.dumps(key)}:{lines(result[key], depth - 1)}" for key in sorted(result))
    return f"{{\n{items}\n}}" + ("\n" if depth == 2 else "")


if __name__ == "__main__":
    main()
