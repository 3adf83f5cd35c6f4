"""The cases of seen.txt and unseen.txt as folders that `spark_jobs.fit` and `spark_jobs.evaluate` read.

    python -m tests.matching_cases.builder OUT

writes OUT/seen and OUT/unseen, each with tmdb_movies.jsonl.gz, discogs_releases.jsonl.gz and links.csv. Every film gets
the votes its row says, every record is of the US, and ids start at FIRST_FILM and FIRST_RECORD, above those of others.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FIRST_FILM, FIRST_RECORD = 70_000_000, 700_000_000
PARTS = ("seen", "unseen")
_FORMATS = {
    "lp": ["Vinyl", "LP", "Album"],
    "cd": ["CD", "Album"],
    "file": ["File", "AAC", "Album"],
    "box": ["Box Set", "CD", "Compilation"],
    "single": ["Vinyl", '7"', "45 RPM", "Single"],
    "ep": ["Vinyl", '7"', "EP"],
}
_GENRES = {
    "stage": "Stage & Screen",
    "rock": "Rock",
    "pop": "Pop",
    "jazz": "Jazz",
    "electronic": "Electronic",
    "hiphop": "Hip Hop",
    "funk": "Funk / Soul",
    "folk": "Folk, World, & Country",
    "classical": "Classical",
    "reggae": "Reggae",
    "children": "Children's",
}
Row = dict[str, Any]


def _listed(text: str) -> list[str]:
    return [item for item in text.split(";") if item]


def film(key: int, fields: Sequence[str]) -> Row:
    """A film as TMDB answers, from the fields of an F line after its key."""
    title, original, year, composers, people, language, votes, others = fields
    crew = [{"name": name, "job": "Original Music Composer"} for name in _listed(composers)]
    cast = [{"name": name, "order": place} for place, name in enumerate(_listed(people))]
    return {
        "id": FIRST_FILM + key,
        "title": title,
        "original_title": original or title,
        "release_date": f"{year}-06-15",
        "original_language": language,
        "vote_count": int(votes),
        "popularity": 1.0,
        "credits": {"cast": cast, "crew": crew},
        "alternative_titles": {"titles": [{"iso_3166_1": "US", "title": each} for each in _listed(others)]},
    }


def record(key: int, fields: Sequence[str]) -> Row:
    """A record as a result of a Discogs search, from the fields of an R line after kind and film."""
    artist, title, year, form, genres, styles = fields
    return {
        "id": FIRST_RECORD + key,
        "type": "release",
        "title": f"{artist} - {title}",
        "year": year or None,
        "country": "US",
        "format": _FORMATS[form],
        "genre": [_GENRES[genre] for genre in _listed(genres)],
        "style": _listed(styles),
        "master_id": 0,
    }


def read_cases(part: str) -> tuple[list[Row], list[Row], dict[int, int], dict[int, str]]:
    """Films, records, links (film by record) and kinds (by record) of a part."""
    films: dict[str, Row] = {}
    records: list[Row] = []
    links, kinds = {}, {}
    start = PARTS.index(part) * 10_000
    for line in (HERE / f"{part}.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        letter, *fields = line.split("|")
        if letter == "F":
            films[fields[0]] = film(start + len(films), fields[1:])
            continue
        kind, right, *rest = fields
        records.append(record(start + len(records), rest))
        kinds[records[-1]["id"]] = kind
        if right != "-":
            links[records[-1]["id"]] = films[right]["id"]
    return list(films.values()), records, links, kinds


def write_cases(part: str, folder: Path) -> Path:
    """Write a part as a folder of labelled data and return the folder."""
    films, records, links, kinds = read_cases(part)
    folder.mkdir(parents=True, exist_ok=True)
    write_lines(folder / "tmdb_movies.jsonl.gz", films)
    write_lines(folder / "discogs_releases.jsonl.gz", records)
    with (folder / "links.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["tmdb_id", "discogs_id", "evidence"])
        writer.writerows([film_id, release_id, kinds[release_id]] for release_id, film_id in links.items())
    return folder


def write_lines(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as gzipped JSON lines."""
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


if __name__ == "__main__":
    for name in PARTS:
        sys.stdout.write(f"{write_cases(name, Path(sys.argv[1]) / name)}\n")
