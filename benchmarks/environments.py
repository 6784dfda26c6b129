"""The environments of the tools that are compared, one each below build/benchmarks: made once, of their newest."""

import re
import subprocess
import sys
from pathlib import Path

BELOW = Path(__file__).resolve().parent.parent / "build" / "benchmarks"
DEEPCHECKS = (
    "deepchecks==0.19.1",
    "numpy<2",
    "pandas<3",
    "scikit-learn<1.6",
    "setuptools<81",
    "plotly<6",
    "pyarrow<22",
)
PACKAGES: dict[str, tuple[str, ...]] = {
    "duckdb": ("duckdb",), "polars": ("polars",), "pandera": ("pandera[polars]", "polars"),
    "pandera-pandas": ("pandera[pandas]", "pandas", "pyarrow"), "gx": ("great-expectations", "pandas", "pyarrow"),
    "soda": ("soda-core-duckdb<4", "setuptools<81"), "pointblank": ("pointblank", "polars"), "deepchecks": DEEPCHECKS,
    "scipy": ("scipy", "pandas", "pyarrow"), "evidently": ("evidently", "pandas", "pyarrow"),
    "nannyml": ("nannyml", "pyarrow"),
}  # fmt: skip


def python_of(name: str) -> str:
    """The interpreter of the tool's environment, which is there afterwards."""
    folder = BELOW / name
    python = folder / "bin" / "python"
    if not (folder / ".made").exists():
        subprocess.run(["uv", "venv", "-q", "--clear", "--python", sys.executable, str(folder)], check=True)
        packages = ["-q", "--compile-bytecode", "--python", str(python), *PACKAGES[name]]
        subprocess.run(["uv", "pip", "install", *packages], check=True)
        (folder / ".made").touch()
    return str(python)


def versions(name: str) -> str:
    """The tool and its version, as it is installed there."""
    package = re.split(r"[\[=<]", PACKAGES[name][0])[0]
    said = f"import importlib.metadata as m; print(m.version({package!r}))"
    done = subprocess.run([python_of(name), "-c", said], check=True, capture_output=True, text=True)
    return f"{name} {done.stdout.strip()}"


if __name__ == "__main__":
    for each in sys.argv[1:] or PACKAGES:
        print(versions(each), flush=True)
