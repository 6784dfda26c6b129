"""Planning: what has to be compared before a version may come to a stage, by the ledger or a person's tag."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from mlgate.errors import user_error
from mlgate.github.governing import Governing
from mlgate.ledger.auditing import is_merged
from mlgate.ledger.names import REQUEST
from mlgate.promotion.place import Place
from mlgate.promotion.sources import governing_at

TAGS = "refs/tags/"


class Champion(Struct, frozen=True):
    """The version that is at the stage."""

    version: str
    sha256: str
    source_sha: str


class Planned(Struct, frozen=True, kw_only=True):
    """A candidate and the champion beside which it is judged."""

    model: str
    version: str
    stage: str
    registered: bool
    source_sha: str
    config: str
    champion: Champion | None = None  # None: the stage is empty

    @property
    def command(self) -> str:
        """The check that makes the evidence."""
        beside = f" --baseline {self.champion.source_sha[:12]}" if self.champion else ""
        config = "" if self.config == "mlgate.yml" else f" --config {self.config}"
        return f"mlgate check --ref {self.source_sha[:12]}{beside} --own-policy{config}"

    @property
    def outputs(self) -> Mapping[str, str]:
        """For the jobs that follow in a workflow."""
        return {
            "model": self.model, "version": self.version, "sha": self.source_sha, "config": self.config,
            "registered": str(self.registered).lower(), "champion": self.champion.version if self.champion else "",
            "champion-sha": self.champion.source_sha if self.champion else "",
        }  # fmt: skip

    def as_text(self) -> str:
        """For a person."""
        label = f"{self.model}@{self.version}"
        known = "" if self.registered else ", not registered yet"
        there = self.champion.version if self.champion else "nothing"
        return f"{label} is of {self.source_sha[:12]}{known}; {there} is at {self.stage}\n  compare: {self.command}"


def plan(place: Place, model: str, version: str, stage: str, configs: Sequence[str]) -> Planned:
    """Which commit is the candidate, and which version it is compared with; nothing is changed or recorded.

    A version that is not registered is the commit of a person's tag `release/MODEL/VERSION`; of `configs` the one
    counts that is about the model there.
    """
    place.stages.stage(stage)
    state = place.ledger().state
    register, current = state.version(model, version), state.current(model, stage)
    champion = Champion(current.version, current.sha256, current.source_sha) if current else None
    if register is not None:
        source, config = register.source_sha, register.config
    else:
        source = _tagged(place, model, version)
        config = _config_of(place, source, model, configs)
    return Planned(
        model=model, version=version, stage=stage, registered=register is not None, source_sha=source, config=config,
        champion=champion,
    )  # fmt: skip


def _tagged(place: Place, model: str, version: str) -> str:
    """The commit of the tag that asks for the version; a `UserError` if there is none, or it is not merged."""
    tag = REQUEST.format(model=model, version=version)
    found = place.remote.refs(TAGS + tag, f"{TAGS}{tag}^{{}}")
    if not found:
        raise user_error(f"{model}@{version} is not registered, and there is no tag {tag}",
                         mend=f"git tag {tag} COMMIT, and push it")  # fmt: skip
    place.remote.fetch(TAGS + tag)
    commit = place.repository.commit(found.get(f"{TAGS}{tag}^{{}}") or found[TAGS + tag])
    if commit is None or not is_merged(place.repository, commit, place.protected):
        raise user_error(f"the tag {tag} is on a commit of no protected branch", mend="merge it first, and tag that")
    return commit


def _config_of(place: Place, commit: str, model: str, configs: Sequence[str]) -> str:
    known = {}
    for config in configs:
        governing = governing_at(place, commit, config)
        if isinstance(governing, Governing) and governing.config.model:
            known[governing.config.model.id] = config
    if model not in known:
        said = ", ".join(f"'{name}'" for name in known) or "no model"
        raise user_error(f"{', '.join(configs)} at {commit[:12]} are about {said}, not '{model}'",
                         mend="name the model as its 'model.id', or give its configuration: --config FILE")  # fmt: skip
    return known[model]
