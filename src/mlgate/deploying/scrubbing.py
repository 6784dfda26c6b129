"""Scrubbing: no value of a secret is left in what a hook printed."""

import base64
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from mlgate.reporting.escaping import plain_lines

HIDDEN = "***"
SHORTEST = 4  # a shorter value would hide ordinary words
_SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSW|KEY|CREDENTIAL|AUTH|COOKIE|DSN|PAT$", re.IGNORECASE)


def secrets_of(environ: Mapping[str, str], named: Iterable[str] = ()) -> tuple[str, ...]:
    """The secret values of an environment, the longest first: those of names that sound so, and of names given.

    >>> secrets_of({"API_TOKEN": "abc123", "HOME": "/root"})
    ('YWJjMTIz', 'abc123')
    """
    wanted = {name for name in environ if _SECRET_NAME.search(name)} | set(named)
    found: set[str] = set()
    for value in (environ[name] for name in wanted if name in environ):
        for text in (value, *value.splitlines(), value.strip()):
            encoded = base64.b64encode(text.encode()).decode()
            found |= {text, encoded, encoded.rstrip("="), quote(text, safe="")}
    return tuple(sorted((text for text in found if len(text) >= SHORTEST), key=len, reverse=True))


def scrub(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret hidden, and without what could move a cursor."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return "\n".join(plain_lines(text))
