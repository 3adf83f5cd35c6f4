"""Names of artists, composers and players as comparable keys. Pure functions, no Spark."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from spark_jobs.names.folding import fold, script, words

_DISAMBIGUATION = re.compile(r"\s*\(\d+\)|(?<=\S)\*(?=$|[\s,/&=)])")
_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")
_SEPARATORS = re.compile(
    r"\s*[,;/+\u3001\uff0c]\s*|\s+(?:&|and|with|feat\.?|featuring|ft\.?|vs\.?|et|y|und|aka|a\.k\.a\.|meets|presents|=)\s+|[()\[\]]",
    re.IGNORECASE,
)
_ANYONE = frozenset(
    {"various", "various artists", "unknown artist", "unknown", "va", "v a", "no artist", "artistes divers"}
)
SAME_NAME = 88.0  # token_sort_ratio from which two spellings of a name are one person


def clean_artist(text: str) -> str:
    """Artist as printed, without Discogs' '(2)' numbers and the '*' of a name variation."""
    return " ".join(_DISAMBIGUATION.sub("", text).split())


def split_artists(text: str) -> list[str]:
    """Single names of 'Hans Mori And Lisa Roe', 'Max Silva / John Field (4)' and the like."""
    whole = clean_artist(text)
    names = [piece.strip() for piece in _SEPARATORS.split(whole) if piece and piece.strip()]
    return list(dict.fromkeys([*names, whole] if len(names) > 1 else names))


def is_anyone(artist: str) -> bool:
    """Whether the credit names nobody in particular ('Various', 'Unknown Artist', nothing)."""
    key = " ".join(words(fold(clean_artist(artist))))
    return not key or key in _ANYONE


def name_key(name: str) -> str:
    """Comparable form of a person's name: folded words, sorted, so the order of names does not matter.

    Hyphens within a word go: 'Jae-il' is often 'Jaeil'.
    """
    return " ".join(sorted(words(_HYPHEN.sub("", fold(name)))))


def name_keys(names: list[str] | None) -> list[str]:
    """Keys of many names, empty ones left out."""
    return [key for key in map(name_key, names or []) if key]


def same_person(one: str, other: str) -> bool:
    """Whether two name keys are one person: equal, or the same but for a letter or an initial."""
    return one == other or fuzz.ratio(one, other) >= SAME_NAME


def share_a_person(ours: Sequence[str], theirs: Sequence[str]) -> str | None:
    """First key of `ours` that is somebody in `theirs`, or None."""
    if not ours or not theirs:
        return None
    return next((one for one in ours if any(same_person(one, other) for other in theirs)), None)


def comparable(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether two lists of keys are in one script, so that a missing match means something."""
    scripts = {script(key) for key in ours}
    return any(script(key) in scripts for key in theirs)
