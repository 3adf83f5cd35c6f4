"""How fast the report of a run opens: a file in Chromium, without a network, again and again.

    python -m tests.bench.report --page .local/databricks/lake/report/RUN/index.html [--times 5]

Prints one JSON object: for each moment the median of the seconds since the page was asked for, and all of them. A chart
is drawn when its SVG is in the page. `load_average` is the machine's, of one minute, before and after.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, sync_playwright

DESKTOP = {"width": 1280, "height": 900}
PATIENCE_MS = 60_000
# Notes when charts appear, from before the page's own scripts run.
_WATCH = """
  window.drawn = [];
  const seen = new Set();
  new MutationObserver(() => {
    for (const box of document.querySelectorAll("[data-spec]"))
      if (!seen.has(box) && box.querySelector("svg")) { seen.add(box); drawn.push(performance.now()); }
  }).observe(document, {childList: true, subtree: true});
"""
_ALL_DRAWN = "() => drawn.length === document.querySelectorAll('[data-spec]').length"
_MOMENTS = """() => {
  const opened = performance.getEntriesByType("navigation")[0];
  return {parsed: opened.domInteractive, load: opened.loadEventEnd, first_chart: drawn[0],
    all_charts: drawn.at(-1), charts: drawn.length};
}"""


def opened(browser: Browser, page: Path) -> dict[str, float]:
    """Seconds until each moment of one visit, and how many charts there are."""
    context = browser.new_context(viewport=DESKTOP, offline=True)  # type: ignore[arg-type]
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.add_init_script(_WATCH)
    tab.goto(page.resolve().as_uri())
    tab.wait_for_function(_ALL_DRAWN)
    found: Mapping[str, float] = tab.evaluate(_MOMENTS)
    context.close()
    return {name: value if name == "charts" else round(value / 1000, 2) for name, value in found.items()}


def measure(page: Path, times: int) -> dict[str, Any]:
    """Figures of that many visits, each in a browser context of its own."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    before = os.getloadavg()[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        visits = [opened(browser, page) for _ in range(times)]
        browser.close()
    seconds = {name: [visit[name] for visit in visits] for name in visits[0] if name != "charts"}
    return {
        "bytes": page.stat().st_size,
        "charts": visits[0]["charts"],
        "load_average": [round(before, 2), round(os.getloadavg()[0], 2)],
        "median_s": {name: median(values) for name, values in seconds.items()},
        "seconds": seconds,
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="tests.bench.report", description=__doc__)
    parser.add_argument("--page", type=Path, required=True)
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args(argv)
    sys.stdout.write(json.dumps(measure(given.page, given.times)) + "\n")


if __name__ == "__main__":
    main()
