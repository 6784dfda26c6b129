"""The engine of a run: DuckDB, or the Spark session that the configuration names."""

from contextlib import ExitStack

import duckdb

from mlgate.configuring.setting import Setting
from mlgate.inputs.interpreter import memory_bytes
from mlgate.scan.duckdb_engine import DuckDB
from mlgate.scan.engine import Engine
from mlgate.scan.temporary import folder_of

NEW_SESSION = "the Spark session is new in this change; rows are sent to it when it is merged"


def engine_of(stack: ExitStack, connection: duckdb.DuckDBPyConnection, setting: Setting) -> Engine:
    """The engine, open as long as the stack is; a `UserError` if there is no session."""
    scan = setting.config.scan
    if scan.engine == "duckdb" or not is_agreed(setting):
        return DuckDB(connection)
    from mlgate.scan.spark_engine import Spark
    from mlgate.scan.spark_session import is_local, session_at

    session = stack.enter_context(session_at(scan.session, memory_bytes(scan.memory), folder_of(connection)))
    return Spark(session, connection, is_local(scan.session))


def is_agreed(setting: Setting) -> bool:
    """Whether tables may be sent to the session: on a pull request only to one of this machine's, or to the base's.

    Otherwise a change could have fetched rows, and the cluster's credentials, sent to a server of its own.
    """
    scan = setting.config.scan
    if scan.engine == "duckdb" or setting.event.kind != "pull_request" or (scan.session or "").startswith("local"):
        return True
    theirs = setting.base.config.scan if setting.base else None
    return theirs is not None and (theirs.engine, theirs.session) == (scan.engine, scan.session)
