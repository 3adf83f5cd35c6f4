"""What `make health` says of parts and dependencies."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from local.console.health import KEY, dependency_line, main
from local.machine.addresses import forget_addresses, read_addresses, write_addresses


def test_without_a_stack_it_says_how_to_get_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 and one line with the remedy."""
    assert main(["--state-dir", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"health: nothing runs in {tmp_path}: start it with make up")


def test_a_part_that_does_not_answer_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two parts one listens; without a key it says how to hear more, and with one that the app does not answer."""
    monkeypatch.delenv(KEY, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        urls = {
            "host": f"http://127.0.0.1:{closed.getsockname()[1]}",
            "azurite": f"http://127.0.0.1:{server.getsockname()[1]}",
        }
        write_addresses(tmp_path, urls)
        assert main(["--state-dir", str(tmp_path)]) == 1
        said = capsys.readouterr().out
        assert f"host         no answer at {urls['host']}: Connection refused" in said
        assert "azurite      listens, " in said
        assert f"set {KEY} to the key" in said
        monkeypatch.setenv(KEY, "k")
        assert main(["--state-dir", str(tmp_path)]) == 1
        assert "the app      no answer: " in capsys.readouterr().out
    forget_addresses(tmp_path)
    assert read_addresses(tmp_path) == {}


def test_a_dependency_is_told_with_its_detail() -> None:
    """A dependency that is down is not well, and says why."""
    found = {"name": "lake", "status": "down", "latency_ms": 12.0, "detail": "no answer: check LAKE"}
    is_well, text = dependency_line(found)
    assert not is_well
    assert text.split() == ["lake", "down", "12", "ms", "no", "answer:", "check", "LAKE"]
