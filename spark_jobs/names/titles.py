"""Titles of films and of soundtrack records as comparable names. Pure functions, no Spark.

A film has a name or two; a record wraps the name in boilerplate ('… (Original Motion Picture Soundtrack)'),
in other names ('A / B', 'X = Y') or in a song ('Louder (From "Far Astray")'). The parser
returns every name the record may carry, each with its kind, so that the scorer can weigh how it was found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from spark_jobs.names import boilerplate
from spark_jobs.names.folding import drop_article, fold, name_tokens, number_words, script, words

_ARTIST_SEPARATOR = " - "
_ALTERNATIVE = re.compile(r"\s+=\s+")
_GROUP = re.compile(r"\(([^()]*)\)")
_SEGMENT = re.compile(r":\s+|:$|\s+-+\s+|\s+-(?=\w)|(?<=\w)-$|\s*/\s+|\s+/\s*|\s*\|\s*|;\s+|~|\uff0f|/")
_VOLUME = re.compile(r"[\s,:-]*\bvol(?:ume|\.)?\s*(?:\d+|[ivx]+|one|two|three|four|five)\b\.?")
_POSSESSIVE = re.compile(r"^[\w .]{3,40}?(?:\ws'|'s)\s+(?=\w)")
_PRESENTS = re.compile(r"^.*?\s(?:presents?|pr\u00e9sente|pr\u00e4sentiert)\s+")
_SUBTITLE = re.compile(r":\s+|\s+-\s+")

FULL, PART, FROM = "full", "part", "from"


@dataclass(frozen=True, slots=True)
class Name:
    """One name a title may stand for: its comparable tokens and the kind of place it was found in."""

    tokens: tuple[str, ...]
    kind: str = FULL

    @property
    def text(self) -> str:
        """Tokens joined with spaces."""
        return " ".join(self.tokens)


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
    """Split 'Artist - Title' at the first ' - '; no separator leaves the artist empty."""
    plain = re.sub(r"\s[\u2010\u2011\u2012\u2013\u2014\u2015\u2212]\s", _ARTIST_SEPARATOR, text)
    artist, separator, title = plain.partition(_ARTIST_SEPARATOR)
    return (artist.strip(), title.strip()) if separator and title.strip() else ("", text.strip())


def film_names(*titles: str | None) -> list[Name]:
    """Names of a film: each title whole, then without its subtitle and without a leading possessive."""
    names: list[Name] = []
    for title in titles:
        if title:
            _add(names, name_tokens(title), FULL)
    for title in titles:
        if title:
            for part in _film_parts(title):
                _add(names, name_tokens(part), PART)
    return names


def _film_parts(title: str) -> list[str]:
    plain = title.replace("\u2019", "'")
    pieces = [piece for piece in _SUBTITLE.split(plain) if piece]
    parts = pieces if len(pieces) > 1 else []
    rest = _POSSESSIVE.sub("", plain)
    return [*parts, *([rest] if rest != plain else []), *_script_runs(plain)]


def _script_runs(title: str) -> list[str]:
    """The Japanese and the Latin half of a title printed in two scripts; nothing for one script."""
    runs = [" ".join(run) for _, run in groupby(title.split(), key=lambda word: word.isascii())]
    return runs if len(runs) > 1 and not all(_is_latin(run) for run in runs) else []


def _is_latin(text: str) -> bool:
    return script(text) in ("LATIN", "")


def parse_release(text: str) -> ReleaseTitle:
    """Take a Discogs title apart; never raises, an empty text gives no names."""
    artist, title = split_artist(text)
    names, said = _names(title, bool(artist))
    return ReleaseTitle(artist, title, names, said)


@lru_cache(maxsize=20_000)
def _names(title: str, has_artist: bool) -> tuple[tuple[Name, ...], frozenset[str]]:
    """Names and words of a title without its artist; remembered, for reissues repeat their titles."""
    names: list[Name] = []
    folded = fold(title)
    for alternative in _ALTERNATIVE.split(folded):
        _add_names(names, alternative)
    _, second_title = split_artist(title)
    if second_title != title and has_artist:
        _add(names, _content(words(fold(second_title))), PART)
    return tuple(names), frozenset(words(folded))


def clean_release_title(text: str | None) -> str:
    """The part of a Discogs title that names the work, folded and without boilerplate."""
    return parse_release(text).clean if text else ""


def _add(names: list[Name], tokens: list[str], kind: str) -> None:
    tokens = drop_article(tokens)
    if tokens and all(name.tokens != tuple(tokens) for name in names):
        names.append(Name(tuple(tokens), kind))


def _add_names(names: list[Name], text: str) -> None:
    """Names of one folded title: the whole without boilerplate, then its parts and what it is 'from'."""
    groups = _GROUP.findall(text)
    outside = " : ".join(piece.strip() for piece in _GROUP.split(text)[::2] if piece.strip())
    clauses, origins = _clauses(outside)
    _add(names, _joined(clauses), FULL)
    if not clauses:
        _add(
            names, _joined([group for group in groups if not boilerplate.is_boilerplate(words(group))]), FULL
        )
    _add(names, number_words(words(" ".join(_first_pieces(outside)))), FULL)
    _add(names, _joined([_VOLUME.sub(" ", clause) for clause in clauses]), FULL)
    for origin in origins + [_origin(group) for group in groups]:
        _add_origin(names, origin)
    _add_parts(names, clauses, groups)
    _add(names, _joined([_PRESENTS.sub("", " : ".join(clauses))]), PART)
    _add(names, number_words(words(text)), FULL)


def _add_origin(names: list[Name], origin: str) -> None:
    for piece in [origin, *_SUBTITLE.split(origin)[:1]] if origin else []:
        _add(names, _content(words(piece)), FROM)


def _add_parts(names: list[Name], clauses: list[str], groups: list[str]) -> None:
    """Each clause on its own, growing heads of the title, and what stands in brackets."""
    if len(clauses) > 1:
        for count in range(len(clauses) - 1, 1, -1):
            _add(names, _joined(clauses[:count]), PART)
        for clause in clauses:
            _add(names, _content(words(clause)), PART)
            _add(names, _content(words(_VOLUME.sub(" ", clause))), PART)
    for group in groups:
        tokens = words(group)
        if not boilerplate.is_boilerplate(tokens) and not boilerplate.is_year(tokens) and not _origin(group):
            _add(names, _content(tokens), PART)


def _clauses(text: str) -> tuple[list[str], list[str]]:
    """Meaningful clauses of a title outside brackets, and the works it says it is from."""
    clauses: list[str] = []
    pieces = _pieces(text)
    for position, piece in enumerate(pieces):
        tokens = words(piece)
        if boilerplate.is_boilerplate(tokens):
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
    ends = [n for n, piece in enumerate(pieces) if n and boilerplate.is_boilerplate(words(piece))]
    return pieces[: ends[0]] if ends else pieces


def _origin(text: str) -> str:
    """'far astray' of 'from the original motion picture soundtrack far astray'; '' when nothing is left."""
    return _strip_prefix(text) if boilerplate.prefix_length(words(text)) else ""


def _strip_prefix(text: str) -> str:
    """Text after its leading boilerplate words, keeping the punctuation of what follows."""
    for _ in range(boilerplate.prefix_length(words(text))):
        text = re.sub(r"^[\W_]*[^\W_]+[\W_]*", "", text, count=1)
    return text


def _joined(clauses: list[str]) -> list[str]:
    return _content(words(" ".join(clauses)))


def _content(tokens: list[str]) -> list[str]:
    """Tokens without trailing and leading boilerplate; all of them when nothing else would be left."""
    kept = tokens[: boilerplate.suffix_start(tokens)]
    kept = kept[boilerplate.prefix_length(kept) :] or kept or tokens
    return number_words(kept)
