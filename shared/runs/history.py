"""The runs that ended last, in one small document: `control/history.json`, oldest first.

A run is added when it ends, before the next one may begin, so the newest entry is the run that ended last. Each entry
is the run's state: times of its stages, counts, quality by table and dimension, matches by band.
"""

from __future__ import annotations

import logging

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.adapters.lake import CONTROL, Lake
from shared.runs.state import RunState

HISTORY = "history.json"
KEPT_RUNS = 40
log = logging.getLogger(__name__)


class History(BaseModel):
    """What `control/history.json` holds."""

    model_config = ConfigDict(extra="ignore")

    runs: tuple[RunState, ...] = ()

    def with_run(self, state: RunState) -> History:
        """The history with one more run; with its newest state when it has the run already."""
        entry = state.model_copy(update={"inherited_raw": ()})
        others = [run for run in self.runs if run.run_id != state.run_id]
        runs = sorted([*others, entry], key=lambda run: (run.ended_at or run.updated_at, run.run_id))
        return History(runs=tuple(runs[-KEPT_RUNS:]))


async def read_history(lake: Lake) -> History:
    """The runs that ended last; none before the first ended."""
    return _parsed(await lake.read(CONTROL, HISTORY))


async def add_to_history(lake: Lake, state: RunState) -> None:
    """Add an ended run; adding it again changes nothing.

    Raises:
        StaleWrite: the document was contended more than 20 times in a row.
    """

    def step(data: bytes | None) -> tuple[bytes | None, None]:
        history = _parsed(data)
        added = history.with_run(state)
        return (None if added == history else added.model_dump_json().encode()), None

    await lake.change(CONTROL, HISTORY, step)


def _parsed(data: bytes | None) -> History:
    """The document; an empty one where it cannot be read, so that no run hangs on it."""
    if data is None:
        return History()
    try:
        return History.model_validate_json(data)
    except ValidationError:
        log.exception("control/%s cannot be read; it is begun anew", HISTORY)
        return History()
