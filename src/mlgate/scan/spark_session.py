"""A Spark session of the run's own: on a session that is there, a cluster, a Connect server, or this machine."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mlgate.errors import UserError, user_error

SETTINGS = {
    "spark.sql.ansi.enabled": "true",  # what overflows is an error and not another number
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.variable.substitute": "false",  # a name or text may hold ${…}
    "spark.sql.caseSensitive": "false",
}
QUIET = {"spark.log.level": "OFF", "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
LOOPBACK = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
FEW_TASKS = {"spark.sql.shuffle.partitions": "8"}  # of one machine; a cluster has its own
NOT_HERE = "the engine 'spark' needs pyspark, which is not installed beside mlgate"


@contextmanager
def session_at(address: str | None, memory: int, folder: Path) -> Iterator[Any]:
    """A session whose views and settings are its own; what was started for it is stopped when the block ends.

    `address`: `local[2]`, `spark://…`, `sc://…`, or None for the session that is active in this process, else for what
    the environment and `spark-defaults.conf` say. What is started on this machine holds at most `memory` bytes and
    spills to `folder`.
    """
    try:
        with _other_warnings_only():
            from pyspark.sql import SparkSession
    except ImportError:
        raise user_error(NOT_HERE, mend="pip install 'mlgate[spark]'") from None
    active = None if address else SparkSession.getActiveSession()
    before = dict(os.environ)
    try:
        session = active or _start(SparkSession.builder, address, memory, folder)
        ours = session.newSession() if active else session
        for name, value in SETTINGS.items():
            if ours.conf.get(name) != value:
                ours.conf.set(name, value)
    except Exception as error:  # noqa: BLE001 — gRPC and Py4J each have their own, and both may be missing
        _forget_mode(before)
        raise _no_session(address, error) from None
    try:
        yield ours
    finally:
        if active is None:
            session.stop()
        _forget_mode(before)


def _forget_mode(before: Mapping[str, str]) -> None:
    """The environment is without what PySpark left in it, by which a later session would be of the same kind."""
    for name in set(os.environ) - set(before):
        if name.startswith("SPARK_"):
            del os.environ[name]


def is_local(address: str | None) -> bool:
    """Whether executors read this machine's files.

    >>> is_local("local[2]"), is_local("sc://127.0.0.1:15002"), is_local("sc://spark.example.org")
    (True, True, False)
    """
    if address is None or address.startswith("local"):
        return address is not None or not os.environ.get("SPARK_REMOTE")
    return address.startswith("sc://") and urlsplit(address).hostname in ("localhost", "127.0.0.1", "::1")


def _start(builder: Any, address: str | None, memory: int, folder: Path) -> Any:
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # it would write what a cell holds
    if address and address.startswith("sc://"):
        return builder.remote(address).create()
    settings = dict(QUIET)
    if address:
        builder = builder.master(address)
    if address and address.startswith("local"):
        settings |= LOOPBACK | {"spark.driver.memory": f"{memory >> 20}m", "spark.local.dir": str(folder)} | FEW_TASKS
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.appName("mlgate").getOrCreate()


def _no_session(address: str | None, error: Exception) -> UserError:
    first = str(error).strip().splitlines()
    where = address or "the environment's Spark"
    return user_error(
        f"{where} gives no session: {first[0][:200] if first else type(error).__name__}",
        mend="check 'scan.session', that the server runs, and that Java 17 is installed where Spark is started",
    )


@contextmanager
def _other_warnings_only() -> Iterator[None]:
    """Without PySpark's warning about a pandas that is not used here."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield
