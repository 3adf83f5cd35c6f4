"""`releases/{id}` and `masters/{id}` out of a search result, tracks and credits."""

from __future__ import annotations

from zlib import crc32

from local.catalog.columns import Record

SITE = "https://api.discogs.com"


def release_detail(record: Record, tracks: list[Record], credits: list[Record]) -> Record:
    """Return a release in Discogs' shape; the year is 0 where unknown."""
    release_id, master = record["id"], record.get("master_id") or 0
    community = record.get("community") or {}
    optional = {"master_id": master, "master_url": f"{SITE}/masters/{master}"} if master else {}
    return {
        **_common(record, tracks),
        **optional,
        "id": release_id,
        "status": "Accepted",
        "resource_url": f"{SITE}/releases/{release_id}",
        "uri": f"https://www.discogs.com/release/{release_id}",
        "labels": [_label(name, record.get("catno") or "") for name in record.get("label") or []],
        "formats": record.get("formats") or _formats(record),
        "format_quantity": record.get("format_quantity") or 1,
        "community": {"have": community.get("have", 0), "want": community.get("want", 0)},
        "country": record.get("country") or "",
        "released": str(record.get("year") or ""),
        "identifiers": [{"type": "Barcode", "value": code} for code in record.get("barcode") or []],
        "extraartists": credits,
        "companies": [],
        "notes": "",
    }


def master_detail(record: Record, tracks: list[Record], credits: list[Record]) -> Record:
    """Return the master of a release, of which that release is the main one."""
    master = record["master_id"]
    return {
        **_common(record, tracks),
        "id": master,
        "main_release": record["id"],
        "main_release_url": f"{SITE}/releases/{record['id']}",
        "versions_url": f"{SITE}/masters/{master}/versions",
        "resource_url": f"{SITE}/masters/{master}",
        "uri": f"https://www.discogs.com/master/{master}",
        "extraartists": credits,
    }


def master_row(record: Record) -> Record:
    """Return the master of a release as it stands in search results."""
    master = record["master_id"]
    links = {"uri": f"/master/{master}", "resource_url": f"{SITE}/masters/{master}"}
    return record | links | {"type": "master", "id": master, "master_url": f"{SITE}/masters/{master}"}


def _common(record: Record, tracks: list[Record]) -> Record:
    artist, _, title = record["title"].partition(" - ")
    return {
        "title": title or artist,
        "year": int(record.get("year") or 0),
        "artists": [_artist(name) for name in artist.split(" / ")],
        "artists_sort": artist,
        "genres": record.get("genre") or [],
        "styles": record.get("style") or [],
        "tracklist": tracks,
        "images": [],
        "videos": [],
        "data_quality": "Correct",
    }


def _artist(name: str) -> Record:
    plain = name.removesuffix("*")
    number = crc32(plain.encode())
    own = {"id": number, "resource_url": f"{SITE}/artists/{number}"}
    return {"name": plain, "anv": "", "join": "", "role": "", "tracks": "", **own}


def _label(name: str, catalog_number: str) -> Record:
    number = crc32(name.encode())
    own = {"id": number, "resource_url": f"{SITE}/labels/{number}"}
    return {"name": name, "catno": catalog_number, "entity_type": "1", "entity_type_name": "Label", **own}


def _formats(record: Record) -> list[Record]:
    names = record.get("format") or []
    return [{"name": names[0], "qty": "1", "descriptions": names[1:]}] if names else []
