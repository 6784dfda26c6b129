"""Hostile strings: a known list, and as many more as are asked for, made of parts that mean something somewhere."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

NAUGHTY: tuple[str, ...] = tuple(json.loads(Path(__file__).with_name("naughty.json").read_text("utf-8"))["strings"])
PARTS = (
    # Markdown and HTML
    "# ", "\n# ", "\n\n", "\n---\n", "\n===\n", "> ", "\n> [!CAUTION]\n> ", "- ", "\n1. ", "- [ ] ", "* ", "**", "__",
    "~~", "`", "``", "```", "\n```\n", "~~~", "\n    ", "\t", "\\", "\\`", "|", "\\|", "\\\\|", "\n|---|\n", "| - |",
    "[x](https://evil.example)", "![x](https://evil.example/x.png)", "[x][y]", "\n[y]: https://evil.example\n", "[^1]",
    "\n[^1]: x\n", "<https://evil.example>", "https://evil.example", "www.evil.example", "mailto:a@evil.example",
    "a@evil.example", "ftp://evil.example", "xmpp:a@evil.example", "](javascript:alert(1))", "<img src=x onerror=x>",
    "<script>", "<a href=//evil.example>", "<!--", "-->", "<![CDATA[", "]]>", "<?php", "</details>", "<details>",
    "</summary>", "</td>", "</table>", "<br>", "&lt;b&gt;", "&#64;x", "&#x3c;img&#x3e;", "&amp;",
    "\u2028", "\u2029",
    # GitHub
    "@octocat", "@acme/owners", "#1", "acme/credit#1", "GH-12", "deadbeefcafe", "a" * 40, ":tada:", "$x$", "$$",
    "$`x`$", "```mermaid\n", "```suggestion\n", "<!-- mlgate:report:v1 id=default -->", "<!-- mlgate:state:v1:AAAA -->",
    # the runner
    "::error::x", "\n::set-output name=a::b", "::add-mask::x", "##[error]x", "%0A::error::x", "\n::stop-commands::t",
    "${{ github.token }}", "$(id)", "`id`", ";id", "\r", "\r\n", "\n",
    # a terminal
    "\x1b[31m", "\x1b]0;t\x07", "\x1b[2J", "\x9b1m", "\x07", "\b\b", "\x7f", "\0", "\x85", "\x0b", "\x0c",
    # what hides or reorders
    "\u202e", "\u202d", "\u2066", "\u2069", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u3164",
    "\u2800", "\U000e0041", "e\u0301", "\u0301" * 20, "ﷺ" * 4, "🦆", "👩‍👩‍👧", "漢字", "العربية", "\ufffd", "\uffff",
    "\U0010ffff",
    # words between them
    "x", "age", " ", "  ", "18-25", "1,234.5 %", "it's", "'quoted'", "n=3", "(CI −1 to 2)", "a.b", "no", "=1+1",
    "x" * 200,
)  # fmt: skip


def hostile_strings(count: int, seed: int = 17) -> Iterator[str]:
    """The known list first, then strings of one to eight parts, characters and known strings; each at most 300 long."""
    random = Random(seed)
    yield from NAUGHTY[:count]
    for _ in range(count - len(NAUGHTY)):
        yield "".join(_part(random) for _ in range(random.randint(1, 8)))[:300]


def _part(random: Random) -> str:
    kind = random.random()
    if kind < 0.75:
        return random.choice(PARTS)
    if kind < 0.9:
        return random.choice(NAUGHTY)[:60]
    code = random.choice((random.randrange(0x80), random.randrange(0x3000), random.randrange(0x110000)))
    return "" if 0xD800 <= code < 0xE000 else chr(code)
