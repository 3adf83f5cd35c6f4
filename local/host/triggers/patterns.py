"""Blob path patterns of triggers: ``control/bronze/{name}.json``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from local.host.errors import SettingError

_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class BlobPattern:
    """A compiled pattern: the container, the fixed start of the names, and the whole as a regular expression."""

    container: str
    prefix: str
    pattern: re.Pattern[str]

    def match(self, blob_name: str) -> dict[str, str] | None:
        """The pattern's parameters when the blob's name fits, else None."""
        found = self.pattern.fullmatch(blob_name)
        return found.groupdict() if found else None


def compile_pattern(path: str, function: str) -> BlobPattern:
    """``container/name`` with ``{parameters}``; a container alone means all its blobs."""
    container, _, template = path.strip("/").partition("/")
    if not container or "{" in container:
        raise SettingError(f"function {function}: the blob path '{path}' must start with a container's name")
    template = template or "{name}"
    expression, position = "", 0
    for part in _PARAMETER.finditer(template):
        expression += re.escape(template[position : part.start()]) + f"(?P<{part[1]}>.+)"
        position = part.end()
    expression += re.escape(template[position:])
    return BlobPattern(container, template.partition("{")[0], re.compile(expression))
