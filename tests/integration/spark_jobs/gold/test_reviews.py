"""Gold obeys people's reviews, from the next run on and while the catalogs change; the app reads what gold leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from shared.adapters.lake import Versioned
from shared.serving.reviews.desk import ReviewDesk
from shared.serving.reviews.log import ReviewLog
from spark_jobs import fit
from spark_jobs.gold.reviews.labels import read_labels
from tests.integration.spark_jobs.builders.reviewed_runs import (
    ASTRAY,
    CONFIRMED,
    DISPUTED,
    DOUBTFUL,
    FIRST,
    HARBOUR,
    LANTERN,
    LATER,
    MARSH,
    NOON,
    OTHER_TWIN,
    REJECTED,
    RUNS,
    TWIN,
    UNMET,
    VERSIONS,
    Reviewed,
    reviewed_runs,
)

pytestmark = pytest.mark.slow


class DiskLake:
    """Reads a lake on disk as `shared.adapters.lake.Lake` reads blobs."""

    def __init__(self, root: Path) -> None:
        self._roots = {"gold": root, "control": root / "control"}

    async def read_json(self, container: str, name: str) -> Any:
        data = await self.read(container, name)
        return None if data is None else json.loads(data)

    async def read(self, container: str, name: str) -> bytes | None:
        file = self._roots[container] / name
        return file.read_bytes() if file.exists() else None

    async def read_versioned(self, container: str, name: str, offset: int = 0) -> Versioned | None:
        data = await self.read(container, name)
        return None if data is None else Versioned(data[offset:], "etag")

    async def names(self, container: str, prefix: str) -> AsyncIterator[str]:
        for file in sorted((self._roots[container] / prefix).glob("*")):
            yield f"{prefix}{file.name}"


@pytest.fixture(scope="module")
def reviewed(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Reviewed:
    return reviewed_runs(spark, tmp_path_factory.mktemp("reviewed"))


@pytest.fixture
def desk(reviewed: Reviewed) -> ReviewDesk:
    lake: Any = DiskLake(reviewed.lake.root)
    return ReviewDesk(lake, ReviewLog(lake, lambda: NOON))


@pytest.mark.parametrize("run", [0, 1])
def test_confirmed_pairs_stand(reviewed: Reviewed, run: int) -> None:
    """A pair people confirmed is a certain match, though its namesake is as likely, or the matcher never met it."""
    found = reviewed.matches(run)
    for release_id, film_id in ((CONFIRMED, OTHER_TWIN), (UNMET, LANTERN)):
        row = found[release_id]
        assert (row["film_id"], row["decided_by"]) == (film_id, "review")
        assert (row["score"], row["band"], row["published"], row["is_ambiguous"]) == (
            1.0,
            "strong",
            True,
            False,
        )
        assert row["reason"].startswith("confirmed by a review")


@pytest.mark.parametrize("run", [0, 1])
def test_rejected_pairs_never_return(reviewed: Reviewed, run: int) -> None:
    """Neither as a match nor as a nearest miss, though the matcher still thinks them likely; others stay."""
    lake = reviewed.lake
    assert REJECTED not in reviewed.matches(run)
    (miss,) = [r for r in lake.rows("gold.unmatched_releases", RUNS[run]) if r["release_id"] == REJECTED]
    assert miss["nearest_film_id"] is None
    pairs = {(row["film_id"], row["release_id"]) for row in lake.rows("gold.match_candidates", RUNS[run])}
    assert (ASTRAY, REJECTED) in pairs
    assert reviewed.matches(run)[DOUBTFUL]["decided_by"] == "matcher"


def test_a_verdict_holds_for_other_versions_until_it_is_undone(reviewed: Reviewed) -> None:
    """Rejected for one version, no version has the film; undone, both have it again, by the matcher."""
    first, second = reviewed.matches(0), reviewed.matches(1)
    assert not set(VERSIONS) & set(first)
    assert {second[release]["film_id"] for release in VERSIONS} == {HARBOUR}
    assert {second[release]["decided_by"] for release in VERSIONS} == {"matcher"}


def test_what_people_said_is_a_table(reviewed: Reviewed) -> None:
    """Each review once, with who, when, why and what was shown; what stands and what is contested is marked."""
    rows = {row["review_id"]: row for row in reviewed.lake.rows("gold.match_reviews", RUNS[1])}
    assert len(rows) == len(FIRST) + len(LATER) - 1
    row = rows["review-006"]
    assert (row["reviewer"], row["verdict"], row["why"]) == ("ben", "yes", 'said "so"')
    assert (row["stands"], row["is_contested"]) == (True, True)
    assert json.loads(row["shown"])["run_id"] == RUNS[0]
    assert not rows["review-004"]["stands"] and rows["review-001"]["stands"]
    assert reviewed.matches(1)[DISPUTED]["film_id"] == MARSH


def test_the_queue_begins_with_what_people_disagree_on(reviewed: Reviewed) -> None:
    """Then the doubtful: both sides with poster and cover, evidence and rivals; nothing that was decided."""
    items = [json.loads(line) for line in reviewed.first_queue]
    assert [items[0]["cause"], items[0]["record"]["release_id"]] == ["contested", DISPUTED]
    (doubtful,) = [item for item in items if item["record"]["release_id"] == DOUBTFUL]
    assert {doubtful["film"]["film_id"], *(rival["film_id"] for rival in doubtful["rivals"])} == {
        TWIN,
        OTHER_TWIN,
    }
    assert doubtful["record"]["cover_url"] == "https://i.discogs.com/c.jpg"
    assert doubtful["evidence"] and doubtful["reason"]
    reviewed_records = {REJECTED, CONFIRMED, UNMET, VERSIONS[0]}
    assert not reviewed_records & {item["record"]["release_id"] for item in items}


def test_the_app_reads_what_gold_left(reviewed: Reviewed, desk: ReviewDesk) -> None:
    """A film's reviews come from gold's buckets, the queue from its file; the log is read on from where gold was."""
    pointer = reviewed.lake.json("search/reviews/_current.json")
    size = (reviewed.lake.root / "control/reviews/log/000002.jsonl").stat().st_size
    assert (pointer["snapshot"], pointer["log"]) == (RUNS[1], {"part": 2, "bytes": size})
    found = asyncio.run(desk.of_film(HARBOUR))
    assert [review.verdict for review in found.reviews] == ["no", "undo"]
    assert found.reviews[0] == FIRST[3]
    assert [each.verdict for each in found.standing] == [None]
    item = asyncio.run(desk.next("cleo"))
    assert item.run_id == RUNS[1] and item.item is not None
    assert item.item.record.release_id == DISPUTED


def test_metrics_tell_of_reviews_and_known_links(reviewed: Reviewed) -> None:
    """Counts of what stands; lines that are no reviews; precision and recall against the CSV, its bad rows by line."""
    before, found = (reviewed.lake.json(f"metrics/{run}/matching.json") for run in RUNS)
    assert (before["known_links"], before["reviews"]["kept"]) == (None, len(FIRST))
    said = found["reviews"]
    assert (said["kept"], said["bad_lines"], said["confirmed"], said["contested"]) == (
        len(FIRST) + 1,
        2,
        3,
        1,
    )
    assert said["rejected"] == 1 and said["matches"] == 3
    known = found["known_links"]
    assert (known["links"], known["records"], known["matched"], known["right"]) == (4, 3, 2, 2)
    assert (known["precision"], known["recall"]) == (1.0, 0.6667)
    assert [(bad["line"], bad["field"]) for bad in known["first_bad_rows"]] == [
        (6, "tmdb_id"),
        (7, "discogs_id"),
    ]


def test_reviews_and_known_links_are_labels(spark: SparkSession, reviewed: Reviewed) -> None:
    """What people confirmed and what is known are links; what they only rejected is known to be wrong."""
    addresses = reviewed.lake.addresses
    said = read_labels(spark, addresses, reviews=True, known=False)
    confirmed = {CONFIRMED: OTHER_TWIN, UNMET: LANTERN, DISPUTED: MARSH}
    assert (said.links, said.rejected) == (confirmed, {REJECTED: frozenset({ASTRAY})})
    both = read_labels(spark, addresses, reviews=True, known=True)
    assert both.links == confirmed | dict.fromkeys(VERSIONS, HARBOUR) | {REJECTED: MARSH}
    assert {row["release_id"] for row in both.releases.select("release_id").collect()} == set(both.links)


def test_a_lake_refits_its_matcher(
    spark: SparkSession,
    reviewed: Reviewed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Too few labels are refused in one line; enough give weights, and figures before and after on a page."""
    addresses = reviewed.lake.addresses
    command = ["--reviews", "--known", "--tables", addresses.tables, "--files", addresses.files]
    command += [
        "--output",
        str(tmp_path / "weights.json"),
        "--report",
        str(tmp_path / "page"),
        "--folds",
        "2",
    ]
    with pytest.raises(SystemExit):
        fit.main(command)
    assert "6 records of this lake are labelled, 30 are needed" in capsys.readouterr().err
    monkeypatch.setattr(fit, "LEAST_OWN", 6)
    fit.main(command)
    own = json.loads(capsys.readouterr().out)["own"]
    assert own["cases"] >= 5 and own["before"]["links"] == own["after"]["links"] == 6
    weights = json.loads((tmp_path / "weights.json").read_text())
    assert weights["source"]["data"] == {"own": 1.0} and weights["weights"]["composer"] > 0
    assert "Before and after" in (tmp_path / "page" / "index.html").read_text()
