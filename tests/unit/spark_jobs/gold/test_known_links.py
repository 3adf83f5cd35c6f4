"""CSVs of known links: what is read, and what is said of rows that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.gold.known_links import BadRow, parse_links, read_known, shares
from spark_jobs.lakehouse.files import Files


def test_records_and_masters_are_read() -> None:
    """Columns in any order and case; further ones, blank lines and quotes do no harm."""
    text = 'Discogs_Master_ID,note,TMDB_ID,discogs_id\r\n,"a, b",603,12345\r\n\r\n77,,604,\r\n'
    assert list(parse_links("a.csv", text)) == [(603, 12345, None), (604, None, 77)]


@pytest.mark.parametrize(
    ("row", "line", "field"),
    [
        ("x,1", 3, "tmdb_id"),
        ("0,1", 3, "tmdb_id"),
        ("5", 3, "discogs_id"),
        ("5,1e9", 3, "discogs_id"),
        ("5,-1", 3, "discogs_id"),
        (f"5,{2**63}", 3, "discogs_id"),
        ("٣,1", 3, "tmdb_id"),
    ],
)
def test_a_bad_row_is_named_and_costs_only_itself(row: str, line: int, field: str) -> None:
    """Line, field and remedy are told; the rows around it count."""
    found = list(parse_links("a.csv", f"tmdb_id,discogs_id\n1,2\n{row}\n3,4\n"))
    (bad,) = [each for each in found if isinstance(each, BadRow)]
    assert (bad.file, bad.line, bad.field) == ("a.csv", line, field) and "give" in bad.problem
    assert [each for each in found if each is not bad] == [(1, 2, None), (3, 4, None)]


def test_a_file_without_the_columns_says_which() -> None:
    """The header is told to be mended, and other files count."""
    (bad,) = parse_links("a.csv", "film,record\n1,2\n")
    assert isinstance(bad, BadRow) and (bad.line, bad.field) == (1, "tmdb_id")
    (bad,) = parse_links("a.csv", "")
    assert isinstance(bad, BadRow)


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    """Whatever stands in a file, reading ends with links and named rows."""
    for each in parse_links("a.csv", f"tmdb_id,discogs_id\n{text}"):
        assert isinstance(each, BadRow) or all(value is None or value > 0 for value in each)


def test_all_files_of_the_folder_count(tmp_path: Path) -> None:
    """CSVs only, with a byte order mark or without; no folder is no link."""
    files = Files(f"{tmp_path}/{{area}}")
    assert read_known(files).files == []
    folder = tmp_path / "control" / "known"
    folder.mkdir(parents=True)
    (folder / "b.csv").write_text("\ufefftmdb_id,discogs_id\n1,2\n", encoding="utf-8")
    (folder / "a.CSV").write_bytes(b"tmdb_id,discogs_id\n3,4\n\xff,5\n")
    (folder / "notes.txt").write_text("1,2")
    found = read_known(files)
    assert (found.files, found.links) == (["known/a.CSV", "known/b.csv"], [(3, 4, None), (1, 2, None)])
    assert [(bad.file, bad.line) for bad in found.bad_rows] == [("known/a.CSV", 3)]


def test_shares_of_nothing_are_zero() -> None:
    """No division by zero; precision is of what was matched, recall of what is known."""
    assert shares(0, 0, 0) == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert shares(4, 2, 1) == {"precision": 0.5, "recall": 0.25, "f1": 0.3333}
