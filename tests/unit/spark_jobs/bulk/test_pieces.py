"""Cutting a dump: releases are found wherever blocks end, and what is wrong with one costs only that one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.bulk.errors import DumpError
from spark_jobs.bulk.pieces import HEAD_BYTES, Counts, Piece, cut

HEAD, TAIL = b'<?xml version="1.0" encoding="UTF-8"?>\n<releases>\n', b"</releases>\n"


def release(number: int, inner: bytes = b"") -> bytes:
    return b'<release id="%d">%b<released>1985</released></release>' % (number, inner)


def every(_data: bytes, _start: int, _end: int) -> bool:
    return True


def pieces_of(text: bytes, size: int = 1 << 20, limit: int = 1000) -> list[Piece]:
    blocks = [text[at : at + size] for at in range(0, len(text), size)]
    return list(cut(blocks, every, Counts(), limit))


@given(size=st.integers(1, 70), numbers=st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_releases_are_the_same_wherever_blocks_end(size: int, numbers: list[int]) -> None:
    """Each comes whole and once, with the place it has in the file."""
    text = HEAD + b"\n".join(map(release, numbers)) + TAIL
    found = pieces_of(text, size)
    assert [piece.data for piece in found] == list(map(release, numbers))
    assert all(text[p.offset : p.offset + len(p.data)] == p.data and p.fault is None for p in found)


@pytest.mark.parametrize(
    "text", [release(1) + release(2), HEAD + release(1) + release(2), release(1) + release(2) + TAIL]
)
def test_a_file_without_its_root_reads_like_one_with_it(text: bytes) -> None:
    """The root was missing in some months: nothing depends on it."""
    assert [piece.data for piece in pieces_of(text)] == [release(1), release(2)]


@pytest.mark.parametrize("size", [7, 100, 10_000])
def test_a_release_that_is_too_large_costs_only_itself(size: int) -> None:
    """Its place is told and its beginning kept; what follows is read, and memory holds no more than the limit."""
    large = release(2, b"<notes>" + b"x" * 5_000 + b"</notes>")
    found = pieces_of(HEAD + release(1) + large + release(3) + TAIL, size)
    assert [piece.data for piece in found if not piece.fault] == [release(1), release(3)]
    (bad,) = [piece for piece in found if piece.fault]
    assert bad.offset == len(HEAD + release(1)) and "more than 1,000 bytes" in str(bad.fault)
    assert large.startswith(bad.data) and len(bad.data) <= HEAD_BYTES


@pytest.mark.parametrize("size", [7, 10_000])
def test_a_release_without_its_end_costs_only_itself(size: int) -> None:
    """The next one begins where it says so."""
    found = pieces_of(HEAD + release(1)[:20] + release(2) + TAIL, size)
    assert [(piece.fault is None, piece.offset) for piece in found] == [
        (False, len(HEAD)),
        (True, len(HEAD) + 20),
    ]


def test_text_outside_of_releases_is_told_with_its_place() -> None:
    """Comments and the root's marks are nothing; anything else is."""
    text = HEAD + release(1) + b"<!-- twice --> rest </x>" + release(2) + TAIL
    (stray,) = [piece for piece in pieces_of(text) if piece.fault]
    assert stray.data == b"rest </x>" and stray.offset == len(HEAD + release(1))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b'<!DOCTYPE releases [<!ENTITY a "lol">]>' + HEAD + release(1), "declares entities .* byte 0"),
        (HEAD + b'<!ENTITY a "lol">' + release(1) + TAIL, "declares entities"),
        (HEAD.replace(b"UTF-8", b"ISO-8859-1") + release(1) + TAIL, "in ISO-8859-1, not in UTF-8"),
        (HEAD + release(1) + release(2)[:30], f"ends within the element at byte {len(HEAD + release(1))}"),
        (HEAD + release(1) + b"</relea", "torn"),
        (HEAD + TAIL, "holds no release"),
        (b"", "holds no release"),
        (HEAD + b"<artist>" * 1000, "no dump of releases"),
        (HEAD + release(1) + b'<release id="2">' + b"x" * 3000, "torn"),
    ],
)
def test_a_file_that_is_no_whole_dump_says_why(text: bytes, problem: str) -> None:
    """Nobody takes it for a whole one."""
    with pytest.raises(DumpError, match=problem):
        pieces_of(text, 50)


def test_what_nobody_wants_is_counted_and_not_copied() -> None:
    """All releases count, those asked for come."""
    counts = Counts()
    text = HEAD + release(1) + release(2, b"<style>Soundtrack</style>") + TAIL
    found = list(cut([text], lambda data, start, end: data.find(b"Soundtrack", start, end) >= 0, counts))
    assert len(found) == 1 and (counts.releases, counts.candidates, counts.bytes) == (2, 1, len(text))
