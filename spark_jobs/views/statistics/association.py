"""How two columns of films go together: correlations, and a regression with controls (pandas, on the driver)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.regression.linear_model import OLS

MIN_FILMS = 30
FILMS_PER_COEFFICIENT = 10
MIN_GROUP = 5
NUMERIC_CONTROLS = ("log_budget", "log_votes", "log_releases")
GROUP_CONTROLS = ("decade", "genre")
_LEVEL = 0.95
_FLAT = 1e-9  # spread, relative to size, under which a column is constant but for rounding


class TooLittle(ValueError):
    """The data cannot answer; the message says why, for a person."""


@dataclass(frozen=True, slots=True)
class Association:
    """An estimate with its 95 % interval and two-sided p."""

    estimate: float
    low: float
    high: float
    p: float


def pearson(films: pd.DataFrame) -> Association:
    """Pearson's correlation of `outcome` and `styles`. Raises TooLittle."""
    _check(films, MIN_FILMS)
    found = stats.pearsonr(films["styles"], films["outcome"])
    return _with_interval(float(found.statistic), float(found.pvalue), 1 / (len(films) - 3))


def spearman(films: pd.DataFrame) -> Association:
    """Spearman's rank correlation of `outcome` and `styles`; ties have mean ranks. Raises TooLittle."""
    _check(films, MIN_FILMS)
    found = stats.spearmanr(films["styles"], films["outcome"])
    rho = float(found.statistic)
    return _with_interval(rho, float(found.pvalue), (1 + rho**2 / 2) / (len(films) - 3))


def _with_interval(correlation: float, p: float, variance: float) -> Association:
    """A correlation with the interval of its Fisher transform, which has that variance."""
    if abs(correlation) >= 1:
        return Association(correlation, correlation, correlation, p)
    middle, half = math.atanh(correlation), stats.norm.ppf((1 + _LEVEL) / 2) * math.sqrt(variance)
    return Association(correlation, math.tanh(middle - half), math.tanh(middle + half), p)


def controlled(films: pd.DataFrame) -> Association:
    """Change of `outcome` with a standard deviation more of `styles`, controls held; HC3 errors. Raises TooLittle."""
    _check(films, MIN_FILMS)
    design = design_matrix(films)
    _check(films, FILMS_PER_COEFFICIENT * design.shape[1])
    if np.linalg.matrix_rank(design) == np.linalg.matrix_rank(design.drop(columns="styles")):
        raise TooLittle("the controls alone determine the number of effective styles")
    fit = OLS(films["outcome"], design).fit()
    if fit.get_influence().hat_matrix_diag.max() > 1 - _FLAT:
        raise TooLittle("one film alone decides a control, which leaves the error unknown")
    robust = fit.get_robustcov_results("HC3")
    return Association(*map(float, (robust.params[0], *robust.conf_int(1 - _LEVEL)[0], robust.pvalues[0])))


def design_matrix(films: pd.DataFrame) -> pd.DataFrame:
    """Standardised styles first, the controls that vary, a dummy for each group but the commonest, a constant."""
    styles = (films["styles"] - films["styles"].mean()) / films["styles"].std()
    numeric = films[[name for name in NUMERIC_CONTROLS if not _is_flat(films[name])]]
    dummies = [column for name in GROUP_CONTROLS for column in _dummies(films[name])]
    return pd.concat([styles.rename("styles"), numeric, *dummies], axis="columns").assign(constant=1.0)


def _dummies(groups: pd.Series) -> Iterator[pd.Series]:
    """Membership in each group but the commonest; groups under MIN_GROUP films are one, or in the commonest."""
    sizes = groups.value_counts()
    names = sorted(sizes.index, key=lambda name: (-sizes[name], str(name)))
    small = groups.isin([name for name in names if sizes[name] < MIN_GROUP])
    for name in names[1:]:
        if sizes[name] >= MIN_GROUP:
            yield (groups == name).astype(float).rename(f"{groups.name}={name}")
    if MIN_GROUP <= small.sum() < len(groups):
        yield small.astype(float).rename(f"{groups.name}=others")


def _check(films: pd.DataFrame, needed: int) -> None:
    if len(films) < needed:
        raise TooLittle(f"{len(films):,} films have what it needs, and it takes {needed:,}")
    for name, words in (("styles", "number of effective styles"), ("outcome", "outcome")):
        if _is_flat(films[name]):
            raise TooLittle(f"the {words} is the same for all {len(films):,} films")


def _is_flat(values: pd.Series) -> bool:
    return bool(np.ptp(values) <= _FLAT * max(1.0, float(values.abs().max())))
