"""What the commands ask of the running app over HTTP: start a refresh, read a run's status."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Self

import httpx

ENDED = frozenset({"completed", "failed", "cancelled"})
Status = Mapping[str, Any]


class RefusedError(Exception):
    """The app did not accept a refresh; the message is its reason."""


class RunsClient:
    """The HTTP functions of one host, called with a function key. Use as a context manager."""

    def __init__(self, url: str, key: str, timeout_s: float = 30.0) -> None:
        headers = {"x-functions-key": key}
        self._http = httpx.Client(base_url=f"{url}/api", headers=headers, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def refresh(self, body: Mapping[str, Any] | None = None) -> str:
        """Start a run and return its run_id.

        Raises:
            RefusedError: with the app's reason, for any answer but 202.
            httpx.HTTPError: if the host does not answer.
        """
        answer = self.post_refresh(body)
        if answer.status_code != 202:
            raise RefusedError(_reason(answer))
        return str(answer.json()["run_id"])

    def post_refresh(self, body: Any = None) -> httpx.Response:
        """The app's answer to `POST /api/refresh`, whatever it is."""
        return self._http.post("/refresh", json={} if body is None else body)

    def status(self, run_id: str) -> Status:
        """The state of a run, as `GET /api/runs/{run_id}` gives it.

        Raises:
            httpx.HTTPError: if the host does not answer, or not with 200.
        """
        answer = self._http.get(f"/runs/{run_id}").raise_for_status()
        found: Status = answer.json()
        return found

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any other request below `/api`."""
        return self._http.request(method, path, **options)


def _reason(answer: httpx.Response) -> str:
    """The `error` of a JSON answer, else what its status says."""
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"the app answered {answer.status_code} {answer.reason_phrase}"


def follow(
    client: RunsClient,
    run_id: str,
    show: Callable[[Status], None],
    check: Callable[[], None],
    *,
    poll_s: float = 1.0,
    silence_limit_s: float = 60.0,
) -> Status:
    """Show a run's status again and again until it has ended; return the last one.

    `check` is called before each poll and raises if going on makes no sense. A host that does not answer is
    asked again; the last httpx.HTTPError is raised when that lasts longer than `silence_limit_s`.
    """
    heard_s = time.monotonic()
    while True:
        check()
        try:
            status = client.status(run_id)
            heard_s = time.monotonic()
            show(status)
            if status["state"] in ENDED:
                return status
        except httpx.HTTPError:
            if time.monotonic() - heard_s > silence_limit_s:
                raise
        time.sleep(poll_s)
