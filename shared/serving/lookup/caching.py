"""What makes an answer cheap to ask for again: an ETag by run, a time to keep it, and gzip."""

from __future__ import annotations

import gzip
from collections.abc import Mapping

KEPT_S = 300
SMALLEST_PACKED_BYTES = 500
FORM = 1
"""Of the answers: goes up when they change for the same run, so that nobody keeps the old ones."""


def headers_of(run_id: str) -> dict[str, str]:
    """Headers of an answer from a run's tables."""
    return {
        "ETag": etag_of(run_id),
        "Cache-Control": f"private, max-age={KEPT_S}",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }


def etag_of(run_id: str) -> str:
    """Weak, as the packed answer and the plain one share it."""
    return f'W/"{run_id}.{FORM}"'


def is_known(if_none_match: str | None, run_id: str) -> bool:
    """Whether a caller has the answer of this run already, by its `If-None-Match`."""
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return "*" in tags or etag_of(run_id).removeprefix("W/") in tags


def packed(body: bytes, accept_encoding: str | None) -> tuple[bytes, Mapping[str, str]]:
    """The body as a caller takes it, and the headers that say so."""
    if len(body) < SMALLEST_PACKED_BYTES or not takes_gzip(accept_encoding):
        return body, {}
    return gzip.compress(body, 5, mtime=0), {"Content-Encoding": "gzip"}


def takes_gzip(accept_encoding: str | None) -> bool:
    """Whether an `Accept-Encoding` names gzip, or everything, without refusing it."""
    weights = {}
    for part in (accept_encoding or "").lower().split(","):
        name, _, parameter = part.strip().partition(";")
        weights[name.strip()] = parameter.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return weights.get("gzip", weights.get("*", False))
