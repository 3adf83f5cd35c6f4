"""Which processes write into a folder: what is left of a stack that was killed. Linux only; elsewhere none is found."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PROCESSES = Path("/proc")
SHOWN_CHARS = 80
IS_WRITTEN = 0o200


@dataclass(frozen=True)
class Holder:
    """A process and its command line."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"{self.pid} ({self.command})"


def holders_of(paths: Sequence[Path]) -> list[Holder]:
    """The other processes of this user that have a file open for writing at or below one of the paths, by pid."""
    wanted = [str(path.resolve()) for path in paths]
    numbers = sorted(int(found.name) for found in PROCESSES.glob("[0-9]*"))
    return [
        Holder(pid, _command_of(pid))
        for pid in numbers
        if pid != os.getpid() and any(_is_at(name, wanted) for name in _written_by(pid))
    ]


def _is_at(name: str, wanted: Sequence[str]) -> bool:
    return any(name == path or name.startswith(f"{path}/") for path in wanted)


def _written_by(pid: int) -> Iterator[str]:
    """Names of the files a process has open for writing; nothing of one that has ended or is somebody else's."""
    try:
        for link in (PROCESSES / str(pid) / "fd").iterdir():
            if link.lstat().st_mode & IS_WRITTEN:
                yield str(link.readlink()).removesuffix(" (deleted)")
    except OSError:
        return


def _command_of(pid: int) -> str:
    try:
        words = (PROCESSES / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return "ended meanwhile"
    return words.strip()[:SHOWN_CHARS] or "no command line"
