"""The local host's worker on the probe app: what its functions are handed, and the typed data it was made of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.host.indexing import FunctionDefinition, index_function
from local.host.web.admin import Admin
from local.host.web.app import HttpSide, http_endpoints
from local.host.worker import bindings
from local.host.worker.worker import Worker

from .deliveries import Case, Request
from .driver import TRACEPARENT, Call
from .probe import function_app

KEY = "key-of-this-test"


@dataclass(frozen=True)
class Result:
    """One delivery: what was sent, what the function was handed, how it ended."""

    call: Call
    handed: list[Any]
    error: str | None
    returned: Any = None


@dataclass
class Ours:
    """Hands deliveries to the probe app as the local host does."""

    records: Path
    worker: Worker
    functions: dict[str, FunctionDefinition] = field(
        default_factory=lambda: {
            found.name: found for found in map(index_function, function_app.app.get_functions())
        }
    )
    _sent: list[Call] = field(default_factory=list)

    async def deliver(self, case: Case | Request) -> Result:
        """Hand one delivery over."""
        before = len(written(self.records))
        error, returned = await (self._ask(case) if isinstance(case, Request) else self._invoke(case))
        return Result(self._sent[-1], written(self.records)[before:], error, returned)

    def note(self, function: FunctionDefinition, datum: Any, metadata: Any) -> None:
        """Remember what is about to be decoded."""
        self._sent.append(Call(function.name, function.parameter, datum, metadata))

    async def _invoke(self, case: Case) -> tuple[str | None, Any]:
        function = self.functions[case.function]
        try:
            await self.worker.invoke(function, case.argument(function), TRACEPARENT)
        except Exception as error:
            return f"{type(error).__name__}: {error}", None
        return None, None

    async def _ask(self, request: Request) -> tuple[str | None, Any]:
        endpoints = http_endpoints(list(self.functions.values()), "api")
        side = HttpSide(endpoints, self.worker, KEY, Admin([], {}))
        transport = httpx.ASGITransport(side.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://app.invalid") as client:
            answer = await client.send(_traced(request.build(client)))
        headers = {name: answer.headers[name] for name in ("content-type", "x-probe")}
        return None, (str(answer.status_code), headers, answer.content.hex())


def _traced(request: httpx.Request) -> httpx.Request:
    request.headers["traceparent"] = TRACEPARENT
    return request


def written(records: Path) -> list[Any]:
    """What the functions wrote down, in order."""
    return [json.loads(line) for line in records.read_text().splitlines()] if records.exists() else []


@contextmanager
def local_host(records: Path) -> Iterator[Ours]:
    """The local host's worker, running."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROBE_RECORDS", str(records))
        worker = Worker(environment={"PYTHON_ENABLE_OPENTELEMETRY": "true"})
        ours, decode = Ours(records, worker), bindings.decode

        def noting(function: FunctionDefinition, datum: Any, metadata: Any) -> Any:
            ours.note(function, datum, metadata)
            return decode(function, datum, metadata)

        patch.setattr(bindings, "decode", noting)
        worker.start()
        try:
            yield ours
        finally:
            worker.stop()
