"""Whole processes and what they cost, and tables of it in docs/benchmarks.md."""

import datetime
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


class Cost(NamedTuple):
    """Of one process: seconds of the clock, seconds of the processors, and peak memory in megabytes."""

    seconds: float
    processor: float
    memory: float


def environment() -> dict[str, str]:
    """The environment of every process: byte code is kept, as it is wherever a tool runs twice."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def output(command: Sequence[str], limit: float) -> str | None:
    """What the command prints last; None where it fails or takes longer than `limit` seconds."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=limit, env=environment())
    except subprocess.TimeoutExpired:
        return None
    lines = done.stdout.strip().splitlines()
    return lines[-1] if done.returncode in (0, 1) and lines else None


def cost(command: Sequence[str], limit: float, runs: int) -> Cost | None:
    """The median cost of some runs; of one run where it takes a quarter of the limit; None where it is stopped."""
    costs: list[Cost] = []
    while len(costs) < runs and (not costs or costs[0].seconds < limit / 4):
        found = once(command, limit)
        if found is None:
            return None
        costs.append(found)
    return Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))


def once(command: Sequence[str], limit: float) -> Cost | None:
    """One run; None where it is stopped at the limit, or by the machine."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
    timer = threading.Timer(limit, process.kill)
    timer.start()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    timer.cancel()
    if os.WIFSIGNALED(status):
        return None
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measured_on() -> str:
    """When, and on what."""
    today, load = datetime.datetime.now(datetime.UTC).date(), os.getloadavg()[0]
    return f"_Measured on {today}, {os.cpu_count()} cores, load {load:.1f} at the start; medians of whole processes._"


def write(part: str, text: str) -> None:
    """The page's part between its two marks is this text."""
    page = PAGE.read_text(encoding="utf-8")
    begin, end = f"<!-- {part} -->\n", f"<!-- end of {part} -->\n"
    before, _, rest = page.partition(begin)
    after = rest.partition(end)[2]
    PAGE.write_text(f"{before}{begin}{text.strip()}\n{end}{after}", encoding="utf-8")
