"""Other ways to read a title: digits that stand for letters, another script, quotes, possessives. Pure, no Spark."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby

from anyascii import anyascii

from spark_jobs.names.folding import begins_with_a_part, fold, script, words

SUBTITLE = re.compile(
    r":\s+|\s+-\s+|(?<=[^\W\d_]{4})\.\s+|\.{2,}\s*|\s+/\s+"
    r"|,?\s+(?:or|или)(?=[,:]|\s*\()|,\s+(?:or|или)\s"
)
_POSSESSIVE = re.compile(r"^[\w .,&-]{3,80}?(?:\ws'|'s)\s+(?=[\w\"])")
_HERO = re.compile(r"^.{3,40}?\s(?:and|in|&)\s+the\s+(?=\S+\s+\S)", re.IGNORECASE)
_APPOSITION = re.compile(r"^([^,]+),\s+the\s[^,]+$", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]{1,80})"')
_SCREEN = re.compile(
    r"(?:オリジナル・?)?(?:サウンド・?トラック|サントラ)(?:音楽)?[集盤版]*|原[声聲](?:大碟|音樂|音乐|專輯|专辑|[帶带碟集])*"
)
_LETTER_OF_DIGIT = str.maketrans("013457", "oieasv")
_SCREEN_FILM = re.compile("[電电]影(?=原[声聲])")
_MIXED = re.compile(r"(?=.*\d)[a-z0-9]*[a-z]{2}[a-z0-9]*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def with_letters(tokens: list[str]) -> list[str]:
    """Tokens with digits inside words read as the letters they look like: 'se7en' is 'seven'; [] without any."""
    read = [token.translate(_LETTER_OF_DIGIT) if _MIXED.fullmatch(token) else token for token in tokens]
    return read if read != tokens else []


@lru_cache(maxsize=50_000)
def romanised(text: str) -> str:
    """Text of another script in folded Latin letters ('Солярис' is 'solyaris'); '' for Latin text.

    Han characters are read in Mandarin, so that traditional and simplified ones, and a title in pinyin, are one.
    """
    if text.isascii() or script(text) in ("LATIN", ""):
        return ""
    return " ".join(words(fold(_CAMEL.sub(" ", anyascii(text).replace("'", "")))))


def spaced(folded: str) -> str:
    """Folded text with 'soundtrack' as a word of its own where Japanese and Chinese write it onto the title."""
    return (
        folded
        if folded.isascii()
        else _SCREEN.sub(" soundtrack ", _SCREEN_FILM.sub(" original film ", folded))
    )


def quoted(folded: str) -> list[str]:
    """What stands in quotes in a title that says more."""
    return [each for each in _QUOTED.findall(folded) if each.strip() != folded.strip('" ')]


def without_possessive(title: str) -> str:
    """'Far Astray' of "Hans Mori's Far Astray"; '' when no name stands before it."""
    plain = title.replace("\u2019", "'")
    if "'" not in plain:
        return ""
    rest = _POSSESSIVE.sub("", plain)
    return rest if rest != plain else ""


def film_parts(title: str) -> list[str]:
    """What a film's title may be called by: its halves, without the hero, without a numbered part."""
    plain = title.replace("\u2019", "'")
    pieces = [piece for piece in SUBTITLE.split(plain) if piece]
    parts = pieces if len(pieces) > 1 else []
    unnumbered = [piece for piece in parts if not begins_with_a_part(words(fold(piece)))]
    if 1 < len(unnumbered) < len(pieces):
        parts = [*parts, ": ".join(unnumbered)]
    hero, apposition = _HERO.sub("", plain), _APPOSITION.match(plain)
    others = [without_possessive(plain), hero if hero != plain else "", apposition[1] if apposition else ""]
    return [*parts, *filter(None, others), *script_runs(plain)]


def script_runs(title: str) -> list[str]:
    """The Japanese and the Latin half of a title printed in two scripts; nothing for one script."""
    if title.isascii():
        return []
    groups = (" ".join(run) for _, run in groupby(title.split(), key=lambda word: word.isascii()))
    runs = [run for run in groups if script(run)]
    return runs if len(runs) > 1 and not all(script(run) in ("LATIN", "") for run in runs) else []
