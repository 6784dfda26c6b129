"""Bringing a table from its address into files of a folder, from where it is read like any other."""

import re
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import duckdb

from mlgate.config import Table
from mlgate.errors import user_error
from mlgate.sources.addresses import DATABASE, WEB, scheme_of

CHUNK = 2**20


def bring(connection: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> tuple[Path, ...]:
    """The table's files, in `folder`; a `UserError` that holds no credential if they cannot be had."""
    folder.mkdir(parents=True, exist_ok=True)
    scheme = scheme_of(table.path)
    if scheme in DATABASE:
        from mlgate.sources.postgres import as_parquet

        return (as_parquet(connection, table.path, table.relation or "", folder),)
    if scheme in WEB:
        from mlgate.sources.web import download

        return (download(table.path, folder / name_of(table.path), insecure=table.insecure),)
    return _from_store(table.path, folder)


def name_of(address: str) -> str:
    """A file name for what an address names, with its endings.

    >>> name_of("https://example.org/data/a%20b.csv.gz?version=3")
    'a_20b.csv.gz'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "_", PurePosixPath(urlsplit(address).path).name) or "table"


def _from_store(address: str, folder: Path) -> tuple[Path, ...]:
    """The files of an address or pattern of fsspec's; each store's own package finds its credentials by itself."""
    try:
        import fsspec
    except ImportError:
        raise user_error(f"{address} is read by fsspec, which is not installed beside mlgate",
                         mend="pip install 'mlgate[remote]' and the store's own, such as s3fs") from None  # fmt: skip
    try:
        store, path = fsspec.core.url_to_fs(address)
        found = sorted(store.glob(path)) if any(c in path for c in "*?[") else [path]
        files = [p for each in found for p in (sorted(store.find(each)) if store.isdir(each) else [each])]
        return tuple(_copy(store, path, file, folder) for file in files)
    except ImportError as error:
        raise user_error(f"{address} needs a package that is not installed: {error.name or 'of this store'}",
                         mend="pip install it beside mlgate") from None  # fmt: skip
    except Exception as error:  # noqa: BLE001 — each store raises its own, and their texts may hold requests' headers
        raise user_error(f"{address} cannot be read ({type(error).__name__})",
                         mend="check the address, and the credentials in the environment") from None  # fmt: skip


def _copy(store: object, root: str, file: str, folder: Path) -> Path:
    """One file's bytes, below `folder` as it lies below the address, so that partitions keep their names."""
    start = root.partition("*")[0].rpartition("/")[0] if "*" in root else root.rpartition("/")[0]
    parts = [re.sub(r"[^A-Za-z0-9._=-]+", "_", part) for part in file.removeprefix(start).strip("/").split("/")]
    target = folder.joinpath(*(part for part in parts if part not in ("", ".", "..")))
    target.parent.mkdir(parents=True, exist_ok=True)
    with store.open(file, "rb") as source, target.open("wb") as copy:  # type: ignore[attr-defined]
        while chunk := source.read(CHUNK):
            copy.write(chunk)
    return target
