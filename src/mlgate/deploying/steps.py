"""Steps: the hooks of a stage in their order, each told what the ones before made."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mlgate.deploying.job import Job
from mlgate.deploying.running import environment, run
from mlgate.deploying.scrubbing import secrets_of
from mlgate.deploying.settings import Deploy
from mlgate.registries.backend import Say

HOOKS = tuple(name for name in Deploy.__struct_fields__ if name in ("image", "manifest", "copy", "http", "command"))


@dataclass(frozen=True)
class Step:
    """One hook at work: the job, what is known by now, and how it may run commands."""

    job: Job
    settings: Deploy
    facts: Mapping[str, str]
    said: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it may take."""
        return self.settings.timeout

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may be in no output."""
        return secrets_of(self.job.environ, self.settings.environment)

    def run(self, command: Sequence[str]) -> str:
        """What the command printed at its end; `HookFailed` if it went wrong."""
        wanted = environment(self.job.environ, self.settings.environment, self.facts)
        said = run(command, self.job.root, wanted, self.settings.timeout, self.secrets)
        self.said.append(said)
        return said


def perform(job: Job, settings: Deploy, say: Say) -> Mapping[str, str]:
    """Every hook of the settings went well; all that is known then."""
    facts = dict(job.facts)
    for name in HOOKS:
        wanted = getattr(settings, name)
        if wanted is not None:
            say(f"{job.action}ing {job.release} at {job.stage}: {name}" if job.action == "deploy" else
                f"returning {job.stage} to {job.release}: {name}")  # fmt: skip
            module = importlib.import_module(f"mlgate.deploying.hooks.{name}")
            facts |= module.perform(wanted, Step(job, settings, facts))
    return facts
