"""Blobs unpacked and split, whatever they hold."""

from __future__ import annotations

import gzip

from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.silver.reading.raw_lines import blob_lines, gunzip

LINE = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n"), min_size=1).filter(str.strip)


@given(st.lists(LINE, max_size=20))
def test_every_line_comes_back(lines: list[str]) -> None:
    """A whole blob gives its lines, numbered from 1, without a fault."""
    content = gzip.compress("".join(f"{line}\n" for line in lines).encode())
    assert [(row[1], row[2], row[3]) for row in blob_lines("b", content)] == [
        (number, line, None) for number, line in enumerate(lines, start=1)
    ]


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(content: bytes) -> None:
    """Bytes that are no gzip give one fault and no exception."""
    rows = list(blob_lines("b", content))
    assert sum(row[3] is not None for row in rows) >= (content[:2] != b"\x1f\x8b")


def test_lines_before_a_tear_are_kept() -> None:
    """A torn blob gives its whole lines, then the fault."""
    whole = gzip.compress(b"".join(b'{"n": %d}\n' % n for n in range(20_000)), mtime=0)
    rows = list(blob_lines("b", whole[: len(whole) // 2]))
    assert rows[0] == ("b", 1, '{"n": 0}', None)
    assert len(rows) > 1000
    assert rows[-1][3] is not None
    assert "torn" in rows[-1][3]


def test_an_empty_blob_and_foreign_bytes_are_named() -> None:
    """The fault says what is wrong."""
    assert gunzip(b"") == (b"", "blob is empty")
    fault = gunzip(b"plain text")[1]
    assert fault is not None
    assert fault.startswith("blob is not gzip")


def test_two_gzip_members_are_one_blob() -> None:
    """Concatenated gzip is read to its end."""
    assert gunzip(gzip.compress(b"a\n") + gzip.compress(b"b\n")) == (b"a\nb\n", None)


def test_a_line_that_is_not_utf8_is_a_fault() -> None:
    """The bytes are shown as far as they can be, with the reason."""
    (row,) = blob_lines("b", gzip.compress(b"\xff\xfe\n"))
    assert row[3] is not None
    assert "UTF-8" in row[3]


def test_a_last_line_without_newline_counts() -> None:
    """Nothing is lost at the end of a blob."""
    assert [row[2] for row in blob_lines("b", gzip.compress(b"a\nb"))] == ["a", "b"]
