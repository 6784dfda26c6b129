"""Git objects and refs, with the rules that only github.com has."""

import base64
import binascii
from typing import Any

from tests.github_fake import render
from tests.github_fake.call import NOT_FOUND, Call, Refused, Reply, operation
from tests.github_fake.handlers.rules import check_ref
from tests.github_fake.objects import Blob, Commit, Entry, Object, Person, Tag, Tree
from tests.github_fake.repository import Repository


def the_object(call: Call, sha: str, kind: str) -> Object:
    """The object of that id and kind."""
    item = call.repository.objects.get(sha)
    if item is None or item.kind != kind:
        raise Refused(404, NOT_FOUND)
    return item


def person(call: Call, given: Any) -> Person:
    """The person whom the request names, else whose token it is."""
    login = call.user.login
    name, email = given.get("name", login), given.get("email", f"{login}@users.noreply.github.com")
    return Person(name, email, call.now)


@operation("git/create-blob", "contents=write")
def create_blob(call: Call) -> Reply:
    text = call.body["content"]
    try:
        content = base64.b64decode(text) if call.body.get("encoding") == "base64" else text.encode()
    except binascii.Error as error:
        raise Refused(422, "content is not valid Base64") from error
    sha = call.repository.objects.put(Blob(content))
    return Reply(201, {"sha": sha, "url": f"{render.api(call.repository)}/git/blobs/{sha}"})


@operation("git/get-blob", "contents=read")
def get_blob(call: Call) -> Reply:
    item = the_object(call, call.path["file_sha"], "blob")
    assert isinstance(item, Blob)
    sha = call.path["file_sha"]
    return Reply(
        200,
        render.fill(
            "blob",
            sha=sha,
            node_id=f"B_{sha[:12]}",
            size=len(item.content),
            url=f"{render.api(call.repository)}/git/blobs/{sha}",
            content=base64.encodebytes(item.content).decode(),
            encoding="base64",
        ),
    )


def render_tree(repository: Repository, sha: str, entries: list[tuple[str, Entry]], truncated: bool) -> render.Json:
    """A tree."""
    base = f"{render.api(repository)}/git"
    shown = []
    for path, entry in entries:
        size = {"size": len(repository.objects.blob(entry.sha))} if entry.kind == "blob" else {}
        url = f"{base}/{entry.kind}s/{entry.sha}"
        shown.append({"path": path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha, "url": url, **size})
    return {"sha": sha, "url": f"{base}/trees/{sha}", "tree": shown, "truncated": truncated}


@operation("git/get-tree", "contents=read")
def get_tree(call: Call) -> Reply:
    sha = call.repository.resolve(call.path["tree_sha"])
    if sha is None or the_kind(call.repository, sha) == "blob":
        raise Refused(404, NOT_FOUND)
    objects = call.repository.objects
    own = objects.put(objects.tree(sha))
    entries = list(objects.walk(sha)) if "recursive" in call.query else sorted(objects.tree(sha).entries.items())
    limit = call.repository.tree_limit
    return Reply(200, render_tree(call.repository, own, entries[:limit], len(entries) > limit))


def the_kind(repository: Repository, sha: str) -> str | None:
    """The kind of an object."""
    item = repository.objects.get(sha)
    return item.kind if item else None


@operation("git/create-tree", "contents=write")
def create_tree(call: Call) -> Reply:
    objects, base = call.repository.objects, call.body.get("base_tree")
    if base and the_kind(call.repository, base) not in ("tree", "commit"):
        raise Refused(404, NOT_FOUND)
    files = dict(objects.files(base)) if base else {}
    for each in call.body["tree"]:
        path = each["path"]
        if "sha" in each and each["sha"] is None:
            files.pop(path, None)
        elif "content" in each:
            files[path] = Entry(each.get("mode", "100644"), "blob", objects.put(Blob(each["content"].encode())))
        elif objects.get(each.get("sha", "")):
            files[path] = Entry(each.get("mode", "100644"), each.get("type", "blob"), each["sha"])
        else:
            raise Refused(422, f"tree.sha {each.get('sha')} is not a valid blob")
    tree = objects.write(files)
    return Reply(201, render_tree(call.repository, tree, sorted(objects.tree(tree).entries.items()), False))


@operation("git/create-commit", "contents=write")
def create_commit(call: Call) -> Reply:
    body, objects = call.body, call.repository.objects
    if not isinstance(objects.get(body["tree"]), Tree):
        raise Refused(422, "Tree SHA does not exist")
    for parent in body.get("parents", ()):
        if not isinstance(objects.get(parent), Commit):
            raise Refused(422, "Parent SHA does not exist or is not a commit object")
    author = person(call, body.get("author", {}))
    committer = person(call, body.get("committer", body.get("author", {})))
    sha = objects.put(Commit(body["tree"], tuple(body.get("parents", ())), body["message"], author, committer))
    return Reply(201, render.git_commit(call.repository, sha))


@operation("git/get-commit", "contents=read")
def get_commit(call: Call) -> Reply:
    the_object(call, call.path["commit_sha"], "commit")
    return Reply(200, render.git_commit(call.repository, call.path["commit_sha"]))


def render_tag(repository: Repository, sha: str, tag: Tag) -> render.Json:
    """An annotated tag."""
    base = f"{render.api(repository)}/git"
    return render.fill(
        "git-tag",
        sha=sha,
        node_id=f"TA_{sha[:12]}",
        url=f"{base}/tags/{sha}",
        tag=tag.name,
        message=tag.message,
        tagger=render.person(tag.tagger),
        object={"sha": tag.target, "type": tag.target_kind, "url": f"{base}/{tag.target_kind}s/{tag.target}"},
        verification=render.unsigned(),
    )


@operation("git/create-tag", "contents=write")
def create_tag(call: Call) -> Reply:
    body = call.body
    if the_kind(call.repository, body["object"]) != body["type"]:
        raise Refused(422, "Object does not exist")
    tag = Tag(body["object"], body["type"], body["tag"], body["message"], person(call, body.get("tagger", {})))
    sha = call.repository.objects.put(tag)
    return Reply(201, render_tag(call.repository, sha, tag))


@operation("git/get-tag", "contents=read")
def get_tag(call: Call) -> Reply:
    tag = the_object(call, call.path["tag_sha"], "tag")
    assert isinstance(tag, Tag)
    return Reply(200, render_tag(call.repository, call.path["tag_sha"], tag))


def render_ref(repository: Repository, name: str, sha: str) -> render.Json:
    """A ref."""
    kind = the_kind(repository, sha)
    base = f"{render.api(repository)}/git"
    return {
        "ref": f"refs/{name}",
        "node_id": f"REF_{name}",
        "url": f"{base}/refs/{name}",
        "object": {"sha": sha, "type": kind, "url": f"{base}/{kind}s/{sha}"},
    }


@operation("git/get-ref", "contents=read")
def get_ref(call: Call) -> Reply:
    found = call.repository.refs.get(call.path["ref"])
    if found is None:
        raise Refused(404, NOT_FOUND)
    return Reply(200, render_ref(call.repository, *found))


@operation("git/list-matching-refs", "contents=read")
def matching_refs(call: Call) -> Reply:
    prefix = call.path["ref"]
    found = sorted(each for each in call.repository.refs.listed() if each[0].startswith(prefix))
    return call.page(found, lambda each: render_ref(call.repository, *each))


@operation("git/create-ref", "contents=write")
def create_ref(call: Call) -> Reply:
    ref, sha = call.body["ref"], call.body["sha"]
    if not ref.startswith("refs/") or ref.count("/") < 2:
        raise Refused(422, "Reference name must start with 'refs/' and have at least two slashes.")
    name = ref.removeprefix("refs/")
    if the_kind(call.repository, sha) is None:
        raise Refused(422, "Object does not exist")
    if name.startswith("heads/") and the_kind(call.repository, sha) != "commit":
        raise Refused(422, "Reference update failed")
    if call.repository.refs.get(name):
        raise Refused(422, "Reference already exists")
    check_ref(call, name, sha, "creation")
    call.repository.set_ref(name, sha)
    call.announce("create", None, ref, sha=sha)
    call.announce("push", None, ref, sha=sha)
    shown = render_ref(call.repository, name, sha)
    return Reply(201, shown, {"location": shown["url"]})


@operation("git/update-ref", "contents=write")
def update_ref(call: Call) -> Reply:
    name, sha, objects = call.path["ref"], call.body["sha"], call.repository.objects
    found = call.repository.refs.get(name)
    if found is None:
        raise Refused(422, "Reference does not exist")
    if the_kind(call.repository, sha) is None:
        raise Refused(422, "Object does not exist")
    if not forward(call.repository, found[1], sha):
        if not call.body.get("force", False):
            raise Refused(422, "Update is not a fast forward")
        check_ref(call, name, sha, "non_fast_forward")
    check_ref(call, name, sha, "update")
    assert objects.get(sha)
    call.repository.set_ref(name, sha)
    call.announce("push", None, f"refs/{name}", sha=sha, before=found[1])
    return Reply(200, render_ref(call.repository, name, sha))


def forward(repository: Repository, old: str, new: str) -> bool:
    """Whether the new commit comes after the old one."""
    kinds = {the_kind(repository, old), the_kind(repository, new)}
    return old == new or (kinds == {"commit"} and old in repository.objects.ancestors(new))


@operation("git/delete-ref", "contents=write")
def delete_ref(call: Call) -> Reply:
    name = call.path["ref"]
    if call.repository.refs.get(name) is None:
        raise Refused(422, "Reference does not exist")
    check_ref(call, name, None, "deletion")
    call.repository.refs.remove(name)
    call.announce("delete", None, f"refs/{name}")
    return Reply(204)
