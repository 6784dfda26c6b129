"""A call: the job as JSON by POST, to a system that deploys by itself; any answer of 2xx counts as done."""

from collections.abc import Mapping

import msgspec
from requests.auth import AuthBase

from mlgate.deploying.job import HookFailed
from mlgate.deploying.settings import Http
from mlgate.deploying.steps import Step
from mlgate.transfer.web import Anonymous, Header, Server

LOCAL = ("folder", "file")  # facts that mean something on this machine alone


def perform(settings: Http, step: Step) -> Mapping[str, str]:
    """The system has taken the job."""
    auth: AuthBase = Anonymous()
    if settings.token:
        token = step.job.environ.get(settings.token)
        if not token:
            raise HookFailed(f"the variable {settings.token} is not set, and {settings.url} wants a token")
        auth = Header(f"Bearer {token}")
    body = msgspec.json.encode({name: value for name, value in step.facts.items() if name not in LOCAL})
    headers = {"Content-Type": "application/json"}
    server = Server(settings.url, auth, timeout=(10.0, step.seconds))
    server.ask("POST", settings.url, body=lambda: body, headers=headers, expect=(200, 201, 202, 204), tries=1)
    return {}
