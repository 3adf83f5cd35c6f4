"""A stack starts only where nobody else is, and says who is."""

from __future__ import annotations

import sys
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
