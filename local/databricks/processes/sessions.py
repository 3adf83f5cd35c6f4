"""Processes by pid and start time, so that a reused pid is noticed; sessions are ended whole.

A job gets a session of its own, so its pid is the session's id. The kernel gives a pid to nobody else
while a session or process group of that number has members, so what is found there is the job's.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
from pathlib import Path

_PROC = Path("/proc")
_GRACE_S = 5.0
_POLL_S = 0.05

logger = logging.getLogger(__name__)


def birth_of(pid: int) -> str | None:
    """A mark that no later process with this pid has; None if there is no such process."""
    if not _PROC.is_dir():
        return _ps(pid, "lstart=")
    stat = _stat(pid)
    return f"{_boot_id()}/{stat[19]}" if stat and stat[0] != "Z" else None


def session_members(sid: int, birth: str) -> list[int]:
    """The living processes of the session that the process `sid` with this birth mark began."""
    leader = birth_of(sid)
    if leader not in (None, birth) or not birth.startswith(_boot_id()):
        return []
    if not _PROC.is_dir():
        return [sid] if leader else []
    pids = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if _is_in_session(pid, sid)]


async def end_session(sid: int, birth: str, grace_s: float = _GRACE_S) -> None:
    """End a session with SIGTERM, and after the grace time with SIGKILL."""
    if not session_members(sid, birth):
        return
    _signal_all(session_members(sid, birth), signal.SIGTERM)
    for _ in range(round(grace_s / _POLL_S)):
        if not session_members(sid, birth):
            return
        await asyncio.sleep(_POLL_S)
    members = session_members(sid, birth)
    logger.warning("processes %s did not end within %s s and are killed", members, grace_s)
    _signal_all(members, signal.SIGKILL)


def _signal_all(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            logger.debug("process %s was gone already", pid)


def _is_in_session(pid: int, sid: int) -> bool:
    stat = _stat(pid)
    return bool(stat) and stat[0] != "Z" and int(stat[3]) == sid


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third (state) on; empty when there is no such process."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def _boot_id() -> str:
    path = _PROC / "sys/kernel/random/boot_id"
    return path.read_text().strip() if path.is_file() else ""


def _ps(pid: int, column: str) -> str | None:
    command = ["ps", "-o", column, "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return answer.stdout.strip() or None
