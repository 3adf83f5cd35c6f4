from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from local.machine import servers
from local.machine.servers import Child, ProcessError, azurite_ready, free_port

SERVER = """
import json, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("starting", "more", sep="\\n", flush=True)
print(json.dumps({"ready": True, "url": "http://127.0.0.1:1", "port": 1}), flush=True)
while True: time.sleep(0.05)
"""


def child(code: str, log: Path) -> Child:
    return Child("server", [sys.executable, "-u", "-c", code], log_path=log)


def test_a_child_is_started_awaited_and_stopped(tmp_path: Path) -> None:
    """The ready line gives url and port, other lines go to the log, SIGTERM ends it."""
    log = tmp_path / "server.log"
    with child(SERVER, log) as server:
        assert server.wait_ready(20)["port"] == server.port == 1
        assert server.is_running and server.url == "http://127.0.0.1:1"
    assert server.returncode == 0
    assert log.read_text() == "starting\nmore\n"


def test_a_child_can_be_killed_and_started_again(tmp_path: Path) -> None:
    """kill is a crash; start gives a new process."""
    server = child(SERVER, tmp_path / "log").start()
    server.wait_ready(20)
    assert server.kill() == -9
    first = server.pid
    server.start().wait_ready(20)
    assert server.pid != first
    server.stop()


def test_a_child_that_ends_early_shows_its_last_words(tmp_path: Path) -> None:
    """The error has the exit code and the end of the log."""
    server = child("import sys; sys.exit('port 80 is in use')", tmp_path / "log").start()
    with pytest.raises(ProcessError, match="server ended with exit code 1") as caught:
        server.wait_ready(20)
    assert "port 80 is in use" in str(caught.value)


def test_a_child_that_never_is_ready_is_stopped(tmp_path: Path) -> None:
    """After the deadline the child is gone and the error says so."""
    server = child("import time; time.sleep(600)", tmp_path / "log").start()
    with pytest.raises(ProcessError, match=r"was not ready in 0\.2 s"):
        server.wait_ready(0.2)
    assert not server.is_running


def test_a_program_that_does_not_exist_is_named() -> None:
    """No traceback of subprocess, but one line."""
    with pytest.raises(ProcessError, match="server: cannot run /no/such/program"):
        Child("server", ["/no/such/program"]).start()


def test_azurites_words_are_understood() -> None:
    """Azurite has no ready line of ours."""
    line = "Azurite Blob service successfully listens on http://127.0.0.1:40977"
    assert azurite_ready(line) == {"ready": True, "url": "http://127.0.0.1:40977", "port": 40977}
    assert azurite_ready("Azurite Blob service is starting on 127.0.0.1:0") is None


def test_a_free_port_can_be_bound() -> None:
    """The port is one a server may take."""
    port = free_port()
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(OSError, match="in use"),
        socket.socket() as another,
    ):
        another.bind(("127.0.0.1", port))


def test_a_free_port_is_none_of_outgoing_connections() -> None:
    """One of those could have it before the server does; the kernel says from where on it gives them."""
    kernel = Path("/proc/sys/net/ipv4/ip_local_port_range")
    lowest = int(kernel.read_text().split()[0]) if kernel.is_file() else 32_768
    assert max(free_port() for _ in range(50)) < lowest


def test_without_a_free_port_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """No endless search where all are taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(servers, "PORTS", range(taken.getsockname()[1], taken.getsockname()[1] + 1))
        with pytest.raises(ProcessError, match="no free port"):
            free_port()
