"""Starting: data is fetched with credentials, then none is left, before any code of the change runs."""

import os
from collections.abc import Callable
from pathlib import Path


def start(config: Path, ref: str | None, baseline: str | None, say: Callable[[str], None]) -> None:
    """What `fetch` brings is there, and no credential is in this process, nor in /proc; it may start over for that.

    To be called before what takes time to import.
    """
    from mlgate.worker.environment import STARTED_CLEAN, clean_start

    is_second_start = os.environ.get(STARTED_CLEAN) == str(os.getpid())  # the first one has fetched, with credentials
    text = config.read_bytes() if config.is_file() and not ref else None
    if not is_second_start and (ref or (text and b"fetch" in text)):
        from mlgate.configuring.setting import Request
        from mlgate.inputs.fetching import fetch_missing

        fetch_missing(Request(config, ref, baseline), say)
    if ref or (text and b"://" in text):
        from mlgate.configuring.setting import Request
        from mlgate.sources import snapshots

        if is_second_start:
            snapshots.remove_at_exit()
        else:
            snapshots.bring_all(Request(config, ref, baseline), say)
    clean_start()
