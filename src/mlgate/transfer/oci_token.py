"""Tokens of OCI registries: a 401 says where to have one, and only a host that the user trusts gets the password."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from requests.auth import AuthBase

from mlgate.errors import user_error
from mlgate.transfer.web import Anonymous, Header, Server, basic, origin

_PARAMETER = re.compile(r'([a-z]+)="([^"\\]{0,2000})"')


@dataclass(frozen=True)
class Login:
    """A name and a password for one registry, and the other host that may hand out its tokens."""

    username: str = ""
    password: str = field(default="", repr=False)
    realm_host: str = ""

    @property
    def basic(self) -> AuthBase | None:
        """The login as a header."""
        return basic(self.username, self.password) if self.password else None


def login_of(host: str, environ: Mapping[str, str]) -> Login:
    """The login in the environment: MLGATE_OCI_USERNAME and _PASSWORD; for GitHub's registry the job's own token."""
    password, realm = environ.get("MLGATE_OCI_PASSWORD", ""), environ.get("MLGATE_OCI_REALM_HOST", "")
    if password:
        return Login(environ.get("MLGATE_OCI_USERNAME", ""), password, realm)
    if host == "ghcr.io" and environ.get("GITHUB_TOKEN"):
        return Login(environ.get("GITHUB_ACTOR", "x"), environ["GITHUB_TOKEN"])
    return Login(realm_host=realm)


def answer_challenge(registry: str, login: Login, headers: Mapping[str, str], repository: str) -> AuthBase | None:
    """What to ask with after a 401; None if there is nothing to try."""
    kind, _, rest = headers.get("www-authenticate", "").partition(" ")
    if kind.lower() == "basic":
        return login.basic
    if kind.lower() != "bearer":
        return None
    named = dict(_PARAMETER.findall(rest))
    realm = Server(named.get("realm", ""))
    host = origin(realm.base)[1]
    if origin(realm.base) == origin(registry) or (host and host == login.realm_host):
        realm.auth = login.basic or Anonymous()
    elif login.password:
        raise user_error(f"{origin(registry)[1]} wants the password sent to {host}, another host",
                         mend=f"if that is right, set MLGATE_OCI_REALM_HOST={host}")  # fmt: skip
    wanted = {"scope": f"repository:{repository}:pull,push", "service": named.get("service", "")}
    answer = realm.ask("GET", realm.base, params={key: value for key, value in wanted.items() if value})
    try:
        found = msgspec.json.decode(answer.body, type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError):
        found = {}
    token = found.get("token") or found.get("access_token")
    return (
        Header(f"Bearer {token}") if isinstance(token, str) and re.fullmatch(r"[\x21-\x7e]{1,16384}", token) else None
    )
