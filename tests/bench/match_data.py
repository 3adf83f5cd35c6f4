"""Films and records of any size, straight as silver parquet, with the collisions real titles have.

Titles are drawn word by word from a vocabulary that grows with the catalog (Heaps 1978) and whose frequencies fall off
as in any language (Zipf); one title in eight repeats an earlier one (remakes, namesakes, 'Home'), some are sequels.
Three records in five belong to a film, the well known ones more often, in the wordings records are sold under; some
are misspelt, some bear another artist; the rest have titles of their own. Seeded: the same sizes give the same files.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from spark_jobs.schemas.silver import MOVIES, RELEASES

CHUNK, FILES = 50_000, 2  # rows of a file at most, files at least: silver writes one a core
WRAPPERS = (
    "{}",
    "{} (Original Motion Picture Soundtrack)",
    "{}: Original Score",
    "{} - Music From The Motion Picture",
    "{} (Bande originale du film)",
    "Music From {}",
    "{} (Deluxe Edition)",
)
_ONSETS = [*"bcdfghjklmnprstvw", "br", "cr", "dr", "fl", "gr", "pl", "st", "tr", "sh", "ch"]
_RIMES = [
    *"aeiou",
    "an",
    "en",
    "in",
    "on",
    "ar",
    "er",
    "or",
    "el",
    "al",
    "ain",
    "ight",
    "ound",
    "ock",
    "ing",
    "ell",
]
_SONGS = 'Song of {} (From "{}")'


class Names:
    """Words, people and titles of a catalog of a given size."""

    def __init__(self, films: int, rng: np.random.Generator) -> None:
        self.rng = rng
        size = int(40 * films**0.6)
        ends = [
            "".join(pair)
            for pair in zip(*(rng.choice(part, 4 * size) for part in (_ONSETS, _RIMES)), strict=True)
        ]
        pairs = zip(rng.choice(ends, 3 * size), rng.choice(ends, 3 * size), strict=True)
        self.words = np.array(sorted({(one + other).capitalize() for one, other in pairs})[:size])
        rng.shuffle(self.words)
        places = np.arange(1, len(self.words) + 1)
        self.shares = _shares(1 / (places + 8) ** 0.85)
        self.lone_shares = _shares(
            1 / (places + 50) ** 0.4
        )  # names of one word are seldom the commonest words

    def titles(self, count: int) -> list[str]:
        """Titles of one to five words; one in eight repeats another, one in twenty is its sequel."""
        lengths = self.rng.choice([1, 2, 3, 4, 5], count, p=[0.2, 0.35, 0.25, 0.13, 0.07])
        drawn = iter(self.rng.choice(self.words, int(lengths.sum()), p=self.shares).tolist())
        lone = self.rng.choice(self.words, count, p=self.lone_shares).tolist()
        titles = [
            " ".join(next(drawn) for _ in range(length)) if length > 1 else lone[n]
            for n, length in enumerate(lengths.tolist())
        ]
        repeated = np.flatnonzero(self.rng.random(count) < 0.125)
        sources = (count * self.rng.power(0.35, len(repeated))).astype(int)
        for target, source in zip(repeated.tolist(), sources.tolist(), strict=True):
            titles[target] = titles[source] + (" 2" if source % 5 == 0 else "")
        return titles

    def people(self, count: int) -> list[str]:
        """Names of people, first and last."""
        first, last = (self.rng.integers(0, len(self.words), count) for _ in range(2))
        return [
            f"{self.words[a % 400]} {self.words[b]}"
            for a, b in zip(first.tolist(), last.tolist(), strict=True)
        ]


def _shares(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return weights / weights.sum()


def write_catalog(folder: Path, films: int, releases: int, seed: int = 7) -> dict[int, int]:
    """Write movies/ and releases/ under `folder`; returns the true film of each record that has one."""
    rng = np.random.default_rng(seed)
    names = Names(films, rng)
    titles, people = names.titles(films), names.people(films)
    years = (2026 - rng.gamma(2.0, 14.0, films)).astype(int).clip(1900, 2026).tolist()
    votes = rng.lognormal(4, 2, films).astype(int).tolist()

    def film(n: int) -> dict[str, Any]:
        has_people = n % 4 != 0
        return {
            **{"film_id": n + 1, "title": titles[n], "original_title": titles[n], "release_year": years[n]},
            **{"composers": [people[n]] if has_people else [], "directors": [people[(n * 7 + 3) % films]]},
            **{"top_cast": [people[(n * 13 + k) % films] for k in range(5)] if has_people else []},
            **{"vote_count": votes[n], "popularity": 1.0, "alternative_titles": []},
        }

    _write(folder / "movies", MOVIES, films, film)
    return _write_releases(folder / "releases", names, (titles, people, years, votes), releases)


def _write_releases(
    folder: Path, names: Names, facts: tuple[list[str], list[str], list[int], list[int]], count: int
) -> dict[int, int]:
    titles, people, years, votes = facts
    rng = names.rng
    weight = np.log1p(np.array(votes)) ** 2
    of = rng.choice(len(titles), count, p=weight / weight.sum()).tolist()
    kind, typo, wrap = (
        rng.random(count).tolist(),
        rng.random(count).tolist(),
        rng.integers(0, 7, count).tolist(),
    )
    others, strangers = names.titles(count), names.people(count)
    later = rng.exponential(6, count).astype(int).tolist()
    links: dict[int, int] = {}

    def release(n: int) -> dict[str, Any]:
        linked, film = kind[n] < 0.6, of[n]
        title = titles[film] if linked else others[n]
        title = (
            title[: len(title) // 2] + title[len(title) // 2 + 1 :]
            if typo[n] < 0.04 and len(title) > 6
            else title
        )
        artist = people[film] if linked and kind[n] < 0.4 else "Various" if kind[n] < 0.5 else strangers[n]
        shown = (
            _SONGS.format(strangers[n], title)
            if linked and kind[n] < 0.03
            else WRAPPERS[wrap[n]].format(title)
        )
        year = (years[film] + later[n] if linked else 2026 - later[n]) if n % 2 else None
        if linked:
            links[n + 1] = film + 1
        return {
            **{"release_id": n + 1, "title": f"{artist} - {shown}", "artist": artist, "release_title": shown},
            **{"artists": [] if artist == "Various" else [artist], "year": year and min(year, 2026)},
            **{
                "genres": ["Stage & Screen"],
                "styles": ["Soundtrack"] if n % 9 else ["Techno"],
                "formats": ["CD"],
            },
            **{"labels": [f"Label {n % 50}"]},
        }

    _write(folder, RELEASES, count, release)
    return links


def _write(folder: Path, schema: StructType, count: int, make: Callable[[int], dict[str, Any]]) -> None:
    folder.mkdir(parents=True)
    arrow = to_arrow_schema(schema)
    chunk = min(CHUNK, -(-count // FILES))
    for start in range(0, count, chunk):
        rows = [make(n) for n in range(start, min(start + chunk, count))]
        pq.write_table(pa.Table.from_pylist(rows, schema=arrow), folder / f"part-{start:09d}.parquet")
