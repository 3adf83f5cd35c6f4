"""Starts a job's process so that a crash of the server never leaves an unknown process behind.

The new process first waits for one byte on its stdin, which the server sends once it has written the
process's id to disk, and only then becomes the job. A server that dies in between closes the pipe,
and the process ends without having begun.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from local.databricks.processes.sessions import birth_of, end_session

GATE = "import os,sys; sys.stdin.buffer.read(1) or sys.exit(75); os.execv(sys.argv[1], sys.argv[1:])"
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class JobProcess:
    """A started job: its process, which leads a session of its own, and its birth mark."""

    process: Process
    birth: str

    @property
    def has_ended(self) -> bool:
        """Whether the process itself is over; others that it started may still run."""
        return self.process.returncode is not None

    async def wait(self) -> int:
        """The exit code; every process the job left behind is ended first."""
        code = await self.process.wait()
        await self.end()
        return code

    async def end(self) -> None:
        """End the job with all it started."""
        await end_session(self.process.pid, self.birth)
        await self.process.wait()


async def start_job(
    command: list[str], env: Mapping[str, str], directory: Path, on_born: Callable[[int, str], object]
) -> JobProcess:
    """Start a command in `directory`, its output in the files stdout and stderr there.

    `on_born` gets pid and birth mark and must have recorded them when it returns.
    """
    gate = [sys.executable, "-I", "-S", "-c", GATE, *command]
    with (directory / "stdout").open("ab") as out, (directory / "stderr").open("ab") as err:
        process = await asyncio.create_subprocess_exec(
            *gate, stdin=PIPE, stdout=out, stderr=err, cwd=directory, env=dict(env),
            start_new_session=True,
        )  # fmt: skip
    birth = birth_of(process.pid) or ""
    gate_keeper = process.stdin
    if gate_keeper is None:
        raise RuntimeError("the job's process was started without a pipe")
    try:
        on_born(process.pid, birth)
    except Exception:
        gate_keeper.close()
        await process.wait()  # the closed pipe ends it
        raise
    gate_keeper.write(b"\n")
    gate_keeper.close()
    return JobProcess(process, birth)


async def outcome_unless(
    ending: Coroutine[Any, Any, object], error: Exception, work: Coroutine[Any, Any, Outcome]
) -> Outcome:
    """The outcome of `work`; if `ending` is over before, `error` is raised after `work` has cleaned up."""
    task, stopping = asyncio.ensure_future(work), asyncio.ensure_future(ending)
    try:
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise error
    finally:
        stopping.cancel()
        task.cancel()
        await asyncio.gather(task, stopping, return_exceptions=True)
