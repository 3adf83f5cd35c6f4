"""Files of lines in blocks: as gzip they are the lines, and a key leads to its block."""

from __future__ import annotations

import gzip
import random

from hypothesis import given
from hypothesis import strategies as st

from shared.serving.published.blocks import block_of
from spark_jobs.serving.blocks import BLOCK_BYTES, packed

Lines = list[tuple[int, str]]
LINES = st.lists(st.tuples(st.integers(0, 2**40), st.text("ab\u00e9\u6620", max_size=9)), max_size=60).map(
    sorted
)


def long(lines: Lines) -> Lines:
    """The same, each line a tenth of a block and more, as bytes that pack badly."""
    return [(key, f"{text}{random.Random(key).randbytes(BLOCK_BYTES // 10).hex()}") for key, text in lines]  # noqa: S311 -- filling


@given(LINES, st.booleans())
def test_whoever_knows_of_no_blocks_reads_all_lines(lines: Lines, is_long: bool) -> None:
    """In their order, by any program that reads gzip."""
    lines = long(lines) if is_long else lines
    assert gzip.decompress(packed(lines)).decode() == "".join(f"{text}\n" for _, text in lines)


@given(LINES, st.integers(0, 2**40))
def test_a_key_leads_to_all_its_lines(lines: Lines, absent: int) -> None:
    """Whatever number of lines a key has; of a key that is not there nothing is made up."""
    lines = long(lines)
    data = packed(lines)
    for key in {key for key, _ in lines}:
        block = gzip.decompress(block_of(data, key)).decode()
        assert "".join(f"{text}\n" for each, text in lines if each == key) in block
    found = block_of(data, absent)
    assert found in data and (found or not lines)


def test_a_block_is_a_small_part_of_a_file() -> None:
    """Of a thousand lines of a few hundred bytes one key unpacks some sixteen kilobytes, not all."""
    lines = [(key, f"{key}\t{'x' * 250}") for key in range(1000)]
    data = packed(lines)
    for key in (0, 500, 999):
        assert len(gzip.decompress(block_of(data, key))) <= BLOCK_BYTES + 300


@given(LINES)
def test_a_file_without_blocks_is_one_block(lines: Lines) -> None:
    """As those are that runs wrote before there were blocks."""
    data = gzip.compress("".join(f"{text}\n" for _, text in lines).encode())
    assert block_of(data, 7) == data
