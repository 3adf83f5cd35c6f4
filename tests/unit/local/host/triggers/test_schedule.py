from __future__ import annotations

import datetime as dt

import pytest

from local.host.errors import SettingError
from local.host.triggers.schedule import Schedule

NOON = dt.datetime(2026, 11, 20, 12, 0, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 0 */4 * * *", "2026-11-20T16:00:00+00:00"),
        ("*/5 * * * * *", "2026-11-20T12:00:05+00:00"),
        ("0 * * * *", "2026-11-20T13:00:00+00:00"),
        ("30 5 9 * * 1-5", "2026-11-23T09:05:30+00:00"),
        ("00:10:00", "2026-11-20T12:10:00+00:00"),
    ],
)
def test_the_next_occurrence(expression: str, expected: str) -> None:
    """Six fields start with seconds, five have none, a time span is an interval."""
    assert Schedule(expression, "plan").next_after(NOON).isoformat() == expected


@pytest.mark.parametrize("expression", ["", "every hour", "0 0 0 0 0 0 0 0", "61 * * * * *", "00:00:00"])
def test_a_wrong_expression_names_its_function(expression: str) -> None:
    """An expression that cannot be read stops the start."""
    with pytest.raises(SettingError, match="function plan: the schedule"):
        Schedule(expression, "plan")


def test_timers_of_a_minute_or_more_are_monitored() -> None:
    """The default of use_monitor follows the interval."""
    assert Schedule("0 */1 * * * *", "watch").is_minutely_or_rarer(NOON)
    assert not Schedule("*/10 * * * * *", "watch").is_minutely_or_rarer(NOON)
