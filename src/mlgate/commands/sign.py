"""`mlgate sign`, as typed."""

from pathlib import Path

import click

from mlgate.commands.releasing import SHOW_CODES, show


@click.command(epilog=SHOW_CODES)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--key", type=click.Path(path_type=Path), envvar="MLGATE_SIGNING_KEY", show_envvar=True, required=True,
    help="A private SSH key without a passphrase.",
)  # fmt: skip
def sign(file: Path, key: Path) -> None:
    """Sign evidence by an SSH key, as FILE.sig beside it.

    \b
    Examples:
      mlgate sign out/evidence.json --key ~/.ssh/mlgate
    """
    from mlgate.ledger.signing import sign as signature_of

    beside = file.with_name(file.name + ".sig")
    beside.write_bytes(signature_of(file.read_bytes(), key, "mlgate-evidence"))
    show(f"{beside}: the signature of {file}")
