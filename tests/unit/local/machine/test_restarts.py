"""How often a part may be started again."""

from __future__ import annotations

from local.machine.child import MOST_RESTARTS, WINDOW_S, Restarts


def test_three_restarts_a_minute_and_part() -> None:
    """The fourth within a minute is refused, and another part has its own; a minute later it may again."""
    now_s = 0.0
    restarts = Restarts(lambda: now_s)
    assert [restarts.may("host") for _ in range(MOST_RESTARTS + 1)] == [True, True, True, False]
    assert restarts.may("catalog")
    now_s = WINDOW_S
    assert restarts.may("host")
