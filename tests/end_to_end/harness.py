"""Run real workflows by act, on this machine without Docker, and read what GitHub would have shown."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KIT = Path(__file__).parents[2]
USED_REFS = re.compile(r"mlgate/mlgate(?:/[\w./-]+)?@(\w[\w.-]*)")
SECRET = "ghs_a-token-that-no-pull-request-may-see"
TIMEOUT = 300  # seconds, for one workflow run
# The addresses of package indexes and their certificates: all else of a contributor's environment stays outside.
PASSED_ON = (
    "PIP_",
    "UV_",
    "SSL_CERT_",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)


@dataclass(frozen=True)
class Annotation:
    """A message that GitHub shows at a line of a file."""

    level: str  # error, warning or notice
    message: str
    title: str = ""
    file: str = ""
    line: int | None = None


@dataclass(frozen=True)
class Run:
    """What one run of a workflow did; a job that was skipped has no result and is not in `jobs`."""

    exit_code: int
    jobs: Mapping[str, str]  # the name that a required check would have → success or failure
    annotations: tuple[Annotation, ...] = ()
    summary: str = ""  # Markdown, of all steps
    outputs: Mapping[str, str] = field(default_factory=dict)  # of all steps
    artifacts: Path = Path()  # a folder for each uploaded artifact
    log: str = ""


@dataclass(frozen=True)
class Runner:
    """act, with the kit in the place of its every version, and small stand-ins for GitHub's own actions."""

    act: str
    kit: Path  # a copy of the repository's tracked files
    venv: Path  # the kit's environment, shared by all runs, because installing it takes longer than checking
    actions: Mapping[str, Path]  # "owner/name@ref" → stand-in

    def run(
        self,
        repository: Path,
        event: str,
        payload: Mapping[str, Any],
        folder: Path,
        env: Mapping[str, str] | None = None,
        workflow: str = "mlgate.yml",
        job: str | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> Run:
        """The outcome of a workflow of `repository` (or of one of its jobs), as checked out, for this event."""
        for name in ("home", "tmp", "xdg", "config", "actions", "artifacts"):
            (folder / name).mkdir(parents=True)
        (folder / "event.json").write_text(json.dumps(payload), encoding="utf-8")
        given = {"DATA_TOKEN": SECRET} if secrets is None else secrets
        lines = "".join(f"{name}={value}\n" for name, value in given.items())
        (folder / "secrets").write_text(lines, encoding="utf-8")  # a command line could be read by anybody
        done = subprocess.run(
            [
                *(self.act, event, "-C", str(repository), "-W", f".github/workflows/{workflow}"),
                *(("-j", job) if job else ()),
                *self._arguments(repository, folder, env or {}),
            ],
            env=_bare_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT,
            check=False,
        )
        return read(done.returncode, done.stdout.decode(errors="replace"), folder / "artifacts")

    def _arguments(self, repository: Path, folder: Path, env: Mapping[str, str]) -> Iterator[str]:
        yield from ("-e", str(folder / "event.json"), "--json", "--rm", "-a", "octocat", "--log-prefix-job-id")
        for label in ("ubuntu-latest", "ubuntu-24.04"):
            yield from ("-P", f"{label}=-self-hosted")
        yield from ("--action-cache-path", str(folder / "actions"), "--no-cache-server")
        yield from ("--secret-file", str(folder / "secrets"))
        for name in ("--env-file", "--var-file", "--input-file"):
            yield from (name, os.devnull)
        own = {f"mlgate/mlgate@{ref}": self.kit for ref in _refs(repository, self.kit)}
        for action, path in {**own, **self.actions}.items():
            yield from ("--local-repository", f"{action}={path}")
        passed_on = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
        given = {
            "MLGATE_VENV": str(self.venv),
            "ARTIFACTS": str(folder / "artifacts"),
            "UV_CACHE_DIR": str(_cache() / "uv"),
            "PIP_CACHE_DIR": str(_cache() / "pip"),
        }
        for name, value in (passed_on | given | dict(env)).items():
            yield from ("--env", f"{name}={value}")


def _refs(*trees: Path) -> list[str]:
    """Whatever versions of the kit the workflows of `trees` name."""
    texts = [
        path.read_text(encoding="utf-8") for tree in trees for path in (tree / ".github" / "workflows").glob("*.yml")
    ]
    return sorted({ref for text in texts for ref in USED_REFS.findall(text)})


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _bare_environment(folder: Path) -> dict[str, str]:
    tools = [Path(sys.executable).parent, *(Path(p).parent for p in map(shutil.which, ("uv", "git", "bash")) if p)]
    return {
        "PATH": os.pathsep.join(dict.fromkeys([*map(str, tools), "/usr/local/bin", "/usr/bin", "/bin"])),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "XDG_CACHE_HOME": str(folder / "xdg"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "GIT_PAGER": "cat",
        "PAGER": "cat",
        "GIT_CONFIG_NOSYSTEM": "1",
        "ACT_DISABLE_VERSION_CHECK": "1",
    }


def read(exit_code: int, events: str, artifacts: Path) -> Run:
    """The run that act's events (one JSON object a line, with other lines between) tell of."""
    jobs, outputs, summary, annotations, log = {}, {}, [], [], []
    for event in _objects(events):
        log.append(event.get("msg", "").rstrip())
        if "jobResult" in event:
            _, *path = (part.strip() for part in event["job"].split("/"))  # the first part is the workflow's name
            jobs[" / ".join(path)] = event["jobResult"]
        match event.get("command"):
            case "error" | "warning" | "notice" as level:
                annotations.append(_annotation(level, event))
            case "summary":
                summary.append(event.get("content", ""))
            case "set-output":
                outputs[event["name"]] = event["arg"]
    shown = "\n".join(line for line in log if not line.startswith("LocalRepositoryCache"))
    return Run(exit_code, jobs, tuple(annotations), "\n".join(summary), outputs, artifacts, shown)


def _annotation(level: str, event: Mapping[str, Any]) -> Annotation:
    at = event.get("kvPairs") or {}
    line = int(at["line"]) if at.get("line") else None
    return Annotation(level, event.get("arg", ""), at.get("title", ""), at.get("file", ""), line)


def _objects(lines: str) -> Iterator[Mapping[str, Any]]:
    for line in lines.splitlines():
        yield json.loads(line) if line.startswith("{") else {"msg": line}
