"""Arrow files, which DuckDB reads through pyarrow alone: written as Parquet once, batch by batch."""

import tempfile
from pathlib import Path
from typing import Any

import duckdb

from mlgate.errors import user_error
from mlgate.scan.dialect import literal
from mlgate.scan.temporary import folder_of

BATCH = 65_536


def as_parquet(connection: duckdb.DuckDBPyConnection, files: tuple[Path, ...]) -> tuple[Path, ...]:
    """The files' rows as Parquet, in the connection's own temporary folder."""
    try:
        import pyarrow
        from pyarrow import dataset, ipc
    except ImportError:
        raise user_error("Arrow files are read by pyarrow, which is not installed beside mlgate",
                         mend="pip install 'mlgate[arrow]', or write the table as Parquet") from None  # fmt: skip
    written = []
    for file in files:
        try:
            reader = _reader(pyarrow.memory_map, dataset, ipc, file)
        except (pyarrow.ArrowException, OSError):
            raise user_error(f"{file.name} is no whole Arrow file", mend="write or download it again") from None
        with tempfile.NamedTemporaryFile(dir=folder_of(connection), suffix=".parquet", delete=False) as copy:
            written.append(Path(copy.name))
        connection.register("arrow_rows", reader)
        connection.execute(f"COPY (SELECT * FROM arrow_rows) TO {literal(copy.name)} (FORMAT parquet)")
        connection.unregister("arrow_rows")
    return tuple(written)


def _reader(memory_map: Any, dataset: Any, ipc: Any, file: Path) -> Any:
    """The file's batches one after the other, whether it is in Arrow's file format or its stream format."""
    with file.open("rb") as stream:
        is_file = stream.read(6) == b"ARROW1"
    if is_file:
        return dataset.dataset(file, format="ipc").scanner(batch_size=BATCH).to_reader()
    return ipc.open_stream(memory_map(str(file)))
