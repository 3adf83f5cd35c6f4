"""Where the parts of the running stack listen: a small file for commands beside it. It holds no secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

NAME = "addresses.json"


def write_addresses(state_dir: Path, urls: Mapping[str, str]) -> None:
    """Write the addresses of a stack by the names of its parts."""
    (state_dir / NAME).write_text(json.dumps(dict(urls), indent=1))


def read_addresses(state_dir: Path) -> dict[str, str]:
    """The addresses of the stack that runs in a folder; empty when none runs."""
    path = state_dir / NAME
    if not path.is_file():
        return {}
    found: dict[str, str] = json.loads(path.read_text())
    return found


def forget_addresses(state_dir: Path) -> None:
    """Remove the file, as the parts are about to end."""
    (state_dir / NAME).unlink(missing_ok=True)
