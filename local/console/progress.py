"""The live view of a run: tasks per source, request rates against the limits, the stage, the time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from local.console.summary import SOURCES, STAGES, stage_seconds

PLAIN_EVERY_S = 5.0
Clock = Callable[[], float]
Status = Mapping[str, Any]


@dataclass(frozen=True)
class Limit:
    """Requests that a source permits in a period; `unit` is how the period is shown."""

    requests: float
    period_s: float
    unit: str
    window_s: float

    def rate(self, per_s: float) -> str:
        """A rate beside the limit, such as `39.2/s of 40/s`."""
        return f"{per_s * self.period_s:.1f}/{self.unit} of {self.requests:g}/{self.unit}"


def limits(tmdb_per_s: float, discogs_per_min: float) -> dict[str, Limit]:
    """The limits of both sources; rates are means over the last 30 and 60 seconds, as batches report late."""
    return {
        "tmdb": Limit(tmdb_per_s, 1.0, "s", 30.0),
        "discogs": Limit(discogs_per_min, 60.0, "min", 60.0),
    }


class RateMeter:
    """Mean rate of a growing total over the last `window_s` seconds."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._samples: deque[tuple[float, float]] = deque()

    def add(self, at_s: float, total: float) -> None:
        """Note the total at a time."""
        self._samples.append((at_s, total))
        while len(self._samples) > 2 and self._samples[1][0] <= at_s - self._window_s:
            self._samples.popleft()

    def per_s(self) -> float:
        """Growth per second; 0 before there are two samples."""
        if len(self._samples) < 2:
            return 0.0
        (first_s, first), (last_s, last) = self._samples[0], self._samples[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else 0.0


class ProgressView:
    """Shows statuses as they come: a live table in a terminal, else a line every few seconds.

    Use as a context manager and call `show` with each status.
    """

    def __init__(self, console: Console, limits: Mapping[str, Limit], clock: Clock = time.monotonic) -> None:
        self._console, self._limits, self._clock = console, limits, clock
        self._meters = {source: RateMeter(limits[source].window_s) for source in SOURCES}
        self._start_s = clock()
        self._next_line_s = self._start_s
        self._last_state = ""
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, status: Status) -> None:
        """Show a status."""
        now_s = self._clock()
        for source, meter in self._meters.items():
            meter.add(now_s, progress_of(status, source)["requests"])
        if self._live:
            self._live.update(self._table(status, now_s - self._start_s), refresh=True)
        elif now_s >= self._next_line_s or status["state"] != self._last_state:
            self._next_line_s, self._last_state = now_s + PLAIN_EVERY_S, status["state"]
            self._console.print(self._line(status, now_s - self._start_s), soft_wrap=True, highlight=False)

    def _rate(self, source: str) -> str:
        return self._limits[source].rate(self._meters[source].per_s())

    def _line(self, status: Status, elapsed_s: float) -> str:
        rates = {source: self._rate(source) for source in SOURCES}
        return plain_line(status, rates, elapsed_s)

    def _table(self, status: Status, elapsed_s: float) -> RenderableType:
        grid = Table.grid(padding=(0, 2))
        for source in SOURCES:
            done = progress_of(status, source)
            bar = ProgressBar(total=max(done["tasks"], 1), completed=done["done"] + done["failed"], width=30)
            grid.add_row(f"  {source}", bar, *source_cells(status, source, self._rate(source)))
        state = f"run {status['run_id']}  [bold]{status['state']}[/]"
        head = f"{clock_text(elapsed_s)}  {state}  {stages_text(status)}"
        return Group(head, grid)


def plain_line(status: Status, rates: Mapping[str, str], elapsed_s: float) -> str:
    """One line of plain progress."""
    head = f"{clock_text(elapsed_s)} {status['state']}"
    if status["state"] not in ("planning", "bulk", "ingesting"):
        return f"{head}: {stages_text(status)}"
    sources = (f"{source} {', '.join(source_cells(status, source, rates[source]))}" for source in SOURCES)
    return f"{head}: {'; '.join(sources)}"


def source_cells(status: Status, source: str, rate: str) -> list[str]:
    """The cells of a source: tasks, records, rate, and failures if there are any."""
    found = progress_of(status, source)
    ended = found["done"] + found["failed"]
    trouble = {name: found[name] for name in ("failed", "retries", "throttled") if found[name]}
    return [
        f"{ended:,} of {found['tasks']:,} pages",
        f"{found['records']:,} of {max(found['records'], found['listed']):,} records",
        rate if ended < found["tasks"] or not ended else "all read",
        *(f"{count:,} {name}" for name, count in trouble.items()),
        *trouble_text(status.get("troubles", {}).get(source)),
    ]


def trouble_text(trouble: Mapping[str, Any] | None) -> list[str]:
    """What is wrong with a source, since when, and when it is tried again; nothing when all is well."""
    if not trouble:
        return []
    again = f", tried again at {_time(trouble['again_at'])}" if trouble.get("again_at") else ""
    return [f"{trouble['kind']} since {_time(trouble['since'])} ({trouble['reason']}){again}"]


def _time(moment: str) -> str:
    """The time of day of a moment, UTC."""
    return f"{datetime.fromisoformat(moment).astimezone(UTC):%H:%M:%S} UTC"


def stages_text(status: Status) -> str:
    """The stages begun so far with their seconds, such as `ingest 71.2 s, silver running`."""
    begun = [
        stage for stage in ("bulk", *STAGES) if (status.get("stages", {}).get(stage) or {}).get("started_at")
    ]
    return ", ".join(f"{stage} {_stage_text(stage_seconds(status, stage))}" for stage in begun)


def clock_text(elapsed_s: float) -> str:
    """Minutes and seconds, such as `01:23`."""
    minutes, seconds = divmod(int(elapsed_s), 60)
    return f"{minutes:02d}:{seconds:02d}"


def progress_of(status: Status, source: str) -> dict[str, int]:
    """The counts of a source, 0 where the status does not have them yet."""
    names = ("tasks", "done", "failed", "records", "listed", "requests", "retries", "throttled")
    found = status.get("progress", {}).get(source, {})
    return {name: int(found.get(name, 0)) for name in names}


def _stage_text(seconds: float | None) -> str:
    return "running" if seconds is None else f"{seconds:.1f} s"
