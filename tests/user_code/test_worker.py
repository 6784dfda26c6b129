"""A predict function, whatever it does, ends in predictions or in a finding that says why not, and leaves nothing."""

import json
import time

import pytest

from tests.user_code.gated import HONEST, READ_CSV, Gated, as_csv, labelled, only, said

SECRETS = {
    "GITHUB_TOKEN": "ghs_planted-in-the-environment-0001",
    "ACTIONS_RUNTIME_TOKEN": "planted-runtime-token-0002",
    "AWS_SECRET_ACCESS_KEY": "planted/aws/key-0003",
    "PIP_INDEX_URL": "https://someone:planted-password-0004@pypi.example.org/simple",
    "INNOCENT": "see https://someone:planted-password-0005@example.org",
}

SPY = """
import glob, json, os

def predict(path):
    seen = [json.dumps(dict(os.environ))]
    for name in glob.glob("/proc/*/environ"):
        try:
            with open(name, "rb") as file:
                seen.append(file.read().decode(errors="replace"))
        except OSError:
            pass
    with open(path) as file:
        header = file.readline().strip()
    pids = [name for name in os.listdir("/proc") if name.isdigit()]
    with open("seen.json", "w") as file:
        json.dump({"environments": seen, "header": header, "processes": len(pids)}, file)
    with open(path) as file:
        return [0.5 for _ in file][1:]
"""


def predicts(body: str) -> str:
    """A module whose predict function has this body."""
    return f"import os, sys, time\n{READ_CSV}\n\ndef predict(path):\n    n = len(rows(path))\n    {body}\n"


def limited(gated: Gated, **environment: object) -> None:
    """The gate with these limits, and metrics that cannot be had without predictions."""
    gated.configure(
        model={"id": "m", "predict": "app:predict"},
        environment={"timeout": 120} | environment,
        tables={"test": {"path": "data/test.csv", "key": "id", "target": "y"}},
        checks={"metrics": {"limits": {"auc": {"min": 0.5}}}},
    )


def candidate(gated: Gated, body: str, **environment: object) -> str:
    """What a person reads of a change whose predict function has this body."""
    gated.write("app.py", predicts(body))
    limited(gated, **environment)
    result = gated.check(own_policy=True)
    assert result.verdict.exit_code == 1
    finding = only(result)
    assert finding.id == "metrics"
    return said(finding)


def test_no_credential_of_the_check_reaches_predict_by_any_environment_it_can_read(gated: Gated) -> None:
    gated.write("app.py", SPY)
    done = gated.cli(**SECRETS)
    assert "pass" in done.stdout or "fail" in done.stdout or "inconclusive" in done.stdout, done.stderr
    seen = json.loads((gated.folder / "seen.json").read_text())
    assert len(seen["environments"]) >= 1
    for text in seen["environments"]:
        for secret in ("planted", *SECRETS.values()):
            assert secret not in text


def test_predict_sees_no_process_but_its_own_family(gated: Gated) -> None:
    gated.write("app.py", SPY)
    result = gated.check()
    assert result.evidence.predicate.run is not None
    if "own-proc" not in result.evidence.predicate.run.isolation:
        pytest.skip("this machine allows no PID namespace")
    assert json.loads((gated.folder / "seen.json").read_text())["processes"] <= 4


def test_the_table_that_predict_gets_has_no_target_column(gated: Gated) -> None:
    gated.write("app.py", SPY)
    gated.check()
    assert json.loads((gated.folder / "seen.json").read_text())["header"] == "id,x"


def test_a_predict_that_sleeps_for_ever_is_stopped_at_the_timeout(gated: Gated) -> None:
    began = time.monotonic()
    text = candidate(gated, "time.sleep(10_000)", timeout=1.5)
    assert time.monotonic() - began < 120
    assert "ran longer than 1.5 s and was stopped" in text


def test_a_predict_that_takes_all_memory_is_stopped_at_its_limit(gated: Gated) -> None:
    text = candidate(
        gated, "kept = [bytearray(b'x') * (50 * 2**20) for _ in range(200) if not time.sleep(0.02)]", memory="300MiB"
    )
    assert "used more than 0.293 GiB of memory and was stopped" in text


def test_twenty_megabytes_of_output_do_no_harm(gated: Gated) -> None:
    gated.write("app.py", predicts("[print('x' * 999) for _ in range(20_000)]\n    return [0.5] * n"))
    result = gated.check()
    assert only(result).candidate_value == 0.5
    gated.write("app.py", predicts("[print('x' * 999) for _ in range(20_000)]\n    raise ValueError('after all')"))
    finding = only(gated.check())
    assert finding.message.endswith("ValueError: after all")
    assert len(finding.message) < 2_000


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("os._exit(0)", "ended with exit code 0 before predict returned"),
        ("sys.exit(0)", "ended with exit code 0 before predict returned"),
        ("os._exit(9)", "ended with exit code 9"),
        ("os.kill(os.getpid(), 11)", "was ended by signal 11"),
        ("raise ValueError('no such luck')", "ValueError: no such luck"),
        ("return None", "predict returned nothing; return one prediction for each row"),
        ("return [0.5] * (n - 1)", "predict returned 59 values of 'score' for 60 rows"),
        ("return [0.5] * (n + 1)", "predict returned 61 values of 'score' for 60 rows"),
        ("return []", "predict returned 0 values of"),
        ("return [0.5, float('nan')] + [0.5] * (n - 2)", "row 2 with a prediction in 'score' that is NaN"),
        ("return [0.5, float('inf')] + [0.5] * (n - 2)", "row 2 with a prediction in 'score' that is NaN, infinite"),
        ("return [float('nan')] * n", "60 rows (1, 2, 3, 4, 5 …) with a prediction in 'score' that is NaN"),
        ("return ['yes'] * n", "60 rows (1, 2, 3, 4, 5 …) of classes that no label has: 'yes'"),
        ("return [1, None] + [1] * (n - 2)", "row 2 without a prediction in 'y_pred'"),
        ("return 'yes'", "predict returned text; return one prediction for each row"),
        ("return 7", "predict returned int; return one prediction for each row"),
        ("return {'score': 0.5}", "predict returned float for 'score'; return one value for each row"),
        ("return [[0.2, 0.8]] * n", "predict returned rows of several values; return scores of the positive class"),
        ("return {'wrong': [1.0] * n}", "predictions need a column y_pred, score or score_1; there are: wrong"),
        ("return {'score_2': [1.0] * n}", "predictions have scores for 2, none for '1'"),
        ("return {}", "there are 0 predictions for 60 rows"),
        ("return object()", "predict returned object; return one prediction for each row"),
    ],
)
def test_what_is_no_prediction_is_named(gated: Gated, body: str, expected: str) -> None:
    text = candidate(gated, body)
    assert expected in text
    assert "Traceback" not in text or "raise" in body or "ValueError" in expected


@pytest.mark.parametrize(
    ("body", "auc"),
    [
        ("return (float(row['x']) for row in rows(path))", 0.846),
        ("return tuple(float(row['x']) for row in rows(path))", 0.846),
        ("return {'score': [float(row['x']) for row in rows(path)]}", 0.846),
        ("return {'score_1': [float(row['x']) for row in rows(path)], 'score_0': [0.1] * n}", 0.846),
        ("return {'score_1.0': [float(row['x']) for row in rows(path)]}", 0.846),
        (
            "return {'id': [r['id'] for r in rows(path)][::-1], 'score': [float(r['x']) for r in rows(path)][::-1]}",
            0.846,
        ),
        ("return [0.5] * n", 0.5),
    ],
)
def test_predictions_without_a_library_are_taken_in_every_plain_shape(gated: Gated, body: str, auc: float) -> None:
    gated.write("app.py", predicts(body))
    assert only(gated.check()).candidate_value == pytest.approx(auc, abs=0.001)


def test_a_child_in_a_session_of_its_own_is_gone_after_the_check(gated: Gated) -> None:
    body = (
        "if not os.fork():\n        os.setsid()\n        while True:\n            open('alive', 'a').write('x')\n"
        "            time.sleep(0.05)\n    time.sleep(0.3)\n    return [0.5] * n"
    )
    gated.write("app.py", predicts(body))
    result = gated.check()
    assert only(result).candidate_value == 0.5
    assert [(n.kind, n.detail) for n in result.evidence.predicate.notes if n.kind == "left-behind"] == [
        ("left-behind", "1")
    ]
    size = (gated.folder / "alive").stat().st_size
    time.sleep(0.3)
    assert (gated.folder / "alive").stat().st_size == size


def test_a_hostile_answer_is_refused(gated: Gated) -> None:
    """User code can write the files that the worker would have written."""
    forge = """
    import json
    job = json.load(open(sys.argv[1])) if len(sys.argv) > 1 else None
    folder = os.environ['HOME']
    {extra}
    open(os.path.join(folder, 'answer.json'), 'w').write({answer!r})
    os._exit(0)
    """
    for answer, extra, expected in (
        ("not json", "", "before predict returned"),
        ('{"tables": []}', "", "predict gave no predictions"),
        ('{"tables": [[{"name": "score", "kind": "npy"}]]}', "", "announced predictions that it did not write"),
        (
            '{"tables": [[{"name": "score", "kind": "npy"}]]}',
            "open(folder + '/0-0.npy', 'wb').write(b'PK\\x03\\x04' + b'\\0' * 80)",
            "predictions that cannot be read",
        ),
        (
            '{"tables": [[{"name": "score", "kind": "npy"}]]}',
            "os.symlink('/dev/zero', folder + '/0-0.npy')",
            "announced predictions that it did not write",
        ),
        ('{"tables": [[{"name": "score", "kind": "npy"}]]}', "os.mkfifo(folder + '/0-0.npy')", "did not write"),
        (
            '{"tables": [[{"name": "score", "kind": "npy"}]]}',
            "head = b\"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }\".ljust(117) + b'\\n'\n"
            "    open(folder + '/0-0.npy', 'wb').write(b'\\x93NUMPY\\x01\\x00' + bytes([118, 0]) + head)",
            "predictions that cannot be read",
        ),
        (
            '{"tables": [[{"name": "score", "kind": "json"}]]}',
            "open(folder + '/0-0.json', 'w').write('[' * 100_000)",
            "predictions that cannot be read",
        ),
    ):
        assert expected in candidate(gated, forge.format(answer=answer, extra=extra)), answer


def test_a_crash_of_the_candidate_fails_and_one_of_the_baseline_cannot_tell(gated: Gated) -> None:
    crash = predicts("print('loading weights'); raise RuntimeError('weights are corrupt')")
    gated.configure(
        model={"id": "m", "predict": "app:predict"},
        tables={"test": {"path": "data/test.csv", "key": "id", "target": "y"}},
        checks={"regression": {"primary": "auc", "margins": {"auc": 0.01}}},
    )
    gated.commit("honest")
    gated.write("app.py", crash)
    broken = gated.cli()
    assert broken.returncode == 1
    assert "RuntimeError: weights are corrupt" in broken.stdout
    gated.commit("crashes")
    gated.git("checkout", "-q", "-b", "mends")
    gated.write("app.py", HONEST)
    mended = gated.cli("--quiet")
    assert mended.returncode == 0
    finding = only(gated.check())
    assert (finding.status, finding.reason) == ("inconclusive", "baseline-crashed")
    assert "loading weights" in finding.message
    assert "RuntimeError: weights are corrupt" in finding.message


def test_a_predict_function_that_is_not_there_is_named(gated: Gated) -> None:
    gated.write("app.py", "import nothing_of_that_name\n")
    assert "ModuleNotFoundError: No module named 'nothing_of_that_name'" in said(only(gated.check()))
    gated.write("app.py", "def forecast(path): ...\n")
    assert "module 'app' has no 'predict'" in said(only(gated.check()))
    (gated.folder / "app.py").unlink()
    assert "there is no module 'app' in the configuration's folder" in said(only(gated.check()))


def test_rows_reach_predict_in_the_order_of_the_file_however_many_there_are(gated: Gated) -> None:
    rows = "\n".join(f"{i},{i % 1000 / 1000},{int(i % 1000 >= 500)}" for i in range(150_000))
    gated.write("data/test.csv", f"id,x,y\n{rows}\n")
    gated.commit()
    result = gated.check()
    assert only(result).candidate_value == 1.0


def test_a_single_column_with_a_missing_value_still_has_all_its_rows(gated: Gated) -> None:
    rows = labelled()
    gated.write(
        "data/test.csv", as_csv([{"x": row["x"] if at != 7 else "", "y": row["y"]} for at, row in enumerate(rows)])
    )
    gated.write("app.py", predicts("return [0.5 for _ in open(path)][1:]"))
    gated.configure(
        model={"id": "m", "predict": "app:predict"},
        tables={"test": {"path": "data/test.csv", "target": "y"}},
        checks={"metrics": {"limits": {"auc": {"min": 0.1}}}},
    )
    gated.commit()
    assert only(gated.check()).status == "pass"
