"""The repositories of the tests of user code serve here too."""

from tests.user_code.conftest import at_a_laptop, bare_python, empty, gated

__all__ = ["at_a_laptop", "bare_python", "empty", "gated"]
