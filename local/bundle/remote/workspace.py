"""The calls to a workspace, each as the Databricks CLI makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from local.bundle.errors import BundleError
from local.bundle.source.loading import Json

_TIMEOUT_S = 60.0


class Workspace:
    """A client with one bearer token. All methods raise BundleError for an answer that they do not expect."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    @classmethod
    def at(cls, url: str, token: str) -> Workspace:
        """The workspace at an address of this machine."""
        headers = {"Authorization": f"Bearer {token}"}
        # Nobody's proxy stands between two processes of one machine.
        return cls(httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT_S, trust_env=False))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def call(self, method: str, path: str, body: Json | None = None, /, **query: str) -> Json:
        """A call that must succeed."""
        found = self.ask(method, path, body, **query)
        if found is None:
            raise BundleError(f"{method} {path}: there is no such thing")
        return found

    def ask(self, method: str, path: str, body: Json | None = None, /, **query: str) -> Json | None:
        """A call whose answer may be 404, which is None."""
        answer = self._send(method, f"/api/{path}", query, json=body)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        found: Json = self._checked(answer).json()
        return found

    def user(self) -> str:
        """Who calls, after the host has said what it is."""
        self._checked(self._send("GET", "/.well-known/databricks-config", {}))
        return str(self.call("GET", "2.0/preview/scim/v2/Me")["userName"])

    def has(self, path: str) -> bool:
        """Whether there is a file or folder."""
        return self.ask("GET", "2.0/workspace/get-status", path=path, return_export_info="true") is not None

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        query = {"direct_download": "true", "path": path}
        return self._checked(self._send("GET", "/api/2.0/workspace/export", query)).content

    def write(self, path: str, content: bytes, *, overwrite: bool = True) -> int:
        """Send a file; the answer's status, which may be 404 (no folder) or 409 (there already)."""
        address = f"/api/2.0/workspace-files/import-file/{quote(path.lstrip('/'), safe='@')}"
        answer = self._send("POST", address, {"overwrite": str(overwrite).lower()}, content=content)
        if answer.status_code not in (httpx.codes.NOT_FOUND, httpx.codes.CONFLICT):
            self._checked(answer)
        return answer.status_code

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it."""
        self.call("POST", "2.0/workspace/mkdirs", {"path": path})

    def delete(self, path: str, *, recursive: bool = False) -> None:
        """Delete a file or folder, if it is there."""
        self.ask("POST", "2.0/workspace/delete", {"path": path, "recursive": recursive})

    def _send(self, method: str, url: str, query: Mapping[str, str], **content: Any) -> httpx.Response:
        try:
            return self._client.request(method, url, params=dict(query), **content)
        except httpx.HTTPError as error:
            raise BundleError(f"{method} {url}: {error or type(error).__name__}") from error

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_error:
            request = answer.request
            raise BundleError(f"{request.method} {request.url.path}: HTTP {answer.status_code} {answer.text}")
        return answer
