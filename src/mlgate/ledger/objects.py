"""Objects of git, made from values: their bytes, their ids, and writing them without a work tree or an index."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from mlgate.errors import user_error
from mlgate.inputs.git import Repository

Kind = Literal["blob", "tree", "commit", "tag"]
FILE, FOLDER = "100644", "40000"
EMAIL = "noreply@mlgate.invalid"


class Entry(NamedTuple):
    """An entry of a tree."""

    mode: str
    name: str
    id: str


class Made(NamedTuple):
    """An object before it is written."""

    kind: Kind
    data: bytes


def object_id(made: Made, id_length: int = 40) -> str:
    """The id that git gives the object, SHA-1 or SHA-256 by the length of the repository's ids.

    >>> object_id(Made("blob", b""))
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    content = f"{made.kind} {len(made.data)}\0".encode() + made.data
    return (hashlib.sha256(content) if id_length == 64 else hashlib.sha1(content, usedforsecurity=False)).hexdigest()


def write(repository: Repository, made: Made) -> str:
    """The object is in the repository; its id."""
    done = repository.run("hash-object", "-t", made.kind, "-w", "--stdin", data=made.data)
    if done.returncode:
        raise user_error(f"git could not write to {repository.top}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode().strip()


def tree(entries: Sequence[Entry]) -> Made:
    """A folder; git's order puts a folder where its name with a slash would be."""
    ordered = sorted(entries, key=lambda e: (e.name + "/" if e.mode == FOLDER else e.name).encode())
    return Made("tree", b"".join(f"{e.mode} {e.name}\0".encode() + bytes.fromhex(e.id) for e in ordered))


def read_tree(repository: Repository, id_: str | None) -> dict[str, Entry]:
    """The entries of a tree by name; none of no tree."""
    if id_ is None:
        return {}
    data = repository.run("cat-file", "tree", id_).stdout
    found, size = {}, len(id_) // 2 if re.fullmatch("[0-9a-f]+", id_) else 20
    while data:
        head, _, rest = data.partition(b"\0")
        mode, name = head.decode(errors="replace").split(" ", 1)
        found[name] = Entry(mode, name, rest[:size].hex())
        data = rest[size:]
    return found


def commit(tree_id: str, parent: str | None, who: str, epoch: int, message: str) -> Made:
    """A commit by `who`."""
    by = f"{_plain_name(who)} <{EMAIL}> {epoch} +0000"
    lines = [f"tree {tree_id}", *([f"parent {parent}"] if parent else []), f"author {by}", f"committer {by}"]
    return Made("commit", "\n".join([*lines, "", message, ""]).encode())


def tag(target: str, name: str, who: str, epoch: int, message: str) -> Made:
    """An annotated tag on a commit."""
    lines = [f"object {target}", "type commit", f"tag {name}", f"tagger {_plain_name(who)} <{EMAIL}> {epoch} +0000"]
    return Made("tag", "\n".join([*lines, "", message, ""]).encode())


def read_blobs(repository: Repository, ids: Mapping[str, str]) -> dict[str, bytes]:
    """The bytes of the blobs, name → id, in one process."""
    asked = "".join(f"{id_}\n" for id_ in ids.values()).encode()
    data, found = repository.run("cat-file", "--batch", data=asked).stdout, {}
    for name in ids:
        header, _, rest = data.partition(b"\n")
        parts = header.split()
        if len(parts) != 3 or parts[1] != b"blob":
            raise user_error(f"git has no file for {name}", mend="fetch the branch mlgate/ledger again")
        size = int(parts[2])
        found[name], data = rest[:size], rest[size + 1 :]
    return found


def _plain_name(who: str) -> str:
    return re.sub(r"[<>\x00-\x1f]", "", who).strip(" .,:;\"'") or "somebody"
