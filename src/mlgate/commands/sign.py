"""`mlgate sign`, as typed."""

from pathlib import Path

import click

from mlgate.commands.releasing import SHOW_CODES, as_json, show, show_json


@click.command(epilog=SHOW_CODES)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--key", type=click.Path(path_type=Path), envvar="MLGATE_SIGNING_KEY", show_envvar=True, required=True,
    help="A private SSH key without a passphrase.",
)  # fmt: skip
@as_json
def sign(file: Path, key: Path, is_json: bool) -> None:
    """Sign evidence by an SSH key, as FILE.sig beside it.

    \b
    Examples:
      mlgate sign out/evidence.json --key ~/.ssh/mlgate
    """
    from mlgate.ledger.signing import sign as signature_of

    beside = file.with_name(file.name + ".sig")
    beside.write_bytes(signature_of(file.read_bytes(), key, "mlgate-evidence"))
    if is_json:
        show_json({"file": str(file), "signature": str(beside)})
    else:
        show(f"{beside}: the signature of {file}")
