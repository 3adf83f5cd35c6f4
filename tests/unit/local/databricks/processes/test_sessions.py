"""Telling processes apart and ending them with all they started."""

from __future__ import annotations

import subprocess
import sys

from local.databricks.processes.sessions import birth_of, end_session, session_members

FAMILY = (
    "import os,subprocess,sys,time,signal;"
    "signal.signal(signal.SIGTERM,signal.SIG_IGN) if 'deaf' in sys.argv else None;"
    "child=subprocess.Popen([sys.executable,'-c','import os,time;os.setpgid(0,0);print(1,flush=True);time.sleep(99)'],"
    "stdout=subprocess.PIPE);"
    "child.stdout.readline();print(child.pid,flush=True);"
    "time.sleep(99)"
)


def start(*arguments: str) -> tuple[subprocess.Popen[str], int]:
    """A process with a child in another group of its session, and the child's pid."""
    parent = subprocess.Popen(
        [sys.executable, "-c", FAMILY, *arguments], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert parent.stdout
    with parent.stdout:
        return parent, int(parent.stdout.readline())


async def test_a_session_ends_whole_even_with_other_process_groups_in_it() -> None:
    """A child that moved to a group of its own, as PySpark's daemon does, ends with its parent."""
    parent, child = start()
    birth = birth_of(parent.pid)
    assert birth
    assert set(session_members(parent.pid, birth)) == {parent.pid, child}
    await end_session(parent.pid, birth)
    parent.wait(10)
    assert birth_of(child) is None


async def test_children_end_when_their_parent_was_killed_before() -> None:
    """What a killed job leaves behind is found by its session."""
    parent, child = start()
    birth = birth_of(parent.pid)
    assert birth
    parent.kill()
    parent.wait(10)
    await end_session(parent.pid, birth)
    assert birth_of(child) is None


async def test_a_deaf_process_is_killed() -> None:
    """A process that ignores SIGTERM ends after the grace time."""
    parent, _ = start("deaf")
    birth = birth_of(parent.pid)
    assert birth
    parent_pid = parent.pid
    await end_session(parent_pid, birth, grace_s=0.2)
    assert parent.wait(10) == -9


async def test_a_stranger_with_the_same_pid_is_left_alone() -> None:
    """A recorded pid that now belongs to a process born at another time is not touched."""
    parent, _ = start()
    birth = birth_of(parent.pid)
    assert birth
    boot = birth.partition("/")[0]
    for other in (f"{boot}/1", "another-boot/1", ""):
        assert session_members(parent.pid, other) == []
        await end_session(parent.pid, other)
    assert parent.poll() is None
    await end_session(parent.pid, birth)
    parent.wait(10)


def test_nobody_has_no_birth() -> None:
    """There is no mark for a process that does not exist."""
    assert birth_of(2**22 + 1) is None
