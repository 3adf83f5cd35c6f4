"""The sources' terms: kept where the table says, and no output goes without its notices."""

from __future__ import annotations

import html
import re
from pathlib import Path

import azure.functions as func
import pytest

from functions.answers import respond
from shared.config import Settings
from shared.errors import InvalidRequest
from shared.serving.endpoints import ENDPOINTS
from shared.sources.terms import NOTICES, TERMS
from spark_jobs.html import notices
from spark_jobs.html.page import render
from tests.unit.functions.indexed import FUNCTIONS

ROOT = Path(__file__).parents[4]
PAGES = [*ROOT.glob("functions/static/*.html"), *ROOT.glob("spark_jobs/**/*.j2")]
DOCUMENT = "<!doctype html>"


def test_jobs_and_app_show_the_same_notices() -> None:
    """The wheel has the app's sentences, to the letter."""
    assert tuple(NOTICES.values()) == notices.NOTICES


def test_answers_are_kept_no_longer_than_permitted() -> None:
    """The default of each source is within its terms."""
    kept = Settings().retention_days
    assert kept.keys() == TERMS.keys()
    assert all(kept[source] <= (each.most_days or kept[source]) for source, each in TERMS.items())


@pytest.mark.parametrize("name", ["README.md", "docs/terms.md"])
def test_documents_show_the_notices(name: str) -> None:
    """Whoever reads about the project finds them."""
    text = " ".join((ROOT / name).read_text().split())
    assert [notice for notice in NOTICES.values() if notice not in text] == []


def test_the_page_shows_the_table() -> None:
    """docs/terms.md has each term as the code has it."""
    page = (ROOT / "docs" / "terms.md").read_text()
    rows = [
        f"| {source} | {term.asks} | {term.written} | {term.kept_by} |"
        for source, each in TERMS.items()
        for term in each.terms
    ]
    assert [row for row in rows if row not in page] == []


def test_no_page_goes_without_its_notices() -> None:
    """Every whole page among templates and static files has them; one that only frames others shows nothing itself."""
    whole = [path for path in PAGES if DOCUMENT in path.read_text().lower()]
    assert {path.name for path in whole} == {"dashboard.html", "report.html", "reviews.html", "shell.html.j2"}
    assert without_notices(whole) == ["report.html"]
    assert text_of((ROOT / "functions/static/report.html").read_text()) == "Report"


def test_the_scan_finds_a_page_without_its_notices(tmp_path: Path) -> None:
    """A page with one of the two is found."""
    page = tmp_path / "new.html"
    page.write_text(f"{DOCUMENT}<p>{next(iter(NOTICES.values()))}</p>")
    assert without_notices([page]) == ["new.html"]


def without_notices(pages: list[Path]) -> list[str]:
    return [page.name for page in pages if any(each not in shown(page) for each in NOTICES.values())]


def shown(page: Path) -> str:
    """The text of a page; a template that others extend is filled in."""
    is_template = page.suffix == ".j2"
    return text_of(render(str(page.relative_to(ROOT / "spark_jobs"))) if is_template else page.read_text())


def text_of(page: str) -> str:
    bare = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", bare)).split())


def test_every_template_that_is_rendered_extends_the_one_with_the_notices() -> None:
    """No page of the jobs is made past the shell."""
    known = {"shell.html.j2", "parts.html.j2"}
    own = [path for path in ROOT.glob("spark_jobs/**/*.html.j2") if path.name not in known]
    assert own and all('{% extends "html/shell.html.j2" %}' in path.read_text() for path in own)


async def test_answers_carry_the_notices_in_their_headers() -> None:
    """What a handler made itself and a refusal alike."""

    async def page() -> func.HttpResponse:
        return func.HttpResponse("x", headers={"X-Own": "1"})

    async def refused() -> func.HttpResponse:
        raise InvalidRequest("limit", "is wrong")

    for handle in (page, refused):
        answer = await respond(handle)
        assert {name: answer.headers.get(name) for name in NOTICES} == dict(NOTICES)


def test_every_http_function_answers_through_respond() -> None:
    """The table of endpoints has every function with an HTTP trigger, and the one way to register is that table."""
    triggered = {
        name
        for name, function in FUNCTIONS.items()
        if (trigger := function.get_trigger()) and trigger.get_dict_repr()["type"] == "httpTrigger"
    }
    assert triggered == {endpoint.function for endpoint in ENDPOINTS}
    sources = "\n".join(path.read_text() for path in ROOT.glob("functions/*.py"))
    assert re.findall(r"\.route\(", sources) == [".route("]


def test_each_term_names_something_that_is_there() -> None:
    """A setting, a module or a command that keeps it; or who has to."""
    settings = {name.upper() for name in Settings.model_fields}
    kept_by = [term.kept_by for each in TERMS.values() for term in each.terms]
    for text in kept_by:
        names = set(re.findall(r"\b[A-Z][A-Z_]{4,}\b", text))
        files = re.findall(r"[\w/]+\.py\b", text)
        assert names <= settings and all((ROOT / name).is_file() for name in files), text
