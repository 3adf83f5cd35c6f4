"""Who holds a folder: processes that write there, with their command lines."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from local.machine.child import Child
from local.machine.holders import holders_of

READY = 'import json, time; print(json.dumps({"ready": True}), flush=True); time.sleep(90)'
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_whoever_writes_into_a_folder_is_named(tmp_path: Path) -> None:
    """A child that logs there is found by pid and command line, and no longer once it has ended."""
    log = tmp_path / "logs" / "part.log"
    with Child("part", [sys.executable, "-c", READY], {}, log) as child:
        child.wait_ready()
        (found,) = holders_of([tmp_path / "logs"])
        assert found.pid == child.pid
        assert str(found).startswith(f"{child.pid} ({sys.executable} -c import json")
        assert holders_of([tmp_path / "log", tmp_path / "other"]) == []
    assert holders_of([tmp_path / "logs"]) == []


def test_a_reader_holds_nothing(tmp_path: Path) -> None:
    """Who follows a log, or this very process, is in nobody's way."""
    log = tmp_path / "part.log"
    log.write_text("a line")
    code = f"kept = open({str(log)!r}); {READY}"
    with Child("reader", [sys.executable, "-c", code]) as reader, log.open("a"):
        reader.wait_ready()
        assert holders_of([tmp_path]) == []
