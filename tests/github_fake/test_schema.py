"""The fast checks of the fake agree with jsonschema, and miss nothing of the description."""

import copy
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.github_fake.call import HANDLERS
from tests.github_fake.description import github
from tests.github_fake.fake import InProcessGitHub
from tests.github_fake.schema import Schemas

DESCRIPTION = github()
NAMES = sorted(DESCRIPTION.schemas.named)
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 1), st.text(max_size=3), st.just([]), st.just({}), st.just([{}])
)


def test_every_operation_of_the_description_is_handled() -> None:
    InProcessGitHub()
    assert set(HANDLERS) == set(DESCRIPTION.operations)


@pytest.mark.parametrize("name", NAMES)
def test_a_filled_object_fits_its_own_schema(name: str) -> None:
    value = DESCRIPTION.schemas.fill_plain(name)
    assert DESCRIPTION.schemas.check(DESCRIPTION.schemas.named[name])(value) is None


def for_jsonschema(value: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema: `nullable` becomes a type, `oneOf` need not be exclusive."""
    if isinstance(value, list):
        return [for_jsonschema(item) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {("anyOf" if key == "oneOf" else key): for_jsonschema(item) for key, item in value.items()}
    changed.pop("discriminator", None)
    return {"anyOf": [changed, {"type": "null"}]} if changed.pop("nullable", False) is True else changed


REFERENCE = for_jsonschema({"components": {"schemas": dict(DESCRIPTION.schemas.named)}})
COMPARED = ("issue-comment", "label", "status", "git-tree", "check-annotation", "environment", "workflow-run")


@pytest.mark.parametrize("name", COMPARED)
@settings(deadline=None)  # the first example compiles
@given(data=st.data())
def test_the_fast_check_says_what_jsonschema_says(name: str, data: st.DataObject) -> None:
    value = copy.deepcopy(DESCRIPTION.schemas.fill_plain(name))
    where = value
    for _ in range(data.draw(st.integers(0, 2))):  # some way down, one property is spoilt or left out
        inner = [key for key in where if isinstance(where[key], dict) and where[key]]
        if not inner:
            break
        where = where[data.draw(st.sampled_from(sorted(inner)))]
    key = data.draw(st.sampled_from(sorted(where)))
    if data.draw(st.booleans()):
        where[key] = data.draw(ODD)
    else:
        del where[key]
    validator = jsonschema.Draft202012Validator({**REFERENCE, "$ref": f"#/components/schemas/{name}"})
    ours = DESCRIPTION.schemas.check(DESCRIPTION.schemas.named[name], strict=False)(value)
    assert (ours is None) == validator.is_valid(value)


def test_a_property_that_is_not_described_is_a_fault_and_named_with_its_place() -> None:
    check = Schemas({}).check({"type": "object", "properties": {"a": {"properties": {"b": {"type": "integer"}}}}})
    assert check({"a": {"b": 1}}) is None
    assert check({"a": {"b": "1"}}) == ".a.b is '1', not integer"
    assert check({"a": {"c": 1}}) == ".a has 'c', which is not described"


def test_a_keyword_that_is_not_known_is_refused_rather_than_ignored() -> None:
    with pytest.raises(ValueError, match="uniqueItems"):
        Schemas({}).check({"type": "array", "uniqueItems": True})
