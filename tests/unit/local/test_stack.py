"""A stack starts only where nobody else is, and says who is."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from local.machine.child import Child
from local.stack import Stack, StackError
from local.wiring import StackOptions

READY = 'print(json.dumps({"ready": True}), flush=True); time.sleep(90)'
LOCKED = (
    "import fcntl, json, sys, time; kept = open(sys.argv[1], 'w'); fcntl.flock(kept, fcntl.LOCK_EX); " + READY
)
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def start_and_fail(state_dir: Path) -> str:
    with pytest.raises(StackError) as refused, Stack(StackOptions(state_dir=state_dir), {}):
        pass
    return str(refused.value)


def test_processes_a_killed_stack_left_are_named_with_how_to_end_them(tmp_path: Path) -> None:
    """Nothing is started or removed while parts of a stack that was killed still write: their pids, and the command."""
    log = tmp_path / "logs" / "host.log"
    with Child("host", [sys.executable, "-c", f"import json, time; {READY}"], {}, log) as left:
        left.wait_ready()
        said = start_and_fail(tmp_path)
        assert f"{left.pid} ({sys.executable}" in said
        assert said.endswith(f"end them first: kill {left.pid}")
        assert log.exists()


def test_the_process_of_a_running_stack_is_named(tmp_path: Path) -> None:
    """A second start names the first by its pid: it may run on after the make around it was killed."""
    with Child("up", [sys.executable, "-c", LOCKED, str(tmp_path / "stack.lock")]) as running:
        running.wait_ready()
        said = start_and_fail(tmp_path)
        assert said.startswith(f"another make run or make up uses {tmp_path}: stop it first: ")
        assert f"{running.pid} ({sys.executable}" in said
        assert said.endswith(f"; kill {running.pid} stops it and all its parts")


@pytest.mark.parametrize(
    ("there", "missing"), [("TMDB_TOKEN", "DISCOGS_TOKEN"), ("DISCOGS_TOKEN", "TMDB_TOKEN")]
)
def test_one_token_alone_starts_nothing(tmp_path: Path, there: str, missing: str) -> None:
    """One line says which is missing; over a catalog that was asked for, a lonely token does no harm."""
    with pytest.raises(StackError, match=f"^{there} is set and {missing} is not: set both for the real APIs"):
        Stack(StackOptions(state_dir=tmp_path), {there: "t"})
    assert Stack(StackOptions(state_dir=tmp_path, catalog_dir=tmp_path), {there: "t"}).wiring.has_catalog


def test_a_part_that_keeps_ending_is_given_up(tmp_path: Path) -> None:
    """It is started again three times within a minute; the fourth end stops the stack with a line that names it."""
    stack = Stack(StackOptions(state_dir=tmp_path), {})
    ends = "import json; print(json.dumps({'ready': True, 'url': 'http://x'}), flush=True)"
    log = tmp_path / "host.log"
    with Child("host", [sys.executable, "-c", ends], {}, log) as child:
        stack.parts["host"] = child
        for _ in range(3):
            await_end(child)
            assert stack.revive() == [child]
        await_end(child)
        with pytest.raises(StackError, match=f"^host ended 4 times within a minute, exit code 0: see {log}"):
            stack.revive()


def test_parts_that_run_are_left_alone(tmp_path: Path) -> None:
    """A part that runs is not started again, one that cannot start is an error that names it."""
    stack = Stack(StackOptions(state_dir=tmp_path), {})
    with Child("host", [sys.executable, "-c", f"import json, time; {READY}"]) as child:
        child.wait_ready()
        stack.parts["host"] = child
        assert stack.revive() == []
    broken = Child("catalog", [sys.executable, "-c", "raise SystemExit(3)"]).start()
    await_end(broken)
    stack.parts = {"catalog": broken}
    with pytest.raises(StackError, match=r"^catalog ended and cannot be started again: .*exit code 3"):
        stack.revive()


def await_end(child: Child) -> None:
    """Wait until a part has ended by itself."""
    deadline_s = time.monotonic() + 60
    while child.is_running:
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
