"""Which blobs a job needs on disk before it starts.

The silver job reads the raw blobs that its run's bronze manifest names; every other job reads tables.
An unknown job gets everything, so that nothing is missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from local.databricks.lake.storage import Storage

CONTAINERS = ("raw", "intermediate", "gold", "metrics", "control")
_READS_RAW_OF_RUN = {"silver"}
_READS_NO_RAW = {"gold"}
_RUN_STATE = "runs/"


@dataclass(frozen=True)
class ContainerScope:
    """A container's share of the mirror: the blobs below `prefixes` but not below `excluded`."""

    container: str
    prefixes: tuple[str, ...] = ("",)
    excluded: tuple[str, ...] = ()

    def includes(self, name: str) -> bool:
        """Whether the blob belongs on disk."""
        return name.startswith(self.prefixes) and not name.startswith(self.excluded)


async def scope_of(storage: Storage, entry_point: str, parameters: Mapping[str, str]) -> list[ContainerScope]:
    """The scope of a job's entry point with these job parameters."""
    tables = [ContainerScope(name) for name in ("intermediate", "gold", "metrics")]
    control = ContainerScope("control", excluded=(_RUN_STATE,))
    if entry_point in _READS_NO_RAW:
        return [*tables, control]
    if entry_point in _READS_RAW_OF_RUN:
        return [
            ContainerScope("raw", await _raw_prefixes(storage, parameters.get("run_id", ""))),
            *tables,
            control,
        ]
    return [ContainerScope("raw"), *tables, control]


async def _raw_prefixes(storage: Storage, run_id: str) -> tuple[str, ...]:
    manifest = await storage.read("control", f"bronze/{run_id}.json")
    if manifest is None:
        return ()
    return tuple(item["prefix"] for item in json.loads(manifest)["raw"])
