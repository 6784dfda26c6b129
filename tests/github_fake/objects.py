"""Git objects with their true SHA-1 ids, shared by a repository and its forks."""

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ROOT_MODE = "040000"


@dataclass(frozen=True)
class Person:
    """An author, committer or tagger."""

    name: str
    email: str
    time: float

    def line(self) -> str:
        """The person as git writes it."""
        return f"{self.name} <{self.email}> {int(self.time)} +0000"


@dataclass(frozen=True)
class Entry:
    """A name in a tree."""

    mode: str
    kind: str
    sha: str


@dataclass(frozen=True)
class Blob:
    content: bytes
    kind = "blob"

    def data(self) -> bytes:
        return self.content


@dataclass(frozen=True)
class Tree:
    entries: Mapping[str, Entry]
    kind = "tree"

    def data(self) -> bytes:
        ordered = sorted(self.entries.items(), key=lambda item: item[0] + ("/" if item[1].kind == "tree" else ""))
        return b"".join(
            f"{entry.mode.lstrip('0')} {name}\0".encode() + bytes.fromhex(entry.sha) for name, entry in ordered
        )


@dataclass(frozen=True)
class Commit:
    tree: str
    parents: tuple[str, ...]
    message: str
    author: Person
    committer: Person
    kind = "commit"

    def data(self) -> bytes:
        parents = "".join(f"parent {parent}\n" for parent in self.parents)
        people = f"author {self.author.line()}\ncommitter {self.committer.line()}\n"
        return f"tree {self.tree}\n{parents}{people}\n{self.message}".encode()


@dataclass(frozen=True)
class Tag:
    target: str
    target_kind: str
    name: str
    message: str
    tagger: Person
    kind = "tag"

    def data(self) -> bytes:
        head = f"object {self.target}\ntype {self.target_kind}\ntag {self.name}\ntagger {self.tagger.line()}\n"
        return f"{head}\n{self.message}".encode()


Object = Blob | Tree | Commit | Tag


class Objects:
    """All objects of a network of forks."""

    def __init__(self) -> None:
        self._objects: dict[str, Object] = {}

    def put(self, item: Object) -> str:
        """The id under which the object is kept."""
        data = item.data()
        sha = hashlib.sha1(f"{item.kind} {len(data)}\0".encode() + data).hexdigest()
        self._objects[sha] = item
        return sha

    def get(self, sha: str) -> Object | None:
        """The object, if there is one."""
        return self._objects.get(sha)

    def commit(self, sha: str) -> Commit:
        """The commit that `sha` is, or that the tag `sha` points to."""
        item = self._objects[sha]
        while isinstance(item, Tag):
            item = self._objects[item.target]
        assert isinstance(item, Commit), f"{sha} is a {item.kind}"
        return item

    def tree(self, sha: str) -> Tree:
        """The tree that `sha` is, or the tree of the commit or tag `sha`."""
        item = self._objects[sha]
        if isinstance(item, Tree):
            return item
        tree = self._objects[self.commit(sha).tree]
        assert isinstance(tree, Tree)
        return tree

    def blob(self, sha: str) -> bytes:
        """The content of a file."""
        item = self._objects[sha]
        assert isinstance(item, Blob)
        return item.content

    def write(self, files: Mapping[str, Entry]) -> str:
        """The tree that holds `files` by their whole paths."""
        entries: dict[str, Entry] = {}
        below: dict[str, dict[str, Entry]] = {}
        for path, entry in files.items():
            first, _, rest = path.partition("/")
            if rest:
                below.setdefault(first, {})[rest] = entry
            else:
                entries[first] = entry
        for name, inner in below.items():
            entries[name] = Entry(ROOT_MODE, "tree", self.write(inner))
        return self.put(Tree(entries))

    def files(self, sha: str) -> dict[str, Entry]:
        """Every file below a tree, commit or tag, by its whole path."""
        return {path: entry for path, entry in self.walk(sha) if entry.kind != "tree"}

    def walk(self, sha: str, prefix: str = "") -> Iterator[tuple[str, Entry]]:
        """Every entry below a tree, folders before what they hold."""
        for name, entry in sorted(self.tree(sha).entries.items()):
            yield prefix + name, entry
            if entry.kind == "tree":
                yield from self.walk(entry.sha, f"{prefix}{name}/")

    def entry(self, sha: str, path: str) -> Entry | None:
        """What lies at `path` below a tree, commit or tag."""
        found = Entry(ROOT_MODE, "tree", sha)
        for part in filter(None, path.split("/")):
            inner = self.tree(found.sha).entries.get(part) if found.kind == "tree" else None
            if inner is None:
                return None
            found = inner
        return found

    def ancestors(self, sha: str) -> dict[str, None]:
        """The commit and all commits before it, nearest first."""
        seen: dict[str, None] = {}
        waiting = deque([sha])
        while waiting:
            each = waiting.popleft()
            if each not in seen:
                seen[each] = None
                waiting.extend(self.commit(each).parents)
        return seen

    def merge_base(self, left: str, right: str) -> str | None:
        """The nearest commit before both, if there is one."""
        before = self.ancestors(left)
        return next((sha for sha in self.ancestors(right) if sha in before), None)
