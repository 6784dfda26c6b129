"""One command has run and nothing that it started is left: the process between the kit and user code.

It imports only the standard library and is started by path with `python -I -S`, so that it starts in 20 ms and nothing
of the user's environment is loaded into it.
"""

import ctypes
import json
import os
import resource
import select
import signal
import struct
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

LINUX = sys.platform == "linux"
LIBC = ctypes.CDLL(None, use_errno=True)
PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = 0.05  # seconds between two looks at the memory; longer only where looking is slow
GRACE = 0.3  # seconds in which a command's own attendants (multiprocessing's resource tracker) may end by themselves
GIVE_UP = 10.0  # seconds after which a process that SIGKILL does not end (uninterruptible I/O) is left to the kernel
LEAST = 2**21  # bytes that any process is counted at, its kernel structures included: this is what stops a fork bomb
PROCESSES = 4096  # threads beyond those that the machine has at the start; the kernel asks this of every user but root

ENDING = frozenset((signal.SIGTERM, signal.SIGINT, signal.SIGHUP))

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 36, 38
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x20000, 0x10000000, 0x20000000, 0x40000000
MS_PRIVATE_EVERYWHERE, MS_NOSUID_NODEV_NOEXEC = 0x44000, 0xE
CAPABILITIES_TO_DROP = (12, 16, 17, 19, 21, 38)  # NET_ADMIN, SYS_MODULE, SYS_RAWIO, SYS_PTRACE, SYS_ADMIN, PERFMON
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_MAKE_BLOCK, LANDLOCK_REFER, LANDLOCK_SCOPE_SIGNAL = 1 << 11, 1 << 13, 2

Request = Mapping[str, Any]


def libc(name: str, *arguments: int | bytes | None) -> int:
    """The C library's function has succeeded; its result. Raises OSError where it failed."""
    result: int = getattr(LIBC, name)(*(ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")
    return result


def prctl(option: int, value: int) -> None:
    """The calling process has the attribute `option` set to `value`."""
    libc("prctl", option, value, 0, 0, 0)


# --- what is running -------------------------------------------------------------------------------------------------


def from_proc() -> Iterator[tuple[int, int, int, int, bool]]:
    """Each process as (id, parent, group, resident bytes, dead but not yet reaped), read from /proc."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:  # it may have ended meanwhile
                fields = file.read().rpartition(b")")[2].split()
                yield int(name), int(fields[1]), int(fields[2]), int(fields[21]) * PAGE, fields[0] in b"ZX"


def from_ps() -> Iterator[tuple[int, int, int, int, bool]]:
    """The same from `ps`, for systems without /proc."""
    import subprocess

    with subprocess.Popen(["ps", "-A", "-o", "pid=,ppid=,pgid=,rss=,stat="], stdout=subprocess.PIPE) as ps:
        text, _ = ps.communicate()
    for line in text.splitlines():
        pid, parent, group, kibibytes, state = line.split()[:5]
        if int(pid) != ps.pid:
            yield int(pid), int(parent), int(group), int(kibibytes) * 1024, state.startswith(b"Z")


class Family:
    """The descendants of this process; where there is no subreaper, also those who share a group with one ever seen."""

    def __init__(self, *, alone: bool) -> None:
        self.alone = alone  # this process is PID 1 of its namespace: all others there are its descendants
        self.groups: set[int] = set()  # all in sessions that the command made, so no stranger is in them

    def look(self) -> dict[int, int]:
        """Resident bytes by process id, −1 for a zombie."""
        me = os.getpid()
        table = list(from_proc() if LINUX else from_ps())
        children: dict[int, list[tuple[int, int, int, int, bool]]] = {}
        for row in table:
            children.setdefault(row[1], []).append(row)
        found = {} if LINUX else {row[0]: row for row in table if row[2] in self.groups}
        pending = [me, *found]
        while pending:
            for row in children.get(pending.pop(), ()):
                if row[0] not in found:
                    found[row[0]] = row
                    pending.append(row[0])
        groups = {row[2] for row in found.values()} - {os.getpgrp()}
        self.groups = groups if LINUX else self.groups | groups
        return {pid: -1 if row[4] else row[3] for pid, row in found.items()}

    def living(self) -> dict[int, int]:
        """Resident bytes by id of each process that has not ended."""
        return {pid: size for pid, size in self.look().items() if size >= 0}

    def memory(self, limit: int) -> int:
        """Resident bytes of all together; beyond `limit` pages that several share are counted once."""
        living = self.living()
        total = sum(max(size, LEAST) for size in living.values())
        if total <= limit or len(living) == 1 or not LINUX:
            return total
        if (least := len(living) * LEAST) > limit:
            return least
        return sum(max(proportional(pid, size), LEAST) for pid, size in living.items())

    def kill(self) -> None:
        """None is left, but for processes that the kernel cannot end within GIVE_UP seconds."""
        until = time.monotonic() + GIVE_UP
        while time.monotonic() < until:
            if self.alone:
                signal_process(-1, signal.SIGKILL)  # atomic in the kernel: no fork escapes it
            else:
                for pid in self.look():
                    signal_process(pid, signal.SIGKILL)
                for group in self.groups:  # atomic too: what was forked since the look is killed as well
                    signal_process(-group, signal.SIGKILL)
            if reap() is None and (LINUX or not self.living()):
                return
            time.sleep(0.002)


def signal_process(pid: int, number: int) -> None:
    """The process has the signal, if it still exists."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def proportional(pid: int, resident: int) -> int:
    """The process's share of the memory that it uses, in bytes, or `resident` where the kernel does not tell."""
    with suppress(OSError), open(f"/proc/{pid}/smaps_rollup", "rb") as file:
        for line in file:
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    return resident


def reap() -> dict[int, int] | None:
    """Every child that has ended is collected: wait status by process id, or None if there is no child at all."""
    ended: dict[int, int] = {}
    try:
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            ended[found[0]] = found[1]
    except ChildProcessError:
        return ended or None
    return ended


def kernel_out_of_memory() -> int:
    """How many processes the kernel has killed for want of memory since it started."""
    with suppress(OSError), open("/proc/vmstat", "rb") as file:
        for line in file:
            if line.startswith(b"oom_kill "):
                return int(line.split()[1])
    return 0


# --- the command -----------------------------------------------------------------------------------------------------


def start(request: Request) -> tuple[int, list[str]]:
    """The command is running in a session of its own: its process id, and what holds it in."""
    told, tell = os.pipe()
    if pid := os.fork():
        os.close(tell)
        with open(told, encoding="ascii") as file:
            return pid, file.read().split()
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.chdir(request["cwd"])
        os.write(tell, " ".join(harden()).encode())
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execvpe(request["argv"][0], request["argv"], request["env"])
    except (OSError, ValueError) as error:
        os.write(2, f"mlgate: cannot start {request['argv'][0]}: {error}\n".encode(errors="replace"))
    finally:
        os._exit(127)


def harden() -> Iterator[str]:
    """This process and its descendants can gain no rights, dump no core and, by Landlock, look into no one else."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not LINUX:
        return
    with suppress(OSError, ValueError), open("/proc/loadavg") as file:
        most = int(file.read().split()[3].partition("/")[2]) + PROCESSES
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    prctl(PR_SET_DUMPABLE, 1)  # else /proc/self belongs to root
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")
    with suppress(OSError):
        for capability in CAPABILITIES_TO_DROP:
            prctl(PR_CAPBSET_DROP, capability)
        yield "fewer-capabilities"
    with suppress(OSError):
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        yield "no-new-privileges"
        landlock()
        yield "landlock"


def landlock() -> None:
    """No process outside can be traced or signalled and its /proc/PID/environ is not readable; files are as before."""
    version = libc("syscall", LANDLOCK_CREATE_RULESET, None, 0, 1)
    if version < 2:
        raise OSError("Landlock before Linux 5.19 forbids every rename into another folder")
    rights = LANDLOCK_MAKE_BLOCK | LANDLOCK_REFER
    ruleset = struct.pack("=QQQ", rights, 0, LANDLOCK_SCOPE_SIGNAL)[: 24 if version >= 6 else 8]
    handle = libc("syscall", LANDLOCK_CREATE_RULESET, ruleset, len(ruleset), 0)
    root = os.open("/", getattr(os, "O_PATH", 0))
    libc("syscall", LANDLOCK_ADD_RULE, handle, 1, struct.pack("=Qi", rights, root), 0)
    libc("syscall", LANDLOCK_RESTRICT_SELF, handle, 0)
    os.close(root)
    os.close(handle)


def watch(request: Request, lifelines: Sequence[int], isolation: Sequence[str], *, alone: bool) -> dict[str, Any]:
    """The command has ended or was ended, no descendant is left; the result as the kit reads it."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, nothing)
    for number in ENDING:  # which the kernel keeps from a PID 1 that has no handler for them
        signal.signal(number, signal.SIG_DFL if alone else nothing)
    if sys.platform == "linux":
        prctl(PR_SET_DUMPABLE, 0)  # the command cannot write into this process's result pipe
        with suppress(OSError):  # only root may: no fork bomb keeps this process from its turn
            os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    family = Family(alone=alone)
    kills, began = kernel_out_of_memory(), time.monotonic()
    try:
        child, hardened = start(request)
        ended, status, peak = until_the_end(request, family, child, woken, lifelines)
        seconds = time.monotonic() - began
        left_behind = 0 if status is None else stragglers(family)
    finally:
        family.kill()
    code = None if status is None else os.waitstatus_to_exitcode(status)
    if code == -signal.SIGKILL and kernel_out_of_memory() > kills:
        ended, code = "memory", None
    peak = max(peak, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1024 if LINUX else 1))
    return {
        "ended": "signal" if code is not None and code < 0 else ended,
        "code": code if code is not None and code >= 0 else None,
        "signal": -code if code is not None and code < 0 else None,
        "seconds": seconds,
        "peak_memory": peak,
        "left_behind": left_behind,
        "isolation": [*isolation, *hardened],
    }


def until_the_end(
    request: Request, family: Family, child: int, woken: int, lifelines: Sequence[int]
) -> tuple[str, int | None, int]:
    """How the command ended, its wait status if by itself, and the most memory seen."""
    limit, deadline = request["memory"], time.monotonic() + request["seconds"]
    poll = select.poll()
    for handle in (woken, *lifelines):
        poll.register(handle, select.POLLIN)
    peak = 0
    while True:
        if (status := (reap() or {}).get(child)) is not None:
            return "exit", status, peak
        looked = time.monotonic()
        used = family.memory(limit)
        peak = max(peak, used)
        now = time.monotonic()
        if used > limit or now >= deadline:
            return "memory" if used > limit else "timeout", None, peak
        pause = min(max(TICK, 10 * (now - looked)), 0.5, deadline - now)
        for handle, _ in poll.poll(pause * 1000):
            if handle != woken or not ENDING.isdisjoint(os.read(woken, 512)):
                leave()


def stragglers(family: Family) -> int:
    """How many processes outlive the command by more than a moment."""
    until = time.monotonic() + GRACE
    while (count := len(family.living())) and time.monotonic() < until:
        time.sleep(0.01)
        reap()
    return count


def nothing(*_: object) -> None:
    """A signal has only woken `poll`: a handler that raised could interrupt the killing."""


def leave() -> NoReturn:
    """The kit is gone or wants an end: unwinding kills what is left."""
    sys.exit(1)


# --- namespaces ------------------------------------------------------------------------------------------------------


def run_in_namespaces(request: Request, result: int) -> bool:
    """The command has run where it sees only its own processes; False where that is not allowed and nothing has run."""
    told, tell = os.pipe()
    lifeline, held = os.pipe()  # when this process dies, PID 1 of the namespace reads the end of it and takes all along
    if os.fork() == 0:
        os.close(told)
        os.close(held)
        become_first(request, result, tell, lifeline)
    os.close(tell)
    os.close(lifeline)
    allowed = bool(os.read(told, 1))
    with suppress(ChildProcessError):
        while True:
            os.wait()
    os.close(held)
    return allowed


def become_first(request: Request, result: int, tell: int, lifeline: int) -> NoReturn:
    """PID 1 of a namespace, a grandchild, has run the command and reported; or nothing was told because it may not."""
    try:
        with suppress(OSError):
            unshare_processes()
            if os.fork() == 0:
                isolation = mount_own_proc() + ([] if request["network"] else cut_network())
                os.write(tell, b"1")
                report(result, watch(request, (0, lifeline), isolation, alone=True))
    except Exception:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        os._exit(0)


def unshare_processes() -> None:
    """The next child is PID 1 of a namespace; without root's rights in a user namespace that maps only this user."""
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        with suppress(OSError):
            libc("unshare", CLONE_NEWPID)
            return
    libc("unshare", CLONE_NEWUSER | CLONE_NEWPID)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def mount_own_proc() -> list[str]:
    """/proc shows this namespace's processes only; nothing is changed outside."""
    libc("unshare", CLONE_NEWNS)
    libc("mount", b"none", b"/", None, MS_PRIVATE_EVERYWHERE, None)
    libc("mount", b"proc", b"/proc", b"proc", MS_NOSUID_NODEV_NOEXEC, None)
    return ["pid-namespace", "own-proc"]


def cut_network() -> list[str]:
    """Only a loopback interface of its own is reachable; an empty list where that is not allowed."""
    import fcntl
    import socket

    try:
        libc("unshare", CLONE_NEWNET)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
            fcntl.ioctl(handle, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
    except OSError:
        return []
    return ["network-namespace"]


# --- talking to the kit ----------------------------------------------------------------------------------------------


def read_request() -> Request:
    """The kit's request: one line of JSON on standard input, which the kit then holds open as long as it lives."""
    text = b""
    while not text.endswith(b"\n"):
        if not (chunk := os.read(0, 65536)):
            leave()
        text += chunk
    request: Request = json.loads(text)
    return request


def report(result: int, outcome: Mapping[str, Any]) -> None:
    """The kit has the outcome."""
    os.write(result, json.dumps(outcome).encode())


def main() -> None:
    """The command that the kit asked for has run, and the kit knows how it ended."""
    result = int(sys.argv[1])
    os.set_inheritable(result, False)
    isolation = ["process-group"]
    if LINUX:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        isolation = ["subreaper"]
    request = read_request()
    if not (LINUX and request["namespaces"] and run_in_namespaces(request, result)):
        report(result, watch(request, (0,), isolation, alone=False))


if __name__ == "__main__":
    main()
