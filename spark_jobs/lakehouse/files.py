"""Small files of the lake, by plain file access: a folder on one machine, Unity Catalog volumes on Databricks.

Each is written whole, once: volumes know no rename, no link and no append.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from spark_jobs.lakehouse.errors import LakeError

_AREA = "{area}"
_AT_ONCE = 16  # calls for sizes: each is a request on a volume


class Files:
    """Files behind a path template such as `/Volumes/crossfade/files/{area}`.

    The areas are raw, control, metrics, search, report, state and feed.
    Raises ValueError when the template lacks `{area}`.
    """

    def __init__(self, template: str) -> None:
        if _AREA not in template:
            raise ValueError(f"--files {template!r} has no {_AREA} in it, as in /data/lake/{_AREA}")
        self.template = template.rstrip("/")

    def path(self, area: str, name: str = "") -> str:
        """Path of an area or of something in it."""
        root = self.template.replace(_AREA, area)
        return f"{root}/{name}" if name else root

    def read_json(self, area: str, name: str) -> dict[str, Any] | None:
        """A small JSON file, or None when it is not there. Raises LakeError when it is not a JSON object."""
        path = self.path(area, name)
        try:
            value = json.loads(Path(path).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise LakeError(f"{path} is not JSON ({error}): write it again") from error
        if not isinstance(value, dict):
            raise LakeError(f"{path} holds no JSON object: write it again")
        return value

    def write_json(self, area: str, name: str, value: Mapping[str, Any]) -> None:
        """Write a small JSON file whole."""
        self.write_text(area, name, json.dumps(value, indent=1, ensure_ascii=False))

    def write_text(self, area: str, name: str, text: str) -> None:
        """Write a small file whole; what is no Unicode becomes '?'."""
        path = Path(self.path(area, name))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)

    def write_bytes(self, area: str, name: str, data: bytes) -> None:
        """Write a file whole."""
        path = Path(self.path(area, name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def sizes(self, area: str, prefix: str) -> dict[str, int]:
        """Sizes in bytes of the files right under a prefix, by name from the area on; {} when it is not there."""
        folder = prefix.rstrip("/")
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = pool.map(_size, _entries(self.path(area, folder)))
            return {f"{folder}/{name}": size for name, size in found if size is not None}

    def folders(self, area: str, prefix: str) -> list[str]:
        """Names of the folders right under a prefix, sorted; [] when it is not there."""
        return sorted(entry.name for entry in _entries(self.path(area, prefix.rstrip("/"))) if entry.is_dir())

    def remove(self, area: str, folder: str) -> None:
        """Remove a folder with all it holds, if it is there."""
        path = Path(self.path(area, folder))
        if path.exists():
            shutil.rmtree(path)

    def remove_file(self, area: str, name: str) -> None:
        """Remove a file, if it is there."""
        Path(self.path(area, name)).unlink(missing_ok=True)


def _entries(path: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


def _size(entry: os.DirEntry[str]) -> tuple[str, int | None]:
    return entry.name, entry.stat().st_size if entry.is_file() else None
