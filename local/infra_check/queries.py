"""Where KQL stands in a tree: files of its own, strings in Bicep, the Grafana dashboard, blocks in documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.insights.tables import COLUMNS

FOLDER = "infrastructure"
_IN_BICEP = re.compile(r"\bquery: (?:'''\n?(?P<long>.*?)'''|'(?P<short>(?:[^'\\\n]|\\.)*)')", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_BEGINS = re.compile(rf"\s*(?:let \w+ =|union\b|(?:{'|'.join(COLUMNS)})\b)")


@dataclass(frozen=True)
class Query:
    """A query, with the file it stands in and the line there that it begins at."""

    file: str
    line: int
    text: str


def queries_of(root: Path) -> list[Query]:
    """Every query of the tree, by file and line."""
    return [*_files(root), *_in_bicep(root), *_in_dashboard(root), *_in_documents(root)]


def _files(root: Path) -> Iterator[Query]:
    for name, text in _texts(root, root / FOLDER, "*.kql"):
        yield Query(name, 1, text)


def _in_bicep(root: Path) -> Iterator[Query]:
    """Queries written out in Bicep; one that fills values in is checked as it is written."""
    for name, text in _texts(root, root / FOLDER, "*.bicep"):
        for found in _IN_BICEP.finditer(text):
            group = "short" if found["long"] is None else "long"
            query = _unescaped(found["short"]) if found["long"] is None else found["long"]
            yield Query(name, _line_at(text, found.start(group)), query)


def _in_dashboard(root: Path) -> Iterator[Query]:
    """The query of each panel, at the line of the file it stands on."""
    for name, text in _texts(root, root / FOLDER, "grafana-dashboard.json"):
        for panel in json.loads(text)["panels"]:
            for target in panel["targets"]:
                query = target["azureLogAnalytics"]["query"]
                yield Query(name, _line_at(text, text.index(json.dumps(query))), query)


def _in_documents(root: Path) -> Iterator[Query]:
    for folder, pattern in ((root / "docs", "*.md"), (root, "README.md")):
        for name, text in _texts(root, folder, pattern):
            for found in _BLOCK.finditer(text):
                if found[1] in ("kusto", "kql") or (not found[1] and _BEGINS.match(found[2])):
                    yield Query(name, _line_at(text, found.start(2)), found[2])


def _texts(root: Path, folder: Path, pattern: str) -> Iterator[tuple[str, str]]:
    search = folder.glob if folder == root else folder.rglob
    for path in sorted(search(pattern)):
        yield str(path.relative_to(root)), path.read_text()


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text)


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
