"""Sources at their worst: what answered lands, what did not is named record by record, and a better day mends it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from local.wiring import ROOT
from tests.e2e.support.ingesting import UNLIMITED, Ingests, Landed, assert_same, ingest_stack, land_whole

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

REAL = ROOT.parent / "shared" / "data" / "real"
REAL_FILMS, REAL_RELEASES = 200, 150
#: With these a record never gives the answer that was asked for.
LOST = (
    *("error_5xx", "reset", "truncated_json", "wrong_content_type", "error_in_200", "edge_page"),
    *("bare_error", "other_record"),
)
LOST_OF_FILMS = (*LOST, "missing_parts", "error_in_parts")
#: With these it does, all the same.
READ = ("packed_body",)
READ_OF_FILMS = (*READ, "no_collection_id")
#: Of pages, now and then; the next asking is answered.
OF_PAGES = ("empty_list", "empty_page", "gone_page", "shifting_rows")
EVERYTHING: dict[str, Any] = {
    "seed": 16,
    **{name: {"rate": 0.02} for name in (*LOST_OF_FILMS, *READ_OF_FILMS, *OF_PAGES, "odd_rows")},
    "storm_429": {"rate": 0.01, "retry_after_s": 1},
    "latency": {"min_ms": 10, "max_ms": 200},
    "outage": {"seconds": 2},
}
RECORDS = ("tmdb/details", "discogs/release")
SETTINGS = {"DISCOGS_DETAILS": "true", "MAX_FAILED_SHARE": "0.5"}


@pytest.fixture(scope="module")
def ingests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingests]:
    """A stack that asks for releases one by one too, and whose runs go on whatever share of a catalog failed."""
    state_dir = tmp_path_factory.mktemp("odd")
    with ingest_stack(state_dir, SETTINGS, films=60, releases=260, **UNLIMITED) as found:
        yield found


@pytest.fixture(scope="module")
def quiet(ingests: Ingests) -> Landed:
    """The run that nothing disturbed."""
    return land_whole(ingests)


def records_of(landed: Landed) -> set[str]:
    """Paths of the films and releases that landed, without the version of the API."""
    asked = (json.loads(request)["path"] for kind in RECORDS for request, _ in landed.bronze.answers[kind])
    return {path.removeprefix("/3").removeprefix("/") for path in asked}


def struck(paths: Sequence[str], faults: Sequence[str]) -> dict[str, str]:
    """A path for each fault, from all over the catalog."""
    step = len(paths) // len(faults)
    return dict(zip(paths[::step], faults, strict=False))


def named(landed: Landed) -> set[str]:
    """Paths of the records that the run's failures name, by their tasks."""
    folders = {"tmdb.details": "movie", "discogs.release": "releases"}
    tasks = [
        re.match(r"(tmdb\.details|discogs\.release)-(\d+)", one["task_id"])
        for one in landed.status["failures"]
    ]
    assert all(tasks), landed.status["failures"]
    return {f"{folders[found[1]]}/{found[2]}" for found in tasks if found}


def test_one_of_each_fault_costs_the_records_it_hits_until_the_next_run(
    ingests: Ingests, quiet: Landed
) -> None:
    """The run completes and names exactly the bad records; all others landed; a run over a healthy catalog has all."""
    every = sorted(records_of(quiet))
    films = struck([path for path in every if path.startswith("movie/")], (*LOST_OF_FILMS, *READ_OF_FILMS))
    releases = struck([path for path in every if path.startswith("releases/")], (*LOST, *READ))
    always = {**films, **releases, "discover/movie": "odd_rows"}
    bad = {path for path, fault in {**films, **releases}.items() if fault in LOST_OF_FILMS}
    assert len(bad) == len(LOST_OF_FILMS) + len(LOST)
    ingests.stack.set_faults({"records": always, **{name: {"rate": 0.05} for name in OF_PAGES}})
    ingests.reset_stats()
    landed = ingests.complete()
    befallen = {name for stats in ingests.stack.catalog_stats().values() for name in stats["faults"]}
    assert befallen >= set(always.values())
    ingests.stack.set_faults({})
    assert named(landed) == bad
    assert records_of(landed) == set(every) - bad
    assert sum(one["lost"] for one in landed.status["progress"].values()) == len(bad)
    assert landed.tasks["passed_over"] > 0
    for failure in landed.status["failures"]:
        assert re.search(r"/(movie|releases)/\d+", failure["reason"]), failure
    assert_same(ingests, ingests.land(), quiet)


@pytest.fixture
def real_catalog(tmp_path: Path) -> Path:
    """A few hundred real films and releases, as a directory that the catalog server serves."""
    if not REAL.is_dir():
        pytest.skip("the real records are not here")
    for name, most in (("tmdb_movies", REAL_FILMS), ("discogs_releases", REAL_RELEASES)):
        with gzip.open(REAL / f"{name}.jsonl.gz", "rt") as lines:
            (tmp_path / f"{name}.jsonl").write_text(
                "".join(line for line, _ in zip(lines, range(most), strict=False))
            )
    return tmp_path


def test_real_records_survive_all_faults_at_once(
    real_catalog: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With every fault on, at its rate, a run lands each record of a real catalog, for each answers sooner or later."""
    state_dir = tmp_path_factory.mktemp("odd-real")
    options = {"catalog_dir": real_catalog, **UNLIMITED}
    with ingest_stack(state_dir, {"DISCOGS_DETAILS": "true"}, **options) as ingests:
        quiet = land_whole(ingests)
        assert len(records_of(quiet)) == REAL_FILMS + REAL_RELEASES
        ingests.stack.set_faults(EVERYTHING)
        landed = ingests.land()
        assert (landed.status["state"], landed.status["failures"]) == ("silver", [])
        assert records_of(landed) == records_of(quiet)
