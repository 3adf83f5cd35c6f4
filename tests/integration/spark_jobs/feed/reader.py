"""The feed as a careful reader has it: by its index, and every file as of the index's generation."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from spark_jobs.feed.versions import OWN, read_at

RECORD = (
    "release_id",
    "master_id",
    "release_title",
    "artist",
    "release_year",
    "country",
    "formats",
    "barcodes",
)
LINK = ("kind", "probability", "band", "published", "evidence", "decided_by")
FILM = ("film_id", "imdb_id", "film_title", "film_year")
Link = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """A folder with a feed."""

    root: Path

    @property
    def index(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.root / "index.json").read_text())
        return found

    def whole(self, name: str) -> Path:
        """A whole file by its name."""
        path: str
        (path,) = [each["path"] for each in self.index["files"] if each["name"] == name]
        return self.root / path

    def links(self) -> dict[int, Link]:
        """All links by record."""
        return {row["release_id"]: row for row in pq.read_table(self.whole("links.parquet")).to_pylist()}

    def documents(self) -> dict[str, Any]:
        """What each file of a film or record says that says anything."""
        generation, found = self.index["generation"], {}
        for folder in ("films", "releases"):
            for path in (self.root / folder).rglob("*.json"):
                document = read_at(json.loads(path.read_text()), generation)
                if document and document["film"] is not None:
                    name = path.relative_to(self.root).as_posix()
                    found[name] = {key: value for key, value in document.items() if key not in OWN}
        return found

    def changes(self, run: str) -> list[dict[str, Any]]:
        """The lines of a run."""
        return [json.loads(line) for line in (self.root / f"changes/{run}.jsonl").read_text().splitlines()]


def told(links: dict[int, Link]) -> dict[str, Any]:
    """The files that a table of links makes, worked out without Spark."""
    found: dict[str, Any] = {}
    by_film: defaultdict[int, list[Link]] = defaultdict(list)
    for link in links.values():
        by_film[link["film_id"]].append(link)
        release = {"release": _of(link, RECORD), "film": _of(link, FILM) | _of(link, LINK)}
        found[f"releases/{link['release_id']}.json"] = release
    for film_id in sorted(by_film, key=lambda each: (len(by_film[each]), -each)):
        records = sorted(by_film[film_id], key=lambda link: (-link["probability"], link["release_id"]))
        film = {
            "film": _of(records[0], FILM),
            "soundtracks": [_of(link, RECORD) | _of(link, LINK) for link in records],
        }
        found[f"films/tmdb/{film_id}.json"] = film
        if records[0]["imdb_id"]:
            found[f"films/imdb/{records[0]['imdb_id']}.json"] = film
    return found


def _of(link: Link, names: tuple[str, ...]) -> Link:
    return {name: link[name] for name in names}
