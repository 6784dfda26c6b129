import pytest

from mlgate.worker.client import ModelFileReport, Refusal
from tests.checks.asked import BASE, judged, only, statuses

WITH_FILE = BASE.replace("predictions: new.csv", "artifact: model.skops")
SOUND = ModelFileReport("skops", 2_048, written_with={"scikit-learn": "1.5.0"}, installed={"scikit-learn": "1.5.0"})


def look(report: ModelFileReport | None) -> dict[str, str]:
    return statuses(judged("model-file", "{}", lambda _: report, base=WITH_FILE))


def severity(report: ModelFileReport, subject: str) -> str:
    found = judged("model-file", "{}", lambda _: report, base=WITH_FILE)
    return next(f.severity for f in found if f.subject == subject)


def test_a_sound_file_passes() -> None:
    assert look(SOUND) == {"contents": "pass", "scikit-learn version": "pass"}
    found = judged("model-file", "{}", lambda _: SOUND, base=WITH_FILE)
    assert found[0].message == "model.skops is a skops file of 2,048 bytes; nothing is refused"


def test_a_refused_name_fails_and_the_lines_to_trust_it_are_offered_as_information() -> None:
    refused = ModelFileReport("skops", 9, (Refusal("os.system", "it runs commands"),), trusted_lines=("mine.Thing",))
    found = judged("model-file", "{}", lambda _: refused, base=WITH_FILE)
    assert statuses(found) == {"contents": "fail", "os.system": "fail", "trusted": "fail"}
    assert [f.severity for f in found] == ["block", "block", "info"]
    assert found[0].message == "model.skops is a skops file of 9 bytes; 1 of the names in it are refused"
    assert found[1].message == "model.skops: os.system is refused: it runs commands"
    assert found[2].message.endswith("  trusted:\n    - mine.Thing")


def test_a_refused_name_that_nobody_may_trust_has_no_lines_to_paste() -> None:
    refused = ModelFileReport("skops", 9, (Refusal("os.system", "it runs commands"),))
    assert look(refused) == {"contents": "fail", "os.system": "fail"}


def test_a_pickle_only_warns() -> None:
    for format_ in ("pickle", "joblib"):
        report = ModelFileReport(format_, 9)
        assert look(report) == {"contents": "pass", f"format {format_}": "fail"}
        assert severity(report, f"format {format_}") == "warn"


def test_another_or_an_absent_library_version_warns() -> None:
    report = ModelFileReport("skops", 9, written_with={"a": "1", "b": "2"}, installed={"a": "2", "b": None})
    assert look(report) == {"contents": "pass", "a version": "fail", "b version": "fail"}
    assert severity(report, "a version") == "warn"
    found = judged("model-file", "{}", lambda _: report, base=WITH_FILE)
    assert [f.message for f in found[1:]] == [
        "model.skops was written with a 1; the environment has 2",
        "model.skops was written with b 2, which is not in the environment",
    ]


def test_what_wrote_a_portable_file_need_not_be_at_hand() -> None:
    report = ModelFileReport("onnx", 9, written_with={"skl2onnx": "1", "opset": "15"}, installed={})
    assert [severity(report, f"{library} version") for library in ("skl2onnx", "opset")] == ["info", "info"]


@pytest.mark.parametrize(("installed", "weight"), [(None, "info"), ("2", "warn")])
def test_a_portable_file_needs_no_library_but_another_version_of_it_still_warns(
    installed: str | None, weight: str
) -> None:
    report = ModelFileReport("onnx", 9, written_with={"a": "1"}, installed={"a": installed})
    assert severity(report, "a version") == weight


def test_a_file_that_cannot_be_read_or_recognised_fails() -> None:
    assert look(ModelFileReport("skops", 9, error="it is truncated")) == {"contents": "fail"}
    assert look(ModelFileReport("unknown", 9)) == {"contents": "fail"}


def test_without_a_model_file_nothing_passes() -> None:
    finding = only(judged("model-file", "{}", lambda _: None))
    assert (finding.status, finding.message) == ("not-measured", "there is no 'model.artifact' to look at")
