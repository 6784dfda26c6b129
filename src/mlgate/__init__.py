"""CI/CD for machine learning on GitHub: checks with honest verdicts, and evidence for every promotion."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlgate.exploring.arrays import compare

__version__ = "0.1.0"
__all__ = ["__version__", "compare"]


def __getattr__(name: str) -> Any:
    """`mlgate.compare`, whose imports nobody else waits for."""
    if name == "compare":
        from mlgate.exploring.arrays import compare

        return compare
    raise AttributeError(f"module 'mlgate' has no attribute {name!r}")
