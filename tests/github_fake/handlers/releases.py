"""Releases and their assets."""

import re
from dataclasses import replace

from tests.github_fake import render
from tests.github_fake.call import NOT_FOUND, Call, Refused, Reply, invalid, operation
from tests.github_fake.clock import stamp
from tests.github_fake.delivery import Asset, Release
from tests.github_fake.handlers.rules import check_ref
from tests.github_fake.repository import Repository

READ = "contents=read"
WRITE = "contents=write"
MOST_ASSETS = 1000
OCTETS = "application/octet-stream"


def render_asset(repository: Repository, asset: Asset) -> render.Json:
    """An asset of a release."""
    release = repository.releases.get(asset.release)
    tag = release.tag if release else "untagged"
    return render.fill(
        "release-asset",
        id=asset.id,
        node_id=render.node_id("RA", asset.id),
        url=f"{render.api(repository)}/releases/assets/{asset.id}",
        browser_download_url=f"{render.page(repository)}/releases/download/{tag}/{asset.name}",
        name=asset.name,
        label=asset.label,
        state=asset.state,
        content_type=asset.content_type,
        size=len(asset.content),
        digest=f"sha256:{asset.sha256}",
        created_at=stamp(asset.created),
        updated_at=stamp(asset.created),
        uploader=render.user(repository.world, asset.uploader),
    )


def assets_of(repository: Repository, release: Release) -> list[Asset]:
    """The assets of a release as lists show them."""
    return [each for each in repository.assets.listed() if each.release == release.id]


def render_release(repository: Repository, release: Release) -> render.Json:
    """A release."""
    url = f"{render.api(repository)}/releases/{release.id}"
    return render.fill(
        "release",
        id=release.id,
        node_id=render.node_id("RE", release.id),
        url=url,
        assets_url=f"{url}/assets",
        upload_url=f"{repository.world.uploads_url}/repos/{repository.full_name}/releases/{release.id}/assets{{?name,label}}",
        html_url=f"{render.page(repository)}/releases/tag/{release.tag}",
        tag_name=release.tag,
        target_commitish=release.target,
        name=release.name,
        body=release.body,
        draft=release.draft,
        prerelease=release.prerelease,
        author=render.user(repository.world, release.author),
        created_at=stamp(release.created),
        published_at=stamp(release.published) if release.published else None,
        assets=[render_asset(repository, each) for each in assets_of(repository, release)],
    )


def the_release(call: Call) -> Release:
    """The release that the path names."""
    return found(call, call.repository.releases.get(call.path["release_id"]))


def found(call: Call, release: Release | None) -> Release:
    """The release, if the caller sees it: drafts need the right to write."""
    if release is None or (release.draft and not sees_drafts(call)):
        raise Refused(404, NOT_FOUND)
    return release


def sees_drafts(call: Call) -> bool:
    """Whether drafts are shown to the caller."""
    return bool(call.token and call.token.level("contents", call.repository) in ("write", "admin"))


def ensure_tag(call: Call, tag: str, target: str) -> None:
    """A published release has a tag, made at `target` if need be."""
    if call.repository.refs.get(f"tags/{tag}"):
        return
    sha = call.repository.resolve(target)
    if sha is None:
        raise invalid("Release", "target_commitish")
    check_ref(call, f"tags/{tag}", sha, "creation")
    call.repository.set_ref(f"tags/{tag}", sha)
    call.announce("create", None, f"refs/tags/{tag}", sha=sha)


def refuse_second(call: Call, tag: str, own: int | None = None) -> None:
    """A tag has one published release."""
    if any(each.tag == tag and each.id != own and not each.draft for each in call.repository.releases.current()):
        raise invalid("Release", "tag_name", "already_exists")


@operation("repos/create-release", WRITE)
def create_release(call: Call) -> Reply:
    body, repository = call.body, call.repository
    tag, target, draft = (
        body["tag_name"],
        body.get("target_commitish", repository.default_branch),
        body.get("draft", False),
    )
    if not tag or re.search(r"[\s~^:?*\[\\]|\.\.|^-|/$|\.lock$", tag):
        raise invalid("Release", "tag_name")
    if not draft:
        refuse_second(call, tag)
        ensure_tag(call, tag, target)
    made = Release(
        call.world.next_id(),
        tag,
        target,
        body.get("name"),
        body.get("body"),
        draft,
        body.get("prerelease", False),
        call.user,
        call.now,
        None if draft else call.now,
        body.get("make_latest", "true") != "false",
    )
    repository.releases.put(made.id, made)
    call.announce("release", "created" if draft else "published", f"refs/tags/{tag}")
    shown = render_release(repository, made)
    return Reply(201, shown, {"location": shown["url"]})


@operation("repos/update-release", WRITE)
def update_release(call: Call) -> Reply:
    release, body = the_release(call), call.body or {}
    names = {"tag_name": "tag", "target_commitish": "target"}
    fields = ("tag_name", "target_commitish", "name", "body", "draft", "prerelease")
    changed = replace(release, **{names.get(key, key): body[key] for key in fields if key in body})
    if "make_latest" in body:
        changed = replace(changed, latest=body["make_latest"] != "false")
    if release.draft and not changed.draft:
        refuse_second(call, changed.tag, release.id)
        ensure_tag(call, changed.tag, changed.target)
        changed = replace(changed, published=call.now)
        call.announce("release", "published", f"refs/tags/{changed.tag}")
    call.repository.releases.put(release.id, changed)
    return Reply(200, render_release(call.repository, changed))


@operation("repos/delete-release", WRITE)
def delete_release(call: Call) -> Reply:
    release = the_release(call)
    for asset in call.repository.assets.current():
        if asset.release == release.id:
            call.repository.assets.remove(asset.id)
    call.repository.releases.remove(release.id)
    call.announce("release", "deleted", f"refs/tags/{release.tag}")
    return Reply(204)


@operation("repos/get-release", READ)
def get_release(call: Call) -> Reply:
    return Reply(200, render_release(call.repository, the_release(call)))


@operation("repos/get-release-by-tag", READ)
def get_by_tag(call: Call) -> Reply:
    """Published releases only, as on GitHub."""
    named = (each for each in call.repository.releases.current() if each.tag == call.path["tag"] and not each.draft)
    return Reply(200, render_release(call.repository, found(call, next(named, None))))


@operation("repos/get-latest-release", READ)
def get_latest(call: Call) -> Reply:
    full = [
        each for each in call.repository.releases.current() if each.published and not each.prerelease and each.latest
    ]
    newest = max(full, key=lambda each: (each.created, each.id), default=None)
    return Reply(200, render_release(call.repository, found(call, newest)))


@operation("repos/list-releases", READ)
def list_releases(call: Call) -> Reply:
    shown = [each for each in reversed(call.repository.releases.listed()) if not each.draft or sees_drafts(call)]
    return call.page(shown, lambda each: render_release(call.repository, each))


@operation("repos/list-release-assets", READ)
def list_assets(call: Call) -> Reply:
    return call.page(assets_of(call.repository, the_release(call)), lambda each: render_asset(call.repository, each))


@operation("repos/upload-release-asset", WRITE)
def upload_asset(call: Call) -> Reply:
    """Spaces and odd signs of a name become dots, as on GitHub."""
    release = the_release(call)
    name = re.sub(r"[^A-Za-z0-9_.@+\-]+", ".", call.query["name"])
    content_type = call.headers.get("content-type")
    if not content_type or not call.raw:
        raise Refused(422, "Bad Content-Length or Content-Type: an asset has bytes and a type")
    existing = [each for each in call.repository.assets.current() if each.release == release.id]
    if any(each.name == name for each in existing):
        raise invalid("ReleaseAsset", "name", "already_exists")
    if len(existing) >= MOST_ASSETS:
        raise invalid("ReleaseAsset", "name", "custom", f"a release has at most {MOST_ASSETS} assets")
    made = Asset(
        call.world.next_id(), release.id, name, call.query.get("label"), content_type, call.raw, call.user, call.now
    )
    call.repository.assets.put(made.id, made)
    shown = render_asset(call.repository, made)
    return Reply(201, shown, {"location": shown["url"]})


def the_asset(call: Call) -> Asset:
    """The asset that the path names."""
    asset = call.repository.assets.get(call.path["asset_id"])
    release = call.repository.releases.get(asset.release) if asset else None
    if asset is None or (release and release.draft and not sees_drafts(call)):
        raise Refused(404, NOT_FOUND)
    return asset


@operation("repos/get-release-asset", READ)
def get_asset(call: Call) -> Reply:
    """The description, or with `Accept: application/octet-stream` a redirect to the bytes."""
    asset = the_asset(call)
    if call.headers.get("accept") == OCTETS:
        return Reply(302, None, {"location": call.world.storage.link(asset.content, OCTETS)})
    return Reply(200, render_asset(call.repository, asset))


@operation("repos/update-release-asset", WRITE)
def update_asset(call: Call) -> Reply:
    asset = the_asset(call)
    changes = {key: call.body[key] for key in ("name", "label", "state") if key in (call.body or {})}
    return Reply(200, render_asset(call.repository, call.repository.assets.put(asset.id, replace(asset, **changes))))


@operation("repos/delete-release-asset", WRITE)
def delete_asset(call: Call) -> Reply:
    call.repository.assets.remove(the_asset(call).id)
    return Reply(204)
