"""Markdown files of this repository, taken apart: code blocks, tables, links and headings."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
ADOPTING = ROOT / "docs" / "adopting.md"
PAGES = (README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def blocks(page: Path, language: str) -> list[str]:
    """The page's code blocks of a language, in order."""
    return [text for found, text in _BLOCK.findall(page.read_text(encoding="utf-8")) if found == language]


def commands(page: Path) -> list[str]:
    """What a reader is told to type, without the comments."""
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    return [re.sub(r"\s+#.*", "", line.removeprefix("$ ")) for line in lines if line.startswith("$ ")]


def links(page: Path) -> list[str]:
    """The targets of the page's links."""
    return _LINK.findall(_without_blocks(page))


def anchors(page: Path) -> set[str]:
    """The anchors of the page's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", _without_blocks(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def section(page: Path, title: str) -> str:
    """The text below a heading up to the next one of whatever level."""
    text = re.split(rf"^#+ {re.escape(title)}$", _without_blocks(page), maxsplit=1, flags=re.MULTILINE)[1]
    return re.split(r"^#+ ", text, maxsplit=1, flags=re.MULTILINE)[0]


def tables(text: str) -> list[list[list[str]]]:
    """The tables of a text: rows of cells, without the heading."""
    found: list[list[list[str]]] = []
    for run in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in run.splitlines()]
        found.append(rows[2:])
    return found


def names(cell: str) -> list[str]:
    """What a cell has in code spans."""
    return re.findall(r"`([^`]+)`", cell)


def code_spans() -> Iterator[tuple[Path, str]]:
    """Every code span of every page outside of code blocks."""
    for page in PAGES:
        for span in names(_without_blocks(page)):
            yield page, span


def _without_blocks(page: Path) -> str:
    return _BLOCK.sub("", page.read_text(encoding="utf-8"))
