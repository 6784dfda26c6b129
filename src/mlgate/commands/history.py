"""`mlgate history`, as typed."""

from pathlib import Path

import click

from mlgate.exit_codes import LOOK_CODES


@click.command(epilog=LOOK_CODES)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("mlgate.yml"),
    show_default=True,
    help="The configuration beside which the history lies.",
)
def history(config: Path) -> None:
    """Say how often each test set was judged here, and what a claim of improvement has to prove now.

    \b
    Examples:
      mlgate history
      mlgate history --config models/churn/mlgate.yml
    """
    from mlgate.configuring.yaml_source import read_yaml
    from mlgate.exploring.history import read, render

    raw = read_yaml(config.read_bytes(), config.name).data if config.is_file() else {}
    policy = raw.get("policy") if isinstance(raw, dict) else None
    budget = policy.get("evaluations") if isinstance(policy, dict) else None
    click.echo(render(read(config.absolute().parent), budget if isinstance(budget, int) and budget > 0 else None))
