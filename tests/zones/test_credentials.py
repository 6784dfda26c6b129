"""A credential for a registry is in no output, event, evidence or process list, whatever its server answers."""

import base64
import itertools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import pytest

from tests.github_fake.server import FakeGitHub
from tests.policy.repository import ALONE
from tests.promotion.shop import Shop, make_shop
from tests.zones.trace import Trace, started, trace

SECRET = "s3cr3t-0f-th3-r3g1stry"
HIDDEN = (SECRET, base64.b64encode(f"ann:{SECRET}".encode()).decode().rstrip("="))
LOGINS = {
    "mlflow-token": ("mlflow:http://{host}", {"MLFLOW_TRACKING_TOKEN": SECRET}),
    "mlflow-login": ("mlflow:http://{host}", {"MLFLOW_TRACKING_USERNAME": "ann", "MLFLOW_TRACKING_PASSWORD": SECRET}),
    "oci": ("oci://{host}/models", {"MLGATE_OCI_USERNAME": "ann", "MLGATE_OCI_PASSWORD": SECRET}),
    "github": ("github:acme/churn", {"GITHUB_API_URL": "http://{host}", "GITHUB_TOKEN": SECRET}),
}


@contextmanager
def echoing() -> Iterator[tuple[str, list[str]]]:
    """A server that wants a login, and then refuses or answers nonsense, each time repeating what it was sent."""
    seen: list[str] = []
    turn = itertools.count()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            sent = self.headers.get("authorization")
            status = 401 if sent is None else (403, 200)[next(turn) % 2]
            seen.extend([sent] if sent else [])
            body = f'{{"message": "{sent} may not", "token": "{sent}"}}'.encode() + b"]" * (status == 200)
            self.send_response(status, f"{sent}")
            self.send_header("www-authenticate", 'Basic realm="models"')
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if self.command != "HEAD" else b"")

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


def everything(shop: Shop, seen: Trace) -> str:
    """All that commands printed and started, and all that git holds after them, here and at the remote."""
    told = [command.output for command in seen.commands]
    told += [word for command in seen.commands for words in started(command) for word in words]
    for path in (shop.clone.path, shop.place.bare):
        ids = type(shop.clone)(path).git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
        for id_, kind in (line.split() for line in ids.splitlines()):
            told.append(id_ if kind == "tree" else type(shop.clone)(path).git("cat-file", kind, id_))
    return "\n".join(told)


def environment(shop: Shop, login: dict[str, str]) -> dict[str, str]:
    return {**ALONE, **shop.named, **login, "PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1"}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A version is at prod, in a folder; the next one has evidence."""
    shop = make_shop(tmp_path_factory.mktemp("first"))
    shop.release("one", "v1.0.0")
    shop.evidence(shop.train("two"), "one")
    return shop


@pytest.mark.parametrize("login", LOGINS)
def test_a_server_that_repeats_the_credential_makes_nobody_else_repeat_it(
    login: str, first: Shop, tmp_path: Path
) -> None:
    with echoing() as (host, sent):
        url, variables = LOGINS[login][0].format(host=host), LOGINS[login][1]
        shop = Shop(first.copy(tmp_path).place, first.store, url)
        shop.stages({"prod": {"approval": []}})
        evidence = str(first.place.bare.parent / "evidence.json")
        commands = [
            ["register", "--evidence", evidence], ["status"], ["promote", "churn@v1.1.0", "--stage", "prod"],
            ["reconcile"], ["rollback", "churn", "--stage", "prod", "--reason", "x"], ["audit", "verify"],
            ["pull", "churn@v1.0.0"],
        ]  # fmt: skip
        environ = {name: value.format(host=host) for name, value in variables.items()}
        seen = trace(commands, shop.clone.path, environment(shop, environ))
    assert any(hidden in line for line in sent for hidden in HIDDEN), "the server had the credential"
    assert [command.words for command in seen.commands if command.code not in (1, 2)] == []
    assert [hidden for hidden in HIDDEN if hidden in everything(shop, seen)] == []


def test_the_token_of_a_release_that_goes_well_is_nowhere(first: Shop, tmp_path: Path) -> None:
    with FakeGitHub() as fake:
        repository = fake.repository("acme/churn")
        token = fake.token(repository, {"contents": "write", "actions": "read", "deployments": "write"})
        shop = Shop(first.copy(tmp_path).place, first.store, "github:acme/churn")
        hook = "echo $DEPLOY_KEY; echo $GITHUB_TOKEN; [ $MLGATE_VERSION = v1.0.0 ] || exit 3\n"
        shop.clone.write("hook.sh", hook)
        deploy = {"command": {"run": ["sh", "hook.sh"]}, "environment": ["DEPLOY_KEY", "GITHUB_TOKEN"]}
        shop.stages({"prod": {"approval": [], "deploy": {**deploy, "github": "production"}}})
        evidence = str(first.place.bare.parent / "evidence.json")
        for version in ("v1.0.0", "v1.1.0"):
            repository.set_ref(f"tags/churn@{version}", repository.tip("main"))
        commands = [
            ["reconcile"], ["register", "--evidence", evidence], ["promote", "churn@v1.1.0", "--stage", "prod"],
            ["status"], ["log", "--json"],
        ]  # fmt: skip
        login = {"GITHUB_TOKEN": token, "DEPLOY_KEY": SECRET, "GITHUB_API_URL": fake.url,
                 "GITHUB_REPOSITORY": "acme/churn"}  # fmt: skip
        seen = trace(commands, shop.clone.path, environment(shop, login))
        said = everything(shop, seen)
        shown = "\n".join(f"{request}" for request in repository.deployments.current())
        assert [command.code for command in seen.commands] == [0, 0, 1, 0, 0], [c.output for c in seen.commands]
    assert "'sh' ended with 3" in said
    assert [hidden for hidden in (SECRET, token) if hidden in said + shown] == []


def test_a_driver_of_fsspecs_that_names_the_credential_is_not_repeated(
    first: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Leaky(fsspec.AbstractFileSystem):  # type: ignore[misc]
        protocol = "leaky"

        def info(self, *_: Any, **__: Any) -> Any:
            raise PermissionError(f"the key {SECRET} may not")

        makedirs = ls = _open = info

    fsspec.register_implementation("leaky", Leaky, clobber=True)
    shop = Shop(first.copy(tmp_path).place, first.store, "leaky://bucket/models")
    shop.stages({"prod": {"approval": []}})
    evidence = str(first.place.bare.parent / "evidence.json")
    for command in (("register", "--evidence", evidence), ("reconcile",), ("status",), ("audit", "verify")):
        seen = shop.run(*command, environ={"LEAKY_SECRET_ACCESS_KEY": SECRET})
        assert (seen.code in (1, 2), SECRET in seen.out + seen.err) == (True, False), seen.out + seen.err
