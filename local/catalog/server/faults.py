"""Fault plans: which answers go wrong, drawn from a seeded generator.

A plan is a JSON object. A key at the top holds for both sources; the same key under "tmdb" or "discogs" holds
for that source and wins. `{}` is the quiet plan.

- `seed` (int) of all random choices; one generator a source, so one source's traffic does not move the other's.
- `storm_429` {rate, retry_after_s}, `error_5xx` {rate}, `reset` {rate}, `truncated_json` {rate},
  `wrong_content_type` {rate}, `error_in_200` {rate}: at most one of these hits a request, tried in this order.
- `edge_page` {rate, status}: a page in HTML with that status, 403 where none is given, as a network in front of the
  source sends it.
- `packed_body`, `missing_parts`, `error_in_parts`, `bare_error`, `other_record`, `no_collection_id`, `empty_list`,
  `empty_page`, `odd_rows`, `gone_page`, each {rate}: odd answers, see `local.catalog.server.odd_answers`. One that does
  not fit a request leaves its answer as it is. Of all of these, too, at most one hits a request.
- `records` {path: fault}: the fault, by its name, that always hits the answers of a path, such as
  {"movie/7040": "error_5xx"}; what is drawn for other paths stays the same.
- `shifting_rows` {rate}: rows of a discover or search page moved by up to three places.
- `latency` {min_ms, max_ms} and `slow_s`: seconds an answer is held back; both add up.
- `outage` {seconds}: 503 for everything, from the moment the plan is set.
- `rotate_keys` {tmdb_token, discogs_token}: true or null refuses the old token with 401 and accepts none; a
  string is the token accepted instead; false changes nothing.
"""

from __future__ import annotations

import random
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.catalog.server.limits import Clock
from local.catalog.server.odd_answers import ODD_ANSWERS

SOURCES = ("tmdb", "discogs")
BREAKS = (
    "storm_429",
    "error_5xx",
    "reset",
    "truncated_json",
    "wrong_content_type",
    "error_in_200",
    "edge_page",
    *ODD_ANSWERS,
)
MAX_SHIFT = 3


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rate(_Part):
    """Share of the requests, 0 to 1, that a fault hits."""

    rate: float = Field(default=0.0, ge=0, le=1)


class Storm(Rate):
    """Answers 429 with `Retry-After: retry_after_s`."""

    retry_after_s: int = Field(default=1, ge=0)


class EdgePage(Rate):
    """Answers with a page in HTML and this status."""

    status: int = Field(default=403, ge=200, le=599)


class Latency(_Part):
    """Uniform delay in milliseconds."""

    min_ms: float = Field(default=0.0, ge=0)
    max_ms: float = Field(default=0.0, ge=0)


class Outage(_Part):
    """Seconds of 503 from the moment the plan is set."""

    seconds: float = Field(ge=0)


class RotateKeys(_Part):
    """Tokens from now on; None or True: the old one is refused and there is no new one."""

    tmdb_token: str | bool | None = False
    discogs_token: str | bool | None = False


class SourcePlan(_Part):
    """The faults of one source, or of both."""

    storm_429: Storm = Storm()
    error_5xx: Rate = Rate()
    reset: Rate = Rate()
    truncated_json: Rate = Rate()
    wrong_content_type: Rate = Rate()
    error_in_200: Rate = Rate()
    edge_page: EdgePage = EdgePage()
    packed_body: Rate = Rate()
    missing_parts: Rate = Rate()
    error_in_parts: Rate = Rate()
    bare_error: Rate = Rate()
    other_record: Rate = Rate()
    no_collection_id: Rate = Rate()
    empty_list: Rate = Rate()
    empty_page: Rate = Rate()
    odd_rows: Rate = Rate()
    gone_page: Rate = Rate()
    records: dict[str, Literal[BREAKS]] = Field(default_factory=dict)  # type: ignore[valid-type]
    shifting_rows: Rate = Rate()
    latency: Latency = Latency()
    outage: Outage = Outage(seconds=0)
    rotate_keys: RotateKeys = RotateKeys()
    slow_s: float = Field(default=0.0, ge=0)


class Plan(SourcePlan):
    """A whole fault plan, as `POST /_faults` takes it."""

    seed: int = 0
    tmdb: SourcePlan = SourcePlan()
    discogs: SourcePlan = SourcePlan()

    def for_source(self, source: str) -> SourcePlan:
        """Return the plan of a source: its own keys over the global ones."""
        shared = {name: getattr(self, name) for name in SourcePlan.model_fields}
        own: SourcePlan = getattr(self, source)
        return SourcePlan(**shared | {name: getattr(own, name) for name in own.model_fields_set})


class BadPlanError(ValueError):
    """The posted fault plan is not one; the message names the bad key."""


def parse_plan(data: Any) -> Plan:
    """Return the plan that a JSON value describes; raise BadPlanError naming what is wrong."""
    try:
        return Plan.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "plan"
        raise BadPlanError(f"fault plan: {place}: {first['msg']}") from None


class SourceFaults:
    """Draws the faults of one source; setting a plan restarts the generator and the outage."""

    def __init__(self, source: str, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self.set(Plan())

    def set(self, plan: Plan) -> None:
        """Use `plan` from now on."""
        self._plan = plan.for_source(self._source)
        self._random = random.Random(f"{plan.seed}/{self._source}")  # noqa: S311 - faults, not secrets
        self._outage_until_s = self._clock() + self._plan.outage.seconds
        self.is_quiet = self._plan == SourcePlan()

    @property
    def is_out(self) -> bool:
        """Whether an outage is under way."""
        return not self.is_quiet and self._clock() < self._outage_until_s

    @property
    def retry_after_s(self) -> int:
        """Seconds that a storm's 429 asks the client to wait."""
        return self._plan.storm_429.retry_after_s

    def token(self, configured: str) -> str | None:
        """Return the token accepted now; None when none is."""
        new: str | bool | None = getattr(self._plan.rotate_keys, f"{self._source}_token")
        if new is False:
            return configured
        return new if isinstance(new, str) else None

    def delay_s(self) -> float:
        """Draw the seconds to hold an answer back."""
        low, high = self._plan.latency.min_ms, self._plan.latency.max_ms
        drawn_ms = self._random.uniform(low, high) if high > 0 else 0.0
        return self._plan.slow_s + drawn_ms / 1000

    @property
    def edge_status(self) -> int:
        """Status of a page of the edge."""
        return self._plan.edge_page.status

    def draw(self, path: str = "") -> str | None:
        """Return which of BREAKS hits a request, if any: the one its path always has, or a drawn one."""
        if path in self._plan.records:
            fault: str = self._plan.records[path]
            return fault
        for name in BREAKS:
            rate = getattr(self._plan, name).rate
            if rate and self._random.random() < rate:
                return name
        return None

    def shift(self) -> int:
        """Draw by how many rows a page has moved; mostly 0."""
        rate = self._plan.shifting_rows.rate
        if not rate or self._random.random() >= rate:
            return 0
        return self._random.choice([-1, 1]) * self._random.randint(1, MAX_SHIFT)


def redacted(plan: Plan) -> dict[str, Any]:
    """Return what was set in the plan as JSON values, with the tokens masked."""
    shown: dict[str, Any] = plan.model_dump(exclude_unset=True)
    for part in (shown, shown.get("tmdb", {}), shown.get("discogs", {})):
        keys = part.get("rotate_keys", {})
        keys.update({name: "***" for name, token in keys.items() if isinstance(token, str)})
    return shown
