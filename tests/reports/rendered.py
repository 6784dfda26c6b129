"""Markdown as GitHub renders it, read back: what became a link, an image, a tag, a mention, a table."""

import re
from html.parser import HTMLParser

import cmarkgfm  # type: ignore[import-untyped]
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

TEXT_ONLY = ("code", "pre")
MENTION = re.compile(r"(?<![\w`])@[A-Za-z0-9]|(?:^|[\s(])(?:[\w.-]+/[\w.-]+)?#\d|\bGH-\d|\b[0-9a-f]{7,40}\b")


class Rendered(HTMLParser):
    """The tags, links, tables and text outside code of a Markdown text."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.closed: list[str] = []
        self.links: list[str] = []
        self.prose: list[str] = []
        self.code: list[str] = []
        self.widths: list[list[int]] = []
        self._inside: list[str] = []
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside.append(tag)
        if tag == "code":
            self.code.append("")
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")
        if tag == "table":
            self.widths.append([])
        if tag == "tr":
            self.widths[-1].append(0)
        if tag in ("td", "th"):
            self.widths[-1][-1] += 1

    def handle_endtag(self, tag: str) -> None:
        self.closed.append(tag)
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "code" in self._inside:
            self.code[-1] += data
        if not any(tag in self._inside for tag in TEXT_ONLY):
            self.prose.append(data)

    def handle_comment(self, data: str) -> None:
        self.tags.append("<!-- -->")

    @property
    def references(self) -> list[str]:
        """What GitHub would link or notify in the text outside code."""
        return [text for text in self.prose if MENTION.search(text)]
