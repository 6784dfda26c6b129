"""What a report is made from: the evidence, the verdict, and where it will be read."""

from msgspec import Struct

from mlgate.config import Config
from mlgate.evidence import Evidence
from mlgate.verdict import Verdict


class Links(Struct, frozen=True):
    """Where links may point: always built from ids on the server of the environment, never from evidence."""

    server_url: str = "https://github.com"  # GITHUB_SERVER_URL
    repository: str | None = None  # "owner/name"
    run_id: int | None = None


class View(Struct, frozen=True):
    """The argument of every report's `render`."""

    evidence: Evidence
    verdict: Verdict
    links: Links = Links()
    width: int = 100  # columns, for the terminal
    color: bool = False
    config: Config | None = None  # of the change, where a format tells what its people say
