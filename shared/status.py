"""What people ask of runs: one run whole, or the newest ones."""

from __future__ import annotations

from typing import Any

from shared.journal import progress_path
from shared.lake import CONTROL, Lake
from shared.runs import RunState, RunStore

MAX_PAGE = 100


class Status:
    """Reads runs for HTTP answers."""

    def __init__(self, lake: Lake, runs: RunStore) -> None:
        self._lake = lake
        self._runs = runs

    async def run(self, run_id: str) -> dict[str, Any]:
        """A run with its progress and failures.

        Raises:
            RunNotFound: there is no such run.
        """
        state = await self._runs.get(run_id)
        progress = await self._lake.read_json(CONTROL, progress_path(run_id)) or {}
        return {
            **_public(state),
            "progress": progress.get("sources", {}),
            "coverage": progress.get("coverage", {}),
            "failures": progress.get("failures", []),
        }

    async def runs(self, limit: int, before: str | None) -> dict[str, Any]:
        """The newest runs older than `before`, and where the next page begins."""
        ids = [run_id for run_id in await self._runs.run_ids() if before is None or run_id < before]
        page = [_public(await self._runs.get(run_id)) for run_id in ids[:limit]]
        return {"runs": page, "next": ids[limit - 1] if len(ids) > limit else None}


def _public(state: RunState) -> dict[str, Any]:
    return state.model_dump(mode="json", exclude={"version", "traceparent"})
