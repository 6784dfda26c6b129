"""A repository that releases a model: a bare remote, a store, and evidence for whatever was trained."""

import datetime
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlgate.config import Environment
from mlgate.evidence import Baseline, Evidence, Subject, TableInfo, canonical, sha256
from mlgate.inputs.git import Repository as Git
from mlgate.inputs.interpreter import environment_digest
from mlgate.ledger.events import Register
from mlgate.ledger.reading import Ledger, read_ledger
from mlgate.ledger.remote import Remote
from tests.cli.console import Seen, mlgate, start
from tests.ledger.place import Place, copied, digest, make_place
from tests.policy.repository import ALONE, Repository
from tests.promotion.cases import evidence as made
from tests.promotion.cases import findings

CONFIG = b"""version: 1
model: {id: churn, artifact: model.bin}
tables: {test: {path: data/test.csv, key: id, target: left}}
checks:
  missing: {columns: {age: {max: 0.02}}}
  metrics: {limits: {auc: {min: 0.7}}}
  regression: {primary: auc, margins: {auc: 0.01}}
policy: {required: [regression]}
"""
TABLE = "id,left,age\n1,0,30\n2,1,40\n"


@dataclass(frozen=True)
class Shop:
    """The repository, its remote, and where the bytes go."""

    place: Place
    store: Path  # of the files, where no server keeps them
    url: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)  # what that server needs

    @property
    def clone(self) -> Repository:
        """The clone in which commands are typed."""
        return self.place.clone

    @property
    def ledger(self) -> Ledger:
        """What the remote has."""
        return read_ledger(Remote(Git(self.clone.path)))

    @property
    def kinds(self) -> list[str]:
        """The kinds of the events, the oldest first."""
        return [str(record.event.__struct_config__.tag) for record in self.ledger.events]

    @property
    def first(self) -> Register:
        """The first event, which registered something."""
        event = self.ledger.events[0].event
        assert isinstance(event, Register)
        return event

    def run(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Seen:
        """A command as it is typed here."""
        return mlgate(
            *arguments, cwd=self.clone.path, environ={**ALONE, **self.named, **self.environ, **(environ or {})}
        )

    def start(self, *arguments: str) -> Any:
        """A command in a process of its own."""
        return start(*arguments, cwd=self.clone.path, environ={**ALONE, **self.named, **self.environ})

    @property
    def named(self) -> Mapping[str, str]:
        """By whom, as far as git knows."""
        return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "ann"}

    def merge(self, message: str = "change") -> str:
        """What is in the work tree is on the protected branch."""
        commit = self.clone.commit(message)
        self.clone.git("push", "-q", "origin", "HEAD:main")
        return commit

    def train(self, text: str) -> str:
        """A model of these bytes is on the protected branch; the commit."""
        self.clone.write("model.bin", text)
        return self.merge(f"train {text}")

    def ask(self, version: str, stage: str = "prod", **conditions: Any) -> None:
        """A merged change of stages.yml asks for the version."""
        self.stages({stage: {"versions": {"churn": version}, **conditions}})

    def stages(self, stages: Mapping[str, Any], **more: Any) -> None:
        """The protected branch has these stages."""
        whole = {
            "version": 1,
            "registry": self.url or "../store",
            "evidence-from": ["file", "signature"],
            "stages": stages,
        }
        self.clone.write("stages.yml", json.dumps({**whole, **more}, indent=1))
        self.merge("stages")

    def evidence(self, commit: str, champion: str | None = None, **changes: Any) -> Path:
        """Evidence about the commit's model, compared with a model of the text `champion`."""
        path = self.place.bare.parent / "evidence.json"
        path.write_bytes(canonical(self.made(commit, champion, **changes)) + b"\n")
        return path

    def made(self, commit: str, champion: str | None = None, **changes: Any) -> Evidence:
        """The same as a value."""
        model = self.clone.git("show", f"{commit}:model.bin")
        nothing = {"status": "skipped", "reason": "no-baseline", "margin": None, "value": None}
        fields: dict[str, Any] = {
            "requires": {}, "event": "local", "date": None, "head_sha": commit, "tested_sha": commit,
            "environment_sha256": environment_digest(Environment(), self.clone.path),
            "baseline": Baseline("main", sha256(champion.encode()) if champion else None),
            "tables": (TableInfo("test", 2, sha256(TABLE.encode()), digest("schema")),),
            "findings": findings() if champion else findings(regression=nothing),
            "subject": (Subject("model:churn", {"sha256": sha256(model.encode())}),
                        Subject("table:test", {"sha256": sha256(TABLE.encode())})),
        }  # fmt: skip
        fields["date"] = datetime.datetime.now(datetime.UTC).date().isoformat()
        return made((self.clone.path / "mlgate.yml").read_bytes(), **{**fields, **changes})

    def release(self, text: str, version: str, champion: str | None = None) -> None:
        """The model of this text is at `prod`."""
        commit = self.train(text)
        seen = self.run("register", "--evidence", str(self.evidence(commit, champion)), "--version", version)
        assert seen.code == 0, seen.out + seen.err
        self.ask(version)
        seen = self.run("promote", f"churn@{version}", "--stage", "prod")
        assert seen.code == 0, seen.out + seen.err

    def copy(self, folder: Path) -> "Shop":
        """The same shop, for one test to change; its store, which lies beside the clone, comes along."""
        shop = Shop(copied(self.place, folder), folder / "store")
        if self.store.is_dir():
            shutil.copytree(self.store, shop.store)
        return shop

    def stored(self) -> list[Path]:
        """The files in the store that hold bytes of models."""
        return [path for path in self.store.rglob("*") if path.name == "model.bin"]


def make_shop(folder: Path) -> Shop:
    """A repository with a gate and stages, and nothing released."""
    shop = Shop(make_place(folder), folder / "store")
    shop.clone.write("mlgate.yml", CONFIG)
    shop.clone.write("data/test.csv", TABLE)
    shop.stages({"prod": {}, "staging": {}})
    return shop
