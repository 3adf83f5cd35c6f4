"""Cached answers, over a small stand-in of the Redis client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from shared.adapters.redis import RedisStore
from shared.ingestion.raw_blobs import RawLine
from shared.ingestion.response_cache import NoCache, RedisCache
from shared.sources.client import ApiRequest


class Redis:
    """A Redis with get and set, that may be down."""

    def __init__(self, is_down: bool = False) -> None:
        self.values: dict[str, bytes] = {}
        self.is_down = is_down

    async def get(self, key: str) -> bytes | None:
        self._check()
        return self.values.get(key)

    async def set(self, key: str, value: bytes, ex: timedelta) -> None:
        self._check()
        assert ex == timedelta(minutes=5)
        self.values[key] = value

    def _check(self) -> None:
        if self.is_down:
            raise RedisConnectionError("no route")


async def test_redis_gives_back_what_it_was_given() -> None:
    """The same request, in whatever order its query stands, finds the same answer; another one does not."""
    cache = RedisCache(RedisStore(Redis()), timedelta(minutes=5))  # type: ignore[arg-type]
    request = ApiRequest("/3/movie/1", {"b": "2", "a": "1"})
    line = RawLine(request, datetime(2026, 11, 20, 6, 30, tzinfo=UTC), 404, '{"x": 1.0}', {"x": 1.0})
    assert await cache.line_of("tmdb", request) is None
    await cache.keep("tmdb", line)
    assert await cache.line_of("tmdb", ApiRequest("/3/movie/1", {"a": "1", "b": "2"})) == line
    assert await cache.line_of("tmdb", ApiRequest("/3/movie/2")) is None
    assert await cache.line_of("discogs", request) is None


async def test_a_redis_that_is_down_is_no_cache(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is found, nothing is kept, nothing fails."""
    cache = RedisCache(RedisStore(Redis(is_down=True)), timedelta(minutes=5))  # type: ignore[arg-type]
    request = ApiRequest("/3/movie/1")
    await cache.keep("tmdb", RawLine(request, datetime.now(UTC), 200, "{}", {}))
    assert await cache.line_of("tmdb", request) is None
    assert "out of reach" in caplog.text


async def test_without_a_cache_everything_is_asked_for() -> None:
    """The default keeps nothing."""
    cache, request = NoCache(), ApiRequest("/3/movie/1")
    await cache.keep("tmdb", RawLine(request, datetime.now(UTC), 200, "{}", {}))
    assert await cache.line_of("tmdb", request) is None
