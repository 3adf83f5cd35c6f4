"""Once a day, after the run has told its results: removes data files that no version within the retention needs.

Then it says how large the tables are, for whoever watches storage: `control/tables/sizes.json`.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from functools import partial

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.lake import Lake
from spark_jobs.lakehouse.sets import read_set, utc_now
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.views.catalogue import TABLES_OF

log = logging.getLogger(__name__)
EVERY = timedelta(days=1)
_SAID = "tables/vacuumed.json"
_SIZES = "tables/sizes.json"


def vacuum_when_due(lake: Lake, now: datetime | None = None) -> list[str]:
    """VACUUM every table of the current sets, when a day has passed since it was done; returns their names.

    The first call only notes the time: a new lake has nothing to remove.
    """
    now = now or datetime.now(UTC)
    said = lake.files.read_json("control", _SAID)
    if said and now - datetime.fromisoformat(said["at"]) < EVERY:
        return []
    found = [] if said is None else [table for stage in TABLES_OF for table in _current(lake, stage)]
    run_parallel({table.full_name: partial(lake.tables.vacuum, table) for table in found})
    sizes = run_parallel({table.full_name: partial(lake.tables.size_bytes, table) for table in found})
    if sizes:
        lake.files.write_json("control", _SIZES, {"at": utc_now(), "bytes": sizes})
    lake.files.write_json("control", _SAID, {"at": utc_now()})
    log.info("vacuumed %s tables", len(found))
    return [table.full_name for table in found]


def _current(lake: Lake, stage: str) -> list[TableDefinition]:
    """The tables of a stage's current set."""
    current = read_set(lake.files, stage)
    return [table for table in TABLES_OF[stage] if current and table.name in current.tables]
