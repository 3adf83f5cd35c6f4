"""References in a bundle, `${group.name}`: values put in their place. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.bundle.errors import BundleError

REFERENCE = re.compile(r"\$\{([\w.-]+)\}")
Lookup = Callable[[str], Any]


def resolve(value: Any, lookup: Lookup, groups: tuple[str, ...]) -> Any:
    """A value with every reference of these groups replaced, at any depth; one that is a whole text keeps its type."""
    if isinstance(value, Mapping):
        return {name: resolve(item, lookup, groups) for name, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, lookup, groups) for item in value]
    if not isinstance(value, str):
        return value
    whole = REFERENCE.fullmatch(value)
    if whole:
        return lookup(whole[1]) if _is_of(whole[1], groups) else value
    return REFERENCE.sub(lambda found: _text(found, lookup) if _is_of(found[1], groups) else found[0], value)


def references_in(value: Any) -> Iterator[str]:
    """What is referred to anywhere in a value."""
    if isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from references_in(item)
    elif isinstance(value, str):
        yield from REFERENCE.findall(value)


class Values:
    """Looks references up in a document whose values may hold references themselves."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._groups = tuple(document)
        self._open: list[str] = []

    def __call__(self, name: str) -> Any:
        """The value of a reference. Raises BundleError for one that leads nowhere, or to itself."""
        if name in self._open:
            raise BundleError(f"${{{name}}} refers to itself: {' -> '.join([*self._open, name])}")
        value: Any = self._document
        for part in name.split("."):
            value = resolve(value, self, self._groups) if isinstance(value, str) else value
            if not isinstance(value, Mapping) or part not in value:
                raise BundleError(f"${{{name}}} leads nowhere: declare it, or mend the spelling")
            value = value[part]
        self._open.append(name)
        try:
            return resolve(value, self, self._groups)
        finally:
            self._open.pop()


def _is_of(name: str, groups: tuple[str, ...]) -> bool:
    return name.partition(".")[0] in groups


def _text(found: re.Match[str], lookup: Lookup) -> str:
    value = lookup(found[1])
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise BundleError(f"{found[0]} is no text, so it must stand alone: {found.string}")
    return str(value)
