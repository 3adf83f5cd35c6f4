"""One comparable name of a film or a record, and where in the title it was found. Pure, no Spark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spark_jobs.names.folding import drop_article

FULL, PART, FROM = "full", "part", "from"


@dataclass(frozen=True, slots=True)
class Name:
    """One name a title may stand for: its comparable tokens and the kind of place it was found in."""

    tokens: tuple[str, ...]
    kind: str = FULL

    @property
    def text(self) -> str:
        """Tokens joined with spaces."""
        return " ".join(self.tokens)


def add_name(names: list[Name], tokens: Sequence[str], kind: str) -> None:
    """Add a name, without its article, unless it is empty or there."""
    found = tuple(drop_article(list(tokens)))
    if found and found not in [name.tokens for name in names]:
        names.append(Name(found, kind))
