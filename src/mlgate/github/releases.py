"""Releases of a repository: found, made, published, and their assets sent and read in constant memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from msgspec import Struct

from mlgate.github.client import GitHub
from mlgate.github.download import stream
from mlgate.github.transport import GitHubError

OCTETS = "application/octet-stream"
DIGESTING = (10.0, 600.0)  # seconds to connect, and until GitHub has looked at an asset of up to 2 GiB


class Asset(Struct, frozen=True):
    """An asset; GitHub says its digest, older servers do not."""

    id: int
    name: str
    size: int
    state: str
    digest: str | None = None


class Released(Struct, frozen=True):
    """A release, which may still be a draft."""

    id: int
    tag_name: str
    draft: bool
    upload_url: str
    body: str | None = None


@dataclass(frozen=True)
class Releases(GitHub):
    """The releases of one repository."""

    def releases(self) -> tuple[Released, ...]:
        """All of them, drafts too where the token may write."""
        return self._list("/releases", Released)

    def of_tag(self, tag: str) -> Released | None:
        """The published release of the tag, else the first draft for it."""
        try:
            return self._one(f"/releases/tags/{quote(tag, safe='')}", Released)
        except GitHubError as error:
            if error.status != 404:
                raise
        drafts = [release for release in self.releases() if release.tag_name == tag]
        return min(drafts, key=lambda release: release.id, default=None)

    def has_tag(self, tag: str) -> bool:
        """Whether git has the tag."""
        try:
            self._call("GET", f"/git/ref/tags/{quote(tag, safe='')}")
        except GitHubError as error:
            if error.status != 404:
                raise
            return False
        return True

    def draft(self, tag: str, name: str, body: str) -> None:
        """There is a draft for the tag; asked once, since a fault does not say whether it landed."""
        about = {"tag_name": tag, "name": name, "body": body, "draft": True, "make_latest": "false"}
        self._call("POST", "/releases", body=about, retries=0)

    def update(self, release: Released, **changes: Any) -> None:
        """The release has these values; it never becomes the repository's latest."""
        self._call("PATCH", f"/releases/{release.id}", body={**changes, "make_latest": "false"})

    def assets(self, release: Released) -> tuple[Asset, ...]:
        """The release's assets."""
        return self._list(f"/releases/{release.id}/assets", Asset)

    def delete_asset(self, asset: Asset) -> None:
        """The asset is gone."""
        self._call("DELETE", f"/releases/assets/{asset.id}", retries=0)

    def upload(self, release: Released, name: str, body: Any) -> None:
        """The release has the asset; `body` has `read` and a length, and is not held in memory."""
        url = release.upload_url.partition("{")[0]
        what = f"POST {urlsplit(url).path}"
        if not self._takes_uploads(url):
            raise GitHubError(0, f"{what}: another host, to which no token is sent")
        answer = self.transport.fetch(
            "POST", url, what, params={"name": name}, data=body, headers={"Content-Type": OCTETS},
            auth=self.transport.authorize(), timeout=DIGESTING,
        )  # fmt: skip
        if answer.status != 201:
            raise GitHubError(answer.status, what)

    def read_asset(self, asset: Asset) -> Iterator[bytes]:
        """The asset's bytes."""
        return stream(self.transport, f"/repos/{self.repository}/releases/assets/{asset.id}", OCTETS)

    def _takes_uploads(self, url: str) -> bool:
        """Whether an address is this server's own, or its `uploads.` beside its `api.`."""
        there, here = urlsplit(url), urlsplit(self.transport.base_url)
        beside = (here.hostname or "").replace("api.", "uploads.", 1)
        return (there.scheme, there.port) == (here.scheme, here.port) and there.hostname in (here.hostname, beside)
