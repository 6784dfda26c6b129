"""What the committed suites say that Great Expectations found is what the tool finds today (`make agreement`)."""

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SUITES = ROOT / "tests" / "importing" / "suites"


def test_the_recorded_results_of_ten_suites_are_the_tools_own(python: str, tmp_path: Path) -> None:
    subprocess.run([python, "-m", "tests.importing.make_suites", str(tmp_path)], cwd=ROOT, check=True)
    recorded = sorted(SUITES.glob("*.json"))
    assert len(recorded) >= 10
    for file in recorded:
        then, now = (json.loads((folder / file.name).read_text(encoding="utf-8")) for folder in (SUITES, tmp_path))
        assert now["results"] == then["results"], file.stem
        assert (tmp_path / then["table"]).read_bytes() == (SUITES / then["table"]).read_bytes()
