"""A local Databricks workspace in this process, and clients of it; no job runs there."""

from __future__ import annotations

import asyncio
import atexit
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
from starlette.applications import Starlette

from local.bundle.remote.workspace import Workspace
from local.databricks.assembly import Settings, create_workspace
from local.databricks.spark.environment import JobEnvironment
from local.machine.servers import azurite_connection_string

ANNA = "anna@crossfade.example"
BEN = "ben@crossfade.example"
ROBOT = "6f0f3a5e-0000-4000-8000-000000000001"
APP = "6f0f3a5e-0000-4000-8000-000000000002"
CALLERS = {f"token of {name}": name for name in (ANNA, BEN, ROBOT, APP)}


# One loop for all calls of this process: to make one for each took a fifth of the tests' time.
_LOOP = asyncio.Runner(loop_factory=asyncio.new_event_loop)
atexit.register(_LOOP.close)


class LocalWorkspace:
    """The workspace over a directory; `restart` is what a new process would be."""

    def __init__(self, work: Path, callers: Mapping[str, str] = CALLERS) -> None:
        self._settings = Settings(
            work=work,
            connection_string=azurite_connection_string("http://127.0.0.1:1"),
            callers=callers,
            environment=JobEnvironment(Path(sys.executable), work / "packages"),
            spark=None,
            is_warm=False,
            longest_wait_s=0.0,
        )
        self.restart()

    def restart(self) -> None:
        """Read everything from disk again."""
        self._app = create_workspace(self._settings, "http://testserver")

    def client(self, caller: str = ANNA) -> httpx.Client:
        """A plain HTTP client of one caller."""
        headers = {"Authorization": f"Bearer token of {caller}"}
        return httpx.Client(base_url="http://testserver", headers=headers, transport=_InThisThread(self._app))

    def workspace(self, caller: str = ANNA) -> Workspace:
        """The deployer's client of one caller."""
        return Workspace(self.client(caller))


class _InThisThread(httpx.BaseTransport):
    """Calls an ASGI application and waits for its answer: SQLite wants to stay in one thread."""

    def __init__(self, app: Starlette) -> None:
        self._transport = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return _LOOP.run(self._answer(request, request.read()))

    async def _answer(self, request: httpx.Request, content: bytes) -> httpx.Response:
        sent = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        answer = await self._transport.handle_async_request(sent)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())
