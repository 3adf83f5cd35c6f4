"""A fit as one HTML page that opens offline: how good matching was before, and is after, on cases not fitted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spark_jobs.html.page import render
from spark_jobs.html.section import Column, Rows, Section, Table, Tile
from spark_jobs.html.wording import number

_FIGURES = ("precision", "recall", "f1", "calibration_error")


def write_page(folder: Path, report: Mapping[str, Any]) -> Path:
    """Write `folder`/index.html and return its path; `report` is what `spark_jobs.fit` prints."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    path.write_text(page(report), encoding="utf-8")
    return path


def page(report: Mapping[str, Any]) -> str:
    """The page's HTML."""
    own = report.get("own")
    sections = [*([_own(own)] if own else []), _sets(report["cross_validated"])]
    return render("evaluation/before_after.html.j2", figures=_tiles(report, own), sections=sections)


def _tiles(report: Mapping[str, Any], own: Mapping[str, Any] | None) -> list[Tile]:
    published = report["published"]
    tiles = (
        [
            Tile(
                "F1 before", number(own["before"]["f1"], 4), "the lake's own cases, by the weights there were"
            ),
            Tile("F1 after", number(own["after"]["f1"], 4), "the same cases, each by a fit that left it out"),
        ]
        if own
        else []
    )
    threshold = published["threshold"]
    return [*tiles, Tile("published from", "never" if threshold is None else number(threshold, 2))]


def _own(own: Mapping[str, Any]) -> Section:
    rows: Rows = [{"name": name, **own[name]} for name in ("before", "after")]
    gain = own["after"]["f1"] - own["before"]["f1"]
    way = "rises" if gain > 0 else "falls" if gain < 0 else "stays"
    reading = (
        f"On {own['cases']} labelled records of this lake, none of them fitted on when it was judged, F1 {way}: "
        f"{number(own['before']['f1'], 4)} before, {number(own['after']['f1'], 4)} after."
    )
    note = "Keep the weights only where F1 does not fall. Both figures are low where only hard pairs were reviewed."
    return Section("own", "Before and after", reading, (), _table("before and after", rows), note)


def _sets(judged: Mapping[str, Mapping[str, Any]]) -> Section:
    rows: Rows = [{"name": name, **found} for name, found in judged.items()]
    reading = f"{len(rows)} set{'s' if len(rows) != 1 else ''} of labelled records, cross-validated."
    return Section("sets", "All that was fitted on", reading, (), _table("sets", rows))


def _table(of: str, rows: Rows) -> Table:
    return Table(of, rows, [Column("", lambda row: row["name"], False), *map(_figure, _FIGURES)])


def _figure(name: str) -> Column:
    return Column(name.replace("_", " "), lambda row: number(row[name], 4))
