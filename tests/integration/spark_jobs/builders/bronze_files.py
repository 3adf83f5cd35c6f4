"""Writes a small bronze of one run: blobs, lines and the manifest, as the functions do."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession

from spark_jobs.lakehouse.definition import CONTAINERS
from spark_jobs.lakehouse.lake import Addresses

PARTS = "credits,keywords,alternative_titles,external_ids,reviews"
KINDS = (("tmdb", "details"), ("discogs", "search"), ("discogs", "release"), ("discogs", "master"))


def film(film_id: int, title: str, **more: Any) -> dict[str, Any]:
    """A details answer of TMDB."""
    crew = [
        {"name": "Hans Mori", "job": "Original Music Composer"},
        {"name": "Lea Brandt", "job": "Director"},
    ]
    cast = [{"name": "Second", "order": 1}, {"name": "First", "order": 0}]
    plain = {
        "id": film_id,
        "title": title,
        "original_title": title,
        "release_date": "2014-05-01",
        "vote_count": 900,
    }
    nested = {
        "credits": {"cast": cast, "crew": crew},
        "genres": [{"id": 1, "name": "Drama"}],
        "popularity": 9.5,
    }
    return plain | nested | {"budget": 0, "revenue": 5, "runtime": 100} | more


def record(release_id: int, title: str, **more: Any) -> dict[str, Any]:
    """A search result of Discogs."""
    shape = {
        "genre": ["Stage & Screen"],
        "style": ["Soundtrack"],
        "format": ["Vinyl", "Album"],
        "label": ["Milo"],
    }
    return (
        {"id": release_id, "title": title, "year": "2014", "community": {"have": 3, "want": 4}} | shape | more
    )


def answer(
    kind: str,
    body: Any,
    at: str = "2026-11-20T06:30:00.123456Z",
    status: int = 200,
    path: str = "/",
    query: dict[str, str] | None = None,
) -> str:
    """One line of a raw blob."""
    source = "tmdb" if kind == "details" else "discogs"
    request = {"path": path, "query": query or {"page": "1"}}
    line = {
        "source": source,
        "kind": kind,
        "request": request,
        "fetched_at": at,
        "status": status,
        "body": body,
    }
    return json.dumps(line, ensure_ascii=False)


def details(body: Any, at: str, status: int = 200, asked: int = 0) -> str:
    """One line with a film's answer to a request for all its parts; `asked` is the id when the body has another."""
    return answer(
        "details", body, at, status, f"/3/movie/{asked or body['id']}", {"append_to_response": PARTS}
    )


def page(*results: Any, at: str = "2026-11-20T06:30:00.123456Z") -> str:
    """One line holding a page of search results."""
    return answer("search", {"pagination": {"page": 1}, "results": list(results)}, at)


def blob(*lines: str) -> bytes:
    """Lines as a gzip blob."""
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)


class Bronze:
    """A lake on disk; `land` writes a run's blobs (kind -> name -> bytes) and its manifest."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._rows: dict[tuple[str, int], list[dict[str, Any]]] = {}
        self.addresses = Addresses(f"{(root / 'tables').as_uri()}/{{container}}", f"{root}/{{area}}")

    def land(self, run_id: str, blobs: dict[str, dict[str, bytes]], mode: str = "full") -> None:
        """Write blobs and manifest of a run."""
        parts = []
        for source, kind in KINDS:
            prefix = f"{source}/{kind}/ingest_date=2026-11-20/run_id={run_id}/"
            found = blobs.get(kind, {})
            for name, content in found.items():
                self.write(f"raw/{prefix}{name}.jsonl.gz", content)
            parts.append(
                {"source": source, "kind": kind, "prefix": prefix, "blobs": len(found), "records": 0}
            )
        manifest = {"version": 1, "stage": "bronze", "run_id": run_id, "mode": mode, "raw": parts}
        self.write(f"control/bronze/{run_id}.json", json.dumps(manifest).encode())

    def write(self, name: str, content: bytes) -> None:
        """Write one file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def json(self, name: str) -> Any:
        """Read one JSON file."""
        return json.loads((self.root / name).read_text(encoding="utf-8"))

    def folder(self, name: str) -> str:
        """Where a table such as silver.movies lies."""
        schema, _, table = name.partition(".")
        return str(self.root / "tables" / CONTAINERS[schema] / table)

    def commits(self, name: str) -> list[dict[str, Any]]:
        """What a table's log says of each commit, the oldest first."""
        files = sorted(Path(self.folder(name), "_delta_log").glob("*.json"))
        actions = [[json.loads(line) for line in file.read_text().splitlines()] for file in files]
        return [next(a["commitInfo"] for a in found if "commitInfo" in a) for found in actions]

    def version(self, name: str, run_id: str) -> int:
        """The version of a table such as silver.movies that a run's manifest names."""
        schema, _, table = name.partition(".")
        return int(self.json(f"control/{schema}/{run_id}.json")["tables"][table]["version"])

    def rows(self, name: str, run_id: str) -> list[dict[str, Any]]:
        """Rows of a table as a run left it, read by delta-rs, once: Spark would take seconds for each look."""
        key = (name, self.version(name, run_id))
        if key not in self._rows:
            stored = DeltaTable(self.folder(name), version=key[1]).to_pyarrow_table()
            self._rows[key] = stored.to_pylist(maps_as_pydicts="strict")
        return self._rows[key]

    def table(self, spark: SparkSession, name: str, run_id: str) -> DataFrame:
        """The same table as a frame of Spark, read by its path."""
        version = self.version(name, run_id)
        return spark.read.format("delta").option("versionAsOf", version).load(self.folder(name))
