"""The commands of one machine as a person calls them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from local.machine.addresses import read_addresses
from local.machine.holders import holders_of
from tests.e2e.support.running import await_that

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["--films", "40", "--releases", "90"]
FAST = ["--tmdb-per-second", "1000", "--discogs-per-minute", "30000"]


class Command:
    """`python -m local.NAME …` with its state in a folder of its own and its output in files.

    `ctrl_c` is what it begins with: as in a terminal, also where these tests run in the background, or ignored.
    """

    def __init__(
        self, name: str, folder: Path, *arguments: str, ctrl_c: signal.Handlers = signal.SIG_DFL
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.state_dir = folder / "state"
        self._out, self._err = folder / "out", folder / "err"
        argv = [sys.executable, "-m", f"local.{name}", "--state-dir", str(self.state_dir), *FAST, *arguments]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                argv, cwd=ROOT, stdout=out, stderr=err, stdin=subprocess.DEVNULL,
                preexec_fn=partial(signal.signal, signal.SIGINT, ctrl_c),
            )  # fmt: skip

    @property
    def out(self) -> str:
        """What it has said on stdout."""
        return self._out.read_text()

    @property
    def err(self) -> str:
        """What it has said on stderr."""
        return self._err.read_text()

    def await_welcome(self) -> None:
        """Wait until `local.up` is up."""
        await_that(lambda: "curl" in self.out or self.process.poll() is not None, "the welcome")
        assert self.process.poll() is None, self.err

    def leftovers(self) -> list[str]:
        """Command lines of running processes that know its state folder."""
        lines = (line.replace(b"\0", b" ").decode() for line in _command_lines())
        return [line for line in lines if str(self.state_dir) in line]


def _command_lines() -> Iterator[bytes]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue


def pid_of(words: str) -> int:
    """The process whose command line has these words."""
    found = [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if words in path.read_bytes().replace(b"\0", b" ").decode()
    ]
    assert len(found) == 1, found
    return found[0]


def test_run_prints_its_summary_and_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`local.run` hears settings of its environment, ends with 0, writes the summary, and stops what it started.

    With a MongoDB, gold is in it: films, releases and links, counted there, as many as gold has. Spark is told of.
    """
    monkeypatch.setenv("GOLD_VIEWS", "none")
    monkeypatch.delenv("MONGO_URI", raising=False)
    command = Command("run", tmp_path, "--films", "40", "--releases", "90", "--json", "--mongo")
    assert command.process.wait(540) == 0, command.err
    summary = json.loads(command.out)
    assert summary == json.loads((command.state_dir / "report" / "summary.json").read_text())
    assert summary["status"] == "completed"
    assert (summary["records"]["bronze_tmdb"], summary["records"]["bronze_discogs"]) == (40, 90)
    assert summary["views"] == {}
    assert "ingesting: tmdb" in command.err
    assert command.leftovers() == []
    metrics = command.state_dir / "databricks" / "lake" / "metrics" / summary["run_id"]
    exported = json.loads((metrics / "export.json").read_text())
    held = {name: found["count"] for name, found in exported["collections"].items()}
    expected = {"films": 40, "releases": 90, "links": summary["records"]["matches"]}
    assert (exported["state"], held) == ("completed", expected)
    for stage in ("silver", "gold"):
        assert json.loads((metrics / f"{stage}.json").read_text())["spark"]["tasks"] > 0


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a run ends with 130 and one line, and nothing is left running."""
    command = Command("run", tmp_path, "--films", "2000", "--releases", "90")
    await_that(lambda: "ingesting" in command.out or command.process.poll() is not None, "a run under way")
    command.process.send_signal(signal.SIGINT)
    assert command.process.wait(150) == 130, command.err
    assert command.err.splitlines()[-1] == "run: interrupted; everything it started is stopped"
    assert command.leftovers() == []


def test_up_stays_until_it_is_stopped(tmp_path: Path, state_dir: Path) -> None:
    """`local.up` prints a URL and a key that work, starts a part again that was killed, refuses a second stack in its
    folder, and ends on SIGTERM.

    It is started with SIGINT ignored, as a script's background jobs are.
    """
    command = Command("up", tmp_path, *SMALL, ctrl_c=signal.SIG_IGN)
    command.await_welcome()
    key = re.findall(r"x-functions-key: ([^']+)'", command.out)[0]
    url = re.findall(r"(http://\S+/api/runs)\s", command.out)[0]
    assert httpx.get(url, headers={"x-functions-key": key}, timeout=60).status_code == 200
    catalog = read_addresses(command.state_dir)["catalog"]
    os.kill(pid_of(f"local.catalog --port {urlsplit(catalog).port} "), signal.SIGKILL)
    await_that(lambda: "up: catalog ended and was started again" in command.err, "the catalog's restart")
    assert httpx.get(f"{catalog}/_stats", timeout=60).status_code == 200
    second = Command("up", tmp_path / "second", "--state-dir", str(command.state_dir))
    assert second.process.wait(90) == 1
    assert "another make run or make up uses" in second.err
    assert_stops(command, signal.SIGTERM)


def assert_stops(command: Command, number: signal.Signals) -> None:
    """On a signal it ends with 0 and a line, and nothing of it is left."""
    command.process.send_signal(number)
    assert command.process.wait(150) == 0, command.err
    assert command.out.splitlines()[-1] == "up: stopped"
    assert holders_of([command.state_dir]) == [] == command.leftovers()


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    """A state folder; whoever still writes there in the end is ended."""
    folder = tmp_path / "state"
    yield folder
    for left in holders_of([folder]):
        os.kill(left.pid, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_up_leaves_processes_that_the_next_one_names(tmp_path: Path, state_dir: Path) -> None:
    """After SIGKILL the next start names what still writes there and how to end it; then a third one starts."""
    killed = Command("up", tmp_path, *SMALL)
    killed.await_welcome()
    killed.process.kill()
    killed.process.wait()
    left = {str(found.pid): str(found) for found in holders_of([state_dir])}
    second = Command("up", tmp_path / "second", *SMALL, "--state-dir", str(state_dir))
    assert second.process.wait(90) == 1
    (said,) = second.err.splitlines()
    assert f"that was killed left processes that still write to {state_dir}" in said
    assert all(f"local.{part}" in said for part in ("host", "catalog", "databricks", "insights"))
    found = re.search(r"; end them first: kill ([0-9 ]+)$", said)
    assert found is not None and set(found[1].split()) == left.keys(), (said, left)
    for pid in found[1].split():
        os.kill(int(pid), signal.SIGTERM)
    await_that(lambda: holders_of([state_dir]) == [], "they have ended")
    third = Command("up", tmp_path / "third", *SMALL, "--state-dir", str(state_dir))
    third.await_welcome()
    third.process.terminate()
    assert third.process.wait(150) == 0, third.err
    assert holders_of([state_dir]) == []


def test_up_in_the_background_of_a_script_stops_on_ctrl_c(tmp_path: Path, state_dir: Path) -> None:
    """Started with SIGINT ignored, as a script's background jobs are, it stops with all its parts when asked so."""
    command = Command("up", tmp_path, *SMALL, ctrl_c=signal.SIG_IGN)
    command.await_welcome()
    assert_stops(command, signal.SIGINT)
