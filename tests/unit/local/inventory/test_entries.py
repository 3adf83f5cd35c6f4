"""What lies in a lake, counted by what it belongs to."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from local.inventory.__main__ import main
from local.inventory.entries import Entry, Group, grouped, size_text
from local.inventory.tables import table_sizes

RUN = "20261120T063000Z-7f3a"


def test_entries_are_counted_by_table_and_run() -> None:
    """A table's files are of the table, a name with a run's id is of the run, wherever the id stands."""
    found = grouped(
        [
            Entry("raw", f"tmdb/details/ingest_date=2026-11-20/run_id={RUN}/a.jsonl.gz", 10),
            Entry("raw", f"discogs/search/ingest_date=2026-11-20/run_id={RUN}/b.jsonl.gz", 20),
            Entry("control", f"bronze/{RUN}.json", 1),
            Entry("control", "active.json", 2),
            Entry("gold", "tables/matches/part-0.parquet", 5),
            Entry("gold", f"tables/matches/_delta_log/{RUN}.json", 6),
        ]
    )
    assert found == [
        Group("control", "other", "active.json", 1, 2),
        Group("control", "run", RUN, 1, 1),
        Group("gold", "table", "matches", 2, 11),
        Group("raw", "run", RUN, 2, 30),
    ]


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 B"), (999, "999 B"), (1_234_567, "1.2 MB"), (5e12, "5.0 TB"), (5e15, "5000.0 TB")],
)
def test_sizes_are_told_in_three_digits(size_bytes: float, text: str) -> None:
    """Bytes as they are, then thousands."""
    assert size_text(size_bytes) == text


def test_a_table_is_sized_by_its_version(tmp_path: Path) -> None:
    """What an overwritten version leaves counts as kept, not as the table's."""
    folder = tmp_path / "gold" / "kpis"
    for rows in (100, 3):
        write_deltalake(str(folder), pa.table({"value": range(rows)}), mode="overwrite")
    (found,) = table_sizes(tmp_path)
    assert (found.container, found.name, found.version, found.rows, found.files) == ("gold", "kpis", 1, 3, 1)
    assert 0 < found.size_bytes < found.kept_bytes


def test_without_a_lake_it_says_how_to_get_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 and one line."""
    assert main(["--state-dir", str(tmp_path)]) == 1
    assert (
        capsys.readouterr().err == f"inventory: no lake in {tmp_path}: start one with make run or make up\n"
    )
