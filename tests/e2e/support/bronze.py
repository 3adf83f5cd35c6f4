"""What a run landed in bronze, in a form that two runs can be compared by."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from azure.storage.blob import BlobServiceClient

Answer = tuple[str, str]


@dataclass(frozen=True)
class Bronze:
    """One run's raw blobs.

    `answers` maps `source/kind` to how often each (request, sha of status and body) landed; `names` are the
    blobs' names without what differs between runs by design (run id, ingest date, digest of the task id).
    """

    answers: dict[str, Counter[Answer]]
    names: frozenset[str]

    @property
    def requests(self) -> Counter[tuple[str, str]]:
        """How often the answer to each (kind, request) landed."""
        return Counter(
            {
                (kind, request): count
                for kind, answers in self.answers.items()
                for (request, _), count in answers.items()
            }
        )


def read_bronze(lake: str, run_id: str) -> Bronze:
    """The raw blobs of a run, read from the storage account."""
    answers: dict[str, Counter[Answer]] = {}
    names = set()
    for name, lines in _blobs(lake, run_id):
        names.add(_comparable(name, run_id))
        kind = "/".join(name.split("/")[:2])
        answers.setdefault(kind, Counter()).update(_answer(line) for line in lines)
    return Bronze(answers, frozenset(names))


def _blobs(lake: str, run_id: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    with BlobServiceClient.from_connection_string(lake) as service:
        raw = service.get_container_client("raw")
        for name in raw.list_blob_names():
            if f"/run_id={run_id}/" in name:
                text = gzip.decompress(raw.download_blob(name).readall()).decode()
                yield name, [json.loads(line) for line in text.splitlines()]


def _answer(line: dict[str, Any]) -> Answer:
    body = _canonical({"status": line["status"], "body": line["body"]})
    return _canonical(line["request"]), hashlib.sha256(body.encode()).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _comparable(name: str, run_id: str) -> str:
    name = name.replace(run_id, "RUN")
    name = re.sub(r"ingest_date=[0-9-]+", "ingest_date=DAY", name)
    return re.sub(r"-[0-9a-f]{12}\.jsonl\.gz$", ".jsonl.gz", name)
