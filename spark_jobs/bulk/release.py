"""One release of a dump in the shape in which Discogs' API answers it, so that silver reads both alike. Pure.

Ids and names are those of the outermost element: a track may hold tracks, and an unknown element anything. What this
code was not written for is counted, never fatal.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

from spark_jobs.bulk.errors import BadPiece
from spark_jobs.bulk.pieces import DECLARES

STAGE_AND_SCREEN, SOUNDTRACK = "Stage & Screen", "Soundtrack"
ACCEPTED = "Accepted"
_MAY_BE_STYLE = re.compile(rb">\s*(?:<!\[CDATA\[)?\s*Soundtrack")
_CONTROLS = bytes({*range(0x20)} - {9, 10, 13})
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile("&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));")
_YEAR = re.compile(r"\s*(\d{4})", re.ASCII)

Body = dict[str, Any]


@dataclass
class Release:
    """A release as the API would answer it.

    Attributes:
        body: the answer.
        drift: elements and attributes that this code does not know, by path, and how often.
        is_repaired: whether bytes had to be replaced or left out to read it.
    """

    body: Body
    drift: Counter[str] = field(default_factory=Counter)
    is_repaired: bool = False

    @property
    def is_wanted(self) -> bool:
        """Whether it is music of a film or stage, by its own genres and styles."""
        return STAGE_AND_SCREEN in self.body["genres"] or SOUNDTRACK in self.body["styles"]


def may_be_wanted(data: bytes, start: int, end: int) -> bool:
    """Whether a release may be wanted, by its bytes: none that is wanted is missed, and few others get through."""
    if data.find(b"Stage &", start, end) >= 0:
        return True
    return data.find(b"Soundtrack", start, end) >= 0 and _MAY_BE_STYLE.search(data, start, end) is not None


def read_release(piece: bytes) -> Release:
    """A piece of a dump as the API would answer it.

    Raises:
        BadPiece: it is no XML, no release, or one that was not accepted.
    """
    for mark in DECLARES:
        if mark in piece:
            raise BadPiece("declares entities or a document type")
    text, is_repaired = _text(piece)
    try:
        root = fromstring(text)  # noqa: S314 - no entity can be declared in a piece, and XML's own five are harmless
    except (ParseError, ValueError, RecursionError) as error:
        raise BadPiece(f"no XML: {error}") from error
    if root.tag != "release":
        raise BadPiece(f"begins with the element {root.tag}")
    status = root.get("status") or ACCEPTED
    if status != ACCEPTED:
        raise BadPiece(f"has the status {status}")
    release_id = _number(root.get("id"))
    if not release_id:
        raise BadPiece("has no id")
    drift: Counter[str] = Counter()
    _compare(root, _RELEASE, "release", drift)
    return Release(_body(root, release_id, status), drift, is_repaired)


def _text(piece: bytes) -> tuple[str, bool]:
    """The piece as text that XML 1.0 permits, and whether that is not all of it."""
    plain = piece.translate(None, _CONTROLS)
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        text = plain.decode(errors="replace")
        is_repaired = True
    else:
        is_repaired = len(plain) < len(piece)
    allowed = _FORBIDDEN.sub("", text)
    if "&#" in allowed:
        allowed = _REFERENCE.sub(_permitted, allowed)
    return allowed, is_repaired or len(allowed) < len(text)


def _permitted(reference: re.Match[str]) -> str:
    """A reference to a character, unless XML 1.0 has no such character."""
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    code = int(digits, base) if len(digits) < 10 else 0
    is_allowed = 0 < code <= 0x10FFFF and not _FORBIDDEN.match(chr(code))
    return reference[0] if is_allowed else ""


def _body(root: Element, release_id: int, status: str) -> Body:
    released = root.findtext("released") or ""
    year = _YEAR.match(released)
    return {
        "id": release_id,
        "status": status,
        "title": root.findtext("title") or "",
        "artists": _list(root, "artists", "artist", _credit),
        "extraartists": _list(root, "extraartists", "artist", _credit),
        "labels": _distinct(_list(root, "labels", "label", _label)),
        "companies": _list(root, "companies", "company", _company),
        "series": _list(root, "series", "series", _label),
        "formats": _list(root, "formats", "format", _format),
        "genres": _texts(root, "genres", "genre"),
        "styles": _texts(root, "styles", "style"),
        "country": root.findtext("country") or "",
        "released": released,
        "year": int(year[1]) if year else 0,
        "notes": root.findtext("notes") or "",
        "data_quality": root.findtext("data_quality") or "",
        "master_id": _number(root.findtext("master_id")),
        "identifiers": _list(root, "identifiers", "identifier", _identifier),
        "tracklist": _list(root, "tracklist", "track", _track),
    }


def _list(parent: Element, name: str, item: str, read: Callable[[Element], Body]) -> list[Body]:
    found = parent.find(name)
    return [] if found is None else [read(each) for each in found.findall(item)]


def _texts(parent: Element, name: str, item: str) -> list[str]:
    found = parent.find(name)
    return [] if found is None else [text.strip() for each in found.findall(item) if (text := each.text)]


def _number(text: str | None) -> int | None:
    """An id; null where it is empty or no number."""
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def _credit(artist: Element) -> Body:
    return {"id": _number(artist.findtext("id"))} | {
        name: artist.findtext(name) or "" for name in ("name", "anv", "join", "role", "tracks")
    }


def _label(label: Element) -> Body:
    names = {name: label.get(name) or "" for name in ("name", "catno")}
    return {"id": _number(label.get("id")), **names}


def _company(company: Element) -> Body:
    names = ("name", "catno", "entity_type", "entity_type_name")
    return {"id": _number(company.findtext("id"))} | {name: company.findtext(name) or "" for name in names}


def _format(medium: Element) -> Body:
    said = {name: medium.get(name) or "" for name in ("name", "qty", "text")}
    return said | {"descriptions": _texts(medium, "descriptions", "description")}


def _identifier(identifier: Element) -> Body:
    return {name: identifier.get(name) or "" for name in ("type", "value", "description")}


def _track(track: Element) -> Body:
    body: Body = {name: track.findtext(name) or "" for name in ("position", "title", "duration")}
    for name in ("artists", "extraartists"):
        if credits := _list(track, name, "artist", _credit):
            body[name] = credits
    inner = _list(track, "sub_tracks", "track", _track)
    if inner:
        return {**body, "type_": "index", "sub_tracks": inner}
    return {**body, "type_": "track" if body["position"] or body["duration"] else "heading"}


def _distinct(bodies: list[Body]) -> list[Body]:
    return [body for place, body in enumerate(bodies) if body not in bodies[:place]]


@dataclass(frozen=True)
class _Known:
    """What an element is known to have: attributes, and elements in it; `elements` None: whatever is in it."""

    attributes: frozenset[str] = frozenset()
    elements: Mapping[str, _Known] | None = field(default_factory=dict)


def _having(*attributes: str, **elements: _Known) -> _Known:
    return _Known(frozenset(attributes), elements)


_TEXT = _Known()
_ANYTHING = _Known(elements=None)
_ARTISTS = _having(artist=_having(**dict.fromkeys(("id", "name", "anv", "join", "role", "tracks"), _TEXT)))
_FLAT_TRACK = dict.fromkeys(("position", "title", "duration"), _TEXT) | {
    "artists": _ARTISTS,
    "extraartists": _ARTISTS,
}
_TRACK = _having(**_FLAT_TRACK, sub_tracks=_having(track=_having(**_FLAT_TRACK)))
_COMPANY = dict.fromkeys(("id", "name", "catno", "entity_type", "entity_type_name", "resource_url"), _TEXT)
_RELEASE = _having(
    "id",
    "status",
    **dict.fromkeys(("title", "country", "released", "notes", "data_quality"), _TEXT),
    master_id=_having("is_main_release"),
    images=_ANYTHING,
    videos=_ANYTHING,
    artists=_ARTISTS,
    extraartists=_ARTISTS,
    labels=_having(label=_having("name", "catno", "id")),
    companies=_having(company=_having(**_COMPANY)),
    series=_having(series=_having("name", "catno", "id")),
    formats=_having(
        format=_having("name", "qty", "text", descriptions=_having(description=_TEXT)),
    ),
    genres=_having(genre=_TEXT),
    styles=_having(style=_TEXT),
    identifiers=_having(identifier=_having("type", "value", "description")),
    tracklist=_having(track=_TRACK),
)


def _compare(element: Element, known: _Known, path: str, drift: Counter[str]) -> None:
    """Count what an element has that is not known; what is in an unknown element counts with it."""
    for name in element.attrib.keys() - known.attributes:
        drift[f"{path}@{name}"] += 1
    if known.elements is None:
        return
    for inner in element:
        expected = known.elements.get(inner.tag)
        if expected is None:
            drift[f"{path}/{inner.tag}"] += 1
        elif len(inner) or inner.attrib:
            _compare(inner, expected, f"{path}/{inner.tag}", drift)
