"""A deployment as GitHub shows it, on the fake."""

from pathlib import Path

from mlgate.deploying.deploying import deploy
from tests.deploying.stage import make_job, settings
from tests.github_fake.server import FakeGitHub
from tests.registries.contract import quiet


def shown(tmp_path: Path, command: str) -> list[tuple[str, str]]:
    """The states that GitHub showed, with their descriptions."""
    with FakeGitHub() as fake:
        repository = fake.repository("acme/churn")
        repository.set_ref("tags/churn@v1.0.0", repository.tip("main"))
        environ = {
            "GITHUB_TOKEN": fake.token(repository, {"deployments": "write"}), "GITHUB_REPOSITORY": "acme/churn",
            "GITHUB_API_URL": fake.url,
        }  # fmt: skip
        wanted = settings(command={"run": ["sh", "-c", command]}, github="production")
        deploy(make_job(tmp_path, environ), wanted, quiet)
        (made,) = repository.deployments.current()
        assert (made.environment, made.payload["version"]) == ("production", "v1.0.0")
        statuses = sorted(repository.deployment_statuses.current(), key=lambda each: each.id)
        return [(each.state, each.description) for each in statuses]


def test_a_deployment_that_went_well_is_a_success(tmp_path: Path) -> None:
    assert shown(tmp_path, "exit 0") == [
        ("in_progress", "deploy churn@v1.0.0"), ("success", "the service answers as it should"),
    ]  # fmt: skip


def test_one_that_failed_says_why(tmp_path: Path) -> None:
    assert shown(tmp_path, "exit 7")[-1] == ("failure", "'sh' ended with 7")


def test_without_a_repository_it_is_deployed_all_the_same(tmp_path: Path) -> None:
    assert deploy(make_job(tmp_path), settings(copy={"to": str(tmp_path / "served")}, github="production"), quiet).ok
