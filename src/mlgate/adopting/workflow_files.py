"""Workflow files as plain data: triggers, jobs, their rights, and what they use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from mlgate.adopting.listing import Listing
from mlgate.adopting.pins import GATE

LARGEST = 2**18


@dataclass(frozen=True)
class Job:
    """A job of a workflow: what it calls or does, and the rights that it has."""

    id: str
    data: Mapping[str, Any]
    permissions: Any  # its own or the workflow's; None where neither says anything

    @property
    def steps(self) -> list[Mapping[str, Any]]:
        """Its steps."""
        steps = self.data.get("steps")
        return [s for s in steps if isinstance(s, dict)] if isinstance(steps, list) else []

    @property
    def uses(self) -> list[str]:
        """What it and its steps use."""
        return [str(each["uses"]) for each in (self.data, *self.steps) if each.get("uses")]

    @property
    def check_name(self) -> str:
        """The name under which GitHub lists its result; a called workflow's job comes behind a slash."""
        name = str(self.data.get("name") or self.id)
        return f"{name} / gate" if str(self.data.get("uses", "")).startswith(f"{GATE}@") else name


@dataclass(frozen=True)
class Workflow:
    """A workflow file as plain data."""

    path: str
    text: str
    data: Mapping[str, Any]

    @property
    def triggers(self) -> Mapping[str, Any]:
        """Its events, each with its filters."""
        on = self.data.get("on")
        if isinstance(on, dict):
            return on
        return dict.fromkeys([str(e) for e in on] if isinstance(on, list) else [str(on)] if on else [])

    @property
    def jobs(self) -> list[Job]:
        """Its jobs."""
        jobs = self.data.get("jobs")
        found = jobs if isinstance(jobs, dict) else {}
        return [
            Job(str(id_), job, job.get("permissions", self.data.get("permissions")))
            for id_, job in found.items()
            if isinstance(job, dict)
        ]


def read_workflows(listing: Listing) -> tuple[Workflow, ...]:
    """The repository's workflows; one that is no YAML is as if it were empty."""
    found = []
    for file in listing.files:
        if file.folder == ".github/workflows" and file.path.endswith((".yml", ".yaml")) and file.size <= LARGEST:
            # BaseLoader makes nothing but text, lists and mappings, and knows anchors, as GitHub does
            text = (listing.top / file.path).read_text("utf-8", "replace")
            try:
                data = yaml.load(text, yaml.BaseLoader)
            except (yaml.YAMLError, RecursionError):
                data = None
            found.append(Workflow(file.path, text, data if isinstance(data, dict) else {}))
    return tuple(found)
