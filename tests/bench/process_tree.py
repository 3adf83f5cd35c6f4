"""Processor time and memory of this process and all it started (the JVM and its Python workers), from /proc."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat after the name; None when the process is gone."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def tree() -> list[int]:
    """Ids of this process and its descendants."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    found = [os.getpid()]
    for pid in found:
        found.extend(child for child, parent in parents.items() if parent == pid)
    return found


def cpu_seconds() -> float:
    """User and system seconds of the tree, with those of children that ended."""
    spent = (fields[11:15] for fields in map(_stat, tree()) if fields)
    return sum(int(ticks) for four in spent for ticks in four) / _TICKS


def peak_memory_mb() -> int:
    """Sum of the tree's peak resident sizes."""
    return sum(peak for _, peak in peak_memories_mb())


def peak_memories_mb() -> list[tuple[str, int]]:
    """Command line and peak resident size of each process of the tree."""
    found = []
    for pid in tree():
        try:
            lines = (Path("/proc") / str(pid) / "status").read_text().splitlines()
            command = (Path("/proc") / str(pid) / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        found += [(command, int(line.split()[1]) // 1024) for line in lines if line.startswith("VmHWM")]
    return found
