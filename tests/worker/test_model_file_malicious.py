"""Files made to run something are refused, and nothing of them has run."""

import copyreg
import io
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from mlgate.worker import model_file

COMPRESSORS = ["zlib", "gzip", "bz2", "lzma", "xz", "lz4"]


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def stack_global(module: str, name: str) -> bytes:
    return text(module) + text(name) + b"\x93"


class Call:
    """Pickles as a call of `function`."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.call = (function, args)

    def __reduce__(self) -> Any:
        return self.call


def distribution_with_code(command: str) -> Any:
    """scipy's distributions rebuild their argument parser by exec of a string in their own state."""
    from scipy import stats

    state = dict(stats.norm.__getstate__())
    state["_parse_arg_template"] += f"\nimport os; os.system({command!r})"
    made = Call(copyreg._reconstructor, type(stats.norm), object, None)  # type: ignore[attr-defined]
    made.call = (*made.call, state)  # type: ignore[assignment]
    return made


# Each makes a file when Python's own unpickler loads it: the first test below shows that it does.
ARMED: dict[str, Callable[[str, str], bytes]] = {
    "REDUCE os.system": lambda cmd, _: b"cos\nsystem\n" + text(cmd) + b"\x85R.",
    "REDUCE posix.system": lambda cmd, _: b"cposix\nsystem\n" + text(cmd) + b"\x85R.",
    "INST": lambda cmd, _: b"(" + text(cmd) + b"ios\nsystem\n.",
    "OBJ": lambda cmd, _: b"(cos\nsystem\n" + text(cmd) + b"o.",
    "eval under its Python 2 name": lambda cmd, _: (
        b"c__builtin__\neval\n" + text(f"__import__('os').system({cmd!r})") + b"\x85R."
    ),
    "exec": lambda cmd, _: pickle.dumps(Call(exec, f"import os; os.system({cmd!r})")),
    "getattr of an import": lambda cmd, _: (
        b"cbuiltins\ngetattr\n(cbuiltins\n__import__\n"
        + text("os")
        + b"\x85R"
        + text("system")
        + b"tR"
        + text(cmd)
        + b"\x85R."
    ),
    "subprocess.check_call": lambda cmd, _: (
        b"csubprocess\ncheck_call\n((" + text("sh") + text("-c") + text(cmd) + b"ltR."
    ),
    "STACK_GLOBAL with memoised strings": lambda cmd, _: (
        b"\x80\x04" + text("system") + b"q\x000" + text("os") + b"q\x010h\x01h\x00\x93" + text(cmd) + b"\x85R."
    ),
    "a dotted name through an allowed module": lambda cmd, _: (
        b"\x80\x04" + stack_global("joblib.numpy_pickle", "os.system") + text(cmd) + b"\x85R."
    ),
    "map in a list": lambda cmd, _: pickle.dumps(Call(list, Call(map, os.system, [cmd]))),
    "NEWOBJ of numpy.memmap": lambda _, path: (
        b"\x80\x02cnumpy\nmemmap\n(" + text(path) + text("uint8") + text("w+") + b"K\x00K\x01t\x81."
    ),
    "NEWOBJ_EX of numpy.memmap": lambda _, path: (
        b"\x80\x04cnumpy\nmemmap\n"
        + text(path)
        + b"\x85}("
        + text("mode")
        + text("w+")
        + text("shape")
        + b"K\x01u\x92."
    ),
    "numpy.testing runs strings": lambda cmd, _: (
        b"cnumpy.testing._private.utils\nrunstring\n(" + text(f"import os; os.system({cmd!r})") + b"}tR."
    ),
    "BUILD of a scipy distribution": lambda cmd, _: pickle.dumps(distribution_with_code(cmd)),
    "deep inside an estimator": lambda cmd, _: pickle.dumps(LogisticRegression(C=Call(os.system, cmd))),
    "after a model": lambda cmd, _: pickle.dumps([LogisticRegression(), Call(os.system, cmd)]),
    "joblib.load of another file": lambda cmd, path: pickle.dumps(Call(joblib.load, bomb_beside(path, cmd))),
}


def bomb_beside(path: str, command: str) -> str:
    beside = f"{path}.beside"
    Path(beside).write_bytes(pickle.dumps(Call(os.system, command)))
    return beside


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "it-ran"


def assert_refused(path: Path, marker: Path) -> dict[str, Any]:
    """The file is refused by both calls, the report holds JSON, and the marker was not made."""
    found = model_file.inspect(str(path))
    assert found["refused"], found
    with pytest.raises(model_file.Refused) as raised:
        model_file.load(str(path))
    assert str(path) in str(raised.value)
    assert not marker.exists()
    return found


@pytest.mark.parametrize("name", ARMED)
def test_the_attacks_work_on_an_unguarded_unpickler(name: str, marker: Path) -> None:
    pickle.loads(ARMED[name](f"touch {marker}", str(marker)))
    assert marker.exists()


@pytest.mark.parametrize("name", ARMED)
def test_an_attack_is_refused_and_has_not_run(name: str, tmp_path: Path, marker: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(ARMED[name](f"touch {marker}", str(marker)))
    assert_refused(path, marker)


@pytest.mark.parametrize("name", ["os.system", "posix.system", "builtins.eval"])
def test_no_trusted_line_allows_running_commands(name: str, tmp_path: Path, marker: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(Call({"builtins.eval": eval}.get(name, os.system), f"touch {marker}")))
    assert model_file.inspect(str(path))["trusted_lines"] == []
    with pytest.raises(model_file.Refused) as raised:
        model_file.load(str(path), trusted=["os.system", "posix.system", "builtins.eval"])
    assert raised.value.trusted_line is None
    assert not marker.exists()


@pytest.mark.parametrize("compressor", COMPRESSORS)
def test_compressed_joblib_is_looked_into(compressor: str, tmp_path: Path, marker: Path) -> None:
    if compressor == "lz4":
        pytest.importorskip("lz4")
    path = tmp_path / "model.joblib"
    attack = {"coef": np.ones(500), "x": Call(os.system, f"touch {marker}")}
    joblib.dump(attack, path, compress=(compressor, 3))
    assert {"name": "posix.system"}.items() <= assert_refused(path, marker)["refused"][0].items()


@pytest.mark.parametrize("compress", [0, 3])
def test_object_arrays_are_looked_into(compress: int, tmp_path: Path, marker: Path) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump([np.arange(7.0), np.array([Call(os.system, f"touch {marker}")], dtype=object)], path, compress=compress)
    assert_refused(path, marker)


def test_an_attack_hidden_by_the_end_of_a_frame_is_found(tmp_path: Path, marker: Path) -> None:
    # Array bytes follow the frame in the file, but a walk that ignored frames would look for them inside it.
    buffer = io.BytesIO()
    joblib.dump(np.arange(3, dtype="u1"), buffer)
    plain = buffer.getvalue()
    end = plain.index(b"ub", plain.index(b"alignment_bytes")) + 2
    hidden = b"0cos\nsystem\n" + text(f"touch {marker}") + b"\x85R."
    body = plain[11:end] + hidden
    path = tmp_path / "model.joblib"
    path.write_bytes(plain[:2] + b"\x95" + struct.pack("<Q", len(body)) + body + plain[end:])
    joblib.load(path)
    assert marker.exists()  # the attack works
    marker.unlink()
    found = model_file.inspect(str(path))
    assert found["refused"] or found["error"]
    with pytest.raises((model_file.Refused, model_file.Unreadable)):
        model_file.load(str(path))
    assert not marker.exists()


UNARMED: dict[str, bytes] = {
    "numpy.load": b"cnumpy\nload\n" + text("x.npy") + b"\x85R.",
    "sklearn.datasets": b"csklearn.datasets._base\nload_files\n" + text("/") + b"\x85R.",
    "pandas.read_pickle": b"cpandas.io.pickle\nread_pickle\n" + text("x.pkl") + b"\x85R.",
    "an allowed class is called": b"cxgboost.core\nBooster\n(N)N" + text("/etc/passwd") + b"tR.",
    "an allowed function is called": b"csklearn.metrics._ranking\nroc_auc_score\n)R.",
    "the result of a call is called": b"cnumpy\ndtype\n" + text("f8") + b"\x85R)R.",
    "the state of a class is changed": b"\x80\x02csklearn.linear_model._logistic\nLogisticRegression\nN}"
    + text("fit")
    + b"cbuiltins\nlist\ns\x86b.",
    "items are added to an object": b"csklearn.pipeline\nPipeline\n)\x81K\x01a.",
    "an extension code": b"\x80\x02\x82\x01.",
    "a two-byte extension code": b"\x80\x02\x83\x01\x00.",
    "a four-byte extension code": b"\x80\x02\x84\x01\x00\x00\x00.",
    "a persistent id": b"\x80\x00Pother-file\n.",
    "a binary persistent id": b"\x80\x02K\x01Q.",
    "another codec": b"c_codecs\nencode\n" + text("x") + text("zlib_codec") + b"\x86R.",
    "a huge number of bytes": b"cbuiltins\nbytearray\nJ\xff\xff\xff\x7f\x85R.",
    "a set of a huge range": b"cbuiltins\nset\ncbuiltins\nrange\nJ\xff\xff\xff\x7f\x85R\x85R.",
    "a constructor as base": b"ccopyreg\n_reconstructor\n(csklearn.pipeline\nPipeline\ncnumpy\nmatrix\nK\x01tR.",
    "a partial of something else": b"cfunctools\npartial\ncsklearn.metrics._ranking\nroc_auc_score\n\x85R.",
    "old joblib": b"cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81.",
    "copyreg calls a class": b"ccopyreg\n__newobj__\ncnumpy\nmemmap\n\x85R.",
    "trailing second pickle": pickle.dumps(LogisticRegression()) + b"cos\nsystem\n" + text("true") + b"\x85R.",
}


@pytest.mark.parametrize("name", UNARMED)
def test_what_no_pickler_writes_is_refused(name: str, tmp_path: Path, marker: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(UNARMED[name])
    assert assert_refused(path, marker)["trusted_lines"] == []


def test_a_partial_whose_function_is_replaced_is_refused(tmp_path: Path, marker: Path) -> None:
    path = tmp_path / "model.pkl"
    check = b"csklearn.utils.validation\ncheck_array\n"
    metric = b"csklearn.metrics._ranking\nroc_auc_score\n"
    path.write_bytes(b"cfunctools\npartial\n" + check + b"\x85R(" + metric + b")}Ntb.")
    assert_refused(path, marker)


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("O8", (3, "|", None, None, None, -1, -1, 0)),  # references said to be plain bytes
        ("f8", (3, "<", None, None, None, 800, -1, 0)),
        ("V8", (3, "|", None, ("a",), {"a": (np.dtype("f8"), 4)}, 8, 1, 0)),  # a field that ends outside the element
        ("V8", (3, "|", None, ("a",), {"a": (np.dtype("O"), 0)}, 8, 1, 0)),
        ("U2", (3, "<", None, None, None, 800, 4, 8)),
    ],
)
def test_an_array_type_that_lies_about_itself_is_refused(
    code: str, state: tuple[Any, ...], tmp_path: Path, marker: Path
) -> None:
    made = Call(np.dtype, code, False, True)
    made.call = (*made.call, state)  # type: ignore[assignment]
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(made))
    assert assert_refused(path, marker)["refused"][0]["name"] == "array type"


def test_an_array_that_is_given_a_second_state_is_refused(tmp_path: Path, marker: Path) -> None:
    array = pickle.dumps(np.arange(3.0), protocol=2)
    state = array[array.index(b"(K\x01K\x03") : array.rindex(b"b")]
    path = tmp_path / "model.pkl"
    path.write_bytes(array[:-1] + state + b"b.")
    assert_refused(path, marker)


def zipped(path: Path, entries: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("extra", [{}, {"schema.json": b"{}"}])
def test_a_pickle_inside_a_zip_is_refused_by_name(extra: dict[str, bytes], tmp_path: Path, marker: Path) -> None:
    path = tmp_path / "model.pt"
    zipped(path, {"archive/data.pkl": pickle.dumps(Call(os.system, f"touch {marker}")), **extra})
    assert assert_refused(path, marker)["refused"][0]["name"] == "archive/data.pkl"


@pytest.mark.parametrize("name", ["data.pkl", "model.Pickle", "archive/data.pkl", "nn.Linear.pt"])
def test_no_trusted_line_is_offered_for_an_entry_of_a_zip(name: str, tmp_path: Path, marker: Path) -> None:
    path = tmp_path / "zip.pkl"
    zipped(path, {name: pickle.dumps(LogisticRegression())})
    assert assert_refused(path, marker)["trusted_lines"] == []
    with pytest.raises(model_file.Refused, match="a pickle inside a zip") as raised:
        model_file.load(str(path), trusted=[name])
    assert raised.value.trusted_line is None
    assert "trusted:" not in str(raised.value)
    mend = str(raised.value).split("mend: ")[1]
    assert all(way in mend for way in ("skops", "ONNX", "`predict` function"))


@pytest.mark.parametrize("name", ["/etc/cron.d/x", "../../x", "C:\\x"])
def test_a_zip_with_paths_that_lead_out_is_refused(name: str, tmp_path: Path, marker: Path) -> None:
    path = tmp_path / "model.skops"
    zipped(path, {"schema.json": b"{}", name: b""})
    assert_refused(path, marker)


def test_a_zip_bomb_is_refused(tmp_path: Path, marker: Path) -> None:
    path = tmp_path / "model.skops"
    zipped(path, {"schema.json": b"{}", "1.npy": bytes(66 << 20)})
    assert assert_refused(path, marker)["refused"][0]["name"] == "decompression bomb"


@pytest.mark.parametrize("compressor", ["gzip", "bz2", "xz"])
def test_a_decompression_bomb_is_refused(compressor: str, tmp_path: Path, marker: Path) -> None:
    import bz2
    import gzip
    import lzma

    pack: Any = {"gzip": gzip.compress, "bz2": bz2.compress, "xz": lambda data: lzma.compress(data, preset=0)}[
        compressor
    ]
    path = tmp_path / "model.joblib"
    path.write_bytes(pack(b"\x80\x04" + bytes(66 << 20)))
    assert assert_refused(path, marker)["refused"][0]["name"] == "decompression bomb"


def test_compression_within_compression_and_bytes_behind_it_are_refused(tmp_path: Path, marker: Path) -> None:
    import gzip

    model = gzip.compress(pickle.dumps(LogisticRegression()))
    twice, behind = tmp_path / "twice.joblib", tmp_path / "behind.joblib"
    twice.write_bytes(gzip.compress(model))
    behind.write_bytes(model + b"x")
    assert assert_refused(twice, marker)["refused"][0]["name"] == "compression within compression"
    assert assert_refused(behind, marker)["refused"][0]["name"] == "trailing bytes"
