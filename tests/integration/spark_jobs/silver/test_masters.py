"""Silver on masters beside releases, and on lists that name a release several times because they were split."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_jobs.silver.job import run_silver
from spark_jobs.silver.quality.scores import Gates
from tests.integration.spark_jobs.builders.bronze_files import Bronze, answer, blob, page, record

FIRST, SECOND = "20261119T063000Z-0001", "20261120T063000Z-0002"
EARLY, LATE, LATER = "2026-11-19T06:30:00Z", "2026-11-20T06:30:00Z", "2026-11-20T06:40:00Z"
#: By year and by country: two families of slices of one list name the same releases.
BY_YEAR = (record(500, "Hans Mori - Far Astray"), record(501, "Ines Varga - The Amber Ferry"))
BY_COUNTRY = (*BY_YEAR, record(502, "Ola Brandt - Nine Wells"))


def master(master_id: int, main_release: int | None, title: str, **more: Any) -> dict[str, Any]:
    """A master's answer."""
    return {
        "id": master_id,
        "main_release": main_release,
        "title": title,
        "artists": [{"name": "Hans Mori (2)", "join": ""}],
        "year": 1998,
        "genres": ["Stage & Screen"],
        "styles": ["Soundtrack"],
        **more,
    }


def answered(body: dict[str, Any], at: str, asked: int = 0, status: int = 200) -> str:
    """One line with a master's answer; `asked` is the id when the body has another."""
    return answer("master", body, at, status, f"/masters/{asked or body['id']}")


MASTERS = (
    answered(master(500, 900, "Far Astray"), LATER),
    answered(master(600, 501, "The Amber Ferry (Reissue)"), LATER),
    answered(master(601, None, "Without A Release"), LATER),
    answered(master(602, 903, "Another Than Asked"), LATER, asked=502),
    answered({"message": "Master not found."}, LATER, asked=501, status=404),
)


class Tables:
    """The releases of both runs and what was found about them."""

    def __init__(self, lake: Bronze) -> None:
        self.lake = lake

    def releases(self, run_id: str) -> dict[int, dict[str, Any]]:
        """Rows by release id."""
        return {row["release_id"]: row for row in self.lake.rows("silver.releases", run_id)}

    def quality(self, run_id: str) -> dict[str, Any]:
        """What the quality report says of the table."""
        found: dict[str, Any] = self.lake.json(f"metrics/{run_id}/quality.json")["tables"]["releases"]
        return found

    def broken(self, run_id: str) -> dict[str, int]:
        """Broken rules that count, with their counts."""
        rules = self.quality(run_id)["rules"]
        return {
            rule["name"]: rule["broken"] for rule in rules if rule["broken"] and rule["severity"] != "info"
        }


@pytest.fixture(scope="module")
def tables(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """A run of releases by two families of slices, then one of masters with ids that releases have too."""
    lake = Bronze(tmp_path_factory.mktemp("lake"))
    lake.land(FIRST, {"search": {"y": blob(page(*BY_YEAR, at=EARLY)), "c": blob(page(*BY_COUNTRY, at=LATE))}})
    rows = [record(n, f"Hans Mori - Master {n}", type="master", master_id=n) for n in (500, 502, 503)]
    lake.land(SECOND, {"search": {"m": blob(page(*rows, at=LATER))}, "master": {"a": blob(*MASTERS)}})
    for run_id in (FIRST, SECOND):
        run_silver(spark, run_id, lake.addresses, Gates(0, 0))
    return Tables(lake)


def test_a_release_that_two_slices_list_is_no_duplicate(tables: Tables) -> None:
    """A list that was split names a release several times by design: it counts once, and nothing warns of it."""
    found = tables.quality(FIRST)
    assert (found["records"], found["rows"]) == (3, 3)
    assert tables.broken(FIRST) == {}
    assert found["scores"]["uniqueness"] == 1.0


def test_a_master_does_not_take_the_place_of_the_release_with_its_number(tables: Tables) -> None:
    """Listed or answered, master 500 leaves release 500 as it was, and no master becomes a release by its number."""
    before, after = tables.releases(FIRST), tables.releases(SECOND)
    assert {n: after[n] for n in (500, 501, 502)} == before
    assert set(after) == {500, 501, 502, 900}


def test_a_master_stands_for_its_main_release_until_that_answers(tables: Tables) -> None:
    """Its answer is the release it names as the main one, with its id as master_id; a known release stays."""
    stands_in = tables.releases(SECOND)[900]
    names = ("master_id", "title", "artists", "year", "styles", "is_soundtrack_like", "labels", "removed_at")
    assert [stands_in[name] for name in names] == [
        500, "Hans Mori (2) - Far Astray", ["Hans Mori"], 1998, ["Soundtrack"], True, [], None,
    ]  # fmt: skip
    assert tables.releases(SECOND)[501]["title"] == "Ines Varga - The Amber Ferry"


def test_a_master_that_stands_for_nothing_is_refused_or_left_out(tables: Tables) -> None:
    """One without a main release, and one that was not asked for, are refused; one that is gone removes no release."""
    assert tables.broken(SECOND) == {"has_id": 1, "asked_for": 1}
    assert tables.quality(SECOND)["removed_upstream"] == 0
