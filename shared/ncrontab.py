"""Schedules of timer triggers, as Azure Functions takes them: NCRONTAB, or a TimeSpan."""

from __future__ import annotations

import re

# Largest number in each field: second, minute, hour, day, month, day of the week.
_CRON_LIMITS = (59, 59, 23, 31, 12, 7)
_CRON_PART = re.compile(r"(\*|\w+(-\w+)?)(/\d+)?", re.ASCII)
_TIMESPAN = re.compile(r"(\d+\.)?\d{1,2}:\d{2}:\d{2}", re.ASCII)


def is_schedule(text: str) -> bool:
    """Whether a text has the form of an NCRONTAB, with seconds or without, or of a TimeSpan."""
    fields = text.split()
    if len(fields) not in (5, 6):
        return _TIMESPAN.fullmatch(text.strip()) is not None
    return all(map(_is_cron_field, fields, _CRON_LIMITS[-len(fields) :]))


def _is_cron_field(field: str, limit: int) -> bool:
    return all(
        _CRON_PART.fullmatch(part) and all(int(number) <= limit for number in re.findall(r"\d+", part))
        for part in field.split(",")
    )
