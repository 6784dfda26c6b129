"""Addresses of tables: what they may be, and that no credential stands in one."""

import ipaddress
import re
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

DATABASE = ("postgresql", "postgres")
WEB = ("https", "http")
STORES = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "hdfs", "sftp", "ssh", "hf", "oss", "memory")
ENDINGS = (
    "csv", "tsv", "txt", "parquet", "pq", "json", "jsonl", "ndjson", "arrow", "feather", "ipc", "db", "sqlite",
    "sqlite3", "gz", "zst",
)  # fmt: skip
_NAME = re.compile(r"(?:`(?:[^`]|``)+`|\w+)(?:\.(?:`(?:[^`]|``)+`|\w+))*")
_SECRET_KEYS = (
    "sig", "signature", "token", "password", "passwd", "pass", "secret", "key", "apikey", "auth", "credential",
)  # fmt: skip


def is_address(path: str) -> bool:
    """Whether a configured path is an address instead of a file's."""
    return "://" in path


def place_of(path: str, engine: str) -> Literal["file", "address", "session"]:
    """Where a configured path leads: to files here, to an address that is brought here, or to what Spark reads itself.

    >>> place_of("a.csv", "spark"), place_of("marts.churn", "spark"), place_of("s3://b/c", "duckdb")
    ('file', 'session', 'address')
    """
    if is_address(path):
        return "session" if engine == "spark" and scheme_of(path) in STORES else "address"
    return "session" if engine == "spark" and is_known_by_name(path) else "file"


def is_known_by_name(path: str) -> bool:
    """Whether a path is a table's name, `catalog.schema.table`, and no file's: it has no slash and no file's ending.

    >>> is_known_by_name("marts.churn"), is_known_by_name("data/churn"), is_known_by_name("churn.csv")
    (True, False, False)
    """
    return bool(_NAME.fullmatch(path)) and path.rpartition(".")[2].lower() not in ENDINGS


def scheme_of(path: str) -> str:
    """The address's scheme in lower case, `s3` of `s3://bucket/a.csv`."""
    return path.partition("://")[0].lower()


def fault_of(path: str, relation: str | None, *, insecure: bool) -> str | None:
    """What is wrong with an address, said without repeating it; None if nothing is.

    >>> fault_of("https://ada:secret@example.org/a.csv", None, insecure=False)
    'the address holds a password, which must not stand in a configuration: give it by the environment'
    """
    scheme = scheme_of(path)
    if path.count("://") > 1 or scheme not in (*DATABASE, *WEB, *STORES):
        known = ", ".join(f"{s}://" for s in (*WEB, "s3", "gs", "abfs", "postgresql"))
        return f"the address begins with none of the schemes that are read, such as {known}"
    try:
        parts = urlsplit(path)
        host = parts.hostname or ""
    except ValueError:
        return "the address is none: its host or port cannot be read"
    keys = [key.lower().replace("-", "").replace("_", "") for key, _ in parse_qsl(parts.query)]
    if parts.password is not None or any(key.endswith(_SECRET_KEYS) for key in keys):
        return "the address holds a password, which must not stand in a configuration: give it by the environment"
    if scheme == "http" and not insecure and not _is_loopback(host):
        return "http:// can be changed on its way: use https://, or set 'insecure: true', which the report will show"
    if scheme in DATABASE and not relation:
        return "a database needs 'relation', the name of a table or view in it"
    return None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
