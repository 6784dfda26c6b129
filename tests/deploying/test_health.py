"""The health check: golden rows, asked until they are answered right by the model that it should be."""

from pathlib import Path

import pytest

from mlgate.deploying import health
from mlgate.deploying.job import HookFailed
from mlgate.deploying.settings import Health
from tests.deploying.stage import Service, make_job, serving

GOLDEN = '{"request": {"x": 1}, "response": {"score": 0.25}}\n{"request": {"x": 2}, "response": {"score": 0.25}}\n'


class Clock:
    """A clock that goes on only when somebody waits."""

    def __init__(self) -> None:
        self.time = 0.0

    def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.time += seconds


def ask(tmp_path: Path, service: Service, golden: str = GOLDEN, **more: object) -> int:
    """How many rows were right within a second."""
    (tmp_path / "golden.jsonl").write_text(golden)
    wanted = Health(url=service.url, golden="golden.jsonl", within=1.0, **more)  # type: ignore[arg-type]
    clock = Clock()
    return health.check(make_job(tmp_path), wanted, now=lambda: clock.time, sleep=clock.sleep)


def test_a_service_that_answers_right_as_the_right_model_is_well(tmp_path: Path) -> None:
    with serving() as service:
        service.answer = {"score": 0.2500000001, "model_sha256": make_job(tmp_path).release.sha256}
        assert ask(tmp_path, service) == 2
    assert [body for _, _, body in service.asked] == [{"x": 1}, {"x": 2}]


def test_a_service_that_still_serves_the_model_before_is_not_well(tmp_path: Path) -> None:
    with serving() as service:
        service.answer = {"score": 0.25, "model_sha256": "0" * 64}
        with pytest.raises(HookFailed, match=r"it serves .0000.* and should serve the model"):
            ask(tmp_path, service)


def test_a_service_that_does_not_say_its_model_is_well_only_if_it_need_not(tmp_path: Path) -> None:
    with serving() as service:
        service.answer = {"score": 0.25}
        assert ask(tmp_path, service, digest=None) == 2
        with pytest.raises(HookFailed, match="it serves null"):
            ask(tmp_path, service)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [({"score": 0.26}, r"answer.score is 0.26, and 0.25 was expected"), (b"<html>", "is no JSON"),
     ({"score": "0.25"}, "answer.score is"), ({"score": True}, "answer.score is true"), ([], "answer is"),
     (b"[" * 100_000, "is no JSON"), (b"9" * 2_000_000, "more than")],
)  # fmt: skip
def test_a_wrong_answer_is_told_with_where_it_differs(tmp_path: Path, answer: object, fault: str) -> None:
    with serving() as service:
        service.answer = answer
        with pytest.raises(HookFailed, match=fault):
            ask(tmp_path, service, digest=None)


def test_a_service_that_is_not_there_is_told(tmp_path: Path) -> None:
    service = Service()
    service.url = "http://127.0.0.1:9/predict"
    with pytest.raises(HookFailed, match=r"was not well after 1 s: POST 127\.0\.0\.1/predict: no answer"):
        ask(tmp_path, service)


def test_it_is_asked_until_it_is_well(tmp_path: Path) -> None:
    with serving() as service:
        job = make_job(tmp_path)
        (tmp_path / "golden.jsonl").write_text(GOLDEN)
        service.status = 503

        def start(_: float) -> None:
            service.status, service.answer = 200, {"score": 0.25, "model_sha256": job.release.sha256}

        assert health.check(job, Health(url=service.url, golden="golden.jsonl"), now=lambda: 0.0, sleep=start) == 2


@pytest.mark.parametrize("golden", ["", "\n", "[]", '{"request": 1}', "{"])
def test_golden_rows_that_cannot_be_read_are_told(tmp_path: Path, golden: str) -> None:
    with pytest.raises(HookFailed, match="golden"):
        ask(tmp_path, Service(), golden)
