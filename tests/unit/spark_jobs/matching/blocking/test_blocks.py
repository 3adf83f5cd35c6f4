"""The blocks of records: rarest keys first, skewed names with something else."""

from __future__ import annotations

import pyarrow as pa

from spark_jobs.matching.blocking.blocks import FILMS_PER_RECORD, NAME_CAP, chosen_blocks

RECORDS = pa.schema(
    [("release_id", pa.int64()), ("release_year", pa.int32()), ("artist_keys", pa.list_(pa.string()))]
)
MET = pa.schema([("release_id", pa.int64()), ("key", pa.string()), ("films", pa.int64())])


def blocks(*met: tuple[int, str, int]) -> list[list[str]]:
    """Blocks of the records 9, of 1960 by Ana Ruiz, and 4, of nobody and no year."""
    records = pa.table([[9, 4], [1960, None], [["ana ruiz"], []]], schema=RECORDS)
    columns = list(zip(*met, strict=True)) or [(), (), ()]
    return chosen_blocks(records, pa.table([list(each) for each in columns], schema=MET)).to_pylist()  # type: ignore[no-any-return]


def test_a_record_looks_up_its_rarest_keys() -> None:
    """Until it has met so many films; ties by the key. Others' keys and whole names take nothing from it."""
    most = FILMS_PER_RECORD
    met = [(9, "rare", 1), (9, "b", most // 2), (9, "a", most // 2), (9, "=name", most), (4, "+x y", 3)]
    assert blocks(*met) == [["=name", "a", "rare"], ["+x y"]]


def test_the_first_key_counts_however_common_it_is() -> None:
    """A record with no rare word still looks up one."""
    assert blocks((9, "common", FILMS_PER_RECORD + 1), (9, "more", FILMS_PER_RECORD + 2)) == [["common"], []]


def test_skewed_names_are_looked_up_with_something_else() -> None:
    """With each artist, with the year and the year before, and among known films; never alone."""
    found = blocks((9, "=home", NAME_CAP + 1), (4, "=home", NAME_CAP + 1), (4, "=lantern", NAME_CAP))
    assert found == [
        ["=home|1959", "=home|1960", "=home|ana ruiz", "=home|known"],
        ["=home|known", "=lantern"],
    ]


def test_a_record_without_keys_has_no_blocks() -> None:
    """Rather than null."""
    assert blocks() == [[], []]
