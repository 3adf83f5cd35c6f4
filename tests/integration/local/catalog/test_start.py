"""The catalog server's limits, and how it starts and ends."""

from __future__ import annotations

import socket

import httpx
import pytest

from tests.integration.local.catalog.process import refused, running


def test_limits_hold_over_a_moving_window() -> None:
    """Past the limit both sources answer 429 with Retry-After; Discogs tells the limit in every answer."""
    with running(
        "--films", "50", "--releases", "10", "--tmdb-per-second", "0.05", "--discogs-per-minute", "2"
    ) as server:
        tmdb = [server.tmdb("genre/movie/list") for _ in range(4)]
        discogs = [server.discogs("releases/1") for _ in range(3)]
        limits, counts = server.control("_limits").json(), server.control("_stats").json()
    assert [answer.status_code for answer in tmdb] == [200, 200, 200, 429]
    assert tmdb[-1].json()["status_code"] == 25
    assert 1 <= int(tmdb[-1].headers["retry-after"]) <= 60
    assert [answer.headers["x-discogs-ratelimit-remaining"] for answer in discogs] == ["1", "0", "0"]
    assert discogs[-1].json() == {"message": "You are making requests too quickly."}
    assert limits["discogs"] == {"limit": 2, "window_s": 60.0, "used": 2, "remaining": 0}
    assert (counts["tmdb"]["over_limit"], counts["tmdb"]["max_in_window"]) == (1, 4)


def test_a_slow_server_still_ends() -> None:
    """SIGTERM ends the server although an answer is being held back; the latency setting is kept."""
    with running("--films", "20", "--releases", "5", "--latency-ms", "1") as server:
        assert server.tmdb("genre/movie/list").status_code == 200
        server.control("_faults", {"slow_s": 60})
        with pytest.raises(httpx.ReadTimeout):
            server.client.get(f"{server.url}/tmdb/3/genre/movie/list", timeout=0.2)


def test_a_taken_port_is_one_clear_line() -> None:
    """A port in use ends the start with one line that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert port in refused("--port", port, "--films", "5", "--releases", "0")


def test_missing_tokens_are_one_clear_line() -> None:
    """Without the tokens the server does not start, and says which are missing."""
    assert "DISCOGS_TOKEN" in refused(environment={"TMDB_TOKEN": "film-token"})


def test_bad_arguments_are_one_clear_line() -> None:
    """A bad number or sizes that do not fit each other end the start with one line."""
    assert "--films" in refused("--films", "-3")
    assert "dense" in refused("--films", "50", "--dense-days", "1")
