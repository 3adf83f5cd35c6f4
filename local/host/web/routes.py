"""Azure route templates: ``runs/{run_id}``, ``films/{id:int}``, ``{*path}``, ``{name?}``, as ASP.NET reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from local.host.errors import SettingError

_CONSTRAINTS = {
    "int": r"-?\d+",
    "long": r"-?\d+",
    "decimal": r"-?\d+(?:\.\d+)?",
    "double": r"-?\d+(?:\.\d+)?",
    "bool": r"true|false",
    "alpha": r"[A-Za-z]+",
    "guid": r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
}
_SEGMENT = re.compile(r"\{(?P<star>\*)?(?P<name>\w+)(?::(?P<constraint>[^{}?]+))?(?P<optional>\?)?\}")


@dataclass(frozen=True)
class Route:
    """A compiled template. ``rank`` sorts the more specific first: literal, constrained, free, catch-all."""

    pattern: re.Pattern[str]
    rank: tuple[int, ...]

    def match(self, path: str) -> dict[str, str] | None:
        """The route parameters when ``path`` (without a leading slash) fits, else None."""
        found = self.pattern.fullmatch(path.strip("/"))
        return (
            {name: value for name, value in found.groupdict().items() if value is not None} if found else None
        )


def compile_route(template: str) -> Route:
    """The template as a route; letter case is ignored. Raises ``SettingError`` naming an unknown constraint."""
    pattern, rank = "", []
    for position, segment in enumerate(part for part in template.strip("/").split("/") if part):
        text, weight, is_optional = _segment(segment, template)
        separator = "/" if position else ""
        pattern += f"(?:{separator}{text})?" if is_optional else separator + text
        rank.append(weight)
    return Route(re.compile(pattern, re.IGNORECASE), tuple(rank))


def _segment(segment: str, template: str) -> tuple[str, int, bool]:
    """Its regular expression, its weight and whether it may be missing."""
    pattern, position, weight, is_optional = "", 0, 0, False
    for part in _SEGMENT.finditer(segment):
        pattern += re.escape(segment[position : part.start()])
        pattern += f"(?P<{part['name']}>{_value_pattern(part, template)})"
        weight = 3 if part["star"] else 1 if part["constraint"] else 2
        is_optional = bool(part["optional"] or part["star"])
        position = part.end()
    return pattern + re.escape(segment[position:]), weight, is_optional


def _value_pattern(part: re.Match[str], template: str) -> str:
    if part["star"]:
        return ".*"
    constraint = part["constraint"]
    if constraint is None:
        return "[^/]+"
    if constraint not in _CONSTRAINTS:
        known = ", ".join(sorted(_CONSTRAINTS))
        raise SettingError(f"route '{template}': the constraint '{constraint}' is not one of {known}")
    return _CONSTRAINTS[constraint]
