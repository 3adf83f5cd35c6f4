"""Makes a folder behave like a Unity Catalog volume: no rename, no link, no append, no seek while writing."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest


class WrittenOnce(io.FileIO):
    """A file that takes one write after the other, from its beginning on."""

    def seekable(self) -> bool:
        """Not while it is written."""
        return "r" in self.mode and "+" not in self.mode

    def seek(self, *args: int) -> int:
        """Refused while it is written."""
        return super().seek(*args) if self.seekable() else _refuse()


def as_volume(patch: pytest.MonkeyPatch, root: Path) -> None:
    """Until the patch is undone, Python's file calls under `root` refuse what a volume refuses."""
    for module, names in ((os, ("rename", "replace", "link", "symlink")), (Path, ("rename", "replace"))):
        for name in names:
            patch.setattr(module, name, _refusing(getattr(module, name), root))
    plain = io.open

    def opened(file: Any, mode: str = "r", buffering: int = -1, *more: Any, **named: Any) -> Any:
        if (
            not isinstance(file, str | os.PathLike)
            or not Path(file).is_relative_to(root)
            or mode in ("r", "rb")
        ):
            return plain(file, mode, buffering, *more, **named)
        if "a" in mode or "+" in mode:
            _refuse()
        raw = io.BufferedWriter(WrittenOnce(os.fspath(file), mode.replace("b", "").replace("t", "")))
        return raw if "b" in mode else io.TextIOWrapper(raw, *more, **named)

    patch.setattr(io, "open", opened)
    patch.setattr("builtins.open", opened)


def _refusing(call: Callable[..., Any], root: Path) -> Callable[..., Any]:
    def checked(source: Any, target: Any, *more: Any, **named: Any) -> Any:
        return _refuse() if Path(target).is_relative_to(root) else call(source, target, *more, **named)

    return checked


def _refuse() -> NoReturn:
    raise OSError(errno.EOPNOTSUPP, "a volume does not do that")
