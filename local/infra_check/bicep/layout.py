"""Whether Bicep files are laid out as `bicep format` lays them out, as far as that is known without the compiler.

Held to: two spaces for each bracket that a line leaves open, the one of a loop counted for itself; no white space at an
end; no two empty lines in a row. Where the formatter would join or break lines otherwise is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from local.infra_check.bicep.syntax import BicepFile
from local.infra_check.findings import Finding

INDENT = 2
REMEDY = "lay it out so, or let `bicep format` do it"
OPENING, CLOSING = "([{", ")]}"


def check_layout(files: Mapping[str, BicepFile]) -> Iterator[Finding]:
    """Check every file."""
    for name, file in files.items():
        yield from _check_space(name, file.text)
        yield from _check_lines(name, file)


def _check_space(name: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line != line.rstrip():
            yield Finding(f"{name}:{number}", "white space at the end of a line", REMEDY)
    if "\n\n\n" in text or not text.endswith("\n") or text.endswith("\n\n"):
        yield Finding(name, "empty lines at the end or in a row, or none at the end", REMEDY)


def _check_lines(name: str, file: BicepFile) -> Iterator[Finding]:
    opened: list[int] = []  # the line of each bracket that is open
    lines = zip(file.text.split("\n"), file.code.split("\n"), strict=True)
    for number, (line, code) in enumerate(lines, start=1):
        content = code.strip()
        closed = len(content) - len(content.lstrip(CLOSING))
        outer = opened[: len(opened) - closed]
        indent = INDENT * len(set(outer))
        if line.strip() and len(line) - len(line.lstrip()) != indent:
            yield Finding(f"{name}:{number}", f"is not indented by {indent}", REMEDY)
        opened = _brackets_after(content, opened, number)
        if re.search(r"\[\s*for\b", content) and opened.count(number) > 1:
            yield Finding(f"{name}:{number}", "a loop over several lines begins on its own", REMEDY)


def _brackets_after(content: str, opened: list[int], number: int) -> list[int]:
    """The lines of the brackets that are open after a line."""
    left = list(opened)
    for character in content:
        if character in OPENING:
            left.append(number)
        elif character in CLOSING:
            left.pop()
    return left
