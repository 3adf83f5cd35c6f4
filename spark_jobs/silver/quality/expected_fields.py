"""The fields each API is expected to answer with, and their types.

A nested dict is an object, a list holds the one kind of its items, and a string names the JSON types a value may
have (null always may); '!' marks a field no run can do without. Read from TMDB's and Discogs' documentation.
"""

from __future__ import annotations

from typing import Any

S, N, B = "string", "number", "boolean"
Spec = dict[str, Any]

_PERSON: Spec = {
    "adult": B, "gender": N, "id": N, "known_for_department": S, "name": S, "original_name": S, "popularity": N,
    "profile_path": S, "credit_id": S,
}  # fmt: skip
_REVIEW: Spec = {
    "author": S,
    "author_details": {"name": S, "username": S, "avatar_path": S, "rating": N},
    "content": S,
    "created_at": S,
    "id": S,
    "updated_at": S,
    "url": S,
}
_IDS: Spec = {"imdb_id": S, "wikidata_id": S, "facebook_id": S, "instagram_id": S, "twitter_id": S}
TMDB_DETAILS: Spec = {
    "id": "number!",
    "title": "string!",
    **dict.fromkeys(
        ("original_title", "overview", "release_date", "original_language", "imdb_id", "status"), S
    ),
    **dict.fromkeys(("backdrop_path", "homepage", "poster_path", "tagline"), S),
    **dict.fromkeys(("vote_average", "vote_count", "popularity", "budget", "revenue", "runtime"), N),
    "adult": B,
    "video": B,
    "softcore": B,
    "origin_country": [S],
    "genres": [{"id": N, "name": S}],
    "belongs_to_collection": {"id": N, "name": S, "poster_path": S, "backdrop_path": S},
    "production_companies": [{"id": N, "logo_path": S, "name": S, "origin_country": S}],
    "production_countries": [{"iso_3166_1": S, "name": S}],
    "spoken_languages": [{"english_name": S, "iso_639_1": S, "name": S}],
    "credits": {
        "cast": [_PERSON | {"cast_id": N, "character": S, "order": N}],
        "crew": [_PERSON | {"department": S, "job": S}],
    },
    "keywords": {"keywords": [{"id": N, "name": S}]},
    "alternative_titles": {"titles": [{"iso_3166_1": S, "title": S, "type": S}]},
    "external_ids": _IDS,
    "reviews": {"page": N, "results": [_REVIEW], "total_pages": N, "total_results": N},
}
_STRINGS: Spec = {name: [S] for name in ("format", "label", "genre", "style", "barcode")}
_LINKS: Spec = dict.fromkeys(("uri", "resource_url", "thumb", "cover_image", "master_url"), S)
_USER_DATA: Spec = {"in_wantlist": B, "in_collection": B}
_FORMATS: list[Spec] = [{"name": S, "qty": S, "text": S, "descriptions": [S]}]
_PAGES: Spec = dict.fromkeys(("first", "last", "prev", "next"), S)
_RATED: Spec = dict.fromkeys(("rating", "submitter", "contributors", "data_quality", "status"), "any")
DISCOGS_SEARCH: Spec = {
    "pagination": {"page": N, "pages": N, "per_page": N, "items": N, "urls": _PAGES},
    "results": [
        {"id": "number!", "title": "string!", "type": S, "year": "string|number", "country": S, "catno": S}
        | {"master_id": N, "format_quantity": N, "formats": _FORMATS, "user_data": _USER_DATA}
        | {"community": {"have": N, "want": N}, **_STRINGS, **_LINKS}
    ],
}  # fmt: skip
_ENTITY: Spec = dict.fromkeys(("name", "anv", "join", "role", "tracks", "resource_url", "thumbnail_url"), S)
_COMPANY: Spec = dict.fromkeys(("name", "catno", "entity_type", "entity_type_name"), S)
_COMPANY |= {"id": N, "resource_url": S, "thumbnail_url": S}
DISCOGS_RELEASE: Spec = {
    "id": "number!",
    "title": "string!",
    **dict.fromkeys(("artists_sort", "country", "status", "data_quality", "notes", "released"), S),
    **dict.fromkeys(("released_formatted", "date_added", "date_changed"), S),
    **dict.fromkeys(("master_id", "year", "format_quantity", "estimated_weight", "num_for_sale"), N),
    **dict.fromkeys(("lowest_price",), N),
    "blocked_from_sale": B,
    "is_offensive": B,
    "artists": [_ENTITY | {"id": N}],
    "extraartists": [_ENTITY | {"id": N}],
    "labels": [_COMPANY],
    "companies": [_COMPANY],
    "series": [_COMPANY],
    "formats": _FORMATS,
    "genres": [S],
    "styles": [S],
    "identifiers": [{"type": S, "value": S, "description": S}],
    "community": {"have": N, "want": N} | _RATED,
    **dict.fromkeys(("tracklist", "images", "videos"), "any"),
    **_LINKS,
}  # fmt: skip
DISCOGS_MASTER: Spec = {
    "id": "number!",
    "main_release": "number!",
    "title": "string!",
    **dict.fromkeys(("artists_sort", "data_quality", "notes"), S),
    **dict.fromkeys(("main_release_url", "most_recent_release_url", "versions_url", "uri", "resource_url"), S),
    **dict.fromkeys(("year", "most_recent_release", "num_for_sale", "lowest_price"), N),
    "artists": [_ENTITY | {"id": N}],
    "extraartists": [_ENTITY | {"id": N}],
    "genres": [S],
    "styles": [S],
    **dict.fromkeys(("tracklist", "images", "videos"), "any"),
}  # fmt: skip
EXPECTED: dict[str, Spec] = {
    "tmdb/details": TMDB_DETAILS,
    "discogs/search": DISCOGS_SEARCH,
    "discogs/release": DISCOGS_RELEASE,
    "discogs/master": DISCOGS_MASTER,
}
