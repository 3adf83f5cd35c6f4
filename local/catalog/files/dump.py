"""Discogs' monthly dump of releases: `discogs_YYYYMMDD_releases.xml.gz`, one `<release>` element after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from local.catalog.columns import Record, ReleaseSource
from local.catalog.stores.release_details import release_detail

SOUNDTRACK = "Soundtrack"
HEAD, TAIL = b'<?xml version="1.0" encoding="UTF-8"?>\n<releases>\n', b"</releases>\n"
_ENTITY = ("id", "name", "anv", "join", "role", "tracks")
_COMPANY = ("id", "name", "catno", "entity_type", "entity_type_name", "resource_url")


def pieces(releases: ReleaseSource) -> Iterator[bytes]:
    """Return the dump's XML, a release at a time."""
    yield HEAD
    for place in range(len(releases.columns.ids)):
        record = release_detail(releases.record(place), *releases.tracks(place))
        if releases.is_answer_set and SOUNDTRACK not in record["styles"]:
            record["styles"] = [*record["styles"], SOUNDTRACK]
        yield release(record).encode()
    yield TAIL


def release(record: Record) -> str:
    """Return one release in the dump's shape; `record` is what the API answers."""
    master = record.get("master_id")
    inside = [
        _group("artists", map(_artist, record["artists"])),
        _text("title", record["title"]),
        _group("labels", (_empty("label", each, "name", "catno", "id") for each in record["labels"])),
        _group("extraartists", map(_artist, record["extraartists"])),
        _group("formats", map(_format, record["formats"])),
        _group("genres", (_text("genre", name) for name in record["genres"])),
        _group("styles", (_text("style", name) for name in record["styles"])),
        _text("country", record["country"]),
        _text("released", record["released"]),
        _text("notes", record["notes"]),
        _text("data_quality", record["data_quality"]),
        f'<master_id is_main_release="true">{master}</master_id>' if master else "",
        _group("tracklist", map(_track, record["tracklist"])),
        _group(
            "identifiers",
            (_empty("identifier", each, "type", "value", "description") for each in record["identifiers"]),
        ),
        _group("companies", (_element("company", each, _COMPANY) for each in record["companies"])),
    ]
    return f'<release id="{record["id"]}" status={quoteattr(record["status"])}>{"".join(inside)}</release>\n'


def _text(name: str, value: object) -> str:
    return f"<{name}>{escape(_permitted(str(value)))}</{name}>" if value not in (None, "") else ""


def _permitted(text: str) -> str:
    """The text without what XML 1.0 does not have."""
    return "".join(sign for sign in text if sign >= " " or sign in "\n\t")


def _group(name: str, items: Iterable[str]) -> str:
    inside = "".join(items)
    return f"<{name}>{inside}</{name}>" if inside else ""


def _element(name: str, record: Record, fields: Iterable[str]) -> str:
    inside = "".join(f"<{key}>{escape(_permitted(str(record.get(key) or '')))}</{key}>" for key in fields)
    return f"<{name}>{inside}</{name}>"


def _artist(record: Record) -> str:
    return _element("artist", record, _ENTITY)


def _empty(name: str, record: Record, *fields: str) -> str:
    said = (f"{key}={quoteattr(_permitted(str(record[key])))}" for key in fields if record.get(key))
    return f"<{name} {' '.join(said)}/>"


def _format(record: Record) -> str:
    said = " ".join(
        f"{key}={quoteattr(_permitted(str(record.get(key) or '')))}" for key in ("name", "qty", "text")
    )
    inside = _group("descriptions", (_text("description", each) for each in record.get("descriptions") or []))
    return f"<format {said}>{inside}</format>" if inside else f"<format {said}/>"


def _track(record: Record) -> str:
    inside = _element("x", record, ("position", "title", "duration")).removeprefix("<x>").removesuffix("</x>")
    inside += _group("artists", map(_artist, record.get("artists") or []))
    inside += _group("extraartists", map(_artist, record.get("extraartists") or []))
    inside += _group("sub_tracks", map(_track, record.get("sub_tracks") or []))
    return f"<track>{inside}</track>"
