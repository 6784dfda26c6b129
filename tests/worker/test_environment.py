"""Each process gets the variables that it needs and no credential."""

import os
from pathlib import Path

import pytest

from mlgate.worker.environment import STARTED_CLEAN, clean_start, installer, is_secret, kit_environment, scrubbed

HOME = Path("/throw/away")
RUNNER = {
    "PATH": "/usr/bin",
    "HOME": "/home/runner",
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "2",
    "CI": "true",
    "GITHUB_TOKEN": "ghs_0123456789abcdefghij",
    "GITHUB_SHA": "0123abcd",
    "GITHUB_EVENT_PATH": "/tmp/event.json",
    "GITHUB_ENV": "/tmp/set_env",
    "ACTIONS_RUNTIME_URL": "https://pipelines.example",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "eyJhbGciOi.J9",
    "INPUT_GITHUB-TOKEN": "something",
    "MY_SETTING": "kept by the kit only",
    "PIP_INDEX_URL": "https://user:word@pypi.example/simple",
    "https_proxy": "http://proxy.example:3128",
    "UV_PUBLISH_TOKEN": "pypi-abc",
}


CREDENTIALS = """
GITHUB_TOKEN GH_PAT NPM_TOKEN MYTOKEN ACTIONS_CACHE_URL AWS_ACCESS_KEY_ID AWS_SESSION_TOKEN AZURE_CLIENT_SECRET
OPENAI_API_KEY WANDB_API_KEY HF_TOKEN DB_PASSWORD PGPASSWORD DB_PWD GOOGLE_APPLICATION_CREDENTIALS DATABASE_URL
SSH_AUTH_SOCK TF_TOKEN_app_terraform_io token INPUT_GITHUB-TOKEN SECRET2 SENTRY_DSN COSIGN_PRIVATE_KEY
"""
ORDINARY = """
PATH PWD OLDPWD HOME LANG PYTHONPATH TOKENIZERS_PARALLELISM OMP_NUM_THREADS CUDA_VISIBLE_DEVICES SSL_CERT_FILE
MONKEY AUTHOR GITHUB_SHA GITHUB_REPOSITORY COMPASS XDG_SESSION_ID KEYBOARD
"""


@pytest.mark.parametrize("name", CREDENTIALS.split())
def test_a_name_of_a_credential_is_recognised(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ORDINARY.split())
def test_an_ordinary_name_is_not_taken_for_one(name: str) -> None:
    assert not is_secret(name)


def test_user_code_sees_only_what_is_allowed() -> None:
    assert scrubbed(RUNNER, home=HOME) == {
        "PATH": "/usr/bin",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "2",
        "CI": "true",
        "HOME": "/throw/away",
        "PYTHONUSERBASE": "/home/runner/.local",
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
    }


def test_what_the_configuration_adds_is_passed_as_it_is() -> None:
    assert scrubbed({}, home=HOME, extra={"STAGE": "test", "PYTHONHASHSEED": "7"}) == {
        "STAGE": "test",
        "PYTHONHASHSEED": "7",
        "HOME": "/throw/away",
        "PYTHONUNBUFFERED": "1",
    }


@pytest.mark.parametrize(
    "value",
    [
        "https://user:word@host/path",
        "https://token@host",
        "prefix ghp_0123456789abcdefghijABCDEFGHIJ",
        "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.sig",
        "-----BEGIN RSA PRIVATE KEY-----",
    ],
)
def test_a_credential_under_an_allowed_name_is_dropped(value: str) -> None:
    assert "LANG" not in scrubbed({"LANG": value}, home=HOME)
    assert "LANG" not in kit_environment({"LANG": value})


def test_a_secret_that_turns_up_in_another_variable_is_dropped_there_too() -> None:
    environ = {"DEPLOY_PASSWORD": "correct horse battery", "TERM": "x correct horse battery x", "TZ": "UTC"}
    assert "TERM" not in scrubbed(environ, home=HOME)
    assert kit_environment(environ) == {"TZ": "UTC"}


def test_a_short_or_public_value_does_not_take_other_variables_along() -> None:
    environ = {
        "AWS_PROFILE": "work",
        "GOOGLE_APPLICATION_CREDENTIALS": "/home/work/long/path",
        "PATH": "/home/work/long/path",
    }
    assert scrubbed(environ, home=HOME)["PATH"] == "/home/work/long/path"


def test_an_installer_also_sees_its_index_its_proxy_and_its_cache() -> None:
    added = {
        name: value for name, value in installer(RUNNER, home=HOME).items() if name not in scrubbed(RUNNER, home=HOME)
    }
    assert added == {
        "PIP_INDEX_URL": "https://user:word@pypi.example/simple",
        "https_proxy": "http://proxy.example:3128",
        "PIP_CACHE_DIR": added["PIP_CACHE_DIR"],
        "UV_CACHE_DIR": "/home/runner/.cache/uv",
        "UV_PYTHON_INSTALL_DIR": "/home/runner/.local/share/uv/python",
    }


def test_the_kit_keeps_everything_but_credentials() -> None:
    assert set(RUNNER) - set(kit_environment(RUNNER)) == {
        "GITHUB_TOKEN",
        "ACTIONS_RUNTIME_URL",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "INPUT_GITHUB-TOKEN",
        "PIP_INDEX_URL",
        "UV_PUBLISH_TOKEN",
    }


def started_over(environ: dict[str, str]) -> list[dict[str, str]]:
    calls: list[dict[str, str]] = []
    clean_start(["mlgate", "check"], environ, lambda path, argv, env: calls.append(env))
    return calls


def test_the_kit_starts_over_without_its_credentials() -> None:
    [again] = started_over(RUNNER)
    assert again == {**kit_environment(RUNNER), STARTED_CLEAN: str(os.getpid())}


def test_the_kit_does_not_start_over_where_there_is_nothing_to_remove() -> None:
    assert started_over({"PATH": "/usr/bin"}) == []


def test_the_kit_starts_over_at_most_once() -> None:
    [again] = started_over(RUNNER)
    assert started_over({**again, "GITHUB_TOKEN": "put back by a wrapper"}) == []


def test_a_kit_that_another_kit_started_is_cleaned_as_well() -> None:
    assert len(started_over({STARTED_CLEAN: "1", "GITHUB_TOKEN": "x"})) == 1
