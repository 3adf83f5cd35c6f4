"""A generation of the files that gold publishes for the app, put into a lake as the job writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from shared.adapters.lake import GOLD, Lake
from shared.serving.published.index import POINTER, key_of
from shared.serving.search_terms import PREFIX_CHARS, terms
from spark_jobs.serving.blocks import packed

RUN = "20261120T063000Z-7f3a"
Lines = Mapping[int, Sequence[str]]
"""Lines by key."""


async def publish(
    lake: Lake,
    families: Mapping[str, Lines],
    run_id: str = RUN,
    shifts: Mapping[str, int] | None = None,
    **facts: Any,
) -> None:
    """Write the files, then the manifest, then the pointer."""
    described = {}
    for family, lines in families.items():
        shift = (shifts or {}).get(family, 4)
        buckets: dict[int, list[tuple[int, str]]] = {}
        for key in sorted(lines):
            buckets.setdefault(key >> shift, []).extend((key, line) for line in lines[key])
        files = {bucket: f"snapshot={run_id}/{family}/{bucket}.gz" for bucket in buckets}
        for bucket, found in buckets.items():
            await lake.put(GOLD, f"search/{files[bucket]}", packed(found))
        entries = {str(bucket): {"digest": "", "files": [name]} for bucket, name in files.items()}
        described[family] = {"shift": shift, "buckets": entries}
    manifest = {"version": 1, "run_id": run_id, "families": described, **facts}
    await lake.put_json(GOLD, f"search/snapshot={run_id}/manifest.json", manifest)
    await lake.put_json(GOLD, POINTER, {"snapshot": run_id})


def by_id(entries: Mapping[int, Mapping[str, Any]]) -> Lines:
    """Lines of what is looked up by number."""
    return {key: [f"{key}\t{compact(value)}"] for key, value in entries.items()}


def by_text(entries: Mapping[str, Mapping[str, Any]]) -> Lines:
    """Lines of what is looked up by text."""
    return {key_of(name): [f"{name}\t{compact(value)}"] for name, value in entries.items()}


def by_word(found: Sequence[Mapping[str, Any]]) -> Lines:
    """Lines of the words of titles and artists, in the order given."""
    lines: dict[int, list[str]] = {}
    for each in found:
        words = terms(" ".join(str(each[name]) for name in ("title", "artist") if each.get(name)))
        for word in dict.fromkeys(words):
            line = f"{word}\t{' '.join(words)}\t{compact(each)}"
            lines.setdefault(key_of(word[:PREFIX_CHARS]), []).append(line)
    return lines


def compact(value: Mapping[str, Any]) -> str:
    """JSON as Spark writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def link(film_id: int, release_id: int, probability: float = 0.97, **more: Any) -> dict[str, Any]:
    """A link as the job writes it."""
    plain = {"film_id": film_id, "film_title": f"Film {film_id}", "release_id": release_id, "title": "Music"}
    return plain | {"probability": probability, "band": "strong", "kind": "score", "evidence": "title"} | more


KPIS = {
    "row": "a headline number of the run",
    "rows": 3,
    "order": ["place"],
    "columns": [
        {"name": "name", "type": "string", "about": "what is counted"},
        {"name": "place", "type": "int", "about": "place"},
        {"name": "value", "type": "double", "about": "how many"},
        {"name": "tags", "type": "array<string>", "about": "tags"},
        {"name": "parts", "type": "map<string,double>", "about": "parts"},
    ],
}


async def publish_small(lake: Lake, run_id: str = RUN) -> None:
    """Three films, of which one has two records, one nothing; one record of no film; a view."""
    links = [
        link(603, 10, 0.99, master_id=5),
        link(603, 70, 0.8, band="probable", kind="songs", master_id=5),
    ]
    films = {603: "The Matrix", 604: "Far Astray", 20: "Home"}
    titled = [{"film_id": key, "title": title} for key, title in films.items()]
    known: dict[int, dict[str, Any]] = dict(zip(films, ({"film": film} for film in titled), strict=True))
    known[603]["links"] = links
    records: dict[int, dict[str, Any]] = {
        key: {"record": {"release_id": key, "title": "Music"}} for key in (10, 70, 900)
    }
    for each in links:
        records[each["release_id"]]["links"] = [each]
    alone = {"release_id": 900, "title": "Astray Music", "artist": "Hans Mori", "why": "no title near it"}
    title = {"name": "title", "adds": 1.5}
    pair = {"release_id": 900, "title": "Music", "score": 0.4, "rank": 1, "contributions": [title]}
    rows = [
        {"name": "films", "place": 1, "value": 3.0, "tags": ["a"], "parts": {}},
        {"name": "records", "place": 2, "value": "NaN", "tags": [], "parts": {}},
        {"name": "matches", "place": 3, "value": 2.0, "tags": ["a", "b"], "parts": {}},
    ]
    masters = {5: {"master_id": 5, "records": 2, "links": links}, 6: {"master_id": 6, "records": 1}}
    await publish(
        lake,
        {
            "films": by_id(known),
            "imdb": by_id({133093: {"film_id": 603}}),
            "releases": by_id(records),
            "masters": by_id(masters),
            "barcodes": by_text({"0081227951122": {"records": 1, "links": links[:1]}}),
            "film_pages": by_id({604: {"why": "none likely enough", "considered": [pair]}}),
            "film_trends": by_id({603: {"days": [{"on": "2026-11-20", "votes": 9}], "windows": []}}),
            "release_pages": by_id({900: {"why": "no title near it"}}),
            "views": {key_of("kpis"): [f"kpis\t{compact(row)}" for row in rows]},
            "words": by_word([*titled, alone]),
        },
        run_id,
        views={"kpis": KPIS},
    )
