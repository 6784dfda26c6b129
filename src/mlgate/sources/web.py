"""A table from a web server: downloaded whole or not at all, never by way of an unencrypted hop."""

from pathlib import Path
from urllib.parse import urljoin

import requests

from mlgate.errors import user_error
from mlgate.sources.addresses import fault_of

TIMEOUT = (10.0, 60.0)  # seconds to connect, and between two bytes
CHUNK = 2**20


def download(address: str, target: Path, *, insecure: bool) -> Path:
    """The file at the address, at `target`; a `UserError` if the server does not give it."""

    def look(answer: requests.Response, *_: object, **__: object) -> None:
        """Before a redirection is followed."""
        onwards = urljoin(answer.url, answer.headers.get("Location", ""))
        if answer.is_redirect and fault_of(onwards.partition("?")[0], None, insecure=insecure):
            raise user_error(f"{address} leads on to an address that is not encrypted",
                             mend="name the place where the file is, by https://")  # fmt: skip

    try:
        with requests.get(
            address, stream=True, timeout=TIMEOUT, headers={"Accept-Encoding": "identity"}, hooks={"response": look}
        ) as answer:
            if answer.status_code != requests.codes.ok:
                raise user_error(f"{address}: the server answered {answer.status_code}",
                                 mend="check the address, and credentials for its host in ~/.netrc")  # fmt: skip
            with target.open("wb") as copy:
                for chunk in answer.iter_content(CHUNK):
                    copy.write(chunk)
    except requests.RequestException as error:
        raise user_error(f"{address} cannot be read ({type(error).__name__})",
                         mend="check the address and that this machine may reach it") from None  # fmt: skip
    return target
