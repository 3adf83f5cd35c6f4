"""The texts of a raw JSON line made even: letters composed, entities read, and what nobody sees gone.

What nobody sees is no text: marks of direction and of joining go, and no-break, wide and other spaces and control
characters of both blocks are one plain space. Line breaks and tabs stay, for fields of many lines. No character of
JSON's own syntax is touched, so a line stays the same JSON but for its texts. This is done once for a line: an
expression over each name of each credit took two thirds of the job's processor time in the JVM.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata

_ENCODED = frozenset({"tmdb/details"})  # sources that send text with HTML's entities
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPE = re.compile(r"\\\\|\\u([0-9a-fA-F]{4})")
_GAP = "\u00a0"  # stands for a control character until gaps are made plain spaces
_CONTROLS = frozenset((*range(0x20), *range(0x7F, 0xA0)))
_CONTROL = re.compile(r"(?:\\r|\\u000[dD])(?=\\n|\\u000[aA])|\\u([0-9a-fA-F]{4})|\\(.)", re.DOTALL)
_MAY_BE_CONTROLS = ("\\r", "\\b", "\\f", "\\u")
_SPACES = "\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000\u3164\uffa0"
_MARKS = "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
_JOINERS = "\u200c\u200d"
_UNSEEN = re.compile(f"[{_SPACES}{_MARKS}{_JOINERS}]")
_MARK, _GAPS = re.compile(f"[{_MARKS}]+"), re.compile(f"[{_SPACES}]+")
_SEEN = rf"[^\s{_SPACES}{_MARKS}]"
# The two joiners belong to words of some scripts and to emoji: between two signs they stay.
_LOOSE_JOINER = re.compile(f"(?<!{_SEEN})[{_JOINERS}]+|[{_JOINERS}]+(?!{_SEEN})")
_JOINED = re.compile(rf'"(?:[^"\\{_JOINERS}]|\\.)*[{_JOINERS}](?:[^"\\]|\\.)*"')


def even(line: str, kind: str) -> str:
    """A JSON line of a source and kind ('tmdb/details') with its texts made even."""
    return without_unseen(decoded(composed(line), kind))


def composed(line: str) -> str:
    """A JSON line in Unicode's NFC, with escaped letters (and '&') written out.

    No character of JSON's own syntax composes with another, so the line stays the same JSON but for its letters.
    """
    if "\\u" in line:
        line = _ESCAPE.sub(_letter, line)
    return line if unicodedata.is_normalized("NFC", line) else unicodedata.normalize("NFC", line)


def decoded(line: str, kind: str) -> str:
    """A JSON line without HTML entities, each read once, where the source writes them: '&amp;lt;' is '&lt;'."""
    if kind not in _ENCODED or "&" not in line:
        return line
    return _ENTITY.sub(lambda entity: json.dumps(html.unescape(entity[0]), ensure_ascii=False)[1:-1], line)


def without_unseen(line: str) -> str:
    """A JSON line without what nobody sees; a line end is '\\n' alone."""
    if any(escape in line for escape in _MAY_BE_CONTROLS):
        line = _CONTROL.sub(_control, line)
    if (line.isascii() and "\x7f" not in line) or not _UNSEEN.search(line):
        return line
    if "\u200c" in line or "\u200d" in line:
        line = _JOINED.sub(_without_loose_joiners, line)
    return _GAPS.sub(" ", _MARK.sub("", line))


def _letter(escape: re.Match[str]) -> str:
    code = int(escape[1], 16) if escape[1] else 0
    return chr(code) if (code > 0x9F or code == ord("&")) and not 0xD800 <= code <= 0xDFFF else escape[0]


def _control(escape: re.Match[str]) -> str:
    code, short = escape[1], escape[2]
    if code:
        number = int(code, 16)
        return {9: "\\t", 10: "\\n"}.get(number, _GAP) if number in _CONTROLS else escape[0]
    return "" if not short else _GAP if short in "rbf" else escape[0]


def _without_loose_joiners(found: re.Match[str]) -> str:
    if "\\u" in found[0]:  # half a surrogate is no text that could be written again
        return found[0]
    text = json.loads(found[0], strict=False)
    return json.dumps(_LOOSE_JOINER.sub("", text), ensure_ascii=False)
