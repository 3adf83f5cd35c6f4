"""Words that say 'this is a soundtrack' in the languages records are titled in. Data in boilerplate.json.

A run of such words is taken off a title only when it holds a word of CORE, so that films called
'Original Sin', 'The Recording' or 'Motion' keep their names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path


def _words(group: str) -> frozenset[str]:
    return frozenset(word for line in _DATA[group] for word in line.split())


_DATA: dict[str, list[str]] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
_CORE, _STARTERS, _LINKS = _words("core"), _words("starters"), _words("links")
VOCABULARY = _CORE | _STARTERS | _words("joiners") | _words("fillers")
_ALBUM = ("the", "album")
_YEAR = re.compile(r"(?:19|20)\d\d")

FILM, SOUNDTRACK, STAGE, GAME = (
    _words("film") | _words("screen"),
    _words("soundtrack"),
    _words("stage"),
    _words("game"),
)
SERIES, COLLECTION, SPOKEN = _words("series"), _words("collection"), _words("spoken")
EDITION, TRIBUTE, TRILOGY = _words("edition"), _words("tribute"), _words("trilogy")
BAND, STOP_WORDS = _words("band"), _words("stop_words")
TELEVISION, SCREEN, ORCHESTRA = _words("television"), _words("screen"), _words("orchestra")


def _is_core(tokens: Sequence[str]) -> bool:
    return any(token in _CORE for token in tokens)


def is_boilerplate(tokens: Sequence[str]) -> bool:
    """Whether the words say nothing but 'soundtrack' (a year or a number may stand among them)."""
    if tuple(tokens) == _ALBUM:
        return True
    return _is_core(tokens) and all(t in VOCABULARY or t.isdecimal() for t in tokens)


def prefix_length(tokens: Sequence[str]) -> int:
    """How many leading words say 'music from the film …'; 0 when the title begins at once."""
    end = 0
    while end < len(tokens) and tokens[end] in VOCABULARY:
        end += 1
    if not end:
        return 0
    while end and tokens[end - 1] in ("the", "a", "an"):
        end -= 1
    run = tokens[:end]
    is_prefix = _is_core(run) and any(token in _LINKS for token in run)
    return end if is_prefix else from_length(tokens)


def from_length(tokens: Sequence[str]) -> int:
    """Length of a leading bare 'from' ('(from "Far Astray")'), else 0."""
    return 1 if tokens and tokens[0] == "from" and len(tokens) > 1 else 0


def suffix_start(tokens: Sequence[str]) -> int:
    """Where the trailing run 'original motion picture soundtrack' begins; len(tokens) when there is none."""
    if len(tokens) > len(_ALBUM) and tuple(tokens[-2:]) == _ALBUM:
        return len(tokens) - len(_ALBUM)
    start = len(tokens)
    while start and (tokens[start - 1] in VOCABULARY or tokens[start - 1].isdecimal()):
        start -= 1
    for position in range(start, len(tokens)):
        opens = tokens[position] in _STARTERS or tokens[position] in _CORE
        if position and opens and _is_core(tokens[position:]):
            return position
    return len(tokens)


def is_year(tokens: Sequence[str]) -> bool:
    """Whether the words are just a year, as in 'Far Astray (2005)'."""
    return len(tokens) == 1 and _YEAR.fullmatch(tokens[0]) is not None
