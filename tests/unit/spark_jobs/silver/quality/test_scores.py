"""Scores, gates, fences and the page that shows them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.lakehouse.files import Files
from spark_jobs.lakehouse.lake import Addresses
from spark_jobs.lakehouse.sets import TableVersion, write_set
from spark_jobs.runtime.session import QUICK_COMPILER, SHORT_LIVED
from spark_jobs.runtime.stage_run import session_settings
from spark_jobs.silver.job import main
from spark_jobs.silver.quality.alignment import PAIRS, as_csv
from spark_jobs.silver.quality.findings import quality_json
from spark_jobs.silver.quality.outliers import MIN_FILMS, fences
from spark_jobs.silver.quality.page import quality_page
from spark_jobs.silver.quality.rules import DIMENSIONS, ERROR, INFO, RULES, WARNING
from spark_jobs.silver.quality.scores import Gates, TableProfile
from spark_jobs.silver.records.genres import FILM_GENRES, RELEASE_GENRES, genre_rows, key

EVIL = "<script>alert(1)</script>\"'&"


def profile(rows: int = 1000, **counts: int) -> TableProfile:
    """A profile of films in which the given rules are broken, each in rows of its own."""
    found = {f"rule:{name}": n for name, n in counts.items()}
    for rule in (r for r in RULES if r.table == "movies" and r.severity != INFO):
        name = f"dimension:{rule.dimension}"
        found[name] = found.get(name, 0) + counts.get(rule.name, 0)
    return TableProfile.of("movies", found | {"rows": rows, "content": rows, "latest": rows})


def test_rule_names_are_unique_and_their_words_known() -> None:
    """Every rule has a dimension and a severity there is, and no namesake in its table."""
    assert len({(rule.table, rule.name) for rule in RULES}) == len(RULES)
    assert {rule.dimension for rule in RULES} == set(DIMENSIONS)
    assert {rule.severity for rule in RULES} == {ERROR, WARNING, INFO}


def test_a_score_is_the_share_of_records_without_fault() -> None:
    """Information is not scored; an empty run has nothing to blame."""
    scores = profile(has_title=40, has_overview=500, runtime_possible=1).scores()
    assert (scores["completeness"], scores["accuracy"], scores["consistency"]) == (0.96, 0.999, 1.0)
    assert set(TableProfile.of("movies", {}).scores().values()) == {1.0}


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_a_score_of_one_is_one(rows: int, broken: int) -> None:
    """A score is between 0 and 1, and 1 only when nothing is broken."""
    score = profile(rows, has_title=min(rows, broken)).scores()["completeness"]
    assert 0 <= score <= 1
    assert (score == 1) == (broken == 0)


def test_gates_name_table_dimension_score_and_the_worst_rules() -> None:
    """Exactly on the gate passes; under it the sentence says what to look at."""
    assert Gates().failures([profile(has_title=50, readable=20)]) == []
    (why,) = Gates().failures([profile(has_title=49, has_id=2, readable=20)])
    for part in ("movies", "completeness 0.9490", "0.95", "51 of 1,000", "49 has_title (no title)"):
        assert part in why
    assert Gates(0, 0).failures([profile(has_title=1000)]) == []


@pytest.mark.parametrize("value", ["1.2", "-0.1", "much"])
def test_a_gate_that_is_no_share_is_refused(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The job says so before it starts anything."""
    with pytest.raises(SystemExit):
        main(
            [
                "--run-id",
                "r",
                "--tables",
                "file:///x/{container}",
                "--files",
                "/x/{area}",
                "--completeness",
                value,
            ]
        )
    assert "--completeness" in capsys.readouterr().err


def test_fences_need_enough_films_and_span_magnitudes() -> None:
    """A decade with few films has none; those of money lie evenly on the logarithm, around the quartiles."""
    names = ("budget", "revenue", "popularity", "runtime_min")
    row: dict[str, Any] = {f"count:{name}": MIN_FILMS for name in names}
    row |= {f"quartiles:{name}": [10.0, 1000.0] for name in names} | {"decade": 1990, "count:revenue": 3}
    found = fences([row, row | {"decade": None}])
    low, high = found["budget"][1990]
    assert math.isclose(low * high, 10 * 1000)
    assert found["revenue"] == {}
    assert found["runtime_min"][1990] == (-2960.0, 3970.0)


def test_the_genre_mapping_uses_both_vocabularies() -> None:
    """Every film genre has a row; spelling does not matter to the key."""
    rows = genre_rows()
    assert {row[0] for row in rows} == set(FILM_GENRES)
    assert {row[1] for row in rows} <= set(RELEASE_GENRES)
    assert all(0 < row[3] <= 1 for row in rows)
    assert key("Stage  &amp Screen") != key("Stage & Screen") == key("stage AND screen")


def evil_quality() -> dict[str, Any]:
    """A quality record with mark-up wherever text comes from outside."""

    class Found:
        failures = (EVIL,)
        gates = Gates()
        profiles = (profile(has_title=100),)
        looked_at = {EVIL: 1}  # noqa: RUF012 - a stand-in that lives for one call
        fences = {"budget": {1990: (1.0, 2.0)}}  # noqa: RUF012 - likewise
        drift = ()

    quality = quality_json(EVIL, Found(), [], {"mood:positive": 3})  # type: ignore[arg-type]
    names = ("kind", "difference", "path", "expected", "found")
    drift = dict.fromkeys(names, EVIL) | {"share": 0.5, "is_fatal": True, "is_read": True}
    pair: dict[str, Any] = {"about": EVIL, "agreement": None}
    for side in ("film", "release"):
        pair |= {
            f"{side}_column": EVIL,
            f"{side}_type": EVIL,
            f"{side}_null_share": 0.1,
            f"{side}_duplicates": 2,
        }
    quality["drift"]["findings"] = [drift]
    return quality | {"alignment": [pair], "failures": [EVIL]}


def test_the_report_escapes_everything() -> None:
    """No text from outside becomes mark-up, and the page needs nothing from elsewhere."""
    page = quality_page(evil_quality())
    assert "<script" not in page
    assert EVIL not in page
    assert page.count("&lt;script&gt;") >= 10
    assert "http" not in page.replace("http_status", "")
    assert "Stopped." in page


def test_alignment_is_written_as_csv() -> None:
    """One line a pair under a header."""
    text = as_csv([{"about": pair.about, "film": pair.film} for pair in PAIRS])
    assert text.splitlines()[0] == "about,film"
    assert len(text.splitlines()) == len(PAIRS) + 1


def test_a_small_run_gets_a_quick_jvm(tmp_path: Path) -> None:
    """The records that come and that are there decide; without a manifest nothing is decided."""
    addresses, folder = (
        Addresses("file:///t/{container}", f"{tmp_path}/{{area}}"),
        tmp_path / "control" / "bronze",
    )
    folder.mkdir(parents=True)
    for run_id, records in (("small", 100), ("large", 1_000_000)):
        (folder / f"{run_id}.json").write_text(json.dumps({"raw": [{"records": records}]}))
    assert session_settings(addresses, "small") == SHORT_LIVED
    for rows, settings in ((50, SHORT_LIVED), (100_000, QUICK_COMPILER), (500_000, {})):
        held = TableVersion("silver.movies", version=1, rows=rows, content=1, files=1, definition="")
        write_set(Files(addresses.files), "silver", "before", {"movies": held}, None)
        assert session_settings(addresses, "small") == settings
    assert session_settings(addresses, "large") == session_settings(addresses, "none") == {}
