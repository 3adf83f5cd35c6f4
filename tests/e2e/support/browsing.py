"""The dashboard in a headless Chromium, as a person with a key uses it."""

from __future__ import annotations

import gzip
import json
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, ContainerClient
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from local.stack import Stack
from tests.e2e.support.running import await_that

DESKTOP, PHONE = (1280, 900), (390, 844)
PATIENCE_MS = 60_000
RUN_MS = 540_000
POINTER = "search/_current.json"
#: What the browser itself says of answers that are errors; they are looked at on the page.
EXPECTED = "Failed to load resource"


def chromium() -> str:
    """Where Chromium is; skips the test when the machine has none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine: on Debian, apt install chromium")
    return found


@contextmanager
def headless() -> Iterator[Browser]:
    """A browser without a window."""
    program = chromium()
    expect.set_options(timeout=PATIENCE_MS)  # its own 5 s are too few on a busy machine
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """One tab on the dashboard; `complaints` are script errors and what the page's policy refused.

    Attributes:
        addresses: every address the page asked for.
    """

    def __init__(self, browser: Browser, stack: Stack, size: tuple[int, int] = DESKTOP) -> None:
        self._stack = stack
        viewport = {"width": size[0], "height": size[1]}
        self._context = browser.new_context(viewport=viewport, reduced_motion="reduce")  # type: ignore[arg-type]
        self._context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self._context.new_page()
        self.complaints: list[str] = []
        self.addresses: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note)

    def open(self) -> Page:
        """The page, without a key yet."""
        self.page.goto(f"{self._stack.url}/api/dashboard")
        return self.page

    def enter(self) -> Page:
        """The page after the key was entered, with its runs loaded."""
        page = self.open()
        page.get_by_label("Key", exact=True).fill(self._stack.credentials.host_key)
        page.get_by_role("button", name="Open").click()
        expect(page.locator("#live .tag, #live .quiet").first).to_be_visible()
        return page

    def offline(self, is_offline: bool) -> None:
        """Cut the browser off, or connect it again."""
        self._context.set_offline(is_offline)

    def close(self) -> None:
        """Close the tab; fails when the page complained or an address held the key."""
        self._context.close()
        assert not self.complaints, self.complaints
        assert not [url for url in self.addresses if self._stack.credentials.host_key in url]
        assert all(url.startswith(self._stack.url) for url in self.addresses), self.addresses

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and EXPECTED not in message.text:
            self.complaints.append(message.text)

    def _note(self, request: Request) -> None:
        self.addresses.append(request.url)


@contextmanager
def search_index(stack: Stack, films: Sequence[Mapping[str, Any]], words: str) -> Iterator[None]:
    """A generation in which every word finds all films and each has a page; what was there comes back afterwards."""
    lines = [
        f"{word}\t{words}\t{json.dumps(film, ensure_ascii=False)}" for film in films for word in words.split()
    ]
    shown = [
        (
            film["film_id"],
            {"film": film, "links": [_link(film, record) for record in film.get("releases", ())]},
        )
        for film in sorted(films, key=lambda film: film["film_id"])
    ]
    pages = [f"{film_id}\t{json.dumps(entry, ensure_ascii=False)}" for film_id, entry in shown]
    files = {"words": lines, "films": pages}
    # The app keeps what it read by its name: other files have other names, as gold gives them.
    run_id = f"20200101T000000Z-{zlib.crc32(repr(files).encode()) & 0xFFFF:04x}"
    folder = f"search/snapshot={run_id}"
    families = {
        name: {"shift": 40, "buckets": {"0": {"files": [f"snapshot={run_id}/{name}.gz"]}}} for name in files
    }
    manifest = {"run_id": run_id, "families": families}
    with BlobServiceClient.from_connection_string(stack.wiring.lake) as service:
        gold = service.get_container_client("gold")
        before = _there(gold, POINTER)
        written = {f"{folder}/{name}.gz": gzip.compress(_text(found)) for name, found in files.items()}
        written[f"{folder}/manifest.json"] = json.dumps(manifest).encode()
        for name, data in written.items():
            gold.upload_blob(name, data, overwrite=True)
        gold.upload_blob(POINTER, json.dumps({"snapshot": run_id}), overwrite=True)
        try:
            await_that(lambda: _finds(stack, words.split()[0], films[0]), "the app looks for what is current")
            yield
        finally:
            for name in written:
                gold.delete_blob(name)
            if before is None:
                gold.delete_blob(POINTER)
            else:
                gold.upload_blob(POINTER, before, overwrite=True)


def _finds(stack: Stack, word: str, film: Mapping[str, Any]) -> bool:
    key = {"x-functions-key": stack.credentials.host_key}
    answer = httpx.get(f"{stack.url}/api/search", params={"q": word}, headers=key, timeout=PATIENCE_MS / 1000)
    return any(found["film_id"] == film["film_id"] for found in answer.json().get("films", ()))


def _link(film: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    return {"film_id": film["film_id"], "film_title": film["title"], "evidence": record["reason"], **record}


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _there(container: ContainerClient, name: str) -> bytes | None:
    try:
        return container.download_blob(name).readall()
    except ResourceNotFoundError:
        return None
