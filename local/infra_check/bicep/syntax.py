"""Bicep files, parsed: parameters, outputs, calls of modules, and every name a file uses.

pycep knows the syntax but not what it means (it takes literals and names for the same text), so names are read from
the source, with strings and comments blanked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from lark.exceptions import LarkError
from pycep import BicepParser


class BicepError(Exception):
    """A file that does not parse; the message says where."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a file."""

    type: str
    is_required: bool
    has_description: bool
    allowed: tuple[Any, ...]


@dataclass(frozen=True)
class Call:
    """A module called: the path of its file as written, the values of its parameters, whether a condition is on it."""

    path: str
    values: dict[str, Any]
    is_conditional: bool


class BicepFile:
    """One file.

    Raises:
        BicepError: it does not parse.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text()
        text = _as_bicep(self.text) if path.suffix == ".bicepparam" else self.text
        try:
            self.parsed = _parse(text)
        except (LarkError, ValueError) as error:
            raise BicepError(str(error).splitlines()[0]) from error

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """Its parameters by name."""
        declared = self._section("parameters")
        return {name: _parameter(name, found, self.text) for name, found in declared.items()}

    @cached_property
    def assigned(self) -> dict[str, Any]:
        """The values a parameter file gives, by name."""
        given = re.findall(r"^param (\w+) =", self.text, re.MULTILINE)
        return {name: self.variables[name] for name in given}

    @cached_property
    def variables(self) -> dict[str, Any]:
        """Values of its variables by name."""
        return {name: found["value"] for name, found in self._section("variables").items()}

    @cached_property
    def outputs(self) -> dict[str, str]:
        """Types of its outputs by name."""
        return {name: str(found["type"]) for name, found in self._section("outputs").items()}

    @cached_property
    def calls(self) -> dict[str, Call]:
        """The modules it calls, by symbolic name."""
        return {name: _call(found) for name, found in self._section("modules").items()}

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """Its resources by symbolic name; the `config` of one in a loop or behind a condition is the inner one."""
        return {name: {**found, "config": _inner(found["config"])} for name, found in self._all_resources()}

    @cached_property
    def code(self) -> str:
        """Its source without comments and without the text of strings; what strings fill in stays."""
        return _blank(self.text)

    @cached_property
    def declared(self) -> set[str]:
        """Names it declares: parameters, variables, resources, modules, and those of loops and lambdas."""
        return {*self.named, *_loop_names(self.code)}

    @cached_property
    def named(self) -> set[str]:
        """Names it declares for the whole file."""
        sections = ("parameters", "variables", "resources", "modules")
        return {name for section in sections for name in self._section(section)}

    @cached_property
    def used(self) -> set[str]:
        """Names it uses, other than keys, properties and functions."""
        found = _USE.findall(_DECLARATION.sub("", _blank_objects_keys(self.code)))
        return set(found) - _WORDS

    @cached_property
    def loaded(self) -> list[str]:
        """Paths of the files it loads or calls, as written."""
        loads = re.findall(r"load(?:Json|Text)Content\('([^']+)'", self.text)
        return [*loads, *(call.path for call in self.calls.values())]

    def _section(self, name: str) -> dict[str, Any]:
        return dict(self.parsed.get(name) or {})

    def _all_resources(self) -> Iterator[tuple[str, dict[str, Any]]]:
        yield from self._section("resources").items()


_WORDS = frozenset({"if", "for", "in", "true", "false", "null", "existing", "using"})
_DECLARATION = re.compile(
    r"^\s*(?:param|var|output|resource|module|targetScope)\b(?:\s+\w+(?:\s+\w+(?=\s|$))?)?", re.M
)
_USE = re.compile(r"(?<![\w.@:])(?<!\.\?)[A-Za-z_]\w*(?!\w|\()")


@lru_cache(maxsize=64)
def _parse(text: str) -> Mapping[str, Any]:
    """The parsed text; several checks read the same files, and parsing takes most of their time."""
    return dict(_parser().parse(text=text))


@lru_cache(maxsize=1)
def _parser() -> BicepParser:
    return BicepParser()


def _as_bicep(text: str) -> str:
    """A parameter file as pycep can read it: assignments become variables."""
    return re.sub(r"^param (\w+) =", r"var \1 =", re.sub(r"^using .*$", "", text, flags=re.M), flags=re.M)


def _parameter(name: str, found: dict[str, Any], text: str) -> Parameter:
    decorators = {entry["type"]: entry.get("argument") for entry in found["decorators"]}
    has_default = re.search(rf"^param {name} \w+ =", text, re.MULTILINE) is not None
    allowed = tuple(decorators.get("allowed") or ())
    return Parameter(str(found["type"]), not has_default, "description" in decorators, allowed)


def _call(found: dict[str, Any]) -> Call:
    config = found["config"]
    params = dict(_inner(config).get("params") or {})
    return Call(str(found["detail"]["path"]), params, config.get("condition") is not None)


def _inner(config: dict[str, Any]) -> dict[str, Any]:
    while "config" in config:
        config = config["config"]
    return config


@lru_cache(maxsize=64)
def _blank(text: str) -> str:
    """Source without comments and string text; `${…}` inside strings stays as ` (…) `."""
    out, i, depths = [], 0, list[int]()
    in_string = False
    while i < len(text):
        if in_string:
            in_string, step, kept = _in_string(text, i, depths)
        elif depths and text[i] in "{}":
            in_string, step, kept = _in_filling(text[i], depths)
        elif text[i] == "'":
            in_string, step, kept = True, 1, " "
        elif text.startswith("//", i):
            step, kept = _to_line_end(text, i), ""
        else:
            step, kept = 1, text[i]
        out.append(kept)
        i += step
    return "".join(out)


def _in_string(text: str, i: int, depths: list[int]) -> tuple[bool, int, str]:
    if text[i] == "\\":
        return True, 2, ""
    if text.startswith("${", i):
        depths.append(0)
        return False, 2, " ("
    return text[i] != "'", 1, ""


def _in_filling(character: str, depths: list[int]) -> tuple[bool, int, str]:
    depths[-1] += 1 if character == "{" else -1
    if depths[-1] >= 0:
        return False, 1, character
    depths.pop()
    return True, 1, ") "


def _to_line_end(text: str, i: int) -> int:
    end = text.find("\n", i)
    return (len(text) if end < 0 else end) - i


def _blank_objects_keys(code: str) -> str:
    """Keys of objects have their colon right behind them; the middle of a condition has a space."""
    return re.sub(r"(?<!\w)(?<!\bin )[A-Za-z_]\w*:", ":", re.sub(r"^@\w+.*$", "", code, flags=re.M))


def _loop_names(code: str) -> set[str]:
    single = re.findall(r"\bfor (\w+) in\b", code)
    pairs = [name for pair in re.findall(r"\bfor \((\w+), (\w+)\) in\b", code) for name in pair]
    return {*single, *pairs, *re.findall(r"\b(\w+) =>", code)}
