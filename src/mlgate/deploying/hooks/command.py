"""Any command: it is told about the model by variables `MLGATE_…`, and says by its exit code whether it went well."""

from collections.abc import Mapping

from mlgate.deploying.settings import Command
from mlgate.deploying.steps import Step


def perform(settings: Command, step: Step) -> Mapping[str, str]:
    """The command has ended with 0."""
    step.run(settings.run)
    return {}
