"""Hashes of answers that completed runs have landed, so that an incremental run lands only what changed.

Kept in shards of about a thousand records (`control/fingerprints/…`), each entry with the run that landed it. An entry
counts only when that run completed: what a failed run landed no table has seen. Nor does it count once half the time
is over for which the source's answers are kept: the answer lands again, and its row is not taken for one not seen.
Shards are read once and written when nobody uses them any more, or a minute after they changed; a lost write only means
that an unchanged answer lands once more.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import date, timedelta

from shared.adapters.lake import CONTROL, Lake
from shared.errors import StaleWrite
from shared.ingestion.outages import is_outage
from shared.ingestion.raw_blobs import RawLine
from shared.messages.tasks import DetailsParams, FetchTask, SearchParams
from shared.runs.store import RunStore
from shared.sources.client import ApiRequest

RECORDS_PER_SHARD = 1_000
SHARDS_IN_MEMORY = 128
SAVE_AFTER_S = 60.0
Shard = dict[str, tuple[str, str]]
log = logging.getLogger(__name__)


class Fingerprints:
    """Recognises answers that are as a completed run landed them."""

    def __init__(
        self,
        lake: Lake,
        runs: RunStore,
        clock: Callable[[], float] = time.monotonic,
        kept: Mapping[str, timedelta] | None = None,
    ) -> None:
        self._lake = lake
        self._runs = runs
        self._clock = clock
        self._kept = kept or {}
        self._users = 0
        self._due_s: float | None = None
        self._shards: OrderedDict[str, Shard] = OrderedDict()
        self._etags: dict[str, str | None] = {}
        self._changed: set[str] = set()
        self._completed: dict[str, date | None] = {}

    @asynccontextmanager
    async def in_use(self) -> AsyncIterator[None]:
        """Around the work on one task: the last one out, or the first after a minute, saves what changed."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
        if self._due_s is not None and (self._users == 0 or self._clock() >= self._due_s):
            try:
                await self.save()
            except Exception as error:
                if not is_outage(error):
                    raise
                log.warning("fingerprints cannot be saved: %s", type(error).__name__)

    async def changed_lines(self, task: FetchTask, lines: Iterable[RawLine]) -> list[RawLine]:
        """The lines that no completed run has landed like this; remembers them."""
        if not _is_comparable(task):
            return list(lines)
        changed = []
        for line in lines:
            name = _shard_of(task, line.request)
            shard, key, digest = await self._shard(name), line.request.key, _digest(line)
            known = shard.get(key)
            if known and known[0] == digest and await self._counts(known[1], task):
                continue
            changed.append(line)
            shard = await self._shard(name)  # it may have been written and forgotten meanwhile
            shard[key] = (digest, task.run_id)
            self._changed.add(name)
            self._due_s = self._clock() + SAVE_AFTER_S if self._due_s is None else self._due_s
        return changed

    async def save(self) -> None:
        """Write the shards that changed; one that somebody else wrote meanwhile is dropped instead."""
        self._due_s = None
        while self._changed:
            name = self._changed.pop()
            data, etag = json.dumps(self._shards[name], separators=(",", ":")).encode(), self._etags[name]
            self._forget(name)
            try:
                await self._lake.replace(CONTROL, name, data, etag)
            except StaleWrite:
                log.info("fingerprints %s were written by another instance", name)
        for name in list(self._shards)[:-SHARDS_IN_MEMORY]:
            self._forget(name)

    async def _shard(self, name: str) -> Shard:
        if name not in self._shards:
            found = await self._lake.read_versioned(CONTROL, name)
            if name not in self._shards:  # nobody else read it meanwhile
                self._shards[name] = json.loads(found.data) if found else {}
                self._etags[name] = found.etag if found else None
        return self._shards[name]

    async def _counts(self, run_id: str, task: FetchTask) -> bool:
        """Whether what a run landed is in the tables, and young enough to stay there."""
        landed_on, kept = await self._completed_on(run_id), self._kept.get(task.source)
        return landed_on is not None and (kept is None or task.ingest_date - landed_on <= kept / 2)

    async def _completed_on(self, run_id: str) -> date | None:
        """The day of a run that completed; None for any other."""
        if run_id not in self._completed:
            state = await self._runs.find(run_id)
            if state is None or state.is_active:
                return None
            self._completed[run_id] = state.ingest_date if state.state == "completed" else None
        return self._completed[run_id]

    def _forget(self, name: str) -> None:
        self._shards.pop(name, None)
        self._etags.pop(name, None)


def _is_comparable(task: FetchTask) -> bool:
    """Whether nothing but the records themselves follows from the answers."""
    match task.params:
        case DetailsParams():
            return True
        case SearchParams() as params:
            return params.page > params.first and params.until is None
        case _:
            return False


def _shard_of(task: FetchTask, request: ApiRequest) -> str:
    if isinstance(task.params, SearchParams):
        return f"fingerprints/{task.kind}/{task.params.year or 'all'}.json"
    record_id = int(request.path.rsplit("/", 1)[-1])
    return f"fingerprints/{task.kind}/{record_id // RECORDS_PER_SHARD:06d}.json"


def _digest(line: RawLine) -> str:
    return hashlib.sha256(f"{line.status}|{line.text}".encode()).hexdigest()[:32]
