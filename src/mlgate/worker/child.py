"""One model predicts each table it is handed; started by path with the user's interpreter, standard library only.

`python child.py JOB.json`: the job names the folder to work in, the model, the tables, and where the answers go.
Python 3.9 or newer.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
INSPECTION = "mlgate-inspection:"  # begins each line that holds a part of one; alone on a line it ends it
LINE = 400
INFINITE = float("inf")  # JSON has no word for it


class Unfit(Exception):
    """What the user's code returned or lacks; the text is for the finding."""


def main(job_path: str) -> None:
    """The model file was looked at, if asked, and every table predicted; or the answer says why not."""
    with open(job_path, encoding="utf-8") as file:
        job = json.load(file)
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or ".") != HERE]
    sys.argv = ["predict"]
    if job["inspect"]:
        say(load_sibling("model_file").inspect(job["inspect"], job["trusted"]))
    sys.path.insert(0, job["folder"])
    try:
        answer: dict[str, Any] = {"tables": run(job)} if job["tables"] else {}
    except Unfit as error:
        answer = {"error": str(error)}
    save(answer, job["answer"])


def say(found: Any) -> None:
    """What was found is on standard output before anything of the user's has run, out of its reach."""
    text = json.dumps(found)
    for start in range(0, len(text), LINE):
        print(INSPECTION + text[start : start + LINE])
    print(INSPECTION, flush=True)


def save(value: Any, path: str) -> None:
    """The value is in the file, whole."""
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(value, file)
    os.replace(path + ".part", path)


def run(job: Mapping[str, Any]) -> list[list[dict[str, str]]]:
    """For each table the columns written: name and file."""
    predict = callable_of(job["predict"]) if job["predict"] else model_of(job["artifact"], job["trusted"])
    written = []
    for number, table in enumerate(job["tables"]):
        columns = as_columns(predict(read(table)), table["rows"])
        written.append(
            [write(job["folder_out"], number, at, name, values) for at, (name, values) in enumerate(columns)]
        )
    return written


def callable_of(spec: str) -> Callable[[Any], Any]:
    """The function that `package.module:function` names."""
    module_name, _, name = spec.partition(":")
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and module_name.split(".")[0] == error.name.split(".")[0]:
            raise Unfit(f"'{spec}': there is no module '{module_name}' in the configuration's folder") from None
        raise
    for part in name.split("."):
        if not hasattr(found, part):
            raise Unfit(f"'{spec}': module '{module_name}' has no '{name}'")
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def model_of(path: str, trusted: Sequence[str]) -> Callable[[Any], Any]:
    """The model in the file, through the allow-list."""
    model_file = load_sibling("model_file")
    expected = (model_file.Refused, model_file.MissingLibrary, model_file.Unreadable)
    try:
        model = model_file.load(path, trusted)
    except expected as error:
        raise Unfit(str(error)) from None

    def predict(frame: Any) -> Any:
        try:
            return model.predict(frame)
        except model_file.WrongTable as error:
            raise Unfit(str(error)) from None

    return predict


def load_sibling(name: str) -> Any:
    """The module beside this file, under a name that no file of the user's can take."""
    spec = importlib.util.spec_from_file_location(f"mlgate_{name}", os.path.join(HERE, f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def read(table: Mapping[str, Any]) -> Any:
    """The table as a DataFrame where pandas imports, else the path of its CSV file."""
    try:
        import pandas
    except ModuleNotFoundError:
        return table["csv"]
    if table.get("parquet"):
        try:
            return pandas.read_parquet(table["parquet"])
        except ImportError:
            pass  # no Parquet engine here: the CSV has the same rows
    return pandas.read_csv(table["csv"])


def as_columns(found: Any, rows: int) -> list[tuple[str, Any]]:
    """What a predict function returned, as named columns of `rows` values."""
    if found is None:
        raise Unfit("predict returned nothing; return one prediction for each row")
    if isinstance(found, str):
        raise Unfit("predict returned text; return one prediction for each row")
    if hasattr(found, "columns") and hasattr(found, "to_dict"):
        columns = [(str(name), found[name]) for name in found.columns]
    elif isinstance(found, Mapping):
        columns = [(str(name), values) for name, values in found.items()]
    else:
        columns = array_columns(found)
    for name, values in columns:
        if isinstance(values, str) or not hasattr(values, "__len__"):
            raise Unfit(f"predict returned {type(values).__name__} for '{name}'; return one value for each row")
        if len(values) != rows:
            raise Unfit(f"predict returned {len(values):,} values of '{name}' for {rows:,} rows")
    return columns


def array_columns(found: Any) -> list[tuple[str, Any]]:
    """A plain array or list: scores if its numbers are floating-point, else classes; two columns stay two, in order."""
    found = as_array(found)
    shape = getattr(found, "shape", None)
    if shape is not None and len(shape) == 2:
        if shape[1] == 1:
            return array_columns(found[:, 0])
        return [(f"column {at + 1}", found[:, at]) for at in range(shape[1])]  # which class each is, the kit knows
    if shape is not None and len(shape) != 1:
        raise Unfit(f"predict returned an array of shape {tuple(shape)}; return one prediction for each row")
    if not hasattr(found, "__len__"):
        if not hasattr(found, "__iter__"):
            raise Unfit(f"predict returned {type(found).__name__}; return one prediction for each row")
        found = list(found)
    if shape is None and any(isinstance(v, (list, tuple)) or getattr(v, "shape", None) for v in found):
        raise Unfit("predict returned rows of several values; return scores of the positive class, or named columns")
    kind = getattr(getattr(found, "dtype", None), "kind", None)
    return [("score" if kind == "f" or (kind is None and are_scores(found)) else "y_pred", found)]


def as_array(found: Any) -> Any:
    """The arrays of other libraries (PyTorch, TensorFlow, Polars) as numpy's; all else as it is."""
    if hasattr(found, "detach") and hasattr(found, "cpu"):
        found = found.detach().cpu()
    if hasattr(found, "__array__") and not hasattr(getattr(found, "dtype", None), "kind"):
        import numpy

        return numpy.asarray(found)
    return found


def are_scores(values: Any) -> bool:
    """Whether they are numbers, missing ones aside, and not all of them integers."""
    numbers = [v.item() if hasattr(v, "item") else v for v in values if v is not None]
    are_numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in numbers)
    return are_numbers and any(isinstance(v, float) for v in numbers)


def write(folder: str, table: int, at: int, name: str, values: Any) -> dict[str, str]:
    """One column on disk: `.npy` for plain numbers, else JSON."""
    stem = os.path.join(folder, f"{table}-{at}")
    if sys.modules.get("numpy"):
        import numpy

        array = numpy.asarray(values)
        if array.ndim == 1 and array.dtype.kind in "biuf":
            numpy.save(stem + ".npy", array, allow_pickle=False)
            return {"name": name, "kind": "npy"}
        values = array.tolist()
    with open(stem + ".json", "w", encoding="utf-8") as file:
        json.dump([plain(value) for value in values], file)
    return {"name": name, "kind": "json"}


def plain(value: Any) -> Any:
    """A value that JSON has: a missing one is null, whatever is no number, text or boolean becomes text."""
    if hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return None if value != value else str(value) if value in (INFINITE, -INFINITE) else value
    return None if str(value) in ("NaT", "<NA>") else str(value)


if __name__ == "__main__":
    main(sys.argv[1])
