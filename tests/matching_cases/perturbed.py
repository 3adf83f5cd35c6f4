"""Labelled records made harder, one kind of difficulty at a time.

    python -m tests.matching_cases.perturbed DIR OUT

reads DIR (tmdb_movies.jsonl.gz, discogs_releases.jsonl.gz, links.csv) and writes OUT/seen and OUT/unseen: the same
films, and each linked record as one kind of sleeve would print it, with the kind as evidence in links.csv. Which half a
record is in depends on its film's title, so that no film is in both; the same input gives the same rows.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import shutil
import sys
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.matching_cases.builder import PARTS, write_lines

Row = dict[str, Any]
VARIANTS = 3  # of each record
_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_SOUNDTRACK = re.compile(
    r"\s*[:\u2013-]?\s*\b(?:the\s+)?(?:original|official|music (?:from|for|by)|soundtrack|score|ost)\b.*$",
    re.IGNORECASE,
)
_SPELLINGS = str.maketrans("cyvkwj", "kiwcvy")


def _parts(row: Row) -> tuple[str, str, str]:
    """Artist, title without what says soundtrack, and the whole title of a record."""
    artist, _, title = row["title"].partition(" - ")
    bare = _SOUNDTRACK.sub("", _BRACKETS.sub("", title)).strip() or title.strip() or artist
    return artist, bare, title


def _swapped(title: str) -> str:
    """The title with the two letters in the middle of its longest word swapped."""
    longest = max(title.split(), key=len)
    at = len(longest) // 2
    return title.replace(longest, longest[: at - 1] + longest[at] + longest[at - 1] + longest[at + 1 :], 1)


def _other_word(title: str) -> str:
    """The title with another word for its longest, as films of a series differ; a title of one word gets another."""
    longest = max(title.split(), key=len)
    return title.replace(longest, "Lamplighter", 1)


def _titled(row: Row, title: str, **more: Any) -> Row:
    return row | {"title": f"{_parts(row)[0]} - {title}"} | more


MATCHING: Mapping[str, Callable[[Row], Row]] = {
    "no year": lambda row: row | {"year": None},
    "band": lambda row: row | {"title": f"The Night Swimmers - {_parts(row)[2]}"},
    "spelling": lambda row: row | {"title": f"{_parts(row)[0].translate(_SPELLINGS)} - {_parts(row)[2]}"},
    "typo": lambda row: _titled(row, _swapped(_parts(row)[1]) + " (Original Motion Picture Soundtrack)"),
    "remaster": lambda row: _titled(row, f"{_parts(row)[1]} (Remastered 2024)", year="2024"),
    "ep": lambda row: _titled(row, f"{_parts(row)[1]} EP"),
    "lost": lambda row: _titled(row, f"{_parts(row)[1]} (The Lost Soundtrack)"),
    "two films": lambda row: _titled(row, f"{_parts(row)[1]} / The Lamplighter's Winter"),
    "two scripts": lambda row: _titled(row, f"{_parts(row)[1]} 夏の終わり (Original Soundtrack)"),
    "possessive": lambda row: _titled(row, f"{_parts(row)[0]}'s {_parts(row)[1]}"),
    "theme": lambda row: _titled(row, f'Nightfall (Love Theme From "{_parts(row)[1]}")'),
    "presented": lambda row: _titled(row, f"Music Inspired By The Film {_parts(row)[1]}"),
}
OTHERS: Mapping[str, Callable[[Row], Row]] = {
    "stage": lambda row: _titled(row, f"{_parts(row)[1]} (Original Broadway Cast Recording)"),
    "television": lambda row: _titled(row, f"{_parts(row)[1]} (Original Television Soundtrack)"),
    "game": lambda row: _titled(row, f"{_parts(row)[1]} (Original Game Soundtrack)"),
    "sequel": lambda row: _titled(row, f"{_parts(row)[1]} 7 (Original Motion Picture Soundtrack)"),
    "tribute": lambda row: row | {"title": f"The Harbour Orchestra Plays - {_parts(row)[1]}"},
    "band album": lambda row: (
        row | {"title": f"Night Swimmers - {_parts(row)[1]}", "genre": ["Rock"], "style": ["Indie Rock"]}
    ),
    "episode": lambda row: _titled(
        row, f"{_other_word(_parts(row)[1])} (Original Motion Picture Soundtrack)"
    ),
    "another": lambda row: _titled(row, f"{_parts(row)[1]} And The Seventh Lantern"),
}


def perturbed(row: Row, film_id: int, number: int) -> tuple[Row, str, int | None]:
    """A record as another sleeve would print it, what kind that is, and the film it is of then (or None)."""
    kinds = [*MATCHING, *OTHERS]
    kind = kinds[zlib.crc32(f"{row['id']} {number}".encode()) % len(kinds)]
    change = MATCHING.get(kind) or OTHERS[kind]
    other = {"id": row["id"] * 10 + number, "master_id": 0}  # no version of the record's own work
    return change(row) | other, kind, film_id if kind in MATCHING else None


def write_perturbed(folder: Path, out: Path) -> None:
    """Write the two halves of a folder of labelled data, each record perturbed VARIANTS times."""
    with (folder / "links.csv").open(encoding="utf-8", newline="") as lines:
        links = {int(row["discogs_id"]): int(row["tmdb_id"]) for row in csv.DictReader(lines)}
    with gzip.open(folder / "tmdb_movies.jsonl.gz", "rt", encoding="utf-8") as lines:
        titles = {film["id"]: film["title"] or "" for film in map(json.loads, lines)}
    with gzip.open(folder / "discogs_releases.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["id"] in links]
    halves: dict[str, list[tuple[Row, str, int | None]]] = {part: [] for part in PARTS}
    for row in rows:
        film_id = links[row["id"]]
        half = PARTS[zlib.crc32(titles[film_id].casefold().encode()) % 2]
        halves[half] += [perturbed(row, film_id, number) for number in range(1, VARIANTS + 1)]
    for part, made in halves.items():
        target = out / part
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / "tmdb_movies.jsonl.gz", target / "tmdb_movies.jsonl.gz")
        write_lines(target / "discogs_releases.jsonl.gz", [row for row, _, _ in made])
        with (target / "links.csv").open("w", encoding="utf-8", newline="") as lines:
            writer = csv.writer(lines, lineterminator="\n")
            writer.writerow(["tmdb_id", "discogs_id", "evidence"])
            writer.writerows([film_id, row["id"], kind] for row, kind, film_id in made if film_id)
        kinds = {str(row["id"]): kind for row, kind, _ in made}
        (target / "kinds.json").write_text(json.dumps(kinds), encoding="utf-8")


if __name__ == "__main__":
    write_perturbed(Path(sys.argv[1]), Path(sys.argv[2]))
