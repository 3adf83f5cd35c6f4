"""The entrance of one source: count a request, check token and limit, apply a fault, answer."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from local.catalog.apis.answers import Answer, Asked, SourceApi, parse_query
from local.catalog.server.faults import SourceFaults
from local.catalog.server.limits import Clock, MovingWindow
from local.catalog.server.odd_answers import ODD_ANSWERS
from local.catalog.server.stats import SourceStats

HTML = Answer(200, b"<!doctype html><title>Please wait</title><p>Back in a moment.</p>", (), "text/html")
RateHeaders = Callable[[MovingWindow], tuple[tuple[str, str], ...]]


def discogs_headers(window: MovingWindow) -> tuple[tuple[str, str], ...]:
    """Return the headers that tell a Discogs client its limit; none where there is no limit."""
    if not window.limit:
        return ()
    return (
        ("x-discogs-ratelimit", str(window.limit)),
        ("x-discogs-ratelimit-used", str(window.used())),
        ("x-discogs-ratelimit-remaining", str(window.remaining())),
    )


def no_headers(window: MovingWindow) -> tuple[tuple[str, str], ...]:
    """Return no headers: TMDB does not tell its limit."""
    return ()


@dataclass
class Gateway:
    """An ASGI application in front of one source; `latency_s` holds every answer back."""

    api: SourceApi
    token: str
    window: MovingWindow
    faults: SourceFaults
    clock: Clock
    prefix: str
    rate_headers: RateHeaders = no_headers
    latency_s: float = 0.0
    stats: SourceStats = field(default_factory=SourceStats)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        asked = _asked(scope, self.prefix)
        self.stats.arrive(self.api.kind(asked.path), asked.key, self.clock())
        fault, answer = self._decide(asked, scope["method"])
        self._count(asked, fault, answer)
        delay_s = self.latency_s + (0.0 if self.faults.is_quiet else self.faults.delay_s())
        if delay_s:
            await asyncio.sleep(delay_s)
        await _send(send, answer, is_cut=fault == "reset")

    def _decide(self, asked: Asked, method: str) -> tuple[str | None, Answer]:
        if self.faults.is_out:
            return "outage", self._with_rate_headers(self.api.error(503))
        refusal = self.api.refusal(asked, self.faults.token(self.token))
        if refusal is not None:
            return None, self._with_rate_headers(refusal)
        wait_s = self.window.admit()
        if wait_s:
            self.stats.over_limit += 1
            return None, self._with_rate_headers(self.api.error(429, math.ceil(wait_s)))
        if method != "GET":
            return None, self._with_rate_headers(Answer(405, b"{}", (("allow", "GET"),)))
        fault = None if self.faults.is_quiet else self.faults.draw(asked.path)
        answer = self._answer(fault, asked)
        if fault in ODD_ANSWERS:
            odd = ODD_ANSWERS[fault](answer, asked)
            fault, answer = (fault, odd) if odd else (None, answer)
        return fault, self._with_rate_headers(answer)

    def _answer(self, fault: str | None, asked: Asked) -> Answer:
        if fault == "storm_429":
            return self.api.error(429, self.faults.retry_after_s)
        if fault == "error_5xx":
            return self.api.error(500)
        if fault == "wrong_content_type":
            return HTML
        if fault == "edge_page":
            return HTML._replace(status=self.faults.edge_status)
        if fault == "error_in_200":
            return self.api.error_in_200()
        shift = 0 if self.faults.is_quiet else self.faults.shift()
        self.stats.faults["shifting_rows"] += shift != 0
        answer = self.api.answer(asked, shift)
        return (
            answer._replace(body=answer.body[: len(answer.body) // 2])
            if fault == "truncated_json"
            else answer
        )

    def _with_rate_headers(self, answer: Answer) -> Answer:
        return answer._replace(headers=answer.headers + self.rate_headers(self.window))

    def _count(self, asked: Asked, fault: str | None, answer: Answer) -> None:
        if fault:
            self.stats.faults[fault] += 1
        status = "reset" if fault == "reset" else str(answer.status)
        self.stats.answer(asked.key, status, is_whole=fault is None)


def _asked(scope: Scope, prefix: str) -> Asked:
    path = re.sub("/+", "/", scope["path"].removeprefix(prefix)).strip("/")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    url = f"{scope.get('scheme', 'http')}://{headers.get('host', '127.0.0.1')}{scope['path']}"
    return Asked(path, parse_query(scope["query_string"]), headers, url)


async def _send(send: Send, answer: Answer, is_cut: bool) -> None:
    """Send an answer; a cut one promises its whole length, brings half of it and closes the connection."""
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        *((name.encode(), value.encode()) for name, value in answer.headers),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    body = answer.body[: len(answer.body) // 2] if is_cut else answer.body
    await send({"type": "http.response.body", "body": body, "more_body": is_cut})
