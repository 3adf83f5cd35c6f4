"""Tables on disk are read at the version that a run published, never at another."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from deltalake.exceptions import DeltaError

from local.console.tables import PublishedTable, read_rows, tables_in


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A folder of tables in which gold.matches was published twice, and silver.movies once."""
    for score in (0.5, 0.9):
        matches = pa.table({"film_id": [1, 2], "score": [score, score]})
        write_deltalake(tmp_path / "gold" / "matches", matches, mode="overwrite")
    write_deltalake(tmp_path / "intermediate" / "movies", pa.table({"film_id": [7]}))
    return tmp_path


@pytest.mark.parametrize(("version", "score"), [(0, 0.5), (1, 0.9)])
def test_a_table_is_read_at_its_version(tables: Path, version: int, score: float) -> None:
    """An older version is read as it was, though a newer one is there."""
    published = PublishedTable("gold.matches", version, rows=2)
    assert read_rows(tables, published, ["score"]) == [{"score": score}, {"score": score}]


def test_tables_of_silver_are_in_their_container(tables: Path) -> None:
    """Schema silver lies in intermediate; a column that the table lacks is None."""
    published = PublishedTable("silver.movies", 0, rows=1)
    assert read_rows(tables, published, ["film_id", "title"]) == [{"film_id": 7, "title": None}]


def test_a_version_that_is_not_there_is_no_other(tables: Path) -> None:
    """Where the version is missing the reader says so, rather than show another one's rows."""
    with pytest.raises(DeltaError):
        read_rows(tables, PublishedTable("gold.matches", 2, rows=2), ["score"])


def test_a_document_names_its_tables() -> None:
    """Manifests and sets of current tables name them alike; before the first run there are none."""
    entry = {"table": "gold.matches", "version": 1, "rows": 2, "more": "x"}
    document = json.dumps({"version": 1, "run_id": "RUN", "tables": {"matches": entry}}).encode()
    assert tables_in(document) == {"matches": PublishedTable("gold.matches", 1, 2)}
    assert tables_in(None) == {}
