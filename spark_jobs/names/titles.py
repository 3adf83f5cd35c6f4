"""Titles of soundtrack records as comparable names. Pure functions, no Spark.

A record wraps the name in boilerplate ('… (Original Motion Picture Soundtrack)'),
in other names ('A / B', 'X = Y') or in a song ('Louder (From "Far Astray")'). The parser
returns every name the record may carry, each with its kind, so that the scorer can weigh how it was found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from spark_jobs.names import boilerplate
from spark_jobs.names.folding import begins_with_a_part, fold, number_words, words
from spark_jobs.names.name import FROM, FULL, PART, Name, add_name
from spark_jobs.names.readings import (
    SUBTITLE,
    quoted,
    romanised,
    script_runs,
    spaced,
    with_letters,
    without_possessive,
)

_ARTIST_SEPARATOR = " - "
_ALTERNATIVE = re.compile(r"\s+=\s+")
_GROUP = re.compile(r"\(([^()]*)\)")
_BRACKET_WITHIN = re.compile(r"^\s*\([^()]*\)\s*\w|\)[a-z0-9]")
_SEGMENT = re.compile(
    r"(?<=[^\W\d_]{4})\.\s+|\.{2,}\s*|:\s+|:$|\s+-+\s+|\s+-(?=\w)|(?<=\w)-$|\s*/\s+|\s+/\s*|\s*\|\s*|;\s+|~"
    r"|\uff0f|/"
)
_VOLUME = re.compile(r"[\s,:-]*\bvol(?:ume|\.)?\s*(?:\d+|[ivx]+|one|two|three|four|five)\b\.?")
_PRESENTS = re.compile(r"^.*?\s(?:presents?|pr\u00e9sente|pr\u00e4sentiert)\s+")
_MARKED = re.compile(
    r"\b(?:themes?|songs?|music|musik|score|soundtracks?|ost|hits|selections|suite|film|movie)\b[^():]*?\bfrom\s+"
    r"|\b(?:themes?|music|score|soundtrack|suite)\s+(?:of|to|for)\s+(?!the\s*$)"
)
_SMALL = ("ep", "lp", "single")
_FIRST_WORD = re.compile(r"^[\W_]*[^\W_]+[\W_]*")
_OTHER_DASH = re.compile(r"\s[\u2010\u2011\u2012\u2013\u2014\u2015\u2212]\s")

_REMEMBERED = 20_000  # titles, or pieces of them, which many titles share
_STARRED = re.compile(r"(?:\*|\(\d+\))$")
_LETTERS = re.compile(r"[^\W\d_](?:[^\W\d_]|[.'\u2019-])*")
_TITLE_WORDS = boilerplate.VOCABULARY | {
    *("the", "of", "to", "and", "in", "on", "a", "an", "for", "with", "from", "at", "is", "my", "your", "no"),
    *("part", "vol", "volume", "chapter"),
}


@dataclass(frozen=True, slots=True)
class ReleaseTitle:
    """A record's title taken apart: artist and title as printed, names it may stand for, words found."""

    artist: str
    title: str
    names: tuple[Name, ...]
    said: frozenset[str] = field(default_factory=frozenset)

    @property
    def clean(self) -> str:
        """The title without boilerplate, for people and for exact keys."""
        return self.names[0].text if self.names else ""


def split_artist(text: str) -> tuple[str, str]:
    """Split 'Artist - Title' at a ' - '; no separator leaves the artist empty.

    The title begins after the first one, unless what follows it is somebody too: marked as an artist by Discogs
    ('(2)', '*'), or people all along before a title that says soundtrack ('Hans Mori - Lisa Roe - Far Astray (OST)').
    """
    parts = _dashed(text)
    if len(parts) < 2 or not _ARTIST_SEPARATOR.join(parts[1:]).strip():
        return "", text.strip()
    start = _title_start(parts)
    return tuple(_ARTIST_SEPARATOR.join(side).strip() for side in (parts[:start], parts[start:]))  # type: ignore[return-value]


def _dashed(text: str) -> list[str]:
    if not text.isascii():
        text = _OTHER_DASH.sub(_ARTIST_SEPARATOR, text)
    return text.split(_ARTIST_SEPARATOR)


def _title_start(parts: list[str]) -> int:
    """Place of the first part that is title."""
    marked = [place for place, part in enumerate(parts[:-1]) if _STARRED.search(part)]
    if marked and marked[-1]:
        return marked[-1] + 1
    *before, last = parts
    if len(parts) > 2 and all(map(_looks_like_a_person, before)) and _wraps_a_title(last):
        return len(parts) - 1
    return 1


def _looks_like_a_person(part: str) -> bool:
    """Whether a part is two to four capitalised words of which none is one that titles are made of."""
    found = part.split()
    is_named = all(word[0].isupper() and _LETTERS.fullmatch(word) for word in found)
    return 2 <= len(found) <= 4 and is_named and not _TITLE_WORDS.intersection(words(fold(part)))


def _wraps_a_title(part: str) -> bool:
    """Whether soundtrack boilerplate stands around something else, which is no part of what stands before it."""
    folded = fold(part)
    tokens = words(folded)
    if begins_with_a_part(tokens):
        return False
    return 0 < len(_content(folded)) < len(tokens) and not boilerplate.is_boilerplate(tokens)


def parse_release(text: str) -> ReleaseTitle:
    """Take a Discogs title apart; never raises, an empty text gives no names."""
    return parse_title(*split_artist(text))


def parse_title(artist: str, title: str) -> ReleaseTitle:
    """The names of a title whose artist is known; where a ' - ' may end the artist elsewhere, of that reading too."""
    others = _other_titles(artist, title)
    names, said = _names(title, others)
    return ReleaseTitle(artist, title, names, said)


def possible_artists(title: str) -> list[str]:
    """Those a title may begin with: 'Lisa Roe' in 'Lisa Roe - Far Astray', for what looks like a person."""
    return [part.strip() for part in _dashed(title)[:-1] if _looks_like_a_person(part)]


def _other_titles(artist: str, title: str) -> tuple[str, ...]:
    """Titles of the readings that are not the first choice."""
    if not artist:
        return ()
    inside, before = _dashed(title), _dashed(artist)[1:]
    later = (
        {_ARTIST_SEPARATOR.join(inside[start:]) for start in (1, len(inside) - 1)}
        if len(inside) > 1
        else set()
    )
    earlier = {_ARTIST_SEPARATOR.join([*before, title])} if before else set()
    return tuple(sorted(later | earlier, key=len, reverse=True))


@lru_cache(maxsize=_REMEMBERED)
def _names(title: str, others: tuple[str, ...]) -> tuple[tuple[Name, ...], frozenset[str]]:
    """Names and words of a title without its artist; remembered, for reissues repeat their titles."""
    names: list[Name] = []
    folded = spaced(fold(title))
    for alternative in _ALTERNATIVE.split(folded):
        _add_names(names, alternative)
    _add_other_readings(names, title, folded)
    for other in others:
        add_name(names, _content(fold(other)), PART)
    return tuple(names), frozenset(words(folded))


def clean_release_title(text: str | None) -> str:
    """The part of a Discogs title that names the work, folded and without boilerplate."""
    return parse_release(text).clean if text else ""


def _add_names(names: list[Name], text: str) -> None:
    """Names of one folded title: the whole without boilerplate, then its parts and what it is 'from'."""
    pieces = _GROUP.split(text)
    groups = pieces[1::2]
    outside = " : ".join(piece.strip() for piece in pieces[::2] if piece.strip())
    clauses, origins = _clauses(outside)
    whole = _GROUP.sub(lambda group: group[0] if _is_of_the_name(group[1]) else " ", text)
    if _BRACKET_WITHIN.search(whole):
        add_name(names, _joined(_clauses(whole)[0]), FULL)
    add_name(names, _joined(clauses), FULL)
    if not clauses:
        add_name(names, _joined([group for group in groups if not _is_boilerplate(group)]), FULL)
    add_name(names, number_words(words(" ".join(_first_pieces(outside)))), FULL)
    add_name(names, _joined([_VOLUME.sub(" ", clause) for clause in clauses]), FULL)
    for origin in origins + [_origin(group) for group in groups]:
        _add_origin(names, origin)
    _add_parts(names, clauses, groups)
    add_name(names, _joined([_PRESENTS.sub("", " : ".join(clauses))]), PART)
    add_name(names, number_words(words(text)), FULL)
    if "(" in whole:
        add_name(names, _joined(_clauses(whole)[0]), FULL)


def _add_other_readings(names: list[Name], title: str, folded: str) -> None:
    """Names in quotes, after a possessive, in each script, in Latin letters, and without a format at the end."""
    outside = _GROUP.sub(" ", folded)
    kind = FROM if boilerplate.FILM & set(words(folded)) else PART
    for text in [outside, *_GROUP.findall(folded)]:
        _add_origin(names, _marked_origin(text))
    for inside in quoted(folded):
        add_name(names, _content(inside), kind)
    for text in filter(None, [without_possessive(_GROUP.sub(" ", title)), *script_runs(outside)]):
        add_name(names, _content(fold(text)), PART)
    for name in [name for name in names if name.kind == FULL]:
        add_name(names, with_letters(list(name.tokens)), FULL)
        add_name(names, romanised(name.text).split(), FULL)
        if name.tokens[-1] in _SMALL:
            add_name(names, list(name.tokens[:-1]), FULL)


@lru_cache(maxsize=_REMEMBERED)
def _is_of_the_name(group: str) -> bool:
    """Whether what stands in brackets may be part of the name: no boilerplate, no year, no film it is from."""
    return not (_is_boilerplate(group) or boilerplate.is_year(words(group)) or _origin(group))


@lru_cache(maxsize=_REMEMBERED)
def _is_boilerplate(text: str) -> bool:
    return boilerplate.is_boilerplate(words(text))


def _add_origin(names: list[Name], origin: str) -> None:
    for piece in [origin, *SUBTITLE.split(origin)[:1]] if origin else []:
        add_name(names, _content(piece), FROM)


def _add_parts(names: list[Name], clauses: list[str], groups: list[str]) -> None:
    """Each clause on its own, growing heads of the title, and what stands in brackets."""
    if len(clauses) > 1:
        for count in range(len(clauses) - 1, 1, -1):
            add_name(names, _joined(clauses[:count]), PART)
        for clause in clauses:
            add_name(names, _content(clause), PART)
            add_name(names, _content(_VOLUME.sub(" ", clause)), PART)
    for group in filter(_is_of_the_name, groups):
        add_name(names, _content(group), PART)


def _clauses(text: str) -> tuple[list[str], list[str]]:
    """Meaningful clauses of a title outside brackets, and the works it says it is from."""
    clauses: list[str] = []
    pieces = _pieces(text)
    for position, piece in enumerate(pieces):
        if _is_boilerplate(piece):
            continue
        origin = _origin(": ".join(pieces[position:]))
        if origin and clauses:
            return clauses, [origin]
        clauses.append(_strip_prefix(piece) if origin else piece)
    return clauses, []


def _pieces(text: str) -> list[str]:
    return [piece for piece in _SEGMENT.split(text) if piece and words(piece)]


def _first_pieces(text: str) -> list[str]:
    """Pieces up to the first that is all boilerplate, word for word: films are called 'The Song' or 'Final Score'."""
    pieces = _pieces(text)
    ends = [n for n, piece in enumerate(pieces) if n and _is_boilerplate(piece)]
    return pieces[: ends[0]] if ends else pieces


@lru_cache(maxsize=_REMEMBERED)
def _origin(text: str) -> str:
    """'far astray' of 'from the original motion picture soundtrack far astray'; '' when nothing is left."""
    return _strip_prefix(text) if boilerplate.prefix_length(words(text)) else ""


def _marked_origin(text: str) -> str:
    """'far astray' of 'love theme from far astray': what follows the last word that names music and 'from'."""
    ends = [found.end() for found in _MARKED.finditer(text)]
    return _strip_prefix(text[ends[-1] :]) if ends else ""


def _strip_prefix(text: str) -> str:
    """Text after its leading boilerplate words, keeping the punctuation of what follows."""
    for _ in range(boilerplate.prefix_length(words(text))):
        text = _FIRST_WORD.sub("", text, count=1)
    return text


def _joined(clauses: list[str]) -> tuple[str, ...]:
    return _content(" ".join(clauses))


@lru_cache(maxsize=_REMEMBERED)
def _content(text: str) -> tuple[str, ...]:
    """Words of a text without trailing and leading boilerplate, or all of them; remembered, as a title asks often."""
    tokens = words(text)
    kept = tokens[: boilerplate.suffix_start(tokens)]
    kept = kept[boilerplate.prefix_length(kept) :] or kept or tokens
    return tuple(number_words(kept))
