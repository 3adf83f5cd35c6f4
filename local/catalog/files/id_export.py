"""TMDB's daily export of film ids: `movie_ids_MM_DD_YYYY.json.gz`, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator

from local.catalog.columns import FilmSource


def lines(films: FilmSource) -> Iterator[bytes]:
    """Return a line for every film there is, those without a date among them."""
    columns = films.columns
    for place, film_id in enumerate(columns.ids.tolist()):
        row = {
            "adult": bool(columns.adult[place]),
            "id": film_id,
            "original_title": films.titles(place)[1],
            "popularity": round(float(columns.popularity[place]), 4),
            "video": False,
        }
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
