"""Gates and drift: what stops a run, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from spark_jobs.silver.job import run_silver
from spark_jobs.silver.quality.scores import Gates, QualityGateError
from tests.integration.spark_jobs.builders.bronze_files import Bronze, answer, blob, film, page, record

FIRST, SECOND = "20261120T063000Z-0001", "20261120T103000Z-0002"
LATER = "2026-11-20T10:30:00.000000Z"
Land = Callable[[list[dict[str, Any]]], None]


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Bronze:
    """A lake after one good run of 40 films, one of them with money far out, in many small blobs."""
    lake = Bronze(tmp_path_factory.mktemp("lake"))
    films = [film(n, f"Film {n}", budget=1_000_000 + n, revenue=2_000_000 + n) for n in range(1, 40)]
    films.append(film(40, "Far Out", budget=10**11, revenue=2_000_000))
    blobs = {f"b{f['id']}": blob(answer("details", f)) for f in films}
    lake.land(FIRST, {"details": blobs, "search": {"s": blob(page(record(50, "Hans Mori - Film 1")))}})
    run_silver(spark, FIRST, lake.addresses)
    return lake


def test_far_out_values_are_flagged_and_kept(lake: Bronze) -> None:
    """The budget of 100 billion is named in `outliers`; no other film is."""
    flagged = {r["film_id"]: r["outliers"] for r in lake.rows("silver.movies", FIRST) if r["outliers"]}
    assert flagged == {40: ["budget"]}
    assert lake.json(f"metrics/{FIRST}/quality.json")["outliers"]["films"]["budget"] == 1


def test_the_manifest_carries_the_scores(lake: Bronze) -> None:
    """Both tables have a score for each dimension, for the summary of the run."""
    quality = lake.json(f"control/silver/{FIRST}.json")["metrics"]["quality"]
    assert quality["movies"]["completeness"] == 1.0
    assert set(quality["movies"]) == set(quality["releases"])
    assert lake.json(f"metrics/{FIRST}/silver.json")["quality"] == quality


def test_fill_rates_are_of_what_has_a_value(lake: Bronze) -> None:
    """All films have a budget and a composer, none an overview or a keyword; the record has a year and no barcode."""
    tables = lake.json(f"metrics/{FIRST}/quality.json")["tables"]
    films, releases = tables["movies"]["fill"], tables["releases"]["fill"]
    assert [films[name] for name in ("budget", "composers", "overview", "keywords")] == [1.0, 1.0, 0.0, 0.0]
    assert (releases["year"], releases["barcodes"]) == (1.0, 0.0)


def test_the_alignment_is_published(lake: Bronze) -> None:
    """JSON and CSV hold a line for each pair of columns."""
    folder = f"metrics/{FIRST}"
    pairs = {pair["about"]: pair for pair in lake.json(f"{folder}/schema_alignment.json")["pairs"]}
    assert pairs["title"]["shared_values"] == 1
    assert pairs["title"]["agreement"] == 1.0
    assert pairs["people"]["same_type"]
    assert pairs["country"]["release_null_share"] == 1.0
    lines = (lake.root / folder / "schema_alignment.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(pairs) + 1


@pytest.mark.slow
def test_under_a_gate_nothing_changes_but_everything_is_told(lake: Bronze, spark: SparkSession) -> None:
    """The set stays, no manifest is written; metrics, quarantine and report are there, and opened gates let it pass."""
    bad = [answer("details", film(n, ""), LATER) for n in (1, 2)]
    good = [answer("details", film(n, f"Film {n}"), LATER) for n in range(3, 20)]
    lake.land(SECOND, {"details": {"a": blob(*bad, *good)}}, "incremental")
    before, commits = lake.json("control/tables/silver.json"), len(lake.commits("silver.movies"))
    with pytest.raises(
        QualityGateError, match=r"movies: completeness 0\.89\d+ is under the gate of 0\.95.*has_title"
    ):
        run_silver(spark, SECOND, lake.addresses)
    assert lake.json("control/tables/silver.json") == before
    assert not (lake.root / f"control/silver/{SECOND}.json").exists()
    assert len(lake.commits("silver.movies")) == commits
    quality = lake.json(f"metrics/{SECOND}/quality.json")
    assert (quality["passed"], quality["tables"]["movies"]["refused"]) == (False, 2)
    assert lake.json(f"metrics/{SECOND}/silver.json")["counts"]["quarantined"] == 2
    quarantine = DeltaTable(lake.folder("silver.quarantine")).to_pyarrow_table().to_pylist()
    assert [row["rule"] for row in quarantine if row["run_id"] == SECOND] == ["has_title"] * 2
    assert "Stopped." in (lake.root / f"metrics/{SECOND}/quality.html").read_text(encoding="utf-8")
    manifest = run_silver(spark, SECOND, lake.addresses, Gates(completeness=0.8))
    assert manifest["counts"]["silver_movies"] == 40


def test_a_required_field_that_is_gone_stops_the_run(spark: SparkSession, tmp_path: Path) -> None:
    """Even with open gates: the message names the field; new fields alone would not stop it."""
    lake = Bronze(tmp_path)
    renamed = [{k if k != "title" else "name": v for k, v in film(n, "X", mood=1).items()} for n in range(3)]
    lake.land(FIRST, {"details": {"a": blob(*[answer("details", f) for f in renamed])}})
    with pytest.raises(QualityGateError, match="required field title is gone"):
        run_silver(spark, FIRST, lake.addresses, Gates(0, 0))
    found = {
        f["path"]: f["difference"] for f in lake.json(f"metrics/{FIRST}/quality.json")["drift"]["findings"]
    }
    assert (found["mood"], found["title"]) == ("unknown field", "missing field")
