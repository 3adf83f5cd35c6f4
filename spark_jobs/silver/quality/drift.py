"""Schema drift: how the answers differ from the fields this code was written for.

`shape` runs beside the unpacking of blobs, on an evenly spread sample of a large run and on every answer of a small
one; the counts of all shapes are then compared with EXPECTED. No Spark session is needed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pyspark.sql.types import ArrayType, DataType, StructType

from spark_jobs.schemas.raw import BODIES
from spark_jobs.silver.quality.expected_fields import EXPECTED

SAMPLE = 5_000
GONE_BELOW = 0.5  # a required field that fewer of the answers have is gone
UNKNOWN, MISSING, CHANGED = "unknown field", "missing field", "changed type"
_TYPES = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
Counts = Mapping[tuple[str, str, str], int]
"""How often a path of a kind of answer had a JSON type, by (kind, path, type)."""


@dataclass(frozen=True, slots=True)
class SchemaDifference:
    """A field that differs from what is expected. `share` is of the objects that could have the field, 0 to 1."""

    kind: str
    difference: str
    path: str
    expected: str
    found: str
    share: float
    is_required: bool = False
    is_read: bool = True

    @property
    def is_fatal(self) -> bool:
        """Whether the field is one no run can do without, and is gone."""
        return self.is_required and self.share > GONE_BELOW


def every(records: int) -> int:
    """The n of "one answer in n is sampled", so that about SAMPLE are."""
    return max(1, records // SAMPLE)


def shape(kind: str, line: str) -> list[tuple[str, str, int]]:
    """(path, type, how often) in the body of one raw line; [] when it holds no good answer."""
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError):
        return []
    if not isinstance(answer, dict) or answer.get("status") not in (200, "200"):
        return []
    counts: Counter[tuple[str, str]] = Counter()
    _walk(answer.get("body"), EXPECTED.get(kind, {}), "", counts)
    return [(path, found, count) for (path, found), count in counts.items()]


def _walk(value: Any, spec: Any, path: str, counts: Counter[tuple[str, str]]) -> None:
    counts[path, _TYPES.get(type(value), "null")] += 1
    if isinstance(value, dict) and isinstance(spec, dict):
        for name, inner in value.items():
            _walk(inner, spec.get(name), f"{path}.{name}" if path else str(name), counts)
    elif isinstance(value, list) and isinstance(spec, list):
        for item in value:
            _walk(item, spec[0], f"{path}[]", counts)


def compare(counts: Counts) -> list[SchemaDifference]:
    """Differences of all kinds that were answered, the most serious first."""
    found = [each for kind in sorted({key[0] for key in counts}) for each in _compare(kind, counts)]
    return sorted(
        found,
        key=lambda f: (not f.is_fatal, not f.is_read, f.difference != CHANGED, -f.share, f.kind, f.path),
    )


def _compare(kind: str, counts: Counts) -> Iterator[SchemaDifference]:
    seen: dict[str, Counter[str]] = {}
    for (of, path, type_), count in counts.items():
        if of == kind:
            seen.setdefault(path, Counter())[type_] += count
    expected = dict(_expected(EXPECTED[kind]))
    for path, types in seen.items():
        yield from _compare_field(kind, path, types, expected, seen)
    for path, want in expected.items():
        yield from _compare_absent(kind, path, want, seen)


def _expected(spec: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every expected path with its types ('number!', 'object', 'array')."""
    if isinstance(spec, dict):
        yield path, "object"
        for name, inner in spec.items():
            yield from _expected(inner, f"{path}.{name}" if path else name)
    elif isinstance(spec, list):
        yield path, "array"
        yield from _expected(spec[0], f"{path}[]")
    else:
        yield path, spec


def _compare_field(
    kind: str, path: str, types: Counter[str], expected: dict[str, str], seen: dict[str, Counter[str]]
) -> Iterator[SchemaDifference]:
    total, of = sum(types.values()), _objects_above(path, seen)
    if path not in expected:
        yield SchemaDifference(
            kind, UNKNOWN, path, "", "|".join(sorted(types)), _share(total, of), is_read=False
        )
        return
    want = expected[path].rstrip("!")
    odd = {t: n for t, n in types.items() if t not in {*want.split("|"), "null"}}
    if odd and want != "any":
        share, is_required = _share(sum(odd.values()), total), expected[path].endswith("!")
        # An id sent as text is cast; only a container in its place takes the field away.
        is_gone = is_required and bool({"object", "array"} & odd.keys())
        yield SchemaDifference(
            kind, CHANGED, path, want, "|".join(sorted(odd)), share, is_gone, is_read(kind, path)
        )


def _compare_absent(
    kind: str, path: str, want: str, seen: dict[str, Counter[str]]
) -> Iterator[SchemaDifference]:
    of, is_required = _objects_above(path, seen), want.endswith("!")
    there = sum(seen.get(path, Counter()).values())
    if path and not path.endswith("[]") and of and (there == 0 or (is_required and there < of)):
        yield SchemaDifference(
            kind,
            MISSING,
            path,
            want.rstrip("!"),
            "",
            _share(of - there, of),
            is_required,
            is_read(kind, path),
        )


def is_read(kind: str, path: str) -> bool:
    """Whether the tables are made of this field (or of one in it)."""
    return path in _read_paths(kind)


@lru_cache
def _read_paths(kind: str) -> frozenset[str]:
    return frozenset(_schema_paths(BODIES[kind], ""))


def _schema_paths(kind: DataType, path: str) -> Iterator[str]:
    yield path
    if isinstance(kind, StructType):
        for field in kind.fields:
            yield from _schema_paths(field.dataType, f"{path}.{field.name}" if path else field.name)
    elif isinstance(kind, ArrayType):
        yield from _schema_paths(kind.elementType, f"{path}[]")


def _objects_above(path: str, seen: dict[str, Counter[str]]) -> int:
    """How many objects could have had the field."""
    return seen.get(path.rpartition(".")[0], Counter())["object"]


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def answers(counts: Counts) -> dict[str, int]:
    """How many answers of each kind were looked at."""
    total: Counter[str] = Counter()
    for (kind, path, _), count in counts.items():
        if path == "":
            total[kind] += count
    return dict(total)
