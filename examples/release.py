"""The example's model on its way to production and back, by the commands that a person types."""

import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from examples.pull_requests import commit, environment, git, replace

STAGES = """# Where models go, and on which conditions. The file on the default branch decides.
version: 1
registry: ../registry
evidence-from: [file] # nobody signs on this laptop; in CI only runs of the gate and signed files count
stages:
  prod: {{versions: {{mortgage: {version}}}}}
"""
FEATURES = """# Which features the repository can compute, and by which files.
version: 1
features:
  - name: ratios
    versions:
      - {version: 1, schema: {other_debt: float, high_loan: float}, transform: [features.py]}
"""
SECOND = "      - {version: 2, schema: {other_debt: float, high_loan: float}, transform: [features_v2.py]}\n"
CHECK, EVIDENCE = "mlgate check --quiet --output", "--evidence"


@dataclass(frozen=True)
class Typed:
    """A command, and how it should end."""

    words: str
    says: str  # is in what it prints
    code: int = 0


@dataclass(frozen=True)
class Scene:
    """What somebody merges, and the commands after it."""

    title: str
    typed: tuple[Typed, ...]
    merged: Callable[[Path, str], None] | None = None  # repository, Python that can train


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    typed: Typed
    code: int
    output: str

    @property
    def shown(self) -> list[str]:
        """The lines to print: of a check the verdict, else all."""
        lines = self.output.splitlines()
        return lines[:1] if self.typed.words.startswith(CHECK) else lines

    @property
    def surprise(self) -> str | None:
        """What is otherwise than expected, or None."""
        if self.code != self.typed.code:
            return f"`{self.typed.words}` should end with {self.typed.code}, and ended with {self.code}"
        if self.typed.says not in self.output:
            return f"`{self.typed.words}` should say “{self.typed.says}”"
        return None


def first_model(repository: Path, python: str) -> None:
    """The repository has a remote, features and stages, and asks for its first version at `prod`."""
    git(repository, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", "../remote.git")
    git(repository, "remote", "add", "origin", "../remote.git")
    (repository / "features.yml").write_text(FEATURES, encoding="utf-8")
    configuration = repository / "mlgate.yml"
    replace(configuration, 'positive: "yes"}', 'positive: "yes", requires: {ratios: 1}}')
    replace(configuration, "checks:\n", "checks:\n  feature-version: {}\n")
    # a pull request may leave open what 102 applicants cannot settle, a first version may not
    replace(configuration, "tolerance: 0.1, growth: 0.05}", "tolerance: 0.2, growth: 0.05}")
    _ask(repository, "v0.1.0", "Say where models go, and which features they need")


def successor(repository: Path, python: str) -> None:
    """The model is trained on a second version of its features, beside which the first one stays as it was."""
    (repository / "features_v2.py").write_bytes((repository / "features.py").read_bytes())
    replace(repository / "features_v2.py", "HIGH_LOAN = 0.95", "HIGH_LOAN = 0.9")
    for name in ("app.py", "train.py"):
        replace(repository / name, "from features import", "from features_v2 import")
    with (repository / "features.yml").open("a", encoding="utf-8") as stream:
        stream.write(SECOND)
    replace(repository / "mlgate.yml", "requires: {ratios: 1}", "requires: {ratios: 2}")
    subprocess.run([python, "train.py"], cwd=repository, env=environment(), check=True)
    _ask(repository, "v0.2.0", "Count loans as high from nine tenths of the value on")


def scenes() -> Iterator[Scene]:
    """The release from the first evidence to the audit."""
    yield Scene("A first model goes to production", (
        Typed(f"{CHECK} ../first", "safe to merge"),
        Typed(f"mlgate register {EVIDENCE} ../first/evidence.json", "mortgage@v0.1.0 is registered"),
        Typed("mlgate features serve ratios@1", "ratios@1 is served"),
        Typed("mlgate promote mortgage@v0.1.0 --stage prod", "mortgage@v0.1.0 is at prod"),
    ), first_model)  # fmt: skip
    yield Scene("Its successor is trained on new features", (
        Typed(f"{CHECK} ../second --baseline main~1", "safe to merge"),
        Typed(f"mlgate register {EVIDENCE} ../second/evidence.json", "mortgage@v0.2.0 is registered"),
        Typed("mlgate features serve ratios@2", "ratios@2 is served"),
    ), successor)  # fmt: skip
    yield Scene("Evidence for another model opens nothing", (
        Typed(f"mlgate promote mortgage@v0.2.0 --stage prod {EVIDENCE} ../first/evidence.json",
              "the evidence is about a model with the digest", code=1),
    ))  # fmt: skip
    yield Scene(
        "Its own evidence does", (Typed("mlgate promote mortgage@v0.2.0 --stage prod", "mortgage@v0.2.0 is at prod"),)
    )
    yield Scene("The old features have to stay while somebody may want to go back", (
        Typed("mlgate features retire ratios@1 --reason 'v0.2.0 does not need it'", "requires ratios@1", code=1),
    ))  # fmt: skip
    yield Scene("So the way back is open", (
        Typed("mlgate rollback mortgage --stage prod --reason 'more complaints'", "mortgage@v0.1.0 is at prod again"),
        Typed("mlgate log", "back from v0.2.0 to v0.1.0"),
        Typed("mlgate audit verify", "chain intact"),
    ))  # fmt: skip


def type_in(typed: Typed, repository: Path, mlgate: str, env: dict[str, str], seconds: float) -> Ended:
    """How the command ended in the repository."""
    words = [mlgate, *shlex.split(typed.words)[1:]]
    done = subprocess.run(
        words, cwd=repository, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=seconds, check=False,
    )  # fmt: skip
    return Ended(typed, done.returncode, done.stdout.decode(errors="replace"))


def _ask(repository: Path, version: str, message: str) -> None:
    (repository / "stages.yml").write_text(STAGES.format(version=version), encoding="utf-8")
    commit(repository, message)
    git(repository, "push", "--quiet", "origin", "main")
