"""Pages as HTML files that need nothing else: templates in one shell, with one style sheet.

Jinja2 escapes every text in HTML, and `<` in the charts' JSON. On a page with scripts a content security policy lets
run those scripts only, by their hashes, and lets nothing be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from spark_jobs.html.look import SCRIPT, STYLE, THEME
from spark_jobs.html.marks import as_svg
from spark_jobs.html.notices import NOTICES
from spark_jobs.html.section import Chapter, Picture, Row, Rows, Tile
from spark_jobs.html.wording import dollars, number, percent

_NAMESPACES = re.compile(r' xmlns(?::xlink)?="[^"]*"')
_SNIPPET = "window.vegaEmbed=vegaEmbed;"


def javascript() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script (vl-convert bundles them); takes about two seconds."""
    return str(vl_convert.javascript_bundle(_SNIPPET))


def render(template: str, scripts: Sequence[str] = (), **values: Any) -> str:
    """A page of a template that extends `html/shell.html.j2`; its name is a path below spark_jobs.

    `scripts` are the only ones that run on the page; they stand at its end.
    """
    return _TEMPLATES.get_template(template).render(scripts=scripts, style=STYLE, notices=NOTICES, **values)


def page(
    run_id: str, chapters: Sequence[Chapter], kpis: Rows, library: str, missing: Sequence[str] = ()
) -> str:
    """The report of a run; `library` is what `javascript` gives, `missing` names the views that could not be read."""
    return render(
        "html/page.html.j2",
        (library.replace("</script", "<\\/script"), SCRIPT),
        run_id=run_id,
        missing=missing,
        figures=[_tile(row) for row in sorted(kpis, key=lambda row: int(row["place"]))],
        chapters=chapters,
        theme=THEME,
    )


def _policy(scripts: Iterable[str]) -> Markup:
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return Markup(f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {allowed}")  # noqa: S704 -- hashes alone


def _inline(chart: Picture) -> Markup:
    """A chart as an SVG element, without the names of formats that only a file needs."""
    return Markup(_NAMESPACES.sub("", as_svg(chart), count=2))  # noqa: S704 -- Vega escapes the texts of a chart


def _tile(row: Row) -> Tile:
    name = str(row["name"]).replace("_", " ").replace("roi", "ROI")
    return Tile(name, _value(row["value"], row["unit"]), row["what"])


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return number(None)
    if unit == "YYYYMMDD":
        digits = f"{value:.0f}"
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    if unit == "USD":
        return dollars(value)
    if unit == "share":
        return percent(value)
    return number(value, 0 if float(value).is_integer() and unit not in ("points", "ratio") else 2)


def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("spark_jobs", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.policies["json.dumps_kwargs"] = {"allow_nan": False, "separators": (",", ":")}
    found.filters |= {"number": number, "percent": percent, "policy": _policy, "svg": _inline}
    return found


_TEMPLATES = _templates()
