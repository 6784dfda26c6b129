"""Files of a commit."""

import base64
from typing import Any

from tests.github_fake import render
from tests.github_fake.call import NOT_FOUND, Call, Refused, Reply, operation
from tests.github_fake.objects import Entry

INLINE = 1_000_000  # a larger file comes without its content
MOST = 100_000_000
RAW = "application/vnd.github.raw"
KINDS = {"blob": "file", "tree": "dir", "commit": "submodule"}


def described(call: Call, ref: str, path: str, entry: Entry) -> dict[str, Any]:
    """What a file and an item of a folder have in common."""
    repository = call.repository
    git = f"{render.api(repository)}/git/{'trees' if entry.kind == 'tree' else 'blobs'}/{entry.sha}"
    page = f"{render.page(repository)}/{'tree' if entry.kind == 'tree' else 'blob'}/{ref}/{path}"
    url = f"{render.api(repository)}/contents/{path}?ref={ref}"
    content = repository.objects.blob(entry.sha) if entry.kind == "blob" else b""
    return {
        "type": KINDS[entry.kind],
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": entry.sha,
        "size": len(content),
        "url": url,
        "git_url": git,
        "html_url": page,
        "download_url": f"{render.page(repository)}/raw/{ref}/{path}" if entry.kind == "blob" else None,
        "_links": {"self": url, "git": git, "html": page},
    }


@operation("repos/get-content", "contents=read")
def get_content(call: Call) -> Reply:
    repository, path = call.repository, call.path["path"].strip("/")
    ref = call.query.get("ref", repository.default_branch)
    sha = repository.resolve(ref)
    if sha is None:
        raise Refused(404, f"No commit found for the ref {ref}")
    entry = repository.objects.entry(sha, path)
    if entry is None:
        raise Refused(404, NOT_FOUND)
    if entry.kind == "tree":
        inner = repository.objects.tree(entry.sha).entries
        listed = [described(call, ref, f"{path}/{name}".lstrip("/"), each) for name, each in sorted(inner.items())]
        return Reply(200, listed)
    content = repository.objects.blob(entry.sha)
    if len(content) > MOST:
        raise Refused(403, "This API returns blobs up to 100 MB in size.")
    if call.headers.get("accept", "").startswith(RAW):
        return Reply(200, None, {"content-type": f"{RAW}; charset=utf-8"}, content)
    encoded = base64.encodebytes(content).decode() if len(content) <= INLINE else ""
    encoding = "base64" if len(content) <= INLINE else "none"
    return Reply(200, {**described(call, ref, path, entry), "content": encoded, "encoding": encoding})
