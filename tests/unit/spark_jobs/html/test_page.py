"""The report's page: offline, escaped, complete."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from spark_jobs.html.look import SCRIPT
from spark_jobs.html.page import page
from spark_jobs.html.section import Chapter, Section
from spark_jobs.report.write import chapters

EVIL = "</script><script>alert(\"&\")</script><img src=x onerror='alert(1)'>"
LIBRARY = "/* the library */ '</script>'"
KPIS = [
    {"place": 2, "name": "total_revenue", "value": 1.5e9, "unit": "USD", "what": 'Revenue "known".'},
    {"place": 1, "name": "newest_release_date", "value": 20261120.0, "unit": "YYYYMMDD", "what": "Newest."},
    {"place": 3, "name": "strong_share", "value": 0.5, "unit": "share", "what": "Strong."},
    {"place": 4, "name": "median_roi", "value": 2.0, "unit": "ratio", "what": "Median."},
    {"place": 5, "name": "films", "value": 1234.0, "unit": "films", "what": "Films."},
    {"place": 6, "name": "mean_rating", "value": None, "unit": "points", "what": "None."},
]


def row_of_evil() -> dict[str, list[dict[str, Any]]]:
    """Answers in which every text is hostile."""
    money = {
        "film_id": 1, "title": EVIL, "release_year": 2001, "budget": 10**7, "revenue": 2 * 10**7, "roi": 1.0,
        "is_top": True,
    }  # fmt: skip
    totals = {"with_money": 1, "earned_back": 1.0, "median_ratio": 2.0}
    return {"money": [money], "totals": [totals]}


class Elements(HTMLParser):
    """Elements of a page: tags that stay open, scripts by their type, and attributes that run code."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.scripts: list[dict[str, str | None]] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag == "script":
            self.scripts.append(dict(attrs))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(text: str) -> Elements:
    """The elements of a page."""
    elements = Elements()
    elements.feed(text)
    return elements


def test_hostile_titles_stay_text() -> None:
    """No title makes an element, a handler or the end of a script; what is drawn is the title as it was."""
    text = page(EVIL, chapters(row_of_evil()), [], LIBRARY)
    elements = parsed(text)
    assert elements.open == []
    assert elements.handlers == []
    assert "<img" not in text
    running = [script for script in elements.scripts if "type" not in script]
    assert len(running) == 2
    spec = re.search(r'id="money-0">(.*?)</script>', text)
    assert spec is not None
    assert any(row.get("title") == EVIL for rows in json.loads(spec[1])["datasets"].values() for row in rows)


def test_only_the_two_own_scripts_may_run() -> None:
    """The policy names the hashes of the scripts as they stand in the page, and lets nothing be fetched."""
    text = page("R", chapters({}), [], LIBRARY)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    running = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert running == [LIBRARY.replace("</script", "<\\/script"), SCRIPT]
    for script in running:
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy[1]
    assert policy[1].startswith(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-"
    )


def test_the_page_needs_nothing_from_outside() -> None:
    """No link, source or import: it opens offline, on a phone and in the dark."""
    text = page("R", chapters({}), KPIS, LIBRARY)
    assert not re.search(r"<link|\ssrc=|url\(|@import", text)
    assert "width=device-width" in text
    assert "prefers-color-scheme:dark" in text


def test_headline_figures_are_tiles_in_their_order() -> None:
    """Dates, money, shares and counts are written as people read them; unknown is a dash."""
    text = page("R", [], KPIS, LIBRARY).replace("\u00a0", " ")
    tiles = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text)
    assert tiles == [
        ("newest release date", "2026-11-20"), ("total revenue", "$1.5 B"), ("strong share", "50 %"),
        ("median ROI", "2.00"), ("films", "1,234"), ("mean rating", "-"),
    ]  # fmt: skip
    assert 'title="Revenue &#34;known&#34;."' in text
    assert "no headline figures" in page("R", [], [], LIBRARY)


def test_what_has_no_chart_comes_last() -> None:
    """In its chapter, and in the contents: first what has a chart, then what has a table, then what is left out."""
    drawn = chapters(row_of_evil())[0].sections[0]
    told, missing = Section("told", "Told", "Text.", table=drawn.table), Section("missing", "Missing", "Why.")
    text = page("R", [Chapter("all", "All", [missing, told, drawn])], [], LIBRARY)
    assert re.findall(r'<section id="(\w+)"', text) == ["money", "told"]
    assert re.findall(r'href="#(\w+)"', text) == ["all", "money", "told", "missing"]
    assert re.findall(r'<li id="(\w+)"><b>(\w+)</b> is left out: (\w+)', text) == [
        ("missing", "Missing", "Why")
    ]


@pytest.mark.parametrize("reading", ["Nothing.", EVIL])
def test_charts_are_named_for_those_who_cannot_see_them(reading: str) -> None:
    """A chart's label is its title and reading; a table's region can be reached by keyboard."""
    first = chapters(row_of_evil())[0].sections[0]
    told = Section("a", "Title", reading, first.charts, first.table)
    text = page("R", [Chapter("c", "C", [told])], [], LIBRARY)
    assert 'role="img" aria-label="Chart: Title. ' in text
    assert 'tabindex="0" role="region" aria-label="Table: the 1 film of the highest revenue"' in text
    assert parsed(text).handlers == []
