"""Parameters of lookups, checked: what is wrong is named, with the remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from shared.errors import InvalidRequest
from shared.runs.findings import Band
from shared.serving.lookup.answers import Link
from shared.serving.parameters import MAX_FILM_ID, echo, parse_number

BANDS: tuple[Band, ...] = get_args(Band)
KINDS = ("score", "songs", "inspired by", "cast recording", "single", "series", "game", "soundtrack")
IMDB_ID, BARCODE = r"^tt[0-9]{5,12}$", r"^[0-9 -]{8,24}[Xx]?$"
MAX_LINKS, DEFAULT_LINKS = 500, 100
MAX_ROWS, DEFAULT_ROWS, MAX_OFFSET = 500, 50, 10_000
MAX_AFTER = 2**32
"""Of a view's rows: one more than the largest CRC-32."""
_SHARE = re.compile(r"(0|1|0?\.[0-9]{1,9}|[01]\.[0-9]{1,9})")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which links are asked for."""

    min_score: float = 0.0
    band: Band | None = None
    kind: str | None = None

    def accepts(self, link: Link) -> bool:
        """Whether a link is one of them."""
        is_likely = link.probability >= self.min_score
        return is_likely and self.band in (None, link.band) and self.kind in (None, link.kind)


def parse_wanted(query: Mapping[str, str]) -> Wanted:
    """`min_score`, `band` and `kind` of a query.

    Raises:
        InvalidRequest: naming the first that is wrong.
    """
    band, kind = query.get("band"), query.get("kind")
    found: Band | None = next((known for known in BANDS if known == band), None)
    if band is not None and found is None:
        raise InvalidRequest("band", f"is {echo(band)!r}; known are {', '.join(BANDS)}")
    if kind is not None and kind not in KINDS:
        raise InvalidRequest("kind", f"is {echo(kind)!r}; known are {', '.join(KINDS)}")
    return Wanted(_share(query.get("min_score")), found, kind)


def _share(text: str | None) -> float:
    if text is None:
        return 0.0
    if not _SHARE.fullmatch(text) or float(text) > 1:
        raise InvalidRequest("min_score", f"is {echo(text)!r}; give a number from 0 to 1, such as 0.95")
    return float(text)


def parse_id(name: str, text: str) -> int:
    """An id of TMDB or Discogs, of a path.

    Raises:
        InvalidRequest: it is no whole number from 1 on.
    """
    return parse_number(name, text, 0, 1, MAX_FILM_ID)


def parse_imdb_id(text: str) -> int:
    """The number of an IMDb id.

    Raises:
        InvalidRequest: it does not look like tt0133093.
    """
    if not re.fullmatch(IMDB_ID, text, re.ASCII):
        raise InvalidRequest("imdb_id", f"is {echo(text)!r}; give an IMDb id such as tt0133093")
    return int(text[2:])


def parse_barcode(text: str) -> tuple[str, ...]:
    """The spellings of a barcode to look for, the given one first: a UPC of 12 digits is an EAN that begins with 0.

    Raises:
        InvalidRequest: it is no barcode.
    """
    code = re.sub(r"[ -]", "", text).upper()
    if not re.fullmatch(BARCODE, text, re.ASCII) or not re.fullmatch(r"[0-9]{8,14}|[0-9]{9}X", code):
        raise InvalidRequest("code", f"is {echo(text)!r}; give the 8 to 14 digits of a barcode")
    if len(code) == 12:
        return code, f"0{code}"
    return (code, code[1:]) if len(code) == 13 and code.startswith("0") else (code,)


def parse_view(text: str) -> str:
    """The name of a view, of a path.

    Raises:
        InvalidRequest: no view is ever called so.
    """
    if not _NAME.fullmatch(text):
        raise InvalidRequest("view", f"is {echo(text)!r}; give the name of a view, such as kpis")
    return text


def parse_after(query: Mapping[str, str]) -> int | None:
    """Where a page of all rows of a view begins; None where rows are sorted.

    Raises:
        InvalidRequest: it is no such number, or comes with `sort` or `offset`.
    """
    if "after" not in query:
        return None
    for other in ("sort", "offset"):
        if other in query:
            raise InvalidRequest(
                "after", f"comes with {other}; all rows come in no order: give one of the two"
            )
    return parse_number("after", query["after"], 0, 0, MAX_AFTER)
