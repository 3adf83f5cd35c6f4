"""The page: sections, tiles and scripts as one HTML file that needs nothing else.

Text from the data is escaped in HTML, and `<` in the charts' JSON. A content security policy lets run only the two
scripts written here, by their hashes, and lets nothing be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from html import escape
from typing import Any

import vl_convert

from spark_jobs.html.look import SCRIPT, STYLE, THEME
from spark_jobs.html.section import Column, Row, Rows, Section, Table
from spark_jobs.html.wording import dollars, number, percent

_SNIPPET = "window.vegaEmbed=vegaEmbed;"
_TITLE = "Films and their music"


def javascript() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script (vl-convert bundles them); takes about two seconds."""
    return str(vl_convert.javascript_bundle(_SNIPPET))


def page(
    run_id: str, sections: Sequence[Section], kpis: Rows, library: str, missing: Sequence[str] = ()
) -> str:
    """The report of a run; `library` is what `javascript` gives, `missing` names the views that could not be read."""
    scripts = (library.replace("</script", "<\\/script"), SCRIPT)
    drawn_first = sorted(sections, key=lambda section: not section.charts)
    body = (
        f"<h1>{_TITLE}</h1>"
        f'<p class="soft">Gold views of run {escape(run_id)}. Point at a mark for its figures; '
        "every chart has its table.</p>"
        f"<noscript><p>The charts need JavaScript; the sentences and tables do not.</p></noscript>"
        f"{_missing(missing)}{_tiles(kpis)}{_contents(drawn_first)}"
        f'<div class="sections">{"".join(map(_section, drawn_first))}</div>'
    )
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">'
        f"<title>{_TITLE}: run {escape(run_id)}</title><style>{STYLE}</style>"
    )
    run = "".join(f"<script>{script}</script>" for script in scripts)
    theme = _data("theme", THEME)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body><main>{body}</main>{theme}{run}</body></html>\n'


def _policy(scripts: Sequence[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {allowed}"


def _missing(views: Sequence[str]) -> str:
    if not views:
        return ""
    return f'<p class="soft">Not in this gold, so told as if empty: {escape(", ".join(views))}.</p>'


def _tiles(kpis: Rows) -> str:
    tiles = "".join(
        f'<div title="{escape(row["what"])}"><dt>{escape(_words(row["name"]))}</dt>'
        f"<dd>{escape(_figure(row))}</dd></div>"
        for row in sorted(kpis, key=lambda row: int(row["place"]))
    )
    return (
        f'<dl class="tiles">{tiles}</dl>' if tiles else '<p class="soft">The run has no headline figures.</p>'
    )


def _words(name: str) -> str:
    return name.replace("_", " ").replace("roi", "ROI")


def _figure(row: Row) -> str:
    value, unit = row["value"], row["unit"]
    if value is None:
        return number(None)
    if unit == "YYYYMMDD":
        return f"{value:.0f}"[:4] + "-" + f"{value:.0f}"[4:6] + "-" + f"{value:.0f}"[6:]
    if unit == "USD":
        return dollars(value)
    if unit == "share":
        return percent(value)
    return number(value, 0 if float(value).is_integer() and unit not in ("points", "ratio") else 2)


def _contents(sections: Sequence[Section]) -> str:
    links = "".join(f'<a href="#{section.anchor}">{escape(section.title)}</a>' for section in sections)
    return f'<nav aria-label="Contents">{links}</nav>'


def _section(section: Section) -> str:
    charts = "".join(_chart(section, place, chart.to_dict()) for place, chart in enumerate(section.charts))
    note = f'<p class="note">{escape(section.note)}</p>' if section.note else ""
    wide = ' class="wide"' if section.is_wide else ""
    head = f'<h2>{escape(section.title)}</h2><p class="reading">{escape(section.reading)}</p>'
    table = _table(section.table) if section.table else ""
    return f'<section id="{section.anchor}"{wide}>{head}{charts}{note}{table}</section>'


def _chart(section: Section, place: int, spec: dict[str, Any]) -> str:
    name = f"{section.anchor}-{place}"
    label = escape(f"Chart: {section.title}. {section.reading}")
    box = f'<div class="chart" role="img" aria-label="{label}" data-spec="{name}"></div>'
    return f"<figure>{box}</figure>{_data(name, spec)}"


def _data(name: str, value: Any) -> str:
    """JSON the page's script reads; `<` is written so that no text can end the element."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'


def _table(table: Table) -> str:
    heads = "".join(f"<th{_kind(column)}>{escape(column.head)}</th>" for column in table.columns)
    rows = "".join(
        f"<tr>{''.join(_cell(column, row) for column in table.columns)}</tr>" for row in table.rows
    )
    label = escape(f"Table: {table.of}")
    return (
        f"<details><summary>{label}</summary>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def _cell(column: Column, row: Row) -> str:
    return f'<td{_kind(column)} dir="auto">{escape(column.cell(row))}</td>'


def _kind(column: Column) -> str:
    return ' class="n"' if column.is_number else ""
