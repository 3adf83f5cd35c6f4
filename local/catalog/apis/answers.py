"""An HTTP answer, and the question it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qsl, urlencode

from local.catalog.columns import encode

JSON = "application/json;charset=utf-8"
CREDENTIALS = frozenset({"token", "key", "secret", "api_key", "access_token"})


class Answer(NamedTuple):
    """Status, body and what comes beside them; header names in lower case."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = JSON


@dataclass(frozen=True)
class Asked:
    """A request to one source: the path below its root, and the query."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    url: str

    @property
    def key(self) -> str:
        """Return path and query without credentials."""
        public = {name: value for name, value in self.params.items() if name not in CREDENTIALS}
        return f"{self.path}?{urlencode(public)}" if public else self.path


class SourceApi(Protocol):
    """One of the two APIs: who may ask, what is asked for, and the answer."""

    def kind(self, path: str) -> str:
        """Return the endpoint kind of a path, for the counts."""
        ...

    def refusal(self, asked: Asked, token: str | None) -> Answer | None:
        """Return the answer to a request without the right credentials, None for a good one."""
        ...

    def answer(self, asked: Asked, shift: int) -> Answer:
        """Return the answer; the rows of a list page have moved by `shift` places."""
        ...

    def error(self, status: int, retry_after_s: int | None = None) -> Answer:
        """Return the source's own answer for 429, 500 and 503."""
        ...

    def error_in_200(self) -> Answer:
        """Return an error body with status 200."""
        ...


def to_answer(value: Any, status: int = 200) -> Answer:
    """Return a JSON answer."""
    return Answer(status, encode(value))


def parse_query(query: bytes) -> dict[str, str]:
    """Return the parameters of a query string; the last of several with one name counts."""
    return dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))


def retry_header(retry_after_s: int | None) -> tuple[tuple[str, str], ...]:
    """Return the Retry-After header, where there is one."""
    return () if retry_after_s is None else (("retry-after", str(retry_after_s)),)


def moved(start: int, size: int, shift: int, total: int) -> range:
    """Return the places of a page of a list of `total` whose rows have moved by `shift`.

    Rows that moved stand on two pages, so the last page moves forwards only: backwards it would hide a row unseen.
    """
    first = max(start + shift, 0)
    if start + size >= total:
        first = min(first, start)
    return range(min(first, total), min(first + size, total))
