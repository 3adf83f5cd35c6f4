"""The SDK's errors become ours at the lake; and documents that several processes change."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError

from shared.adapters.blobs import BlobLake
from shared.adapters.lake import CONTROL
from shared.errors import LakeUnavailable, StaleWrite
from tests.fakes import FakeLake

SECRET = "sig=abc"  # noqa: S105 -- stands for what an error's text may hold


class Storage:
    """A storage account whose blobs fail in one way, whatever is asked of them."""

    def __init__(self, error: AzureError) -> None:
        self._error = error

    def get_blob_client(self, container: str, name: str) -> Any:
        async def fail(*_: Any, **__: Any) -> None:
            raise self._error

        asked = ("upload_blob", "download_blob", "append_block", "get_blob_properties", "delete_blob")
        return SimpleNamespace(**dict.fromkeys(asked, fail))


def answered(status: int) -> HttpResponseError:
    """An answer of the storage with this status."""
    error = HttpResponseError(SECRET)
    error.status_code = status
    return error


@pytest.mark.parametrize(
    ("error", "is_passing"),
    [
        (ServiceRequestError(SECRET), True),
        (answered(503), True),
        (answered(403), True),
        (answered(400), False),
    ],
)
async def test_a_lake_that_does_not_answer_is_told_apart(error: AzureError, is_passing: bool) -> None:
    """Every method says so with an error of our own: its kind, whether asking again may do, nothing of its text."""
    lake = BlobLake(Storage(error))  # type: ignore[arg-type]
    asked = [
        lake.create(CONTROL, "x", b""),
        lake.put(CONTROL, "x", b""),
        lake.read(CONTROL, "x"),
        lake.replace(CONTROL, "x", b"", "etag"),
        lake.append(CONTROL, "x", b"", 1),
        lake.metadata(CONTROL, "x"),
        lake.modified_at(CONTROL, "x"),
        lake.delete(CONTROL, "x"),
    ]
    for call in asked:
        with pytest.raises(LakeUnavailable) as caught:
            await call
        assert (caught.value.kind, caught.value.is_passing) == (type(error).__name__, is_passing)
        assert SECRET not in str(caught.value) and caught.value.__cause__ is error


@pytest.mark.parametrize("status", [409, 412])
async def test_a_failed_condition_is_no_outage(status: int) -> None:
    """Somebody else wrote meanwhile."""
    lake = BlobLake(Storage(answered(status)))  # type: ignore[arg-type]
    for call in (
        lake.replace(CONTROL, "x", b"", "e"),
        lake.append(CONTROL, "x", b"", 1),
        lake.delete(CONTROL, "x", "e"),
    ):
        with pytest.raises(StaleWrite, match="control/x"):
            await call


async def test_a_change_is_made_on_what_is_there_now() -> None:
    """Written by somebody else in between, the step is asked again; for ever it is not."""
    lake = FakeLake()
    await lake.put(CONTROL, "x", b"1")
    seen: list[bytes | None] = []

    def step(data: bytes | None) -> tuple[bytes | None, int]:
        seen.append(data)
        if len(seen) == 1:
            lake.touch(CONTROL, "x")
        return (data or b"") + b"!", len(seen)

    assert await lake.change(CONTROL, "x", step) == 2
    assert await lake.read(CONTROL, "x") == b"1!"
    assert await lake.change(CONTROL, "x", lambda data: (None, data)) == b"1!"

    def contended(data: bytes | None) -> tuple[bytes | None, None]:
        lake.touch(CONTROL, "x")
        return b"2", None

    with pytest.raises(StaleWrite, match="contended"):
        await lake.change(CONTROL, "x", contended)
