"""Whole catalogs: a list over the cap that is read sorted, and bulk mode from files to links, with faults.

One stack of a catalog over Discogs' cap. Its silver and gold jobs stand still until the last test needs them. What a
fault does to one part alone is shown where that part is tested, without a stack: each fault of a file in
`tests/unit/spark_jobs/bulk` (docs/ingestion.md, Bulk, names the tests), a search that is not sorted in
`tests/unit/shared/orchestration/test_sorted_searches.py` and `tests/integration/shared/planning/test_enumeration.py`,
a lost trigger, a cancelled run and a film in two lists of a bulk run in `tests/unit/shared/orchestration/test_bulk.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from local.console.lake import LakeReader
from tests.e2e.support.dumps import HEAD, DumpServer, dump_of, releases_of
from tests.e2e.support.ingesting import UNLIMITED, Ingests, Landed, assert_whole, ingest_stack
from tests.e2e.support.running import await_end, await_that
from tests.e2e.support.tables import current_tables, opened

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

FILMS, RELEASES, IN_DUMP = 60, 10_400, 60
DISCOGS, BULK = {"sources": ["discogs"]}, {"mode": "bulk"}
SLOW = {"latency": {"min_ms": 50, "max_ms": 250}}
NOW_AND_THEN: dict[str, Any] = {
    "seed": 22,
    **{name: {"rate": 0.04} for name in ("error_5xx", "reset", "truncated_json", "error_in_200")},
    "storm_429": {"rate": 0.02, "retry_after_s": 1},
    "outage": {"seconds": 2},
    **SLOW,
}
TOO_LARGE = b'<release id="1" status="Accepted"><title>' + b"x" * 5_000_000 + b"</title></release>\n"
LAUGHS = b'<!DOCTYPE releases [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>\n'


@dataclass(frozen=True)
class Whole:
    """A stack, where its dumps come from, and releases as they stand in a dump, each linked to a film."""

    ingests: Ingests
    dumps: DumpServer
    links: frozenset[tuple[int, int]]
    releases: tuple[bytes, ...]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """One host, a catalog of 104 pages, and dumps that a test chooses."""
    dumps = DumpServer()
    settings = {"DISCOGS_DUMP_URL": dumps.url}
    options: dict[str, Any] = {"films": FILMS, "releases": RELEASES, **UNLIMITED}
    state_dir = tmp_path_factory.mktemp("whole")
    with dumps.running(), ingest_stack(state_dir, settings, **options) as ingests:
        catalog = ingests.stack.parts["catalog"].url
        links = frozenset((film, release) for film, release in httpx.get(f"{catalog}/_links").json())
        file = httpx.get(f"{catalog}/files/discogs/2020/discogs_20200101_releases.xml.gz", timeout=60.0)
        linked = {release for _, release in links}
        yield Whole(ingests, dumps, links, tuple(releases_of(file.content, linked, IN_DUMP)))


@pytest.fixture(autouse=True)
def calm(whole: Whole) -> Iterator[None]:
    """Each test begins with fresh counts and ends without faults."""
    whole.ingests.reset_stats()
    yield
    whole.ingests.stack.set_faults({})
    whole.ingests.queue_faults({})


def assert_all_found(ingests: Ingests, landed: Landed) -> None:
    """Each release of the catalog is in bronze and counted once, and the run says that none is missing."""
    assert_whole(ingests, landed)
    assert landed.status["counts"]["bronze_discogs"] == RELEASES
    found = landed.status["completeness"]["discogs"]
    assert (found["reported"], found["found"], sum(found["missing"].values())) == (RELEASES, RELEASES, 0)


def test_a_list_over_the_cap_is_read_sorted(whole: Whole) -> None:
    """All there is, no page twice, and 3 % more requests than pages at most."""
    landed = whole.ingests.land(DISCOGS)
    assert_all_found(whole.ingests, landed)
    assert max(landed.bronze.requests.values()) == 1
    assert whole.ingests.requests("discogs") <= 1.03 * RELEASES / 100 + 1


def test_faults_and_a_killed_host_cost_a_sorted_list_nothing(whole: Whole) -> None:
    """Bad answers, an outage, messages twice and in any order, and the only host dies in the middle."""
    ingests = whole.ingests
    ingests.stack.set_faults(NOW_AND_THEN)
    ingests.queue_faults({"duplicate_delivery_rate": 0.3, "reorder_sessions": True})
    run_id = ingests.client.refresh(DISCOGS)
    await_that(lambda: ingests.requests("discogs") > 30, "the run is under way")
    replace_host(ingests)
    assert_all_found(ingests, ingests.finish(run_id))


def replace_host(ingests: Ingests, *without: str) -> None:
    """The only host is killed, and starts again, without these settings."""
    host = ingests.stack.parts["host"]
    host.kill()
    for setting in without:
        del host.env[setting]
    host.start()
    host.wait_ready(60.0)


def test_bad_dumps_fail_the_run_and_leave_nothing(whole: Whole) -> None:
    """One with another checksum, a torn one, one that declares entities, an attempt of the job each.

    The run says why; no mark that a dump was read, no manifest, and no source was asked for anything.
    """
    ingests, good = whole.ingests, dump_of(*whole.releases)
    entities = dump_of(*whole.releases, head=HEAD + LAUGHS)
    whole.dumps.files = [(good, "0" * 64), (good[:-9], None), (entities, None)]
    run_id = ingests.client.refresh(BULK)
    await_that(lambda: has_failed(ingests, run_id), "the run hears of its job")
    assert whole.dumps.asked == 3
    assert re.search("the bulk job failed: .*declares entities", ingests.client.status(run_id)["reason"])
    with LakeReader(ingests.stack.wiring.lake) as lake:
        assert lake.read("control", "dumps/discogs.json") is None
        assert lake.read("control", f"bulk/{run_id}.json") is None
    assert ingests.requests("discogs") == ingests.requests("tmdb") == 0


def has_failed(ingests: Ingests, run_id: str) -> bool:
    """Let the watch look; whether the run has ended."""
    ingests.call("watch_runs")
    return bool(ingests.client.status(run_id)["state"] == "failed")


def test_a_bulk_run_goes_from_files_to_links(whole: Whole) -> None:
    """The files are away at first, the host dies in the middle, the APIs are out after that, a release has 5 MB.

    All films of the export and all releases of the dump arrive in silver, the large one in quarantine, and true links
    are found of records that nothing but the dump has tracks of.
    """
    ingests, dumps = whole.ingests, whole.dumps
    dumps.files, dumps.outage = [(dump_of(*whole.releases, TOO_LARGE), None)], 2
    ingests.stack.set_faults(SLOW)
    run_id = ingests.client.refresh(BULK)
    await_that(lambda: ingests.requests() > 10, "the films of the export are asked for")
    replace_host(ingests, "AzureWebJobs.start_silver.Disabled", "AzureWebJobs.start_gold.Disabled")
    ingests.stack.set_faults({"outage": {"seconds": 2}})
    ended = await_end(ingests.stack, ingests.client, run_id)
    assert ended["state"] == "completed", ended["reason"]
    counts = ended["counts"]
    assert (counts["bulk_releases"], counts["silver_movies"]) == (IN_DUMP, FILMS)
    tables = current_tables(ingests.stack)
    (refused,) = opened(ingests.stack, tables["silver.quarantine"]).to_pyarrow_table().to_pylist()
    assert "release of more than 5,000,000 bytes" in str(refused)
    tracks = opened(ingests.stack, tables["silver.tracks"]).to_pyarrow_table(columns=["release_id"])
    of_dump = set(tracks["release_id"].to_pylist())
    matches = opened(ingests.stack, tables["gold.matches"]).to_pyarrow_table(
        columns=["film_id", "release_id"]
    )
    found = {
        (row["film_id"], row["release_id"]) for row in matches.to_pylist() if row["release_id"] in of_dump
    }
    assert found & whole.links
