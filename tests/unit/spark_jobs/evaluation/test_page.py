"""The evaluation page: offline, escaped, complete."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from spark_jobs.evaluation import charts
from spark_jobs.evaluation.judging import compare, errors
from spark_jobs.evaluation.page import write_report
from spark_jobs.html.marks import as_svg, plot

EVIL = "<script>alert('&')</script>"


def row(release_id: int, film_id: int, score: float, title: str = "Far Astray") -> dict[str, Any]:
    """The likeliest film of a record."""
    shown = {"artist": "Hans Mori", "release_title": title, "film_title": title, "film_year": 2014}
    evidence = {"reason": f"title exact: {title}", "contributions": {"title_exact": 2.9, "year_before": -1.5}}
    return {"release_id": release_id, "film_id": film_id, "score": score, **shown, **evidence}


def written(folder: Path, rows: list[dict[str, Any]], links: dict[int, int]) -> str:
    """The page for these rows."""
    quality = compare([(r["release_id"], r["film_id"]) for r in rows], links, 1.0)
    return write_report(folder / "new" / "report", quality, rows, links, errors(rows, links), 0.48).read_text(
        "utf-8"
    )


class Tags(HTMLParser):
    """Open tags that must close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("meta", "line", "circle", "rect", "polyline"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            assert self.open.pop() == tag


def test_the_page_shows_figures_charts_and_errors(tmp_path: Path) -> None:
    """Three charts, the figures, and each error with its evidence."""
    page = written(tmp_path, [row(1, 10, 0.99), row(2, 20, 0.9), row(3, 30, 0.6)], {1: 10, 2: 21, 4: 40})
    assert page.count("<svg") == 3
    assert "0.3333" in page
    assert "false match" in page
    assert "missed" in page
    assert "title exact +2.9" in page
    assert "year before -1.5" in page


def test_the_page_needs_nothing_from_outside(tmp_path: Path) -> None:
    """No script, no link, no address: it opens offline, on a phone and in the dark."""
    page = written(tmp_path, [row(1, 10, 0.99)], {1: 10})
    assert not re.search(r"<script|<link|https?://|url[(]|@import", page)
    assert "width=device-width" in page
    assert "prefers-color-scheme:dark" in page


def test_titles_are_escaped_and_tags_close(tmp_path: Path) -> None:
    """Whatever a title holds stays text."""
    page = written(tmp_path, [row(1, 10, 0.9, EVIL)], {})
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    tags = Tags()
    tags.feed(page)
    assert tags.open == []


def test_a_page_of_nothing_is_a_page(tmp_path: Path) -> None:
    """No records, no links, no failure."""
    assert "0 matches" in written(tmp_path, [], {})


def test_bars_hold_every_record(tmp_path: Path) -> None:
    """Each bar's row says how many are true and false, and the bars stand on each other."""
    page = written(tmp_path, [row(n, 10, 0.97) for n in range(3)] + [row(9, 10, 1.0)], {0: 10, 1: 10, 2: 10})
    assert (
        '<td dir="auto">0.95 to 1.00</td><td class="n" dir="auto">3</td><td class="n" dir="auto">1</td>'
        in page
    )
    bins = charts.probability_bins([(0.97, True), (1.0, False), (0.02, False)])
    (parts,) = charts.probability_chart(bins).to_dict()["datasets"].values()
    assert [(part["kind"], part["from"], part["to"]) for part in parts] == [
        ("false", 0, 1), ("true", 0, 1), ("false", 1, 2),
    ]  # fmt: skip


def test_names_in_a_drawn_chart_are_escaped() -> None:
    """What Vega draws is put into the page as it is, so Vega must escape it."""
    drawn = as_svg(plot([{"a": 1, "name": EVIL}]).mark_point().encode(x="a:Q", color="name:N"))
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn
