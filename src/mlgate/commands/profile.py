"""`mlgate profile`, as typed."""

from pathlib import Path

import click

from mlgate.exit_codes import LOOK_CODES


@click.command(epilog=LOOK_CODES)
@click.argument("tables", nargs=-1, required=True, metavar="TABLE…")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file; TABLE.profile.json if not given."
)
@click.option("--column", "columns", multiple=True, metavar="COLUMNS", help="Only these, such as type:number or 'a*'.")
@click.option("--like", type=click.Path(path_type=Path, dir_okay=False), help="Count as this profile does.")
@click.option("--relation", help="Of a database: the table or view.")
@click.option(
    "--config", type=click.Path(path_type=Path), default=Path("mlgate.yml"), show_default=True,
    help="The configuration that may name tables.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def profile(
    tables: tuple[str, ...], output: Path | None, columns: tuple[str, ...], like: Path | None, relation: str | None,
    config: Path, *, dry_run: bool, is_json: bool,
) -> None:  # fmt: skip
    """Keep counts of a table, and none of its rows, as a small file that `drift` compares others with.

    Several tables, or profiles made with '--like' of one another, become one profile of all their rows.

    \b
    Examples:
      mlgate profile data/train.csv
      mlgate profile logs/*.parquet --output reference.profile.json
      mlgate profile reference.profile.json logs/today.parquet --output reference.profile.json
    """
    from mlgate.commands.releasing import show, show_json
    from mlgate.drift.profile import to_json
    from mlgate.exploring.given import given_table, stem_of
    from mlgate.exploring.profiles_shown import as_facts, as_text
    from mlgate.exploring.profiling import ENDING, make_profile, read_like
    from mlgate.whole_file import write_whole

    layout = read_like(like) if like else None
    made = make_profile([given_table(text, config, relation) for text in tables], columns, layout)
    file = output or Path(stem_of(tables[0]) + ENDING)
    data = to_json(made.profile)
    if not dry_run:
        write_whole(file, data)
    if is_json:
        show_json(as_facts(made, file, data, is_written=not dry_run))
    else:
        show(as_text(made, file, data, is_written=not dry_run))
