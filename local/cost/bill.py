"""Prices, and what a month's use costs at them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cost.usage import Use
from shared.figures.cost import PRICES


class PriceError(ValueError):
    """A file of prices that cannot be used; the message names what is wrong and the remedy."""


@dataclass(frozen=True)
class Price:
    """A price for `per` of a unit; `free` units a month cost nothing."""

    price: float
    per: float
    unit: str
    free: float
    what: str

    def of(self, quantity: float) -> float:
        """What a quantity costs a month."""
        return max(0.0, quantity - self.free) / self.per * self.price


@dataclass(frozen=True)
class PriceList:
    """Prices by name, with where they come from."""

    currency: str
    dated: str
    note: str
    prices: Mapping[str, Price]


@dataclass(frozen=True)
class Entry:
    """A line of the bill."""

    use: Use
    price: Price

    @property
    def amount(self) -> float:
        """Cost a month."""
        return self.price.of(self.use.quantity)


def price_list(path: Path = PRICES) -> PriceList:
    """The prices that come with the project."""
    given = json.loads(path.read_text(encoding="utf-8"))
    prices = {name: Price(**price) for name, price in given["prices"].items()}
    return PriceList(given["currency"], given["dated"], given["note"], prices)


def with_prices(known: PriceList, path: Path) -> PriceList:
    """The same list with the prices a file gives, a JSON object of name and price.

    Raises:
        PriceError: the file cannot be read, or a name or a price in it is wrong.
    """
    given = _object(path)
    unknown = sorted(set(given) - set(known.prices))
    if unknown:
        raise PriceError(f"{path}: no price is called {unknown[0]!r}; known are {', '.join(known.prices)}")
    replaced = {name: _price(path, known.prices[name], name, value) for name, value in given.items()}
    return PriceList(known.currency, known.dated, known.note, {**known.prices, **replaced})


def bill(uses: Sequence[Use], prices: PriceList) -> list[Entry]:
    """Every use with its price, in the order of the list of prices."""
    order = list(prices.prices)
    return [
        Entry(use, prices.prices[use.price]) for use in sorted(uses, key=lambda use: order.index(use.price))
    ]


def total(entries: Sequence[Entry]) -> float:
    """The whole month."""
    return sum(entry.amount for entry in entries)


def _object(path: Path) -> dict[str, Any]:
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PriceError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(given, dict):
        raise PriceError(f'{path} holds no JSON object; give one such as {{"databricks_dbu": 0.3}}')
    return given


def _price(path: Path, known: Price, name: str, value: object) -> Price:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise PriceError(f"{path}: {name} is {value!r}; give a number of 0 or more")
    return Price(float(value), known.per, known.unit, known.free, known.what)
