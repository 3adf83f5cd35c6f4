"""The evidence for a match as one line a person can read. Plain functions."""

from __future__ import annotations

import re

from spark_jobs.matching.evidence import TitleEvidence
from spark_jobs.names.name import FROM, FULL

_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


def title_phrase(title: TitleEvidence, printed: str, film_title: str) -> str:
    """How the titles agree: "title exact after removing 'Original Motion Picture Soundtrack'" and the like."""
    if not title.is_exact:
        return f"title {title.similarity:.0%} alike: '{title.release_name}' and '{title.film_name}'"
    if title.release_kind == FROM:
        return f"says it is from '{film_title}'"
    if title.release_kind != FULL:
        return f"part of its title is '{title.film_name}'"
    if title.film_kind != FULL:
        return f"title is '{title.film_name}', short for '{film_title}'"
    removed = removed_words(printed, film_title)
    return f"title exact after removing '{removed}'" if removed else "title exact"


def removed_words(printed: str, film_title: str) -> str:
    """What a printed record title says beyond the film's title; '' when nothing, or when it is spelt otherwise."""
    at = printed.casefold().find(film_title.casefold())
    if at < 0 or not film_title:
        return ""
    rest = f"{printed[:at]} {printed[at + len(film_title) :]}"
    return _EDGES.sub("", " ".join(rest.split()))


def people_phrase(person: str | None, is_composer: bool, is_clash: bool, artist: str) -> str:
    """What the people say; '' when nothing is known."""
    if person:
        return f"{'composer' if is_composer else 'cast or director'} {person} is the artist"
    return f"artist {artist} is not the film's composer" if is_clash else ""


def year_phrase(film_year: int, release_year: int) -> str:
    """The two years, as far as known."""
    film = f"film {film_year}" if film_year else "film of unknown year"
    return f"{film}, release {release_year}" if release_year else f"{film}, release year unknown"
