from __future__ import annotations

import asyncio
import logging

import pytest

from local.host.lifetime import Outage, Stop, Stopped
from local.host.logs import RedactingFormatter


async def test_waiting_ends_when_the_host_stops() -> None:
    """A wait is cancelled at once and its caller told."""
    stop, cancelled = Stop(), asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    racing = asyncio.create_task(stop.race(wait()))
    await asyncio.sleep(0)
    stop.set()
    with pytest.raises(Stopped):
        await racing
    assert cancelled.is_set()


async def test_a_race_gives_the_result_or_the_error() -> None:
    """As long as the host runs, racing is plain waiting."""
    stop = Stop()
    assert await stop.race(asyncio.sleep(0, "done")) == "done"

    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await stop.race(fail())


async def test_sleeping_ends_when_the_host_stops() -> None:
    """A pause between tries does not hold up a stop."""
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        await stop.sleep(3600)


def test_an_outage_is_told_once_and_its_end_too(caplog: pytest.LogCaptureFixture) -> None:
    """However many tries fail there is one warning and one line when it is over; delays grow to a limit."""
    outage = Outage(logging.getLogger("outage"), "queue films", first_delay_s=1, last_delay_s=5)
    with caplog.at_level(logging.INFO, "outage"):
        delays = [outage.failed(ConnectionError("refused")) for _ in range(5)]
        outage.over()
        outage.over()
    assert delays == [1, 2, 4, 5, 5]
    assert [record.getMessage() for record in caplog.records] == [
        "queue films: ConnectionError: refused; trying again",
        "queue films: back after 5 failed tries",
    ]


def test_credentials_never_reach_a_log_line() -> None:
    """Connection string keys, SAS signatures, codes and the host's own key are masked."""
    text = "AccountKey=abc==;x SharedAccessKey=def; https://h/x?sig=ghi&code=jkl key k3y-of-host"
    record = logging.LogRecord("n", logging.INFO, "p", 1, text, (), None)
    line = RedactingFormatter(["k3y-of-host"]).format(record)
    assert not any(secret in line for secret in ("abc", "def", "ghi", "jkl", "k3y-of-host"))
