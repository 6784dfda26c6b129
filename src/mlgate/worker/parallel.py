"""Several jobs that wait for workers, at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mlgate.worker import sandbox


def in_parallel(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Each job's result, in order; an interruption or a job's exception stops the workers of all, then is raised."""
    if not jobs:
        return []
    pool = ThreadPoolExecutor(len(jobs))
    try:
        return [future.result() for future in [pool.submit(job) for job in jobs]]
    except BaseException:
        sandbox.stop_all()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
