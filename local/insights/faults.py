"""Being down or slow on purpose."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

from local.insights.envelopes import Rejection

PARTIAL = 206
_LONGEST_DELAY_S = 600.0


class BadFault(Exception):
    """A fault plan cannot be used; the message names the field."""


@dataclass(frozen=True)
class Faults:
    """What goes wrong from now on: an HTTP status instead of an answer (206: every other item is
    refused for now, as when throttled), a delay before each answer, and the Retry-After to send.
    """

    status: int | None = None
    delay_s: float = 0.0
    retry_after_s: int | None = None

    @classmethod
    def parse(cls, body: bytes) -> Faults:
        """From a JSON object; an empty one ends all faults. Raises BadFault."""
        try:
            plan = json.loads(body or b"{}")
        except ValueError as error:
            raise BadFault(f"not JSON: {error}") from error
        if not isinstance(plan, dict) or not plan.keys() <= {field.name for field in fields(cls)}:
            raise BadFault(f"expected an object with {', '.join(field.name for field in fields(cls))}")
        faults = cls(plan.get("status"), plan.get("delay_s", 0.0), plan.get("retry_after_s"))
        faults._check()
        return faults

    def as_json(self) -> dict[str, object]:
        """The plan as it is."""
        return asdict(self)

    def _check(self) -> None:
        if self.status is not None and not _is_within(self.status, PARTIAL, 599):
            raise BadFault(f"status must be {PARTIAL} to 599, not {self.status!r}")
        if not _is_within(self.delay_s, 0, _LONGEST_DELAY_S):
            raise BadFault(f"delay_s must be 0 to {_LONGEST_DELAY_S:g}, not {self.delay_s!r}")
        if self.retry_after_s is not None and not _is_within(self.retry_after_s, 0, 3600):
            raise BadFault(f"retry_after_s must be 0 to 3600, not {self.retry_after_s!r}")


def throttled(count: int) -> list[Rejection]:
    """The refusals of a partial success: every other one of `count` items, to be sent again."""
    return [Rejection(index, 429, "throttled") for index in range(1, count, 2)]


def _is_within(value: object, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
