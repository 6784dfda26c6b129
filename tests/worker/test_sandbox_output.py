"""The output that is kept is plain text, whatever the command wrote."""

import os
from pathlib import Path

from mlgate.worker.sandbox import run


def output(tmp_path: Path, written: bytes) -> str:
    (tmp_path / "written").write_bytes(written)
    return run(["cat", "written"], cwd=tmp_path, env={"PATH": os.defpath}).output


def test_bytes_that_are_not_utf8_are_replaced(tmp_path: Path) -> None:
    assert output(tmp_path, b"caf\xe9 caf\xc3\xa9\n") == "caf\ufffd café\n"


def test_escape_sequences_are_removed(tmp_path: Path) -> None:
    assert output(tmp_path, b"\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x1b\\link\x1b]8;;\x07\x00\x08!\n") == "red link!\n"


def test_a_progress_bar_keeps_its_last_state(tmp_path: Path) -> None:
    assert output(tmp_path, b"epoch\r\n 1 %\r50 %\r99 %\ndone\n") == "epoch\n99 %\ndone\n"


def test_a_character_that_the_tail_cuts_in_two_is_left_out(tmp_path: Path) -> None:
    text = output(tmp_path, b"x" + "é".encode() * 5000)
    assert set(text) == {"é"}


def test_both_streams_are_kept_in_order(tmp_path: Path) -> None:
    argv = ["sh", "-c", "echo out; echo err >&2; echo out again"]
    assert run(argv, cwd=tmp_path, env={"PATH": os.defpath}).output == "out\nerr\nout again\n"


def test_output_is_echoed_as_it_was_written(tmp_path: Path) -> None:
    heard: list[str] = []
    argv = ["sh", "-c", r"printf '\033[1mcaf\303'; sleep 0.1; printf '\251'"]
    run(argv, cwd=tmp_path, env={"PATH": os.defpath}, echo=heard.append)
    assert "".join(heard) == "\x1b[1mcafé"


def test_standard_input_is_empty(tmp_path: Path) -> None:
    assert run(["cat"], cwd=tmp_path, env={"PATH": os.defpath}).output == ""
