"""Makes report.png: the report of a real run on one of the demo's pull requests, as GitHub would show it.

`.venv/bin/python docs/images/picture.py` needs the developers' environment, Chromium and a font with emoji.
With `--golden FOLDER` it draws the golden comments instead, light and dark, for a person to look at.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from examples.pull_requests import make_repository  # noqa: E402 — found by the line above

BRANCH = "rare-refusals"
MERMAID = HERE.parents[1] / "build" / "mermaid" / "node_modules" / "mermaid" / "dist" / "mermaid.min.js"
GOLDEN = HERE.parents[1] / "tests" / "github" / "snapshots"
COLORS = {
    "light": "--page:#fff;--text:#1f2328;--line:#d1d9e0;--even:#f6f8fa;--code:#818b981f;"
    "--bad:#cf222e;--warn:#9a6700;--note:#0969da;--important:#8250df",
    "dark": "--page:#0d1117;--text:#f0f6fc;--line:#3d444d;--even:#151b23;--code:#656c7633;"
    "--bad:#f85149;--warn:#d29922;--note:#4493f8;--important:#ab7df8",
}
STYLE = """
body { margin: 0; padding: 20px 24px; background: var(--page); color: var(--text);
  font: 14px/1.5 "Liberation Sans", Helvetica, Arial, "Noto Color Emoji", sans-serif; }
h2, h3 { margin: 0 0 14px; font-size: 17.5px; line-height: 1.25; }
h2 { padding-bottom: 4px; border-bottom: 1px solid var(--line); font-size: 21px; }
p, table, details, pre { margin: 0 0 14px; }
ul { margin: 0; padding-left: 24px; }
a { color: var(--note); }
code { padding: .2em .4em; border-radius: 6px; background: var(--code); font: 85% "Liberation Mono", monospace; }
pre { padding: 14px; border-radius: 6px; background: var(--even); }
pre code { padding: 0; background: none; }
table { border-collapse: collapse; }
th, td { padding: 5px 12px; border: 1px solid var(--line); }
tr:nth-child(2n) td { background: var(--even); }
blockquote { margin: 0 0 14px; padding: 2px 14px; border-left: 4px solid var(--bad); }
blockquote p { margin: 0; }
blockquote b { color: var(--bad); }
blockquote:has(.Warning) { border-color: var(--warn); } .Warning { color: var(--warn) !important; }
blockquote:has(.Important) { border-color: var(--important); } .Important { color: var(--important) !important; }
blockquote:has(.Note) { border-color: var(--note); } .Note { color: var(--note) !important; }
"""


def report(folder: Path) -> str:
    """The Markdown of `mlgate check` on the merge commit of the branch, told that it is a pull request's."""
    repository = folder / "repository"
    make_repository(repository)
    base = git(repository, "rev-parse", "main")
    head = git(repository, "rev-parse", BRANCH)
    git(repository, "merge", "--quiet", "--no-ff", "--message", "Merge", BRANCH)
    sides = {"base": {"ref": "main", "sha": base, "repo": {"id": 1}}, "head": {"sha": head, "repo": {"id": 1}}}
    (folder / "event.json").write_text(json.dumps({"pull_request": sides}), encoding="utf-8")
    event = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"}
    event["GITHUB_EVENT_PATH"] = str(folder / "event.json")
    mlgate = Path(sys.executable).with_name("mlgate")
    command = [mlgate, "check", "--output", str(folder / "out")]
    done = subprocess.run(command, cwd=repository, env=os.environ | event | {"VIRTUAL_ENV": sys.prefix}, check=False)
    if done.returncode != 1:
        raise SystemExit(f"mlgate ended with {done.returncode}; the picture is of a report that blocks")
    return (folder / "out" / "report.md").read_text(encoding="utf-8")


def git(repository: Path, *arguments: str) -> str:
    """What git prints."""
    done = subprocess.run(["git", *arguments], cwd=repository, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode().strip()


def page(markdown: str, theme: str = "light") -> str:
    """The report as GitHub lays it out; the alert, which only GitHub's own renderer knows, as a coloured quotation."""
    text = re.sub(
        r"^> \[!(\w+)\]$",
        lambda m: f"> <b class='{m[1].capitalize()}'>{m[1].capitalize()}</b><br>",
        markdown,
        flags=re.MULTILINE,
    )
    body = cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE)
    body = re.sub(
        r'<pre lang="mermaid"><code>(.*?)</code></pre>', r'<pre class="mermaid">\1</pre>', body, flags=re.DOTALL
    )
    colors = f":root {{ {COLORS[theme]} }}"
    return f"<!doctype html><meta charset='utf-8'><style>{colors}{STYLE}</style>{body}{_charts(theme)}"


def _charts(theme: str) -> str:
    """What draws the charts, where `make end-to-end` has installed it; else they show as text."""
    if not MERMAID.is_file():
        return ""
    options = json.dumps({"startOnLoad": True, "theme": "dark" if theme == "dark" else "default"})
    return f"<script src='{MERMAID.as_uri()}'></script><script>mermaid.initialize({options})</script>"


def photograph(html: Path, png: Path, size: str) -> None:
    """The page as Chromium draws it, in twice its size."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("Chromium is not installed")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    flags += [
        "--virtual-time-budget=5000",
        "--hide-scrollbars",
        "--force-device-scale-factor=2",
        f"--window-size={size}",
        f"--screenshot={png}",
    ]
    subprocess.run([chromium, *flags, html.as_uri()], check=True, stderr=subprocess.DEVNULL)


def photograph_golden(target: Path) -> None:
    """`target` has a picture of every golden comment in both themes, all that is folded opened."""
    target.mkdir(parents=True, exist_ok=True)
    for golden in sorted(GOLDEN.glob("*.md")):
        markdown = golden.read_text(encoding="utf-8").replace("<details>", "<details open>")
        for theme in COLORS:
            html = target / f"{golden.stem}.{theme}.html"
            html.write_text(page(markdown, theme), encoding="utf-8")
            photograph(html, html.with_suffix(".png"), "910,1700")
            html.unlink()


def main() -> None:
    """report.png is made anew, or the golden comments are drawn."""
    parser = argparse.ArgumentParser(description="Make report.png.")
    parser.add_argument(
        "--golden", type=Path, metavar="FOLDER", help="draw the golden comments into this folder instead"
    )
    parser.add_argument("--size", default="1010,700", help="width and height of the window, in pixels")
    options = parser.parse_args()
    if options.golden:
        photograph_golden(options.golden.resolve())
        return
    with tempfile.TemporaryDirectory(prefix="mlgate-picture-") as folder:
        html = Path(folder) / "report.html"
        html.write_text(page(report(Path(folder))), encoding="utf-8")
        png = Path(folder) / "report.png"
        photograph(html, png, options.size)
        if quantize := shutil.which("pngquant"):
            subprocess.run([quantize, "--force", "--output", str(png), "64", str(png)], check=True)
        shutil.copy(png, HERE / "report.png")


if __name__ == "__main__":
    main()
