"""Git over HTTP for the fake: git's own server on bare copies of repositories, with github.com's rules for tokens."""

import base64
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zlib import compress

from tests.github_fake.call import allows
from tests.github_fake.faults import Answer
from tests.github_fake.objects import Blob, Commit, Entry, Object, Objects, Person, Tag, Tree
from tests.github_fake.repository import Repository
from tests.github_fake.state import Event

if TYPE_CHECKING:
    from tests.github_fake.world import Token, World

RECEIVE = "git-receive-pack"
ASK = {"www-authenticate": 'Basic realm="GitHub"'}
REFUSAL = "refusing to allow a GitHub App to create or update workflow files without `workflows` permission"
# The rule of `handlers.rules.check_workflows`, asked of what a push brings.
HOOK = f"""#!/bin/sh
[ "$FAKE_WORKFLOWS" = write ] && exit 0
while read -r old new ref; do
  brought=$(git rev-parse --quiet --verify "$new^{{commit}}:.github/workflows") || continue
  known=no
  for tip in $(git for-each-ref --format='%(objectname)' refs/heads); do
    if [ "$(git rev-parse --quiet --verify "$tip:.github/workflows")" = "$brought" ]; then known=yes; fi
  done
  if [ $known = no ]; then echo '{REFUSAL}' >&2; exit 1; fi
done
"""


@dataclass
class GitHosting:
    """Serves the fake's repositories to real git; what is pushed is in the fake afterwards."""

    world: "World"
    folder: Path
    _bare: dict[str, Path] = field(default_factory=dict)

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to `/owner/name.git/…`."""
        split = urlsplit(target)
        name, _, service = split.path.strip("/").partition(".git/")
        repository = self.world.repositories.get(name.lower())
        pushes = RECEIVE in (split.query if service == "info/refs" else service)
        token = self._token(headers)
        if repository is None:
            return Answer(404, {}, b"Repository not found.")
        if "authorization" in headers and token is None:
            return Answer(401, ASK, b"Invalid username or token.")
        needs = "contents=write" if pushes else "contents=read"
        if pushes or repository.private:
            if token is None:
                return Answer(401, ASK, b"Authentication is required.")
            if not allows(token, needs, repository):
                return Answer(403, {}, f"Permission to {name}.git denied to {token.user.login}.".encode())
        bare = self._copied(repository)
        before = refs_of(bare)
        answer = self._served(bare, method, service, split.query, headers, body, token)
        if pushes and method == "POST":
            self._taken_over(repository, bare, before, token)
        return answer

    def _token(self, headers: Mapping[str, str]) -> "Token | None":
        kind, _, value = headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        _, _, password = base64.b64decode(value).decode().partition(":")
        return self.world.tokens.get(password)

    def _served(
        self, bare: Path, method: str, service: str, query: str, headers: Mapping[str, str], body: bytes,
        token: "Token | None",
    ) -> Answer:  # fmt: skip
        """What `git http-backend` says, which is a CGI program."""
        may = "write" if token and not token.integration else "none"
        asked = {
            "GIT_PROJECT_ROOT": str(bare.parent), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": f"/{bare.name}/{service}",
            "REQUEST_METHOD": method, "QUERY_STRING": query, "CONTENT_TYPE": headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(body)), "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
            "GIT_PROTOCOL": headers.get("git-protocol", ""), "REMOTE_USER": token.user.login if token else "",
            "FAKE_WORKFLOWS": may,
        }  # fmt: skip
        done = git(bare, "http-backend", data=body, environ=asked)
        head, _, content = done.partition(b"\r\n\r\n")
        told = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(told.pop("Status", "200 OK").split()[0])
        return Answer(status, {name.lower(): value for name, value in told.items()}, content)

    def _copied(self, repository: Repository) -> Path:
        """The bare copy, with every ref as the fake has it now."""
        bare = self._bare.get(repository.full_name)
        if bare is None:
            bare = self.folder / f"{repository.full_name.replace('/', '+')}.git"
            git(self.folder, "init", "--quiet", "--bare", f"--initial-branch={repository.default_branch}", str(bare))
            git(bare, "config", "http.receivepack", "true")
            (bare / "hooks").mkdir(exist_ok=True)
            (bare / "hooks" / "pre-receive").write_text(HOOK, encoding="utf-8")
            (bare / "hooks" / "pre-receive").chmod(0o755)
            self._bare[repository.full_name] = bare
        there, here = refs_of(bare), {f"refs/{name}": sha for name, sha in repository.refs.current()}
        for ref, sha in here.items():
            if there.get(ref) != sha:
                write_objects(repository.objects, sha, bare / "objects")
                git(bare, "update-ref", ref, sha)
        for ref in set(there) - set(here):
            git(bare, "update-ref", "-d", ref)
        return bare

    def _taken_over(self, repository: Repository, bare: Path, before: Mapping[str, str], token: "Token | None") -> None:
        """The fake has the refs that were pushed, with their objects, and announces them."""
        after = refs_of(bare)
        pushed = {ref: sha for ref, sha in after.items() if before.get(ref) != sha}
        if pushed:
            read_objects(repository.objects, bare, pushed.values(), before.values())
        assert token is not None
        for ref, sha in pushed.items():
            repository.set_ref(ref.removeprefix("refs/"), sha)
            event = Event("push", repository.full_name, None, ref, sha, token.user.login, not token.integration)
            self.world.announce(event)
        for ref in set(before) - set(after):
            repository.refs.remove(ref.removeprefix("refs/"))


def git(folder: Path, *arguments: str, data: bytes = b"", environ: Mapping[str, str] | None = None) -> bytes:
    """What git prints, run without anybody's configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command, env = ["git", *arguments], {**kept, **alone, **(environ or {})}
    return subprocess.run(command, cwd=folder, input=data, env=env, check=True, stdout=subprocess.PIPE).stdout


def refs_of(bare: Path) -> dict[str, str]:
    """Each ref with the object that it leads to."""
    lines = git(bare, "for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()
    return dict(line.split(" ", 1) for line in lines)


def write_objects(objects: Objects, sha: str, folder: Path) -> None:
    """An object and all that it needs, as git keeps loose objects."""
    waiting, seen = [sha], set[str]()
    while waiting:
        name = waiting.pop()
        path = folder / name[:2] / name[2:]
        if name in seen or path.exists():
            continue
        seen.add(name)
        item = objects.get(name)
        assert item, name
        path.parent.mkdir(exist_ok=True)
        data = item.data()
        path.write_bytes(compress(f"{item.kind} {len(data)}\0".encode() + data))
        waiting += needed_by(item)


def needed_by(item: Object) -> list[str]:
    """The objects that an object names; a submodule's commit is elsewhere."""
    if isinstance(item, Tag):
        return [item.target]
    if isinstance(item, Commit):
        return [item.tree, *item.parents]
    return [each.sha for each in item.entries.values() if each.kind != "commit"] if isinstance(item, Tree) else []


def read_objects(objects: Objects, bare: Path, wanted: "object", known: "object") -> None:
    """All objects behind the wanted ones are here, under the ids that they have in git."""
    asked = "".join(f"{sha}\n" for sha in wanted) + "".join(f"^{sha}\n" for sha in known)  # type: ignore[attr-defined]
    listed = git(bare, "rev-list", "--objects", "--stdin", data=asked.encode()).decode().splitlines()
    names = dict.fromkeys(line.split(" ", 1)[0] for line in listed)
    data = git(bare, "cat-file", "--batch", data="".join(f"{name}\n" for name in names).encode())
    while data:
        head, _, data = data.partition(b"\n")
        name, kind, size = head.decode().split()
        content, data = data[: int(size)], data[int(size) + 1 :]
        assert objects.put(parsed(kind, content)) == name, f"the fake cannot hold the {kind} {name}"


def parsed(kind: str, data: bytes) -> Object:
    """The object as the fake holds it."""
    if kind == "blob":
        return Blob(data)
    if kind == "tree":
        return Tree(dict(_entries(data)))
    head, _, message = data.decode().partition("\n\n")
    lines = [line.partition(" ")[::2] for line in head.splitlines()]
    said = dict(lines)
    if kind == "tag":
        return Tag(said["object"], said["type"], said["tag"], message, _person(said["tagger"]))
    parents = tuple(value for name, value in lines if name == "parent")
    return Commit(said["tree"], parents, message, _person(said["author"]), _person(said["committer"]))


def _entries(data: bytes) -> "list[tuple[str, Entry]]":
    kinds, found = {"40000": "tree", "160000": "commit"}, []
    while data:
        head, _, rest = data.partition(b"\0")
        mode, name = head.decode().split(" ", 1)
        found.append((name, Entry(mode.zfill(6), kinds.get(mode, "blob"), rest[:20].hex())))
        data = rest[20:]
    return found


def _person(line: str) -> Person:
    name, _, rest = line.partition(" <")
    email, _, when = rest.partition("> ")
    return Person(name, email, float(when.split()[0]))
