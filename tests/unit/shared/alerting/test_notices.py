"""Notices over their channels: what is said, how it is signed, and webhooks that are down, slow or refuse."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable

import httpx
import pytest

from shared.alerting import notices as notify
from shared.alerting.notices import Channel, Notice, Notifier, Slack, Webhook, channels_of
from shared.config import load_settings
from tests.builders.runs import NOW

URL = "https://hooks.invalid/nobody-may-see-this"
SECRET = "unsafe"  # noqa: S105 -- made up
NOTICE = Notice(
    id="RUN-failed",
    event="run.failed",
    severity="critical",
    title="Crossfade run RUN failed",
    reason="<no> token & more",
    run_id="RUN",
    link="https://app.invalid/api/runs/RUN",
    at=NOW,
)


def client(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


class Receiver:
    """Takes every notice."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return httpx.Response(204)


async def test_slack_is_told_in_lines_that_cannot_be_markup() -> None:
    """Title, reason and link; what looks like a tag or a link in them is shown as it is."""
    receiver = Receiver()
    notifier = Notifier([Slack(client(receiver), URL)])
    assert await notifier.send(NOTICE, notifier.channels) == ()
    text = json.loads(receiver.seen[0].content)["text"]
    assert text.splitlines() == [
        "Crossfade run RUN failed",
        "&lt;no&gt; token &amp; more",
        "https://app.invalid/api/runs/RUN",
    ]


async def test_a_webhook_can_check_who_sent_it() -> None:
    """The signature is the HMAC-SHA256 of timestamp and body; the id names the delivery."""
    receiver = Receiver()
    notifier = Notifier([Webhook(client(receiver), URL, SECRET, lambda: NOW)])
    assert await notifier.send(NOTICE, ("webhook",)) == ()
    request = receiver.seen[0]
    timestamp = request.headers["X-Crossfade-Timestamp"]
    signed = timestamp.encode() + b"." + request.content
    expected = "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(request.headers["X-Crossfade-Signature"], expected)
    assert timestamp == str(int(NOW.timestamp()))
    headers = request.headers
    assert (headers["X-Crossfade-Event"], headers["X-Crossfade-Delivery"]) == ("run.failed", "RUN-failed")
    assert Notice.model_validate_json(request.content) == NOTICE


async def test_without_a_secret_there_is_no_signature() -> None:
    """A header that proves nothing is not sent."""
    receiver = Receiver()
    await Webhook(client(receiver), URL, None, lambda: NOW).post(NOTICE)
    assert "X-Crossfade-Signature" not in receiver.seen[0].headers


@pytest.mark.parametrize(
    "answer",
    [
        *(httpx.Response(500), httpx.Response(404), httpx.Response(302, headers={"Location": URL})),
        *(httpx.ConnectError("no route"), httpx.ReadTimeout("late")),
    ],
    ids=["broken", "gone", "moved", "down", "late"],
)
async def test_a_dead_webhook_hurts_nobody(
    answer: httpx.Response | httpx.HTTPError, caplog: pytest.LogCaptureFixture
) -> None:
    """The notice is owed to that channel alone, and the warning does not hold the webhook's address."""

    def refuse(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    receiver = Receiver()
    channels: list[Channel] = [
        Slack(client(refuse), URL),
        Webhook(client(receiver), URL, SECRET, lambda: NOW),
    ]
    notifier = Notifier(channels)
    with caplog.at_level("WARNING"):
        assert await notifier.send(NOTICE, notifier.channels) == ("slack",)
    assert len(receiver.seen) == 1
    assert "RUN-failed" in caplog.text and "nobody-may-see-this" not in caplog.text


class Hanging:
    """A channel that never answers, whatever time-outs its client has."""

    name = "hanging"

    async def post(self, notice: Notice) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_webhook_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit holds for the whole call, so an answer that trickles in holds nobody up."""
    monkeypatch.setattr(notify, "TIMEOUT_S", 0.01)
    assert await Notifier([Hanging()]).send(NOTICE, ("hanging",)) == ("hanging",)


async def test_an_address_that_is_none_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """A setting with a mistake in it is logged like a webhook that is down."""
    for url in ("nonsense", "https://[broken", "ftp://hooks.invalid"):
        assert await Notifier([Slack(httpx.AsyncClient(), url)]).send(NOTICE, ("slack",)) == ("slack",)
    assert caplog.text.count("did not go out to slack") == 3


async def test_a_channel_that_is_gone_counts_as_told() -> None:
    """A notice owed to a webhook that is no longer set up is not kept for ever."""
    assert await Notifier([]).send(NOTICE, ("slack",)) == ()


def test_channels_are_those_that_are_set() -> None:
    """None without settings, both with them."""
    http = httpx.AsyncClient()
    assert channels_of(load_settings(), http, lambda: NOW) == []
    both = load_settings(slack_webhook_url=URL, webhook_url=URL, webhook_secret=SECRET)
    assert [channel.name for channel in channels_of(both, http, lambda: NOW)] == ["slack", "webhook"]
