"""Files that git holds by pointer: named as such, and taken from a cache only with the right digest."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlgate.errors import UserError
from mlgate.inputs.pointers import Pointer, pointer_for, remember, resolve
from tests.user_code.gated import Gated, as_csv, labelled, only

DATA = as_csv(labelled()).encode()
MD5 = hashlib.md5(DATA).hexdigest()
SHA256 = hashlib.sha256(DATA).hexdigest()
LFS = f"version https://git-lfs.github.com/spec/v1\noid sha256:{SHA256}\nsize {len(DATA)}\n"
DVC = f"outs:\n- md5: {MD5}\n  size: {len(DATA)}\n  hash: md5\n  path: test.csv\n"
LOCK = (
    f"schema: '2.0'\nstages:\n  split:\n    cmd: python split.py\n    outs:\n    - path: test.csv\n      md5: {MD5}\n"
)
LISTED = json.dumps([{"md5": MD5, "relpath": "test.csv"}], sort_keys=True).encode()
FOLDER_MD5 = hashlib.md5(LISTED).hexdigest() + ".dir"
FOLDER = f"outs:\n- md5: {FOLDER_MD5}\n  size: {len(DATA)}\n  nfiles: 1\n  hash: md5\n  path: data\n"


def lfs(gated: Gated) -> None:
    gated.write("data/test.csv", LFS)


def dvc_file(gated: Gated) -> None:
    (gated.folder / "data/test.csv").unlink()
    gated.write("data/test.csv.dvc", DVC)


def dvc_lock(gated: Gated) -> None:
    (gated.folder / "data/test.csv").unlink()
    gated.write("data/dvc.lock", LOCK)


def dvc_folder(gated: Gated) -> None:
    (gated.folder / "data/test.csv").unlink()
    gated.write("data.dvc", FOLDER)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("MLGATE_CACHE", str(tmp_path / "kit"))
    return tmp_path / "kit"


@pytest.mark.parametrize(
    ("pointed", "words", "mend"),
    [
        (lfs, "is a Git LFS pointer that was not pulled", "git lfs pull"),
        (dvc_file, "is a DVC file that was not pulled", "dvc pull"),
        (dvc_lock, "is a DVC file that was not pulled", "dvc pull"),
        (dvc_folder, "is a DVC file that was not pulled", "dvc pull"),
    ],
)
def test_a_file_that_was_not_pulled_is_named_with_the_command_that_pulls_it(
    gated: Gated, pointed: Callable[[Gated], None], words: str, mend: str
) -> None:
    pointed(gated)
    gated.commit()
    done = gated.cli()
    assert done.returncode == 2
    assert f"data/test.csv {words}" in done.stderr
    assert f"mend: {mend}" in done.stderr


@pytest.mark.parametrize(
    ("pointed", "cache"),
    [
        (lfs, f".git/lfs/objects/{SHA256[:2]}/{SHA256[2:4]}/{SHA256}"),
        (dvc_file, f".dvc/cache/files/md5/{MD5[:2]}/{MD5[2:]}"),
        (dvc_file, f".dvc/cache/{MD5[:2]}/{MD5[2:]}"),
        (dvc_lock, f".dvc/cache/files/md5/{MD5[:2]}/{MD5[2:]}"),
        (dvc_folder, f".dvc/cache/files/md5/{MD5[:2]}/{MD5[2:]}"),
    ],
)
def test_an_object_in_a_cache_of_git_lfs_or_dvc_is_used_unless_it_is_damaged(
    gated: Gated, pointed: Callable[[Gated], None], cache: str
) -> None:
    pointed(gated)
    if pointed is dvc_folder:
        gated.write(f".dvc/cache/files/md5/{FOLDER_MD5[:2]}/{FOLDER_MD5[2:]}", LISTED)
    gated.write(cache, DATA.replace(b"0", b"1", 1))
    gated.git("add", "data")
    with pytest.raises(UserError, match="was not pulled"):
        gated.check(own_policy=True)
    gated.write(cache, DATA)
    assert only(gated.check(own_policy=True)).candidate_value == pytest.approx(0.846, abs=0.001)
    assert (gated.folder / "data/test.csv").read_bytes() == DATA


@pytest.mark.parametrize("pointed", [lfs, dvc_file, dvc_folder])
def test_an_object_in_the_kits_cache_is_used_unless_it_is_damaged(
    gated: Gated, pointed: Callable[[Gated], None], own_cache: Path
) -> None:
    file = gated.folder / "data/test.csv"
    pointed(gated)
    pointer = pointer_for(file)
    assert pointer is not None
    gated.write("data/test.csv", DATA)
    remember(file, pointer)
    pointed(gated)
    kept = [p for p in own_cache.rglob("*") if p.is_file() and p.read_bytes() == DATA]
    assert len(kept) == 1
    kept[0].write_bytes(DATA + b"more")
    assert not resolve(file, pointer, gated.folder)
    kept[0].write_bytes(DATA)
    assert resolve(file, pointer, gated.folder)
    assert file.read_bytes() == DATA


def test_what_is_not_the_pointers_object_is_not_remembered(tmp_path: Path, own_cache: Path) -> None:
    (tmp_path / "other.csv").write_text("something else")
    remember(tmp_path / "other.csv", Pointer("dvc", MD5))
    assert not own_cache.exists()


def test_a_damaged_object_in_the_kits_cache_is_replaced(tmp_path: Path, own_cache: Path) -> None:
    (tmp_path / "test.csv").write_bytes(DATA)
    remember(tmp_path / "test.csv", Pointer("dvc", MD5))
    kept = next(p for p in own_cache.rglob("*") if p.is_file())
    kept.write_bytes(b"damaged")
    remember(tmp_path / "test.csv", Pointer("dvc", MD5))
    assert kept.read_bytes() == DATA


def test_a_list_of_a_folder_names_no_file_outside_of_it(gated: Gated) -> None:
    dvc_folder(gated)
    listed = json.dumps([{"md5": MD5, "relpath": "../escaped.csv"}, {"md5": MD5, "relpath": "test.csv"}]).encode()
    digest = hashlib.md5(listed).hexdigest() + ".dir"
    gated.write("data.dvc", FOLDER.replace(FOLDER_MD5, digest))
    gated.write(f".dvc/cache/files/md5/{digest[:2]}/{digest[2:]}", listed)
    gated.write(f".dvc/cache/files/md5/{MD5[:2]}/{MD5[2:]}", DATA)
    pointer = pointer_for(gated.folder / "data")
    assert pointer is not None
    assert resolve(gated.folder / "data", pointer, gated.folder)
    assert (gated.folder / "data/test.csv").is_file()
    assert not (gated.folder / "escaped.csv").exists()


@pytest.mark.parametrize(
    "text", ["", "not yaml: [", "outs: 1", "outs: []", "outs:\n- md5: ../../etc/passwd", "[" * 999]
)
def test_a_dvc_file_that_says_nothing_is_still_a_file_that_was_not_pulled(gated: Gated, text: str) -> None:
    (gated.folder / "data/test.csv").unlink()
    gated.write("data/test.csv.dvc", text)
    with pytest.raises(UserError, match="is a DVC file that was not pulled"):
        gated.check(own_policy=True)


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_written_through(gated: Gated, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    (gated.folder / "data/test.csv").unlink()
    (gated.folder / "data/test.csv").symlink_to(outside)
    gated.write("data/test.csv.dvc", DVC)
    gated.write(f".dvc/cache/files/md5/{MD5[:2]}/{MD5[2:]}", DATA)
    pointer = pointer_for(gated.folder / "data/test.csv")
    assert pointer is not None
    assert resolve(gated.folder / "data/test.csv", pointer, gated.folder)
    assert not outside.exists()


OLD = b"id,x\n1,2\n"
OLD_LFS = f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(OLD).hexdigest()}\nsize {len(OLD)}\n"
OLD_DVC = f"outs:\n- md5: {hashlib.md5(OLD).hexdigest()}\n  size: {len(OLD)}\n  path: test.csv\n"


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [({"data/test.csv": OLD_LFS}, {},
      f"Git LFS pointer: 9 bytes, {hashlib.sha256(OLD).hexdigest()[:12]} → {len(DATA)} bytes, {SHA256[:12]}"),
     ({"data/test.csv.dvc": OLD_DVC}, {"data/test.csv.dvc": DVC},
      f"DVC pointer: 9 bytes, {hashlib.md5(OLD).hexdigest()[:12]} → {len(DATA)} bytes, {MD5[:12]}")],
    ids=["lfs", "dvc"],
)  # fmt: skip
def test_data_whose_base_was_not_pulled_are_compared_by_pointer(
    gated: Gated, before: dict[str, str], now: dict[str, str], said: str
) -> None:
    gated.configure(tables={"test": {"path": "data/test.csv", "key": "id"}}, checks={"row-count": {"min": 1}})
    (gated.folder / "data/test.csv").unlink(missing_ok=True)
    for path, text in before.items():
        gated.write(path, text)
    gated.commit("base")
    gated.git("checkout", "-q", "-b", "change")
    for path, text in now.items():
        gated.write(path, text)
    gated.write("note.txt", "x")
    gated.git("add", "note.txt", *now)
    gated.git("commit", "-q", "-m", "change")
    gated.write("data/test.csv", DATA)  # pulled

    notes = gated.check().evidence.predicate.notes

    assert [(n.subject, n.detail) for n in notes if n.kind == "held-by-pointer"] == [
        ("data/test.csv", f"by its {said}")
    ]


def test_data_that_git_holds_by_the_same_pointer_did_not_change(gated: Gated) -> None:
    gated.configure(tables={"test": {"path": "data/test.csv", "key": "id"}}, checks={"row-count": {"min": 1}})
    dvc_file(gated)
    gated.commit("base")
    gated.git("checkout", "-q", "-b", "change")
    gated.write("note.txt", "x")
    gated.commit("change")
    gated.write("data/test.csv", DATA)
    assert not [n for n in gated.check().evidence.predicate.notes if n.kind == "held-by-pointer"]
