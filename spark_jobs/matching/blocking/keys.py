"""Keys under which two titles can meet. Pure functions, no Spark.

Five kinds, each found by a different misspelling: the whole name without spaces ('='), single words, adjacent words
('+', for titles made of common words only), a phonetic skeleton ('~', blind to vowels and doubled letters, after
Philips 1990, "Hanging on the Metaphone"), and the first and last letters ('^', '$': positional q-grams, Gravano et
al. 2001, "Approximate string joins in a database (almost) for free").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from spark_jobs.names.boilerplate import VOCABULARY
from spark_jobs.names.name import PART, Name

WHOLE, PAIR, PHONETIC, HEAD, TAIL = "=", "+", "~", "^", "$"
_SOUNDS = str.maketrans(
    {"k": "c", "q": "c", "z": "s", "v": "f", "y": "i", "j": "g", "d": "t", "b": "p", "w": "f"}
)
_DIGRAPHS = (("ph", "f"), ("sch", "s"), ("ch", "s"), ("sh", "s"), ("th", "t"), ("ck", "c"), ("x", "cs"))
_NO_VOWELS = str.maketrans("", "", "aeiouh")
_REPEATED = re.compile(r"(.)\1+")
_EDGE, _EDGE_OTHER_SCRIPT = 6, 3
_MIN_SKELETON = 4
_SHORT = 8  # letters up to which a name without a skeleton is short
_MOST_NAMES = 4  # names of one title that get keys for misspellings


def blocking_keys(names: Iterable[Name]) -> list[tuple[str, str]]:
    """All keys of a title, each with a name (without spaces) it stands in: the first, and the shortest if another.

    Under a single word stands the name with its words sorted, so that their order does not matter. The first
    names, whole ones before parts, also get keys for misspellings. Sorted.
    """
    first: dict[str, str] = {}
    shorter: dict[str, str] = {}
    for place, name in enumerate(sorted(names, key=lambda name: name.kind == PART)):
        for key, form in _name_keys(name.tokens, is_fuzzy=place < _MOST_NAMES):
            known = first.setdefault(key, form)
            if len(form) < len(known) and len(form) < len(shorter.get(key, known)):
                shorter[key] = form
    return sorted([*first.items(), *shorter.items()])


@lru_cache(maxsize=20_000)
def _name_keys(tokens: tuple[str, ...], *, is_fuzzy: bool) -> list[tuple[str, str]]:
    """Keys of one name, each with the form it stands in; remembered, for records of a film bear its name."""
    plain, ordered = "".join(tokens), "".join(sorted(tokens))
    keys = [(word, ordered) for word in tokens if word not in VOCABULARY]
    fuzzy = _fuzzy_keys(tokens, plain) if is_fuzzy else []
    return [*keys, *((key, plain) for key in [WHOLE + plain, *fuzzy])]


def _fuzzy_keys(tokens: tuple[str, ...], plain: str) -> list[str]:
    """Keys that survive a misspelling or a missing word."""
    edge = _EDGE if plain.isascii() else _EDGE_OTHER_SCRIPT
    keys = [f"{PAIR}{one} {two}" for one, two in pairwise(tokens)] if len(tokens) > 2 else []
    if len(plain) > edge + 1:
        keys += [HEAD + plain[:edge], TAIL + plain[-edge:]]
    sound = skeleton(plain)
    if len(sound) >= _MIN_SKELETON:
        keys.append(PHONETIC + sound)
    elif (
        _MIN_SKELETON <= len(plain) <= _SHORT
    ):  # names that differ by a letter, or by two swapped ones, share a key
        shorter = {plain[:place] + plain[place + 1 :] for place in range(len(plain))}
        keys += [f"{PHONETIC}-{each}" for each in sorted(shorter | {plain})]
    return keys


def skeleton(plain: str) -> str:
    """How a Latin name without spaces sounds: consonants in classes, vowels dropped but a leading one; '' otherwise."""
    if not plain.isascii():
        return ""
    for letters, sound in _DIGRAPHS:
        plain = plain.replace(letters, sound)
    sounds = plain.translate(_SOUNDS)
    return _REPEATED.sub(r"\1", sounds[:1] + sounds[1:].translate(_NO_VOWELS))
