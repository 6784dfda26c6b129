"""MLflow's registry by its REST API: models, their versions and aliases."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from mlgate.errors import user_error
from mlgate.transfer.web import Answer, Server, WebError

API = "/api/2.0/mlflow"
MOST_PAGES = 100
T = TypeVar("T")


class Tag(Struct, frozen=True):
    """A tag."""

    key: str
    value: str = ""


class ModelVersion(Struct, frozen=True):
    """A version, by MLflow's own number."""

    version: str
    source: str = ""
    tags: tuple[Tag, ...] = ()

    def __post_init__(self) -> None:
        if not (self.version.isascii() and self.version.isdecimal()):
            raise ValueError("a version that is no number")

    def named(self, key: str) -> str | None:
        """The tag's value."""
        return next((tag.value for tag in self.tags if tag.key == key), None)


class Found(Struct, frozen=True):
    """A page of versions."""

    model_versions: tuple[ModelVersion, ...] = ()
    next_page_token: str | None = None


class Alias(Struct, frozen=True):
    """An alias."""

    alias: str
    version: str


class RegisteredModel(Struct, frozen=True):
    """A model."""

    aliases: tuple[Alias, ...] = ()


class Got(Struct, frozen=True):
    """An answer with a model."""

    registered_model: RegisteredModel = RegisteredModel()


@dataclass(frozen=True)
class Models:
    """The registered models of a server."""

    server: Server

    def versions(self, model: str) -> tuple[ModelVersion, ...]:
        """All versions of a model; none if there is no such model."""
        found: list[ModelVersion] = []
        params = {"filter": f"name='{model}'", "max_results": "1000"}
        for _ in range(MOST_PAGES):
            page = decoded(self.server.ask("GET", f"{API}/model-versions/search", params=params), Found)
            found += page.model_versions
            if not page.next_page_token:
                break
            params["page_token"] = page.next_page_token
        return tuple(found)

    def aliases(self, model: str) -> Mapping[str, str]:
        """Alias → number of a version; none if there is no such model."""
        answer = self.server.ask("GET", f"{API}/registered-models/get", params={"name": model}, expect=(200, 404))
        found = decoded(answer, Got).registered_model.aliases if answer.status == 200 else ()
        return {alias.alias: alias.version for alias in found}

    def create(self, model: str, source: str, run_id: str, tags: Mapping[str, str]) -> None:
        """The model has one more version."""
        try:
            self._post("registered-models/create", {"name": model})
        except WebError as error:
            if error.status != 400:  # it is there already, or the next request says what is wrong
                raise
        listed = [{"key": key, "value": value} for key, value in tags.items()]
        self._post("model-versions/create", {"name": model, "source": source, "run_id": run_id, "tags": listed})

    def set_alias(self, model: str, alias: str, version: str) -> None:
        """The alias leads to the version."""
        self._post("registered-models/alias", {"name": model, "alias": alias, "version": version})

    def delete_alias(self, model: str, alias: str) -> None:
        """There is no such alias."""
        body = {"name": model, "alias": alias}
        self.server.ask("DELETE", f"{API}/registered-models/alias", json=body, expect=(200, 404))

    def _post(self, what: str, body: Any) -> None:
        self.server.ask("POST", f"{API}/{what}", json=body)


def decoded(answer: Answer, kind: type[T]) -> T:
    """The answer as a type; a `UserError` if it is something else."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise user_error(
            "the answer of the MLflow server cannot be read", mend="see that the address is MLflow's"
        ) from None
