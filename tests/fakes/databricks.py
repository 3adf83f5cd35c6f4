"""A workspace in memory: jobs start when asked, and end when the test says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from shared.adapters.databricks import Databricks, JobRun
from shared.errors import JobRefused


class FakeDatabricks(Databricks):
    """A workspace without Databricks.

    Attributes:
        started: job id and parameters of each job run, in order.
        cancelled: job runs that were asked to stop.
        refusal: why no job can be started; None when they can.
    """

    def __init__(self) -> None:
        self._runs: dict[int, JobRun] = {}
        self._by_token: dict[str, int] = {}
        self.started: list[tuple[int, Mapping[str, str]]] = []
        self.cancelled: list[int] = []
        self.refusal: str | None = None

    async def start(self, job_id: int, token: str, parameters: Mapping[str, str]) -> JobRun:
        """Start a job; the same token never starts it twice."""
        if self.refusal is not None:
            raise JobRefused(job_id, self.refusal)
        if token not in self._by_token:
            run_id = 1000 + len(self._runs)
            self._by_token[token] = run_id
            self._runs[run_id] = JobRun(run_id, f"https://workspace.invalid/{run_id}", False, False, None)
            self.started.append((job_id, dict(parameters)))
        return self._runs[self._by_token[token]]

    async def get(self, run_id: int) -> JobRun:
        """How a job run is doing."""
        return self._runs[run_id]

    async def cancel(self, run_id: int) -> None:
        """Ask a job run to stop."""
        self.cancelled.append(run_id)
        self.end(run_id, is_ok=False, reason="CANCELED")

    async def job_name(self, job_id: int) -> str:
        """A job's name."""
        return f"job-{job_id}"

    def end(self, run_id: int, is_ok: bool, reason: str | None = None) -> None:
        """Let a job run end, for tests."""
        self._runs[run_id] = replace(self._runs[run_id], is_ended=True, is_ok=is_ok, reason=reason)
