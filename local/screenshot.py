"""The pictures of the documents: the dashboard, and parts of a report.

    CROSSFADE_KEY=… python -m local.screenshot --url URL --out docs/dashboard.png
    python -m local.screenshot --page index.html --part money --out docs/report-money.png

Both need Chromium, the first a running app (`make up` prints its address and key) with a run or two. The key comes from
the environment, as arguments are there for everybody on the machine to see.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

from local.machine.commands import OneLineParser

KEY = "CROSSFADE_KEY"
PATIENCE_MS = 15_000
_DRAWN = "id => !document.querySelector(`#${id} [data-spec]:not(:has(svg))`)"


def main(argv: Sequence[str] | None = None) -> int:
    """Take the picture: 0 when done, 1 when the page cannot be shown, 2 for bad arguments."""
    given = _parser().parse_args(argv)
    key, chromium = os.environ.get(KEY, ""), shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None or (given.url and not key):
        missing = (
            "no Chromium: apt install chromium"
            if key or given.page
            else f"{KEY} is not set: give the function key"
        )
        print(f"screenshot: {missing}", file=sys.stderr)
        return 1
    try:
        take(given, key, chromium)
    except Error as error:
        print(f"screenshot: {error.message.splitlines()[0]}", file=sys.stderr)
        return 1
    print(f"screenshot: {given.out}, {given.out.stat().st_size / 1000:.0f} kB")
    return 0


def take(given: argparse.Namespace, key: str, chromium: str) -> None:
    """Open the dashboard or the report as the arguments say and write the picture. Raises playwright's Error."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": given.width, "height": given.height},
            color_scheme="dark" if given.dark else "light",
            reduced_motion="reduce",
        )
        page.set_default_timeout(PATIENCE_MS)
        if given.page:
            _take_part(page, given.page, given.part, given.out)
        else:
            _show(page, given.url, key, given.query)
            page.screenshot(path=given.out, animations="disabled")
        browser.close()


def _take_part(page: Page, file: Path, part: str, out: Path) -> None:
    """A section of a report, once its charts are drawn."""
    page.goto(file.resolve().as_uri())
    page.wait_for_function(_DRAWN, arg=part)
    page.locator(f"#{part}").screenshot(path=out, animations="disabled")


def _show(page: Page, url: str, key: str, query: str) -> None:
    page.goto(f"{url.rstrip('/')}/api/dashboard")
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_role("button", name="Open").click()
    for panel in ("#live .steps, #live .quiet", "#health li", "#runs > *"):
        page.locator(panel).first.wait_for()
    if query:
        page.get_by_role("searchbox").fill(query)
        page.locator("#found .films, #found .quiet:not(:text('Three letters'))").first.wait_for()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(prog="python -m local.screenshot", description=main.__doc__)
    shown = parser.add_mutually_exclusive_group(required=True)
    shown.add_argument("--url", help="where the app is, without /api")
    shown.add_argument("--page", type=Path, help="the file of a run's report, instead")
    parser.add_argument("--part", default="money", help="id of the section of the report")
    parser.add_argument("--out", type=Path, default=Path("docs/dashboard.png"), help="PNG to write")
    parser.add_argument("--width", type=int, default=1280, help="of the window, in pixels")
    parser.add_argument("--height", type=int, default=1200, help="likewise")
    parser.add_argument("--query", default="", help="what to search for")
    parser.add_argument("--dark", action="store_true", help="in the dark colours")
    return parser


if __name__ == "__main__":
    sys.exit(main())
