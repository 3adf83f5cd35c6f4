"""Notices to people and machines: a Slack incoming webhook, and any other one, signed.

A webhook that is down, slow or refuses is given up within seconds, raises nothing, and its address is never logged.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, Protocol

import httpx
from pydantic import BaseModel, ConfigDict

from shared.config import Settings

TIMEOUT_S = 5.0
SIGNATURE_HEADER = "X-Crossfade-Signature"
TIMESTAMP_HEADER = "X-Crossfade-Timestamp"
EVENT_HEADER = "X-Crossfade-Event"
DELIVERY_HEADER = "X-Crossfade-Delivery"
Event = Literal["run.completed", "run.failed", "run.cancelled", "alert.opened", "alert.closed"]
log = logging.getLogger(__name__)


class Notice(BaseModel):
    """A message to people; `id` is the same however often it is sent."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    event: Event
    severity: Literal["critical", "warning", "info"]
    title: str
    reason: str | None = None
    run_id: str | None = None
    link: str | None = None
    at: datetime


class Channel(Protocol):
    """A way to send notices."""

    name: str

    async def post(self, notice: Notice) -> httpx.Response:
        """Send a notice; raises what httpx raises."""


class Slack:
    """A Slack incoming webhook."""

    name = "slack"

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def post(self, notice: Notice) -> httpx.Response:
        """Send a notice as text, one line each for title, reason and link."""
        lines = [notice.title, notice.reason, notice.link]
        text = "\n".join(_escaped(line) for line in lines if line)
        return await self._http.post(self._url, json={"text": text}, timeout=TIMEOUT_S)


class Webhook:
    """Any HTTP endpoint, told in JSON.

    Args:
        http: client to post with.
        url: where to.
        secret: signs timestamp and body; None sends no signature.
        now: the clock, in UTC.
    """

    name = "webhook"

    def __init__(
        self, http: httpx.AsyncClient, url: str, secret: str | None, now: Callable[[], datetime]
    ) -> None:
        self._http = http
        self._url = url
        self._secret = secret
        self._now = now

    async def post(self, notice: Notice) -> httpx.Response:
        """Send a notice as JSON, with its event, its id and the signature as headers."""
        body = json.dumps(notice.model_dump(mode="json")).encode()
        timestamp = str(int(self._now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            EVENT_HEADER: notice.event,
            DELIVERY_HEADER: notice.id,
            TIMESTAMP_HEADER: timestamp,
        }
        if self._secret is not None:
            headers[SIGNATURE_HEADER] = signature(self._secret, timestamp, body)
        return await self._http.post(self._url, content=body, headers=headers, timeout=TIMEOUT_S)


class Notifier:
    """Sends notices over every channel there is."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self._channels = {channel.name: channel for channel in channels}

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels."""
        return tuple(self._channels)

    async def send(self, notice: Notice, names: Sequence[str]) -> tuple[str, ...]:
        """Send a notice over some channels; returns those that did not take it.

        Ends within 5 seconds and raises nothing. A channel that is no longer set up counts as told.
        """
        asked = [name for name in names if name in self._channels]
        sent = await asyncio.gather(*(self._send(self._channels[name], notice) for name in asked))
        return tuple(name for name, is_sent in zip(asked, sent, strict=True) if not is_sent)

    async def _send(self, channel: Channel, notice: Notice) -> bool:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await channel.post(notice)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            log.warning("notice %s did not go out to %s: %s", notice.id, channel.name, type(error).__name__)
            return False
        if not answer.is_success:
            log.warning("notice %s was refused by %s: %d", notice.id, channel.name, answer.status_code)
        return answer.is_success


def channels_of(config: Settings, http: httpx.AsyncClient, now: Callable[[], datetime]) -> list[Channel]:
    """The channels that are set."""
    channels: list[Channel] = []
    if config.slack_webhook_url is not None:
        channels.append(Slack(http, config.slack_webhook_url.get_secret_value()))
    if config.webhook_url is not None:
        secret = config.webhook_secret.get_secret_value() if config.webhook_secret else None
        channels.append(Webhook(http, config.webhook_url.get_secret_value(), secret, now))
    return channels


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=` and the hexadecimal HMAC-SHA256 of `{timestamp}.{body}` under the secret."""
    signed = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _escaped(text: str) -> str:
    """Text that Slack shows as it is, whatever a title or an error holds."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
