"""A queue of reviews in a lake, as the gold job leaves one, and what the log holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient

POINTER = "search/reviews/_current.json"
QUEUE = "search/reviews/snapshot=20200101T000000Z-0000/queue.jsonl"
LOG = "reviews/log/000001.jsonl"


@contextmanager
def review_queue(lake: str, items: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """A queue of these items; what was there comes back afterwards."""
    with BlobServiceClient.from_connection_string(lake) as service:
        gold = service.get_container_client("gold")
        try:
            before = gold.download_blob(POINTER).readall()
        except ResourceNotFoundError:
            before = None
        gold.upload_blob(QUEUE, "".join(f"{json.dumps(item)}\n" for item in items), overwrite=True)
        pointer = {"snapshot": "20200101T000000Z-0000", "queue": QUEUE, "by_film": "", "buckets": 0}
        pointer |= {"log": {"part": 1, "bytes": 0}, "last_at": None, "published_at": str(uuid4())}
        gold.upload_blob(POINTER, json.dumps(pointer), overwrite=True)
        try:
            yield
        finally:
            gold.delete_blob(QUEUE)
            if before is None:
                gold.delete_blob(POINTER)
            else:
                gold.upload_blob(POINTER, before, overwrite=True)


def kept(lake: str, release_id: int) -> list[tuple[int, str, str]]:
    """Film, verdict and reviewer of each review of a record in the log, in order."""
    with BlobServiceClient.from_connection_string(lake) as service:
        text = service.get_blob_client("control", LOG).download_blob().readall()
    reviews = [json.loads(line) for line in text.splitlines()]
    return [
        (review["film_id"], review["verdict"], review["reviewer"])
        for review in reviews
        if review["release_id"] == release_id
    ]


def pair(film_id: int, release_id: int, title: str, **more: Any) -> dict[str, Any]:
    """An item of the queue."""
    film = {"film_id": film_id, "title": title, "year": 1999, "composers": ["Hans Mori"], "overview": title}
    record = {"release_id": release_id, "title": title, "artist": "Hans Mori", "formats": ["Vinyl", "LP"]}
    film |= {"poster_url": "https://image.tmdb.org/t/p/w342/a.jpg"}
    record |= {"cover_url": "javascript:window.harm=1"}
    item = {"film": film, "record": record, "probability": 0.52, "margin": 0.02, "reason": "title exact"}
    item |= {"evidence": {"title_exact": 2.9, "year_before": -1.5}, "releases": 3, "cause": "ambiguous"}
    rival = {"film_id": 5, "title": title, "year": 1950, "probability": 0.47, "reason": "namesake"}
    return {**item, "rivals": [rival], **more}
