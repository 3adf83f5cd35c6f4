"""Tracks and credits of a release: lists in its row, then tables of their own of the latest answers that have them.

Only a release's own answer and the dump have them; a search lists neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from spark_jobs.names.people import clean_artist, real_artists
from spark_jobs.silver.reading.answers import Body
from spark_jobs.silver.reading.cleaning import said, text, whole

JOBS: Mapping[str, tuple[str, ...]] = {
    "composer": (
        "composed by",
        "composer",
        "music by",
        "written-by",
        "written by",
        "score",
        "original music by",
    ),
    "conductor": ("conductor", "conducted by"),
    "orchestrator": ("orchestrated by",),
    "arranger": ("arranged by", "arranger"),
    "lyricist": ("lyrics by", "words by", "libretto by"),
    "orchestra": ("orchestra", "choir", "chorus", "ensemble"),
    "singer": ("vocals", "lead vocals", "voice", "singer"),
    "producer": ("producer", "co-producer", "executive-producer"),
}
"""What is counted as which job: roles as Discogs writes them, folded."""
_JOB_OF = {role: job for job, roles in JOBS.items() for role in roles}
_BETWEEN_ROLES = re.compile(r",(?![^\[]*\])")  # a comma within brackets parts nothing
_LONGEST_ROLES = 2_000
_DURATION = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})", re.ASCII)
MOST_ITEMS = 2_000
"""Tracks, and credits, that are kept of one release."""

Item = tuple[Any, ...]


class Track(NamedTuple):
    """A track as it stands in the list; `part_of` is the place of the one it is within, from 1."""

    place: int
    part_of: int | None
    body: Body


def tracks(body: Body) -> list[Item]:
    """Tracks of a release (body: DISCOGS_RELEASE): part_of, number, kind, title, artists, duration_s."""
    return [
        (
            track.part_of,
            text(track.body.position),
            _kind(track.body),
            text(track.body.title),
            real_artists(_names(track.body.artists)),
            _duration_s(said(track.body.duration)),
        )
        for track in _in_order(body)
    ]


def credits(body: Body) -> list[Item]:
    """Credits of a release and of its tracks, one a role: artist_id, name, role, detail, job, track, tracks."""
    found = [item for artist in body.extraartists or () if artist for item in _roles(artist, None)]
    for track in _in_order(body):
        found += [
            item for artist in track.body.extraartists or () if artist for item in _roles(artist, track.place)
        ]
    return found[:MOST_ITEMS]


def _in_order(body: Body) -> list[Track]:
    """The list as it is printed: what is within a track follows it."""
    found: list[Track] = []
    for track in body.tracklist or ():
        if track is None:
            continue
        found.append(Track(len(found) + 1, None, track))
        outer = len(found)
        for inner in track.sub_tracks or ():
            if inner is not None:
                found.append(Track(len(found) + 1, outer, inner))
    return found[:MOST_ITEMS]


def _kind(track: Body) -> str | None:
    """Track, heading or index."""
    kind = text(track.type_)
    return kind.lower() if kind else None


def _roles(artist: Body, track: int | None) -> Iterator[Item]:
    name = text(artist.name)
    if name is None:
        return
    for role, detail in split_roles(said(artist.role)):
        job = _JOB_OF.get(role.lower()) if role else None
        yield (
            whole(artist.id, above=0),
            clean_artist(name),
            role,
            detail,
            job,
            track,
            text(artist.tracks),
        )


def split_roles(roles: str | None) -> list[tuple[str | None, str | None]]:
    """The roles of a credit with what stands in brackets behind each: 'Conductor [Orchestra], Producer' are two."""
    parts = _BETWEEN_ROLES.split((roles or "")[:_LONGEST_ROLES])
    found = [(role, rest.partition("]")[0]) for role, _, rest in (part.partition("[") for part in parts)]
    return [(role, text(detail)) for said_role, detail in found if (role := text(said_role))] or [
        (None, None)
    ]


def _names(artists: Iterable[Body] | None) -> list[str]:
    return [name for artist in artists or () if artist and (name := text(artist.name))]


def _duration_s(printed: str | None) -> int | None:
    """Seconds of '4:05' or '1:02:03'; None for anything else."""
    found = _DURATION.fullmatch(printed.strip()) if printed else None
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds if seconds < 60 else None
