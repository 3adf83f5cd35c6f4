"""Runs notebooks as a person would, from top to bottom, in one kernel that is emptied between them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
EMPTY_KERNEL = "%reset -f"


def executed(names: Iterable[str]) -> dict[str, str]:
    """What the cells of each notebook printed and showed, as plain text; an error of a cell is raised.

    A kernel takes seconds to start and to import pandas, so the notebooks share one.
    """
    parts = {name: nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells for name in names}
    cells = [cell for part in parts.values() for cell in (*part, new_code_cell(EMPTY_KERNEL))]
    for place, cell in enumerate(cells):
        cell["id"] = str(place)
    whole = new_notebook(cells=cells)
    where = {"metadata": {"path": str(NOTEBOOKS)}}
    NotebookClient(whole, timeout=300, resources=where).execute()
    shown, first = {}, 0
    for name, part in parts.items():
        shown[name] = "\n".join(map(_text, whole.cells[first : first + len(part)]))
        first += len(part) + 1
    return shown


def _text(cell: NotebookNode) -> str:
    outputs = cell.get("outputs", [])
    return "".join(out.get("text", "") + out.get("data", {}).get("text/plain", "") for out in outputs)


@contextmanager
def app_that_answers(key: str, run_id: str, runs: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The address of an app that begins a run and answers, look by look, how it is; without the key it says 401."""
    states = iter(runs)

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._answer("/api/refresh", iter([{"run_id": run_id}]))

        def do_GET(self) -> None:
            self._answer(f"/api/runs/{run_id}", states)

        def _answer(self, path: str, answers: Iterator[dict[str, Any]]) -> None:
            is_known, is_there = self.headers["x-functions-key"] == key, self.path == path
            self.send_response((200 if is_there else 404) if is_known else 401)
            self.end_headers()
            self.wfile.write(json.dumps(next(answers) if is_known and is_there else {}).encode())

        def log_message(self, *_: object) -> None:
            """Nothing: a test reads what the notebook shows."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
