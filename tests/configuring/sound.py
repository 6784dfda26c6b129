"""A small repository's files, sound themselves, on which broken configurations are tried."""

import csv
from collections.abc import Sequence
from pathlib import Path

HEADER = ("id", "age", "income", "deny")
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'1' * 64}\nsize 4096\n"


def make_folder(folder: Path) -> Path:
    """`folder` with tables, predictions and a model's code, and with files that are not what they seem."""
    data = folder / "data"
    data.mkdir(parents=True)
    _write(data / "test.csv", HEADER, [(i, 20 + i % 50, 100 * i, "yes" if i % 3 == 0 else "no") for i in range(60)])
    _write(data / "train.csv", HEADER, [(i, 21, 7 * i, "no") for i in range(1_000, 1_060)])
    for name in ("new.csv", "old.csv"):
        rows = [(i, "yes" if i % 3 == 0 else "no", (i * 37 % 60) / 60) for i in range(60)]
        _write(folder / name, ("id", "y_true", "score"), rows)
    (folder / "app.py").write_text("def predict(frame):\n    return [0.5] * len(frame)\n")
    (folder / "model.skops").write_bytes(b"PK")
    (data / "lfs.csv").write_text(POINTER)
    (data / "dvc.csv.dvc").write_text(f"outs:\n- md5: {'2' * 32}\n  path: dvc.csv\n")
    (data / "page.csv").write_text("<!DOCTYPE html>\n<html>\n<title>404</title>\n<p>gone, moved</p>\n")
    (data / "cut.parquet").write_bytes(b"PAR1\x15\x04")
    (data / "bad.json").write_text('{"id": 1,\n')
    (data / "empty.csv").write_text("")
    (data / "test.xlsx").write_bytes(b"PK\x03\x04")
    (data / "noending").write_text("id\n1\n")
    return folder


def _write(file: Path, header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *rows])
