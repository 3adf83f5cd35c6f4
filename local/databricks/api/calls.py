"""One call of a client: who calls, and what was sent with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.databricks.api.requests import body_of
from local.databricks.workspace.database import Json


@dataclass(frozen=True)
class Call:
    """A call by `caller`, an address or an application id; `path` holds the parts of the path that routes name."""

    caller: str
    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""

    @property
    def document(self) -> Mapping[str, Any]:
        """The body, which is a JSON object. Raises InvalidParameter."""
        return body_of(self.body)


Action = Callable[[Call], Json | bytes]
Endpoints = list[tuple[str, str, Action]]
"""Method, path below /api, and what answers there."""
_JOBS_VERSIONS = ("2.0", "2.1", "2.2")


def of_jobs_api(endpoints: Endpoints) -> Endpoints:
    """Endpoints of the Jobs API, told by their path below it, in each of its versions."""
    return [
        (method, f"{version}/jobs/{path}", action)
        for version in _JOBS_VERSIONS
        for method, path, action in endpoints
    ]
