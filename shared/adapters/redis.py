"""A key-value store, for cached answers. `KeyValueStore` is what the app needs of it, `RedisStore` is over redis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from shared.errors import CacheUnavailable

CONNECTIONS = 16


class KeyValueStore(Protocol):
    """Values by key, each with a time to live. Methods raise CacheUnavailable where the store does not answer."""

    async def get(self, key: str) -> bytes | None:
        """A value; None when there is none, or its time is up."""

    async def put(self, key: str, value: bytes, lives_for: timedelta) -> None:
        """Keep a value for some time."""


class RedisStore(KeyValueStore):
    """A Redis server.

    Args:
        redis: its client.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @classmethod
    def of_url(cls, url: str) -> RedisStore:
        """A client with a pool of its own; nothing connects before the first use."""
        return cls(Redis(connection_pool=BlockingConnectionPool.from_url(url, max_connections=CONNECTIONS)))

    async def get(self, key: str) -> bytes | None:
        """A value; None when there is none, or its time is up."""
        with _own_errors():
            value = await self._redis.get(key)
        return value if isinstance(value, bytes) else None

    async def put(self, key: str, value: bytes, lives_for: timedelta) -> None:
        """Keep a value for some time."""
        with _own_errors():
            await self._redis.set(key, value, ex=lives_for)


@contextmanager
def _own_errors() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise CacheUnavailable("the response cache", type(error).__name__) from error
