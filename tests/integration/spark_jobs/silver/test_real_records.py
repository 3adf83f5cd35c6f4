"""Silver on the real records."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from tests.integration.spark_jobs.builders.bronze_files import Bronze
from tests.integration.spark_jobs.builders.real_records import RUN

pytestmark = pytest.mark.slow


@pytest.fixture
def lake(real_lake: Bronze) -> Bronze:
    """Silver of all real records."""
    return real_lake


def test_every_record_is_kept_and_scored(lake: Bronze) -> None:
    """3,796 films and 1,167 releases pass the gates; nothing is refused."""
    counts = lake.json(f"control/silver/{RUN}.json")["counts"]
    assert (counts["silver_movies"], counts["silver_releases"], counts["quarantined"]) == (3796, 1167, 0)
    tables = lake.json(f"metrics/{RUN}/quality.json")["tables"]
    assert all(score >= 0.98 for table in tables.values() for score in table["scores"].values())


def test_half_the_records_years_and_most_credits_are_known_to_be_absent(lake: Bronze) -> None:
    """What the data lacks is counted, and no drift is seen in fields the tables read but those it never had."""
    quality = lake.json(f"metrics/{RUN}/quality.json")
    broken = {r["name"]: r["broken"] for t in quality["tables"].values() for r in t["rules"]}
    assert broken["has_year"] == 481
    assert broken["has_overview"] == 867
    read = {f["path"] for f in quality["drift"]["findings"] if f["is_read"]}
    assert read <= {"alternative_titles", "reviews", "credits.cast[].credit_id", "credits.crew[].credit_id"}


def test_films_are_enriched(lake: Bronze, spark: SparkSession) -> None:
    """A known film has its year, month, money, genre and mood; flags are few."""
    films = lake.table(spark, "silver.movies", RUN)
    nemo = films.where("film_id = 12").first()
    assert nemo is not None
    assert (nemo["title"], nemo["release_year"], nemo["release_month"], nemo["primary_genre"]) == (
        "Finding Nemo", 2003, 5, "Animation",
    )  # fmt: skip
    assert (nemo["profit"], nemo["roi"]) == (846_335_536, 9.0036)
    assert nemo["overview_mood"] in ("positive", "negative")
    assert 0 < films.where("size(outliers) > 0").count() < 100


def test_the_page_is_whole(lake: Bronze) -> None:
    """The report is one page with both tables, the gates and nothing from elsewhere."""
    text = (lake.root / f"metrics/{RUN}/quality.html").read_text(encoding="utf-8")
    for part in (
        "Passed.",
        "Rules of movies",
        "Rules of releases",
        "Schema drift",
        "Schema alignment",
        "Outliers",
    ):
        assert part in text
    assert "<link" not in text
    assert "src=" not in text
