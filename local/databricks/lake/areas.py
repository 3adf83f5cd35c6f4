"""The areas of files that jobs know, where their blobs lie, and which of them a job needs on disk before it starts.

The silver job reads the raw blobs that its run's bronze manifest names, the gold job none; the bulk job those that it
has landed; a job that this server does not know gets all of them. All other areas are brought down whole: jobs
write them, and what one left unpublished has to go before the next one starts. Tables are no files of these areas: they
lie on disk only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from local.databricks.lake.storage import Storage

_READS_RAW_OF_RUN = {"silver"}
_READS_NO_RAW = {"gold"}
_LANDED_BY = {"bulk": ("discogs/dump/",)}
_STATE_OF_THE_APP = ("runs/", "quotas/")


@dataclass(frozen=True)
class Area:
    """A folder of files, and its blobs: those of a container whose names begin with `prefix`."""

    name: str
    container: str
    prefix: str = ""


RAW, CONTROL, METRICS = Area("raw", "raw"), Area("control", "control"), Area("metrics", "metrics")
SEARCH, REPORT = Area("search", "gold", "search/"), Area("report", "gold", "report/")
FEED = Area("feed", "feed")
AREAS = {area.name: area for area in (RAW, CONTROL, METRICS, SEARCH, REPORT, FEED)}


@dataclass(frozen=True)
class Scope:
    """An area's share of the mirror: the files below `prefixes` but not below `excluded`."""

    area: Area
    prefixes: tuple[str, ...] = ("",)
    excluded: tuple[str, ...] = ()

    def includes(self, name: str) -> bool:
        """Whether the file belongs on disk."""
        return name.startswith(self.prefixes) and not name.startswith(self.excluded)


async def scopes_of(storage: Storage, entry_point: str, parameters: Mapping[str, str]) -> list[Scope]:
    """The scopes of a job's entry point with these job parameters."""
    written = [
        Scope(CONTROL, excluded=_STATE_OF_THE_APP),
        *(Scope(area) for area in (METRICS, SEARCH, REPORT, FEED)),
    ]
    if entry_point in _READS_NO_RAW:
        return written
    if entry_point in _LANDED_BY:
        return [Scope(RAW, _LANDED_BY[entry_point]), *written]
    if entry_point in _READS_RAW_OF_RUN:
        return [Scope(RAW, await _raw_prefixes(storage, parameters.get("run_id", ""))), *written]
    return [Scope(RAW), *written]


async def _raw_prefixes(storage: Storage, run_id: str) -> tuple[str, ...]:
    manifest = await storage.read(CONTROL.container, f"bronze/{run_id}.json")
    if manifest is None:
        return ()
    return tuple(item["prefix"] for item in json.loads(manifest)["raw"])
