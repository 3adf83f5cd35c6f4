"""Fault plans."""

from __future__ import annotations

from collections import Counter

import pytest

from local.catalog.server.faults import BREAKS, BadPlanError, SourceFaults, parse_plan, redacted


def _faults(plan: dict[str, object], source: str = "tmdb", now: list[float] | None = None) -> SourceFaults:
    times = now or [0.0]
    faults = SourceFaults(source, lambda: times[0])
    faults.set(parse_plan(plan))
    return faults


def test_the_empty_plan_is_quiet() -> None:
    """{} harms nothing."""
    faults = _faults({})
    assert faults.is_quiet and not faults.is_out
    assert (faults.draw(), faults.delay_s(), faults.shift(), faults.token("old")) == (None, 0.0, 0, "old")


def test_the_same_seed_draws_the_same_faults() -> None:
    """Two runs of one plan go wrong at the same requests; another seed goes wrong elsewhere."""
    plan = {"error_5xx": {"rate": 0.3}, "reset": {"rate": 0.2}}
    one, same, other = (_draws({"seed": seed} | plan) for seed in (4, 4, 5))
    assert one == same != other


def _draws(plan: dict[str, object]) -> list[str | None]:
    faults = _faults(plan)
    return [faults.draw() for _ in range(200)]


def test_rates_are_kept() -> None:
    """A rate of 0.25 befalls about a quarter, 0 nothing and 1 everything."""
    counts = Counter(_draws({"seed": 1, "truncated_json": {"rate": 0.25}}))
    assert 25 < counts["truncated_json"] < 75
    assert set(_draws({"error_in_200": {"rate": 1}})) == {"error_in_200"}


@pytest.mark.parametrize("name", BREAKS)
def test_a_source_may_have_its_own_plan(name: str) -> None:
    """A key under one source holds for that source and wins over the global one."""
    plan = {name: {"rate": 1}, "discogs": {name: {"rate": 0}}}
    assert _faults(plan, "tmdb").draw() == name
    assert _faults(plan, "discogs").draw() is None


def test_an_outage_ends_by_itself() -> None:
    """An outage lasts its seconds from the moment the plan is set."""
    now = [100.0]
    faults = _faults({"outage": {"seconds": 5}}, now=now)
    now[0] = 104.9
    assert faults.is_out
    now[0] = 105.0
    assert not faults.is_out


def test_rotated_keys() -> None:
    """null and true refuse every token, a string is the new one, false keeps the old."""
    tokens = [
        _faults({"rotate_keys": {"tmdb_token": value}}).token("old") for value in (None, True, "new", False)
    ]
    assert tokens == [None, None, "new", "old"]
    assert _faults({"rotate_keys": {"tmdb_token": None}}, "discogs").token("old") == "old"


def test_delays_add_up() -> None:
    """slow_s and latency hold an answer back together."""
    faults = _faults({"slow_s": 2, "latency": {"min_ms": 100, "max_ms": 300}})
    assert all(2.1 <= faults.delay_s() <= 2.3 for _ in range(50))


def test_rows_move_by_a_few_places() -> None:
    """Shifted pages move by one to three places, either way."""
    faults = _faults({"shifting_rows": {"rate": 1}})
    assert {faults.shift() for _ in range(200)} == {-3, -2, -1, 1, 2, 3}


@pytest.mark.parametrize(
    ("plan", "named"),
    [
        ({"storms": {}}, "storms"),
        ({"tmdb": {"reset": {"rate": -1}}}, "tmdb.reset.rate"),
        ({"seed": "x"}, "seed"),
    ],
)
def test_a_bad_plan_is_named(plan: dict[str, object], named: str) -> None:
    """A bad plan is refused with the path of the bad key."""
    with pytest.raises(BadPlanError, match=named):
        parse_plan(plan)


def test_new_tokens_are_masked() -> None:
    """Showing a plan shows no token."""
    plan = parse_plan({"tmdb": {"rotate_keys": {"tmdb_token": "new"}}, "slow_s": 1})
    assert redacted(plan) == {"tmdb": {"rotate_keys": {"tmdb_token": "***"}}, "slow_s": 1.0}
