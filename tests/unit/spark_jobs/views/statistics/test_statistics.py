"""Ranks, coefficients, percentiles and Welch's interval, against SciPy and pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from spark_jobs.views.films.franchises import Sample, effects, welch
from spark_jobs.views.statistics.correlations import average_ranks, coefficient, correlate
from spark_jobs.views.statistics.distributions import PERCENTILES, describe
from spark_jobs.views.statistics.films_by_group import MEASURES, Values


def measures(**given: list[float | None]) -> Values:
    """Values of all measures; those not given are unknown."""
    size = max(map(len, given.values()))
    unknown = np.full(size, np.nan)
    return {name: np.array(given[name], float) if name in given else unknown for name in MEASURES}


@given(st.lists(st.integers(0, 8), min_size=1, max_size=40))
def test_ties_share_the_mean_of_their_ranks(codes: list[int]) -> None:
    """Ranks are SciPy's average ranks."""
    assert average_ranks(np.array(codes)) == pytest.approx(stats.rankdata(codes))


def test_coefficients_are_of_the_films_with_both_known() -> None:
    """Pearson and Spearman equal SciPy's on the complete pairs, ties and all."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"budget": rng.integers(1, 9, 60), "revenue": rng.lognormal(0, 2, 60)}).astype(float)
    frame.loc[::7, "budget"], frame.loc[::5, "revenue"] = np.nan, np.nan
    rows = {(r["measure_a"], r["measure_b"]): r for r in correlate(measures(**frame.to_dict("list")))}
    assert len(rows) == 36
    both, row = frame.dropna(), rows["budget", "revenue"]
    assert row["n"] == len(both)
    assert row["pearson"] == pytest.approx(stats.pearsonr(both.budget, both.revenue)[0], abs=1e-6)
    assert row["spearman"] == pytest.approx(stats.spearmanr(both.budget, both.revenue)[0], abs=1e-6)
    assert rows["budget", "roi"] | {"measure_a": "", "measure_b": ""} == {
        "measure_a": "", "measure_b": "", "n": 0, "pearson": None, "spearman": None,
    }  # fmt: skip


def test_too_few_or_equal_values_have_no_coefficient() -> None:
    """Two films, or a measure that never changes, say nothing; a straight line says 1 or -1."""
    up, flat = np.array([1.0, 2.0, 3.0]), np.array([5.0, 5.0, 5.0])
    assert coefficient(up[:2], up[:2]) is None
    assert coefficient(up, flat) is None
    assert coefficient(flat, up) is None
    assert (coefficient(up, 2 * up), coefficient(up, -up)) == (1.0, -1.0)


def test_distributions_equal_those_of_pandas() -> None:
    """Percentiles, mean and sd are pandas' own; one value has no sd, none has n of 0 alone."""
    rng = np.random.default_rng(2)
    revenue = pd.Series(rng.lognormal(10, 2, 101))
    rows = {r["measure"]: r for r in describe(measures(revenue=revenue.tolist(), roi=[2.5] + [None] * 100))}
    found = rows["revenue"]
    assert (found["n"], found["mean"], found["sd"]) == pytest.approx((101, revenue.mean(), revenue.std()))
    assert [found[f"p{p}"] for p in PERCENTILES] == pytest.approx(
        [revenue.quantile(p / 100) for p in PERCENTILES]
    )
    assert (found["min"], found["max"]) == pytest.approx((revenue.min(), revenue.max()))
    assert rows["roi"] == {"measure": "roi", "n": 1} | dict.fromkeys(
        ["mean", "min", "max", *(f"p{p}" for p in PERCENTILES)], 2.5
    )
    assert rows["budget"] == {"measure": "budget", "n": 0}


def test_the_interval_is_welchs() -> None:
    """Difference and 95 % interval equal SciPy's test of unequal variances."""
    rng = np.random.default_rng(3)
    one, other = rng.normal(5, 1, 12), rng.normal(4, 3, 40)
    known = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    samples = (Sample(len(x), float(x.mean()), float(x.var(ddof=1))) for x in (one, other))
    assert welch(*samples) == pytest.approx((one.mean() - other.mean(), known.low, known.high))


def test_single_films_and_equal_values_are_defined() -> None:
    """One value has no interval; two groups without variation have one without width; no films still give rows."""
    assert welch(Sample(1, 5.0, 0.0), Sample(9, 4.0, 1.0)) is None
    assert welch(Sample(2, 5.0, 0.0), Sample(2, 4.0, 0.0)) == (1.0, 1.0, 1.0)
    rows = effects([])
    assert [row["measure"] for row in rows] == ["revenue", "roi", "rating", "budget", "popularity"]
    assert {(row["franchise_n"], row["standalone_n"], row["difference"]) for row in rows} == {(0, 0, None)}
