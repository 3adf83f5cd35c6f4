"""The catalog the matcher's benchmark is run on."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from tests.bench.match_data import write_catalog
from tests.bench.process_tree import cpu_seconds, peak_memory_mb


def test_the_same_sizes_give_the_same_catalog(tmp_path: Path) -> None:
    """Films and records as asked for, seeded, with namesakes, and links that point at films."""
    links = write_catalog(tmp_path / "one", 400, 300)
    assert write_catalog(tmp_path / "two", 400, 300) == links
    titles = pq.read_table(tmp_path / "one" / "movies").column("title").to_pylist()
    records = pq.read_table(tmp_path / "one" / "releases")
    assert (len(titles), records.num_rows) == (400, 300)
    assert len(set(titles)) < 400
    assert 0.5 < len(links) / 300 < 0.7
    assert set(links.values()) <= set(range(1, 401))


def test_processor_time_and_memory_of_the_tree() -> None:
    """Both are positive, and time does not run backwards."""
    before = cpu_seconds()
    assert 0 < before <= cpu_seconds()
    assert peak_memory_mb() > 1
