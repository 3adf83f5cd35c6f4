"""One request, one answer: what TMDB and Discogs have in common over HTTP.

Tokens travel in the Authorization header only, so no URL, error or stored request can hold one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import httpx

from shared.adapters.telemetry import Telemetry
from shared.errors import (
    CredentialsRejected,
    RecordNotFound,
    RequestRefused,
    SourceUnavailable,
    Throttled,
)
from shared.messages.base import Source
from shared.sources.bodies import UnreadableBody, is_own_error, is_page, read_object


@dataclass(frozen=True)
class ApiRequest:
    """A path and its query, without host and credentials; what the raw line keeps as `request`."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The same text for the same request, whatever the order of its query."""
        query = "&".join(f"{name}={value}" for name, value in sorted(self.query.items()))
        return f"{self.path}?{query}"


@dataclass(frozen=True)
class Quota:
    """What an answer says of the rate limit; None where it says nothing."""

    limit_per_min: float | None = None
    remaining: int | None = None


@dataclass(frozen=True)
class Answer:
    """An answer that can be kept.

    Attributes:
        status: 200, or 404 for a record that is gone.
        text: the body as it came.
        body: the same, parsed.
        quota: what the headers said of the rate limit.
    """

    status: int
    text: str
    body: Mapping[str, Any]
    quota: Quota


class EmptyList(SourceUnavailable):
    """A list that should hold something says that it is empty.

    Args:
        answer: what it says, to be believed after the last try.
    """

    def __init__(self, message: str, answer: Answer) -> None:
        super().__init__(message)
        self.answer = answer


class TokenProvider:
    """The token of one API; asks its origin again when the API refuses it (a rotated key).

    Args:
        fetch: reads the token from where it is kept.
    """

    def __init__(self, fetch: Callable[[], Awaitable[str]]) -> None:
        self._fetch = fetch
        self._token: str | None = None
        self._reading = asyncio.Lock()

    async def get(self) -> str:
        """The token in use; whoever wants it at the same time shares one reading."""
        if self._token is None:
            async with self._reading:
                self._token = self._token or await self._fetch()
        return self._token

    async def renew(self, refused: str) -> bool:
        """Read the token again after one was refused; True when there is another by now."""
        async with self._reading:
            if self._token == refused:
                self._token = await self._fetch()
        return self._token != refused


class ApiClient:
    """Asks one API over a connection pool.

    Args:
        http: the pool; its transport can be replaced in tests.
        scheme: what stands before the token in the Authorization header.
        tokens: where the token comes from.
        telemetry: counts the requests by status.
    """

    source: Source

    def __init__(
        self,
        http: httpx.AsyncClient,
        scheme: str,
        tokens: TokenProvider,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._http = http
        self._scheme = scheme
        self._tokens = tokens
        self._telemetry = telemetry or Telemetry()

    async def prepare(self) -> None:
        """Have the token at hand, so that a vault that does not answer costs no slot."""
        await self._tokens.get()

    async def get(self, request: ApiRequest, keep_missing: bool = False) -> Answer:
        """Ask once.

        Args:
            request: what to ask.
            keep_missing: whether a 404 is an answer to keep: a record that was removed.

        Raises:
            Throttled: 429, with the seconds to wait where the answer says so.
            SourceUnavailable: 5xx, time-out, broken connection, a page of the source's edge whatever its status, or
                a body that is not the promised JSON, or not the whole of what was asked for.
            EmptyList: a list that should hold something says that it is empty.
            CredentialsRejected: the source refuses the token, and no newer one is to be had.
            RecordNotFound: 404 that is not kept.
            RequestRefused: any other 4xx.
        """
        token = await self._tokens.get()
        response = await self._send(request, token)
        if _is_about_token(response) and await self._tokens.renew(token):
            response = await self._send(request, await self._tokens.get())
        is_missing = keep_missing and response.status_code == 404 and is_own_error(response.content)
        if not is_missing:
            self._raise_for_status(request, response)
        try:
            text, body = read_object(response.content)
        except UnreadableBody as error:
            raise SourceUnavailable(f"{self.source} {request.path}: {error}") from error
        answer = Answer(response.status_code, text, body, self.read_quota(response.headers))
        if not is_missing:
            self._check(request, answer)
        return answer

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def read_quota(self, headers: httpx.Headers) -> Quota:
        """What the headers say of the rate limit."""
        return Quota()

    def problem_of(self, request: ApiRequest, body: Mapping[str, Any]) -> str | None:
        """Why a body of status 200 does not answer the request; None when it does."""
        return None

    def seems_emptied(self, request: ApiRequest, body: Mapping[str, Any]) -> bool:
        """Whether a list that should hold something says that it is empty."""
        return False

    def _check(self, request: ApiRequest, answer: Answer) -> None:
        where = f"{self.source} {request.path}"
        if problem := self.problem_of(request, answer.body):
            raise SourceUnavailable(f"{where}: {problem}")
        if self.seems_emptied(request, answer.body):
            raise EmptyList(f"{where}: the list is empty", answer)

    async def _send(self, request: ApiRequest, token: str) -> httpx.Response:
        headers = {"Authorization": f"{self._scheme}{token}"}
        try:
            response = await self._http.get(request.path, params=dict(request.query), headers=headers)
        except httpx.HTTPError as error:
            self._count("timeout" if isinstance(error, httpx.TimeoutException) else "unreachable")
            raise SourceUnavailable(f"{self.source} {request.path}: {type(error).__name__}") from error
        self._count(str(response.status_code))
        return response

    def _count(self, status: str) -> None:
        self._telemetry.count("crossfade.requests", 1, source=self.source, status=status)

    def _raise_for_status(self, request: ApiRequest, response: httpx.Response) -> None:
        status = response.status_code
        where = f"{self.source} answered {status} to {request.path}"
        if status == 200:
            return
        if status == 429:
            raise Throttled(where, _retry_after_s(response.headers))
        if _is_about_token(response):
            setting = f"{self.source.upper()}_TOKEN"
            raise CredentialsRejected(f"{where}: the token is refused; check the setting {setting}")
        if is_page(response.content) or (status in (401, 403, 404) and not is_own_error(response.content)):
            raise SourceUnavailable(f"{where} without an answer of its own: its edge, not the source")
        if status == 404:
            raise RecordNotFound(f"{where}: no such record or page")
        if 400 <= status < 500:
            raise RequestRefused(f"{where}: {_excerpt(response)}")
        raise SourceUnavailable(where)


def _is_about_token(response: httpx.Response) -> bool:
    """Whether the source itself refuses the token; a bare 403, or a page, is its edge speaking."""
    if response.status_code == 401:
        return not is_page(response.content)
    return response.status_code == 403 and is_own_error(response.content)


def _retry_after_s(headers: httpx.Headers) -> float | None:
    try:
        wait_s = float(headers["retry-after"])
    except (KeyError, ValueError):
        return None
    return max(0.0, wait_s) if isfinite(wait_s) else None


def _excerpt(response: httpx.Response) -> str:
    return " ".join(response.text[:200].split())
