"""Microsoft's own worker and the local host's hand functions the same values."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .deliveries import cases
from .driver import PACKAGE, TRACEPARENT, VERSION, Call, ask
from .ours import Result, local_host, written

HERE = Path(__file__).parent
CASES = cases()

pytestmark = [pytest.mark.judge(PACKAGE, VERSION), pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Judged:
    """One delivery under both workers."""

    ours: Result
    theirs: Result


@pytest.fixture(scope="module")
def judged(worker_python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judged]:
    """Every case, first under the local host, then what that sent under Microsoft's worker."""
    folder = tmp_path_factory.mktemp("worker")
    ours = asyncio.run(_ours(folder / "ours.jsonl"))
    theirs = _theirs(worker_python, folder / "theirs.jsonl", [result.call for result in ours])
    return {name: Judged(*pair) for name, pair in zip(CASES, zip(ours, theirs, strict=True), strict=True)}


@pytest.mark.parametrize("name", CASES)
def test_functions_are_handed_the_same(judged: dict[str, Judged], name: str) -> None:
    """Field by field, in the same trace; what cannot be handed over fails with the same error."""
    ours, theirs = judged[name].ours, judged[name].theirs
    assert ours.error == theirs.error
    assert ours.handed == theirs.handed
    assert len(ours.handed) == (0 if ours.error else 1)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("http")])
def test_responses_are_the_same(judged: dict[str, Judged], name: str) -> None:
    """Status, headers and body."""
    assert judged[name].ours.returned == judged[name].theirs.returned


def test_a_handler_runs_in_the_trace_of_the_host(judged: dict[str, Judged]) -> None:
    """With PYTHON_ENABLE_OPENTELEMETRY the worker attaches the host's span, which an app can link to."""
    (record,) = judged["timer, on time"].theirs.handed
    assert f"00-{record['trace']}-{record['span']}-01" == TRACEPARENT


async def _ours(records: Path) -> list[Result]:
    with local_host(records) as ours:
        return [await ours.deliver(case) for case in CASES.values()]


def _theirs(python: Path, records: Path, calls: Sequence[Call]) -> list[Result]:
    settings = {"PROBE_RECORDS": str(records), "PYTHON_ENABLE_OPENTELEMETRY": "true"}
    answers = ask(python, HERE / "probe", calls, **settings).calls
    lines = iter(written(records))
    return [
        Result(call, [] if answer["error"] else [next(lines)], answer["error"], _response(answer["returned"]))
        for call, answer in zip(calls, answers, strict=True)
    ]


def _response(returned: Any) -> Any:
    """Status, headers and body of a function's response; the case of a header's name says nothing."""
    if returned is None:
        return None
    value = returned["value"]
    headers = {name.lower(): header for name, header in value["headers"].items()}
    return value["status_code"], headers, value["body"]["value"]
