"""The commands of one machine as a person calls them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.support.running import await_that

ROOT = Path(__file__).resolve().parents[2]
FAST = ["--tmdb-per-second", "1000", "--discogs-per-minute", "30000"]


class Command:
    """`python -m local.NAME …` with its state in a folder of its own and its output in files."""

    def __init__(self, name: str, folder: Path, *arguments: str) -> None:
        self.state_dir = folder / "state"
        self._out, self._err = folder / "out", folder / "err"
        argv = [sys.executable, "-m", f"local.{name}", "--state-dir", str(self.state_dir), *FAST, *arguments]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                argv, cwd=ROOT, stdout=out, stderr=err, stdin=subprocess.DEVNULL, preexec_fn=_hear_ctrl_c
            )

    @property
    def out(self) -> str:
        """What it has said on stdout."""
        return self._out.read_text()

    @property
    def err(self) -> str:
        """What it has said on stderr."""
        return self._err.read_text()

    def leftovers(self) -> list[str]:
        """Command lines of running processes that know its state folder."""
        lines = (line.replace(b"\0", b" ").decode() for line in _command_lines())
        return [line for line in lines if str(self.state_dir) in line]


def _hear_ctrl_c() -> None:
    """As in a terminal, also where these tests themselves run in the background and ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _command_lines() -> Iterator[bytes]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue


def test_run_prints_its_summary_and_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`local.run` hears settings of its environment, ends with 0, writes the summary, and stops what it started."""
    monkeypatch.setenv("GOLD_VIEWS", "none")
    command = Command("run", tmp_path, "--films", "40", "--releases", "90", "--json")
    assert command.process.wait(540) == 0, command.err
    summary = json.loads(command.out)
    assert summary == json.loads((command.state_dir / "report" / "summary.json").read_text())
    assert summary["status"] == "completed"
    assert (summary["records"]["bronze_tmdb"], summary["records"]["bronze_discogs"]) == (40, 90)
    assert summary["views"] == {}
    assert "ingesting: tmdb" in command.err
    assert command.leftovers() == []


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a run ends with 130 and one line, and nothing is left running."""
    command = Command("run", tmp_path, "--films", "2000", "--releases", "90")
    await_that(lambda: "ingesting" in command.out or command.process.poll() is not None, "a run under way")
    command.process.send_signal(signal.SIGINT)
    assert command.process.wait(150) == 130, command.err
    assert command.err.splitlines()[-1] == "run: interrupted; everything it started is stopped"
    assert command.leftovers() == []


def test_up_stays_until_it_is_stopped(tmp_path: Path) -> None:
    """`local.up` prints a URL and a key that work, refuses a second stack in its folder, and ends on SIGTERM."""
    command = Command("up", tmp_path, "--films", "40", "--releases", "90")
    await_that(lambda: "curl" in command.out or command.process.poll() is not None, "the welcome")
    key = re.findall(r"x-functions-key: ([^']+)'", command.out)[0]
    url = re.findall(r"(http://\S+/api/runs)\s", command.out)[0]
    assert httpx.get(url, headers={"x-functions-key": key}, timeout=60).status_code == 200
    (tmp_path / "second").mkdir()
    second = Command("up", tmp_path / "second", "--state-dir", str(command.state_dir))
    assert second.process.wait(90) == 1
    assert "another make run or make up uses" in second.err
    os.kill(command.process.pid, signal.SIGTERM)
    assert command.process.wait(150) == 0, command.err
    assert command.leftovers() == []
