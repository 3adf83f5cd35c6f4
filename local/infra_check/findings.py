"""What a check reports, and the documents it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C it is ten times as fast


@dataclass(frozen=True, order=True)
class Finding:
    """Something that is wrong: the file to look at, what is wrong there, and what to do."""

    file: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}; {self.remedy}"


def read_yaml(path: Path) -> Any:
    """A YAML document.

    Raises:
        yaml.YAMLError: naming the file and the line.
    """
    with path.open() as stream:  # a stream, so that an error names the file
        return yaml.load(stream, Loader=_LOADER)  # noqa: S506 - a safe one


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a parsed document, names of fields among them."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from texts_of(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts_of(inner)
    elif isinstance(value, str):
        yield value
