"""What the documents name exists: commands, modules, files, links, settings, addresses, alerts."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from shared.alerting.rules import RULES
from shared.config import Settings
from shared.serving.openapi import document

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE_FOLDERS = ("functions", "shared", "spark_jobs", "infrastructure", "local")
CODE_SUFFIXES = {".py", ".json", ".yml", ".yaml", ".sh", ".bicep", ".bicepparam", ".mjs"}
TOP_FOLDERS = (*CODE_FOLDERS, "tests", "docs")
PATH = re.compile(rf"(?<![\w/.-])(?:(?:{'|'.join(TOP_FOLDERS)})|\.github|\.devcontainer)/[\w.*/-]*")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
NAME = re.compile(r"\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b")
ADDRESS = re.compile(r"/api/[\w./{}$-]*")
MADE_BY_COMMANDS = {"docs/dashboard.png"}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@each_page
def test_every_make_target_exists(page: Path) -> None:
    """`make X` is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", page.read_text(), re.MULTILINE))
    assert named <= targets


@each_page
def test_every_module_exists(page: Path) -> None:
    """`python -m X` can be imported, and runs as a program."""
    named = set(re.findall(r"python3? -m ([\w.]+\w)", page.read_text()))
    assert not [name for name in named if not is_program(name)]


def is_program(name: str) -> bool:
    found = importlib.util.find_spec(name)
    if found is not None and found.submodule_search_locations is not None:
        found = importlib.util.find_spec(f"{name}.__main__")
    return found is not None


@each_page
def test_every_file_exists(page: Path) -> None:
    """A path that begins with a folder of the repository is there; a pattern has a match."""
    text = re.sub(r"\.local/[\w./{}-]*|https?://\S+", "", page.read_text())
    named = {found.rstrip("./") for found in PATH.findall(text)} - MADE_BY_COMMANDS
    assert not [name for name in sorted(named) if not any(ROOT.glob(name))]


@each_page
def test_every_test_exists(page: Path) -> None:
    """A test that a page calls as its witness is there."""
    sources = (path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    known = {name for source in sources for name in re.findall(r"def (test_\w+)", source)}
    named = set(re.findall(r"`(test_\w+)`", page.read_text()))
    assert named <= known


def test_odd_answers_are_shown_by_tests() -> None:
    """Each row of the table of what sources do names the test that shows what Crossfade does."""
    table = (
        (ROOT / "docs" / "ingestion.md").read_text().split("| what the source does |", 1)[1].split("\n\n")[0]
    )
    rows = table.splitlines()[2:]
    assert rows and all("`test_" in row for row in rows)


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    """A relative link names a file, and its fragment a heading of that file."""
    broken = []
    for link in LINK.findall(page.read_text()):
        if link.startswith(("http://", "https://")):
            continue
        name, _, heading = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (heading and heading not in headings(target)):
            broken.append(link)
    assert not broken


@cache
def headings(page: Path) -> set[str]:
    """Fragments of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@each_page
def test_every_setting_exists(page: Path) -> None:
    """A name in capitals, in code, is a setting or occurs in a file that is neither document nor test."""
    names = {name for code in CODE.findall(page.read_text()) for name in NAME.findall(code)}
    settings = {field.alias or name.upper() for name, field in Settings.model_fields.items()}
    assert not sorted(names - settings - words_of_the_project())


@cache
def words_of_the_project() -> set[str]:
    """Names in capitals in the project's files, documents and tests left out."""
    return {name for path in sources() for name in NAME.findall(path.read_text(encoding="utf-8"))}


def sources() -> Iterator[Path]:
    yield from (ROOT / name for name in ("Makefile", "azure.yaml", "host.json"))
    for folder in (*CODE_FOLDERS, ".github"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in CODE_SUFFIXES and "node_modules" not in path.parts:
                yield path


@each_page
def test_every_address_is_answered(page: Path) -> None:
    """`/api/…` is a path of the OpenAPI document, or the dashboard."""
    known = [re.sub(r"\{\w+\}", "[^/]+", path.removeprefix("/api")) for path in document()["paths"]]
    patterns = [re.compile(f"/api{path}") for path in [*known, "/dashboard", "/?"]]
    named = {found.rstrip(".") for found in ADDRESS.findall(page.read_text())}
    assert not [name for name in sorted(named) if not any(pattern.fullmatch(name) for pattern in patterns)]


def test_the_runbook_knows_every_alert_and_query() -> None:
    """Each rule of the app, each rule of Azure Monitor and each query is in docs/operations.md."""
    page = (ROOT / "docs" / "operations.md").read_text()
    rules = [rule.__name__ for rule in RULES]
    rules += [path.stem for path in (ROOT / "infrastructure" / "alerts").glob("*.kql")]
    queries = [path.name for path in (ROOT / "infrastructure" / "queries").glob("*.kql")]
    assert not [name for name in (*rules, *queries) if f"`{name}`" not in page]
