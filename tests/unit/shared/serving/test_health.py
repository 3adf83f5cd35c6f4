"""Health: every dependency is asked, in bounded time, and no secret is said."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from shared.errors import InvalidSettings, LakeUnavailable
from shared.serving.health import HealthChecker, Probe, ask_source, probes_of
from tests.fakes import CrossfadeApp, FakeClock

SECRET = "AccountKey=very-secret"  # noqa: S105 -- looked for in answers


async def well() -> str:
    return "fine"


async def silent() -> str:
    await asyncio.Event().wait()
    return "never"


async def broken() -> str:
    raise RuntimeError(SECRET)


async def refused() -> str:
    raise LakeUnavailable("the lake", "ClientAuthenticationError")


async def unset() -> str:
    raise InvalidSettings("LAKE", "is not set; set LAKE")


def health_of(clock: FakeClock | None = None, **probes: Callable[[], Awaitable[str]]) -> HealthChecker:
    clock = clock or FakeClock()
    known = [Probe(name, ask, f"check {name.upper()}") for name, ask in probes.items()]
    return HealthChecker(known, clock.now, clock, limit_s=0.05)


async def test_one_that_is_down_is_told_from_the_others() -> None:
    """Silent, broken, refused and unset ones are down with the remedy; the rest is well, and no error's text is repeated."""
    report = await health_of(well=well, silent=silent, broken=broken, refused=refused, unset=unset).check()
    assert report.status == "down"
    details = {one.name: (one.status, one.detail) for one in report.dependencies}
    assert details == {
        "well": ("ok", "fine"),
        "silent": ("down", "no answer in 0.05 s; check SILENT"),
        "broken": ("down", "RuntimeError; check BROKEN"),
        "refused": ("down", "ClientAuthenticationError; check REFUSED"),
        "unset": ("down", "LAKE: is not set; set LAKE"),
    }
    assert SECRET not in report.model_dump_json()


async def test_questions_at_the_same_time_share_an_answer() -> None:
    """Dependencies are probed once in five seconds, however many ask."""
    asked: list[int] = []

    async def count() -> str:
        asked.append(1)
        return "fine"

    clock = FakeClock()
    health = health_of(clock, count=count)
    await asyncio.gather(*(health.check() for _ in range(20)))
    assert len(asked) == 1
    clock.advance(6)
    await health.check()
    assert len(asked) == 2


async def test_an_app_over_fakes_is_well_and_tells_dead_letters() -> None:
    """Every dependency of the design is probed: lake, queues, Databricks, vault, and both APIs without a request."""
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/tmdb"
        app = CrossfadeApp(tmdb_base_url=url, discogs_base_url=url)
        report = await app.services.health.check()
    assert report.status == "ok"
    details = {one.name: one.detail for one in report.dependencies}
    assert list(details) == ["lake", "queues", "databricks", "vault", "tmdb", "discogs"]
    assert details["queues"] == "3 queues, 0 dead letters waiting"
    assert details["databricks"] == "job-11, job-12"
    assert details["vault"] == "both API tokens are in the settings"


async def test_what_is_missing_or_out_of_reach_is_down() -> None:
    """A broker that is away, jobs without ids, tokens that are not set, a port nobody listens on."""
    app = CrossfadeApp(
        silver_job_id=None,
        tmdb_token=None,
        tmdb_base_url="http://127.0.0.1:1",
        discogs_base_url="http://127.0.0.1:1",
    )
    app.bus.is_down = True
    report = await app.services.health.check()
    down = {one.name: one.detail for one in report.dependencies if one.status == "down"}
    assert set(down) == {"queues", "databricks", "vault", "tmdb", "discogs"}
    assert down["vault"].startswith("TMDB_TOKEN") and "SILVER_JOB_ID" in down["databricks"]
    assert down["tmdb"].startswith("ConnectionRefusedError; check TMDB_BASE_URL")


async def test_a_missing_connection_is_one_dependency_down() -> None:
    """Without a lake the others are still probed."""
    app = CrossfadeApp()
    del app.services.lake
    probes = {probe.name: probe for probe in probes_of(app.services)}
    report = await HealthChecker([probes["lake"], probes["queues"]], FakeClock().now, FakeClock()).check()
    assert [one.status for one in report.dependencies] == ["down", "ok"]
    assert report.dependencies[0].detail.startswith("LAKE: is not set")


async def test_a_server_that_hangs_up_at_once_is_there() -> None:
    """Only the connection counts."""
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert "no request" in await ask_source(f"http://127.0.0.1:{port}")
