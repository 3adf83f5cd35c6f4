"""What of a lake came from one source: blobs by name, tables, and entries of the sets of tables. Pure.

Gold, the search index, reports, the feed and what the matcher remembers hold both sources in one row, so they go whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from spark_jobs.schemas.tables import QUARANTINE, SILVER
from spark_jobs.silver.expiry import SOURCE_OF

Source = Literal["tmdb", "discogs"]
RAW, SILVER_TABLES, CONTROL, METRICS = "raw", "intermediate", "control", "metrics"
WHOLE = ("gold", "feed")
"""Containers of which everything goes."""
CONTAINERS = (RAW, SILVER_TABLES, *WHOLE, METRICS, CONTROL)
WHOLE_AREAS = ("search", "report", "state", "feed")
"""Areas of the jobs' files on one machine of which everything goes."""
SILVER_SET = "tables/silver.json"
_TABLE = re.compile(r"^tables/([^/]+)(/|$)")
_OWN_CONTROL: Mapping[Source, re.Pattern[str]] = {
    "tmdb": re.compile(
        r"^(exports/tmdb-|sources/tmdb\.|runs/[^/]+/(known/tmdb\.|failed/tmdb\.|unfound\.json$))"
    ),
    "discogs": re.compile(r"^(dumps/discogs\.|sources/discogs\.|runs/[^/]+/(known|failed)/discogs\.)"),
}
"""What tells a run where the ones before have come to in a source, names its records, or quotes it."""
_MIXED_CONTROL = re.compile(r"^(tables/gold\.json$|fingerprints/)")
_SHOWS_ROWS = re.compile(r"\.html$|/(quality|matching)\.json$")
"""Reports, and figures that come with examples."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is removed for a source."""

    source: Source

    @property
    def tables(self) -> frozenset[str]:
        """Silver tables of the source, and the records that were refused, which are of either."""
        own = {table.name for table in SILVER if SOURCE_OF.get(str(table.key)) == self.source}
        return frozenset(own | {QUARANTINE.name})

    def has(self, container: str, name: str) -> bool:
        """Whether a blob is removed."""
        if container in WHOLE:
            return True
        if container == RAW:
            return name == self.source or name.startswith(f"{self.source}/")
        if container == SILVER_TABLES:
            found = _TABLE.match(name)
            return found is not None and found[1] in self.tables
        if container == METRICS:
            return _SHOWS_ROWS.search(name) is not None
        return container == CONTROL and any(
            each.match(name) for each in (_OWN_CONTROL[self.source], _MIXED_CONTROL)
        )

    def silver_set(self, data: bytes) -> bytes:
        """The set of silver without the tables that are removed, nor in the set before."""
        return json.dumps(self._without(json.loads(data)), indent=1).encode()

    def _without(self, value: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: entry for name, entry in value["tables"].items() if name not in self.tables}
        before = value.get("previous")
        return {**value, "tables": kept, "previous": self._without(before) if before else None}
