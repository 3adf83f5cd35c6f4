"""How far columns are filled."""

from __future__ import annotations

from spark_jobs.schemas.silver import MOVIES, RELEASES
from spark_jobs.silver.quality.fill import COLUMNS, fill_rates


def test_rates_are_shares_of_the_records() -> None:
    """Counts of other things are left alone; without records there is no rate."""
    assert fill_rates({"rows": 9, "fill:budget": 3, "fill:overview": None}, 8) == {
        "budget": 0.375,
        "overview": 0.0,
    }
    assert fill_rates({"fill:budget": 0}, 0) == {}


def test_every_column_is_one_of_its_table() -> None:
    """A renamed column of silver is a failing test, and no job."""
    for table, schema in (("movies", MOVIES), ("releases", RELEASES)):
        assert set(COLUMNS[table]) <= set(schema.fieldNames())
