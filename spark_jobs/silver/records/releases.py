"""Discogs search results, releases and masters to rows of the silver table `releases`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from pyspark.sql import DataFrame

from spark_jobs.names.people import clean_artist, credited_artists, is_anyone, names_anyone, real_artists
from spark_jobs.names.titles import parse_title, split_artist
from spark_jobs.schemas.raw import DUMP_BLOBS
from spark_jobs.schemas.silver import RELEASES
from spark_jobs.silver.reading.answers import Answer, Body
from spark_jobs.silver.reading.cleaning import (
    INT_MAX,
    Scalar,
    asked,
    said,
    strings,
    text,
    trimmed,
    whole,
    within,
)
from spark_jobs.silver.records.genres import release_genres
from spark_jobs.silver.records.tracks import credits, tracks

_RELEASE = "release"  # the type of those results of a search that are releases
YEARS = (1877, 2100)  # the phonograph was invented in 1877
RELEASE_TITLE_LIMIT_CHARS = 4_000
_PICTURE = re.compile(r"https://[a-z]+\.discogs\.com/[^\s]{1,1000}")
_BARCODE = re.compile("[0-9]{8,14}|[0-9]{9}X")
_DASHES = (  # all of Unicode's category Pd
    "\u058a\u05be\u1400\u1806\u2010-\u2015\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d\u301c\u3030\u30a0\ufe31\ufe32"
    "\ufe58\ufe63\uff0d\U00010ead"
)
_BETWEEN_DIGITS = re.compile(rf"[\s\-{_DASHES}]")
_SOUNDTRACK_STYLES = frozenset({"Soundtrack", "Score", "Theme", "Musical"})
_SOUNDTRACK_TITLE = re.compile(
    r"\b(soundtrack|motion picture|film score|original score|music from the|bande originale|banda sonora|"
    r"colonna sonora|o\.?s\.?t\.?)\b",
    re.IGNORECASE,
)
PARTS = {"tracklist": ("tracks", "release_credits"), "community": ("have", "want"), "images": ("cover_url",)}
"""Columns of a typed release that are made of a part of the answer which other kinds of answers leave out."""
NOT_LISTED = ("tracklist",)
Row = dict[str, Any]


def from_search(answer: Answer) -> Iterator[Row]:
    """An answer of discogs/search (body: DISCOGS_SEARCH) to typed rows (RELEASE_ROWS without where they are from).

    A page that cannot be read stays one row with its fault; a page without results gives none, and neither does a
    result of another type: the number of a master is not that of a release.
    """
    if answer.fault or answer.status != 200:
        yield _typed(answer, asked(answer.path, "/releases/"))
        return
    for place, item in enumerate(answer.body.results or ()):
        if item is not None and _is_release(item, answer.asked_type):
            yield {"item_no": place, "line": _as_json(item)} | _from_result(answer, item)


def _as_json(item: Body) -> str:
    known = {name: value for name, value in msgspec.structs.asdict(item).items() if value is not None}
    return msgspec.json.encode(known).decode()


def _is_release(item: Body, asked_type: str | None) -> bool:
    type_ = said(item.type) if item.type is not None else asked_type
    return type_ is None or type_.lower() == _RELEASE


def _from_result(answer: Answer, item: Body) -> Row:
    lists = {
        "formats": strings(item.format),
        "labels": strings(item.label),
        "genres": strings(item.genre),
        "styles": strings(item.style),
        **_identified(item.barcode, item.barcode),
    }
    title = text(item.title)
    asked_id = asked(answer.path, "/releases/")
    named = _named(title, *_of_print(title)) | {"cover_url": _picture(said(item.cover_image))}
    listed = _with_lists(title, lists) | {"missing_parts": list(NOT_LISTED)}
    return _of_release(answer, item, asked_id) | named | listed


def from_release(answer: Answer) -> Iterator[Row]:
    """An answer of discogs/release (body: DISCOGS_RELEASE) to its typed row; a 404 keeps only the id asked for.

    Artists and title are the release's own: `artists_sort` ('Hollow Tide, The') is no name.
    """
    item = answer.body
    formats = [each for each in item.formats or () if each is not None]
    identifiers = [each for each in item.identifiers or () if each is not None]
    are_barcodes = [each.value for each in identifiers if (said(each.type) or "").lower() == "barcode"]
    descriptions = [detail for each in formats for detail in each.descriptions or ()]
    lists = {
        "formats": strings([*(each.name for each in formats), *descriptions]),
        "labels": strings(_names(item.labels)),
        "genres": strings(item.genres),
        "styles": strings(item.styles),
        **_identified(are_barcodes, [each.value for each in identifiers]),
    }
    own = _of_its_own(item, lists) | _lists_of_its_own(answer)
    yield _of_release(answer, item, asked(answer.path, "/releases/")) | own


def _lists_of_its_own(answer: Answer) -> Row:
    """Cover, tracks and credits; of a dump, which counts nobody's records, also that it is one."""
    item, is_dump = answer.body, answer.raw.blob.startswith(DUMP_BLOBS)
    missing = [name for name in PARTS if getattr(item, name) is None]
    has_lists = answer.status == 200 and "tracklist" not in missing
    images = [said(each.uri) for each in item.images or () if each is not None]
    return {
        **({"kind": "dump"} if is_dump else {}),
        "missing_parts": missing if answer.status == 200 else [],
        "cover_url": _picture(images[0] if images else None),
        "tracks": tracks(item) if has_lists else None,
        "release_credits": credits(item) if has_lists else None,
    }


def from_master(answer: Answer) -> Iterator[Row]:
    """An answer of discogs/master (body: DISCOGS_MASTER) to a typed row: that of the release it names as its main.

    What a master does not say of that release (labels, formats, country) is null, and `ranked` prefers what the release
    itself said. A 404 says nothing of any release, so it gives no row.
    """
    if answer.status == 404 and not answer.fault:
        return
    master = answer.body
    lists = {"genres": strings(master.genres), "styles": strings(master.styles)}
    lists |= {name: [] for name in ("formats", "labels", "barcodes", "identifiers")}
    asked_id = asked(answer.path, "/masters/")
    is_other = asked_id is not None and asked_id != (whole(master.id) or 0)
    # No release has the id 0: the row is refused as another than the one asked for.
    own = _of_its_own(master, lists) | {"missing_parts": list(NOT_LISTED)}
    asked_for = 0 if is_other else None
    yield _typed(answer, asked_for, master.main_release, master.id, master.year) | own


def _of_release(answer: Answer, item: Body, asked_id: int | None) -> Row:
    community = item.community
    have, want = (community.have, community.want) if community else (None, None)
    return _typed(answer, asked_id, item.id, item.master_id, item.year) | {
        "country": text(item.country),
        "have": whole(have, above=-1),
        "want": whole(want, above=-1),
        "said": (trimmed(item.year), trimmed(have), trimmed(want)),
    }


def _typed(
    answer: Answer,
    asked_id: int | None,
    number: Scalar = None,
    master: Scalar = None,
    year: Scalar = None,
) -> Row:
    """What all kinds of answers say alike."""
    return {
        "release_id": asked_id if answer.status == 404 else whole(number),
        "asked_id": asked_id,
        "master_id": whole(master, above=0),
        "year": within(whole(year, INT_MAX), *YEARS),
        "said": (trimmed(year), None, None),
    }


def _of_its_own(item: Body, lists: dict[str, list[str]]) -> Row:
    """Title, artists and lists of an answer that has title and artists apart."""
    own_title, credit, names = text(item.title), _credit(item.artists), strings(_names(item.artists))
    title = None if own_title is None else f"{credit} - {own_title}" if credit else own_title
    is_various = not names or any(map(is_anyone, names))
    return _named(title, credit, own_title, real_artists(names), is_various) | _with_lists(title, lists)


def _of_print(title: str | None) -> tuple[str | None, str | None, list[str], bool]:
    """Artist, title, artists, and whether it is by nobody in particular, of a title as a search prints it."""
    if title is None or len(title) > RELEASE_TITLE_LIMIT_CHARS:
        title = ""
    artist, own_title = split_artist(title)
    return artist, own_title, credited_artists(artist), names_anyone(artist)


def _named(
    title: str | None, artist: str | None, own_title: str | None, artists: list[str], is_various: bool
) -> Row:
    if title is None or len(title) > RELEASE_TITLE_LIMIT_CHARS:
        artist = own_title = None
    artist, own_title = artist or "", own_title or ""
    return {
        "title": title,
        "artist": artist or None,
        "clean_artist": clean_artist(artist) or None,
        "is_various": is_various,
        "artists": artists,
        "release_title": own_title or None,
        "clean_title": parse_title(artist, own_title).clean or None,
    }


def _with_lists(title: str | None, lists: dict[str, list[str]]) -> Row:
    """The lists, and whether it is Stage & Screen music of a telling style, or a title that says so."""
    genres = release_genres(lists["genres"])
    is_staged = "Stage & Screen" in genres or not _SOUNDTRACK_STYLES.isdisjoint(lists["styles"])
    says_so = bool(title and _SOUNDTRACK_TITLE.search(title))
    return lists | {"genres": genres, "is_soundtrack_like": is_staged or says_so}


def _names(items: Iterable[Body] | None) -> list[Scalar]:
    return [item.name for item in items or () if item is not None]


def _credit(artists: Iterable[Body] | None) -> str | None:
    """A release's artists as its sleeve and the search print them, with their joiners; None when it has none.

    Another spelling of a name ends in '*', and a joiner of the last artist joins nothing.
    """
    named = [(artist, name) for artist in artists or () if artist and (name := text(artist.name))]
    printed = ""
    for place, (artist, name) in enumerate(named, start=1):
        spelling = text(artist.anv)
        printed += f"{spelling}*" if spelling else name
        if place < len(named):
            join = text(artist.join)
            printed += ", " if join in (None, ",") else f" {join} "
    return printed or None


def _identified(candidates: list[Scalar] | None, everything: list[Scalar] | None) -> dict[str, list[str]]:
    """`barcodes`, the digits of those candidates that are one, and `identifiers`, everything else as printed."""
    codes = {code: digits for code in strings(candidates) if (digits := _digits(code))}
    return {
        "barcodes": list(dict.fromkeys(codes.values())),
        "identifiers": [each for each in strings(everything) if each not in codes],
    }


def _picture(address: str | None) -> str | None:
    """The address of a picture at Discogs; None for none, and for the grey square that stands for none."""
    is_picture = address is not None and _PICTURE.fullmatch(address) and not address.endswith("/spacer.gif")
    return address if is_picture else None


def _digits(code: str) -> str | None:
    """A barcode without the spaces and dashes it is printed with; None for what is none."""
    plain = _BETWEEN_DIGITS.sub("", code).upper()
    return plain if _BARCODE.fullmatch(plain) else None


def columns(rows: DataFrame) -> DataFrame:
    """Exactly the columns of `releases`, in order."""
    return rows.select([field.name for field in RELEASES])
