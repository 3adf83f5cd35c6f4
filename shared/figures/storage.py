"""Measures once a night what the lake holds, and keeps it in `control/storage.json`.

Raw blobs are counted by day, and a day that is over is counted once; the other containers are listed whole. The app may
not open tables of silver, and lists none of gold: their jobs say once a day how large the current versions are
(`control/tables/sizes.json`).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from shared.adapters.lake import CONTROL, GOLD, METRICS, RAW, Lake
from shared.adapters.telemetry import Telemetry
from shared.figures.stored import KEPT, Measurement, StorageBook

STORAGE = "storage.json"
TABLE_SIZES = "tables/sizes.json"
OPEN_DAYS = 2
"""Days that may still get blobs: a run keeps the day it began on."""
DATE_FOLDER = "ingest_date="
GOLD_FILES = ("report/", "search/", "state/")
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class StorageMeter:
    """Measures, and tells telemetry."""

    lake: Lake
    telemetry: Telemetry
    now: Callable[[], datetime]

    async def measure(self) -> StorageBook:
        """Measure everything, and keep it."""
        book, now = await read_storage(self.lake), self.now()
        days = {day: size async for day, size in self._raw_days(book.raw_days, now.date())}
        measured = Measurement(at=now, areas={"raw": sum(days.values()), **await self._others()})
        changed = StorageBook(measured=(*book.measured, measured)[-KEPT:], raw_days=days)
        await self.lake.put(CONTROL, STORAGE, changed.model_dump_json().encode())
        for area, size in measured.areas.items():
            self.telemetry.gauge("crossfade.stored", size, area=area)
        return changed

    async def _raw_days(self, known: dict[str, int], today: date) -> AsyncIterator[tuple[str, int]]:
        for source in await self.lake.folders(RAW, ""):
            for kind in await self.lake.folders(RAW, f"{source}/"):
                for folder in await self.lake.folders(RAW, f"{source}/{kind}/"):
                    day = f"{source}/{kind}/{folder}"
                    is_over = day in known and _is_over(folder, today)
                    yield day, known[day] if is_over else await self.lake.size_bytes(RAW, f"{day}/")

    async def _others(self) -> dict[str, int]:
        files = [await self.lake.size_bytes(GOLD, prefix) for prefix in GOLD_FILES]
        sizes: dict[str, Any] = await self.lake.read_json(CONTROL, TABLE_SIZES) or {}
        tables: dict[str, int] = sizes.get("bytes", {})
        return {
            "control": await self.lake.size_bytes(CONTROL, ""),
            "metrics": await self.lake.size_bytes(METRICS, ""),
            "gold_files": sum(files),
            **{
                f"{stage}_tables": sum(size for name, size in tables.items() if name.startswith(f"{stage}."))
                for stage in ("silver", "gold")
            },
        }


async def read_storage(lake: Lake) -> StorageBook:
    """What was measured so far; begun anew where it cannot be read."""
    data = await lake.read(CONTROL, STORAGE)
    if data is None:
        return StorageBook()
    try:
        return StorageBook.model_validate_json(data)
    except ValidationError:
        log.exception("control/%s cannot be read; it is begun anew", STORAGE)
        return StorageBook()


def _is_over(folder: str, today: date) -> bool:
    """Whether the day of a folder gets no blobs any more; False for a name that is no day."""
    try:
        day = date.fromisoformat(folder.removeprefix(DATE_FOLDER))
    except ValueError:
        return False
    return today - day > timedelta(days=OPEN_DAYS)
