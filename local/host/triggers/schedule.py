"""When a timer fires: NCRONTAB (six fields, seconds first, or five) or a constant TimeSpan, in UTC."""

from __future__ import annotations

import datetime as dt

from croniter import CroniterError, croniter

from local.host.errors import SettingError
from local.host.settings import timespan_s


class Schedule:
    """A timer's schedule; ``SettingError`` naming the function when the expression cannot be read."""

    def __init__(self, expression: str, function: str) -> None:
        self._expression = expression.strip()
        self._interval_s: float | None = None
        if ":" in self._expression:
            self._interval_s = timespan_s(self._expression)
            if self._interval_s <= 0:
                raise SettingError(f"function {function}: the schedule '{expression}' is no interval")
            return
        self._has_seconds = len(self._expression.split()) == 6
        try:
            self.next_after(dt.datetime.now(dt.UTC))
        except CroniterError as error:
            raise SettingError(
                f"function {function}: the schedule '{expression}' is not NCRONTAB: {error}"
            ) from None

    def next_after(self, moment: dt.datetime) -> dt.datetime:
        """The first occurrence after ``moment`` (aware, UTC)."""
        if self._interval_s is not None:
            return moment + dt.timedelta(seconds=self._interval_s)
        occurrences = croniter(self._expression, moment, dt.datetime, second_at_beginning=self._has_seconds)
        found: dt.datetime = occurrences.get_next()
        return found

    def is_minutely_or_rarer(self, moment: dt.datetime) -> bool:
        """Whether two occurrences lie a minute or more apart: such timers are monitored by default."""
        first = self.next_after(moment)
        return self.next_after(first) - first >= dt.timedelta(minutes=1)
