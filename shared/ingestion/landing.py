"""Landing one task: ask all it asks, keep the answers as one raw blob, send what follows from them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import stamina

from shared.adapters.bus import Bus
from shared.adapters.lake import RAW, Lake
from shared.adapters.telemetry import Telemetry
from shared.errors import (
    BlobExists,
    CredentialsRejected,
    RecordNotFound,
    RetryableSourceError,
    SourceError,
)
from shared.ingestion import raw_blobs as raw
from shared.ingestion.fingerprints import Fingerprints
from shared.ingestion.outages import Hold
from shared.ingestion.raw_blobs import RawLine
from shared.ingestion.reports import landing_of
from shared.ingestion.response_cache import ResponseCache
from shared.messages.events import TaskDone
from shared.messages.tasks import DetailsParams, FetchTask
from shared.planning.expansion import expand
from shared.planning.followers import Expansion
from shared.sources import discogs, tmdb
from shared.sources.client import Answer, ApiRequest, EmptyList
from shared.sources.lanes import Lane, Permit, RequestTally

LIST_KINDS = frozenset({"tmdb.discover", "tmdb.changes", "discogs.search"})
SHARED_KINDS = frozenset({"tmdb.collection", "discogs.release", "discogs.master"})
"""Kinds that several parents ask for, also later than the queues notice a double."""
FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 4.0


class Blob(NamedTuple):
    """What a task lands: its bytes, how many lines they hold, and what follows from them."""

    data: bytes
    lines: int
    expansion: Expansion


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Desk:
    """What one message's task is worked with.

    Attributes:
        lane: the lane of its session.
        hold: the message's patience with services of our own.
        permit: raises when the task has lost its point.
    """

    lane: Lane
    hold: Hold
    permit: Permit


@dataclass(kw_only=True)
class Lander:
    """Lands tasks.

    Attributes:
        response_cache: answers that are still fresh and need not be asked for.
        fingerprints: recognises answers that are as they were.
        attempts: tries of one request before its task is sent again later.
        release_details: whether each Discogs release found is asked for too.
    """

    lake: Lake
    bus: Bus
    telemetry: Telemetry
    response_cache: ResponseCache
    fingerprints: Fingerprints
    attempts: int
    release_details: bool

    async def land(
        self,
        task: FetchTask,
        desk: Desk,
        is_redelivered: bool = False,
        only_changed: bool = False,
    ) -> TaskDone:
        """Land a task and send its children; returns the report to send.

        Args:
            task: what to ask.
            desk: what the task is worked with.
            is_redelivered: whether the message was delivered before, so that its blob may be there.
            only_changed: whether answers that a completed run has landed are left out.

        Raises:
            LanePaused: the source wants a long rest; nothing was written.
            SourceError: the answer cannot be used, or the source looks down; nothing was written. One of several
                films costs only itself: a child asks for it alone.
        """
        tally, hold = RequestTally(), desk.hold
        may_be_landed = (
            is_redelivered
            or task.attempt + task.sends + task.resent > 1
            or task.reading > 1  # the fan-in may send it twice, minutes apart
            or task.kind in SHARED_KINDS
        )
        blob = await hold(partial(self._landed, task)) if may_be_landed else None
        if blob is None:
            answers = await self._answers(task, desk, tally, only_changed)
            blob = await hold(partial(self._write, task, answers))
        data, expansion = blob.data, blob.expansion
        children = [FetchTask.create(task.run_id, task.ingest_date, params) for params in expansion.children]
        await hold(partial(self.bus.send_tasks, children))
        self._count(task, len(data), expansion)
        return landing_of(task, expansion, children, tally, len(data))

    async def _landed(self, task: FetchTask) -> Blob | None:
        data = await self.lake.read(RAW, task.blob_name)
        return None if data is None else self._stored(task, data)

    def _stored(self, task: FetchTask, data: bytes) -> Blob:
        lines = raw.decode(data)
        return Blob(data, len(lines), self._expand(task, lines).with_left(_left(task, lines)))

    async def _answers(self, task: FetchTask, desk: Desk, tally: RequestTally, only_changed: bool) -> Blob:
        """The blob of a task: held from a run shortly before, or asked for now."""
        held = await desk.hold(partial(self.response_cache.blob_of, task))
        if held is not None:
            stored = self._stored(task, held)
            tally.saved += stored.lines
            return stored
        try:
            lines = await self._fetch(task, desk, tally)
        except RecordNotFound:
            if not task.is_later_page:
                raise
            return Blob(b"", 0, Expansion(is_gone=True))  # the list shrank while it was read
        # Before anything is written: an answer of another shape must not land as if it were whole.
        expansion, left = self._expand(task, lines), _left(task, lines)
        if only_changed:
            lines = await desk.hold(partial(self.fingerprints.changed_lines, task, lines))
            # What follows has to follow from the blob, or a lost child could not be made again from it.
            changed = self._expand(task, lines) if lines else Expansion()
            expansion = replace(
                changed,
                ids=expansion.ids,
                total=expansion.total,
                head=expansion.head,
                gone_ids=expansion.gone_ids,
                passed_over=expansion.passed_over,
                facts=expansion.facts,
            )
        return Blob(raw.encode(task, lines) if lines else b"", len(lines), expansion.with_left(left))

    async def _write(self, task: FetchTask, blob: Blob) -> Blob:
        """Write the blob once; what is there already wins, so that its children stay the same."""
        if not blob.data:  # nothing changed
            return blob
        try:
            written = raw.metadata(task, blob.data, blob.lines)
            await self.lake.create(RAW, task.blob_name, blob.data, written)
        except BlobExists:
            return await self._landed(task) or blob
        return blob

    async def _fetch(self, task: FetchTask, desk: Desk, tally: RequestTally) -> list[RawLine]:
        """The answers to all a task asks; what does not answer is asked once more after the others did."""
        requests = requests_of(task)
        found = await self._ask_all(task, desk, tally, requests)
        again = [request for request in requests if isinstance(found[request.key], RetryableSourceError)]
        if again:
            found |= await self._ask_all(task, desk, tally, again)
        return [line for line in found.values() if isinstance(line, RawLine)]

    async def _ask_all(
        self, task: FetchTask, desk: Desk, tally: RequestTally, requests: Sequence[ApiRequest]
    ) -> dict[str, RawLine | SourceError]:
        """The answer to each request by its key, or why there is none; nothing is left open when one error is final."""
        is_lone = len(requests_of(task)) == 1

        async def one(request: ApiRequest) -> RawLine | SourceError:
            try:
                return await self._line(task, desk, tally, request)
            except CredentialsRejected:
                raise
            except SourceError as error:
                if is_lone or desk.lane.is_out:
                    raise
                log.warning("task %s goes on without %s: %s", task.task_id, request.path, error)
                return error

        asked = {request.key: asyncio.ensure_future(one(request)) for request in requests}
        try:
            return dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))
        finally:
            for future in asked.values():
                future.cancel()

    async def _line(self, task: FetchTask, desk: Desk, tally: RequestTally, request: ApiRequest) -> RawLine:
        if line := await self.response_cache.line_of(task.source, request):
            tally.saved += 1
            return line
        ask = partial(self._ask, desk, request, tally, task.kind not in LIST_KINDS)
        line = RawLine.of(request, await desk.hold(ask))
        await self.response_cache.keep(task.source, line)
        return line

    async def _ask(self, desk: Desk, request: ApiRequest, tally: RequestTally, keep_missing: bool) -> Answer:
        async for attempt in stamina.retry_context(
            on=RetryableSourceError,
            attempts=self.attempts,
            timeout=None,
            wait_initial=FIRST_WAIT_S,
            wait_max=LONGEST_WAIT_S,
        ):
            with attempt:
                try:
                    return await desk.lane.ask(request, tally, keep_missing, desk.permit)
                except EmptyList as error:
                    if attempt.num < self.attempts:
                        raise
                    return error.answer
        raise AssertionError("stamina ends by returning or raising")

    def _expand(self, task: FetchTask, lines: Sequence[RawLine]) -> Expansion:
        bodies: list[Any] = [line.body for line in lines if line.status == 200]
        expansion = expand(task, bodies, task.ingest_date, self.release_details)
        return replace(expansion, gone_ids=_gone_ids(task, lines))

    def _count(self, task: FetchTask, size_bytes: int, expansion: Expansion) -> None:
        for name, value in (
            ("crossfade.landed_pages", int(size_bytes > 0)),
            ("crossfade.landed_records", expansion.records),
            ("crossfade.landed_bytes", size_bytes),
        ):
            self.telemetry.count(name, value, source=task.source, kind=task.kind)


def requests_of(task: FetchTask) -> tuple[ApiRequest, ...]:
    """The requests of a task, in order."""
    ask = tmdb.requests_of if task.source == "tmdb" else discogs.requests_of
    return ask(task.params)


def _left(task: FetchTask, lines: Sequence[RawLine]) -> list[int]:
    """The films of a details task that have no line."""
    if not isinstance(task.params, DetailsParams):
        return []
    answered = {line.request.path for line in lines}
    asked = zip(task.params.film_ids, requests_of(task), strict=True)
    return [film_id for film_id, request in asked if request.path not in answered]


def _gone_ids(task: FetchTask, lines: Sequence[RawLine]) -> tuple[int, ...]:
    """Records of this task that answered 404; their addresses end with their ids."""
    if task.kind in LIST_KINDS:
        return ()
    return tuple(int(line.request.path.rsplit("/", 1)[-1]) for line in lines if line.status == 404)
