"""One child process: start a server, read its ready line, stop it by its process id.

Every local server says on stdout, in one line, when it listens: ``{"ready": true, "url": ..., "port": ...}``.
Everything else a child writes goes to its log file.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

MOST_RESTARTS, WINDOW_S = 3, 60.0
ReadyReader = Callable[[str], dict[str, Any] | None]


class ProcessError(RuntimeError):
    """A child did not start, ended too early, or a program it needs is missing; the message says which."""


def json_ready(line: str) -> dict[str, Any] | None:
    """The ready line of Crossfade's own servers, or None when the line is something else."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.get("ready") else None


class Child:
    """One child process: ``Child("bus", argv, env, log).start()``, ``wait_ready()``, ``stop()`` or ``kill()``.

    ``env`` is added to this process's environment. The child runs in a session of its own, so Ctrl-C reaches
    only the parent, which then stops its children in order. Usable as a context manager.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        env: Mapping[str, str] | None = None,
        log_path: Path | None = None,
        *,
        ready: ReadyReader = json_ready,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.argv = [str(part) for part in argv]
        self.log_path = log_path
        self.ready: dict[str, Any] = {}
        self.env = {**os.environ, **(env or {})}
        self._cwd = cwd
        self._read_ready = ready
        self._found: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self if self._process else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Process id; raises ``ProcessError`` before ``start``."""
        return self._started().pid

    @property
    def returncode(self) -> int | None:
        """Exit code, None while it runs."""
        return self._process.poll() if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def url(self) -> str:
        """Where it listens, from its ready line."""
        return str(self.ready["url"])

    @property
    def port(self) -> int:
        """The port it listens on, from its ready line."""
        return int(self.ready["port"])

    def start(self) -> Self:
        """Start it (again, after it ended). Raises ``ProcessError`` when the program does not exist."""
        self.ready, self._found = {}, queue.Queue()
        log = self._open_log()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - starts the project's own servers
                self.argv, env=self.env, cwd=self._cwd, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        except OSError as error:
            log.close()
            raise ProcessError(f"{self.name}: cannot run {self.argv[0]}: {error.strerror}") from error
        self._reader = threading.Thread(
            target=self._drain,
            args=(self._process, log, self._found),
            daemon=True,
            name=f"{self.name}-stdout",
        )
        self._reader.start()
        return self

    def wait_ready(self, timeout_s: float = 30.0) -> dict[str, Any]:
        """The ready line. Raises ``ProcessError`` with the log's last lines when it ends or is late."""
        try:
            ready = self._found.get(timeout=timeout_s)
        except queue.Empty:
            self.stop()
            raise ProcessError(f"{self.name} was not ready in {timeout_s:g} s{self._log_tail()}") from None
        if ready is None:
            code = self._wait_s(5.0)
            raise ProcessError(
                f"{self.name} ended with exit code {code} before it was ready{self._log_tail()}"
            )
        self.ready = ready
        return ready

    def stop(self, grace_s: float = 10.0) -> int | None:
        """SIGTERM, after ``grace_s`` SIGKILL; the exit code. Harmless when it has already ended."""
        if self._process is None:
            return None
        if self.is_running:
            self._process.terminate()
        code = self._wait_s(grace_s)
        return self.kill() if code is None else self._closed(code)

    def kill(self) -> int | None:
        """SIGKILL, at once, like a crash; the exit code."""
        if self._process is None:
            return None
        self._process.kill()
        return self._closed(self._process.wait())

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ProcessError(f"{self.name} has not been started")
        return self._process

    def _wait_s(self, timeout_s: float) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._started().wait(timeout_s)
        return None

    def _closed(self, code: int) -> int:
        if self._reader is not None:
            self._reader.join(timeout=2.0)
        return code

    def _open_log(self) -> IO[bytes]:
        path = self.log_path or Path(os.devnull)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab", buffering=0)

    def _drain(
        self, process: subprocess.Popen[bytes], log: IO[bytes], found: queue.Queue[dict[str, Any] | None]
    ) -> None:
        """Keep the pipe empty: ready lines to ``found``, all others to the log."""
        assert process.stdout is not None  # noqa: S101 - it was opened as a pipe
        with log, process.stdout as stdout:
            for line in stdout:
                if ready := self._read_ready(line.decode(errors="replace")):
                    found.put(ready)  # and not to the log: a ready line may hold a generated key
                else:
                    log.write(line)
        found.put(None)

    def _log_tail(self) -> str:
        if self.log_path is None or not self.log_path.exists():
            return ""
        lines = self.log_path.read_text(errors="replace").strip().splitlines()[-5:]
        return f"; end of {self.log_path}:\n" + "\n".join(lines) if lines else ""


class Restarts:
    """How often children that ended were started again, by name; MOST_RESTARTS within WINDOW_S is the limit."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at_s: defaultdict[str, deque[float]] = defaultdict(deque)

    def may(self, name: str) -> bool:
        """Whether a child may be started once more; if so, that is counted."""
        now_s, found = self._clock(), self._at_s[name]
        while found and found[0] <= now_s - WINDOW_S:
            found.popleft()
        if len(found) >= MOST_RESTARTS:
            return False
        found.append(now_s)
        return True
